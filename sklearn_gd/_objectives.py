"""The least-squares cost as a function of the parameters: ``value_and_gradient(theta) -> (cost, gradient)``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_solve, lapack

from sklearn_gd._moments import Moments, is_constant
from sklearn_gd._scaling import Scaling

# Entries of a block that is converted or centred by the way.
_BLOCK_SIZE = 2**17
_ROW_GRAM_BLOCK_SIZE = 2**19
# Up to this many rows, and no more rows than features, the matrix of the rows' products is cheap.
_FEW_ROWS = 512
_EPS = np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Quadratic:
    r"""The cost of linear regression, from the moments of the data.

    .. math::
        J(\theta) = \frac{1}{2m} \sum_i (h(x_i) - y_i)^2 = \frac{1}{2} (\theta' H \theta - 2 b' \theta + c)

    With an intercept it is kept in centred form, so that features far from zero cost no digits:

    ``J = (r**2 + w' S w - 2 w' s + c) / 2``; ``g = dJ/dtheta = (r, S w - s + r mean_x)``

    where ``r = theta_0 + mean_x' w - mean_y`` and ``w = theta[1:]``;
    ``S`` is the covariance of the features, ``s`` that of features and targets, ``c`` the targets' variance.
    Without an intercept ``S``, ``s`` and ``c`` are taken about zero, ``w = theta``, and there is no ``r``.
    Several targets are columns of ``theta``; their costs are summed.

    The cost is measured from a minimum ``theta*``: with ``u = (r, S w - s)`` and ``e = (r, w - w*)``,
    ``J = J* + e' (u + u*) / 2``. It is the same number, with the digits that a difference of large sums
    would lose near the minimum.

    Attributes
    ----------
    A : ndarray of shape (n_parameters, n_parameters)
        ``u = A theta - a``: the covariance ``S``, below a row ``(1, mean_x)`` where there is an intercept.
    a : ndarray of the shape of theta
        ``s``, below ``mean_y`` where there is an intercept.
    mean_x : ndarray of shape (n_features,) or None
        The features' mean; None without an intercept.
    theta_star : ndarray of the shape of theta
        A minimum; features that depend on others, or are constant, have the coefficient 0.
    u_star : ndarray of the shape of theta
        ``u`` at `theta_star`: 0 to rounding.
    minimum : float
        ``J`` at `theta_star`; exactly 0 where rounding can't tell it from 0.
    constant_cost : float
        ``J`` of the best constant prediction, the mean of the targets: what R² compares with.
    zero_cost : float
        ``J`` at ``theta = 0``.
    """

    A: np.ndarray
    a: np.ndarray
    mean_x: np.ndarray | None
    theta_star: np.ndarray
    u_star: np.ndarray
    minimum: float
    constant_cost: float
    zero_cost: float

    @classmethod
    def of(cls, moments: Moments, n_features: int, *, fit_intercept: bool, one_target: bool) -> "Quadratic":
        """Return the cost on the rows that the moments describe.

        Parameters
        ----------
        moments : Moments
            Moments of the rows ``(x, y)``, of positive weight.
        n_features : int
            How many of a row's columns are features; the others are targets.
        fit_intercept : bool
            Whether ``theta`` begins with an intercept.
        one_target : bool
            Whether ``theta`` is a vector and not a matrix with a column for each target.
        """
        covariance, mean = moments.scatter / moments.weight, moments.mean
        constant_cost = np.trace(covariance[n_features:, n_features:]) / 2.0
        zero_cost = constant_cost + mean[n_features:] @ mean[n_features:] / 2.0
        if not fit_intercept:
            covariance += np.outer(mean, mean)
        targets = n_features if one_target else slice(n_features, None)
        S, s = covariance[:n_features, :n_features], covariance[:n_features, targets]
        mean_x, mean_y = mean[:n_features], mean[targets]
        c = 2.0 * (constant_cost if fit_intercept else zero_cost)

        w_star = _solve(S, s, is_constant(np.diagonal(S), mean_x, moments.eps), moments.eps)
        minimum = (c - np.vdot(w_star, s) + np.vdot(w_star, S @ w_star - s)) / 2.0
        if minimum <= 8.0 * (n_features + 1) * moments.eps * c:
            minimum = 0.0

        A, a, theta_star = S, s, w_star
        if fit_intercept:
            A = np.zeros((n_features + 1, n_features + 1))
            A[0, 0], A[0, 1:], A[1:, 1:] = 1.0, mean_x, S
            a = np.concatenate([mean_y[np.newaxis], s])
            theta_star = np.concatenate([(mean_y - mean_x @ w_star)[np.newaxis], w_star])
        return cls(
            A,
            a,
            mean_x if fit_intercept else None,
            theta_star,
            A @ theta_star - a,
            float(minimum),
            float(constant_cost),
            float(zero_cost),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return self.theta_star.shape

    @property
    def curvatures(self) -> np.ndarray:
        """The diagonal of the Hessian, without the intercept's 1."""
        if self.mean_x is None:
            return np.diagonal(self.A)
        return np.diagonal(self.A)[1:] + self.mean_x**2

    @cached_property
    def H(self) -> np.ndarray:
        """The Hessian, of shape (n_parameters, n_parameters): second moments of the rows ``[1, x]``."""
        H = self.A.copy()
        if self.mean_x is not None:
            H[1:, 0] = self.mean_x
            H[1:, 1:] += np.outer(self.mean_x, self.mean_x)
        return H

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        gradient = self.A @ theta - self.a
        e = theta - self.theta_star
        if self.mean_x is None:
            cost = self.minimum + np.vdot(e, gradient + self.u_star) / 2.0
        else:
            r = e[0] = gradient[0]
            cost = self.minimum + np.vdot(e, gradient + self.u_star) / 2.0
            gradient[1:] += self.mean_x * r if theta.ndim == 1 else np.outer(self.mean_x, r)
        # Below 0 by rounding only; max keeps a NaN, which the descent must see.
        return max(float(cost), 0.0), gradient

    def hessian_product(self, v: np.ndarray) -> np.ndarray:
        """Return ``H v``."""
        product = self.A @ v
        if self.mean_x is not None:
            product[1:] += np.multiply.outer(self.mean_x, product[0])
        return product

    def curvature(self, Q: np.ndarray) -> np.ndarray:
        """Return ``Q' H Q`` for some directions, the columns of `Q`, from the centred moments."""
        U = self.A @ Q
        if self.mean_x is None:
            return Q.T @ U
        return np.outer(U[0], U[0]) + Q[1:].T @ U[1:]


@dataclass(frozen=True, eq=False)
class Rows:
    """The same cost, row by row: two passes over the data for each gradient, and no matrix of second moments.

    ``J = 1/(2 sum w) * sum_i w_i r_i**2`` with ``r = Z theta - y``; ``g = Z' (w r) / sum w``

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
    """

    X: np.ndarray
    y: np.ndarray
    share: np.ndarray
    fit_intercept: bool
    scaling: Scaling | None

    @classmethod
    def of(cls, X, y, sample_weight, *, fit_intercept: bool, scaling: Scaling | None) -> "Rows":
        """Return the cost on these rows."""
        w = np.ones(len(y)) if sample_weight is None else sample_weight
        return cls(X, y.astype(np.float64, copy=False), w / w.sum(), fit_intercept, scaling)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return (self.X.shape[1] + self.fit_intercept, *self.y.shape[1:])

    @property
    def curvatures(self) -> np.ndarray:
        """The diagonal of the Hessian, without the intercept's 1."""
        if self.scaling is not None:
            return np.ones(self.X.shape[1])
        columns = Scaling.of_columns(self.X, self.share)
        return columns.mean**2 + np.where(np.isfinite(columns.scale), columns.scale, 0.0) ** 2

    @cached_property
    def minimum(self) -> float:
        """The smallest cost; NaN where it would take the eigenvalues of a large matrix to know it."""
        if not self.has_small_row_gram:
            return np.nan
        lam, P = self.row_eigenvectors
        null = lam <= len(lam) * _EPS * lam[-1]
        return float(np.sum((P[:, null].T @ (np.sqrt(self.share) * self.y.T).T) ** 2)) / 2.0

    @property
    def has_small_row_gram(self) -> bool:
        """Whether `row_eigenvectors` cost no more than some products with the Hessian."""
        return not sp.issparse(self.X) and len(self.y) <= min(self.X.shape[1], _FEW_ROWS)

    @property
    def constant_cost(self) -> float:
        """``J`` of the best constant prediction."""
        return self._cost(self.y - self.share @ self.y)

    @property
    def zero_cost(self) -> float:
        """``J`` at ``theta = 0``."""
        return self._cost(self.y)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return ``J(theta)`` and ``dJ/dtheta``."""
        r = self.product(theta) - self.y
        weighted = (self.share * r.T).T
        # A sum of products, and not a dot product: waking the threads of BLAS takes longer than a pass over r.
        return float(np.sum(r * weighted)) / 2.0, self.adjoint(weighted)

    def hessian_product(self, v: np.ndarray) -> np.ndarray:
        """Return ``H v``."""
        return self.adjoint((self.share * self.product(v).T).T)

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

    @cached_property
    def row_eigenvectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, ascending, and eigenvectors of ``sqrt(w) Z Z' sqrt(w)``, of shape (n_samples, n_samples).

        The eigenvalues that are not zero are those of the Hessian.
        """
        m, n = self.X.shape
        gram = np.full((m, m), float(self.fit_intercept))
        if self.scaling is None and self.X.dtype == np.float64:
            gram += self.X @ self.X.T
        else:
            size = max(_ROW_GRAM_BLOCK_SIZE // m, 1)
            for columns in (slice(start, start + size) for start in range(0, n, size)):
                Z = self.X[:, columns].astype(np.float64)
                if self.scaling is not None:
                    Z -= self.scaling.mean[columns]
                    Z /= self.scaling.scale[columns]
                gram += Z @ Z.T
        root = np.sqrt(self.share)
        return np.linalg.eigh(gram * root * root[:, np.newaxis])

    def _cost(self, r: np.ndarray) -> float:
        return float(np.sum(self.share * (r * r).T)) / 2.0

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        if sp.issparse(self.X) or self.X.dtype in (np.float64, np.float32):
            yield slice(None), self.X
            return
        size = max(_BLOCK_SIZE // self.X.shape[1], 1)
        for rows in (slice(start, start + size) for start in range(0, len(self.X), size)):
            yield rows, self.X[rows].astype(np.float64)


def _solve(S: np.ndarray, s: np.ndarray, constant: np.ndarray, eps: float) -> np.ndarray:
    """Return a solution of ``S w = s`` for a covariance `S`, with zeros for constant and dependent columns.

    A Cholesky factorisation of the correlation matrix costs ``n_features**3 / 3``; an eigendecomposition, ten times so.
    Where it fails, one with pivots finds the columns that are independent of each other to rounding.
    """
    scale = np.sqrt(np.where(constant, 1.0, np.diagonal(S)))
    correlation = S / scale
    correlation /= scale[:, np.newaxis]
    correlation[constant] = correlation[:, constant] = 0.0
    tol = len(S) * eps
    kept = np.arange(len(S))
    try:
        # NumPy's and not SciPy's: each brings a BLAS with threads of its own, which would get in each other's way.
        factor = np.linalg.cholesky(correlation)
        independent = np.diagonal(factor).min() ** 2 >= tol
    except np.linalg.LinAlgError:
        independent = False
    if not independent:
        factor, pivots, rank, _ = lapack.dpstrf(correlation, tol=tol, lower=1)
        kept, factor = pivots[:rank] - 1, factor[:rank, :rank]
    w = np.zeros_like(s)
    if kept.size:
        right_side = (s[kept].T / scale[kept]).T
        w[kept] = (cho_solve((factor, True), right_side, check_finite=False).T / scale[kept]).T
    return w
