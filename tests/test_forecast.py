"""The iterations that a descent needs: foretold, and then done."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd._cost.problem import Problem
from sklearn_gd._verdict.forecast import Outlook, _log_decay, _sampled_iterations
from sklearn_gd.optimizers import GradientDescent, Momentum, Nesterov
from sklearn_gd.schedulers import SCHEDULERS


def quiet(model, X, y):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_schedule_that_begins_above_the_limit(scheduler):
    """What is foretold as enough is enough: on the way there the descent doesn't leave its bound."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) * [1.0, 0.4]
    y = X @ [1.0, -2.0] + 1.0 + 0.3 * rng.normal(size=60)
    limit = alpha_limits(X, y).alpha_limit
    for share in (0.3, 1.3, 3.0, 10.0):
        model = quiet(GDLinearRegressor(share * limit, scheduler=scheduler, max_iter=3, tol=None), X, y)
        n_iter = model.diagnosis_.n_iter_needed
        if model.n_iter_ < n_iter < 5000:
            longer = quiet(model.set_params(max_iter=n_iter), X, y).diagnosis_
            assert (longer.status, longer.warn) == ("max_iter", False), share


@np.errstate(divide="ignore")  # as those that ask for a forecast do: a mode may be gone after one iteration
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_a_bound_where_the_modes_cost_too_much(unit):
    """Where the eigenbasis costs more than may be paid there is a bound for plain descent: enough, and no astronomy."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * np.geomspace(1.0, 0.3, 4)
    cost = Problem.of(X, unit * (X @ np.ones(4) + 1.0 + rng.normal(size=60))).cost
    theta = np.zeros(5)
    exact, bound = (Outlook.of(cost, theta, cost.zero_cost, price=price) for price in (np.inf, -1.0))
    n_iter = exact.iterations(GradientDescent(), exact.auto)
    assert not exact.longest
    assert n_iter <= bound.longest == bound.iterations(GradientDescent(), bound.auto) <= 100 * n_iter
    assert bound.is_good_by(GradientDescent(), bound.auto, bound.longest)
    assert not bound.is_good_by(GradientDescent(), bound.auto, bound.longest - 1)
    assert bound.iterations(Nesterov(), bound.auto) == np.inf, "of nothing else it is known"
    assert bound.iterations(GradientDescent(), 0.9 * bound.auto) == np.inf


@np.errstate(divide="ignore")
def test_a_bound_where_the_minimum_is_far_away():
    """Nearly dependent columns have their minimum far away, and a point near by that is nearly as good tells more."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 2))
    X = np.column_stack([X, X[:, 0] + 1e-6 * rng.normal(size=60)])
    cost = Problem.of(X, X[:, :2] @ [1.0, 2.0] + rng.normal(size=60)).cost
    assert np.abs(cost.theta_star).max() > 1e4 > 100 * np.abs(cost.theta_near).max()
    exact, bound = (Outlook.of(cost, np.zeros(4), cost.zero_cost, price=price) for price in (np.inf, -1.0))
    assert cost.cost_near - cost.minimum < exact.allowed, "otherwise the bound is the way to the minimum"
    assert exact.iterations(GradientDescent(), exact.auto) <= bound.longest < 1e5


@np.errstate(all="ignore")  # those that do not shrink overflow
@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (GradientDescent(), 2.0),
        (Momentum(), 3.8),
        (Momentum(0.5), 3.0),
        (Nesterov(), 3.8 / 2.8),
        (Nesterov(0.3), 2.6 / 1.6),
    ],
    ids=str,
)
def test_a_bound_on_what_remains(rule, limit):
    """No distance is larger later on, none is a small fraction of the bound, and beyond the limit there is no bound."""
    x = np.append(np.geomspace(1e-4, 0.5, 30), limit * np.append(np.linspace(0.2, 0.99, 50), [1.01, 1.5]))
    theta, state, distances = np.ones_like(x), (), []
    for _ in range(2000):
        result = rule(theta, x * theta, 1.0, *state)
        theta, *state = result if isinstance(result, tuple) else (result,)
        distances.append(np.abs(theta))
    shrinks, log_decay = x < limit, _log_decay(rule, x)
    later = np.maximum.accumulate(distances[::-1])[::-1]
    for n in (1, 2, 3, 5, 10, 30, 100, 300):
        bound = np.exp(log_decay(float(n)))
        assert np.array_equal(np.isfinite(bound), shrinks)
        ratio = bound[shrinks] / np.maximum(later[n - 1, shrinks], 1e-12)  # which is rounding
        assert np.all(ratio[later[n - 1, shrinks] > 1e-12] >= 1.0 - 1e-9)
        # The bound is the sum of two terms, of which oscillations show only the difference.
        assert np.all(ratio <= (1.0 + 1e-9 if type(rule) is GradientDescent else 20.0))
        assert np.median(ratio) <= 3.0


@np.errstate(divide="ignore")
@pytest.mark.parametrize("share", [0.1, 1.0, 1.9])
def test_when_a_tolerance_may_end_a_descent(share):
    """No entry of a move is above the tolerance only if the norm is at most the root of their number times it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) * [1.0, 0.5, 0.2]
    cost = Problem.of(X, X[:, :2] + 1.0 + rng.normal(size=(60, 2))).cost
    theta, n = np.zeros((4, 2)), 0
    outlook = Outlook.of(cost, theta, cost.zero_cost)
    alpha = share * outlook.auto
    for n_iter in (1, 2, 10, 50):
        while n < n_iter:
            move = alpha * cost.value_and_gradient(theta)[1]
            theta, n = theta - move, n + 1
        tol = np.linalg.norm(move) / np.sqrt(8.0) / 2.0  # with a margin of 2
        assert outlook.rests(alpha, n_iter, 1.01 * tol)
        assert not outlook.rests(alpha, n_iter, 0.99 * tol)
        assert not outlook.rests(alpha, n_iter, None)
    assert not outlook.rests(alpha, 0, np.inf), "no move comes before the first iteration"


@pytest.mark.parametrize(("first", "last"), [(0, 1), (3, 4099), (0, 4097), (7, 5000), (1000, 10**6), (0, 2**50)])
def test_a_sample_stands_for_all_iterations(first, last):
    """It begins with the first and ends with the last, and its sums are nearly those of all."""
    t, weights = _sampled_iterations(first, last)
    assert (t[0], t[-1]) == (first, last - 1)
    assert len(t) <= 4096
    assert np.all(np.diff(t) > 0)
    assert np.all(weights >= 0.5)
    n = last - first
    assert np.sum(weights) == n
    # Neighbours are 1/500 apart: of all, or of what has passed.
    assert np.sum(weights * (t - first)) == pytest.approx(n * (n - 1.0) / 2.0, rel=1e-3, abs=0.0)
    if n < 10**7:
        assert np.sum(weights / (1.0 + t - first)) == pytest.approx(np.sum(1.0 / np.arange(1.0, n + 1)), rel=1e-3)
