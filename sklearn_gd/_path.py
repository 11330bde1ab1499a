"""The path of a descent on least squares: by the loop, and in closed form where that is cheaper."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from sklearn_gd._closed_form import descend_in_closed_form, iterations_worth_the_eigenbasis
from sklearn_gd._descent import descend
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows
from sklearn_gd.optimizers import GradientDescent


class Path(NamedTuple):
    """What is kept of a descent.

    Attributes
    ----------
    costs : ndarray of shape (n_iterates,)
        All costs, that of the initial guess first.
    status : str
        Why it ended: as in `Iterate`, or ``"early_stopped"``.
    last, best : ndarray of the shape of theta
        The last iterate, and the one of the lowest cost; of the lowest validation cost where there is one.
    i_best : int
        The number of `best` among the iterates.
    state : tuple
        The optimizer's state after the last iterate.
    validation_costs : ndarray of shape (n_iterates,) or None
        The costs on the validation rows.
    """

    costs: np.ndarray
    status: Literal["converged", "max_iter", "diverged", "early_stopped"]
    last: np.ndarray
    best: np.ndarray
    i_best: int
    state: tuple = ()
    validation_costs: np.ndarray | None = None


def follow(
    objective: Quadratic | Rows,
    theta: np.ndarray,
    *,
    optimizer: Callable,
    first_iter: int,
    state: tuple,
    validation: Quadratic | Rows | None,
    n_iter_no_change: int,
    report: Callable[[int, np.ndarray, bool], None] | None,
    **options,
) -> Path:
    """Return the path from `theta`.

    Plain descent begins with the loop and goes on in closed form when the loop has cost as much as the eigenbasis;
    the two agree to rounding, so it does not matter where. Every other optimizer is followed by the loop,
    and so is a descent that is watched by a validation cost.

    Parameters
    ----------
    objective : Quadratic or Rows
        The cost.
    theta : ndarray
        The initial guess.
    optimizer, first_iter, state, **options
        Those of `descend`.
    validation : Quadratic, Rows or None
        Another cost of the same parameters, that of the validation rows.
    n_iter_no_change : int
        The descent is stopped early when so many iterates in a row had no lower validation cost than the best one.
    report : callable or None
        Called with the number of the first of some new iterates, their costs, and whether the descent has ended.
    """
    plain = type(optimizer) is GradientDescent and validation is None
    loops = iterations_worth_the_eigenbasis(objective) if plain else np.inf
    costs, validation_costs, lowest = [], [], np.inf
    for iterate in descend(objective, theta, optimizer=optimizer, first_iter=first_iter, state=state, **options):
        status = iterate.status
        costs.append(iterate.cost)
        decisive = iterate.cost
        if validation is not None:
            decisive = validation.value_and_gradient(iterate.theta)[0]
            validation_costs.append(decisive)
        i = len(costs) - 1
        if decisive < lowest or i == 0:
            lowest, best, i_best = decisive, iterate.theta, i
        elif status is None and validation is not None and i - i_best >= n_iter_no_change:
            status = "early_stopped"
        if report:
            report(first_iter + i, costs[-1:], status is not None)
        if status is not None:
            validated = None if validation is None else np.array(validation_costs)
            return Path(np.array(costs), status, iterate.theta, best, i_best, iterate.state, validated)
        if i >= loops:
            break
    stretches, last, n_costs = [np.array(costs)], iterate.theta, len(costs)
    for stretch in descend_in_closed_form(objective, last, first_iter=first_iter + n_costs - 1, **options):
        if report:
            report(first_iter + n_costs, stretch.costs, stretch.status is not None)
        stretches.append(stretch.costs)
        lowest_here = int(np.argmin(np.where(stretch.costs < lowest, stretch.costs, np.inf)))
        if stretch.costs[lowest_here] < lowest:
            lowest, best, i_best = stretch.costs[lowest_here], stretch.theta(lowest_here), n_costs + lowest_here
        n_costs += len(stretch.costs)
        if stretch.status is not None:
            last = best if i_best == n_costs - 1 else stretch.theta(len(stretch.costs) - 1)
            break
    return Path(np.concatenate(stretches), stretch.status, last, best, i_best)
