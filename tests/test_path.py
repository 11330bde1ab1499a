"""`descent_path`: what every rate does, iterate by iterate, as the fits would."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, Moments, alpha_limits, descent_path, suggest_alphas
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

# On the diabetes data 2 / L is 0.497: too small, good, overshooting, diverging.
ALPHAS = [1e-3, 0.2, 0.45, 0.6]


def fit(alpha, X, y, **options):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(alpha, **options).fit(X, y)


def assert_is_the_fits(path, X, y, rtol=1e-9, **options):
    """Assert that costs, counts, ends and last iterates are those of fits, and that NaN follows."""
    assert_array_equal(path.alphas, ALPHAS)
    n_kept = path.n_iters.max() + 1
    assert path.coefs.shape[:2] == path.costs.shape == path.intercepts.shape[:2] == (len(ALPHAS), n_kept)
    assert path.rates.shape == (len(ALPHAS), n_kept - 1)
    assert_array_equal(path.iterations, np.arange(n_kept))
    for i, alpha in enumerate(ALPHAS):
        model, n_iter = fit(alpha, X, y, **options), path.n_iters[i]
        assert n_iter == model.n_iter_
        assert_allclose(path.costs[i, : n_iter + 1], model.cost_history_, rtol=rtol)
        for part in (path.costs[i], path.coefs[i], path.intercepts[i]):
            assert np.isfinite(part[: n_iter + 1]).all()
            assert np.isnan(part[n_iter + 1 :]).all()
        assert np.isnan(path.rates[i, n_iter:]).all()
        k = int(np.argmin(model.cost_history_)) if model.diagnosis_.status == "diverged" else n_iter
        assert_allclose(path.coefs[i, k], model.coef_.T, rtol=rtol, atol=rtol)
        assert_allclose(path.intercepts[i, k], model.intercept_, rtol=rtol)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(diabetes, optimizer):
    """The iterates are those of the fits, whatever the rule."""
    options = {"optimizer": optimizer, "max_iter": 60}
    assert_is_the_fits(descent_path(*diabetes, ALPHAS, **options), *diabetes, **options)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler(diabetes, scheduler):
    """So they are under every schedule, whose rates are told."""
    options = {"scheduler": scheduler, "max_iter": 60, "tol": None}
    path = descent_path(*diabetes, ALPHAS, **options)
    assert_is_the_fits(path, *diabetes, **options)
    factors = [SCHEDULERS[scheduler]()(t, 60) for t in range(60)]
    for i, (alpha, n_iter) in enumerate(zip(ALPHAS, path.n_iters, strict=True)):
        assert_allclose(path.rates[i, :n_iter], alpha * np.array(factors[:n_iter]), rtol=1e-12)


@pytest.mark.parametrize("precompute", [True, False])
@pytest.mark.parametrize(
    "options", [{"standardize": True}, {"l2": 0.1}, {"fit_intercept": False}, {"tol": 0.1}], ids=str
)
def test_every_form(diabetes, precompute, options):
    """In the units of the features, with a penalty, without an intercept, from the moments and row by row."""
    X, y = diabetes
    X = X * np.geomspace(1.0, 3.0, 10) if options.get("standardize") else X
    options = {"precompute": precompute, "max_iter": 200} | options
    assert_is_the_fits(descent_path(X, y, ALPHAS, **options), X, y, **options)


def test_it_is_the_textbooks(diabetes, textbook):
    """Every iterate is that of the loop on the rows, also on the way out."""
    X, y = diabetes
    path = descent_path(X, y, ALPHAS, max_iter=200, tol=None)
    for i, alpha in enumerate(ALPHAS):
        for t in (0, 1, 2, 17, path.n_iters[i]):
            theta, costs = textbook(X, y, alpha=alpha, max_iter=t)
            assert_allclose([path.intercepts[i, t], *path.coefs[i, t]], theta, rtol=1e-9)
            assert_allclose(path.costs[i, : t + 1], costs, rtol=1e-9)
    assert path.statuses == ("max_iter", "max_iter", "max_iter", "diverged")
    assert path.costs[3, path.n_iters[3]] > 1e10 * path.costs[3, 0]


def test_several_targets(diabetes):
    """They are a last axis, and descend together."""
    X, y = diabetes
    path = descent_path(X, np.column_stack([y, -y]), ALPHAS, max_iter=30)
    assert path.coefs.shape == (4, 31, 10, 2)
    assert path.intercepts.shape == (4, 31, 2)
    alone = descent_path(X, y, ALPHAS, max_iter=30)
    assert_allclose(path.coefs[..., 0], alone.coefs, rtol=1e-9)
    assert_allclose(path.intercepts[..., 1], -alone.intercepts, rtol=1e-9)
    assert_allclose(path.costs, 2 * alone.costs, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["gd", "momentum"])
def test_thin(diabetes, optimizer):
    """Every k-th iterate, cost and rate are those of the whole path."""
    options = {"optimizer": optimizer, "scheduler": "cosine", "max_iter": 1500, "tol": None}
    whole = descent_path(*diabetes, [0.2, 0.6], **options)
    for thin in (1, 7, 100, 5000):
        some = descent_path(*diabetes, [0.2, 0.6], thin=thin, **options)
        assert_array_equal(some.iterations, np.arange(0, 1501, thin))
        assert_array_equal(some.n_iters, whole.n_iters)
        for name in ("coefs", "intercepts", "costs"):
            assert_array_equal(getattr(some, name), getattr(whole, name)[:, ::thin])
        assert_array_equal(some.rates, whole.rates[:, ::thin][:, : len(some.iterations) - 1])


def test_from_moments_and_other_containers(diabetes):
    """Moments do as well as the rows; so do data frames, sparse matrices and weights."""
    X, y = diabetes
    w = np.linspace(0.5, 2.0, len(y))
    path = descent_path(X, y, ALPHAS, sample_weight=w, max_iter=50)
    for other in (
        descent_path(Moments.of(X, y, w), alphas=ALPHAS, max_iter=50),
        descent_path(pd.DataFrame(X), y, ALPHAS, sample_weight=w, max_iter=50),
        descent_path(sp.csr_array(X), y, ALPHAS, sample_weight=w, max_iter=50),
    ):
        assert_allclose(other.coefs, path.coefs, rtol=1e-9)
        assert_allclose(other.costs, path.costs, rtol=1e-9)


def test_a_users_scheduler(diabetes):
    """It is asked in order for each rate, and the start may be anywhere."""
    calls = []

    def scheduler(t, max_iter):
        calls.append((t, max_iter))
        return 0.5**t

    init = np.arange(11.0)
    path = descent_path(
        *diabetes, [0.1, 0.2], scheduler=scheduler, optimizer="momentum", max_iter=5, tol=None, init=init
    )
    assert calls == [(t, 5) for t in range(5)] * 2
    assert_array_equal(path.coefs[:, 0], [init[1:]] * 2)
    assert_array_equal(path.intercepts[:, 0], [0.0, 0.0])


def test_refusals(diabetes):
    """What is missing, wrong, or too large is named, with the remedy."""
    X, y = diabetes
    with pytest.raises(TypeError, match="needs alphas, the learning rates, such as those of suggest_alphas"):
        descent_path(X, y)
    for alphas in ([-1.0], [0.1, 0.0], [[0.1]], []):
        with pytest.raises(ValueError, match="alphas must be one or more numbers above 0, in one dimension"):
            descent_path(X, y, alphas)
    for alphas in ([np.nan], [np.inf]):
        with pytest.raises(ValueError, match=r"alphas contains (NaN|infinity)"):
            descent_path(X, y, alphas)
    with pytest.raises(ValueError, match="thin == 0"):
        descent_path(X, y, [0.1], thin=0)
    with pytest.raises(ValueError, match="'scheduler' parameter of GDLinearRegressor"):
        descent_path(X, y, [0.1], scheduler="cosin")
    with pytest.raises(
        ValueError, match=r"would take [\d.]+ GB, more than half of the memory; .* with thin=\d+"
    ) as error:
        descent_path(X, y, [0.1, 0.2], max_iter=10**12)
    thin = int(str(error.value).split("thin=")[1].rstrip("."))
    assert 8 * 2 * 11 * (10**12 / thin) <= 2**45


def test_limits_without_a_minimum():
    """Row by row the minimum of many columns is not known, and so neither are the iterations to it: no error."""
    X = np.random.default_rng(0).normal(size=(90, 80))
    y = X[:, 0] + 1.0
    limits = alpha_limits(X, y, precompute=False)
    assert np.isnan(limits.n_iter_needed)
    exact = alpha_limits(X, y, precompute=True)
    assert exact.n_iter_needed > 0
    assert exact.alpha_limit / 1.1 <= limits.alpha_limit <= exact.alpha_limit * (1 + 1e-9)  # L is an estimate


@pytest.mark.parametrize(
    "options",
    [{}, {"fit_intercept": False}, {"standardize": True}, {"l2": 0.5}, {"precompute": False}, {"l2": 1.0, "n_jobs": 2}],
    ids=str,
)
def test_limits_are_those_of_a_fit(diabetes, options):
    """Every option counts, and the weights do: before a fit the data say what its diagnosis says after it."""
    X, y = diabetes[0] * np.geomspace(1.0, 3.0, 10) + 0.5, diabetes[1]
    w = np.linspace(0.0, 2.0, len(y))
    limits, model = alpha_limits(X, y, w, **options), GDLinearRegressor(max_iter=3000, tol=None, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        diagnosis = model.fit(X, y, w).diagnosis_
    assert model.alpha_ == pytest.approx(limits.alpha_limit / 2.0, rel=1e-9)
    for name in ("alpha_limit", "alpha_best", "condition_number", "condition_number_standardized", "n_iter_needed"):
        assert getattr(limits, name) == pytest.approx(getattr(diagnosis, name), rel=1e-8), name
    assert suggest_alphas(X, y, w, **options)[-1] == pytest.approx(model.alpha_, rel=1e-9)


def test_refused_grids(diabetes):
    """A grid has a rate at least, and its smallest is a share of the largest between 0 and 1."""
    for options in ({"n_alphas": 0}, {"eps": 0.0}, {"eps": 1.0}, {"eps": -0.1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            suggest_alphas(*diabetes, **options)


@pytest.mark.parametrize("eps", [0.1, 1e-2, 1e-4])
def test_suggested_rates_end_at_half_the_limit(diabetes, eps):
    """However many there are, the last is ``1 / L``; so a single one is that; the first of several is `eps` of it."""
    largest = alpha_limits(*diabetes).alpha_limit / 2.0
    for n_alphas in (1, 2, 3, 10):
        alphas = suggest_alphas(*diabetes, n_alphas=n_alphas, eps=eps)
        assert alphas.shape == (n_alphas,)
        assert_allclose(alphas[-1], largest, rtol=1e-12)
        if n_alphas > 1:
            assert_allclose(alphas[0], eps * largest, rtol=1e-12)
            assert_allclose(np.diff(np.log(alphas)), np.log(1.0 / eps) / (n_alphas - 1), rtol=1e-9)
    assert_array_equal(suggest_alphas(np.zeros((4, 2)), fit_intercept=False, n_alphas=1), [1.0])


def test_half_of_the_memory(monkeypatch):
    """Iterates that take more than half of the machine's memory are refused, with what does fit; others are not."""
    pages = {"SC_PAGE_SIZE": 8, "SC_PHYS_PAGES": 2 * 3 * 3 * 101}  # bytes for 2 * 3 * 3 * 101 numbers
    monkeypatch.setattr("os.sysconf", pages.__getitem__)
    X, y = np.eye(4)[:, :2], np.arange(4.0)
    assert descent_path(X, y, [0.1, 0.2, 0.3], max_iter=100, tol=None).coefs.shape == (3, 101, 2)
    with pytest.raises(ValueError, match=r"would take 0\.0 GB, more than half of the memory; .* with thin=2\."):
        descent_path(X, y, [0.1, 0.2, 0.3], max_iter=101, tol=None)
    assert descent_path(X, y, [0.1, 0.2, 0.3], max_iter=101, thin=2, tol=None).coefs.shape == (3, 51, 2)
    with pytest.raises(ValueError, match=r"with thin=2\."):
        descent_path(X, np.c_[y, y], [0.1, 0.2, 0.3], max_iter=100, tol=None)
