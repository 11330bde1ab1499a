"""Descents with many penalties on several costs, all at once: each is some columns of a product of matrices."""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    shape, n_l1 = theta.shape, len(l1s)
    table = whole = _Table.of(costs, theta, penalty, l1s, settings)
    thetas, last = table.start, whole.filled(table.start, table.start, np.arange(n_l1))
    halfway = last
    n_iters, running = np.full((len(costs), n_l1), settings.max_iter), np.ones((len(costs), n_l1), dtype=bool)
    # The penalties whose descents go on, on one of the costs at least; the table has their columns alone.
    kept, state, errors = np.arange(n_l1), [], [[] for _ in costs]

    def of_cost(thetas: np.ndarray, number: int) -> np.ndarray:
        return thetas[:, number].reshape(shape[0], n_l1, -1).swapaxes(0, 1).reshape(n_l1, *shape)

    def tell(thetas: np.ndarray) -> None:
        for number, function in enumerate(watch or ()):
            errors[number].append(function(of_cost(thetas, number)))

    tell(thetas)
    for t in range(settings.max_iter):
        gradient, rate = table.gradient(thetas), settings.rate(t)
        if settings.is_plain:
            moved = table.penalty.step(thetas, gradient, rate)
        else:
            moved, *state = table.penalty.proximal(without_check(settings.optimizer))(thetas, gradient, rate, *state)
        stops = None if settings.tol is None else running[:, kept] & (table.changes(moved - thetas) <= settings.tol)
        thetas = moved
        if watch:
            tell(whole.filled(last, table.finished(thetas), kept))
        if t + 1 == settings.max_iter // 2:
            halfway = whole.filled(halfway, table.finished(thetas), kept)
        if t + 1 == settings.max_iter:
            stops = running[:, kept]
        if stops is None or not stops.any():
            continue
        cost, k = np.nonzero(stops)
        table.by_l1(last)[:, cost, kept[k]] = table.by_l1(thetas)[:, cost, k]
        n_iters[cost, kept[k]] = t + 1
        if t + 1 == settings.max_iter:
            break
        running[cost, kept[k]] = False
        goes_on = running[:, kept].any(axis=0)
        if not goes_on.any():
            break
        if goes_on.sum() <= (1.0 - _DROPPED) * len(kept):
            kept, wide = kept[goes_on], np.repeat(goes_on, table.n_targets)
            table, thetas, state = table.only(wide), _columns(thetas, wide), [_columns(part, wide) for part in state]
    last = whole.finished(last)
    return [
        Ended(of_cost(last, number), of_cost(halfway, number), n_iters[number], running[number], errors[number])
        for number in range(len(costs))
    ]


def _columns(array: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Return some of the columns, laid out in memory as all were."""
    return np.ascontiguousarray(array.swapaxes(0, 1)[..., some]).swapaxes(0, 1)


@dataclass(frozen=True, eq=False)
class _Table:
    """Parameters of several costs with several penalties, arrays of shape (n_parameters, n_costs, n_columns).

    A column is one target with one `l1`, the targets of an `l1` one beside the other. In memory the costs come first,
    as BLAS reads them fastest; and what is added is as large as what it is added to, because NumPy is faster then.

    Attributes
    ----------
    A : ndarray of shape (n_costs, n_parameters, n_parameters)
        Those of the costs.
    a, start : ndarray of shape (n_parameters, n_costs, n_columns)
        Those of the costs, and the initial guess.
    mean_x : ndarray of shape (n_features, n_costs, 1) or None
        Those of the costs.
    penalty : Penalty
        With the `l1` of each coefficient of each column.
    finish : ndarray of shape (n_costs, 1) or None
        The rates of the steps that make zeros exact, as `LastStep` does; None in plain descent.
    n_targets : int
        The number of targets.
    """

    A: np.ndarray
    a: np.ndarray
    start: np.ndarray
    mean_x: np.ndarray | None
    penalty: Penalty
    finish: np.ndarray | None
    n_targets: int

    @classmethod
    def of(
        cls, costs: list[Quadratic], theta: np.ndarray, penalty: Penalty, l1s: np.ndarray, settings: Settings
    ) -> "_Table":
        """Return the table of `descend_together`."""
        n, n_targets = len(theta), theta.size // len(theta)
        full = (len(costs), n, len(l1s), n_targets)

        def spread(values: np.ndarray, first: int = 0) -> np.ndarray:
            values = np.broadcast_to(values, (full[0], n - first, *full[2:])).copy()
            return values.reshape(full[0], n - first, -1).swapaxes(0, 1)

        a = spread(np.stack([cost.a.reshape(n, 1, n_targets) for cost in costs]))
        mean_x, finish = None, None
        if costs[0].mean_x is not None:
            mean_x = np.stack([cost.mean_x for cost in costs], axis=1)[..., np.newaxis]
        if not settings.is_plain:
            finish = np.array([min(settings.alpha, 1.0 / cost.L if cost.L else np.inf) for cost in costs])[
                :, np.newaxis
            ]
        penalty = Penalty(spread(l1s[:, np.newaxis], penalty.first), penalty.positive, penalty.first)
        A = np.stack([cost.A for cost in costs])
        return cls(A, a, spread(theta.reshape(n, 1, n_targets)), mean_x, penalty, finish, n_targets)

    def only(self, some: np.ndarray) -> "_Table":
        """Return the table of some columns."""
        penalty = replace(self.penalty, l1=_columns(self.penalty.l1, some))
        return replace(self, a=_columns(self.a, some), start=_columns(self.start, some), penalty=penalty)

    def gradient(self, thetas: np.ndarray) -> np.ndarray:
        """Return the gradients; twins may be rounded apart here, which no score sees."""
        gradient = (self.A @ thetas.swapaxes(0, 1)).swapaxes(0, 1)
        gradient -= self.a
        if self.mean_x is not None:
            gradient[1:] += self.mean_x * gradient[0]
        return gradient

    def changes(self, moves: np.ndarray) -> np.ndarray:
        """Return the largest changes, of shape (n_costs, n_l1)."""
        changes = np.abs(moves).max(axis=0)
        return changes if self.n_targets == 1 else changes.reshape(len(changes), -1, self.n_targets).max(axis=2)

    def finished(self, thetas: np.ndarray) -> np.ndarray:
        """Return what a fit would keep of iterates."""
        return thetas if self.finish is None else self.penalty.step(thetas, self.gradient(thetas), self.finish)

    def by_l1(self, thetas: np.ndarray) -> np.ndarray:
        """Return a view of shape (n_parameters, n_costs, n_l1, n_targets)."""
        return thetas.reshape(*thetas.shape[:2], -1, self.n_targets)

    def filled(self, all_columns: np.ndarray, thetas: np.ndarray, l1s: np.ndarray) -> np.ndarray:
        """Return all columns with those of some penalties in their places."""
        filled = all_columns.swapaxes(0, 1).copy().swapaxes(0, 1)
        self.by_l1(filled)[:, :, l1s] = self.by_l1(thetas)
        return filled
