"""Moments in the user's hands: stored, added, sent, and fitted as if the rows were there."""

import pickle
import warnings
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments, alpha_limits
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = list("abcdefghij")


def assert_same_fit(one, other, rtol=0.0):
    """Assert that two models are the same in every fitted attribute, to the last bit or to a rounding."""
    assert set(vars(one)) == set(vars(other))
    for name in ("coef_", "intercept_", "cost_history_", "n_iter_", "alpha_", "n_features_in_"):
        assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, err_msg=name)
    assert one.coef_.dtype == other.coef_.dtype
    names = [np.asarray(getattr(model, "feature_names_in_", [])) for model in (one, other)]
    assert_array_equal(*names, strict=True)
    assert one.diagnosis_.status == other.diagnosis_.status
    if rtol == 0.0:
        assert one.diagnosis_.message == other.diagnosis_.message


@quiet
class TestFitMoments:
    """It is `fit`, without the rows."""

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("scheduler", ["constant", "cosine"])
    def test_every_optimizer(self, diabetes, optimizer, scheduler):
        """In every attribute, to the last bit."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer=optimizer, scheduler=scheduler, max_iter=100)
        other = GDLinearRegressor(**model.get_params()).fit_moments(Moments.of(X, y))
        assert_same_fit(model.fit(X, y), other)
        assert_array_equal(model.predict(X), other.predict(X))

    @pytest.mark.parametrize("scheduler", SCHEDULERS)
    @pytest.mark.parametrize("options", [{"standardize": True}, {"l2": 0.1}, {"fit_intercept": False}, {"alpha": 10.0}])
    def test_every_form(self, diabetes, scheduler, options):
        """Standardised, penalised, without an intercept, diverging."""
        X, y = diabetes
        model = GDLinearRegressor(scheduler=scheduler, max_iter=50, **options)
        other = GDLinearRegressor(**model.get_params()).fit_moments(Moments.of(X, y))
        assert_same_fit(model.fit(X, y), other)

    @pytest.mark.parametrize(
        "store",
        [
            np.asarray,
            np.ndarray.tolist,
            sp.csr_array,
            sp.csc_matrix,
            lambda X: X.astype(np.float32),
            lambda X: pd.DataFrame(X, columns=NAMES),
            lambda X: pl.DataFrame(X, schema=NAMES),
        ],
    )
    @pytest.mark.parametrize("n_targets", [None, 1, 2])
    def test_containers_and_targets(self, diabetes, store, n_targets):
        """Whatever `fit` takes; names, the dtype and the shape of the targets are known."""
        X, y = store(diabetes[0]), diabetes[1]
        y = y if n_targets is None else np.column_stack([y, -y])[:, :n_targets]
        w = np.linspace(0.0, 2.0, len(y))
        other = GDLinearRegressor().fit_moments(Moments.of(X, y, w))
        assert_same_fit(GDLinearRegressor().fit(X, y, sample_weight=w), other)

    def test_moments_of_a_model(self, diabetes):
        """Every fit from the moments has them, those held out included, and `partial_fit` adds to them."""
        X, y = diabetes
        for options in ({}, {"early_stopping": True}, {"standardize": True}):
            model = GDLinearRegressor(**options).fit(X, y)
            other = GDLinearRegressor().fit_moments(model.moments_)
            assert_same_fit(GDLinearRegressor().fit(X, y), other, rtol=1e-9)
        model = GDLinearRegressor().fit_moments(Moments.of(X[:200], y[:200])).partial_fit(X[200:], y[200:])
        assert model.moments_.weight == len(y)
        rows = GDLinearRegressor(precompute=False).fit(X, y)
        assert not hasattr(rows, "moments_")
        with pytest.raises(AttributeError, match=r"row by row has no moments; set precompute=True"):
            _ = rows.moments_
        assert not hasattr(GDLinearRegressor(), "moments_")

    def test_warm_start(self, diabetes):
        """3 + 3 iterations are 6 here too, and new days may come in between."""
        X, y = diabetes
        moments = Moments.of(X, y)
        parts = GDLinearRegressor(optimizer="adam", max_iter=3, tol=None, warm_start=True)
        whole = GDLinearRegressor(optimizer="adam", max_iter=6, tol=None).fit_moments(moments)
        assert_array_equal(parts.fit_moments(moments).fit_moments(moments).cost_history_, whole.cost_history_)

    def test_names_of_a_former_fit_are_forgotten(self, diabetes):
        """Moments without names leave none."""
        X, y = diabetes
        model = GDLinearRegressor().fit(pd.DataFrame(X, columns=NAMES), y).fit_moments(Moments.of(X, y))
        assert not hasattr(model, "feature_names_in_")


class TestTravel:
    """They are small, immutable, and go where rows may not."""

    @pytest.mark.parametrize("named", [True, False])
    @pytest.mark.parametrize("n_targets", [None, 2])
    def test_files(self, diabetes, tmp_path, named, n_targets):
        """By NumPy's files without pickle, and by pickle, there and back to the last bit."""
        X, y = diabetes
        y = y if n_targets is None else np.column_stack([y, -y])
        moments = Moments.of(pd.DataFrame(X, columns=NAMES) if named else X, y)
        np.savez(tmp_path / "day.npz", **vars(moments))
        for back in (Moments(**np.load(tmp_path / "day.npz")), pickle.loads(pickle.dumps(moments))):
            assert_array_equal(back.scatter, moments.scatter)
            assert back.feature_names == moments.feature_names == (tuple(NAMES) if named else ())
            assert_same_fit(GDLinearRegressor().fit_moments(back), GDLinearRegressor().fit_moments(moments))
        assert len(pickle.dumps(moments)) < 8 * (10 + 2) ** 2 + 1200

    def test_immutable(self, diabetes):
        """Neither the parts nor the numbers in them change."""
        moments = Moments.of(*diabetes)
        with pytest.raises(FrozenInstanceError):
            moments.weight = 0.0
        for array in (moments.origin, moments.offset, moments.scatter):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0

    @quiet
    def test_sums_and_batches(self, diabetes):
        """Days add up, in any order and by `sum` with a first one; batches of a generator are days."""
        X, y = diabetes
        w = np.linspace(0.5, 2.0, len(y))
        whole = GDLinearRegressor(max_iter=200).fit(X, y, sample_weight=w)
        parts = np.array_split(np.arange(len(y)), 7)
        days = [Moments.of(X[rows], y[rows], w[rows]) for rows in parts]
        batches = Moments.of_batches((X[rows], y[rows], w[rows]) for rows in parts)
        for moments in (sum(days[1:], days[0]), sum(days[-2::-1], days[-1]), batches):
            # 1e-9: as many roundings as iterations.
            assert_same_fit(GDLinearRegressor(max_iter=200).fit_moments(moments), whole, rtol=1e-9)

    def test_batches_are_read_one_after_the_other(self):
        """A batch may be forgotten when the next one comes."""
        alive = []

        def batches():
            for seed in range(5):
                X = np.random.default_rng(seed).normal(size=(10, 2))
                alive.append(seed)
                assert len(alive) == seed + 1
                yield X, X[:, 0]

        assert Moments.of_batches(batches()).weight == 50


class TestRefusals:
    """What can't be is named."""

    def test_sums(self, diabetes):
        """Other features, other targets, other names, something else."""
        X, y = diabetes
        moments = Moments.of(X, y)
        for other, message in [
            (Moments.of(X[:, :9], y), "10 features and one target can't be added to moments of 9 features"),
            (Moments.of(X, y[:, np.newaxis]), "one target can't be added to moments of 10 features and 1 columns"),
            (Moments.of(X, np.column_stack([y, y])), "one target can't be added to moments of 10 features and 2"),
        ]:
            with pytest.raises(ValueError, match=message):
                moments + other
        named = [Moments.of(pd.DataFrame(X, columns=names), y) for names in (NAMES, NAMES[::-1])]
        with pytest.raises(
            ValueError, match=r"names of the moments differ: a, b, .* and j, i, .*; they must be the same"
        ):
            named[0] + named[1]
        assert (moments + named[0]).feature_names == (named[0] + moments).feature_names == tuple(NAMES)
        with pytest.raises(TypeError, match="unsupported operand"):
            moments + 1

    def test_fit_moments(self, diabetes):
        """No moments, no rows, no validation rows, no rows to go through."""
        X, y = diabetes
        with pytest.raises(TypeError, match=r"fit_moments needs Moments, such as Moments.of\(X, y\). Got 3 instead"):
            GDLinearRegressor().fit_moments(3)
        nothing = Moments.of_arrays(X, y, np.zeros(len(y)))
        with pytest.raises(ValueError, match="describe no rows, or are not finite"):
            GDLinearRegressor().fit_moments(nothing)
        for option in ({"early_stopping": True}, {"precompute": False}):
            with pytest.raises(ValueError, match=f"{next(iter(option))}=.* needs the rows"):
                GDLinearRegressor(**option).fit_moments(Moments.of(X, y))
        with pytest.raises(ValueError, match="'alpha' parameter of GDLinearRegressor"):
            GDLinearRegressor(-1.0).fit_moments(Moments.of(X, y))

    def test_what_needs_rows(self, diabetes):
        """Moments may stand for X, but not beside a y, and not where the rows themselves are needed."""
        moments, y = Moments.of(*diabetes), diabetes[1]
        model = GDLinearRegressor().fit(moments, None)
        assert_array_equal(model.coef_, GDLinearRegressor().fit_moments(moments).coef_)
        for give in (lambda: GDLinearRegressor().fit(moments, y), lambda: alpha_limits(moments, sample_weight=y)):
            with pytest.raises(TypeError, match="Moments contain the targets and weights of their rows"):
                give()
        for need, match in (
            (lambda: model.predict(moments), "predict needs rows"),
            (lambda: model.score(moments, None), "score needs rows"),
            (lambda: GDLinearRegressorCV().fit(moments, None), "A search splits rows"),
        ):
            with pytest.raises(TypeError, match=f"{match}, which Moments do not have"):
                need()

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    @pytest.mark.parametrize("where", ["X", "y"])
    def test_batches(self, diabetes, bad, where):
        """The number of the batch is in the error, which is scikit-learn's."""
        X, y = (part.copy() for part in diabetes)
        (X if where == "X" else y)[150] = bad
        with pytest.raises(ValueError, match=rf"Batch 1: Input {where} contains (NaN|infinity)"):
            Moments.of_batches([(X[:100], y[:100]), (X[100:], y[100:])])
        with pytest.raises(ValueError, match="Batch 1: Moments of 10 features and one target can't be added to"):
            Moments.of_batches([(X[:100], y[:100]), (X[:100, :9], y[:100])])
        with pytest.raises(ValueError, match="There are no batches, and therefore no rows"):
            Moments.of_batches([])
        with pytest.raises(ValueError, match="Batch 0: Found array with 0 sample"):
            Moments.of_batches([(X[:0], y[:0])])

    def test_a_bad_fit_warns(self, diabetes):
        """The warning points to the caller."""
        with pytest.warns(ConvergenceWarning, match="ran out of max_iter=3") as caught:
            GDLinearRegressor(max_iter=3).fit_moments(Moments.of(*diabetes))
        assert caught[0].filename == __file__
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            GDLinearRegressor().fit_moments(Moments.of(*diabetes))
