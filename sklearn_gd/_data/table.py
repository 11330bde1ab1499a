"""The rows of the data, for a descent row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.products import Products
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.sparse import columns_of, rows_of, summed
from sklearn_gd._data.units import check_not_too_large, check_not_too_small, exponents_of, in_one_unit
from sklearn_gd._typing import Matrix

# The number of entries in a block that is converted or centred while it is read.
_BLOCK_SIZE = 2**17
# Blocks of columns have 256 KiB, which stay in a core's cache, and at least _FEW columns, because rows are contiguous.
_SIZE_OF_COLUMNS, _FEW = 2**15, 64
# The squares of numbers within these powers of two, and their sums, are in the range of float64.
_ORDINARY = 200
# The matrix of the products of rows does not suit features whose mean squares differ by a factor above _ONE_SCALE, or
# are so large or small that squares of products would be out of range for float64.
_ONE_SCALE, _FAR = 1e8, 1e100


@dataclass(frozen=True, eq=False)
class Table:
    """Rows ``(x, y)`` with weights, not copied.

    Attributes
    ----------
    X : ndarray or CSR or CSC matrix of shape (n_samples, n_features)
        The features; sparse ones are float64, and each entry is stored once.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The targets, float64.
    w : ndarray of shape (n_samples,)
        Non-negative weights.
    feature_names : tuple of str
        The names of the features; empty if they have none.
    products : Products or None
        The products of the rows, shared by tables of the same rows with other weights; None for sparse rows.
    by_products : bool
        Whether to represent the rows by their products.
    """

    X: np.ndarray
    y: np.ndarray
    w: np.ndarray
    feature_names: tuple[str, ...] = ()
    products: Products | None = None
    by_products: bool = False

    @classmethod
    def of(
        cls, X: Matrix, y: np.ndarray, sample_weight: np.ndarray | None = None, *, feature_names: tuple[str, ...] = ()
    ) -> "Table":
        """Return the table; raise scikit-learn's error if a dense `X` is not finite."""
        if sp.issparse(X):
            X = summed(X).astype(np.float64, copy=False)
        else:
            assert_all_finite(X, input_name="X")
        w = np.ones(len(y)) if sample_weight is None else sample_weight
        products = None if sp.issparse(X) else Products(X)
        return cls(X, y.astype(np.float64, copy=False), w, feature_names, products)

    @property
    def n_features(self) -> int:
        """The number of features."""
        return self.X.shape[1]

    @property
    def shape_of_targets(self) -> tuple[int, ...]:
        """The shape of the targets of a row."""
        return self.y.shape[1:]

    @property
    def weight(self) -> float:
        """The sum of the weights."""
        return float(self.w.sum())

    @cached_property
    def share(self) -> np.ndarray:
        """The weights, scaled to the sum 1."""
        w, _ = in_one_unit(self.w)
        return w / w.sum()

    def moments(self) -> Moments:
        """Return the moments of the rows."""
        return Moments.of_arrays(self.X, self.y, self.w, feature_names=self.feature_names)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the rows with their features in float64; other dtypes are converted block by block.

        A block may reuse the memory of the previous one.
        """
        if sp.issparse(self.X) or self.X.dtype == np.float64:
            yield slice(None), self.X
            return
        m, n = self.X.shape
        size = max(_BLOCK_SIZE // n, 1)
        buffer = np.empty((min(size, m), n))  # fresh memory for each block would be slow
        for rows in (slice(start, min(start + size, m)) for start in range(0, m, size)):
            block = buffer[: rows.stop - rows.start]
            block[...] = self.X[rows]
            yield rows, block

    def scaling(self) -> Scaling:
        """Return the map that standardises the features; they are read in blocks."""
        columns = self._sparse_columns() if sp.issparse(self.X) else self._dense_columns()
        return Scaling.of(*columns, float(np.finfo(np.float64).eps))

    @cached_property
    def squares(self) -> np.ndarray:
        """The mean squares of the features, of shape (n_features,)."""
        with np.errstate(over="ignore"):
            if sp.issparse(self.X):
                share = self.share[rows_of(self.X)]
                return np.bincount(columns_of(self.X), share * self.X.data * self.X.data, self.X.shape[1])
            return sum(np.einsum("i,ij,ij->j", self.share[rows], X, X) for rows, X in self.blocks())

    @property
    def is_wide(self) -> bool:
        """Whether there are no more rows than features, and they are dense."""
        m, n = self.X.shape
        return m <= n and self.products is not None

    def is_known_by_products(self, *, standardized: bool) -> bool:
        """Return whether the products of the rows are fewer than their entries, and keep the digits of all features.

        They keep them if the features are on the same scale, as standardised ones are. Raises the errors of
        `check_squares`.
        """
        if not self.is_wide:
            return False
        self.check_squares(standardize=standardized)
        if standardized:
            return True
        squares = self.squares[self.squares > 0.0]
        smallest, largest = float(squares.min(initial=np.inf)), float(squares.max(initial=0.0))
        return 1.0 / _FAR < largest < _FAR and largest <= _ONE_SCALE * smallest

    def squares_and_means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean squares and the means of the features."""
        return self.squares, sum(self.share[rows] @ X for rows, X in self.blocks())

    def check_squares(self, *, standardize: bool) -> None:
        """Raise ValueError if squares overflow or underflow: those of the targets, or of the original features."""
        y = np.abs(self.y[self.share > 0.0]).max(axis=0)
        x = np.zeros(0) if standardize else np.sqrt(self.squares)
        nothing = np.flatnonzero(x == 0.0)
        if nothing.size:  # or so small that their squares are zero
            x[nothing] = np.where(self._peaks()[nothing] == 0.0, 0.0, np.finfo(np.float64).tiny)
        check_not_too_large(np.append(x, y))
        check_not_too_small(x, np.atleast_1d(y))

    def _peaks(self) -> np.ndarray:
        """Return the largest absolute value of each feature in the rows of positive weight."""
        used, peaks = self.share > 0.0, np.zeros(self.X.shape[1])
        if sp.issparse(self.X):
            np.maximum.at(peaks, columns_of(self.X), np.where(used[rows_of(self.X)], np.abs(self.X.data), 0.0))
            return peaks
        for rows, X in self.blocks():
            np.maximum(peaks, np.abs(X[used[rows]]).max(axis=0, initial=0.0), out=peaks)
        return peaks

    def _dense_columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        m, n = self.X.shape
        heaviest, unused = np.argmax(self.share), self.share == 0.0
        origin, offset, deviation = self.X[heaviest].astype(np.float64), np.zeros(n), np.zeros(n)
        width = min(max(_SIZE_OF_COLUMNS // m, _FEW), n)
        for some in _slices(n, width):
            blocks, peak, squares = _slices(m, max(_SIZE_OF_COLUMNS // width, 1)), 0.0, 0.0
            for rows in blocks:
                Z = self.X[rows, some] - origin[some]
                offset[some] += self.share[rows] @ Z
                Z[unused[rows]] = 0.0
                peak = np.maximum(peak, np.abs(Z, out=Z).max(axis=0))
            exponents, mean = exponents_of(peak, _ORDINARY), origin[some] + offset[some]
            for rows in blocks:
                Z = self.X[rows, some] - mean
                if exponents.any():
                    Z[unused[rows]] = 0.0
                    Z = np.ldexp(Z, -exponents)
                Z *= Z
                squares += self.share[rows] @ Z
            deviation[some] = np.ldexp(np.sqrt(squares), exponents)
        return origin, offset, deviation

    def _sparse_columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        X, columns, used = self.X, columns_of(self.X), self.share > 0.0
        data = X.data if used.all() else np.where(used[rows_of(X)], X.data, 0.0)

        def sums(entries: np.ndarray, weights: np.ndarray = self.share) -> np.ndarray:
            return type(X)((entries, X.indices, X.indptr), shape=X.shape).T @ weights

        peak, ones = np.zeros(X.shape[1]), np.ones(len(data))
        np.maximum.at(peak, columns, np.abs(data))
        exponents = exponents_of(peak, _ORDINARY)
        if exponents.any():
            data = np.ldexp(data, -exponents[columns])
        mean = sums(data)
        has_zeros = sums(ones, used.astype(np.float64)) < np.count_nonzero(used)
        # Centred once more, because the rounding of the mean is all that a constant column varies by.
        offset = np.where(has_zeros, 0.0, 0.0 if has_zeros.all() else sums(data - mean[columns]))
        squares = sums((data - (mean + offset)[columns]) ** 2)
        # The distance of the unstored zeros from the mean is that of the mean from zero.
        squares += np.where(has_zeros, 1.0 - sums(ones), 0.0) * mean**2
        return np.ldexp(mean, exponents), np.ldexp(offset, exponents), np.ldexp(np.sqrt(squares), exponents)


def _slices(length: int, size: int) -> list[slice]:
    """Return slices of at most this size, which cover an axis of some length."""
    return [slice(start, start + size) for start in range(0, length, size)]
