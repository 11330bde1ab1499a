"""The moves that end plain descents at several constant rates, found without looking at all moves before them."""

import numpy as np

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._descent.closed_form import Moves, way_after
from sklearn_gd._descent.settings import Settings

_EPS = np.finfo(np.float64).eps
# The numbers in moves that are computed at once, 1 MiB.
_SIZE_OF_MOVES = 2**17
# The rounding of a sum over modes, and of the powers in it, relative to the sum of absolute values.
_ROUNDING = 1e-12


def stops(modes: Modes, alphas: np.ndarray, settings: Settings) -> np.ndarray:
    """Return for each rate the number of the first move in which no parameter changes by more than `tol`.

    It is `max_iter` if there is none. Parameters that have been seen to change by more are followed: a bound says for
    how many moves they continue to. A move is computed as a whole only where the bounds of all of them end.

    Parameters
    ----------
    modes : Modes
        The start of the descents in the eigenbasis.
    alphas : ndarray of shape (n_descents,)
        The rates, at which no mode grows.
    settings : Settings
        The options; ``tol`` is a number.
    """
    # No parameter is ever farther away than this, and its rounding may decide whether it moves at all.
    reach = np.divide(modes.slopes, modes.lam, out=np.zeros_like(modes.lam), where=modes.lam > 0.0).sum()
    rounding = 4.0 * _EPS * (np.abs(modes.theta).max(initial=0.0) + 2.0 * reach)
    enough, is_single = settings.tol + rounding, len(modes.gradient) == 1
    t = _first_in_doubt(modes, alphas, enough, settings.max_iter)
    running, followed = np.flatnonzero(t < settings.max_iter), _Followed(modes, enough)
    while running.size:
        t[running] = followed.beyond_bounds(alphas[running], t[running], settings.max_iter)
        running = running[t[running] < settings.max_iter]
        rates = alphas[running]
        decays = (1.0 - np.multiply.outer(rates, modes.lam)) ** t[running, np.newaxis]
        goes_on = np.ones(len(running), dtype=bool)
        for i, (change, target, parameter) in enumerate(_largest_changes(modes, rates[:, np.newaxis] * decays)):
            if change > enough:
                followed.add(target, parameter)
            elif is_single and change + rounding <= settings.tol:
                goes_on[i] = False
            else:  # rounding decides, or another target
                way = way_after(modes.lam, rates[i : i + 1], t[running[i : i + 1]])
                moves = Moves(modes, (-way * modes.gradient)[:, np.newaxis], rates[i : i + 1], decays[i : i + 1])
                move = modes.move(rates[i] * decays[i] * modes.gradient[:, np.newaxis])
                goes_on[i] = not moves.rests(0, move, settings.tol)
                if np.abs(move).max() > enough:
                    followed.add(*divmod(int(np.abs(move).argmax()), move.shape[2]))
        running = running[goes_on]
        t[running] += 1
    return t


class _Followed:
    """Parameters that have been seen to change by more than `enough`.

    Parameters
    ----------
    modes : Modes
        The start of the descents in the eigenbasis.
    enough : float
        A change that may be too small to go on.
    """

    def __init__(self, modes: Modes, enough: float):
        self._modes, self._enough = modes, enough
        self._numbers, self._along = set(), np.empty((0, len(modes.lam)))
        self._slope = modes.slopes.max(initial=0.0) or 1.0  # neither rates nor gradients can be multiplied as they are

    def add(self, target: int, parameter: int) -> None:
        """Follow a parameter of a target."""
        if (target, parameter) not in self._numbers:
            self._numbers.add((target, parameter))
            along = self._modes.row(target, parameter) * (self._modes.gradient[target] / self._slope)
            self._along = np.vstack([self._along, along])

    def beyond_bounds(self, alphas: np.ndarray, t: np.ndarray, max_iter: int) -> np.ndarray:
        r"""Return the first moves from `t` on in which no parameter is known to change by more than `enough`.

        A parameter changes by ``sum_i c_i f_i**s`` in the s-th move from here, with ``f = 1 - alpha lam``; where the
        factors are positive, that is Taylor's polynomial and a remainder that only falls,

        .. math:: \Big|\sum_i c_i f_i^s\Big| \ge \Big|\sum_i c_i\Big| - s \Big|\sum_i c_i \log f_i\Big|
                  - \frac{s^2}{2} \sum_i |c_i| \log^2 f_i

        Of the modes with other factors, which overshoot, each changes by at most ``2 abs(c_i)``.
        """
        t = t.copy()
        moving = np.flatnonzero(t < max_iter) if len(self._along) else np.empty(0, dtype=np.intp)
        sizes = np.abs(self._along).T
        while moving.size:
            factors = 1.0 - np.multiply.outer(alphas[moving], self._modes.lam)
            steps = (alphas[moving] * self._slope)[:, np.newaxis] * factors ** t[moving, np.newaxis]
            overshoots = factors <= 0.0
            logs = np.log(np.where(overshoots, 1.0, factors))
            room = np.abs(steps @ self._along.T) - self._enough - _ROUNDING * (np.abs(steps) @ sizes)
            falls, bends = np.abs(steps * logs @ self._along.T), steps * logs**2 @ sizes
            later = np.maximum(room - 2.0 * (np.abs(steps * overshoots) @ sizes), 0.0)
            root = falls + np.sqrt(falls**2 + 2.0 * bends * later)
            s = np.divide(2.0 * later, root, out=np.where(later > 0.0, np.inf, 0.0), where=root > 0.0)
            n_above = np.where(room > 0.0, 1.0 + np.floor(s), 0.0).max(axis=1)
            t[moving] = np.minimum(t[moving] + n_above, max_iter)
            moving = moving[(n_above > 0.0) & (t[moving] < max_iter)]
        return t


def _largest_changes(modes: Modes, steps: np.ndarray) -> list[tuple[float, int, int]]:
    """Return for each move the largest change of a parameter of the target that moves farthest, and their numbers.

    A move is the gradient along the modes times a row of `steps`.
    """
    slope = modes.slopes.max(initial=0.0) or 1.0
    targets = ((steps * slope) ** 2 @ (modes.gradient.T / slope) ** 2).argmax(axis=1)
    found = [None] * len(steps)
    size = max(_SIZE_OF_MOVES // modes.theta.shape[-1], 1)
    for target in np.unique(targets).tolist():
        rows = np.flatnonzero(targets == target)
        for some in np.split(rows, range(size, len(rows), size)):
            moves = np.abs(modes.move((steps[some] * modes.gradient[target])[np.newaxis], slice(target, target + 1))[0])
            parameters = moves.argmax(axis=1)
            for row, parameter, move in zip(some.tolist(), parameters.tolist(), moves, strict=True):
                found[row] = float(move[parameter]), target, parameter
    return found


def _first_in_doubt(modes: Modes, alphas: np.ndarray, enough: float, max_iter: int) -> np.ndarray:
    """Return the first moves that may be short enough to stop; `max_iter` if there is none.

    The largest change is at least the norm divided by the square root of the number of parameters, and norms only fall.
    """
    slope = modes.slopes.max(initial=0.0) or 1.0  # neither rates nor gradients can be squared as they are
    factors, squares = np.abs(1.0 - np.multiply.outer(alphas, modes.lam)), (modes.slopes / slope) ** 2
    enough_of_norm = np.sqrt(modes.theta.size) * enough * (1.0 + 1e-9)

    def is_above(t: np.ndarray) -> np.ndarray:
        return slope * alphas * np.sqrt(factors ** (2.0 * t[:, np.newaxis]) @ squares) > enough_of_norm

    low, high = np.zeros(len(alphas), dtype=np.intp), np.full(len(alphas), max_iter)
    while np.any(low < high):
        middle = (low + high) // 2
        above = is_above(middle)
        low, high = np.where(above & (low < high), middle + 1, low), np.where(above, high, np.minimum(middle, high))
    return low
