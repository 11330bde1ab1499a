"""The ends of plain descents at several constant rates, computed at once and without their iterates."""

from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._descent.closed_form import Moves, decays_of, loops_before
from sklearn_gd._descent.settings import Settings

_EPS = np.finfo(np.float64).eps
# The number of moves that are examined at once for the first that ends a descent.
_WINDOW = 256


class Ends(NamedTuple):
    """The ends of several descents.

    Attributes
    ----------
    last : ndarray of shape (n_descents, *shape of theta)
        The last iterates.
    ran_out : ndarray of shape (n_descents,), bool
        Which descents ran out of iterations.
    """

    last: np.ndarray
    ran_out: np.ndarray


def are_known(cost, settings: Settings, alphas: np.ndarray) -> np.ndarray:
    """Return for which rates `ends` applies: plain descent in closed form, with costs that only fall.

    Costs only fall if no direction overshoots by more than its distance from the minimum.
    """
    in_closed_form = settings.is_plain and settings.is_constant and loops_before(cost) < np.inf
    return alphas * cost.L <= 2.0 if in_closed_form else np.zeros(len(alphas), dtype=bool)


def ends(cost, theta: np.ndarray, alphas: np.ndarray, settings: Settings) -> Ends:
    r"""Return the ends of plain descents from one point, at rates that `are_known`.

    .. math:: \theta(t) = \theta(0) - Q \frac{1 - (1 - \alpha \lambda)^t}{\lambda} \odot Q' g(0)

    They are the iterates of `descend_in_closed_form`, to rounding.
    """
    modes, max_iter = cost.modes(theta), settings.max_iter
    n_iters = np.full(len(alphas), max_iter)
    ran_out = np.ones(len(alphas), dtype=bool)
    if settings.tol is not None:
        for number, first in enumerate(_first_in_doubt(modes, alphas, settings)):
            stop = _stop(modes, float(alphas[number]), int(first), settings)
            if stop is not None:
                n_iters[number], ran_out[number] = stop + 1, False
    return Ends(_iterates(modes, theta.shape, alphas, n_iters), ran_out)


def iterate_after(cost, theta: np.ndarray, alpha: float, n_iter: int) -> np.ndarray:
    """Return the iterate of one of these descents after `n_iter` iterations, of shape (1, *shape of theta)."""
    return _iterates(cost.modes(theta), theta.shape, np.array([alpha]), np.array([n_iter]))


def _way(lam: np.ndarray, alphas: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return ``(1 - (1 - alpha lam)**t) / lam``, ``alpha t`` where `lam` is 0, of shape (n_descents, n_modes)."""
    share, t = np.multiply.outer(alphas, lam), t[:, np.newaxis].astype(np.float64)
    # Without the cancellation of 1 - (1 - x)**t, where x is small; and the sign of 1 - x, where it is not.
    small = share < 0.5
    lost = np.where(small, -np.expm1(t * np.log1p(-np.where(small, share, 0.0))), 1.0 - (1.0 - share) ** t)
    return np.divide(lost, lam, out=alphas[:, np.newaxis] * t * np.ones_like(lam), where=lam > 0.0)


def _iterates(modes: Modes, shape: tuple[int, ...], alphas: np.ndarray, t: np.ndarray) -> np.ndarray:
    there = modes.at(-_way(modes.lam, alphas, t) * modes.gradient[:, np.newaxis])
    return np.moveaxis(there, 0, -1).reshape(-1, *shape)


def _first_in_doubt(modes: Modes, alphas: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the first moves that may be short enough to stop; `max_iter` if there is none.

    The largest change is at least the norm divided by the square root of the number of parameters, and norms only fall.
    """
    slope = modes.slopes.max(initial=0.0) or 1.0  # neither rates nor gradients can be squared as they are
    factors, squares = np.abs(1.0 - np.multiply.outer(alphas, modes.lam)), (modes.slopes / slope) ** 2
    # No parameter is ever farther away than this, and its rounding may decide whether it moves at all.
    reach = np.divide(modes.slopes, modes.lam, out=np.zeros_like(modes.lam), where=modes.lam > 0.0).sum()
    theta = modes.theta
    enough = np.sqrt(theta.size) * (settings.tol + 4.0 * _EPS * (np.abs(theta).max(initial=0.0) + 2.0 * reach))

    def is_above(t: np.ndarray) -> np.ndarray:
        return slope * alphas * np.sqrt(factors ** (2.0 * t[:, np.newaxis]) @ squares) > enough * (1.0 + 1e-9)

    low, high = np.zeros(len(alphas), dtype=np.intp), np.full(len(alphas), settings.max_iter)
    while np.any(low < high):
        middle = (low + high) // 2
        above = is_above(middle)
        low, high = np.where(above & (low < high), middle + 1, low), np.where(above, high, np.minimum(middle, high))
    return low


def _stop(modes: Modes, alpha: float, first: int, settings: Settings) -> int | None:
    """Return the number of the move that ends a descent, starting at the first in doubt; None if none does."""
    factor = 1.0 - alpha * modes.lam
    while first < settings.max_iter:
        rates = np.full(min(_WINDOW, settings.max_iter - first), alpha)
        decays = decays_of(factor**first, rates, modes.lam, constant=True)[:-1]
        way = _way(modes.lam, np.array([alpha]), np.array([first]))[0]
        stop = Moves(modes, (-way * modes.gradient)[:, np.newaxis], rates, decays).first_below(settings.tol)
        if stop is not None:
            return first + stop
        first += len(rates)
    return None
