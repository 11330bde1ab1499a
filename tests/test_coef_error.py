"""`coef_error`: every weighted sum of the parameters is within so many standard errors of least squares."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor


@pytest.fixture(autouse=True)
def _warnings_are_no_matter():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def some_data(seed, *, n_dependent=0, n_targets=None, dtype=np.float64):
    """Return correlated columns of several scales, some of them combinations of others, noisy targets, weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) * [1.0, 3.0, 0.3, 1.0] + [0.0, 2.0, 0.0, 1.0]
    X = np.column_stack([X, X @ rng.integers(-2, 3, size=(4, n_dependent)), np.full((60, n_dependent), 1.5)])
    size = () if n_targets is None else (n_targets,)
    y = X @ rng.normal(size=(X.shape[1], *size)) + 5.0 + rng.normal(size=(60, *size))
    return X.astype(dtype), y, rng.integers(1, 5, 60).astype(float)


def least_squares(X, y, w, *, fit_intercept):
    """Return the rows, their least-squares parameters, covariance of these, and the spare rows, by SVD."""
    Z = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X.astype(float)
    root = np.sqrt(w)
    theta, _, rank, _ = np.linalg.lstsq(Z * root[:, None], y * root, rcond=1e-10)
    n_spare = w.sum() - rank
    noise = w @ (y - Z @ theta) ** 2 / n_spare
    return Z, theta, noise * np.linalg.pinv(Z.T @ (w[:, None] * Z), rcond=1e-10, hermitian=True)


def parameters(model):
    """Return the intercept, if there is one, and the coefficients."""
    return np.append(model.intercept_, model.coef_) if model.fit_intercept else model.coef_


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fit_intercept": False},
        {"standardize": True},
        {"precompute": False},
        {"init": "random", "random_state": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_dependent", [0, 2])
def test_the_law(options, n_dependent):
    """No weighted sum that the data determine is further from least squares than `coef_error` says, and one is as far.

    Standard errors are those of statsmodels: the root of ``v' inv(Z'WZ) v * SSE / (m - p)``.
    """
    for seed in range(3):
        X, y, w = some_data(seed, n_dependent=n_dependent)
        for weights in (None, w):
            model = GDLinearRegressor(max_iter=20 * seed + 5, tol=None, **options).fit(X, y, weights)
            k, used = model.diagnosis_.coef_error, np.ones(len(y)) if weights is None else w
            Z, theta, covariance = least_squares(X, y, used, fit_intercept=model.fit_intercept)
            d = parameters(model) - theta
            v = Z.T @ np.random.default_rng(seed).normal(size=(len(y), 1000))
            ratios = np.abs(d @ v) / np.sqrt(np.sum(v * (covariance @ v), axis=0))
            assert 0.0 < ratios.max() <= k * (1.0 + 1e-8)
            worst = Z.T @ (used * (Z @ d))
            assert_allclose(d @ worst / np.sqrt(worst @ covariance @ worst), k, rtol=1e-7)


def test_weights_count_rows():
    """A weight of 3 is as good as three equal rows."""
    X, y, w = some_data(0)
    times = w.astype(int)
    weighted = GDLinearRegressor(max_iter=20).fit(X, y, w).diagnosis_.coef_error
    repeated = GDLinearRegressor(max_iter=20).fit(X.repeat(times, axis=0), y.repeat(times)).diagnosis_.coef_error
    assert weighted == pytest.approx(repeated, rel=1e-9)


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
def test_units(unit):
    """The unit of the targets is no matter; that of standardised columns neither."""
    X, y, _ = some_data(1)
    model = GDLinearRegressor(standardize=True, max_iter=20, tol=None)
    k = model.fit(X, y).diagnosis_.coef_error
    assert model.fit(X * unit, y * unit).diagnosis_.coef_error == pytest.approx(k, rel=1e-9)


def test_several_targets():
    """The largest of those of the targets: plain descent takes each of them the same way alone."""
    X, Y, _ = some_data(2, n_targets=3)
    model = GDLinearRegressor(max_iter=20, tol=None)
    each = [model.fit(X, Y[:, i]).diagnosis_.coef_error for i in range(3)]
    assert model.fit(X, Y).diagnosis_.coef_error == pytest.approx(max(each), rel=1e-9)
    assert max(each) > 1.01 * min(each)


@pytest.mark.parametrize("options", [{"alpha": 1e3}, {"early_stopping": True, "random_state": 0}], ids=str)
def test_of_the_coefficients_that_are_kept(options):
    """After a divergence and with early stopping it is that of `coef_`, on the training rows."""
    X, y, _ = some_data(0)
    model = GDLinearRegressor(max_iter=300, **options).fit(X, y)
    k = model.diagnosis_.coef_error
    problem = model.diagnosis_._problem
    cost = problem.cost.value_and_gradient(problem.from_user(model.coef_, model.intercept_))[0]
    excess = (cost - problem.cost.minimum) / problem.cost.minimum
    assert k == pytest.approx(np.sqrt((problem.data.weight - 5) * excess), rel=1e-6)
    assert problem.data.weight == (54 if model.early_stopping else 60)


def test_float32():
    """The law holds to what the rounding of float32 leaves of the costs."""
    X, y, _ = some_data(3, dtype=np.float32)
    for max_iter in (10, 100):
        model = GDLinearRegressor(max_iter=max_iter, tol=None).fit(X, y.astype(np.float32))
        Z, theta, covariance = least_squares(X, y, np.ones(len(y)), fit_intercept=True)
        d = parameters(model) - theta
        worst = Z.T @ (Z @ d)
        # J and J* are known to eps of the targets' squares, about 50 times J*.
        assert_allclose(d @ worst / np.sqrt(worst @ covariance @ worst), model.diagnosis_.coef_error, rtol=1e-3)


class TestEdges:
    """Where there are no errors to count in, it is said."""

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_exact_data(self, dtype):
        """Without noise it is infinite on the way, and 0 at the minimum, which a descent reaches to rounding."""
        X = np.random.default_rng(0).normal(size=(50, 3)).astype(dtype)
        y = X @ np.array([1.0, 2.0, -1.0], dtype=dtype) + dtype(1)
        diagnosis = GDLinearRegressor(max_iter=3).fit(X, y).diagnosis_
        assert diagnosis.coef_error == np.inf
        assert "Least squares fits these data exactly" in diagnosis.message
        assert GDLinearRegressor(max_iter=10_000, tol=None).fit(X, y).diagnosis_.coef_error == 0.0

    def test_at_the_minimum(self):
        """It is 0 to rounding, of which the root is taken."""
        X, y, _ = some_data(0)
        model = GDLinearRegressor("auto", tol=None, max_iter=100_000, standardize=True).fit(X, y)
        assert model.diagnosis_.coef_error < 1e-6
        assert GDLinearRegressor().fit(X, np.zeros(60)).diagnosis_.coef_error == 0.0

    @pytest.mark.parametrize(("m", "fit_intercept", "is_known"), [(6, True, True), (5, True, False), (5, False, True)])
    def test_no_rows_to_spare(self, m, fit_intercept, is_known):
        """With as many parameters as rows the noise can't be told."""
        X, y, _ = some_data(0)
        diagnosis = GDLinearRegressor(max_iter=20, fit_intercept=fit_intercept).fit(X[:m], y[:m]).diagnosis_
        assert np.isfinite(diagnosis.coef_error) == is_known
        assert np.isnan(diagnosis.coef_error) != is_known
        assert ("standard errors" in diagnosis.message) == is_known

    def test_not_known(self):
        """A penalty's minimum has no such errors, and row by row the minimum is not known."""
        X, y, _ = some_data(0)
        rng = np.random.default_rng(0)
        for diagnosis in (
            GDLinearRegressor(l2=0.1).fit(X, y).diagnosis_,
            GDLinearRegressor(precompute=False).fit(rng.normal(size=(80, 65)), rng.normal(size=80)).diagnosis_,
            GDLinearRegressor(precompute=False).fit(rng.normal(size=(30, 80)), rng.normal(size=30)).diagnosis_,
        ):
            assert np.isnan(diagnosis.coef_error)
            assert "standard error" not in diagnosis.message

    def test_the_sentence(self):
        """It is a bound, so it is rounded up; of columns that depend on others it doesn't say too much."""
        X, y, _ = some_data(0)
        for max_iter in range(10, 20):
            diagnosis = GDLinearRegressor(max_iter=max_iter, standardize=True).fit(X, y).diagnosis_
            before, number = diagnosis.message.split(" standard errors of least squares.")[0].rsplit(" ", 1)
            assert before.endswith("Every coefficient, and every sum of them, is within")
            assert diagnosis.coef_error <= float(number) <= 1.1 * diagnosis.coef_error
        X, y, _ = some_data(0, n_dependent=1)
        message = GDLinearRegressor(max_iter=10).fit(X, y).diagnosis_.message
        assert "Every sum of coefficients that the data determine is within " in message
