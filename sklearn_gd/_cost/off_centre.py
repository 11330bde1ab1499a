"""The minimum without an intercept for means far from zero, from the moments about the means."""

import numpy as np

from sklearn_gd._cost.least_squares import LeastSquares, solve

# A mean whose square is this many times the variance loses as many digits in the moments about zero.
_FAR = 1e5


def is_off_centre(mean: np.ndarray, variance: np.ndarray, eps: float) -> bool:
    """Return whether the moments about zero lose digits to the means of columns that are not constant."""
    varies = variance > (4.0 * eps * mean) ** 2
    return bool(np.any(mean[varies] ** 2 > _FAR * variance[varies]))


def with_means(
    centred: LeastSquares, S: np.ndarray, mean_x: np.ndarray, mean_y: np.ndarray, constant: np.ndarray, eps: float
) -> tuple[LeastSquares, np.ndarray]:
    r"""Return the minimum of ``J(w) = J_c(w) + r**2 / 2``, ``r = mean_x' w - mean_y``, and ``r`` near it.

    ``J_c`` is the cost about the means, ``S`` its Hessian, ``w_c`` its minimum, and ``t = mean_y - mean_x' w_c`` the
    error of its mean prediction. With ``S z = mean_x`` and ``q = mean_x' z``

    .. math:: w = w_c + z t / (1 + q), \qquad J = J_c(w_c) + t^2 / (2 + 2 q)

    or, if there is a direction in the null space of ``S`` that is not orthogonal to ``mean_x``, such as that of a
    column of ones, ``J = J_c(w_c)``, because ``r`` vanishes.

    Parameters
    ----------
    centred : LeastSquares
        The minimum of ``J_c``.
    S : ndarray of shape (n_features, n_features)
        The covariance of the features, with the penalty.
    mean_x, mean_y : ndarray
        The means.
    constant : ndarray of shape (n_features,), bool
        The columns that `centred` leaves out as constant.
    eps : float
        The relative rounding of the moments.
    """
    none = np.zeros(())
    z = solve(S, mean_x, none, constant, eps).w
    unseen = mean_x - S @ z  # 0 in the columns for which S was solved
    q = mean_x @ z
    # A column that depends on others, except for a share of its variance that is only rounding, might add that share to
    # the cost: more than it removes if it hardly moves the mean.
    tol, variance = 8.0 * len(S) * eps, np.maximum(S.diagonal(), 0.0)
    rounding = tol * (np.abs(mean_x) + np.abs(S) @ np.abs(z)) + 2.0 * np.sqrt(tol * variance * (1.0 + q))
    dependent = constant | centred.dependent
    free = dependent & (np.abs(unseen) > rounding)
    if free.any():
        share = np.divide(np.abs(unseen), np.sqrt(variance + mean_x**2), out=np.zeros(len(S)), where=free)
        j = int(np.argmax(share))
        z = np.zeros(len(S)) if constant[j] else -solve(S, S[:, j], none, constant, eps).w
        z[j] = 1.0
        z, share, left = z / (mean_x @ z), 1.0, 0.0
        dependent[j] = False
    else:
        share, left = 1.0 / (1.0 + q), 1.0 / (1.0 + q)
    t, t_near = (mean_y - mean_x @ w for w in (centred.w, centred.nearby))
    w, nearby = (w + np.multiply.outer(z, share * t) for w, t in ((centred.w, t), (centred.nearby, t_near)))
    minima = centred.minima + left * np.square(t) / 2.0
    if centred.w is centred.nearby:
        nearby, costs_nearby = w, minima
    else:
        costs_nearby = centred.costs_nearby + share * t_near * (z @ centred.residual) + left * np.square(t_near) / 2.0
    residual = centred.residual + np.multiply.outer(S @ z, share * t_near)
    solution = LeastSquares(w, np.atleast_1d(minima), nearby, residual, np.atleast_1d(costs_nearby), dependent)
    return solution, -left * t_near
