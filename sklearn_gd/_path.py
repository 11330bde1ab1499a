"""Learning rates before any fit: `alpha_limits`, and a grid for a search."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._verdict.forecast import Outlook
from sklearn_gd._verdict.limits import AlphaLimits, limits_of
from sklearn_gd.optimizers import GradientDescent


def alpha_limits(
    X: ArrayLike,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    fit_intercept: bool = True,
    standardize: bool = False,
    l2: float = 0.0,
    precompute: bool | Literal["auto"] = "auto",
    n_jobs: int | None = None,
) -> AlphaLimits:
    """Return the limits of the learning rate on these data, before any fit.

    With ``L`` and ``mu``, the largest and the smallest non-zero eigenvalue of the Hessian of the cost,
    plain descent at a constant rate converges for ``alpha < 2 / L``, and fastest for ``alpha = 2 / (L + mu)``.

    Parameters
    ----------
    X : {array-like, sparse array, sparse matrix} of shape (n_samples, n_features)
        The features. They are read once, and not copied.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        The targets. The limits don't depend on them, but `n_iter_needed` does.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    fit_intercept, standardize, l2, precompute, n_jobs
        Those of `GDLinearRegressor`, of which the limits depend.

    Returns
    -------
    limits : AlphaLimits
        An immutable object with ``alpha_limit``, ``alpha_best``, ``condition_number``,
        ``condition_number_standardized``, ``limiting_feature``, ``constant_features``, ``dependent_features`` and
        ``n_iter_needed``; printed, it is a paragraph.

    Raises
    ------
    ValueError
        If a parameter or the data are not as described.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd import alpha_limits
    >>> X = np.array([[1000.0, 2.0], [2000.0, 3.0], [3000.0, 3.0], [1500.0, 5.0]])
    >>> limits = alpha_limits(X)
    >>> float(round(limits.alpha_limit, 10)), limits.limiting_feature
    (4.923e-07, 0)
    >>> float(round(alpha_limits(X, standardize=True).alpha_limit, 3))
    1.925
    """
    model = GDLinearRegressor(
        fit_intercept=fit_intercept, standardize=standardize, l2=l2, precompute=precompute, n_jobs=n_jobs
    )
    problem = model._known_problem(X, y, sample_weight).exact
    limits = limits_of(problem)
    if y is None or np.isnan(problem.cost.minimum):
        return limits
    with np.errstate(all="ignore"):
        outlook = Outlook.of(problem.cost, np.zeros(problem.cost.shape), problem.cost.zero_cost)
        return replace(limits, n_iter_needed=outlook.iterations(GradientDescent(), outlook.auto))


def suggest_alphas(
    X: ArrayLike,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    n_alphas: int = 10,
    eps: float = 1e-2,
    **options,
) -> np.ndarray:
    """Return a grid of learning rates below the limit, evenly spaced on a logarithmic scale, for `GridSearchCV`.

    The largest is ``1 / L``, half the limit: the folds of a cross-validation have limits of their own, which may be
    smaller, and plain descent at ``1 / L`` does not overshoot.

    Parameters
    ----------
    X, y, sample_weight
        The data, as in `alpha_limits`; in a pipeline, those that reach the regressor.
    n_alphas : int >= 1, default=10
        The number of rates.
    eps : float in (0, 1), default=1e-2
        The smallest rate as a share of the largest.
    **options
        The options of `alpha_limits`.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        The rates, ascending. Where the cost is constant, and every rate does, the largest is 1.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are not as described.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_gd import GDLinearRegressor, suggest_alphas
    >>> X, y = load_diabetes(return_X_y=True)
    >>> grid = {"alpha": suggest_alphas(X, standardize=True, n_alphas=3)}
    >>> [f"{alpha:.2g}" for alpha in grid["alpha"]]
    ['0.0025', '0.025', '0.25']
    >>> search = GridSearchCV(GDLinearRegressor(standardize=True, max_iter=50_000), grid).fit(X, y)
    >>> f"{search.best_params_['alpha']:.2g}"
    '0.25'
    """
    check_scalar(n_alphas, "n_alphas", (int, np.integer), min_val=1)
    check_scalar(eps, "eps", (float, np.floating), min_val=0.0, max_val=1.0, include_boundaries="neither")
    limit = alpha_limits(X, y, sample_weight, **options).alpha_limit
    largest = limit / 2.0 if np.isfinite(limit) else 1.0
    return np.geomspace(eps * largest, largest, n_alphas) if n_alphas > 1 else np.array([largest])
