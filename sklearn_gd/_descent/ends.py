"""Plain descents at several constant rates, whose ends are computed at once and without the iterates before them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.eigenbasis import Modes
from sklearn_gd._descent.closed_form import loops_before, way_after
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.stops import stops

# The numbers in a block of iterates, 256 KiB, which stay in a core's cache.
_BLOCK_SIZE = 2**15


class Ends(NamedTuple):
    """The ends of several descents.

    Attributes
    ----------
    last, halfway : ndarray of shape (n_descents, *shape of theta)
        The last iterates, and those after half of `max_iter`.
    n_iters : ndarray of shape (n_descents,)
        The numbers of iterations.
    ran_out : ndarray of shape (n_descents,), bool
        Which descents ran out of iterations.
    """

    last: np.ndarray
    halfway: np.ndarray
    n_iters: np.ndarray
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
    last_moves = np.full(len(alphas), max_iter) if settings.tol is None else stops(modes, alphas, settings)
    n_iters = np.minimum(last_moves + 1, max_iter)

    def after(n_iters: np.ndarray) -> np.ndarray:
        return _iterates(modes, theta.shape, -way_after(modes.lam, alphas, n_iters) * modes.gradient[:, np.newaxis])

    return Ends(after(n_iters), after(np.full_like(n_iters, max_iter // 2)), n_iters, last_moves == max_iter)


def iterates_until(cost, theta: np.ndarray, alpha: float, n_iter: int) -> Iterator[np.ndarray]:
    """Yield all iterates of one of these descents, from the start to number `n_iter`, in blocks of one row for each."""
    modes = cost.modes(theta)
    factor, first_move = 1.0 - alpha * modes.lam, -alpha * modes.gradient[:, np.newaxis]
    size = min(max(_BLOCK_SIZE // max(modes.gradient.size, 1), 1), n_iter + 1)
    from_start = _displacements(first_move, factor, size)
    start, decay = np.zeros_like(first_move), np.ones_like(factor)  # of a block
    for first in range(0, n_iter + 1, size):
        e = from_start[:, : min(size, n_iter + 1 - first)]
        yield _iterates(modes, theta.shape, start + decay * e if first else e)
        start, decay = start + decay * from_start[:, -1:], decay * factor**size


def _displacements(first_move: np.ndarray, factor: np.ndarray, n_iter: int) -> np.ndarray:
    """Return the displacements along the modes after 0 to `n_iter` moves, each of which is `factor` times the last.

    They have the shape (n_targets, n_iter + 1, n_modes).
    """
    displacements = np.zeros((len(first_move), n_iter + 1, len(factor)))
    e, decay, t = first_move, factor, 1  # after t iterations, as many as there are rows so far
    while t <= n_iter:
        rows = displacements[:, t : 2 * t]
        np.multiply(displacements[:, : rows.shape[1]], decay, out=rows)
        rows += e
        e, decay, t = e + decay * e, decay * decay, 2 * t
    return displacements


def _iterates(modes: Modes, shape: tuple[int, ...], e: np.ndarray) -> np.ndarray:
    return np.moveaxis(modes.at(e), 0, -1).reshape(-1, *shape)
