"""`Diagnosis`: what happened in a run, measured against the exact minimum, and what to do about it."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run
from sklearn_gd._verdict.coef_error import coef_error, in_standard_errors
from sklearn_gd._verdict.forecast import Outlook
from sklearn_gd._verdict.gap import GAP_OF_A_GOOD_FIT, gap_at, has_diverged, reference_cost
from sklearn_gd._verdict.html import cost_curve, paragraph
from sklearn_gd._verdict.limits import AlphaLimits, count, limits_of
from sklearn_gd._verdict.remedy import Remedy, all_remedies, best_remedy
from sklearn_gd._verdict.words import cause, details, distance, in_words, opening, sentence


def _of_limits(name: str) -> property:
    return property(lambda diagnosis: getattr(diagnosis.limits, name), doc=f"`AlphaLimits.{name}`.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Diagnosis:
    """The end of a descent, measured against the exact minimum; ``print`` it for a paragraph.

    Attributes
    ----------
    status : {"converged", "stalled", "max_iter", "diverged", "early_stopped", "stopped"}
        ``"converged"``: the stop rule fired, and the gap is at most 0.001; or not known to be above it, where it is
        only a lower bound.
        ``"stalled"``: the stop rule fired, but the gap is above 0.001.
        ``"max_iter"``: the iterations ran out; only with a gap above 0.001 is there a warning,
        and with early stopping only if the validation cost was still falling.
        ``"diverged"``: the cost left every bound, or a bad fit ended above its initial cost.
        ``"early_stopped"``: the validation cost no longer fell.
        ``"stopped"``: a callback ended the fit.
    gap : float
        The training R² that `coef_` lacks: ``(J - J*) / J(mean of y)``, ``J*`` being the exact minimum of the cost.
        Targets that are constant have no R²; the gap is a share of the cost at zero, or at the initial guess if that
        is larger.
    gap_is_lower_bound : bool
        Whether the gap is only known to be at least so large, because row by row, for more than 64 parameters,
        the minimum is not known.
        The bound is the larger one of ``|dJ/dtheta|**2 / (2 L)`` and what up to ten steps of conjugate gradients gain.
    coef_error : float
        How many standard errors of the least-squares fit the parameters are from it, at most, as every weighted sum of
        them is: ``sqrt((m - p) (J - J*) / J*)`` for ``m`` rows and ``p`` independent parameters; for several targets,
        the largest. Infinity where least squares is exact and the fit is not.
        NaN with a penalty, without more rows than parameters, and row by row, where it is not known.
    alpha : float
        The learning rate that was used.
    warn : bool
        Whether the fit is bad, so that the user must be warned.
    summary : str
        The warning, in one sentence: what is wrong, the number that matters, the best remedy. Empty for a good fit.
    remedy : dict
        The best remedy, as parameters: after ``model.set_params(**model.diagnosis_.remedy)`` a fit is good.
        Where the minimum is not known it is a guess. Empty for a good fit.
    n_iter_needed : float
        The iterations, since the schedule began, after which the gap is at most 0.001 at this alpha and scheduler:
        counted where the descent got there, otherwise predicted for plain descent: an integer, or infinity.
        A scheduler that depends on `max_iter` is stretched to as many.
        NaN where it can't be predicted: for other optimizers, for a scheduler of your own, and row by row.
    alpha_limit, alpha_best, condition_number, condition_number_standardized, limiting_feature, constant_features, \
dependent_features
        Those of `AlphaLimits`.
    message : str
        The paragraph: what happened, why, and what to do about it.

    Notes
    -----
    What the fit and its warning do not need is computed when it is first asked for.

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
    # scikit-learn's HTML has room for 30 characters, so only the status is in the representation.
    gap: float = field(repr=False)
    gap_is_lower_bound: bool = field(repr=False)
    alpha: float = field(repr=False)
    warn: bool = field(repr=False)
    summary: str = field(repr=False)
    _event: str = field(repr=False)
    _remedy: Remedy | None = field(repr=False)
    _run: Run = field(repr=False)
    # What can't be asked later, because it takes the rows, was asked in time.
    _problem: Problem | None = field(repr=False)
    _known_limits: AlphaLimits | None = field(repr=False)
    _outlook: Outlook | None = field(repr=False)
    _good_cost: float = field(repr=False)

    @cached_property
    def limits(self) -> AlphaLimits:
        """The limits of alpha."""
        # A problem made anew, so that what it computes is not kept.
        return self._known_limits or limits_of(replace(self._problem), self._run.start.theta)

    alpha_limit = _of_limits("alpha_limit")
    alpha_best = _of_limits("alpha_best")
    condition_number = _of_limits("condition_number")
    condition_number_standardized = _of_limits("condition_number_standardized")
    limiting_feature = _of_limits("limiting_feature")
    constant_features = _of_limits("constant_features")
    dependent_features = _of_limits("dependent_features")

    @cached_property
    def coef_error(self) -> float:
        """The distance of the parameters from least squares, in its standard errors."""
        if self._problem is None:
            return math.nan
        run = self._run
        is_best = self.status == "diverged" or run.validation_costs is not None
        return coef_error(replace(self._problem), run.best if is_best else run.last)

    @property
    def remedy(self) -> dict[str, Any]:
        """The parameters to set for a good fit."""
        return dict(self._remedy.changes) if self._remedy else {}

    @cached_property
    def n_iter_needed(self) -> float:
        """The iterations to a good fit."""
        run, settings = self._run, self._run.settings
        reached = np.flatnonzero(run.costs <= self._good_cost)
        if reached.size:
            return run.start.n_iter + int(reached[0])
        if not _is_predictable(run, self._good_cost):
            return math.nan
        if run.status == "diverged":  # and would again, though the rates may fall later
            return math.inf
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
        if self.warn and not math.isnan(self.n_iter_needed):
            never = f"the gap never falls to {GAP_OF_A_GOOD_FIT}"
            takes = f"a gap of {GAP_OF_A_GOOD_FIT} takes {count(self.n_iter_needed)}"
            parts.append(f"As it is, {never if math.isinf(self.n_iter_needed) else takes}.")
        if self._remedy:
            others = all_remedies(replace(self._problem), self._run, self.status) if self._problem else []
            others = [remedy for remedy in others if remedy.changes != self._remedy.changes]
            parts.append(f"What helps, the best first: {'; '.join(map(in_words, [self._remedy, *others]))}.")
        is_unique = not (self.constant_features or self.dependent_features)
        parts.append(in_standard_errors(self.coef_error, is_unique=is_unique))
        return " ".join(filter(None, [*parts, self.limits.rates(), self.limits.conditions()]))

    def __str__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return paragraph(self.message) + cost_curve(self._run.costs)


@np.errstate(over="ignore", invalid="ignore")
def diagnose(problem: Problem, run: Run) -> Diagnosis:
    """Return the diagnosis of a run."""
    cost, costs = problem.cost, run.costs
    last, gap_of_last = len(costs) - 1, gap_at(cost, run, len(costs) - 1)
    bad = not gap_of_last <= GAP_OF_A_GOOD_FIT
    if has_diverged(cost, run):
        status, kept = "diverged", run.i_best
    else:
        status = "stalled" if bad and run.status == "converged" else run.status
        kept = last if run.validation_costs is None else run.i_best
    gap = gap_of_last if kept == last else gap_at(cost, run, kept)
    if run.validation_costs is not None:  # what the training cost lacks is no fault where the validation cost rises
        bad = bad and run.i_best == last
    warn = status in ("stalled", "diverged") or (status == "max_iter" and bad)
    remedy = best_remedy(problem, run, status) if warn else None
    without_rows = problem.without_rows
    what, how_far = opening(problem, run, status, bad=bad), distance(problem, gap)
    why = cause(problem, run, status) if warn else ""
    event = f"{what} with alpha={run.alpha:.3g}, {how_far}{why and ': ' + why}. {details(run, status)}".rstrip()
    good_cost = cost.minimum + GAP_OF_A_GOOD_FIT * reference_cost(cost, costs[0])
    ask_now = without_rows is None and _is_predictable(run, good_cost) and not np.any(costs <= good_cost)
    return Diagnosis(
        status=status,
        gap=gap,
        gap_is_lower_bound=bool(np.isnan(cost.minimum)),
        alpha=run.alpha,
        warn=warn,
        summary=sentence(what, how_far, why, remedy) if warn else "",
        _event=event,
        _remedy=remedy,
        _run=run,
        _problem=without_rows,
        _known_limits=limits_of(problem, run.start.theta) if without_rows is None else None,
        _outlook=Outlook.of(cost, run.start.theta, costs[0]) if ask_now else None,
        _good_cost=good_cost,
    )


def _is_predictable(run: Run, good_cost: float) -> bool:
    return run.settings.is_plain and run.settings.is_foreseeable and not math.isnan(good_cost)
