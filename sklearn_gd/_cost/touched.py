"""The largest and the smallest curvature along the directions in which a descent can move."""

from dataclasses import replace

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic, scale_ratio
from sklearn_gd._cost.rows import Rows

_EPS = np.finfo(np.float64).eps
# A share of a vector below _LEAST is rounding, whatever the data; a share above _MOST never is.
_LEAST, _MOST = 1e-6, 1e-3


def touched_extremes(problem: Problem, theta: np.ndarray | None = None) -> tuple[float, float]:
    """Return ``L`` and ``mu`` along the directions in which a descent can move.

    A penalty curves the cost in all directions of the coefficients, including those orthogonal to all rows: along a
    column of zeros, along the difference of duplicate columns, and in the remaining dimensions if there are more
    features than rows. There the gradient is ``l2 * theta``, so a descent that starts at 0 stays at 0, whatever the
    curvature. The other directions are the span of the rows and the intercept, which a penalty does not leave.

    Parameters
    ----------
    problem : Problem
        The problem.
    theta : ndarray or None
        The start; None means zeros.

    Returns
    -------
    L, mu : float
        The largest eigenvalue of the Hessian, and the smallest non-zero one: NaN if it is not known,
        0.0 if it is lost in the rounding of ``L``. If the descent cannot move, those of the penalty.
    """
    cost, l2 = problem.smooth, float(problem.l2)
    L, mu = cost.extremes
    # In directions that only the penalty curves, the curvature is l2: extremes that differ from l2 belong to the data.
    if l2 == 0.0 or np.isnan(mu) or not (mu == 0.0 or _is_near(mu, l2) or _is_near(L, l2)):
        return L, mu
    if problem.kind is Rows:
        return (L, mu) if _leaves_rows(cost, theta) else cost.row_space.extremes_within
    data = replace(problem, l2=0.0).smooth
    basis, tol = _touched_by_data(data)
    if not basis.shape[1] or _has_rest(theta, basis, tol):
        return L, mu
    return _extremes_within(data, basis, l2)


def _leaves_rows(cost: Rows, theta: np.ndarray | None) -> bool:
    """Return whether a point has a component orthogonal to all rows."""
    if theta is None or not theta.any():
        return False
    space = cost.row_space
    tol = _share(len(cost.y), _EPS, space.quadratic.diagonal)
    return _is_more(theta - space.from_coordinates(space.to_coordinates(theta)), theta, tol)


def _has_rest(theta: np.ndarray | None, basis: np.ndarray, tol: float) -> bool:
    """Return whether a point has a component outside the span of a basis."""
    return theta is not None and _is_more(theta - basis @ (basis.T @ theta), theta, tol)


def _touched_by_data(data: Quadratic) -> tuple[np.ndarray, float]:
    """Return an orthonormal basis of the rows and the intercept, and the share of a vector that is rounding."""
    modes = data.eigenbasis
    basis = modes.Q[:, modes.nonzero]
    tol = _share(len(basis), data.eps, modes.lam[modes.nonzero])
    if data.has_intercept:  # next to a constant column, the span has the intercept only combined with that column
        rest = -basis @ basis[0]
        rest[0] += 1.0
        if np.linalg.norm(rest) > tol:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return basis, tol


def _extremes_within(data: Quadratic, basis: np.ndarray, l2: float) -> tuple[float, float]:
    """Return the extreme eigenvalues of the penalised Hessian on an invariant subspace, given by a basis."""
    H = data.curvature(basis) + l2 * np.eye(basis.shape[1])
    if data.has_intercept:
        H -= l2 * np.outer(basis[0], basis[0])
    lam, V = np.linalg.eigh(H)
    small = lam < 1e-8 * lam[-1]
    if small.any():  # small eigenvalues have lost digits to large ones: compute them again without those
        V = V[:, small]
        lam = np.append(np.linalg.eigvalsh(V.T @ H @ V), lam[~small])
    L, mu = float(lam[-1]), float(lam[0])
    return L, mu if mu > L * (8.0 * len(H) * _EPS) ** 2 else 0.0


def _share(n: int, eps: float, lam: np.ndarray) -> float:
    """Return the possible relative error of the directions with the smallest eigenvalue."""
    return float(np.clip(8.0 * n * eps * scale_ratio(lam), _LEAST, _MOST))


def _is_near(curvature: float, l2: float) -> bool:
    return 0.5 * l2 <= curvature <= 2.0 * l2


def _is_more(part: np.ndarray, whole: np.ndarray, tol: float) -> bool:
    size = np.abs(whole).max(initial=0.0)
    return bool(size > 0.0 and np.abs(part).max() > tol * size)
