"""The least-squares cost from the moments of the data: ``value_and_gradient(theta) -> (cost, gradient)``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from sklearn_gd._cost.change import largest_change
from sklearn_gd._cost.eigenbasis import FEW_PARAMETERS, Eigenbasis, Modes, largest_eigenvalue
from sklearn_gd._cost.families import Families
from sklearn_gd._cost.least_squares import solve
from sklearn_gd._cost.off_centre import is_off_centre, with_means
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.units import is_constant

# This many more targets take as long as the first one.
_TARGETS_AT_ONCE = 4

# The largest ratio of curvatures along features for the eigenbasis: then costs in it have 10 digits.
WELL_SCALED = 1e12


@dataclass(frozen=True, eq=False)
class Quadratic:
    r"""The cost of linear regression, from the moments of the data.

    .. math::
        J(\theta) = \frac{1}{2m} \sum_i (h(x_i) - y_i)^2 + \frac{\lambda}{2} \sum_{j \ge 1} \theta_j^2
                  = \frac{1}{2} (\theta' H \theta - 2 b' \theta + c)

    with the penalty ``lambda``, called `l2` in the code.
    With an intercept it is stored in centred form, so that features far from zero do not lose digits:

    ``J = (r**2 + w' S w - 2 w' s + c) / 2``; ``g = dJ/dtheta = (r, S w - s + r mean_x)``

    where ``r = theta_0 + mean_x' w - mean_y`` and ``w = theta[1:]``;
    ``S`` is the covariance of the features plus ``l2`` on its diagonal, ``s`` the covariance of features and targets,
    ``c`` the targets' variance.
    Without an intercept ``S``, ``s`` and ``c`` are taken about zero, ``w = theta``, and there is no ``r``. If the means
    are so far from zero that this would lose digits, the form is centred too, with ``w = theta``,
    ``r = mean_x' w - mean_y`` and ``g = S w - s + r mean_x``.
    Several targets are columns of ``theta``; their costs are summed.

    The cost is measured from a point ``theta'``: with ``u = (r, S w - s)``, ``e = (r - r', w - w')`` and
    ``u' = (r', S w' - s)``, ``J = J' + e' (u + u') / 2``. The result does not depend on the point. Measured from a
    minimum, it keeps the digits that a difference of large sums would lose near the minimum. If nearly dependent
    columns put the minimum so far away that rounding would be visible in the cost, the point is the minimum with a
    small penalty.

    Attributes
    ----------
    A : ndarray of shape (n_parameters, n_parameters)
        ``u = A theta - a``: the covariance ``S``, below a row ``(1, mean_x)`` where there is an intercept; in centred
        form without one, below a row ``mean_x``, of shape (n_parameters + 1, n_parameters).
    a : ndarray of the shape of ``u``
        ``s``, below ``mean_y`` in centred form.
    mean_x : ndarray of shape (n_features,) or None
        The means of the features; None if the moments are taken about zero.
    theta_star : ndarray of the shape of theta
        A minimum; features that depend on others, or are constant, have the coefficient 0.
    minima : ndarray of shape (n_targets,)
        ``J`` of each target at `theta_star`; exactly 0 if it is 0 to rounding.
    theta_near, u_near : ndarray of the shapes of theta and ``u``
        The point from which costs are measured, and ``u`` there; `theta_star`, and 0 to rounding, if that is not far.
    costs_near : ndarray of shape (n_targets,)
        ``J`` of each target at `theta_near`.
    variances : ndarray of shape (n_targets,)
        The variance of each target.
    zero_cost : float
        ``J`` at ``theta = 0``.
    constant, dependent : ndarray of shape (n_features,), bool
        Which features are constant (without an intercept: zero), and which of the others are linear combinations of
        those before them in the order of the pivots, to rounding. With a penalty, no feature is dependent.
    l2 : float
        The penalty.
    eps : float
        The relative rounding of the moments.
    families : Families or None
        The parameters that move in proportion, if there are any and there is no penalty.
    """

    A: np.ndarray
    a: np.ndarray
    mean_x: np.ndarray | None
    theta_star: np.ndarray
    minima: np.ndarray
    theta_near: np.ndarray
    u_near: np.ndarray
    costs_near: np.ndarray
    variances: np.ndarray
    zero_cost: float
    constant: np.ndarray
    dependent: np.ndarray
    l2: float
    eps: float
    families: Families | None = None

    penalty = None  # the whole cost has a gradient

    @classmethod
    def of(
        cls, moments: Moments, *, fit_intercept: bool, scaling: Scaling | None = None, l2: float = 0.0
    ) -> "Quadratic":
        """Return the cost on the rows that the moments describe.

        Parameters
        ----------
        moments : Moments
            Moments of the rows ``(x, y)``, of positive weight.
        fit_intercept : bool
            Whether ``theta`` begins with an intercept.
        scaling : Scaling or None
            The map to the coordinates of ``theta``, if they are standardised.
        l2 : float >= 0
            The penalty on the coefficients, in the unit of the squared features.
        """
        if scaling is not None:
            moments = scaling.standardize(moments)
        n_features, mean = moments.n_features, moments.mean
        S, s, variances = moments.covariances(about_zero=not fit_intercept)
        mean_x, mean_y = mean[:n_features], mean[n_features:]
        squares = variances + mean_y**2
        off_centre = not fit_intercept and is_off_centre(mean_x, S.diagonal(), moments.eps)
        centred = fit_intercept or off_centre
        if not centred:
            S += np.multiply.outer(mean_x, mean_x)
            s += np.multiply.outer(mean_x, mean_y)
        if moments.one_target:
            s, mean_y = s[:, 0], mean_y[0]

        deviations = np.sqrt(np.maximum(S.diagonal(), 0.0))  # rounding may make the variance of a constant negative
        constant = is_constant(deviations, mean_x, moments.eps)
        if l2:
            S.flat[:: n_features + 1] += l2
        if off_centre:
            left_out = constant if l2 == 0.0 else np.zeros_like(constant)
            solution = solve(S, s, variances, left_out, moments.eps)
            solution, r = with_means(solution, S, mean_x, mean_y, left_out, moments.eps)
            constant = (deviations == 0.0) & (mean_x == 0.0)
        else:
            solution, r = solve(S, s, variances if centred else squares, constant, moments.eps), 0.0 * mean_y

        A, a, u_near = S, s, solution.residual
        if centred:
            first = int(fit_intercept)
            A = np.zeros((n_features + 1, n_features + first))
            A[0, 0] = 1.0
            A[0, first:], A[1:, first:] = mean_x, S
            a, u_near = _stack(mean_y, s), _stack(r, u_near)

        def theta(w: np.ndarray) -> np.ndarray:
            return _stack(mean_y - mean_x @ w, w) if fit_intercept else w

        theta_near = theta(solution.nearby)
        families = None
        if l2 == 0.0:
            about_zero = S + np.multiply.outer(mean_x, mean_x) if off_centre else S
            families = Families.of(about_zero, mean_x, constant, solution.dependent, fit_intercept, moments.eps)
        return cls(
            A,
            a,
            mean_x if centred else None,
            theta_near if solution.w is solution.nearby else theta(solution.w),
            solution.minima,
            theta_near,
            u_near,
            solution.costs_nearby,
            variances,
            float(squares.sum()) / 2.0,
            constant,
            solution.dependent,
            float(l2),
            moments.eps,
            families,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return self.theta_star.shape

    @cached_property
    def minimum(self) -> float:
        """The smallest cost."""
        return float(self.minima.sum())

    @property
    def is_measured_from_minimum(self) -> bool:
        """Whether `theta_near` is `theta_star`, so that ``u_near`` is 0 to rounding."""
        return self.theta_near is self.theta_star

    @cached_property
    def cost_near(self) -> float:
        """The cost at `theta_near`."""
        return float(self.costs_near.sum())

    @cached_property
    def constant_cost(self) -> float:
        """``J`` of the best constant prediction, the mean of the targets, with which R² compares."""
        return float(self.variances.sum()) / 2.0

    @cached_property
    def eigenbasis(self) -> Eigenbasis:
        """The eigenbasis of the Hessian."""
        return Eigenbasis(self)

    @property
    def extremes(self) -> tuple[float, float]:
        """The largest eigenvalue of the Hessian, ``L``, and the smallest non-zero one, ``mu``."""
        return self.eigenbasis.extremes

    @cached_property
    def L(self) -> float:
        """The largest eigenvalue of the Hessian."""
        return self.extremes[0] if self.modes_price == 0 else largest_eigenvalue(self)

    def modes(self, theta: np.ndarray, known: tuple[float, np.ndarray] | None = None) -> Modes:
        """Return the coordinates of `theta` in the eigenbasis, cached for descents with the same start.

        Cost and gradient at `theta` may be passed as `known`.
        """
        made = vars(self).setdefault("_modes", [])
        if not (made and np.array_equal(made[0], theta)):
            made[:] = theta, Modes(self, self.eigenbasis, theta, known)
        return made[1]

    @property
    def modes_price(self) -> float:
        """The time of the eigenbasis in iterations of the loop; 0 once it exists."""
        if len(self.A) <= FEW_PARAMETERS or "eigenbasis" in vars(self):
            return 0
        # An iteration for several targets takes hardly longer than one for a single target, which waits for memory.
        return len(self.A) // (2 + len(self.minima) // _TARGETS_AT_ONCE)

    @cached_property
    def has_intercept(self) -> bool:
        """Whether ``theta`` begins with an intercept."""
        return self.mean_x is not None and len(self.A) == self.A.shape[1]

    @cached_property
    def diagonal(self) -> np.ndarray:
        """The diagonal of the Hessian, of shape (n_parameters,): the curvatures along the parameters."""
        centred = self.A if self.mean_x is None or self.has_intercept else self.S
        diagonal = centred.diagonal().copy()
        if self.mean_x is not None:
            diagonal[int(self.has_intercept) :] += self.mean_x**2
        return diagonal

    @property
    def S(self) -> np.ndarray:
        """The covariance of the features, in the centred form."""
        return self.A[1:, int(self.has_intercept) :]

    @property
    def is_well_scaled(self) -> bool:
        """Whether the directions of the eigenbasis keep digits along all features."""
        return scale_ratio(self.diagonal) <= WELL_SCALED

    @cached_property
    def H(self) -> np.ndarray:
        """The Hessian, of shape (n_parameters, n_parameters): second moments of the rows ``[1, x]``."""
        if self.mean_x is None:
            return self.A.copy()
        H = np.multiply.outer(self.A[0], self.A[0])
        first = int(self.has_intercept)
        H[first:, first:] += self.S
        return H

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        at_zero = theta.ndim > 1 and not theta.any()  # the start of a descent for many targets
        u = -self.a if at_zero else self.A @ theta - self.a
        e = theta - self.theta_near
        if self.has_intercept:
            e[0] = u[0]
        elif self.mean_x is not None:
            e = np.concatenate([u[:1] - self.u_near[:1], e])
        cost = self.cost_near + np.vdot(e, u + self.u_near) / 2.0
        # Only rounding can make the cost negative; max keeps a NaN, which the descent must see.
        return max(float(cost), 0.0), self._gradient(u)

    @property
    def gradient_near(self) -> np.ndarray:
        """``dJ/dtheta`` at `theta_near`, which is only rounding if that is a minimum."""
        u = self.u_near.copy()
        if self.has_intercept:
            u[0] = self.A[0] @ self.theta_near - self.a[0]
        return self._gradient(u)

    def _gradient(self, u: np.ndarray) -> np.ndarray:
        """Return the gradient for ``u``, which may be written to."""
        if self.mean_x is not None:
            r = u[0]
            u[1:] += self.mean_x * r if u.ndim == 1 else np.multiply.outer(self.mean_x, r)
            u = u if self.has_intercept else u[1:]
        return u if self.families is None else self.families.expand(u[self.families.leaders])

    def squared_errors(self, thetas: np.ndarray) -> np.ndarray:
        """Return the mean squared errors at several points, of shape (n_thetas, n_targets): twice their costs."""
        # One matrix product for all points of one target, or for all targets of each point.
        points = thetas.T[np.newaxis] if thetas.ndim == 2 else thetas
        near, a, u_near = (part.reshape(len(part), -1) for part in (self.theta_near, self.a, self.u_near))
        e, u = points - near, self.A @ points - a
        if self.has_intercept:
            e[:, 0] = u[:, 0]
        elif self.mean_x is not None:
            e = np.concatenate([u[:, :1] - u_near[:1], e], axis=1)
        u += u_near
        errors = np.maximum(2.0 * self.costs_near + np.einsum("tjk,tjk->tk", e, u), 0.0)
        return errors.T if thetas.ndim == 2 else errors

    largest_change: ClassVar[Callable[[np.ndarray, float | None], float]] = staticmethod(largest_change)

    def hessian_product(self, v: np.ndarray) -> np.ndarray:
        """Return ``H v``."""
        product = self.A @ v
        if self.mean_x is None:
            return product
        product[1:] += np.multiply.outer(self.mean_x, product[0])
        return product if self.has_intercept else product[1:]

    def curvature(self, Q: np.ndarray) -> np.ndarray:
        """Return ``Q' H Q`` for some directions, the columns of `Q`, from the centred moments."""
        U = self.A @ Q
        if self.mean_x is None:
            return Q.T @ U
        curvature = Q[int(self.has_intercept) :].T @ U[1:]
        curvature += np.multiply.outer(U[0], U[0])
        return curvature


def scale_ratio(curvatures: np.ndarray) -> float:
    """Return the ratio of the largest curvature to the smallest non-zero one."""
    curvatures = curvatures[curvatures > 0.0]
    if not curvatures.size:
        return 1.0
    # Python's numbers overflow without a warning.
    return float(curvatures[curvatures.argmax()]) / float(curvatures[curvatures.argmin()])


def _stack(first: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return an array with a first row before the rest."""
    return np.concatenate([first[np.newaxis], rest])
