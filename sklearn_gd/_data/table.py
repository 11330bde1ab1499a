"""The rows of the data as they are, for a descent row by row."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite
from sklearn.utils.sparsefuncs import mean_variance_axis

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling

# Entries of a block that is centred by the way.
_BLOCK_SIZE = 2**17


@dataclass(frozen=True, eq=False)
class Table:
    """Rows ``(x, y)`` with weights, not copied.

    Attributes
    ----------
    X : ndarray or CSR or CSC matrix of shape (n_samples, n_features)
        The features.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The targets.
    w : ndarray of shape (n_samples,)
        Non-negative weights.
    feature_names : tuple of str
        The features' names; empty if they have none.
    """

    X: np.ndarray
    y: np.ndarray
    w: np.ndarray
    feature_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, X, y: np.ndarray, sample_weight: np.ndarray | None = None, *, feature_names: tuple[str, ...] = ()):
        """Return the table; raise scikit-learn's error if a dense `X` is not finite."""
        if not sp.issparse(X):
            assert_all_finite(X, input_name="X")
        elif X.dtype.kind != "f":
            X = X.astype(np.float64)
        return cls(X, y, np.ones(len(y)) if sample_weight is None else sample_weight, feature_names)

    @property
    def weight(self) -> float:
        """Sum of the weights."""
        return float(self.w.sum())

    def moments(self) -> Moments:
        """Return the moments of the rows."""
        return Moments.of_arrays(self.X, self.y, self.w, feature_names=self.feature_names)

    def scaling(self) -> Scaling:
        """Return the map that standardises the features; they are read in blocks."""
        X, w, eps = self.X, self.w, float(np.finfo(np.float64).eps)
        if sp.issparse(X):
            # scikit-learn wants the weights in the dtype of the data, be it float32.
            moments = mean_variance_axis(X, axis=0, weights=w.astype(X.dtype, copy=False))
            mean, variance = (moment.astype(np.float64) for moment in moments)
            return Scaling.of(mean, np.zeros_like(mean), variance, eps)
        size = max(_BLOCK_SIZE // X.shape[1], 1)
        blocks = [slice(start, start + size) for start in range(0, len(X), size)]
        origin = X[np.flatnonzero(w)[0]].astype(np.float64)
        offset = sum(w[rows] @ (X[rows] - origin) for rows in blocks) / w.sum()
        variance = sum(w[rows] @ (X[rows] - (origin + offset)) ** 2 for rows in blocks) / w.sum()
        return Scaling.of(origin, offset, variance, eps)

    def squares_and_means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features' mean squares and means."""
        X, share = self.X, self.w / self.w.sum()
        if sp.issparse(X):
            columns = self.scaling()
            return columns.mean**2 + np.where(np.isfinite(columns.scale), columns.scale, 0.0) ** 2, columns.mean
        square = np.einsum("i,ij,ij->j", share, X, X, dtype=np.float64, casting="unsafe")
        if X.dtype.kind == "f":  # the product is faster, but would make a copy of other numbers
            return square, (share.astype(X.dtype) @ X).astype(np.float64)
        return square, np.einsum("i,ij->j", share, X, dtype=np.float64, casting="unsafe")
