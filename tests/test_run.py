"""A run: when it has diverged, which rate is the automatic one, and what it keeps."""

import warnings
from itertools import count

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent import record
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd.optimizers import OPTIMIZERS, rate_is_a_length


def quiet(model, *data, call="fit"):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return getattr(model, call)(*data)


@pytest.fixture
def exact():
    """Return data that a line meets exactly, and its parameters."""
    X, theta = np.random.default_rng(0).normal(size=(50, 3)), np.array([4.0, 1.0, -2.0, 3.0])
    return X, theta[0] + X @ theta[1:], theta


class TestDivergenceBound:
    """A cost is beyond it where it is so many times the larger of those at zero and at the start."""

    @pytest.mark.parametrize("precompute", [True, False])
    def test_a_start_near_the_end(self, exact, precompute):
        """A first step away from the exact minimum multiplies a cost of nothing, and is no divergence."""
        X, y, theta = exact
        for optimizer in ("adam", "rprop", "rmsprop"):
            options = {"optimizer": optimizer, "precompute": precompute, "max_iter": 30, "tol": None}
            model = quiet(GDLinearRegressor(0.05, init=theta + 1e-12, **options), X, y)
            assert model.cost_history_.max() > 1e10 * model.cost_history_[0], "there is something to be mistaken"
            assert len(model.cost_history_) == 31

    @pytest.mark.parametrize("optimizer", ["gd", "momentum"])
    def test_a_start_far_away(self, exact, optimizer):
        """From where the cost is 1e14 times that at zero the descent goes down like any other."""
        X, y, theta = exact
        far = 1e7 * np.array([1.0, -1.0, 1.0, 2.0])
        model = quiet(GDLinearRegressor(optimizer=optimizer, init=far, max_iter=3000, tol=1e-9), X, y)
        assert model.cost_history_[0] > 1e10 * np.mean(y**2) / 2.0
        assert_allclose(np.append(model.intercept_, model.coef_), theta, atol=1e-4)

    def test_it_ends_a_divergence(self, exact):
        """The first cost beyond 1e10 times the larger of both is the last."""
        X, y, _ = exact
        for init in (np.zeros(4), np.full(4, 100.0)):
            model = quiet(GDLinearRegressor(3.0 * alpha_limits(X).alpha_limit, init=init), X, y)
            bound = 1e10 * max(model.cost_history_[0], np.mean(y**2) / 2.0)
            assert model.cost_history_[-1] > bound >= model.cost_history_[-2]

    @pytest.mark.parametrize("optimizer", ["gd", "adam"])
    @pytest.mark.parametrize("precompute", [True, False])
    def test_a_start_whose_cost_overflows(self, exact, optimizer, precompute):
        """Where no cost is a number the fit says that it is bad, and its parameters are numbers."""
        X, y, _ = exact
        model = GDLinearRegressor(optimizer=optimizer, init=np.full(4, 1e160), precompute=precompute, max_iter=5)
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        assert np.isfinite(model.coef_).all()
        assert np.isfinite(model.intercept_)


class TestAutomaticRate:
    """It is that of the data of each descent; only a length stays what it was."""

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("call", ["fit", "partial_fit"])
    def test_other_data(self, exact, optimizer, call):
        """On columns ten times as large a descent goes on with the rate that suits them."""
        X, y, _ = exact
        model = GDLinearRegressor(optimizer=optimizer, warm_start=True, max_iter=20, tol=None)
        first = quiet(model, X, y, call=call).alpha_
        quiet(model, 10.0 * X, y, call=call)
        if rate_is_a_length(model.optimizer if callable(model.optimizer) else OPTIMIZERS[optimizer]()):
            assert model.alpha_ == first
        else:
            whole = np.concatenate([X, 10.0 * X]) if call == "partial_fit" else 10.0 * X
            assert_allclose(model.alpha_, alpha_limits(whole).alpha_limit / 2.0, rtol=1e-9)
            assert model.cost_history_[-1] <= model.cost_history_[20]

    def test_a_given_rate_is_no_length_to_keep(self, exact):
        """After a fit at a rate of one's own "auto" is that of a new descent."""
        X, y, _ = exact
        model = quiet(GDLinearRegressor(0.7, optimizer="adam", warm_start=True, max_iter=5, tol=None), X, y)
        init = np.append(model.intercept_, model.coef_)
        new = quiet(GDLinearRegressor(optimizer="adam", init=init, max_iter=1), X, y)
        assert_allclose(quiet(model.set_params(alpha="auto"), X, y).alpha_, new.alpha_, rtol=1e-12)


@pytest.mark.parametrize("init", [[1, 0, 2, 0], np.array([1, 0, 2, 0], dtype=np.int8), (1.0, 0, 2, 0)], ids=repr)
def test_a_start_of_whole_numbers(exact, init):
    """It is where the same numbers in floating point are."""
    X, y, _ = exact
    ours, theirs = (quiet(GDLinearRegressor(init=start, max_iter=5), X, y) for start in (init, np.array(init, float)))
    np.testing.assert_array_equal(ours.cost_history_, theirs.cost_history_)


def test_the_pace_is_that_of_the_loop(exact, monkeypatch):
    """By a clock that moves on by half a second whenever it is read, iterations take half a second."""
    X, y, _ = exact
    ticks = count()
    monkeypatch.setattr(record, "perf_counter", lambda: 0.5 * next(ticks))
    problem = Problem.of(X, y)
    options = {"alpha": 0.01, "optimizer": "momentum", "scheduler": "constant", "max_iter": 40, "tol": None}
    descent = run(problem, Start(np.zeros(4)), Settings.of("me", options))
    assert descent.pace == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("scheduler", ["constant", "cosine"])
def test_any_iterate_can_be_kept(scheduler):
    """The first and the last one too, in the loop, in closed form and where one hands over to the other."""
    rng = np.random.default_rng(0)
    problem = Problem.of(rng.normal(size=(40, 5)), rng.normal(size=40))
    settings = Settings.of(
        "me", {"alpha": 0.01, "optimizer": "gd", "scheduler": scheduler, "max_iter": 300, "tol": None}
    )
    start = Start(np.zeros(6))
    expected = run(problem, start, settings, keep_every=1).thetas
    for number in (0, 1, 10, 150, 299, 300):
        assert_allclose(run(problem, start, settings, keep_at=number).kept, expected[number], rtol=1e-12)
