"""The parameters that turn a poor fit into a good fit of the same model: predicted without trying them."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import scale_ratio
from sklearn_gd._verdict.case import Case
from sklearn_gd._verdict.forecast import PREDICTABLE, Outlook
from sklearn_gd.optimizers import GradientDescent, Nesterov

# A remedy takes at most this many iterations, and this many seconds at the measured pace.
_MOST_ITERATIONS, _MOST_SECONDS = 1_000_000, 60.0
# After a fit of fewer than _SHORT iterations, the first remedy with at most _SHORTLY iterations is taken: looking for a
# better one would take longer than the fit.
_SHORT, _SHORTLY = 16, 1000
# Up to this many iterations take no time, whatever their pace.
_FEW_ITERATIONS = 100
# Scaling gains nothing for columns whose variances differ by a factor of at most _ONE_SCALE, and whose means are at
# most the share _CENTRED of their spread; the intercept's column has the square 1.
_ONE_SCALE, _CENTRED = 4.0, 0.1
_QUIET = np.errstate(all="ignore")


class Remedy(NamedTuple):
    """Parameters to set, and the number of iterations after which the fit is then good; NaN if that is unknown."""

    changes: dict[str, Any]
    n_iter: float

    def rank(self, max_iter: int) -> tuple:
        """Return the key by which remedies are sorted; with equal keys they keep the order of their plans.

        Remedies that `max_iter` allows come first, by the number of changes; then the others, by their iterations.
        """
        allowed = self.n_iter <= max_iter
        return not allowed, len(self.changes) if allowed else self.n_iter


class Plan(NamedTuple):
    """Parameters to set, which lead to an optimizer at a constant rate or to settings with the given schedule.

    `standardize` says in which coordinates. The rate is `alpha`, or the automatic one there if that is None.
    """

    changes: dict[str, Any]
    standardize: bool
    optimizer: Callable
    alpha: float | None = None
    scheduled: bool = False


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Possible remedies for a run, and how many iterations each needs.

    Attributes
    ----------
    case : Case
        The run and its problem.
    price : float
        The time that the forecasts may take, in iterations.
    """

    case: Case
    price: float = math.inf

    @cached_property
    def plans(self) -> list[Plan]:
        """The possible remedies, the fewest parameters first.

        They are the given settings with more iterations or without a stopping criterion; the given schedule at the
        automatic rate; the given optimizer and Nesterov at the constant automatic rate; and both of these on
        standardised columns, if they have the same minimum.
        """
        settings, optimizer = self.case.settings, self.case.settings.optimizer
        plans = []
        if settings.is_plain and settings.is_constant:
            plans.append(Plan({}, False, optimizer, None if settings.alpha == "auto" else self.case.run.alpha))
        elif settings.is_plain and settings.is_foreseeable and settings.alpha != "auto":
            plans.append(Plan({"alpha": "auto"}, False, optimizer, scheduled=True))
        name, other = ("gd", GradientDescent()) if self.is_bounded else ("nesterov", Nesterov())
        for changes in self.to_constant_rate():
            standardize = "standardize" in changes
            if type(optimizer) in PREDICTABLE and changes:
                plans.append(Plan(changes, standardize, optimizer))
            if type(optimizer) is not type(other):
                plans.append(Plan(changes | {"optimizer": name}, standardize, other))
        return sorted(plans, key=lambda plan: len(plan.changes))

    def to_constant_rate(self) -> list[dict[str, Any]]:
        """Return the changes to a constant automatic rate, and those to it on standardised columns if allowed."""
        settings = self.case.settings
        rate = {} if settings.alpha == "auto" else {"alpha": "auto"}
        constant = rate | ({} if settings.is_constant else {"scheduler": "constant"})
        return [constant, {"standardize": True} | constant] if self.can_standardize else [constant]

    @cached_property
    def exact(self) -> Problem:
        """The problem, from moments if they are cheap."""
        return self.case.problem.exact

    @cached_property
    def other(self) -> Problem | None:
        """The problem in standardised coordinates, if it differs and is cheap to make."""
        return self.exact.standardized

    @property
    def is_bounded(self) -> bool:
        """Whether the eigenvalues take too long, so that only a bound for plain descent at ``1 / L`` is known."""
        return self.exact.cost.modes_price > self.price

    @cached_property
    def can_standardize(self) -> bool:
        """Whether standardised coordinates differ, are cheap to make, and have the same minimum."""
        other, cost = self.other, self.exact.smooth
        return other is not None and self.case.problem.scaling_keeps_the_minimum and not _is_standardized(cost)

    def suffices(self, plan: Plan) -> bool:
        """Return whether a plan leads to a good fit within `max_iter`; the number of iterations would take longer."""
        outlook, max_iter = self._outlook_of(plan), self.case.settings.max_iter
        if plan.scheduled:
            case = self.case
            continues = case.continues and case.status != "diverged"  # then the schedule continues too
            first_iter = case.run.n_iter if continues else case.run.start.n_iter
            whole = replace(case.settings, alpha=outlook.auto, max_iter=first_iter + max_iter)
            return outlook.is_good_after(whole, first_iter)
        return outlook.is_good_by(plan.optimizer, plan.alpha or outlook.auto, max_iter)

    def is_soon_good(self, plan: Plan) -> bool:
        """Return whether at most _SHORTLY iterations lead to a good fit at a constant rate."""
        outlook = self._outlook_of(plan)
        return not plan.scheduled and outlook.is_good_by(plan.optimizer, plan.alpha or outlook.auto, _SHORTLY)

    def remedy(self, plan: Plan) -> Remedy:
        """Return the parameters of a plan with those that its iterations require, which may be infinitely many."""
        settings, outlook = self.case.settings, self._outlook_of(plan)
        alpha = plan.alpha or outlook.auto
        if plan.scheduled:
            n_iter = settings.max_iter if self.suffices(plan) else math.inf
        else:
            n_iter = outlook.iterations(plan.optimizer, alpha)
        if type(plan.optimizer) is GradientDescent and not plan.scheduled:
            ends_too_early = outlook.rests(alpha, n_iter, settings.tol)
        else:  # with momentum or a schedule, the moves may be short temporarily
            ends_too_early = settings.tol is not None
        needs = ({"tol": None} if ends_too_early else {}) | ({"max_iter": n_iter} if n_iter > settings.max_iter else {})
        return Remedy(plan.changes | needs, n_iter)

    def can_be_run(self, plan: Plan, n_iter: float) -> bool:
        """Return whether the iterations of a plan are fast enough, at the pace of the run or of one gradient."""
        cost, pace = self.case.problem.cost, self.case.run.pace
        in_closed_form = type(plan.optimizer) is GradientDescent and cost.modes_price < math.inf
        if in_closed_form or not _FEW_ITERATIONS < n_iter <= _MOST_ITERATIONS:
            return n_iter <= _MOST_ITERATIONS
        if math.isnan(pace):
            began = perf_counter()
            cost.value_and_gradient(self.case.run.start.theta)
            pace = perf_counter() - began
        return n_iter * pace <= _MOST_SECONDS

    def _outlook_of(self, plan: Plan) -> Outlook:
        return self._standardized if plan.standardize else self._here

    @cached_property
    def _here(self) -> Outlook:
        return self._outlook(self.exact)

    @cached_property
    def _standardized(self) -> Outlook:
        return self._outlook(self.other)

    def _outlook(self, problem: Problem) -> Outlook:
        theta = self.case.next_start(problem, same_rules=False).theta
        return Outlook.of(problem.cost, theta, self.case.run.costs[0], price=self.price)


@_QUIET
def best_remedy(forecasts: Forecasts) -> Remedy | None:
    """Return the remedy that comes first in their order, or None; plans that cannot come first are not forecast."""
    if len(forecasts.case.run.rates) < _SHORT:  # other coordinates take as long as the fit
        plans = [plan for plan in forecasts.plans if not plan.standardize]
        best = _best(forecasts, plans) if any(map(forecasts.is_soon_good, plans)) else None
        if best and best.n_iter <= _SHORTLY:
            return best
    if forecasts.is_bounded:
        return _best(forecasts, forecasts.plans)
    best = _best(forecasts, filter(forecasts.suffices, forecasts.plans))
    # If `max_iter` allows none, the fewest iterations come first; counting those of slow plans would take long.
    return (
        best or _best(forecasts, filter(forecasts.is_soon_good, forecasts.plans)) or _best(forecasts, forecasts.plans)
    )


def _best(forecasts: Forecasts, plans: Iterable[Plan]) -> Remedy | None:
    case = forecasts.case
    best, is_short, max_iter = None, len(case.run.rates) < _SHORT, case.settings.max_iter
    for plan in plans:
        if best and (forecasts.is_bounded or best.rank(max_iter) <= (False, len(plan.changes))):
            break
        if best and is_short and best.n_iter <= _SHORTLY:
            break
        remedy = forecasts.remedy(plan)
        better = best is None or remedy.rank(max_iter) < best.rank(max_iter)
        if better and forecasts.can_be_run(plan, remedy.n_iter):
            best = remedy
    return best


@_QUIET
def all_remedies(forecasts: Forecasts) -> list[Remedy]:
    """Return all remedies, in their order."""
    remedies = [(plan, forecasts.remedy(plan)) for plan in forecasts.plans]
    good = [remedy for plan, remedy in remedies if forecasts.can_be_run(plan, remedy.n_iter)]
    return sorted(good, key=lambda remedy: remedy.rank(forecasts.case.settings.max_iter))


def _is_standardized(cost) -> bool:
    """Return whether standardising the columns, including the ones of the intercept, would change little."""
    variance = np.diagonal(cost.A)
    mean = np.zeros(1) if cost.mean_x is None else cost.mean_x
    centred = np.all(mean**2 <= _CENTRED**2 * variance[cost.mean_x is not None :])
    return scale_ratio(variance) <= _ONE_SCALE and bool(centred)
