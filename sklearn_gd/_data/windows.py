"""Moments of windows that move over the rows, computed from sums that neighbouring windows share.

Windows that have some rows in common, the core, are computed together. Sums of products are accumulated from the core,
piece by piece, to the first row of each window and to the last one. Nothing is subtracted.
"""

from collections.abc import Iterator
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_scalar

from sklearn_gd._data.arrays import at_home, is_narrow
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import check_data, feature_names, is_dask, reader_for
from sklearn_gd._typing import Matrix

# The numbers, in the sums of products and in the rows, that are held and multiplied at once.
_SUMS, _ROWS = 2**19, 2**17
# The origin is the mean of this many rows of the core.
_SAMPLE = 1024
# Within these bounds, differences, squares and sums of squares neither overflow nor underflow.
_SMALLEST, _LARGEST = 2.0**-200, 2.0**200


def rolling_moments(
    X: Matrix, y: ArrayLike, window: int, step: int = 1, *, sample_weight: ArrayLike | None = None
) -> Iterator[Moments]:
    """Return an iterator over the moments of windows of consecutive rows.

    The first window contains the rows ``0`` to ``window - 1``; each further window starts `step` rows later. A rolling
    regression is ``[model.fit_moments(moments).coef_ for moments in rolling_moments(X, y, 250)]``. The moments are as
    accurate as if each window were computed on its own, and need a few passes over the data, however long the windows
    are.

    Parameters
    ----------
    X : {array-like, sparse array, sparse matrix} of shape (n_samples, n_features)
        The features, with the rows in order.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        The targets.
    window : int
        The number of rows in a window, from 1 to n_samples.
    step : int, default=1
        The number of rows between the starts of consecutive windows, at least 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows. A window in which all weights are 0 has the moments of no rows.

    Returns
    -------
    moments : iterator of Moments
        ``(n_samples - window) // step + 1`` moments, computed lazily.

    Raises
    ------
    ValueError, TypeError
        If the data are invalid, contain NaN or infinity, or are Dask collections; or if there are fewer than `window`
        rows.

    Examples
    --------
    >>> from sklearn_gd import rolling_moments
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 5.0]
    >>> [moments.mean.tolist() for moments in rolling_moments(X, y, window=2)]
    [[0.5, 0.5], [1.5, 1.5], [2.5, 3.5]]
    """
    if is_dask(X, y, sample_weight):
        raise TypeError("rolling_moments needs the rows in memory and in order; compute() the Dask collections first.")
    check_scalar(window, "window", Integral, min_val=1)
    check_scalar(step, "step", Integral, min_val=1)
    reader = reader_for("rolling_moments")
    X, y, w = map(at_home, check_data(reader, X, y, sample_weight, reset=True))
    if not issparse(X):
        assert_all_finite(X, estimator_name="rolling_moments", input_name="X")
    if window > len(y):
        raise ValueError(f"A window of {window} rows is longer than the data, which have {len(y)} rows.")
    return _Windows(X.tocsr() if issparse(X) else X, y, w, int(window), int(step), feature_names(reader)).moments()


class _Windows:
    """Windows over given rows."""

    def __init__(self, X, y: np.ndarray, w: np.ndarray | None, window: int, step: int, names: tuple[str, ...]):
        self.X, self.y, self.w, self.window, self.step, self.names = X, y, w, window, step, names
        self.Y = y[:, np.newaxis] if y.ndim == 1 else y
        self.n_columns = X.shape[1] + 1 + self.Y.shape[1]

    def moments(self) -> Iterator[Moments]:
        """Yield the moments of the windows."""
        window, step = self.window, self.step
        n_windows = (len(self.y) - window) // step + 1
        n_together = min((window - 1) // step + 1, max(_SUMS // self.n_columns**2, 1))
        is_ordinary = self._is_ordinary()
        for number in range(0, n_windows, n_together):
            starts = range(number * step, min(number + n_together, n_windows) * step, step)
            core = slice(starts[-1], starts[0] + window)
            if is_ordinary and (self.w is None or self.w[core].any()):
                yield from self._together(starts, core)
            else:
                yield from map(self._alone, starts)

    def _alone(self, start: int) -> Moments:
        rows = slice(start, start + self.window)
        w = None if self.w is None else self.w[rows]
        return Moments.of_arrays(self.X[rows], self.y[rows], w, feature_names=self.names)

    def _together(self, starts: range, core: slice) -> Iterator[Moments]:
        """Yield the moments of windows that share the rows of the core."""
        origin, n_pieces = self._origin(core), len(starts) - 1
        sums = np.empty((len(starts), self.n_columns, self.n_columns))
        sums[0] = self._products(core.start, core.stop, 1, origin)[0]
        after = self._products(core.stop, core.stop + n_pieces * self.step, n_pieces, origin)
        before = self._products(starts[0], core.start, n_pieces, origin)
        sums[1:] = after
        np.cumsum(sums, axis=0, out=sums)  # from the core to the last row of each window
        sums[:-1] += np.cumsum(before[::-1], axis=0)[::-1]  # and back to its first row
        n, names = self.X.shape[1], self.names
        columns = np.delete(np.arange(self.n_columns), n)
        dtype = "float32" if is_narrow(self.X) else "float64"
        for of_window in sums:
            yield Moments.of_sums_about(origin[columns], of_window, n, self.y.ndim == 1, names, dtype)

    def _origin(self, core: slice) -> np.ndarray:
        rows = np.arange(core.start, core.stop) if self.w is None else core.start + np.flatnonzero(self.w[core])
        return self._rows(rows[:: -(-len(rows) // _SAMPLE)], 0.0, weighted=False).mean(axis=0)

    def _products(self, start: int, stop: int, n_pieces: int, origin: np.ndarray) -> np.ndarray:
        """Return the sums of products of each of `n_pieces` pieces of equal length."""
        p = self.n_columns
        products = np.zeros((n_pieces, p, p))
        if not n_pieces:
            return products
        length = (stop - start) // n_pieces
        at_once = max(_ROWS // p // length, 1)
        for first in range(0, n_pieces, at_once):
            some = products[first : first + at_once]
            begin = start + first * length
            if length * p <= _ROWS:
                Z = self._rows(slice(begin, begin + len(some) * length), origin).reshape(len(some), length, p)
                np.matmul(Z.transpose(0, 2, 1), Z, out=some)
            else:
                for row in range(begin, begin + length, _ROWS // p + 1):
                    Z = self._rows(slice(row, min(row + _ROWS // p + 1, begin + length)), origin)
                    some[0] += Z.T @ Z
        return (products + products.transpose(0, 2, 1)) / 2.0  # BLAS may round the halves differently

    def _rows(self, rows, origin, *, weighted: bool = True) -> np.ndarray:
        """Return rows ``(x, 1, y)`` about an origin, times the square roots of their weights."""
        n, X = self.X.shape[1], self.X[rows]
        Z = np.ones((X.shape[0], self.n_columns))
        Z[:, :n], Z[:, n + 1 :] = X.toarray() if issparse(X) else X, self.Y[rows]
        Z -= origin
        if weighted:
            Z[:, n] = 1.0
            if self.w is not None:
                Z *= np.sqrt(self.w[rows])[:, np.newaxis]
        return Z

    def _is_ordinary(self) -> bool:
        """Return whether no number is so large or so small that its square would need a unit."""
        parts = [self.X.data if issparse(self.X) else self.X, self.Y]
        return all(map(_is_ordinary, parts if self.w is None else [*parts, self.w]))


def _is_ordinary(array: np.ndarray) -> bool:
    for start in range(0, len(array), 1 + _ROWS * len(array) // max(array.size, 1)):
        size = np.abs(array[start : start + 1 + _ROWS * len(array) // max(array.size, 1)].astype(np.float64))
        if not np.all((size < _LARGEST) & ((size > _SMALLEST) | (size == 0.0))):
            return False
    return True
