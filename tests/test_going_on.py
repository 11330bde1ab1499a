"""Going on: warm starts and chunks are one long descent, where that is honest."""

import pickle
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge

from sklearn_gd import GDLinearRegressor, alpha_limits, optimizers, schedulers
from sklearn_gd.optimizers import OPTIMIZERS

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Schedules that do not depend on max_iter.
TIMELESS = ["constant", "exponential", "step", "inverse_time", "invscaling", "cosine_restarts"]


def assert_same_fit(one, other, rtol=1e-10):
    """Assert that two descents are one: to the rounding of their iterates."""
    assert one.n_iter_ == other.n_iter_
    assert_allclose(one.cost_history_, other.cost_history_, rtol=rtol)
    assert_allclose(one.coef_, other.coef_, rtol=rtol, atol=rtol * np.abs(other.coef_).max())
    assert_allclose(one.intercept_, other.intercept_, rtol=rtol)
    assert one.diagnosis_.status == other.diagnosis_.status


@quiet
class TestWarmStart:
    """3 + 3 iterations equal 6."""

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("alpha", ["auto", 0.03])
    @pytest.mark.parametrize("precompute", [True, False])
    def test_every_optimizer(self, diabetes, optimizer, alpha, precompute):
        """Coefficients, history, count and rate are those of one fit."""
        X, y = diabetes
        options = {"alpha": alpha, "optimizer": optimizer, "precompute": precompute, "tol": None}
        parts = GDLinearRegressor(max_iter=3, warm_start=True, **options)
        whole = GDLinearRegressor(max_iter=6, **options).fit(X, y)
        assert parts.fit(X, y).n_iter_ == 3
        assert_same_fit(parts.fit(X, y), whole)
        assert len(parts.cost_history_) == 7
        assert parts.alpha_ == whole.alpha_

    @pytest.mark.parametrize("scheduler", TIMELESS)
    @pytest.mark.parametrize("optimizer", ["gd", "adam"])
    def test_schedules_of_time_alone(self, diabetes, scheduler, optimizer):
        """The count of iterations goes on, in the loop and in closed form."""
        X, y = diabetes
        options = {"optimizer": optimizer, "scheduler": scheduler, "tol": None}
        parts = GDLinearRegressor(max_iter=150, warm_start=True, **options).fit(X, y).fit(X, y)
        assert_same_fit(parts, GDLinearRegressor(max_iter=300, **options).fit(X, y))

    def test_other_schedules_are_told_the_sum(self, diabetes):
        """One that depends on `max_iter` sees the iterations done and `max_iter` together."""
        calls = []

        def scheduler(t, max_iter):
            calls.append((t, max_iter))
            return 1.0

        model = GDLinearRegressor(scheduler=scheduler, max_iter=3, tol=None, warm_start=True, optimizer="momentum")
        model.fit(*diabetes)
        calls.clear()
        model.fit(*diabetes)
        assert {(3, 6), (4, 6), (5, 6)} <= set(calls)
        assert {max_iter for _, max_iter in calls} == {6}

    @pytest.mark.parametrize("n_targets", [None, 1, 2])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("standardize", [True, False])
    def test_every_shape(self, diabetes, n_targets, fit_intercept, standardize):
        """With several targets, without an intercept, in standardised coordinates."""
        X, y = diabetes
        X = X * 3.0 + 1.0
        y = y if n_targets is None else np.column_stack([y, X[:, 0]])[:, :n_targets]
        options = {"optimizer": "momentum", "tol": None, "fit_intercept": fit_intercept, "standardize": standardize}
        parts = GDLinearRegressor(max_iter=30, warm_start=True, **options).fit(X, y).fit(X, y)
        assert_same_fit(parts, GDLinearRegressor(max_iter=60, **options).fit(X, y))

    def test_float32(self, diabetes):
        """The descent goes on from its own parameters, not from the float32 that are reported."""
        X, y = (part.astype(np.float32) for part in diabetes)
        options = {"optimizer": "adam", "tol": None}
        parts = GDLinearRegressor(max_iter=30, warm_start=True, **options).fit(X, y).fit(X, y)
        assert_array_equal(
            parts.cost_history_[30:], GDLinearRegressor(max_iter=60, **options).fit(X, y).cost_history_[30:]
        )

    def test_converged(self, diabetes):
        """A descent that has arrived takes one more step."""
        model = GDLinearRegressor(optimizer="momentum", warm_start=True).fit(*diabetes)
        n_iter = model.n_iter_
        assert model.fit(*diabetes).n_iter_ == n_iter + 1
        assert model.diagnosis_.status == "converged"

    def test_pickles_go_on(self, diabetes):
        """The state travels with a pickle; a clone begins anew."""
        model = GDLinearRegressor(optimizer="adam", max_iter=3, tol=None, warm_start=True).fit(*diabetes)
        copy = pickle.loads(pickle.dumps(model))
        assert_array_equal(copy.fit(*diabetes).coef_, model.fit(*diabetes).coef_)
        assert clone(model).fit(*diabetes).n_iter_ == 3

    def test_other_data(self, diabetes):
        """The momentum is kept, the cost is that of the new data, and the history tells both."""
        X, y = diabetes
        model = GDLinearRegressor(0.1, optimizer="momentum", max_iter=5, tol=None, warm_start=True).fit(X, y)
        before, coef, intercept = model.cost_history_, model.coef_, model.intercept_
        model.fit(X, 2 * y)
        assert_array_equal(model.cost_history_[:5], before[:5])
        assert_allclose(model.cost_history_[5], np.mean((X @ coef + intercept - 2 * y) ** 2) / 2)
        assert model.n_iter_ == 10

    @pytest.mark.parametrize(
        "change",
        [
            {"optimizer": "momentum"},
            {"optimizer": optimizers.Adam(beta1=0.5)},
            {"scheduler": "exponential"},
        ],
        ids=str,
    )
    def test_another_rule(self, diabetes, change):
        """With another optimizer or scheduler only theta is kept, as an initial guess."""
        X, y = diabetes
        model = GDLinearRegressor(0.1, optimizer="adam", max_iter=5, tol=None, warm_start=True).fit(X, y)
        init = np.append(model.intercept_, model.coef_)
        model.set_params(**change).fit(X, y)
        assert model.n_iter_ == 5
        expected = clone(model).set_params(init=init).fit(X, y)
        assert_same_fit(model, expected)

    def test_a_rule_that_was_changed_in_place(self, diabetes):
        """So it is when a parameter of the same optimizer or scheduler has changed."""
        X, y = diabetes
        model = GDLinearRegressor(
            0.1,
            optimizer=optimizers.Momentum(),
            scheduler=schedulers.Warmup("constant"),
            max_iter=5,
            tol=None,
            warm_start=True,
        )
        assert model.fit(X, y).fit(X, y).n_iter_ == 10
        assert model.set_params(optimizer__beta=0.5).fit(X, y).n_iter_ == 5
        assert model.set_params(scheduler__warmup_steps=3).fit(X, y).n_iter_ == 5
        assert model.fit(X, y).n_iter_ == 10

    @pytest.mark.parametrize("parameter", ["optimizer", "scheduler"])
    def test_a_rule_of_ones_own_that_was_changed_in_place(self, diabetes, parameter):
        """One with parameters is compared with what it was; it is the user's object that is called, not a copy."""

        @dataclass
        class Own(BaseEstimator):
            factor: float = 1.0

            def __call__(self, *args):
                calls.append(self)
                return self.factor if parameter == "scheduler" else args[0] - self.factor * args[2] * args[1]

        calls, own = [], Own()
        model = GDLinearRegressor(0.1, max_iter=5, tol=None, warm_start=True, **{parameter: own})
        assert model.fit(*diabetes).fit(*diabetes).n_iter_ == 10
        assert all(called is own for called in calls)
        assert model.set_params(**{f"{parameter}__factor": 0.5}).fit(*diabetes).n_iter_ == 5

    def test_other_coordinates(self, diabetes):
        """Standardised by other means, the descent begins anew from where the user's coefficients are."""
        X, y = diabetes
        model = GDLinearRegressor(0.1, standardize=True, max_iter=5, tol=None, warm_start=True).fit(X, y)
        model.fit(X + np.arange(10.0), y)  # the same scales
        assert model.n_iter_ == 5

    @pytest.mark.parametrize("in_place", [True, False])
    def test_a_changed_coef(self, diabetes, in_place):
        """Who sets the coefficients starts there, with no momentum."""
        X, y = diabetes
        model = GDLinearRegressor(0.1, optimizer="momentum", max_iter=5, tol=None, warm_start=True).fit(X, y)
        if in_place:
            model.coef_[:] = 1.0
        else:
            model.coef_ = np.ones(10)
        init = np.append(model.intercept_, np.ones(10))
        assert_same_fit(
            model.fit(X, y), GDLinearRegressor(0.1, optimizer="momentum", max_iter=5, tol=None, init=init).fit(X, y)
        )

    @pytest.mark.parametrize("kind", [np.float32, np.int8, object])
    def test_coefficients_of_any_kind(self, diabetes, kind):
        """Numbers of other dtypes that are set are where a descent in float64 starts."""
        X, y = diabetes
        options = {"alpha": 0.1, "optimizer": "momentum", "max_iter": 5, "tol": None}
        model = GDLinearRegressor(warm_start=True, **options).fit(X, y)
        model.coef_, model.intercept_ = np.arange(10).astype(kind), np.array(3).astype(kind)[()]
        init = np.append(3.0, np.arange(10.0))
        assert_same_fit(model.fit(X, y), GDLinearRegressor(init=init, **options).fit(X, y), rtol=1e-14)

    @pytest.mark.parametrize("in_place", [True, False])
    def test_a_changed_intercept(self, diabetes, in_place):
        """Who sets the intercept alone starts there too, be it one number or one of several."""
        X, y = diabetes
        options = {"alpha": 0.1, "optimizer": "momentum", "max_iter": 5, "tol": None}
        for targets in (y, np.column_stack([y, -y])):
            model = GDLinearRegressor(warm_start=True, **options).fit(X, targets)
            if in_place and targets.ndim > 1:
                model.intercept_[1] = 7.0
            else:
                model.intercept_ = model.intercept_ + 7.0
            init = np.concatenate([np.atleast_1d(model.intercept_)[np.newaxis], model.coef_.T.reshape(10, -1)])
            init = init.reshape(11, *targets.shape[1:])
            assert_same_fit(model.fit(X, targets), GDLinearRegressor(init=init, **options).fit(X, targets))

    def test_after_a_divergence(self, diabetes):
        """The descent starts again from the best iterate."""
        X, y = diabetes
        model = GDLinearRegressor(0.6, warm_start=True).fit(X, y)
        assert model.diagnosis_.status == "diverged"
        init = np.append(model.intercept_, model.coef_)
        model.set_params(alpha=0.2).fit(X, y)
        assert_same_fit(model, GDLinearRegressor(0.2, init=init).fit(X, y))

    def test_auto_is_kept_a_length(self, diabetes):
        """For Adam it is a share of the first step; later gradients, which are smaller, do not shorten it."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer="adam", max_iter=50, tol=None, warm_start=True).fit(X, y)
        alpha = model.alpha_
        assert model.fit(X, y).alpha_ == alpha
        assert model.set_params(alpha=0.5).fit(X, y).alpha_ == 0.5


class TestPartialFit:
    """Chunks add up."""

    @pytest.mark.parametrize(
        ("options", "cuts"),
        [
            ({}, [100]),
            ({}, [1, 2, 3, 400]),
            ({"standardize": True}, [50, 100, 150, 200, 250, 300, 350, 400]),
            ({"standardize": True}, [1, 2, 3, 400]),
            ({"l2": 0.1}, [1, 2, 3, 400]),
            ({"fit_intercept": False}, [1, 2, 3, 400]),
        ],
        ids=str,
    )
    @quiet
    def test_any_cutting_ends_at_the_same_minimum(self, diabetes, cuts, options):
        """The end is that of one fit on all rows, to the tolerance of the stop rule."""
        X, y = diabetes
        options = {"optimizer": "nesterov", "max_iter": 5000, "tol": 1e-9, **options}
        model = GDLinearRegressor(**options)
        for rows in np.split(np.arange(len(X)), cuts):
            model.partial_fit(X[rows], y[rows])
        whole = GDLinearRegressor(**options).fit(X, y)
        # Moves of 1e-9 add up over the 500 iterations of the flattest direction.
        assert_allclose(model.coef_, whole.coef_, atol=1e-6)
        assert_allclose(model.intercept_, whole.intercept_, atol=1e-6)
        assert_allclose(model.cost_history_[-1], whole.cost_history_[-1], rtol=1e-9)
        assert_allclose(model.diagnosis_.alpha_limit, whole.diagnosis_.alpha_limit, rtol=1e-12)

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @quiet
    def test_one_chunk_equals_fit(self, diabetes, optimizer):
        """In every attribute, to the last bit."""
        X, y = diabetes
        one = GDLinearRegressor(optimizer=optimizer).partial_fit(X, y)
        other = GDLinearRegressor(optimizer=optimizer).fit(X, y)
        for name in ("coef_", "intercept_", "cost_history_", "n_iter_", "alpha_"):
            assert_array_equal(getattr(one, name), getattr(other, name))
        assert one.diagnosis_.message == other.diagnosis_.message

    @quiet
    def test_goes_on_from_fit(self, diabetes):
        """The rows of a fit count too."""
        X, y = diabetes
        options = {"optimizer": "nesterov", "max_iter": 5000, "tol": 1e-9}
        model = GDLinearRegressor(**options).fit(X[:300], y[:300]).partial_fit(X[300:], y[300:])
        assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, atol=1e-5)
        model.fit(X[:100], y[:100])
        assert_allclose(model.coef_, LinearRegression().fit(X[:100], y[:100]).coef_, atol=1e-5)

    @quiet
    def test_goes_on_from_early_stopping(self, diabetes):
        """The rows that were held out count too, once early stopping is over."""
        X, y = diabetes
        options = {"optimizer": "nesterov", "max_iter": 5000, "tol": 1e-9}
        model = GDLinearRegressor(early_stopping=True, **options).fit(X[:300], y[:300])
        model.set_params(early_stopping=False).partial_fit(X[300:], y[300:])
        assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, atol=1e-5)

    @quiet
    def test_state_and_count_go_on(self, diabetes):
        """A chunk without weight adds nothing: then 3 + 3 iterations equal 6 here as well."""
        X, y = diabetes
        options = {"alpha": 0.1, "optimizer": "adam", "scheduler": "exponential", "tol": None}
        parts = GDLinearRegressor(max_iter=3, **options).partial_fit(X, y)
        parts.partial_fit(X[:5], y[:5], sample_weight=np.zeros(5))
        assert_same_fit(parts, GDLinearRegressor(max_iter=6, **options).fit(X, y))

    @quiet
    def test_weights_and_containers(self, diabetes):
        """Chunks may be weighted, sparse, named, float32 and single rows."""
        X, y = diabetes
        w = np.linspace(0, 2, len(X))
        options = {"optimizer": "nesterov", "max_iter": 5000, "tol": 1e-8}
        model = GDLinearRegressor(**options)
        names = list("abcdefghij")
        model.partial_fit(pd.DataFrame(X[:200], columns=names), y[:200], w[:200])
        model.partial_fit(pd.DataFrame(X[200:201], columns=names), y[200:201], w[200:201])
        assert_array_equal(model.feature_names_in_, names)
        plain = GDLinearRegressor(**options).partial_fit(X[:200], y[:200], w[:200])
        plain.partial_fit(sp.csr_array(X[200:201]), y[200:201], w[200:201])
        exact = LinearRegression().fit(X[:201], y[:201], w[:201])
        assert_allclose(model.coef_, exact.coef_, atol=1e-4)
        assert_allclose(plain.coef_, exact.coef_, atol=1e-4)

    @quiet
    def test_several_targets(self, diabetes):
        """They stay several."""
        X, y = diabetes
        Y = np.column_stack([y, -y])
        model = GDLinearRegressor(optimizer="nesterov", max_iter=5000, tol=1e-8)
        for rows in (slice(0, 200), slice(200, None)):
            model.partial_fit(X[rows], Y[rows])
        assert_allclose(model.coef_, LinearRegression().fit(X, Y).coef_, atol=1e-4)

    @quiet
    def test_the_penalty_is_of_the_whole(self, diabetes):
        """`l2` counts once for all chunks: the minimum is Ridge's with the sum of the weights."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer="nesterov", max_iter=5000, tol=1e-10, l2=0.2)
        for rows in (slice(0, 10), slice(10, 300), slice(300, None)):
            model.partial_fit(X[rows], y[rows])
        assert_allclose(model.coef_, Ridge(alpha=0.2 * len(X)).fit(X, y).coef_, atol=1e-7)

    @quiet
    def test_wide_chunks(self):
        """Chunks of fewer rows than features work from the moments, though a fit of one would go row by row."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(30, 520))
        y = X @ rng.normal(size=520)
        model = GDLinearRegressor(max_iter=300, tol=None)
        for rows in (slice(0, 10), slice(10, 30)):
            model.partial_fit(X[rows], y[rows])
        assert_allclose(model.predict(X), y, atol=1e-3 * y.std())
        assert model.diagnosis_.alpha_limit == pytest.approx(alpha_limits(X).alpha_limit)

    def test_warns_of_a_bad_fit(self, diabetes):
        """The warning is about all rows so far, and points to the caller."""
        with pytest.warns(ConvergenceWarning, match="ran out of max_iter=3") as caught:
            GDLinearRegressor(max_iter=3).partial_fit(*diabetes)
        assert caught[0].filename == __file__

    @quiet
    def test_refusals(self, diabetes):
        """What can't be added is named."""
        X, y = diabetes
        for option, remedy in (("early_stopping", "set early_stopping=False"), ("precompute", "set precompute=True")):
            model = GDLinearRegressor(max_iter=5).partial_fit(X, y)
            model.set_params(**{option: option == "early_stopping"})
            with pytest.raises(AttributeError, match="no attribute 'partial_fit'") as caught:
                model.partial_fit(X, y)
            assert remedy in str(caught.value.__cause__)
            assert not hasattr(model, "partial_fit")
            assert hasattr(model.set_params(early_stopping=False, precompute="auto"), "partial_fit")
            assert model.partial_fit(X, y).moments_.weight == 2 * len(y)
        with pytest.raises(ValueError, match="set precompute=True for the earlier fit too"):
            GDLinearRegressor(precompute=False, max_iter=5).fit(X, y).set_params(precompute=True).partial_fit(X, y)
        model = GDLinearRegressor(max_iter=5).partial_fit(X, y)
        with pytest.raises(ValueError, match="9 features"):
            model.partial_fit(X[:, :9], y)
        with pytest.raises(ValueError, match=r"y has shape \(442, 2\), but earlier rows had one target"):
            model.partial_fit(X, np.column_stack([y, y]))
        with pytest.raises(ValueError, match=r"y has shape \(442,\), but earlier rows had 2 targets"):
            GDLinearRegressor(max_iter=5).fit(X, np.column_stack([y, y])).partial_fit(X, y)
        with pytest.raises(ValueError, match=r"All sample weights are zero|at least one non-zero"):
            GDLinearRegressor().partial_fit(X, y, sample_weight=np.zeros(len(y)))
        assert model.partial_fit(X, y).n_features_in_ == 10


def test_verbose_counts_on(diabetes, capsys):
    """The printed numbers of iterations go on with the descent, the last one included."""
    model = GDLinearRegressor(0.1, max_iter=3, warm_start=True, tol=None, verbose=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(*diabetes).fit(*diabetes)
    printed = [int(line.split(":")[0].split()[1]) for line in capsys.readouterr().out.splitlines()]
    assert printed == [0, 1, 2, 3, 5, 6]
