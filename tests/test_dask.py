"""Dask collections: the fit, the search and the score of the same rows in memory, each block read once, where it is."""

import os
import signal
import threading
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import KFold, ShuffleSplit

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments, alpha_limits, descent_path, suggest_alphas
from sklearn_gd._data.blocks import Blocks
from sklearn_gd._data.folds import split_moments
from sklearn_gd._data.in_dask import fold_moments
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.units import OVERFLOW

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
from dask.callbacks import Callback  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
M, N = 403, 4
NAMES = list("abcd")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(M, N)) * [1.0, 2.0, 0.5, 1.0] + [0.0, 1.0, -1.0, 3.0]
Y = np.column_stack([X @ [1.0, -2.0, 3.0, 0.5] + RNG.normal(size=M), X @ [0.0, 1.0, 1.0, -1.0] + RNG.normal(size=M)])
W = RNG.integers(0, 3, M) * RNG.random(M)
ROWS = (100, 50, 3, 150, 100)


def array(data, rows=ROWS, columns=-1):
    """Return a Dask array of blocks of these rows."""
    return da.from_array(data, chunks=(rows, columns)[: data.ndim])


def unknown(data, rows=ROWS):
    """Return a Dask array whose blocks have lengths that Dask does not know."""
    known = array(data, rows)
    return da.Array(known.dask, known.name, ((np.nan,) * len(rows), *known.chunks[1:]), dtype=data.dtype)


def frame(data, rows=ROWS):
    """Return a Dask data frame, or a series, with an empty partition in between."""
    data = pd.DataFrame(data, columns=NAMES[: data.shape[1]]) if data.ndim > 1 else pd.Series(data)
    parts = np.split(np.arange(M), np.cumsum(rows)[:-1])
    parts.insert(2, parts[0][:0])
    return dd.from_map(lambda rows: data.iloc[rows], parts, meta=data.iloc[:0])


# X, y and weights, each cut in a way of its own.
KINDS = {
    "array": (array, array, array),
    "one block": [partial(array, rows=(M,))] * 3,
    "single rows": (partial(array, rows=(1,) * 3 + (400,)), array, array),
    "column chunks": (partial(array, columns=(1, 2, 1)), partial(array, columns=1), array),
    "mismatched": (array, partial(array, rows=(200, 203)), partial(array, rows=(M,))),
    "unknown": (unknown, unknown, unknown),
    "unknown features": (unknown, array, array),
    "unknown targets": (array, unknown, array),
    "frame": (frame, frame, frame),
    "in memory": (array, np.asarray, np.asarray),
    "lists": (array, np.ndarray.tolist, np.ndarray.tolist),
    "array and series": (partial(unknown, rows=(100, 50, 0, 3, 150, 100)), frame, frame),
    "frame and array": (frame, partial(array, rows=(100, 50, 0, 3, 150, 100)), frame),
}


def cut(kind, y=Y[:, 0], weights=True):
    """Return features, targets and weights as Dask collections of a kind."""
    return [make(data) for make, data in zip(KINDS[kind], (X, y, W), strict=True)][: 2 + weights]


def assert_same_fit(ours, theirs, rtol=1e-9):
    """Assert that two fits are the same, to as many roundings as there are iterations and rows."""
    assert_allclose(ours.coef_, theirs.coef_, rtol=rtol, atol=rtol)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=rtol)
    assert_allclose(ours.cost_history_, theirs.cost_history_, rtol=rtol)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.coef_.shape == theirs.coef_.shape
    assert ours.coef_.dtype == theirs.coef_.dtype
    assert ours.n_features_in_ == theirs.n_features_in_
    assert ours.diagnosis_.status == theirs.diagnosis_.status


def assert_same_search(ours, theirs):
    """Assert that two searches are the same, in scores, choice and fit."""
    assert_allclose(ours.alphas_, theirs.alphas_, rtol=1e-9)
    assert_allclose(ours.scores_, theirs.scores_, rtol=1e-9, atol=1e-9)
    assert_allclose([ours.alpha_, ours.l2_], [theirs.alpha_, theirs.l2_], rtol=1e-9)
    assert ours.n_splits_ == theirs.n_splits_
    assert_same_fit(ours, theirs)


class TestFit:
    """The same coefficients, costs and number of iterations as in memory."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        ("y", "weights"),
        [(Y[:, 0], True), (Y, False), (Y[:, :1], True)],
        ids=["vector", "matrix without weights", "column"],
    )
    def test_every_cut(self, kind, y, weights):
        """However the rows are cut into blocks, however the collections are mixed."""
        ours, theirs = GDLinearRegressor(), GDLinearRegressor()
        assert_same_fit(ours.fit(*cut(kind, y, weights)), theirs.fit(X, y, *[W] * weights))
        assert_array_equal(getattr(ours, "feature_names_in_", []), NAMES if kind.startswith("frame") else [])

    @pytest.mark.parametrize(
        "options",
        [
            {"standardize": True},
            {"optimizer": "adam", "scheduler": "cosine", "l2": 0.1},
            {"fit_intercept": False, "optimizer": "momentum", "init": "random", "random_state": 3},
            {"alpha": 10.0, "max_iter": 30},
            {"max_iter": 3},
            {"precompute": True},
        ],
        ids=str,
    )
    def test_every_option(self, options):
        """Standardised, penalised, with other rules, diverging, unfinished."""
        model = GDLinearRegressor(**options)
        assert_same_fit(clone(model).fit(*cut("array")), model.fit(X, Y[:, 0], W))

    @pytest.mark.parametrize("kind", ["array", "frame"])
    def test_precision_is_that_of_the_features(self, kind):
        """float32 gives float32, as in memory; its products are rounded to it."""
        features = X.astype(np.float32)
        ours = GDLinearRegressor().fit(KINDS[kind][0](features), KINDS[kind][1](Y[:, 0]))
        assert ours.coef_.dtype == ours.predict(KINDS[kind][0](features)).dtype == np.float32
        assert_allclose(ours.coef_, GDLinearRegressor().fit(features, Y[:, 0]).coef_, rtol=1e-4)

    def test_precision_of_mixed_frames(self):
        """As in memory, float32 is what all columns have; one of float64, or of whole numbers, makes it float64."""
        for kinds in (["f4", "f4", "f4", "f4"], ["f4", "f8", "f4", "f4"], ["f8", "f8", "f8", "f4"], ["f4", "i8"] * 2):
            data = pd.DataFrame(X, columns=NAMES).astype(dict(zip(NAMES, kinds, strict=True)))
            ours = GDLinearRegressor().fit(
                *(dd.from_pandas(part, npartitions=3) for part in (data, pd.Series(Y[:, 0])))
            )
            theirs = GDLinearRegressor().fit(data, Y[:, 0])
            assert ours.coef_.dtype == theirs.coef_.dtype, kinds
            assert ours.predict(dd.from_pandas(data, npartitions=3)).dtype == theirs.predict(data).dtype, kinds

    @pytest.mark.parametrize("store", [sp.csr_matrix, sp.csr_array])
    def test_sparse_blocks(self, store):
        """Blocks may be sparse."""
        features = X * (np.random.default_rng(1).random(X.shape) < 0.5)
        blocks = array(features).map_blocks(store, dtype=float, meta=store((0, 0)))
        ours, theirs = GDLinearRegressor().fit(blocks, Y[:, 0]), GDLinearRegressor().fit(features, Y[:, 0])
        assert_same_fit(ours, theirs)
        assert_allclose(ours.predict(blocks).compute(), theirs.predict(features), rtol=1e-9)
        assert_allclose(ours.score(blocks, Y[:, 0]), theirs.score(features, Y[:, 0]), rtol=1e-9)

    def test_far_from_zero(self):
        """Features with means of 1e8 times their spread lose no digits to the cutting."""
        far = X + 1e8
        ours = Moments.of(array(far), array(Y))
        theirs = Moments.of(far, Y)
        assert_allclose(ours.scatter, theirs.scatter, rtol=1e-9, atol=1e-9 * M)

    def test_blocks_without_weight(self):
        """Blocks whose rows all have weight zero add nothing, whatever they hold; a number weighs all alike."""
        w = W.copy()
        w[100:153] = 0.0
        assert_same_fit(GDLinearRegressor().fit(array(X), Y[:, 0], array(w)), GDLinearRegressor().fit(X, Y[:, 0], w))
        assert_same_fit(GDLinearRegressor().fit(array(X), Y, 2.0), GDLinearRegressor().fit(X, Y, 2.0))

    def test_partial_fit(self):
        """Chunks come from Dask and from memory, in any order, with other options of the earlier fits."""
        parts = slice(0, 200), slice(200, M)
        for first, second in [(array, array), (np.asarray, array), (array, np.asarray)]:
            ours, theirs = GDLinearRegressor(max_iter=5), GDLinearRegressor(max_iter=5)
            for rows, make in zip(parts, (first, second), strict=True):
                make = partial(make, rows=70) if make is array else make
                ours.partial_fit(make(X[rows]), make(Y[rows]), make(W[rows]))
                theirs.partial_fit(X[rows], Y[rows], W[rows])
            assert_same_fit(ours, theirs)
        ours.partial_fit(array(X), array(Y), array(np.zeros(M)))
        assert_allclose(ours.moments_.weight, theirs.moments_.weight, rtol=1e-14)
        with pytest.raises(ValueError, match=r"y has shape \(nan,\), but earlier rows had 2 targets"):
            ours.partial_fit(array(X), array(Y[:, 0]))

    def test_warm_start(self):
        """3 + 3 iterations are 6, from whichever data."""
        ours = GDLinearRegressor(max_iter=3, warm_start=True, tol=None).fit(array(X), array(Y)).fit(array(X), array(Y))
        assert_same_fit(ours, GDLinearRegressor(max_iter=6, tol=None).fit(X, Y))

    def test_warning_points_to_the_call(self):
        """As in memory."""
        with pytest.warns(ConvergenceWarning, match="ran out of max_iter=2") as caught:
            GDLinearRegressor(max_iter=2).fit(array(X), Y[:, 0])
        assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", KINDS)
def test_functions_on_data(kind):
    """The limits of alpha, the grid, the paths and the moments are those in memory."""
    features, y, w = cut(kind)
    assert_allclose(alpha_limits(features).alpha_limit, alpha_limits(X).alpha_limit, rtol=1e-9)
    ours, theirs = alpha_limits(features, y, w), alpha_limits(X, Y[:, 0], W)
    assert_allclose(ours.condition_number, theirs.condition_number, rtol=1e-9)
    assert ours.n_iter_needed == theirs.n_iter_needed
    assert_allclose(suggest_alphas(features, n_alphas=3), suggest_alphas(X, n_alphas=3), rtol=1e-9)
    ours, theirs = (descent_path(*data, [0.01], max_iter=20) for data in ((features, y), (X, Y[:, 0])))
    assert_allclose(ours.coefs, theirs.coefs, rtol=1e-9, atol=1e-9)
    assert Moments.of(features, y).feature_names == (tuple(NAMES) if kind.startswith("frame") else ())


class TestPredictAndScore:
    """Predictions stay where the rows are; a score is one number from one reading."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("y", [Y[:, 0], Y], ids=["vector", "matrix"])
    def test_same_as_in_memory(self, kind, y):
        """Both of a model that was fitted by Dask, and of one that was not."""
        features, targets, w = cut(kind, y)
        model = GDLinearRegressor().fit(pd.DataFrame(X, columns=NAMES) if kind.startswith("frame") else X, y)
        in_memory = pd.DataFrame(X, columns=NAMES) if kind.startswith("frame") else X
        predictions = model.predict(features)
        assert isinstance(predictions, da.Array)
        assert predictions.numblocks[0] == (features.numblocks[0] if isinstance(features, da.Array) else 6)
        assert predictions.ndim == y.ndim
        assert_allclose(predictions.compute(), model.predict(in_memory), rtol=1e-12)
        assert_allclose(model.score(features, targets), model.score(in_memory, y), rtol=1e-9)
        assert_allclose(model.score(features, targets, w), model.score(in_memory, y, W), rtol=1e-9)
        assert type(model.score(features, targets)) is float

    def test_the_dtype_is_told_before_it_is_computed(self):
        """What Dask is told of the predictions is what they are: float32 where features and coefficients both are."""
        for of_fit in (np.float32, np.float64):
            model = GDLinearRegressor(max_iter=5).fit(X.astype(of_fit), Y)
            for dtype in (np.float32, np.float64):
                predictions = model.predict(array(X.astype(dtype)))
                assert predictions.dtype == predictions.compute().dtype == model.predict(X.astype(dtype)).dtype

    def test_score_in_any_unit_and_without_weight(self):
        """Squares of float32 that only float64 holds are no errors; rows of which none has a weight are one."""
        features, y = X.astype(np.float32), (Y[:, 0] * 1e25).astype(np.float32)
        model = GDLinearRegressor().fit(X, y.astype(np.float64))
        # float32 rounds each prediction by 6e-8 of it.
        expected = model.score(features.astype(np.float64), y.astype(np.float64))
        assert_allclose(model.score(array(features), array(y)), expected, rtol=1e-5)
        with pytest.raises(ValueError, match="All sample weights are zero"):
            model.score(array(X), array(Y[:, 0]), array(np.zeros(M)))

    def test_score_of_a_perfect_fit_and_of_far_targets(self):
        """R² is careful: targets with a mean of 1e6 times their spread, and hardly any errors."""
        y = X @ [1.0, -2.0, 3.0, 0.5] + 1e6
        model = GDLinearRegressor(standardize=True, tol=1e-9, max_iter=10_000).fit(X, y)
        # 1e-9: errors are sums of 403 squares of roundings of 1e6.
        assert_allclose(1.0 - model.score(array(X), array(y)), 1.0 - model.score(X, y), rtol=1e-9, atol=1e-12)

    def test_targets_that_do_not_vary(self):
        """By the convention of scikit-learn, R² is 1 where they are met, and 0 where not."""
        model = GDLinearRegressor(init=np.zeros(N + 1)).fit(X, np.zeros(M))
        assert model.score(array(X), array(np.zeros(M))) == model.score(X, np.zeros(M)) == 1.0
        assert model.score(array(X), array(np.ones(M))) == model.score(X, np.ones(M)) == 0.0

    def test_of_a_search(self):
        """A search does both as its best estimator does."""
        search = GDLinearRegressorCV(3).fit(X, Y)
        assert isinstance(search.predict(array(X)), da.Array)
        assert_allclose(search.score(array(X), array(Y), array(W)), search.score(X, Y, W), rtol=1e-9)


class TestSearch:
    """The scores and the choice of the search in memory."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("options", [{}, {"early_stopping": True, "max_iter": 50}], ids=str)
    def test_every_cut(self, kind, options):
        """However the rows are cut; folds begin and end in the midst of blocks."""
        search = GDLinearRegressorCV(3, **options)
        assert_same_search(clone(search).fit(*cut(kind)), search.fit(X, Y[:, 0], W))

    @pytest.mark.parametrize(
        "options",
        [
            {"cv": 2, "standardize": True},
            {"cv": 7, "l2": [0.0, 0.1], "scoring": "neg_mean_squared_error"},
            {"cv": 20, "optimizer": "momentum", "max_iter": 100},
            {"cv": np.int64(3), "early_stopping": True, "optimizer": "adam", "max_iter": 30},
        ],
        ids=str,
    )
    def test_every_option(self, options):
        """More folds than blocks, and fewer."""
        search = GDLinearRegressorCV([0.01, 0.1], **options)
        assert_same_search(clone(search).fit(*cut("array", Y)), search.fit(X, Y, W))

    @pytest.mark.parametrize("seed", range(8))
    def test_moments_of_the_folds(self, seed):
        """They are those of `KFold`, for random cuts with empty blocks, and the sums of the others are the splits."""
        rng = np.random.default_rng(seed)
        rows = tuple(np.diff([0, *np.sort(rng.integers(0, M + 1, 9)), M]).tolist())
        n_splits = int(rng.integers(2, 60))
        blocks = Blocks.of(GDLinearRegressor(), array(X, rows), array(Y, rows), array(W, rows), reset=True)
        folds = fold_moments(blocks, n_splits, Reading())
        pairs, whole = split_moments(X, Y, W, n_splits)
        for ours, (_, theirs) in zip(folds, pairs, strict=True):
            assert_allclose(ours.weight, theirs.weight, rtol=1e-12)
            assert_allclose(ours.scatter, theirs.scatter, rtol=1e-9, atol=1e-9)
        assert_allclose(sum(folds[1:], folds[0]).scatter, whole.scatter, rtol=1e-12, atol=1e-10)

    def test_files_that_are_read_several_at_once(self, tmp_path):
        """Of few columns Dask reads several files at once, and so counts other parts; the folds stay right."""
        table = pd.DataFrame(np.random.default_rng(0).normal(size=(240, 30))).rename(columns="c{}".format)
        for number, rows in enumerate(np.split(np.arange(240), np.cumsum([50, 10, 30, 1, 9, 60, 20]))):
            table.iloc[rows].to_parquet(tmp_path / f"{number}.parquet")
        parts, names = dd.read_parquet(tmp_path), [f"c{j}" for j in range(29)]
        ours = GDLinearRegressorCV(2, cv=4, max_iter=20).fit(parts[names], parts["c29"])
        assert_same_search(ours, GDLinearRegressorCV(2, cv=4, max_iter=20).fit(table[names], table["c29"]))

    def test_refused_cv(self):
        """Other splitters need the rows' numbers; the remedy is named."""
        for cv in (KFold(5, shuffle=True), ShuffleSplit(), [([0], [1])]):
            with pytest.raises(ValueError, match=r"With Dask, cv must be None or a number of folds.*set cv=5"):
                GDLinearRegressorCV(cv=cv).fit(array(X), array(Y))
        with pytest.raises(ValueError, match=r"precompute=False needs the rows.*precompute='auto'"):
            GDLinearRegressorCV(precompute=False).fit(array(X), array(Y))
        with pytest.raises(ValueError, match="n_splits=500 greater than the number of samples"):
            GDLinearRegressorCV(cv=500).fit(array(X), array(Y))
        with pytest.raises(ValueError, match="R² is not defined for split 3, which validates with 1 rows"):
            GDLinearRegressorCV(cv=400).fit(array(X), array(Y))
        with pytest.raises(ValueError, match="Split 0 has no rows of positive weight to validate with"):
            GDLinearRegressorCV().fit(array(X), array(Y), array(np.where(np.arange(M) < 90, 0.0, 1.0)))

    def test_chunks_that_lie(self):
        """A block of another length than Dask thinks would put rows into a wrong fold."""
        lying = array(X).map_blocks(lambda block: block[:-1], dtype=float)
        y = array(Y[:, 0]).map_blocks(lambda block: block[:-1], dtype=float)
        with pytest.raises(ValueError, match=r"Block \d: Found \d+ rows, but the chunks of the collection say \d+"):
            GDLinearRegressorCV().fit(lying, y)


class Counted:
    """A table in a file of 12 blocks of 50 rows, which counts its readings."""

    n_blocks, length = 12, 50

    def __init__(self):
        self.read = []

    def block(self, number):
        """Return a block of the rows ``(x, y)``."""
        self.read.append(number)
        rng = np.random.default_rng(number)
        x = rng.normal(size=(self.length, N))
        return np.column_stack([x, x.sum(axis=1) + rng.normal(size=self.length)])

    def array(self):
        """Return it as one array."""
        blocks = [da.from_delayed(dask.delayed(self.block, pure=False)(i), (50, N + 1), float) for i in range(12)]
        table = da.concatenate(blocks)
        return table[:, :N], table[:, N]

    def scaled(self):
        """Return it as arrays that are worked on before the fit."""
        features, y = self.array()
        return (features - 1.0) / 2.0, y + 1.0

    def frame(self):
        """Return it as one data frame."""
        names = [*NAMES, "y"]
        meta = pd.DataFrame(np.empty((0, N + 1)), columns=names)
        table = dd.from_map(lambda i: pd.DataFrame(self.block(i), columns=names), range(12), meta=meta)
        return table[NAMES], table["y"]

    def calls(self):
        """Return how often each block was read, and begin anew."""
        calls, self.read[:] = np.bincount(self.read, minlength=12).tolist(), []
        return calls


class Results(Callback):
    """The results of all tasks, by the names of their functions."""

    def __init__(self):
        self.results = []

    def _posttask(self, key, result, dsk, state, worker_id):
        self.results.append((str(key[0] if isinstance(key, tuple) else key), result))


class TestOnePass:
    """Nothing is read twice, and nothing is brought together."""

    @pytest.mark.parametrize("kind", ["array", "scaled", "frame"])
    @pytest.mark.parametrize(
        "call",
        [
            lambda data: GDLinearRegressor(standardize=True).fit(*data),
            lambda data: GDLinearRegressor().partial_fit(*data),
            lambda data: Moments.of(*data),
            lambda data: alpha_limits(*data),
            lambda data: alpha_limits(data[0]),
            lambda data: descent_path(*data, [0.1, 0.2]),
        ],
        ids=["fit", "partial_fit", "moments", "limits", "limits without y", "path"],
    )
    def test_each_block_is_read_once(self, kind, call):
        """Features and targets that come from one table are read together."""
        table = Counted()
        data = getattr(table, kind)()
        table.calls()
        call(data)
        assert table.calls() == [1] * 12

    @pytest.mark.parametrize("kind", ["array", "scaled", "frame"])
    def test_a_score_reads_each_block_once(self, kind):
        """Errors and variances come together."""
        table = Counted()
        data = getattr(table, kind)()
        model = GDLinearRegressor().fit(*data)
        table.calls()
        model.score(*data)
        assert table.calls() == [1] * 12

    @pytest.mark.parametrize("kind", ["array", "scaled", "frame"])
    @pytest.mark.parametrize("early_stopping", [True, False])
    def test_a_whole_search_reads_each_block_once(self, kind, early_stopping):
        """However many rates, penalties, folds and iterations; lengths that are not known are counted before."""
        table = Counted()
        data = getattr(table, kind)()
        table.calls()
        GDLinearRegressorCV(10, l2=[0.0, 0.1], cv=7, early_stopping=early_stopping).fit(*data)
        assert table.calls() == [2 if kind == "frame" else 1] * 12

    def test_predictions_are_lazy(self):
        """They are computed when asked for, and only the blocks that are asked for."""
        table = Counted()
        features, y = table.array()
        model = GDLinearRegressor().fit(features, y)
        table.calls()
        predictions = model.predict(features)
        assert table.calls() == [0] * 12
        assert predictions[:60].compute().shape == (60,)
        assert table.calls() == [1, 1] + [0] * 10

    @pytest.mark.parametrize("fit", [GDLinearRegressor().fit, GDLinearRegressorCV(cv=3).fit], ids=["fit", "search"])
    def test_what_travels(self, fit):
        """No task of ours returns more than the matrices of its folds, and each sum has at most 8 terms.

        No task at all returns more rows than a block has.
        """
        data = Counted().array()
        with dask.config.set(scheduler="synchronous"), Results() as tasks:
            fit(*data)
        ours = [result for name, result in tasks.results if name.startswith("moments-")]
        n_sums = 12 + 2 + 1  # 12 blocks, 8 + 4 of them, and the root
        assert len(ours) == n_sums
        for moments in ours:
            assert len(moments) <= 3
            for one in moments.values():
                assert one.scatter.shape == (N + 1, N + 1)
                assert sum(array.size for array in vars(one).values() if isinstance(array, np.ndarray)) <= (N + 3) ** 2
        for _, result in tasks.results:
            assert np.size(result) <= 50 * (N + 1)


def broken(part):
    """Return features and targets, one of whose blocks, of rows 153 to 302, is not what it should be."""
    features, y, w = X.copy(), Y[:, 0].copy(), np.ones(M)
    if part == "NaN in X":
        features[200, 1] = np.nan
    elif part == "infinity in X":
        features[200, 1] = np.inf
    elif part == "NaN in y":
        y[200] = np.nan
    elif part == "negative weight":
        w[200] = -1.0
    elif part == "overflow":
        features[200, 1] = 1e200
    return features, y, w


class TestErrors:
    """They are those in memory, with the number of the block; and the estimator is as it was."""

    @pytest.mark.parametrize(
        ("part", "message"),
        [
            ("NaN in X", "Block 3: Input X contains NaN"),
            ("infinity in X", "Block 3: Input X contains infinity"),
            ("NaN in y", "Block 3: Input y contains NaN"),
            ("negative weight", "Block 3: Negative values in data passed to `?sample_weight"),
            ("overflow", "Block 3: The squares of X or y overflow"),
        ],
    )
    @pytest.mark.parametrize("estimator", [GDLinearRegressor(), GDLinearRegressorCV(2)], ids=["fit", "search"])
    def test_bad_block(self, part, message, estimator):
        """NaN, infinity, bad weights."""
        model = clone(estimator).fit(X, Y[:, 0])
        before = vars(model).copy()
        with pytest.raises(ValueError, match=message):
            model.fit(*map(array, broken(part)))
        assert vars(model) == before
        if part == "overflow":  # moments have units: the squares matter to a fit in raw coordinates alone
            moments = Moments.of(*map(array, broken(part)))
            with pytest.raises(ValueError, match=message.removeprefix("Block 3: ")):
                GDLinearRegressor().fit_moments(moments)
            return
        with pytest.raises(ValueError, match=message):
            Moments.of(*map(array, broken(part)))

    def test_blocks_that_do_not_fit(self):
        """A wrong width, other lengths than the targets, other names, not numbers."""

        def damage(block, block_id=None):
            return block[:, :3] if block_id[0] == 3 else block

        narrow = array(X).map_blocks(damage, dtype=float)
        with pytest.raises(ValueError, match=r"Block 3: X has 3 features, but .* is expecting 4 features"):
            GDLinearRegressor().fit(narrow, array(Y))
        shifted = unknown(Y, (100, 50, 4, 149, 100))
        with pytest.raises(ValueError, match=r"Block [23]: Found input variables with inconsistent numbers of"):
            GDLinearRegressor().fit(unknown(X), shifted)
        with pytest.raises(
            ValueError, match=r"Block 2: Found (array|input variables) with"
        ):  # targets without features
            GDLinearRegressor().fit(unknown(X[:400], (100, 50, 0, 150, 100)), unknown(Y, ROWS))
        with pytest.raises(ValueError, match=r"Block 3: y has shape \(150,\), but earlier rows had 2 targets"):
            GDLinearRegressor().fit(
                array(X), array(Y).map_blocks(lambda y: y[:, 0] if len(y) == 150 else y, dtype=float)
            )
        options = {"meta": frame(X)._meta, "enforce_metadata": False}
        renamed = frame(X).map_partitions(lambda part: part.rename(columns={"a": "z"}), **options)
        with pytest.raises(ValueError, match=r"Block \d: The feature names should match"):
            GDLinearRegressor().fit(renamed, frame(Y[:, 0]))
        words = array(np.array([["a", "b"]] * M), (M,))
        with pytest.raises(ValueError, match="Block 0: "):
            GDLinearRegressor().fit(words, array(Y))
        model = GDLinearRegressor().fit(X, Y)
        with pytest.raises(ValueError, match="Block 3: Input X contains NaN"):
            model.predict(array(broken("NaN in X")[0])).compute()
        with pytest.raises(ValueError, match="Block 3: Input X contains NaN"):
            model.score(array(broken("NaN in X")[0]), array(Y))

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ((array(X), array(Y[:400], 100)), r"inconsistent numbers of samples: \[403, 400\]"),
            ((array(X), Y[:400]), r"inconsistent numbers of samples: \[403, 400\]"),
            (
                (unknown(X), array(Y, 403)),
                "y has 1 blocks of rows but X has 5, and their lengths are not known; compute",
            ),
            ((frame(X), Y), "y is in memory, but the lengths of X's blocks are not known; pass y as"),
            ((array(X), array(Y), frame(W)), "sample_weight has 6 blocks of rows but X has 5"),
            ((X, array(Y)), r"X is not; pass dask.array.from_array\(X\)"),
            ((array(X[:, 0]), array(Y)), "Expected 2D array, got 1D array instead"),
            ((frame(X)["a"], frame(Y)), "Expected 2D array, got 1D array instead"),
            ((dask.delayed(X), Y), "A Dask collection given as X must be an Array, a DataFrame or a Series"),
            ((array(X), dask.delayed(Y)), "A Dask collection given as y must be an Array, a DataFrame or a Series"),
            ((array(X), None), "y, the targets, is required, but it is None"),
            ((array(X), 3.0), r"inconsistent numbers of samples: \[403, 1\]"),
            ((array(X), array(Y), array(np.zeros(M))), "All sample weights are zero; at least one must be positive"),
        ],
    )
    @pytest.mark.parametrize("estimator", [GDLinearRegressor(), GDLinearRegressorCV(2)], ids=["fit", "search"])
    def test_collections_that_do_not_fit(self, data, message, estimator):
        """What can be known is refused before anything is read; nothing is ever brought into memory instead."""
        model = clone(estimator)
        with pytest.raises((TypeError, ValueError), match=message):
            model.fit(*data)
        with pytest.raises(NotFittedError):
            model.predict(X)

    def test_all_blocks_together(self):
        """What only the sum shows: there are no rows, or the squares of all overflow."""
        with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\) \(shape=\(0, 4\)\) while a minimum of 1"):
            GDLinearRegressor().fit(array(X)[:0], array(Y)[:0])
        with pytest.raises(ValueError, match="0"):
            GDLinearRegressorCV().fit(array(X)[:0], array(Y)[:0])
        large = np.where(np.arange(M)[:, np.newaxis] % 2, 8e152, -8e152)  # 150 of its squares are below 1.8e308
        with pytest.raises(ValueError, match=OVERFLOW[:40]):
            GDLinearRegressor().fit(array(large), array(Y))

    def test_features_are_known_without_reading(self):
        """A wrong number or names of features are refused by `predict`, `score` and `partial_fit` at once."""
        table = Counted()
        features, y = table.frame()
        by_array = GDLinearRegressor().fit(X, Y[:, 0])
        by_frame = GDLinearRegressor().fit(pd.DataFrame(X, columns=NAMES), Y[:, 0])
        table.calls()
        for call in (by_frame.predict, lambda X: by_frame.score(X, y), lambda X: by_frame.partial_fit(X, y)):
            with pytest.raises(ValueError, match="feature names should match"):
                call(features[NAMES[::-1]])
        for call in (by_array.predict, lambda X: by_array.score(X, y), lambda X: by_array.partial_fit(X, y)):
            with pytest.raises(ValueError, match="X has 3 features, but GDLinearRegressor is expecting 4"):
                call(array(X[:, :3]))
        with pytest.raises(NotFittedError):
            GDLinearRegressor().predict(features)
        with pytest.raises(ValueError, match="earlier rows had one target"):
            by_array.score(array(X), array(Y))
        assert table.calls() == [0] * 12

    def test_options_that_need_rows(self):
        """They are refused before anything is read, with the remedy."""
        table = Counted()
        data = table.array()
        with pytest.raises(ValueError, match=r"early_stopping"):
            GDLinearRegressor(early_stopping=True).fit(*data)
        with pytest.raises(ValueError, match=r"GDLinearRegressorCV\(early_stopping=True\), which chooses"):
            GDLinearRegressor(early_stopping=True).fit(*data)
        for call in (GDLinearRegressor(precompute=False).fit, partial(alpha_limits, precompute=False)):
            with pytest.raises(ValueError, match=r"precompute=False needs the rows .* set precompute='auto'"):
                call(*data)
        with pytest.raises(ValueError, match="'alpha' parameter"):
            GDLinearRegressor(alpha=-1.0).fit(*data)
        assert table.calls() == [0] * 12

    def test_other_objects_with_a_graph(self):
        """What has a graph that is None, as an array of xarray without Dask, is data in memory."""

        class Labelled(SimpleNamespace):
            def __dask_graph__(self):
                return None

            def __array__(self, dtype=None, copy=None):
                return X

            def __len__(self):
                return M

        labelled = Labelled(shape=X.shape, dtype=X.dtype)
        assert_same_fit(GDLinearRegressor().fit(labelled, Y), GDLinearRegressor().fit(X, Y), rtol=0.0)


@pytest.fixture(scope="module")
def cluster():
    """Return two workers, in processes of their own."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with distributed.LocalCluster(**options) as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    """Return a client that Dask uses while a test runs."""
    with distributed.Client(cluster) as client:
        yield client


class TestCluster:
    """The same in other processes."""

    @pytest.mark.parametrize(
        "kind", ["array", "mismatched", "unknown", "column chunks", "in memory", "frame and array"]
    )
    def test_same_numbers(self, client, kind):
        """A fit, a search, a score and predictions."""
        features, y, w = cut(kind)
        in_memory = pd.DataFrame(X, columns=NAMES) if kind.startswith("frame") else X
        ours, theirs = GDLinearRegressor().fit(features, y, w), GDLinearRegressor().fit(in_memory, Y[:, 0], W)
        assert_same_fit(ours, theirs)
        assert_allclose(ours.score(features, y, w), theirs.score(in_memory, Y[:, 0], W), rtol=1e-9)
        assert_allclose(ours.predict(features).compute(), theirs.predict(in_memory), rtol=1e-9)
        search = GDLinearRegressorCV(3)
        assert_same_search(clone(search).fit(features, y, w), search.fit(in_memory, Y[:, 0], W))

    def test_errors_come_back(self, client):
        """An error of a worker is raised here, with the number of the block."""
        with pytest.raises(ValueError, match="Block 3: Input X contains NaN"):
            GDLinearRegressor().fit(*map(array, broken("NaN in X")))

    def test_a_worker_is_lost_in_the_middle(self, client, tmp_path):
        """A worker that is killed takes the sums of its blocks with it; they are made again, and nothing is different.

        When half of the blocks are done, all others wait for the kill; so it comes neither too early nor too late.
        A search does it, whose graph is that of a fit, with the sums of each fold.
        """
        n_blocks, n_free = 24, 12
        killed = tmp_path / "killed"

        def block(block_id=None):
            number = block_id[0]
            while len(done()) >= n_free and not killed.exists():
                time.sleep(0.01)
            (tmp_path / f"{number}-{os.getpid()}-{time.monotonic_ns()}").touch()
            return np.random.default_rng(number).normal(size=(20, N))

        def done():
            return [tuple(map(int, path.name.split("-")[:2])) for path in tmp_path.glob("*-*")]

        features = da.map_blocks(block, chunks=((20,) * n_blocks, (N,)), dtype=float, meta=np.empty((0, 0)))
        y = features.sum(axis=1) + 0.1 * features[:, 0] ** 2
        model, pids = GDLinearRegressorCV(3), client.run(os.getpid)
        fit = threading.Thread(target=model.fit, args=(features, y))
        fit.start()
        deadline = time.monotonic() + 30.0
        while len(done()) < n_free and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)  # for the sums of the last ones
        before, held = done(), client.has_what()
        victim = pids[max(held, key=lambda address: len(held[address]))]
        os.kill(victim, signal.SIGKILL)
        killed.touch()
        fit.join(timeout=60.0)
        assert not fit.is_alive()

        assert n_free <= len(before) <= n_free + 1
        lost = {number for number, pid in before if pid == victim}
        assert lost & {number for number, pid in done() if pid != victim}  # their sums were lost, and made again
        assert {number for number, _ in done()} == set(range(n_blocks))
        X = np.concatenate([np.random.default_rng(number).normal(size=(20, N)) for number in range(n_blocks)])
        expected = GDLinearRegressorCV(3).fit(X, X.sum(axis=1) + 0.1 * X[:, 0] ** 2)
        assert_same_fit(model, expected)
