"""The algebra of moments: what is added, subtracted, multiplied and selected stands for rows, and is as exact."""

import pickle
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cross_decomposition import PLSRegression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import mean_squared_error, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklearn_gd import GDLinearRegressor, Moments, rolling_moments

NAMES = list("abcdefghij")
EPS, EPS_32 = np.finfo(np.float64).eps, np.finfo(np.float32).eps


def rows(m, n, seed=0, mean=0.0, n_targets=None):
    """Return random rows, whose features have a mean so many times their spread."""
    rng = np.random.default_rng(seed)
    X = mean + rng.normal(size=(m, n))
    Y = (X - mean) @ rng.normal(size=(n, n_targets or 1)) + rng.normal(size=(m, n_targets or 1))
    return X, Y if n_targets else Y[:, 0]


def assert_same(actual, desired, tol=1e-12):
    """Assert that moments agree to `tol` of each column's spread, and are symmetric."""
    assert_allclose(actual.weight, desired.weight, rtol=max(tol, 1e-12))
    spread = np.sqrt(np.diagonal(desired.scatter))
    error, limit = np.abs(actual.scatter - desired.scatter), tol * np.outer(spread, spread) + 1e-300
    assert np.all((error <= limit) | np.isnan(error))
    difference = (actual.origin - desired.origin) + (actual.offset - desired.offset)
    assert np.all(np.abs(difference) <= tol * spread / np.sqrt(desired.weight) + 1e-15 * np.abs(desired.mean) + 1e-300)
    assert_array_equal(actual.scatter_x, actual.scatter_x.T)


def column(kind, rng, chunks):
    """Return the numbers of a feature in each of some chunks of rows."""
    z = rng.normal(size=len(chunks))
    return {
        "near": z,
        "far": 1e6 + z,
        "constant": np.full(len(chunks), 0.1),
        "step": np.where(chunks % 2, 1.0, 0.0),
        "jump": np.where(chunks == 1, 1e5, 0.0) + z,
        "small": 2.0**-520 * z,
        "large": 2.0**480 * (1.0 + z),
        "twice": np.round(z),
    }[kind]


KINDS = ["near", "far", "constant", "step", "jump", "small", "large", "twice"]
STEPS = st.one_of(
    st.tuples(st.just("plus"), st.integers(0, 3)),
    st.tuples(st.just("minus"), st.integers(0, 3), st.sampled_from([0.5, 1.0])),
    st.tuples(st.just("times"), st.sampled_from([0.0, 0.5, 0.99, 3.0, 2.0**-700, 2.0**700])),
    st.tuples(st.just("select"), st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)),
)


def in_deviations(moments, deviations):
    """Return the covariances of the features, and of these with the targets, in units of some deviations."""
    unit = moments.unit if moments.unit.size else np.ones(len(deviations))
    ratio = unit / deviations / np.sqrt(moments.weight)
    x, y = ratio[: moments.n_features], ratio[moments.n_features :]
    return moments.scatter_x * x * x[:, np.newaxis], moments.scatter_xy * y * x[:, np.newaxis]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(KINDS), min_size=3, max_size=3), st.integers(0, 2**32 - 1), st.lists(STEPS, max_size=12)
)
def test_any_expression_is_the_moments_of_its_rows(kinds, seed, steps):
    """Plus, minus, times and select, in any order, are as exact as `eps` says."""
    rng = np.random.default_rng(seed)
    chunks = np.repeat(np.arange(4), rng.integers(2, 9, 4))
    X = np.column_stack([column(kind, rng, chunks) for kind in kinds])
    y = rng.normal(size=len(chunks))
    parts = [Moments.of(X[chunks == chunk], y[chunks == chunk]) for chunk in range(4)]
    moments, weights, columns = parts[0], np.array([1.0, 0.0, 0.0, 0.0]), np.arange(3)
    for step, argument, *factor in steps:
        if step == "plus":
            moments = moments + parts[argument].select(columns)
            weights[argument] += 1.0
        elif step == "minus":
            factor = factor[0] * weights[argument]
            moments = moments - factor * parts[argument].select(columns)
            weights[argument] -= factor
        elif step == "times" and (argument == 0.0 or 1e-200 < argument * weights.max() < 1e200):
            moments, weights = argument * moments, argument * weights
        elif step == "select" and max(argument) < len(columns):
            moments, columns = moments.select(argument), columns[argument]
    w = weights[chunks]
    assert_allclose(moments.weight, w.sum(), rtol=1e-12)
    assert_array_equal(moments.scatter_x, moments.scatter_x.T)
    if not w.any():
        return
    desired = Moments.of(X[:, columns], y, w)
    constant = desired.deviations <= 4 * EPS * np.abs(desired.mean)
    # What is left of a column may be less than what was lost, and is told to be.
    known = ~constant & ~moments.may_vary
    deviations = np.where(constant, 1.0, desired.deviations)
    (x, xy), (x_desired, xy_desired) = (in_deviations(one, deviations) for one in (moments, desired))
    # Some tens of roundings: the few rows of a chunk are read about the mean of a sample of them.
    limit = 64 * moments.eps
    assert np.all(np.abs(x - x_desired)[np.ix_(known[:-1], known[:-1])] <= limit)
    assert np.all(np.abs(xy - xy_desired)[known[:-1]][:, known[-1:]] <= limit)
    mean = (moments.origin - desired.origin) + (moments.offset - desired.offset)
    assert np.all(np.abs(mean)[known] <= (limit * desired.deviations + 4 * EPS * np.abs(desired.mean))[known])


@pytest.mark.parametrize("size", [2.0**-540, 2.0**-400, 1.0, 2.0**400, 2.0**540])
def test_a_step_of_any_size(size):
    """A column that is constant in each part, beside an ordinary one, varies in the sum, in its unit."""
    X, y = rows(40, 2)
    for steps in ([1.0, 2.7], [0.0, -0.1]):
        X[:, 1] = size * np.repeat(steps, [10, 30])
        both = Moments.of(X[:10], y[:10]) + Moments.of(X[10:], y[10:])
        assert_allclose(both.deviations[:2], [X[:, 0].std(), size * (X[:, 1] / size).std()], rtol=1e-12)
        z = X * [1.0, 1.0 / size]
        expected = GDLinearRegressor(standardize=True).fit(z, y).coef_ / [1.0, size]
        assert_allclose(GDLinearRegressor(standardize=True).fit_moments(both).coef_, expected, rtol=1e-9)


class TestDifferences:
    """Rows that leave might as well never have come."""

    @pytest.mark.parametrize("n_targets", [None, 1, 3])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_days_that_leave(self, n_targets, dtype):
        """Of the last days, in any order, with weights, and of one day less."""
        X, y = rows(400, 3, mean=10.0, n_targets=n_targets)
        X, w = X.astype(dtype), np.random.default_rng(1).random(400)
        whole, first, rest = (
            Moments.of(X[some], y[some], w[some]) for some in (slice(None), slice(100), slice(100, None))
        )
        tol = 1e-13 if dtype == np.float64 else 1e-5
        assert_same(whole - first, rest, tol)
        assert (whole - first).dtype == np.dtype(dtype).name
        assert (whole - first).eps >= np.finfo(dtype).eps
        nothing = whole - first - rest
        assert nothing.weight == 0.0
        assert_same(nothing + whole, whole)
        assert whole - nothing is whole

    def test_a_window_that_moves_a_thousand_times(self):
        """The fit stays that on the rows of the window, far from zero, though one feature drifts and one is a step."""
        X, y = rows(1020, 4, mean=1e6)
        X[:, 1] += np.linspace(0.0, 50.0, 1020)
        X[:, 2] = np.arange(1020) % 40 < 25  # constant in some windows
        days = list(rolling_moments(X, y, 1))
        window = sum(days[:20])
        for new in range(20, 1020):
            window = window + days[new] - days[new - 20]
        anew = Moments.of(X[1000:], y[1000:])
        models = [GDLinearRegressor(standardize=True, max_iter=2000).fit_moments(one) for one in (window, anew)]
        assert_allclose(*(model.coef_ for model in models), rtol=1e-8)
        # A prediction is a difference of numbers of 1e6, which are rounded by 1e-10.
        assert_allclose(*(model.predict(X[1000:]) for model in models), rtol=1e-8, atol=1e-9)
        assert window.eps < 1e-12 or window.may_vary.any()

    @pytest.mark.parametrize("jump", [1e2, 1e4, 1e6, 1e8, 1e10])
    def test_lost_digits_are_told(self, jump):
        """What rows that vary far more have left is as wrong as `eps` says, or said to be unknown."""
        X, y = rows(200, 2)
        far = X[:100] + jump * (np.arange(100)[:, np.newaxis] % 7)
        rest = Moments.of(far, y[:100]) + Moments.of(X[100:], y[100:]) - Moments.of(far, y[:100])
        exact = Moments.of(X[100:], y[100:])
        error = np.abs(rest.scatter_x - exact.scatter_x).max() / exact.scatter_x.min(
            initial=np.inf, where=np.eye(2) > 0
        )
        assert rest.may_vary[:2].any() or error <= rest.eps
        assert rest.eps >= (EPS_32 if rest.may_vary.any() else EPS)
        is_rough = "too few digits" in GDLinearRegressor(max_iter=3000).fit_moments(rest).diagnosis_.message
        assert is_rough == (jump >= 1e6)
        assert rest.select([0]).eps <= rest.eps

    @pytest.mark.parametrize("share", [0.5, 0.1, 1e-3, 1e-6])
    def test_digits_are_lost_in_proportion_to_what_leaves(self, share):
        """What is left of rows like the others has as many digits as its share of the weight allows, and is told so."""
        X, y = rows(60, 4)
        X[:, 3], w = 0.1, np.where(np.arange(60) < 30, 1.0, share)
        left, exact = (Moments.of(X, y, w) - Moments.of(X[:30], y[:30], w[:30])), Moments.of(X[30:], y[30:], w[30:])
        spread = np.append(np.sqrt(np.diagonal(exact.scatter_x)[:3]), 1.0)
        error = np.abs((left.scatter_x - exact.scatter_x) / spread / spread[:, np.newaxis]).max()
        assert error <= left.eps <= 50.0 * EPS / share

    @pytest.mark.parametrize("weight", [1.0, 2.0**-400, 2.0**400])
    @pytest.mark.parametrize("units", [[1.0, 1.0, 1.0], [2.0**-600, 1.0, 2.0**450], [2.0**-300, 2.0**300, 2.0**-1]])
    def test_units(self, units, weight):
        """Powers of two multiply columns, and weights, and leave no trace in what is left, its errors and its fit."""
        X, y = rows(60, 3, mean=np.array([0.0, 30.0, -1e4]))

        def expressions(X, weight):
            old, new = Moments.of(X[:40], y[:40]), Moments.of(X[40:], y[40:])
            old, new = weight * old, weight * new
            both = old + new
            yield from (both, both - old, both - 0.5 * both, 2.0**-180 * (both - new), 2.0**150 * both - 2.0**150 * old)
            for factor in (2.0**-180, 2.0**180):
                yield factor * (factor * (factor * both))

        for one, other in zip(expressions(X * units, weight), expressions(X, 1.0), strict=True):
            assert one.eps == pytest.approx(other.eps, rel=1e-9)
            assert not any(part.flags.writeable for part in vars(one).values() if isinstance(part, np.ndarray))
            assert_allclose(one.mean[:3] / units, other.mean[:3], rtol=1e-14)
            fits = [GDLinearRegressor(standardize=True).fit_moments(moments) for moments in (one, other)]
            assert_allclose(fits[0].coef_ * units, fits[1].coef_, rtol=1e-12)
            assert_allclose(fits[0].cost_history_, fits[1].cost_history_, rtol=1e-12)

    @pytest.mark.parametrize("unit", [1.0, 2.0**-600, 2.0**450])
    @pytest.mark.parametrize("far", [0.0, 1e2, 1e4])
    def test_products_about_an_origin_far_away(self, far, unit):
        """They were rounded when they were summed, to their own digits, which `eps` tells of what they are added to."""
        X, y = rows(60, 2)
        old, other, new = (Moments.of(unit * X[some : some + 20], y[some : some + 20]) for some in (0, 20, 40))
        away = unit * far * np.array([1.0, 0.0, 0.0])
        new = replace(new, origin=new.origin - away, offset=new.offset + away)
        moments = old + other - other + new
        squares = moments.weight * (moments.deviations[0] / unit) ** 2
        expected = EPS * 20.0 * far**2 / squares
        # Their other roundings are some of the scatter's.
        assert moments.eps == pytest.approx(expected, rel=0.01, abs=10.0 * EPS)

    def test_constant_columns_stay_constant(self):
        """A step that is over is a constant, and its coefficient 0; one that never was leaves `eps` as it is."""
        X, y = rows(60, 3)
        X[:, 1], X[:, 2] = np.arange(60) < 20, 0.1
        rest = Moments.of(X, y) - Moments.of(X[:20], y[:20])
        models = [GDLinearRegressor().fit_moments(rest), GDLinearRegressor().fit(X[20:], y[20:])]
        assert_allclose(*(model.predict(X[20:]) for model in models), rtol=1e-9)
        assert rest.eps == EPS_32
        assert rest.select([0, 2]).eps < 1e-14
        y = np.where(np.arange(60) < 20, y, 0.1)
        rest = Moments.of(X, y) - Moments.of(X[:20], y[:20])
        assert rest.scatter_y == 0.0
        assert not rest.scatter_xy.any()

    def test_refusals(self):
        """What can't be is refused in a sentence, and float32 is not blamed for its rounding."""
        X, y = rows(50, 2)
        named = Moments.of(pd.DataFrame(X, columns=["a", "b"]), y)
        moments, half = Moments.of(X, y), Moments.of(X[:25], y[:25])
        Z = 1e-3 * (X - X.mean(axis=0))
        small, turned = (Moments.of(Z * [1.0, sign], y) for sign in (1.0, -1.0))  # they differ in one covariance
        for one, other, message in [
            (half, moments, "Moments of weight 50 can't be subtracted from moments of weight 25: the rows removed"),
            (moments, Moments.of(X[:, :1], y), "of one feature and one target can't be subtracted from moments of 2"),
            (moments, Moments.of(X, y[:, np.newaxis]), "1 columns of targets can't be subtracted from moments of 2"),
            (moments, Moments.of(3.0 * X[:25], y[:25]), "feature 0 would have a negative variance"),
            (named, Moments.of(3.0 * X[:25], y[:25]), "feature 'a' would have a negative variance"),
            (moments, Moments.of(X[:25], 9.0 * y[:25]), "target 0 would have a negative variance"),
            (moments, Moments.of(X + 1.0, y), "there would be a scatter but no weight"),
            (small, turned, "there would be a scatter but no weight"),
            (
                named,
                Moments.of(pd.DataFrame(X[:9], columns=["b", "a"]), y[:9]),
                "names of the moments differ: a, b and b, a",
            ),
        ]:
            with pytest.raises(ValueError, match=message):
                one - other
        for other in (1, None, "b"):
            with pytest.raises(TypeError, match="unsupported operand"):
                moments - other

    @pytest.mark.parametrize("standardize", [True, False])
    def test_correlations_that_can_not_be(self, standardize):
        """A fit of what is left refuses a combination of columns, or of them with the target, of negative variance."""
        X, y = rows(50, 2)
        twins, opposite = X[:, [0, 0]] + 0.01 * X, np.column_stack([X[:25, 0], -X[:25, 0]])
        for one, other in [
            (Moments.of(twins, y), 0.3 * Moments.of(opposite, y[:25])),
            (Moments.of(X, X[:, 0] + 0.01 * y), 0.3 * Moments.of(X[:25], -X[:25, 0])),
        ]:
            with pytest.raises(ValueError, match="have correlations above 1: the rows removed"):
                GDLinearRegressor(standardize=standardize).fit_moments(one - other)

    def test_one_correlation_that_can_not_be(self):
        """It is refused whichever of several targets it is that of."""
        X, y = rows(50, 2)
        for target in range(3):
            of_all, of_some = np.column_stack([y, y, y]), np.column_stack([y, y, y])[:25]
            of_all[:, target], of_some[:, target] = X[:, 0] + 0.01 * y, -X[:25, 0]
            rest = Moments.of(X, of_all) - 0.3 * Moments.of(X[:25], of_some)
            with pytest.raises(ValueError, match="have correlations above 1: the rows removed"):
                GDLinearRegressor().fit_moments(rest)

    @pytest.mark.parametrize("n_left", [4, 30])
    @pytest.mark.parametrize("mean", [0.0, 1e3])
    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_correlations_of_1_can_be(self, n_left, mean):
        """Columns and targets that determine each other are not refused, nor are zeros, to all roundings."""
        for seed in range(10):
            X, Y = rows(60, 6, seed, mean=mean, n_targets=3)
            X[:, 3], X[:, 4], X[:, 5] = X[:, 0] - X[:, 1], 3.0 * X[:, 2], 0.0
            Y[:, 1], Y[:, 2] = X @ np.arange(1.0, 7.0), 0.0
            rest = Moments.of(X, Y) - Moments.of(X[n_left:], Y[n_left:])
            GDLinearRegressor(max_iter=2, standardize=seed % 2 == 0).fit_moments(rest)


class TestMultiples:
    """A factor is one on the weights."""

    @pytest.mark.parametrize("factor", [0.99, 3, np.float64(0.5), np.float32(2.0), 1e-200, 1e200, 2.0**-1000, True])
    def test_factors(self, factor):
        """On either side, of any size; the fit does not change, and the difference is the rest."""
        X, y = rows(50, 3, mean=1e3)
        moments = Moments.of(X, y)
        for product in (factor * moments, moments * factor):
            assert isinstance(product, Moments)
            assert_allclose(product.weight, 50.0 * float(factor), rtol=1e-15)
            model, other = (GDLinearRegressor(standardize=True).fit_moments(one) for one in (product, moments))
            assert_allclose(model.coef_, other.coef_, rtol=1e-12)
        if factor == 0.99:
            assert_same(0.99 * moments + Moments.of(X, y, np.full(50, 0.01)), moments)

    def test_forgetting(self):
        """Yesterday counts for half as much as today."""
        X, y = rows(30, 2)
        faded = Moments.of(X[:10], y[:10])
        for day in (1, 2):
            faded = 0.5 * faded + Moments.of(X[10 * day : 10 * day + 10], y[10 * day : 10 * day + 10])
        assert_same(faded, Moments.of(X, y, np.repeat([0.25, 0.5, 1.0], 10)))

    def test_none(self):
        """Nothing times anything is nothing, of the same columns."""
        moments = 0.0 * Moments.of(*rows(5, 2))
        assert moments.weight == 0.0
        assert not moments.scatter.any()
        assert (5.0 * moments).weight == 0.0
        with pytest.raises(ValueError, match="can't be added"):
            moments + Moments.of(*rows(5, 3))

    @pytest.mark.parametrize("factor", [-1.0, np.nan, np.inf, -np.inf])
    def test_refusals(self, factor):
        """It is a finite number of at least 0."""
        moments = Moments.of(*rows(5, 2))
        for product in (lambda: factor * moments, lambda: moments * factor):
            with pytest.raises(
                ValueError, match=r"a finite number of at least 0, .* Got .*; remove rows by subtraction"
            ):
                product()
        with pytest.raises(ValueError, match="overflow float64"):
            1e308 * moments
        for other in ("a", None, moments, np.ones(2), 1j):
            with pytest.raises(TypeError):
                other * moments

    def test_sums_of_lists(self):
        """Without a start, by Python and by NumPy; 0 is the only number that can be added, and only in front."""
        X, y = rows(40, 2)
        days = [Moments.of(X[day : day + 10], y[day : day + 10]) for day in range(0, 40, 10)]
        assert_same(sum(days), Moments.of(X, y))
        assert_same(np.sum(days), Moments.of(X, y))
        for number in (1, 0.5, None):
            with pytest.raises(TypeError, match="unsupported operand"):
                number + days[0]


class TestSelect:
    """Some of the columns, as if there had never been others."""

    @pytest.mark.parametrize(
        "features",
        [[0, 3, 7], ["a", "d", "h"], np.isin(NAMES, ["a", "d", "h"]), [-10, 3, -3], pd.Index(["a", "d", "h"])],
    )
    @pytest.mark.parametrize("n_targets", [None, 2])
    def test_subsets(self, features, n_targets):
        """By names, numbers and masks: what `fit` on those columns has, to the last bit."""
        X, y = rows(60, 10, n_targets=n_targets)
        frame = pd.DataFrame(X, columns=NAMES)
        some = Moments.of(frame, y).select(features)
        assert some.feature_names == ("a", "d", "h")
        model, other = GDLinearRegressor().fit_moments(some), GDLinearRegressor().fit(frame[["a", "d", "h"]], y)
        assert_allclose(model.coef_, other.coef_, rtol=1e-12)
        assert_array_equal(model.feature_names_in_, other.feature_names_in_)

    def test_order_and_one(self):
        """The columns come in the order of the selection; one needs no list, and a slice is a slice."""
        X, y = rows(20, 4)
        moments = Moments.of(pd.DataFrame(X, columns=list("abcd")), y)
        assert_same(moments.select(["d", "a"]), Moments.of(X[:, [3, 0]], y))
        assert moments.select("b").feature_names == moments.select(1).feature_names == ("b",)
        assert_same(moments.select(slice(1, None, 2)), Moments.of(X[:, 1::2], y))
        assert moments.select([True, False, False, True]).packed.size == 2 * 2 + 2 + 1

    @pytest.mark.parametrize("far", [0.0, 1e3])
    def test_no_more_is_copied(self, far):
        """Selecting a few of many features takes memory for these alone, also after a subtraction."""
        X, y = rows(30, 400, mean=far)
        whole = Moments.of(X, y)
        for moments in (whole, whole - Moments.of(X[:3], y[:3])):
            moments.select([5, 2])  # what is imported or remembered at the first time
            tracemalloc.start()
            some = moments.select([5, 2, 399])
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 20_000 < moments.packed.nbytes / 50
            assert some.packed.base is None

    def test_units(self):
        """Columns whose squares are beyond float64 may be selected, or left out."""
        X, y = rows(20, 3)
        moments = Moments.of(X * [1.0, 2.0**600, 2.0**-600], y)
        assert moments.select([0]).unit.size == 0
        assert_array_equal(moments.select([2, 0]).unit, moments.unit[[2, 0, 3]])

    @pytest.mark.parametrize(
        ("features", "error", "message"),
        [
            (["a", "z"], ValueError, "There is no feature 'z'; the features are a, b, c"),
            ([3], ValueError, "There is no feature 3: the features are numbered 0 to 2"),
            ([-4], ValueError, "There is no feature -4"),
            ([], ValueError, "Select at least one feature"),
            ([[0]], ValueError, "Select at least one feature"),
            ([True, False], ValueError, "A mask must have one entry for each of 3 features"),
            ([False] * 3, ValueError, "select at least one"),
            ([1.0], TypeError, "by names, numbers or a mask"),
            (None, TypeError, "by names, numbers or a mask"),
        ],
    )
    def test_refusals(self, features, error, message):
        """What is no feature is named."""
        X, y = rows(20, 3)
        with pytest.raises(error, match=message):
            Moments.of(pd.DataFrame(X, columns=list("abc")), y).select(features)
        with pytest.raises(ValueError, match="have no names; select them by their numbers, 0 to 2"):
            Moments.of(X, y).select(["a"])


class TestScore:
    """What scikit-learn has for the rows."""

    @pytest.mark.parametrize("n_targets", [None, 1, 2])
    @pytest.mark.parametrize("model", [GDLinearRegressor(max_iter=20), LinearRegression(), Ridge(), Lasso(0.1)])
    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
    def test_scores(self, model, n_targets):
        """R² and both errors, with weights, on rows of which the model has seen none."""
        X, y = rows(80, 3, mean=100.0, n_targets=n_targets)
        w = np.random.default_rng(2).random(40)
        model.fit(X[:40], y[:40])
        moments, predicted = Moments.of(X[40:], y[40:], w), model.predict(X[40:])
        for name, score in [
            (None, r2_score),
            ("neg_mean_squared_error", lambda *data, **weights: -mean_squared_error(*data, **weights)),
            ("neg_root_mean_squared_error", lambda *data, **weights: -root_mean_squared_error(*data, **weights)),
        ]:
            actual = moments.score(model, scoring=name)
            assert isinstance(actual, float)
            assert_allclose(actual, score(y[40:], predicted, sample_weight=w), rtol=1e-9)

    def test_refusals(self):
        """Other models, other columns, other scores, no rows."""
        X, y = rows(50, 3)
        frame = pd.DataFrame(X, columns=list("abc"))
        moments, count = Moments.of(frame, y), np.round(np.abs(y))
        for model, error, message in [
            (LinearRegression(), NotFittedError, "not fitted yet"),
            (make_pipeline(LinearRegression()).fit(X, y), TypeError, "for a pipeline, score its last step"),
            (3, TypeError, "with coef_ and intercept_. Got 3 instead"),
            (
                LinearRegression().fit(X[:, :2], y),
                ValueError,
                "has 2 features and 1 targets, but the moments have 3 and",
            ),
            (LinearRegression().fit(X, np.column_stack([y, y])), ValueError, "has 3 features and 2 targets"),
            (
                LinearRegression().fit(frame[["b", "a", "c"]], y),
                ValueError,
                "differ from those of the moments: b, a, c and a, b, c",
            ),
            (PoissonRegressor().fit(X, count), TypeError, "the predictions of .* differ"),
            (LogisticRegression().fit(X, y > 0), TypeError, "the predictions of .* differ"),
            (PLSRegression(1).fit(X + 9.0, y), TypeError, "the predictions of .* differ"),
        ]:
            with pytest.raises(error, match=message):
                moments.score(model)
        model = LinearRegression().fit(X, y)
        with pytest.raises(ValueError, match=r"'scoring' parameter of Moments.score must be None or one of"):
            moments.score(model, scoring="max_error")
        with pytest.raises(ValueError, match="Moments of no rows have no score"):
            (0.0 * moments).score(model)


class TestVersions:
    """What is stored tells with which version it can be read."""

    def test_others(self):
        """Of another version, or of a time before there was one."""
        moments = Moments.of(*rows(9, 2))
        for version, message in [
            (2, "as version 2 can't be read by this release, which stores version 1"),
            (0, "before they"),
        ]:
            with pytest.raises(ValueError, match=message):
                Moments(**{**vars(moments), "version": version})
        old = {name: part for name, part in vars(moments).items() if name != "version"}
        with pytest.raises(ValueError, match="stored before they had a version"):
            Moments(**old)
        stranger = object.__new__(Moments)
        with pytest.raises(ValueError, match="stored before they had a version"):
            stranger.__setstate__(old)

    def test_differences_travel(self):
        """With what is known of their rounding; and what comes back can't be written to."""
        X, y = rows(90, 3)
        rest = Moments.of(X, y) - Moments.of(X[:80], y[:80])
        for back in (pickle.loads(pickle.dumps(rest)), Moments(**vars(rest)), replace(rest)):
            assert_array_equal(back.rounding, rest.rounding)
            assert back.eps == rest.eps
            assert_same(back + rest, 2.0 * rest)
            for array in (back.scatter_x, back.scatter_y, back.offset, back.rounding, back.packed):
                assert not array.flags.writeable
