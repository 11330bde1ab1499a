"""Functions on data: the limits of alpha, grids of learning rates and penalties, and the paths of descents."""

import os
from dataclasses import dataclass, replace
from typing import Literal, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import check_numbers
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._search.grid import l1_grid
from sklearn_gd._typing import Init, Matrix
from sklearn_gd._verdict.forecast import Outlook
from sklearn_gd._verdict.limits import AlphaLimits, limits_of
from sklearn_gd.optimizers import GradientDescent, Optimizer, OptimizerName
from sklearn_gd.schedulers import Scheduler, SchedulerName


class LimitOptions(TypedDict, total=False):
    """The options of `alpha_limits`."""

    fit_intercept: bool
    standardize: bool
    l2: float
    precompute: bool | Literal["auto"]
    n_jobs: int | None


class DescentOptions(TypedDict, total=False):
    """The options of `descent_path` that a picture takes too, beside `max_iter` and `tol`."""

    optimizer: OptimizerName | Optimizer
    scheduler: SchedulerName | Scheduler
    fit_intercept: bool
    standardize: bool
    l1: float
    l2: float
    positive: bool
    init: Init
    n_jobs: int | None
    random_state: int | np.random.RandomState | None


class DescentOptionsWithTol(DescentOptions, total=False):
    """The same, and `tol`."""

    tol: float | None


def alpha_limits(
    X: Matrix,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    fit_intercept: bool = True,
    standardize: bool = False,
    l2: float = 0.0,
    precompute: bool | Literal["auto"] = "auto",
    n_jobs: int | None = None,
) -> AlphaLimits:
    """Return the limits of the learning rate on these data, without a fit.

    With ``L`` and ``mu``, the largest and the smallest non-zero eigenvalue of the Hessian of the cost,
    plain descent at a constant rate converges for ``alpha < 2 / L``, and fastest for ``alpha = 2 / (L + mu)``.
    The limits apply to a descent from zeros: directions orthogonal to all rows are left out, even if `l2` makes the
    cost curve along them.

    Parameters
    ----------
    X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
        The features. They are read once, and not copied.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        The targets. Only `n_iter_needed` depends on them; it is NaN without them.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    fit_intercept, standardize, l2, precompute, n_jobs
        The parameters of `GDLinearRegressor` with these names.

    Returns
    -------
    limits : AlphaLimits
        An immutable object with ``alpha_limit``, ``alpha_best``, ``condition_number``,
        ``condition_number_standardized``, ``limiting_feature``, ``constant_features``, ``dependent_features`` and
        ``n_iter_needed``; ``print(limits)`` prints a paragraph.

    Raises
    ------
    ValueError
        If a parameter or the data are invalid.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd import alpha_limits
    >>> X = np.array([[1000, 2], [2000, 3], [3000, 3], [1500, 5]])
    >>> limits = alpha_limits(X)
    >>> float(round(limits.alpha_limit, 10)), limits.limiting_feature
    (4.923e-07, 0)
    >>> float(round(alpha_limits(X, standardize=True).alpha_limit, 3))
    1.925
    """
    model = GDLinearRegressor(
        fit_intercept=fit_intercept, standardize=standardize, l2=l2, precompute=precompute, n_jobs=n_jobs
    )
    problem = model._problem(X, y, sample_weight, "alpha_limits").exact
    limits = limits_of(problem)
    if y is None or np.isnan(problem.cost.minimum):
        return limits
    with np.errstate(all="ignore"):
        outlook = Outlook.of(problem.cost, np.zeros(problem.cost.shape), problem.cost.zero_cost)
        return replace(limits, n_iter_needed=outlook.iterations(GradientDescent(), outlook.auto))


def suggest_alphas(
    X: Matrix,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    n_alphas: int = 10,
    eps: float = 1e-2,
    **options: Unpack[LimitOptions],
) -> np.ndarray:
    """Return learning rates below the stability limit, evenly spaced on a logarithmic scale, for `GridSearchCV`.

    The largest is ``1 / L``, half the limit: the limits on the folds of a cross-validation may be lower than the limit
    on all rows, and plain descent at ``1 / L`` does not overshoot.

    Parameters
    ----------
    X, y, sample_weight
        The data, as in `alpha_limits`; for a pipeline, the data as the regressor receives them.
    n_alphas : int >= 1, default=10
        The number of learning rates.
    eps : float in (0, 1), default=1e-2
        The ratio of the smallest to the largest learning rate.
    **options
        The options of `alpha_limits`.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        The learning rates, in ascending order. If the cost is constant, so that any rate will do, the largest is 1.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are invalid.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_gd import GDLinearRegressor, suggest_alphas
    >>> X, y = load_diabetes(return_X_y=True)
    >>> grid = {"alpha": suggest_alphas(X, standardize=True, n_alphas=3)}
    >>> [f"{alpha:.2g}" for alpha in grid["alpha"]]
    ['0.0025', '0.025', '0.25']
    >>> model = GDLinearRegressor(standardize=True, max_iter=50_000)
    >>> search = GridSearchCV(model, grid).fit(X, y)
    >>> f"{search.best_params_['alpha']:.2g}"
    '0.25'
    """
    check_scalar(n_alphas, "n_alphas", (int, np.integer), min_val=1)
    check_scalar(eps, "eps", (float, np.floating), min_val=0.0, max_val=1.0, include_boundaries="neither")
    limit = alpha_limits(X, y, sample_weight, **options).alpha_limit
    largest = limit / 2.0 if np.isfinite(limit) else 1.0
    return np.geomspace(eps * largest, largest, n_alphas) if n_alphas > 1 else np.array([largest])


def suggest_l1(
    X: Matrix | Moments,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    n_l1: int = 100,
    eps: float = 1e-3,
    fit_intercept: bool = True,
    standardize: bool = False,
    positive: bool = False,
    precompute: bool | Literal["auto"] = "auto",
    n_jobs: int | None = None,
) -> np.ndarray:
    """Return a grid of penalties `l1`, evenly spaced on a logarithmic scale, like the `alphas` of `LassoCV`.

    The largest is the smallest penalty at which all coefficients of the minimum are 0,
    ``max_j abs(1/m sum_i (y_i - mean(y)) x_ij)``, in the coordinates of the descent.

    Parameters
    ----------
    X, y, sample_weight
        The data, as in `descent_path`; for a pipeline, the data as the regressor receives them.
    n_l1 : int >= 1, default=100
        The number of penalties.
    eps : float in (0, 1), default=1e-3
        The ratio of the smallest to the largest penalty.
    fit_intercept, standardize, positive, precompute, n_jobs
        The parameters of `GDLinearRegressor` with these names.

    Returns
    -------
    l1s : ndarray of shape (n_l1,)
        The penalties, in descending order. If all coefficients are 0 even without a penalty, the largest is 1.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are invalid.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_gd import suggest_l1
    >>> X, y = load_diabetes(return_X_y=True)
    >>> [f"{l1:.3g}" for l1 in suggest_l1(X, y, standardize=True, n_l1=3)]
    ['45.2', '1.43', '0.0452']
    """
    check_scalar(n_l1, "n_l1", (int, np.integer), min_val=1)
    check_scalar(eps, "eps", (float, np.floating), min_val=0.0, max_val=1.0, include_boundaries="neither")
    if y is None and not isinstance(X, Moments):
        raise TypeError("suggest_l1 needs y, the targets.")
    options = {"fit_intercept": fit_intercept, "standardize": standardize, "positive": positive}
    model = GDLinearRegressor(precompute=precompute, n_jobs=n_jobs, **options)
    return l1_grid(model._problem(X, y, sample_weight, "suggest_l1"), n_l1, eps)


@dataclass(frozen=True, eq=False)
class DescentPath:
    """The iterates of a descent at each of several learning rates, starting with the initial guess.

    Values after the end of a descent are NaN. `n_kept` is the number of iterates kept of the longest descent.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        The learning rates.
    coefs : ndarray of shape (n_alphas, n_kept, n_features) or (n_alphas, n_kept, n_features, n_targets)
        The coefficients, for the original features.
    intercepts : ndarray of shape (n_alphas, n_kept) or (n_alphas, n_kept, n_targets)
        The intercepts.
    costs : ndarray of shape (n_alphas, n_kept)
        The cost `J`; for several targets, the sum of their costs.
    rates : ndarray of shape (n_alphas, n_kept - 1)
        The rate ``alpha_t`` of the iteration after each kept iterate.
    iterations : ndarray of shape (n_kept,)
        The iteration numbers of the kept iterates: 0, `thin`, ``2 * thin``, ...
    n_iters : ndarray of shape (n_alphas,)
        The number of iterations.
    statuses : tuple of str
        Why each descent ended: ``"converged"`` if no parameter moved by more than `tol`; ``"max_iter"`` if the
        iterations ran out; ``"diverged"`` if the cost exceeded its bound.

    Examples
    --------
    >>> from sklearn_gd import descent_path
    >>> X, y = [[1.0], [-1.0]], [1.0, -1.0]
    >>> options = {"fit_intercept": False, "max_iter": 60}
    >>> path = descent_path(X, y, [0.5, 3.0], **options)
    >>> path.coefs[:, :4, 0].tolist(), path.n_iters.tolist()
    ([[0.0, 0.5, 0.75, 0.875], [0.0, 3.0, -3.0, 9.0]], [14, 17])
    >>> path.statuses
    ('converged', 'diverged')
    """

    alphas: np.ndarray
    coefs: np.ndarray
    intercepts: np.ndarray
    costs: np.ndarray
    rates: np.ndarray
    iterations: np.ndarray
    n_iters: np.ndarray
    statuses: tuple[str, ...]


def descent_path(
    X: Matrix | Moments,
    y: ArrayLike | None = None,
    alphas: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    optimizer: OptimizerName | Optimizer = "gd",
    scheduler: SchedulerName | Scheduler = "constant",
    max_iter: int = 1000,
    tol: float | None = 1e-4,
    fit_intercept: bool = True,
    standardize: bool = False,
    l1: float = 0.0,
    l2: float = 0.0,
    positive: bool = False,
    init: Init = "zeros",
    precompute: bool | Literal["auto"] = "auto",
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    thin: int = 1,
) -> DescentPath:
    """Return all iterates of a descent at each of several learning rates, even if they diverge.

    The iterates are those of `GDLinearRegressor`, but the data are read only once for all rates.

    Parameters
    ----------
    X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features), or Moments
        The features; or the moments of the rows, in which case `y` is omitted.
    y : array-like of shape (n_samples,) or (n_samples, n_targets), default=None
        The targets.
    alphas : array-like of shape (n_alphas,)
        The learning rates, such as those of `suggest_alphas`.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    optimizer, scheduler, max_iter, tol, fit_intercept, standardize, l1, l2, positive, init, precompute, n_jobs, \
random_state
        The parameters of `GDLinearRegressor` with these names.
    thin : int >= 1, default=1
        Keep only every `thin`-th iterate, which saves memory for long descents.

    Returns
    -------
    path : DescentPath
        An object with ``alphas``, ``coefs``, ``intercepts``, ``costs``, ``rates``, ``iterations``, ``n_iters`` and
        ``statuses``.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data are invalid, or the iterates would not fit into memory.

    Examples
    --------
    For ``J = theta**2 / 2``, each iteration at rate 1/2 halves the distance to the minimum, at rate 2 keeps it, and at
    rate 3 doubles it.

    >>> from sklearn_gd import descent_path
    >>> X, y = [[1.0], [-1.0]], [0.0, 0.0]
    >>> options = {"init": [1.0], "fit_intercept": False, "max_iter": 3}
    >>> path = descent_path(X, y, [0.5, 2.0, 3.0], **options)
    >>> path.coefs[..., 0].tolist()
    [[1.0, 0.5, 0.25, 0.125], [1.0, -1.0, 1.0, -1.0], [1.0, -2.0, 4.0, -8.0]]
    >>> path.costs[2].tolist()
    [0.5, 2.0, 8.0, 32.0]
    """
    if alphas is None:
        raise TypeError("descent_path needs alphas, the learning rates, such as those of suggest_alphas(X).")
    alphas = check_numbers(alphas, "alphas", above=0.0)
    model = GDLinearRegressor(
        optimizer=optimizer,
        scheduler=scheduler,
        max_iter=max_iter,
        tol=tol,
        fit_intercept=fit_intercept,
        standardize=standardize,
        l1=l1,
        l2=l2,
        positive=positive,
        init=init,
        precompute=precompute,
        n_jobs=n_jobs,
        random_state=random_state,
    )
    check_scalar(thin, "thin", (int, np.integer), min_val=1)
    problem = model._problem(X, y, sample_weight, "descent_path")
    n_kept, shape = max_iter // thin + 1, problem.cost.shape
    size, memory = 8.0 * len(alphas) * n_kept * np.prod(shape), _memory() / 2.0
    if size > memory:
        raise ValueError(
            f"The iterates would take {size / 1e9:.1f} GB, more than half of the memory; "
            f"keep fewer of them with thin={thin * int(np.ceil(size / memory))}."
        )
    start = Start.of(init, shape, check_random_state(random_state), problem.penalty)
    runs = []
    for alpha in alphas.tolist():
        settings = Settings.of("descent_path", {**model.get_params(deep=False), "alpha": alpha})
        runs.append(run(problem, start, settings, keep_every=thin))
    n_kept = max(len(one.thetas) for one in runs)

    def filled(rows: list[np.ndarray], length: int) -> np.ndarray:
        full = np.full((len(rows), length, *rows[0].shape[1:]), np.nan)
        for place, row in zip(full, rows, strict=True):
            place[: len(row)] = row
        return full

    user = [[problem.to_user(theta) for theta in one.thetas] for one in runs]
    return DescentPath(
        alphas=alphas,
        coefs=filled([np.array([coef for coef, _ in one]) for one in user], n_kept),
        intercepts=filled([np.array([np.broadcast_to(b, shape[1:]) for _, b in one]) for one in user], n_kept),
        costs=filled([one.costs[::thin] for one in runs], n_kept),
        rates=filled([one.rates[::thin][: n_kept - 1] for one in runs], n_kept - 1),
        iterations=thin * np.arange(n_kept),
        n_iters=np.array([len(one.rates) for one in runs]),
        statuses=tuple(one.status for one in runs),
    )


def _memory() -> float:
    """Return the size of the machine's memory in bytes, or 8 GiB if it is unknown."""
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) if hasattr(os, "sysconf") else 2.0**33
