"""Windows that move over the rows: the moments of each are those of its rows."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd import GDLinearRegressor, Moments, rolling_moments
from sklearn_gd._data import windows


def rows(m=120, n=3, seed=0):
    """Return rows that drift, far from zero, some of which jump."""
    rng = np.random.default_rng(seed)
    X = 1e6 + rng.normal(size=(m, n)) + np.linspace(0.0, 30.0, m)[:, np.newaxis]
    X[m // 2 :, 0] += 1e5
    X[m // 3 :, 1] = 7.7
    return X, X @ np.arange(1.0, n + 1.0) + rng.normal(size=m)


def assert_are_those_of_the_rows(X, y, window, step, w=None, tol=1e-10):
    """Assert that each window has the moments that its rows have alone."""
    made = list(rolling_moments(X, y, window, step, sample_weight=w))
    assert len(made) == (len(y) - window) // step + 1
    for start, moments in zip(range(0, len(y), step), made, strict=False):
        some = slice(start, start + window)
        alone = Moments.of(X[some], y[some], None if w is None else w[some])
        assert_allclose(moments.weight, alone.weight, rtol=1e-13)
        spread = alone.deviations + 4e-16 * np.abs(alone.mean)
        of_x, of_xy, of_y = (abs(a - b) for a, b in zip(moments.covariances(), alone.covariances(), strict=True))
        n = moments.n_features
        assert np.all(of_x <= tol * np.outer(spread[:n], spread[:n]))
        assert np.all(of_xy <= tol * np.outer(spread[:n], spread[n:]))
        assert np.all(of_y <= tol * spread[n:] ** 2)
        assert np.all(abs((moments.origin - alone.origin) + (moments.offset - alone.offset)) <= tol * spread)
        assert_array_equal(moments.scatter_x, moments.scatter_x.T)
        assert moments.unit.size == alone.unit.size


@pytest.mark.parametrize(("window", "step"), [(20, 1), (20, 7), (20, 20), (20, 50), (1, 9), (120, 1), (60, 59)])
@pytest.mark.parametrize("weighted", [True, False])
def test_windows(window, step, weighted, monkeypatch):
    """Of any length and step, with and without weights, also where few sums and few rows are held at once."""
    X, y = rows()
    w = np.random.default_rng(1).random(120) if weighted else None
    assert_are_those_of_the_rows(X, y, window, step, w)
    monkeypatch.setattr(windows, "_SUMS", 100)
    monkeypatch.setattr(windows, "_ROWS", 90)
    assert_are_those_of_the_rows(X, y, window, step, w)


def test_rows_without_weight():
    """They are not there, and a window of them alone is one of no rows."""
    X, y = rows(60)
    w = np.where((np.arange(60) // 10) % 2, 1.0, 0.0)
    X[w == 0.0] = 1e12
    weights = []
    for start, moments in enumerate(rolling_moments(X, y, 8, sample_weight=w)):
        some = np.flatnonzero(w[start : start + 8]) + start
        weights.append(moments.weight)
        assert moments.weight == len(some)
        if len(some):
            assert_allclose(
                moments.covariances()[2], Moments.of(X[some], y[some]).covariances()[2], rtol=1e-9, atol=1e-9
            )
    assert min(weights) == 0.0
    with pytest.raises(ValueError, match="describe no rows"):
        GDLinearRegressor().fit_moments(next(rolling_moments(X, y, 8, sample_weight=w)))


@pytest.mark.parametrize("exponent", [-520, 500])
def test_units(exponent):
    """Columns whose squares leave float64's range."""
    X, y = rows(30)
    X = np.ldexp(X - 1e6, [exponent, 0, 0])
    for start, moments in enumerate(rolling_moments(X, y, 10, 5)):
        alone = Moments.of(X[5 * start : 5 * start + 10], y[5 * start : 5 * start + 10])
        assert_array_equal(moments.unit, alone.unit)
        assert_allclose(moments.scatter_x, alone.scatter_x, rtol=1e-12)


@pytest.mark.parametrize(
    "store", [sp.csr_array, sp.csc_matrix, np.float32, lambda X: pd.DataFrame(X, columns=["a", "b"])]
)
def test_containers(store):
    """Whatever `Moments.of` takes; names and the dtype of the coefficients are known."""
    X = np.random.default_rng(0).integers(0, 3, (50, 2)).astype(float)
    y = np.column_stack([X[:, 0], X[:, 1] - X[:, 0]])
    stored = store(X)
    for start, moments in enumerate(rolling_moments(stored, y, 20)):
        some = slice(start, start + 20)
        alone = Moments.of(stored[some], y[some])
        assert moments.feature_names == alone.feature_names
        assert (moments.dtype, moments.one_target) == (alone.dtype, alone.one_target)
        assert_allclose(moments.scatter_xy, alone.scatter_xy, rtol=1e-6, atol=1e-6)


def test_a_rolling_regression():
    """Is a list of fits, and they are those on the rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    y = X[:, 0] * np.linspace(0.0, 1.0, 120) + X[:, 1]
    model = GDLinearRegressor(standardize=True)
    coefs = [model.fit_moments(moments).coef_ for moments in rolling_moments(X, y, 60, 20)]
    alone = [model.fit(X[start : start + 60], y[start : start + 60]).coef_ for start in range(0, 61, 20)]
    assert_allclose(coefs, alone, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"window": 31}, ValueError, "A window of 31 rows is longer than the data, which have 30"),
        ({"window": 0}, ValueError, "window == 0, must be >= 1"),
        ({"window": 2.5}, TypeError, "window must be an instance of"),
        ({"window": 5, "step": 0}, ValueError, "step == 0, must be >= 1"),
        ({"window": 5, "sample_weight": -np.ones(30)}, ValueError, "Negative values in data passed to `sample_weight`"),
        ({"window": 5, "X": np.full((30, 2), np.nan)}, ValueError, "Input X contains NaN"),
        ({"window": 5, "y": np.zeros(29)}, ValueError, "inconsistent numbers of samples"),
    ],
)
def test_refusals(arguments, error, message):
    """When it is called, and not when the first window is asked for."""
    given = {"X": np.zeros((30, 2)), "y": np.zeros(30)} | arguments
    with pytest.raises(error, match=message):
        rolling_moments(**given)


def test_dask_is_refused():
    """Its blocks are not in memory."""
    array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"needs the rows in memory.*compute\(\) the Dask collections"):
        rolling_moments(array.zeros((10, 2)), np.zeros(10), 3)
