"""Whatever the data: a finite fit, a true status, the right gap, and a warning where it is bad, and only there."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits, gradient_descent, suggest_alphas
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

GOOD = 0.001
EXPONENTS = st.integers(-100, 100)


@st.composite
def tables(draw, exponents=EXPONENTS, max_rows=12, max_columns=6):
    """Return features, targets and weights (or None).

    From one row and one column to more columns than rows; columns on scales of their own, far from zero, constant,
    zero, equal to or the sum of others; rows that are repeated or have no weight; constant targets.
    """
    m, n = draw(st.integers(1, max_rows)), draw(st.integers(1, max_columns))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(m, n)) + draw(st.sampled_from([0.0, 1.0, 1000.0]))
    y = X @ rng.normal(size=n) + draw(st.sampled_from([0.0, 1.0])) * rng.normal(size=m)
    for j in range(n):
        kind = draw(st.sampled_from(["free", "free", "free", "constant", "zero", "equal", "sum"]))
        if kind in ("constant", "zero"):
            X[:, j] = 0.0 if kind == "zero" else 3.0
        elif kind == "equal":
            X[:, j] = X[:, draw(st.integers(0, n - 1))]
        elif kind == "sum":
            X[:, j] = X[:, 0] + X[:, -1]
    if draw(st.booleans()):
        rows = rng.integers(0, m, m)
        X, y = X[rows], y[rows]
    if draw(st.integers(0, 9)) == 0:
        y = np.full(m, draw(st.sampled_from([0.0, 1.0, -7.0])))
    one_scale = draw(st.booleans())
    common = draw(exponents)
    X = X * [10.0 ** (common if one_scale else draw(exponents)) for _ in range(n)]
    y = y * 10.0 ** draw(exponents)
    w = None
    if draw(st.booleans()):
        w = rng.integers(0, 3, m).astype(float)
        w[rng.integers(0, m)] = 1.0
    return X, y, w


def fit(model, X, y, w):
    """Return the model, fitted, and whether it warned; any other warning is an error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y, sample_weight=w)
    note(f"{model} {model.diagnosis_}")
    return model, bool(caught)


def least_squares(X, y, w, fit_intercept, standardize):
    """Return the predictions of weighted least squares: by `lstsq`, on columns that are scaled to about 1."""
    root = np.sqrt(w)[:, np.newaxis]
    center = np.average(X, axis=0, weights=w) if fit_intercept or standardize else np.zeros(X.shape[1])
    mean = np.average(y, weights=w) if fit_intercept else 0.0
    Z = X - center
    spread = np.abs(Z[w > 0]).max(axis=0)
    noise = 1e-13 * np.abs(X).max(axis=0)  # what is left of a constant column
    Z = Z[:, spread > noise] / spread[spread > noise]
    # 1e-9 is above the rounding of columns that are far from zero.
    coef = np.linalg.lstsq(Z * root, (y - mean) * root[:, 0], rcond=1e-9)[0]
    return Z @ coef + mean


def true_gap(model, X, y, w):
    """Return the R² that the model lacks on the training rows, or the share of the cost for constant targets."""
    w = np.ones(len(y)) if w is None else w
    unit = np.abs(y).max() or 1.0  # so that no square overflows or vanishes
    y, prediction = y / unit, model.predict(X) / unit

    def cost(prediction):
        return np.average((prediction - y) ** 2, weights=w)

    best = cost(least_squares(X, y, w, model.fit_intercept, model.standardize))
    reference = cost(np.average(y, weights=w))
    zero = cost(np.zeros_like(y))
    if reference <= np.finfo(float).eps * zero:
        reference = zero
    return (cost(prediction) - best) / reference if reference else 0.0


def assert_honest(model, warned, X, y, w):
    """Assert that a fit is finite, and that what its diagnosis says is true."""
    diagnosis, costs = model.diagnosis_, model.cost_history_
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_)
    assert not np.isnan(costs).any()
    assert len(costs) == model.n_iter_ + 1
    assert np.isfinite(costs[0])

    gap = true_gap(model, X, y, w)
    # A thousand times the spread from zero, the predictions have lost 6 of 16 digits, and the gap as many.
    if diagnosis.gap_is_lower_bound:
        assert diagnosis.gap <= gap * (1 + 1e-6) + 1e-6
    else:
        assert diagnosis.gap == pytest.approx(gap, rel=1e-5, abs=1e-6)

    if diagnosis.status == "converged":
        assert diagnosis.gap <= GOOD
    elif diagnosis.status == "stalled":
        assert diagnosis.gap > GOOD or "times the best possible" in diagnosis.message
    elif diagnosis.status == "max_iter":
        assert model.n_iter_ == model.max_iter
    else:
        assert diagnosis.status == "diverged"
        assert costs[-1] > costs[0]
        assert np.isclose(costs.min(), costs[np.argmin(costs)])
    bad = diagnosis.status in ("stalled", "diverged") or (diagnosis.status == "max_iter" and diagnosis.gap > GOOD)
    blind = "times the best possible" in diagnosis.message  # R² is near 1, and the squared error more than twice
    assert warned == diagnosis.warn == (bad or blind)

    assert diagnosis.alpha_limit > 0
    assert diagnosis.alpha_limit / 2 <= diagnosis.alpha_best <= diagnosis.alpha_limit or np.isnan(diagnosis.alpha_best)
    assert not diagnosis.condition_number < 1 - 1e-9
    assert str(diagnosis)
    if bad and diagnosis.status != "diverged" and model.optimizer == "gd" and model.scheduler == "constant":
        assert not diagnosis.n_iter_needed <= model.n_iter_  # a cost that falls is not good before it ends


@given(
    tables(),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.sampled_from(sorted(SCHEDULERS)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([True, False, "auto"]),
    st.sampled_from([None, 0.0, 1e-4]),
)
def test_automatic_alpha(table, optimizer, scheduler, fit_intercept, standardize, precompute, tol):
    """Every optimizer, scheduler and form of the cost at its own rate."""
    model = GDLinearRegressor(
        optimizer=optimizer,
        scheduler=scheduler,
        fit_intercept=fit_intercept,
        standardize=standardize,
        precompute=precompute,
        tol=tol,
        max_iter=60,
    )
    assert_honest(*fit(model, *table), *table)


@given(
    tables(), st.floats(-300, 300), st.sampled_from(sorted(OPTIMIZERS)), st.booleans(), st.sampled_from([True, False])
)
def test_any_alpha(table, exponent, optimizer, fit_intercept, precompute):
    """Any rate from 1e-300 to 1e300: stalled, cut short or diverged, and never silently."""
    model = GDLinearRegressor(
        10.0**exponent, optimizer=optimizer, fit_intercept=fit_intercept, precompute=precompute, max_iter=30
    )
    assert_honest(*fit(model, *table), *table)


@given(
    tables(),
    st.sampled_from(["auto", 1e-12, 1e-4, 0.1, 1e4]),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.sampled_from(sorted(SCHEDULERS)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([True, False]),
    st.sampled_from([None, 1e-4]),
)
def test_remedy(table, alpha, optimizer, scheduler, fit_intercept, standardize, precompute, tol):
    """A warning is short, and who follows its remedy to the letter has a good fit."""
    X, y, w = table
    model = GDLinearRegressor(
        alpha,
        optimizer=optimizer,
        scheduler=scheduler,
        fit_intercept=fit_intercept,
        standardize=standardize,
        precompute=precompute,
        tol=tol,
        max_iter=30,
    )
    model, warned = fit(model, X, y, w)
    diagnosis = model.diagnosis_
    assert bool(diagnosis.summary) == warned
    assert len(diagnosis.summary) <= 240
    assert not set(diagnosis.remedy) - set(model.get_params())
    if warned and not diagnosis.gap_is_lower_bound and 0 < diagnosis.remedy.get("max_iter", 30) < 20_000:
        assert diagnosis.remedy or "try " in diagnosis.summary or "no learning rate gets closer" in diagnosis.summary
        if diagnosis.remedy:
            followed, warned = fit(model.set_params(**diagnosis.remedy), X, y, w)
            assert not warned
            assert true_gap(followed, X, y, w) <= GOOD * (1 + 1e-6) + 1e-6


@given(tables(), st.floats(0.001, 3.0), st.booleans(), st.booleans())
def test_around_the_limit(table, share, fit_intercept, standardize):
    """Plain descent at any share of the limit is true to the limit."""
    X, y, w = table
    limits = alpha_limits(X, y, w, fit_intercept=fit_intercept, standardize=standardize)
    if np.isinf(limits.alpha_limit):
        return
    options = {"fit_intercept": fit_intercept, "standardize": standardize, "max_iter": 200, "tol": None}
    model, warned = fit(GDLinearRegressor(share * limits.alpha_limit, **options), X, y, w)
    assert_honest(model, warned, X, y, w)
    assert model.diagnosis_.alpha_limit == limits.alpha_limit
    costs = model.cost_history_
    if share < 0.999:  # below 2 / L the cost never rises, but for the rounding of what has been reached
        assert np.all(np.diff(costs) <= 1e-9 * costs[0])


@given(tables(), st.floats(-12, 6), st.booleans(), st.booleans(), st.sampled_from([True, False]))
def test_penalty(table, exponent, fit_intercept, standardize, precompute):
    """With a penalty of any size beside the columns' the gap is that of the penalised cost."""
    X, y, w = table
    weights = np.ones(len(y)) if w is None else w
    largest = np.average(X**2, axis=0, weights=weights).max()
    l2 = 10.0**exponent * (1.0 if standardize or largest == 0.0 else largest)
    options = {"fit_intercept": fit_intercept, "standardize": standardize, "precompute": precompute}
    model, _ = fit(GDLinearRegressor(l2=l2, optimizer="nesterov", max_iter=50, **options), X, y, w)
    diagnosis = model.diagnosis_
    if not np.isfinite(diagnosis.gap) or np.ptp(y[weights > 0]) <= 1e-9 * np.abs(y).max():
        assert np.isfinite(diagnosis.gap)
        return
    # Least squares on the rows and, below them, on sqrt(l2) times the unit matrix; scaled, so that nothing overflows.
    center = np.average(X, axis=0, weights=weights) if fit_intercept or standardize else np.zeros(X.shape[1])
    Z = X - center
    spread = np.sqrt(np.average(Z**2, axis=0, weights=weights))
    constant = spread <= 1e-13 * np.abs(X).max(axis=0)
    unit = np.where(constant, 1.0, spread) if standardize else np.full(X.shape[1], np.sqrt(largest) or 1.0)
    Z = np.where(constant, 0.0, Z) / unit if fit_intercept or standardize else Z / unit
    scaled_l2 = l2 if standardize else l2 / unit[0] ** 2
    size = np.abs(y).max()
    v = y / size
    mean = np.average(v, weights=weights) if fit_intercept else 0.0
    share = weights / weights.sum()
    root = np.sqrt(share)
    design = np.vstack([Z * root[:, np.newaxis], np.sqrt(scaled_l2) * np.eye(X.shape[1])])
    best = np.linalg.lstsq(design, np.append((v - mean) * root, np.zeros(X.shape[1])), rcond=None)[0]

    def cost(prediction, coef):
        return share @ (prediction - v) ** 2 + scaled_l2 * coef @ coef

    least = cost(Z @ best + mean, best)
    reference = share @ (v - share @ v) ** 2
    found = model.coef_ * unit / size
    gap = (cost(model.predict(X) / size, np.where(constant & standardize, 0.0, found)) - least) / reference
    if diagnosis.gap_is_lower_bound:
        assert diagnosis.gap <= gap * (1 + 1e-5) + 1e-5
    else:
        assert diagnosis.gap == pytest.approx(gap, rel=1e-5, abs=1e-5)


@given(tables(st.integers(-20, 20)), st.data(), st.booleans(), st.booleans())
def test_any_cutting_into_chunks(table, data, fit_intercept, standardize):
    """Chunks of any size have the limits of the whole, and a diagnosis on the whole."""
    X, y, w = table
    w = np.ones(len(y)) if w is None else w
    model = GDLinearRegressor(fit_intercept=fit_intercept, standardize=standardize, max_iter=20, tol=None)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(y) - 1, 1)), max_size=3)))
    first = int(np.flatnonzero(w)[0])
    edges = [0, *(cut for cut in cuts if first < cut < len(y)), len(y)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for start, stop in itertools.pairwise(edges):
            model.partial_fit(X[start:stop], y[start:stop], w[start:stop])
    whole = alpha_limits(X, y, w, fit_intercept=fit_intercept, standardize=standardize)
    if not (standardize and whole.constant_features):  # constant to rounding in one order may not be so in another
        assert model.diagnosis_.alpha_limit == pytest.approx(whole.alpha_limit, rel=1e-7)
    if np.ptp(y[w > 0]) > 0:  # for constant targets the gap is a share of the cost where the last chunk began
        assert model.diagnosis_.gap == pytest.approx(true_gap(model, X, y, w), rel=1e-5, abs=1e-5)


@given(tables(st.integers(-3, 3)), st.booleans())
def test_limits_are_the_eigenvalues(table, fit_intercept):
    """On columns of moderate scales, those of the Hessian as NumPy finds them; the grid stays below."""
    X, _, w = table
    limits = alpha_limits(X, sample_weight=w, fit_intercept=fit_intercept)
    Z = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X
    lam = np.linalg.eigvalsh((Z.T * (np.ones(len(X)) if w is None else w)) @ Z / (len(X) if w is None else w.sum()))
    if lam[-1] == 0.0:
        assert limits.alpha_limit == np.inf
        return
    assert limits.alpha_limit == pytest.approx(2 / lam[-1], rel=1e-9)
    nonzero = lam[lam > 1e-6 * lam[-1]]
    if limits.condition_number < 1e6:
        assert limits.condition_number == pytest.approx(lam[-1] / nonzero[0], rel=1e-6)
    alphas = suggest_alphas(X, sample_weight=w, fit_intercept=fit_intercept, n_alphas=4)
    assert np.all(np.diff(alphas) > 0)
    assert alphas[-1] == pytest.approx(limits.alpha_limit / 2)


@given(
    tables(st.integers(-2, 2)),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.lists(st.integers(1, 8), min_size=2, max_size=4),
    st.booleans(),
)
def test_a_descent_in_parts_is_one(table, optimizer, parts, fit_intercept):
    """Warm starts of any lengths take the steps of one fit, to the last bit in the loop."""
    X, y, w = table
    options = {"optimizer": optimizer, "fit_intercept": fit_intercept, "tol": None, "precompute": True}
    model = GDLinearRegressor(warm_start=True, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for n_iter in parts:
            model.set_params(max_iter=n_iter).fit(X, y, sample_weight=w)
            if model.diagnosis_.status == "diverged":  # begins anew
                return
        whole = GDLinearRegressor(max_iter=sum(parts), **options).fit(X, y, sample_weight=w)
    assert model.n_iter_ == whole.n_iter_ == sum(parts)
    compare = assert_allclose if optimizer == "gd" else assert_array_equal
    tolerances = {"rtol": 1e-6, "atol": 1e-9 * whole.cost_history_[0]} if optimizer == "gd" else {}
    compare(model.cost_history_, whole.cost_history_, **tolerances)


@given(tables(max_rows=20), st.sampled_from(sorted(OPTIMIZERS)), st.booleans(), st.integers(1, 5))
def test_early_stopping(table, optimizer, standardize, patience):
    """It is finite, it ends when it should, and twice the same."""
    X, y, w = table
    if len(y) < 2 or (w is not None and np.count_nonzero(w) < 2):
        return
    model = GDLinearRegressor(
        optimizer=optimizer,
        standardize=standardize,
        early_stopping=True,
        validation_fraction=0.3,
        n_iter_no_change=patience,
        max_iter=40,
        tol=None,
        random_state=0,
    )
    fit(model, X, y, w)
    costs, validation = model.cost_history_, model.validation_cost_history_
    assert np.isfinite(model.coef_).all()
    assert not np.isnan(validation).any()
    assert len(costs) == len(validation) == model.n_iter_ + 1
    best = int(np.argmin(validation))
    if model.diagnosis_.status == "early_stopped":
        assert model.n_iter_ == best + patience
    elif model.diagnosis_.status == "max_iter":
        assert model.n_iter_ == 40
    coef = model.coef_
    fit(model, X, y, w)
    assert_array_equal(model.coef_, coef)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.floats(-50, 50),
    st.floats(-300, 300),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.booleans(),
)
def test_gradient_descent(seed, n, scale, alpha, optimizer, numerical):
    """A bowl of any size, at any rate: finite, never above the start, and a success is a minimum."""
    rng = np.random.default_rng(seed)
    B = rng.normal(size=(n, n))
    H = 10.0**scale * (B @ B.T + np.eye(n))
    x_star = rng.normal(size=n)

    def bowl(x):
        return (x - x_star) @ H @ (x - x_star) / 2

    jac = None if numerical else lambda x: H @ (x - x_star)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = gradient_descent(bowl, np.zeros(n), jac=jac, alpha=10.0**alpha, optimizer=optimizer, max_iter=30)
    assert np.isfinite(result.x).all()
    assert np.isfinite(result.fun)
    assert result.success == (result.status == 0)
    assert len(result.path) == len(result.cost_history) == result.nit + 1
    if result.status == 2:
        assert result.fun == result.cost_history.min()
    if result.success:  # within a hundred times tol along the gradient
        g = H @ (result.x - x_star)
        assert np.abs(g).max() * (g @ g) / (g @ H @ g) <= 0.011 if g.any() else True
