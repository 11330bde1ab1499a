"""Where descents end at several rates: where the descents themselves do."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.ends import are_known, ends, iterates_until
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start

PLAIN = {"alpha": 1.0, "optimizer": "gd", "scheduler": "constant", "max_iter": 100, "tol": 1e-4}


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_each_descent(seed):
    """The ends, the iterates half-way and what ended the descents are those of single runs, at any rate below 2/L."""
    rng = np.random.default_rng(seed)
    m, n, n_targets = int(rng.integers(5, 60)), int(rng.integers(1, 12)), int(rng.integers(0, 4))
    X = rng.normal(size=(m, n)) * 10.0 ** rng.uniform(-1, 1, size=n) + rng.choice([0, 10])
    X[:, -1] = X[:, 0]
    y = rng.normal(size=(m, n_targets) if n_targets else m)
    options = {"fit_intercept": bool(seed % 2), "standardize": seed % 3 == 0, "l2": float(rng.choice([0.0, 0.1]))}
    problem = Problem.of(X, y, precompute=seed % 5 != 0, **options)
    settings = Settings.of(
        "me", PLAIN | {"max_iter": (1, 2, 10, 300, 3000)[seed % 5], "tol": (None, 1e-4, 1e-2)[seed % 3]}
    )
    theta = rng.normal(size=problem.cost.shape)
    alphas = np.geomspace(0.01, 1.9, 6) / problem.cost.L
    known = are_known(problem.cost, settings, alphas)
    if not known.any():  # row by row, with more rows than features
        assert problem.cost.modes_price == np.inf
        return
    found = ends(problem.cost, theta, alphas, settings)
    for k, alpha in enumerate(alphas.tolist()):
        descent = run(problem, Start(theta), replace(settings, alpha=alpha), keep_at=settings.max_iter // 2)
        # Both are rounded at each step, and have the digits of the largest parameter.
        assert_allclose(found.last[k], descent.last, rtol=0, atol=1e-11 * max(np.abs(descent.last).max(), 1.0))
        assert found.n_iters[k] == len(descent.rates)
        assert found.ran_out[k] == (descent.status == "max_iter") or len(descent.rates) == settings.max_iter
        if found.ran_out[k]:
            largest = max(np.abs(descent.kept).max(), 1.0)
            assert_allclose(found.halfway[k], descent.kept, rtol=0, atol=1e-11 * largest)


@pytest.mark.parametrize("n_targets", [0, 1, 30])
def test_all_iterates(n_targets):
    """The iterates are those of a run, in their order, over several blocks; the last is the end."""
    rng = np.random.default_rng(n_targets)
    X, y = rng.normal(size=(40, 6)), rng.normal(size=(40, n_targets) if n_targets else 40)
    problem = Problem.of(X, y, l2=0.01)
    settings = Settings.of("me", PLAIN | {"max_iter": 9000 // max(n_targets, 1), "tol": None})
    theta = rng.normal(size=problem.cost.shape)
    for share in (1e-3, 0.5, 1.9):
        alpha = share / problem.cost.L
        blocks = list(iterates_until(problem.cost, theta, alpha, settings.max_iter))
        descent = run(problem, Start(theta), replace(settings, alpha=alpha), keep_every=1)
        assert len(blocks) > 1
        assert_allclose(np.concatenate(blocks), descent.thetas, rtol=0, atol=1e-11)
        last = ends(problem.cost, theta, np.array([alpha]), settings).last
        assert_allclose(blocks[-1][-1], last[0], rtol=0, atol=1e-11)


@pytest.mark.parametrize("n_targets", [1, 3])
def test_a_million_moves_are_not_looked_at(monkeypatch, n_targets):
    """Where a descent stops is found from few whole moves, also if that is far and parameters slow down in turn."""
    rng = np.random.default_rng(n_targets)
    U, V = (np.linalg.qr(rng.normal(size=(size, 12)))[0] for size in (60, 12))
    X = 8.0 * U * np.geomspace(1.0, 1e-3, 12) @ V
    problem = Problem.of(X, rng.normal(size=(60, n_targets)), fit_intercept=False)
    cost, settings = problem.cost, Settings.of("me", PLAIN | {"max_iter": 10**8, "tol": 1e-6})
    theta, alphas = np.zeros(cost.shape), np.append(np.geomspace(0.02, 1.9, 7), 2.0 - 1e-6) / cost.L
    n_moves, whole = [], Modes.move

    def counted(modes, e, *targets):
        n_moves.append(e.shape[0] * e.shape[1])
        return whole(modes, e, *targets)

    monkeypatch.setattr(Modes, "move", counted)
    n_iters = ends(cost, theta, alphas, settings).n_iters
    assert 1000 < n_iters.min() <= n_iters.max() < settings.max_iter
    assert sum(n_moves) < 20 * n_targets * len(alphas)
    gradient = cost.value_and_gradient(theta)[1]
    lam, Q = np.linalg.eigh(cost.H)
    for alpha, n_iter in zip(alphas.tolist(), n_iters.tolist(), strict=True):
        for t, stops in ((n_iter - 2, False), (n_iter - 1, True)):
            move = alpha * Q @ (((1.0 - alpha * lam) ** t)[:, np.newaxis] * (Q.T @ gradient))
            assert (np.abs(move).max() <= settings.tol) == stops


def test_what_is_not_known():
    """Rates at which a direction overshoots ever further, schedules and other optimizers are left to descents."""
    rng = np.random.default_rng(0)
    cost = Problem.of(rng.normal(size=(30, 3)), rng.normal(size=30)).cost
    alphas = np.array([0.1, 1.999, 2.001, 30.0]) / cost.L
    assert_array_equal(are_known(cost, Settings.of("me", PLAIN), alphas), [True, True, False, False])
    for other in ({"optimizer": "momentum"}, {"scheduler": "cosine"}):
        assert not are_known(cost, Settings.of("me", PLAIN | other), alphas).any()


def test_where_nothing_or_little_moves():
    """From the minimum the first move ends a descent; at tiny rates the way is `n_iter` steps, to all digits."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    settings = Settings.of("me", PLAIN)
    zero = Problem.of(X, np.zeros(30)).cost
    still = ends(zero, np.zeros(4), np.array([0.5]) / zero.L, settings)
    assert_array_equal(still.last, np.zeros((1, 4)))
    assert not still.ran_out.any()
    cost = Problem.of(X, y).cost
    tiny = np.array([1e-9, 1e-13]) / cost.L
    gradient = cost.value_and_gradient(np.zeros(4))[1]
    moved = ends(cost, np.zeros(4), tiny, replace(settings, tol=None)).last
    for alpha, way in zip(tiny, moved, strict=True):
        # After t iterations the gradient has changed by t alpha L of itself at most; the rest is rounding.
        bound = (100 * alpha * cost.L + 1e-13) * np.linalg.norm(gradient)
        assert_allclose(way / alpha / 100, -gradient, rtol=0, atol=bound)


@pytest.mark.parametrize("n_targets", [2, 3])
def test_the_target_that_moves_farthest_may_have_small_changes(n_targets):
    """A descent goes on while the parameter of another target changes by more."""
    Y = np.zeros((12, n_targets))
    Y[:, 0], Y[0, -1] = 1.0, 2.0  # the lengths of their moves are as sqrt(12) to 2
    problem = Problem.of(np.sqrt(12.0) * np.eye(12), np.sqrt(12.0) * Y, fit_intercept=False)
    alphas, settings = np.array([0.01, 0.1, 0.5, 1.9]), Settings.of("me", PLAIN | {"max_iter": 10_000, "tol": 1e-3})
    # All curvatures are 1, so the largest change is 2 alpha abs(1 - alpha)**t.
    expected = [1 + next(t for t in range(10_000) if 2.0 * a * abs(1.0 - a) ** t <= 1e-3) for a in alphas]
    assert_array_equal(ends(problem.cost, np.zeros(problem.cost.shape), alphas, settings).n_iters, expected)
