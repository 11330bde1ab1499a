"""The cost row by row on the span of fewer rows than features, where it is a small quadratic."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_gd._cost.quadratic import Quadratic, scale_ratio
from sklearn_gd._cost.row_basis import RowBasis
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling

# The largest ratio of curvatures of columns for which the matrix of the products of rows is accurate enough.
_ONE_SCALE = 1e8
# A mean whose square is this many times the variance loses too many digits.
_FAR = 1e4
# Eigenvalues that are at least this share of the largest keep half of their digits.
_ONE_RANGE = 1e-8


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The cost of `Rows` as a `Quadratic`, on orthonormal coordinates of the space that the rows span.

    With ``B = sqrt(share) X`` and ``B B' = P diag(s**2) P'``, the columns of ``V = B' P / s`` are an orthonormal basis
    of the rows, and ``w = V z + w_rest`` with ``z = V' w``. The errors depend only on ``z``, which has at most as many
    entries as there are rows, and the penalty is ``l2/2 * (|z|**2 + |w_rest|**2)``. Plain descent on ``w`` is plain
    descent on ``z``.

    Attributes
    ----------
    rows : Rows
        The cost row by row.
    """

    rows: "Rows"  # noqa: F821 (which makes a RowSpace of itself)

    @cached_property
    def quadratic(self) -> Quadratic:
        """The cost of ``(theta_0, z)``, without the penalty on ``w_rest``."""
        rows = self.rows
        moments = Moments.of_arrays(_coordinates(self.combinations, self._basis.s2, rows.share), rows.y, rows.share)
        return Quadratic.of(moments, fit_intercept=rows.fit_intercept, l2=rows.l2)

    @property
    def combinations(self) -> np.ndarray:
        """``sqrt(share) P / s``, of shape (n_samples, n_coordinates); ``V``, as large as ``X``, is not formed."""
        return self._basis.of_rows

    @cached_property
    def _basis(self) -> RowBasis:
        """The directions of the rows alone, without the intercept."""
        rows = self.rows
        has_ones = rows.fit_intercept and rows.l2 == 0.0
        return RowBasis.of(replace(rows, fit_intercept=False)) if has_ones else rows.basis

    @property
    def _is_known(self) -> bool:
        """Whether the rows are independent, and no curvature is lost in the rounding of the largest."""
        basis = self.rows.basis
        return basis.is_complete and basis.lam.min() > _ONE_RANGE * basis.lam.max()

    @cached_property
    def minimum(self) -> float:
        """The smallest cost, or NaN."""
        rows, l2 = self.rows, self.rows.l2
        if l2 == 0.0 and self._is_known:
            return 0.0  # independent rows have any targets
        none = np.zeros(rows.X.shape[1])
        squares = rows.diagonal[rows.fit_intercept :] - l2
        is_raw = rows.fit_intercept and rows.scaling is None
        mean = (rows.adjoint(rows.share)[1:] if is_raw else none).astype(np.float64)
        far, on_one_scale = np.any(mean**2 > _FAR * (squares - mean**2)), scale_ratio(squares + l2) <= _ONE_SCALE
        if on_one_scale and not far:
            return self.quadratic.minimum
        # The products of the rows have lost the small columns, or all columns to large means. The minimum does not
        # depend on means or, without a penalty, on scales; so it is computed from columns without them.
        if l2 > 0.0 and not on_one_scale:
            return np.nan
        scale = np.sqrt(np.where(squares > 0.0, squares, np.inf)) if l2 == 0.0 else none + 1.0
        return RowSpace(replace(rows, scaling=Scaling(mean, none, scale))).quadratic.minimum

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """``L`` and ``mu``; directions orthogonal to all rows are curved only by the penalty."""
        (L, mu), l2 = self.extremes_within, self.rows.l2
        return max(L, l2), min(mu or l2, l2) if l2 > 0.0 else mu

    @cached_property
    def extremes_within(self) -> tuple[float, float]:
        """``L`` and ``mu`` on the span of the rows and the intercept."""
        lam = self.rows.basis.lam
        return (float(lam.max()), float(lam.min())) if self._is_known else self.quadratic.extremes

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


def _coordinates(combinations: np.ndarray, s2: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return ``X V = P s / sqrt(share)``, with zeros for rows of weight zero."""
    coordinates = combinations * s2
    coordinates /= np.where(share > 0.0, share, 1.0)[:, np.newaxis]
    return coordinates
