"""Descents with many penalties on several costs, all at once: each is some columns of a product of matrices."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._descent.settings import Settings
from sklearn_gd._plugins import without_check
from sklearn_gd.optimizers import GradientDescent, Momentum, Nesterov

# Rules that treat each parameter by itself, so that they may be given many columns. At rates up to 1/L they, and up to
# 2/L plain descent, never leave the bounds of a cost.
_BY_ENTRY = {GradientDescent: 2.0, Momentum: 1.0, Nesterov: 1.0}
# A rate of 1/L is so, but for rounding.
_ROUNDING = 1.0 + 1e-9
# Columns that have ended are dropped when so large a share of them has.
_DROPPED = 0.25


@dataclass(frozen=True, eq=False)
class Ended:
    """Where descents with several `l1` on one cost have ended.

    Attributes
    ----------
    last, halfway : ndarray of shape (n_l1, *shape of theta)
        The last iterates, and those after half of `max_iter`, where a fit of so many iterations would end.
    n_iters : ndarray of shape (n_l1,)
        The iterations done.
    ran_out : ndarray of shape (n_l1,), bool
        Whether the stop rule has not ended them.
    errors : list of ndarray of shape (n_l1, n_targets)
        What was watched, after each iteration; an entry beyond a descent's own end means nothing.
    """

    last: np.ndarray
    halfway: np.ndarray
    n_iters: np.ndarray
    ran_out: np.ndarray
    errors: list[np.ndarray]


def go_together(costs: list[Quadratic], settings: Settings) -> bool:
    """Return whether `descend_together` knows descents with these settings, of which none can diverge."""
    highest = _BY_ENTRY.get(type(settings.optimizer))
    if highest is None or not settings.is_foreseeable or not all(type(cost) is Quadratic for cost in costs):
        return False
    rate = settings.rates(np.arange(settings.max_iter)).max()
    return bool(rate * max(cost.L for cost in costs) <= highest * _ROUNDING)


@np.errstate(over="ignore", invalid="ignore")
def descend_together(
    costs: list[Quadratic],
    theta: np.ndarray,
    penalty: Penalty,
    l1s: np.ndarray,
    settings: Settings,
    watch: list[Callable] | None = None,
) -> list[Ended]:
    """Return where the descents from one point end, for each cost; they are those of `descend` with each `l1`.

    Parameters
    ----------
    costs : list of Quadratic
        The costs without what has no gradient, of equal shapes.
    theta : ndarray
        The initial guess.
    penalty : Penalty
        What has no gradient, for any `l1`.
    l1s : ndarray of shape (n_l1,)
        The penalties.
    settings : Settings
        The options, of which ``alpha`` is a number.
    watch : list of callable or None
        For each cost, what is made of its iterates, an array of shape (n_l1, *shape of theta), at each iteration.
    """
    shape, n_costs, n_l1 = theta.shape, len(costs), len(l1s)
    at_costs = _AtCosts.of(costs)
    thetas = np.empty((shape[0], n_costs, n_l1, *(shape[1:] or (1,))))
    thetas[:] = theta.reshape(shape[0], 1, 1, -1)
    last, halfway = thetas.copy(), thetas.copy()
    n_iters, running = np.full((n_costs, n_l1), settings.max_iter), np.ones((n_costs, n_l1), dtype=bool)
    penalty = Penalty(l1s[:, np.newaxis], penalty.positive, penalty.first)
    finish = _finish(at_costs, penalty, settings)
    columns, state, errors = np.arange(n_l1), (), [[] for _ in costs]

    def of_cost(thetas: np.ndarray, number: int) -> np.ndarray:
        return np.moveaxis(thetas[:, number], 0, 1).reshape(-1, *shape)

    def tell(thetas: np.ndarray) -> None:
        full = last.copy()
        full[:, :, columns] = finish(thetas, columns)
        for number, function in enumerate(watch):
            errors[number].append(function(of_cost(full, number)))

    if watch:
        for number, function in enumerate(watch):
            errors[number].append(function(of_cost(thetas, number)))
    for t in range(settings.max_iter):
        some = Penalty(penalty.l1[columns], penalty.positive, penalty.first)
        gradient, rate = at_costs.gradient(thetas), settings.rate(t)
        if settings.is_plain:
            moved = some.step(thetas, gradient, rate)
        else:
            moved, *state = some.proximal(without_check(settings.optimizer))(thetas, gradient, rate, *state)
        if settings.tol is not None:
            change = np.abs(moved - thetas).max(axis=(0, 3))
            stops = running[:, columns] & (change <= settings.tol)
        thetas = moved
        if watch:
            tell(thetas)
        if t + 1 == settings.max_iter // 2:
            halfway[:, :, columns] = finish(thetas, columns)
        if settings.tol is not None and stops.any():
            cost, column = np.nonzero(stops)
            last[:, cost, columns[column]] = thetas[:, cost, column]
            n_iters[cost, columns[column]] = t + 1
            running[cost, columns[column]] = False
            goes_on = running[:, columns].any(axis=0)
            if not goes_on.any():
                break
            if goes_on.sum() <= (1.0 - _DROPPED) * len(columns):
                columns, thetas = columns[goes_on], thetas[:, :, goes_on]
                state = [part[:, :, goes_on] for part in state]
    else:
        cost, column = np.nonzero(running[:, columns])
        last[:, cost, columns[column]] = thetas[:, cost, column]
    last = finish(last, np.arange(n_l1))
    return [
        Ended(of_cost(last, number), of_cost(halfway, number), n_iters[number], running[number], errors[number])
        for number in range(n_costs)
    ]


@dataclass(frozen=True, eq=False)
class _AtCosts:
    """The gradients of several costs at many points, arrays of shape (n_parameters, n_costs, n_l1, n_targets).

    They are kept in memory as BLAS wants them, the costs first.
    """

    A: np.ndarray
    a: np.ndarray
    mean_x: np.ndarray | None
    L: np.ndarray

    @classmethod
    def of(cls, costs: list[Quadratic]) -> "_AtCosts":
        """Return the gradients of these costs."""
        n = len(costs[0].A)
        a = np.stack([cost.a.reshape(n, 1, -1) for cost in costs], axis=1)
        mean_x = None
        if costs[0].mean_x is not None:
            mean_x = np.stack([cost.mean_x for cost in costs], axis=1)[:, :, np.newaxis, np.newaxis]
        L = np.array([cost.L for cost in costs])[:, np.newaxis, np.newaxis]
        return cls(np.stack([cost.A for cost in costs]), a, mean_x, L)

    def gradient(self, thetas: np.ndarray) -> np.ndarray:
        """Return the gradients; twins may be rounded apart here, which no score sees."""
        n, n_costs, *columns = thetas.shape
        products = self.A @ thetas.swapaxes(0, 1).reshape(n_costs, n, -1)
        gradient = products.reshape(n_costs, n, *columns).swapaxes(0, 1)
        gradient -= self.a
        if self.mean_x is not None:
            gradient[1:] += self.mean_x * gradient[0]
        return gradient


def _finish(at_costs: _AtCosts, penalty: Penalty, settings: Settings) -> Callable:
    """Return what makes the zeros of some columns exact, as `LastStep` does; nothing has to in plain descent."""
    if settings.is_plain:
        return lambda thetas, columns: thetas
    L = at_costs.L
    rate = np.where(L > 0.0, np.minimum(settings.alpha, 1.0 / np.where(L > 0.0, L, 1.0)), settings.alpha)

    def finish(thetas: np.ndarray, columns: np.ndarray) -> np.ndarray:
        some = Penalty(penalty.l1[columns], penalty.positive, penalty.first)
        return some.step(thetas, at_costs.gradient(thetas), rate)

    return finish
