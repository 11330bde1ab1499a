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
    optimizer = without_check(settings.optimizer)
    for t, rate in enumerate(settings.rates(np.arange(settings.max_iter)).tolist()):
        gradient = table.gradient(thetas)
        if settings.is_plain:
            moved = table.penalty.step(thetas, gradient, rate)
        else:
            moved, *state = table.penalty.proximal(optimizer)(thetas, gradient, rate, *state)
        stops = None if settings.tol is None else runs & (table.changes(moved - thetas) <= settings.tol)
        thetas = moved
        if watch:
            tell(whole.filled(last, table.finished(thetas), kept))
        if t + 1 == settings.max_iter // 2:
            halfway = whole.filled(halfway, table.finished(thetas), kept)
        if t + 1 == settings.max_iter:
            ran_out[:, kept] = runs if stops is None else runs & ~stops
            stops = runs
        if stops is None or not stops.any():
            continue
        cost, k = np.nonzero(stops)
        table.by_l1(last)[:, cost, kept[k]] = table.by_l1(thetas)[:, cost, k]
        n_iters[cost, kept[k]] = t + 1
        if t + 1 == settings.max_iter:
            break
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
    """Return some of the columns, in the same memory layout."""
    return np.ascontiguousarray(array.swapaxes(0, 1)[..., some]).swapaxes(0, 1)


@dataclass(frozen=True, eq=False)
class _Table:
    """Parameters of several costs with several penalties, in arrays of shape (n_parameters, n_costs, n_columns).

    A column is one target with one `l1`; the targets of an `l1` are adjacent. In memory the costs come first, which
    BLAS reads fastest, and summands have the full shape, because NumPy adds them faster than broadcast ones.

    Attributes
    ----------
    A : ndarray of shape (n_costs, n_rows, n_parameters)
        `Quadratic.A` of each cost.
    a : ndarray of shape (n_rows, n_costs, n_columns)
        `Quadratic.a` of each cost.
    back : ndarray of shape (n_costs, n_parameters, n_rows) or None
        What makes gradients of ``u = A theta - a`` in the centred form, by a product, which adds multiples of the means
        faster than broadcasting.
    start : ndarray of shape (n_parameters, n_costs, n_columns)
        The initial guess.
    penalty : Penalty
        The penalty with the `l1` of each coefficient of each column.
    finish : ndarray of shape (n_costs, 1) or None
        The rates of the steps that make zeros exact, as `LastStep` does; None for plain descent.
    n_targets : int
        The number of targets.
    """

    A: np.ndarray
    a: np.ndarray
    back: np.ndarray | None
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
        n_rows = len(costs[0].A)

        def spread(values: np.ndarray, n_rows: int) -> np.ndarray:
            values = np.broadcast_to(values, (len(costs), n_rows, len(l1s), n_targets)).copy()
            return values.reshape(len(costs), n_rows, -1).swapaxes(0, 1)

        back, finish = None, None
        if costs[0].mean_x is not None:
            back = np.zeros((len(costs), n, n_rows))
            back[:, n - len(costs[0].mean_x) :, 0] = [cost.mean_x for cost in costs]
            back[:, np.arange(n), np.arange(n_rows - n, n_rows)] = 1.0
        if not settings.is_plain:
            finish = np.array([min(settings.alpha, 1.0 / cost.L if cost.L else np.inf) for cost in costs])[
                :, np.newaxis
            ]
        if penalty.positive:
            penalty = replace(penalty, l1=spread(l1s[:, np.newaxis], n - penalty.first))
        else:  # a penalty of 0 on the intercept, because parts of arrays take longer
            own = np.where(np.arange(n) < penalty.first, 0.0, l1s[:, np.newaxis]).T[..., np.newaxis]
            penalty = replace(penalty, l1=spread(own, n), first=0)
        A = np.stack([cost.A for cost in costs])
        a = spread(np.stack([cost.a.reshape(n_rows, 1, n_targets) for cost in costs]), n_rows)
        return cls(A, a, back, spread(theta.reshape(n, 1, n_targets), n), penalty, finish, n_targets)

    def only(self, some: np.ndarray) -> "_Table":
        """Return the table of some columns."""
        penalty = replace(self.penalty, l1=_columns(self.penalty.l1, some))
        return replace(self, a=_columns(self.a, some), start=_columns(self.start, some), penalty=penalty)

    def gradient(self, thetas: np.ndarray) -> np.ndarray:
        """Return the gradients; duplicate columns may be rounded differently here, which does not affect scores."""
        u = self.A @ thetas.swapaxes(0, 1)
        u -= self.a.swapaxes(0, 1)
        return (u if self.back is None else self.back @ u).swapaxes(0, 1)

    def changes(self, moves: np.ndarray) -> np.ndarray:
        """Return the largest changes, of shape (n_costs, n_l1)."""
        changes = np.abs(moves).max(axis=0)
        return changes if self.n_targets == 1 else changes.reshape(len(changes), -1, self.n_targets).max(axis=2)

    def finished(self, thetas: np.ndarray) -> np.ndarray:
        """Return the parameters that a fit would keep if it ended at these iterates."""
        return thetas if self.finish is None else self.penalty.step(thetas, self.gradient(thetas), self.finish)

    def by_l1(self, thetas: np.ndarray) -> np.ndarray:
        """Return a view of shape (n_parameters, n_costs, n_l1, n_targets)."""
        return thetas.reshape(*thetas.shape[:2], -1, self.n_targets)

    def filled(self, all_columns: np.ndarray, thetas: np.ndarray, l1s: np.ndarray) -> np.ndarray:
        """Return a copy of all columns in which those of some penalties are replaced."""
        filled = all_columns.swapaxes(0, 1).copy().swapaxes(0, 1)
        self.by_l1(filled)[:, :, l1s] = self.by_l1(thetas)
        return filled
