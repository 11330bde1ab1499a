"""A least-squares cost with `l1` or `positive`, with the same methods as the cost without them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_gd._cost.active_set import minimiser
from sklearn_gd._cost.duality import duality_gap
from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._cost.quadratic import Quadratic, scale_ratio
from sklearn_gd._cost.rows import Rows

# A point is not a minimum if single coefficients could lower the cost by more than this share of the cost of the mean,
# and by more than rounding.
_CERTAIN = 1e-9
# Without an intercept the means of columns make the minimum lose digits: up to this share of the cost of the mean, the
# error is below a tenth of the gap of a good fit. Above it, the minimum is not known.
_LOST = 1e-3
# The error of the gradient there is up to this many times as large.
_NOISE = 64.0


@dataclass(frozen=True, eq=False)
class Composite:
    r"""The cost ``J(theta) + l1 sum_j abs(theta_j)``, ``J`` being smooth, where ``theta_j >= 0`` if `positive`.

    Attributes
    ----------
    smooth : Quadratic or Rows
        ``J``, which may have the penalty `l2`.
    penalty : Penalty
        The rest.
    """

    smooth: Quadratic | Rows
    penalty: Penalty

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return self.smooth.shape

    @property
    def L(self) -> float:
        """The largest eigenvalue of the Hessian of ``J``: plain descent converges for rates below ``2 / L``."""
        return self.smooth.L

    @property
    def diagonal(self) -> np.ndarray:
        """The diagonal of the Hessian of ``J``."""
        return self.smooth.diagonal

    @property
    def constant_cost(self) -> float:
        """The cost of the best constant prediction."""
        return self.smooth.constant_cost

    @property
    def zero_cost(self) -> float:
        """The cost at ``theta = 0``."""
        return self.smooth.zero_cost

    @property
    def variances(self) -> np.ndarray:
        """The variance of each target."""
        return self.smooth.variances

    @property
    def constant(self) -> np.ndarray:
        """Which features are constant."""
        return self.smooth.constant

    @property
    def dependent(self) -> np.ndarray:
        """Which features depend on others."""
        return self.smooth.dependent

    @property
    def modes_price(self) -> float:
        """Infinity: no eigenbasis predicts the descent."""
        return np.inf

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the cost and the gradient of ``J``; the penalty has no gradient."""
        value, gradient = self.smooth.value_and_gradient(theta)
        return value + self.penalty.value(theta), gradient

    def squared_errors(self, thetas: np.ndarray) -> np.ndarray:
        """Return twice the costs, of shape (n_thetas, n_targets); infinity where the constraint is violated."""
        coefs = thetas[:, self.penalty.first :].reshape(len(thetas), -1, self.variances.size)
        errors = self.smooth.squared_errors(thetas) + 2.0 * self.penalty.l1 * np.abs(coefs).sum(axis=1)
        return np.where(np.any(coefs < 0.0, axis=1), np.inf, errors) if self.penalty.positive else errors

    @cached_property
    def theta_star(self) -> np.ndarray | None:
        """A minimum; None row by row, because it would need the matrix of the moments."""
        quadratic, first = self._quadratic, self.penalty.first
        if quadratic is None:
            return None
        S, s, a, mean_x = quadratic.A, quadratic.a, quadratic.a, quadratic.mean_x
        if mean_x is not None:
            S, s = quadratic.S, a[1:]
        options = {"positive": self.penalty.positive, "constant": quadratic.constant}
        if mean_x is not None and not first:  # there is no parameter for the means, so their squares count
            S, s = S + np.multiply.outer(mean_x, mean_x), s + np.multiply.outer(mean_x, a[0])
        w = minimiser(S, s, self.penalty.l1, **options)
        return np.concatenate([(a[0] - mean_x @ w)[np.newaxis], w]) if first else w

    @cached_property
    def minimum(self) -> float:
        """The smallest cost; NaN row by row, and if the moments are too rough to determine it."""
        quadratic = self._quadratic
        if quadratic is None:
            return np.nan
        value, gradient = quadratic.value_and_gradient(self.theta_star)
        value += self.penalty.value(self.theta_star)
        c, lost, first = quadratic.zero_cost, 0.0, self.penalty.first
        if first:  # theta_0 satisfies its condition, but a mean far from zero would multiply the rounding of it
            A, a, w = quadratic.A, quadratic.a, self.theta_star[1:]
            gradient = np.concatenate([np.zeros_like(gradient[:1]), A[1:, 1:] @ w - a[1:]])
        if quadratic.mean_x is not None:
            c = quadratic.constant_cost
        if quadratic.mean_x is not None and not first:
            lost = quadratic.eps * scale_ratio(np.append(quadratic.diagonal, quadratic.S.diagonal()))
        rounding = 8.0 * len(quadratic.A) * quadratic.eps * c
        lack = self.penalty.lack(self.theta_star, gradient, quadratic.diagonal)
        is_known = lost <= _LOST and lack <= (_CERTAIN + _NOISE * lost) * quadratic.constant_cost + rounding
        if not is_known:
            return np.nan
        return value if value > rounding else 0.0

    @property
    def is_bounded_below(self) -> bool:
        """Whether a gradient bounds the distance to the minimum, which is not so with only `positive`."""
        return self.penalty.l1 > 0.0 or self.smooth.l2 > 0.0

    def gap(self, theta: np.ndarray) -> float:
        """Return an upper bound on the distance of the cost to its minimum, at a feasible point."""
        first, penalty = self.penalty.first, self.penalty
        value, gradient = self.smooth.value_and_gradient(theta)
        of_intercept = 0.0
        if first:  # the residuals must have the mean 0
            at_best = theta.copy()
            at_best[0] -= gradient[0]
            moved, gradient = self.smooth.value_and_gradient(at_best)
            of_intercept, value = max(value - moved, 0.0), moved
        w, g = theta[first:], gradient[first:]
        return of_intercept + duality_gap(w, g, 2.0 * value, penalty.l1, self.smooth.l2, positive=penalty.positive)

    def gain(self, theta: np.ndarray, n_steps: int) -> float:
        """Return by how much some steps of FISTA lower the cost, a lower bound on its distance to the minimum."""
        if self.L == 0.0:
            return 0.0
        x = y = theta
        for k in range(n_steps):
            moved = self.penalty.step(y, self.smooth.value_and_gradient(y)[1], 1.0 / self.L)
            x, y = moved, moved + k / (k + 3.0) * (moved - x)
        return max(self.value_and_gradient(theta)[0] - self.value_and_gradient(x)[0], 0.0)

    @property
    def _quadratic(self) -> Quadratic | None:
        """``J`` from moments, if these are cheap."""
        if type(self.smooth) is Quadratic:
            return self.smooth
        return self.smooth.exact if self.smooth.is_small else None
