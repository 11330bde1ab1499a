"""What to do about a poor fit: a remedy in the parameters of the object that warns, or a sentence about what helps."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._verdict.case import Case
from sklearn_gd._verdict.columns import scales_differ
from sklearn_gd._verdict.forecast import PREDICTABLE
from sklearn_gd._verdict.gap import has_diverged, is_good
from sklearn_gd._verdict.remedy import Forecasts, Remedy, all_remedies, best_remedy
from sklearn_gd._verdict.trials import Trials
from sklearn_gd.optimizers import OPTIMIZERS, Nesterov
from sklearn_gd.schedulers import Constant

# Columns are nearly dependent if their condition number is above _DEPENDENT; scales are the cause of a condition number
# that standardising divides by more than _OF_SCALES.
_DEPENDENT, _OF_SCALES = 1e4, 100.0
# The trials may take as many iterations as the fit and _FEW_TRIALS more; if there are so few parameters that iterations
# are cheap, as many more as _CHEAP multiplications allow, up to _MANY_TRIALS.
_FEW_TRIALS, _MANY_TRIALS, _CHEAP = 128, 2_000, 2**23


class Advice(NamedTuple):
    """A remedy, or a phrase if there is none."""

    remedy: Remedy | None
    words: str = ""


@dataclass(frozen=True, eq=False)
class Adviser:
    """Finds what to do about a poor fit.

    Attributes
    ----------
    case : Case
        The run and its problem.
    """

    case: Case

    def advice(self, *, exact: bool = False) -> Advice:
        """Return what to do, unless it should be `exact` at no more than the price of the fit."""
        problem, run = self.case.problem, self.case.run
        if run.validation_errors is not None:
            return self._advice_of_validation()
        if _fits_noise(problem):
            return self._advice_on_noise()
        if math.isnan(problem.cost.minimum):
            return Advice(self._translated(self._guess()))
        if problem.penalty is not None:
            return self._advice_by_trials(exact=exact)
        forecasts = self._forecasts(price=math.inf if exact else len(run.rates) // 3)
        remedy = best_remedy(forecasts)
        if remedy:
            return Advice(self._translated(remedy))
        return Advice(None, "the full diagnosis says what helps" if forecasts.is_bounded else _no_remedy(forecasts))

    def remedies(self) -> list[Remedy]:
        """Return all remedies, in the order of `Remedy.rank`."""
        problem, run = self.case.problem, self.case.run
        if run.validation_errors is not None or _fits_noise(problem) or math.isnan(problem.cost.minimum):
            return []
        remedies = all_remedies(self._forecasts()) if problem.penalty is None else self.trials.remedies()
        return [self._translated(remedy) for remedy in remedies]

    @property
    def trials(self) -> Trials:
        """The trials, for problems whose eigenvalues do not predict the descent."""
        return Trials(self.case)

    def _forecasts(self, price: float = math.inf) -> Forecasts:
        return Forecasts(self.case, price)

    def _advice_by_trials(self, *, exact: bool) -> Advice:
        """Return the remedy found by trials that take no longer than the fit or a short time, or a phrase."""
        problem = self.case.problem
        budget = len(self.case.run.rates) + max(_FEW_TRIALS, min(_CHEAP // problem.cost.shape[0] ** 2, _MANY_TRIALS))
        remedy = None if exact else self.trials.best(budget)
        if remedy:
            return Advice(self._translated(remedy))
        return Advice(None, _no_trial(problem) if exact else "the full diagnosis says what helps")

    def _translated(self, remedy: Remedy) -> Remedy:
        """Return the remedy in the parameters of the object that warns."""
        if not self.case.choice or "alpha" not in remedy.changes:
            return remedy
        others = {name: value for name, value in remedy.changes.items() if name != "alpha"}
        return Remedy(others | {"alphas": "auto"}, remedy.n_iter)

    def _advice_on_noise(self) -> Advice:
        problem, choice = self.case.problem, self.case.choice
        if choice:  # whose validation score still rises
            more = {"max_iter": 10 * self.case.run.settings.max_iter}
            return Advice(Remedy(more if choice.early_stopping else {"early_stopping": True}, math.nan))
        n_rows, n_parameters = _n_rows(problem), problem.cost.shape[0]
        return Advice(
            None,
            f"with {n_parameters:,} parameters for {n_rows:,} rows, the minimum would fit the noise: "
            "try GDLinearRegressorCV(early_stopping=True), or l2",
        )

    def _advice_of_validation(self) -> Advice:
        """Return a remedy that was tried: early stopping ended it, at no higher validation cost.

        A fit that starts at the best iterate must find a lower one.
        """
        case, budget = self.case, len(self.case.run.rates) + _FEW_TRIALS
        for trial, changes in self._likely_settings(budget):
            scaled = "standardize" in changes
            problem = replace(case.problem, standardize=True) if scaled else case.problem
            cut = replace(trial, max_iter=min(trial.max_iter, budget), horizon=trial.max_iter)
            tried = run(problem, case.next_start(problem, same_rules=False), cut)
            n_iter = len(tried.rates)
            ended = tried.status == "early_stopped" or is_good(problem.cost, tried, n_iter)
            ended = ended and not has_diverged(problem.cost, tried) and not (case.continues and tried.i_best == 0)
            if ended and tried.validation_costs.min() <= case.run.validation_costs.min():
                return Advice(Remedy(changes, n_iter))
            budget -= n_iter
            if budget <= 0:
                break
        if case.status == "diverged":
            return Advice(None, "try a smaller alpha")
        return Advice(None, "the validation cost was still falling: try a larger alpha or max_iter")

    def _likely_settings(self, budget: int) -> Iterator[tuple[Settings, dict]]:
        """Yield settings that may do better, and what they change; nothing with a user-defined optimizer."""
        case, settings = self.case, self.case.run.settings
        rests = {"tol": None} if case.status == "stalled" else {}
        if type(settings.optimizer) not in OPTIMIZERS.values():
            return
        forecasts = self._forecasts()
        for plan in forecasts.plans:
            if plan.changes and type(plan.optimizer) is type(settings.optimizer):
                rules = {} if plan.scheduled else {"scheduler": Constant()}
                yield replace(settings, alpha="auto", **rules, **rests), plan.changes | rests
        if type(settings.optimizer) not in PREDICTABLE:
            for changes in filter(None, forecasts.to_constant_rate()):
                yield replace(settings, alpha="auto", scheduler=Constant(), **rests), changes | rests
        if settings.is_foreseeable and case.status != "diverged":
            more = rests or {"max_iter": 2 * budget}
            yield replace(settings, **more), more

    def _guess(self) -> Remedy:
        """Return the remedy that usually helps; for problems whose minimum is not known."""
        settings, problem, changes = self.case.run.settings, self.case.problem, {}
        if not problem.standardize and problem.scaling_keeps_the_minimum and scales_differ(problem):
            changes["standardize"] = True
        if settings.alpha != "auto":
            changes["alpha"] = "auto"
        if not changes and type(settings.optimizer) is not Nesterov:
            changes["optimizer"] = "nesterov"
        if self.case.status == "stalled":
            changes["tol"] = None
        return Remedy(changes or {"max_iter": 10 * settings.max_iter}, math.nan)


def _n_rows(problem: Problem) -> float:
    """Return the number of rows; if only moments are available, the sum of the weights."""
    return int(np.count_nonzero(problem.data.w)) if problem.kind is Rows else round(problem.data.weight)


def _fits_noise(problem: Problem) -> bool:
    """Return whether there are more parameters than rows, so that the minimum fits all rows, including their noise."""
    cost = problem.cost
    if problem.is_penalised or cost.shape[0] <= _n_rows(problem):
        return False
    return (problem.kind is Rows and not problem.positive) or bool(cost.dependent.any() and cost.minimum == 0.0)


def _no_remedy(forecasts: Forecasts) -> str:
    """Return why there is no remedy, and what helps instead."""
    problem, penalised = forecasts.exact, forecasts.case.problem.l2 > 0.0
    cost = (forecasts.other if forecasts.can_standardize else problem).cost
    condition = _condition(*cost.extremes)
    if not forecasts.case.problem.scaling_keeps_the_minimum and not problem.standardize:
        other = forecasts.other  # expensive to compute row by row
        if penalised and other is not None and _condition(*other.cost.extremes) < condition / _OF_SCALES:
            return "standardize=True would be fast, but changes the model, because it rescales the penalty: try Ridge"
        if not penalised and _condition_on_one_scale(cost) < condition / _OF_SCALES:
            return (
                "standardize=True would be fast, but changes the model, which has no intercept: "
                "try a MaxAbsScaler first, which keeps the model"
            )
    if condition < _DEPENDENT:
        return "no learning rate gets closer in floating-point arithmetic"
    instead = "a larger l2, fewer columns, or Ridge" if penalised else "l2, fewer columns, or LinearRegression"
    return f"{_nearly_dependent(condition)}: try {instead}"


def _no_trial(problem: Problem) -> str:
    """Return why no trial has led to a good fit, and what helps instead."""
    exact = problem.exact
    condition, other = _condition(*exact.smooth.extremes), exact.standardized
    solver = "LinearRegression(positive=True)" if not problem.l1 else "ElasticNet" if problem.l2 else "Lasso"
    if other is not None and _condition(*other.smooth.extremes) < condition / _OF_SCALES:
        return f"standardize=True would be fast, but changes the model, because it rescales the penalty: try {solver}"
    if condition < _DEPENDENT:
        return f"no descent gets there in time: try a larger l2, or {solver}"
    return f"{_nearly_dependent(condition)}: try a larger l2, fewer columns, or {solver}"


def _nearly_dependent(condition: float) -> str:
    number = f"{condition:.2g}" if condition < math.inf else "too large to compute"
    return f"the columns are nearly dependent (condition number {number}), so no descent gets there in time"


def _condition(L: float, mu: float) -> float:
    return L / mu if mu else math.inf


def _condition_on_one_scale(cost: Quadratic) -> float:
    """Return the condition number of independent columns without an intercept, each divided by its root mean square."""
    H = cost.H
    used = np.flatnonzero((np.diagonal(H) > 0.0) & ~cost.dependent)
    scale = np.sqrt(np.diagonal(H)[used])
    lam = np.linalg.eigvalsh(H[np.ix_(used, used)] / scale / scale[:, np.newaxis])
    return _condition(float(lam[-1]), max(float(lam[0]), 0.0))
