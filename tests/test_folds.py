"""Splits of a cross-validation: their moments and rows, and which split it is that can't be."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import RepeatedKFold

from sklearn_gd._data.folds import _readings, split_moments, split_tables
from sklearn_gd._data.moments import Moments
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


@pytest.mark.parametrize(
    "rows",
    [RNG.integers(0, M, M), np.repeat([7, 3, 9], [300, 2, 1]), np.arange(M)],  # more than 255 are other integers
    ids=["bootstrap", "300 times", "all"],
)
def test_rows_that_are_drawn_again(rows):
    """A row counts as often as it is drawn, however often, also where as many are drawn as there are."""
    others = np.arange(0, M, 2)
    for split in ((rows, others), (others, rows)):
        pairs, _ = split_moments(X, Y, None, [(others, others), split])
        tables = split_tables(Table.of(X, Y, None), [(others, others), split])
        for part, moments, table in zip(split, pairs[1], tables[1], strict=True):
            expected = Moments.of(X[part], Y[part])
            assert moments.weight == expected.weight == table.weight
            assert_allclose(moments.mean, expected.mean, atol=1e-12)
            assert_allclose(moments.scatter, expected.scatter, rtol=1e-10, atol=1e-10 * moments.weight)
            assert_array_equal(table.w, np.bincount(part, minlength=M))
