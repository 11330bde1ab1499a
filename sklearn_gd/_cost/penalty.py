"""The parts of a cost that have no gradient: `l1`, and the constraint `positive`; and the steps that they allow."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Penalty:
    r"""``l1 * sum_j abs(theta_j)``, and ``theta_j >= 0`` if `positive`, on the coefficients, not on the intercept.

    A step along the gradient ``g`` of the rest of the cost is followed by the proximal operator: the point nearest to
    it where the penalty counts too,

    .. math:: \mathrm{prox}(v) = \arg\min_\theta \frac{1}{2 \alpha} |\theta - v|^2 + l_1 \sum_j |\theta_j|

    which is each ``v_j`` nearer to 0 by ``alpha l1``, or 0; and not below 0, if `positive`.
    As a gradient descends a smooth cost, so does the gradient mapping ``(theta - prox(theta - alpha g)) / alpha`` this
    one: any optimizer takes it in the gradient's place, and plain descent along it is the proximal gradient method.

    Attributes
    ----------
    l1 : float >= 0
        The penalty, in the unit of the features times that of the targets.
    positive : bool
        Whether the coefficients are kept at 0 or above.
    first : int
        The number of parameters before the coefficients: 1 with an intercept, otherwise 0.

    Notes
    -----
    Daubechies, Defrise and De Mol, "An iterative thresholding algorithm for linear inverse problems with a sparsity
    constraint", 2004; Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse
    Problems", 2009, ISTA and FISTA; Parikh and Boyd, "Proximal Algorithms", 2014.
    """

    l1: float
    positive: bool
    first: int

    def value(self, theta: np.ndarray) -> float:
        """Return ``l1 * sum_j abs(theta_j)``; the constraint, which iterates on the way may leave, adds nothing."""
        return self.l1 * float(np.add.reduce(np.abs(theta[self.first :]), axis=None)) if self.l1 else 0.0

    def prox(self, v: np.ndarray, alpha: float) -> np.ndarray:
        """Return the proximal operator of a point; its zeros are exact."""
        return self._shrunk(v.copy(), alpha * self.l1)

    def step(self, theta: np.ndarray, gradient: np.ndarray, alpha: float) -> np.ndarray:
        """Return where one iteration of the proximal gradient method leads."""
        return self._shrunk(theta - alpha * gradient, alpha * self.l1)

    def _shrunk(self, moved: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
        """Return the same array, its coefficients nearer to 0 by a threshold."""
        w = moved[self.first :]
        if self.positive:
            w -= threshold
            np.maximum(w, 0.0, out=w)
        else:  # this form has no zeros with a minus
            w -= np.minimum(np.maximum(w, -threshold), threshold)
        return moved

    def mapping(self, theta: np.ndarray, gradient: np.ndarray, alpha: float) -> np.ndarray:
        """Return the gradient mapping, ``g + clip(theta / alpha - g, -l1, l1)``; at ``alpha = 0``, its limit.

        This form of it loses no digits to a small ``alpha``. With `positive` there is no lower end to the clip.
        """
        mapping = gradient.copy()
        w, g = theta[self.first :], mapping[self.first :]
        if alpha > 0.0:
            pull = w / alpha
        else:  # a point below 0 with `positive` has no limit, and stays where it is
            pull = np.where(w > 0.0, np.inf, 0.0) if self.positive else np.where(w, np.copysign(np.inf, w), 0.0)
        pull -= g
        np.minimum(pull, self.l1, out=pull)
        if not self.positive:
            np.maximum(pull, -self.l1, out=pull)
        g += pull
        return mapping

    def proximal(self, optimizer: Callable) -> Callable:
        """Return an optimizer that is handed the gradient mapping in the gradient's place."""

        def step(theta: np.ndarray, gradient: np.ndarray, alpha: float, *state):
            mapping = self.mapping(theta, gradient, alpha)
            mapping.flags.writeable = False
            return optimizer(theta, mapping, alpha, *state)

        return step

    def lack(self, theta: np.ndarray, gradient: np.ndarray, diagonal: np.ndarray) -> float:
        """Return what is missing of the conditions of a minimum, in the unit of the cost.

        They are ``abs(g_j) <= l1``, and ``g_j = -l1 sign(theta_j)`` where ``theta_j`` is not 0; if `positive`,
        ``g_j >= -l1``. The curvatures along the parameters, the `diagonal`, tell what a gradient is worth.
        """
        w, g, curvature = theta[self.first :], gradient[self.first :], diagonal[self.first :]
        beyond = np.maximum((-g if self.positive else np.abs(g)) - self.l1, 0.0).T
        # The squares of a gradient may overflow where the worth is a number like others.
        size = np.divide(beyond, np.sqrt(2.0 * curvature), out=np.zeros_like(beyond), where=curvature > 0.0)
        return float(size.max(initial=0.0) ** 2 + np.abs(self.l1 * np.abs(w) + g * w).sum())

    def nearest(self, theta: np.ndarray) -> np.ndarray:
        """Return the point itself, or the nearest one that the constraint allows."""
        if not self.positive or not np.any(theta[self.first :] < 0.0):
            return theta
        nearest = theta.copy()
        np.maximum(nearest[self.first :], 0.0, out=nearest[self.first :])
        return nearest
