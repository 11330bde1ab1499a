"""Schedulers: each follows its formula, and all behave as plug-ins must."""

import inspect
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sklearn_gd import schedulers
from sklearn_gd.schedulers import SCHEDULERS


def three_growing_waves(t):
    """Return the waves of 4, 12 and 36 iterations, which begin at 0, 4 and 16."""
    start, length = (0, 4) if t < 4 else (4, 12) if t < 16 else (16, 36)
    return math.cos(math.pi * (t - start) / length / 2) ** 2


# One formula a scheduler, written down again from its source; T is max_iter.
FORMULAS = [
    (schedulers.Constant(), lambda t, T: 1.0),
    (schedulers.Linear(), lambda t, T: 1 - t / T),
    (schedulers.Linear(end=0.3), lambda t, T: np.interp(t, [0, T], [1, 0.3])),
    (schedulers.Cosine(), lambda t, T: math.cos(math.pi * t / T / 2) ** 2),
    (schedulers.Cosine(end=0.2), lambda t, T: 0.2 + 0.8 * math.cos(math.pi * t / T / 2) ** 2),
    (schedulers.Exponential(0.9), lambda t, T: math.exp(t * math.log(0.9))),
    (schedulers.Polynomial(power=2.0, end=0.1), lambda t, T: 0.1 + 0.9 * ((T - t) / T) ** 2),
    (schedulers.Step(step_size=7, gamma=0.5), lambda t, T: math.prod([0.5] * int(t / 7))),
    (schedulers.InverseTime(decay_rate=0.5, decay_steps=10), lambda t, T: 10 / (10 + 0.5 * t)),
    (schedulers.InverseScaling(power_t=0.5), lambda t, T: 1 / math.sqrt(t + 1)),
    (schedulers.CosineRestarts(T_0=8), lambda t, T: math.cos(math.pi * (t % 8) / 16) ** 2),
    (schedulers.CosineRestarts(T_0=4, T_mult=3, end=0.5), lambda t, T: 0.5 + 0.5 * three_growing_waves(t)),
    (
        schedulers.OneCycle(pct_start=0.25, div_factor=10, final_div_factor=100),
        lambda t, T: (
            0.1 + 0.9 * math.sin(math.pi * t / (T / 4) / 2) ** 2
            if t < T / 4
            else 0.001 + 0.999 * math.cos(math.pi * (t - T / 4) / (T * 3 / 4) / 2) ** 2
        ),
    ),
    (
        schedulers.Warmup("linear", warmup_steps=5, start=0.2),
        lambda t, T: np.interp(t, [0, 5], [0.2, 1]) if t < 5 else 1 - (t - 5) / (T - 5),
    ),
    (
        schedulers.Warmup(lambda t, T: 1 / (T - t), warmup_steps=2, start=1.0),
        lambda t, T: 1.0 if t < 2 else 1 / (T - t),
    ),
]


@pytest.mark.parametrize(("scheduler", "formula"), FORMULAS, ids=[type(rule).__name__ for rule, _ in FORMULAS])
@pytest.mark.parametrize("max_iter", [40, 37])
def test_formula(scheduler, formula, max_iter):
    """Every factor is the formula's, to rounding."""
    factors = [scheduler(t, max_iter) for t in range(max_iter)]
    assert_allclose(factors, [formula(t, max_iter) for t in range(max_iter)], rtol=1e-12, atol=1e-15)


def test_every_scheduler_has_a_formula():
    """A new scheduler joins the table above."""
    assert {type(scheduler) for scheduler, _ in FORMULAS} == set(SCHEDULERS.values())


@pytest.mark.parametrize("name", SCHEDULERS)
def test_factors_are_between_0_and_1(name):
    """With its defaults no scheduler raises the rate above alpha, stops it or turns it back."""
    scheduler = SCHEDULERS[name]()
    for max_iter in (1, 2, 3, 10, 1000):
        factors = [scheduler(t, max_iter) for t in range(max_iter)]
        assert all(isinstance(factor, float) and 0.0 < factor <= 1.0 for factor in factors)


@pytest.mark.parametrize("name", ["linear", "cosine", "polynomial"])
@pytest.mark.parametrize("end", [0.0, 0.25])
def test_decay_runs_from_1_to_end(name, end):
    """The factor is exactly 1 at ``t = 0`` and `end` at ``t = max_iter``."""
    scheduler = SCHEDULERS[name](end=end)
    assert scheduler(0, 50) == 1.0
    assert_allclose(scheduler(50, 50), end, atol=1e-16)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_estimator_habits(name):
    """Schedulers print as they are made, and clone, pickle, compare and change like every scikit-learn object."""
    scheduler = SCHEDULERS[name]()
    for copy in (clone(scheduler), pickle.loads(pickle.dumps(scheduler))):
        assert copy == scheduler
        assert copy is not scheduler
    assert repr(scheduler) == f"{type(scheduler).__name__}()"
    assert set(scheduler.get_params()) == set(inspect.signature(type(scheduler)).parameters)
    assert scheduler.set_params(**scheduler.get_params()) is scheduler


def test_all_names_are_public():
    """`__all__` holds the table and every class in it."""
    assert set(schedulers.__all__) == {"SCHEDULERS"} | {scheduler.__name__ for scheduler in SCHEDULERS.values()}
