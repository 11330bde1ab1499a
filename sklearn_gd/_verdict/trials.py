"""Remedies for a poor fit with `l1` or `positive`: tried, because no eigenvalue predicts which coefficients are 0."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.record import Run
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict.case import Case
from sklearn_gd._verdict.gap import good_cost, good_from, has_diverged, is_good
from sklearn_gd._verdict.remedy import Remedy
from sklearn_gd.optimizers import OPTIMIZERS, GradientDescent, Nesterov
from sklearn_gd.schedulers import Constant

# The iterations that are tried of each remedy when the paragraph is read.
_LONG = 20_000
# A descent is not expected to leave the minimum if it stays good for this many iterations, plus half as many as it
# took.
_STAYS = 50


class Trial(NamedTuple):
    """Parameters to set, and the descent that they lead to; `max_iter` does not change under a schedule."""

    changes: dict[str, Any]
    problem: Problem
    start: Start
    settings: Settings


@dataclass(frozen=True, eq=False)
class Trials:
    """Possible remedies for a run, each of which is tried.

    Attributes
    ----------
    case : Case
        The run and its problem.
    """

    case: Case

    def best(self, budget: int) -> Remedy | None:
        """Return the first remedy that `max_iter` allows, otherwise the one with the fewest iterations, or None.

        All trials together take about `budget` iterations.
        """
        best, max_iter = None, self.case.settings.max_iter
        # A descent that has run out of iterations needs more of them, so its own settings come last.
        for trial in sorted(self._trials(), key=lambda trial: not trial.changes and self.case.status != "stalled"):
            # At its own rate, a descent that has stalled may take all iterations and still get nowhere.
            own_rate = not trial.changes and self.case.status == "stalled"
            remedy, n_tried = self._outcome(trial, budget // 2 if own_rate else budget)
            if remedy and (best is None or remedy.rank(max_iter) < best.rank(max_iter)):
                best = remedy
            budget -= n_tried
            if budget <= 0 or (best and best.n_iter <= max_iter):
                break
        return best

    def remedies(self) -> list[Remedy]:
        """Return all remedies, in the order of `Remedy.rank`."""
        found = (self._outcome(trial, _LONG)[0] for trial in self._trials())
        return sorted(filter(None, found), key=lambda remedy: remedy.rank(self.case.settings.max_iter))

    def n_iter_as_it_is(self) -> float:
        """Return after how many iterations the fit is good at its own rate and optimizer; NaN if not soon enough."""
        start, settings, problem = self.case.run.start, self.case.settings, self._exact
        if not (settings.is_constant and type(settings.optimizer) in OPTIMIZERS.values()):
            return math.nan
        longest = replace(settings, alpha=self.case.run.alpha, tol=None, max_iter=_LONG)
        n_iter = _good_from(problem, run(problem, start, longest, _UntilGood(problem, start)))
        return math.nan if n_iter is None else start.n_iter + n_iter

    def _trials(self) -> Iterator[Trial]:
        """Yield possible remedies, the fewest parameters first; user-defined rules are not called for them."""
        case, exact, settings = self.case, self._exact, self.case.settings
        rate = {} if settings.alpha == "auto" else {"alpha": "auto"}
        is_known = type(settings.optimizer) in OPTIMIZERS.values()
        if case.status != "diverged" and settings.is_constant and is_known:
            yield Trial({}, exact, case.next_start(exact, same_rules=True), replace(settings, alpha=case.run.alpha))
        if rate and settings.is_foreseeable and not settings.is_constant and is_known:
            yield Trial(rate, exact, case.next_start(exact, same_rules=True), replace(settings, alpha="auto"))
        anew = replace(settings, alpha="auto", scheduler=Constant())
        for problem, scaled in self._problems():
            changes = scaled | rate | ({} if settings.is_constant else {"scheduler": "constant"})
            if changes and is_known:
                same_rules = settings.is_constant and not scaled
                yield Trial(changes, problem, case.next_start(problem, same_rules=same_rules), anew)
            for name, other in (("nesterov", Nesterov()), ("gd", GradientDescent())):
                if type(settings.optimizer) is not type(other) and not (name == "gd" and is_known):
                    start = case.next_start(problem, same_rules=False)
                    yield Trial(changes | {"optimizer": name}, problem, start, replace(anew, optimizer=other))

    def _problems(self) -> Iterator[tuple[Problem, dict[str, Any]]]:
        """Yield the problem, and that on standardised columns if it has the same minimum, each with its changes."""
        yield self._exact, {}
        standardized = self._exact.standardized
        if standardized is not None and self.case.problem.scaling_keeps_the_minimum:
            yield standardized, {"standardize": True}

    @cached_property
    def _exact(self) -> Problem:
        return replace(self.case.problem.exact, held_out=None)

    def _outcome(self, trial: Trial, budget: int) -> tuple[Remedy | None, int]:
        """Return the remedy that a trial of `budget` iterations has found, or None, and the iterations that it took."""
        most = self.case.settings.max_iter
        longest = budget if trial.settings.is_constant else most
        n_tried = 0
        for rests in ({}, {"tol": None}) if self.case.settings.tol is not None else ({},):
            settings = replace(trial.settings, max_iter=longest, **rests)
            tried = run(trial.problem, trial.start, settings, _UntilGood(trial.problem, trial.start))
            n_tried += len(tried.rates)
            n_iter = _good_from(trial.problem, tried)
            if n_iter is not None and not settings.is_plain:  # the last step may differ there
                cut = run(trial.problem, trial.start, replace(settings, max_iter=max(n_iter, min(most, longest))))
                n_iter = None if _good_from(trial.problem, cut) is None else n_iter
            if n_iter is not None:
                changes = trial.changes | rests | ({"max_iter": n_iter} if n_iter > most else {})
                return (Remedy(changes, n_iter) if changes else None), n_tried
            if tried.status != "converged":
                break
        return None, n_tried


class _UntilGood:
    """Ends a trial that has been good for long enough; it is called like a `Report`."""

    def __init__(self, problem: Problem, start: Start):
        cost = problem.cost
        self._good = good_cost(cost, cost.value_and_gradient(start.theta)[0])
        self._since = None

    def __call__(self, first_iter: int, i: int, costs: list[float], ended: bool, so_far: Callable) -> bool:
        """Return whether the trial ends with iterate `i`."""
        if not costs[-1] <= self._good:
            self._since = None
            return False
        self._since = i if self._since is None else self._since
        return not ended and i >= 1.5 * self._since + _STAYS


def _good_from(problem: Problem, tried: Run) -> int | None:
    """Return after how many iterations a descent was good and stayed so until its end; None if it did not end so."""
    cost, last = problem.cost, len(tried.costs) - 1
    if has_diverged(cost, tried) or not is_good(cost, tried, last):
        return None
    return good_from(tried.costs, good_cost(cost, tried.costs[0]))
