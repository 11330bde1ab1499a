"""The cost for fewer rows than features in the coordinates of its eigenbasis, without forming all coefficients."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from sklearn_gd._cost.eigenbasis import SIZE_OF_MOVES, by_target, norms
from sklearn_gd._cost.row_basis import CostOfRows, RowBasis

# The number of parameters that are remembered as witnesses that a move is too large to end a descent.
_N_WITNESSES = 8
_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Turned:
    r"""The cost of `Rows`, in coordinates along the eigenvectors of its Hessian that a descent can reach.

    .. math:: \theta = \theta(0) + B q, \qquad J = J^* + \frac{1}{2} \sum_i \lambda_i (q_i - q_i^*)^2

    A descent starts at ``q = 0``. It reaches the span of the rows, the intercept and, with a penalty, the start: the
    columns of ``B`` are orthonormal, and there are hardly more of them than rows. Rules that treat all directions alike
    (plain descent, momentum, Nesterov) are the same in all orthonormal coordinates, so the iterates are those of
    `Rows`; but each has as many numbers as there are rows, instead of features.

    With ``A = sqrt(share) [1, X]`` and ``A A' = U diag(s**2) U'``, ``lam = s**2`` and ``B = A' U / s``.
    With a penalty, which does not apply to the intercept, ``A`` has no column of ones: in its coordinates and the
    intercept the Hessian is a small matrix, which has its own eigenbasis.
    ``B`` has as many entries as the data, and is not formed.

    Attributes
    ----------
    rows : Rows
        The cost as a function of the coefficients.
    theta_0 : ndarray of the shape of theta
        The start.
    lam : ndarray of shape (n_coordinates,)
        The eigenvalues.
    q_star : ndarray of shape (n_coordinates,) or (n_coordinates, n_targets)
        The minimum.
    cost_star : float
        The cost there.
    combinations : ndarray of shape (n_samples, n_directions)
        Linear combinations of the rows: the coefficients in ``B`` are ``X' combinations``.
    intercepts : ndarray of shape (n_directions,)
        The intercepts in ``B``; zeros without an intercept.
    rest : ndarray of the shape of theta, or None
        One more direction per target, the last coordinate: the component of the start orthogonal to all rows, which
        only the penalty moves. None without a penalty, or if the start is zero.
    """

    rows: CostOfRows
    theta_0: np.ndarray
    lam: np.ndarray
    q_star: np.ndarray
    cost_star: float
    combinations: np.ndarray
    intercepts: np.ndarray
    rest: np.ndarray | None = None

    @classmethod
    def of(cls, rows: CostOfRows, basis: RowBasis, theta_0: np.ndarray) -> "Turned":
        """Return the cost of the rows for descents from a start."""
        l2, share, intercept = rows.l2, rows.share, rows.fit_intercept
        h_0 = rows.predictions(theta_0)
        r = rows.y - h_0
        # The penalty is relative to zero, not to the start; these are the coordinates of the start's coefficients.
        z_0 = basis.of_rows.T @ (h_0 - theta_0[0] if intercept else h_0) * (l2 > 0.0)
        gradient = l2 * z_0 - _times(basis.s2, basis.of_rows.T @ r)
        if basis.Q is not None:
            gradient = basis.Q.T @ np.concatenate([-(share @ r)[np.newaxis], gradient])
        q_star = -_times(1.0 / basis.lam, gradient)
        z = q_star
        if basis.Q is not None:
            z, r = basis.Q[1:] @ q_star, r - basis.intercepts @ q_star
        trained = share > 0.0
        r = r[trained] - _times(1.0 / share[trained], basis.of_rows[trained] @ _times(basis.s2, z))
        cost_star = float(np.sum(_times(share[trained], r**2)) + l2 * np.sum((z_0 + z) ** 2)) / 2.0
        cost = cls(rows, theta_0, basis.lam, q_star, cost_star, basis.combinations, basis.intercepts)
        return cost if l2 == 0.0 or not theta_0[int(intercept) :].any() else cost._with_rest()

    def _with_rest(self) -> "Turned":
        rows, theta_0 = self.rows, self.theta_0
        intercept = theta_0[0] if rows.fit_intercept else np.zeros(theta_0.shape[1:])
        q_0 = self.combinations.T @ (rows.product(theta_0) - intercept) + np.multiply.outer(self.intercepts, intercept)
        rest = theta_0 - self.moves(by_target(q_0)[:, np.newaxis])[:, 0].T.reshape(theta_0.shape)
        if rows.fit_intercept:
            rest[0] = 0.0
        size = np.linalg.norm(rest, axis=0)
        rest = np.divide(rest, size, out=np.zeros_like(rest), where=size > 0.0)
        lam, q_star = np.append(self.lam, rows.l2), np.concatenate([self.q_star, -size[np.newaxis]])
        return replace(self, lam=lam, q_star=q_star, rest=rest)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``q``."""
        return self.q_star.shape

    @property
    def L(self) -> float:
        """The largest eigenvalue of the Hessian."""
        return float(self.lam.max(initial=self.rows.l2))

    @cached_property
    def minimum(self) -> float:
        """The smallest cost; if known, it includes features that the products of the rows have lost."""
        return self.cost_star if np.isnan(self.rows.minimum) else self.rows.minimum

    @property
    def is_well_scaled(self) -> bool:
        """Whether the directions of the eigenbasis keep digits along all features; True, as only such rows are used."""
        return True

    @property
    def constant_cost(self) -> float:
        """``J`` of the best constant prediction."""
        return self.rows.constant_cost

    @property
    def zero_cost(self) -> float:
        """``J`` at ``theta = 0``."""
        return self.rows.zero_cost

    @property
    def modes_price(self) -> float:
        """The time of the eigenbasis in iterations of the loop: 0, because it exists."""
        return 0

    def value_and_gradient(self, q: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the cost and its gradient with respect to ``q``."""
        e = q - self.q_star
        gradient = _times(self.lam, e)
        return self.cost_star + float(np.vdot(e, gradient)) / 2.0, gradient

    def modes(self, q: np.ndarray, known: tuple[float, np.ndarray] | None = None) -> "TurnedModes":
        """Return the modes of a point, which move the coordinates."""
        return TurnedModes(self, q, is_formed=False)

    def moves(self, q: np.ndarray, targets: slice = _ALL) -> np.ndarray:
        """Return ``B q``, of shape (n_targets, n_moves, n_parameters), for coordinates along the last axis."""
        n = len(self.intercepts)
        flat = q[..., :n].reshape(q.shape[0] * q.shape[1], n).T
        moves = self.rows.adjoint(self.combinations @ flat)
        if self.rows.fit_intercept:
            moves[0] = self.intercepts @ flat
        moves = moves.T.reshape(*q.shape[:2], -1)
        return moves if self.rest is None else moves + q[..., n:] * by_target(self.rest)[targets, np.newaxis]

    def largest_changes(self, q: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest change of a parameter of a target in ``B q`` for each row of `q`, and the parameter.

        All moves are computed together, for some features at a time, so that the rows are read only once.
        """
        n, first = len(self.intercepts), int(self.rows.fit_intercept)
        changes, parameters = np.abs(q[:, :n] @ self.intercepts), np.zeros(len(q), dtype=np.intp)
        r, size = self.combinations @ q[:, :n].T, max(SIZE_OF_MOVES // len(q), 1)
        for start in range(0, len(self.theta_0) - first, size):
            moves = self.rows.adjoint_of(slice(start, start + size), r)
            if self.rest is not None:
                rest = by_target(self.rest)[target, first + start : first + start + size]
                moves += np.multiply.outer(rest, q[:, n])
            change = np.abs(moves, out=moves)
            largest = change.max(axis=0)
            is_larger = largest > changes
            changes = np.where(is_larger, largest, changes)
            parameters = np.where(is_larger, first + start + change.argmax(axis=0), parameters)
        return changes, parameters

    def largest_change(self, move: np.ndarray, tol: float | None) -> float:
        """Return the largest change of a parameter in a move of ``q``, or where that is above `tol` a lower bound.

        It is at least the move's length over the root of the parameters' number, and at most the length. In between, a
        parameter that changes by more than `tol` is looked for among some that did so before, the witnesses.
        """
        move, tol = by_target(move), np.inf if tol is None else tol
        length = float(np.linalg.norm(move))
        if length <= tol:
            return length
        if length > np.sqrt(self.theta_0.size) * tol:
            return length / np.sqrt(self.theta_0.size)
        for target, parameter in self.witnesses:
            change = abs(float(self.row(target, parameter) @ move[target]))
            if change > tol:
                return change
        changes = np.abs(self.moves(move[:, np.newaxis])[:, 0])
        largest = float(changes.max())
        if largest > tol:
            self.row(*divmod(int(changes.argmax()), changes.shape[1]))
        return largest

    def row(self, target: int, parameter: int) -> np.ndarray:
        """Return the row of ``B`` for a parameter of a target, of shape (n_coordinates,), and keep it as a witness."""
        asked = target, parameter
        if asked not in self._rows:
            if len(self._rows) == _N_WITNESSES:
                del self._rows[next(iter(self._rows))]
            self._rows[asked] = self._row(target, parameter)
        return self._rows[asked]

    @property
    def witnesses(self) -> list[tuple[int, int]]:
        """The targets and parameters that have moved most before, the newest first."""
        return list(reversed(self._rows))

    @cached_property
    def _rows(self) -> dict[tuple[int, int], np.ndarray]:
        return {}

    def _row(self, target: int, parameter: int) -> np.ndarray:
        intercept = int(self.rows.fit_intercept)
        is_coef = parameter >= intercept
        row = self.rows.column(parameter - intercept) @ self.combinations if is_coef else self.intercepts
        return row if self.rest is None else np.append(row, by_target(self.rest)[target, parameter])


class TurnedModes:
    """A point in the eigenbasis; the attributes and methods of `Modes`.

    Parameters
    ----------
    cost : Turned
        The cost.
    q : ndarray of the shape of the coordinates
        The point.
    is_formed : bool
        Whether the descent is in the parameters of the rows, and not in the coordinates.
    """

    lam: np.ndarray
    gradient: np.ndarray
    energies: np.ndarray
    theta: np.ndarray

    def __init__(self, cost: Turned, q: np.ndarray, *, is_formed: bool) -> None:
        self._cost, self._q, self._is_formed, self.lam = cost, by_target(q)[:, np.newaxis], is_formed, cost.lam
        e = by_target(q - cost.q_star)
        self.gradient = e * cost.lam
        self.energies = np.sum(self.gradient * e, axis=0) / 2.0
        self.theta = by_target(cost.theta_0)[:, np.newaxis]
        if q.any():
            self.theta = self.theta + cost.moves(self._q)

    @property
    def unexplained(self) -> float:
        """The cost that no mode accounts for, because the products of the rows have lost it."""
        return max(self._cost.cost_star - self._cost.minimum, 0.0)

    @property
    def slopes(self) -> np.ndarray:
        """The size of the gradient along each mode."""
        return norms(self.gradient)

    @property
    def witnesses(self) -> list[tuple[int, int]]:
        """The targets and parameters that have moved most before."""
        return self._cost.witnesses

    def row(self, target: int, parameter: int) -> np.ndarray:
        """Return how a parameter of a target changes along each mode, of shape (n_modes,)."""
        return self._cost.row(target, parameter)

    def move(self, e: np.ndarray, targets: slice = _ALL) -> np.ndarray:
        """Return a change of the parameters of some targets, of shape (n_targets, n_iterates, n_parameters)."""
        return self._cost.moves(e, targets)

    def largest_changes(self, e: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest change of a parameter of a target for each row of `e`, and the parameter's number."""
        return self._cost.largest_changes(e, target)

    def at(self, e: np.ndarray) -> np.ndarray:
        """Return the parameters, or the coordinates, at a displacement ``e`` from the point."""
        return self.theta + self.move(e) if self._is_formed else self._q + e

    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        return self._cost.cost_star + decay**2 @ self.energies


@dataclass(frozen=True, eq=False)
class TurnedErrors:
    """The errors on other rows, as functions of the same coordinates.

    Attributes
    ----------
    G : ndarray of shape (n_samples, n_directions)
        ``[1, X] B``.
    r_0 : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The residuals at the start.
    share : ndarray of shape (n_samples,)
        ``w_i / sum w``.
    variances : ndarray of shape (n_targets,)
        The variances of the targets.
    of_rest : ndarray of the shape of `r_0`, or None
        The predictions of `Turned.rest`.
    """

    G: np.ndarray
    r_0: np.ndarray
    share: np.ndarray
    variances: np.ndarray
    of_rest: np.ndarray | None = None

    @classmethod
    def of(cls, cost: Turned, held_out: CostOfRows) -> "TurnedErrors":
        """Return the errors on the rows of another `Rows`, which shares the products."""
        rows, tested = cost.rows, np.flatnonzero(held_out.share)
        G = rows.table.products.of(rows.scaling)[tested] @ cost.combinations + cost.intercepts
        r_0 = rows.predictions(cost.theta_0)[tested] - held_out.y[tested]
        of_rest = None if cost.rest is None else rows.product(cost.rest)[tested]
        return cls(G, r_0, held_out.share[tested], held_out.variances, of_rest)

    def squared_errors(self, qs: np.ndarray) -> np.ndarray:
        """Return the mean squared errors, of shape (n_points, n_targets), of several points."""
        n = self.G.shape[1]
        r = np.matmul(self.G, qs[:, :n]) if qs.ndim == 3 else qs[:, :n] @ self.G.T
        r += self.r_0
        if self.of_rest is not None:
            r += self.of_rest * qs[:, n:]
        r *= r
        return self.share @ r if qs.ndim == 3 else (r @ self.share)[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class TurnedProblem:
    """The part of `Problem` that a descent without `l1` uses, in these coordinates."""

    cost: Turned
    validation: TurnedErrors | None
    penalty: ClassVar[None] = None
    positive: ClassVar[bool] = False
    l1: ClassVar[float] = 0.0

    @classmethod
    def of(cls, rows: CostOfRows, theta_0: np.ndarray, held_out: CostOfRows | None = None) -> "TurnedProblem":
        """Return the problem of the rows for descents from a start, validated on other rows."""
        cost = Turned.of(rows, RowBasis.of(rows), theta_0)
        return cls(cost, None if held_out is None else TurnedErrors.of(cost, held_out))

    @property
    def smooth(self) -> Turned:
        """The cost, which has a gradient everywhere."""
        return self.cost

    @property
    def l2(self) -> float:
        """The penalty."""
        return self.cost.rows.l2

    def at(self, l1: float, l2: float) -> "TurnedProblem":
        """Return the problem itself, which has these penalties."""
        return self

    @property
    def start(self) -> np.ndarray:
        """The coordinates of the start."""
        return np.zeros(self.cost.shape)


def _times(factors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return (factors * rows.T).T
