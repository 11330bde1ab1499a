"""What is descended on some data: the cost, its coordinates and its penalty."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.sparse as sp

from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._data.folds import pairs_of_folds, split_moments, split_tables
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.table import Table

# Up to here the matrix of the moments is small beside anything else.
_FEW_FEATURES = 512
# A typical number of iterations; and nanoseconds, measured: for a product of two stored entries of a sparse matrix,
# for a stored entry in an iteration row by row, for an entry of the matrix of moments in making it, in an iteration.
_N_ITER = 100
_NS_PRODUCT, _NS_ROWS, _NS_MATRIX, _NS_ITERATION = 8.0, 3.0, 70.0, 0.7
# Of the cost of the mean, by which R² is measured; a good fit may lack 0.001 of it.
_COST_OF_ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class Problem:
    """The least-squares cost of some data, in coordinates, with a penalty; its parts are made when asked for.

    Attributes
    ----------
    kind : type
        `Quadratic`, the cost from moments, or `Rows`, the cost row by row. Both answer the same questions.
    data : Moments or Table
        The training rows.
    held_out : Moments or Table or None
        Rows for validation.
    fit_intercept : bool
        Whether ``theta`` begins with an intercept.
    standardize : bool
        Whether the coordinates are standardised.
    l2 : float
        The penalty on the coefficients, in these coordinates.
    """

    kind: type
    data: Moments | Table
    held_out: Moments | Table | None = None
    fit_intercept: bool = True
    standardize: bool = False
    l2: float = 0.0

    @classmethod
    def of(
        cls,
        X,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        held_out: np.ndarray | None = None,
        earlier: Moments | None = None,
        *,
        precompute: bool | Literal["auto"] = "auto",
        feature_names: tuple[str, ...] = (),
        n_jobs: int | None = None,
        track: Callable | None = None,
        foreign: bool = False,
        **options,
    ) -> "Problem":
        """Return the problem of these rows.

        Parameters
        ----------
        X, y, sample_weight
            The training rows.
        held_out : ndarray of shape (n_samples,) or None
            The weights of the rows for validation, zero for the others.
        earlier : Moments or None
            The moments of rows before these, which count too.
        precompute, n_jobs
            Those of `GDLinearRegressor`.
        feature_names, track
            Those of `Moments.of_cells`.
        foreign : bool
            Whether the features came as an array of another namespace, which is not descended row by row.
        **options
            `fit_intercept`, `standardize` and `l2`.
        """
        if earlier is None and not _from_moments(X, precompute, foreign):
            table = Table.of(X, y, sample_weight, feature_names=feature_names)
            return cls(Rows, table, None if held_out is None else replace(table, w=held_out), **options)
        known = {"feature_names": feature_names, "n_jobs": n_jobs, "track": track}
        moments = Moments.of_arrays(X, y, sample_weight, **known, earlier=earlier)
        others = None if held_out is None else Moments.of_arrays(X, y, held_out, **known)
        return cls(Quadratic, moments, others, **options)

    @classmethod
    def of_splits(
        cls,
        X,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        splits,
        *,
        precompute: bool | Literal["auto"] = "auto",
        feature_names: tuple[str, ...] = (),
        n_jobs: int | None = None,
        track: Callable | None = None,
        foreign: bool = False,
        **options,
    ) -> tuple[list["Problem"], "Problem"]:
        """Return the problem of each split of a cross-validation, and that of all rows.

        Those of the splits hold out the validation rows; what `splits` may be, says `split_moments`.
        """
        if _from_moments(X, precompute, foreign):
            known = {"feature_names": feature_names, "n_jobs": n_jobs, "track": track}
            kind, (pairs, whole) = Quadratic, split_moments(X, y, sample_weight, splits, **known)
        else:
            kind, whole = Rows, Table.of(X, y, sample_weight, feature_names=feature_names)
            pairs = split_tables(whole, splits)
        return [cls(kind, *pair, **options) for pair in pairs], cls(kind, whole, **options)

    @classmethod
    def of_folds(cls, folds: list[Moments], **options) -> tuple[list["Problem"], "Problem"]:
        """Return what `of_splits` does, from the moments of the folds of a partition."""
        pairs, whole = pairs_of_folds(folds)
        return [cls(Quadratic, *pair, **options) for pair in pairs], cls(Quadratic, whole, **options)

    @cached_property
    def scaling(self) -> Scaling | None:
        """The map from the user's coordinates, if they are standardised: that of the training rows."""
        return self.data.scaling() if self.standardize else None

    @cached_property
    def cost(self) -> Quadratic | Rows:
        """The cost of the training rows, with the penalty."""
        return self.kind.of(self.data, fit_intercept=self.fit_intercept, scaling=self.scaling, l2=float(self.l2))

    @cached_property
    def validation(self) -> Quadratic | Rows | None:
        """The cost of the rows that are held out, without the penalty, of the same parameters."""
        if self.held_out is None:
            return None
        return self.kind.of(self.held_out, fit_intercept=self.fit_intercept, scaling=self.scaling)

    @property
    def moments(self) -> Moments | None:
        """The moments of all rows, those held out included, if there are any."""
        if self.kind is Rows:
            return None
        return self.data if self.held_out is None else self.data + self.held_out

    @property
    def scaling_keeps_the_minimum(self) -> bool:
        """Whether the minimum in standardised coordinates is the same: with an intercept and without a penalty."""
        return self.fit_intercept and self.l2 == 0.0

    @property
    def exact(self) -> "Problem":
        """The same problem, on moments where they are cheap: its cost then knows its minimum and eigenvalues."""
        if self.kind is Rows and self.cost.is_small:
            return replace(self, kind=Quadratic, data=self.cost.moments, held_out=None)
        return self

    @property
    def without_rows(self) -> "Problem | None":
        """The problem to keep after a fit, on moments, nothing made of it yet; None where there are only the rows."""
        exact = self.exact
        return replace(exact, held_out=None) if exact.kind is Quadratic else None

    @property
    def standardized(self) -> "Problem | None":
        """The problem in standardised coordinates, if it is another one and cheap to make."""
        return None if self.standardize or self.kind is Rows else replace(self, standardize=True)

    def to_user(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the coefficients and the intercept on the features themselves."""
        coef, intercept = (theta[1:], theta[0]) if self.fit_intercept else (theta, 0.0)
        return (coef, intercept) if self.scaling is None else self.scaling.to_user(coef, intercept)

    def to_user_in(self, dtype: type, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """Return the same in a dtype; in float64 where rounding would cost a tenth of what a good fit may lack."""
        coef, intercept = self.to_user(theta)
        if dtype is np.float64:
            return coef, intercept
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = coef.astype(dtype)
            # Without an intercept it is Python's 0.0, which stays what it is.
            is_numpy = isinstance(intercept, np.generic | np.ndarray)
            rounded_intercept = intercept.astype(dtype) if is_numpy else intercept
            there = rounded.astype(np.float64), np.asarray(rounded_intercept, dtype=np.float64)
            value, value_there = (self.cost.value_and_gradient(point)[0] for point in (theta, self.from_user(*there)))
            if self.scaling is not None and not self.fit_intercept:
                # That of the means is no parameter; what is left of it moves all predictions.
                shift = np.abs(self.scaling.from_user(*there)[1])
                value_there += float(np.sum(shift**2 / 2.0 + shift * np.sqrt(2.0 * self.cost.zero_cost)))
        varies = self.cost.constant_cost > np.finfo(np.float64).eps * self.cost.zero_cost
        reference = self.cost.constant_cost if varies else self.cost.zero_cost
        reference = np.fmax(reference, value - self.cost.minimum)  # which is NaN where it is not known
        is_good = value_there - value <= _COST_OF_ROUNDING * reference
        return (rounded, rounded_intercept) if is_good else (coef, intercept)

    def from_user(self, coef: np.ndarray, intercept: np.ndarray | float) -> np.ndarray:
        """Return theta, from the coefficients and the intercept on the features themselves."""
        if self.scaling is not None:
            coef, intercept = self.scaling.from_user(coef, intercept)
        intercept = np.broadcast_to(intercept, coef.shape[1:])
        return np.concatenate([intercept[np.newaxis], coef]) if self.fit_intercept else coef


def _from_moments(X, precompute: bool | Literal["auto"], foreign: bool) -> bool:
    from_moments = prefer_moments(X) if precompute == "auto" else precompute
    if foreign and not from_moments:
        raise ValueError(
            "precompute=False goes through the rows at each iteration, which is done in NumPy; "
            "set precompute='auto' or True, or bring the data to NumPy."
            if precompute != "auto"
            else f"X has {X.shape[1]} features and {X.shape[0]} rows, which are descended row by row, in NumPy; "
            "bring the data to NumPy, or set precompute=True for the moments."
        )
    return from_moments


def prefer_moments(X) -> bool:
    """Return whether a descent from the moments is expected to be cheaper than one row by row.

    Dense: for ``n_features <= max(n_samples, 512)``; the matrix of the moments is then no larger than `X`, or small,
    and an iteration costs ``n_features**2`` instead of ``2 * n_samples * n_features``.

    Sparse, with ``nnz`` stored entries: where the products of the entries of each row, and 100 iterations on the
    moments, cost less than 100 iterations row by row:
    ``8 nnz**2 / n_samples + (70 + 0.7 * 100) n_features**2 <= 3 * 100 nnz`` (nanoseconds).
    """
    m, n = X.shape
    if n <= _FEW_FEATURES or not sp.issparse(X):
        return n <= max(m, _FEW_FEATURES)
    moments = _NS_PRODUCT * X.nnz**2 / m + (_NS_MATRIX + _NS_ITERATION * _N_ITER) * n**2
    return moments <= _NS_ROWS * _N_ITER * X.nnz
