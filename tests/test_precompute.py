"""Moments or rows: the same descent either way, and the cheaper one by default."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor
from sklearn_gd._data.in_memory import prefer_moments
from sklearn_gd.optimizers import OPTIMIZERS

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def data(m=80, n=6, density=1.0, seed=0):
    """Return features, some far from zero and of different scales, targets and weights."""
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(m, n)) + 1.0) * rng.uniform(0.5, 2.0, n) * (rng.random((m, n)) < density)
    return X, X @ rng.normal(size=n) + 2.0 + rng.normal(size=m), rng.integers(0, 3, m).astype(float)


def assert_same_fit(one, other, rtol=1e-9):
    """Assert that two descents took the same way, to the rounding of their iterations."""
    assert one.n_iter_ == other.n_iter_
    # Wide data are fitted perfectly; the moments know a cost to the rounding of the targets' variance.
    assert_allclose(one.cost_history_, other.cost_history_, rtol=rtol, atol=1e-14 * other.cost_history_[0])
    assert_allclose(one.coef_, other.coef_, rtol=rtol, atol=rtol * np.abs(other.coef_).max())
    assert_allclose(one.intercept_, other.intercept_, rtol=rtol, atol=rtol)


def cycled(values, *others):
    """Return the product of the others, each with the next one of the values; so not each with each."""
    return [(value, *rest) for value, rest in zip(itertools.cycle(values), itertools.product(*others), strict=False)]


@quiet
@pytest.mark.parametrize(
    ("optimizer", "standardize", "fit_intercept", "shape", "store"),
    cycled(
        ["gd", "momentum", "nesterov", "adam", "rprop"],
        [False, True],
        [False, True],
        [(80, 6), (20, 40), (20, 80)],
        [np.asarray, sp.csr_array, sp.csc_array],
    ),
)
def test_both_ways_are_one(optimizer, standardize, fit_intercept, shape, store):
    """From the moments and row by row, tall and wide, dense and sparse, weighted, alpha automatic."""
    X, y, w = data(*shape, density=0.7)
    options = {"optimizer": optimizer, "standardize": standardize, "fit_intercept": fit_intercept, "max_iter": 300}
    fits = [GDLinearRegressor(precompute=way, **options).fit(store(X), y, sample_weight=w) for way in (True, False)]
    assert_same_fit(*fits)


@quiet
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("n_targets", [1, 3])
def test_several_targets(precompute, n_targets):
    """A matrix of targets descends like its columns."""
    X, y, _ = data()
    Y = np.column_stack([y, -y, y**2])[:, :n_targets]
    options = {"alpha": 0.05, "max_iter": 200, "tol": None, "precompute": precompute, "standardize": True}
    together = GDLinearRegressor(**options).fit(X, Y)
    alone = [GDLinearRegressor(**options).fit(X, column) for column in Y.T]
    assert_allclose(together.coef_, [model.coef_ for model in alone], rtol=1e-10)
    assert_allclose(together.cost_history_, sum(model.cost_history_ for model in alone), rtol=1e-10)


@quiet
@pytest.mark.parametrize(
    ("form", "precompute", "optimizer"),
    cycled([(True, True), (True, False), (False, True), (False, False)], [True, False], OPTIMIZERS),
)
def test_standardize_equals_the_pipeline(form, precompute, optimizer):
    """`standardize=True` predicts and descends like a pipeline with StandardScaler, weights included."""
    X, y, w = data()
    X = X * np.arange(1, 7) ** 4
    fit_intercept, weighted = form
    w = w if weighted else None
    options = {"optimizer": optimizer, "fit_intercept": fit_intercept, "max_iter": 100, "precompute": precompute}
    model = GDLinearRegressor(standardize=True, **options).fit(X, y, sample_weight=w)
    pipeline = make_pipeline(StandardScaler(), GDLinearRegressor(**options))
    pipeline.fit(X, y, standardscaler__sample_weight=w, gdlinearregressor__sample_weight=w)
    assert_allclose(model.cost_history_, pipeline[-1].cost_history_, rtol=1e-9)
    assert_allclose(model.predict(X), pipeline.predict(X), rtol=1e-9, atol=1e-9 * np.abs(y).max())
    assert_allclose(model.coef_, pipeline[-1].coef_ / pipeline[0].scale_, rtol=1e-8)


@quiet
@pytest.mark.parametrize("precompute", [True, False])
def test_standardized_warm_start(precompute):
    """Going on from the user's units is going on from the standardised ones."""
    X, y, _ = data()
    options = {"alpha": 0.1, "standardize": True, "tol": None, "precompute": precompute}
    twice = GDLinearRegressor(max_iter=30, warm_start=True, **options).fit(X, y).fit(X, y)
    once = GDLinearRegressor(max_iter=60, **options).fit(X, y)
    assert_allclose(twice.coef_, once.coef_, rtol=1e-9)
    assert_allclose(twice.intercept_, once.intercept_, rtol=1e-9)


@pytest.mark.parametrize(
    ("dtype", "rtol", "store"),
    [
        (np.float16, 1e-10, np.asarray),  # SciPy has no sparse float16
        *(
            (dtype, rtol, store)
            for dtype, rtol in [(np.float32, 1e-4), (np.int64, 1e-10), (np.uint8, 1e-10)]
            for store in (np.asarray, sp.csr_array)
        ),
    ],
)
def test_dtypes_row_by_row(dtype, rtol, store):
    """Integers are exact; float32 is multiplied in float32."""
    X = np.random.default_rng(0).integers(0, 5, (60, 3)).astype(dtype)
    y = X.astype(float) @ [1.0, -1.0, 2.0] + 1.0
    options = {"optimizer": "nesterov", "precompute": False, "tol": 1e-6, "standardize": True}
    model = GDLinearRegressor(**options).fit(store(X), y)
    expected = GDLinearRegressor(**options).fit(X.astype(float), y)
    assert_allclose(model.predict(store(X)), expected.predict(X.astype(float)), rtol=rtol, atol=10 * rtol)


@pytest.mark.parametrize(
    ("X", "moments"),
    [
        (np.empty((10_000, 1000)), True),
        (np.empty((600, 512)), True),
        (np.empty((10, 512)), True),
        (np.empty((10, 513)), False),
        (np.empty((200, 20_000)), False),
        (sp.csr_array((10_000, 100)), True),
        (sp.csr_array((np.ones(10**6), np.tile(np.arange(1000), 1000), np.arange(0, 10**6 + 1, 10))), True),
        (sp.csr_array((np.ones(10**5), np.arange(10**5), np.arange(0, 10**5 + 1))), False),
    ],
    ids=lambda X: str(getattr(X, "shape", X)),
)
def test_automatic_choice(X, moments):
    """Moments for tall data, or few features; rows for wide data, and for many sparse features."""
    assert prefer_moments(X) is moments
    y = np.zeros(X.shape[0])
    if X.shape[0] * X.shape[1] < 10**7:
        X = X if sp.issparse(X) else np.zeros(X.shape)
        model = GDLinearRegressor(max_iter=1).fit(X, y)
        assert np.isnan(model.diagnosis_.condition_number_standardized) is not moments


@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_numbers_are_found(precompute, bad):
    """NaN and infinity in one entry of many chunks raise scikit-learn's error."""
    X = np.zeros((100_000, 3))
    X[77_777, 1] = bad
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        GDLinearRegressor(precompute=precompute).fit(X, np.zeros(100_000))


@pytest.mark.parametrize("options", [{}, {"standardize": True}, {"precompute": False, "max_iter": 5}], ids=str)
@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "memory map", "Fortran order"])
@quiet
def test_dense_data_are_not_copied(options, kind, tmp_path):
    """The peak of memory above the input is a tenth of it, however it is stored."""
    X = np.random.default_rng(0).integers(0, 100, (200_000, 25)).astype(float)  # 40 MB; two threads hold 2.5
    y = X[:, 0] + X[:, 1]
    if kind == "memory map":
        np.save(tmp_path / "X.npy", X)
        X = np.load(tmp_path / "X.npy", mmap_mode="r")
    else:
        X = np.asfortranarray(X) if kind == "Fortran order" else X.astype(kind)
    model = GDLinearRegressor(**options)
    tracemalloc.start()
    model.fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Row by row, some vectors of n_samples float64 are held: each is a 25th of X.
    allowed = 0.1 * X.nbytes if model.precompute else 8 * y.nbytes
    assert peak < allowed


@quiet
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("optimizer", ["gd", "nesterov"])
def test_sparse_data_are_not_made_dense(standardize, optimizer):
    """A matrix that would take 32 GB is fitted in some times its own size."""
    m, n = 20_000, 200_000
    rng = np.random.default_rng(0)
    X = sp.csr_array((rng.random(10 * m), (np.repeat(np.arange(m), 10), rng.integers(0, n, 10 * m))), shape=(m, n))
    y = rng.normal(size=m)
    tracemalloc.start()
    GDLinearRegressor(optimizer=optimizer, standardize=standardize, max_iter=5).fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 8 * n, "some vectors of n_features"


def test_gap_without_a_minimum_is_a_lower_bound():
    """Row by row on many sparse features the minimum is not known; a bad fit still warns, with what can be said."""
    rng = np.random.default_rng(0)
    X = sp.csr_array((rng.normal(size=20_000), (rng.integers(0, 1000, 20_000), rng.integers(0, 800, 20_000))))
    y = X @ rng.normal(size=800)
    rows = GDLinearRegressor(alpha=1e-5, precompute=False)
    with pytest.warns(ConvergenceWarning, match="at least") as caught:
        rows.fit(X, y)
    assert rows.diagnosis_.gap_is_lower_bound
    assert f"at least {rows.diagnosis_.gap:.3g} below the best" in str(caught[0].message)
    moments = GDLinearRegressor(alpha=1e-5, precompute=True)
    with pytest.warns(ConvergenceWarning):
        moments.fit(X, y)
    assert not moments.diagnosis_.gap_is_lower_bound
    assert 0.001 < rows.diagnosis_.gap <= moments.diagnosis_.gap


@pytest.mark.parametrize("precompute", [True, False, "auto"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (5, 600)])
@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_features_of_zeros(precompute, fit_intercept, shape, optimizer):
    """Features that are all zero keep their initial coefficients, and leave the intercept to do what it can."""
    options = {"optimizer": optimizer, "fit_intercept": fit_intercept, "precompute": precompute, "max_iter": 5000}
    model = GDLinearRegressor(**options).fit(np.zeros(shape), np.arange(5.0))
    assert_allclose(model.coef_, 0.0, atol=1e-12)
    assert_allclose(model.intercept_, 2.0 if fit_intercept else 0.0, atol=0.05)


def test_divergence_without_curvature():
    """An optimizer that returns NaN where the cost is flat is told so, without a division by zero."""
    model = GDLinearRegressor(optimizer=lambda theta, gradient, alpha: theta * np.nan, fit_intercept=False)
    with pytest.warns(ConvergenceWarning, match="diverged .* the cost does not depend on the parameters"):
        model.fit(np.zeros((5, 3)), np.arange(5.0))
    assert_allclose(model.coef_, 0.0)
