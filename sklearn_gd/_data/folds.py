"""The training and validation rows of the splits of a cross-validation, from few readings of the data."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from sklearn_gd._data.arrays import has_float64
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.table import Table
from sklearn_gd._data.units import OVERFLOW

# Each further split may divide the cells into more and smaller ones. The remaining splits need another reading of the
# data if the cells would have fewer rows than this on average, because their sums then take longer than a reading;
_ROWS_OF_A_CELL = 32
# and if a split adds more than one cell per this many rows, as repeated or random folds eventually do.
_ROWS_OF_A_NEW_CELL = 2**14


@dataclass(frozen=True, eq=False)
class Cells:
    """Splits that need one reading of the data; rows with the same role in all of the splits form a cell.

    The moments of the rows of a split are sums of those of cells. The folds of a partition are cells.

    Attributes
    ----------
    numbers : ndarray of shape (n_samples,)
        The number of the cell of each row.
    counts : ndarray of shape (n_splits, 2, n_cells)
        How often each split trains on the rows of each cell, and how often it validates on them.
    """

    numbers: np.ndarray
    counts: np.ndarray

    @property
    def n_cells(self) -> int:
        """The number of cells."""
        return self.counts.shape[2]

    @classmethod
    def whole(cls, n_samples: int) -> "Cells":
        """Return a single cell of all rows, without splits."""
        return cls(np.zeros(n_samples, dtype=np.uint8), np.zeros((0, 2, 1), dtype=np.intp))

    @classmethod
    def of_consecutive_folds(cls, n_samples: int, n_splits: int) -> "Cells":
        """Return the cells of `KFold` without shuffling, whose first folds may have one more row than the others."""
        test = np.eye(n_splits, dtype=np.intp)
        folds = np.arange(n_splits, dtype=np.min_scalar_type(n_splits))
        numbers = np.repeat(folds, fold_sizes(n_samples, n_splits))
        return cls(numbers, np.stack([1 - test, test], axis=1))

    def with_split(self, train: np.ndarray, test: np.ndarray) -> "Cells":
        """Return the cells after one more split, which is given by the numbers of its rows."""
        n_samples = len(self.numbers)
        trains, validates = _times(train, n_samples), _times(test, n_samples)
        # Rows stay together if they were in one cell and the split uses them equally often. These three numbers are the
        # digits of a combined number, to the bases in `shape`; because most combinations do not occur, those that do
        # are renumbered.
        shape = (self.n_cells, int(trains.max()) + 1, int(validates.max()) + 1)
        n_combinations = int(np.prod(shape))
        combination = self.numbers.astype(np.min_scalar_type(n_combinations))  # small integers: a number for each row
        for times, base in ((trains, shape[1]), (validates, shape[2])):
            combination *= base
            combination += times
        occurring = np.flatnonzero(np.bincount(combination, minlength=n_combinations))
        new_number = np.zeros(n_combinations, dtype=np.min_scalar_type(len(occurring)))
        new_number[occurring] = np.arange(len(occurring))
        old_cell, times_trained, times_validated = np.unravel_index(occurring, shape)
        counts = np.concatenate([self.counts[:, :, old_cell], [[times_trained, times_validated]]])
        return Cells(new_number[combination], counts)

    def moments(self, X, y, sample_weight, **options) -> tuple[list[tuple[Moments, Moments]], Moments]:
        """Return the moments of each split's training and validation rows, and of all rows; options of `of_cells`.

        If float32 is too rough for any of them, all rows are read once more, in float64.
        """

        def read(**exact) -> tuple[list[tuple[Moments, Moments]], Moments]:
            of_cells = Moments.of_cells(X, y, sample_weight, self.numbers, self.n_cells, **options, **exact)
            return _sums(of_cells, self.counts)

        made = read()
        return read(exact=True) if has_float64(X) and too_rough(*made) else made


def too_rough(pairs: list[tuple[Moments, Moments]], whole: Moments) -> bool:
    """Return whether the rounding of float32 could change the verdict on a fit to all rows or to those of a split."""
    return whole.is_narrow and any(moments.is_rough for moments in (whole, *(train for train, _ in pairs)))


def fold_sizes(n_samples: int, n_splits: int) -> np.ndarray:
    """Return the number of rows in each fold of `KFold`, of which the first may have one more than the others."""
    sizes = np.full(n_splits, n_samples // n_splits)
    sizes[: n_samples % n_splits] += 1
    return sizes


def _sums(of_cells: list[Moments], counts: np.ndarray) -> tuple[list[tuple[Moments, Moments]], Moments]:
    """Return the moments of each split's training and validation rows, and of all; `counts` are those of `Cells`."""
    none = replace(of_cells[0], weight=0.0)  # adds nothing, whatever its other fields

    def total(counts: np.ndarray) -> Moments:
        return reduce(add, (of_cells[cell] for cell in np.repeat(np.arange(len(counts)), counts)), none)

    whole = reduce(add, of_cells)
    pairs = [(total(train), total(test)) for train, test in counts]
    if not all(moments.is_finite for moments in (whole, *itertools.chain(*pairs))):
        raise ValueError(OVERFLOW)
    return pairs, whole


def pairs_of_folds(folds: list[Moments]) -> tuple[list[tuple[Moments, Moments]], Moments]:
    """Return the result of `split_moments`, from the moments of the folds."""
    pairs, whole = _sums(folds, Cells.of_consecutive_folds(0, len(folds)).counts)
    _check_weights(pairs)
    return pairs, whole


def _times(rows: np.ndarray, n_samples: int) -> np.ndarray:
    """Return how often each row occurs, in integers that are as small as possible."""
    times = np.zeros(n_samples, dtype=np.uint8)
    times[rows] = 1
    if np.count_nonzero(times) == len(rows):
        return times
    times = np.bincount(rows, minlength=n_samples)
    return times.astype(np.min_scalar_type(times.max()))


def split_moments(X, y, sample_weight, splits, **options) -> tuple[list[tuple[Moments, Moments]], Moments]:
    """Return the moments of the training and the validation rows of each split, and of all rows.

    Parameters
    ----------
    X, y, sample_weight
        The rows, as for `Moments.of_arrays`.
    splits : int or iterable of pairs of arrays
        The number of folds of consecutive rows, as in `KFold`; or the numbers of the training and validation rows of
        each split, as scikit-learn's splitters yield them.
    **options
        The options of `Moments.of_cells`.
    """
    pairs, whole = [], None
    for cells in _readings(X.shape[0], splits):
        some, whole = cells.moments(X, y, sample_weight, **options)
        pairs += some
    _check_weights(pairs)
    return pairs, whole


def split_tables(table: Table, splits) -> list[tuple[Table, Table]]:
    """Return the training and the validation rows of each split of a table, as weights: no rows are copied."""
    n_samples, pairs = len(table.y), []
    for cells in _readings(n_samples, splits):
        parts = cells.counts[:, :, cells.numbers]
        pairs += [tuple(replace(table, w=table.w * part) for part in split) for split in parts]
    _check_weights(pairs)
    return pairs


def _readings(n_samples: int, splits) -> Iterator[Cells]:
    """Yield, in order, the cells of as many splits as one reading of the data can serve."""
    if isinstance(splits, int):  # without arrays of indices, which may be larger than the data's blocks
        yield Cells.of_consecutive_folds(n_samples, splits)
        return
    cells = None
    for train, test in splits:
        more = None if cells is None else cells.with_split(train, test)
        if (
            more is None
            or more.n_cells * _ROWS_OF_A_CELL > n_samples
            or more.n_cells - cells.n_cells > max(n_samples // _ROWS_OF_A_NEW_CELL, 1)
        ):
            if cells is not None:
                yield cells
            more = Cells.whole(n_samples).with_split(train, test)
        cells = more
    if cells is None:
        raise ValueError("cv yields no splits; a generator yields its splits only once, so each fit needs a new one.")
    yield cells


def _check_weights(pairs: list) -> None:
    for number, pair in enumerate(pairs):
        for data, purpose in zip(pair, ("train on", "validate with"), strict=True):
            if data.weight == 0.0:
                raise ValueError(f"Split {number} has no rows of positive weight to {purpose}.")
