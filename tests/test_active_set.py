"""The exact minimum with `l1` or `positive`, and how far above it a point is: against the laws, and other solvers."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import nnls
from sklearn.linear_model import ElasticNet, Lasso
from sklearn.preprocessing import PolynomialFeatures

from sklearn_gd._cost.active_set import minimiser
from sklearn_gd._cost.duality import duality_gap
from sklearn_gd._cost.problem import Problem

# Columns that depend on each other, or nearly so, made of some that don't.
COLUMNS = {
    "independent": lambda X, rng: X,
    "twins": lambda X, rng: np.hstack([X, X[:, :4], 3.0 * X[:, :2]]),
    "negated": lambda X, rng: np.hstack([X, -X]),
    "1e-6 apart": lambda X, rng: np.hstack([X, X + 1e-6 * rng.standard_normal(X.shape)]),
    "1e-9 apart": lambda X, rng: np.hstack([X, X + 1e-9 * rng.standard_normal(X.shape)]),
    "sums": lambda X, rng: np.hstack([X, X[:, :3] + X[:, 3:6], X.sum(axis=1, keepdims=True)]),
    "constant": lambda X, rng: np.hstack([X, np.full((len(X), 1), 3.0), np.zeros((len(X), 1))]),
    "wide": lambda X, rng: rng.standard_normal((30, 60)),
    "scales": lambda X, rng: X * 10.0 ** rng.uniform(-6.0, 6.0, X.shape[1]),
    "polynomials": lambda X, rng: PolynomialFeatures(3, include_bias=False).fit_transform(X[:, :5]),
}


def data(kind, seed):
    """Return features of a kind, and targets that depend on half of them."""
    rng = np.random.default_rng(seed)
    X = COLUMNS[kind](rng.standard_normal((80, 8)), rng)
    deviation = X.std(axis=0)
    w = rng.standard_normal(X.shape[1]) * (rng.random(X.shape[1]) < 0.5)
    return X, X @ np.divide(w, deviation, out=np.zeros_like(w), where=deviation > 1e-12) + rng.standard_normal(len(X))


def moments(X, y):
    """Return the centred moments, and which columns are constant."""
    X, y = X - X.mean(axis=0), y - y.mean(axis=0)
    return X.T @ X / len(X), X.T @ y / len(X), np.sum(y * y) / len(X), X.std(axis=0) == 0.0


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("kind", COLUMNS)
def test_the_conditions_of_a_minimum_hold(kind, positive):
    """No gradient is beyond `l1`, and that of a coefficient that is not 0 is there; so the duality gap is rounding."""
    for seed in range(2):
        S, s, c, constant = moments(*data(kind, seed))
        largest = np.abs(s).max()
        for l1 in (0.5 * largest, 0.02 * largest, 1e-4 * largest, *[0.0] * positive):
            for l2 in (0.0, 0.01 * np.diagonal(S).max()):
                w = minimiser(S + l2 * np.eye(len(S)), s, l1, positive=positive, constant=constant)
                g = S @ w + l2 * w - s
                if l1:
                    q = c - 2.0 * w @ s + w @ S @ w + l2 * w @ w
                    # Columns on scales of 1e12 leave the rounding of the largest to the smallest.
                    assert duality_gap(w, g, q, l1, l2, positive=positive) <= (1e-11 if kind == "scales" else 1e-13) * c
                else:
                    assert abs(g @ w) <= 1e-13 * c
                    scale = np.sqrt(np.where(constant, np.inf, np.diagonal(S)))
                    assert np.all(g / scale >= -1e-12 * np.sqrt(c))
                assert not positive or w.min() >= 0.0
                assert not w[constant].any()


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("kind", COLUMNS)
def test_from_any_start(kind, positive):
    """The minimum is the same from signs that are all wrong: the coefficients where they are unique, and the cost."""
    S, s, c, constant = moments(*data(kind, 5))
    rng = np.random.default_rng(6)
    for l1 in (0.02 * np.abs(s).max(), *[0.0] * positive):
        options = {"positive": positive, "constant": constant}

        def cost(w, l1=l1):
            return c / 2.0 + w @ S @ w / 2.0 - w @ s + l1 * np.abs(w).sum()

        best = cost(minimiser(S, s, l1, **options))
        for share in (0.7, 0.7, 1.0):
            start = rng.standard_normal(len(s)) * (rng.random(len(s)) < share)
            given = np.abs(start) if positive else start
            before = given.copy()
            assert_allclose(cost(minimiser(S, s, l1, start=given, **options)), best, rtol=1e-11, atol=1e-13 * c)
            assert_array_equal(given, before)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_other_solvers(seed):
    """The coefficients are those of `Lasso`, `ElasticNet` and `nnls`, to their tolerances, with the same zeros."""
    X, y = data("independent", seed)
    S, s, _, constant = moments(X, y)
    l1, l2 = 0.1 * np.abs(s).max(), 0.3
    options = {"tol": 1e-14, "max_iter": 1_000_000}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their duality gap may be rounding, and no less
        for positive in (False, True):
            lasso = Lasso(alpha=l1, positive=positive, **options).fit(X, y)
            net = ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), positive=positive, **options).fit(X, y)
            for penalty, other in ((0.0, lasso), (l2, net)):
                w = minimiser(S + penalty * np.eye(len(S)), s, l1, positive=positive, constant=constant)
                assert_allclose(w, other.coef_, rtol=0.0, atol=1e-9)
                assert_array_equal(w == 0.0, other.coef_ == 0.0)
    raw = X.T @ X / len(X), X.T @ y / len(X)
    w = minimiser(*raw, 0.0, positive=True, constant=constant)
    assert_allclose(w, nnls(X, y)[0], rtol=0.0, atol=1e-12)


def test_targets_are_independent_of_each_other():
    """Each column of targets has the minimum that it has alone, and strong penalties leave only zeros."""
    X, y = data("twins", 0)
    S, s, _, constant = moments(X, np.column_stack([y, y**2, -y]))
    for l1 in (0.1, 1e9):
        together = minimiser(S, s, l1, positive=False, constant=constant)
        for k in range(3):
            assert_array_equal(together[:, k], minimiser(S, s[:, k], l1, positive=False, constant=constant))
    assert not together.any()


def test_many_columns_take_few_rounds(monkeypatch):
    """From zeros, a few hundred columns of which half are chosen take tens of factorisations, not hundreds."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 200))
    S, s, _, constant = moments(X, X[:, :100] @ rng.standard_normal(100) + rng.standard_normal(500))
    count, cholesky = [], np.linalg.cholesky
    monkeypatch.setattr(np.linalg, "cholesky", lambda A: count.append(len(A)) or cholesky(A))
    assert np.count_nonzero(minimiser(S, s, 0.01, positive=False, constant=constant)) > 100
    assert len(count) < 30


@pytest.mark.parametrize("positive", [False, True])
def test_the_duality_gap_is_above_the_true_one(positive):
    """At any point that is allowed, and at every penalty, the minimum is no further than the duality gap."""
    rng = np.random.default_rng(0)
    for seed in range(10):
        S, s, c, constant = moments(*data("independent", seed))
        for l1, l2 in ((0.1, 0.0), (0.1, 0.5), (0.0, 0.5)):
            T = S + l2 * np.eye(len(S))

            def cost(w, T=T, l1=l1, s=s, c=c):
                return (w @ T @ w - 2.0 * w @ s + c) / 2.0 + l1 * np.abs(w).sum()

            best = minimiser(T, s, l1, positive=positive, constant=constant)
            for size in (0.0, 0.01, 1.0):
                w = best + size * rng.standard_normal(len(s))
                w = np.maximum(w, 0.0) if positive else w
                smooth = cost(w) - l1 * np.abs(w).sum()
                gap = duality_gap(w, T @ w - s, 2.0 * smooth, l1, l2, positive=positive)
                assert gap >= cost(w) - cost(best) - 1e-13 * c
                if l1 and size == 0.0:
                    assert gap <= 1e-13 * c
                if l2:  # a strongly convex cost is no further above its minimum than the shortest subgradient allows
                    g = T @ w - s
                    rest = np.maximum(-g - l1, 0.0) if positive else np.maximum(np.abs(g) - l1, 0.0)
                    slope = np.where(w == 0.0, rest, g + l1 * np.sign(w))
                    assert gap <= slope @ slope / (2.0 * l2) + 1e-13 * c


@pytest.mark.parametrize("far", [0.0, 400.0, 1e4])
def test_minimum_of_columns_far_from_zero(far):
    """With an intercept the means do not matter: the minimum stays known, more columns than rows or not."""
    rng = np.random.default_rng(0)
    for m, n in ((19, 22), (60, 5)):
        X = rng.standard_normal((m, n))
        y = X @ rng.standard_normal(n) + rng.standard_normal(m)
        near, away = (Problem.of(Z, y, positive=True).cost.minimum for Z in (X, X + far))
        assert away == pytest.approx(near, rel=1e-7)


@pytest.mark.parametrize(
    "options", [{"l1": 0.1}, {"positive": True}, {"l1": 0.1, "l2": 0.1, "fit_intercept": False}], ids=str
)
@pytest.mark.parametrize("off", [1e-4, -1e-2])
def test_a_point_nearby_is_no_minimum(options, off, monkeypatch):
    """Where the solver ends beside the minimum, from which a coefficient could gain, the minimum is not known."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4)) + 1.0
    y = X @ [3.0, 2.0, 0.0, 1.0] + rng.normal(size=50)
    assert np.isfinite(Problem.of(X, y, **options).cost.minimum)
    monkeypatch.setattr(
        "sklearn_gd._cost.composite.minimiser", lambda *data, **options: (1.0 + off) * minimiser(*data, **options)
    )
    assert np.isnan(Problem.of(X, y, **options).cost.minimum)


def test_a_minimum_that_means_have_drowned():
    """Without an intercept, means of so many deviations that their squares lose a thousandth leave it unknown."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, 2.0, 0.0] + rng.normal(size=60)
    for far, is_known in ((1e5, True), (1e6, True), (1e7, False), (1e9, False)):
        minimum = Problem.of(X + far, y, fit_intercept=False, l1=0.1).cost.minimum
        assert np.isfinite(minimum) == is_known


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
def test_a_perfect_fit_costs_nothing(fit_intercept, unit):
    """Where non-negative coefficients explain the targets, the minimum is 0, and not the rounding of it."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(60, 5)) + 1.0
        y = unit * (X @ rng.uniform(0.0, 2.0, 5))
        assert Problem.of(X, y, fit_intercept=fit_intercept, positive=True).cost.minimum == 0.0
