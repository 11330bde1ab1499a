"""What to set so that a bad fit becomes a good one, the remedy that needs least first."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import scale_ratio
from sklearn_gd._descent.run import Run
from sklearn_gd._verdict.columns import scales_differ
from sklearn_gd._verdict.forecast import PREDICTABLE, Outlook
from sklearn_gd.optimizers import GradientDescent, Nesterov

# An eigenbasis that costs as much as so many iterations of the loop is cheap enough for a warning.
_CHEAP = 128
# Columns whose variances differ by less, and whose means are this share of their spread, gain nothing by scaling.
_ONE_SCALE, _CENTRED = 4.0, 0.1
_QUIET = np.errstate(all="ignore")


class Remedy(NamedTuple):
    """Parameters to set, and the iterations that a good fit takes then, at most; NaN where nobody knows."""

    changes: dict[str, Any]
    n_iter: float


class Candidate(NamedTuple):
    """Parameters to set, how much they change, and where they lead: to an optimizer at a constant rate.

    None stands for the given one under the given schedule, where that is enough.
    """

    changes: dict[str, Any]
    effort: int
    outlook: Outlook
    optimizer: Callable | None
    alpha: float

    def suffices(self, run: Run) -> bool:
        """Return whether the iterations allowed are enough."""
        return self.optimizer is None or self.outlook.is_good_by(self.optimizer, self.alpha, run.settings.max_iter)

    def remedy(self, run: Run) -> Remedy:
        """Return the parameters, with those that the iterations need."""
        settings, outlook = run.settings, self.outlook
        may_rest = settings.tol is not None  # a momentum or a schedule may rest for a moment
        n_iter = outlook.iterations(self.optimizer, self.alpha) if self.optimizer else settings.max_iter
        if type(self.optimizer) is GradientDescent:
            may_rest = outlook.rests(self.alpha, n_iter, settings.tol)
        needs = ({"tol": None} if may_rest else {}) | ({"max_iter": n_iter} if n_iter > settings.max_iter else {})
        return Remedy(self.changes | needs, n_iter)


@_QUIET
def best_remedy(problem: Problem, run: Run, status: str) -> Remedy | None:
    """Return what needs least: few changes if the iterations allowed suffice, otherwise few iterations; or None."""
    if np.isnan(problem.cost.minimum):
        return _guess(problem, run, status)
    price = max(_CHEAP, len(run.rates))
    candidates = sorted(_candidates(problem, run, status, price), key=lambda candidate: candidate.effort)
    for _, equals in itertools.groupby(candidates, key=lambda candidate: candidate.effort):
        good = [candidate.remedy(run) for candidate in equals if candidate.suffices(run)]
        if good:
            return min(good, key=lambda remedy: remedy.n_iter)
    return next(iter(_sorted(candidates, run)), None)


@_QUIET
def all_remedies(problem: Problem, run: Run, status: str) -> list[Remedy]:
    """Return all that helps, the fewest iterations first."""
    return _sorted(_candidates(problem, run, status, math.inf), run)


def _sorted(candidates, run: Run) -> list[Remedy]:
    remedies = [candidate.remedy(run) for candidate in candidates]
    return sorted((one for one in remedies if one.n_iter < math.inf), key=lambda remedy: remedy.n_iter)


def _candidates(problem: Problem, run: Run, status: str, price: float) -> Iterator[Candidate]:
    """Yield what may help; followed, each ends in a good fit. `price` is what `Outlook.of` may pay.

    The settings as they are, with more iterations or without a stop rule; the given schedule at the automatic rate;
    the given optimizer and Nesterov's at the constant automatic rate; both on standardised columns.
    """
    settings, problem = run.settings, problem.exact
    own = type(settings.optimizer) in PREDICTABLE
    rate = {} if settings.alpha == "auto" and own else {"alpha": "auto"}
    constant = rate | ({} if settings.is_constant else {"scheduler": "constant"})
    theta, first_cost = run.start.theta, run.costs[0]
    here = Outlook.of(problem.cost, theta, first_cost, price=price)
    if settings.is_plain and settings.is_constant:
        yield Candidate({}, 0 if status == "stalled" else 9, here, settings.optimizer, run.alpha)
    elif settings.is_plain and settings.is_foreseeable and rate:
        first_iter = run.start.n_iter
        whole = replace(settings, alpha=here.auto, max_iter=first_iter + settings.max_iter)
        if here.is_good_after(whole, first_iter):
            yield Candidate(rate, 1, here, None, here.auto)
    places = [({}, here)]
    if problem.standardized is not None and not _is_standardized(problem.cost):
        places.append(({"standardize": True}, Outlook.of(problem.standardized.cost, theta, first_cost, price=price)))
    for place, outlook in places:
        if own and (place or constant):
            changes = place | constant
            yield Candidate(changes, len(changes), outlook, settings.optimizer, outlook.auto)
        name, other = ("gd", GradientDescent()) if outlook.longest else ("nesterov", Nesterov())
        if type(settings.optimizer) is not type(other):
            changes = place | {"optimizer": name} | constant
            yield Candidate(changes, len(changes), outlook, other, outlook.auto)


def _is_standardized(cost) -> bool:
    """Return whether standardising the columns would change little."""
    variance = np.diagonal(cost.A)[cost.mean_x is not None :]
    mean = np.zeros(1) if cost.mean_x is None else cost.mean_x
    return scale_ratio(variance) <= _ONE_SCALE and bool(np.all(mean**2 <= _CENTRED**2 * variance))


def _guess(problem: Problem, run: Run, status: str) -> Remedy:
    """Return what usually helps where the minimum is not known."""
    settings, changes = run.settings, {}
    if not problem.standardize and scales_differ(problem):
        changes["standardize"] = True
    if settings.alpha != "auto":
        changes["alpha"] = "auto"
    if not changes and type(settings.optimizer) is not Nesterov:
        changes["optimizer"] = "nesterov"
    if status == "stalled":
        changes["tol"] = None
    return Remedy(changes or {"max_iter": 10 * settings.max_iter}, math.nan)
