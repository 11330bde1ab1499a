"""The eigenbasis of the Hessian: the iterates of plain descent in closed form, and the largest eigenvalue."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, eigsh

from sklearn_gd._descent import rate_factor
from sklearn_gd._objectives import Quadratic, Rows
from sklearn_gd.schedulers import Constant

_EPS = np.finfo(np.float64).eps
# Up to this many parameters all eigenvalues cost no more than some products with the Hessian.
_FEW_PARAMETERS = 64
# Above this many parameters, row by row, L is estimated to some percent, and raised by 10 % to be safe: more would
# cost as much as a descent.
_MANY_PARAMETERS = 512
_SAFETY = 1.1
# Numbers in a stretch of iterates that is evaluated at once, 256 KiB: they stay in a core's cache, and few enough that
# BLAS does not set up threads for products which take less time than that. And the iterates of the first stretch.
_STRETCH_SIZE = 2**15
_FIRST_STRETCH = 1024


class QuadraticBasis:
    """Orthonormal directions, the columns of ``Q``, in which plain descent shrinks the gradient by ``1 - alpha lam_i``.

    Arrays of coordinates have the shape (n_targets, n_iterates, n_modes).

    Attributes
    ----------
    lam : ndarray of shape (n_modes,)
        The eigenvalues of the Hessian.
    gradient : ndarray of shape (n_targets, n_modes)
        ``Q' g`` at the `theta` that the basis was made for.
    """

    def __init__(self, objective: Quadratic, theta: np.ndarray):
        self.lam, self._Q = np.linalg.eigh(objective.H)
        self.gradient = _by_target(objective.value_and_gradient(theta)[1]) @ self._Q
        # The cost is J* + slope' d + d' K d / 2 with d = Q' (theta - theta*), and K = diag(lam) but for rounding:
        # from the centred moments it has the digits of small eigenvalues that lam has lost to the large ones.
        self._minimum, slope = objective.value_and_gradient(objective.theta_star)
        self._d, self._slope = _by_target(theta - objective.theta_star) @ self._Q, _by_target(slope) @ self._Q
        self._half_K = objective.curvature(self._Q) / 2.0

    def move(self, e: np.ndarray) -> np.ndarray:
        """Return ``Q e``, a change of the parameters of shape (n_targets, n_iterates, n_parameters)."""
        return e @ self._Q.T

    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        d = self._d[:, np.newaxis] * decay
        cost = np.einsum("kti,kti->t", d, d @ self._half_K + self._slope[:, np.newaxis])
        return np.maximum(self._minimum + cost, 0.0)


class RowsBasis:
    """The same from the eigenvectors ``P`` of the ``m x m`` matrix ``Z Z'``, for fewer rows than features.

    ``Q = Z' sqrt(w) P / sqrt(lam)``, with weights of sum 1; it is not formed.
    ``J = sum(f**2) / 2`` with ``f = P' sqrt(w) (Z theta - y)``; ``Q' g = sqrt(lam) f``.

    The attributes are those of `QuadraticBasis`.
    """

    def __init__(self, objective: Rows, theta: np.ndarray):
        lam, P = objective.row_eigenvectors
        self._objective, self._root = objective, np.sqrt(objective.share)
        f = (_by_target(objective.product(theta) - objective.y) * self._root) @ P
        resolved = lam > len(lam) * _EPS * lam[-1]
        self.lam, self._f = lam[resolved], f[:, resolved]
        self.gradient = np.sqrt(self.lam) * self._f
        self._P = P[:, resolved] / np.sqrt(self.lam)
        self._minimum = float(np.sum(f[:, ~resolved] ** 2)) / 2.0

    def move(self, e: np.ndarray) -> np.ndarray:
        """Return ``Q e``, a change of the parameters of shape (n_targets, n_iterates, n_parameters)."""
        rows = (e.reshape(e.shape[0] * e.shape[1], e.shape[2]) @ self._P.T) * self._root
        return self._objective.adjoint(rows.T).T.reshape(e.shape[0], e.shape[1], -1)

    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        return self._minimum + decay**2 @ np.sum(self._f**2, axis=0) / 2.0


class Stretch(NamedTuple):
    """Some consecutive iterates: their costs, why the last is the last, and a function for the parameters of one."""

    costs: np.ndarray
    status: str | None
    theta: Callable[[int], np.ndarray]


def descend_in_closed_form(
    objective: Quadratic | Rows,
    theta: np.ndarray,
    *,
    alpha: float,
    scheduler: Callable[[int, int], float],
    first_iter: int,
    max_iter: int,
    tol: float | None,
    cost_bound: float,
) -> Iterator[Stretch]:
    r"""Yield the iterates of plain descent that follow `theta`, which is that of iteration `first_iter`.

    .. math:: \theta(t) = \theta(t_0) - Q \sum_{s=t_0}^{t-1} \alpha_s p(s) \odot Q' g(t_0), \qquad
              p_i(t) = \prod_{s=t_0}^{t-1} (1 - \alpha_s \lambda_i)

    They are those of `descend` with the same end, to rounding; a stretch of them costs a product of matrices.
    The parameters are computed only where the stop rule might fire.
    """
    basis = (QuadraticBasis if isinstance(objective, Quadratic) else RowsBasis)(objective, theta)
    shape, theta = theta.shape, _by_target(theta)[:, np.newaxis]
    decay, e = np.ones_like(basis.lam), np.zeros_like(basis.gradient)[:, np.newaxis]
    t, length = first_iter, _FIRST_STRETCH
    while True:
        length = min(length, max_iter - t, max(_STRETCH_SIZE // max(e.size, 1), 1))
        rates = alpha * _rate_factors(scheduler, t, t + length, max_iter)
        decays = np.empty((length + 1, len(decay)))
        decays[0] = decay
        np.subtract(1.0, np.multiply.outer(rates, basis.lam), out=decays[1:])
        np.cumprod(decays, axis=0, out=decays)
        costs = basis.cost(decays[1:])
        gradient_steps = -rates[:, np.newaxis] * decays[:-1]

        def theta_of(k: int, e=e, steps=gradient_steps) -> np.ndarray:
            total = e + (steps[: k + 1].sum(axis=0) * basis.gradient)[:, np.newaxis]
            return (theta + basis.move(total))[:, 0].T.reshape(shape)

        end, status = length, "max_iter" if t + length == max_iter else None
        stop = None if tol is None else _first_stop(basis, theta, e, gradient_steps, tol)
        if stop is not None:
            end, status = stop + 1, "converged"
        beyond = np.flatnonzero(~(costs[:end] <= cost_bound))
        if beyond.size:
            end, status = beyond[0] + 1, "diverged"
        yield Stretch(costs[:end], status, theta_of)
        if status:
            return
        t, decay, length = t + length, decays[-1], 2 * length
        e = e + (gradient_steps.sum(axis=0) * basis.gradient)[:, np.newaxis]


def iterations_worth_the_eigenbasis(objective: Quadratic | Rows) -> float:
    """Return how many iterations of the loop cost as much as the eigenbasis does.

    Nobody knows beforehand how many iterations a descent needs. One that loops until it has paid the price of the
    eigenbasis, and buys it then, never pays more than twice what it would have, had it known.
    """
    if isinstance(objective, Quadratic):
        n = len(objective.A)
        return 0 if n <= _FEW_PARAMETERS else n // 2
    if objective.has_small_row_gram:
        return 0
    m, n = objective.X.shape
    return np.inf if sp.issparse(objective.X) or m > n else m // 8


def largest_eigenvalue(objective: Quadratic | Rows) -> float:
    """Return ``L``, the largest eigenvalue of the Hessian.

    Plain descent at a constant rate converges for every ``alpha`` below ``2 / L``;
    up to ``1 / L`` it does not overshoot in any direction.

    Parameters
    ----------
    objective : Quadratic or Rows
        The cost. Its Hessian is formed only where it is there already, or small.

    Returns
    -------
    L : float >= 0
        In the unit of the cost over the unit of the parameters squared.
        For the cost row by row and more than 512 parameters an estimate, raised to be safe: at most 10 % too large.

    Notes
    -----
    Nesterov, "Introductory Lectures on Convex Optimization", 2004, section 1.2.3;
    Lehoucq, Sorensen and Yang, "ARPACK Users' Guide", 1998.
    """
    n = objective.shape[0]
    if isinstance(objective, Rows) and objective.has_small_row_gram:
        return max(float(objective.row_eigenvectors[0][-1]), 0.0)
    if n <= _FEW_PARAMETERS:
        H = np.column_stack([objective.hessian_product(unit) for unit in np.eye(n)])
        return max(float(np.linalg.eigvalsh(H)[-1]), 0.0)
    coarse = isinstance(objective, Rows) and n > _MANY_PARAMETERS
    start = np.random.default_rng(0).standard_normal(n)  # the same for the same data, and in no eigenvector's way
    size = np.abs(objective.hessian_product(start)).max()  # ARPACK wants numbers near 1
    if size == 0.0:
        return 0.0
    H = LinearOperator((n, n), matvec=lambda v: objective.hessian_product(v) / size, dtype=np.float64)
    L = eigsh(H, k=1, which="LA", v0=start, ncv=5 if coarse else None, tol=0.1 if coarse else 1e-4)[0][0]
    return float(L) * size * (_SAFETY if coarse else 1.0)


def _rate_factors(scheduler: Callable[[int, int], float], start: int, stop: int, max_iter: int) -> np.ndarray:
    if type(scheduler) is Constant:
        return np.ones(stop - start)
    return np.array([rate_factor(scheduler, t, max_iter) for t in range(start, stop)])


def _first_stop(
    basis: QuadraticBasis | RowsBasis, theta: np.ndarray, e: np.ndarray, gradient_steps: np.ndarray, tol: float
) -> int | None:
    """Return the first iteration in which no parameter moves by more than `tol`, in floating-point numbers.

    The largest move is at least the moves' norm, which the coordinates tell, over the root of their number;
    only where that leaves a doubt are the parameters themselves computed.
    """
    norm = np.sqrt(gradient_steps**2 @ np.sum(basis.gradient**2, axis=0))
    rounding = _EPS * np.abs(theta + basis.move(e)).max()
    in_doubt = np.flatnonzero(~(norm > np.sqrt(theta.size) * (tol + rounding)))
    if not in_doubt.size:
        return None
    total_steps = np.cumsum(gradient_steps, axis=0)
    size = max(_STRETCH_SIZE // theta.size, 1)
    for some in (in_doubt[start : start + size] for start in range(0, len(in_doubt), size)):
        steps = gradient_steps[some] * basis.gradient[:, np.newaxis]
        so_far = e + total_steps[some] * basis.gradient[:, np.newaxis] - steps
        before = theta + basis.move(so_far)
        moves = np.abs((before + basis.move(steps)) - before).max(axis=(0, 2))
        stops = some[moves <= tol]
        if stops.size:
            return int(stops[0])
    return None


def _by_target(theta: np.ndarray) -> np.ndarray:
    """Return an array of shape (n_targets, n) for one of shape (n,) or (n, n_targets)."""
    return theta.reshape(len(theta), -1).T
