"""Fewer rows than features, in the coordinates of the eigenbasis: the same descents, and the scores of single fits."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd._cost.eigenbasis import by_target
from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.turned import Turned
from sklearn_gd._data.folds import split_tables
from sklearn_gd._data.table import Table
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start


def data(seed, m, n, n_targets=0):
    """Return rows of which some are twins, with features that are zero, constant, or far from zero."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(m, n)) * 10 ** rng.uniform(-1, 1), rng.normal(size=(m, n_targets) if n_targets else m) + 1
    if seed % 3 == 0:
        X[m // 2 : 2 * (m // 2)] = X[: m // 2]
    if seed % 4 == 0:
        X[:, 0], X[:, 1] = 0.0, 3.0
    X += rng.choice([0.0, 3.0])
    return rng, X, y


def split(seed):
    """Return a problem of some rows that holds out others, and a start: zeros, or random numbers with some zeros."""
    m, n, n_targets = 8 + seed % 7, 66 + seed % 5, seed % 3
    rng, X, y = data(seed, m, n, n_targets)
    options = {"fit_intercept": seed % 2 == 0, "standardize": seed % 5 < 2, "l2": (0.0, 0.1, 1.0)[seed // 2 % 3]}
    weights = rng.choice([0.5, 1.0, 3.0], size=m)
    train, test = split_tables(replace(Table.of(X, y, weights), by_products=True), 3)[seed % 3]
    problem = Problem(train, test, **options)
    theta = rng.normal(size=problem.cost.shape) * (rng.random(problem.cost.shape) < seed // 3 % 2 * 0.7)
    return problem, theta


def in_parameters(cost, q):
    """Return the parameters at some coordinates."""
    columns = q.reshape(len(q), -1).T[:, np.newaxis]
    return cost.theta_0 + cost.moves(columns)[:, 0].T.reshape(cost.theta_0.shape)


@pytest.mark.parametrize("seed", range(20))
def test_largest_changes(monkeypatch, seed):
    """Of each move, the largest change and whose it is are found from some features at a time."""
    monkeypatch.setattr("sklearn_gd._cost.turned.SIZE_OF_MOVES", (100, 3)[seed % 2])  # 3: fewer than moves
    problem, theta = split(seed)
    cost, rng = problem.turned(theta).cost, np.random.default_rng(seed)
    q = np.append(rng.normal(size=(6, len(cost.lam))), np.zeros((1, len(cost.lam))), axis=0)
    for target in range(len(by_target(theta))):
        moves = np.abs(cost.moves(np.stack([q] * len(by_target(theta))))[target])
        changes, parameters = cost.largest_changes(q, target)
        assert_allclose(changes, moves.max(axis=1), rtol=1e-12)
        assert_allclose(moves[np.arange(len(q)), parameters], changes, rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_cost(seed):
    """Costs, gradients and errors on other rows are those of the parameters; directions are orthonormal."""
    problem, theta = split(seed)
    turned = problem.turned(theta)
    cost, rng = turned.cost, np.random.default_rng(seed)
    q, v = rng.normal(size=(2, *cost.shape))
    value, gradient = cost.value_and_gradient(q)
    expected, expected_gradient = problem.cost.value_and_gradient(in_parameters(cost, q))
    # 1e-9: the products of the rows, over eigenvalues down to the rounding of the largest, whose costs are small.
    assert_allclose(value, expected, rtol=1e-9)
    change = in_parameters(cost, v) - theta
    assert_allclose(np.vdot(gradient, v), np.vdot(expected_gradient, change), rtol=1e-7, atol=1e-8 * expected)
    assert_allclose(np.linalg.norm(change), np.linalg.norm(v), rtol=1e-7)
    assert_allclose(cost.value_and_gradient(turned.start)[0], problem.cost.value_and_gradient(theta)[0], rtol=1e-10)
    assert_allclose(cost.cost_star, problem.cost.minimum, rtol=1e-8, atol=1e-12 * problem.cost.zero_cost)
    assert_allclose(cost.L, problem.cost.L, rtol=1e-9)
    points = np.array([q, v, turned.start])
    thetas = np.array([in_parameters(cost, point) for point in points])
    errors = problem.validation.squared_errors(thetas)
    assert_allclose(turned.validation.squared_errors(points), errors, rtol=1e-8)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("seed", range(12))
def test_the_same_descent(seed, optimizer):
    """Iterates, costs, errors and the stop of a descent are those of the rows, by the loop and in closed form."""
    problem, theta = split(seed)
    turned = problem.turned(theta)
    options = {
        "alpha": 0.5 / problem.cost.L,
        "optimizer": optimizer,
        "scheduler": ("constant", "cosine")[seed % 2],
        "max_iter": 150,
        "tol": (None, 1e-2, 1e-3, 0.0)[seed % 4],
        "n_iter_no_change": None,
    }
    settings = Settings.of("test", options)
    expected, found = run(problem, Start(theta), settings), run(turned, Start(turned.start), settings)
    assert found.status == expected.status
    assert found.n_iter == expected.n_iter
    assert_allclose(found.costs, expected.costs, rtol=1e-9, atol=1e-12 * expected.costs[0])
    assert_allclose(found.validation_errors, expected.validation_errors, rtol=1e-9)
    last = in_parameters(turned.cost, found.last)
    assert_allclose(last, expected.last, rtol=0, atol=1e-9 * np.abs(expected.last).max())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("seed", range(8))
def test_scores_are_those_of_single_fits(seed):
    """A search on few rows scores as fits do, for every splitter, start, penalty and way to the data."""
    m, n = 14 + seed, (70, 60, 600)[seed % 3]
    rng, X, y = data(seed, m, n, seed % 3)
    weights = rng.choice([0.5, 1.0, 3.0], size=m) if seed % 2 else None
    cv = (KFold(3), KFold(3, shuffle=True, random_state=0), ShuffleSplit(2, random_state=0, test_size=0.4))[seed % 3]
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0) if seed == 7 else cv
    intercept = seed % 4 > 0
    options = {
        "fit_intercept": intercept,
        "standardize": seed % 5 < 2,
        "optimizer": ("gd", "gd", "nesterov", "momentum")[seed % 4],
        "max_iter": 60,
        "tol": (None, 1e-2, 1e-4)[seed % 3],
        "init": "zeros" if seed % 2 else rng.normal(size=(n + intercept, *y.shape[1:])) / 10.0,
        "precompute": ("auto", True, False)[seed // 2 % 3] if n < 512 else "auto",
    }
    search = GDLinearRegressorCV(alphas=3, l2=[0.0, 0.3], cv=cv, **options).fit(X, y, sample_weight=weights)
    # Beyond the stability limit a fit keeps its best iterate.
    alphas = np.append(search.alphas_[:2], 3.0 * search.alphas_[2])

    def score(k, metric, **changes):
        train, test = list(cv.split(X))[k]
        of_train, of_test = (None if weights is None else weights[rows] for rows in (train, test))
        fit = GDLinearRegressor(**{**options, **changes}).fit(X[train], y[train], sample_weight=of_train)
        return metric(y[test], fit.predict(X[test]), sample_weight=of_test)

    search.set_params(alphas=alphas).fit(X, y, sample_weight=weights)
    for (b, a, k), found in np.ndenumerate(search.scores_):
        expected = score(k, r2_score, alpha=alphas[a], l2=(0.0, 0.3)[b])
        assert abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
    search.set_params(early_stopping=True, scoring="neg_mean_squared_error").fit(X, y, sample_weight=weights)
    found = search.scores_[int(search.l2_ > 0.0), list(alphas).index(search.alpha_)]
    for k in range(search.n_splits_):
        expected = -score(k, mean_squared_error, alpha=search.alpha_, l2=search.l2_, max_iter=search.n_iter_)
        assert abs(found[k] - expected) <= 1e-9 * max(1.0, abs(expected))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_entries_by_themselves_stay_row_by_row(monkeypatch):
    """Optimizers that treat each parameter by itself never see other coordinates, nor do the user's own."""
    _, X, y = data(1, 12, 80)
    monkeypatch.setattr(Turned, "of", lambda *args: pytest.fail("turned"))

    def own(theta, gradient, alpha):
        assert len(theta) == 81
        return theta - alpha * np.sign(gradient)

    for optimizer in ("adam", "adagrad", "rprop", own):
        search = GDLinearRegressorCV([1e-3, 1e-2], cv=3, optimizer=optimizer, max_iter=5, tol=None, precompute=False)
        search.fit(X, y)


def test_scales_too_different_for_products():
    """Where the products of the rows would lose small columns, these are descended row by row; standardised, not."""
    _, X, y = data(1, 12, 80)
    X *= np.resize([1.0, 1e-6], 80)
    table = Table.of(X, y)
    assert not table.is_known_by_products(standardized=False)
    assert table.is_known_by_products(standardized=True)
    assert not Table.of(X * 0.0, y).is_known_by_products(standardized=False)
    assert not Table.of(X[:, :11], y).is_known_by_products(standardized=True)


@pytest.mark.parametrize("l2", [0.0, 1e-3])
@pytest.mark.parametrize("small", [1.0, 1e-3, 1e-6, 1e-8, 1e-10])
def test_modes_and_what_they_do_not_explain(small, l2):
    """The energies of the modes, the minimum, and what the products have lost, if they have, add up to the cost."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(12, 80)) * np.where(np.arange(80) < 5, 1.0, small), rng.normal(size=(12, 1 + seed))
        cost = Problem(Table.of(X, y), None, True, False, l2=l2).cost
        for theta in (np.zeros(cost.shape), np.ones(cost.shape)):
            modes, value = cost.modes(theta), cost.value_and_gradient(theta)[0]
            assert modes.unexplained >= 0.0
            # Columns of 1e-6 have squares of 1e-12, in products that are rounded to 1e-16.
            assert_allclose(np.sum(modes.energies) + modes.unexplained + cost.minimum, value, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_memory_of_a_search():
    """Beside the products a search takes little: no copies of rows, no iterates of all parameters."""
    _, X, y = data(1, 60, 40_000)
    search = GDLinearRegressorCV(alphas=5, cv=5, max_iter=200, early_stopping=True)
    tracemalloc.start()
    search.fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Of 60 rows the products and eigenvectors are small; a start, the coefficients and their like are 1/60 each.
    assert peak < 0.25 * X.nbytes


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("standardize", "share"), [(False, 0.05), (True, 0.07)])
def test_memory_of_many_rates(standardize, share):
    """One split is in memory at a time: beside the products, a search takes less than the vectors of two splits."""
    _, X, y = data(1, 200, 20_000)
    search = GDLinearRegressorCV(cv=5, standardize=standardize)
    clone(search).fit(X[:, :300], y)  # what is imported or kept by the first search
    tracemalloc.start()
    search.fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A number for each feature is 0.5 % of X, and a matrix of the rows 1 %. Standardised, the two parts of the means
    # and the scales add 1.5 %, and another stretch of the descent 0.8 %; the scales of all five splits would add 7.5 %.
    assert peak - 200 * 200 * 8 < share * X.nbytes
