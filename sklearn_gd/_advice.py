"""The words of a diagnosis: what happened in a descent, and what to do about it, with numbers."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from sklearn_gd._closed_form import peak_factor, predict_iterations
from sklearn_gd._limits import (
    GAP_OF_A_GOOD_FIT,
    AlphaLimits,
    count,
    has_r2,
    iterations_at_auto,
    known,
    reference_cost,
)
from sklearn_gd._path import Path
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows
from sklearn_gd.optimizers import GradientDescent
from sklearn_gd.schedulers import SCHEDULERS, Constant

# A remedy is worth a word where it takes at most this share of the iterations.
_WORTH = 0.5
# So many iterations one might ask for.
_PRACTICAL = 1e6
# A gap that is due to floating-point numbers.
_ROUNDING = 1e-13
# Steps of conjugate gradients that look for a lower cost where the minimum is not known: at most so many, and half as
# many as the descent has done, so that a diagnosis never costs more than the descent.
_STEPS = 10
# A curvature so small, on columns scaled to one size, is the rounding of none: there is nothing to be found there.
_NOISE = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class Descent:
    """A descent, with all that its diagnosis needs to know.

    Attributes
    ----------
    objective : Quadratic or Rows
        The cost that was descended.
    path : Path
        The descent.
    theta : ndarray
        Its initial guess.
    first_cost : float
        The cost that it must not end above: that of the guess, or of an earlier one if the descent goes on from there.
    first_iter, alpha, optimizer, scheduler, max_iter, tol
        Its options, those of `descend`.
    n_iter_no_change : int
        The patience of early stopping.
    alpha_if_auto : callable
        Returns the rate that ``alpha="auto"`` stands for.
    standardized : callable or None
        Returns the cost in standardised coordinates, where that is possible and not the same.
    limits : AlphaLimits or partial
        The limits of alpha, or a function that computes them.
    """

    objective: Quadratic | Rows
    path: Path
    theta: np.ndarray
    first_cost: float
    first_iter: int
    alpha: float
    optimizer: Callable
    scheduler: Callable[[int, int], float]
    max_iter: int
    tol: float | None
    n_iter_no_change: int
    alpha_if_auto: Callable[[], float]
    standardized: Callable[[], Quadratic] | None
    limits: AlphaLimits | partial

    @property
    def n_iter(self) -> int:
        """The number of the last iteration."""
        return self.first_iter + len(self.path.costs) - 1

    @property
    def reference(self) -> float:
        """The cost that a gap is a share of."""
        return reference_cost(self.objective, self.path.costs[0])

    @property
    def is_predictable(self) -> bool:
        """Whether the iterations that the descent needs can be told beforehand."""
        return not np.isnan(self.objective.minimum) and type(self.optimizer) is GradientDescent

    def gap(self, i: int) -> float:
        """Return the gap of iterate `i`, the last or the best, or a lower bound where the minimum is not known.

        For any cost of curvature up to ``L`` it is ``J - J* >= ||g||**2 / (2 L)``. If that does not say that the fit
        is bad, some steps of conjugate gradients do, if they find a lower cost.
        """
        if self.reference == 0.0:
            return 0.0
        if not np.isnan(self.objective.minimum):
            return max(float(self.path.costs[i] - self.objective.minimum) / self.reference, 0.0)
        theta = self.path.best if i == self.path.i_best else self.path.last
        cost, g = self.objective.value_and_gradient(theta)
        alpha_limit = known(self.limits).alpha_limit
        if np.isinf(alpha_limit) or not g.any():
            return 0.0
        gap = float(np.sum((g * np.sqrt(alpha_limit) / (2.0 * np.sqrt(self.reference))) ** 2))
        if gap > GAP_OF_A_GOOD_FIT:
            return gap
        return max(gap, (cost - self.objective.value_and_gradient(theta + self._step(g))[0]) / self.reference)

    def _step(self, g: np.ndarray) -> np.ndarray:
        """Return some steps of conjugate gradients towards the minimum, on columns scaled to one size."""
        diagonal = self.objective.diagonal
        scale = np.divide(1.0, np.sqrt(diagonal), out=np.zeros_like(diagonal), where=diagonal > 0.0)
        scale = scale.reshape(-1, *[1] * (g.ndim - 1))
        b = -(scale * g).ravel()
        size = np.abs(b).max() or 1.0

        def product(v: np.ndarray) -> np.ndarray:
            return (scale * self.objective.hessian_product(scale * v.reshape(g.shape))).ravel()

        H = LinearOperator((g.size, g.size), product, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            v, _ = cg(H, b / size, rtol=1e-4, maxiter=min(_STEPS, len(self.path.costs) // 2))
        if not b @ v / size > _NOISE * (v @ v):  # v' H v = b' v
            return np.zeros_like(g)
        return scale * size * v.reshape(g.shape)

    def iterations_to(self, gap: float) -> float:
        """Return the iterations to a gap: counted, predicted, or NaN."""
        cost = self.objective.minimum + gap * self.reference
        reached = np.flatnonzero(self.path.costs <= cost)
        if reached.size:
            return self.first_iter + int(reached[0])
        if not self.is_predictable:
            return np.nan
        return self.predict(self.alpha, self.scheduler, self.n_iter)

    def predict(self, alpha: float, scheduler: Callable[[int, int], float], n_iter: int | None = None) -> float:
        """Return the predicted iterations to a good fit, which are not fewer than `n_iter`, or NaN."""
        try:
            return predict_iterations(
                self.objective,
                self.theta,
                self.objective.minimum + GAP_OF_A_GOOD_FIT * self.reference,
                alpha=alpha,
                scheduler=scheduler,
                first_iter=self.first_iter,
                max_iter=self.first_iter if n_iter is None else n_iter,
            )
        except Exception:
            if type(scheduler) in SCHEDULERS.values():
                raise
            return np.nan  # a schedule of the user's own, such as a table of rates, may not know of later iterations


def event(descent: Descent, status: str, gap: float, *, bad: bool) -> str:
    """Return the sentence on what happened, and on how good the fit is."""
    costs, path, n_iter, alpha = descent.path.costs, descent.path, descent.n_iter, f"alpha={descent.alpha:.3g}"
    max_iter, i_best = f"max_iter={descent.max_iter - descent.first_iter}", descent.first_iter + path.i_best
    lacks, gains = _gap_in_words(descent, gap)
    if status == "diverged":
        return (
            f"The descent diverged: with {alpha} the cost rose from {costs[0]:.3g} to {costs[-1]:.3g} by iteration "
            f"{n_iter}; coef_ and intercept_ are those of the best iterate, number {i_best}, and {gains}."
        )
    if status == "early_stopped":
        return (
            f"The descent stopped early with {alpha}, at iteration {n_iter}: the validation cost had not fallen for "
            f"n_iter_no_change={descent.n_iter_no_change} iterations. coef_ and intercept_ are those of iteration "
            f"{i_best}, where it was lowest; {lacks}, on purpose."
        )
    stop_rule = f"at iteration {n_iter} no parameter moved by more than tol={descent.tol or 0.0:g}"
    what = {
        "converged": f"The descent converged with {alpha}: {stop_rule}; {lacks}.",
        "stalled": f"The descent stalled with {alpha}: {stop_rule}, but {gains}.",
        "max_iter": f"The descent ended with {alpha} after {max_iter} iterations; {lacks}."
        if not bad
        else f"The descent ran out of {max_iter} iterations with {alpha}, but {gains}.",
    }[status]
    if path.validation_costs is not None:
        what += f" coef_ and intercept_ are those of iteration {i_best}, where the validation cost was lowest."
    return what


def remedy(descent: Descent, limits: AlphaLimits, status: str, n_iter_needed: float) -> str:
    """Return the sentences on why a fit is bad, and what to do."""
    plain = type(descent.optimizer) is GradientDescent
    peak = peak_factor(descent.scheduler, descent.first_iter, descent.n_iter, descent.max_iter)
    if status == "diverged" or (plain and peak * descent.alpha >= limits.alpha_limit):
        return _too_large(descent, limits, peak)
    predicted = descent.is_predictable and not math.isnan(n_iter_needed)
    sentences = _by_prediction(descent, n_iter_needed) if predicted else _by_rates(descent, peak)
    if n_iter_needed == np.inf:
        pass  # neither tol nor max_iter would help
    elif status == "stalled":
        sentences.append("Lower tol, or set it to None, if you want the descent to go on.")
    elif not predicted:
        sentences.append("Raise max_iter.")
    elif n_iter_needed <= _PRACTICAL:
        sentences.append(f"Or raise max_iter to {n_iter_needed - descent.first_iter}.")
    if limits.scaling_helps and descent.standardized is not None and predicted:
        sentences.append(f"With standardize=True it takes {count(iterations_at_auto(descent.standardized()))}.")
    return " ".join(sentences)


def _gap_in_words(descent: Descent, gap: float) -> tuple[str, str]:
    """Return what a good fit lacks, and what a bad one can gain."""
    what = "training R²" if has_r2(descent.objective) and descent.objective.l2 == 0.0 else "cost"
    if gap <= _ROUNDING:
        return f"the {what} is the best possible, to rounding", f"the {what} was the best possible, to rounding"
    at_least = "at least " if np.isnan(descent.objective.minimum) else ""
    if not has_r2(descent.objective):
        share = "of its value at the start"
    elif descent.objective.l2 > 0.0:
        share = "of its value at the mean of y"
    else:
        return (
            f"the training R² is {at_least}{gap:.2g} below the best possible",
            f"the training R² can still gain {at_least}{gap:.3g}",
        )
    return (
        f"the cost is {at_least}{gap:.2g} {share} above its minimum",
        f"the cost can still fall by {at_least}{gap:.3g} {share}",
    )


def _too_large(descent: Descent, limits: AlphaLimits, peak: float) -> str:
    auto = descent.alpha_if_auto()
    alpha = auto / peak if auto < peak * descent.alpha else descent.alpha / 10.0
    what = f"alpha={descent.alpha:.3g} is too large"
    if peak > 1.0 and descent.alpha < limits.alpha_limit:
        what = f"The scheduler raises alpha={descent.alpha:.3g} to {peak * descent.alpha:.3g}, which is too large"
    return f"{what}: try alpha={alpha:.3g}" + (', which is alpha="auto".' if alpha == auto else ".")


def _by_prediction(descent: Descent, n_iter_needed: float) -> list[str]:
    alpha, scheduler, auto = descent.alpha, descent.scheduler, descent.alpha_if_auto()
    goal = "R²" if has_r2(descent.objective) and descent.objective.l2 == 0.0 else "cost"
    needed = f"to come within 0.001 of the best {goal} takes {count(n_iter_needed)}"
    sentences = []
    if type(scheduler) is not Constant:
        at_constant_rate = descent.predict(alpha, Constant())
        if at_constant_rate <= _WORTH * n_iter_needed:
            last = scheduler(descent.n_iter - 1, descent.max_iter)
            sentences.append(
                f"The scheduler starves the descent, and has brought alpha down to {last * alpha:.3g}: "
                f"{needed}, but {count(at_constant_rate)} at the constant rate {alpha:.3g}."
            )
    at_auto = descent.predict(auto, scheduler)
    if at_auto <= _WORTH * n_iter_needed and alpha != auto:
        what = "too small" if alpha < auto else "so close to the limit that the descent overshoots to and fro"
        sentences.append(
            f'alpha={alpha:.3g} is {what}: {needed}, but {count(at_auto)} with alpha={auto:.3g}, which is alpha="auto".'
        )
    return sentences or [f"T{needed[1:]}."]


def _by_rates(descent: Descent, peak: float) -> list[str]:
    """Return what can be said without a prediction."""
    sentences = []
    auto = descent.alpha_if_auto()
    if descent.alpha < 0.99 * auto:
        sentences.append(f'Try a larger alpha={auto:.3g}, which is alpha="auto".')
    last = descent.scheduler(descent.n_iter - 1, descent.max_iter)
    if last < 0.5 * peak:
        sentences.append(f"The scheduler has brought alpha down to {last * descent.alpha:.3g}: let it decay less.")
    return sentences
