"""The diagnosis: a true status and a true gap, and a word to the user when the fit is bad."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor


def warning_of(model, X, y):
    """Fit, and return the text of the one warning."""
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, y)
    (warning,) = caught
    assert warning.filename == __file__, "the warning points to the line that called fit"
    return str(warning.message)


def r2_gap(model, X, y):
    """Return how much R² the model lacks against least squares."""
    return LinearRegression().fit(X, y).score(X, y) - model.score(X, y)


def test_a_good_fit_is_silent(diabetes):
    """Neither the stop rule nor running out of iterations near the minimum warns."""
    X, y = diabetes
    for options in ({"optimizer": "momentum"}, {"max_iter": 1000}, {"max_iter": 900, "tol": None}):
        model = GDLinearRegressor(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, y)
        assert r2_gap(model, X, y) < 0.001


def test_too_large_an_alpha(diabetes):
    """It says that alpha is too large, what the limit is, and what to try; what it says to try works."""
    X, y = diabetes
    H = np.column_stack([np.ones(len(X)), X])
    L = np.linalg.eigvalsh(H.T @ H / len(X))[-1]
    model = GDLinearRegressor(alpha=2.1 / L)
    message = warning_of(model, X, y)
    assert f"alpha={2.1 / L:.3g} is too large" in message
    assert f"2/L={2 / L:.3g}" in message
    assert f'Try alpha={1 / L:.3g} or alpha="auto".' in message
    assert f"best iterate, number {np.argmin(model.cost_history_)}" in message
    GDLinearRegressor(alpha=1 / L).fit(X, y)


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_too_large_an_alpha_for_others(diabetes, optimizer):
    """The warning tells them apart from plain descent, whose limit is not theirs."""
    message = warning_of(GDLinearRegressor(alpha=5.0, optimizer=optimizer), *diabetes)
    assert "alpha=5 is too large" in message
    assert "plain gradient descent needs alpha below" in message


def test_too_small_an_alpha(diabetes):
    """One short step fires the stop rule; that is not convergence, and the message says so with numbers."""
    X, y = diabetes
    model = GDLinearRegressor(alpha=1e-7)
    message = warning_of(model, X, y)
    assert model.n_iter_ == 1
    assert "ended at iteration 1, because no parameter moved by more than tol=0.0001" in message
    assert "raise alpha from 1e-07 to 0.248" in message
    assert f"R² can still gain {r2_gap(model, X, y):.3g}" in message


def test_too_few_iterations(diabetes):
    """Running out of iterations far from the minimum says how far, and what helps."""
    X, y = diabetes
    model = GDLinearRegressor(max_iter=5)
    message = warning_of(model, X, y)
    assert "because it ran out of max_iter=5" in message
    assert "raise max_iter" in message
    assert "raise alpha" not in message, "alpha is the automatic one"
    assert "StandardScaler" not in message, "the columns are on one scale"
    assert "scheduler" not in message, "the rate is constant"
    assert f"R² can still gain {r2_gap(model, X, y):.3g}" in message


def test_columns_on_different_scales(diabetes):
    """Where the curvatures of the parameters differ, scaling is a remedy."""
    X, y = diabetes
    assert "StandardScaler" in warning_of(GDLinearRegressor(), X * np.arange(1, 11) ** 2, y)


def test_a_scheduler_that_starves_the_descent(diabetes):
    """Where the rate has decayed, the scheduler is named as a reason, with its last factor."""
    message = warning_of(GDLinearRegressor(scheduler=lambda t, max_iter: 0.9**t, max_iter=50), *diabetes)
    assert f"decays less: its last factor on alpha was {0.9**49:.3g}" in message


def test_a_rate_that_rises_too_far(diabetes):
    """Where alpha is the automatic one and the scheduler made it too large, a smaller one is named."""
    message = warning_of(GDLinearRegressor(scheduler=lambda t, max_iter: 5.0), *diabetes)
    assert "alpha=0.248 is too large" in message
    assert "Try alpha=0.0248." in message


def test_a_rise_without_overflow_is_a_divergence(diabetes):
    """A descent that ends above its initial cost has diverged, also when the iterations ran out first."""
    X, y = diabetes
    model = GDLinearRegressor(alpha=0.6, max_iter=4)
    assert "is too large" in warning_of(model, X, y)
    assert model.cost_history_[-1] > model.cost_history_[0]


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-3, 1e9])
@pytest.mark.parametrize("optimizer", ["gd", "adam", "rprop"])
def test_constant_targets(diabetes, value, optimizer):
    """Targets without variance have no R²; a descent that reaches them is good."""
    X, _ = diabetes
    y = np.full(len(X), value)
    model = GDLinearRegressor(optimizer=optimizer, max_iter=5000, tol=1e-12 * abs(value)).fit(X, y)
    assert_allclose(model.predict(X), y, rtol=0.05)


def test_perfect_fit_is_silent_from_the_start():
    """Going on from a perfect fit is not a divergence, though rounding may raise a cost of nothing."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = X @ [1.0, 2.0, 3.0] + 4.0
    for optimizer in ("gd", "adam", "rmsprop"):
        GDLinearRegressor(optimizer=optimizer, init=[4.0, 1.0, 2.0, 3.0], tol=None, max_iter=50).fit(X, y)
