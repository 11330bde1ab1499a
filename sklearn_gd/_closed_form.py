"""Plain descent in closed form: its iterates, and how many of them it needs."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from sklearn_gd._descent import rate_factor
from sklearn_gd._quadratic import Quadratic, scale_ratio
from sklearn_gd._rows import Rows
from sklearn_gd._spectrum import FEW_PARAMETERS, QuadraticBasis, RowsBasis, basis_of, by_target
from sklearn_gd.schedulers import Constant

_EPS = np.finfo(np.float64).eps
# Numbers in a stretch of iterates that is evaluated at once, 256 KiB: they stay in a core's cache. And the iterates of
# the first stretch.
_STRETCH_SIZE = 2**15
_FIRST_STRETCH = 1024
# The largest ratio of curvatures for the closed form: then it has 10 digits.
_WELL_SCALED = 1e12


class Stretch(NamedTuple):
    """Some consecutive iterates: their costs, why the last is the last, and a function for the parameters of one."""

    costs: np.ndarray
    status: str | None
    theta: Callable[[int], np.ndarray]


def descend_in_closed_form(
    objective: Quadratic | Rows,
    theta: np.ndarray,
    *,
    alpha: float,
    scheduler: Callable[[int, int], float],
    first_iter: int,
    max_iter: int,
    tol: float | None,
    cost_bound: float,
) -> Iterator[Stretch]:
    r"""Yield the iterates of plain descent that follow `theta`, which is that of iteration `first_iter`.

    .. math:: \theta(t) = \theta(t_0) - Q \sum_{s=t_0}^{t-1} \alpha_s p(s) \odot Q' g(t_0), \qquad
              p_i(t) = \prod_{s=t_0}^{t-1} (1 - \alpha_s \lambda_i)

    They are those of `descend` with the same end, to rounding; a stretch of them costs a product of matrices.
    The parameters are computed only where the stop rule might fire.
    """
    basis = basis_of(objective, theta)
    shape, theta = theta.shape, by_target(theta)[:, np.newaxis]
    decay, e = np.ones_like(basis.lam), np.zeros_like(basis.gradient)[:, np.newaxis]
    t, length = first_iter, _FIRST_STRETCH
    while True:
        length = min(length, max_iter - t, max(_STRETCH_SIZE // max(e.size, 1), 1))
        rates = alpha * _rate_factors(scheduler, t, t + length, max_iter)
        decays = np.empty((length + 1, len(decay)))
        decays[0] = decay
        np.subtract(1.0, np.multiply.outer(rates, basis.lam), out=decays[1:])
        np.cumprod(decays, axis=0, out=decays)
        costs = basis.cost(decays[1:])
        costs[np.isnan(costs)] = np.inf
        gradient_steps = -rates[:, np.newaxis] * decays[:-1]

        def theta_of(k: int, e=e, steps=gradient_steps) -> np.ndarray:
            total = e + (steps[: k + 1].sum(axis=0) * basis.gradient)[:, np.newaxis]
            return (theta + basis.move(total))[:, 0].T.reshape(shape)

        end, status = length, "max_iter" if t + length == max_iter else None
        stop = None if tol is None else _first_stop(basis, theta, e, gradient_steps, tol)
        if stop is not None:
            end, status = stop + 1, "converged"
        beyond = np.flatnonzero(~(costs[:end] <= cost_bound))
        if beyond.size:
            end, status = beyond[0] + 1, "diverged"
        yield Stretch(costs[:end], status, theta_of)
        if status:
            return
        t, decay, length = t + length, decays[-1], 2 * length
        e = e + (gradient_steps.sum(axis=0) * basis.gradient)[:, np.newaxis]


def iterations_worth_the_eigenbasis(objective: Quadratic | Rows) -> float:
    """Return how many iterations of the loop cost as much as the eigenbasis does.

    Nobody knows beforehand how many iterations a descent needs. One that loops until it has paid the price of the
    eigenbasis, and buys it then, never pays more than twice what it would have, had it known.
    Columns on very different scales are left to the loop: an eigenvector that a large column dominates has the
    others' share rounded to ``eps``, which is a relative error of the cost of ``eps`` times the ratio of the scales.
    """
    if scale_ratio(objective.diagonal) > _WELL_SCALED:
        return np.inf
    if isinstance(objective, Quadratic):
        n = len(objective.A)
        return 0 if n <= FEW_PARAMETERS else n // 2
    if objective.has_small_row_space:
        return 0
    m, n = objective.X.shape
    return np.inf if sp.issparse(objective.X) or m > n else m // 8


def predict_iterations(
    objective: Quadratic | Rows,
    theta: np.ndarray,
    cost: float,
    *,
    alpha: float,
    scheduler: Callable[[int, int], float],
    first_iter: int,
    max_iter: int,
) -> float:
    """Return after how many iterations plain descent from `theta` has come down to a cost: an integer, or infinity.

    It is the smallest `max_iter` that reaches the cost, the given one or a larger one, found by doubling and
    bisection. So a scheduler that depends on `max_iter` is stretched accordingly.
    Infinity also stands for more than 1e15 iterations under a scheduler that is not constant.

    Parameters
    ----------
    objective : Quadratic or Rows
        The cost, whose eigenbasis must be cheap.
    theta : ndarray
        The parameters at iteration `first_iter`.
    cost : float
        The cost to be reached.
    """
    basis = basis_of(objective, theta)
    energies, others = basis.energies()
    above = cost - objective.minimum - others
    lam = np.where(energies > 0.0, basis.lam, 0.0)
    constant = type(scheduler) is Constant

    def reached(n: int) -> bool:
        if constant:
            log_decay = float(n - first_iter) * _log_factors(alpha, lam)
        else:
            t, weight = _sampled_iterations(first_iter, n)
            rates = alpha * np.array([rate_factor(scheduler, int(k), n) for k in t])
            log_decay = weight @ _log_factors(rates[:, np.newaxis], lam)
        return bool(np.sum(energies * np.exp(2.0 * log_decay)) <= above)

    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        low, high, most = max_iter, max_iter + 1, 2**1000 if constant else 10**15
        if reached(low):
            return low
        if not reached(most):
            return np.inf
        while not reached(high):
            low, high = high, min(2 * high, most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def peak_factor(scheduler: Callable[[int, int], float], first_iter: int, n_iter: int, max_iter: int) -> float:
    """Return the largest factor that the scheduler has put on alpha, in a sample of the iterations."""
    t, _ = _sampled_iterations(first_iter, n_iter)
    return max(rate_factor(scheduler, int(k), max_iter) for k in t)


def _log_factors(rate: np.ndarray | float, lam: np.ndarray) -> np.ndarray:
    """Return ``log(abs(1 - rate * lam))``."""
    x = rate * lam
    return np.where(x < 1.0, np.log1p(-np.minimum(x, 1.0)), np.log(np.abs(x - 1.0)))


def _sampled_iterations(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Return some iterations of ``first .. last - 1`` and how many each stands for; up to 2048, all of them.

    Both evenly spaced and in geometric progression, for schedules that depend on the share of `max_iter` that has
    passed, and for those that decay from the start.
    """
    n = last - first
    if n <= 2048:
        return np.arange(first, last), np.ones(n)
    t = np.unique(np.concatenate([np.linspace(0, n - 1, 1024), np.geomspace(1, n, 1024) - 1]).round().astype(np.int64))
    edges = np.concatenate([[-0.5], (t[1:] + t[:-1]) / 2.0, [n - 0.5]])
    return first + t, np.diff(edges)


def _rate_factors(scheduler: Callable[[int, int], float], start: int, stop: int, max_iter: int) -> np.ndarray:
    if type(scheduler) is Constant:
        return np.ones(stop - start)
    return np.array([rate_factor(scheduler, t, max_iter) for t in range(start, stop)])


def _first_stop(
    basis: QuadraticBasis | RowsBasis, theta: np.ndarray, e: np.ndarray, gradient_steps: np.ndarray, tol: float
) -> int | None:
    """Return the first iteration in which no parameter moves by more than `tol`, in floating-point numbers.

    The largest move is at least the moves' norm, which the coordinates tell, over the root of their number;
    only where that leaves a doubt are the parameters themselves computed.
    """
    # Neither the rates nor the gradient can be squared as they are: at 1e-200 and 1e200 their product is 1.
    rate = np.abs(gradient_steps).max() or 1.0
    slope = np.abs(basis.gradient).max(initial=0.0) or 1.0
    norm = rate * slope * np.sqrt((gradient_steps / rate) ** 2 @ np.sum((basis.gradient / slope) ** 2, axis=0))
    rounding = _EPS * np.abs(theta + basis.move(e)).max()
    in_doubt = np.flatnonzero(~(norm > np.sqrt(theta.size) * (tol + rounding)))
    if not in_doubt.size:
        return None
    total_steps = np.cumsum(gradient_steps, axis=0)
    size = max(_STRETCH_SIZE // theta.size, 1)
    for some in (in_doubt[start : start + size] for start in range(0, len(in_doubt), size)):
        steps = gradient_steps[some] * basis.gradient[:, np.newaxis]
        so_far = e + total_steps[some] * basis.gradient[:, np.newaxis] - steps
        before = theta + basis.move(so_far)
        moves = np.abs((before + basis.move(steps)) - before).max(axis=(0, 2))
        stops = some[moves <= tol]
        if stops.size:
            return int(stops[0])
    return None
