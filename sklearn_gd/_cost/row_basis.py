"""The eigenbasis of the cost for fewer rows than features, from the products of the rows with each other."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.table import Table

_EPS = np.finfo(np.float64).eps


class CostOfRows(Protocol):
    """What is asked of `Rows`, which makes an eigenbasis of what it is."""

    table: Table
    y: np.ndarray
    share: np.ndarray
    variances: np.ndarray
    fit_intercept: bool
    scaling: Scaling | None
    l2: float
    minimum: float
    zero_cost: float
    constant_cost: float

    def predictions(self, theta: np.ndarray) -> np.ndarray:
        """Return the hypothesis for each row."""
        ...

    def product(self, theta: np.ndarray) -> np.ndarray:
        """Return the hypothesis less what the means of the features make of it."""
        ...

    def adjoint(self, r: np.ndarray) -> np.ndarray:
        """Return what the transpose of the rows makes of residuals."""
        ...

    def adjoint_of(self, features: slice, r: np.ndarray) -> np.ndarray:
        """Return the part of it that belongs to some features."""
        ...

    def column(self, number: int) -> np.ndarray:
        """Return the column of a feature."""
        ...


@dataclass(frozen=True, eq=False)
class RowBasis:
    """The eigenbasis of the Hessian of `Rows` on the span of the rows and the intercept; `Turned` has the formulas.

    Attributes
    ----------
    s2 : ndarray of shape (n_rows_directions,)
        ``s**2`` above the rounding of the largest; in the other directions the cost is practically flat.
    of_rows : ndarray of shape (n_samples, n_rows_directions)
        ``sqrt(share) U / s``: the linear combinations of the rows that are the directions of ``A``.
    lam, combinations, intercepts
        The attributes of `Turned` with these names.
    Q : ndarray of shape (1 + n_rows_directions, n_directions) or None
        The directions in terms of the intercept and the directions of ``A``, if ``A`` has no column of ones.
    """

    s2: np.ndarray
    of_rows: np.ndarray
    lam: np.ndarray
    combinations: np.ndarray
    intercepts: np.ndarray
    Q: np.ndarray | None

    @property
    def is_complete(self) -> bool:
        """Whether there is a direction for each row of positive weight, and no eigenvalue is lost in rounding."""
        n_rows = np.count_nonzero(self.of_rows.any(axis=1))
        return 0 < n_rows == len(self.s2) and len(self.lam) == n_rows + (self.Q is not None)

    @classmethod
    def of(cls, rows: CostOfRows) -> "RowBasis":
        """Return the basis; rows of weight zero are not used."""
        l2, intercept = rows.l2, rows.fit_intercept
        trained = np.flatnonzero(rows.share)
        root = np.sqrt(rows.share[trained])
        s2, U = kept_eigenbasis(_of_trained(rows, trained, root))
        U *= root[:, np.newaxis]
        U /= np.sqrt(s2)
        of_rows = U
        if len(trained) < len(rows.y):
            of_rows = np.zeros((len(rows.y), len(s2)))
            of_rows[trained] = U
        sums = of_rows.sum(axis=0)
        if not intercept or l2 == 0.0:
            return cls(s2, of_rows, s2 + l2, of_rows, sums * intercept, None)
        H = np.diag(np.append(1.0, s2 + l2))
        H[0, 1:] = H[1:, 0] = s2 * sums
        lam, Q = kept_eigenbasis(H)
        return cls(s2, of_rows, lam, of_rows @ Q[1:], Q[0], Q)


def _of_trained(rows: CostOfRows, trained: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Return ``A A'`` for the rows of positive weight."""
    K = rows.table.products.of(rows.scaling)[np.ix_(trained, trained)]
    if rows.fit_intercept and rows.l2 == 0.0:
        K += 1.0
    K *= root
    K *= root[:, np.newaxis]
    return K


def kept_eigenbasis(H: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues above the rounding of the largest, in ascending order, and their vectors."""
    lam, Q = np.linalg.eigh(H)
    first = np.count_nonzero(lam <= len(lam) * _EPS * lam[-1])
    return lam[first:], Q[:, first:]
