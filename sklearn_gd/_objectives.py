"""The least-squares cost as a function of the parameters: ``value_and_gradient(theta) -> (cost, gradient)``."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, lapack

from sklearn_gd._moments import Moments


@dataclass(frozen=True, eq=False)
class Quadratic:
    r"""The cost of linear regression, from the moments of the data.

    .. math::
        J(\theta) = \frac{1}{2m} \sum_i (h(x_i) - y_i)^2 = \frac{1}{2} (\theta' H \theta - 2 b' \theta + c)

    With an intercept it is kept in centred form, so that features far from zero cost no digits:

    ``J = (r**2 + w' S w - 2 w' s + c) / 2``; ``g = dJ/dtheta = (r, S w - s + r mean_x)``

    where ``r = theta_0 + mean_x' w - mean_y`` and ``w = theta[1:]``;
    ``S`` is the covariance of the features, ``s`` that of features and targets, ``c`` the targets' variance.
    Without an intercept ``S``, ``s`` and ``c`` are taken about zero, ``w = theta``, and there is no ``r``.
    Several targets are columns of ``theta``; their costs are summed.

    The cost is measured from a minimum ``theta*``: with ``u = (r, S w - s)`` and ``e = (r, w - w*)``,
    ``J = J* + e' (u + u*) / 2``. It is the same number, with the digits that a difference of large sums
    would lose near the minimum.

    Attributes
    ----------
    A : ndarray of shape (n_parameters, n_parameters)
        ``u = A theta - a``: the covariance ``S``, below a row ``(1, mean_x)`` where there is an intercept.
    a : ndarray of the shape of theta
        ``s``, below ``mean_y`` where there is an intercept.
    mean_x : ndarray of shape (n_features,) or None
        The features' mean; None without an intercept.
    theta_star : ndarray of the shape of theta
        A minimum; features that depend on others, or are constant, have the coefficient 0.
    u_star : ndarray of the shape of theta
        ``u`` at `theta_star`: 0 to rounding.
    minimum : float
        ``J`` at `theta_star`; exactly 0 where rounding can't tell it from 0.
    constant_cost : float
        ``J`` of the best constant prediction, the mean of the targets: what R² compares with.
    zero_cost : float
        ``J`` at ``theta = 0``.
    """

    A: np.ndarray
    a: np.ndarray
    mean_x: np.ndarray | None
    theta_star: np.ndarray
    u_star: np.ndarray
    minimum: float
    constant_cost: float
    zero_cost: float

    @classmethod
    def of(cls, moments: Moments, n_features: int, *, fit_intercept: bool, one_target: bool) -> "Quadratic":
        """Return the cost on the rows that the moments describe.

        Parameters
        ----------
        moments : Moments
            Moments of the rows ``(x, y)``, of positive weight.
        n_features : int
            How many of a row's columns are features; the others are targets.
        fit_intercept : bool
            Whether ``theta`` begins with an intercept.
        one_target : bool
            Whether ``theta`` is a vector and not a matrix with a column for each target.
        """
        covariance, mean = moments.scatter / moments.weight, moments.mean
        constant_cost = np.trace(covariance[n_features:, n_features:]) / 2.0
        zero_cost = constant_cost + mean[n_features:] @ mean[n_features:] / 2.0
        if not fit_intercept:
            covariance += np.outer(mean, mean)
        targets = n_features if one_target else slice(n_features, None)
        S, s = covariance[:n_features, :n_features], covariance[:n_features, targets]
        mean_x, mean_y = mean[:n_features], mean[targets]
        c = 2.0 * (constant_cost if fit_intercept else zero_cost)

        # A column that varies by less than the rounding of its mean is constant: its variance is noise.
        constant = np.diagonal(S) <= (4.0 * moments.eps * mean_x) ** 2
        w_star = _solve(S, s, constant, moments.eps)
        minimum = (c - np.vdot(w_star, s) + np.vdot(w_star, S @ w_star - s)) / 2.0
        if minimum <= 8.0 * (n_features + 1) * moments.eps * c:
            minimum = 0.0

        A, a, theta_star = S, s, w_star
        if fit_intercept:
            A = np.block([[np.ones((1, 1)), mean_x[np.newaxis]], [np.zeros((n_features, 1)), S]])
            a = np.concatenate([mean_y[np.newaxis], s])
            theta_star = np.concatenate([(mean_y - mean_x @ w_star)[np.newaxis], w_star])
        return cls(
            A,
            a,
            mean_x if fit_intercept else None,
            theta_star,
            A @ theta_star - a,
            float(minimum),
            float(constant_cost),
            float(zero_cost),
        )

    @property
    def H(self) -> np.ndarray:
        """The Hessian, of shape (n_parameters, n_parameters): second moments of the rows ``[1, x]``."""
        H = self.A.copy()
        if self.mean_x is not None:
            H[1:, 0] = self.mean_x
            H[1:, 1:] += np.outer(self.mean_x, self.mean_x)
        return H

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        gradient = self.A @ theta - self.a
        e = theta - self.theta_star
        if self.mean_x is None:
            cost = self.minimum + np.vdot(e, gradient + self.u_star) / 2.0
        else:
            r = e[0] = gradient[0]
            cost = self.minimum + np.vdot(e, gradient + self.u_star) / 2.0
            gradient[1:] += np.multiply.outer(self.mean_x, r)
        # Below 0 by rounding only; max keeps a NaN, which the descent must see.
        return max(float(cost), 0.0), gradient


def _solve(S: np.ndarray, s: np.ndarray, constant: np.ndarray, eps: float) -> np.ndarray:
    """Return a solution of ``S w = s`` for a covariance `S`, with zeros for constant and dependent columns.

    A Cholesky factorisation of the correlation matrix with pivots finds the columns that are independent
    of each other to rounding, and costs ``n_features**3 / 3``; an eigendecomposition would cost ten times that.
    """
    scale = np.sqrt(np.where(constant, 1.0, np.diagonal(S)))
    correlation = S / scale / scale[:, np.newaxis]
    correlation[constant] = correlation[:, constant] = 0.0
    factor, pivots, rank, _ = lapack.dpstrf(correlation, tol=len(S) * eps)
    w = np.zeros_like(s)
    if rank:
        kept = pivots[:rank] - 1
        right_side = (s[kept].T / scale[kept]).T
        w[kept] = (cho_solve((factor[:rank, :rank], False), right_side).T / scale[kept]).T
    return w
