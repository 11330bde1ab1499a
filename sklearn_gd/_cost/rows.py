"""The least-squares cost row by row: ``value_and_gradient(theta) -> (cost, gradient)``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from sklearn_gd._cost.change import largest_change
from sklearn_gd._cost.eigenbasis import FEW_PARAMETERS, Modes, largest_eigenvalue
from sklearn_gd._cost.quadratic import WELL_SCALED, Quadratic, scale_ratio
from sklearn_gd._cost.row_basis import RowBasis
from sklearn_gd._cost.row_space import RowSpace
from sklearn_gd._cost.turned import Turned, TurnedModes
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.table import Table
from sklearn_gd._data.units import exponents_of

# With at most this many rows, and at most as many rows as features, the matrix of the products of rows is cheap.
_FEW_ROWS = 512
# Above this many parameters the largest eigenvalue is a rough estimate.
_MANY_PARAMETERS = 512
# float32 is enough if its rounding of predictions is below the share _DIGITS of the targets' spread, and standardised
# columns are fewer than _FAR deviations from zero.
_DIGITS, _FAR = 1e-4, 1e3
# Measured factors: the products of m rows with each other take this many times m iterations, and their eigenbasis this
# many times m**2 / n.
_PRICE_OF_PRODUCTS, _PRICE_OF_EIGENBASIS = 0.02, 0.2
_EPS_32 = float(np.finfo(np.float32).eps)
# Columns within these powers of two are multiplied without units.
_ORDINARY = 40


@dataclass(frozen=True, eq=False)
class Rows:
    """The cost of `Quadratic`, row by row: two products of the data for each gradient, and no matrix of second moments.

    ``J = 1/(2 sum w) * sum_i w_i r_i**2 + l2/2 * sum_j theta_j**2`` with ``r = Z theta - y``;
    ``g = Z' (w r) / sum w + l2 * theta``, without a penalty on the intercept

    The rows of ``Z`` are ``[1, x_i]``, or ``x_i`` without an intercept.
    Standardised features are implicit, ``Z v = X (v / scale) - mean' (v / scale)``: nothing is copied or made dense.

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
    # Row by row it is not known which features are constant or depend on others.
    constant: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    dependent: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    penalty = None  # the whole cost has a gradient

    @classmethod
    def of(cls, table: Table, *, fit_intercept: bool, scaling: Scaling | None = None, l2: float = 0.0) -> "Rows":
        """Return the cost on these rows."""
        if not table.by_products:  # otherwise already checked
            table.check_squares(standardize=scaling is not None)
        return cls(table, table.y, table.share, fit_intercept, scaling, l2)

    @property
    def X(self) -> np.ndarray:
        """The features; dtypes other than float64 are converted block by block, except float32 if that is enough."""
        return self.table.X

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return (self.X.shape[1] + self.fit_intercept, *self.y.shape[1:])

    @property
    def diagonal(self) -> np.ndarray:
        """The diagonal of the Hessian, of shape (n_parameters,): the curvatures along the parameters."""
        if self.scaling is not None:
            diagonal = np.isfinite(self.scaling.scale).astype(np.float64)
        else:
            diagonal = self.table.squares.copy()
        diagonal += self.l2
        return np.append(1.0, diagonal) if self.fit_intercept else diagonal

    @property
    def is_well_scaled(self) -> bool:
        """Whether the directions of the eigenbasis keep digits along all features."""
        return scale_ratio(self.diagonal) <= WELL_SCALED

    @cached_property
    def moments(self) -> Moments:
        """The moments of the rows, which take one more pass."""
        return self.table.moments()

    @cached_property
    def row_space(self) -> RowSpace:
        """The same cost on the space that the rows span, for fewer rows than features."""
        return RowSpace(self)

    @property
    def is_small(self) -> bool:
        """Whether the moments take no longer than some iterations."""
        return self.shape[0] <= FEW_PARAMETERS

    @cached_property
    def exact(self) -> Quadratic | RowSpace | None:
        """The same cost in a form with a cheap minimum and eigenvalues: for few parameters, or few dense rows."""
        if self.is_small:
            return Quadratic.of(self.moments, fit_intercept=self.fit_intercept, scaling=self.scaling, l2=self.l2)
        return self.row_space if self.table.is_wide and len(self.y) <= _FEW_ROWS else None

    @property
    def minimum(self) -> float:
        """The smallest cost; NaN if it would need the eigenvalues of a large matrix."""
        return np.nan if self.exact is None else self.exact.minimum

    @property
    def extremes(self) -> tuple[float, float]:
        """The largest eigenvalue of the Hessian, and the smallest non-zero one, or NaN if it is not known."""
        return (self.L, np.nan) if self.exact is None else self.exact.extremes

    @cached_property
    def L(self) -> float:
        """The largest eigenvalue of the Hessian."""
        if self.exact is not None:
            return self.exact.extremes[0]
        return largest_eigenvalue(self, rough=self.shape[0] > _MANY_PARAMETERS)

    def modes(self, theta: np.ndarray, known: tuple[float, np.ndarray] | None = None) -> Modes | TurnedModes:
        """Return the coordinates of `theta` in the eigenbasis, for few parameters or fewer rows than features."""
        if self.is_small:
            return self.exact.modes(theta, known)
        cost = Turned.of(self, self.basis, theta)
        return TurnedModes(cost, np.zeros(cost.shape), is_formed=True)

    @cached_property
    def basis(self) -> RowBasis:
        """The eigenbasis on the span of the rows and the intercept, for fewer rows than features."""
        return RowBasis.of(self)

    @property
    def modes_price(self) -> float:
        """The time of the eigenbasis in iterations of the loop; infinity if only the loop is used."""
        if not self.table.is_wide:
            return np.inf
        if self.exact is not None:
            return 0
        m, n = self.X.shape
        of_products = 0 if self.table.products.are_made(self.scaling) else m * _PRICE_OF_PRODUCTS
        return int(m**2 / n * _PRICE_OF_EIGENBASIS + of_products)

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
        """Return ``J(theta)`` and ``dJ/dtheta``; each block of rows is read once for both."""
        coef, intercept = self._to_user(theta)
        cost, total, gradient, is_zero = 0.0, 0.0, 0.0, not coef.any()  # as at the start of most descents
        for rows, X in self._blocks(coef):
            r = (0.0 if is_zero else X @ coef) + intercept - self.y[rows]
            weighted = (self.share[rows] * r.T).T
            cost += float(np.sum(r * weighted))
            total = total + weighted.sum(axis=0)
            gradient = gradient + X.T @ weighted
        penalty = self._penalty(theta)
        cost += float(np.sum(theta * penalty))
        return cost / 2.0, self._from_user(gradient, total) + penalty

    def squared_errors(self, thetas: np.ndarray) -> np.ndarray:
        """Return the mean squared errors at several points, of shape (n_thetas, n_targets)."""
        n_thetas, n_parameters = thetas.shape[:2]
        h = self.product(np.moveaxis(thetas, 0, -1).reshape(n_parameters, -1))
        r = h.reshape(len(h), -1, n_thetas) - self._columns[:, :, np.newaxis]
        return np.tensordot(self.share, r**2, axes=1).T

    largest_change: ClassVar[Callable[[np.ndarray, float | None], float]] = staticmethod(largest_change)

    def hessian_product(self, v: np.ndarray) -> np.ndarray:
        """Return ``H v``."""
        return self.adjoint((self.share * self.product(v).T).T) + self._penalty(v)

    def product(self, theta: np.ndarray) -> np.ndarray:
        """Return ``Z theta``, of the shape of `y`."""
        coef, intercept = self._to_user(theta)
        return np.concatenate([X @ coef for _, X in self._blocks(coef)]) + intercept

    def predictions(self, theta: np.ndarray) -> np.ndarray:
        """Return ``Z theta``, without reading the rows if it is zero."""
        return self.product(theta) if theta.any() else np.zeros_like(self.y)

    def column(self, number: int) -> np.ndarray:
        """Return the column of ``Z`` for a feature, if they are dense."""
        column = self.X[:, number].astype(np.float64)
        return column if self.scaling is None else (column - self.scaling.mean[number]) / self.scaling.scale[number]

    def adjoint(self, r: np.ndarray) -> np.ndarray:
        """Return ``Z' r``, of the shape of ``theta``."""
        return self._from_user(sum(X.T @ r[rows] for rows, X in self._blocks()), r.sum(axis=0))

    def adjoint_of(self, features: slice, r: np.ndarray) -> np.ndarray:
        """Return the part of ``Z' r`` that belongs to some features, if they are dense; `r` has two dimensions."""
        part = (r.T @ self.X[:, features].astype(np.float64, copy=False)).T  # rows are read as they are stored
        return part if self.scaling is None else self.scaling.select(features).gradient(part, r.sum(axis=0))

    def _to_user(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept for the original features."""
        coef, intercept = (theta[1:], theta[0]) if self.fit_intercept else (theta, 0.0)
        return (coef, intercept) if self.scaling is None else self.scaling.to_user(coef, intercept)

    def _from_user(self, gradient: np.ndarray, total: np.ndarray | float) -> np.ndarray:
        """Return the gradient with respect to ``theta``, from that with respect to the user's parameters."""
        if self.scaling is not None:
            gradient = self.scaling.gradient(gradient, total)
        return np.concatenate([np.asarray(total)[np.newaxis], gradient]) if self.fit_intercept else gradient

    def _blocks(self, coef: np.ndarray | None = None):
        """Return the blocks of rows to multiply: in float64, or as one `_Narrow` if float32 is accurate enough.

        Predictions from coefficients must be accurate compared to the targets' spread; residuals, the other factor in
        products, keep their own digits.
        """
        narrow, is_enough = self._narrow, True
        if narrow is not None and coef is not None:
            rounding = _EPS_32 * (np.abs(coef).T @ narrow.sizes)
            is_enough = np.all(rounding <= _DIGITS * np.sqrt(2.0 * self.constant_cost))
        return self.table.blocks() if narrow is None or not is_enough else [(slice(None), narrow)]

    @cached_property
    def _narrow(self) -> "_Narrow | None":
        """Dense columns of float32, if they may be multiplied in float32."""
        if sp.issparse(self.X) or self.X.dtype != np.float32:
            return None
        sizes = np.sqrt(self.table.squares)
        far = np.zeros(1) if self.scaling is None else sizes / self.scaling.scale
        return _Narrow.of(self.X, sizes) if np.all(far < _FAR) else None

    def _penalty(self, theta: np.ndarray) -> np.ndarray | float:
        if self.l2 == 0.0:
            return 0.0
        penalty = self.l2 * theta
        if self.fit_intercept:
            penalty[0] = 0.0
        return penalty

    def _cost(self, r: np.ndarray) -> float:
        return float(np.sum(self.share * (r * r).T)) / 2.0


@dataclass(frozen=True, eq=False)
class _Narrow:
    """Columns of float32, which are multiplied in float32, by numbers in units that keep them in range.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
        The columns divided by powers of two; only a copy if the products of some columns would be out of range.
    sizes : ndarray of shape (n_features,)
        The root mean squares of the original columns.
    unit : ndarray of shape (n_features,)
        The powers of two.
    """

    X: np.ndarray
    sizes: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, sizes: np.ndarray) -> "_Narrow":
        """Return columns of these sizes."""
        exponents = exponents_of(sizes, _ORDINARY)
        return cls(np.ldexp(X, -exponents) if exponents.any() else X, sizes, np.ldexp(1.0, exponents))

    def __matmul__(self, coef: np.ndarray) -> np.ndarray:
        coef = (self.unit * coef.T).T
        narrow, unit = _in_float32(coef)
        return (self.X @ narrow).astype(np.float64) * unit

    @property
    def T(self) -> "_NarrowTransposed":
        """The rows as columns."""
        return _NarrowTransposed(self)


@dataclass(frozen=True, eq=False)
class _NarrowTransposed:
    """The transpose of `_Narrow`."""

    of: _Narrow

    def __matmul__(self, r: np.ndarray) -> np.ndarray:
        narrow, unit = _in_float32(r)
        return (self.of.unit * (self.of.X.T @ narrow).T.astype(np.float64) * unit).T


def _in_float32(v: np.ndarray) -> tuple[np.ndarray, float]:
    """Return numbers in float32, scaled so that the largest is near 1, and their unit, a power of two."""
    unit = float(np.ldexp(1.0, exponents_of(np.abs(v).max(initial=0.0))))
    return (v / unit).astype(np.float32), unit
