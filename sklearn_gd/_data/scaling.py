"""Standardised coordinates, in which the features have mean 0 and variance 1, without changing the features."""

from dataclasses import dataclass

import numpy as np

from sklearn_gd._data.algebra import with_scatter
from sklearn_gd._data.packed import outer
from sklearn_gd._data.units import exponents_of, is_constant
from sklearn_gd._typing import T

# The squares of ratios within these powers of two neither overflow nor underflow.
_ORDINARY = 200


@dataclass(frozen=True, eq=False)
class Scaling:
    """The map ``x -> (x - mean) / scale`` of the features, and its effect on moments and parameters.

    A hypothesis on standardised features, ``h = theta_0 + theta_j (x_j - mean_j) / scale_j``, is one on the original
    features with ``coef_j = theta_j / scale_j`` and ``intercept = theta_0 - mean' coef``.

    Attributes
    ----------
    origin, offset : ndarray of shape (n_features,)
        The (weighted) means of the features, in two parts, as in `Moments`.
    scale : ndarray of shape (n_features,)
        Their standard deviations, with ``1 / m``; infinite for constant features, which become zeros.
    """

    origin: np.ndarray
    offset: np.ndarray
    scale: np.ndarray

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Scaling)
            and np.array_equal(self.mean, other.mean)
            and np.array_equal(self.scale, other.scale)
        )

    @property
    def mean(self) -> np.ndarray:
        """The means of the features, of shape (n_features,)."""
        return self.origin + self.offset

    @classmethod
    def of(cls, origin: np.ndarray, offset: np.ndarray, deviation: np.ndarray, eps: float) -> "Scaling":
        """Return the scaling of columns with these means and deviations, whose products were rounded to `eps`."""
        return cls(origin, offset, np.where(is_constant(deviation, origin + offset, eps), np.inf, deviation))

    def select(self, features: slice) -> "Scaling":
        """Return the scaling of some features."""
        return Scaling(self.origin[features], self.offset[features], self.scale[features])

    def standardize(self, moments: T) -> T:
        """Return the moments of the rows with standardised features.

        The rows may differ from those of the scaling, for which the means of the features are exactly 0.
        """
        n = len(self.scale)
        none = np.zeros(len(moments.origin) - n)
        scale = np.concatenate([self.scale, none + 1.0])
        # In a unit, a ratio of two numbers of any size is near 1.
        ratio = np.ldexp(1.0, moments.exponents) / scale
        exponents = exponents_of(ratio, _ORDINARY)
        ratio = np.ldexp(ratio, -exponents)
        made = {
            "origin": (moments.origin - np.concatenate([self.origin, none])) / scale,
            "offset": (moments.offset - np.concatenate([self.offset, none])) / scale,
        }
        packed = moments.packed * outer(ratio, n)
        rounding = moments.rounding * ratio * ratio if moments.rounding.size else moments.rounding
        return moments._with(with_scatter(made, packed, n, rounding, exponents))

    def to_user(self, coef: np.ndarray, intercept: np.ndarray | float) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept for the original features."""
        coef = (coef.T / self.scale).T
        return coef, intercept - np.sum(self.mean * coef.T, axis=-1)

    def from_user(self, coef: np.ndarray, intercept: np.ndarray | float) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept for the standardised features."""
        finite = np.where(np.isfinite(self.scale), self.scale, 0.0)
        return (coef.T * finite).T, intercept + np.sum(self.mean * coef.T, axis=-1)

    def gradient(self, gradient: np.ndarray, total: np.ndarray | float) -> np.ndarray:
        """Return a gradient with respect to the coefficients, in the memory of that for the original features.

        `total` is the derivative with respect to the intercept: ``dJ/dtheta_j = (dJ/dcoef_j - mean_j total) / scale_j``
        """
        for mean in (self.origin, self.offset):  # one after the other, because their sum would take memory
            gradient -= np.multiply.outer(mean, total)
        np.divide(gradient.T, self.scale, out=gradient.T)
        return gradient
