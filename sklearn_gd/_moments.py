"""The second-order moments of the data: all that least squares needs to know of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import scipy.sparse as sp

# A dense block and its centred copy stay in a core's cache: 2**17 float64 are 1 MiB.
_BLOCK_SIZE = 2**17
# A sparse block costs a dense n_columns**2 to merge, so a few large ones: each copies a sixteenth of the matrix.
_SPARSE_BLOCKS = 16


@dataclass(frozen=True, eq=False)
class Moments:
    """Weight, mean and centred scatter of the rows ``z = (x, y)``.

    ``weight = sum w``; ``mean = sum w z / weight``; ``scatter = sum w (z - mean)(z - mean)'``

    The mean is the unevaluated sum ``origin + offset``.
    The origin is close to the data, so the offset and all differences of means are small and keep the digits
    that a mean of 1e8 times the spread would lose in one number.
    Moments add up, to rounding the same however the rows are cut.

    Attributes
    ----------
    weight : float
        Sum of the weights; the number of rows where there are none.
    origin, offset : ndarray of shape (n_features + n_targets,)
        The mean of the rows, in two parts.
    scatter : ndarray of shape (n_features + n_targets, n_features + n_targets)
        The centred scatter, symmetric to the last bit.

    Notes
    -----
    The formula of the merge is equation 1.5 of Chan, Golub and LeVeque,
    "Algorithms for Computing the Sample Variance: Analysis and Recommendations", 1983.
    """

    weight: float
    origin: np.ndarray
    offset: np.ndarray
    scatter: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean of the rows, of shape (n_features + n_targets,)."""
        return self.origin + self.offset

    @classmethod
    def of(cls, X, y, sample_weight: np.ndarray | None = None) -> "Moments":
        """Return the moments of the rows of `X` and `y`, read once and in blocks.

        Parameters
        ----------
        X : ndarray or CSR or CSC matrix of shape (n_samples, n_features)
            The features, of any real dtype. Converted to float64, and made dense if need be, block by block.
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : ndarray of shape (n_samples,), default=None
            Non-negative weights; None is 1 for each row.
        """
        y = y.reshape(len(y), -1)
        block_moments = _of_sparse_block if sp.issparse(X) else _of_dense_block
        return reduce(
            add,
            (
                block_moments(X[rows], y[rows], None if sample_weight is None else sample_weight[rows])
                for rows in _blocks(X, y)
            ),
        )

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of the rows of both."""
        if other.weight == 0.0:
            return self
        if self.weight == 0.0:
            return other
        weight = self.weight + other.weight
        delta = (other.origin - self.origin) + (other.offset - self.offset)
        half_way = delta * np.sqrt(self.weight / weight * other.weight)
        return Moments(
            weight,
            self.origin,
            self.offset + delta * (other.weight / weight),
            self.scatter + other.scatter + np.outer(half_way, half_way),
        )


def _blocks(X, y: np.ndarray) -> Iterator[slice]:
    n_samples, n_features = X.shape
    size = -(-n_samples // _SPARSE_BLOCKS) if sp.issparse(X) else _BLOCK_SIZE // (n_features + y.shape[1])
    size = max(size, 256)
    return (slice(start, start + size) for start in range(0, n_samples, size))


def _of_dense_block(X: np.ndarray, y: np.ndarray, w: np.ndarray | None) -> Moments:
    Z = np.empty((len(X), X.shape[1] + y.shape[1]))
    Z[:, : X.shape[1]] = X
    Z[:, X.shape[1] :] = y
    weight = float(len(Z) if w is None else w.sum())
    if weight == 0.0:
        return _nothing(Z.shape[1])
    origin = _mean(Z, w, weight)
    Z -= origin
    offset = _mean(Z, w, weight)
    Z -= offset
    if w is not None:
        Z *= np.sqrt(w)[:, np.newaxis]
    return Moments(weight, origin, offset, Z.T @ Z)


def _of_sparse_block(X, y: np.ndarray, w: np.ndarray | None) -> Moments:
    """Centre the columns without a zero in place and the others by subtraction.

    A column with a zero among its ``m`` rows has a mean of at most ``sqrt(m)`` times its spread,
    so the subtraction ``X'X - m * mean mean'`` loses at most a factor ``m`` of the precision;
    a column without any zero is centred like a dense one, and stays as sparse as it was.
    """
    if w is not None:
        X, y, w = X[w > 0.0], y[w > 0.0], w[w > 0.0]
    if X.shape[0] == 0:
        return _nothing(X.shape[1] + y.shape[1])
    w = np.ones(X.shape[0]) if w is None else w
    weight = float(w.sum())
    X = sp.csc_array(X, dtype=np.float64, copy=True)
    X.sum_duplicates()
    stored = np.diff(X.indptr)
    X_origin = np.where(stored == X.shape[0], _mean(X, w, weight), 0.0)
    X.data -= np.repeat(X_origin, stored)
    X_offset = _mean(X, w, weight)
    y_origin = _mean(y, w, weight)
    y = y - y_origin
    y_offset = _mean(y, w, weight)
    y -= y_offset

    root = np.sqrt(w)
    X.data *= root[X.indices]
    y *= root[:, np.newaxis]
    XX = (X.T @ X).toarray() - weight * np.outer(X_offset, X_offset)
    Xy = X.T @ y
    return Moments(
        weight,
        np.concatenate([X_origin, y_origin]),
        np.concatenate([X_offset, y_offset]),
        np.block([[XX, Xy], [Xy.T, y.T @ y]]),
    )


def _mean(Z, w: np.ndarray | None, weight: float) -> np.ndarray:
    return Z.mean(axis=0) if w is None else w @ Z / weight


def _nothing(n_columns: int) -> Moments:
    return Moments(0.0, np.zeros(n_columns), np.zeros(n_columns), np.zeros((n_columns, n_columns)))
