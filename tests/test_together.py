"""Descents with many penalties on several costs at once end where each of them ends alone."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._descent.together import descend_together, go_together
from sklearn_gd.optimizers import Adam, GradientDescent, Momentum, Nesterov
from sklearn_gd.schedulers import Constant, Cosine, Warmup

L1S = np.array([2.0, 0.3, 0.02, 0.001])


def problems(n_targets, mean=0.5, **options):
    """Return problems on three sets of rows, two of whose columns are far apart in scale."""
    made = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(30, 5)) * [1.0, 1.0, 0.2, 1.0, 1.0] + mean
        Y = X[:, [0, 2]] - 2.0 * X[:, [1, 3]] + 1.0 + 0.3 * rng.normal(size=(30, 2))
        made.append(Problem.of(X, Y if n_targets > 1 else Y[:, 0], **options))
    return made


def settings_of(problems, share, optimizer, **options):
    """Return settings with a rate that is a share of 1/L on the steepest of the problems."""
    rate = share / max(problem.smooth.L for problem in problems)
    return replace(Settings(alpha=rate, optimizer=optimizer, scheduler=Constant(), max_iter=60, tol=1e-3), **options)


@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"positive": True}], ids=str)
@pytest.mark.parametrize(
    ("optimizer", "n_targets", "more"),
    [
        (GradientDescent(), 1, {}),
        (GradientDescent(), 2, {"tol": None, "max_iter": 7}),
        (Momentum(0.5), 1, {"scheduler": Cosine()}),
        (Nesterov(), 2, {"max_iter": 33}),
        (Nesterov(), 1, {"max_iter": 1}),
    ],
)
@pytest.mark.parametrize("mean", [0.5, 1e4])
def test_ends_of_single_descents(optimizer, n_targets, more, mean, options):
    """So do their numbers of iterations, whether they ran out, and where a fit with half of `max_iter` ends."""
    some = problems(n_targets, mean, **options)
    settings = settings_of(some, 0.9, optimizer, **more)
    start = Start(np.zeros(some[0].smooth.shape))
    penalty = replace(some[0], l1=0.1).penalty
    all_ended = descend_together([one.smooth for one in some], start.theta, penalty, L1S, settings)
    half = replace(settings, max_iter=max(settings.max_iter // 2, 1), horizon=settings.max_iter)
    for problem, ended in zip(some, all_ended, strict=True):
        for k, l1 in enumerate(L1S):
            alone = run(replace(problem, l1=l1), start, settings)
            assert_allclose(ended.last[k], alone.last, rtol=1e-9, atol=1e-12)
            assert ended.n_iters[k] == len(alone.rates)
            assert ended.ran_out[k] == (alone.status == "max_iter")
            if ended.ran_out[k] and settings.max_iter > 1:
                assert_allclose(ended.halfway[k], run(replace(problem, l1=l1), start, half).last, rtol=1e-9, atol=1e-12)


def test_which_go_together():
    """Those that can't diverge at any of their rates, on any of the costs, with a rule that treats each entry alone."""
    some = problems(1)
    costs = [one.smooth for one in some]
    for optimizer, highest in ((GradientDescent(), 2.0), (Momentum(), 1.0), (Nesterov(), 1.0)):
        for share, together in ((1e-3, True), (highest, True), (highest * (1.0 + 1e-6), False)):
            settings = settings_of(some, share, optimizer)
            assert go_together(costs, settings) == together
            assert go_together(costs, replace(settings, scheduler=Cosine(end=0.5))) == together
            assert go_together(costs, replace(settings, scheduler=Warmup(warmup_steps=5, start=0.01))) == together
            assert not go_together(costs, replace(settings, scheduler=lambda t, max_iter: 1.0))
    settings = settings_of(some, 0.5, GradientDescent())
    by_rows = Problem.of(np.ones((4, 5)), np.arange(4.0), precompute=False).smooth
    assert not go_together([*costs, by_rows], settings)
    assert not go_together(costs, replace(settings, optimizer=Adam()))
