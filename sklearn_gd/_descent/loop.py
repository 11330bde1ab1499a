"""The loop: one for every cost, optimizer and scheduler, with the stop rule."""

import math
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

import numpy as np

from sklearn_gd._cost.change import largest_change
from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._descent.settings import Settings
from sklearn_gd._plugins import without_check


class Objective(Protocol):
    """A cost that can be descended."""

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the cost at `theta` and its gradient, an array of the shape of `theta`."""


class Iterate(NamedTuple):
    """A point of the descent.

    ``gradient`` is the gradient of the cost at ``theta``, ``state`` the state that is passed to the optimizer next, and
    ``rate`` the ``alpha_t`` that led there.
    ``status`` is None except for the last iterate, where it says why the descent ended: ``"converged"`` if no parameter
    moved by more than `tol`; ``"max_iter"`` if the iterations ran out; ``"diverged"`` if the cost exceeded its bound.
    A cost that is NaN or minus infinity, or whose ``theta`` is not finite, is infinite here.
    """

    theta: np.ndarray
    cost: float
    gradient: np.ndarray
    state: tuple = ()
    rate: float = math.nan
    status: Literal["converged", "max_iter", "diverged"] | None = None


def first_iterate(objective: Objective, theta: np.ndarray, state: tuple = ()) -> Iterate:
    """Return the first iterate of a descent, a view of `theta`."""
    theta = _read_only(theta.view())
    return Iterate(theta, *objective.value_and_gradient(theta), state)


def descend(
    objective: Objective,
    iterate: Iterate,
    settings: Settings,
    *,
    cost_bound: float,
    first_iter: int = 0,
    penalty: Penalty | None = None,
    largest_change: Callable[[np.ndarray, float | None], float] = largest_change,
) -> Iterator[Iterate]:
    """Yield the iterates that follow a given one, read-only.

    ``theta, *state = optimizer(theta, gradient, alpha_t, *state)`` for ``t = first_iter .. max_iter - 1``,
    until ``max_j abs(change of theta_j) <= tol``.
    With a penalty, plain descent takes proximal steps, and other optimizers receive the gradient mapping.

    Parameters
    ----------
    objective : Objective
        The cost.
    iterate : Iterate
        The iterate to continue from.
    settings : Settings
        The options; ``alpha`` is a number here, and ``max_iter`` includes the iterations before `first_iter`.
    cost_bound : float
        A cost above it, or NaN, ends the descent.
    first_iter : int
        The number of the iterate.
    penalty : Penalty or None
        The part of the cost that has no gradient.
    largest_change : callable
        Returns the largest change of a parameter in a move; if that is above `tol`, it may return any number above
        `tol`.

    Raises
    ------
    ValueError
        If the scheduler does not return a finite number of at least 0,
        or the optimizer does not return an array of the shape of `theta`, alone or followed by its state.
    """
    optimizer, max_iter, tol, rate = without_check(settings.optimizer), settings.max_iter, settings.tol, settings.rate
    if penalty is not None:
        optimizer = penalty.step if settings.is_plain else penalty.proximal(optimizer)
    theta, _, gradient, state, _, _ = iterate
    for t in range(first_iter, max_iter):
        alpha_t = rate(t)
        result = optimizer(theta, _read_only(gradient), alpha_t, *state)
        moved, state = (result[0], result[1:]) if isinstance(result, tuple) and result else (result, ())
        if not (isinstance(moved, np.ndarray) and moved.shape == theta.shape and moved.dtype == theta.dtype):
            raise ValueError(
                f"The optimizer {settings.optimizer!r} returned {_describe(moved)} at iteration t={t}; "
                f"it must return the new theta, {_describe(theta)}, or a tuple that begins with it."
            )
        change = largest_change(moved - theta, tol)
        theta = _read_only(moved.copy())  # an optimizer may reuse its array, or return a view
        cost, gradient = objective.value_and_gradient(theta)
        if not (change < math.inf and -math.inf < cost <= cost_bound):
            status, cost = "diverged", cost if change < math.inf and cost > cost_bound else math.inf
        elif tol is not None and change <= tol:
            status = "converged"
        else:
            status = "max_iter" if t + 1 == max_iter else None
        yield Iterate(theta, cost, gradient, state, alpha_t, status)
        if status:
            return


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _describe(value) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return repr(value)
