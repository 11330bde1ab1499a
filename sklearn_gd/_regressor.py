"""`GDLinearRegressor`: the estimator, from parameters to fitted attributes."""

import warnings
from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Integral, Real
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_gd import _links
from sklearn_gd._callbacks import CallbackSupportMixin, Tasks
from sklearn_gd._cost.problem import COST_OPTIONS, Problem
from sklearn_gd._data.arrays import SUPPORTED, Place, at_home
from sklearn_gd._data.door import data_of, predicted, r2_of
from sklearn_gd._data.hypothesis import Hypothesis
from sklearn_gd._data.kind import Data, Reading
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import hand_on_features, reader_for
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.run import Run, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start, go_on
from sklearn_gd._unchanged import unchanged_on_failure
from sklearn_gd._verdict.case import Choice
from sklearn_gd._verdict.diagnosis import Diagnosis, diagnose
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS


def _adds_up(estimator: "GDLinearRegressor") -> bool:
    """Return whether a fit has moments that a further chunk can be added to, or raise AttributeError."""
    if estimator.early_stopping:
        raise AttributeError("partial_fit does not keep rows for validation; set early_stopping=False.")
    if not estimator.precompute:
        raise AttributeError("partial_fit adds up the moments of the data; set precompute=True.")
    return True


class GDLinearRegressor(CallbackSupportMixin, RegressorMixin, BaseEstimator):
    r"""Linear regression by batch gradient descent.

    The hypothesis ``h(x) = theta_0 + theta_1 x_1 + ... + theta_n x_n`` is fitted to ``m`` rows by descending the cost

    .. math:: J(\theta) = \frac{1}{2m} \sum_{i=1}^m (h(x_i) - y_i)^2
              + l_1 \sum_{j=1}^n |\theta_j| + \frac{l_2}{2} \sum_{j=1}^n \theta_j^2

    along its gradient, all parameters at once, with the learning rate ``alpha``

    .. math:: \theta_j := \theta_j - \alpha \frac{\partial J}{\partial \theta_j}
              = \theta_j - \alpha \left( \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i) x_{ij} + l_2 \theta_j \right),
              \qquad x_{i0} = 1

    until no parameter moves by more than `tol`; the penalties are 0 by default, and never put on ``theta_0``.
    With `l1` each iteration ends with the proximal step: every coefficient ``alpha * l1`` nearer to 0, or 0.
    The iterates are those of the loop in the textbooks, on `X` as it is, to rounding.
    The data are read once, however, and plain descent is evaluated in closed form where that is cheaper, without `l1`.

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
        Maximum number of iterations.
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
    l1 : float >= 0, default=0.0
        The penalty ``l1 * (abs(theta_1) + ... + abs(theta_n))`` in the cost `J`, in the unit of the features times that
        of the targets, on the coefficients in the coordinates of the descent, and not on the intercept.
        It makes coefficients exactly 0, the more the larger it is: ``np.flatnonzero(coef_)`` are the features chosen,
        and ``SelectFromModel(GDLinearRegressor(l1=...), threshold=1e-5)`` takes them.
        The minimum is that of ``Lasso(alpha=l1)``; with `l2`,
        of ``ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2))``.
        Plain descent is the proximal gradient method (ISTA) then: the step along the gradient of the rest of `J`, then
        each coefficient ``alpha * l1`` nearer to 0, or 0. Momentum, Nesterov's, which is FISTA with a constant
        momentum, and your own optimizers are handed the gradient mapping
        ``(theta - prox(theta - alpha_t * g)) / alpha_t`` in the gradient's place, where ``prox`` is that move to 0.
        Their iterates pass by the zeros; so what is kept is the last iterate after one more proximal step, at the
        smaller of `alpha` and ``1 / L``, and ``cost_history_[-1]`` is its cost.
        Optimizers whose rate is a length, such as Adam, would leave the minimum again, and are refused.
    l2 : float >= 0, default=0.0
        The penalty ``l2/2 * (theta_1**2 + ... + theta_n**2)`` in the cost `J`, in the unit of the squared features,
        on the coefficients in the coordinates of the descent, and not on the intercept.
        The minimum is that of ``Ridge(alpha=l2 * n_samples)``, or ``l2 * sample_weight.sum()`` with weights.
    positive : bool, default=False
        Whether the coefficients, not the intercept, are kept at 0 or above, as in `LinearRegression`, `Lasso` and
        `Ridge`: the proximal step of `l1`, also where that is 0, takes what is below 0 to 0.
    init : {"zeros", "random"} or array-like of the shape of theta, default="zeros"
        The initial guess, in the coordinates of the descent.
        ``"random"`` draws from the standard normal distribution.
        An array holds the intercept first, if there is one, then the coefficients; for `y` of shape
        (n_samples, n_targets) it has a column for each target.
        With `positive` an array must have no coefficient below 0, and those drawn lose their signs.
    precompute : bool or "auto", default="auto"
        Whether to work from the second-order moments of the data, which are read once; an iteration then costs
        ``n_features**2``. False works row by row, with two products of the data for each iteration: for many features.
        ``"auto"`` takes the moments of dense data for ``n_features <= max(n_samples, 512)``, and of sparse data with
        ``nnz`` stored entries for ``8 nnz**2 / n_samples + 140 n_features**2 <= 300 nnz``, which compares the cost of
        100 iterations either way in nanoseconds. The iterates are the same, to rounding.
        Plain descent on dense data with fewer rows than features is done in closed form either way.
    early_stopping : bool, default=False
        Whether to hold out some rows, drawn at random, and end the descent when their cost no longer falls.
        `coef_` and `intercept_` are those of the iterate of the lowest validation cost then.
        Fewer iterations are a regulariser: after ``t`` of them plain descent has gone
        ``1 - (1 - alpha * lam)**t`` of the way along an eigenvector of curvature ``lam``, much like Ridge regression
        with a penalty of about ``1 / (alpha * t)`` for `l2` (Yao, Rosasco and Caponnetto, "On Early Stopping in
        Gradient Descent Learning", 2007; Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 7.8).
        Plain descent is followed by the loop then, not in closed form.
    validation_fraction : float in (0, 1), default=0.1
        The share of the rows that early stopping holds out.
    n_iter_no_change : int >= 1, default=5
        Early stopping ends the descent when so many iterates in a row had no lower validation cost than the best.
        There is no tolerance: a small `alpha`, whose cost falls slowly, is not taken for an end.
    warm_start : bool, default=False
        Whether a further `fit` goes on where the last one ended, for `max_iter` more iterations.
        The optimizer's state, the count of iterations and `cost_history_` go on too: 3 + 3 iterations equal 6,
        whatever the optimizer, if the scheduler depends on ``t`` alone; one that depends on `max_iter`
        is told the sum of the iterations done and `max_iter`. ``alpha="auto"`` stays a length where it is one.
        On other data the descent goes on just so, with their cost.
        Only `coef_` and `intercept_` are kept, as the initial guess, where the rest would mislead:
        after a divergence or early stopping, when the optimizer or the scheduler is another one,
        when someone has set `coef_` or `intercept_`,
        (coefficients below 0 begin at 0 with `positive`),
        and when ``standardize=True`` has changed the coordinates, because the means or scales did.
    n_jobs : int, default=None
        Threads that compute the moments of large dense data; -1 is all cores.
        None is the number that BLAS would use, so its limits hold here too. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seeds ``init="random"`` and the choice of the validation rows.
    verbose : int >= 0, default=0
        0 is silent; 1 prints the cost after 0, 1, 2, 5, 10, 20, 50, ... iterations and at the end, 2 after each one.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        ``theta_1 .. theta_n``; float32 if `X` is, otherwise float64. An array where `X` is, by the array API.
        They stay float64 where the rounding to float32 would spoil the predictions, or overflow.
        The last iterate's; the best one's if the descent diverged, or with early stopping.
    intercept_ : float or ndarray of shape (n_targets,)
        ``theta_0``; 0.0 if ``fit_intercept=False``.
    cost_history_ : ndarray of shape (`n_iter_` + 1,)
        The cost `J`, penalty included, from the initial guess to the last iterate; for several targets, the sum of
        their costs. Where a descent went on, that of the earlier fits comes first; where the data have changed since,
        the last iterate before has the cost on the new ones.
    validation_cost_history_ : ndarray of shape (`n_iter_` + 1,) or None
        The cost on the validation rows, without the penalty; None without early stopping.
    n_iter_ : int
        The number of iterations done; of all of them, where a descent went on.
    alpha_ : float
        The learning rate that was used, before the scheduler's factor.
    diagnosis_ : Diagnosis
        What happened, why, and what to do about it; ``print(model.diagnosis_)`` is a paragraph.
        An immutable object with `status` (``"converged"``, ``"stalled"``, ``"max_iter"``, ``"diverged"``,
        ``"early_stopped"`` or ``"stopped"``), `summary`, `remedy`, `gap`, `coef_error`, `alpha`, `alpha_limit`,
        `alpha_best`, `condition_number`, `condition_number_standardized`, `limiting_feature`, `constant_features`,
        `dependent_features`, `n_iter_needed` and `message`.
    moments_ : Moments
        The moments of all rows seen, those held out included, ``n_features * (n_features + n_targets)`` numbers and
        some; a fit row by row has none.
    n_features_in_ : int
        The number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The features' names, if `X` has string names for all of them.

    Warns
    -----
    ConvergenceWarning
        If the training R² of the fit is more than 0.001 below the best possible one, or its squared error more than
        twice the best possible one, because the descent stopped moving, or ran out of iterations; and if it diverged.
        The message is ``diagnosis_.summary``: one sentence, with the best remedy.

    See Also
    --------
    GDLinearRegressorCV : The same with a learning rate chosen by cross-validation.
    alpha_limits : The limits of the learning rate, before any fit.
    sklearn.linear_model.Ridge : The minimum itself, without a descent.
    sklearn.linear_model.Lasso : The same minimum with `l1`, by coordinate descent.

    Notes
    -----
    The algorithm is that of Cauchy (1847) as taught in A. Ng's course "Machine Learning" (Stanford CS229, lecture 1).
    With `sample_weight` the cost is ``1 / (2 sum w) * sum_i w_i (h(x_i) - y_i)**2``.
    Several targets descend together: the stop rule takes the largest move of all.
    A fit from the moments keeps them, for `partial_fit` and `diagnosis_`.
    A fit that fails or is interrupted leaves the estimator as it was.
    Refits are equal to the last bit; fits in several threads at once are equal to those alone, to rounding.

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

    _doc_link_module, _doc_link_template = _links.MODULE, _links.TEMPLATE
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
        l1: float = 0.0,
        l2: float = 0.0,
        positive: bool = False,
        init: Literal["zeros", "random"] | ArrayLike = "zeros",
        precompute: bool | Literal["auto"] = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "GDLinearRegressor":
        """Descend the cost on the training data.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features. They are read in blocks, never modified, and never made dense as a whole.
            The blocks of a Dask array or data frame are read where they are, by the cluster in use or in Dask's
            threads, and never brought together; `y` and `sample_weight` may be Dask collections too then.
            Arrays of other namespaces, such as torch's on a GPU, stay there if scikit-learn (from 1.9 on) is told so
            by ``config_context(array_api_dispatch=True)``; all others are moved to `X`, and `coef_` too.
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
            With arrays on another device, where they would be descended row by row.
            With Dask, the number of the block in which data are not as described; and with ``early_stopping=True``
            and ``precompute=False``, which need the rows again.

        Warns
        -----
        ConvergenceWarning
            If the fit is bad; see the class.
        """
        with unchanged_on_failure(self):
            self._fit(data_of(self, X, y, sample_weight), continues=self.warm_start)
        return self._warn()

    @available_if(_adds_up)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "GDLinearRegressor":
        """Add a chunk of rows to those seen so far, and go on descending the cost on all of them.

        The moments of the chunk are added to the moments of the rows before, whether these came by `fit` or by
        `partial_fit`; none of the rows are needed again. It works from the moments also where ``precompute="auto"``
        would go row by row. So any cutting of the data into chunks ends at the same
        minimum, and the first chunk alone equals `fit`. Each call does up to `max_iter` iterations,
        and goes on as a fit with ``warm_start=True`` does.
        There is no such method with ``early_stopping=True``, because the validation rows would have to be kept,
        and with ``precompute=False``, because there are no moments then.

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
            As in `fit`; if the chunk has other features or targets than the rows before;
            and after a fit row by row, which has no moments.
        AttributeError
            With ``early_stopping=True`` or ``precompute=False``.

        Warns
        -----
        ConvergenceWarning
            If the fit on all rows seen so far is bad; see the class.
        """
        earlier = getattr(self, "_moments", None)
        if earlier is None and hasattr(self, "coef_"):
            raise ValueError(
                "partial_fit adds up the moments of the data, which a fit row by row does not have; "
                "set precompute=True, in the fit before too."
            )
        with unchanged_on_failure(self):
            data = data_of(self, X, y, sample_weight, earlier=earlier)
            self._fit(data, precompute=True, earlier=earlier, continues=earlier is not None)
        return self._warn()

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_moments(self, moments: Moments) -> "GDLinearRegressor":
        """Descend the cost on the rows that some moments describe, as `fit` does on the rows themselves.

        Parameters
        ----------
        moments : Moments
            Moments of the rows, or a sum of them.

        Returns
        -------
        self : GDLinearRegressor
            The fitted estimator, with all that a fit on the rows has.

        Raises
        ------
        ValueError, TypeError
            If it is given anything else, or moments of no rows; with ``early_stopping=True``, because there are no
            rows for validation; and with ``precompute=False``, which needs the rows.

        Warns
        -----
        ConvergenceWarning
            If the fit is bad; see the class.
        """
        if not isinstance(moments, Moments):
            raise TypeError(f"fit_moments needs Moments, such as Moments.of(X, y). Got {moments!r} instead.")
        with unchanged_on_failure(self):
            self._fit(data_of(self, moments), continues=self.warm_start)
        return self._warn()

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the hypothesis ``h(x) = theta_0 + theta_1 x_1 + ...`` for each row.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features.

        Returns
        -------
        h : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions, in the unit of `y`; for a Dask collection a Dask array, which is computed when asked for.
        """
        check_is_fitted(self)
        return predicted(self, X, self._hypothesis)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of the predictions; of several targets, the mean.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features. Dask collections are read once.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        return r2_of(self, X, y, sample_weight, self._hypothesis)

    def to_linear_regression(self) -> LinearRegression:
        """Return a fitted `sklearn.linear_model.LinearRegression` with equal predictions, which needs no sklearn_gd.

        It has `coef_`, `intercept_`, and the features' number and names; a further `fit` of it is one of its own.

        Returns
        -------
        model : LinearRegression

        Examples
        --------
        >>> from sklearn_gd import GDLinearRegressor
        >>> model = GDLinearRegressor().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
        >>> model.to_linear_regression().predict([[3.0]]) == model.predict([[3.0]])
        array([ True])
        """
        check_is_fitted(self)
        # Standardised features have means, and so there may be an intercept though none was descended.
        model = LinearRegression(fit_intercept=bool(self.fit_intercept or np.any(self.intercept_)))
        # A Python float, which an intercept that is not descended is, has no shape for exporters.
        model.coef_ = np.array(at_home(self.coef_))
        model.intercept_ = np.array(at_home(self.intercept_), dtype=model.coef_.dtype)[()]
        hand_on_features(self, model)
        return model

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.array_api_support = SUPPORTED and bool(self.precompute)  # row by row is done in NumPy
        return tags

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
        """The moments of all rows seen; a fit row by row has none."""
        check_is_fitted(self, "coef_")
        if self._moments is None:
            raise AttributeError("A fit row by row has no moments; set precompute=True.")
        return self._moments

    @property
    def diagnosis_(self) -> Diagnosis:
        """What happened in the last descent, and what to do about it."""
        check_is_fitted(self, "coef_")
        return self._diagnosis

    def _warn(self) -> "GDLinearRegressor":
        if self._diagnosis.warn:  # the level of the user's call, past scikit-learn's _fit_context
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
    def _hypothesis(self) -> Hypothesis:
        return Hypothesis(self.coef_, self.intercept_)

    @property
    def _cost_options(self) -> dict:
        return {name: getattr(self, name) for name in COST_OPTIONS}

    def _fit(self, data: Data, *, continues: bool, precompute=None, earlier: Moments | None = None) -> None:
        """Make a problem of the data, and descend."""
        settings = Settings.of("GDLinearRegressor", vars(self))  # raises before anything is read
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
        """Descend, from a problem to fitted attributes."""
        if continues and hasattr(self, "coef_"):
            start = go_on(getattr(self, "_end", None), problem, settings, self.coef_, self.intercept_)
        else:
            start = Start.of(self.init, problem.cost.shape, random, problem.penalty)
        report = Report(self.verbose) if self.verbose else None
        if tasks:
            tasks.begin_step()
            report = Report(self.verbose, partial(self._end_step, tasks, problem, place), tasks.every)
        descent = run(problem, start, settings, report)
        self._keep(problem, descent, diagnose(problem, descent, continues=continues, choice=choice), place)
        if tasks:
            tasks.end()

    def _end_step(self, tasks: Tasks, problem: Problem, place: Place, so_far: Callable[[], Run], ended: bool) -> bool:
        """Show a callback the fit as if it ended here, and return whether it does."""

        def fitted() -> dict:
            model, descent = copy(self), so_far()
            model._keep(problem, descent, diagnose(problem, descent), place)
            return vars(model)

        stop = tasks.end_step(fitted)
        if not (stop or ended):
            tasks.begin_step()
        return stop

    def _keep(self, problem: Problem, descent: Run, diagnosis: Diagnosis, place: Place) -> None:
        """Set the fitted attributes, and what a further fit goes on from."""
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

    @_fit_context(prefer_skip_nested_validation=True)
    def _problem(self, X, y, sample_weight, owner: str = "GDLinearRegressor") -> Problem:
        """Return the problem of some data, or moments; `y` may be None. Errors of the data name the owner."""
        reader = reader_for(owner)
        data = data_of(reader, X, y, sample_weight, needs_y=False)
        hand_on_features(reader, self)
        reading = Reading(self.precompute, n_jobs=self.n_jobs)
        return Problem(*data.parts(reading), **self._cost_options)
