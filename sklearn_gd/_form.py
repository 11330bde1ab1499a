"""What is descended on some data: the parameters, their coordinates, and the penalty."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from sklearn_gd._moments import Moments
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows
from sklearn_gd._scaling import Scaling


@dataclass(frozen=True)
class Form:
    """What is descended on some data: which parameters there are, in which coordinates, with which penalty.

    Its methods return the cost, and the scaling that maps its parameters to the user's if they are standardised:
    the scaling of the data themselves, or a given one, that of other data.

    Attributes
    ----------
    n_features : int
        The number of features.
    one_target : bool
        Whether ``theta`` is a vector and not a matrix with a column for each target.
    fit_intercept : bool
        Whether ``theta`` begins with an intercept.
    standardize : bool
        Whether the coordinates are standardised.
    l2 : float
        The penalty on the coefficients, in these coordinates.
    """

    n_features: int
    one_target: bool
    fit_intercept: bool = True
    standardize: bool = False
    l2: float = 0.0

    def of_moments(self, moments: Moments, scaling: Scaling | None = None) -> tuple[Quadratic, Scaling | None]:
        """Return the cost on the rows that the moments describe."""
        if self.standardize:
            scaling = scaling or Scaling.of_moments(moments, self.n_features)
            moments = scaling.standardize(moments)
        quadratic = Quadratic.of(
            moments, self.n_features, fit_intercept=self.fit_intercept, one_target=self.one_target, l2=self.l2
        )
        return quadratic, scaling

    def of_rows(self, X, y, sample_weight, scaling: Scaling | None = None) -> tuple[Rows, Scaling | None]:
        """Return the cost on these rows, which are kept."""
        if not sp.issparse(X):
            assert_all_finite(X, estimator_name="GDLinearRegressor", input_name="X")
        elif X.dtype.kind != "f":
            X = X.astype(np.float64)
        if self.standardize:
            scaling = scaling or Scaling.of_columns(X, sample_weight)
        return Rows.of(X, y, sample_weight, fit_intercept=self.fit_intercept, scaling=scaling, l2=self.l2), scaling
