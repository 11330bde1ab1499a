"""The problem to solve: the cost of the data, its coordinates and its penalties."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sklearn_gd._cost.composite import Composite
from sklearn_gd._cost.penalty import Penalty
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._cost.turned import TurnedProblem
from sklearn_gd._data.door import data_of
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.table import Table
from sklearn_gd._data.validation import reader_for
from sklearn_gd._typing import Matrix

#: The names of the options of the cost, which are the same everywhere.
COST_OPTIONS = ("fit_intercept", "standardize", "l1", "l2", "positive")
_KINDS = {Moments: Quadratic, Table: Rows}
# The share of the cost of the mean that rounding may add; a good fit may be 0.001 of it above the minimum.
_COST_OF_ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class Problem:
    """The least-squares cost of data, with coordinates and penalties; its parts are computed lazily.

    Attributes
    ----------
    data : Moments or Table
        The training data.
    held_out : Moments or Table or None
        Data for validation.
    fit_intercept : bool
        Whether ``theta`` begins with an intercept.
    standardize : bool
        Whether the coordinates are standardised.
    l1, l2 : float
        The penalties on the coefficients, in these coordinates.
    positive : bool
        Whether the coefficients are kept non-negative.
    """

    data: Moments | Table
    held_out: Moments | Table | None = None
    fit_intercept: bool = True
    standardize: bool = False
    l1: float = 0.0
    l2: float = 0.0
    positive: bool = False

    @classmethod
    def of(
        cls,
        X: Matrix,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        precompute: bool | Literal["auto"] = "auto",
        **options: float,
    ) -> "Problem":
        """Return the problem of rows; the options are those of the cost."""
        data = data_of(reader_for("Problem"), X, y, sample_weight)
        return cls(*data.parts(Reading(precompute=precompute)), **options)

    @property
    def kind(self) -> type[Quadratic | Rows]:
        """The class of the cost, from moments or row by row; both have the same methods."""
        return _KINDS[type(self.data)]

    @cached_property
    def scaling(self) -> Scaling | None:
        """The map to standardised coordinates, made from the training rows; None if they are not standardised."""
        return self.data.scaling() if self.standardize else None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``theta``."""
        return self.data.n_features + self.fit_intercept, *self.data.shape_of_targets

    @property
    def penalty(self) -> Penalty | None:
        """The part of the cost that has no gradient; None if the cost has one everywhere."""
        if self.l1 == 0.0 and not self.positive:
            return None
        return Penalty(float(self.l1), bool(self.positive), int(self.fit_intercept))

    @property
    def is_least_squares(self) -> bool:
        """Whether the minimum is that of the squared error."""
        return self.l1 == 0.0 and self.l2 == 0.0 and not self.positive

    @property
    def is_penalised(self) -> bool:
        """Whether the cost is more than the squared error."""
        return self.l1 > 0.0 or self.l2 > 0.0

    @cached_property
    def cost(self) -> Quadratic | Rows | Composite:
        """The cost of the training rows, with the penalties."""
        return self.smooth if self.penalty is None else Composite(self.smooth, self.penalty)

    @cached_property
    def smooth(self) -> Quadratic | Rows:
        """The cost of the training rows without the part that has no gradient."""
        return self.kind.of(self.data, fit_intercept=self.fit_intercept, scaling=self.scaling, l2=float(self.l2))

    @cached_property
    def validation(self) -> Quadratic | Rows | None:
        """The cost of the held-out rows, without the penalty, as a function of the same parameters."""
        if self.held_out is None:
            return None
        return self.kind.of(self.held_out, fit_intercept=self.fit_intercept, scaling=self.scaling)

    @property
    def moments(self) -> Moments | None:
        """The moments of all rows, including held-out ones, if there are moments."""
        if self.kind is Rows:
            return None
        return self.data if self.held_out is None else self.data + self.held_out

    def turned(self, theta: np.ndarray) -> "TurnedProblem | None":
        """Return the problem of a descent from a start in its eigenbasis, for fewer rows than features.

        It is made again each time, because it takes memory. It is None for data that are not represented by the
        products of their rows.
        """
        if self.kind is not Rows or not self.data.by_products:
            return None
        own = replace(self)
        return TurnedProblem.of(own.smooth, theta, own.validation)

    @property
    def scaling_keeps_the_minimum(self) -> bool:
        """Whether the minimum in standardised coordinates is the same: with an intercept and without a penalty."""
        return self.fit_intercept and not self.is_penalised

    def at(self, l1: float, l2: float) -> "Problem":
        """Return the same problem with other penalties; parts that do not depend on them are reused."""
        return self._with(("scaling", "validation", *(["smooth"] if l2 == self.l2 else [])), l1=l1, l2=l2)

    @property
    def without_held_out(self) -> "Problem":
        """The same problem, whose descents are not watched."""
        return self._with(("scaling", "smooth"), held_out=None)

    def _with(self, shared: Iterable[str], **changes: object) -> "Problem":
        """Return a problem with other fields, and with the parts made so far that the two share."""
        other = replace(self, **changes)
        vars(other).update({name: vars(self)[name] for name in shared if name in vars(self)})
        return other

    @property
    def l1_of_zeros(self) -> float:
        """The smallest `l1` at which all coefficients of the minimum are 0, ``max_j abs(dJ/dtheta_j)`` at the mean."""
        theta, first = np.zeros(self.smooth.shape), int(self.fit_intercept)
        if self.fit_intercept:
            theta[0] = -self.smooth.value_and_gradient(theta)[1][0]
        gradient = self.smooth.value_and_gradient(theta)[1][first:]
        return float((-gradient if self.positive else np.abs(gradient)).max(initial=0.0))

    @property
    def exact(self) -> "Problem":
        """The same problem, on moments where they are cheap: its cost then knows its minimum and eigenvalues."""
        if self.kind is Rows and self.smooth.is_small:
            return replace(self, data=self.smooth.moments, held_out=None)
        return self

    @property
    def without_rows(self) -> "Problem | None":
        """The problem to keep after a fit, on moments, nothing made of it yet; None where there are only the rows."""
        exact = self.exact
        if exact.kind is Rows:
            return None
        # Every fit keeps one, and `replace` takes its time.
        return Problem(exact.data, None, self.fit_intercept, self.standardize, self.l1, self.l2, self.positive)

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
