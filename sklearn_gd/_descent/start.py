"""Where a descent begins: anew, or where an earlier one ended, to go on from there."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.utils import check_array

from sklearn_gd._data.scaling import Scaling


@dataclass(frozen=True, eq=False)
class Start:
    """A point from which a descent goes on as if it had never ended; or, with theta alone, a new start.

    Attributes
    ----------
    theta : ndarray
        The parameters, in the coordinates of the descent.
    n_iter : int
        The iterations that led there.
    state : tuple
        The optimizer's state.
    costs : ndarray of shape (n_iter,)
        The costs of the iterates before.
    auto_length : float or None
        What ``alpha="auto"`` was, if that was the rate.
    """

    theta: np.ndarray
    n_iter: int = 0
    state: tuple = ()
    costs: np.ndarray = field(default_factory=lambda: np.empty(0))
    auto_length: float | None = None

    @classmethod
    def of(cls, init, shape: tuple[int, ...], random: np.random.RandomState) -> "Start":
        """Return a new start: at zeros, at random, or at an array of the shape of theta."""
        if isinstance(init, str):
            return cls(np.zeros(shape) if init == "zeros" else random.standard_normal(shape))
        return cls(_checked(check_array(init, dtype=np.float64, ensure_2d=False), shape, "init is an array"))


@dataclass(frozen=True, eq=False)
class End:
    """The end of a descent, with all that must be the same if another one is to go on from it.

    Attributes
    ----------
    start : Start
        Where the next descent begins.
    optimizer, scheduler : callable
        Those that led there; with others, the state and the number of iterations mean nothing.
    scaling : Scaling or None
        The coordinates.
    coef, intercept : ndarray
        Copies of the fitted attributes that were made of theta.
    """

    start: Start
    optimizer: Callable
    scheduler: Callable
    scaling: Scaling | None
    coef: np.ndarray
    intercept: np.ndarray

    def next(self, problem, settings, coef: np.ndarray, intercept) -> Start | None:
        """Return where the next descent begins; None if the attributes or the coordinates are no longer those."""
        untouched = np.array_equal(self.coef, coef) and np.array_equal(self.intercept, intercept)
        same_coordinates = self.scaling == problem.scaling and self.start.theta.shape == problem.cost.shape
        if not (untouched and same_coordinates):
            return None
        same_rules = self.optimizer == settings.optimizer and self.scheduler == settings.scheduler
        return self.start if same_rules else Start(self.start.theta)


def go_on(end: End | None, problem, settings, coef: np.ndarray, intercept) -> Start:
    """Return the start that goes on from an end; without one, or where it is not honest, from the attributes alone."""
    start = end and end.next(problem, settings, coef, intercept)
    if start:
        return start
    shape = (coef.shape[-1] + problem.fit_intercept, *coef.shape[:-1])
    _checked(np.empty(shape), problem.cost.shape, "The descent goes on from a theta")
    return Start(problem.from_user(np.asarray(coef.T, dtype=np.float64), intercept))


def _checked(theta: np.ndarray, shape: tuple[int, ...], source: str) -> np.ndarray:
    if theta.shape != shape:
        raise ValueError(f"{source} of shape {theta.shape}; for these data theta has the shape {shape}.")
    return theta
