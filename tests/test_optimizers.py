"""Optimizers: each follows its formula, written down again number by number, and all behave as plug-ins must."""

import inspect
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sklearn_gd import optimizers
from sklearn_gd.optimizers import OPTIMIZERS, auto_alpha

# Independent implementations: for one parameter, from all gradients so far to the move of the last iteration,
# without any running state. `g` is the list of gradients, alpha the constant rate.


def momentum_velocity(g, beta):
    """Return ``sum beta**(age) g``."""
    return sum(beta ** (len(g) - 1 - i) * gradient for i, gradient in enumerate(g))


def mean(g, beta):
    """Return the weighted mean of the gradients whose weights decay by beta."""
    return (1 - beta) * momentum_velocity(g, beta) / (1 - beta ** len(g))


def square(g):
    """Return the squares."""
    return [gradient**2 for gradient in g]


def nadam_move(g, alpha, beta1, beta2, eps, decay):
    """Return the move of Nadam."""
    mu = [beta1 * (1 - 0.5 * 0.96 ** (decay * t)) for t in range(1, len(g) + 2)]
    v = (1 - beta1) * momentum_velocity(g, beta1)
    look_ahead = (1 - mu[-2]) * g[-1] / (1 - math.prod(mu[:-1])) + mu[-1] * v / (1 - math.prod(mu))
    return -alpha * look_ahead / (math.sqrt(mean(square(g), beta2)) + eps)


def amsgrad_move(g, alpha, beta1, beta2, eps):
    """Return the move of AMSGrad."""
    largest = max((1 - beta2) * momentum_velocity(square(g[: i + 1]), beta2) for i in range(len(g)))
    return -alpha * mean(g, beta1) / (math.sqrt(largest / (1 - beta2 ** len(g))) + eps)


def rprop_move(g, alpha, eta_minus, eta_plus, step_min, step_max):
    """Return the move of Rprop."""
    step, last = alpha, 0.0
    for gradient in g:
        if gradient * last > 0:
            step = min(step * eta_plus, step_max)
        elif gradient * last < 0:
            step, gradient = max(step * eta_minus, step_min), 0.0
        last = gradient
    return -math.copysign(step, last) if last else 0.0


MOVES = [
    (optimizers.GradientDescent(), lambda g, alpha: -alpha * g[-1]),
    (optimizers.Momentum(), lambda g, alpha: -alpha * momentum_velocity(g, 0.9)),
    (optimizers.Momentum(beta=0.5), lambda g, alpha: -alpha * momentum_velocity(g, 0.5)),
    (optimizers.Nesterov(), lambda g, alpha: -alpha * (g[-1] + 0.9 * momentum_velocity(g, 0.9))),
    (optimizers.Nesterov(beta=0.3), lambda g, alpha: -alpha * (g[-1] + 0.3 * momentum_velocity(g, 0.3))),
    (optimizers.AdaGrad(), lambda g, alpha: -alpha * g[-1] / (math.sqrt(sum(square(g))) + 1e-10)),
    (
        optimizers.RMSprop(rho=0.8, eps=0.1),
        lambda g, alpha: -alpha * g[-1] / (math.sqrt(0.2 * momentum_velocity(square(g), 0.8)) + 0.1),
    ),
    (optimizers.Adam(), lambda g, alpha: -alpha * mean(g, 0.9) / (math.sqrt(mean(square(g), 0.999)) + 1e-8)),
    (
        optimizers.Adam(beta1=0.5, beta2=0.8, eps=0.1),
        lambda g, alpha: -alpha * mean(g, 0.5) / (math.sqrt(mean(square(g), 0.8)) + 0.1),
    ),
    (optimizers.AMSGrad(beta2=0.6), lambda g, alpha: amsgrad_move(g, alpha, 0.9, 0.6, 1e-8)),
    (optimizers.Nadam(), lambda g, alpha: nadam_move(g, alpha, 0.9, 0.999, 1e-8, 0.004)),
    (
        optimizers.Nadam(beta1=0.7, beta2=0.8, eps=0.1, momentum_decay=0.5),
        lambda g, alpha: nadam_move(g, alpha, 0.7, 0.8, 0.1, 0.5),
    ),
    (optimizers.Rprop(), lambda g, alpha: rprop_move(g, alpha, 0.5, 1.2, 1e-6, math.inf)),
    (
        optimizers.Rprop(eta_minus=0.1, eta_plus=2.0, step_min=0.01, step_max=0.5),
        lambda g, alpha: rprop_move(g, alpha, 0.1, 2.0, 0.01, 0.5),
    ),
]


@pytest.mark.parametrize(("optimizer", "move"), MOVES, ids=[repr(optimizer)[:40] for optimizer, _ in MOVES])
def test_formula(optimizer, move):
    """On 60 arbitrary gradients of three parameters every move is the independent implementation's, to rounding."""
    gradients = np.random.default_rng(0).normal(size=(60, 3)) * [1.0, 1e3, 1e-3]
    gradients[10:20, 0] = 1.0
    gradients[30, 1] = 0.0
    theta, state = np.zeros(3), ()
    for t, gradient in enumerate(gradients):
        last = theta
        theta, *state = result if isinstance(result := optimizer(theta, gradient, 0.1, *state), tuple) else (result,)
        expected = [move(list(gradients[: t + 1, j]), 0.1) for j in range(3)]
        # 1e-14: the moves are differences of thetas, which are of the size of 1 to 1e3.
        assert_allclose(theta - last, expected, rtol=1e-10, atol=1e-14 * np.abs(theta).max())


def test_every_optimizer_has_a_formula():
    """A new optimizer joins the table above."""
    assert {type(optimizer) for optimizer, _ in MOVES} == set(OPTIMIZERS.values())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_gradient_no_step(name):
    """At a minimum nothing moves, and nothing is divided by zero."""
    optimizer, theta, state = OPTIMIZERS[name](), np.array([1.0, -2.0]), ()
    for _ in range(5):
        theta, *state = result if isinstance(result := optimizer(theta, np.zeros(2), 0.1, *state), tuple) else (result,)
        assert list(theta) == [1.0, -2.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_targets_do_not_mix(name):
    """A matrix of parameters moves like its columns alone."""
    rng = np.random.default_rng(1)
    theta, gradients = rng.normal(size=(4, 2)), rng.normal(size=(5, 4, 2))

    def run(columns):
        optimizer, moved, state = OPTIMIZERS[name](), theta[:, columns], ()
        for gradient in gradients:
            result = optimizer(moved, gradient[:, columns], 0.1, *state)
            moved, *state = result if isinstance(result, tuple) else (result,)
        return moved

    assert_allclose(run(slice(None)), np.column_stack([run(0), run(1)]), rtol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_arguments_are_left_alone(name):
    """Optimizers are pure functions: read-only arrays do, and the same call gives the same result."""
    theta, gradient = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    theta.flags.writeable = gradient.flags.writeable = False
    optimizer = OPTIMIZERS[name]()
    results = [optimizer(theta, gradient, 0.1) for _ in range(2)]
    first, second = (result if isinstance(result, tuple) else (result,) for result in results)
    for one, other in zip(first, second, strict=True):
        assert_allclose(one, other, rtol=0.0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_estimator_habits(name):
    """Optimizers print as they are made, and clone, pickle, compare and change like every scikit-learn object."""
    optimizer = OPTIMIZERS[name]()
    for copy in (clone(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert copy == optimizer
        assert copy is not optimizer
    assert repr(optimizer) == f"{type(optimizer).__name__}()"
    assert set(optimizer.get_params()) == set(inspect.signature(type(optimizer)).parameters)
    assert optimizer.set_params(**optimizer.get_params()) is optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_auto_alpha_follows_the_units(name):
    """The automatic rate is a curvature's inverse, or a length: it scales with the units of X and y accordingly."""
    optimizer, gradient = OPTIMIZERS[name](), np.array([3.0, -5.0])
    rate = auto_alpha(optimizer, gradient, L=2.0)
    is_length = not np.isclose(rate, 0.5)
    # y in a unit 10 times smaller: gradients 10 times larger; X likewise: gradients 10 times, L 100 times.
    assert_allclose(auto_alpha(optimizer, 10 * gradient, L=2.0), rate * (10 if is_length else 1))
    assert_allclose(auto_alpha(optimizer, 10 * gradient, L=200.0), rate / (10 if is_length else 100))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_auto_alpha_takes_the_longest_move(name):
    """A length is a share of the longest move of plain descent's first step, as the stop rule and `Returns` measure it.

    So it depends neither on the number of parameters nor on that of the targets; ``1 / L`` on no gradient at all.
    """
    optimizer = OPTIMIZERS[name]()
    rate = auto_alpha(optimizer, np.array([-5.0]), L=2.0)
    for gradient in (np.array([3.0, -5.0, 4.0]), np.full(100, 5.0), np.array([[3.0, 0.0], [5.0, -5.0]])):
        assert auto_alpha(optimizer, gradient, L=2.0) == rate


def test_auto_alpha_of_nothing():
    """Where there is no curvature, or no gradient, the rate is still a positive number."""
    for optimizer in (optimizers.GradientDescent(), optimizers.Adam()):
        assert auto_alpha(optimizer, np.zeros(2), L=0.0) == 1.0
        assert auto_alpha(optimizer, np.zeros(2), L=4.0) == 0.25


def test_auto_alpha_of_a_function():
    """An optimizer of the user's own gets ``1 / L``."""
    assert auto_alpha(lambda theta, gradient, alpha: theta, np.ones(2), L=4.0) == 0.25


def test_all_names_are_public():
    """`__all__` holds the table and every class in it."""
    assert set(optimizers.__all__) == {"OPTIMIZERS"} | {optimizer.__name__ for optimizer in OPTIMIZERS.values()}
