"""The words of a diagnosis: what happened in a run, why it is bad, and what to do about it, with numbers."""

import math

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run, auto_rate
from sklearn_gd._verdict.gap import has_r2
from sklearn_gd._verdict.limits import count
from sklearn_gd._verdict.remedy import Remedy

# A gap that is due to floating-point numbers.
_ROUNDING = 1e-13
# A rate or a factor is small below this share of what it could be; near its limit, above that one.
_SMALL, _NEAR = 0.5, 0.95
# What a warning may take of a terminal.
_LONGEST = 240


def opening(problem: Problem, run: Run, status: str, *, bad: bool) -> str:
    """Return what happened."""
    arrived = "stopped" if math.isnan(problem.cost.minimum) else "converged"
    ended = "ran out of" if bad else "ended after"
    return {
        "converged": f"The descent {arrived} at iteration {run.n_iter}",
        "stalled": f"The descent stalled at iteration {run.n_iter}",
        "max_iter": f"The descent {ended} max_iter={run.settings.max_iter} iterations",
        "diverged": f"The descent diverged by iteration {run.n_iter}",
        "early_stopped": f"The descent stopped early at iteration {run.n_iter}",
        "stopped": f"A callback stopped the descent at iteration {run.n_iter}",
    }[status]


def distance(problem: Problem, gap: float) -> str:
    """Return how good the fit is."""
    cost, unit = problem.cost, ""
    if not has_r2(cost):
        unit = "of its value at the start "
    elif problem.l2 > 0.0:
        unit = "of its value at the mean of y "
    what, best = ("cost", "its minimum") if unit else ("training R²", "the best")
    if math.isnan(cost.minimum):
        side = "above" if unit else "below"
        return f"{what} at least {gap:.3g} {unit}{side} {best}, perhaps by more: row by row it is not known"
    if gap <= _ROUNDING:
        return f"{what} the best possible to rounding"
    return f"{what} {gap:.3g} {unit}{'above' if unit else 'below'} {best}"


def cause(problem: Problem, run: Run, status: str) -> str:
    """Return what is wrong with the rates, or nothing."""
    settings, L, alpha = run.settings, problem.cost.L, run.alpha
    peak, last = (float(run.rates.max()), float(run.rates[-1])) if len(run.rates) else (alpha, alpha)
    if settings.is_plain and alpha * L >= 2.0:
        return f"alpha={alpha:.3g} is above the limit 2/L={2.0 / L:.3g}"
    if settings.is_plain and peak * L >= 2.0:
        return f"the scheduler raises alpha={alpha:.3g} to {peak:.3g}, above the limit 2/L={2.0 / L:.3g}"
    if status == "diverged":
        return f"alpha={alpha:.3g} is too large" if L else "the cost does not depend on the parameters"
    if last < _SMALL * min(peak, alpha):
        return f"the scheduler has brought alpha={alpha:.3g} down to {last:.3g}"
    if settings.alpha == "auto":
        return ""
    if alpha < _SMALL * auto_rate(problem, run.start, settings, problem.cost.value_and_gradient(run.start.theta)[1]):
        return f"alpha={alpha:.3g} is too small"
    near = settings.is_plain and alpha * L > 2.0 * _NEAR
    return f"alpha={alpha:.3g} is so close to 2/L={2.0 / L:.3g} that the descent overshoots to and fro" if near else ""


def sentence(what: str, how_far: str, why: str, remedy: Remedy | None) -> str:
    """Return the warning: what is wrong, with the number that matters, and the best remedy."""
    todo = f"try {in_words(remedy)}" if remedy else "no rate gets nearer in floating-point numbers"
    for because in (f", {how_far}: {why}", f", {how_far}", f": {why}", ""):
        whole = f"{what}{because.removesuffix(': ')}; {todo}. See diagnosis_."
        if len(whole) <= _LONGEST:
            break
    return whole


def details(run: Run, status: str) -> str:
    """Return the facts that go with a status."""
    settings, i_best, kept = run.settings, run.start.n_iter + run.i_best, ""
    if run.validation_costs is not None:
        kept = f"coef_ and intercept_ are those of iteration {i_best}, where the validation cost was lowest."
    if status in ("converged", "stalled"):
        return f"No parameter moved by more than tol={settings.tol:g}. {kept}"
    if status == "diverged":
        rise = f"The cost rose from {run.costs[0]:.3g} to {run.costs[-1]:.3g}"
        return f"{rise}; coef_ and intercept_ are those of the best iterate, number {i_best}."
    if status == "early_stopped" and run.validation_costs is None:
        return "There the mean validation score of a search was best."
    if status == "early_stopped":
        return f"The validation cost had not fallen for n_iter_no_change={settings.n_iter_no_change} iterations; {kept}"
    return kept


def in_words(remedy: Remedy) -> str:
    """Return the parameters to set, as one writes them, and the iterations that they take."""
    words = [f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}" for name, value in remedy[0].items()]
    needed = remedy.n_iter if "max_iter" not in remedy.changes and remedy.n_iter else math.nan
    return ", ".join(words) + ("" if math.isnan(needed) else f" ({count(needed)})")
