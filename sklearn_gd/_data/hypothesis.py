"""The hypothesis, evaluated in the namespace and on the device of the features."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.extmath import safe_sparse_dot

from sklearn_gd._data.arrays import at_home, hypothesis_there, is_foreign


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """``h(x) = theta_0 + theta_1 x_1 + ...`` for each row of checked features, without an estimator.

    Attributes
    ----------
    coef : array of shape (n_features,) or (n_targets, n_features)
        ``theta_1 ... theta_n``.
    intercept : float or array of shape (n_targets,)
        ``theta_0``.
    """

    coef: np.ndarray
    intercept: np.ndarray | float

    def __call__(self, X):
        """Return the predictions."""
        if is_foreign(X):
            return hypothesis_there(X, self.coef, self.intercept)
        return safe_sparse_dot(X, at_home(self.coef).T, dense_output=True) + at_home(self.intercept)
