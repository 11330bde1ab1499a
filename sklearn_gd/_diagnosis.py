"""What happened in a descent on least squares, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sklearn_gd._objectives import Quadratic

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
        The training R² still to be gained: ``(J - J*) / J(mean of y)``.
    message : str
        What to tell the user of a bad fit; empty for a good one.
    """

    status: Literal["converged", "stalled", "max_iter", "diverged"]
    gap: float
    message: str


def diagnose(
    objective: Quadratic,
    cost_history: np.ndarray,
    end: Literal["converged", "max_iter", "diverged"],
    *,
    alpha: float,
    alpha_if_auto: float,
    last_factor: float,
    L: float,
    tol: float | None,
) -> Diagnosis:
    """Return the diagnosis of a descent.

    Parameters
    ----------
    objective : Quadratic
        The cost that was descended.
    cost_history : ndarray of shape (n_iter + 1,)
        The cost of each iterate, the initial guess first.
    end : {"converged", "max_iter", "diverged"}
        Why the loop ended.
    alpha, alpha_if_auto : float
        The rate that was used, and the one that ``alpha="auto"`` stands for.
    last_factor : float
        The scheduler's factor in the last iteration.
    L : float
        The largest eigenvalue of the Hessian.
    tol : float or None
        The tolerance of the stop rule.
    """
    first, last = cost_history[0], cost_history[-1]
    n_iter = len(cost_history) - 1
    gap = r2_gap(objective, last, first)
    if end == "diverged" or (gap > GAP_OF_A_GOOD_FIT and last > first):
        return Diagnosis("diverged", gap, _divergence(cost_history, alpha, alpha_if_auto, L))
    if gap <= GAP_OF_A_GOOD_FIT:
        return Diagnosis(end, gap, "")
    if end == "converged":
        status, what, remedy = "stalled", f"no parameter moved by more than tol={tol:g}", "lower tol, or set it to None"
    else:
        status, what, remedy = "max_iter", f"it ran out of max_iter={n_iter}", "raise max_iter"
    remedies = [f"- {remedy};"]
    if alpha < alpha_if_auto:
        remedies.append(f'- raise alpha from {alpha:.3g} to {alpha_if_auto:.3g}, which is alpha="auto";')
    if last_factor < 0.5:
        remedies.append(f"- take a scheduler that decays less: its last factor on alpha was {last_factor:.3g};")
    curvatures = np.diagonal(objective.H)
    if curvatures.max() > 10.0 * curvatures.min():
        remedies.append("- bring the columns to one scale, as StandardScaler does;")
    return Diagnosis(
        status,
        gap,
        f"The descent ended at iteration {n_iter}, because {what}, "
        f"but the training R² can still gain {gap:.3g}. You can\n" + "\n".join(remedies)[:-1] + ".",
    )


def r2_gap(objective: Quadratic, cost: float, initial_cost: float) -> float:
    """Return the training R² that `cost` lacks against the minimum.

    Targets that are constant have no R²; the gap is a share of the cost at zero or at the initial guess then,
    whichever is larger.
    """
    reference = objective.constant_cost
    if reference <= np.finfo(float).eps * objective.zero_cost:
        reference = max(objective.zero_cost, initial_cost)
    return max(float(cost - objective.minimum) / reference, 0.0) if reference > 0.0 else 0.0


def _divergence(cost_history: np.ndarray, alpha: float, alpha_if_auto: float, L: float) -> str:
    remedy = alpha_if_auto if alpha_if_auto < alpha else alpha / 10.0
    return (
        f"The descent diverged: alpha={alpha:.3g} is too large. The cost rose from {cost_history[0]:.3g} "
        f"to {cost_history[-1]:.3g} by iteration {len(cost_history) - 1}; "
        f"coef_ and intercept_ are those of the best iterate, number {np.argmin(cost_history)}. "
        f"On these data plain gradient descent needs alpha below 2/L={2.0 / L:.3g}. "
        f"Try alpha={remedy:.3g}" + (' or alpha="auto".' if remedy == alpha_if_auto else ".")
    )
