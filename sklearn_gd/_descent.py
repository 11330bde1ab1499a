"""The descent: one loop for every cost, optimizer and scheduler."""

import math
from collections.abc import Callable, Iterator
from numbers import Real
from typing import Literal, NamedTuple, Protocol

import numpy as np


class Objective(Protocol):
    """A cost that can be descended."""

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the cost at `theta` and its gradient, an array of the shape of `theta`."""


class Iterate(NamedTuple):
    """A point of the descent.

    ``status`` is None while the descent goes on; the last iterate says why it is the last:
    ``"converged"``, no parameter moved by more than `tol`; ``"max_iter"``; ``"diverged"``, the cost left its bound.
    A cost that is not a number is infinite here.
    ``gradient`` is that of the cost at ``theta``, ``state`` what the optimizer wants to see again.
    """

    theta: np.ndarray
    cost: float
    gradient: np.ndarray
    state: tuple
    status: Literal["converged", "max_iter", "diverged"] | None


def descend(
    objective: Objective,
    theta: np.ndarray,
    *,
    alpha: float,
    optimizer: Callable,
    scheduler: Callable[[int, int], float],
    max_iter: int,
    tol: float | None,
    cost_bound: float,
    first_iter: int = 0,
    state: tuple = (),
) -> Iterator[Iterate]:
    """Yield the iterates of the descent, the initial guess first.

    ``theta, *state = optimizer(theta, gradient, alpha * scheduler(t, max_iter), *state)``
    for ``t = first_iter .. max_iter - 1``, until ``max_j abs(change of theta_j) <= tol``.

    Parameters
    ----------
    objective : Objective
        The cost.
    theta : ndarray
        The initial guess. It is not written to, and no later iterate may be.
    alpha : float
        The learning rate.
    optimizer, scheduler : callable
        The update rule and the schedule; their contracts head `optimizers` and `schedulers`.
    max_iter : int
        The most iterations, those before `first_iter` included.
    tol : float or None
        The largest move of a parameter that ends the descent; None never ends it.
    cost_bound : float
        A cost above it, or one that is not a number, ends the descent.
    first_iter : int
        The iterations that led to `theta`, if the descent goes on from an earlier one.
    state : tuple
        The optimizer's state after them.

    Yields
    ------
    iterate : Iterate

    Raises
    ------
    ValueError
        If the scheduler returns anything but a finite number of at least 0,
        or the optimizer anything but an array of the shape of `theta`, alone or followed by its state.
    """
    theta = _read_only(theta.copy())
    cost, gradient = objective.value_and_gradient(theta)
    yield Iterate(theta, cost, gradient, state, None)
    for t in range(first_iter, max_iter):
        alpha_t = alpha * rate_factor(scheduler, t, max_iter)
        result = optimizer(theta, _read_only(gradient), alpha_t, *state)
        moved, state = (result[0], result[1:]) if isinstance(result, tuple) and result else (result, ())
        if not (isinstance(moved, np.ndarray) and moved.shape == theta.shape and moved.dtype == theta.dtype):
            raise ValueError(
                f"The optimizer {optimizer!r} returned {_describe(moved)} at iteration t={t}; "
                f"it must return {_describe(theta)}, the new theta, or a tuple that begins with it."
            )
        change = np.maximum.reduce(np.abs(moved - theta), axis=None)
        theta = _read_only(moved.copy())  # an optimizer may reuse its array, or have returned a view of one
        cost, gradient = objective.value_and_gradient(theta)
        if not cost <= cost_bound:
            status, cost = "diverged", math.inf if math.isnan(cost) else cost
        elif tol is not None and change <= tol:
            status = "converged"
        else:
            status = "max_iter" if t + 1 == max_iter else None
        yield Iterate(theta, cost, gradient, state, status)
        if status:
            return


def rate_factor(scheduler: Callable[[int, int], float], t: int, max_iter: int) -> float:
    """Return the scheduler's factor on alpha, a finite number that is at least 0, or raise ValueError."""
    factor = scheduler(t, max_iter)
    if isinstance(factor, Real) and 0.0 <= factor < math.inf:
        return factor
    raise ValueError(
        f"The scheduler {scheduler!r} returned {factor!r} at iteration t={t}; "
        "it must return a finite number that is at least 0: a factor on alpha."
    )


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _describe(value) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return repr(value)
