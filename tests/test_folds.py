"""Splits of a cross-validation: their moments and rows, and which split it is that can't be."""

import numpy as np
import pytest
from sklearn.model_selection import RepeatedKFold

from sklearn_gd._data.folds import _readings, split_moments, split_tables
from sklearn_gd._data.table import Table

M = 200
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(M, 3)), RNG.normal(size=M)


@pytest.mark.parametrize("bad", [0, 4, 7])
@pytest.mark.parametrize("part", ["train on", "validate with"])
def test_the_number_of_an_empty_split(bad, part):
    """It counts all splits, also those of earlier readings of the data, from the moments and row by row."""
    splits = list(RepeatedKFold(n_splits=2, n_repeats=4, random_state=0).split(X))
    assert len(list(_readings(M, splits))) > 1
    none = np.arange(0)
    train, test = splits[bad]
    splits[bad] = (none, test) if part == "train on" else (train, none)
    with pytest.raises(ValueError, match=f"Split {bad} has no rows of positive weight to {part}"):
        split_moments(X, Y, None, splits)
    with pytest.raises(ValueError, match=f"Split {bad} has no rows of positive weight to {part}"):
        split_tables(Table.of(X, Y, None), splits)
