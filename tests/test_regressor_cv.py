"""GDLinearRegressorCV: the scores and the choice of GridSearchCV, from one reading of the data."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_gd._data.moments as moments_module
from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments
from sklearn_gd._data.folds import Cells, split_moments
from sklearn_gd.optimizers import OPTIMIZERS, Rprop
from sklearn_gd.schedulers import SCHEDULERS

# 2/L is 0.5 on the standardised diabetes data: too small, good, and two that diverge.
ALPHAS = [0.001, 0.05, 0.3, 0.7, 30.0]
M = 442
GROUPS = np.random.default_rng(0).integers(0, 6, M)


def _pairs(replace):
    rng = np.random.default_rng(1)
    return [(rng.choice(M, M // 2, replace=replace), rng.choice(M, M // 3, replace=replace)) for _ in range(3)]


SPLITTERS = {
    "none": None,
    "int": 3,
    "shuffled": KFold(4, shuffle=True, random_state=0),
    "repeated": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    "random": ShuffleSplit(4, test_size=0.3, random_state=0),
    "expanding": TimeSeriesSplit(4),
    "predefined": PredefinedSplit(np.where(GROUPS == 5, -1, GROUPS)),
    "overlapping": _pairs(replace=False),
    "bootstrap": _pairs(replace=True),
    "masks": [(np.arange(M) < 300, np.arange(M) >= 300)],
    "negative": [(np.arange(50, M), np.arange(-M, -M + 50))],
}
GROUPED = {"groups": GroupKFold(3), "leave a group out": LeaveOneGroupOut()}
SCORINGS = [None, "r2", "neg_mean_squared_error", "neg_root_mean_squared_error"]


def grid_search(X, y, alphas, *, cv=None, scoring=None, w=None, groups=None, l2=(0.0,), **options):
    """Return scores (n_l2, n_alphas, n_splits) and the best parameters of GridSearchCV with metadata routing."""
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GDLinearRegressor(**options).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        scorer = None if scoring is None else get_scorer(scoring).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"alpha": alphas, "l2": l2}, cv=cv, scoring=scorer, error_score="raise")
        params = {name: value for name, value in (("sample_weight", w), ("groups", groups)) if value is not None}
        search.fit(X, y, **params)
    scores = np.array([search.cv_results_[f"split{k}_test_score"] for k in range(search.n_splits_)])
    return np.moveaxis(scores.reshape(len(scores), len(alphas), len(l2)), 0, -1).swapaxes(0, 1), search


def assert_same_search(X, y, alphas=ALPHAS, *, cv=None, scoring=None, w=None, groups=None, **options):
    """Assert that scores agree to 1e-9 of max(1, abs(score)), and that choice and fit are the same."""
    l2 = options.pop("l2", 0.0)
    theirs, search = grid_search(
        X, y, alphas, cv=cv, scoring=scoring, w=w, groups=groups, l2=np.atleast_1d(l2).tolist(), **options
    )
    params = {} if groups is None else {"groups": groups}
    with sklearn.config_context(enable_metadata_routing=groups is not None), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        ours = GDLinearRegressorCV(alphas, cv=cv, scoring=scoring, l2=l2, **options).fit(X, y, w, **params)
    scores = ours.scores_ if np.ndim(l2) else ours.scores_[np.newaxis]
    assert scores.shape == theirs.shape
    assert np.all(np.abs(scores - theirs) <= 1e-9 * np.maximum(1.0, np.abs(theirs)))
    assert (ours.alpha_, ours.l2_) == (search.best_params_["alpha"], search.best_params_["l2"])
    assert_allclose(ours.best_score_, search.best_score_, rtol=1e-9, atol=1e-9)
    best = search.best_estimator_
    assert_allclose(ours.coef_, best.coef_, rtol=1e-8, atol=1e-8 * np.abs(best.coef_).max())
    assert_allclose(ours.cost_history_, best.cost_history_, rtol=1e-8)
    assert ours.n_iter_ == best.n_iter_
    return ours


# Splits and scorings know nothing of each other, nor do rules and scales: each at least once, not each with each.
@pytest.mark.parametrize(("splitter", "scoring"), list(zip(SPLITTERS, itertools.cycle(SCORINGS), strict=False)))
def test_every_splitter_and_scoring(diabetes, splitter, scoring):
    """Scores and choice are those of GridSearchCV, also where alphas diverge, with weights that hold zeros."""
    w = np.random.default_rng(2).integers(0, 4, M) / 2.0
    assert_same_search(*diabetes, cv=SPLITTERS[splitter], scoring=scoring, w=w, max_iter=200)


@pytest.mark.parametrize("splitter", GROUPED)
def test_groups_by_routing(diabetes, splitter):
    """Groups reach the splitter by metadata routing; without it they are refused, as scikit-learn refuses them."""
    assert_same_search(*diabetes, cv=GROUPED[splitter], groups=GROUPS, max_iter=100)
    with pytest.raises(ValueError, match="enable_metadata_routing"):
        GDLinearRegressorCV(cv=GROUPED[splitter]).fit(*diabetes, groups=GROUPS)


@pytest.mark.parametrize(
    ("optimizer", "standardize"), list(zip(OPTIMIZERS, itertools.cycle([False, True]), strict=False))
)
def test_every_optimizer(optimizer, standardize):
    """Scores and choice are those of GridSearchCV for each rule, on raw columns and with each split's own scales."""
    X, y = make_regression(90, 4, noise=10.0, random_state=0)
    options = {"optimizer": optimizer, "standardize": standardize, "max_iter": 60}
    assert_same_search(X * [1.0, 3.0, 0.5, 1.0] + 2.0, y, [0.01, 0.2, 2.5], **options)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler(diabetes, scheduler):
    """Scores and choice are those of GridSearchCV for each schedule."""
    assert_same_search(*diabetes, scheduler=scheduler, max_iter=80, cv=3)


@pytest.mark.parametrize(
    "options",
    [
        {"fit_intercept": False},
        {"tol": None, "init": np.linspace(-5, 5, 11)},
        {"init": "random", "random_state": 7},
        {"l2": 0.3},
        {"l2": [0.0, 0.1, 1.0], "cv": 4},
        {"precompute": False, "max_iter": 30},
        {"precompute": False, "max_iter": 30, "standardize": True, "optimizer": "momentum"},
        {"precompute": True},
        {"n_jobs": 2},
    ],
    ids=str,
)
def test_every_other_option(diabetes, options):
    """Scores and choice are those of GridSearchCV whatever else is set."""
    assert_same_search(*diabetes, **{"max_iter": 100, **options})


@pytest.mark.parametrize(("scoring", "precompute"), list(zip(SCORINGS, itertools.cycle([True, False]), strict=False)))
def test_several_targets(diabetes, scoring, precompute):
    """Several targets count equally, as scikit-learn averages them, whatever their scales."""
    X, y = diabetes
    Y = np.column_stack([y, np.sqrt(y), X[:, 0] + 1e-3 * y])
    assert_same_search(X, Y, scoring=scoring, precompute=precompute, max_iter=40, cv=3)


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array, np.asfortranarray, np.float32, pd.DataFrame])
@pytest.mark.parametrize("precompute", ["auto", False])
def test_every_container(diabetes, make, precompute):
    """Scores are those of the plain array; float32 keeps its own digits."""
    X, y = diabetes
    options = {"max_iter": 50, "precompute": precompute, "cv": KFold(3, shuffle=True, random_state=0)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference = GDLinearRegressorCV([0.01, 0.3], **options).fit(X, y)
        some = GDLinearRegressorCV([0.01, 0.3], **options).fit(make(X), y)
    assert_allclose(some.scores_, reference.scores_, rtol=1e-5 if make is np.float32 else 1e-11)
    assert some.coef_.dtype == (np.float32 if make is np.float32 else np.float64)


def test_wide_data():
    """More features than rows are descended row by row, with the same scores."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 600))
    ours = assert_same_search(X, X[:, :3].sum(axis=1) + 0.1 * rng.normal(size=40), [0.001, 0.01, 0.05], cv=4)
    with pytest.raises(AttributeError, match="row by row"):
        _ = ours.moments_


def test_constant_targets_in_a_split():
    """R² is 0 where the validation targets don't vary, and 1 where they are also met, as in scikit-learn."""
    X = np.r_[np.ones(4), 0.0, 1.0, 2.0, 3.0][:, np.newaxis]
    y = np.r_[np.ones(4), 0.0, 1.0, 2.0, 4.0]
    assert_same_search(X, y, [0.1, 0.5], cv=2, max_iter=20)
    search = GDLinearRegressorCV([0.1], cv=2, init=[0.0, 0.0], max_iter=1, tol=None).fit(X, 0.0 * y)
    assert_array_equal(search.scores_, [[1.0, 1.0]])


def test_the_fit_on_all_rows(diabetes):
    """The fitted attributes are those of GDLinearRegressor with the choice, and predictions are its own."""
    X, y = diabetes
    X = pd.DataFrame(X, columns=[f"x{j}" for j in range(10)])
    search = GDLinearRegressorCV([0.01, 0.3], l2=[0.0, 0.2]).fit(X, y)
    model = GDLinearRegressor(alpha=search.alpha_, l2=search.l2_).fit(X, y)
    assert_allclose(search.coef_, model.coef_, rtol=1e-9)
    assert_allclose(search.intercept_, model.intercept_, rtol=1e-9)
    assert_allclose(search.predict(X), model.predict(X), rtol=1e-9)
    assert_allclose(search.score(X, y), model.score(X, y), rtol=1e-9)
    assert search.diagnosis_.status == model.diagnosis_.status
    assert search.n_iter_ == model.n_iter_
    assert search.moments_.feature_names == model.moments_.feature_names == tuple(X.columns)
    assert_array_equal(search.feature_names_in_, X.columns)
    assert search.score_path_ is None
    assert search.n_splits_ == 5
    with pytest.raises(ValueError, match="feature names"):
        search.predict(X.rename(columns={"x0": "other"}))


def test_in_a_pipeline_and_cloned(diabetes):
    """It is an estimator among others: a step of a pipeline, cloned, with nested parameters."""
    X, y = diabetes
    pipeline = make_pipeline(StandardScaler(), GDLinearRegressorCV(3, optimizer=OPTIMIZERS["momentum"](), cv=3))
    pipeline.set_params(gdlinearregressorcv__optimizer__beta=0.5).fit(X, y)
    assert clone(pipeline).fit(X, y).predict(X) == pytest.approx(pipeline.predict(X), rel=1e-12)


@pytest.mark.parametrize("options", [{}, {"optimizer": "adam"}, {"optimizer": "rprop", "init": np.ones(11)}], ids=str)
def test_number_of_alphas(diabetes, options):
    """A number is a grid of so many rates over two decades, up to the smallest ``alpha="auto"`` of the splits."""
    X, y = diabetes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GDLinearRegressorCV(7, cv=3, max_iter=30, **options).fit(X, y)
        fits = [GDLinearRegressor(max_iter=1, **options).fit(X[train], y[train]) for train, _ in KFold(3).split(X)]
        assert GDLinearRegressorCV(1, max_iter=30, **options).fit(X, y).alphas_.shape == (1,)
    largest = min(model.alpha_ for model in fits)
    assert_allclose(search.alphas_, np.geomspace(0.01 * largest, largest, 7), rtol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_default_grid_suits_every_optimizer(diabetes, optimizer):
    """The default grid holds a rate with which each rule is near the best score."""
    X, y = diabetes
    best = GDLinearRegressorCV([0.3], cv=3).fit(X, y).best_score_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert GDLinearRegressorCV(5, cv=3, optimizer=optimizer).fit(X, y).best_score_ > best - 0.03


OVERFITTED = make_regression(60, 40, n_informative=5, noise=60.0, random_state=3)


@pytest.mark.parametrize(
    "options",
    [{}, {"optimizer": "momentum"}, {"standardize": True}, {"precompute": False}, {"scheduler": "inverse_time"}],
    ids=str,
)
def test_early_stopping_chooses_the_iterations(options):
    """The score along the path is that of fits of so many iterations, and its best one is the choice.

    So no grid over `max_iter` of GridSearchCV is better; the rates hold one that diverges.
    """
    X, y = OVERFITTED
    alphas, n_iters = [0.0005, 0.002, 0.02, 0.2, 5.0], [1, 30, 300]
    search = GDLinearRegressorCV(alphas, cv=4, early_stopping=True, max_iter=300, **options).fit(X, y)
    assert 0 < search.n_iter_ == np.argmax(search.score_path_) < 300
    assert search.best_score_ == search.score_path_[search.n_iter_]
    assert search.diagnosis_.status == "early_stopped"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        grid = {"alpha": alphas, "max_iter": [*n_iters, search.n_iter_]}
        theirs = GridSearchCV(GDLinearRegressor(**options), grid, cv=4).fit(X, y)
    assert search.best_score_ >= theirs.best_score_ - 1e-9
    for n_iter in [*n_iters, search.n_iter_]:
        place = theirs.cv_results_["params"].index({"alpha": search.alpha_, "max_iter": n_iter})
        ours = search.score_path_[min(n_iter, len(search.score_path_) - 1)]
        assert_allclose(ours, theirs.cv_results_["mean_test_score"][place], rtol=1e-9, atol=1e-9)
    whole = GDLinearRegressor(alpha=search.alpha_, **options, max_iter=search.n_iter_, tol=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert_allclose(search.coef_, whole.fit(X, y).coef_, rtol=1e-9, atol=1e-9)
    assert len(search.cost_history_) == search.n_iter_ + 1


def test_early_stopping_keeps_the_schedule():
    """A schedule that is stretched to `max_iter` stays so, though the descent ends before."""
    X, y = OVERFITTED
    search = GDLinearRegressorCV([0.1], early_stopping=True, scheduler="cosine", max_iter=300).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        costs = GDLinearRegressor(0.1, scheduler="cosine", max_iter=300, tol=None).fit(X, y).cost_history_
    assert_allclose(search.cost_history_, costs[: search.n_iter_ + 1], rtol=1e-9)


def test_early_stopping_does_an_iteration():
    """Where targets are noise the initial guess has the best score; a fit does one iteration at least."""
    X = np.random.default_rng(0).normal(size=(20, 8))
    y = np.where(np.arange(20) % 2, 1.0, -1.0)
    search = GDLinearRegressorCV([0.5], early_stopping=True, fit_intercept=False, cv=4).fit(X, y)
    assert np.argmax(search.score_path_) == 0
    assert search.n_iter_ == 1 + np.argmax(search.score_path_[1:]) == 1
    assert search.cost_history_.shape == (2,)


def test_early_stopping_is_no_excuse_for_a_small_alpha(diabetes):
    """A path that ends where the rates are too small, or with `max_iter`, has not been stopped: it is warned of."""
    with pytest.warns(ConvergenceWarning, match="stalled"):
        GDLinearRegressorCV([1e-8], early_stopping=True).fit(*diabetes)
    with pytest.warns(ConvergenceWarning, match="ran out of max_iter=5 "):
        GDLinearRegressorCV([1e-2], early_stopping=True, max_iter=5).fit(*diabetes)


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"l2": [0.0, 1.0]}], ids=str)
def test_one_warning(diabetes, options):
    """A search warns once, of the fit that was chosen, at the line of the user's call."""
    with pytest.warns(ConvergenceWarning, match=r"With the best of \d candidates: The descent ran out") as record:
        GDLinearRegressorCV([1e-6, 1e-5, 1e-4], max_iter=3, **options).fit(*diabetes)
    assert len(record) == 1
    assert record[0].filename == __file__


def test_warning_of_the_end_of_the_grid():
    """A best rate at the end of the grid is warned of where the score still rises there, and only there."""
    X, y = OVERFITTED
    options = {"early_stopping": True, "optimizer": "rprop", "max_iter": 30}
    with pytest.warns(
        ConvergenceWarning, match=r"is the largest of 2, and r2 still rises there by .*try larger alphas"
    ):
        GDLinearRegressorCV([0.02, 0.3], **options).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"is the smallest of 2.*try smaller alphas"):
        GDLinearRegressorCV([10.0, 30.0], **options).fit(X, y)


def test_good_fits_are_silent(diabetes):
    """A good fit is silent, also where other rates diverge or are too small."""
    GDLinearRegressorCV(ALPHAS).fit(*diabetes)
    GDLinearRegressorCV().fit(*diabetes)
    GDLinearRegressorCV(early_stopping=True, standardize=True).fit(*OVERFITTED)


def test_the_data_are_read_once(monkeypatch):
    """Each block of rows is multiplied once, however many folds, rates and penalties there are."""
    n_rows = []
    matmul = np.matmul

    def counting(a, b, out=None):
        n_rows.append(b.shape[0])
        return matmul(a, b, out=out)

    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 3))
    y = X.sum(axis=1) + rng.normal(size=20_000)
    for cv in (5, KFold(5, shuffle=True, random_state=0)):
        n_rows.clear()
        monkeypatch.setattr(moments_module.np, "matmul", counting)
        GDLinearRegressorCV([0.1, 0.5], l2=[0.0, 0.1], cv=cv).fit(X, y)
        monkeypatch.undo()
        assert sum(n_rows) == 20_000


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_moments_of_splits(splitter):
    """The moments of a split are those of its rows, however splits share readings and rows are repeated."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(M, 3)), rng.normal(size=M)
    splitter = sklearn.model_selection.check_cv(SPLITTERS[splitter])
    splits = [tuple(np.arange(M)[rows] for rows in split) for split in splitter.split(X)]
    pairs, whole = split_moments(X, y, None, splits)
    assert len(pairs) == len(splits)
    for moments, rows in [(whole, np.arange(M)), *zip(sum(pairs, ()), sum(splits, ()), strict=True)]:
        expected = Moments.of(X[rows], y[rows])
        assert moments.weight == expected.weight
        assert_allclose(moments.mean, expected.mean, atol=1e-13)
        assert_allclose(moments.scatter, expected.scatter, rtol=1e-12, atol=1e-11)


def test_partitions_are_their_own_cells():
    """The folds of a partition are the cells; a split whose cells would be too small begins a new reading."""
    cells = Cells.whole(1000)
    for train, test in KFold(5, shuffle=True, random_state=0).split(np.zeros(1000)):
        cells = cells.with_split(train, test)
    assert cells.n_cells == 5
    assert_array_equal(cells.counts.sum(axis=1), np.ones((5, 5)))
    assert_array_equal(np.sort(cells.counts[:, 1]), np.sort(np.eye(5, dtype=int)))
    consecutive = Cells.of_consecutive_folds(103, 5)
    for split, (train, test) in enumerate(KFold(5).split(np.zeros(103))):
        for counts, rows in zip(consecutive.counts[split], (train, test), strict=True):
            assert_array_equal(np.flatnonzero(counts[consecutive.numbers]), rows)


def test_leave_one_out(diabetes):
    """As many splits as rows: refused for R², which one row does not have, and scored by the squared error."""
    X, y = diabetes[0][:15], diabetes[1][:15]
    with pytest.raises(ValueError, match=r"R² is not defined for split 0, which validates with 1 rows"):
        GDLinearRegressorCV(cv=LeaveOneOut()).fit(X, y)
    assert_same_search(X, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error", max_iter=30)


class Counting:
    """A schedule with a memory, which halves the rate with each call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, t, max_iter):
        """Count the call."""
        self.calls += 1
        return 0.5**self.calls


def test_rules_of_ones_own_begin_afresh(diabetes):
    """A rule with a memory is copied for each descent, as GridSearchCV does, and the user's own one is not touched."""
    schedule = Counting()
    assert_same_search(*diabetes, [0.1, 0.3], scheduler=schedule, max_iter=10)
    assert schedule.calls == 0


def test_warm_start(diabetes):
    """The fit on all rows goes on where the last one ended; the search begins anew, and so does early stopping."""
    X, y = diabetes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GDLinearRegressorCV([0.1], max_iter=3, warm_start=True).fit(X, y)
        scores = search.scores_
        assert search.fit(X, y).n_iter_ == 6
        assert_array_equal(search.scores_, scores)
        assert_allclose(search.coef_, GDLinearRegressor(0.1, max_iter=6).fit(X, y).coef_, rtol=1e-10)
        search.set_params(early_stopping=True).fit(X, y)
        assert search.n_iter_ <= 3


def test_verbose(diabetes, capsys):
    """1 prints the mean score of each rate, 2 some costs of the fit on all rows too."""
    search = GDLinearRegressorCV([0.1, 0.3], verbose=1).fit(*diabetes)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"alpha={alpha:.3g}, l2=0: r2 = {search.scores_[i].mean():.6g}" for i, alpha in enumerate([0.1, 0.3])
    ]
    search.set_params(verbose=2).fit(*diabetes)
    assert "iteration 0: cost = " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scoring": "neg_mean_absolute_error"}, r"None or one of 'r2'.*GridSearchCV\(GDLinearRegressor"),
        ({"scoring": get_scorer("r2")}, "The 'scoring' parameter of GDLinearRegressorCV"),
        ({"alphas": 0}, "The 'alphas' parameter of GDLinearRegressorCV"),
        ({"alphas": [0.1, -0.1]}, "alphas must be one or more numbers above 0"),
        ({"alphas": [[0.1]]}, "alphas must be one or more numbers above 0"),
        ({"alphas": []}, r"alphas must be one or more numbers above 0, in one dimension. Got \[\] instead"),
        ({"l1": []}, "l1 must be one or more numbers"),
        ({"l2": np.array(["2020-01-01"], dtype="M8[D]")}, "l2 holds"),
        ({"init": []}, r"init has shape \(0,\)"),
        ({"init": [[]]}, r"init has shape \(1, 0\)"),
        ({"l2": [-1.0, 0.0]}, "l2 must be one or more numbers of at least 0"),
        ({"cv": 1}, "'cv' parameter of GDLinearRegressorCV"),
        ({"cv": 1000}, "n_splits=1000"),
        ({"cv": []}, "no splits"),
        ({"cv": [([], [1, 2])]}, "Split 0 has no rows of positive weight to train on"),
        ({"optimizer": "none"}, "The 'optimizer' parameter of GDLinearRegressorCV"),
    ],
)
def test_refused(diabetes, options, message):
    """What can't be is refused, with what is allowed; the estimator stays unfitted."""
    search = GDLinearRegressorCV(**options)
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(*diabetes)
    with pytest.raises(NotFittedError):
        search.predict(diabetes[0])
    with pytest.raises(NotFittedError):
        _ = search.moments_


def test_weights_of_a_split_may_not_vanish(diabetes):
    """A split without weight to train on, or to validate with, is named."""
    w = np.ones(M)
    w[:89] = 0.0
    with pytest.raises(ValueError, match="Split 0 has no rows of positive weight to validate with"):
        GDLinearRegressorCV().fit(*diabetes, w)


def test_squares_that_overflow_in_the_sum_of_folds_alone():
    """Folds far from one another overflow together, if not alone: an error, as in a fit."""
    X = np.random.default_rng(0).normal(size=(100, 2)) + np.where(np.arange(100) < 20, 1.2e154, -1.2e154)[:, np.newaxis]
    for estimator in (GDLinearRegressor(), GDLinearRegressorCV()):
        with pytest.raises(ValueError, match="The squares of X or y overflow float64"):
            estimator.fit(X, np.arange(100.0))


def test_a_failing_fit_changes_nothing(diabetes):
    """After an error the estimator is the fitted one that it was."""
    X, y = diabetes
    search = GDLinearRegressorCV([0.3]).fit(X, y)
    coef = search.coef_.copy()
    with pytest.raises(ValueError, match="NaN"):
        search.fit(np.where(np.arange(M)[:, None] == 3, np.nan, X), y)
    assert_array_equal(search.coef_, coef)
    assert search.n_features_in_ == 10


@pytest.mark.parametrize("others", [[0.0, 1e6], [1e6, 0.0]], ids=str)
@pytest.mark.parametrize("alphas", [[0.3, 0.02], [10.0, 30.0]], ids=str)
def test_the_end_of_the_grid_is_that_of_the_chosen_penalty(alphas, others):
    """Beside other penalties, before or after, a search says of its rates what it says with the best one alone."""
    options = {"early_stopping": True, "optimizer": "rprop", "max_iter": 30}
    said = []
    for l2 in (others, None):
        search = GDLinearRegressorCV(alphas, l2=l2 or said[0][1], **options)
        with pytest.warns(ConvergenceWarning) as caught:
            search.fit(*OVERFITTED)
        said.append((str(caught[0].message), search.l2_))
    assert said[0] == said[1]
    assert ("larger" if max(alphas) < 1.0 else "smaller") in said[0][0]


def test_of_equal_scores_the_first_counts():
    """Where rates and penalties reach the same, the choice is the first one of the grid, as in GridSearchCV."""
    X = np.random.default_rng(0).normal(size=(20, 2))
    search = assert_same_search(X, np.zeros(20), [0.1, 0.3, 0.2], l2=[0.5, 0.0], max_iter=5)
    assert (search.alpha_, search.l2_) == (0.1, 0.5)


def test_what_a_search_had_fitted_stays(diabetes):
    """A warm start goes on from the fit of the last search, and leaves that one to whom it was handed."""
    X, y = diabetes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GDLinearRegressorCV([0.1], max_iter=3, warm_start=True).fit(X, y)
        model, coef = search.best_estimator_, search.coef_.copy()
        search.fit(X, y)
    assert search.n_iter_ == 6
    assert model.n_iter_ == 3
    assert_array_equal(model.coef_, coef)


@pytest.mark.parametrize(("alpha", "tol"), [(0.005, 0.2), (0.01, 0.5)])
def test_early_stopping_does_all_iterations_that_it_has_chosen(alpha, tol):
    """The fit on all rows takes as many as the splits say, though its own moves are below `tol` before."""
    X, y = OVERFITTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GDLinearRegressorCV([alpha], early_stopping=True, max_iter=300, tol=tol).fit(X, y)
        assert GDLinearRegressor(alpha, max_iter=300, tol=tol).fit(X, y).n_iter_ < search.n_iter_
    assert search.n_iter_ == 1 + np.argmax(search.score_path_[1:])
    assert len(search.cost_history_) == search.n_iter_ + 1


@pytest.mark.parametrize("scoring", SCORINGS[1:])
@pytest.mark.parametrize("alphas", [[0.02, 0.3], [10.0, 30.0]], ids=str)
def test_the_end_of_the_grid_in_any_unit(scoring, alphas):
    """Whether the score rises there does not depend on the unit of `y`."""
    X, y = OVERFITTED
    options = {"early_stopping": True, "max_iter": 30, "tol": None, "scoring": scoring}
    said = []
    for unit in (1.0, 2.0**-20, 2.0**20):
        rates = np.multiply(alphas, unit)  # Rprop's rates are lengths, in the unit of y
        search = GDLinearRegressorCV(rates, optimizer=Rprop(step_min=1e-6 * unit, step_max=50.0 * unit), **options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            search.fit(X, y * unit)
        said.append([str(warning.message).partition(" of 2")[0].partition("is the ")[2] for warning in caught])
    assert said == [["largest" if alphas[0] < 1.0 else "smallest"]] * 3


@pytest.mark.parametrize("scoring", SCORINGS[1:])
@pytest.mark.parametrize("unit", [1.0, 2.0**-40, 2.0**40])
def test_a_score_that_still_rises_in_any_unit(diabetes, scoring, unit):
    """A rate that the iterations were too few for is warned of, in whatever unit the errors are."""
    X, y = diabetes
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        GDLinearRegressorCV([0.01], max_iter=3, tol=None, scoring=scoring).fit(X, y * unit)


def test_the_largest_of_a_number_of_rates_is_no_end(diabetes):
    """A grid of so many rates ends at the largest that does no harm: to name larger ones would."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        search = GDLinearRegressorCV(3, max_iter=60, early_stopping=True).fit(*diabetes)
    assert search.alpha_ == search.alphas_[-1]


def test_the_remedy_of_a_grid(diabetes):
    """Rates that were given may be the fault, and a number of rates instead helps; one that is there can't be."""
    for alphas, blamed in (([1e-7, 1e-6], True), (3, False)):
        search = GDLinearRegressorCV(alphas, max_iter=3)
        with pytest.warns(ConvergenceWarning):
            search.fit(*diabetes)
        remedy = search.diagnosis_.remedy
        assert ("alphas" in remedy) == blamed
        assert remedy
        assert set(remedy) <= set(search.get_params())


def test_a_score_that_hardly_rises_is_no_end_of_the_grid():
    """Two rates that reach the same to 0.001 say nothing of smaller or larger ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        search = GDLinearRegressorCV([0.3, 0.3000001], early_stopping=True, optimizer="rprop", max_iter=30)
        scores = search.fit(*OVERFITTED).scores_.mean(axis=1)
    assert 0.0 < abs(scores[1] - scores[0]) < 1e-3


class Tiring:
    """An optimizer with a memory, whose steps become shorter with each call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, theta, gradient, alpha):
        """Count the call."""
        self.calls += 1
        return theta - alpha * 0.9**self.calls * gradient


def test_optimizers_of_ones_own_begin_afresh(diabetes):
    """One with a memory is copied for each descent; a function, which nothing can copy, is called as it is."""
    optimizer = Tiring()
    assert_same_search(*diabetes, [0.1, 0.3], optimizer=optimizer, max_iter=10, cv=3)
    assert optimizer.calls == 0
    assert_same_search(*diabetes, [0.1, 0.3], optimizer=lambda theta, g, alpha: theta - alpha * g, max_iter=10, cv=3)
