"""A search over the penalties l1: scores and choice are those of scikit-learn's search over single fits."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, suggest_l1
from sklearn_gd.optimizers import Momentum

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
L1S = [3.0, 0.5, 0.05, 0.0]


def data(seed=0, m=80, n=12, n_targets=0):
    """Return rows of which a few columns matter, two of them twins, one constant."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n)) @ (np.eye(n) + 0.3 * rng.normal(size=(n, n))) + rng.normal(size=n)
    X[:, -1], X[:, -2] = X[:, 0], 2.0
    theta = np.where(np.arange(n) < 4, rng.normal(scale=3.0, size=n), 0.0)
    y = X @ theta + 1.0 + rng.normal(size=m)
    return X, y if not n_targets else np.column_stack([y * (k + 1) + rng.normal(size=m) for k in range(n_targets)])


def assert_same(X, y, *, w=None, cv=None, alphas=(0.05, 0.15), l1s=tuple(L1S), l2s=(0.0, 0.3), **options):
    """Assert that scores and choice are those of `GridSearchCV`, to rounding."""
    cv = KFold(2) if cv is None else cv
    ours = GDLinearRegressorCV(list(alphas), l1=list(l1s), l2=list(l2s), cv=cv, **options).fit(X, y, w)
    grid = {"alpha": list(alphas), "l1": list(l1s), "l2": list(l2s)}
    theirs = GridSearchCV(GDLinearRegressor(**options), grid, cv=cv).fit(X, y, sample_weight=w)
    results = theirs.cv_results_
    expected = np.array([results[f"split{k}_test_score"] for k in range(ours.n_splits_)])
    place = [
        (list(l1s).index(p["l1"]), list(l2s).index(p["l2"]), list(alphas).index(p["alpha"])) for p in results["params"]
    ]
    scores = np.array([ours.scores_[spot] for spot in place]).T
    if w is None:  # scikit-learn does not weigh the scores
        assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)
        assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-9)
    return ours


@quiet
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "nesterov", "standardize": True},
        {"optimizer": Momentum(0.5), "fit_intercept": False, "max_iter": 40},
        {"positive": True, "tol": None, "max_iter": 33},
        {"scheduler": "cosine", "max_iter": 50},
        {"alphas": (0.4, 30.0), "standardize": True, "max_iter": 30},  # one that diverges
        {"max_iter": 1},
    ],
    ids=["plain", "nesterov", "momentum", "positive", "cosine", "diverging", "one"],
)
def test_scores_of_single_fits(options):
    """Whether the descents are done together or one by one, with zeros among the penalties and twins in the data."""
    X, y = data()
    ours = assert_same(X, y, **options)
    assert ours.scores_.shape == (4, 2, 2, 2)
    assert_array_equal(ours.l1s_, L1S)
    assert_array_equal(ours.coef_ == 0.0, ours.best_estimator_.coef_ == 0.0)


@quiet
@pytest.mark.parametrize("wide_folds", [(), (0,), (0, 1)], ids=["all", "one", "none"])
def test_means_far_from_zero(wide_folds):
    """Without an intercept, where the training rows of all, one or no split need the centred form of the cost."""
    X, Y = data(n_targets=2)
    X = X[:, :4] + 1000.0
    for number, (_, test) in enumerate(KFold(4).split(X)):
        if number in wide_folds:
            X[test] *= np.where(np.arange(len(test)) % 2, 1.0, 0.5)[:, np.newaxis]
    options = {"fit_intercept": False, "max_iter": 40, "tol": None}
    for y in (Y, Y[:, 0]):
        assert_same(X, y, alphas=(2e-7,), l1s=(300.0, 0.0), l2s=(0.0,), **options)
    assert_same(X, y, alphas=(2e-8,), l1s=(300.0,), l2s=(0.0, 1e3), optimizer="nesterov", **options)


@quiet
def test_data_of_other_kinds():
    """Several targets, random splits, and sparse rows that are gone through one by one."""
    X, Y = data(1, n_targets=3)
    assert_same(X, Y, cv=ShuffleSplit(2, random_state=0), alphas=(0.1,))
    assert_same(sp.csr_array(np.where(np.abs(X) > 1.0, X, 0.0)), Y[:, 0], precompute=False, alphas=(0.1,), l2s=(0.0,))


@quiet
def test_weights():
    """A weight of 2 is a row that is there twice, in the descents and in the scores."""
    X, y = data(2)
    w = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    folds = np.arange(len(y)) % 3
    splits = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(3)]
    repeat = np.repeat(np.arange(len(y)), w.astype(int))
    again = [(np.flatnonzero(folds[repeat] != k), np.flatnonzero(folds[repeat] == k)) for k in range(3)]
    options = {"l1": L1S, "optimizer": "nesterov"}
    ours = GDLinearRegressorCV(cv=splits, **options).fit(X, y, w)
    theirs = GDLinearRegressorCV(cv=again, **options).fit(X[repeat], y[repeat])
    assert_allclose(ours.scores_, theirs.scores_, rtol=1e-9)


@quiet
@pytest.mark.parametrize(("optimizer", "alpha"), [("gd", 0.1), ("nesterov", 0.1), ("momentum", 0.1), ("momentum", 0.3)])
def test_early_stopping(optimizer, alpha):
    """Each entry of the path is the score of a fit of so many iterations, also where only its last step is low."""
    X, y = data(3, m=40)
    search = GDLinearRegressorCV(
        [alpha], l1=[0.5, 0.05], cv=3, early_stopping=True, max_iter=25, tol=None, optimizer=optimizer
    ).fit(X, y)
    for n_iter in (1, 2, 7, 25):
        model = GDLinearRegressor(alpha, l1=search.l1_, max_iter=n_iter, tol=None, optimizer=optimizer)
        scores = [model.fit(X[a], y[a]).score(X[b], y[b]) for a, b in KFold(3).split(X)]
        assert search.score_path_[n_iter] == pytest.approx(np.mean(scores), rel=1e-9)
    expected = model.set_params(max_iter=search.n_iter_).fit(X, y)
    assert_allclose(search.coef_, expected.coef_, rtol=1e-9, atol=1e-12)


@quiet
@pytest.mark.parametrize("options", [{}, {"positive": True}, {"fit_intercept": False}], ids=str)
def test_automatic_penalties(options):
    """They are those of `LassoCV`; at the largest all coefficients of the minimum are 0, and below it one is not."""
    X, y = data(4)
    y = y + 5.0 * X[:, 0]
    l1s = suggest_l1(X, y, **options)
    assert_allclose(l1s, LassoCV(cv=2, max_iter=10, **options).fit(X, y).alphas_, rtol=1e-12)
    assert not Lasso(l1s[0] * (1 + 1e-9), **options).fit(X, y).coef_.any()
    assert Lasso(l1s[0] * (1 - 1e-3), tol=1e-12, **options).fit(X, y).coef_.any()
    search = GDLinearRegressorCV(l1="auto", optimizer="nesterov", **options).fit(X, y)
    assert_allclose(search.l1s_, l1s, rtol=1e-12)
    assert search.scores_.shape == (100, 1, 5)
    assert_array_equal(suggest_l1(np.ones((4, 2)), np.arange(4.0), n_l1=1), [1.0])


@quiet
def test_choice_of_the_lasso():
    """On standardised columns it chooses as `LassoCV` does, with its scores; the sparser model within one error."""
    X, y = data(5, m=200, n=30)
    X = X[:, :-2]  # without twins, whose coefficients may be shared out in any way
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = LassoCV(cv=5, tol=1e-10, max_iter=100_000).fit(X, y)
    options = {
        "l1": "auto",
        "scoring": "neg_mean_squared_error",
        "optimizer": "nesterov",
        "tol": 1e-9,
        "max_iter": 20_000,
    }
    ours = GDLinearRegressorCV(**options).fit(X, y)
    assert_allclose(-ours.scores_[:, 0], theirs.mse_path_, rtol=1e-6)
    assert ours.l1_ == pytest.approx(theirs.alpha_, rel=1e-12)
    assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-6)
    sparser = GDLinearRegressorCV(rule="one_standard_error", **options).fit(X, y)
    assert sparser.l1_ > ours.l1_
    assert np.count_nonzero(sparser.coef_) < np.count_nonzero(ours.coef_)


def test_bad_penalties():
    """They are refused as those of single fits are."""
    X, y = data()
    for bad in (-1.0, [0.1, -0.1], [np.nan], [[0.1]], "many"):
        with pytest.raises(ValueError, match="l1"):
            GDLinearRegressorCV(l1=bad).fit(X, y)
    with pytest.raises(ValueError, match=r"optimizer='adam' does not support l1"):
        GDLinearRegressorCV(l1="auto", optimizer="adam").fit(X, y)
    with pytest.raises(TypeError, match="suggest_l1 needs y"):
        suggest_l1(X)
