"""The distance to the minimum, exact if that is known and otherwise a bound, and which distance is good."""

import math

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

_EPS = float(np.finfo(np.float64).eps)
# The training R² of a good fit may be this far below the best.
GAP_OF_A_GOOD_FIT = 0.001
# A minimum below this share of the cost of the mean is the rounding of float32 data, (2**-24)**2, with a margin.
_ROUNDING_OF_DATA = 1e-14
# If the minimum is not known, at most this many steps of conjugate gradients or FISTA look for a lower cost, and at
# most half as many as the descent has taken, so that a diagnosis never takes longer than the descent.
_STEPS = 10
# On columns scaled to the same size, curvatures up to this are rounding errors.
_NOISE = 1e-12
# Smaller rises of the cost are rounding errors.
_RISE = 1e-9


def has_r2(cost) -> bool:
    """Return whether the targets vary."""
    return cost.constant_cost > _EPS * cost.zero_cost


def reference_cost(cost, first_cost: float) -> float:
    """Return the cost that gaps are relative to: that of the mean; for constant targets, that of zero or the start."""
    return cost.constant_cost if has_r2(cost) else max(cost.zero_cost, first_cost)


def allowance(cost, first_cost: float) -> float:
    """Return how far above the minimum the cost of a good fit may be.

    It is 0.001 in R². If R² is near 1, and therefore insensitive, it is at most the minimum itself, so that the squared
    error is at most twice the best possible one, unless the minimum is only rounding.
    """
    reference, minimum = reference_cost(cost, first_cost), cost.minimum
    allowed = GAP_OF_A_GOOD_FIT * reference
    is_near_1 = _ROUNDING_OF_DATA * reference < minimum < allowed
    return minimum if is_near_1 and has_r2(cost) else allowed


def good_cost(cost, first_cost: float) -> float:
    """Return the highest cost of a good fit; NaN if the minimum is not known."""
    return cost.minimum + allowance(cost, first_cost)


def good_from(costs: np.ndarray, good: float) -> int:
    """Return the first iterate from which on all costs are good; the number of iterates if the last one is not good."""
    bad = np.flatnonzero(~(costs <= good))
    return int(bad[-1]) + 1 if bad.size else 0


def is_bound_from_above(cost) -> bool:
    """Return whether the gap is an upper bound, because the minimum is not known but bounded from below."""
    return math.isnan(cost.minimum) and cost.penalty is not None and cost.is_bounded_below


def is_good(cost, run, i: int) -> bool:
    """Return whether an iterate of a run, the last or the best, is near the minimum, or not known to be far from it."""
    if math.isnan(cost.minimum):
        gap = gap_at(cost, run, i)
        return gap <= GAP_OF_A_GOOD_FIT or (cost.penalty is not None and _gain(cost, run, i) <= GAP_OF_A_GOOD_FIT)
    return bool(run.costs[i] <= good_cost(cost, run.costs[0]))


def gap_at(cost, run, i: int) -> float:
    """Return the gap of an iterate of a run, the last or the best, or a bound if the minimum is not known.

    With `l1`, and with `l2` and `positive`, it is an upper bound, the duality gap. Otherwise it is a lower bound; with
    only `positive`, the decrease in some steps of FISTA.
    For any cost with curvatures up to ``L``, ``J - J* >= ||g||**2 / (2 L)``. If this does not show that the fit is
    poor, a few steps of conjugate gradients may find a lower cost.
    """
    reference = reference_cost(cost, run.costs[0])
    if reference == 0.0:
        return 0.0
    if not math.isnan(cost.minimum):
        return max(float(run.costs[i] - cost.minimum) / reference, 0.0)
    if i not in run.bounds:
        run.bounds[i] = _bound(cost, run, i, reference)
    return run.bounds[i]


def _bound(cost, run, i: int, reference: float) -> float:
    """Return the bound on the gap, which reads the rows."""
    theta = run.best if i == run.i_best else run.last
    if cost.penalty is not None:
        return cost.gap(theta) / reference if is_bound_from_above(cost) else _gain(cost, run, i)
    value, g = cost.value_and_gradient(theta)
    if cost.L == 0.0 or not g.any():
        return 0.0
    gap = float(np.sum((g / np.sqrt(2.0 * cost.L * reference)) ** 2))
    if gap > GAP_OF_A_GOOD_FIT:
        return gap
    n_steps = min(_STEPS, len(run.costs) // 2)
    return max(gap, (value - cost.value_and_gradient(theta + _step(cost, g, n_steps))[0]) / reference)


def _gain(cost, run, i: int) -> float:
    """Return by how much some steps of FISTA lower the cost of an iterate, relative to the reference cost."""
    theta = run.best if i == run.i_best else run.last
    return cost.gain(theta, min(_STEPS, len(run.costs) // 2)) / reference_cost(cost, run.costs[0])


def has_diverged(cost, run) -> bool:
    """Return whether the cost grew beyond all bounds, or a poor fit ended above its initial cost."""
    if run.status == "diverged" or not run.costs[-1] > _highest(run):
        return run.status == "diverged"
    return not is_good(cost, run, len(run.costs) - 1)


def kept_iterates(cost, run, ends: np.ndarray | None = None) -> np.ndarray:
    """Return the numbers of the iterates that fits of 0, 1, 2, ... iterations would keep.

    Each is the last iterate or, after a divergence, the best one so far. The fits end at the costs `ends`, which are
    those of the iterates unless they end with a `LastStep`.
    """
    ends = run.costs if ends is None else ends
    diverged = ends > _highest(run)
    if diverged.any() and not math.isnan(cost.minimum):
        diverged &= ends > good_cost(cost, run.costs[0])
    diverged[-1] = has_diverged(cost, run)
    lowest = np.minimum.accumulate(run.costs)
    new = run.costs < np.concatenate([[np.inf], lowest[:-1]])
    numbers = np.arange(len(new))
    return np.where(diverged, np.maximum.accumulate(np.where(new, numbers, 0)), numbers)


def _highest(run) -> float:
    """Return the highest cost that is not a rise above the initial guess, that of the first fit included."""
    return max([run.costs[0], *run.start.costs[:1]]) * (1.0 + _RISE)


def _step(cost, g: np.ndarray, n_steps: int) -> np.ndarray:
    """Return some steps of conjugate gradients towards the minimum, on columns scaled to the same size."""
    diagonal = cost.diagonal
    scale = np.divide(1.0, np.sqrt(diagonal), out=np.zeros_like(diagonal), where=diagonal > 0.0)
    scale = scale.reshape(-1, *[1] * (g.ndim - 1))
    b = -(scale * g).ravel()
    size = np.abs(b).max() or 1.0

    def product(v: np.ndarray) -> np.ndarray:
        return (scale * cost.hessian_product(scale * v.reshape(g.shape))).ravel()

    H = LinearOperator((g.size, g.size), product, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        v, _ = cg(H, b / size, rtol=1e-4, maxiter=n_steps)
    if not b @ v / size > _NOISE * (v @ v):  # v' H v = b' v
        return np.zeros_like(g)
    return scale * size * v.reshape(g.shape)
