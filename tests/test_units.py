"""Units and precision: powers of two change nothing but the coefficients, and float32 is as true as float64."""

import pickle
import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
OPTIONS = {"standardize": True, "max_iter": 40, "tol": 1e-6}
# Exponents that the format of the columns has room for, without losing bits to subnormal numbers.
EXPONENTS = {np.float32: [-90, 60, 0, -40, 90], np.float64: [-900, -600, 3, 700, 980]}


def halves(function, X, y, w):
    """Return what a function of some rows makes of the first and of the others."""
    return [
        function(*(None if part is None else part[rows] for part in (X, y, w))) for rows in (np.s_[:99], np.s_[99:])
    ]


def by_moments(X, y, w, **options):
    """Fit the sum of the moments of two parts."""
    one, other = halves(Moments.of, X, y, w)
    return GDLinearRegressor(**options).fit_moments(one + other)


def by_chunks(X, y, w, **options):
    """Fit two chunks, one after the other."""
    return halves(GDLinearRegressor(**options).partial_fit, X, y, w)[1]


def by_dask(X, y, w, **options):
    """Fit Dask arrays."""
    array = pytest.importorskip("dask.array").from_array
    data = [array(part, chunks=(50, *part.shape[1:])) for part in (X, y, w)]
    return GDLinearRegressor(**options).fit(*data)


WAYS = {
    "fit": lambda X, y, w, **options: GDLinearRegressor(**options).fit(X, y, w),
    "rows": lambda X, y, w, **options: GDLinearRegressor(precompute=False, **options).fit(X, y, w),
    "sparse": lambda X, y, w, **options: GDLinearRegressor(**options).fit(sp.csr_array(X), y, w),
    "sparse rows": lambda X, y, w, **options: GDLinearRegressor(precompute=False, **options).fit(sp.csc_array(X), y, w),
    "held out": lambda X, y, w, **options: GDLinearRegressor(early_stopping=True, random_state=0, **options).fit(
        X, y, w
    ),
    "search": lambda X, y, w, **options: GDLinearRegressorCV(2, cv=2, **options).fit(X, y, w),
    "moments": by_moments,
    "chunks": by_chunks,
    "dask": by_dask,
}


@quiet
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("way", WAYS)
def test_powers_of_two(way, dtype):
    """Columns, weights, and targets with `tol`, times a power of two: nothing else changes, to the last bit."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(200, 5)) * (rng.random((200, 5)) < 0.8) + rng.normal(size=5) * [0, 1, 1, 0, 1]).astype(dtype)
    X[:, 2] = 0.1
    y, w = rng.normal(size=200).astype(dtype), rng.random(200)
    model, fit = WAYS[way](X, y, w, **OPTIONS), WAYS[way]
    exponents = np.array(EXPONENTS[dtype])
    other = fit(np.ldexp(X, exponents).astype(dtype), y, w, **OPTIONS)
    assert_array_equal(np.ldexp(other.coef_, exponents), model.coef_)
    assert_array_equal(other.intercept_, model.intercept_)
    assert_array_equal(other.cost_history_, model.cost_history_)
    assert other.diagnosis_.message == model.diagnosis_.message
    for exponent in (1, -166, -900):
        other = fit(X, y, np.ldexp(w, exponent), **OPTIONS)
        assert_array_equal(other.coef_, model.coef_)
        assert_array_equal(other.cost_history_, model.cost_history_)
    for exponent in (-83, 70) if dtype is np.float32 else (-450, 450):
        scaled = OPTIONS | {"tol": np.ldexp(OPTIONS["tol"], exponent)}
        other = fit(X, np.ldexp(y, exponent).astype(dtype), w, **scaled)
        assert_array_equal(other.coef_, np.ldexp(model.coef_, exponent))
        assert_array_equal(other.cost_history_, np.ldexp(model.cost_history_, 2 * exponent))


def test_scores_in_tiny_units():
    """A search scores targets of any unit alike."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)).astype(np.float32)
    y = (X @ [1.0, 2.0, 3.0] + rng.normal(size=300)).astype(np.float32)
    tiny = np.ldexp(y, -83)
    scores = [GDLinearRegressorCV(3, tol=None, max_iter=50).fit(X, targets).scores_ for targets in (y, tiny)]
    assert_array_equal(*scores)
    assert scores[0].max() > 0.9


def twins(rng):
    """Return two columns that differ by little, and what only their difference tells."""
    a, distance = rng.normal(size=500), 10.0 ** -rng.uniform(2, 5)
    X = np.c_[a, a + distance * rng.normal(size=500)]
    return X, (X[:, 1] - X[:, 0]) / distance


def powers(rng):
    """Return a polynomial in [0, 1], and a wave."""
    x = rng.random(500)
    return np.vander(x, int(rng.integers(4, 12)))[:, :-1], np.sin(6.0 * x)


def far(rng):
    """Return columns far from zero."""
    X = rng.normal(size=(500, 4))
    return X + 10.0 ** rng.uniform(1, 5, 4), X @ rng.normal(size=4)


def units(rng):
    """Return columns in units that lie far apart."""
    X = rng.normal(size=(500, 4))
    return X * 10.0 ** rng.uniform(-30, 30, 4), X @ rng.normal(size=4)


def wide(rng):
    """Return more columns than rows, two of them twins."""
    X = rng.normal(size=(20, 40))
    X[:, 20] = X[:, 0] + 1e-3 * rng.normal(size=20)
    return X, rng.normal(size=20)


@quiet
@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize("make", [twins, powers, far, units, wide])
def test_float32_is_as_true_as_float64(make, precompute):
    """A fit is bad in silence no more often, and its costs are those of the rows, for the same numbers."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y = make(rng)
        X, y = X.astype(np.float32), y + 0.01 * rng.normal(size=len(y))
        options = {"standardize": True, "precompute": precompute, "tol": 1e-6, "max_iter": 300}
        gaps, warned = [], []
        for A in (X, X.astype(np.float64)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ConvergenceWarning)
                model = GDLinearRegressor(**options).fit(A, y)
            warned.append(bool(caught))
            exact = X.astype(np.longdouble)
            residual = exact @ model.coef_.astype(np.longdouble) + np.longdouble(model.intercept_) - y
            cost = float(residual @ residual) / (2 * len(y))
            centred = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
            centred /= np.abs(centred).max(axis=0)
            best = np.linalg.lstsq(centred, y - y.mean(), rcond=1e-13)[0]
            gaps.append((2 * cost - np.mean((centred @ best - y + y.mean()) ** 2)) / np.var(y))
            # Products of float32 are rounded to 6e-8, of which many are added up.
            assert_allclose(model.cost_history_[0], y @ y / (2 * len(y)), rtol=1e-6)
            # A tenth of what a good fit may lack, which the rounding of the coefficients to float32 may cost.
            assert_allclose(model.cost_history_[-1], cost, rtol=1e-6, atol=1.1e-4 * np.var(y) / 2)
        assert gaps[0] <= 0.0012 or warned[0] or gaps[1] > 0.001
        assert_allclose(gaps[0], gaps[1], rtol=0.02, atol=2e-4)


def test_well_conditioned_float32_is_read_once():
    """The products of ordinary columns are float32, those of nearly dependent ones float64; the dtype is known."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 3)).astype(np.float32)
    ordinary = Moments.of(X, rng.normal(size=1000))
    X[:, 1] = X[:, 0] + 1e-3 * X[:, 2]
    near = Moments.of(X, rng.normal(size=1000))
    assert (ordinary.eps, near.eps) == (np.finfo(np.float32).eps, np.finfo(np.float64).eps)
    assert ordinary.dtype == near.dtype == "float32"
    assert GDLinearRegressor(standardize=True).fit_moments(ordinary).coef_.dtype == np.float32


def test_coefficients_that_float32_can_not_hold():
    """They stay float64 where float32 has no such number, or too few digits for the predictions."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)).astype(np.float32)
    tiny = np.ldexp(X, -100)
    model = GDLinearRegressor(standardize=True).fit(tiny, 1e12 * X[:, 0].astype(float))
    assert model.coef_.dtype == np.float64
    assert model.score(tiny, 1e12 * X[:, 0].astype(float)) > 0.999
    # Without an intercept, the means of standardised columns move all predictions.
    for mean in (0.0, 30.0, 1e3, 1e5):
        far = (X + mean).astype(np.float32)
        Z = far.astype(float)
        y = (Z - Z.mean(axis=0)) @ [1.0, 2.0] + 0.3 * rng.normal(size=400)
        model = GDLinearRegressor(standardize=True, fit_intercept=False).fit(far, y)
        cost = np.mean((Z @ model.coef_.astype(float) + float(model.intercept_) - y) ** 2) / 2.0
        assert abs(cost - model.cost_history_[-1]) <= 1e-4 * np.var(y) / 2.0
        if mean < 100.0:  # no wider than needed
            assert model.coef_.dtype == np.float32


def stored_twice(X):
    """Return a CSR array in which each entry is stored as two halves."""
    half = sp.csr_array(X / 2)
    twice = sp.csr_array(half.shape)
    twice.data, twice.indices, twice.indptr = np.repeat(half.data, 2), np.repeat(half.indices, 2), 2 * half.indptr
    return twice


@quiet
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("precompute", [False, True])
def test_entries_that_are_stored_twice(precompute, standardize):
    """They count as their sum, and the array stays as it is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)) * (rng.random((200, 4)) < 0.5)
    y, twice = X @ np.arange(4.0), stored_twice(X)
    options = {"precompute": precompute, "standardize": standardize, "max_iter": 50}
    model, other = (GDLinearRegressor(**options).fit(data, y) for data in (twice, X))
    assert_allclose(model.coef_, other.coef_, rtol=1e-9)
    assert twice.nnz == 2 * np.count_nonzero(X)


@quiet
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("precompute", [False, True])
def test_long_double_is_float64(precompute, store):
    """Wherever it comes in, it is read as float64."""
    rng = np.random.default_rng(0)
    X, y, w = rng.normal(size=(50, 3)), rng.normal(size=50), rng.random(50)
    options = {"precompute": precompute, "standardize": True, "max_iter": 20}
    expected = GDLinearRegressor(**options).fit(store(X), y, w)
    long = GDLinearRegressor(**options).fit(store(X).astype(np.longdouble), y.astype(np.longdouble), w)
    mixed = GDLinearRegressor(**options).fit(store(X), y.astype(np.longdouble), w.astype(np.longdouble))
    for model in (long, mixed):
        assert_array_equal(model.coef_, expected.coef_)
        assert model.coef_.dtype == np.float64


def test_a_small_column_that_hardly_varies():
    """Without an intercept it is its numbers that must have squares; with one, their distances from the mean."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    X[:, 1] = 1e-140 * (1.0 + 1e-12 * X[:, 1])
    with pytest.raises(ValueError, match="underflow"):
        GDLinearRegressor(max_iter=5, tol=None).fit(X, y)
    model, other = (GDLinearRegressor(max_iter=5, tol=None, fit_intercept=False) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
        other.fit(X * [1.0, 0.0, 1.0], y)
    assert_allclose(model.coef_[[0, 2]], other.coef_[[0, 2]], rtol=1e-12)


@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_a_column_whose_squares_are_zeros(store):
    """Row by row too it is told from one of zeros, in the rows that count."""
    X, y = np.random.default_rng(0).normal(size=(80, 70)), np.ones(80)  # more columns than have moments row by row
    X[:, 1] *= 1e-200
    model, w = GDLinearRegressor(precompute=False, max_iter=5, tol=None), np.ones(80)
    with pytest.raises(ValueError, match="underflow"):
        model.fit(store(X), y)
    X[1:, 1], w[0] = 0.0, 0.0
    model.fit(store(X), np.append(1e9, np.zeros(79)), sample_weight=w)
    assert_array_equal(model.coef_, 0.0)


@quiet
@pytest.mark.parametrize("precompute", [False, True])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_array])
def test_squares_that_leave_the_range(precompute, store):
    """In raw coordinates it is said in a sentence which way, and nowhere else is there a warning or an error."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    raw = GDLinearRegressor(precompute=precompute, max_iter=5)
    for scale, word in ((1e160, "overflow"), (1e-160, "underflow")):
        with pytest.raises(ValueError, match=f"The squares of X or y {word} float64"):
            raw.fit(store(scale * X), y)
        with pytest.raises(ValueError, match=f"The squares of X or y {word} float64"):
            raw.fit(store(X), scale * y)
        GDLinearRegressor(precompute=precompute, standardize=True, max_iter=5).fit(store(scale * X), y)
    for scale in (1e20, 1e-20):
        raw.fit(store((scale * X).astype(np.float32)), (scale * y).astype(np.float32), np.full(50, 1e-50))


@pytest.mark.parametrize("m", [300, 60_000])
def test_a_sample_that_misleads(m):
    """Rare entries of any size, in no sample, and rows of tiny weight count as they should, in float32 too."""
    X = np.zeros((m, 4), dtype=np.float32)
    X[:, 0] = np.random.default_rng(0).normal(size=m)
    X[7::1000, 1], X[8::1000, 2], X[9, 3] = 1e-30, 1e25, 1.0
    w = np.ones(m)
    w[::3], w[9] = 1e-40, 1e-30
    for weights in (None, w):
        moments, exact = (Moments.of(data, X[:, 0], weights) for data in (X, X.astype(np.float64)))
        assert_allclose(moments.deviations, exact.deviations, rtol=1e-4)


def test_targets_cost_what_they_are():
    """Memory and the size of a pickle grow as the number of targets."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(100, 20)), rng.normal(size=(100, 1600))

    def cost(n_targets):
        tracemalloc.start()
        model = GDLinearRegressor(max_iter=30, tol=None).fit(X, Y[:, :n_targets])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return np.array([peak, len(pickle.dumps(model))])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        cost(10)
        few, many = cost(400), cost(1600)
    assert np.all(many <= 4.5 * few)
    assert many[1] <= 12 * 8 * 1600 * 20  # of which one is `coef_`
    moments = Moments.of(X, Y[:, :30])
    assert_allclose(np.diagonal(moments.scatter)[20:], 100 * np.var(Y[:, :30], axis=0), rtol=1e-12)
    assert_allclose(moments.scatter[:20, 20:], (X - X.mean(axis=0)).T @ Y[:, :30], rtol=1e-9, atol=1e-12)


@quiet
def test_what_float32_cannot_tell_is_said():
    """Where there are no rows to read again, as on a device without float64, the paragraph says so, and only there."""
    rng = np.random.default_rng(0)
    a, b, y = rng.normal(size=(3, 500))
    for X, is_said in ((np.c_[a, a + 1e-3 * b], True), (np.c_[a, b], False)):
        moments = replace(Moments.of(X, y + X[:, 1]), eps=float(np.finfo(np.float32).eps))
        message = GDLinearRegressor().fit_moments(moments).diagnosis_.message
        assert ("too rough to tell how good the fit is" in message) == is_said
