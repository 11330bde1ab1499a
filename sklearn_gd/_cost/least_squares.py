"""A minimum of the cost from the moments, its value, and a nearby point from which costs keep their digits."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack, solve_triangular

from sklearn_gd._data.factors import cholesky, correlations

# The share of the targets' scatter that the rounding of the moments may add to the cost at the point from which costs
# are measured: well below 1e-9, the required accuracy of a cost.
_NEGLIGIBLE = 1e-11
# A point of up to this many times the size of its cost loses a negligible number of digits: with the eps of float32,
# all moments have such roundings.
_ROUNDINGS = 16.0
# The penalty that keeps this point near zero, in the unit of the columns' variances: the square of its size is at most
# 1 / (4 * 1e-4) of the scatter, and rounding adds eps times as much to the cost.
_NEARBY = 1e-4
# The largest entries in the inverse of a factor that lose few digits.
_MODERATE = 100.0


class LeastSquares(NamedTuple):
    """The minimum of ``J(w) = (w' S w - 2 w' s + c) / 2``, for each target.

    Attributes
    ----------
    w : ndarray of the shape of s
        A minimum; constant and dependent columns have the coefficient 0.
    minima : ndarray of shape (n_targets,)
        ``J`` there; exactly 0 if it is 0 to rounding.
    nearby : ndarray of the shape of s
        The minimum itself if it is of moderate size, otherwise that of the cost with a small penalty.
    residual : ndarray of the shape of s
        ``S nearby - s``: 0 to rounding at a minimum.
    costs_nearby : ndarray of shape (n_targets,)
        ``J`` there.
    dependent : ndarray of shape (n_features,), bool
        Which columns are linear combinations of others.
    """

    w: np.ndarray
    minima: np.ndarray
    nearby: np.ndarray
    residual: np.ndarray
    costs_nearby: np.ndarray
    dependent: np.ndarray


def solve(S: np.ndarray, s: np.ndarray, c: np.ndarray, constant: np.ndarray, eps: float) -> LeastSquares:
    """Return the minimum for the moments ``S``, ``s`` and ``c``, of relative rounding `eps`.

    A Cholesky factorisation of the correlation matrix takes ``n_features**3 / 3`` operations, a tenth of an
    eigendecomposition. If it fails, a pivoted factorisation finds the columns that are independent to rounding.
    """
    scale = np.sqrt(np.where(constant, 1.0, S.diagonal()))
    correlation = correlations(S, scale, constant)
    correlation[constant, constant] = 0.0  # the pivots then leave out constant columns too
    right_side = (s.T / scale).T
    tol = 8.0 * len(S) * eps  # as for an eigenvalue: a smaller pivot may be the rounding of none
    factor = cholesky(correlation)
    independent = factor is not None and factor.diagonal().min(initial=1.0) ** 2 >= tol
    if independent:
        dependent = np.zeros(len(S), dtype=bool)
        v = _solved(factor, right_side)  # in the unit of standardised columns
    else:
        factor, kept = _with_pivots(correlation, np.diagonal(S), tol)
        dependent = ~constant
        dependent[kept] = False
        v = _solution(factor, kept, right_side)
    w = (v.T / scale).T
    residual = S @ w - s
    minima = _cost(s, c, w, residual, eps)

    # Nearly dependent columns have coefficients so large that the rounding of the moments, eps * v**2, is visible in
    # the cost, and in all costs that are measured from there.
    far = len(S) * eps * _dot(v, v) > max(_NEGLIGIBLE, _ROUNDINGS * len(S) * eps) * c
    if not far.any():
        return LeastSquares(w, minima, w, residual, minima, dependent)
    if independent:  # a pivot of 0 may have been rounded, which another order would show
        factor, kept = _with_pivots(correlation, np.diagonal(S), tol)
        w = np.where(far, (_solution(factor, kept, right_side).T / scale).T, w)
    z = solve_triangular(factor, right_side[kept], lower=True, check_finite=False)
    minima = np.where(far, _positive((c - _dot(z, z)) / 2.0, c, len(S), eps), minima)
    nearby = np.where(far, (_shrunk(correlation, right_side, max(_NEARBY, tol)).T / scale).T, w)
    nearby[constant] = 0.0
    residual = S @ nearby - s
    costs_nearby = np.where(far, _cost(s, c, nearby, residual, eps), minima)
    return LeastSquares(w, minima, nearby, residual, costs_nearby, dependent)


def _with_pivots(correlation: np.ndarray, variance: np.ndarray, tol: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Cholesky factor of the independent columns, and their numbers."""
    # Among equal pivots the first is chosen, which is that of the larger column, with the smaller coefficient.
    order = np.argsort(-variance, kind="stable")
    # The transpose, which is equal, is stored as LAPACK wants it, and not copied again.
    ordered = correlation[np.ix_(order, order)].T
    factor, pivots, rank, _ = lapack.dpstrf(ordered, tol=tol, lower=1, overwrite_a=1)
    return factor[:rank, :rank], order[pivots[:rank] - 1]


def _solution(factor: np.ndarray, kept: np.ndarray, right_side: np.ndarray) -> np.ndarray:
    """Return the minimum in which columns that are not kept have the coefficient 0."""
    v = np.zeros_like(right_side)
    v[kept] = _solved(factor, right_side[kept])
    return v


def _solved(factor: np.ndarray, right_side: np.ndarray) -> np.ndarray:
    if not len(factor):  # nothing varies, which LAPACK refuses
        return np.zeros_like(right_side)
    if right_side.ndim > 1 and right_side.shape[1] >= len(factor):
        # For many targets, two products with the inverse are faster, and as accurate if that is of moderate size.
        inverse = np.tril(lapack.dtrtri(factor, lower=1)[0])  # LAPACK leaves the upper triangle unchanged
        if np.abs(inverse).max() < _MODERATE:
            return inverse.T @ (inverse @ right_side)
    return lapack.dpotrs(factor.T, right_side)[0]


def _shrunk(correlation: np.ndarray, right_side: np.ndarray, penalty: float) -> np.ndarray:
    """Return the minimum with a penalty; 0 if the correlations are invalid, as after a subtraction of moments."""
    np.fill_diagonal(correlation, 1.0 + penalty)
    factor = cholesky(correlation)
    return np.zeros_like(right_side) if factor is None else lapack.dpotrs(factor.T, right_side)[0]


def _cost(s: np.ndarray, c: np.ndarray, w: np.ndarray, residual: np.ndarray, eps: float) -> np.ndarray:
    cost = (c - _dot(w, s) + _dot(w, residual)) / 2.0
    return _positive(cost, c, len(s), eps)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return ``a' b`` for each target."""
    return a @ b if a.ndim == 1 else np.einsum("ik,ik->k", a, b)


def _positive(cost: np.ndarray, c: np.ndarray, n: int, eps: float) -> np.ndarray:
    """Return the costs, with exactly 0 for those that are at most the rounding of `c`."""
    return np.where(cost <= 8.0 * (n + 1) * eps * c, 0.0, cost)
