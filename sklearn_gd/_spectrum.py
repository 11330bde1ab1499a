"""The eigenvalues of the Hessian: the limits of the learning rate."""

import numpy as np
from scipy.linalg import eigh


def largest_eigenvalue(H: np.ndarray) -> float:
    """Return ``L``, the largest eigenvalue of a Hessian.

    Plain descent at a constant rate converges for every ``alpha`` below ``2 / L``;
    up to ``1 / L`` it does not overshoot in any direction.

    Parameters
    ----------
    H : ndarray of shape (n_parameters, n_parameters)
        A symmetric positive semidefinite matrix.

    Returns
    -------
    L : float >= 0
        In the unit of the cost over the unit of the parameters squared.

    Notes
    -----
    Nesterov, "Introductory Lectures on Convex Optimization", 2004, section 1.2.3.
    """
    last = len(H) - 1
    return max(float(eigh(H, eigvals_only=True, subset_by_index=[last, last])[0]), 0.0)
