"""The gap: what it is a share of, where there is no R²."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict.gap import kept_iterates

X = np.random.default_rng(0).normal(size=(40, 3))


@pytest.mark.parametrize(("value", "fit_intercept"), [(0.0, True), (2.0, True), (-1e6, True), (0.0, False)])
@pytest.mark.parametrize("away", [0.0, 0.5, 10.0])
@pytest.mark.parametrize("precompute", [True, False])
def test_constant_targets(value, fit_intercept, away, precompute):
    """It is a share of the cost at zero or at the start, whichever is larger; the minimum is 0."""
    init = (abs(value) or 1.0) * away * np.array([1.0, -1.0, 2.0, 1.0])[: 3 + fit_intercept]
    options = {"fit_intercept": fit_intercept, "precompute": precompute}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GDLinearRegressor(0.01, init=init, max_iter=20, tol=None, **options).fit(X, np.full(40, value))
    costs = model.cost_history_
    reference = max(value**2 / 2.0, costs[0])
    assert_allclose(model.diagnosis_.gap, costs[-1] / reference if reference else 0.0, rtol=1e-9)
    assert model.diagnosis_.warn == (reference > 0.0)


@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-3, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2.0, 40)], ids=["unweighted", "weighted"])
def test_which_distance_is_good(noise, weights):
    """A fit that runs out of iterations is warned of where it lacks more than 0.001 of R², or half its error is idle.

    The cost is above its minimum by at most 0.001 of that of the mean, and by no more than the minimum itself, unless
    that is but rounding.
    """
    rng = np.random.default_rng(1)
    y = X @ [1.0, -2.0, 3.0] + 5.0 + noise * rng.normal(size=40)
    best = LinearRegression().fit(X, y, weights)
    least = np.average((best.predict(X) - y) ** 2, weights=weights) / 2.0
    of_mean = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights) / 2.0
    allowed = min(0.001 * of_mean, least) if least > 1e-12 * of_mean else 0.001 * of_mean
    said = []
    for max_iter in (1, 3, 6, 10, 20, 40, 60, 100):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = GDLinearRegressor(max_iter=max_iter, tol=None).fit(X, y, weights)
        above = model.cost_history_[-1] - least
        assert model.diagnosis_.warn == (above > allowed), (max_iter, above / allowed)
        said.append(model.diagnosis_.warn)
    assert set(said) == {True, False}


@pytest.mark.parametrize(
    "penalties",
    [{}, {"l2": 0.1}, {"l1": 0.1}, {"positive": True}, {"l1": 0.1, "positive": True}, {"l2": 0.1, "positive": True}],
    ids=str,
)
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_in_any_unit(penalties, precompute):
    """Exact or a bound, it is a share, which the unit of the targets does not change."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 70))  # more features than are looked at row by row
    y = X[:, :3] @ [3.0, -2.0, 1.0] + rng.normal(size=120)
    for max_iter in (5, 50):
        gaps = []
        for unit in (2.0**-300, 1.0, 2.0**300):
            options = penalties | ({"l1": unit * penalties["l1"]} if "l1" in penalties else {})
            model = GDLinearRegressor(max_iter=max_iter, tol=None, precompute=precompute, **options).fit(X, unit * y)
            gaps.append(model.diagnosis_.gap)
        assert_allclose(gaps, gaps[1], rtol=1e-6, atol=1e-12)


def test_the_iterate_that_is_kept_where_the_minimum_is_not_known():
    """A cost that rises from a start near the minimum keeps the last iterate, and one that rises far the best one."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 70))
    y = X[:, :3] @ [3.0, -2.0, 1.0] + rng.normal(size=120)
    cost = (problem := Problem.of(X, y, precompute=False, fit_intercept=False)).cost
    assert np.isnan(cost.minimum)
    lam, Q = np.linalg.eigh(X.T @ X / 120.0)
    near = Start(np.linalg.lstsq(X, y)[0] + 0.01 * Q[:, -1])
    for max_iter, kept in ((5, 5), (500, 0)):
        options = {
            "alpha": 2.02 / lam[-1],
            "optimizer": "gd",
            "scheduler": "constant",
            "max_iter": max_iter,
            "tol": None,
        }
        descent = run(problem, near, Settings.of("me", options))
        assert np.all(np.diff(descent.costs) > 0.0)
        assert kept_iterates(cost, descent)[-1] == kept


@pytest.mark.parametrize("options", [{}, {"l2": 0.1, "fit_intercept": False}], ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_equal_targets(options):
    """Where the minimum is not known, the bound for equal targets is that for one."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 71))
    y = X[:, :3] @ [3.0, -2.0, 1.0] + rng.normal(size=120)
    for max_iter in (6, 50):
        model = GDLinearRegressor(max_iter=max_iter, tol=None, precompute=False, **options)
        one, three = (model.fit(X, Y).diagnosis_ for Y in (y, np.column_stack([y, y, y])))
        assert one.gap_is_lower_bound
        assert three.gap_is_lower_bound
        assert_allclose(three.gap, one.gap, rtol=1e-6, atol=1e-12)
