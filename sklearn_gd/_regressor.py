"""`GDLinearRegressor`: the estimator, from parameters to fitted attributes."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from numbers import Integral, Real
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, RegressorMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import _check_sample_weight, check_array, check_is_fitted, validate_data

from sklearn_gd._diagnosis import diagnose
from sklearn_gd._path import follow
from sklearn_gd._plugin import resolve
from sklearn_gd._precompute import least_squares
from sklearn_gd._scaling import Scaling
from sklearn_gd._spectrum import largest_eigenvalue
from sklearn_gd.optimizers import OPTIMIZERS, auto_alpha
from sklearn_gd.schedulers import SCHEDULERS

# A descent whose cost is this many times the larger of the costs at zero and at the initial guess won't come back:
# stable rules overshoot by far less, and a diverging one gets there before any number overflows.
_COST_BOUND = 1e10


class GDLinearRegressor(RegressorMixin, BaseEstimator):
    r"""Linear regression by batch gradient descent.

    The hypothesis ``h(x) = theta_0 + theta_1 x_1 + ... + theta_n x_n`` is fitted to ``m`` rows by descending the cost

    .. math:: J(\theta) = \frac{1}{2m} \sum_{i=1}^m (h(x_i) - y_i)^2

    along its gradient, all parameters at once, with the learning rate ``alpha``

    .. math:: \theta_j := \theta_j - \alpha \frac{\partial J}{\partial \theta_j}
              = \theta_j - \alpha \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i) x_{ij}, \qquad x_{i0} = 1

    until no parameter moves by more than `tol`.
    The iterates are those of the loop in the textbooks, on `X` as it is, to rounding.
    The data are read once, however, and plain descent is evaluated in closed form where that is cheaper.

    Parameters
    ----------
    alpha : float > 0 or "auto", default="auto"
        The learning rate.
        ``"auto"`` is ``1 / L`` for plain descent, momentum, Nesterov and your own optimizers,
        where ``L`` is the largest eigenvalue of the Hessian of `J`; at ``2 / L`` plain descent begins to diverge.
        Row by row (see `precompute`) and for more than 512 parameters ``L`` is an estimate, at most 10 % too large.
        For the other optimizers, whose rate is a length in the unit of the parameters,
        it is a share of the longest move of plain descent's first step:
        1 for AdaGrad, 0.1 for Adam, AMSGrad and Rprop, 0.02 for Nadam, 0.005 for RMSprop.
    optimizer : str or callable, default="gd"
        The update rule, ``optimizer(theta, gradient, alpha, *state) -> theta | (theta, *state)``:
        one of `sklearn_gd.optimizers` (a name such as ``"momentum"`` or ``"adam"``, or an instance), or your own.
    scheduler : str or callable, default="constant"
        The factor on `alpha` at iteration ``t``, ``scheduler(t, max_iter) -> float``:
        one of `sklearn_gd.schedulers` (a name such as ``"linear"`` or ``"cosine"``, or an instance), or your own.
    max_iter : int >= 1, default=1000
        The most iterations.
    tol : float >= 0 or None, default=1e-4
        The descent ends when no parameter, the intercept included, moves by more than `tol` in an iteration,
        in the unit of the parameters. None never ends it before `max_iter`.
    fit_intercept : bool, default=True
        Whether there is a ``theta_0``. It is descended like any other parameter.
    standardize : bool, default=False
        Whether to descend in standardised coordinates: as if each feature had its mean subtracted and were divided by
        its standard deviation, but without touching `X`, which may stay sparse. Features on very different scales
        need it. `coef_` and `intercept_` are reported for the features as they are, also an `intercept_` that is
        due to the means with ``fit_intercept=False``: the predictions are those of
        ``make_pipeline(StandardScaler(), GDLinearRegressor())``.
    init : {"zeros", "random"} or array-like of the shape of theta, default="zeros"
        The initial guess, in the coordinates of the descent.
        ``"random"`` draws from the standard normal distribution.
        An array holds the intercept first, if there is one, then the coefficients; for `y` of shape
        (n_samples, n_targets) it has a column for each target.
    precompute : bool or "auto", default="auto"
        Whether to work from the second-order moments of the data, which are read once; an iteration then costs
        ``n_features**2``. False works row by row, with two passes over the data for each iteration: for many features.
        ``"auto"`` takes the moments of dense data for ``n_features <= max(n_samples, 512)``, and of sparse data with
        ``nnz`` stored entries for ``8 nnz**2 / n_samples + 140 n_features**2 <= 300 nnz``, which compares the cost of
        100 iterations either way in nanoseconds. The iterates are the same, to rounding.
        Plain descent on dense data with fewer rows than features is done in closed form either way.
    warm_start : bool, default=False
        Whether a further `fit` goes on from the present `intercept_` and `coef_` instead of `init`.
        The schedule and the optimizer's state begin anew.
    n_jobs : int, default=None
        Threads that compute the moments of large dense data; -1 is all cores.
        None is the number that BLAS would use, so its limits hold here too. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seeds ``init="random"``.
    verbose : int >= 0, default=0
        0 is silent; 1 prints the cost after 0, 1, 2, 5, 10, 20, 50, ... iterations and at the end, 2 after each one.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        ``theta_1 .. theta_n``; float32 if `X` is, otherwise float64.
        The last iterate's, or the best one's if the descent diverged.
    intercept_ : float or ndarray of shape (n_targets,)
        ``theta_0``; 0.0 if ``fit_intercept=False``.
    cost_history_ : ndarray of shape (n_iter_ + 1,)
        The cost `J` from the initial guess to the last iterate; for several targets, the sum of their costs.
    n_iter_ : int
        The number of iterations done.
    alpha_ : float
        The learning rate that was used, before the scheduler's factor.
    n_features_in_ : int
        The number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        The features' names, if `X` has string names for all of them.

    Warns
    -----
    ConvergenceWarning
        If the training R² of the fit is more than 0.001 below the best possible one: because the descent diverged,
        or stopped moving, or ran out of iterations. It says which, and what to do.

    Notes
    -----
    The algorithm is that of Cauchy (1847) as taught in A. Ng's course "Machine Learning" (Stanford CS229, lecture 1).
    With `sample_weight` the cost is ``1 / (2 sum w) * sum_i w_i (h(x_i) - y_i)**2``.
    Several targets descend together: the stop rule takes the largest move of all.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd import GDLinearRegressor
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> y = np.array([3.0, 5.0, 7.0, 9.0])  # 1 + 2 x
    >>> model = GDLinearRegressor(alpha=0.1, max_iter=5000, tol=1e-9).fit(X, y)
    >>> model.coef_.round(4), model.intercept_.round(4)
    (array([2.]), np.float64(1.0))
    >>> model.cost_history_[:3].round(3)
    array([20.5  ,  0.564,  0.022])
    """

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
        "scheduler": [StrOptions(set(SCHEDULERS)), callable],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "fit_intercept": ["boolean"],
        "standardize": ["boolean"],
        "init": [StrOptions({"zeros", "random"}), "array-like"],
        "precompute": [StrOptions({"auto"}), "boolean"],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        alpha: float | Literal["auto"] = "auto",
        *,
        optimizer: str | Callable = "gd",
        scheduler: str | Callable[[int, int], float] = "constant",
        max_iter: int = 1000,
        tol: float | None = 1e-4,
        fit_intercept: bool = True,
        standardize: bool = False,
        init: Literal["zeros", "random"] | ArrayLike = "zeros",
        precompute: bool | Literal["auto"] = "auto",
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        self.alpha = alpha
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.max_iter = max_iter
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.init = init
        self.precompute = precompute
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "GDLinearRegressor":
        """Descend the cost on the training data.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix} of shape (n_samples, n_features)
            The features. They are read in blocks, never modified, and never made dense as a whole.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows. A weight of 2 equals a row that is there twice, 0 one that is not there.

        Returns
        -------
        self : GDLinearRegressor
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are not as described, all weights are zero, the squares of the data overflow,
            or a scheduler or optimizer of your own returns something else than its contract says.

        Warns
        -----
        ConvergenceWarning
            If the fit is bad; see the class.
        """
        optimizer = _checked_plugin(self.optimizer, OPTIMIZERS)
        scheduler = _checked_plugin(self.scheduler, SCHEDULERS)
        X, y, sample_weight = self._check_data(X, y, sample_weight)
        objective, scaling = least_squares(
            X,
            y,
            sample_weight,
            fit_intercept=self.fit_intercept,
            standardize=self.standardize,
            precompute=self.precompute,
            n_jobs=self.n_jobs,
        )
        theta = self._initial_theta(objective.shape, scaling)
        initial_cost, initial_gradient = objective.value_and_gradient(theta)

        @cache
        def limits() -> tuple[float, float]:
            L = largest_eigenvalue(objective)
            return L, auto_alpha(optimizer, initial_gradient, L)

        alpha = limits()[1] if self.alpha == "auto" else float(self.alpha)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging descent ends before it does harm
            path = follow(
                objective,
                theta,
                alpha=alpha,
                optimizer=optimizer,
                scheduler=scheduler,
                max_iter=self.max_iter,
                tol=self.tol,
                cost_bound=_COST_BOUND * max(initial_cost, objective.zero_cost),
                report=self._report if self.verbose else None,
            )
            diagnosis = diagnose(
                objective,
                path,
                alpha=alpha,
                last_factor=scheduler(len(path.costs) - 2, self.max_iter),
                tol=self.tol,
                limits=limits,
            )

        theta = path.best if diagnosis.status == "diverged" else path.last
        coef, intercept = (theta[1:], theta[0]) if self.fit_intercept else (theta, 0.0)
        if scaling is not None:
            coef, intercept = scaling.to_user(coef, intercept)
        dtype = np.float32 if X.dtype == np.float32 else np.float64
        self.coef_ = np.array(coef.T, dtype=dtype, order="C")
        self.intercept_ = intercept.astype(dtype) if isinstance(intercept, np.generic | np.ndarray) else intercept
        self.cost_history_ = np.where(np.isnan(path.costs), np.inf, path.costs)
        self.n_iter_ = len(path.costs) - 1
        self.alpha_ = alpha
        if diagnosis.message:
            warnings.warn(diagnosis.message, ConvergenceWarning, stacklevel=3)  # past scikit-learn's _fit_context
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the hypothesis ``h(x) = theta_0 + theta_1 x_1 + ...`` for each row.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix} of shape (n_samples, n_features)
            The features.

        Returns
        -------
        h : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions, in the unit of `y`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype="numeric", reset=False)
        return safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags

    def _check_data(self, X, y, sample_weight):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=("csr", "csc"),
            dtype="numeric",
            multi_output=True,
            y_numeric=True,
            ensure_all_finite=issparse(X),  # a dense X is read once, and checked by the way
        )
        if issparse(y):
            raise TypeError("y is sparse; GDLinearRegressor needs a dense one: y.toarray().")
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            if not sample_weight.any():
                raise ValueError("All sample weights are zero; at least one must be positive.")
        return X, y, sample_weight

    def _initial_theta(self, shape: tuple[int, ...], scaling: Scaling | None) -> np.ndarray:
        if self.warm_start and getattr(self, "coef_", None) is not None:
            source, theta = "warm_start=True continues from a theta", self._theta(scaling, shape[0])
        elif isinstance(self.init, str):
            if self.init == "zeros":
                return np.zeros(shape)
            return check_random_state(self.random_state).standard_normal(shape)
        else:
            source, theta = "init is an array", check_array(self.init, dtype=np.float64, ensure_2d=False)
        if theta.shape != shape:
            raise ValueError(f"{source} of shape {theta.shape}; for these data theta has the shape {shape}.")
        return theta

    def _theta(self, scaling: Scaling | None, n_parameters: int) -> np.ndarray:
        coef = np.asarray(self.coef_.T, dtype=np.float64)
        intercept = np.broadcast_to(self.intercept_, coef.shape[1:])
        if scaling is not None and len(coef) + self.fit_intercept == n_parameters:
            coef, intercept = scaling.from_user(coef, intercept)
        return np.concatenate([intercept[np.newaxis], coef]) if self.fit_intercept else coef

    def _report(self, first_iter: int, costs: np.ndarray, ended: bool) -> None:
        last_iter = first_iter + len(costs) - 1
        for n_iter, cost in enumerate(costs, start=first_iter):
            a_round_number = str(n_iter).rstrip("0") in ("", "1", "2", "5")
            if self.verbose > 1 or a_round_number or (ended and n_iter == last_iter):
                print(f"iteration {n_iter}: cost = {cost:.6g}")


def _checked_plugin(plugin: str | Callable, known: Mapping[str, type]) -> Callable:
    """Return the optimizer or scheduler that is meant, the parameters of a built-in one validated."""
    if isinstance(plugin, type):
        raise TypeError(f"{plugin.__name__} is a class; give an instance of it, such as {plugin.__name__}().")
    if isinstance(plugin, str):
        return resolve(plugin, known)  # the defaults are valid
    if type(plugin) in known.values():
        inner = [field.name for field in fields(plugin) if "interval" not in field.metadata]
        constraints = {
            field.name: [StrOptions(set(known)), callable]
            if field.name in inner
            else [Interval(*field.metadata["interval"][:3], closed=field.metadata["interval"][3])]
            for field in fields(plugin)
        }
        validate_parameter_constraints(constraints, plugin.get_params(deep=False), caller_name=type(plugin).__name__)
        for name in inner:
            _checked_plugin(getattr(plugin, name), known)
    return plugin
