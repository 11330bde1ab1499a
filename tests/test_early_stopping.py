"""Early stopping: on the validation cost, at its lowest iterate, and never by a small step."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor
from sklearn_gd.optimizers import OPTIMIZERS

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def overfitted():
    """Return few rows of many features, which a long descent overfits."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 40))
    return X, X[:, 0] - X[:, 1] + rng.normal(size=60)


def split(X, y, seed=0, fraction=0.1):
    """Return the split that the estimator makes: scikit-learn's, of the row numbers."""
    rows = np.arange(len(X))
    return train_test_split(rows, test_size=fraction, random_state=np.random.RandomState(seed))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("precompute", [True, False])
@quiet
def test_it_is_a_descent_on_the_training_rows(overfitted, optimizer, precompute):
    """The training costs are those of a fit on the training rows alone; the others are those of the rest."""
    X, y = overfitted
    model = GDLinearRegressor(optimizer=optimizer, early_stopping=True, random_state=0, precompute=precompute)
    model.fit(X, y)
    training, validation = split(X, y)
    plain = GDLinearRegressor(optimizer=optimizer, max_iter=model.n_iter_, tol=None, precompute=precompute)
    plain.fit(X[training], y[training])
    assert_allclose(model.cost_history_, plain.cost_history_, rtol=1e-9)
    assert len(model.validation_cost_history_) == len(model.cost_history_) == model.n_iter_ + 1
    best = int(np.argmin(model.validation_cost_history_))
    r = model.predict(X[validation]) - y[validation]
    assert_allclose(np.mean(r**2) / 2, model.validation_cost_history_[best], rtol=1e-9)
    assert_allclose(model.validation_cost_history_[0], np.mean(y[validation] ** 2) / 2, rtol=1e-12)


@pytest.mark.parametrize("patience", [1, 5, 20])
def test_it_stops_when_the_cost_no_longer_falls(overfitted, patience):
    """After `n_iter_no_change` iterates without a new lowest validation cost, and not before."""
    X, y = overfitted
    model = GDLinearRegressor(0.05, early_stopping=True, n_iter_no_change=patience, random_state=0).fit(X, y)
    costs = model.validation_cost_history_
    best = int(np.argmin(costs))
    assert model.diagnosis_.status == "early_stopped"
    assert best == model.n_iter_ - patience
    assert str(model.diagnosis_).startswith(
        f"The descent stopped early at iteration {model.n_iter_} with alpha=0.05, "
        f"training R² {model.diagnosis_.gap:.3g} below the best. The validation cost had not fallen for "
        f"n_iter_no_change={patience} iterations; coef_ and intercept_ are those of iteration {best}, "
        "where the validation cost was lowest."
    )
    training, _ = split(X, y)
    shorter = GDLinearRegressor(0.05, max_iter=best, tol=None, l2=0.0)
    with pytest.warns(UserWarning, match="ran out"):
        shorter.fit(X[training], y[training])
    assert_allclose(model.coef_, shorter.coef_, rtol=1e-9)
    assert model.diagnosis_.gap == pytest.approx(shorter.diagnosis_.gap, rel=1e-6)


def test_it_regularises(overfitted):
    """On rows that nobody has seen, it beats the minimum of the training cost."""
    X, y = overfitted
    rng = np.random.default_rng(1)
    X_new = rng.normal(size=(1000, 40))
    y_new = X_new[:, 0] - X_new[:, 1] + rng.normal(size=1000)
    stopped = GDLinearRegressor(early_stopping=True, random_state=0).fit(X, y)
    finished = GDLinearRegressor().fit(X, y)
    assert stopped.score(X_new, y_new) > finished.score(X_new, y_new) + 0.1
    assert np.linalg.norm(stopped.coef_) < np.linalg.norm(finished.coef_)


def test_it_resembles_ridge():
    """After ``t`` steps on uncorrelated columns the coefficients are ``1 - (1 - alpha lam)**t`` of the full ones.

    Ridge's are ``lam / (lam + l2)`` of them; the two agree for ``l2 = 1 / (alpha t)`` to within a third.
    """
    rng = np.random.default_rng(0)
    X = np.linalg.qr(rng.normal(size=(200, 5)))[0] * np.sqrt(200) * [3.0, 2.0, 1.0, 0.5, 0.25]
    y = X @ np.ones(5)
    t, alpha = 40, 0.1
    with pytest.warns(UserWarning, match="ran out"):
        descent = GDLinearRegressor(alpha, max_iter=t, tol=None, fit_intercept=False).fit(X, y)
    lam = np.array([9.0, 4.0, 1.0, 0.25, 0.0625])
    assert_allclose(descent.coef_, 1 - (1 - alpha * lam) ** t, rtol=1e-10)
    ridge = Ridge(alpha=200 / (alpha * t), fit_intercept=False).fit(X, y)
    assert_allclose(descent.coef_, ridge.coef_, rtol=1 / 3)


@pytest.mark.parametrize("alpha", [1e-6, 1e-9])
@quiet
def test_a_small_rate_does_not_stop_early(overfitted, alpha):
    """A validation cost that falls, however slowly, is no reason to stop."""
    X, y = overfitted
    model = GDLinearRegressor(alpha, early_stopping=True, tol=None, max_iter=50, random_state=0).fit(X, y)
    assert model.n_iter_ == 50
    assert model.diagnosis_.status == "max_iter"
    assert model.diagnosis_.warn


def test_a_gap_on_purpose_is_silent(overfitted):
    """Where the iterations ran out after the lowest validation cost, more of them are no remedy."""
    X, y = overfitted
    options = {"n_iter_no_change": 10**6, "tol": None, "max_iter": 500}
    model = GDLinearRegressor(0.05, early_stopping=True, random_state=0, **options).fit(X, y)
    diagnosis = model.diagnosis_
    assert diagnosis.status == "max_iter"
    assert diagnosis.gap > 0.001
    assert str(diagnosis).startswith(
        "The descent ended after max_iter=500 iterations with alpha=0.05, "
        f"training R² {diagnosis.gap:.3g} below the best. coef_ and intercept_ are those of iteration "
    )


def test_the_best_iterate_is_kept_at_any_end(diabetes):
    """Also where the iterations run out, or the stop rule fires, first."""
    X, y = diabetes
    model = GDLinearRegressor(early_stopping=True, n_iter_no_change=10**6, random_state=3).fit(X, y)
    best = int(np.argmin(model.validation_cost_history_))
    assert f"those of iteration {best}, where the validation cost was lowest." in str(model.diagnosis_)
    _, validation = split(X, y, seed=3)
    r = model.predict(X[validation]) - y[validation]
    assert_allclose(np.mean(r**2) / 2, model.validation_cost_history_.min(), rtol=1e-9)


@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
@quiet
def test_standardized_weighted_and_sparse(overfitted, precompute, store):
    """The scales are those of the training rows; rows of weight zero are in neither part."""
    X, y = overfitted
    X = X * np.arange(1, 41) + 3.0
    w = np.random.default_rng(0).integers(0, 3, len(X)).astype(float)
    options = {"early_stopping": True, "random_state": 0, "precompute": precompute, "validation_fraction": 0.25}
    model = GDLinearRegressor(standardize=True, **options).fit(store(X), y, sample_weight=w)
    rows = np.flatnonzero(w)
    training, validation = train_test_split(rows, test_size=0.25, random_state=np.random.RandomState(0))
    scaler = StandardScaler().fit(X[training], sample_weight=w[training])
    Z = scaler.transform(X)
    plain = GDLinearRegressor(max_iter=model.n_iter_, tol=None, precompute=precompute)
    plain.fit(Z[training], y[training], sample_weight=w[training])
    assert_allclose(model.cost_history_, plain.cost_history_, rtol=1e-9)
    r = model.predict(X[validation]) - y[validation]
    cost = np.average(r**2, weights=w[validation]) / 2
    assert_allclose(cost, model.validation_cost_history_.min(), rtol=1e-9)
    kept = GDLinearRegressor(standardize=True, **options).fit(store(X)[rows], y[rows], sample_weight=w[rows])
    assert kept.n_iter_ == model.n_iter_
    assert_allclose(kept.coef_, model.coef_, rtol=1e-9)


def test_the_penalty_is_not_validated(overfitted):
    """The validation cost has no penalty; the training cost has."""
    X, y = overfitted
    init = np.ones(41)
    model = GDLinearRegressor(l2=2.0, init=init, early_stopping=True, random_state=0).fit(X, y)
    training, validation = split(X, y)
    r = X @ init[1:] + 1.0 - y
    assert_allclose(model.cost_history_[0], np.mean(r[training] ** 2) / 2 + 40.0, rtol=1e-12)
    assert_allclose(model.validation_cost_history_[0], np.mean(r[validation] ** 2) / 2, rtol=1e-12)


def test_attribute_and_seed(overfitted):
    """None without early stopping; the same rows for the same seed."""
    X, y = overfitted
    model = GDLinearRegressor(early_stopping=True, random_state=0).fit(X, y)
    again = GDLinearRegressor(early_stopping=True, random_state=0).fit(X, y)
    assert_array_equal(model.validation_cost_history_, again.validation_cost_history_)
    other = GDLinearRegressor(early_stopping=True, random_state=1).fit(X, y)
    assert model.validation_cost_history_[0] != other.validation_cost_history_[0]
    assert model.set_params(early_stopping=False).fit(X, y).validation_cost_history_ is None


def test_too_few_rows():
    """scikit-learn says how many rows a split needs."""
    with pytest.raises(ValueError, match="n_samples=1"):
        GDLinearRegressor(early_stopping=True).fit([[1.0]], [1.0])
