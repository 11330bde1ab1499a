"""The cost from the moments is the cost of the rows, where nearly dependent columns put the minimum far away."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.preprocessing import PolynomialFeatures

from sklearn_gd import GDLinearRegressor, Moments
from sklearn_gd._cost.problem import Problem

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LONG = np.longdouble
# A share of J(mean of y), or of J itself where it is larger. The rounding of the moments, some eps times the square of
# the standardised coefficients, which are below 1000 here, is a tenth of it.
SHARE = 1e-9


def polynomial(degree, rng, m=40):
    """Return powers of numbers in [0, 1]."""
    X = PolynomialFeatures(degree, include_bias=False).fit_transform(np.linspace(0, 1, m)[:, np.newaxis])
    return X, np.sin(6 * X[:, 0]) + 0.1 * rng.normal(size=m)


def twins(distance, rng, m=200):
    """Return two columns that hardly differ, and a target that is their difference."""
    a = rng.normal(size=m)
    X = np.column_stack([a, a + distance * rng.normal(size=m)])
    return X, (X[:, 1] - X[:, 0]) / distance


def spectra(m, rng):
    """Return 100 smooth columns, neighbours of which differ by 1e-4."""
    X = rng.normal(size=(m, 1)) + np.cumsum(1e-4 * rng.normal(size=(m, 100)), axis=1)
    return X, (X[:, 50] - X[:, 0]) / 1e-3 + 0.1 * rng.normal(size=m)


def far_from_zero(rng):
    """Return columns whose mean is 1e6 times their spread, two of which hardly differ."""
    X = rng.normal(size=(100, 4))
    X[:, 3] = X[:, 2] + 1e-4 * X[:, 3]
    return 1e6 + X, X[:, 0] + 1e4 * (X[:, 3] - X[:, 2]) + 3.0


DATA = {
    **{f"degree {d}": lambda rng, d=d: polynomial(d, rng) for d in (12, 90)},
    **{f"twins {e}": lambda rng, e=e: twins(e, rng) for e in (1e-3, 1e-5, 1e-7)},
    "spectra": lambda rng: spectra(150, rng),
    "fewer spectra": lambda rng: spectra(60, rng),
    "far": far_from_zero,
}
WAYS = {
    "plain": {},
    "long": {"max_iter": 5000},
    "momentum": {"optimizer": "momentum"},
    "adam": {"optimizer": "adam", "alpha": 0.01},
    "no intercept": {"fit_intercept": False},
    "tiny penalty": {"l2": 1e-12},
}


def costs_of_rows(model, X, y, w):
    """Return the costs of zeros, of the coefficients and of the targets' mean, in long double."""
    X, Y = X.astype(LONG), y.astype(LONG).reshape(len(y), -1)
    share = w.astype(LONG) / w.sum(dtype=LONG)
    spread = np.sqrt(share @ (X - share @ X) ** 2) if model.standardize else np.ones(X.shape[1], dtype=LONG)
    coef, intercept = np.atleast_2d(model.coef_).astype(LONG), np.atleast_1d(model.intercept_).astype(LONG)
    residuals = Y, X @ coef.T + intercept - Y, Y - share @ Y
    zero, last, mean = (np.sum(share @ r**2) / 2 for r in residuals)
    return zero, last + LONG(model.l2) / 2 * np.sum((spread * coef) ** 2), mean


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("data", DATA)
def test_first_and_last_cost(data, way, standardize):
    """To 1e-9 of the cost of the mean; in the loop, in closed form, from moments, with weights and several targets."""
    rng = np.random.default_rng(0)
    X, y = DATA[data](rng)
    w = rng.random(len(y)) if way == "long" else np.ones(len(y))
    y = np.column_stack([y, X[:, 0], rng.normal(size=len(y))]) if way == "plain" else y
    model = GDLinearRegressor(standardize=standardize, **{"max_iter": 100, "tol": None} | WAYS[way])
    if way == "long":
        model.fit_moments(Moments.of(X, y, w))
    else:
        model.fit(X, y)
    zero, last, mean = costs_of_rows(model, X, y, w)
    if model.diagnosis_.status != "diverged":
        assert abs(model.cost_history_[-1] - last) <= SHARE * max(mean, last)
    assert abs(model.cost_history_[0] - zero) <= SHARE * max(mean, zero)


@pytest.mark.parametrize("data", ["degree 90", "twins 1e-05", "twins 1e-07", "spectra"])
def test_errors_of_a_search(data):
    """The squared errors, by which a search scores, are those of the rows, of each target."""
    rng = np.random.default_rng(1)
    X, y = DATA[data](rng)
    Y = np.column_stack([y, rng.normal(size=len(y))])
    thetas = rng.normal(size=(3, X.shape[1] + 1, 2))
    errors = Problem.of(X, Y).cost.squared_errors(thetas)
    for theta, error in zip(thetas.astype(LONG), errors, strict=True):
        residual = X.astype(LONG) @ theta[1:] + theta[0] - Y
        expected = np.mean(residual**2, axis=0)
        assert np.all(abs(error - expected) <= 2 * SHARE * np.maximum(expected, Y.var(axis=0)))


@pytest.mark.parametrize("data", ["degree 12", "degree 90", "twins 1e-05", "spectra"])
def test_along_the_way(data):
    """The costs are those of the loop on the rows, in long double, at every iteration."""
    X, y = DATA[data](np.random.default_rng(2))
    model = GDLinearRegressor(max_iter=400, tol=None).fit(X, y)
    Z, alpha = np.column_stack([np.ones(len(X)), X]).astype(LONG), LONG(model.alpha_)
    theta, costs = np.zeros(Z.shape[1], dtype=LONG), []
    for _ in range(401):
        residual = Z @ theta - y
        costs.append(residual @ residual / (2 * len(y)))
        theta = theta - alpha / len(y) * (Z.T @ residual)
    assert np.all(np.abs(model.cost_history_ - costs) <= SHARE * np.maximum(np.var(y) / 2, costs))


@pytest.mark.parametrize("data", ["degree 8", "twins 1e-03", "twins 1e-04", "spectra"])
def test_the_minimum(data):
    """It is that of least squares on the rows, in long double."""
    rng = np.random.default_rng(3)
    kind, size = data.split(" ")[0], data.split(" ")[-1]
    X, y = polynomial(8, rng) if kind == "degree" else twins(float(size), rng) if kind == "twins" else spectra(150, rng)
    y = y + rng.normal(size=len(y))
    Z, r = (X - X.mean(axis=0)).astype(LONG), (y - y.mean()).astype(LONG)
    for _ in range(Z.shape[1]):  # Gram and Schmidt, the largest rest first
        k = np.argmax(np.sum(Z**2, axis=0))
        q = Z[:, k] / np.sqrt(np.sum(Z[:, k] ** 2))
        for _ in range(2):
            Z = Z - np.outer(q, q @ Z)
        Z[:, k] = 0.0
        r = r - q * (q @ r)
    # A rounding of the moments over the share of a column that the others leave, 1e-9 here.
    assert_allclose(Problem.of(X, y).cost.minimum, float(r @ r / (2 * len(y))), rtol=0, atol=1e-6 * np.var(y) / 2)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("degree", [5, 12])
def test_the_forecast(degree, standardize):
    """After as many iterations as were forecast the fit is good, and not before; and none takes forever."""
    X, y = polynomial(degree, np.random.default_rng(4))
    model = GDLinearRegressor(max_iter=10, standardize=standardize, tol=None).fit(X, y)
    n_iter = model.diagnosis_.n_iter_needed
    assert n_iter < np.inf
    if n_iter < 1e6:
        gaps = [model.set_params(max_iter=n).fit(X, y).diagnosis_.gap for n in (n_iter - 1, n_iter)]
        assert gaps[1] <= 0.001 < gaps[0]
