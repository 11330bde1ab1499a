"""The moves that end plain descents at several constant rates, found without looking at all moves before them."""

from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._descent.closed_form import Moves, decays_of, way_after
from sklearn_gd._descent.settings import Settings

_EPS = np.finfo(np.float64).eps
# The number of moves that are examined at once where rounding decides.
_WINDOW = 256
# The rounding of a sum over modes, and of the powers in it, relative to the sum of absolute values.
_ROUNDING = 1e-12
_TINY = np.finfo(np.float64).tiny  # for the logarithm of a factor of 0


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
    longest = np.full_like(modes.lam, alphas.max() * settings.max_iter)
    longest = np.minimum(longest, np.divide(2.0, modes.lam, out=longest.copy(), where=modes.lam > 0.0))
    rounding = 4.0 * _EPS * (np.abs(modes.theta).max(initial=0.0) + longest @ modes.slopes)
    enough = settings.tol + rounding
    t = _first_in_doubt(modes, alphas, enough, settings.max_iter)
    running, followed = np.flatnonzero(t < settings.max_iter), _Followed(modes, enough)
    while running.size:
        t[running] = followed.beyond_bounds(alphas[running], t[running], settings.max_iter)
        running = running[t[running] < settings.max_iter]
        rates = alphas[running, np.newaxis]
        steps = rates * (1.0 - rates * modes.lam) ** t[running, np.newaxis]
        goes_on = np.ones(len(running), dtype=bool)
        for i, (number, largest) in enumerate(zip(running.tolist(), _largest_changes(modes, steps), strict=True)):
            if largest.change <= enough and len(modes.gradient) > 1:  # another target may still move by more
                largest = _Largest.of(modes.move(steps[i] * modes.gradient[:, np.newaxis])[:, 0])
            if largest.change > enough:
                followed.add(largest.target, largest.parameter)
                t[number] += 1
                continue
            goes_on[i] = False
            if largest.change + rounding > settings.tol:  # rounding decides
                t[number] = _first_at_rest(modes, float(alphas[number]), int(t[number]), settings)
        running = running[goes_on]
    return t


def _first_at_rest(modes: Modes, alpha: float, first: int, settings: Settings) -> int:
    """Return the number of the move that ends a descent, from `first` on, including rounding; else `max_iter`."""
    factor, rate = 1.0 - alpha * modes.lam, np.array([alpha])
    while first < settings.max_iter:
        rates = np.full(min(_WINDOW, settings.max_iter - first), alpha)
        decays = decays_of(factor**first, rates, modes.lam, constant=True)[:-1]
        way = -way_after(modes.lam, rate, np.array([first])) * modes.gradient[:, np.newaxis]
        stop = Moves(modes, way, rates, decays).first_below(settings.tol)
        if stop is not None:
            return first + stop
        first += len(rates)
    return settings.max_iter


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
        """Return the first moves from `t` on in which no parameter is known to change by more than `enough`."""
        t = t.copy()
        moving = np.flatnonzero(t < max_iter) if len(self._along) else np.empty(0, dtype=np.intp)
        while moving.size:
            factors = 1.0 - np.multiply.outer(alphas[moving], self._modes.lam)
            shares = (alphas[moving] * self._slope)[:, np.newaxis] * factors ** t[moving, np.newaxis]
            last = self._bounds(shares, np.abs(factors))
            if np.any(factors < 0.0):  # that bound is for every other move only
                last = np.minimum(last, 1.0 + self._bounds(shares * factors, np.abs(factors)))
            t[moving] = np.minimum(t[moving] + np.floor(last) + 1.0, max_iter)
            moving = moving[(last >= 0.0) & (t[moving] < max_iter)]
        return t

    def _bounds(self, shares: np.ndarray, f: np.ndarray) -> np.ndarray:
        r"""Return up to which further move `s` a parameter changes by more than `enough`; -1 if none does.

        In move `s` it changes by ``sum_i c_i f_i**s`` with ``0 <= f <= 1``. A Taylor polynomial of degree 1 and a bound
        on its remainder give:

        .. math:: \Big|\sum_i c_i f_i^s\Big| \ge \Big|\sum_i c_i\Big| - s \Big|\sum_i c_i \log f_i\Big|
                  - \frac{s^2}{2} \sum_i |c_i| \log^2 f_i

        Parameters
        ----------
        shares : ndarray of shape (n_descents, n_modes)
            What is left of the modes, to be multiplied by a parameter's part in them: ``c``.
        f : ndarray of shape (n_descents, n_modes)
            The factors.
        """
        along, sizes, logs = self._along.T, np.abs(self._along).T, np.log(np.maximum(f, _TINY))
        room = np.abs(shares @ along) - self._enough - _ROUNDING * (np.abs(shares) @ sizes)
        fall, bend = np.abs((shares * logs) @ along), (np.abs(shares) * logs**2) @ sizes
        is_above = room > 0.0
        root = fall + np.sqrt(fall**2 + 2.0 * bend * np.maximum(room, 0.0))
        s = np.divide(2.0 * room, root, out=np.full_like(root, np.inf), where=root > 0.0)
        return np.where(is_above, s, -1.0).max(axis=1)


class _Largest(NamedTuple):
    """The largest change of a parameter in a move, and whose it is."""

    change: float
    target: int
    parameter: int

    @classmethod
    def of(cls, move: np.ndarray) -> "_Largest":
        """Return that of a move of shape (n_targets, n_parameters)."""
        change = np.abs(move)
        target, parameter = divmod(int(change.argmax()), change.shape[1])
        return cls(float(change[target, parameter]), target, parameter)


def _largest_changes(modes: Modes, steps: np.ndarray) -> list[_Largest]:
    """Return for each move the largest change of a parameter of the target that moves farthest.

    A move is the gradient along the modes times a row of `steps`.
    """
    targets = np.sum((steps[:, np.newaxis] * modes.gradient) ** 2, axis=2).argmax(axis=1)
    changes, parameters = np.empty(len(steps)), np.empty(len(steps), dtype=np.intp)
    for target in np.unique(targets).tolist():
        rows = targets == target
        changes[rows], parameters[rows] = modes.largest_changes(steps[rows] * modes.gradient[target], target)
    return list(map(_Largest, changes.tolist(), targets.tolist(), parameters.tolist()))


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
