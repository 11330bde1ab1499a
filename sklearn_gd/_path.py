"""The path of a descent on least squares: by the loop, and in closed form where that is cheaper."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from sklearn_gd._descent import descend
from sklearn_gd._objectives import Quadratic, Rows
from sklearn_gd._spectrum import descend_in_closed_form, iterations_worth_the_eigenbasis
from sklearn_gd.optimizers import GradientDescent


class Path(NamedTuple):
    """What is kept of a descent: all costs, why it ended, the last iterate, and the one of the lowest cost."""

    costs: np.ndarray
    status: Literal["converged", "max_iter", "diverged"]
    last: np.ndarray
    best: np.ndarray


def follow(
    objective: Quadratic | Rows,
    theta: np.ndarray,
    *,
    alpha: float,
    optimizer: Callable,
    scheduler: Callable[[int, int], float],
    max_iter: int,
    tol: float | None,
    cost_bound: float,
    report: Callable[[int, np.ndarray, bool], None] | None,
) -> Path:
    """Return the path from `theta`.

    Plain descent begins with the loop and goes on in closed form when the loop has cost as much as the eigenbasis;
    the two agree to rounding, so it does not matter where. Every other optimizer is followed by the loop.

    Parameters
    ----------
    report : callable or None
        Called with the number of the first of some new iterates, their costs, and whether the descent has ended.

    The others are those of `descend`.
    """
    options = {"alpha": alpha, "scheduler": scheduler, "max_iter": max_iter, "tol": tol, "cost_bound": cost_bound}
    loops = iterations_worth_the_eigenbasis(objective) if type(optimizer) is GradientDescent else np.inf
    costs, lowest = [], np.inf
    for iterate in descend(objective, theta, optimizer=optimizer, **options):
        costs.append(iterate.cost)
        last = iterate.theta
        if iterate.cost < lowest or len(costs) == 1:
            lowest, best = iterate.cost, last
        if report:
            report(len(costs) - 1, costs[-1:], iterate.status is not None)
        if iterate.status is not None:
            return Path(np.array(costs), iterate.status, last, best)
        if len(costs) > loops:
            break
    stretches = [np.array(costs)]
    for stretch in descend_in_closed_form(objective, last, first_iter=len(costs) - 1, **options):
        if report:
            report(sum(map(len, stretches)), stretch.costs, stretch.status is not None)
        stretches.append(stretch.costs)
        lowest_here = int(np.argmin(np.where(stretch.costs < lowest, stretch.costs, np.inf)))
        if stretch.costs[lowest_here] < lowest:
            lowest, best = stretch.costs[lowest_here], stretch.theta(lowest_here)
        if stretch.status is not None:
            is_best = lowest_here == len(stretch.costs) - 1 and lowest == stretch.costs[-1]
            last = best if is_best else stretch.theta(len(stretch.costs) - 1)
            break
    return Path(np.concatenate(stretches), stretch.status, last, best)
