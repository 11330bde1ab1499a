"""Without an intercept, columns whose means are far from zero keep the digits of what they vary by."""

import numpy as np
import pytest

from sklearn_gd import GDLinearRegressor, Moments
from sklearn_gd._cost.off_centre import is_off_centre
from sklearn_gd._cost.problem import Problem

LONG = np.longdouble


def least(X, y, l2=0.0):
    """Return the least cost of each target, in long double: by Gram and Schmidt, of columns of any rank."""
    m, n = X.shape
    Q = np.vstack([X.astype(LONG), np.sqrt(LONG(l2) * m) * np.eye(n, dtype=LONG)])
    R = np.vstack([y.reshape(m, -1).astype(LONG), np.zeros((n, y.reshape(m, -1).shape[1]), dtype=LONG)])
    for j in range(n):
        size = np.sqrt(Q[:, j] @ Q[:, j])
        for _ in range(2):
            Q[:, j] -= Q[:, :j] @ (Q[:, :j].T @ Q[:, j])
        rest = np.sqrt(Q[:, j] @ Q[:, j])
        Q[:, j] /= rest if rest > 1e-15 * size else np.inf
        R -= np.outer(Q[:, j], Q[:, j] @ R)
    return np.sum(R * R, axis=0).astype(np.float64) / (2 * m)


def ones(X):
    """Return the columns beside one of ones, which makes the best fit one with an intercept."""
    return np.column_stack([X[:, 0], np.ones(len(X)), X[:, 1:]])


def twice(X):
    """Return the columns with a first one that is there twice."""
    return np.column_stack([X[:, 0], X])


def shifted(X):
    """Return the columns with one that differs from another by a constant: together they make an intercept."""
    return np.column_stack([X, X[:, 0] + 2.0])


def with_zeros(X):
    """Return the columns beside one of zeros and one of a constant twice."""
    return np.column_stack([np.zeros(len(X)), X, np.full(len(X), 7.0), np.full(len(X), -7.0)])


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("more", [np.asarray, ones, twice, shifted, with_zeros])
@pytest.mark.parametrize("far", [1e3, 1e5, 1e6])
def test_minimum(far, more, l2):
    """The minimum is that of the rows, to 1e-9 of the targets' variance, and at the parameters that are called so."""
    rng = np.random.default_rng(0)
    X = more(rng.normal(size=(40, 3)) + far * np.array([1.0, -2.0, 0.5]))
    Y = np.column_stack([X[:, 0] - X[:, -1] + rng.normal(size=40), 5.0 + rng.normal(size=40), 3.0 * X[:, 1]])
    expected, variance = least(X, Y, l2), Y.var(axis=0) + 1.0
    cost = Problem.of(X, Y, fit_intercept=False, l2=l2).cost
    assert np.all(np.abs(cost.minima - expected) <= 1e-9 * variance)
    value, _ = cost.value_and_gradient(cost.theta_star)
    assert abs(value - cost.minimum) <= 1e-9 * variance.sum()
    alone = Problem.of(X, Y[:, 0], fit_intercept=False, l2=l2).cost
    assert abs(alone.minimum - expected[0]) <= 1e-9 * variance[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("far", [1e3, 1e5])
def test_loop_and_closed_form(far):
    """The loop, the closed form and the errors of a search agree, and the gradient is that of the rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4)) + far * np.arange(1.0, 5.0)
    y = X @ rng.normal(size=4) + rng.normal(size=50)
    problem = Problem.of(X, y, fit_intercept=False)
    theta = rng.normal(size=4)
    cost, gradient = problem.cost.value_and_gradient(theta)
    residual = X.astype(LONG) @ theta - y
    assert abs(cost - np.mean(residual**2) / 2) <= 1e-13 * cost
    np.testing.assert_allclose(gradient, (X.T.astype(LONG) @ residual / 50).astype(float), rtol=1e-12)
    np.testing.assert_allclose(problem.cost.squared_errors(theta[np.newaxis])[0, 0], 2 * cost, rtol=1e-12)
    np.testing.assert_allclose(problem.cost.hessian_product(theta), problem.cost.H @ theta, rtol=1e-12)
    costs = [
        GDLinearRegressor(fit_intercept=False, tol=None, max_iter=60, optimizer=rule).fit(X, y).cost_history_
        for rule in ("gd", lambda theta, g, alpha: theta - alpha * g)
    ]
    # The first step comes down from a cost a million times as large, whose rounding the later ones still carry.
    np.testing.assert_allclose(*costs, rtol=1e-9, atol=1e-15 * costs[0][0])


def test_limits_are_those_of_the_rows():
    """The eigenvalues are those of the second moments, small ones among them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) + np.array([1e5, 0.0, 1e5])
    Z = X.astype(LONG)
    values = np.linalg.eigvalsh(Moments.of(X, X[:, 0]).scatter[:3, :3] / 50)
    L, mu = Problem.of(X, X[:, 0], fit_intercept=False).cost.extremes
    np.testing.assert_allclose(L, np.linalg.eigvalsh((Z.T @ Z / 50).astype(float))[-1], rtol=1e-12)
    assert values[0] <= mu * (1.0 + 1e-9)  # a matrix of rank one is added to the covariance, and moves them up
    assert mu <= values[1] * (1.0 + 1e-9)  # at most to the next


def test_one_column_is_enough():
    """Each column counts, in any unit and with either sign, and beside constants and columns near zero."""
    mean, variance, eps = np.array([3.0, 1e3, 0.0]), np.ones(3), np.finfo(float).eps
    assert is_off_centre(mean, variance, eps)
    assert is_off_centre(-mean, variance, eps)
    for unit in (2.0**-300, 2.0**-10, 2.0**10, 2.0**300):
        assert is_off_centre(unit * mean, unit**2 * variance, eps)
        assert not is_off_centre(unit * mean / 10.0, unit**2 * variance, eps)
    noise = (2.0 * eps * mean) ** 2  # what is left of the variance of a constant
    assert not is_off_centre(mean, noise, eps)
    assert is_off_centre(mean, np.where(np.arange(3) == 0, noise, variance), eps)
    assert is_off_centre(mean, 1e-8 * mean**2, eps)
