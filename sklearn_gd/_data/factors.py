"""The factorisations of symmetric matrices, which for small ones take SciPy a fraction of the time that NumPy takes."""

import numpy as np
from scipy.linalg import lapack

# Every BLAS factors matrices up to this size in one thread. Larger ones are left to NumPy, because SciPy has a BLAS of
# its own, whose threads would compete with those of NumPy's.
_FEW = 64


def cholesky(A: np.ndarray) -> np.ndarray | None:
    """Return the lower Cholesky factor of a matrix, or None if it does not exist."""
    if 0 < len(A) <= _FEW:
        upper, info = lapack.dpotrf(A)
        return None if info else upper.T
    try:
        return np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        return None


def eigh(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues of a matrix, in ascending order, and its eigenvectors, in columns."""
    if 0 < len(A) <= _FEW:
        lam, Q, info = lapack.dsyevd(A)
        if not info:
            return lam, Q
    return np.linalg.eigh(A)


def correlations(scatter: np.ndarray, scale: np.ndarray, constant: np.ndarray) -> np.ndarray:
    """Return a scatter or covariance matrix in units of some scales, in which constant columns have no correlations."""
    C = scatter / scale
    C /= scale[:, np.newaxis]
    if constant.any():
        C[constant] = C[:, constant] = 0.0
    C.flat[:: len(C) + 1] = 1.0
    return C
