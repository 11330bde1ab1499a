"""`Diagnosis`: what happened in a run, measured against the exact minimum, and what to do about it."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run
from sklearn_gd._verdict.advice import Advice, Adviser
from sklearn_gd._verdict.case import Case, Choice
from sklearn_gd._verdict.coef_error import coef_error, in_standard_errors
from sklearn_gd._verdict.forecast import Outlook
from sklearn_gd._verdict.gap import (
    GAP_OF_A_GOOD_FIT,
    gap_at,
    good_cost,
    good_from,
    has_diverged,
    is_bound_from_above,
    is_good,
)
from sklearn_gd._verdict.html import cost_curve, paragraph
from sklearn_gd._verdict.limits import AlphaLimits, limits_of
from sklearn_gd._verdict.remedy import Remedy
from sklearn_gd._verdict.words import cause, chosen, details, distance, goal, opening, remedies_in_words, sentence
from sklearn_gd.optimizers import rate_is_a_length


@dataclass(frozen=True, eq=False, kw_only=True)
class Diagnosis:
    """The outcome of a descent, measured against the exact minimum; ``print`` shows it as a paragraph.

    Attributes
    ----------
    status : {"converged", "stalled", "max_iter", "diverged", "early_stopped", "stopped"}
        ``"converged"``: the stopping criterion was met and the fit is good; or it is not known to be poor, if the gap
        is only a lower bound.
        ``"stalled"``: the stopping criterion was met, but the fit is poor.
        ``"max_iter"``: the iterations ran out. There is a warning only if the fit is poor,
        and with early stopping only if the validation cost was still falling.
        ``"diverged"``: the cost grew beyond all bounds, or a poor fit ended above its initial cost.
        ``"early_stopped"``: the validation cost stopped falling.
        ``"stopped"``: a callback ended the fit.
    gap : float
        How far the training R² of `coef_` is below the best possible one: ``(J - J*) / J(mean of y)``, where ``J*`` is
        the exact minimum of the cost. R² is not defined for constant targets; the gap is then a share of the cost at
        zero, or at the initial guess if that is larger.
    gap_is_lower_bound : bool
        Whether the gap is only a lower bound, because the minimum is not known: row by row, for more than 64
        parameters. The bound is the larger of ``|dJ/dtheta|**2 / (2 L)`` and the decrease in up to ten steps of
        conjugate gradients.
    gap_is_upper_bound : bool
        Whether the gap is only an upper bound, the duality gap, because the minimum is not known: with `l1`, or with
        `l2` and `positive`. It may be many times the true gap, so such a fit only counts as poor if a few steps of
        FISTA decrease the cost by as much as a poor fit lacks. With `positive` alone, the gap is that decrease, a lower
        bound.
    coef_error : float
        An upper bound on the distance of the parameters from the least-squares fit, in its standard errors, for every
        parameter and every weighted sum of them: ``sqrt((m - p) (J - J*) / J*)`` for ``m`` rows and ``p`` independent
        parameters; for several targets, the largest. Infinity if least squares is exact and the fit is not.
        NaN with a penalty or `positive`, with at most as many rows as parameters, and row by row, where it is not
        known.
    alpha : float
        The learning rate that was used.
    warn : bool
        Whether the fit is so poor that the user is warned.
    summary : str
        The warning in one sentence: what is wrong, the number that matters, the best remedy. Empty for a good fit.
    remedy : dict
        The best remedy, as parameters to set. After ``model.set_params(**model.diagnosis_.remedy)`` a fit is good, and
        the model is the same: the cost has the same minimum.
        With early stopping, the remedy has been tried; if the minimum is not known, it is a guess.
        Empty for a good fit, and if no parameter helps within a million iterations and a minute; the summary then says
        what does.
    n_iter_needed : float
        The number of iterations, from the start of the schedule, after which the fit is good and stays so, at this
        alpha and with this scheduler. It is counted if the descent ended with a good fit, and otherwise predicted for
        plain descent: an integer or infinity. A scheduler that depends on `max_iter` is stretched to this number.
        NaN if it cannot be predicted: for other optimizers, for user-defined schedulers, and row by row; with `l1` or
        `positive`, also if it is more than 20,000 or the rate is not constant.
    alpha_limit, alpha_best, condition_number, condition_number_standardized, limiting_feature, constant_features, \
dependent_features
        The attributes of `AlphaLimits` with these names.
    message : str
        The paragraph: what happened, why, and what to do about it.

    Notes
    -----
    A fit is good if its training R² is at most 0.001 below the best possible one, and its squared error is at most
    twice the smallest possible one, unless that is only rounding: ``J - J* <= 0.001 J(mean of y)`` and
    ``J - J* <= J*``.
    Attributes that the fit and its warning do not need are computed when they are first accessed.

    Examples
    --------
    >>> from sklearn_gd import GDLinearRegressor
    >>> model = GDLinearRegressor(alpha=0.5).fit([[1.0], [-1.0]], [1.0, -1.0])
    >>> model.diagnosis_
    Diagnosis(status='converged')
    >>> f"{model.diagnosis_.alpha_limit:.3g}", model.diagnosis_.remedy
    ('2', {})
    """

    status: Literal["converged", "stalled", "max_iter", "diverged", "early_stopped", "stopped"]
    # scikit-learn's HTML has room for 30 characters, so the representation contains only the status.
    gap: float = field(repr=False)
    gap_is_lower_bound: bool = field(repr=False)
    gap_is_upper_bound: bool = field(repr=False)
    alpha: float = field(repr=False)
    warn: bool = field(repr=False)
    summary: str = field(repr=False)
    _kept: int = field(repr=False)
    _known_event: str | None = field(repr=False)
    _advice: Advice = field(repr=False)
    _continues: bool = field(repr=False)
    _choice: Choice | None = field(repr=False)
    _run: Run = field(repr=False)
    # None if the problem needs the rows; the fields below then hold what would have to be computed from them.
    _problem: Problem | None = field(repr=False)
    _known_limits: AlphaLimits | None = field(repr=False)
    _outlook: Outlook | None = field(repr=False)
    _good_cost: float = field(repr=False)

    @cached_property
    def limits(self) -> AlphaLimits:
        """The limits of alpha."""
        # A copy of the problem, so that its results are not kept.
        return self._known_limits or limits_of(replace(self._problem), self._run.start.theta)

    @property
    def alpha_limit(self) -> float:
        """`AlphaLimits.alpha_limit`."""
        return self.limits.alpha_limit

    @property
    def alpha_best(self) -> float:
        """`AlphaLimits.alpha_best`."""
        return self.limits.alpha_best

    @property
    def condition_number(self) -> float:
        """`AlphaLimits.condition_number`."""
        return self.limits.condition_number

    @property
    def condition_number_standardized(self) -> float:
        """`AlphaLimits.condition_number_standardized`."""
        return self.limits.condition_number_standardized

    @property
    def limiting_feature(self) -> str | int | None:
        """`AlphaLimits.limiting_feature`."""
        return self.limits.limiting_feature

    @property
    def constant_features(self) -> tuple[str | int, ...]:
        """`AlphaLimits.constant_features`."""
        return self.limits.constant_features

    @property
    def dependent_features(self) -> tuple[str | int, ...]:
        """`AlphaLimits.dependent_features`."""
        return self.limits.dependent_features

    @cached_property
    def coef_error(self) -> float:
        """The distance of the parameters from the least-squares fit, in its standard errors."""
        if self._problem is None:
            return math.nan
        run = self._run
        is_best = self.status == "diverged" or run.validation_costs is not None
        return coef_error(replace(self._problem), run.best if is_best else run.last)

    @cached_property
    def _event(self) -> str:
        """What happened, and why."""
        if self._known_event is not None:
            return self._known_event
        return _event(replace(self._problem), self._run, self.status, self._kept, self.gap, bad=self.warn)

    @property
    def remedy(self) -> dict[str, Any]:
        """The parameters to set for a good fit."""
        remedy = self._advice.remedy or next(iter(self._remedies), None)
        return dict(remedy.changes) if remedy else {}

    @cached_property
    def _remedies(self) -> list[Remedy]:
        return self._adviser.remedies() if self.warn and self._problem else []

    @property
    def _adviser(self) -> Adviser:
        return Adviser(Case(replace(self._problem), self._run, self.status, self._continues, self._choice))

    @cached_property
    def n_iter_needed(self) -> float:
        """The number of iterations to a good fit."""
        run, settings = self._run, self._run.settings
        first_good = good_from(run.costs, self._good_cost)
        if first_good < len(run.costs):
            return run.start.n_iter + first_good
        if not _is_predictable(run, self._good_cost):
            return math.nan
        if run.status == "diverged":  # and would diverge again, even if the rates fall later
            return math.inf
        if self._problem and self._problem.penalty is not None:
            return self._adviser.trials.n_iter_as_it_is()
        with np.errstate(all="ignore"):
            outlook = self._outlook or Outlook.of(replace(self._problem).cost, run.start.theta, run.costs[0])
            first_iter, settings = run.start.n_iter, replace(settings, alpha=run.alpha)
            if settings.is_constant:
                n_iter = first_iter + outlook.iterations(settings.optimizer, run.alpha)
            else:
                n_iter = outlook.iterations_scheduled(settings, first_iter, run.n_iter)
            return max(n_iter, run.n_iter + 1)

    @property
    def message(self) -> str:
        """What happened, why, and what to do about it."""
        parts = [self._event]
        data = self._problem and self._problem.data
        if data and data.is_narrow and data.is_rough:
            if data.rounding.size:
                parts.append("After the subtraction, the moments have too few digits left to tell how good the fit is.")
            else:
                parts.append("The products were rounded to float32, which is too rough to tell how good the fit is.")
        if self.warn and not math.isnan(self.n_iter_needed):
            parts.append(goal(self.n_iter_needed, in_r2=self.gap > GAP_OF_A_GOOD_FIT))
        if self.warn:
            remedies = self._remedies or [remedy for remedy in [self._advice.remedy] if remedy]
            helps = remedies_in_words(remedies, self._run.settings.max_iter)
            if not helps and self._problem and self._run.validation_costs is None:
                helps = f"What to do: {self._adviser.advice(exact=True).words}."
            parts.append(helps or f"What to do: {self._advice.words}.")
        is_unique = not (self.constant_features or self.dependent_features)
        parts.append(in_standard_errors(self.coef_error, is_unique=is_unique))
        if not rate_is_a_length(self._run.settings.optimizer):
            parts.append(self.limits.rates())
        return " ".join(filter(None, [*parts, self.limits.conditions()]))

    def __str__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return paragraph(self.message) + cost_curve(self._run.costs)


@np.errstate(over="ignore", invalid="ignore")
def diagnose(problem: Problem, run: Run, *, continues: bool = False, choice: Choice | None = None) -> Diagnosis:
    """Return the diagnosis of a run.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    run : Run
        The record of the descent.
    continues : bool
        Whether the next fit continues where this one ended.
    choice : Choice or None
        How a search chose the fit.
    """
    cost, costs = problem.cost, run.costs
    last = len(costs) - 1
    bad = not is_good(cost, run, last)
    # A gap in the training cost is not a fault if the validation cost rises.
    warn = bad and (run.validation_costs is None or run.i_best == last)
    if has_diverged(cost, run):
        status, kept, warn = "diverged", run.i_best, True
    else:
        status = "stalled" if bad and run.status == "converged" else run.status
        kept = last if run.validation_costs is None else run.i_best
        warn = warn and status in ("stalled", "max_iter")
    if choice and choice.excuses(status):
        warn = False
    gap = gap_at(cost, run, kept)
    advice = Adviser(Case(problem, run, status, continues, choice)).advice() if warn else Advice(None)
    without_rows = problem.without_rows
    story = problem, run, status, kept, gap
    good = good_cost(cost, costs[0])
    ask_now = without_rows is None and _is_predictable(run, good) and not np.any(costs <= good)
    return Diagnosis(
        status=status,
        gap=gap,
        gap_is_lower_bound=math.isnan(cost.minimum) and not is_bound_from_above(cost),
        gap_is_upper_bound=is_bound_from_above(cost),
        alpha=run.alpha,
        warn=warn,
        summary=_sentence(*story, advice) if warn else "",
        _kept=kept,
        _known_event=_event(*story, bad=warn) if without_rows is None else None,
        _advice=advice,
        _continues=continues,
        _choice=choice,
        _run=run,
        _problem=without_rows,
        _known_limits=limits_of(problem, run.start.theta) if without_rows is None else None,
        _outlook=Outlook.of(cost, run.start.theta, costs[0]) if ask_now else None,
        _good_cost=good,
    )


def _event(problem: Problem, run: Run, status: str, kept: int, gap: float, *, bad: bool) -> str:
    """Return the sentences that say what happened and why, with all the facts."""
    what, how_far = opening(problem, run, status, bad=bad), distance(problem, run, kept, gap)
    why = cause(problem, run, status) if bad else ""
    facts = _facts(problem, run, status, kept)
    return f"{what} with alpha={run.alpha:.3g}, {how_far}{why and ': ' + why}. {facts}".rstrip()


def _facts(problem: Problem, run: Run, status: str, kept: int) -> str:
    """Return the facts that belong to a status, and those about the iterate that was kept."""
    theta = run.best if kept == run.i_best else run.last
    return " ".join(filter(None, [details(run, status).rstrip(), chosen(problem, theta)]))


def _sentence(problem: Problem, run: Run, status: str, kept: int, gap: float, advice: Advice) -> str:
    """Return the warning."""
    what, how_far = opening(problem, run, status, bad=True), distance(problem, run, kept, gap)
    return sentence(what, how_far, cause(problem, run, status), advice)


def _is_predictable(run: Run, good: float) -> bool:
    return run.settings.is_plain and run.settings.is_foreseeable and not math.isnan(good)
