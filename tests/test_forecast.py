"""The iterations that a descent needs: foretold, and then done."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd._cost.problem import Problem
from sklearn_gd._verdict.forecast import Outlook
from sklearn_gd.optimizers import GradientDescent, Nesterov
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
