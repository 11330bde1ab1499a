"""The largest change of a parameter in a move, which the stop rule asks for."""

import numpy as np


def largest_change(move: np.ndarray, tol: float | None) -> float:
    """Return the largest change of a parameter; a cost in other coordinates has a rule of its own, which needs `tol`.

    Parameters
    ----------
    move : ndarray of the shape of theta
        The change of the parameters.
    tol : float or None
        The change that ends the descent: of a larger one no more need be known than that it is larger.
    """
    return np.maximum.reduce(np.abs(move), axis=None)
