"""A test of whether moments are precise enough to tell how good a fit is."""

from contextlib import nullcontext

import numpy as np
from scipy.linalg import lapack

from sklearn_gd._data.factors import cholesky, correlations
from sklearn_gd._data.packed import squares_of
from sklearn_gd._data.threads import SINGLE_THREADED
from sklearn_gd._data.units import is_constant

# An error of the gap that is small compared to the gap of a good fit, 0.001.
_ERROR_OF_A_GAP = 1e-4
# Up to this many roundings the minimum counts as zero: the rounding of its terms, with a margin.
_ROUNDINGS = 16.0
# Up to this size BLAS does not use threads.
_FEW_FEATURES = 64


def is_rough(moments) -> bool:
    """Return whether the rounding of the products could change the verdict on a fit.

    The rounding of the correlations, `eps`, is multiplied by ``norm(inv(C))`` in the computation of the minimum, and a
    minimum that is only rounding is not known to differ from zero. The Cholesky factor shows both.
    """
    # The threads of BLAS would keep spinning while the next rows are read.
    with SINGLE_THREADED if moments.n_features > _FEW_FEATURES else nullcontext():
        return moments.weight > 0.0 and _is_rough(moments)


def _is_rough(moments) -> bool:
    n, eps, deviations = moments.n_features, moments.eps, moments.deviations
    constant = is_constant(deviations, moments.mean, eps)
    if moments.is_narrow and np.any(constant[:n] & (deviations[:n] > 0.0)):
        return True
    if moments.rounding.size and moments.may_vary.any():
        return True
    squares = squares_of(moments.packed, n)
    scale = np.sqrt(np.where(squares > 0.0, squares, 1.0))
    x, y = scale[:n], scale[n:]
    C = correlations(moments.scatter_x, x, constant[:n])
    factor = cholesky(C)
    if factor is None:
        return True
    norm = np.abs(C).sum(axis=0).max(initial=1.0)
    reciprocal, _ = lapack.dpocon(factor.T, norm, uplo="U")
    if eps > _ERROR_OF_A_GAP * reciprocal * norm:
        return True
    r = moments.scatter_xy / y / x[:, np.newaxis]
    r[constant[:n]] = 0.0
    explained = np.sum(lapack.dtrtrs(factor.T, r, trans=1)[0] ** 2, axis=0)
    # Without an intercept the terms are squares about zero, which are larger by the squares of the means.
    size = 1.0 + moments.weight * (moments.mean[n:] / y) ** 2
    return bool(np.any(~constant[n:] & (1.0 - explained <= _ROUNDINGS * (n + 1) * eps * size)))
