r"""The distance of the parameters from the least-squares fit, in standard errors of that fit.

With ``theta*`` at the minimum, ``H = X'X / m`` for the rows ``X`` with their column of ones, ``d = theta - theta*``:

``k = sqrt((m - p) (J - J*) / J*)``; ``abs(v' d) <= k * se(v)`` for every ``v`` that the data determine

The standard error of ``v' theta*`` is that of the least-squares fit, with the estimate ``s**2 = 2 m J* / (m - p)``
of the noise: ``se(v)**2 = s**2 v' (X'X)^-1 v = 2 J* / (m - p) * v' H^-1 v``.

The cost is a quadratic, ``J - J* = d' H d / 2``, and by Cauchy and Schwarz in the metric of ``H``

``(v' d)**2 = (v' H^-1 H d)**2 <= v' H^-1 v * d' H d = v' H^-1 v * 2 (J - J*) = k**2 se(v)**2``

with equality for ``v = H d``. So `k` is not only a bound: one combination of the parameters reaches it.
``m`` is the sum of the weights, which count rows; ``p`` is the number of independent parameters. If columns depend on
each other, ``H^-1`` is a pseudo-inverse, and ``v`` is in the span of the rows.
"""

import math

import numpy as np

from sklearn_gd._cost.problem import Problem


@np.errstate(over="ignore")
def coef_error(problem: Problem, theta: np.ndarray) -> float:
    """Return ``k``; for several targets, the largest.

    Parameters
    ----------
    problem : Problem
        The problem, from moments.
    theta : ndarray
        The parameters, in the coordinates of the descent; ``k`` does not depend on these.

    Returns
    -------
    k : float
        Infinity if least squares is exact and the parameters are not at the minimum; 0 at the minimum, to rounding. NaN
        with a penalty or `positive`, which have no such standard errors, and with at most as many rows as parameters,
        from which they cannot be estimated.
    """
    if not problem.is_least_squares:
        return math.nan
    cost, first = problem.cost, int(problem.fit_intercept)
    n_features = cost.shape[0] - first
    n_spare = problem.data.weight - (first + n_features - np.sum(cost.constant | cost.dependent))
    if n_spare <= 0.0:
        return math.nan
    best = 2.0 * cost.minima
    errors = cost.squared_errors(theta[np.newaxis])[0]
    total = cost.variances if first else cost.squared_errors(np.zeros_like(theta)[np.newaxis])[0]
    # An error that is lost in the rounding of the targets' squares counts as 0, like that of the minimum.
    errors = np.where((best == 0.0) & (errors <= 16.0 * (n_features + 1) * cost.eps * total), 0.0, errors)
    lacking = np.maximum(errors - best, 0.0)
    shares = np.divide(lacking, best, out=np.where(lacking > 0.0, np.inf, 0.0), where=best > 0.0)
    return float(np.sqrt(n_spare * shares.max()))


def in_standard_errors(k: float, *, is_unique: bool) -> str:
    """Return the sentence about ``k``, or an empty string if it is not known."""
    if math.isnan(k):
        return ""
    if math.isinf(k):
        return "Least squares fits these data exactly, so it has no standard errors to measure the coefficients by."
    which = "coefficient, and every sum of them," if is_unique else "sum of coefficients that the data determine"
    return f"Every {which} is within {_raised(k)} standard errors of least squares."


def _raised(k: float) -> str:
    """Return a bound with two digits, rounded up."""
    step = 10.0 ** (math.floor(math.log10(k)) - 1) if k > 0.0 else 1.0
    return f"{math.ceil(k / step) * step:.2g}"
