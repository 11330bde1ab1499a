"""The eigenbasis of the Hessian, in which plain descent raises factors to powers, and its extreme eigenvalues."""

import math
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from sklearn_gd._cost.families import Families
from sklearn_gd._data.factors import eigh

_EPS = np.finfo(np.float64).eps
# Up to this many parameters, all eigenvalues take no longer than some products with the Hessian.
FEW_PARAMETERS = 64
# A rough estimate of the largest eigenvalue has an error of some percent, and is raised by 10 % to be safe: a better
# estimate would take as long as a descent row by row.
_SAFETY = 1.1
# The numbers in moves that are computed at once, 128 KiB.
SIZE_OF_MOVES = 2**14
# A negligible share of a cost: some roundings.
_ROUNDING = 1e-13
_ALL = slice(None)


class Curved(Protocol):
    """What is asked of `Quadratic`, which makes an eigenbasis of what it is."""

    H: np.ndarray
    A: np.ndarray
    S: np.ndarray
    mean_x: np.ndarray | None
    families: Families | None
    eps: float
    has_intercept: bool
    is_measured_from_minimum: bool
    theta_near: np.ndarray
    gradient_near: np.ndarray
    cost_near: float
    minimum: float

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the cost and its gradient."""
        ...

    def curvature(self, Q: np.ndarray) -> np.ndarray:
        """Return ``Q' H Q``."""
        ...


class Eigenbasis:
    """Orthonormal directions, the columns of ``Q``, along which the cost has the curvatures ``lam``.

    ``K = Q' H Q``, with ``lam`` on its diagonal, is computed from the centred moments. It keeps the digits of small
    eigenvalues that the Hessian loses to the large ones, up to a ratio of ``1 / eps**2``.
    If the small ones are lost completely, their directions are computed from ``K``.
    Each of the `Families` of parameters that move in proportion has one direction, so that they do so exactly; their
    differences, which the data do not determine, are left out.

    Attributes
    ----------
    lam : ndarray of shape (n_modes,)
        The eigenvalues, of which there may be fewer than parameters.
    Q : ndarray of shape (n_parameters, n_modes)
        The directions.
    K : ndarray of shape (n_modes, n_modes)
        The Hessian in these directions.
    nonzero : ndarray of shape (n_modes,), bool
        Which eigenvalues are more than the rounding of their terms.
    resolved : ndarray of shape (n_modes,), bool
        Which of these are known, because they are also more than the rounding of the largest.
    slope, rest : ndarray of shape (n_targets, n_modes)
        The gradient at the point from which costs are measured, `Quadratic.theta_near`, and the distance from there to
        its zero, ``slope / lam``. One row of zeros if the point is a minimum.
    """

    lam: np.ndarray
    Q: np.ndarray
    K: np.ndarray
    nonzero: np.ndarray
    resolved: np.ndarray
    slope: np.ndarray
    rest: np.ndarray

    def __init__(self, quadratic: Curved) -> None:
        self._families = quadratic.families
        lam, self._leading = _eigenvectors(quadratic.H, self._families)
        if len(lam) > 1 and lam[1] < 1e-8 * lam[-1]:  # they ascend
            small = lam < 1e-8 * lam[-1]
            K = quadratic.curvature(self._expand(self._leading[:, small]))
            self._leading[:, small] = self._leading[:, small] @ eigh(K)[1]
        self.Q = self._expand(self._leading)
        self.K = quadratic.curvature(self.Q)
        self.lam = np.maximum(self.K.diagonal(), 0.0)
        # Columns of numbers near 1e-9 may have an eigenvalue of 1e-18 next to others of 1, but a duplicate has none.
        eps = 8.0 * len(quadratic.A) * quadratic.eps
        if quadratic.mean_x is None:
            rounding = eps * (quadratic.A.diagonal() @ self.Q**2)
        else:  # q' H q = (q_0 + mean_x' q)**2 + q' S q
            coefs = self.Q[int(quadratic.has_intercept) :]
            rounding = eps * (quadratic.S.diagonal() @ coefs**2)
            rounding += (eps * (np.abs(quadratic.A[0]) @ np.abs(self.Q))) ** 2
        self.nonzero = self.lam > rounding
        self.resolved = self.nonzero & (self.lam > self.lam.max(initial=0.0) * self._drowned)
        if quadratic.is_measured_from_minimum:
            self.slope = self.rest = np.zeros((1, len(self.lam)))
        else:
            self.slope = by_target(quadratic.gradient_near) @ self.Q
            self.rest = np.divide(self.slope, self.lam, out=np.zeros_like(self.slope), where=self.resolved)

    def move(self, e: np.ndarray) -> np.ndarray:
        """Return ``Q e``, for coordinates along the last axis; parameters of one family move in proportion exactly."""
        # One product for all targets: NumPy would make one for each.
        moves = e.reshape(math.prod(e.shape[:-1]), e.shape[-1]) @ self._leading.T
        moves = moves.reshape(*e.shape[:-1], len(self._leading))
        return moves if self._families is None else self._families.expand(moves, axis=-1)

    def _expand(self, leading: np.ndarray) -> np.ndarray:
        return leading if self._families is None else self._families.expand(leading)

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """The largest eigenvalue ``L``, and the smallest non-zero one, ``mu``; 0.0 if it is lost in rounding."""
        nonzero = self.lam[self.nonzero]
        if not nonzero.size:
            return 0.0, 0.0
        L, mu = float(self.lam.max()), float(nonzero.min())
        return L, mu if mu > L * self._drowned else 0.0

    @property
    def _drowned(self) -> float:
        return (8.0 * len(self.Q) * _EPS) ** 2


class Modes:
    """A point in the eigenbasis: plain descent shrinks each coordinate of the gradient by ``1 - alpha lam_i``.

    Arrays of coordinates have the shape (n_targets, n_iterates, n_modes).

    Attributes
    ----------
    lam : ndarray of shape (n_modes,)
        The eigenvalues of the Hessian.
    gradient : ndarray of shape (n_targets, n_modes)
        ``Q' g`` at the point; exactly 0 in directions without curvature, where the loop stays as well.
    theta : ndarray of shape (n_targets, 1, n_parameters)
        The parameters at the point.
    """

    lam: np.ndarray
    gradient: np.ndarray
    theta: np.ndarray

    def __init__(
        self, quadratic: Curved, basis: Eigenbasis, theta: np.ndarray, known: tuple[float, np.ndarray] | None = None
    ) -> None:
        # Not the quadratic itself, which keeps its modes: memory in a circle is freed late.
        self._basis, self._cost_near, self._minimum = basis, quadratic.cost_near, quadratic.minimum
        self.theta = by_target(theta)[:, np.newaxis]
        self.lam = lam = np.where(basis.resolved, basis.lam, 0.0)
        self._cost, gradient = known or quadratic.value_and_gradient(theta)
        self.gradient = by_target(gradient) @ basis.Q
        self.gradient[:, lam == 0.0] = 0.0
        # The cost is J' + slope' d + d' K d / 2 with d = Q' (theta - theta'), where theta' is the point that costs are
        # measured from, and K = diag(lam) but for rounding. d goes to where the gradient vanishes, -rest.
        self._slope, self._rest = basis.slope, basis.rest
        d = by_target(theta - quadratic.theta_near) @ basis.Q
        d += self._rest
        # Where columns have very different scales, or theta' large parts that cancel, a steep mode's d is lost to the
        # others, and right in the gradient.
        size_d, size_g = (np.abs(part).max(axis=1, keepdims=True, initial=0.0) for part in (d, self.gradient))
        steep = lam > size_g / np.where(size_d > 0.0, size_d, 1.0)
        self._d = np.divide(self.gradient, lam, out=d, where=steep)

    @cached_property
    def energies(self) -> np.ndarray:
        """What each mode adds to the cost at the point, ``lam d**2 / 2``, of shape (n_modes,): 0 without curvature."""
        return np.where(self.lam > 0.0, self._of_decays[0], 0.0)

    @cached_property
    def unexplained(self) -> float:
        """What no mode accounts for, because rounding has swallowed it."""
        return max(self._cost - self._minimum - float(self.energies.sum()), 0.0)

    @cached_property
    def slopes(self) -> np.ndarray:
        """The size of the gradient along each mode, over all targets, of shape (n_modes,)."""
        return norms(self.gradient)

    def move(self, e: np.ndarray, targets: slice = _ALL) -> np.ndarray:
        """Return ``Q e``, a change of some targets' parameters of shape (n_targets, n_iterates, n_parameters)."""
        return self._basis.move(e)

    def largest_changes(self, e: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest change of a parameter of a target for each row of `e`, and the parameter's number."""
        n_moves, size = len(e), max(SIZE_OF_MOVES // self.theta.shape[-1], 1)
        changes, parameters = np.empty(n_moves), np.empty(n_moves, dtype=np.intp)
        for some in (slice(start, start + size) for start in range(0, n_moves, size)):
            change = np.abs(self.move(e[np.newaxis, some])[0])
            changes[some], parameters[some] = change.max(axis=1), change.argmax(axis=1)
        return changes, parameters

    def at(self, e: np.ndarray) -> np.ndarray:
        """Return what is descended, as it is ``e`` from the point: the parameters."""
        return self.theta + self.move(e)

    @property
    def witnesses(self) -> list[tuple[int, int]]:
        """Targets and parameters of them that have moved most before, where that is worth remembering."""
        return []

    def row(self, target: int, parameter: int) -> np.ndarray:
        """Return how a parameter of a target changes along each mode, of shape (n_modes,)."""
        return self._basis.Q[parameter]

    def project(self, v: np.ndarray) -> np.ndarray:
        """Return ``Q' v``."""
        return v @ self._basis.Q

    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes).

        They are the sums over the targets, of which none needs to be known: with ``d = D p - rest`` for each of them
        the cost ``slope' d + d' K d / 2`` is a quadratic of the factors ``p`` that they share, and so is the sum.
        """
        diagonal, others = self._of_decays
        if others is None:
            return np.maximum(self._cost_near + decay**2 @ diagonal, 0.0)
        square, linear, constant = others
        cost = np.einsum("ti,ti->t", decay, decay @ square + linear)
        return np.maximum(self._cost_near + (constant + cost), 0.0)

    @cached_property
    def _of_decays(self) -> tuple[np.ndarray, tuple | None]:
        """The coefficients of the squares in that quadratic, and all, where the others are more than rounding."""
        d, rest, slope, K = self._d, self._rest, self._slope, self._basis.K
        # In units of the modes, because the product of two large coordinates might overflow.
        unit = norms(d)
        square = K * unit * unit[:, np.newaxis]
        diagonal = square.diagonal() / 2.0
        if not rest.any() and np.abs(square).sum() <= (2.0 + _ROUNDING) * diagonal.sum():
            return diagonal, None
        pull = slope - rest @ K
        d = np.divide(d, unit, out=np.zeros_like(d), where=unit > 0.0)
        linear = np.einsum("ki,ki->i", pull, d) * unit
        return diagonal, (square * (d.T @ d) / 2.0, linear, -float(np.vdot(slope + pull, rest)) / 2.0)


def _eigenvectors(H: np.ndarray, families: Families | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues of a Hessian, and the components of their vectors for the leaders of families."""
    if families is None:
        return eigh(H)
    basis = families.expand(np.eye(len(families.leaders)))
    size = np.linalg.norm(basis, axis=0)
    basis /= size
    lam, leading = eigh(basis.T @ H @ basis)
    leading /= size[:, np.newaxis]
    return lam, leading


def largest_eigenvalue(cost, *, rough: bool = False) -> float:
    """Return ``L``, the largest eigenvalue of the Hessian, which is only formed if it is small.

    Parameters
    ----------
    cost : Quadratic or Rows
        The cost.
    rough : bool
        Whether an estimate is enough, which is raised to be safe and therefore up to about 10 % too large.

    Returns
    -------
    L : float >= 0
        In the unit of the cost over the unit of the parameters squared.

    Notes
    -----
    Lehoucq, Sorensen and Yang, "ARPACK Users' Guide", 1998.
    """
    n = cost.shape[0]
    if n <= FEW_PARAMETERS:
        H = np.column_stack([cost.hessian_product(unit) for unit in np.eye(n)])
        return max(float(np.linalg.eigvalsh(H)[-1]), 0.0)
    start = np.random.default_rng(0).standard_normal(n)  # the same for the same data, and in no eigenvector's way
    size = np.abs(cost.hessian_product(start)).max()  # ARPACK wants numbers near 1
    if size == 0.0:
        return 0.0
    H = LinearOperator((n, n), matvec=lambda v: cost.hessian_product(v) / size, dtype=np.float64)
    L = eigsh(H, k=1, which="LA", v0=start, ncv=5 if rough else None, tol=0.1 if rough else 1e-4)[0][0]
    return float(L) * size * (_SAFETY if rough else 1.0)


def norms(coordinates: np.ndarray) -> np.ndarray:
    """Return the norms of the columns of an array of shape (n_targets, n_modes), whose squares might overflow."""
    if len(coordinates) == 1:
        return np.abs(coordinates[0])
    unit = np.abs(coordinates).max(initial=0.0) or 1.0
    return unit * np.linalg.norm(coordinates / unit, axis=0)


def by_target(theta: np.ndarray) -> np.ndarray:
    """Return an array of shape (n_targets, n) for one of shape (n,) or (n, n_targets)."""
    return (theta[:, np.newaxis] if theta.ndim == 1 else theta).T
