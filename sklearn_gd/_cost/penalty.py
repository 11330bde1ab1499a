"""The parts of a cost that have no gradient, `l1` and the constraint `positive`, and proximal steps for them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Penalty:
    r"""``l1 * sum_j abs(theta_j)``, and ``theta_j >= 0`` if `positive`, on the coefficients, not on the intercept.

    A step against the gradient ``g`` of the rest of the cost is followed by the proximal operator,

    .. math:: \mathrm{prox}(v) = \arg\min_\theta \frac{1}{2 \alpha} |\theta - v|^2 + l_1 \sum_j |\theta_j|

    which moves each ``v_j`` towards 0 by ``alpha l1``, but not past 0; with `positive`, negative ones become 0.
    The gradient mapping ``(theta - prox(theta - alpha g)) / alpha`` does for this cost what the gradient does for a
    smooth one: any optimizer can use it in place of the gradient, and plain descent with it is the proximal gradient
    method.

    Attributes
    ----------
    l1 : float >= 0
        The penalty, in the unit of the features times that of the targets.
    positive : bool
        Whether the coefficients are kept non-negative.
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
        """Return ``l1 * sum_j abs(theta_j)``; the constraint, which iterates may violate, adds nothing."""
        return self.l1 * float(np.add.reduce(np.abs(theta[self.first :]), axis=None)) if self.l1 else 0.0

    def prox(self, v: np.ndarray, alpha: float) -> np.ndarray:
        """Return the proximal operator of a point; its zeros are exact."""
        return self._shrunk(v.copy(), alpha * self.l1)

    def step(self, theta: np.ndarray, gradient: np.ndarray, alpha: float) -> np.ndarray:
        """Return the parameters after one iteration of the proximal gradient method."""
        return self._shrunk(theta - alpha * gradient, alpha * self.l1)

    def _shrunk(self, moved: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
        """Move the coefficients of an array towards 0 by a threshold, in place, and return it."""
        w = moved[self.first :]
        if self.positive:
            w -= threshold
            np.maximum(w, 0.0, out=w)
        else:  # this form yields no negative zeros
            w -= np.minimum(np.maximum(w, -threshold), threshold)
        return moved

    def mapping(self, theta: np.ndarray, gradient: np.ndarray, alpha: float) -> np.ndarray:
        """Return the gradient mapping, ``g + clip(theta / alpha - g, -l1, l1)``; at ``alpha = 0``, its limit.

        This form loses no digits to a small ``alpha``. With `positive` the clip has no lower bound.
        """
        w, g = theta[self.first :], gradient[self.first :]
        if alpha > 0.0:
            pull = w / alpha
        else:  # with `positive`, a point below 0 has no limit, and does not move
            pull = np.where(w > 0.0, np.inf, 0.0) if self.positive else np.where(w, np.copysign(np.inf, w), 0.0)
        pull -= g
        np.minimum(pull, self.l1, out=pull)
        if not self.positive:
            np.maximum(pull, self._lowest, out=pull)
        pull += g
        if self.first == 0:
            return pull
        mapping = gradient.copy()
        mapping[self.first :] = pull
        return mapping

    def proximal(self, optimizer: Callable) -> Callable:
        """Return an optimizer that receives the gradient mapping in place of the gradient."""

        def step(theta: np.ndarray, gradient: np.ndarray, alpha: float, *state):
            mapping = self.mapping(theta, gradient, alpha)
            mapping.flags.writeable = False
            return optimizer(theta, mapping, alpha, *state)

        return step

    @cached_property
    def _lowest(self) -> float | np.ndarray:
        """``-l1``, kept because `l1` may be an array for many descents."""
        return -self.l1

    def lack(self, theta: np.ndarray, gradient: np.ndarray, diagonal: np.ndarray) -> float:
        """Return the violation of the optimality conditions, in the unit of the cost.

        The conditions are ``abs(g_j) <= l1``, and ``g_j = -l1 sign(theta_j)`` if ``theta_j`` is not 0; with `positive`,
        ``g_j >= -l1``. The curvatures along the parameters, the `diagonal`, convert gradients to costs.
        """
        w, g, curvature = theta[self.first :], gradient[self.first :], diagonal[self.first :]
        beyond = np.maximum((-g if self.positive else np.abs(g)) - self.l1, 0.0).T
        # The square of a gradient may overflow although the cost does not.
        size = np.divide(beyond, np.sqrt(2.0 * curvature), out=np.zeros_like(beyond), where=curvature > 0.0)
        return float(size.max(initial=0.0) ** 2 + np.abs(self.l1 * np.abs(w) + g * w).sum())

    def nearest(self, theta: np.ndarray) -> np.ndarray:
        """Return the point itself, or the nearest one that the constraint allows."""
        if not self.positive or not np.any(theta[self.first :] < 0.0):
            return theta
        nearest = theta.copy()
        np.maximum(nearest[self.first :], 0.0, out=nearest[self.first :])
        return nearest
