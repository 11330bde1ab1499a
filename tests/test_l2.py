"""The penalty: Ridge's minimum, in the cost, its gradient, its history and its limits."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor
from sklearn_gd._cost.problem import Problem

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def data(m, n, seed=0):
    """Return features away from zero, targets and weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n)) * rng.uniform(0.5, 2.0, n) + 1.0
    return X, X @ rng.normal(size=n) + 2.0 + rng.normal(size=m), rng.uniform(0.0, 2.0, m)


@pytest.mark.parametrize("shape", [(80, 5), (12, 30), (12, 80)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_minimum_is_ridges(shape, fit_intercept, precompute, store):
    """``Ridge(alpha=l2 * sum(weights))``, tall and wide, dense and sparse, from the moments and row by row."""
    X, y, w = data(*shape)
    if (fit_intercept + precompute + (store is np.asarray)) % 2:  # with and without weights beside any two of them
        w = None
    # It grows with the columns, as the largest curvature does: or wide data take fifty thousand iterations.
    l2 = 0.06 * shape[1]
    model = GDLinearRegressor(
        l2=l2, optimizer="nesterov", max_iter=5_000, tol=1e-11, fit_intercept=fit_intercept, precompute=precompute
    ).fit(store(X), y, sample_weight=w)
    total = len(y) if w is None else w.sum()
    exact = Ridge(alpha=l2 * total, fit_intercept=fit_intercept).fit(X, y, sample_weight=w)
    # Moves of 1e-11 add up over the 1 / (alpha l2), some hundred, iterations of the flattest direction.
    assert_allclose(model.coef_, exact.coef_, atol=1e-8)
    assert_allclose(model.intercept_, exact.intercept_, atol=1e-8)
    assert model.diagnosis_.gap < 1e-12


@pytest.mark.parametrize("n_targets", [1, 2])
def test_several_targets(n_targets):
    """Each target is penalised as if it were alone."""
    X, y, _ = data(80, 5)
    Y = np.column_stack([y, -2 * y + X[:, 0]])[:, :n_targets]
    model = GDLinearRegressor(l2=0.3, optimizer="nesterov", max_iter=50_000, tol=1e-11).fit(X, Y)
    assert_allclose(model.coef_, np.atleast_2d(Ridge(alpha=0.3 * 80).fit(X, Y).coef_), atol=1e-8)


@pytest.mark.parametrize("precompute", [True, False])
def test_standardized(precompute):
    """In standardised coordinates the standardised coefficients are penalised, as in a pipeline."""
    X, y, _ = data(80, 5)
    X = X * [1.0, 10.0, 100.0, 0.1, 0.01]
    model = GDLinearRegressor(
        l2=0.3, standardize=True, optimizer="nesterov", max_iter=50_000, tol=1e-11, precompute=precompute
    ).fit(X, y)
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=0.3 * 80)).fit(X, y)
    assert_allclose(model.predict(X), pipeline.predict(X), rtol=1e-8)


@quiet
@pytest.mark.parametrize("shape", [(80, 5), (12, 30), (12, 80)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("init", ["zeros", "random"])
def test_the_textbooks_loop(shape, fit_intercept, precompute, init):
    """Every cost and the last parameters are those of the loop with the penalty written out, intercept excepted."""
    X, y, _ = data(*shape)
    m, n = shape
    l2, alpha = 0.3, 0.02
    Z = np.column_stack([np.ones(m), X]) if fit_intercept else X
    penalised = np.append(0.0, np.ones(n)) if fit_intercept else np.ones(n)
    rng = np.random.RandomState(0)
    theta = rng.standard_normal(Z.shape[1]) if init == "random" else np.zeros(Z.shape[1])
    costs = []
    for _ in range(301):
        r = Z @ theta - y
        costs.append(r @ r / (2 * m) + l2 / 2 * np.sum(penalised * theta**2))
        last, theta = theta, theta - alpha * (Z.T @ r / m + l2 * penalised * theta)
    model = GDLinearRegressor(
        alpha,
        l2=l2,
        max_iter=300,
        tol=None,
        fit_intercept=fit_intercept,
        precompute=precompute,
        init=init,
        random_state=0,
    ).fit(X, y)
    assert_allclose(model.cost_history_, costs, rtol=1e-9)
    assert_allclose(model.coef_, last[1:] if fit_intercept else last, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("way", ["moments", "rows"])
def test_gradient(fit_intercept, way):
    """The gradient is the slope of the cost."""
    X, y, _ = data(30, 4)
    objective = Problem.of(X, y, precompute=way == "moments", fit_intercept=fit_intercept, l2=0.7).cost
    theta = np.random.default_rng(1).normal(size=objective.shape)
    slopes = [approx_fprime(theta, lambda v: objective.value_and_gradient(v)[0], nudge) for nudge in (1e-6, -1e-6)]
    assert_allclose(objective.value_and_gradient(theta)[1], np.mean(slopes, axis=0), rtol=1e-6)


def test_limits():
    """The penalty raises every curvature but the intercept's, and so lowers the limit and the condition number."""
    X, y, _ = data(80, 5)
    Z = np.column_stack([np.ones(80), X])
    H = Z.T @ Z / 80 + 0.5 * np.diag([0.0, 1, 1, 1, 1, 1])
    lam = np.linalg.eigvalsh(H)
    diagnosis = GDLinearRegressor(l2=0.5, optimizer="nesterov").fit(X, y).diagnosis_
    assert diagnosis.alpha_limit == pytest.approx(2 / lam[-1])
    assert diagnosis.condition_number == pytest.approx(lam[-1] / lam[0])


def test_duplicates_share():
    """With a penalty two equal columns have equal coefficients, and neither is called dependent."""
    X, y, _ = data(80, 2)
    X = np.column_stack([X, X[:, 0]])
    model = GDLinearRegressor(l2=0.1, optimizer="nesterov", init=[0.0, 5.0, 0.0, -5.0], max_iter=20_000, tol=1e-10)
    model.fit(X, y)
    assert model.coef_[0] == pytest.approx(model.coef_[2], abs=1e-6)
    assert model.diagnosis_.dependent_features == ()
