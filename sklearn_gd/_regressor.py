"""`GDLinearRegressor`: the estimator, from parameters to fitted attributes."""

import warnings
from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_gd._callbacks import Tasks
from sklearn_gd._cost.problem import COST_OPTIONS, Problem
from sklearn_gd._data.arrays import Place
from sklearn_gd._data.door import data_of
from sklearn_gd._data.kind import Data, Reading
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import reader_for
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.run import Run, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start, go_on
from sklearn_gd._predictor import Predictor
from sklearn_gd._scikit_learn import available_if, checks_parameters
from sklearn_gd._typing import Init, Matrix
from sklearn_gd._unchanged import unchanged_on_failure
from sklearn_gd._verdict.case import Choice
from sklearn_gd._verdict.diagnosis import Diagnosis, diagnose
from sklearn_gd.optimizers import OPTIMIZERS, Optimizer, OptimizerName
from sklearn_gd.schedulers import SCHEDULERS, Scheduler, SchedulerName


def _adds_up(estimator: "GDLinearRegressor") -> bool:
    """Return True if chunks can be added to the moments of a fit; otherwise raise AttributeError."""
    if estimator.early_stopping:
        raise AttributeError("partial_fit does not keep rows for validation; set early_stopping=False.")
    if not estimator.precompute:
        raise AttributeError("partial_fit adds up the moments of the data; set precompute=True.")
    return True


class GDLinearRegressor(Predictor):
    r"""Linear regression fitted by batch gradient descent.

    The hypothesis ``h(x) = theta_0 + theta_1 x_1 + ... + theta_n x_n`` is fitted to ``m`` rows by minimising the cost

    .. math:: J(\theta) = \frac{1}{2m} \sum_{i=1}^m (h(x_i) - y_i)^2
              + l_1 \sum_{j=1}^n |\theta_j| + \frac{l_2}{2} \sum_{j=1}^n \theta_j^2

    Each iteration moves all parameters at once against the gradient, with the learning rate ``alpha``:

    .. math:: \theta_j := \theta_j - \alpha \frac{\partial J}{\partial \theta_j}
              = \theta_j - \alpha \left( \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i) x_{ij} + l_2 \theta_j \right),
              \qquad x_{i0} = 1

    The descent stops when no parameter moves by more than `tol`. The penalties are 0 by default and never apply to
    ``theta_0``. With `l1`, each iteration ends with a proximal step, which moves every coefficient towards 0 by
    ``alpha * l1``, but not past 0.
    To rounding, the iterates are those of the textbook loop on `X`, without any scaling.
    However, the data are read only once, and plain descent without `l1` is evaluated in closed form where that takes
    less time.

    Parameters
    ----------
    alpha : float > 0 or "auto", default="auto"
        The learning rate.
        ``"auto"`` is ``1 / L`` for plain descent, momentum, Nesterov and user-defined optimizers,
        where ``L`` is the largest eigenvalue of the Hessian of `J`. Plain descent diverges above ``2 / L``.
        Row by row (see `precompute`) and for more than 512 parameters, ``L`` is an estimate, at most 10 % too large.
        For the other optimizers the rate is a length in the unit of the parameters,
        and ``"auto"`` is a fraction of the longest move in the first step of plain descent:
        1 for AdaGrad, 0.1 for Adam, AMSGrad and Rprop, 0.02 for Nadam, 0.005 for RMSprop.
    optimizer : str or callable, default="gd"
        The update rule, ``optimizer(theta, gradient, alpha, *state) -> theta | (theta, *state)``:
        the name (such as ``"momentum"`` or ``"adam"``) or an instance of one of the classes in
        `sklearn_gd.optimizers`, or a callable of your own.
    scheduler : str or callable, default="constant"
        The factor on `alpha` at iteration ``t``, ``scheduler(t, max_iter) -> float``:
        the name (such as ``"linear"`` or ``"cosine"``) or an instance of one of the classes in
        `sklearn_gd.schedulers`, or a callable of your own.
    max_iter : int >= 1, default=1000
        Maximum number of iterations.
    tol : float >= 0 or None, default=1e-4
        The descent stops when no parameter, including the intercept, moves by more than `tol` in one iteration,
        in the unit of the parameters. None disables this criterion.
    fit_intercept : bool, default=True
        Whether to fit an intercept ``theta_0``. It is updated by gradient descent like any other parameter.
    standardize : bool, default=False
        Whether to descend in standardised coordinates, in which each feature has mean 0 and standard deviation 1.
        `X` is not changed for this and may stay sparse. Use it when features are on very different scales.
        `coef_` and `intercept_` apply to the original features; the predictions are those of
        ``make_pipeline(StandardScaler(), GDLinearRegressor())``. With ``fit_intercept=False`` the means of the
        features can therefore still make `intercept_` non-zero.
    l1 : float >= 0, default=0.0
        The penalty ``l1 * (abs(theta_1) + ... + abs(theta_n))`` in the cost `J`, in the unit of the features times that
        of the targets. It applies to the coefficients in the coordinates of the descent, not to the intercept.
        The larger it is, the more coefficients are exactly 0: ``np.flatnonzero(coef_)`` gives the selected features,
        and ``SelectFromModel(GDLinearRegressor(l1=...), threshold=1e-5)`` selects them.
        The minimum is that of ``Lasso(alpha=l1)``; with `l2`, it is that of
        ``ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2))``.
        Plain descent becomes the proximal gradient method (ISTA): a step against the gradient of the rest of `J`, then
        ``prox``, which moves each coefficient towards 0 by ``alpha * l1``, but not past 0. Momentum, Nesterov (which
        becomes FISTA with a constant momentum) and user-defined optimizers receive the gradient mapping
        ``(theta - prox(theta - alpha_t * g)) / alpha_t`` in place of the gradient.
        Their iterates are rarely exactly 0; the coefficients are therefore those of the last iterate after one more
        proximal step, at the smaller of `alpha` and ``1 / L``, and ``cost_history_[-1]`` is the cost there.
        Optimizers whose rate is a length, such as Adam, would leave the minimum again and raise an error.
    l2 : float >= 0, default=0.0
        The penalty ``l2/2 * (theta_1**2 + ... + theta_n**2)`` in the cost `J`, in the unit of the squared features.
        It applies to the coefficients in the coordinates of the descent, not to the intercept.
        The minimum is that of ``Ridge(alpha=l2 * n_samples)``; with weights, of
        ``Ridge(alpha=l2 * sample_weight.sum())``.
    positive : bool, default=False
        Whether to force the coefficients, but not the intercept, to be non-negative, as in `LinearRegression`, `Lasso`
        and `Ridge`. The proximal step, which is then also taken with ``l1=0``, sets negative coefficients to 0.
    init : {"zeros", "random"} or array-like of the shape of theta, default="zeros"
        The initial guess, in the coordinates of the descent.
        ``"random"`` draws from the standard normal distribution.
        An array holds the intercept first, if there is one, then the coefficients; for `y` of shape
        (n_samples, n_targets) it has one column per target.
        With `positive`, an array must not contain negative coefficients, and random ones are replaced by their
        absolute values.
    precompute : bool or "auto", default="auto"
        Whether to work from the second-order moments of the data. They are computed in one reading of the data, and
        each iteration then takes about ``n_features**2`` operations. False works row by row, with two products with
        `X` per iteration; this suits data with many features.
        ``"auto"`` uses the moments of dense data if ``n_features <= max(n_samples, 512)``, and those of sparse data
        with ``nnz`` stored entries if ``8 nnz**2 / n_samples + 140 n_features**2 <= 300 nnz``, which compares the times
        that 100 iterations take either way, in nanoseconds. The iterates are the same, to rounding.
        Plain descent on dense data with fewer rows than features is evaluated in closed form either way.
    early_stopping : bool, default=False
        Whether to hold out some rows, chosen at random, and stop the descent when the cost on them no longer falls.
        `coef_` and `intercept_` are then those of the iterate with the lowest validation cost.
        Stopping early is a form of regularisation: after ``t`` iterations plain descent has covered a share
        ``1 - (1 - alpha * lam)**t`` of the distance along an eigenvector with curvature ``lam``, much like ridge
        regression with `l2` of about ``1 / (alpha * t)`` (Yao, Rosasco and Caponnetto, "On Early Stopping in
        Gradient Descent Learning", 2007; Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 7.8).
        Plain descent then runs iteration by iteration, not in closed form.
    validation_fraction : float in (0, 1), default=0.1
        The proportion of the rows to hold out for early stopping. Only used with ``early_stopping=True``.
    n_iter_no_change : int >= 1, default=5
        The number of consecutive iterations without a new lowest validation cost after which early stopping ends the
        descent. There is no tolerance, so a small `alpha`, with which the cost falls slowly, does not stop it.
        Only used with ``early_stopping=True``.
    warm_start : bool, default=False
        Whether a further call to `fit` continues where the last one ended, for up to `max_iter` more iterations.
        The optimizer's state, the iteration count and `cost_history_` are continued too: 3 + 3 iterations equal 6
        with every optimizer, provided that the scheduler depends on ``t`` alone. A scheduler that depends on
        `max_iter` receives the number of iterations already done plus `max_iter`. For optimizers whose rate is a
        length, ``alpha="auto"`` keeps its value.
        On different data the descent continues in the same way, on the cost of the new data.
        Only `coef_` and `intercept_` are reused, as the initial guess, where the rest would no longer apply:
        after a divergence or early stopping, when the optimizer or the scheduler has been replaced,
        when `coef_` or `intercept_` has been set by hand (with `positive`, negative coefficients then start at 0),
        and with ``standardize=True`` when the means or scales, and so the coordinates, have changed.
    n_jobs : int, default=None
        Number of threads that compute the moments of large dense data; -1 means all cores.
        None means as many threads as BLAS would use, so limits set for BLAS apply here too.
        The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for ``init="random"`` and for the choice of the validation rows.
        Pass an int for reproducible results.
    verbose : int >= 0, default=0
        The verbosity level: 0 prints nothing; 1 prints the cost after 0, 1, 2, 5, 10, 20, 50, ... iterations and at
        the end; 2 prints it after each iteration.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        The coefficients ``theta_1 .. theta_n``; float32 if `X` is float32, otherwise float64. If `X` is an array of
        another namespace, so is `coef_` (see `fit`).
        They stay float64 if rounding to float32 would overflow or noticeably change the predictions.
        They are those of the last iterate; after a divergence and with early stopping, those of the best one.
    intercept_ : float or ndarray of shape (n_targets,)
        The intercept ``theta_0``; 0.0 if ``fit_intercept=False``, unless ``standardize=True``.
    cost_history_ : ndarray of shape (`n_iter_` + 1,)
        The cost `J`, including the penalty, from the initial guess to the last iterate; for several targets, the sum
        of their costs. If the descent was continued, the costs of the earlier fits come first; if the data have
        changed since, the iterate at which they changed has its cost on the new data.
    validation_cost_history_ : ndarray of shape (`n_iter_` + 1,) or None
        The cost on the validation rows, without the penalty; None without early stopping.
    n_iter_ : int
        The number of iterations, including those of earlier fits that the descent continued.
    alpha_ : float
        The learning rate that was used, before the scheduler's factor.
    diagnosis_ : Diagnosis
        What happened, why, and what to do about it; ``print(model.diagnosis_)`` prints a paragraph.
        An immutable object with `status` (``"converged"``, ``"stalled"``, ``"max_iter"``, ``"diverged"``,
        ``"early_stopped"`` or ``"stopped"``), `summary`, `remedy`, `gap`, `coef_error`, `alpha`, `alpha_limit`,
        `alpha_best`, `condition_number`, `condition_number_standardized`, `limiting_feature`, `constant_features`,
        `dependent_features`, `n_iter_needed` and `message`.
    moments_ : Moments
        The moments of all rows seen, including held-out ones: little more than
        ``n_features * (n_features + n_targets)`` numbers. Not available after a fit row by row.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`. Defined only when `X` has feature names that are all strings.

    Warns
    -----
    ConvergenceWarning
        If the descent diverged; or if it stopped too early or ran out of iterations, so that the training R² is more
        than 0.001 below the best possible R², or the squared error is more than twice the smallest possible one.
        The message is ``diagnosis_.summary``: one sentence, with the best remedy.

    See Also
    --------
    GDLinearRegressorCV : The same model with learning rate and penalties chosen by cross-validation.
    alpha_limits : The limits of the learning rate, without a fit.
    sklearn.linear_model.Ridge : Computes the minimum directly, without gradient descent.
    sklearn.linear_model.Lasso : Finds the same minimum with `l1`, by coordinate descent.

    Notes
    -----
    The algorithm is that of Cauchy (1847) as taught in A. Ng's course "Machine Learning" (Stanford CS229, lecture 1).
    With `sample_weight` the cost is ``1 / (2 sum w) * sum_i w_i (h(x_i) - y_i)**2``.
    Several targets descend together: the stopping criterion considers the largest move of any parameter.
    A fit from the moments keeps them, for `partial_fit` and `diagnosis_`.
    A fit that fails or is interrupted leaves the estimator as it was before.
    Repeated fits are equal to the last bit; fits that run concurrently in several threads equal them to rounding.

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
        "l1": [Interval(Real, 0, None, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left")],
        "positive": ["boolean"],
        "init": [StrOptions({"zeros", "random"}), "array-like"],
        "precompute": [StrOptions({"auto"}), "boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": [Interval(Integral, 0, None, closed="left")],
    }

    coef_: np.ndarray
    intercept_: float | np.ndarray
    n_iter_: int
    alpha_: float

    def __init__(
        self,
        alpha: float | Literal["auto"] = "auto",
        *,
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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.alpha = alpha
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.max_iter = max_iter
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.l1 = l1
        self.l2 = l2
        self.positive = positive
        self.init = init
        self.precompute = precompute
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @checks_parameters
    def fit(self, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model to the training data by gradient descent.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features. They are read in blocks, never modified, and never made dense as a whole.
            The blocks of a Dask array or data frame are read where they are stored, by the current cluster or in Dask's
            threads, and never collected; `y` and `sample_weight` may then be Dask collections too.
            Arrays of other namespaces, such as PyTorch tensors on a GPU, stay on their device if scikit-learn (1.9 or
            later) is configured with ``config_context(array_api_dispatch=True)``; all other arrays, and `coef_`,
            are then moved to the namespace and device of `X`.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows. A weight of 2 has the effect of repeating a row, and 0 that of leaving it
            out.

        Returns
        -------
        self : GDLinearRegressor
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are invalid, all weights are zero, the squares of the data overflow,
            or a user-defined scheduler or optimizer returns an invalid value.
            If arrays on another device would have to be fitted row by row.
            For Dask collections, also with ``early_stopping=True`` or ``precompute=False``, which need the rows again;
            the message about invalid data names the block.

        Warns
        -----
        ConvergenceWarning
            If the fit is poor; see the class.
        """
        with unchanged_on_failure(self):
            self._fit(data_of(self, X, y, sample_weight), continues=self.warm_start)
        return self._warn()

    @available_if(_adds_up)
    @checks_parameters
    def partial_fit(self, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Add a chunk of rows to those seen so far, and continue the descent on all of them.

        The moments of the chunk are added to those of all earlier rows, whether they were seen by `fit` or by
        `partial_fit`; earlier rows are not needed again. Moments are used even where ``precompute="auto"`` would
        work row by row. The minimum therefore does not depend on how the data are split into chunks, and a first
        call equals `fit`. Each call does up to `max_iter` iterations and continues as a fit with ``warm_start=True``
        does.
        The method is not available with ``early_stopping=True``, because the validation rows would have to be kept,
        or with ``precompute=False``, because there are no moments then.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features of the chunk.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Its targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of its rows.

        Returns
        -------
        self : GDLinearRegressor
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            As in `fit`; if the features or targets of the chunk differ from those of earlier rows;
            and after a fit row by row, which has no moments.
        AttributeError
            With ``early_stopping=True`` or ``precompute=False``.

        Warns
        -----
        ConvergenceWarning
            If the fit to all rows seen so far is poor; see the class.
        """
        earlier = getattr(self, "_moments", None)
        if earlier is None and hasattr(self, "coef_"):
            raise ValueError(
                "partial_fit adds up the moments of the data, but the earlier fit was row by row and has none; "
                "set precompute=True for the earlier fit too."
            )
        with unchanged_on_failure(self):
            data = data_of(self, X, y, sample_weight, earlier=earlier)
            self._fit(data, precompute=True, earlier=earlier, continues=earlier is not None)
        return self._warn()

    @checks_parameters
    def fit_moments(self, moments: Moments | Literal[0]) -> Self:
        """Fit the model from the moments of the rows, as `fit` does from the rows themselves.

        Parameters
        ----------
        moments : Moments
            Moments of the rows, or a sum of moments.

        Returns
        -------
        self : GDLinearRegressor
            The fitted estimator, with the same attributes as after `fit`.

        Raises
        ------
        ValueError, TypeError
            If `moments` is not an instance of `Moments` or describes no rows; with ``early_stopping=True``, because
            there are no rows to validate on; and with ``precompute=False``, which needs the rows.

        Warns
        -----
        ConvergenceWarning
            If the fit is poor; see the class.
        """
        if not isinstance(moments, Moments):
            raise TypeError(f"fit_moments needs Moments, such as Moments.of(X, y). Got {moments!r} instead.")
        with unchanged_on_failure(self):
            self._fit(data_of(self, moments), continues=self.warm_start)
        return self._warn()

    if TYPE_CHECKING:

        def set_partial_fit_request(self, *, sample_weight: bool | str | None = ...) -> Self:
            """Say whether `partial_fit` is given `sample_weight`, for metadata routing."""
            ...

    @property
    def cost_history_(self) -> np.ndarray:
        """The cost `J`, from the initial guess to the last iterate."""
        check_is_fitted(self, "coef_")
        return self._run.history

    @property
    def validation_cost_history_(self) -> np.ndarray | None:
        """The cost on the validation rows; None without early stopping."""
        check_is_fitted(self, "coef_")
        return self._run.validation_costs

    @property
    def moments_(self) -> Moments:
        """The moments of all rows seen; not available after a fit row by row."""
        check_is_fitted(self, "coef_")
        if self._moments is None:
            raise AttributeError("A fit row by row has no moments; set precompute=True.")
        return self._moments

    @property
    def diagnosis_(self) -> Diagnosis:
        """What happened in the last descent, and what to do about it."""
        check_is_fitted(self, "coef_")
        return self._diagnosis

    def _warn(self) -> Self:
        if self._diagnosis.warn:  # stacklevel: the user's call, above scikit-learn's _fit_context
            warnings.warn(self._diagnosis.summary, ConvergenceWarning, stacklevel=4)
        return self

    def _repr_html_inner(self) -> str:
        return super()._repr_html_inner() + self._diagnosis_html()

    def _repr_mimebundle_(self, **kwargs) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(**kwargs)
        return {kind: text + self._diagnosis_html() * (kind == "text/html") for kind, text in bundle.items()}

    def _diagnosis_html(self) -> str:
        return self.diagnosis_._repr_html_() if hasattr(self, "_diagnosis") else ""

    @property
    def _cost_options(self) -> dict:
        return {name: getattr(self, name) for name in COST_OPTIONS}

    def _fit(self, data: Data, *, continues: bool, precompute=None, earlier: Moments | None = None) -> None:
        """Build the problem from the data, and descend."""
        settings = Settings.of("GDLinearRegressor", vars(self))  # raises before any data are read
        random, tasks = check_random_state(self.random_state), Tasks.of(self, "iteration", self.max_iter, *data.shown)
        reading = Reading(precompute or self.precompute, self.standardize, self.n_jobs, tasks and tasks.track)
        hold_out_by = (self.validation_fraction, random) if self.early_stopping else None
        parts = data.parts(reading, hold_out_by=hold_out_by, earlier=earlier)
        problem = Problem(*parts, **self._cost_options)
        self._descend(problem, settings, random, data.place, tasks, continues=continues)

    def _descend(
        self,
        problem: Problem,
        settings: Settings,
        random,
        place: Place,
        tasks: Tasks | None = None,
        *,
        continues: bool,
        choice: Choice | None = None,
    ) -> None:
        """Descend the cost of a problem, and set the fitted attributes."""
        if continues and hasattr(self, "coef_"):
            start = go_on(getattr(self, "_end", None), problem, settings, self.coef_, self.intercept_)
        else:
            start = Start.of(self.init, problem.cost.shape, random, problem.penalty)
        report = Report(self.verbose) if self.verbose else None
        if tasks:
            tasks.begin_step()
            fitted = partial(self._as_if_ended, problem, place)
            report = Report(self.verbose, partial(tasks.watch, fitted), tasks.every)
        descent = run(problem, start, settings, report)
        self._keep(problem, descent, diagnose(problem, descent, continues=continues, choice=choice), place)
        if tasks:
            tasks.end()

    def _as_if_ended(self, problem: Problem, place: Place, so_far: Callable[[], Run]) -> dict:
        """Return the attributes that the model would have if the descent ended now."""
        model, descent = copy(self), so_far()
        model._keep(problem, descent, diagnose(problem, descent), place)
        return vars(model)

    def _keep(self, problem: Problem, descent: Run, diagnosis: Diagnosis, place: Place) -> None:
        """Set the fitted attributes, and keep what a further fit continues from."""
        at_last = diagnosis.status != "diverged" and not self.early_stopping
        coef, intercept = problem.to_user_in(place.dtype, descent.last if at_last else descent.best)
        coef = np.array(coef.T, order="C")
        intercept = intercept.copy() if isinstance(intercept, np.ndarray) else intercept  # theta is read-only
        self.coef_, self.intercept_ = place.put(coef), place.put(intercept)
        self._run = descent
        self.n_iter_ = descent.n_iter
        self.alpha_ = descent.alpha
        self._diagnosis = diagnosis
        self._moments = problem.moments
        self._end = descent.end(problem, coef, intercept) if at_last else None

    @checks_parameters
    def _problem(self, X, y, sample_weight, owner: str = "GDLinearRegressor") -> Problem:
        """Return the problem given by data or moments; `y` may be None. Errors about the data name the owner."""
        reader = reader_for(owner)
        data = data_of(reader, X, y, sample_weight, needs_y=False)
        reading = Reading(self.precompute, n_jobs=self.n_jobs)
        return Problem(*data.parts(reading), **self._cost_options)
