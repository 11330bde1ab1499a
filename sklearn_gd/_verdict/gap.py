"""How far the minimum is, exact where it is known and a lower bound where it is not, and which distance is good."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

# The training R² that a good fit may still lack.
GAP_OF_A_GOOD_FIT = 0.001
# A smallest cost below this share of that of the mean is the rounding of data in float32, (2**-24)**2, and to spare.
_ROUNDING_OF_DATA = 1e-14
# Steps of conjugate gradients, or of FISTA, that look for a lower cost where the minimum is not known: at most so many,
# and half as many as the descent has done, so that a diagnosis never costs more than the descent.
_STEPS = 10
# A curvature so small, on columns scaled to one size, is the rounding of none: there is nothing to be found there.
_NOISE = 1e-12
# A smaller rise of the cost is rounding.
_RISE = 1e-9


def has_r2(cost) -> bool:
    """Return whether the targets vary."""
    return cost.constant_cost > np.finfo(np.float64).eps * cost.zero_cost


def reference_cost(cost, first_cost: float) -> float:
    """Return the cost that a gap is a share of: that of the mean, or for constant targets of zero or of the start."""
    return cost.constant_cost if has_r2(cost) else max(cost.zero_cost, first_cost)


def allowance(cost, first_cost: float) -> float:
    """Return how far above the minimum the cost of a good fit may be.

    By 0.001 of R²; and where R² is near 1, and blind, by no more than the minimum itself, so that the squared error is
    at most twice the best possible one. Twice of what is but rounding means nothing.
    """
    allowed, minimum = GAP_OF_A_GOOD_FIT * reference_cost(cost, first_cost), cost.minimum
    is_known = has_r2(cost) and minimum > _ROUNDING_OF_DATA * cost.constant_cost
    return min(allowed, minimum) if is_known else allowed


def good_cost(cost, first_cost: float) -> float:
    """Return the highest cost of a good fit; NaN where the minimum is not known."""
    return cost.minimum + allowance(cost, first_cost)


def good_from(costs: np.ndarray, good: float) -> int:
    """Return the number of the iterate from which on all costs are good; that of all iterates if the last is not."""
    bad = np.flatnonzero(~(costs <= good))
    return int(bad[-1]) + 1 if bad.size else 0


def is_bound_from_above(cost) -> bool:
    """Return whether a gap is at most what it is said to be, because the minimum is not known, but bounded."""
    return bool(np.isnan(cost.minimum)) and cost.penalty is not None and cost.is_bounded_below


def is_good(cost, run, i: int) -> bool:
    """Return whether an iterate of a run, the last or the best, is near the minimum, or not known to be far."""
    if np.isnan(cost.minimum):
        gap = gap_at(cost, run, i)
        return gap <= GAP_OF_A_GOOD_FIT or (cost.penalty is not None and _gain(cost, run, i) <= GAP_OF_A_GOOD_FIT)
    return bool(run.costs[i] <= good_cost(cost, run.costs[0]))


def gap_at(cost, run, i: int) -> float:
    """Return the gap of an iterate of a run, the last or the best, or a bound where the minimum is not known.

    With `l1`, and with `l2` and `positive`, it is an upper bound, the duality gap; otherwise a lower one, what steps of
    FISTA gain where there is `positive` alone.
    For any cost of curvature up to ``L`` it is ``J - J* >= ||g||**2 / (2 L)``. If that does not say that the fit
    is bad, some steps of conjugate gradients do, if they find a lower cost.
    """
    reference = reference_cost(cost, run.costs[0])
    if reference == 0.0:
        return 0.0
    if not np.isnan(cost.minimum):
        return max(float(run.costs[i] - cost.minimum) / reference, 0.0)
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
    """Return by how much some steps of FISTA lower the cost of an iterate, as a share of what gaps are measured by."""
    theta = run.best if i == run.i_best else run.last
    return cost.gain(theta, min(_STEPS, len(run.costs) // 2)) / reference_cost(cost, run.costs[0])


def has_diverged(cost, run) -> bool:
    """Return whether the cost left every bound, or a bad fit ended above its initial cost."""
    if run.status == "diverged" or not _has_risen(run)[-1]:
        return run.status == "diverged"
    return not is_good(cost, run, len(run.costs) - 1)


def kept_iterates(cost, run) -> np.ndarray:
    """Return the numbers of the iterates that fits of 0, 1, 2, ... iterations would keep.

    It is the last one, but for a divergence the best one so far.
    """
    diverged = _has_risen(run)
    if diverged.any() and not np.isnan(cost.minimum):
        diverged &= run.costs > good_cost(cost, run.costs[0])
    diverged[-1] = has_diverged(cost, run)
    lowest = np.minimum.accumulate(run.costs)
    new = run.costs < np.concatenate([[np.inf], lowest[:-1]])
    numbers = np.arange(len(new))
    return np.where(diverged, np.maximum.accumulate(np.where(new, numbers, 0)), numbers)


def _has_risen(run) -> np.ndarray:
    """Return for each iterate whether its cost is above that of the initial guess, or of the first fit's."""
    return run.costs > max([run.costs[0], *run.start.costs[:1]]) * (1.0 + _RISE)


def _step(cost, g: np.ndarray, n_steps: int) -> np.ndarray:
    """Return some steps of conjugate gradients towards the minimum, on columns scaled to one size."""
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
