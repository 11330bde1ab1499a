"""Columns that are multiples of one another: their coefficients are, to the last bit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd import GDLinearRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FACTORS = np.array([1.0, 1.0, -2.0, 0.25, -3.0])
WAYS = {
    "closed form": {"max_iter": 5000},
    "loop": {"max_iter": 300, "early_stopping": True, "n_iter_no_change": 10**6, "random_state": 0},
    "momentum": {"max_iter": 300, "optimizer": "momentum"},
    "nesterov": {"max_iter": 300, "optimizer": "nesterov"},
}


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("m", "n", "n_targets"), [(60, 3, 1), (90, 17, 3), (150, 70, 2)])
def test_multiples(m, n, n_targets, way, fit_intercept):
    """Of whatever number and place; constants are multiples of the intercept's column, columns of zeros stay."""
    rng = np.random.default_rng(n)
    X = (rng.normal(size=(m, n)) + rng.normal(size=n)) * 10.0 ** rng.uniform(-1, 1, n)
    of = np.array([0, 0, 1, 1, 2])
    X = np.column_stack([X, X[:, of] * FACTORS, X[:, 2] / 3, X[:, 2] / 3, np.ones((m, 2)), np.zeros(m)])
    order = rng.permutation(X.shape[1])
    y = rng.normal(size=(m, n_targets)) + X[:, :1]
    model = GDLinearRegressor(tol=None, fit_intercept=fit_intercept, **WAYS[way])
    model.fit(X[:, order], y if n_targets > 1 else y[:, 0])
    coef = np.atleast_2d(model.coef_)[:, np.argsort(order)].T
    assert_array_equal(coef[n : n + 4], (FACTORS[:4] * coef[of[:4]].T).T)
    # -3 is no power of two: each step is rounded, by some eps of the parameter.
    assert_allclose(coef[n + 4], -3.0 * coef[2], rtol=0, atol=1e-12 * np.abs(coef).max())
    assert_array_equal(coef[n + 5], coef[n + 6])
    assert_array_equal(coef[n + 7], coef[n + 8])
    assert_array_equal(coef[n + 9], 0.0)
    if fit_intercept:
        assert_array_equal(coef[n + 7], model.intercept_)


def test_constants_alone():
    """They are multiples of the intercept's column also where no other column has a twin."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(50, 8)) + 1.0, np.ones(50), np.full(50, -0.5)])
    for options in WAYS.values():
        model = GDLinearRegressor(tol=None, **options).fit(X, rng.normal(size=50) + 3.0)
        assert_array_equal(model.coef_[8:], [model.intercept_, -0.5 * model.intercept_])


def test_a_mean_near_zero():
    """The mean of a column about zero is rounding, and no reason to tell it from its twin."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    X -= X.mean(axis=0)
    model = GDLinearRegressor(tol=None, max_iter=100_000).fit(np.column_stack([X, -3.0 * X]), X[:, 0] + 1.0)
    assert_allclose(model.coef_[2:], -3.0 * model.coef_[:2], rtol=1e-15)


@pytest.mark.parametrize("n_targets", [1, 2])
def test_zeros_only(n_targets):
    """Columns of zeros, and nothing else, stay where they began."""
    init = np.ones((n_targets, 2)) if n_targets > 1 else np.ones(2)
    model = GDLinearRegressor(alpha=0.1, max_iter=50, tol=None, fit_intercept=False, init=init)
    model.fit(np.zeros((5, 2)), np.arange(5.0 * n_targets).reshape(5, -1) if n_targets > 1 else np.arange(5.0))
    assert_array_equal(model.coef_, init)
    assert model.diagnosis_.condition_number == 1.0
