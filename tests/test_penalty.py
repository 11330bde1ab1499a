"""The penalty `l1` and the constraint `positive`: proximal steps, gradient mappings, minima and duality gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._cost.problem import Problem
from sklearn_gd.optimizers import GradientDescent, Nesterov

numbers = st.floats(-10.0, 10.0)


@given(numbers, st.floats(0.01, 3.0), st.floats(0.0, 3.0), st.booleans())
def test_prox_is_the_point_of_least_cost(v, alpha, l1, positive):
    """The proximal operator minimises ``(theta - v)**2 / (2 alpha) + l1 |theta|``, and leaves the intercept alone."""
    intercept, found = Penalty(l1, positive, 1).prox(np.array([v, v]), alpha)

    def cost(theta):
        return (theta - v) ** 2 / (2.0 * alpha) + l1 * np.abs(theta)

    assert intercept == v
    assert not positive or found >= 0.0
    others = found + np.array([-1.0, -1e-3, 1e-3, 1.0])
    others = np.append(others, 0.0)
    assert np.all(cost(found) <= cost(others[others >= 0.0] if positive else others) * (1.0 + 1e-12) + 1e-12)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("shape", [(4,), (4, 3)])
def test_plain_descent_along_the_mapping_is_the_proximal_step(shape, positive):
    """``theta - alpha G`` is the proximal step, whatever the rate, and zeros of the step are exact."""
    rng, penalty = np.random.default_rng(0), Penalty(0.5, positive, 1)
    for alpha in (1e-8, 0.1, 1.0):
        theta, g = rng.standard_normal((2, *shape))
        theta = penalty.nearest(theta)
        step = penalty.step(theta, g, alpha)
        along = penalty.proximal(GradientDescent())(theta, g, alpha)
        assert_allclose(along, step, rtol=1e-14, atol=1e-15)
        assert not np.signbit(step[step == 0.0]).any()


@pytest.mark.parametrize("positive", [False, True])
def test_mapping_at_no_rate_is_the_limit(positive):
    """At ``alpha = 0``, which a scheduler may return, the mapping is that of the smallest rates."""
    penalty = Penalty(0.5, positive, 0)
    theta, g = np.array([1.0, 0.0, 0.0, 0.0, 2.0]), np.array([0.3, 0.2, 0.9, -0.9, -0.1])
    assert_allclose(penalty.mapping(theta, g, 0.0), penalty.mapping(theta, g, 1e-300), rtol=1e-15)
    assert np.isfinite(penalty.mapping(-theta, g, 0.0)).all()


def test_nesterov_on_the_mapping_is_fista():
    """Nesterov's rule is FISTA with a constant momentum, in the point that looks ahead."""
    rng, penalty, beta, alpha = np.random.default_rng(1), Penalty(0.05, False, 0), 0.8, 0.1
    A = rng.standard_normal((20, 5))
    H, b = A.T @ A / 20, rng.standard_normal(5)
    rule, theta, state = penalty.proximal(Nesterov(beta)), np.zeros(5), ()
    x = y = np.zeros(5)
    for _ in range(50):
        theta, *state = rule(theta, H @ theta - b, alpha, *state)
        moved = penalty.step(y, H @ y - b, alpha)
        x, y = moved, moved + beta * (moved - x)
        assert_allclose(theta, y, rtol=1e-12, atol=1e-14)


def test_an_optimizer_can_not_write_to_the_mapping():
    """It is read-only, as gradients are."""

    def in_place(theta, gradient, alpha):
        gradient *= alpha
        return theta - gradient

    with pytest.raises(ValueError, match="read-only"):
        Penalty(1.0, False, 0).proximal(in_place)(np.ones(2), np.ones(2), 0.1)


def test_value_and_nearest():
    """The value counts the coefficients alone; the nearest point is the point itself where it is allowed."""
    theta = np.array([[-3.0, 2.0], [1.0, -4.0]])
    assert Penalty(0.5, False, 1).value(theta) == 2.5
    assert Penalty(0.5, False, 0).value(theta) == 5.0
    assert_array_equal(Penalty(0.0, True, 1).nearest(theta), [[-3.0, 2.0], [1.0, 0.0]])
    assert Penalty(0.0, False, 1).nearest(theta) is theta


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize(
    "penalties",
    [{}, {"fit_intercept": False}, {"l2": 0.3}, {"l2": 0.3, "positive": True}],
    ids=str,
)
def test_errors_minimum_and_bounds(penalties, n_targets):
    """In any unit of the targets: errors are twice the cost, and a point is above the minimum by at most its gap.

    Where the constraint is violated, errors are infinite; the gap of the minimum is rounding, and an intercept that is
    off by ``d`` adds ``d**2 / 2`` to it.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 5)) + np.arange(5)
    Y = X[:, [0, 4]] - X[:, [3, 1]] + 3.0 + rng.normal(size=(40, 2))
    minima = []
    for unit in (1.0, 2.0**100, 2.0**-100):
        cost = Problem.of(X, unit * (Y if n_targets > 1 else Y[:, 0]), l1=0.2 * unit, **penalties).cost
        minima.append(cost.minimum / unit**2)
        assert cost.gap(cost.theta_star) <= 1e-13 * cost.constant_cost
        for size in (0.0, 0.1, 1.0):
            theta = cost.theta_star + size * unit * rng.normal(size=cost.shape)
            is_allowed = not cost.penalty.positive or np.all(theta[cost.penalty.first :] >= 0.0)
            value = cost.value_and_gradient(theta)[0] if is_allowed else np.inf
            assert_allclose(cost.squared_errors(theta[np.newaxis]).sum() / 2.0, value, rtol=1e-13)
            theta = cost.penalty.nearest(theta)
            above = cost.value_and_gradient(theta)[0] - cost.minimum
            assert cost.gain(theta, 5) <= above * (1.0 + 1e-9) + 1e-13 * cost.constant_cost
            assert above <= cost.gap(theta) + 1e-13 * cost.constant_cost
        if cost.penalty.first:
            theta = cost.theta_star.copy()
            theta[0] += 0.5 * unit
            assert_allclose(cost.gap(theta), n_targets * (0.5 * unit) ** 2 / 2.0, rtol=1e-9)
    assert_allclose(minima, minima[0], rtol=1e-13)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("n_targets", [1, 3])
def test_lack_is_what_one_coefficient_gains(positive, first, n_targets):
    """At zeros it is the largest decrease of the cost along one coefficient; elsewhere, the slopes times the numbers.

    The intercept has no such condition, and columns without curvature are zeros, whose gradients are rounding.
    """
    rng, l1 = np.random.default_rng(0), 0.5
    penalty = Penalty(l1, positive, first)
    for unit in (1e-3, 1.0, 1e3):
        theta, g = np.zeros((first + 4, n_targets)), rng.normal(size=(first + 4, n_targets))
        diagonal = unit * rng.uniform(0.5, 2.0, first + 4)
        diagonal[-1], g[:first] = 0.0, 100.0
        t = np.linspace(0.0 if positive else -10.0, 10.0, 200_001)[:, np.newaxis, np.newaxis] / unit
        along = (g * t + diagonal[:, np.newaxis] * t**2 / 2.0 + l1 * np.abs(t))[:, first:-1]
        # On the grid the lowest point is missed by 5e-5 / unit, whose cost is half its square, times the curvature.
        assert_allclose(penalty.lack(theta, g, diagonal), -along.min(), rtol=0.0, atol=3e-9 / unit)
        signs = rng.choice([1.0] if positive else [-1.0, 1.0], size=theta.shape)
        theta, slopes = signs * rng.uniform(1.0, 2.0, theta.shape), rng.uniform(0.0, 0.1, theta.shape)
        slopes[:first] = 100.0
        lack = np.abs(slopes * theta)[first:].sum()
        assert_allclose(penalty.lack(theta, signs * (slopes - l1), diagonal), lack, rtol=1e-12)
    assert penalty.lack(np.zeros(first), np.ones(first), np.ones(first)) == 0.0, "no coefficients lack nothing"


@pytest.mark.parametrize("precompute", [True, False])
def test_columns_of_zeros_leave_nothing_to_gain(precompute):
    """Without curvature the cost is where it was: no step of FISTA lowers it, row by row or from moments."""
    problem = Problem.of(np.zeros((20, 3)), np.arange(20.0), fit_intercept=False, precompute=precompute, positive=True)
    assert problem.cost.L == problem.cost.gain(np.ones(3), 5) == 0.0
