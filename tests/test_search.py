"""The choice of a search: the best candidate, or the simplest one that is as good but for chance."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd._cost.problem import Problem
from sklearn_gd._data.scores import r2
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._search.grid import Grid
from sklearn_gd._search.scored import Scored
from sklearn_gd._search.search import searched

L2S = [0.0, 0.01, 0.1, 1.0, 10.0]
OPTIONS = {"standardize": True, "max_iter": 200}
quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def data():
    """Return some rows of a noisy table, of which standardised columns matter little."""
    X, y = load_diabetes(return_X_y=True)
    return X[:150], y[:150]


def one_standard_error(results: dict) -> int:
    """Return the number of the strongest penalty within a standard error of the best mean score."""
    names = [name for name in results if name.startswith("split")]
    scores = np.array([results[name] for name in sorted(names)])
    means = scores.mean(axis=0)
    best = int(np.argmax(means))
    at_least = means[best] - np.std(scores[:, best], ddof=1) / np.sqrt(len(scores))
    return max(np.flatnonzero(means >= at_least), key=lambda i: results["param_l2"][i])


@quiet
@pytest.mark.parametrize("scoring", ["r2", "neg_mean_squared_error", "neg_root_mean_squared_error"])
def test_strongest_penalty(data, scoring):
    """It is the choice of scikit-learn's search with such a rule for its `refit`, whatever the sign of the score."""
    X, y = data
    cv = ShuffleSplit(6, random_state=0)
    ours = GDLinearRegressorCV([0.2], l2=L2S, cv=cv, scoring=scoring, rule="one_standard_error", **OPTIONS).fit(X, y)
    model = GDLinearRegressor(0.2, **OPTIONS)
    theirs = GridSearchCV(model, {"l2": L2S}, cv=cv, scoring=scoring, refit=one_standard_error).fit(X, y)
    best = GDLinearRegressorCV([0.2], l2=L2S, cv=cv, scoring=scoring, **OPTIONS).fit(X, y)
    assert ours.l2_ == theirs.best_params_["l2"] > best.l2_
    assert_allclose(ours.coef_, theirs.best_estimator_.coef_, rtol=1e-9)
    assert ours.best_score_ == pytest.approx(ours.scores_.mean(axis=2)[L2S.index(ours.l2_), 0], rel=1e-12)
    assert_array_equal(ours.scores_, best.scores_)


@quiet
def test_fewest_iterations(data):
    """With early stopping it is the first iterate within a standard error of the best; the initial guess is no fit."""
    X, y = data
    options = {"cv": 7, "early_stopping": True, **OPTIONS}
    best = GDLinearRegressorCV([0.02], **options).fit(X, y)
    ours = GDLinearRegressorCV([0.02], rule="one_standard_error", **options).fit(X, y)
    at_least = best.best_score_ - np.std(best.scores_[0], ddof=1) / np.sqrt(7)
    path = ours.score_path_
    assert_array_equal(path, best.score_path_)
    assert 1 <= ours.n_iter_ < best.n_iter_
    assert path[ours.n_iter_] >= at_least
    assert np.all(path[1 : ours.n_iter_] < at_least)
    assert ours.best_score_ == path[ours.n_iter_]
    expected = GDLinearRegressor(0.02, standardize=True, max_iter=ours.n_iter_, tol=None).fit(X, y)
    assert_allclose(ours.coef_, expected.coef_, rtol=1e-9)


def test_nothing_to_choose_among(data):
    """One penalty and no early stopping, or a single split, are refused in a sentence."""
    with pytest.raises(ValueError, match="chooses among penalties or numbers of iterations; pass several l1 or l2"):
        GDLinearRegressorCV(rule="one_standard_error").fit(*data)
    with pytest.raises(ValueError, match="needs the scores of at least two splits"):
        GDLinearRegressorCV(l2=L2S, rule="one_standard_error", cv=ShuffleSplit(1)).fit(*data)
    with pytest.raises(ValueError, match="'rule' parameter of GDLinearRegressorCV"):
        GDLinearRegressorCV(rule="1se").fit(*data)


@quiet
def test_automatic_rates(data):
    """They are twenty, or where penalties are searched the largest of those alone."""
    X, y = data
    options = {"standardize": True, "max_iter": 20}
    many = GDLinearRegressorCV(**options).fit(X, y)
    assert_array_equal(many.alphas_, GDLinearRegressorCV(20, **options).fit(X, y).alphas_)
    alone = GDLinearRegressorCV(l2=L2S, **options).fit(X, y)
    assert alone.scores_.shape == (len(L2S), 1, 5)
    assert_allclose(alone.alphas_, GDLinearRegressorCV(1, l2=L2S, **options).fit(X, y).alphas_)
    for penalties in ({"l1": [0.1, 1.0]}, {"l1": [0.1, 1.0], "l2": [0.0, 0.1]}):
        assert GDLinearRegressorCV(**penalties, **options).fit(X, y).scores_.shape[-2] == 1


@quiet
@pytest.mark.parametrize(
    "options",
    [{}, {"l1": 5.0}, {"l1": 5.0, "precompute": False}, {"optimizer": "momentum"}, {"scheduler": "cosine"}],
    ids=str,
)
def test_score_halfway(data, options):
    """If iterations run out, it is that of a fit of half as many, however the descents are done; else the last one."""
    X, y = data
    options = {"optimizer": "gd", "scheduler": "constant", "l1": 0.0, "precompute": True} | options
    l1, precompute = options.pop("l1"), options.pop("precompute")
    splits = np.arange(150) % 3 == 0, np.arange(150) % 3 == 1
    problems = []
    for tested in splits:
        trained, other = (Problem.of(X[rows], y[rows], precompute=precompute) for rows in (~tested, tested))
        problems.append(replace(trained, held_out=other.data, standardize=True))
    start = Start(np.zeros(X.shape[1] + 1))
    for max_iter, tol in ((7, None), (500, 10.0)):
        settings = Settings.of("me", options | {"alpha": "auto", "max_iter": max_iter, "tol": tol})
        grid = Grid.of([0.1, 0.3], [l1, 2.0 * l1] if l1 else 0.0, 0.0)
        *_, found = searched(problems, start, settings, grid, r2, rule="best", early_stopping=False)
        for one in found.candidates:
            # Half of the same schedule, which is not stretched to half as many.
            half = replace(
                found.settings_on(one.alpha), horizon=max_iter, max_iter=max_iter // (2 if tol is None else 1)
            )
            expected = []
            for problem in problems:
                theta = run(problem.at(one.l1, 0.0), start, half).last[np.newaxis]
                expected.append(r2(problem.validation.squared_errors(theta), problem.validation.variances)[0])
            assert len(one.path) == 1, "the score halfway is none of a fit"
            assert one.halfway == pytest.approx(np.mean(expected), rel=1e-9)
            assert (one.halfway == one.mean) == (tol is not None)


def test_scores_of_a_choice():
    """A grid may be in any order, as the automatic penalties are, from the largest on."""
    scores = np.arange(12.0).reshape(2, 1, 3, 2)
    scored = Scored(np.array([0.3, 0.1, 0.2]), np.array([1.0, 0.5]), np.zeros(1), scores, None, {"l2": 0.0})
    assert_array_equal(scored.of_searched, scores[:, 0])
    for k, alpha in enumerate(scored.alphas):
        assert_array_equal(scored.at(alpha=alpha, l2=0.0), scores[:, 0, k])
    for i, l1 in enumerate(scored.l1s):
        assert_array_equal(scored.at(l1=l1, l2=0.0), scores[i, 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("n", "precompute"), [(20, "auto"), (100, "auto"), (520, "auto"), (520, True), (100, False)])
def test_the_refit_reads_what_a_fit_reads(n, precompute):
    """The chosen model has moments where a fit has them, and is that fit, whatever the scores were computed from."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, n))
    y = X[:, 0] + rng.normal(size=40)
    search = GDLinearRegressorCV([0.001, 0.01], cv=2, precompute=precompute, max_iter=5).fit(X, y)
    model = GDLinearRegressor(search.alpha_, precompute=precompute, max_iter=5).fit(X, y)
    assert (
        hasattr(search, "moments_")
        == hasattr(model, "moments_")
        == (precompute is True or (precompute == "auto" and n <= 512))
    )
    assert_allclose(search.coef_, model.coef_, rtol=1e-9, atol=1e-12)
