"""The sentences of a diagnosis: what happened in a run, why the fit is poor, and what to do about it."""

import math

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run, auto_rate
from sklearn_gd._verdict.advice import Advice
from sklearn_gd._verdict.gap import GAP_OF_A_GOOD_FIT, has_r2, is_bound_from_above, is_good
from sklearn_gd._verdict.limits import count
from sklearn_gd._verdict.rate import verdict
from sklearn_gd._verdict.remedy import Remedy

# Gaps up to this are rounding errors.
_ROUNDING = 1e-13
# A scheduler has lowered the rate if less than the share _LOW is left; a rate is near its limit above the share _NEAR.
_LOW, _NEAR = 0.5, 0.95
# The maximum length of a warning: two or three lines of a terminal.
_LONGEST = 240


def opening(problem: Problem, run: Run, status: str, *, bad: bool) -> str:
    """Return the clause that says what happened."""
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


def distance(problem: Problem, run: Run, kept: int, gap: float) -> str:
    """Return how good the iterate that was kept is: in R², or in squared errors where R² shows no difference."""
    cost, unit = problem.cost, ""
    if gap <= GAP_OF_A_GOOD_FIT and cost.minimum > 0.0 and not is_good(cost, run, kept):
        what, best = ("cost", "its minimum") if problem.is_penalised else ("squared error", "the best possible")
        return f"{what} {run.costs[kept] / cost.minimum:.3g} times {best}"
    if not has_r2(cost):
        unit = " of its value at the start"
    elif problem.is_penalised:
        unit = " of its value at the mean of y"
    what, rest = ("cost above its minimum by", unit) if unit else ("training R²", " below the best")
    if is_bound_from_above(cost):
        return f"{what} at most {gap:.3g}{rest}, by the duality gap: the minimum itself is not known"
    if math.isnan(cost.minimum):
        return f"{what} at least {gap:.3g}{rest}, perhaps more: row by row it is not known"
    if gap <= _ROUNDING:
        return f"{'cost' if unit else 'training R²'} the best possible, to rounding"
    return f"{what} {gap:.3g}{rest}"


def cause(problem: Problem, run: Run, status: str) -> str:
    """Return what is wrong with the learning rates, or an empty string."""
    settings, L, alpha = run.settings, problem.cost.L, run.alpha
    peak, last = (float(run.rates.max()), float(run.rates[-1])) if len(run.rates) else (alpha, alpha)
    if settings.is_plain and alpha * L >= 2.0:
        return f"alpha={alpha:.3g} is above the limit 2/L={2.0 / L:.3g}"
    if settings.is_plain and peak * L >= 2.0:
        return f"the scheduler raises alpha={alpha:.3g} to {peak:.3g}, above the limit 2/L={2.0 / L:.3g}"
    if status == "diverged":
        return f"alpha={alpha:.3g} is too large" if L else "the cost does not depend on the parameters"
    if last < _LOW * min(peak, alpha):
        return f"the scheduler has lowered alpha={alpha:.3g} to {last:.3g}"
    if settings.alpha == "auto":
        return ""
    auto = auto_rate(problem, run.start, settings, problem.cost.value_and_gradient(run.start.theta)[1])
    if verdict(alpha, 2.0 * auto) == "too small":
        return f"alpha={alpha:.3g} is too small"
    near = settings.is_plain and alpha * L > 2.0 * _NEAR
    return f"alpha={alpha:.3g} is so close to 2/L={2.0 / L:.3g} that the descent oscillates" if near else ""


def sentence(what: str, how_far: str, why: str, advice: Advice) -> str:
    """Return the warning: what is wrong, with the number that matters, and what to do."""
    todo = f"try {in_words(advice.remedy)}" if advice.remedy else advice.words
    for because in (f", {how_far}: {why}", f", {how_far}", f": {why}", ""):
        whole = f"{what}{because.removesuffix(': ')}; {todo}. See diagnosis_."
        if len(whole) <= _LONGEST:
            break
    return whole


def chosen(problem: Problem, theta: np.ndarray) -> str:
    """Return the sentence about the number of non-zero coefficients, if there is a penalty or a constraint."""
    if problem.penalty is None:
        return ""
    coef = problem.to_user(theta)[0]
    return f"{np.count_nonzero(coef):,} of {coef.size:,} coefficients {'is' if coef.size == 1 else 'are'} not 0."


def goal(n_iter: float, *, in_r2: bool) -> str:
    """Return the sentence about the iterations to a good fit, which is good by its R² or by its squared error."""
    if math.isinf(n_iter):
        never = f"the gap never falls to {GAP_OF_A_GOOD_FIT}" if in_r2 else "the squared error never falls that far"
        return f"With these settings, {never}."
    what = f"a gap of {GAP_OF_A_GOOD_FIT}" if in_r2 else "twice the best possible squared error"
    return f"With these settings, it takes {count(n_iter)} to reach {what}."


def details(run: Run, status: str) -> str:
    """Return the facts that belong to a status."""
    settings, i_best, kept = run.settings, run.start.n_iter + run.i_best, ""
    if run.validation_costs is not None:
        kept = f"coef_ and intercept_ are those of iteration {i_best}, where the validation cost was lowest."
    if status in ("converged", "stalled"):
        return f"No parameter moved by more than tol={settings.tol:g}. {kept}"
    if status == "diverged":
        rise = f"The cost rose from {run.costs[0]:.3g} to {run.costs[-1]:.3g}"
        return f"{rise}; coef_ and intercept_ are those of the best iterate, number {i_best}."
    if status == "early_stopped" and run.validation_costs is None:
        return "The mean validation score of the search was best there."
    if status == "early_stopped":
        return f"The validation cost had not fallen for n_iter_no_change={settings.n_iter_no_change} iterations; {kept}"
    return kept


def in_words(remedy: Remedy) -> str:
    """Return the parameters to set, as in a call, and the iterations after which the fit is good."""
    changes = remedy.changes.items()
    words = [f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}" for name, value in changes]
    needed = remedy.n_iter if "max_iter" not in remedy.changes and remedy.n_iter else math.nan
    return ", ".join(words) + ("" if math.isnan(needed) else f" (good after {count(needed)})")


def remedies_in_words(remedies: list[Remedy], max_iter: int) -> str:
    """Return the sentences about all remedies, which are in the order that the sentences state."""
    within = [in_words(remedy) for remedy in remedies if not remedy.n_iter > max_iter]
    beyond = [in_words(remedy) for remedy in remedies if remedy.n_iter > max_iter]
    sentences = []
    if within:
        sentences.append(f"What helps within max_iter={max_iter}, fewest changes first: {'; '.join(within)}.")
    if beyond:
        sentences.append(f"What helps with more iterations, fewest first: {'; '.join(beyond)}.")
    return " ".join(sentences)
