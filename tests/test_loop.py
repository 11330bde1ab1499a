"""The loop: its iterates, its end, and what it says of plug-ins that break their contract."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_gd._descent.loop import descend, first_iterate
from sklearn_gd._descent.settings import Settings
from sklearn_gd.optimizers import GradientDescent
from sklearn_gd.schedulers import Constant


class Parabola:
    """``J = theta**2 / 2``, whose gradient is theta."""

    def value_and_gradient(self, theta):
        """Return ``J`` and theta."""
        return float(theta @ theta) / 2, theta.copy()


def run(theta=(1.0, -2.0), **options):
    """Return the iterates on a parabola."""
    defaults = {"alpha": 0.5, "optimizer": GradientDescent(), "scheduler": Constant(), "max_iter": 100, "tol": None}
    cost_bound, theta = options.pop("cost_bound", np.inf), np.asarray(theta, dtype=float)
    first = first_iterate(Parabola(), theta)
    return [first, *descend(Parabola(), first, Settings(**defaults | options), cost_bound=cost_bound)]


def test_iterates_halve_the_distance():
    """On ``theta**2 / 2`` with ``alpha = 1/2`` every iterate is half the one before, and its cost a quarter."""
    iterates = run(max_iter=3)
    assert [list(iterate.theta) for iterate in iterates] == [[1, -2], [0.5, -1], [0.25, -0.5], [0.125, -0.25]]
    assert [iterate.cost for iterate in iterates] == [2.5, 0.625, 0.15625, 0.0390625]
    assert [iterate.status for iterate in iterates] == [None, None, None, "max_iter"]


def test_stop_rule_takes_the_largest_move():
    """The descent ends with the first iteration in which no parameter moves by more than `tol`; equality ends it."""
    iterates = run(tol=0.25)  # the second parameter moves by 1, 1/2, 1/4
    assert len(iterates) == 4
    assert iterates[-1].status == "converged"
    assert len(run(tol=np.nextafter(0.25, 0))) == 5


def test_tol_none_never_stops():
    """Without a tolerance even a descent that stands still goes on."""
    iterates = run(theta=(0.0,), tol=None, max_iter=7)
    assert len(iterates) == 8
    assert iterates[-1].status == "max_iter"


def test_a_minimum_stays():
    """A step at a minimum changes nothing, and ends the descent."""
    iterates = run(theta=(0.0, 0.0), tol=0.0)
    assert len(iterates) == 2
    assert_array_equal(iterates[-1].theta, [0.0, 0.0])


def test_cost_bound_ends_the_descent():
    """The first cost above the bound, or not a number, is the last."""
    iterates = run(alpha=3.0, cost_bound=1000.0)
    assert iterates[-1].status == "diverged"
    assert iterates[-1].cost > 1000.0 >= iterates[-2].cost
    nan = run(optimizer=lambda theta, gradient, alpha: theta * np.nan)
    assert len(nan) == 2
    assert nan[-1].status == "diverged"


def test_scheduler_sees_every_iteration():
    """It is called with ``t = 0 .. max_iter - 1`` and scales `alpha`."""
    seen = []
    rates = []

    def scheduler(t, max_iter):
        seen.append((t, max_iter))
        return 1.0 / (t + 1)

    def optimizer(theta, gradient, alpha):
        rates.append(alpha)
        return theta - alpha * gradient

    run(scheduler=scheduler, optimizer=optimizer, max_iter=4)
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert rates == [0.5, 0.25, 0.5 / 3, 0.125]


def test_state_comes_back():
    """What an optimizer returns beside theta is what it gets next time; at first it gets nothing."""
    seen = []

    def counting(theta, gradient, alpha, *state):
        seen.append(state)
        return theta, len(seen), "b"

    run(optimizer=counting, max_iter=3)
    assert seen == [(), (1, "b"), (2, "b")]


def test_plugins_cannot_rewrite_history():
    """An optimizer that steps in place gets NumPy's error, and the caller's initial guess stays as it was."""
    for name in ("theta", "gradient"):

        def in_place(theta, gradient, alpha, name=name):
            theta, gradient = (theta, gradient) if name == "theta" else (gradient, theta)
            theta -= alpha * gradient
            return theta

        with pytest.raises(ValueError, match="read-only"):
            run(optimizer=in_place)


def test_arrays_may_be_reused():
    """The initial guess stays the caller's, and an optimizer may return the same array, or a view of it, each time."""
    buffer = np.empty(2)

    def frugal(theta, gradient, alpha):
        np.subtract(theta, alpha * gradient, out=buffer)
        return buffer[:]

    assert [list(one.theta) for one in run(optimizer=frugal)] == [list(other.theta) for other in run()]
    start = np.array([1.0])
    run(theta=start, max_iter=2)
    start += 1.0
    assert_array_equal(start, [2.0])


@pytest.mark.parametrize("factor", [np.nan, np.inf, -0.1, None, "fast", 1j, [1.0], np.ones(2)], ids=repr)
def test_bad_factors_are_named_with_their_iteration(factor):
    """A scheduler must return a finite number that is not negative."""

    def schedule(t, max_iter):
        return factor if t == 2 else 1.0

    with pytest.raises(
        ValueError,
        match=r"scheduler .*schedule.* at iteration t=2; it must return the factor on alpha, a finite number",
    ):
        run(scheduler=schedule)


@pytest.mark.parametrize("factor", [1, 0, np.float32(0.5), np.int64(1), True], ids=repr)
def test_every_real_number_is_a_factor(factor):
    """Python's and NumPy's real scalars do."""
    assert len(run(scheduler=lambda t, max_iter: factor, max_iter=2)) == 3


@pytest.mark.parametrize(
    "result",
    [None, 1.0, [1.0, 2.0], np.ones(3), np.ones((2, 1)), np.ones(2, dtype=complex), np.ones(2, dtype=int), ()],
    ids=repr,
)
@pytest.mark.parametrize("with_state", [False, True])
def test_wrong_shapes_are_named_with_their_iteration(result, with_state):
    """An optimizer must return an array of the shape of theta."""

    def update(theta, gradient, alpha, t=0):
        wrong = (result, t + 1) if with_state else result
        return wrong if t == 2 or not with_state else (theta - alpha * gradient, t + 1)

    message = (
        r"optimizer .*update.* at iteration t=.; it must return the new theta, an array of shape \(2,\) and dtype float"
    )
    with pytest.raises(ValueError, match=message):
        run(optimizer=update)


def test_minus_infinity_is_no_cost():
    """A cost of minus infinity is no minimum: the descent ends there as it does at any cost that is no number."""

    class Abyss(Parabola):
        def value_and_gradient(self, theta):
            return (-np.inf if theta[0] < 0.3 else theta[0]), np.ones(1)

    settings = Settings(alpha=0.5, optimizer=GradientDescent(), scheduler=Constant(), max_iter=9, tol=1.0)
    first = first_iterate(Abyss(), np.ones(1))
    iterates = list(descend(Abyss(), first, replace(settings, tol=None), cost_bound=np.inf))
    assert [(iterate.status, iterate.cost) for iterate in iterates] == [(None, 0.5), ("diverged", np.inf)]
    (only,) = descend(Abyss(), iterates[0], settings, cost_bound=np.inf, first_iter=8)
    assert (only.status, only.cost) == ("diverged", np.inf), "neither the stop rule nor the last iteration hide it"


def test_the_cost_of_a_divergence_is_told():
    """The last cost is the one that left the bound; where the step itself leaves the numbers, it is infinite."""
    iterates = run(alpha=3.0, cost_bound=1000.0)
    assert iterates[-1].cost == iterates[-1].theta @ iterates[-1].theta / 2.0 < np.inf
    settings = {"cost_bound": np.inf, "max_iter": 3}

    def far(theta, gradient, alpha):
        return np.full(2, np.inf)

    last = run(optimizer=far, **settings)[-1]
    assert (last.status, last.cost) == ("diverged", np.inf)


@pytest.mark.parametrize("cost", [-1.0, 2.0])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_point_that_is_no_point_has_no_cost(number, cost):
    """A theta that is not finite ends the descent, at an infinite cost, whatever the function returns."""

    class Blind(Parabola):
        def value_and_gradient(self, theta):
            return cost, np.zeros(2)

    settings = Settings(
        alpha=0.5,
        optimizer=lambda theta, gradient, alpha: np.array([1.0, number]),
        scheduler=Constant(),
        max_iter=9,
        tol=None,
    )
    (only,) = descend(Blind(), first_iterate(Blind(), np.ones(2)), settings, cost_bound=1.0)
    assert (only.status, only.cost) == ("diverged", np.inf)
