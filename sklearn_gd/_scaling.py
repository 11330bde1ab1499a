"""Standardised coordinates: the features with mean 0 and variance 1, without touching them."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from sklearn.utils.sparsefuncs import mean_variance_axis

from sklearn_gd._moments import Moments, is_constant

_BLOCK_SIZE = 2**17


@dataclass(frozen=True, eq=False)
class Scaling:
    """The map ``x -> (x - mean) / scale`` of the features, and what it does to moments and parameters.

    A hypothesis on standardised features, ``h = theta_0 + theta_j (x_j - mean_j) / scale_j``, is one on the features
    themselves with ``coef_j = theta_j / scale_j`` and ``intercept = theta_0 - mean' coef``.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        The features' (weighted) mean.
    scale : ndarray of shape (n_features,)
        Their standard deviation, with ``1 / m``; infinite for constant features, which it turns into zeros.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of_moments(cls, moments: Moments, n_features: int) -> "Scaling":
        """Return the scaling of the first `n_features` columns."""
        variance = np.diagonal(moments.scatter)[:n_features] / moments.weight
        return cls._of(moments.mean[:n_features], variance, moments.eps)

    @classmethod
    def of_columns(cls, X, sample_weight: np.ndarray | None = None) -> "Scaling":
        """Return the scaling of the columns of `X`, dense or sparse, read in blocks."""
        if sp.issparse(X):
            mean, variance = mean_variance_axis(X, axis=0, weights=sample_weight)
            return cls._of(mean, variance, np.finfo(np.float64).eps)
        w = np.ones(len(X)) if sample_weight is None else sample_weight
        size = max(_BLOCK_SIZE // X.shape[1], 1)
        blocks = [slice(start, start + size) for start in range(0, len(X), size)]
        origin = X[np.flatnonzero(w)[0]].astype(np.float64)
        mean = origin + sum(w[rows] @ (X[rows] - origin) for rows in blocks) / w.sum()
        variance = sum(w[rows] @ (X[rows] - mean) ** 2 for rows in blocks) / w.sum()
        return cls._of(mean, variance, np.finfo(np.float64).eps)

    @classmethod
    def _of(cls, mean: np.ndarray, variance: np.ndarray, eps: float) -> "Scaling":
        return cls(mean, np.sqrt(np.where(is_constant(variance, mean, eps), np.inf, variance)))

    def standardize(self, moments: Moments) -> Moments:
        """Return the moments of the rows whose features, the first columns, are standardised."""
        n_targets = len(moments.origin) - len(self.scale)
        scale = np.concatenate([self.scale, np.ones(n_targets)])
        is_target = np.concatenate([np.zeros_like(self.scale), np.ones(n_targets)])
        return replace(
            moments,
            origin=moments.origin * is_target,
            offset=moments.offset * is_target,
            scatter=moments.scatter / scale / scale[:, np.newaxis],
        )

    def to_user(self, coef: np.ndarray, intercept: np.ndarray | float) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept on the features themselves."""
        coef = (coef.T / self.scale).T
        return coef, intercept - np.sum(self.mean * coef.T, axis=-1)

    def from_user(self, coef: np.ndarray, intercept: np.ndarray | float) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept on the standardised features."""
        finite = np.where(np.isfinite(self.scale), self.scale, 0.0)
        return (coef.T * finite).T, intercept + np.sum(self.mean * coef.T, axis=-1)
