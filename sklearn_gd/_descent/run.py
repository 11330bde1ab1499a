"""A run: the descent of a problem from a start, by the loop, and in closed form where that is cheaper."""

import math
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Literal

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.closed_form import descend_in_closed_form, loops_before
from sklearn_gd._descent.loop import descend, first_iterate
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import End, Start
from sklearn_gd._plugins import snapshot
from sklearn_gd.optimizers import OPTIMIZERS, auto_alpha, rate_is_a_length
from sklearn_gd.schedulers import SCHEDULERS

# A descent whose cost is this many times the larger of the costs at zero and at the initial guess won't come back:
# stable rules overshoot by far less, and a diverging one gets there before any number overflows.
COST_BOUND = 1e10


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """What happened in a descent.

    Attributes
    ----------
    start : Start
        Where it began.
    settings : Settings
        Its options, as they were given.
    alpha : float
        The learning rate that was used.
    costs : ndarray of shape (n_iterates,)
        All costs, that of the start first.
    rates : ndarray of shape (n_iterates - 1,)
        The rates ``alpha_t``.
    status : {"converged", "max_iter", "diverged", "early_stopped", "stopped"}
        Why it ended.
    last, best : ndarray of the shape of theta
        The last iterate, and the one of the lowest cost; of the lowest validation cost where there is one.
    i_best : int
        The number of `best` among the iterates.
    state : tuple
        The optimizer's state after the last iterate.
    validation_errors : ndarray of shape (n_iterates, n_targets) or None
        The mean squared errors on the validation rows.
    thetas : list of ndarray
        Every so-many-th iterate, that of the start first, if they were to be kept.
    kept : ndarray or None
        The one iterate that was to be kept, if the descent got there.
    pace : float
        The seconds that an iteration of the loop took; NaN where the loop did none.
    """

    start: Start
    settings: Settings
    alpha: float
    costs: np.ndarray
    rates: np.ndarray
    status: Literal["converged", "max_iter", "diverged", "early_stopped", "stopped"]
    last: np.ndarray
    best: np.ndarray
    i_best: int
    state: tuple = ()
    validation_errors: np.ndarray | None = None
    thetas: list[np.ndarray] = field(default_factory=list)
    kept: np.ndarray | None = None
    pace: float = math.nan

    @property
    def n_iter(self) -> int:
        """The number of the last iteration; of all, where the descent went on from another one."""
        return self.start.n_iter + len(self.rates)

    @property
    def validation_costs(self) -> np.ndarray | None:
        """The costs on the validation rows, without the penalty, or None."""
        return None if self.validation_errors is None else self.validation_errors.sum(axis=1) / 2.0

    @property
    def history(self) -> np.ndarray:
        """All costs, those before the start included."""
        return np.concatenate([self.start.costs, self.costs]) if self.start.costs.size else self.costs

    def end(self, problem: Problem, coef: np.ndarray, intercept) -> End:
        """Return the end, to go on from, of a descent whose last iterate has these attributes."""
        length = self.alpha if self.settings.alpha == "auto" else None
        start = Start(self.last, self.n_iter, self.state, self.history[:-1], length)
        rules = snapshot(self.settings.optimizer, OPTIMIZERS), snapshot(self.settings.scheduler, SCHEDULERS)
        return End(start, *rules, problem.scaling, coef.copy(), np.copy(intercept))


@np.errstate(over="ignore", invalid="ignore")  # a diverging descent ends before it does harm
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

    Plain descent begins with the loop and goes on in closed form when the loop has cost as much as the eigenbasis;
    the two agree to rounding, so it does not matter where. Every other optimizer is followed by the loop,
    and so is a descent that a validation cost may end.

    Parameters
    ----------
    problem : Problem
        What is descended.
    start : Start
        Where it begins. It may go on from an earlier descent: ``t`` counts on, and ``max_iter`` is that of both.
    settings : Settings
        The options.
    report : Report or None
        What is told of the iterates, and may end the descent.
    keep_every : int
        Every so-many-th iterate is kept; none for 0.
    keep_at : int or None
        The number of one iterate that is kept.
    """
    cost, validation, first_iter = problem.cost, problem.validation, start.n_iter
    iterate = first_iterate(cost, start.theta, start.state)
    alpha = auto_rate(problem, start, settings, iterate.gradient) if settings.alpha == "auto" else float(settings.alpha)
    options = settings
    if type(settings.alpha) is not float or first_iter:
        options = replace(settings, alpha=alpha, max_iter=first_iter + settings.max_iter)
    bound = COST_BOUND * max(iterate.cost, cost.zero_cost)
    patience = None if validation is None else settings.n_iter_no_change
    loops = loops_before(cost) if settings.is_plain and patience is None else np.inf
    iterates = descend(cost, iterate, options, cost_bound=bound, first_iter=first_iter)
    costs, rates, stretched, errors, thetas, part, lowest, i = [], [], [], [], [], None, np.inf, 0
    began, looped, kept = perf_counter(), None, None

    def so_far() -> Run:
        n_looped, seconds = looped or (i, perf_counter() - began)
        last = part.theta(len(part.costs) - 1) if part else iterate.theta
        return Run(
            start=start,
            settings=settings,
            alpha=alpha,
            costs=np.concatenate([costs, *(some for some, _ in stretched)]),
            rates=np.concatenate([rates, *(some for _, some in stretched)]),
            status=status or "stopped",
            last=last,
            best=last if i_best == i else best() if callable(best) else best,
            i_best=i_best,
            state=iterate.state,
            validation_errors=np.concatenate(errors) if errors else None,
            thetas=thetas,
            kept=kept,
            pace=seconds / n_looped if n_looped else math.nan,
        )

    while True:
        status, decisive = iterate.status, iterate.cost
        costs.append(iterate.cost)
        if keep_every and i % keep_every == 0:
            thetas.append(iterate.theta)
        if i == keep_at:
            kept = iterate.theta
        if validation is not None:
            errors.append(validation.squared_errors(iterate.theta[np.newaxis]))
            decisive = float(errors[-1].sum()) / 2.0
        if decisive < lowest or i == 0:
            lowest, best, i_best = decisive, iterate.theta, i
        elif status is None and patience is not None and i - i_best >= patience:
            status = "early_stopped"
        if report and report(first_iter, i, costs[-1:], status is not None, so_far):
            status = "stopped"
        if status is not None:
            return so_far()
        if i >= loops:
            break
        iterate, i = next(iterates), i + 1
        rates.append(iterate.rate)

    looped = i, perf_counter() - began
    stretches = descend_in_closed_form(cost, iterate.theta, options, cost_bound=bound, first_iter=first_iter + i)
    for part in stretches if report is None else report.cut(stretches, i + 1):
        first, i, decisive, status = i + 1, i + len(part.costs), part.costs, part.status
        stretched.append((part.costs, part.rates))
        if keep_every:
            thetas += list(part.thetas()[-first % keep_every :: keep_every].copy())
        if keep_at is not None and first <= keep_at <= i:
            kept = part.theta(keep_at - first)
        if validation is not None:
            errors.append(validation.squared_errors(part.thetas()))
            decisive = errors[-1].sum(axis=1) / 2.0
        k = int(np.argmin(np.where(decisive < lowest, decisive, np.inf)))
        if decisive[k] < lowest:
            lowest, best, i_best = decisive[k], partial(part.theta, k), first + k
        if report and report(first_iter, first, part.costs, status is not None, so_far):
            status = "stopped"
            break
    return so_far()


def auto_rate(problem: Problem, start: Start, settings: Settings, gradient: np.ndarray) -> float:
    """Return what ``alpha="auto"`` stands for, with the gradient at the start; a length stays what it was."""
    if start.auto_length is not None and rate_is_a_length(settings.optimizer):
        return start.auto_length
    return auto_alpha(settings.optimizer, gradient, problem.cost.L)
