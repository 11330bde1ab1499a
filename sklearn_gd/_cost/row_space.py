"""The cost row by row on the space that fewer rows than features span, where it is a small quadratic."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_gd._cost.eigenbasis import by_target, norms
from sklearn_gd._cost.quadratic import Quadratic, scale_ratio
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling

# Entries of a block of columns that is converted or centred by the way.
_BLOCK_SIZE = 2**19
# Columns whose curvatures differ by more are not on one scale for the matrix of the rows' products.
_ONE_SCALE = 1e8
# A mean whose square is so many times the variance costs too many digits.
_FAR = 1e4
_EPS = np.finfo(np.float64).eps
_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The cost of `Rows` as a `Quadratic`, on orthonormal coordinates of the space that the rows span.

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
    rows: "Rows"  # noqa: F821 (which makes a RowSpace of itself)
    combinations: np.ndarray

    @classmethod
    def of(cls, rows) -> "RowSpace":
        """Return the cost on the space of the rows."""
        m, n = rows.X.shape
        gram, scaling = np.zeros((m, m)), rows.scaling
        if scaling is None and rows.X.dtype == np.float64:
            gram = rows.X @ rows.X.T
        else:
            size = max(_BLOCK_SIZE // m, 1)
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
        moments = Moments.of_arrays(coordinates, rows.y, rows.share)
        quadratic = Quadratic.of(moments, fit_intercept=rows.fit_intercept, l2=rows.l2)
        return cls(quadratic, rows, root[:, np.newaxis] * P / s)

    @cached_property
    def minimum(self) -> float:
        """The smallest cost, or NaN."""
        rows, l2 = self.rows, self.rows.l2
        none = np.zeros(rows.X.shape[1])
        squares = rows.diagonal[rows.fit_intercept :] - l2
        is_raw = rows.fit_intercept and rows.scaling is None
        mean = (rows.adjoint(rows.share)[1:] if is_raw else none).astype(np.float64)
        far, on_one_scale = np.any(mean**2 > _FAR * (squares - mean**2)), scale_ratio(squares + l2) <= _ONE_SCALE
        if on_one_scale and not far:
            return self.quadratic.minimum
        # The products of the rows have lost the small columns, or all to large means. Neither means nor, without a
        # penalty, scales matter to the minimum; so it is that of the columns without them.
        if l2 > 0.0 and not on_one_scale:
            return np.nan
        scale = np.sqrt(np.where(squares > 0.0, squares, np.inf)) if l2 == 0.0 else none + 1.0
        return RowSpace.of(replace(rows, scaling=Scaling(mean, none, scale))).quadratic.minimum

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """``L`` and ``mu``: the directions that no row touches are curved by the penalty alone."""
        L, mu = self.quadratic.extremes
        l2 = self.rows.l2
        return max(L, l2), min(mu or l2, l2) if l2 > 0.0 else mu

    def modes(self, theta: np.ndarray) -> "RowSpaceModes":
        """Return the coordinates of `theta` in the eigenbasis."""
        return RowSpaceModes(self, theta)

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


class RowSpaceModes:
    """The `Modes` of a point, those of the row space first; their attributes and methods.

    Beside them there is one more direction, that of the rest of the point, which the penalty shrinks.
    """

    def __init__(self, space: RowSpace, theta: np.ndarray):
        inside, l2 = space.to_coordinates(theta), space.rows.l2
        self._space, self._inside = space, space.quadratic.modes(inside)
        # Without a penalty the rest stays, and need not be known.
        rest = by_target(theta - space.from_coordinates(inside) if l2 > 0.0 else np.zeros_like(theta))
        size = np.linalg.norm(rest, axis=1, keepdims=True)
        self._direction = np.divide(rest, size, out=np.zeros_like(rest), where=size > 0.0)
        self.lam = np.append(self._inside.lam, l2)
        self.gradient = np.hstack([self._inside.gradient, l2 * size])
        self.energies = np.append(self._inside.energies, l2 * float(np.sum(size**2)) / 2.0)
        self.unexplained = self._inside.unexplained

    @property
    def slopes(self) -> np.ndarray:
        """The size of the gradient along each mode."""
        return norms(self.gradient)

    def row(self, target: int, parameter: int) -> np.ndarray:
        """Return how a parameter of a target changes along each mode, of shape (n_modes,)."""
        unit = np.zeros(self._direction.shape[1])
        unit[parameter] = 1.0
        return np.append(self._inside.project(self._space.to_coordinates(unit)), self._direction[target, parameter])

    def move(self, e: np.ndarray, targets: slice = _ALL) -> np.ndarray:
        """Return a change of some targets' parameters, of shape (n_targets, n_iterates, n_parameters)."""
        inside = self._inside.move(e[..., :-1])
        n_targets, n_iterates, n_coordinates = inside.shape
        flat = self._space.from_coordinates(inside.reshape(n_targets * n_iterates, n_coordinates).T).T
        return flat.reshape(n_targets, n_iterates, flat.shape[1]) + e[..., -1:] * self._direction[targets, np.newaxis]

    def cost(self, decay: np.ndarray) -> np.ndarray:
        """Return the costs after the modes have shrunk by factors of shape (n_iterates, n_modes)."""
        return self._inside.cost(decay[:, :-1]) + self.energies[-1] * decay[:, -1] ** 2
