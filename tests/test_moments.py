"""Moments: exact to rounding, however the rows are cut, stored or weighted."""

import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.reading import FAR

SPARSE_FORMATS = [sp.csr_array, sp.csc_array, sp.csr_matrix, sp.csc_matrix]


def data(m, n, seed, mean=0.0, spread=1.0, density=1.0):
    """Return random features and targets; `mean` and `spread` are those of the features' entries."""
    rng = np.random.default_rng(seed)
    X = mean + spread * rng.normal(size=(m, n))
    return X * (rng.random((m, n)) < density), rng.normal(size=m)


def assert_same(actual, desired, rtol=1e-12):
    """Assert that two moments agree to `rtol` of each column's spread: rounding, some thousand operations long."""
    assert_allclose(actual.weight, desired.weight, rtol=1e-14)
    spread = np.sqrt(np.diagonal(desired.scatter) / desired.weight)
    # Means agree to a rounding of their own size; the exact parts, to one of the spread.
    difference = (actual.origin - desired.origin) + (actual.offset - desired.offset)
    assert np.all(np.abs(difference) <= rtol * spread + 1e-300)
    assert np.all(np.abs(actual.scatter - desired.scatter) <= rtol * desired.weight * np.outer(spread, spread) + 1e-300)


def test_moments_are_what_their_names_say():
    """Weight, mean and scatter follow their definitions, computed here in extended precision."""
    X, y = data(50, 3, seed=0, mean=5.0)
    w = np.random.default_rng(1).random(50)
    moments = Moments.of(X, y, w)
    Z = np.column_stack([X, y]).astype(np.longdouble)
    mean = (w[:, None] * Z).sum(axis=0) / w.sum()
    assert_allclose(moments.weight, w.sum(), rtol=1e-15)
    assert_allclose(moments.mean, mean.astype(float), rtol=1e-14)
    assert_allclose(moments.scatter, ((w[:, None] * (Z - mean)).T @ (Z - mean)).astype(float), rtol=1e-12, atol=1e-13)


@given(
    m=st.integers(2, 60),
    n=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    log_ratio=st.integers(0, 8),
    cuts=st.lists(st.integers(1, 59), max_size=6),
)
def test_cutting_the_rows_changes_nothing(m, n, seed, log_ratio, cuts):
    """The sum of the parts' moments is the whole's, also where the mean is 1e8 times the spread."""
    X, y = data(m, n, seed, mean=10.0**log_ratio)
    edges = [0, *sorted({cut for cut in cuts if cut < m}), m]
    parts = [Moments.of(X[i:j], y[i:j]) for i, j in itertools.pairwise(edges)]
    assert_same(sum(parts[1:], parts[0]), Moments.of(X, y))
    assert_same(sum(parts[-2::-1], parts[-1]), Moments.of(X, y))


def test_single_rows_add_up():
    """Adding row by row is as exact as one block, at a mean of 1e8 times the spread."""
    X, y = data(500, 2, seed=3, mean=1e8)
    rows = [Moments.of(X[i : i + 1], y[i : i + 1]) for i in range(500)]
    assert_same(sum(rows[1:], rows[0]), Moments.of(X, y))


def test_blocks_are_invisible():
    """Data of many blocks have the moments that a plain two-pass computation gives."""
    X, y = data(70_000, 5, seed=4, mean=1e3)
    centred = np.column_stack([X - X.mean(axis=0), y - y.mean()])
    # 1e-10: the plain computation rounds its means at 1e3 times the spread, over 70,000 rows.
    assert_allclose(Moments.of(X, y).scatter, centred.T @ centred, rtol=1e-10, atol=1e-8)


def test_scatter_is_symmetric_to_the_last_bit():
    """No rounding tells the upper triangle from the lower."""
    X, y = data(40_000, 4, seed=5)
    for X_stored in (X, sp.csr_array(X)):
        scatter = Moments.of(X_stored, y).scatter
        assert_array_equal(scatter, scatter.T)


@pytest.mark.parametrize("store", [np.asarray, *SPARSE_FORMATS])
def test_integer_weights_are_repeated_rows(store):
    """A weight of 2 is a row that is there twice, a weight of 0 one that is not there."""
    X, y = data(30, 3, seed=6, density=0.7)
    w = np.random.default_rng(7).integers(0, 4, 30).astype(float)
    repeats = np.repeat(np.arange(30), w.astype(int))
    assert_same(Moments.of(store(X), y, w), Moments.of(store(X[repeats]), y[repeats]))


@pytest.mark.parametrize("store", [np.asarray, *SPARSE_FORMATS])
def test_moments_of_no_weight_add_nothing(store):
    """Rows of weight zero leave no trace, whichever side of the sum they stand on and whatever they hold."""
    X, y = data(10, 3, seed=8)
    nothing = Moments.of_arrays(store(1e6 * X), y, np.zeros(10))
    something = Moments.of(store(X), y)
    for total in (nothing + something, something + nothing):
        assert_same(total, something, rtol=0.0)


@pytest.mark.parametrize("store", SPARSE_FORMATS)
@pytest.mark.parametrize("density", [0.05, 0.5, 1.0])
def test_sparse_equals_dense(store, density):
    """How the features are stored does not matter, with and without weights, explicit zeros and full columns."""
    X, y = data(400, 6, seed=9, density=density)
    X[:, 2] = 1e8 + np.random.default_rng(10).normal(size=400)  # a full column, far from zero
    X[:, 4] = 0.0
    w = np.random.default_rng(11).random(400)
    stored = store(X)
    stored.data[::7] = 0.0
    X = stored.toarray()
    # 1e-10: a column with zeros loses at most a factor 400, its number of rows, of the precision.
    assert_same(Moments.of(stored, y), Moments.of(X, y), rtol=1e-10)
    assert_same(Moments.of(stored, y, w), Moments.of(X, y, w), rtol=1e-10)


@pytest.mark.parametrize("store", SPARSE_FORMATS)
def test_entries_that_are_stored_twice(store):
    """Entries at one place count as their sum."""
    rows, columns = [0, 0, 1, 2, 2], [1, 1, 0, 2, 2]
    X, y = sp.coo_array(([1.0, 2.0, 5.0, 3.0, -1.0], (rows, columns)), shape=(4, 3)), np.arange(4.0)
    twice = store(X.toarray() / 2)
    twice.data, twice.indices = np.repeat(twice.data, 2), np.repeat(twice.indices, 2)
    twice.indptr = 2 * twice.indptr
    assert twice.nnz == 6
    assert_same(Moments.of(twice, y), Moments.of(X.toarray(), y))


@pytest.mark.parametrize("store", [np.asarray, *SPARSE_FORMATS])
def test_input_is_never_written_to(store):
    """The data and the weights are as they were."""
    X, y = data(300, 4, seed=12, density=0.5)
    w = np.random.default_rng(13).random(300)
    X[:, 0] = 3.0
    stored = store(X.copy())
    before = X.copy(), y.copy(), w.copy()
    Moments.of(stored, y, w)
    Moments.of(stored, y)
    after = (stored.toarray() if sp.issparse(stored) else stored), y, w
    for one, other in zip(before, after, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.int8, np.uint8, bool])
def test_every_dtype_is_summed_in_float64(dtype):
    """Narrow types neither overflow nor round: the moments are those of the same numbers in float64."""
    X = np.random.default_rng(14).integers(0, 100, (3000, 3)).astype(dtype)
    y = np.random.default_rng(15).normal(size=3000)
    assert_same(Moments.of(X, y), Moments.of(X.astype(float), y), rtol=0.0)


def test_float32_is_multiplied_in_float32():
    """Its products are rounded to float32, its sums are not: 70,000 rows, of a mean that is 100 times the spread."""
    X, y = data(70_000, 3, seed=17, mean=100.0)
    X = X.astype(np.float32)
    moments = Moments.of(X, y)
    assert moments.eps == np.finfo(np.float32).eps
    # 1e-6: some roundings of float32, 6e-8, which a sum over a block of a thousand products adds up at random.
    assert_same(moments, Moments.of(X.astype(float), y), rtol=1e-6)


def test_the_coarser_precision_counts():
    """A sum of float32's and float64's moments is as rough as float32, whichever comes first."""
    X, y = data(100, 3, seed=21)
    fine, rough = Moments.of(X, y), Moments.of(X.astype(np.float32), y)
    assert fine.eps < rough.eps
    assert (fine + rough).eps == (rough + fine).eps == rough.eps
    assert (fine + fine).eps == fine.eps


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_threads_change_nothing(dtype):
    """The moments of many chunks are the same to the last bit for any number of threads."""
    X, y = data(200_000, 3, seed=18)
    X, w = X.astype(dtype), np.random.default_rng(19).random(200_000)
    one = Moments.of_arrays(X, y, w, n_jobs=1)
    for n_jobs in (2, 3, -1, None):
        other = Moments.of_arrays(X, y, w, n_jobs=n_jobs)
        assert_array_equal(one.scatter, other.scatter)
        assert_array_equal(one.mean, other.mean)


def test_origin_of_sorted_and_of_weightless_rows():
    """Rows that drift, and wild rows of weight zero, cost no precision."""
    X, y = data(50_000, 2, seed=20)
    X[:, 0] = 1e3 * np.sort(X[:, 0])
    w = np.ones(50_000)
    w[::2] = 0.0
    wild = X.copy()
    wild[::2] = 1e12
    # 1e-11: at most a factor of m / b = 50 for the origin, and a thousand blocks.
    assert_same(Moments.of(wild, y, w), Moments.of(X[1::2], y[1::2]), rtol=1e-11)
    assert_same(Moments.of(X[::-1], y[::-1]), Moments.of(X, y), rtol=1e-11)


@pytest.mark.parametrize("far", [1e2, 1e5, 1e8, 1e20])
@pytest.mark.parametrize("kind", ["rows", "float32", "sparse", "batches"])
def test_far_rows_that_hardly_count(kind, far):
    """Half of the rows are far away, as in robust regression, but so light that all moments are those of the rest."""
    X, y = data(3000, 2, seed=5, mean=3.0)
    far_away = np.arange(3000) % 7 < 4
    w = np.where(far_away, 1e-25 / far**2, 1.0)
    X[far_away] += far
    X = X.astype(np.float32) if kind == "float32" else X
    if kind == "batches":
        table = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y, "w": w})
        made = Moments.of_batches(table, target="y", sample_weight="w")
    else:
        made = Moments.of(sp.csr_array(X) if kind == "sparse" else X, y, w)
    # The squares about the origin may be FAR times those about the mean; some thousand roundings add up to a few.
    assert_same(made, Moments.of(X[~far_away].astype(float), y[~far_away]), rtol=16.0 * FAR * np.finfo(float).eps)


def test_moments_scale_with_the_data():
    """Scaling the columns by powers of two, from tiny to huge, scales the moments exactly."""
    X, y = data(50, 2, seed=16)
    scale = np.array([2.0**-300, 2.0**300, 1.0])
    plain, scaled = Moments.of(X, y), Moments.of(X * scale[:2], y)
    assert_array_equal(scaled.scatter, plain.scatter * np.outer(scale, scale))
    assert_array_equal(scaled.mean, plain.mean * scale)


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("weights", [None, "some"])
def test_sparse_entries_stored_twice(make, weights):
    """What is stored for one place several times counts as its sum.

    So a column with as many entries as rows may have zeros all the same.
    """
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 6, 40), rng.integers(0, 4, 40)
    rows, columns = np.r_[rows, [0, 0, 1, 2, 3, 4]], np.r_[columns, [4] * 6]  # six entries, and none in the last row
    major, minor = (rows, columns) if make is sp.csr_array else (columns, rows)
    order = np.argsort(major, kind="stable")
    indptr = np.cumsum([0, *np.bincount(major)])
    X = make((rng.normal(size=46) + 3.0, minor[order], indptr), shape=(6, 5))
    y, w = rng.normal(size=6), None if weights is None else np.array([1.0, 0.5, 2.0, 0.0, 1.0, 3.0])
    assert X.nnz == 46
    ours, theirs = Moments.of(X, y, w), Moments.of(X.toarray(), y, w)
    assert X.nnz == 46, "the user's matrix is not changed"
    assert_allclose(ours.mean, theirs.mean, rtol=1e-12)
    assert_allclose(ours.scatter, theirs.scatter, rtol=1e-12, atol=1e-12 * np.abs(theirs.scatter).max())
