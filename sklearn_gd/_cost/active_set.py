"""The exact minimum of a least-squares cost with `l1` or `positive`, from the moments, by an active-set method."""

import numpy as np
from scipy.linalg import cho_solve, lapack

from sklearn_gd._data.factors import cholesky

_EPS = np.finfo(np.float64).eps
# The maximum number of rounds that exchange all wrong signs at once, and of consecutive rounds without progress.
_ROUNDS, _PATIENCE = 30, 3
# A gradient exceeds the penalty if it does so by more than this many roundings.
_ROUNDINGS = 8.0


def minimiser(
    S: np.ndarray,
    s: np.ndarray,
    l1: float,
    *,
    positive: bool,
    constant: np.ndarray,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Return a minimum of ``w' S w / 2 - w' s + l1 sum_j abs(w_j)``, with ``w_j >= 0`` if `positive`.

    If the signs of ``w`` are known, it solves ``S w = s - l1 sign(w)`` for the coefficients that are not 0.
    The signs are right if the solution has the same signs, and no other coefficient has a gradient above `l1`:
    ``abs(s_j - (S w)_j) <= l1``. Otherwise all wrong signs are exchanged at once, which takes some rounds, whatever the
    number of columns. If that makes no progress, or columns depend on each other, the signs are exchanged one by one,
    and the cost falls with each exchange.

    Parameters
    ----------
    S : ndarray of shape (n_features, n_features)
        The moments of the features, with a quadratic penalty on the diagonal, if there is one.
    s : ndarray of shape (n_features,) or (n_features, n_targets)
        The moments of the features with the targets, which are independent problems.
    l1 : float >= 0
        The penalty.
    positive : bool
        Whether the coefficients are kept at 0 or above.
    constant : ndarray of shape (n_features,), bool
        Constant columns, which have the coefficient 0.
    start : ndarray of the shape of s or None
        A point whose signs are nearly right, such as the end of a descent. With `positive` it must be feasible.

    Returns
    -------
    w : ndarray of the shape of s
        A minimum; if it is not unique, columns that are determined by others have the coefficient 0.

    Notes
    -----
    Lawson and Hanson, "Solving Least Squares Problems", 1974, chapter 23, for exchanges one by one;
    Portugal, Judice and Vicente, "A comparison of block pivoting and interior-point algorithms for linear least squares
    problems with nonnegative variables", 1994, for exchanges all at once;
    Osborne, Presnell and Turlach, "A new approach to variable selection in least squares problems", 2000, for `l1`.
    """
    w = np.zeros_like(s)
    used = np.flatnonzero(~constant & (np.diagonal(S) > 0.0))
    scale = np.sqrt(np.diagonal(S)[used])  # in the unit of standardised columns, all curvatures are 1
    C = S[np.ix_(used, used)]
    C /= scale
    C /= scale[:, np.newaxis]
    with np.errstate(over="ignore"):
        limit = l1 / scale
    columns, starts = s.reshape(len(s), -1), (w if start is None else start).reshape(len(s), -1)
    found = w.reshape(len(s), -1)
    for k in range(columns.shape[1]):
        faces = _Faces(C, columns[used, k] / scale, limit, positive)
        found[used, k] = faces.descend(scale * starts[used, k]) / scale
    return w


class _Faces:
    """The cost of one target, which is a quadratic as long as the signs of the coefficients do not change.

    Attributes
    ----------
    C, r : ndarray
        The moments of columns with variance 1: ``v' C v / 2 - v' r + sum_j limit_j abs(v_j)``.
    limit : ndarray of shape (n_features,)
        The penalty on each coefficient.
    positive : bool
        Whether only positive signs are allowed.
    """

    def __init__(self, C: np.ndarray, r: np.ndarray, limit: np.ndarray, positive: bool):
        self.C, self.r, self.limit, self.positive = C, r, limit, positive
        self.tol = 8.0 * len(C) * _EPS  # as for an eigenvalue: a smaller pivot may be the rounding of none

    def descend(self, v: np.ndarray) -> np.ndarray:
        """Return a minimum, starting from a feasible point."""
        solution = self._exchange_all(np.sign(v))
        return self._exchange_one_by_one(v) if solution is None else solution

    def _exchange_all(self, sign: np.ndarray) -> np.ndarray | None:
        """Return the minimum, or None if exchanging all wrong signs at once does not reach it."""
        fewest, patience = np.inf, _PATIENCE
        for _ in range(_ROUNDS):
            support, v = np.flatnonzero(sign), np.zeros_like(self.r)
            factor = self._factor(support)
            if factor is None:  # duplicates, for instance, of which one is enough
                _, kept = self._independent(support)
                sign = np.where(np.isin(np.arange(len(v)), support[kept]), sign, 0.0)
                support = np.flatnonzero(sign)
                factor = self._factor(support)
            if factor is None:
                return None
            v[support] = self._solve(factor, support, sign)
            excess, sign_outside = self._excess(v, sign)
            wrong, wanted = v * sign < 0.0, excess > 0.0
            n_wrong = np.count_nonzero(wrong) + np.count_nonzero(wanted)
            if n_wrong == 0:
                return v
            patience = _PATIENCE if n_wrong < fewest else patience - 1
            fewest = min(fewest, n_wrong)
            if patience < 0:
                return None
            sign = np.where(wrong, 0.0, np.where(wanted, sign_outside, sign))
        return None

    def _exchange_one_by_one(self, v: np.ndarray) -> np.ndarray:
        """Return the minimum, to which a point is moved whose signs change one at a time, each at a lower cost."""
        sign, barred = np.sign(v), np.zeros(len(v), dtype=bool)
        entered = None
        for _ in range(10 * len(v) + 100):  # far more than needed: rounding might lead to a cycle
            moved = self._to_minimum_of_face(v, sign)
            if entered is not None and sign[entered] == 0.0 and not moved:
                barred[entered] = True  # because of rounding it seemed to lead downwards
            elif moved:
                barred[:] = False
            excess, sign_outside = self._excess(v, sign)
            excess[barred] = 0.0
            entered = int(np.argmax(excess)) if excess.size else 0
            if not excess.size or excess[entered] <= 0.0:
                break
            sign[entered] = sign_outside[entered]
        return v

    def _to_minimum_of_face(self, v: np.ndarray, sign: np.ndarray) -> bool:
        """Move to the minimum with these signs, set those that change on the way to 0, and return whether it moved.

        Dependent columns leave directions in which the quadratic is constant: the cost is linear there, and falls or
        stays the same until one of the coefficients is 0.
        """
        has_moved = False
        while True:
            support = np.flatnonzero(sign)
            factor = self._factor(support)
            if factor is None:
                direction, longest = self._flat_direction(support, v, sign), np.inf
            else:
                target = self._solve(factor, support, sign)
                direction, longest = target - v[support], 1.0
            shrinks = direction * sign[support] < 0.0
            lengths = np.full(len(support), np.inf)
            lengths[shrinks] = -v[support][shrinks] / direction[shrinks]
            length = lengths.min(initial=np.inf)
            if factor is not None and length > longest:
                has_moved |= bool(np.any(direction))
                v[support] = target
                return has_moved
            has_moved |= length > 0.0
            v[support] += length * direction
            gone = support[lengths <= length]
            v[gone] = sign[gone] = 0.0

    def _flat_direction(self, support: np.ndarray, v: np.ndarray, sign: np.ndarray) -> np.ndarray:
        """Return a direction in which the quadratic is constant, the cost does not rise and a coefficient reaches 0."""
        factor, kept = self._independent(support)
        dependent = int(np.setdiff1d(np.arange(len(support)), kept)[-1])
        column = self.C[support[kept], support[dependent]]
        direction = np.zeros(len(support))
        direction[kept] = -cho_solve((factor, True), column, check_finite=False)
        direction[dependent] = 1.0
        slope = direction @ (self.C[support] @ v - self.r[support] + self.limit[support] * sign[support])
        direction = -direction if slope > 0.0 else direction
        return direction if np.any(direction * sign[support] < 0.0) else -direction

    def _independent(self, support: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the Cholesky factor of the independent columns among dependent ones, and their numbers."""
        # With a margin, so that the plain factor exists without the other columns.
        factor, pivots, rank, _ = lapack.dpstrf(self.C[np.ix_(support, support)], tol=2.0 * self.tol, lower=1)
        rank = min(rank, len(support) - 1)
        return factor[:rank, :rank], pivots[:rank] - 1

    def _factor(self, support: np.ndarray) -> np.ndarray | None:
        """Return the Cholesky factor of the columns, or None if they depend on each other."""
        factor = cholesky(self.C[np.ix_(support, support)])
        independent = factor is not None and factor.diagonal().min(initial=1.0) ** 2 >= self.tol
        return factor if independent else None

    def _solve(self, factor: np.ndarray, support: np.ndarray, sign: np.ndarray) -> np.ndarray:
        """Return the minimum of the quadratic with these signs, with one correction for rounding."""
        right_side = self.r[support] - self.limit[support] * sign[support]
        if not support.size:
            return right_side
        v = cho_solve((factor, True), right_side, check_finite=False)
        rest = right_side - self.C[np.ix_(support, support)] @ v
        return v + cho_solve((factor, True), rest, check_finite=False)

    def _excess(self, v: np.ndarray, sign: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return by how much the gradient of each coefficient at 0 exceeds its limit, and the sign to take."""
        g = self.r - self.C @ v
        size = np.abs(self.r).max(initial=0.0) + np.abs(v).sum()
        tol = _ROUNDINGS * np.sqrt(len(v)) * _EPS * size
        excess = (g if self.positive else np.abs(g)) - self.limit
        return np.where((sign == 0.0) & (excess > tol), excess, 0.0), np.sign(g)
