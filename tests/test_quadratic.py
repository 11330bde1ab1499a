"""Quadratic: the cost and its gradient are the row-by-row ones, and the minimum is the least-squares one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime

from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._data.moments import Moments


def quadratic(X, y, w=None, fit_intercept=True):
    """Return the cost of the data."""
    return Quadratic.of(Moments.of(X, y, w), fit_intercept=fit_intercept)


def design(X, fit_intercept):
    """Return the rows ``[1, x]``, or ``x`` without an intercept."""
    return np.column_stack([np.ones(len(X)), X]) if fit_intercept else X


@pytest.fixture(params=[(True, 1), (True, 3), (False, 1), (False, 3)], ids=str)
def problem(request):
    """Return features, targets, weights, whether there is an intercept, and some theta."""
    fit_intercept, n_targets = request.param
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1.0, 10.0, 0.1, 1.0] + [0.0, 5.0, 1.0, -2.0]
    y = X @ rng.normal(size=(4, n_targets)) + 3.0 + rng.normal(size=(60, n_targets))
    y = y[:, 0] if n_targets == 1 else y
    return X, y, rng.random(60), fit_intercept, rng.normal(size=(4 + fit_intercept, *y.shape[1:]))


def test_cost_and_gradient_follow_their_definitions(problem):
    """``J = 1/(2 sum w) sum w (h - y)**2`` and ``g_j = 1/(sum w) sum w (h - y) x_j``, at any theta."""
    X, y, w, fit_intercept, theta = problem
    cost, gradient = quadratic(X, y, w, fit_intercept).value_and_gradient(theta)
    Z, w = design(X, fit_intercept), w.reshape(-1, *[1] * (y.ndim - 1))
    residual = Z @ theta - y
    assert_allclose(cost, np.sum(w * residual**2) / (2 * w.sum()), rtol=1e-12)
    assert_allclose(gradient, Z.T @ (w * residual) / w.sum(), rtol=1e-12, atol=1e-12 * np.abs(gradient).max())


def test_gradient_is_the_slope_of_the_cost(problem):
    """SciPy's finite differences agree with the gradient."""
    X, y, w, fit_intercept, theta = problem
    objective = quadratic(X, y, w, fit_intercept)
    slope = approx_fprime(theta.ravel(), lambda flat: objective.value_and_gradient(flat.reshape(theta.shape))[0])
    # Forward differences err by a step of 1.5e-8 times half the curvature, which is below 150 here.
    assert_allclose(slope, objective.value_and_gradient(theta)[1].ravel(), rtol=1e-5, atol=1e-5)


def test_hessian_holds_the_second_moments(problem):
    """``H`` is the mean of ``[1, x][1, x]'``."""
    X, y, w, fit_intercept, _ = problem
    Z = design(X, fit_intercept)
    assert_allclose(quadratic(X, y, w, fit_intercept).H, Z.T @ (w[:, None] * Z) / w.sum(), rtol=1e-13)


def test_minimum_is_the_least_squares_one(problem):
    """`theta_star` and `minimum` are those of `numpy.linalg.lstsq`; the other costs are those of constants."""
    X, y, _, fit_intercept, _ = problem
    objective = quadratic(X, y, None, fit_intercept)
    Z = design(X, fit_intercept)
    theta = np.linalg.lstsq(Z, y)[0]
    assert_allclose(objective.theta_star, theta, rtol=1e-10)
    assert_allclose(objective.minimum, np.sum((Z @ theta - y) ** 2) / 120, rtol=1e-12)
    assert_allclose(objective.constant_cost, np.sum((y - y.mean(axis=0)) ** 2) / 120, rtol=1e-12)
    assert_allclose(objective.zero_cost, np.sum(y**2) / 120, rtol=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("case", ["constant", "zero", "duplicate", "sum", "scaled", "wide", "one row", "one column"])
def test_minimum_of_degenerate_data(case, fit_intercept):
    """Where many thetas are minimal, `theta_star` is one of them, and it is small."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(30, 5)), rng.normal(size=30)
    if case == "constant":
        X[:, 1] = 0.1  # not a binary fraction: its mean is rounded
    elif case == "zero":
        X[:, 1] = 0.0
    elif case == "duplicate":
        X[:, 1] = X[:, 3]
    elif case == "sum":
        X[:, 1] = X[:, 2] + X[:, 3]
    elif case == "scaled":
        X *= [1e-100, 1e-50, 1.0, 1e50, 1e100]
    elif case == "wide":
        X, y = X[:4], y[:4]
    elif case == "one row":
        X, y = X[:1], y[:1]
    else:
        X = X[:, :1]
    objective = quadratic(X, y, None, fit_intercept)
    scale = np.abs(X).max(axis=0) + (X == 0).all(axis=0)
    Z = design(X / scale, fit_intercept)
    residual = Z @ np.linalg.lstsq(Z, y)[0] - y
    # 1e-13: the minimum is known to a rounding of the targets' variance.
    assert_allclose(objective.minimum, residual @ residual / (2 * len(y)), rtol=1e-10, atol=1e-13)
    assert_allclose(objective.value_and_gradient(objective.theta_star)[0], objective.minimum, rtol=1e-12, atol=1e-13)
    assert np.all(np.abs(objective.theta_star[fit_intercept:] * scale) < 100)


def test_cost_keeps_its_digits_near_a_perfect_fit():
    """At a distance ``d`` from the minimum of noise-free data the cost is ``d' H d / 2``, however small."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(100, 3)) + 7.0
    theta = np.array([1.0, 2.0, -3.0, 4.0])
    objective = quadratic(X, X @ theta[1:] + theta[0])
    assert objective.minimum == 0.0
    for distance in (1e-3, 1e-6, 1e-9):
        d = distance * rng.normal(size=4)
        residual = d[0] + X @ d[1:]
        # theta is rounded to 1e-15, which is a share of 1e-15 / distance of d, and of the cost twice that; a factor
        # of 30 for the eigenvalue of H in the direction of the mean, 148, over its smallest, near 1.
        tolerance = 1e-12 + 30 * 1e-15 / distance
        assert_allclose(objective.value_and_gradient(theta + d)[0], residual @ residual / 200, rtol=tolerance)


def test_cost_and_gradient_far_from_zero():
    """Features whose mean is 1e8 times their spread cost no more digits than the row-by-row formulas lose."""
    rng = np.random.default_rng(3)
    X = 1e8 + rng.normal(size=(200, 2))
    y = rng.normal(size=200)
    objective = quadratic(X, y)
    theta = np.array([0.0, 1.5, -1.5])
    residual = X @ theta[1:] - y
    # The predictions are rounded to 1e-16 * 1e8.
    assert_allclose(objective.value_and_gradient(theta)[0], residual @ residual / 400, rtol=1e-7)
    reference = np.linalg.lstsq(design(X - 1e8, True), y)[0]
    assert_allclose(objective.theta_star[1:], reference[1:], rtol=1e-7)
