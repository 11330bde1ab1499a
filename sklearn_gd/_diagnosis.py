"""What happened in a descent on least squares, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sklearn_gd._objectives import Quadratic, Rows
from sklearn_gd._path import Path

# The training R² that a good fit may still lack.
GAP_OF_A_GOOD_FIT = 0.001


@dataclass(frozen=True)
class Diagnosis:
    """The end of a descent, measured against the exact minimum.

    Attributes
    ----------
    status : {"converged", "stalled", "max_iter", "diverged"}
        ``"stalled"`` where the stop rule fired far from the minimum;
        ``"diverged"`` where the cost left its bound, or a bad fit ended above its initial cost.
    gap : float
        The training R² still to be gained: ``(J - J*) / J(mean of y)``, or a lower bound of it.
    message : str
        What to tell the user of a bad fit; empty for a good one.
    """

    status: Literal["converged", "stalled", "max_iter", "diverged"]
    gap: float
    message: str


def diagnose(
    objective: Quadratic | Rows,
    path: Path,
    *,
    alpha: float,
    last_factor: float,
    tol: float | None,
    limits: Callable[[], tuple[float, float]],
) -> Diagnosis:
    """Return the diagnosis of a descent.

    Parameters
    ----------
    objective : Quadratic or Rows
        The cost that was descended.
    path : Path
        The descent.
    alpha : float
        The rate that was used.
    last_factor : float
        The scheduler's factor in the last iteration.
    tol : float or None
        The tolerance of the stop rule.
    limits : callable
        Returns the largest eigenvalue of the Hessian, and the rate that ``alpha="auto"`` stands for.
        Called only where they are needed, since they may cost as much as the descent.
    """
    first, last = path.costs[0], path.costs[-1]
    n_iter = len(path.costs) - 1
    gap, at_least = _gap(objective, path, limits)
    if path.status == "diverged" or (gap > GAP_OF_A_GOOD_FIT and last > first):
        return Diagnosis("diverged", gap, _divergence(path.costs, alpha, *limits()))
    if gap <= GAP_OF_A_GOOD_FIT:
        return Diagnosis(path.status, gap, "")
    if path.status == "converged":
        status, what, remedy = "stalled", f"no parameter moved by more than tol={tol:g}", "lower tol, or set it to None"
    else:
        status, what, remedy = "max_iter", f"it ran out of max_iter={n_iter}", "raise max_iter"
    remedies = [f"- {remedy};"]
    _, alpha_if_auto = limits()
    if alpha < alpha_if_auto:
        remedies.append(f'- raise alpha from {alpha:.3g} to {alpha_if_auto:.3g}, which is alpha="auto";')
    if last_factor < 0.5:
        remedies.append(f"- take a scheduler that decays less: its last factor on alpha was {last_factor:.3g};")
    curvatures = np.append(objective.curvatures, 1.0)
    if curvatures.max() > 10.0 * curvatures.min():
        remedies.append("- bring the columns to one scale with standardize=True, or a StandardScaler;")
    return Diagnosis(
        status,
        gap,
        f"The descent ended at iteration {n_iter}, because {what}, "
        f"but the training R² can still gain {at_least}{gap:.3g}. You can\n" + "\n".join(remedies)[:-1] + ".",
    )


def _gap(objective: Quadratic | Rows, path: Path, limits: Callable) -> tuple[float, str]:
    """Return the training R² that the last iterate lacks, and ``"at least "`` where that is all that can be known.

    Where the minimum is not known, ``J - J* >= ||g||**2 / (2 L)`` holds for any cost of curvature up to ``L``.

    Targets that are constant have no R²; the gap is a share of the cost at zero or at the initial guess then,
    whichever is larger.
    """
    first, last = path.costs[0], path.costs[-1]
    reference = objective.constant_cost
    if reference <= np.finfo(float).eps * objective.zero_cost:
        reference = max(objective.zero_cost, first)
    if reference == 0.0:
        return 0.0, ""
    if not np.isnan(objective.minimum):
        return max(float(last - objective.minimum) / reference, 0.0), ""
    L, _ = limits()
    _, g = objective.value_and_gradient(path.last)
    return float(np.vdot(g, g)) / (2.0 * L) / reference if L else 0.0, "at least "


def _divergence(costs: np.ndarray, alpha: float, L: float, alpha_if_auto: float) -> str:
    remedy = alpha_if_auto if alpha_if_auto < alpha else alpha / 10.0
    return (
        f"The descent diverged: alpha={alpha:.3g} is too large. The cost rose from {costs[0]:.3g} "
        f"to {costs[-1]:.3g} by iteration {len(costs) - 1}; "
        f"coef_ and intercept_ are those of the best iterate, number {np.argmin(costs)}. "
        f"On these data plain gradient descent needs alpha below 2/L={2.0 / L if L else np.inf:.3g}. "
        f"Try alpha={remedy:.3g}" + (' or alpha="auto".' if remedy == alpha_if_auto else ".")
    )
