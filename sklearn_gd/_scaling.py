"""Standardised coordinates: the features with mean 0 and variance 1, without touching them."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from sklearn.utils.sparsefuncs import mean_variance_axis

from sklearn_gd._moments import Moments, is_constant

_BLOCK_SIZE = 2**17
_EPS = np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Scaling:
    """The map ``x -> (x - mean) / scale`` of the features, and what it does to moments and parameters.

    A hypothesis on standardised features, ``h = theta_0 + theta_j (x_j - mean_j) / scale_j``, is one on the features
    themselves with ``coef_j = theta_j / scale_j`` and ``intercept = theta_0 - mean' coef``.

    Attributes
    ----------
    origin, offset : ndarray of shape (n_features,)
        The features' (weighted) mean, in two parts, as in `Moments`.
    scale : ndarray of shape (n_features,)
        Their standard deviation, with ``1 / m``; infinite for constant features, which it turns into zeros.
    """

    origin: np.ndarray
    offset: np.ndarray
    scale: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The features' mean, of shape (n_features,)."""
        return self.origin + self.offset

    @classmethod
    def of_moments(cls, moments: Moments, n_features: int) -> "Scaling":
        """Return the scaling of the first `n_features` columns."""
        variance = np.diagonal(moments.scatter)[:n_features] / moments.weight
        return cls._of(moments.origin[:n_features], moments.offset[:n_features], variance, moments.eps)

    @classmethod
    def of_columns(cls, X, sample_weight: np.ndarray | None = None) -> "Scaling":
        """Return the scaling of the columns of `X`, dense or sparse, read in blocks."""
        if sp.issparse(X):
            # scikit-learn wants the weights in the dtype of the data, be it float32.
            w = None if sample_weight is None else sample_weight.astype(X.dtype, copy=False)
            mean, variance = (moment.astype(np.float64) for moment in mean_variance_axis(X, axis=0, weights=w))
            return cls._of(mean, np.zeros_like(mean), variance, _EPS)
        w = np.ones(len(X)) if sample_weight is None else sample_weight
        size = max(_BLOCK_SIZE // X.shape[1], 1)
        blocks = [slice(start, start + size) for start in range(0, len(X), size)]
        origin = X[np.flatnonzero(w)[0]].astype(np.float64)
        offset = sum(w[rows] @ (X[rows] - origin) for rows in blocks) / w.sum()
        variance = sum(w[rows] @ (X[rows] - (origin + offset)) ** 2 for rows in blocks) / w.sum()
        return cls._of(origin, offset, variance, _EPS)

    @classmethod
    def _of(cls, origin: np.ndarray, offset: np.ndarray, variance: np.ndarray, eps: float) -> "Scaling":
        constant = is_constant(variance, origin + offset, eps)
        return cls(origin, offset, np.sqrt(np.where(constant, np.inf, variance)))

    def standardize(self, moments: Moments) -> Moments:
        """Return the moments of the rows whose features, the first columns, are standardised.

        The rows may be others than those that the scaling was made of, for which the features' mean is exactly 0.
        """
        n_targets = len(moments.origin) - len(self.scale)
        none, one = np.zeros(n_targets), np.ones(n_targets)
        scale = np.concatenate([self.scale, one])
        return replace(
            moments,
            origin=(moments.origin - np.concatenate([self.origin, none])) / scale,
            offset=(moments.offset - np.concatenate([self.offset, none])) / scale,
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
