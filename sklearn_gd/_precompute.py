"""Which form of the cost a fit works on: the moments of the data, or the rows themselves."""

from typing import Literal

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from sklearn_gd._moments import Moments
from sklearn_gd._objectives import Quadratic, Rows
from sklearn_gd._scaling import Scaling

# Up to here the matrix of the moments is small beside anything else.
_FEW_FEATURES = 512
# A typical number of iterations; and nanoseconds, measured: for a product of two stored entries of a sparse matrix,
# for a stored entry in an iteration row by row, for an entry of the matrix of moments in making it, in an iteration.
_N_ITER = 100
_NS_PRODUCT, _NS_ROWS, _NS_MATRIX, _NS_ITERATION = 8.0, 3.0, 70.0, 0.7


def prefer_moments(X) -> bool:
    """Return whether a descent from the moments is expected to be cheaper than one row by row.

    Dense: for ``n_features <= max(n_samples, 512)``; the matrix of the moments is then no larger than `X`, or small,
    and an iteration costs ``n_features**2`` instead of ``2 * n_samples * n_features``.

    Sparse, with ``nnz`` stored entries: where the products of the entries of each row, and 100 iterations on the
    moments, cost less than 100 iterations row by row:
    ``8 nnz**2 / n_samples + (70 + 0.7 * 100) n_features**2 <= 3 * 100 nnz`` (nanoseconds).
    """
    m, n = X.shape
    if n <= _FEW_FEATURES or not sp.issparse(X):
        return n <= max(m, _FEW_FEATURES)
    moments = _NS_PRODUCT * X.nnz**2 / m + (_NS_MATRIX + _NS_ITERATION * _N_ITER) * n**2
    return moments <= _NS_ROWS * _N_ITER * X.nnz


def least_squares(
    X,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    *,
    fit_intercept: bool,
    standardize: bool,
    precompute: bool | Literal["auto"],
    n_jobs: int | None,
) -> tuple[Quadratic | Rows, Scaling | None]:
    """Return the cost on these data, and the scaling that maps its parameters to the user's if they are standardised.

    A dense `X` may hold NaN or infinity, which raise scikit-learn's errors here: the moments tell without a pass of
    their own.
    """
    if precompute == "auto":
        precompute = prefer_moments(X)
    if precompute:
        with np.errstate(over="ignore", invalid="ignore"):
            moments = Moments.of(X, y, sample_weight, n_jobs)
        if not np.isfinite(moments.scatter).all():
            assert_all_finite(X, estimator_name="GDLinearRegressor", input_name="X")
            raise ValueError(
                "The squares of X or y overflow float64, whose largest number is about 1.8e308; "
                "scale them to below 1e150."
            )
        scaling = Scaling.of_moments(moments, X.shape[1]) if standardize else None
        moments = moments if scaling is None else scaling.standardize(moments)
        return Quadratic.of(moments, X.shape[1], fit_intercept=fit_intercept, one_target=y.ndim == 1), scaling
    if not sp.issparse(X):
        assert_all_finite(X, estimator_name="GDLinearRegressor", input_name="X")
    elif X.dtype.kind != "f":
        X = X.astype(np.float64)
    scaling = Scaling.of_columns(X, sample_weight) if standardize else None
    return Rows.of(X, y, sample_weight, fit_intercept=fit_intercept, scaling=scaling), scaling
