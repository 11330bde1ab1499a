"""A run: the descent from a start, by the loop, and in closed form where that is faster."""

from dataclasses import replace
from itertools import chain

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.closed_form import descend_in_closed_form, loops_before
from sklearn_gd._descent.loop import descend, first_iterate
from sklearn_gd._descent.record import Record, Run
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd.optimizers import auto_alpha, rate_is_a_length

# A descent does not recover from a cost of this many times the larger of the costs at zero and at the initial guess:
# stable rules overshoot by far less, and a diverging descent gets there before any number overflows.
COST_BOUND = 1e10


@np.errstate(over="ignore", invalid="ignore")  # a diverging descent may overflow before it ends
def run(
    problem: Problem,
    start: Start,
    settings: Settings,
    report: Report | None = None,
    *,
    keep_every: int = 0,
    keep_at: int | None = None,
) -> Run:
    """Return the descent of a problem.

    Plain descent starts in the loop and continues in closed form once the loop has taken as long as the eigenbasis
    takes; the two agree to rounding, so it does not matter where. The loop does the whole descent for all other
    optimizers, with early stopping, and with `l1` or `positive`.

    Parameters
    ----------
    problem : Problem
        The problem to solve.
    start : Start
        The start. It may continue an earlier descent, whose iterations ``t`` and ``max_iter`` then include.
    settings : Settings
        The options.
    report : Report or None
        Called with the iterates; it may end the descent.
    keep_every : int
        Every `keep_every`-th iterate is kept; 0 keeps none.
    keep_at : int or None
        The number of one iterate to keep.
    """
    cost, first_iter = problem.cost, start.n_iter
    first = first_iterate(cost, start.theta, start.state)
    alpha = auto_rate(problem, start, settings, first.gradient) if settings.alpha == "auto" else float(settings.alpha)
    options = replace(settings, alpha=alpha, max_iter=first_iter + settings.max_iter)
    bound = COST_BOUND * max(first.cost, cost.zero_cost)
    record = Record(problem, start, settings, alpha, keep_every=keep_every, keep_at=keep_at)
    n_looped = loops_before(cost) if settings.is_plain and record.patience is None else np.inf
    rules = {"penalty": problem.penalty, "largest_change": problem.smooth.largest_change}
    looped = descend(cost, first, options, cost_bound=bound, first_iter=first_iter, **rules)
    for iterate in chain([first], looped):
        record.add(iterate)
        if report:
            record.tell(report)
        if record.status is not None:
            return record.run()
        if record.i >= n_looped:
            break
    bounds = {"cost_bound": bound, "first_iter": first_iter + record.i}
    known = iterate.cost, iterate.gradient
    stretches = descend_in_closed_form(cost, iterate.theta, options, **bounds, known=known)
    for stretch in stretches if report is None else report.cut(stretches, record.i + 1):
        record.add_stretch(stretch)
        if report:
            record.tell(report)
        if record.status == "stopped":
            break
    return record.run()


def auto_rate(problem: Problem, start: Start, settings: Settings, gradient: np.ndarray) -> float:
    """Return the value of ``alpha="auto"`` for the gradient at the start; a rate that is a length keeps its value."""
    if start.auto_length is not None and rate_is_a_length(settings.optimizer):
        return start.auto_length
    return auto_alpha(settings.optimizer, gradient, problem.cost.L)
