"""The point where a descent begins: a new start, or the end of an earlier descent, to go on from there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_gd._scaling import Scaling


@dataclass(frozen=True, eq=False)
class Point:
    """A point from which a descent goes on as if it had never ended; or, with theta alone, a new start.

    Attributes
    ----------
    theta : ndarray
        The parameters, in the coordinates of the descent.
    n_iter : int
        The iterations that led there.
    state : tuple
        The optimizer's state.
    auto_length : float or None
        What ``alpha="auto"`` was, if that was the rate.
    optimizer, scheduler : callable
        Those that led to it; with others, the state and the number mean nothing.
    scaling : Scaling or None
        The coordinates.
    coef, intercept : ndarray
        Copies of the fitted attributes that were made of theta.
    """

    theta: np.ndarray
    n_iter: int = 0
    state: tuple = ()
    auto_length: float | None = None
    optimizer: Callable | None = None
    scheduler: Callable | None = None
    scaling: Scaling | None = None
    coef: np.ndarray | None = None
    intercept: np.ndarray | None = None

    def is_at(self, coef, intercept, scaling: Scaling | None, shape: tuple[int, ...]) -> bool:
        """Return whether theta still is what these attributes say, in these coordinates."""
        untouched = np.array_equal(self.coef, coef) and np.array_equal(self.intercept, intercept)
        if (self.scaling is None) is not (scaling is None) or not untouched or self.theta.shape != shape:
            return False
        return scaling is None or (
            np.array_equal(self.scaling.mean, scaling.mean) and np.array_equal(self.scaling.scale, scaling.scale)
        )
