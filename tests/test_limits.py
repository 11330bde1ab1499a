"""The limits of alpha: of the directions in which a descent moves, and of the column that has the largest values."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, Moments, alpha_limits
from sklearn_gd._verdict.limits import AlphaLimits, count, told_apart
from sklearn_gd._verdict.rate import verdict


def fitted(X, y, **options):
    """Return a fitted model, whatever it warns of."""
    return again(GDLinearRegressor(**options), X, y)


def again(model, X, y):
    """Return the model, fitted, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


def penalised(X, l2, *, fit_intercept):
    """Return the Hessian, and an orthonormal basis of the span of its rows and the intercept."""
    n = X.shape[1] + fit_intercept
    Z = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X
    _, s, vt = np.linalg.svd(np.vstack([Z, np.eye(n)[: int(fit_intercept)]]), full_matrices=False)
    H = Z.T @ Z / len(X) + l2 * np.diag(np.arange(n) >= int(fit_intercept))
    return H, vt[s > 1e-9 * s[0]].T


def columns(kind, rng):
    """Return 40 rows with directions that no row touches."""
    a = rng.normal(size=(40, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, 0.0]
    level = rng.integers(0, 4, 40)
    return {
        "unused": np.column_stack([a, np.zeros((40, 2))]),
        "constant": np.column_stack([a, np.full(40, 2.0)]),
        "twins": np.column_stack([a, a[:, 1], -3.0 * a[:, 2]]),
        "one-hot": np.column_stack([a, np.eye(5)[level]]),
        "wide": rng.normal(size=(40, 60)) + 0.5,
        "large": np.column_stack([a[:, :2], 1e4 * a[:, 2:], np.zeros(40)]),
        "none": a,
    }[kind]


KINDS = ["unused", "constant", "twins", "one-hot", "wide", "large", "none"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_directions_that_the_data_touch(kind, fit_intercept, standardize):
    """From zeros a descent stays in the span of the rows and the intercept; the limits are those of the cost in it."""
    rng = np.random.default_rng(KINDS.index(kind))
    X, y, l2 = columns(kind, rng), rng.normal(size=40), 0.02
    Z = X
    if standardize:
        scale = X.std(axis=0)
        Z = (X - X.mean(axis=0)) / np.where(scale > 1e-12, scale, np.inf)
    H, basis = penalised(Z, l2, fit_intercept=fit_intercept)
    lam = np.linalg.eigvalsh(basis.T @ H @ basis)
    L, mu = lam[-1], lam[0]
    options = {"l2": l2, "fit_intercept": fit_intercept, "standardize": standardize}
    known = [alpha_limits(X, **options), fitted(X, y, **options).diagnosis_]
    if kind == "wide":
        known.append(fitted(X, y, precompute=False, max_iter=20, **options).diagnosis_)
        model = fitted(X, y, precompute=False, max_iter=20, warm_start=True, **options)
        known.append(again(model, X, y).diagnosis_)
    for limits in known:
        assert limits.condition_number == pytest.approx(L / mu, rel=1e-7)
        assert limits.alpha_limit == pytest.approx(2.0 / L, rel=1e-9)
        assert limits.alpha_best == pytest.approx(2.0 / (L + mu), rel=1e-9)
    if not standardize:
        standardized = alpha_limits(X, **(options | {"standardize": True})).condition_number
        assert known[0].condition_number_standardized == pytest.approx(standardized, rel=1e-9)
    lam = np.linalg.eigvalsh(H)
    assert fitted(X, y, max_iter=5, **options).alpha_ == pytest.approx(1.0 / lam[-1], rel=1e-9)  # as ever
    # A start in all directions touches them all.
    for precompute in (True, False) if kind == "wide" else (True,):
        model = fitted(X, y, init="random", random_state=0, max_iter=5, precompute=precompute, **options)
        assert model.diagnosis_.condition_number == pytest.approx(lam[-1] / lam[0], rel=1e-7)
        assert model.diagnosis_.alpha_limit == pytest.approx(2.0 / lam[-1], rel=1e-9)


class TestStart:
    """What the start touches counts."""

    def test_a_number_for_a_column_of_zeros(self):
        """Its coefficient moves from there, however small, and so the penalty's curvature counts; a 0 stays."""
        rng = np.random.default_rng(0)
        X, y = np.column_stack([rng.normal(size=(50, 2)), np.zeros(50)]), rng.normal(size=50)
        without = alpha_limits(X[:, :2], l2=0.01).condition_number
        for numbers, expected in [([1.0, 1.0, 0.0], without), ([0.0, 0.0, 1e-3], None), ([1.0, 1.0, 1e-4], None)]:
            start = [0.0, *numbers]
            diagnosis = fitted(X, y, l2=0.01, init=np.array(start), max_iter=5).diagnosis_
            L = 2.0 / diagnosis.alpha_limit
            assert diagnosis.condition_number == pytest.approx(expected or L / 0.01, rel=1e-9)

    def test_a_small_number_for_a_column_of_zeros_in_float32(self):
        """It counts also where the direction of a small column is known to few digits, because it is not that small."""
        rng = np.random.default_rng(0)
        X, y = (rng.normal(size=(50, 3)) * [1.0, 0.01, 0.0]).astype(np.float32), rng.normal(size=50)
        diagnosis = fitted(X, y, l2=1e-5, fit_intercept=False, init=np.array([1.0, 1.0, 5e-3]), max_iter=5).diagnosis_
        # L itself has the digits of float32.
        assert diagnosis.condition_number == pytest.approx(2.0 / diagnosis.alpha_limit / 1e-5, rel=1e-5)

    def test_rounded_to_float32(self):
        """Coefficients of multiples that were kept in float32 are no longer multiples, but touch no other direction."""
        a, y = np.random.default_rng(0).normal(size=(2, 50, 2))
        X, options = np.column_stack([a, -3.0 * a[:, 0], a[:, 1] / 7.0]), {"l2": 0.01, "max_iter": 5}
        init = np.array([0.0, 0.3, 0.7, -0.9, 0.1]).astype(np.float32)
        expected = fitted(X, y[:, 0], **options).diagnosis_.condition_number
        assert fitted(X, y[:, 0], init=init, **options).diagnosis_.condition_number == pytest.approx(expected, rel=1e-9)

    def test_going_on(self):
        """A descent that goes on is still where the first one was: on the span of the rows."""
        rng = np.random.default_rng(1)
        X, y = columns("twins", rng), rng.normal(size=40)
        model = fitted(X, y, l2=0.01, warm_start=True, tol=None, max_iter=3)
        first = model.diagnosis_.condition_number
        for _ in range(3):
            model = again(model, X, y)
            assert model.diagnosis_.condition_number == pytest.approx(first, rel=1e-12)
        model.coef_ = model.coef_ + np.array([0.0, 1.0, 0.0, -1.0, 0.0])  # the difference of the twins
        assert again(model, X, y).diagnosis_.condition_number == pytest.approx(
            2.0 / model.diagnosis_.alpha_limit / 0.01
        )

    @pytest.mark.parametrize("size", [1.0, 1e3, 1e5, 1e6])
    @pytest.mark.parametrize("l2", [1e-8, 1e-6, 1e-4])
    def test_a_small_curvature_beside_large_ones(self, size, l2):
        """It keeps its digits: that of the intercept and the sum of one-hot columns, which the penalty alone curves."""
        signs = np.array([[(-1.0) ** (row >> bit) for bit in range(3)] for row in range(8)])
        rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
        X = np.column_stack([np.tile(size * signs @ rotation, (3, 1)), np.repeat(np.eye(3), 8, axis=0)])
        # In the directions of the intercept and the sum, the Hessian is [[1, 1 / sqrt(3)], [1 / sqrt(3), 1 / 3 + l2]].
        trace, determinant = 4.0 / 3.0 + l2, l2
        largest = (trace + np.sqrt(trace**2 - 4.0 * determinant)) / 2.0
        L, mu = max(size**2 + l2, largest), determinant / largest
        # The curvature is rounded to that of the intercept, which the squares of the columns do not reach.
        assert alpha_limits(X, l2=l2).condition_number == pytest.approx(L / mu, rel=1e-9 + 1e-15 / l2)
        # Beyond a ratio of 1 / eps**2 nothing is left of it.
        assert alpha_limits(X * np.repeat([1e20 / size, 1.0], 3), l2=l2).condition_number == np.inf

    @pytest.mark.parametrize("seed", range(8))
    def test_a_penalty_that_is_nearly_rounding(self, seed):
        """Where twins differ the curvature is the penalty, rounded up or down as ``L`` is; no descent goes there."""
        a = np.random.default_rng(seed).normal(size=(40, 3))
        X = np.column_stack([a, a[:, 1], -3.0 * a[:, 2]])
        lam = np.linalg.eigvalsh(X.T @ X / 40.0)
        for l2 in (1e-6, 1e-8, 1e-10):
            limits = alpha_limits(X, l2=l2, fit_intercept=False)
            assert limits.condition_number == pytest.approx((lam[-1] + l2) / (lam[2] + l2), rel=1e-9)

    def test_nothing_but_an_intercept(self):
        """Columns of zeros leave the intercept; without one there is nothing but the penalty."""
        limits = alpha_limits(np.zeros((5, 2)), l2=3.0)
        assert (limits.alpha_limit, limits.condition_number) == (2.0, 1.0)
        limits = alpha_limits(np.zeros((5, 2)), l2=4.0, fit_intercept=False)
        assert (limits.alpha_limit, limits.condition_number) == (0.5, 1.0)
        limits = alpha_limits(np.zeros((5, 2)), fit_intercept=False)
        assert (limits.alpha_limit, limits.condition_number) == (np.inf, 1.0)
        assert "any alpha will do" in str(limits)

    def test_a_tiny_column_is_touched(self):
        """Numbers near 1e-9 are data, though the penalty's curvature swallows theirs."""
        a = np.random.default_rng(0).normal(size=(50, 2)) * [1.0, 1e-9]
        limits = alpha_limits(a, l2=0.01, fit_intercept=False)
        assert limits.condition_number == pytest.approx(2.0 / limits.alpha_limit / 0.01, rel=1e-9)


def everything(X, **options):
    """Return the limiting feature of a table: with and without intercept and penalty, the same."""
    cases = [{"fit_intercept": True, "l2": 3.0}, {"fit_intercept": False}]
    names = {alpha_limits(X, **case, **options).limiting_feature for case in cases}
    assert len(names) == 1
    return names.pop()


class TestLargestColumn:
    """A column is named as that of the largest values only if it is."""

    @pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, bool])
    def test_tables_of_0_and_1(self, dtype):
        """All of their columns are on one scale, however rare the ones are."""
        rng = np.random.default_rng(0)
        for _ in range(2):
            X = (rng.random((400, 10)) < 10.0 ** rng.uniform(-3.0, 0.0, 10)).astype(dtype)
            assert everything(X, sample_weight=rng.random(400)) is None
            assert everything(sp.csr_array(X.astype(float))) is None
            one_hot = np.eye(50)[np.minimum(rng.geometric(0.3, 400), 49)]
            assert everything(one_hot.astype(dtype)) is None
            rows = fitted(np.tile(X, 7), rng.normal(size=400), precompute=False, max_iter=2, l2=0.1).diagnosis_
            assert rows.limiting_feature is None
            assert "largest values" not in rows.message

    def test_one_number_but_for_zeros(self):
        """So are those of 0 and 255, beside an intercept too if that is their scale."""
        X = (np.random.default_rng(0).random((400, 8)) < np.geomspace(0.005, 0.9, 8)).astype(float)
        assert alpha_limits(255.0 * X, fit_intercept=False).limiting_feature is None
        rare = np.random.default_rng(0).random((400, 4)) < [0.9, 0.01, 0.02, 0.015]
        assert alpha_limits(255.0 * rare, fit_intercept=False).limiting_feature is None
        assert everything(X / 255.0) is None

    def test_it_has_the_largest_number(self):
        """Whatever the columns are like: whole numbers, positive, off centre, mostly zeros."""
        rng, n_named = np.random.default_rng(0), 0
        for _ in range(20):
            scale = 10.0 ** rng.uniform(-2.0, 2.0, 6)
            for X in (
                rng.poisson(scale / 10.0, (200, 6)),
                rng.binomial(2, scale / 200.0, (200, 6)),
                rng.normal(size=(200, 6)) * scale + rng.permutation(scale),
                rng.uniform(size=(200, 6)) * (rng.random((200, 6)) < scale / 100.0),
                np.column_stack([rng.uniform(0.6, 0.8, 200), np.eye(200)[:, :5], rng.normal(size=200) / 100.0]),
            ):
                named = alpha_limits(X.astype(float), fit_intercept=False).limiting_feature
                n_named += named is not None
                assert named is None or np.abs(X[:, named]).max() == np.abs(X).max()
        assert n_named > 10

    def test_named(self):
        """Where one column is much larger it is named, of whatever sign, and whatever the penalty."""
        rng = np.random.default_rng(0)
        size, rooms = rng.uniform(800.0, 4000.0, 300), rng.integers(1, 6, 300)
        year, flags = rng.integers(1950, 2020, 300), rng.random((300, 2)) < 0.01
        houses = np.column_stack([rooms, year, size, flags, np.zeros(300)])
        for X in (houses, -houses, houses.astype(np.float32)):
            assert everything(X) == 2
            assert alpha_limits(X, l2=1e9).limiting_feature == 2
        assert everything(load_diabetes(scaled=False).data) == 4
        normal = rng.normal(size=(300, 5))
        for factor in (20.0, 1e3, 1e9):
            assert everything(normal * np.where(np.arange(5) == 3, factor, 1.0)) == 3
        assert everything(np.column_stack([normal, 1e3 + normal[:, 0]])) == 5

    def test_on_one_scale(self):
        """Equal spreads, standardised columns, and twins have no largest one; nor a penalty's constant column."""
        rng = np.random.default_rng(0)
        normal = rng.normal(size=(300, 5))
        assert everything(normal) is None
        assert everything(np.column_stack([normal, np.zeros(300)])) is None
        assert everything(rng.uniform(size=(300, 1))) is None
        assert everything(np.column_stack([normal, np.zeros(300)]) * 1e3, standardize=True) is None
        assert alpha_limits(np.tile(normal[:, :1], 3), fit_intercept=False).limiting_feature is None

    def test_many_columns_set_it_together(self):
        """Where the largest column has less than half of `L`, it doesn't set the limit."""
        common = np.random.default_rng(0).uniform(3.0, 4.0, size=(100, 1))
        X = np.column_stack([0.1 * common, np.tile(common, 20) + 0.01, 4.0 * common])
        assert alpha_limits(X, fit_intercept=False).limiting_feature is None
        assert alpha_limits(X[:, [0, -1]], fit_intercept=False).limiting_feature == 1

    def test_in_any_unit(self):
        """Without an intercept, units decide nothing; exactly centred columns need less than others."""
        rng, n_named = np.random.default_rng(0), 0
        for _ in range(20):
            spread = 10.0 ** rng.uniform(-0.5, 0.5, 4)
            X = rng.normal(size=(100, 4)) * spread + rng.uniform(size=4) * rng.permutation(4)
            named = {alpha_limits(unit * X, fit_intercept=False).limiting_feature for unit in (2.0**-40, 1.0, 2.0**40)}
            assert len(named) == 1
            n_named += named != {None}
        assert 0 < n_named < 20
        X = rng.normal(size=(100, 3)) * [1.0, 4.0, 1.0]
        assert everything(X) is None
        assert everything(X - X.mean(axis=0)) == 1
        # The mean of one column is 0, to the last bit, and that of the largest is not.
        assert everything(np.array([[1.0, 40.0], [-1.0, -39.0]])) == 1
        assert everything(np.array([[1.0, 40.0], [-1.0, 40.0], [1.0, -40.0], [-1.0, -40.0]])) == 1
        # Where it isn't 0, a tenth of the numbers of one column are two thirds of those of the other.
        X = np.column_stack([rng.uniform(1.45, 1.55, 100), rng.uniform(0.95, 1.05, 100) * (np.arange(100) % 10 == 0)])
        for unit in (2.0**-40, 1.0, 2.0**40):
            assert alpha_limits(unit * X, fit_intercept=False).limiting_feature is None

    def test_without_rows(self):
        """Moments that were added know as much."""
        X = np.random.default_rng(0).normal(size=(100, 3)) * [1.0, 50.0, 1.0]
        model = GDLinearRegressor(max_iter=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit_moments(Moments.of(X[:50], X[:50, 0]) + Moments.of(X[50:], X[50:, 0]))
        assert model.diagnosis_.limiting_feature == 1


class TestRates:
    """The limit and the fastest rate are never printed alike."""

    @pytest.mark.parametrize(
        ("numbers", "written"),
        [
            ((1.0, 0.8), ["1", "0.8"]),
            ((2.7241e-05, 2.7239e-05), ["2.7241e-05", "2.7239e-05"]),
            ((2.724e-05, 2.719e-05), ["2.724e-05", "2.719e-05"]),
            ((2.72412e-05, 2.71933e-05), ["2.724e-05", "2.719e-05"]),
            ((0.12345678, 0.12345679), ["0.123", "0.123"]),
            ((0.5, 0.5), ["0.5", "0.5"]),
            ((1.0, 1.001, np.nan), ["1", "1.001", "nan"]),
        ],
    )
    def test_told_apart(self, numbers, written):
        """With as many digits as are needed, but not more than five."""
        assert told_apart(*numbers) == written

    def test_sentence(self):
        """What five digits can't tell, words do."""
        for best, end in [
            (2.719e-05, "2.724e-05, fastest at 2/(L+mu)=2.719e-05."),
            (2.724e-05 * (1 - 1e-9), "just below it."),
        ]:
            assert AlphaLimits(2.724e-05, best, 1e3, 1.0, None).rates().endswith(end)
        assert AlphaLimits(0.5, np.nan, np.nan, np.nan, None).rates().endswith("below 2/L=0.5.")

    def test_on_data(self):
        """Also where one is all but the other, and where it is drowned."""
        x = np.random.default_rng(0).normal(size=(50, 2))
        for factor in (1.0, 10.0, 100.0, 1e3, 1e9, 1e17):
            sentence = alpha_limits(x * [1.0, factor]).rates()
            limit = sentence.split("2/L=")[1].split(",")[0]
            assert "just below it" in sentence or sentence.split("2/(L+mu)=")[1] != limit + "."


@pytest.mark.parametrize("L", [1e-200, 0.3, 1e200])
def test_words_for_a_rate(L):
    """Overshooting changes sides, diverging comes no nearer; what is too small takes 10 times as long."""
    for share in (1e-9, 0.0499, 0.0501, 0.4, 0.5, 0.5 + 1e-6, 0.7, 1.0 - 1e-6, 1.0, 1.5, 10.0):
        alpha = share * (2.0 / L)
        left = 1.0 - alpha * L  # of the distance after an iteration; "auto" leaves nothing, and is good
        expected = "good" if left >= -1e-12 else "overshooting"
        if left > 0.9:
            expected = "too small"
        elif left <= -1.0:
            expected = "diverging"
        assert verdict(alpha, 2.0 / L) == expected
    assert verdict(3.0, np.inf) == "good"


def test_words_for_iterations():
    """A million and more have two digits."""
    words = [count(n_iter) for n_iter in (0, 1, 2, 1234, 999_999, 1_000_000, 2**70, np.inf)]
    numbers = ["0", "1", "2", "1,234", "999,999", "1e+06", "1.2e+21", "infinitely many"]
    assert words == [f"{number} iteration{'s' * (number != '1')}" for number in numbers]
