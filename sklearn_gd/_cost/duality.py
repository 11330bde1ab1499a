"""The duality gap: an upper bound on how far a cost with `l1` or `positive` is above its minimum."""

import numpy as np


def duality_gap(w: np.ndarray, g: np.ndarray, q: float, l1: float, l2: float, *, positive: bool) -> float:
    r"""Return an upper bound on ``J - J*``.

    .. math:: \frac{(1 - a)^2}{2} q + \sum_j (l_1 |w_j| + a g_j w_j), \qquad a = \min(1, l_1 / \max_j |g_j|)

    where ``q`` is the mean squared residual plus ``l2 |w|**2``; if `positive`, only negative ``g_j`` count in ``a``.
    The residuals, scaled by ``a``, are a feasible point of the dual problem, whose value is never above the minimum.
    With ``l2`` there is another such point, and the better one is used: it allows any gradient at the cost
    ``max(abs(d_j) - l1, 0)**2 / (2 l2)``, where ``d = g - l2 w`` is the gradient of the data.

    Parameters
    ----------
    w : ndarray of shape (n_features,) or (n_features, n_targets)
        The coefficients.
    g : ndarray of the shape of w
        The gradient of the cost without ``l1``, at the best intercept.
    q : float
        Twice the cost without ``l1``, at the best intercept.
    l1, l2 : float >= 0
        The penalties.
    positive : bool
        Whether the coefficients are kept non-negative.

    Notes
    -----
    Kim, Koh, Lustig, Boyd and Gorinevsky, "An interior-point method for large-scale l1-regularized least squares",
    2007; the stopping criterion of `sklearn.linear_model.Lasso`.
    """
    size = float((-g if positive else np.abs(g)).max())
    a = l1 / size if size > l1 else 1.0
    gap = (1.0 - a) ** 2 / 2.0 * q + float(np.sum(l1 * np.abs(w) + a * g * w))
    if l2 > 0.0:
        d = g - l2 * w
        beyond = np.maximum((-d if positive else np.abs(d)) - l1, 0.0) / np.sqrt(2.0 * l2)
        other = np.sum(beyond**2 + l2 / 2.0 * w**2 + l1 * np.abs(w) + d * w)
        gap = min(gap, float(other))
    return max(gap, 0.0)
