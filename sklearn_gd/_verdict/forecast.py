"""The number of iterations that a descent needs, predicted from the eigenvalues without a descent."""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sklearn_gd._descent.run import COST_BOUND
from sklearn_gd._descent.settings import Settings
from sklearn_gd._verdict.gap import allowance
from sklearn_gd.optimizers import GradientDescent, Momentum, Nesterov

#: The optimizers whose progress the eigenvalues predict.
PREDICTABLE = (GradientDescent, Momentum, Nesterov)
# The exponents of 2 above which iterations count as infinitely many: at a constant rate, and under a schedule, which
# needs integers.
_LONG, _LONG_SCHEDULED = 1000, 50


@dataclass(frozen=True, eq=False)
class Outlook:
    """The distance from a point to a good fit, mode by mode.

    Attributes
    ----------
    auto : float
        The rate ``1 / L``.
    allowed : float
        The cost that all modes together may add to that of a good fit.
    lam, energies, slopes : ndarray of shape (n_modes,)
        For each mode that adds to the cost at the point, its curvature, what it adds, and the size of the gradient
        along it. They are empty if computing the modes would take longer than the descent did.
    n_parameters : int
        The number of parameters, for all targets.
    longest : float
        A number of iterations at ``1 / L`` that is enough for all modes.
    """

    auto: float
    allowed: float
    lam: np.ndarray
    energies: np.ndarray
    slopes: np.ndarray
    n_parameters: int
    longest: float = 0

    @classmethod
    def of(cls, cost, theta: np.ndarray, first_cost: float, *, price: float = math.inf) -> "Outlook":
        """Return the outlook from `theta`, on a cost whose minimum is known; `price` limits the cost of the modes."""
        auto, allowed = 1.0 / cost.L if cost.L else 1.0, allowance(cost, first_cost)
        if cost.modes_price > price:
            longest = _longest(cost, theta, allowed)
            return cls(auto, allowed, *[np.empty(0)] * 3, theta.size, longest)
        modes = cost.modes(theta)
        some = (modes.energies > 0.0) & (modes.lam > 0.0)
        return cls(
            auto, allowed - modes.unexplained, modes.lam[some], modes.energies[some], modes.slopes[some], theta.size
        )

    def iterations(self, optimizer: Callable, alpha: float) -> float:
        """Return after how many iterations at a constant rate the fit is good and stays so, or infinity.

        The number is exact for plain descent, and an upper bound for momentum and Nesterov.
        """
        if self.longest:
            return self.longest if alpha == self.auto and type(optimizer) is GradientDescent else math.inf
        log_decay = self._log_decay(optimizer, alpha)
        made = vars(self).setdefault("_iterations", {})
        if log_decay not in made:  # a remedy may be evaluated twice
            made[log_decay] = _first(lambda n: self._is_good(log_decay(float(n))), _LONG)
        return made[log_decay]

    def is_good_by(self, optimizer: Callable, alpha: float, n_iter: int) -> bool:
        """Return whether `n_iter` iterations at a constant rate, and all larger numbers, are enough."""
        if self.longest:
            return self.iterations(optimizer, alpha) <= n_iter
        return self._is_good(self._log_decay(optimizer, alpha)(float(n_iter)))

    def iterations_scheduled(self, settings: Settings, first_iter: int, at_least: int) -> float:
        """Return the smallest `max_iter` after which plain descent under a schedule is good, or infinity.

        A schedule that depends on `max_iter` is stretched accordingly.
        """
        return at_least + _first(
            lambda n: self.is_good_after(replace(settings, max_iter=at_least + n), first_iter), _LONG_SCHEDULED
        )

    def is_good_after(self, settings: Settings, first_iter: int) -> bool:
        """Return whether plain descent under a schedule is good after `max_iter` iterations, without a divergence."""
        if self.longest:
            return False
        t, weights = _sampled_iterations(first_iter, settings.max_iter)
        log_decays = np.cumsum(
            weights[:, np.newaxis] * _log_factors(np.multiply.outer(settings.rates(t), self.lam)), axis=0
        )
        highest = np.exp(2.0 * log_decays.max(axis=0)) @ self.energies
        return self._is_good(log_decays[-1]) and highest <= COST_BOUND * self.energies.sum()

    def rests(self, alpha: float, n_iter: float, tol: float | None) -> bool:
        """Return whether `tol` may end plain descent at a constant rate before `n_iter` iterations.

        The moves shrink, and the largest entry of a move is at least its norm over the square root of their number.
        """
        if tol is None or n_iter < 1:
            return False
        moves = alpha * self.slopes * np.exp(self._log_decay(GradientDescent(), alpha)(n_iter - 1.0))
        return bool(np.linalg.norm(moves) <= 2.0 * math.sqrt(self.n_parameters) * tol)  # 2: a margin for rounding

    def _log_decay(self, optimizer: Callable, alpha: float) -> Callable[[float], np.ndarray]:
        """Return the result of `_log_decay`, cached for each rule and rate."""
        made = vars(self).setdefault("_log_decays", {})
        key = type(optimizer), getattr(optimizer, "beta", 0.0), alpha
        if key not in made:
            made[key] = _log_decay(optimizer, alpha * self.lam)
        return made[key]

    def _is_good(self, log_decay: np.ndarray) -> bool:
        return bool(np.exp(2.0 * log_decay) @ self.energies <= self.allowed)


def _longest(cost, theta: np.ndarray, allowed: float) -> float:
    """Return after how many iterations at ``1 / L`` plain descent is good, whatever the eigenvalues; or infinity.

    After ``t`` iterations its cost is at most ``L |theta - theta*|**2 / (4 t + 2)`` above the minimum (Nesterov,
    "Introductory Lectures on Convex Optimization", 2004, theorem 2.1.14), and at most ``L |theta - x|**2 / (2 t)``
    above the cost at any other point ``x``, which helps if the minimum is far away and a closer point is as good.
    """
    to_minimum, to_near = (cost.L * float(np.sum((theta - point) ** 2)) for point in (cost.theta_star, cost.theta_near))
    left = allowed - (cost.cost_near - cost.minimum)
    longest = min(to_minimum / (4.0 * allowed), to_near / (2.0 * left) if left > 0.0 else math.inf)
    return math.ceil(longest) if longest < math.inf else math.inf


def _first(reached: Callable[[int], bool], exponents: int) -> float:
    """Return the smallest integer from which on a condition holds, or infinity.

    It is found by powers of two, then by bisection between them, to rounding above 2**60.
    """
    if reached(0):
        return 0
    k = bisect_left(range(exponents), True, key=lambda k: reached(2**k))
    if k == exponents:
        return math.inf
    unit = 2 ** max(k - 60, 0)
    return unit * bisect_left(range(2**k // unit), True, lo=2**k // unit // 2, key=lambda n: reached(n * unit))


def _log_factors(x: np.ndarray) -> np.ndarray:
    """Return ``log(abs(1 - x))``."""
    return np.log1p(np.where(x < 1.0, -x, x - 2.0))


def _if_it_shrinks(log_rho: np.ndarray) -> np.ndarray:
    """Return the logarithms of the factors of modes, infinite for those that do not shrink."""
    return np.where(log_rho < 0.0, np.maximum(log_rho, -30.0), np.inf)


def _log_decay(optimizer: Callable, x: np.ndarray) -> Callable[[float], np.ndarray]:
    r"""Return the logarithm of a bound on what remains of each mode after some iterations, and after all further ones.

    With ``x = alpha lam`` a mode's distance from the minimum is ``e(t+1) = tau e(t) - delta e(t-1)``, ``e(0) = 1``.
    The roots ``r = 1 - y`` of ``r**2 - tau r + delta`` have ``y**2 - s y + x = 0``, where

    ===========  =======================  ==================  =================
    rule         ``s = 2 - tau``          ``delta``           ``e(1)``
    ===========  =======================  ==================  =================
    gd           ``1 + x``                ``0``               ``1 - x``
    momentum     ``1 - beta + x``         ``beta``            ``1 - x``
    nesterov     ``1 - beta + (1+beta)x`` ``beta (1 - x)``    ``1 - (1+beta)x``
    ===========  =======================  ==================  =================

    and ``abs(e(t)) <= rho**t + abs(e(1) - r) min(t rho**(t-1), 2 rho**t / abs(r - r'))`` with the larger root ``r``,
    of size ``rho``; so plain descent has ``abs(1 - x)**t`` exactly.
    """
    beta = getattr(optimizer, "beta", 0.0)
    if not beta:
        log_rho = _if_it_shrinks(_log_factors(x))
        return lambda n: n * log_rho if n > 0 else 0.0 * x
    first = (1.0 + beta) * x if type(optimizer) is Nesterov else x
    s = 1.0 - beta + first
    delta = beta * (1.0 - x) if type(optimizer) is Nesterov else beta
    discriminant = s * s - 4.0 * x
    q = np.sqrt(np.abs(discriminant))
    near, far = 2.0 * x / (s + q), (s + q) / 2.0  # distances from 1; in this form a tiny x keeps its digits
    y = np.where(np.abs(1.0 - near) >= np.abs(1.0 - far), near, far)
    real = discriminant >= 0.0
    log_rho = np.where(real, _log_factors(y), np.log(np.maximum(np.abs(delta), 1e-300)) / 2.0)
    size = np.where(real, np.abs(y - first), np.hypot(s / 2.0 - first, q / 2.0))
    log_rho = _if_it_shrinks(log_rho)
    growth = size * np.exp(-log_rho)  # t * growth * rho**t has its peak at -1 / log_rho - 1 / growth
    peak, swing = -1.0 / log_rho - 1.0 / np.maximum(growth, 1e-300), np.log1p(2.0 * size / q)

    def log_decay(n: float) -> np.ndarray:
        late = np.maximum(n, peak)
        return np.fmin(late * log_rho + np.log1p(late * growth), n * log_rho + swing) if n > 0 else 0.0 * x

    return log_decay


def _sampled_iterations(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a sample of the iterations ``first .. last - 1`` and how many each stands for; up to 4096, all of them.

    The sample is both evenly and geometrically spaced, for schedules that depend on the share of `max_iter` that has
    passed and for those that decay from the start.
    """
    n = last - first
    if n <= 4096:
        return np.arange(first, last), np.ones(n)
    t = np.unique(np.concatenate([np.linspace(0, n - 1, 512), np.geomspace(1, n, 512) - 1]).round().astype(np.int64))
    edges = np.concatenate([[-0.5], (t[1:] + t[:-1]) / 2.0, [n - 0.5]])
    return first + t, np.diff(edges)
