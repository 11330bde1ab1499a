"""Plain descent in closed form, one stretch of iterates at a time."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._descent.settings import Settings

_EPS = np.finfo(np.float64).eps
# The numbers in a stretch of iterates that is evaluated at once, 256 KiB, which stay in a core's cache.
# The iterates of the first stretch; a user-defined scheduler is called for at most a few iterations beyond the last.
_STRETCH_SIZE = 2**15
_FIRST_STRETCH, _SHORT_STRETCH = 64, 32


class Stretch(NamedTuple):
    """Consecutive iterates: costs, rates, the status of the last, and functions that return the parameters.

    ``theta(k)`` returns the parameters of one iterate, ``thetas(start, end)`` those of several, one row each.
    """

    costs: np.ndarray
    rates: np.ndarray
    status: str | None
    theta: Callable[[int], np.ndarray]
    thetas: Callable[[int, int], np.ndarray]

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the parameters of all iterates, some at a time, because those of many targets would fill the memory."""
        n = len(self.costs)
        size = max(_STRETCH_SIZE // max(self.theta(0).size, 1), 1)
        for start in range(0, n, size):
            yield self.thetas(start, min(start + size, n))

    def cut(self, edges: list[int]) -> Iterator["Stretch"]:
        """Yield the parts between edges, of which the first is 0 and the last the number of iterates."""
        for first, end in itertools.pairwise(edges):
            yield Stretch(
                self.costs[first:end],
                self.rates[first:end],
                self.status if end == len(self.costs) else None,
                lambda k, first=first: self.theta(first + k),
                lambda start, end, first=first: self.thetas(first + start, first + end),
            )


def descend_in_closed_form(
    cost,
    theta: np.ndarray,
    settings: Settings,
    *,
    cost_bound: float,
    first_iter: int,
    known: tuple[float, np.ndarray] | None = None,
) -> Iterator[Stretch]:
    r"""Yield the iterates of plain descent that follow `theta`, the iterate with the number `first_iter`.

    .. math:: \theta(t) = \theta(t_0) - Q \sum_{s=t_0}^{t-1} \alpha_s p(s) \odot Q' g(t_0), \qquad
              p_i(t) = \prod_{s=t_0}^{t-1} (1 - \alpha_s \lambda_i)

    They equal those of `descend`, which has the same parameters, to rounding; a stretch of them takes one matrix
    product. The parameters themselves are computed only where the descent might stop. Cost and gradient at `theta` may
    be passed as `known`.
    """
    modes = cost.modes(theta, known)
    shape = theta.shape
    decay, e = 1.0, np.zeros((len(modes.gradient), 1, len(modes.lam)))
    t, longest = first_iter, max(_STRETCH_SIZE // max(len(modes.lam), 1), 1)
    length = _first_length(modes, settings, min(longest, settings.max_iter - t))
    while True:
        length = min(length, settings.max_iter - t, longest)
        rates = settings.rates(np.arange(t, t + length))
        decays = decays_of(decay, rates, modes.lam, constant=settings.is_constant)
        moves = Moves(modes, e, rates, decays[:-1])

        def theta_of(k: int, moves=moves) -> np.ndarray:
            return moves.to(k)[:, 0].T.reshape(shape)

        def thetas(start: int, end: int, moves=moves) -> np.ndarray:
            return np.moveaxis(moves.to_each(start, end), 0, -1).reshape(-1, *shape)

        end, status = length, "max_iter" if t + length == settings.max_iter else None
        stop = None if settings.tol is None else moves.first_below(settings.tol)
        if stop is not None:
            end, status = stop + 1, "converged"
        costs = modes.cost(decays[1 : end + 1])
        if not costs[costs.argmax()] <= cost_bound:  # that is NaN, if there is one
            end, status = int(np.argmin(costs <= cost_bound)) + 1, "diverged"
            costs[np.isnan(costs)] = np.inf
        yield Stretch(costs[:end], rates[:end], status, theta_of, thetas)
        if status:
            return
        t, decay = t + length, decays[-1]
        length = 2 * length if settings.is_foreseeable else length
        e = moves.total(len(rates))


def loops_before(cost) -> float:
    """Return the number of iterations in the loop before the closed form takes over.

    The number of iterations that a descent needs is not known in advance. A descent that loops for as long as the
    eigenbasis takes, and computes it then, never takes more than twice the time of the better choice.
    Columns on very different scales are left to the loop: in an eigenvector that a large column dominates, the
    components of the others are rounded to ``eps``, and the relative error of the cost is ``eps`` times the ratio of
    the scales.
    """
    price = cost.modes_price
    return price if price < np.inf and cost.is_well_scaled else np.inf


@dataclass(frozen=True, eq=False)
class Moves:
    """The moves of the parameters in a stretch, ``-alpha_t p(t) * Q' g``, one for each iteration.

    Attributes
    ----------
    modes : Modes
        The eigenbasis, and the gradient at the start of the descent.
    e : ndarray of shape (n_targets, 1, n_modes)
        The displacement from there to the start of the stretch.
    rates : ndarray of shape (n_iterations,)
        The rates ``alpha_t``.
    decays : ndarray of shape (n_iterations, n_modes)
        The factors ``p(t)`` of the gradient for each move.
    """

    modes: Modes
    e: np.ndarray
    rates: np.ndarray
    decays: np.ndarray

    def total(self, n_iter: int) -> np.ndarray:
        """Return the displacement from the start of the descent after `n_iter` iterations."""
        return self.e - (self.rates[:n_iter] @ self.decays[:n_iter] * self.modes.gradient)[:, np.newaxis]

    def to(self, k: int) -> np.ndarray:
        """Return the parameters after move number `k`, of shape (n_targets, 1, n_parameters)."""
        return self.modes.at(self.total(k + 1))

    def to_each(self, start: int, end: int) -> np.ndarray:
        """Return the parameters after consecutive moves, of shape (n_targets, n_iterates, n_parameters)."""
        ways = np.cumsum(self.rates[start:end, np.newaxis] * self.decays[start:end], axis=0)
        return self.modes.at(self.total(start) - ways * self.modes.gradient[:, np.newaxis])

    def first_below(self, tol: float) -> int | None:
        """Return the first move in which no parameter changes by more than `tol`, in floating-point arithmetic.

        The largest change is at least the norm, which is known from the coordinates, divided by the square root of the
        number of parameters. If that does not decide, one move is computed; its largest entry, the witness, rules out
        all moves in the stretch in which it is above `tol` too. With many targets, few moves are therefore computed
        as a whole.
        """
        modes, rates, decays = self.modes, self.rates, self.decays
        rounding = _EPS * (np.abs(modes.theta).max() + np.abs(self.e).sum(axis=-1).max())
        enough = (tol + rounding) * (1.0 + _EPS * len(modes.lam))
        # Neither rates nor gradients can be squared directly: with 1e-200 and 1e200 their product is 1.
        slope = modes.slopes.max(initial=0.0) or 1.0
        norm = slope * rates * np.sqrt(decays**2 @ (modes.slopes / slope) ** 2)
        in_doubt = np.flatnonzero(norm <= np.sqrt(modes.theta.size) * enough)
        for witness in modes.witnesses:
            in_doubt = in_doubt[self._follow(in_doubt, *witness) <= enough]
        while in_doubt.size:
            k = int(in_doubt[0])
            step = rates[k] * decays[k] * modes.gradient[:, np.newaxis]
            target = int(np.einsum("kti,kti->k", step, step).argmax()) if len(step) > 1 else 0
            move = modes.move(step[target : target + 1], slice(target, target + 1))
            parameter = int(np.abs(move).argmax())
            if abs(move[0, 0, parameter]) <= enough:
                move = modes.move(step) if len(step) > 1 else move
                target, parameter = divmod(int(np.abs(move).argmax()), move.shape[2])
                if abs(move[target, 0, parameter]) <= enough and self._rests(k, move, tol):
                    return k
            in_doubt = in_doubt[1:]
            in_doubt = in_doubt[self._follow(in_doubt, target, parameter) <= enough]
        return None

    def _follow(self, moves: np.ndarray, target: int, parameter: int) -> np.ndarray:
        """Return how much a parameter changes in each of the given moves."""
        along = self.modes.row(target, parameter) * self.modes.gradient[target]
        return np.abs(self.rates[moves] * (self.decays[moves] @ along))

    def _rests(self, k: int, move: np.ndarray, tol: float) -> bool:
        """Return whether no parameter changes by more than `tol` in move number `k`, including rounding."""
        way, largest = self.total(k), np.abs(move).max()
        rounding = 2.0 * _EPS * (np.abs(self.modes.theta).max() + np.abs(way).sum(axis=-1).max() + largest)
        if largest + rounding <= tol:
            return True
        before = self.modes.theta + self.modes.move(way)
        return bool(np.abs(before - move - before).max() <= tol)


def _first_length(modes: Modes, settings: Settings, longest: int) -> int:
    """Return the length of the first stretch: the whole descent, if its number of iterations is known."""
    if not settings.is_foreseeable:
        return _SHORT_STRETCH
    factor, length = 1.0 - settings.alpha * modes.lam, _FIRST_STRETCH
    if factor.min(initial=0.0) < -1.0:  # it may diverge soon
        return length
    if not settings.tol:
        return longest
    if settings.is_constant:  # it has stopped when the norm of the move is below tol
        squares, decay = (settings.alpha * modes.slopes) ** 2, factor ** (2 * length)
        while length < longest and squares @ decay > settings.tol**2:
            decay, length = decay * decay, 2 * length
    return length


def way_after(lam: np.ndarray, alphas: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return ``(1 - (1 - alpha lam)**t) / lam``, ``alpha t`` where `lam` is 0, of shape (n_descents, n_modes)."""
    share, t = np.multiply.outer(alphas, lam), t[:, np.newaxis].astype(np.float64)
    # Without the cancellation of 1 - (1 - x)**t, where x is small; and the sign of 1 - x, where it is not.
    small = share < 0.5
    lost = np.where(small, -np.expm1(t * np.log1p(-np.where(small, share, 0.0))), 1.0 - (1.0 - share) ** t)
    return np.divide(lost, lam, out=alphas[:, np.newaxis] * t * np.ones_like(lam), where=lam > 0.0)


def decays_of(decay: np.ndarray | float, rates: np.ndarray, lam: np.ndarray, *, constant: bool) -> np.ndarray:
    """Return the factors ``p(t)``, of shape (n_iterations + 1, n_modes); the first row is `decay`."""
    n_iter = len(rates)
    decays = np.empty((n_iter + 1, len(lam)))
    decays[0] = decay
    if not constant:
        np.subtract(1.0, np.multiply.outer(rates, lam), out=decays[1:])
        return np.cumprod(decays, axis=0, out=decays)
    power, n = 1.0 - rates[0] * lam, 1  # the factors of n iterations, to be multiplied by the n rows before
    while n <= n_iter:
        np.multiply(decays[: min(n, n_iter + 1 - n)], power, out=decays[n : 2 * n])
        power, n = power * power, 2 * n
    return decays
