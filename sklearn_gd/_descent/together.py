"""Descents with many penalties on several costs at once: each takes up some columns of a matrix product."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._descent.settings import Settings
from sklearn_gd._plugins import without_check
from sklearn_gd.optimizers import GradientDescent, Momentum, Nesterov

# Element-wise rules, which may be given many columns, and the multiples of 1/L up to which they never diverge.
_BY_ENTRY = {GradientDescent: 2.0, Momentum: 1.0, Nesterov: 1.0}
# The tolerance for the rounding of a rate of 1/L.
_ROUNDING = 1.0 + 1e-9
# The stopping criterion is looked at for this many iterations at once, because each look takes several calls.
_AT_A_TIME = 8
# Columns of descents that have ended are dropped when they are at least this share of all columns.
_DROPPED = 0.25


@dataclass(frozen=True, eq=False)
class Ended:
    """The ends of descents with several `l1` on one cost.

    Attributes
    ----------
    last, halfway : ndarray of shape (n_l1, *shape of theta)
        The last iterates, and those after half of `max_iter`, at which a fit with half as many iterations would end.
    n_iters : ndarray of shape (n_l1,)
        The numbers of iterations.
    ran_out : ndarray of shape (n_l1,), bool
        Which descents ran out of iterations.
    errors : list of ndarray of shape (n_l1, n_targets)
        The errors that were watched, after each iteration; entries after the end of a descent are meaningless.
    """

    last: np.ndarray
    halfway: np.ndarray
    n_iters: np.ndarray
    ran_out: np.ndarray
    errors: list[np.ndarray]


def go_together(costs: list[Quadratic], settings: Settings) -> bool:
    """Return whether `descend_together` supports these settings, with which no descent can diverge."""
    highest = _BY_ENTRY.get(type(settings.optimizer))
    if highest is None or not settings.is_foreseeable or not all(type(cost) is Quadratic for cost in costs):
        return False
    # Without an intercept, the form of each cost depends on the means of its rows.
    if len({cost.A.shape for cost in costs}) > 1:
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
    """Return for each cost the ends of the descents from one point, which are those of `descend` with each `l1`.

    Parameters
    ----------
    costs : list of Quadratic
        The smooth parts of the costs, of equal shapes.
    theta : ndarray
        The initial guess.
    penalty : Penalty
        The part that has no gradient, for any `l1`.
    l1s : ndarray of shape (n_l1,)
        The penalties.
    settings : Settings
        The options; ``alpha`` is a number.
    watch : list of callable or None
        For each cost, a function that is called with its iterates, of shape (n_l1, *shape of theta), in each iteration
        and returns their errors.
    """
    shape, n_l1 = theta.shape, len(l1s)
    table = whole = _Table.of(costs, theta, penalty, l1s, settings)
    thetas, last = table.start, whole.filled(table.start, table.start, np.arange(n_l1))
    halfway = last
    n_iters, running = np.full((len(costs), n_l1), settings.max_iter), np.ones((len(costs), n_l1), dtype=bool)
    ran_out = np.zeros_like(running)
    # The penalties whose descents continue on at least one of the costs; the table has only their columns.
    kept, runs = np.arange(n_l1), running
    state, errors = [], [[] for _ in costs]

    def of_cost(thetas: np.ndarray, number: int) -> np.ndarray:
        return thetas[:, number].reshape(shape[0], n_l1, -1).swapaxes(0, 1).reshape(n_l1, *shape)

    def tell(thetas: np.ndarray) -> None:
        for number, function in enumerate(watch or ()):
            errors[number].append(function(of_cost(thetas, number)))

    tell(thetas)
    optimizer, rates = without_check(settings.optimizer), settings.rates(np.arange(settings.max_iter)).tolist()
    tol = -1.0 if settings.tol is None else settings.tol  # no change is negative
    for first in range(0, settings.max_iter, _AT_A_TIME):
        step, some_rates = table.step(optimizer, is_plain=settings.is_plain), rates[first : first + _AT_A_TIME]
        iterates = np.empty((1 + len(some_rates), *thetas.shape))
        iterates[0] = thetas
        for t, rate in enumerate(some_rates, first + 1):
            thetas, *state = step(thetas, table.gradient(thetas), rate, *state)
            iterates[t - first] = thetas
            if watch:
                tell(whole.filled(last, table.finished(thetas), kept))
            if t == settings.max_iter // 2:
                halfway = whole.filled(halfway, table.finished(thetas), kept)
        stops = runs & (table.changes(iterates) <= tol)
        if t == settings.max_iter:
            ran_out[:, kept] = runs & ~stops.any(axis=0)
            stops[-1] |= ran_out[:, kept]
        cost, k = np.nonzero(stops.any(axis=0))
        if not cost.size:
            continue
        after = 1 + stops[:, cost, k].argmax(axis=0)  # as many iterations of these
        table.by_l1(last)[:, cost, kept[k]] = table.by_l1(iterates)[after, :, cost, k].swapaxes(0, 1)
        n_iters[cost, kept[k]] = first + after
        running[cost, kept[k]] = False
        runs = running[:, kept]
        goes_on = runs.any(axis=0)
        if not goes_on.any():
            break
        if goes_on.sum() <= (1.0 - _DROPPED) * len(kept):
            kept, runs, wide = kept[goes_on], runs[:, goes_on], np.repeat(goes_on, table.n_targets)
            table, thetas, state = table.only(wide), _columns(thetas, wide), [_columns(part, wide) for part in state]
    last = whole.finished(last)
    return [
        Ended(of_cost(last, number), of_cost(halfway, number), n_iters[number], ran_out[number], errors[number])
        for number in range(len(costs))
    ]


def _columns(array: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Return some of the columns, in a contiguous array, which indexing would not return."""
    return np.compress(some, array, axis=-1)


@dataclass(frozen=True, eq=False)
class _Table:
    """Parameters of several costs with several penalties, in arrays of shape (n_parameters, n_costs, n_columns).

    A column is one target with one `l1`; the targets of an `l1` are adjacent. Arrays are contiguous and summands have
    the full shape, because NumPy adds such arrays fastest.

    Attributes
    ----------
    H : ndarray of shape (n_costs, n_parameters, n_parameters)
        The Hessians. Means far from zero make them lose digits, of which a rate below ``2 / L`` leaves a rounding error
        of the parameters in each iteration.
    h : ndarray of shape (n_parameters, n_costs, n_columns)
        The negative gradients at zero.
    start : ndarray of shape (n_parameters, n_costs, n_columns)
        The initial guess.
    penalty : Penalty
        The penalty with the `l1` of each coefficient of each column.
    finish : ndarray of shape (n_costs, 1) or None
        The rates of the steps that make zeros exact, as `LastStep` does; None for plain descent.
    n_targets : int
        The number of targets.
    """

    H: np.ndarray
    h: np.ndarray
    start: np.ndarray
    penalty: Penalty
    finish: np.ndarray | None
    n_targets: int

    @classmethod
    def of(
        cls, costs: list[Quadratic], theta: np.ndarray, penalty: Penalty, l1s: np.ndarray, settings: Settings
    ) -> "_Table":
        """Return the table of `descend_together`."""
        n, n_targets = len(theta), theta.size // len(theta)

        def spread(values: np.ndarray, n_rows: int = n) -> np.ndarray:
            values = np.broadcast_to(values, (n_rows, len(costs), len(l1s), n_targets))
            return values.reshape(n_rows, len(costs), -1).copy()

        H, finish = np.array([cost.H for cost in costs]), None
        h = np.array([-cost.value_and_gradient(np.zeros_like(theta))[1] for cost in costs])
        if not settings.is_plain:
            finish = np.array([min(settings.alpha, 1.0 / cost.L if cost.L else np.inf) for cost in costs])[
                :, np.newaxis
            ]
        if penalty.positive:
            penalty = replace(penalty, l1=spread(l1s[:, np.newaxis], n - penalty.first))
        else:  # a penalty of 0 on the intercept, because parts of arrays take longer
            own = np.where(np.arange(n) < penalty.first, 0.0, l1s[:, np.newaxis]).T
            penalty = replace(penalty, l1=spread(own[:, np.newaxis, :, np.newaxis]), first=0)
        h = h.reshape(len(costs), n, 1, n_targets).swapaxes(0, 1)
        return cls(H, spread(h), spread(theta.reshape(n, 1, 1, n_targets)), penalty, finish, n_targets)

    def only(self, some: np.ndarray) -> "_Table":
        """Return the table of some columns."""
        penalty = replace(self.penalty, l1=_columns(self.penalty.l1, some))
        return replace(self, h=_columns(self.h, some), start=_columns(self.start, some), penalty=penalty)

    def gradient(self, thetas: np.ndarray) -> np.ndarray:
        """Return the gradients; duplicate columns may be rounded differently here, which does not affect scores."""
        gradient = np.empty_like(thetas)
        np.matmul(self.H, thetas.swapaxes(0, 1), out=gradient.swapaxes(0, 1))
        gradient -= self.h
        return gradient

    def step(self, optimizer: Callable, *, is_plain: bool) -> Callable:
        """Return the function ``(thetas, gradient, rate, *state) -> (thetas, *state)`` of one iteration."""
        if is_plain:
            return lambda thetas, gradient, rate: (self.penalty.step(thetas, gradient, rate),)
        return self.penalty.proximal(optimizer)

    def changes(self, iterates: np.ndarray) -> np.ndarray:
        """Return the largest changes from one iterate to the next, of shape (n_iterates - 1, n_costs, n_l1)."""
        moves = iterates[1:] - iterates[:-1]
        changes = np.abs(moves, out=moves).max(axis=1)
        return changes if self.n_targets == 1 else self.by_l1(changes).max(axis=-1)

    def finished(self, thetas: np.ndarray) -> np.ndarray:
        """Return the parameters that a fit would keep if it ended at these iterates."""
        return thetas if self.finish is None else self.penalty.step(thetas, self.gradient(thetas), self.finish)

    def by_l1(self, thetas: np.ndarray) -> np.ndarray:
        """Return a view whose last axis, of columns, is split into two, of shape (n_l1, n_targets)."""
        return thetas.reshape(*thetas.shape[:-1], -1, self.n_targets)

    def filled(self, all_columns: np.ndarray, thetas: np.ndarray, l1s: np.ndarray) -> np.ndarray:
        """Return a copy of all columns in which those of some penalties are replaced."""
        filled = all_columns.copy()
        self.by_l1(filled)[:, :, l1s] = self.by_l1(thetas)
        return filled
