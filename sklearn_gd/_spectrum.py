"""The eigenbasis of the Hessian, in which plain descent is a power of each coordinate, and its extreme eigenvalues."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from sklearn_gd._blas import undisturbed
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows

_EPS = np.finfo(np.float64).eps
# Up to this many parameters all eigenvalues cost no more than some products with the Hessian.
FEW_PARAMETERS = 64
# Above this many parameters, row by row, L is estimated to some percent, and raised by 10 % to be safe: more would
# cost as much as a descent.
_MANY_PARAMETERS = 512
_SAFETY = 1.1


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
        self.lam, self._Q, K = _eigenbasis(objective)
        resolved = _is_nonzero(objective, self.lam, self._Q)
        resolved &= self.lam > self.lam.max(initial=0.0) * _unresolved(len(self.lam))
        self._resolved_lam = np.where(resolved, self.lam, 0.0)
        self._cost, gradient = objective.value_and_gradient(theta)
        self.gradient = by_target(gradient) @ self._Q
        # The cost is J* + slope' d + d' K d / 2 with d = Q' (theta - theta*), and K = diag(lam) but for rounding.
        # d goes to where the gradient vanishes: that is -rest, slope / lam, and 0 but for rounding.
        self._minimum, slope = objective.value_and_gradient(objective.theta_star)
        lam, self._slope = self._resolved_lam, by_target(slope) @ self._Q
        self._rest = np.divide(self._slope, lam, out=np.zeros_like(self._slope), where=lam > 0.0)
        self._d = by_target(theta - objective.theta_star) @ self._Q + self._rest
        # Where columns have very different scales, or theta* large parts that cancel, a steep mode's d is lost to the
        # others, and right in the gradient.
        size_d, size_g = (np.abs(part).max(axis=1, keepdims=True, initial=0.0) for part in (self._d, self.gradient))
        steep = lam > size_g / np.where(size_d > 0.0, size_d, 1.0)
        np.divide(self.gradient, lam, out=self._d, where=steep)
        self._half_K = K / 2.0

    @undisturbed
    def move(self, e: np.ndarray) -> np.ndarray:
        """Return ``Q e``, a change of the parameters of shape (n_targets, n_iterates, n_parameters)."""
        return e @ self._Q.T

    @undisturbed
    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        d = self._d[:, np.newaxis] * decay - self._rest[:, np.newaxis]
        cost = np.einsum("kti,kti->t", d, d @ self._half_K + self._slope[:, np.newaxis])
        return np.maximum(self._minimum + cost, 0.0)

    def energies(self) -> tuple[np.ndarray, float]:
        """Return what each mode adds to the cost at `theta`, of shape (n_modes,), and what no mode accounts for.

        The first are ``lam d**2 / 2``; the second belongs to modes that are lost in rounding.
        """
        energies = np.sum(self._resolved_lam * self._d * self._d, axis=0) / 2.0  # d**2 might overflow
        return energies, max(self._cost - self._minimum - float(energies.sum()), 0.0)


class RowsBasis:
    """The same for fewer rows than features, on the space of the rows.

    Beside it there is one more direction, that of the rest of the initial guess, which the penalty shrinks.

    The attributes are those of `QuadraticBasis`.
    """

    def __init__(self, objective: Rows, theta: np.ndarray):
        self._space = objective.row_space
        inside = self._space.to_coordinates(theta)
        self._inside = QuadraticBasis(self._space.quadratic, inside)
        # Without a penalty the rest stays, and need not be known.
        rest = by_target(theta - self._space.from_coordinates(inside) if objective.l2 > 0.0 else np.zeros_like(theta))
        size = np.linalg.norm(rest, axis=1, keepdims=True)
        self._direction = np.divide(rest, size, out=np.zeros_like(rest), where=size > 0.0)
        self._l2, self._rest_cost = objective.l2, objective.l2 * float(np.sum(size**2)) / 2.0
        self.lam = np.append(self._inside.lam, objective.l2)
        self.gradient = np.hstack([self._inside.gradient, objective.l2 * size])

    @undisturbed
    def move(self, e: np.ndarray) -> np.ndarray:
        """Return ``Q e``, a change of the parameters of shape (n_targets, n_iterates, n_parameters)."""
        inside = self._inside.move(e[..., :-1])
        n_targets, n_iterates, n_coordinates = inside.shape
        flat = self._space.from_coordinates(inside.reshape(n_targets * n_iterates, n_coordinates).T).T
        return flat.reshape(n_targets, n_iterates, flat.shape[1]) + e[..., -1:] * self._direction[:, np.newaxis]

    @undisturbed
    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        return self._inside.cost(decay[:, :-1]) + self._rest_cost * decay[:, -1] ** 2

    def energies(self) -> tuple[np.ndarray, float]:
        """Return what each mode adds to the cost at `theta`, of shape (n_modes,), and what no mode accounts for."""
        energies, others = self._inside.energies()
        return np.append(energies, self._rest_cost), others


@undisturbed
def basis_of(objective: Quadratic | Rows, theta: np.ndarray) -> QuadraticBasis | RowsBasis:
    """Return the eigenbasis, and the coordinates of `theta` in it."""
    return (QuadraticBasis if isinstance(objective, Quadratic) else RowsBasis)(objective, theta)


def extreme_eigenvalues(objective: Quadratic) -> tuple[float, float]:
    """Return ``L`` and ``mu``, the largest eigenvalue of the Hessian and the smallest that is not zero.

    ``mu`` is 0.0 where it is too small beside ``L`` to be resolved, below about 1e-28 of it.
    """
    lam, Q, _ = _eigenbasis(objective)
    L, n = float(lam.max(initial=0.0)), len(lam)
    nonzero = lam[_is_nonzero(objective, lam, Q)]
    if not nonzero.size:
        return 0.0, 0.0
    mu = float(nonzero.min())
    return L, mu if mu > L * _unresolved(n) else 0.0


@undisturbed
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
    if isinstance(objective, Rows) and objective.has_small_row_space:
        return max(largest_eigenvalue(objective.row_space.quadratic), objective.l2)
    if n == 0:
        return 0.0
    if n <= FEW_PARAMETERS:
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


def _eigenbasis(objective: Quadratic) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the eigenvalues ``lam`` and eigenvectors ``Q`` of the Hessian, and ``K = Q' H Q`` with ``lam`` on it.

    ``K`` comes from the centred moments, and has the digits of small eigenvalues that the Hessian has lost to the
    large ones: up to ``1 / eps**2`` between them. Where the small ones were lost altogether, their directions are
    found in ``K``.
    """
    lam, Q = np.linalg.eigh(objective.H)
    K = objective.curvature(Q)
    small = lam < 1e-8 * lam.max(initial=0.0)
    if np.sum(small) > 1:
        Q[:, small] = Q[:, small] @ np.linalg.eigh(K[np.ix_(small, small)])[1]
        K = objective.curvature(Q)
    return np.maximum(np.diagonal(K), 0.0), Q, K


def _is_nonzero(objective: Quadratic, lam: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """Return which eigenvalues ``q' H q = (q_0 + mean_x' q)**2 + q' S q`` are more than the rounding of their terms.

    So columns of numbers near 1e-9 may have one of 1e-18 beside others of 1, but a duplicate has none.
    """
    eps, diagonal = 8.0 * len(lam) * objective.eps, np.diagonal(objective.A)
    if objective.mean_x is None:
        return lam > eps * (diagonal @ Q**2)
    return lam > eps * (diagonal[1:] @ Q[1:] ** 2) + (eps * (np.abs(objective.A[0]) @ np.abs(Q))) ** 2


def _unresolved(n: int) -> float:
    """Return the share of the largest eigenvalue below which others are rounding."""
    return (8.0 * n * _EPS) ** 2


def by_target(theta: np.ndarray) -> np.ndarray:
    """Return an array of shape (n_targets, n) for one of shape (n,) or (n, n_targets)."""
    return (theta[:, np.newaxis] if theta.ndim == 1 else theta).T
