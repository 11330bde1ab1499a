"""The largest change of a parameter in a move, for the stopping criterion."""

import numpy as np


def largest_change(move: np.ndarray, tol: float | None) -> float:
    """Return the largest change of a parameter; costs in other coordinates have their own function, which needs `tol`.

    Parameters
    ----------
    move : ndarray of the shape of theta
        The change of the parameters.
    tol : float or None
        The change that ends the descent. Larger changes need not be exact, only larger than `tol`.
    """
    return np.maximum.reduce(np.abs(move), axis=None)
