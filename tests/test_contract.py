"""What scikit-learn and its users rely on beyond the estimator checks."""

import inspect
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, KFold
from threadpoolctl import threadpool_info

from sklearn_gd import (
    GDLinearRegressor,
    GDLinearRegressorCV,
    Moments,
    alpha_limits,
    descent_path,
    optimizers,
    schedulers,
)
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RULES = [*OPTIMIZERS.values(), *SCHEDULERS.values()]


@pytest.fixture(scope="module")
def rows():
    """Return 60 rows of three features, and targets."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    return X, X @ [1.0, 2.0, 3.0] + rng.normal(size=60)


class TestRules:
    """Built-in optimizers and schedulers are values."""

    @pytest.mark.parametrize("rule", RULES)
    def test_are_equal_by_value(self, rule):
        """Copies are the same key; another parameter, also by `set_params`, makes another one."""
        one = rule()
        for copy in (rule(), clone(one), pickle.loads(pickle.dumps(one)), rule(**one.get_params(deep=False))):
            assert copy == one
            assert hash(copy) == hash(one)
            assert {one: "found"}[copy] == "found"
        for name, value in one.get_params(deep=False).items():
            other = clone(one).set_params(**{name: "linear" if name == "scheduler" else min(0.75 * value, 10.0) + 0.1})
            assert other != one
            assert len({one, other, clone(other)}) == 2

    def test_are_keys_of_different_kinds(self):
        """No two rules are one key."""
        assert len({rule() for rule in RULES}) == len(RULES)

    def test_have_an_order(self):
        """They can be sorted, by name and then by number; other things are not among them."""
        given = [optimizers.Nesterov(), optimizers.Momentum(0.9), optimizers.Adam(), optimizers.Momentum(0.5)]
        right = [optimizers.Adam(), optimizers.Momentum(0.5), optimizers.Momentum(0.9), optimizers.Nesterov()]
        assert sorted(given) == right
        assert sorted([schedulers.Warmup("step"), schedulers.Warmup(schedulers.Linear())])
        with pytest.raises(TypeError, match="not supported"):
            sorted([optimizers.Adam(), 1])

    def test_pandas_groups_the_results_of_a_search(self, rows):
        """By a parameter that is a rule, alone and beside others."""
        grid = {
            "optimizer": [optimizers.Momentum(), optimizers.Momentum(0.5), optimizers.Adam(), "gd"],
            "scheduler": [schedulers.Warmup("cosine"), schedulers.Linear()],
        }
        results = pd.DataFrame(GridSearchCV(GDLinearRegressor(max_iter=5), grid, cv=2).fit(*rows).cv_results_)
        means = results.groupby("param_optimizer")["mean_test_score"].mean().to_dict()
        for optimizer in grid["optimizer"]:
            own = results["mean_test_score"][[one == optimizer for one in results["param_optimizer"]]]
            assert means[optimizer] == pytest.approx(own.mean())
        table = results.pivot_table(index="param_optimizer", columns="param_scheduler", values="mean_test_score")
        assert table.shape == (4, 2)

    @pytest.mark.parametrize("rule", RULES)
    def test_out_of_range_and_called_directly(self, rule):
        """A parameter that a fit refuses, the rule itself refuses with the same words, for one iteration and for many.

        Some would never return.
        """
        is_optimizer = rule in OPTIMIZERS.values()
        calls = [(np.ones(2), np.ones(2), 0.1)] if is_optimizer else [(50, 100), (np.arange(50), 100)]
        for name in inspect.signature(rule).parameters:
            for value in (-1, "much", None, np.nan, True):
                bad = rule(**{name: value})
                with pytest.raises(ValueError, match=f"The '{name}' parameter of {rule.__name__} must be") as refused:
                    GDLinearRegressor(**{"optimizer" if is_optimizer else "scheduler": bad}).fit([[1.0], [2.0]], [1, 2])
                for call in calls:
                    with pytest.raises(ValueError, match="must be") as direct:
                        bad(*call)
                    assert str(direct.value) == str(refused.value)

    def test_limits_that_were_endless(self):
        """Zero iterations of a wave, or no growth of it, also where another schedule begins it."""
        for bad in (
            schedulers.CosineRestarts(T_mult=0),
            schedulers.CosineRestarts(T_0=0, T_mult=2),
            schedulers.Warmup(schedulers.CosineRestarts(T_mult=0), 5),
            schedulers.Warmup("cosin"),
            schedulers.Step(0),
            schedulers.InverseTime(decay_steps=0),
            optimizers.Momentum(beta=2).__call__,
        ):
            arguments = (np.ones(1), np.ones(1), 0.1) if inspect.ismethod(bad) else (200, 1000)
            with pytest.raises(ValueError, match="must be"):
                bad(*arguments)


class TestPartialFit:
    """It is there where it can be done, as for scikit-learn's estimators."""

    def test_is_there_or_not(self, rows):
        """Its absence has a reason, and ends with it; what was fitted stays."""
        for options, remedy in (
            ({"early_stopping": True}, "set early_stopping=False"),
            ({"precompute": False}, "set precompute=True"),
            ({"early_stopping": True, "precompute": False}, "set "),
        ):
            model = GDLinearRegressor(max_iter=5).partial_fit(*rows).set_params(**options)
            assert not hasattr(model, "partial_fit")
            with pytest.raises(AttributeError, match="no attribute 'partial_fit'") as caught:
                model.partial_fit(*rows)
            assert remedy in str(caught.value.__cause__)
            model.set_params(early_stopping=False, precompute="auto").partial_fit(*rows)
            assert model.moments_.weight == 120
        assert not hasattr(GDLinearRegressorCV(), "partial_fit")

    def test_on_the_class(self):
        """There is the method, with its signature, and its metadata can be requested."""
        assert list(inspect.signature(GDLinearRegressor.partial_fit).parameters) == ["self", "X", "y", "sample_weight"]
        with sklearn.config_context(enable_metadata_routing=True):
            model = GDLinearRegressor().set_partial_fit_request(sample_weight=True)
        assert model.get_metadata_routing().partial_fit.requests == {"sample_weight": True}


class TestWarmStart:
    """It goes on from numbers of a shape that fits, and says what does not."""

    @pytest.mark.parametrize(
        "options",
        [
            *({"optimizer": name} for name in OPTIMIZERS),
            {"fit_intercept": False},
            {"standardize": True, "scheduler": "linear"},
            {"precompute": False},
            {"early_stopping": True},
        ],
        ids=str,
    )
    def test_one_target_and_a_column_of_it(self, options, rows):
        """The descent goes on as if the targets had had that shape before, with the state of the optimizer."""
        X, y = rows
        options = {"max_iter": 3, "tol": None, "random_state": 0, "warm_start": True} | options
        for before, after in ((y, y[:, np.newaxis]), (y[:, np.newaxis], y)):
            model = GDLinearRegressor(**options).fit(X, before).fit(X, after)
            right = GDLinearRegressor(**options).fit(X, after).fit(X, after)
            assert model.coef_.shape == right.coef_.shape
            assert np.shape(model.intercept_) == np.shape(right.intercept_)
            assert model.n_iter_ == right.n_iter_
            assert_allclose(model.coef_, right.coef_, rtol=1e-12)
            assert_allclose(model.cost_history_, right.cost_history_, rtol=1e-12)

    def test_attributes_of_the_other_shape(self, rows):
        """Those that someone has set are reshaped too, in a search as well."""
        X, y = rows
        for before, after in ((y, y[:, np.newaxis]), (y[:, np.newaxis], y)):
            model = GDLinearRegressor(max_iter=3, warm_start=True).fit(X, before)
            right = GDLinearRegressor(max_iter=3, warm_start=True).fit(X, after)
            model.coef_, right.coef_ = 2.0 * model.coef_, 2.0 * right.coef_
            assert_allclose(model.fit(X, after).coef_, right.fit(X, after).coef_, rtol=1e-12)
            search = GDLinearRegressorCV(alphas=2, cv=2, max_iter=3, warm_start=True).fit(X, before)
            assert search.fit(X, after).n_iter_ == 6

    @pytest.mark.parametrize(
        "value",
        [None, "none", [None, 1, 2], [1, np.nan, 2], object(), [1j, 0, 0]],
        ids=["None", "word", "None inside", "NaN inside", "object", "complex"],
    )
    def test_attributes_that_are_no_numbers(self, value, rows):
        """A sentence names the attribute and the remedy, and the estimator stays as it was."""
        for call in (
            GDLinearRegressor(max_iter=3, warm_start=True).fit(*rows).fit,
            GDLinearRegressor(max_iter=3).fit(*rows).partial_fit,
        ):
            model = call.__self__
            before = model.coef_, model.intercept_
            for name, own in zip(("coef_", "intercept_"), before, strict=True):
                setattr(model, name, value)
                with pytest.raises(ValueError, match=rf"but {name} is .* Set it to numbers, or set warm_start=False\."):
                    call(*rows)
                assert getattr(model, name) is value
                setattr(model, name, own)

    @pytest.mark.parametrize("value", [5.0, [1, 2], np.ones((2, 3)), np.ones((3, 1)), []], ids=repr)
    def test_attributes_of_a_wrong_shape(self, value, rows):
        """The two shapes are told."""
        model = GDLinearRegressor(max_iter=3, warm_start=True).fit(*rows)
        model.coef_ = value
        with pytest.raises(ValueError, match=r"from a theta of shape \(.*theta has shape \(4,\)"):
            model.fit(*rows)
        model = GDLinearRegressor(max_iter=3, warm_start=True).fit(*rows)
        model.intercept_ = [1.0, 2.0]
        with pytest.raises(ValueError, match=r"intercept_ has shape \(2,\)"):
            model.fit(*rows)

    def test_lists_do(self, rows):
        """Coefficients may be set as a list."""
        models = [GDLinearRegressor(max_iter=3, warm_start=True).fit(*rows) for _ in range(2)]
        models[0].coef_, models[1].coef_ = [1, 2, 3], np.array([1.0, 2.0, 3.0])
        assert_array_equal(*(model.fit(*rows).coef_ for model in models))


class TestNames:
    """Names that are forgotten, and names in errors."""

    def test_a_refit_forgets_names(self, rows):
        """What a refit has not seen is not known any more, by any part of the fitted estimator."""
        X, y = rows
        frame = pd.DataFrame(X, columns=["a", "b", "c"])
        search = GDLinearRegressorCV(alphas=2, cv=2, warm_start=True, max_iter=3).fit(frame, y).fit(X, y)
        models = [search, search.best_estimator_, search.to_linear_regression()]
        for refit in (
            lambda model: model.fit(X, y),
            lambda model: model.fit_moments(Moments.of(X, y)),
            lambda model: model.set_params(precompute=False).fit(X, y),
        ):
            models.append(refit(GDLinearRegressor(warm_start=True, max_iter=3).fit(frame, y)))
        for model in models:
            assert not hasattr(model, "feature_names_in_")
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                model.predict(X)
        assert search.moments_.feature_names == ()

    def test_errors_name_what_was_called(self, rows):
        """NaN, infinity and another number of features, in what is read at once, row by row, and by a search."""
        X, y = rows
        bad = X.copy()
        bad[7, 1] = np.nan
        fitted = GDLinearRegressorCV(alphas=2, cv=2, max_iter=3).fit(X, y)
        few = X[:, :2]
        for call, owner in (
            (lambda: GDLinearRegressor().fit(bad, y), "GDLinearRegressor"),
            (lambda: GDLinearRegressor(precompute=False).fit(bad, y), "GDLinearRegressor"),
            (lambda: GDLinearRegressorCV(cv=2).fit(bad, y), "GDLinearRegressorCV"),
            (lambda: GDLinearRegressorCV(cv=2, precompute=False).fit(bad, y), "GDLinearRegressorCV"),
            (lambda: GDLinearRegressorCV(cv=KFold(2, shuffle=True)).fit(bad, y), "GDLinearRegressorCV"),
            (lambda: fitted.predict(bad), "GDLinearRegressorCV"),
            (lambda: fitted.score(bad, y), "GDLinearRegressorCV"),
            (lambda: Moments.of(bad, y), "Moments"),
            (lambda: alpha_limits(bad), "alpha_limits"),
            (lambda: descent_path(bad, y, [0.1]), "descent_path"),
        ):
            with pytest.raises(ValueError, match=rf"^Input X contains NaN.\n{owner} does not accept"):
                call()
        for call in (fitted.predict, lambda X: fitted.score(X, y)):
            with pytest.raises(ValueError, match="X has 2 features, but GDLinearRegressorCV is expecting 3 features"):
                call(few)
        with pytest.warns(UserWarning, match="but GDLinearRegressorCV was fitted without feature names"):
            fitted.predict(pd.DataFrame(X, columns=["a", "b", "c"]))
        with pytest.raises(ValueError, match="minimum of 1 is required by Moments"):
            Moments.of(np.empty((0, 2)), [])
        with pytest.raises(ValueError, match="This Moments estimator requires y"):
            Moments.of(X, None)


class TestSplits:
    """Splits that can be asked for once."""

    def test_a_generator_is_asked_once(self, rows):
        """Whether routing is on, and whoever has asked for the routing before."""
        X, y = rows
        right = GDLinearRegressorCV(alphas=2, cv=3, max_iter=5).fit(X, y)
        for routing in (False, True):
            for make in (KFold(3).split, lambda X: iter(list(KFold(3).split(X))), lambda X: list(KFold(3).split(X))):
                with sklearn.config_context(enable_metadata_routing=routing):
                    search = GDLinearRegressorCV(alphas=2, cv=make(X), max_iter=5)
                    search.get_metadata_routing()
                    assert_allclose(search.fit(X, y).scores_, right.scores_, rtol=1e-12)

    def test_a_used_up_generator(self, rows):
        """The sentence says what it is, and the search stays as it was; with `GridSearchCV` it is an error too."""
        X, y = rows
        search = GDLinearRegressorCV(alphas=2, cv=KFold(3).split(X), max_iter=5).fit(X, y)
        scores = search.scores_
        with pytest.raises(ValueError, match=r"cv yields no splits; a generator yields its splits only once"):
            search.fit(X, y)
        assert search.scores_ is scores
        grid = GridSearchCV(GDLinearRegressor(max_iter=5), {"alpha": [0.1]}, cv=KFold(3).split(X)).fit(X, y)
        with pytest.raises(ValueError, match="No fits were performed"):
            grid.fit(X, y)


@pytest.mark.parametrize(
    ("n_samples", "fraction", "remedy"),
    [
        (1, 0.1, "use more rows"),
        (1, 0.9, "use more rows"),
        (2, 0.9, "smaller validation_fraction"),
        (5, 0.99, "smal"),
    ],
)
def test_too_few_rows_to_hold_some_out(n_samples, fraction, remedy, rows):
    """The sentence has the number of rows and the remedy; rows of weight zero do not count."""
    X, y = rows
    model = GDLinearRegressor(early_stopping=True, validation_fraction=fraction)
    w = np.r_[np.ones(n_samples), np.zeros(5)]
    for call in (
        lambda: model.fit(X[:n_samples], y[:n_samples]),
        lambda: model.fit(X[: n_samples + 5], y[: n_samples + 5], w),
    ):
        with pytest.raises(
            ValueError, match=rf"validation_fraction={fraction}, .*\(n_samples={n_samples}\); .*{remedy}"
        ):
            call()


FORK = """
import os, threading
from threadpoolctl import threadpool_info
import numpy as np
from sklearn_gd import GDLinearRegressor
from sklearn_gd._data.threads import SINGLE_THREADED

count = lambda: {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
before, inside, leave = count(), threading.Event(), threading.Event()

def fit_elsewhere():
    with SINGLE_THREADED:
        inside.set()
        leave.wait()

thread = threading.Thread(target=fit_elsewhere, daemon=True)

def forked(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0

def as_before():
    assert count() == before, count()
    with SINGLE_THREADED as n_threads:
        assert n_threads == max(before) and count() == {1}
    GDLinearRegressor(max_iter=3, tol=None).fit(np.arange(6.0).reshape(3, 2), np.arange(3.0))
    assert count() == before, count()

def limited():
    assert count() == {1}, count()
    with SINGLE_THREADED:
        assert count() == {1}
    assert count() == {1}, count()

thread.start()
inside.wait()
forked(as_before)
with SINGLE_THREADED:
    forked(limited)
leave.set()
thread.join()
assert count() == before
forked(as_before)
print("as before")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.skipif(
    not any(one["user_api"] == "blas" for one in threadpool_info()), reason="BLAS has no threads to set"
)
def test_fork_while_another_thread_fits():
    """BLAS keeps its threads in the child, where that thread is not; a fork from within a fit keeps its limit."""
    # Newer versions of Python warn of any fork beside threads.
    two = os.environ | {f"{library}_NUM_THREADS": "2" for library in ("OPENBLAS", "MKL", "BLIS", "OMP")}
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=two)
    assert run.stdout == "as before\n", run.stdout + run.stderr


@pytest.mark.parametrize("kind", [GDLinearRegressor, GDLinearRegressorCV])
def test_parameters_are_checked_as_scikit_learn_checks_them(kind):
    """For each parameter and a value of any kind there is scikit-learn's error, or none; defaults have none."""
    for name in kind().get_params(deep=False):
        for value in (None, True, 0, -1, 1.5, 10**6, "auto", "x", [1.0], object(), np.float32(0.5), np.nan, kind):
            model, messages = kind(**{name: value}), []
            for check in (BaseEstimator._validate_params, kind._validate_params):
                try:
                    check(model)
                    messages.append("")
                except ValueError as error:
                    messages.append(str(error))
            assert messages[0] == messages[1]
    kind()._validate_params()


def test_defaults_of_a_subclass_are_checked():
    """A default that is not valid is refused, under the name of the subclass; parameters of its own may be anything."""

    class Mine(GDLinearRegressor):
        def __init__(self, alpha=-1.0, extra=None, **others):
            super().__init__(alpha, **others)
            self.extra = extra

    with pytest.raises(ValueError, match=r"'alpha' parameter of Mine must be .* Got -1.0"):
        Mine().fit([[0.0], [1.0]], [0.0, 1.0])
    assert Mine(0.1, extra="x", max_iter=3).fit([[0.0], [1.0]], [0.0, 1.0]).n_iter_ == 3
