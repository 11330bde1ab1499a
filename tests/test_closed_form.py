"""The closed form: the loop's iterates, exactly where they stand still."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes

from sklearn_gd import GDLinearRegressor
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.closed_form import descend_in_closed_form
from sklearn_gd._descent.loop import descend, first_iterate
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd.optimizers import GradientDescent
from sklearn_gd.schedulers import SCHEDULERS, Constant, Warmup


def problem(form, m=60, n=5, n_targets=None, fit_intercept=True, spread=1.0, noise=1.0):
    """Return a least-squares cost, from the moments or row by row."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, n)) * spread + np.arange(n)
    y = X @ rng.normal(size=(n, n_targets or 1)) + noise * rng.normal(size=(m, n_targets or 1)) + 2.0
    y = y[:, 0] if n_targets is None else y
    return Problem.of(X, y, precompute=form == "moments", fit_intercept=fit_intercept).cost


def both(objective, first_iter=0, **options):
    """Return costs, status, last and best parameters by the loop and in closed form, from the same start."""
    defaults = {"optimizer": GradientDescent(), "scheduler": Constant(), "max_iter": 1000, "tol": None}
    cost_bound = options.pop("cost_bound", 1e100)
    settings = Settings(**defaults | options)
    theta = np.random.default_rng(1).normal(size=objective.shape)
    first = first_iterate(objective, theta)
    loop = [first, *descend(objective, first, settings, cost_bound=cost_bound)]
    theta = loop[first_iter].theta
    with np.errstate(over="ignore", invalid="ignore"):  # a stretch may go on beyond the end of a diverging descent
        stretches = list(
            descend_in_closed_form(objective, theta, settings, cost_bound=cost_bound, first_iter=first_iter)
        )
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
FORMS = [("moments", 60, 5), ("rows", 12, 80)]


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler(form, m, n, scheduler):
    """Under every scheduler the two are one path, stop iteration included."""
    objective = problem(form, m, n)
    tol = 1e-4 if (list(SCHEDULERS).index(scheduler) + (form == "rows")) % 2 else None
    alpha = 1.0 / objective.L
    assert_equal_paths(*both(objective, alpha=alpha, scheduler=SCHEDULERS[scheduler](), tol=tol))


@pytest.mark.parametrize(
    ("form", "m", "n", "l2"), [("moments", 60, 5, 0.0), ("rows", 12, 30, 0.0), ("rows", 12, 30, 0.1)]
)
@pytest.mark.parametrize("scheduler", ["constant", "cosine"])
def test_many_targets(form, m, n, l2, scheduler):
    """Of many targets of all sizes, the same one as in the loop moves last, at every tolerance."""
    rng = np.random.default_rng(0)
    X, sizes = rng.normal(size=(m, n)) + np.arange(n) / n, 10.0 ** rng.uniform(-4.0, 4.0, size=40)
    y = rng.normal(size=(m, 40)) * sizes + sizes
    objective = Problem.of(X, y, precompute=form == "moments", l2=l2).cost
    for tol in (1.0, 1e-3):
        options = {"scheduler": SCHEDULERS[scheduler](), "max_iter": 600, "alpha": 1.0 / objective.L, "tol": tol}
        loop, costs, thetas, status = both(objective, **options)
        assert (len(costs), status) == (len(loop), loop[-1].status)
        # Where rows are fewer than parameters the least cost is 0, which is known to the rounding of the first ones.
        assert_allclose(costs, [iterate.cost for iterate in loop], rtol=1e-9, atol=1e-15 * costs[0])
        assert_allclose(thetas[-1], loop[-1].theta, rtol=1e-9, atol=1e-13 * np.abs(thetas).max())


def test_memory_of_many_targets():
    """A fit of ten times the targets takes ten times the memory and not a hundred times, with or without `tol`."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 20)), rng.normal(size=(60, 1000))
    for tol in (1e-4, None):
        peaks = []
        for n_targets in (100, 1000):
            tracemalloc.start()
            GDLinearRegressor(tol=tol).fit(X, Y[:, :n_targets])
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] <= 12.0 * peaks[0]  # and room for what doesn't depend on the targets to be small


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("n_targets", [None, 1, 3])
@pytest.mark.parametrize(("share", "fit_intercept"), [(0.01, True), (1.0, True), (1.0, False), (1.9, False)])
def test_every_shape_and_rate(form, m, n, n_targets, share, fit_intercept):
    """So they are with and without an intercept, for several targets, and on either side of ``1 / L``."""
    objective = problem(form, m, n, n_targets, fit_intercept)
    assert_equal_paths(*both(objective, alpha=share / objective.L, tol=1e-5))


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
def test_divergence(form, m, n):
    """A diverging descent leaves its bound at the same iteration."""
    objective = problem(form, m, n)
    loop, costs, thetas, status = both(objective, alpha=2.5 / objective.L, cost_bound=1e12)
    assert status == "diverged"
    assert_equal_paths(loop, costs, thetas, status)


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
@pytest.mark.parametrize("first_iter", [1, 17, 500])
def test_hand_over_at_any_iteration(form, m, n, first_iter):
    """The closed form goes on wherever the loop stopped, under a scheduler that knows the time."""
    objective = problem(form, m, n)
    alpha = 1.0 / objective.L
    assert_equal_paths(*both(objective, first_iter, alpha=alpha, scheduler=SCHEDULERS["cosine"]()))


@pytest.mark.parametrize("spread", [[1e-3, 1.0, 1e3, 1.0, 1.0], [1e-4] * 5])
def test_badly_scaled_columns(spread):
    """Small parameters beside large ones, and costs of flat directions, keep their digits."""
    objective = problem("moments", spread=np.array(spread))
    assert_equal_paths(*both(objective, alpha=1.0 / objective.L))


def test_perfect_fit():
    """On noise-free data the cost falls by twenty orders of magnitude, in both."""
    objective = problem("moments", noise=0.0)
    loop, costs, _, _ = both(objective, alpha=1.0 / objective.L, max_iter=3000)
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
    objective = Problem.of(X, y).cost
    loop, costs, thetas, status = both(objective, alpha=0.3)
    assert_equal_paths(loop, costs, thetas, status)
    start = np.random.default_rng(1).normal(size=5)
    assert_allclose(thetas[:, 1] - thetas[:, 4], start[1] - start[4], atol=1e-12)


def test_tolerance_near_rounding():
    """Where rounding is about to swallow the steps, the two still end within some iterations of each other."""
    objective = problem("moments", fit_intercept=False, spread=10.0)
    # The moves are rounded to eps of theta, twice in the loop; 16 eps is above that by a factor that the moves cross
    # in some per cent of the iterations.
    tol = 16.0 * np.finfo(float).eps * np.abs(objective.theta_star).max()
    loop, costs, _, status = both(objective, alpha=1.0 / objective.L, tol=tol)
    assert status == loop[-1].status == "converged"
    assert_allclose(len(costs), len(loop), rtol=0.1)


def test_tolerance_of_zero():
    """Below rounding the one may stand still and the other swing by a last bit; both are at the minimum by then."""
    objective = problem("moments", fit_intercept=False, spread=10.0)
    loop, costs, thetas, _ = both(objective, alpha=1.0 / objective.L, tol=0.0)
    for theta in (loop[-1].theta, thetas[-1]):
        # A rounding of the gradient, eps * L * theta, is one of the condition number in theta, which is near 10 here.
        assert_allclose(theta, objective.theta_star, rtol=1e-13)
    assert_allclose(costs[-1], objective.minimum, rtol=1e-14)


def three_targets(y):
    """Return three targets made of one."""
    return np.column_stack([y, -y, np.sqrt(y)])


class TestStandsStill:
    """What the data cannot move stays exactly where it was, after millions of iterations as in the loop."""

    @pytest.fixture(params=[True, False])
    def fit(self, request):
        """Return a function that descends on the diabetes data with some columns more."""
        X, y = load_diabetes(return_X_y=True)
        X = (X - X.mean(axis=0)) / X.std(axis=0)

        def fit(*columns, targets=None, **options):
            options = {"alpha": 0.1, "max_iter": 10_000_000, "tol": None, "fit_intercept": request.param} | options
            model = GDLinearRegressor(**options)
            model.fit(np.column_stack([X, *(column(X) for column in columns)]), y if targets is None else targets(y))
            return model

        return fit

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # without an intercept
    @pytest.mark.parametrize(
        ("fit", "targets", "max_iter"),
        [(True, None, 10_000_000), (True, three_targets, 1_000_000), (False, None, 1_000_000)],
        ids=["True-one", "True-three", "False-one"],
        indirect=["fit"],
    )
    def test_twins_zeros_and_constants(self, fit, targets, max_iter):
        """Equal columns keep equal coefficients, zero columns theirs, a column of ones the intercept's."""
        model = fit(
            lambda X: X[:, 0],
            lambda X: np.zeros(len(X)),
            lambda X: X[:, 0],
            lambda X: np.ones(len(X)),
            lambda X: np.ones(len(X)),
            lambda X: -2.0 * X[:, 3],
            targets=targets,
            max_iter=max_iter,
        )
        coef = np.atleast_2d(model.coef_)
        assert_allclose(coef[:, 10], coef[:, 0], rtol=0.0, atol=1e-13)
        assert_allclose(coef[:, 12], coef[:, 0], rtol=0.0, atol=1e-13)
        assert_array_equal(coef[:, 11], 0.0)
        assert_allclose(coef[:, 14], coef[:, 13], rtol=0.0, atol=1e-13)
        # The constant's mean and the multiple's scale are rounded to an eps or two of coefficients near 100.
        assert_allclose(coef[:, 15], -2.0 * coef[:, 3], rtol=1e-14)
        if model.fit_intercept:
            assert_allclose(coef[:, 13], model.intercept_, rtol=1e-14)

    @pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of one iteration
    def test_the_initial_difference_stays(self, fit):
        """Twins that begin apart stay as far apart, and a zero column keeps its beginning to the last bit."""
        first = int(fit(max_iter=1).fit_intercept)
        init = np.zeros(first + 12)
        init[first], init[first + 10], init[first + 11] = 3.0, -1.0, 0.1
        model = fit(lambda X: X[:, 0], lambda X: np.zeros(len(X)), init=init, max_iter=1_000_000)
        assert_allclose(model.coef_[0] - model.coef_[10], 4.0, rtol=0.0, atol=1e-13)
        assert model.coef_[11] == 0.1

    def test_sums_do_not_drift(self, fit):
        """A column that is the sum of two others has a direction without curvature, that gets nothing."""
        short, long = (fit(lambda X: X[:, 0] + X[:, 1], max_iter=n) for n in (100_000, 2_000_000))
        # 1e-13 of rounding in the eigenvectors, times the condition number 500.
        assert_allclose(long.coef_, short.coef_, rtol=1e-10)


def test_bad_factors_are_named():
    """A scheduler is held to its contract here as in the loop."""
    with pytest.raises(ValueError, match="at iteration t=3"):
        both(problem("moments"), alpha=0.1, scheduler=lambda t, max_iter: 1.0 if t < 3 else -1.0, first_iter=0)


@pytest.mark.parametrize(("form", "m", "n"), FORMS)
def test_a_users_scheduler_is_hardly_asked_beyond_the_end(form, m, n):
    """It is asked once for each iteration, in order, and for no more than 32 after the last, however long the descent.

    32 is the length of a stretch, which ends at the same iteration as the loop.
    """
    asked = []

    def schedule(t, max_iter):
        asked.append(t)
        return 1.0

    objective = problem(form, m, n, spread=[1.0, 0.1, 0.2, 1.0, 1.0] if n == 5 else 1.0)
    tol = 1e-4 if form == "moments" else 1e-6  # five thousand iterations, and five hundred
    settings = Settings(
        alpha=0.02 / objective.L, optimizer=GradientDescent(), scheduler=schedule, max_iter=10**6, tol=tol
    )
    theta = np.ones(objective.shape)
    stretches = list(descend_in_closed_form(objective, theta, settings, cost_bound=1e100, first_iter=0))
    n_iter = sum(len(stretch.costs) for stretch in stretches)
    assert stretches[-1].status == "converged"
    assert n_iter > 500, "long enough to tell"
    assert asked == list(range(len(asked)))
    assert n_iter <= len(asked) <= n_iter + 32


@pytest.mark.parametrize("scheduler", [lambda own: own, Warmup, lambda own: Warmup(Warmup(own, warmup_steps=3))])
def test_a_schedule_of_ones_own_is_asked_for_numbers(scheduler):
    """A user's function gets whole numbers one after the other, be it by itself or after a built-in rise."""
    asked = []

    def own(t, max_iter):
        assert isinstance(t, int)
        asked.append(t)
        return 0.99**t if t < max_iter else 0.0

    objective = problem("moments")
    loop, costs, thetas, status = both(objective, alpha=1.0 / objective.L, scheduler=scheduler(own), max_iter=200)
    assert_equal_paths(loop, costs, thetas, status)
    half = len(asked) // 2  # the loop's, and the closed form's
    assert asked[:half] == asked[half:] == list(range(half))


def test_steps_below_rounding_are_no_moves():
    """With a tolerance of zero it ends when every step is less than half a rounding of its parameter, at the latest."""
    objective = problem("moments")
    alpha = 1.0 / objective.L
    settings = Settings(alpha=alpha, optimizer=GradientDescent(), scheduler=Constant(), max_iter=10**6, tol=0.0)
    theta = np.random.default_rng(1).normal(size=objective.shape)
    stretches = list(descend_in_closed_form(objective, theta, settings, cost_bound=1e100, first_iter=0))
    assert stretches[-1].status == "converged"
    end = stretches[-1].theta(len(stretches[-1].costs) - 1)
    step = alpha * np.linalg.norm(objective.value_and_gradient(theta)[1])
    # Every mode shrinks by 1 - alpha lam, the slowest by 1 - alpha mu; half a rounding is at least eps / 4 of a number.
    enough = np.log(np.finfo(float).eps / 4.0 * np.abs(end).min() / step) / np.log1p(-alpha * objective.extremes[1])
    assert sum(len(stretch.costs) for stretch in stretches) <= enough + 2


@pytest.mark.parametrize("unit", [2.0**-400, 2.0**400])
def test_gradients_whose_squares_leave_the_range(unit):
    """The iterates and the stop are those of ordinary numbers, where the rate is as much smaller or larger."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))
    made = []
    for factor in (1.0, unit):
        of_unit = Problem.of(factor * X, factor * y, fit_intercept=False)
        options = {"alpha": 0.1 / factor / factor, "optimizer": "gd", "scheduler": "constant", "max_iter": 5000}
        made.append(run(of_unit, Start(np.zeros((5, 2))), Settings.of("me", options | {"tol": 1e-9})))
    assert made[0].status == made[1].status == "converged"
    assert made[0].n_iter == made[1].n_iter
    # LAPACK scales matrices of such numbers, by no power of two.
    assert_allclose(made[0].last, made[1].last, rtol=1e-9)
