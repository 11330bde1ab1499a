"""The least-squares cost row by row: ``value_and_gradient(theta) -> (cost, gradient)``."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from sklearn_gd._blas import undisturbed
from sklearn_gd._moments import Moments
from sklearn_gd._quadratic import Quadratic, scale_ratio
from sklearn_gd._scaling import Scaling

# Entries of a block that is converted or centred by the way.
_BLOCK_SIZE = 2**17
_ROW_GRAM_BLOCK_SIZE = 2**19
# Up to this many rows, and no more rows than features, the matrix of the rows' products is cheap.
_FEW_ROWS = 512
# Columns whose curvatures differ by more are not on one scale for the matrix of the rows' products.
_ONE_SCALE = 1e8
_EPS = np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Rows:
    """The cost of `Quadratic`, row by row: two passes over the data for each gradient, and no matrix of second moments.

    ``J = 1/(2 sum w) * sum_i w_i r_i**2 + l2/2 * sum_j theta_j**2`` with ``r = Z theta - y``;
    ``g = Z' (w r) / sum w + l2 * theta``, but no penalty on the intercept

    The rows of ``Z`` are ``[1, x_i]``, or ``x_i`` without an intercept.
    Standardised features are implied, ``Z v = X (v / scale) - mean' (v / scale)``: nothing is copied or made dense.

    Attributes
    ----------
    X : ndarray or CSR or CSC matrix of shape (n_samples, n_features)
        The features; a dense array is converted to float64 by blocks, but for float32, which is multiplied as it is.
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

    X: np.ndarray
    y: np.ndarray
    share: np.ndarray
    fit_intercept: bool
    scaling: Scaling | None
    l2: float = 0.0

    @classmethod
    def of(cls, X, y, sample_weight, *, fit_intercept: bool, scaling: Scaling | None, l2: float = 0.0) -> "Rows":
        """Return the cost on these rows."""
        w = np.ones(len(y)) if sample_weight is None else sample_weight
        return cls(X, y.astype(np.float64, copy=False), w / w.sum(), fit_intercept, scaling, float(l2))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return (self.X.shape[1] + self.fit_intercept, *self.y.shape[1:])

    @cached_property
    def diagonal(self) -> np.ndarray:
        """The diagonal of the Hessian, of shape (n_parameters,): the curvatures along the parameters."""
        if self.scaling is not None:
            diagonal = np.isfinite(self.scaling.scale) + self.l2
        else:
            columns = Scaling.of_columns(self.X, self.share)
            diagonal = columns.mean**2 + np.where(np.isfinite(columns.scale), columns.scale, 0.0) ** 2 + self.l2
        return np.append(1.0, diagonal) if self.fit_intercept else diagonal

    @cached_property
    def minimum(self) -> float:
        """The smallest cost; NaN where it would take the eigenvalues of a large matrix to know it."""
        if not self.has_small_row_space:
            return np.nan
        curvatures = self.diagonal[self.fit_intercept :]
        if scale_ratio(curvatures) <= _ONE_SCALE:
            return self.row_space.quadratic.minimum
        # The products of the rows have lost the small columns, but without a penalty the scales don't matter here.
        if self.l2 > 0.0:
            return np.nan
        none = np.zeros_like(curvatures)
        scale = np.sqrt(np.where(curvatures > 0.0, curvatures, np.inf))
        return replace(self, scaling=Scaling(none, none, scale)).row_space.quadratic.minimum

    @property
    def has_small_row_space(self) -> bool:
        """Whether `row_space` costs no more than some products with the Hessian."""
        return not sp.issparse(self.X) and len(self.y) <= min(self.X.shape[1], _FEW_ROWS)

    @cached_property
    def row_space(self) -> "RowSpace":
        """The same cost on the space that the rows span, for fewer rows than features."""
        return RowSpace.of(self)

    @property
    def constant_cost(self) -> float:
        """``J`` of the best constant prediction."""
        return self._cost(self.y - self.share @ self.y)

    @property
    def zero_cost(self) -> float:
        """``J`` at ``theta = 0``."""
        return self._cost(self.y)

    @undisturbed
    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        r = self.product(theta) - self.y
        weighted = (self.share * r.T).T
        penalty = self._penalty(theta)
        cost = np.sum(r * weighted) + np.sum(theta * penalty)
        return float(cost) / 2.0, self.adjoint(weighted) + penalty

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


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The cost of `Rows` as a `Quadratic`, on orthonormal coordinates of the space that fewer rows than features span.

    With ``B = sqrt(share) X`` and ``B B' = P diag(s**2) P'`` the columns of ``V = B' P / s`` are an orthonormal basis
    of the rows, and ``w = V z + w_rest`` with ``z = V' w``: the rows only know of ``z``, of which there are no more
    than rows, and the penalty is ``l2/2 * (|z|**2 + |w_rest|**2)``. Plain descent on ``w`` is plain descent on ``z``.

    Attributes
    ----------
    quadratic : Quadratic
        The cost of ``(theta_0, z)``, without the penalty on ``w_rest``.
    rows : Rows
        The cost that it is made of.
    combinations : ndarray of shape (n_samples, n_coordinates)
        ``sqrt(share) P / s``; ``V`` itself, which has as many entries as ``X``, is not formed.
    """

    quadratic: Quadratic
    rows: Rows
    combinations: np.ndarray

    @classmethod
    def of(cls, rows: Rows) -> "RowSpace":
        """Return the cost on the space of the rows."""
        m, n = rows.X.shape
        gram, scaling = np.zeros((m, m)), rows.scaling
        if scaling is None and rows.X.dtype == np.float64:
            gram = rows.X @ rows.X.T
        else:
            size = max(_ROW_GRAM_BLOCK_SIZE // m, 1)
            for columns in (slice(start, start + size) for start in range(0, n, size)):
                Z = rows.X[:, columns].astype(np.float64)
                if scaling is not None:
                    Z -= scaling.mean[columns]
                    Z /= scaling.scale[columns]
                gram += Z @ Z.T
        root = np.sqrt(rows.share)
        s2, P = np.linalg.eigh(gram * root * root[:, np.newaxis])
        kept = s2 > m * _EPS * s2[-1]
        s, P = np.sqrt(s2[kept]), P[:, kept]
        coordinates = np.divide((P * s).T, root, out=np.zeros((len(s), m)), where=root > 0.0).T
        quadratic = Quadratic.of(
            Moments.of(coordinates, rows.y, rows.share),
            len(s),
            fit_intercept=rows.fit_intercept,
            one_target=rows.y.ndim == 1,
            l2=rows.l2,
        )
        return cls(quadratic, rows, root[:, np.newaxis] * P / s)

    def to_coordinates(self, theta: np.ndarray) -> np.ndarray:
        """Return ``(theta_0, z)``, of the shape of the quadratic's parameters."""
        if not self.rows.fit_intercept:
            return self.combinations.T @ self.rows.product(theta)
        intercept = theta[:1]
        z = self.combinations.T @ (self.rows.product(theta) - intercept)
        return np.concatenate([intercept, z])

    def from_coordinates(self, theta: np.ndarray) -> np.ndarray:
        """Return ``(theta_0, V z)``, of the shape of the rows' parameters."""
        if not self.rows.fit_intercept:
            return self.rows.adjoint(self.combinations @ theta)
        full = self.rows.adjoint(self.combinations @ theta[1:])
        full[0] = theta[0]
        return full
