"""`GDLinearRegressorCV`: all learning rates on all cross-validation splits, from one reading of the data."""

import warnings
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metadata_routing import MethodMapping, _raise_for_params, _routing_enabled, process_routing
from sklearn.utils.validation import check_is_fitted

from sklearn_gd._callbacks import Tasks
from sklearn_gd._cost.problem import Problem
from sklearn_gd._data.arrays import Place
from sklearn_gd._data.door import data_of
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scores import Scoring, r2, score_named
from sklearn_gd._data.validation import hand_on_features
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._predictor import Predictor
from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._scikit_learn import MetadataRouter, checks_parameters
from sklearn_gd._search.grid import Grid
from sklearn_gd._search.scored import Scored
from sklearn_gd._search.search import Search, searched
from sklearn_gd._typing import Init, Matrix, Numbers, Splitter
from sklearn_gd._unchanged import unchanged_on_failure
from sklearn_gd._verdict.diagnosis import Diagnosis, diagnose
from sklearn_gd.optimizers import Optimizer, OptimizerName
from sklearn_gd.schedulers import Scheduler, SchedulerName

# The parameters of the search; all others are passed to the estimator fitted to all rows.
_OF_THE_SEARCH = ("alphas", "l1", "l2", "cv", "scoring", "rule", "early_stopping")


class GDLinearRegressorCV(Predictor):
    r"""Linear regression by batch gradient descent, with learning rate and penalties chosen by cross-validation.

    For each learning rate ``alpha`` and each penalty, the cost of `GDLinearRegressor` is minimised on the training
    rows of each split. The candidate with the best mean score on the validation rows is then fitted to all rows:

    .. math:: \hat\alpha = \arg\max_\alpha \frac{1}{K} \sum_{k=1}^K \mathrm{score}_k(\theta_k(\alpha))

    The scores and the choice equal those of `GridSearchCV` over `GDLinearRegressor`, to rounding.
    However, the data are read only once: the moments of the folds add up to those of the training rows, and the scores
    are computed from moments too.

    Parameters
    ----------
    alphas : int >= 1, array-like of shape (n_alphas,) or "auto", default="auto"
        The learning rates to try, or their number. If an int, they are evenly spaced on a logarithmic scale over two
        decades, up to the smallest ``alpha="auto"`` of any split: ``1 / L`` for plain descent, half the tightest limit.
        ``"auto"`` tries 20 of them, or only the largest one if there are several `l1` or `l2` to choose from.
    cv : int, splitter, iterable of (train, test) or None, default=None
        The cross-validation splitting strategy, as in scikit-learn; None is 5 folds of consecutive rows.
    scoring : {"r2", "neg_mean_squared_error", "neg_root_mean_squared_error"} or None, default=None
        The score to maximise; None means ``"r2"``. `sample_weight` applies to the scores too.
    rule : {"best", "one_standard_error"}, default="best"
        Which candidate to choose: ``"best"`` is the one with the best mean score; ``"one_standard_error"`` is the
        simplest one at the same learning rate whose mean score is within one standard error of the best,
        ``std(scores, ddof=1) / sqrt(n_splits)``. Larger penalties are simpler (`l1` is compared before `l2`), and so
        are fewer iterations with early stopping (Breiman, Friedman, Olshen and Stone, "Classification and Regression
        Trees", 1984, section 3.4.3).
    early_stopping : bool, default=False
        Whether to choose the number of iterations too: the one with the best mean score on the validation rows, at
        least 1, over all learning rates. Stopping early is a form of regularisation; see `GDLinearRegressor`.
    optimizer : str or callable, default="gd"
        The update rule, as in `GDLinearRegressor`. Each descent uses its own copy, made by `sklearn.base.clone`.
    scheduler : str or callable, default="constant"
        The factor on the learning rate at each iteration, as in `GDLinearRegressor`. Each descent uses its own copy.
    max_iter : int >= 1, default=1000
        Maximum number of iterations of each descent.
    tol : float >= 0 or None, default=1e-4
        Each descent stops when no parameter moves by more than `tol`. None disables this criterion.
    fit_intercept : bool, default=True
        Whether to fit an intercept ``theta_0``, which is updated by gradient descent like any other parameter.
    standardize : bool, default=False
        Whether to descend in standardised coordinates. Each split uses the means and scales of its own training rows.
    l1 : float >= 0, array-like of shape (n_l1,) or "auto", default=0.0
        The penalty on the absolute values of the coefficients, or several penalties to choose from.
        ``"auto"`` tries those of `suggest_l1` on all rows: 100, evenly spaced on a logarithmic scale, from the smallest
        one for which all coefficients are 0 down to a thousandth of it, as in `sklearn.linear_model.LassoCV`.
    l2 : float >= 0 or array-like of shape (n_l2,), default=0.0
        The penalty on the squares of the coefficients, or several penalties to choose from. Together with `l1` it
        corresponds to ``ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2))``.
    positive : bool, default=False
        Whether to force the coefficients to be non-negative.
    init : {"zeros", "random"} or array-like of the shape of theta, default="zeros"
        The initial guess of each descent.
    precompute : bool or "auto", default="auto"
        Whether to work from the second-order moments of the data, as in `GDLinearRegressor`. Without moments, as for
        wide or sparse data where they would be too large, the splits are fitted row by row, one after the other; no
        rows are copied. With at most as many rows as features, plain descent, momentum and Nesterov only need the
        products of the rows with each other, whatever the value of this parameter.
    warm_start : bool, default=False
        Whether the fit to all rows continues where that of the last `fit` ended, as in `GDLinearRegressor`.
        The descents on the splits always start from the initial guess, because the last fit has seen the validation
        rows; so does the fit with ``early_stopping=True``, whose iterations are counted from there.
    n_jobs : int, default=None
        Number of threads that compute the moments of large dense data; -1 means all cores.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for ``init="random"``. Pass an int for reproducible results.
    verbose : int >= 0, default=0
        The verbosity level: 0 prints nothing; 1 prints the mean score of each candidate; 2 also prints some costs of
        the fit to all rows, and 3 prints all of them.

    Attributes
    ----------
    alpha_ : float
        The learning rate that was chosen.
    l1_, l2_ : float
        The penalties that were chosen.
    alphas_ : ndarray of shape (n_alphas,)
        The learning rates that were tried.
    l1s_ : ndarray of shape (n_l1,)
        The penalties `l1` that were tried.
    scores_ : ndarray of shape (n_alphas, n_splits), after axes of length n_l1 and n_l2 where these are several
        The scores on the validation rows. With early stopping, each is taken at the best number of iterations for its
        learning rate.
    best_score_ : float
        The mean score of the chosen candidate. With ``rule="one_standard_error"`` it may be lower than the best one.
    score_path_ : ndarray of shape (n_iterations + 1,) or None
        With early stopping, the mean score at each iteration for the chosen learning rate, from the initial guess to
        the last iteration of all splits; a split that has ended earlier keeps its last score. Each is the score of a
        fit of that many iterations, under a schedule over `max_iter` iterations. None without early stopping.
    best_estimator_ : GDLinearRegressor
        The estimator fitted to all rows.
    coef_, intercept_, cost_history_, n_iter_, diagnosis_, moments_
        Those of `best_estimator_`. With early stopping, `n_iter_` is the number of iterations that was chosen.
    n_splits_ : int
        The number of cross-validation splits.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`. Defined only when `X` has feature names that are all strings.

    Warns
    -----
    ConvergenceWarning
        If the fit to all rows is poor, as `GDLinearRegressor` warns. Otherwise, if the best learning rate is at an end
        of the grid and the score still rises there by more than 0.001 in R², so that a better one may lie beyond. The
        upper end of an automatic grid does not count.

    See Also
    --------
    GDLinearRegressor : The same model with a given learning rate.
    suggest_alphas : A grid of learning rates.

    Notes
    -----
    With moments, the search reads the data once, and each iteration takes about ``n_features**2`` operations per
    learning rate and split, whatever the number of rows. The rows that have the same role in all splits are summed
    together; splits that do not partition the rows, and splits of few rows, may need more than one reading.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_gd import GDLinearRegressorCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> search = GDLinearRegressorCV(alphas=5, standardize=True).fit(X, y)
    >>> [f"{alpha:.2g}" for alpha in search.alphas_]
    ['0.0025', '0.0078', '0.025', '0.078', '0.25']
    >>> f"alpha={search.alpha_:.2g}: R² {search.best_score_:.3f} on other rows"
    'alpha=0.25: R² 0.482 on other rows'
    """

    _parameter_constraints: ClassVar[dict] = {
        **GDLinearRegressor._parameter_constraints,
        "alphas": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left"), "array-like"],
        "rule": [StrOptions({"best", "one_standard_error"})],
        "l1": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left"), "array-like"],
        "l2": [Interval(Real, 0, None, closed="left"), "array-like"],
        "cv": ["cv_object"],
    }
    for _name in ("alpha", "validation_fraction", "n_iter_no_change"):
        del _parameter_constraints[_name]
    del _name

    coef_: np.ndarray
    intercept_: float | np.ndarray
    n_iter_: int
    alpha_: float
    l1_: float
    l2_: float
    best_score_: float
    best_estimator_: GDLinearRegressor
    n_splits_: int

    def __init__(
        self,
        alphas: int | Numbers | Literal["auto"] = "auto",
        *,
        cv: int | Splitter | Iterable[tuple[ArrayLike, ArrayLike]] | None = None,
        scoring: Scoring | None = None,
        rule: Literal["best", "one_standard_error"] = "best",
        early_stopping: bool = False,
        optimizer: OptimizerName | Optimizer = "gd",
        scheduler: SchedulerName | Scheduler = "constant",
        max_iter: int = 1000,
        tol: float | None = 1e-4,
        fit_intercept: bool = True,
        standardize: bool = False,
        l1: float | Numbers | Literal["auto"] = 0.0,
        l2: float | Numbers = 0.0,
        positive: bool = False,
        init: Init = "zeros",
        precompute: bool | Literal["auto"] = "auto",
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.rule = rule
        self.early_stopping = early_stopping
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
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @checks_parameters
    def fit(self, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None, **params: object) -> Self:
        """Choose the learning rate and the penalties, then fit the model to all rows.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features, as for `GDLinearRegressor`. With Dask, `cv` must be an int or None, and the blocks are read
            once; if their lengths are unknown, the targets are read first, to count the rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, in the cost and in the scores.
        **params : dict
            Parameters of the splitter's ``split`` method, such as `groups`, passed by metadata routing.

        Returns
        -------
        self : GDLinearRegressorCV
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are invalid; if a split has no rows of positive weight, or too few for R².

        Warns
        -----
        ConvergenceWarning
            At most one; see the class.
        """
        _raise_for_params(params, self, "fit")
        split_params = {}
        if _routing_enabled():
            split_params = process_routing(self, "fit", sample_weight=sample_weight, **params).splitter.split
        score, grid = score_named(self.scoring, "GDLinearRegressorCV"), Grid.of(self.alphas, self.l1, self.l2)
        settings = replace(Settings.of("GDLinearRegressorCV", {**vars(self), "alpha": "auto"}), n_iter_no_change=None)
        with unchanged_on_failure(self):
            data = data_of(self, X, y, sample_weight)
            tasks = Tasks.of(self, "alpha", grid.n_alphas, *data.shown)
            track = tasks and tasks.track
            by_products = settings.ignores_axes and not (grid.has_l1 or self.positive)
            reading = Reading(self.precompute, self.standardize, self.n_jobs, track, by_products)
            pairs, whole = data.splits(self.cv, reading, at_least=2 if score is r2 else 1, **split_params)
            options = {name: getattr(self, name) for name in ("fit_intercept", "standardize", "positive")}
            whole = Problem(whole, **options)
            grid = grid.on(whole)
            start = Start.of(self.init, whole.shape, check_random_state(self.random_state), whole.penalty)
            problems = (Problem(*pair, **options) for pair in pairs)
            steps = searched(problems, start, settings, grid, score, rule=self.rule, early_stopping=self.early_stopping)
            if tasks:
                steps = tasks.steps(steps, grid.n_alphas, partial(self._as_if_ended, whole, data.place))
            for found in steps:
                if self.verbose:
                    for one in found.newest:
                        print(f"{one}: {score.__name__} = {one.mean:.6g}")
            warning = self._keep(found, whole, data.place, verbose=max(self.verbose - 1, 0))
            if tasks:
                tasks.end()
        if warning:  # stacklevel: the user's call, above scikit-learn's _fit_context
            warnings.warn(warning, ConvergenceWarning, stacklevel=3)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata routing: `sample_weight` goes to the estimator, everything else to the splitter.

        Returns
        -------
        routing : MetadataRouter
        """
        to_split = MethodMapping().add(caller="fit", callee="split")
        # Ready-made splits take no metadata, as consecutive folds take none, and a generator yields them only once.
        cv = None if isinstance(self.cv, Iterator) else self.cv
        # The owner by its name: scikit-learn 1.6 would copy the estimator, and a generator cannot be copied.
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(splitter=check_cv(cv), method_mapping=to_split)

    @property
    def alphas_(self) -> np.ndarray:
        """The learning rates that were tried."""
        check_is_fitted(self, "best_estimator_")
        return self._scored.alphas

    @property
    def l1s_(self) -> np.ndarray:
        """The penalties `l1` that were tried."""
        check_is_fitted(self, "best_estimator_")
        return self._scored.l1s

    @property
    def scores_(self) -> np.ndarray:
        """The scores on the validation rows."""
        check_is_fitted(self, "best_estimator_")
        return self._scored.of_searched

    @property
    def score_path_(self) -> np.ndarray | None:
        """The mean score at each iteration for the chosen rate; None without early stopping."""
        check_is_fitted(self, "best_estimator_")
        return self._scored.path

    @property
    def cost_history_(self) -> np.ndarray:
        """The cost `J` of the fit to all rows, from the initial guess to the last iterate."""
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_.cost_history_

    @property
    def moments_(self) -> Moments:
        """The moments of all rows; not available after a search row by row."""
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_.moments_

    @property
    def diagnosis_(self) -> Diagnosis:
        """What happened in the fit to all rows, and what to do about it."""
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_.diagnosis_

    def _as_if_ended(self, whole: Problem, place: Place, found: Search) -> dict:
        """Return the attributes that the search would have if it stopped now."""
        model = copy(self)
        model._keep(found, whole, place, verbose=0)
        return vars(model)

    def _keep(self, found: Search, whole: Problem, place: Place, *, verbose: int) -> str:
        """Fit the best candidate to all rows, set the fitted attributes, and return the warning, or an empty string."""
        best, given = found.chosen, {"l1": self.l1, "l2": self.l2}
        numbers = [name for name, value in given.items() if np.ndim(value) == 0 and not isinstance(value, str)]
        self._scored = Scored.of(found, {name: getattr(best, name) for name in numbers})
        self.n_splits_ = self._scored.scores.shape[-1]
        self.alpha_, self.l1_, self.l2_, self.best_score_ = best.alpha, best.l1, best.l2, best.mean
        self.best_estimator_ = self._fitted(found, whole.at(best.l1, best.l2), place, verbose)
        self.coef_, self.intercept_ = self.best_estimator_.coef_, self.best_estimator_.intercept_
        self.n_iter_ = self.best_estimator_.n_iter_
        if self.diagnosis_.warn:
            return f"With the best of {len(found.candidates)} candidates: {self.diagnosis_.summary}"
        return found.end_of_grid(self.diagnosis_.gap)

    def _fitted(self, found: Search, problem: Problem, place: Place, verbose: int) -> GDLinearRegressor:
        """Return the best candidate, fitted to all rows."""
        goes_on = self.warm_start and not self.early_stopping and hasattr(self, "best_estimator_")
        model, settings = copy(self.best_estimator_) if goes_on else GDLinearRegressor(), found.settings_on(self.alpha_)
        own = {name: value for name, value in self.get_params(deep=False).items() if name not in _OF_THE_SEARCH}
        rules = {"optimizer": settings.optimizer, "scheduler": settings.scheduler}
        model.set_params(**own | rules | {"alpha": self.alpha_, "l1": self.l1_, "l2": self.l2_, "verbose": verbose})
        hand_on_features(self, model)
        if self.early_stopping:
            descent = found.stopped_descent(problem, Report(verbose) if verbose else None)
            model._keep(problem, descent, diagnose(problem, descent, choice=found.choice), place)
        else:
            random = check_random_state(self.random_state)
            model._descend(problem, settings, random, place, continues=self.warm_start, choice=found.choice)
        return model
