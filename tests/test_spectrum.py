"""The eigenbasis: the loop's iterates in closed form, and the largest eigenvalue."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sklearn_gd._closed_form import descend_in_closed_form
from sklearn_gd._descent import descend
from sklearn_gd._moments import Moments
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows
from sklearn_gd._scaling import Scaling
from sklearn_gd._spectrum import largest_eigenvalue
from sklearn_gd.optimizers import GradientDescent
from sklearn_gd.schedulers import SCHEDULERS, Constant


def problem(form, m=60, n=5, n_targets=None, fit_intercept=True, spread=1.0, noise=1.0):
    """Return a least-squares cost, from the moments or row by row."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, n)) * spread + np.arange(n)
    y = X @ rng.normal(size=(n, n_targets or 1)) + noise * rng.normal(size=(m, n_targets or 1)) + 2.0
    y = y[:, 0] if n_targets is None else y
    if form == "rows":
        return Rows.of(X, y, None, fit_intercept=fit_intercept, scaling=None)
    return Quadratic.of(Moments.of(X, y), n, fit_intercept=fit_intercept, one_target=y.ndim == 1)


def both(objective, first_iter=0, **options):
    """Return costs, status, last and best parameters by the loop and in closed form, from the same start."""
    options = {"scheduler": Constant(), "max_iter": 1000, "tol": None, "cost_bound": 1e100} | options
    theta = np.random.default_rng(1).normal(size=objective.shape)
    loop = list(descend(objective, theta, optimizer=GradientDescent(), **options))
    if first_iter:
        theta = loop[first_iter].theta
    with np.errstate(over="ignore", invalid="ignore"):  # a stretch may go on beyond the end of a diverging descent
        stretches = list(descend_in_closed_form(objective, theta, first_iter=first_iter, **options))
    costs = np.concatenate([stretch.costs for stretch in stretches])
    thetas = [stretch.theta(k) for stretch in stretches for k in range(len(stretch.costs))]
    return loop[first_iter + 1 :], costs, np.array(thetas), stretches[-1].status


def assert_equal_paths(loop, costs, thetas, status, rtol=1e-9):
    """Assert that the two are one path, and end at the same iteration for the same reason."""
    assert len(costs) == len(loop)
    assert status == loop[-1].status
    assert_allclose(costs, [iterate.cost for iterate in loop], rtol=rtol)
    scale = np.abs(thetas).max()
    assert_allclose(thetas, [iterate.theta for iterate in loop], rtol=rtol, atol=1e-13 * scale)


# The loop rounds each of a thousand iterates by 1e-16 of the parameters, which rtol=1e-9 allows for.
FORMS = [("moments", 60, 5), ("rows", 12, 30)]


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("tol", [None, 1e-4])
def test_every_scheduler(form, m, n, scheduler, tol):
    """Under every scheduler the two are one path, stop iteration included."""
    objective = problem(form, m, n)
    alpha = 1.0 / largest_eigenvalue(objective)
    assert_equal_paths(*both(objective, alpha=alpha, scheduler=SCHEDULERS[scheduler](), tol=tol))


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("share", [0.01, 1.0, 1.9])
def test_every_shape_and_rate(form, m, n, n_targets, fit_intercept, share):
    """So they are with and without an intercept, for several targets, and on either side of ``1 / L``."""
    objective = problem(form, m, n, n_targets, fit_intercept)
    assert_equal_paths(*both(objective, alpha=share / largest_eigenvalue(objective), tol=1e-5))


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
def test_divergence(form, m, n):
    """A diverging descent leaves its bound at the same iteration."""
    objective = problem(form, m, n)
    loop, costs, thetas, status = both(objective, alpha=2.5 / largest_eigenvalue(objective), cost_bound=1e12)
    assert status == "diverged"
    assert_equal_paths(loop, costs, thetas, status)


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("first_iter", [1, 17, 500])
def test_hand_over_at_any_iteration(form, m, n, first_iter):
    """The closed form goes on wherever the loop stopped, under a scheduler that knows the time."""
    objective = problem(form, m, n)
    alpha = 1.0 / largest_eigenvalue(objective)
    assert_equal_paths(*both(objective, first_iter, alpha=alpha, scheduler=SCHEDULERS["cosine"]()))


@pytest.mark.parametrize("spread", [[1e-3, 1.0, 1e3, 1.0, 1.0], [1e-4] * 5])
def test_badly_scaled_columns(spread):
    """Small parameters beside large ones, and costs of flat directions, keep their digits."""
    objective = problem("moments", spread=np.array(spread))
    assert_equal_paths(*both(objective, alpha=1.0 / largest_eigenvalue(objective)))


def test_perfect_fit():
    """On noise-free data the cost falls by twenty orders of magnitude, in both."""
    objective = problem("moments", noise=0.0)
    loop, costs, _, _ = both(objective, alpha=1.0 / largest_eigenvalue(objective), max_iter=3000)
    expected = np.array([iterate.cost for iterate in loop])
    far = expected > 1e-20 * expected[0]
    # The loop rounds theta by 1e-16, which is 1e-6 of a distance of 1e-10: 2e-6 of its square.
    assert_allclose(costs[far], expected[far], rtol=1e-5)
    assert np.all(costs[~far] < 1e-19 * expected[0])


def test_dependent_columns_stay_where_they_were():
    """Directions without curvature keep their initial value, as in the loop."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(50, 3))[:, [0, 1, 2, 0]]
    y = rng.normal(size=50)
    objective = Quadratic.of(Moments.of(X, y), 4, fit_intercept=True, one_target=True)
    loop, costs, thetas, status = both(objective, alpha=0.3)
    assert_equal_paths(loop, costs, thetas, status)
    start = np.random.default_rng(1).normal(size=5)
    assert_allclose(thetas[:, 1] - thetas[:, 4], start[1] - start[4], atol=1e-12)


@pytest.mark.parametrize("tol", [0.0, 1e-16])
def test_tolerance_below_rounding(tol):
    """Where the loop stops because rounding swallows its steps, so does the closed form, within some iterations."""
    objective = problem("moments", fit_intercept=False, spread=10.0)
    loop, costs, _, status = both(objective, alpha=1.0 / largest_eigenvalue(objective), tol=tol)
    assert status == loop[-1].status == "converged"
    assert_allclose(len(costs), len(loop), rtol=0.1)


def test_bad_factors_are_named():
    """A scheduler is held to its contract here as in the loop."""
    with pytest.raises(ValueError, match="at iteration t=3"):
        both(problem("moments"), alpha=0.1, scheduler=lambda t, max_iter: 1.0 if t < 3 else -1.0, first_iter=0)


class TestLargestEigenvalue:
    """It is the last of NumPy's eigenvalues."""

    @pytest.mark.parametrize("n", [1, 2, 5, 64, 65, 150])
    @pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
    @pytest.mark.parametrize("form", ["moments", "rows", "sparse"])
    def test_exact(self, n, scale, form):
        """From the moments and row by row, dense or sparse, at any scale."""
        rng = np.random.default_rng(n)
        X, y = scale * rng.normal(size=(200, n)), rng.normal(size=200)
        if form == "moments":
            objective = Quadratic.of(Moments.of(X, y), n, fit_intercept=False, one_target=True)
        else:
            stored = sp.csr_array(X) if form == "sparse" else X
            objective = Rows.of(stored, y, None, fit_intercept=False, scaling=None)
        # ARPACK's 1e-4 is the residual's; the eigenvalue's error is its square over the gap to the next one.
        rtol = 1e-12 if n <= 64 else 1e-6
        assert_allclose(largest_eigenvalue(objective), np.linalg.eigvalsh(X.T @ X / 200)[-1], rtol=rtol)

    @pytest.mark.parametrize("standardize", [False, True])
    def test_estimate_is_safe(self, standardize):
        """For many features an estimate is a little too large, at most by 10 %."""
        rng = np.random.default_rng(0)
        entries = rng.normal(size=150_000), (rng.integers(0, 5000, 150_000), rng.integers(0, 3000, 150_000))
        X, y = sp.csr_array(entries, shape=(5000, 3000)), rng.normal(size=5000)
        scaling = Scaling.of_columns(X) if standardize else None
        L = largest_eigenvalue(Rows.of(X, y, None, fit_intercept=True, scaling=scaling))
        moments = Moments.of(X, y)
        moments = scaling.standardize(moments) if standardize else moments
        exact = largest_eigenvalue(Quadratic.of(moments, 3000, fit_intercept=True, one_target=True))
        assert exact <= L <= 1.1 * exact

    def test_no_curvature(self):
        """Features that are zero have no curvature, and no rounding makes it negative."""
        objective = Quadratic.of(Moments.of(np.zeros((4, 2)), np.ones(4)), 2, fit_intercept=False, one_target=True)
        assert largest_eigenvalue(objective) == 0.0
