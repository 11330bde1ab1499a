"""Rows in NumPy arrays, which are read in blocks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_gd._data import reading
from sklearn_gd._data.units import in_one_unit

_ALL = slice(None)
# The origin is repeated for about this many numbers, 64 KiB.
_SIZE_OF_ORIGIN = 2**13


@dataclass(frozen=True, eq=False)
class DenseRows:
    """Some rows of arrays; `reading.Rows` describes the methods.

    Attributes
    ----------
    X, y : ndarray of shape (n_samples, n_features), (n_samples, n_targets)
        The features, of which only those in `rows` are used, and the targets.
    w : ndarray of shape (n_samples,) or None
        The weights, in their unit.
    rows : ndarray or None
        The numbers of the rows in `X`; None means all.
    """

    dtype: type
    weight_exponent: int
    X: np.ndarray
    y: np.ndarray
    w: np.ndarray | None
    rows: np.ndarray | None

    @classmethod
    def of(cls, X, y, w, rows: slice | np.ndarray, *, exact: bool) -> "DenseRows | None":
        """Return the rows, which are multiplied in float64 if `exact`; None without any weight."""
        y, w, weight_exponent = y[rows], None if w is None else w[rows], 0
        if len(y) == 0 or (w is not None and not w.any()):
            return None
        if w is not None:
            w, weight_exponent = in_one_unit(w)
        if isinstance(rows, slice):
            X, rows = X[rows], None  # a view; other rows are fetched a block at a time
        dtype = np.float32 if X.dtype == np.float32 and not exact else np.float64
        return cls(dtype, weight_exponent, X, y, w, rows)

    def origin(self) -> np.ndarray:
        """Return the means of a sample, in the float dtype in which the products subtract them."""
        dtypes = self.dtype, np.float32 if self.y.dtype == np.float32 else np.float64
        means = [_means(Z).astype(dtype, copy=False) for Z, dtype in zip(self._sample, dtypes, strict=True)]
        return np.concatenate(means, dtype=np.float64)

    def spread(self, origin: np.ndarray) -> np.ndarray:
        """Return the largest distances from the origin in the sample."""
        parts = zip(self._sample, (origin[: self.X.shape[1]], origin[self.X.shape[1] :]), strict=True)
        return np.concatenate([np.maximum(Z.max(axis=1) - mean, mean - Z.min(axis=1)) for Z, mean in parts])

    def peaks(self, origin: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the largest distances from the origin, times the square roots of the weights, of some columns."""
        n, peaks = self.X.shape[1], np.zeros(len(columns))
        of_x, of_y = columns[columns < n], columns[columns >= n] - n
        for block in self._blocks(len(columns)):
            parts = self._fetch(block, of_x), self.y[block][:, of_y]
            Z = np.abs(np.concatenate(parts, axis=1, dtype=np.float64) - origin[columns])
            if self.w is not None:
                Z *= np.sqrt(self.w[block])[:, np.newaxis]
            np.maximum(peaks, Z.max(axis=0), out=peaks)
        return peaks

    def products(self, origin: np.ndarray, exponents: np.ndarray, dtype: type) -> tuple:
        """Return the products of ``(x, 1)`` and `y` about an origin in units, and their relative rounding."""
        n, k = self.X.shape[1], self.y.shape[1]
        scaled = np.flatnonzero(exponents)
        # Memory is measured in units of X: fewer rows at a time if float32 is multiplied in float64.
        widening = max(np.dtype(dtype).itemsize // self.X.dtype.itemsize, 1)
        blocks = self._blocks((n + 1 + k) * widening)
        size = max(block.stop - block.start for block in blocks)
        X, others, y_origin = np.empty((size, n), dtype), np.ones((1 + k, size), dtype), origin[n:, np.newaxis]
        # Contiguous arrays of one shape are subtracted without a loop over the rows.
        x_origin = np.empty((min(max(_SIZE_OF_ORIGIN // max(n, 1), 1), size), n), dtype)
        x_origin[...] = origin[:n]
        of_x, of_others, of_y = np.zeros((n + 1, n + 1)), np.zeros((n + 1, 1 + k)), np.zeros(k)
        of_block = np.empty((n, n), dtype)
        for block in blocks:
            rows = slice(0, block.stop - block.start)
            Z, R = X[rows], others[:, rows]
            fetched = self._fetch(block)
            for some in (slice(first, first + len(x_origin)) for first in range(0, len(Z), len(x_origin))):
                np.subtract(fetched[some], x_origin[: len(Z[some])], out=Z[some], casting="same_kind")
            np.subtract(self.y[block].T, y_origin, out=R[1:], casting="same_kind")
            for column in scaled:
                part = Z[:, column] if column < n else R[1 + column - n]
                part[:] = self._in_unit(block, column, origin[column], exponents[column])
            if self.w is not None:
                R[0] = np.sqrt(self.w[block])
                R[1:] *= R[0]
                Z *= R[0][:, np.newaxis]
            of_x[:n, :n] += np.matmul(Z.T, Z, out=of_block)
            of_others[:n] += Z.T @ R.T
            of_others[n] += R @ R[0]
            of_y += np.einsum("ij,ij->i", R[1:], R[1:], dtype=np.float64)
        of_x[n] = of_x[:, n] = of_others[:, 0]
        return of_x, of_others[:, 1:], of_y, float(np.finfo(dtype).eps)

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        """The columns of some rows, each of which is contiguous: reducing them takes a fifth of the time."""
        step = -(-len(self.y) // reading.SAMPLE_SIZE)
        some = slice(None, None, step) if self.w is None else np.flatnonzero(self.w)[::step]
        return np.ascontiguousarray(self._fetch(some).T), np.ascontiguousarray(self.y[some].T)

    def _fetch(self, some: slice | np.ndarray, columns: slice | np.ndarray = _ALL) -> np.ndarray:
        Z = self.X[some] if self.rows is None else self.X[self.rows[some]]
        return Z if columns is _ALL else Z[:, columns]

    def _blocks(self, n_columns: int) -> list[slice]:
        m = len(self.y)
        n_blocks = -(-m // reading.block_size(n_columns))
        return [slice(m * block // n_blocks, m * (block + 1) // n_blocks) for block in range(n_blocks)]

    def _in_unit(self, block: slice, column: int, origin: float, exponent: int) -> np.ndarray:
        """Return a column in its own unit, because its numbers are out of range."""
        n = self.X.shape[1]
        z = self._fetch(block, column) if column < n else self.y[block, column - n]
        z = z.astype(np.float64) - origin
        if self.w is not None:  # a row without weight may contain anything, also infinity in this unit
            z[self.w[block] == 0.0] = 0.0
        return np.ldexp(z, -exponent)


def _means(columns: np.ndarray) -> np.ndarray:
    """Return the means of columns, one in each row, even if a sum overflows."""
    n = columns.shape[1]
    means = np.add.reduce(columns, axis=1, dtype=np.float64) / n
    return means if np.isfinite(means).all() else n * (columns / n).mean(axis=1, dtype=np.float64)
