"""The column with the largest values, from the means and the mean squares of the columns."""

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import scale_ratio

# Columns are on the same scale if their mean squares differ by a factor of at most _ONE_SCALE, or their sizes by at
# most _ONE_SIZE.
_ONE_SCALE, _ONE_SIZE = 10.0, 2.0
# Columns whose mean is below the share _CENTRED of their root mean square vary about 0 or are nearly all zeros, so that
# their values may be many times the root mean square. Only deliberately centred columns are below the share _EXACTLY.
_CENTRED, _EXACTLY = 0.2, 1e-6
# Sizes that differ by less are equal, to the rounding of float32.
_SAME = 1e-4


@np.errstate(all="ignore")  # columns of zeros, and centred ones, have no size; huge ones an infinite one
def largest_column(problem: Problem) -> int | None:
    """Return the number of the feature that has the largest values and sets the limit for all, or None.

    It has the largest mean square, at least half of ``L``. But a mean square is small if values are small, and also if
    few of them are not zero, as in a table of 0 and 1. The size ``sum x**2 / sum |x|``, which does not count zeros and
    is at most the largest value, distinguishes these cases. A column is therefore only named if its root mean square,
    which is also at most its largest value, is as large as the expected values of every other column, and twice as
    large as the size of one of them. An intercept counts as a column of ones.

    Maxima would show more, but moments do not contain them, because they cannot be subtracted.
    """
    if problem.standardize:
        return None
    first = int(problem.fit_intercept)
    square, mean = _with_intercept(problem)
    j = int(np.argmax(square))
    if j < first or 2.0 * square[j] < problem.cost.L - problem.l2:
        return None
    root, size = np.sqrt(square), square / mean
    # Values that are all equal, except for zeros, are as large as their size. With a mean of 0 they are not all equal.
    is_one_number = (np.abs(size - 1.0) <= _SAME) | (np.abs(size - size[j]) <= _SAME * size)
    is_one_number &= mean > 0.0
    is_off_centre = mean >= _CENTRED * root
    expected = np.select(
        [is_one_number, is_off_centre, mean > _EXACTLY * root],
        [size, np.maximum(size, mean + 2.0 * np.sqrt(np.maximum(square - mean**2, 0.0))), root / _CENTRED],
        root,
    )
    others = (square > 0.0) & ~((square == square[j]) & (mean == mean[j]))  # duplicates of it are as large
    is_smaller = (square[j] > _ONE_SCALE * square) & ((root[j] >= _ONE_SIZE * size) | ~(is_one_number | is_off_centre))
    return j - first if np.all(root[j] >= expected[others]) and np.any(is_smaller[others]) else None


@np.errstate(over="ignore")
def scales_differ(problem: Problem) -> bool:
    """Return whether the mean squares of columns and intercept differ widely, and a feature has the largest one."""
    square, _ = _with_intercept(problem)
    return scale_ratio(square) > _ONE_SCALE and int(np.argmax(square)) >= problem.fit_intercept


def _with_intercept(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean squares and the sizes of the means of the columns, with the ones of an intercept first."""
    first = np.ones(int(problem.fit_intercept))
    square, mean = problem.data.squares_and_means()
    return np.append(first, square), np.append(first, np.abs(mean))
