"""The least-squares cost row by row: ``value_and_gradient(theta) -> (cost, gradient)``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from sklearn_gd._cost.eigenbasis import FEW_PARAMETERS, Modes, largest_eigenvalue
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.row_space import RowSpace, RowSpaceModes
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.table import Table

# Entries of a block that is converted by the way.
_BLOCK_SIZE = 2**17
# Up to this many rows, and no more rows than features, the matrix of the rows' products is cheap.
_FEW_ROWS = 512
# Above this many parameters the largest eigenvalue is a rough estimate.
_MANY_PARAMETERS = 512


@dataclass(frozen=True, eq=False)
class Rows:
    """The cost of `Quadratic`, row by row: two passes over the data for each gradient, and no matrix of second moments.

    ``J = 1/(2 sum w) * sum_i w_i r_i**2 + l2/2 * sum_j theta_j**2`` with ``r = Z theta - y``;
    ``g = Z' (w r) / sum w + l2 * theta``, but no penalty on the intercept

    The rows of ``Z`` are ``[1, x_i]``, or ``x_i`` without an intercept.
    Standardised features are implied, ``Z v = X (v / scale) - mean' (v / scale)``: nothing is copied or made dense.

    Attributes
    ----------
    table : Table
        The rows.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The targets, float64.
    share : ndarray of shape (n_samples,)
        ``w_i / sum w``.
    fit_intercept : bool
        Whether ``theta`` begins with an intercept.
    scaling : Scaling or None
        The map to the coordinates of ``theta``, if they are standardised.
    l2 : float
        The penalty on the coefficients.
    """

    table: Table
    y: np.ndarray
    share: np.ndarray
    fit_intercept: bool
    scaling: Scaling | None
    l2: float = 0.0
    # Which features are constant, or depend on others, is not known row by row.
    constant: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    dependent: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @classmethod
    def of(cls, table: Table, *, fit_intercept: bool, scaling: Scaling | None = None, l2: float = 0.0) -> "Rows":
        """Return the cost on these rows."""
        return cls(table, table.y.astype(np.float64, copy=False), table.w / table.w.sum(), fit_intercept, scaling, l2)

    @property
    def X(self):
        """The features; dense ones are converted to float64 by blocks, but for float32, multiplied as it is."""
        return self.table.X

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return (self.X.shape[1] + self.fit_intercept, *self.y.shape[1:])

    @cached_property
    def diagonal(self) -> np.ndarray:
        """The diagonal of the Hessian, of shape (n_parameters,): the curvatures along the parameters."""
        if self.scaling is not None:
            diagonal = np.isfinite(self.scaling.scale).astype(np.float64)
        elif sp.issparse(self.X):
            columns = self.table.scaling()
            diagonal = columns.mean**2 + np.where(np.isfinite(columns.scale), columns.scale, 0.0) ** 2
        else:
            diagonal = np.einsum("i,ij,ij->j", self.share, self.X, self.X, dtype=np.float64, casting="unsafe")
        diagonal += self.l2
        return np.append(1.0, diagonal) if self.fit_intercept else diagonal

    @cached_property
    def moments(self) -> Moments:
        """The moments of the rows, by one more pass."""
        return self.table.moments()

    @cached_property
    def row_space(self) -> RowSpace:
        """The same cost on the space that the rows span, for fewer rows than features."""
        return RowSpace.of(self)

    @property
    def is_small(self) -> bool:
        """Whether the moments cost no more than some iterations."""
        return self.shape[0] <= FEW_PARAMETERS

    @cached_property
    def exact(self) -> Quadratic | RowSpace | None:
        """The same cost where its minimum and eigenvalues are cheap: for few parameters, or few dense rows."""
        if self.is_small:
            return Quadratic.of(self.moments, fit_intercept=self.fit_intercept, scaling=self.scaling, l2=self.l2)
        return self.row_space if self._is_wide and len(self.y) <= _FEW_ROWS else None

    @property
    def minimum(self) -> float:
        """The smallest cost; NaN where it would take the eigenvalues of a large matrix to know it."""
        return np.nan if self.exact is None else self.exact.minimum

    @property
    def extremes(self) -> tuple[float, float]:
        """The largest eigenvalue of the Hessian, and the smallest that is not zero, or NaN where it is not known."""
        return (self.L, np.nan) if self.exact is None else self.exact.extremes

    @cached_property
    def L(self) -> float:
        """The largest eigenvalue of the Hessian."""
        if self.exact is not None:
            return self.exact.extremes[0]
        return largest_eigenvalue(self, rough=self.shape[0] > _MANY_PARAMETERS)

    def modes(self, theta: np.ndarray) -> Modes | RowSpaceModes:
        """Return the coordinates of `theta` in the eigenbasis, for few parameters or fewer rows than features."""
        return (self.row_space if self.exact is None else self.exact).modes(theta)

    @property
    def modes_price(self) -> float:
        """The iterations of the loop that cost as much as the eigenbasis does; infinity where the loop goes on."""
        if not self._is_wide:
            return np.inf
        return len(self.y) // 8 if self.exact is None else 0

    @property
    def _is_wide(self) -> bool:
        return not sp.issparse(self.X) and len(self.y) <= self.X.shape[1]

    @cached_property
    def constant_cost(self) -> float:
        """``J`` of the best constant prediction."""
        return float(self.variances.sum()) / 2.0

    @cached_property
    def variances(self) -> np.ndarray:
        """The variance of each target, of shape (n_targets,)."""
        return self.share @ (self._columns - self.share @ self._columns) ** 2

    @property
    def _columns(self) -> np.ndarray:
        return self.y.reshape(len(self.y), -1)

    @cached_property
    def zero_cost(self) -> float:
        """``J`` at ``theta = 0``."""
        return self._cost(self.y)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        r = self.product(theta) - self.y
        weighted = (self.share * r.T).T
        penalty = self._penalty(theta)
        cost = np.sum(r * weighted) + np.sum(theta * penalty)
        return float(cost) / 2.0, self.adjoint(weighted) + penalty

    def squared_errors(self, thetas: np.ndarray) -> np.ndarray:
        """Return the mean squared errors, of shape (n_thetas, n_targets), of several parameters."""
        n_thetas, n_parameters = thetas.shape[:2]
        h = self.product(np.moveaxis(thetas, 0, -1).reshape(n_parameters, -1))
        r = h.reshape(len(h), -1, n_thetas) - self._columns[:, :, np.newaxis]
        return np.tensordot(self.share, r**2, axes=1).T

    def hessian_product(self, v: np.ndarray) -> np.ndarray:
        """Return ``H v``."""
        return self.adjoint((self.share * self.product(v).T).T) + self._penalty(v)

    def product(self, theta: np.ndarray) -> np.ndarray:
        """Return ``Z theta``, of the shape of `y`."""
        coef, intercept = (theta[1:], theta[0]) if self.fit_intercept else (theta, 0.0)
        if self.scaling is not None:
            coef, intercept = self.scaling.to_user(coef, intercept)
        return np.concatenate([X @ coef.astype(X.dtype) for _, X in self._blocks()]) + intercept

    def adjoint(self, r: np.ndarray) -> np.ndarray:
        """Return ``Z' r``, of the shape of ``theta``."""
        total = r.sum(axis=0)
        gradient = sum(X.T @ r[rows].astype(X.dtype) for rows, X in self._blocks()).astype(np.float64, copy=False)
        if self.scaling is not None:
            gradient = ((gradient - np.multiply.outer(self.scaling.mean, total)).T / self.scaling.scale).T
        return np.concatenate([total[np.newaxis], gradient]) if self.fit_intercept else gradient

    def _penalty(self, theta: np.ndarray) -> np.ndarray | float:
        if self.l2 == 0.0:
            return 0.0
        penalty = self.l2 * theta
        if self.fit_intercept:
            penalty[0] = 0.0
        return penalty

    def _cost(self, r: np.ndarray) -> float:
        return float(np.sum(self.share * (r * r).T)) / 2.0

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        if sp.issparse(self.X) or self.X.dtype in (np.float64, np.float32):
            yield slice(None), self.X
            return
        size = max(_BLOCK_SIZE // self.X.shape[1], 1)
        for rows in (slice(start, start + size) for start in range(0, len(self.X), size)):
            yield rows, self.X[rows].astype(np.float64)
