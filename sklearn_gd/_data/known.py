"""Moments as data to fit, without their rows."""

from dataclasses import dataclass

import numpy as np

from sklearn_gd._data.arrays import Place
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.moments import Moments


@dataclass(frozen=True, eq=False)
class Known:
    """Moments; `kind.Data` describes the methods."""

    moments: Moments

    @classmethod
    def takes(cls, *data) -> bool:
        """Return whether the features are moments."""
        return isinstance(data[0], Moments)

    @classmethod
    def of(cls, estimator, X, y, sample_weight, *, reset: bool, targets, needs_y: bool) -> "Known":
        """Return the moments; the estimator learns the number and names of their features."""
        if y is not None or sample_weight is not None:
            raise TypeError("Moments contain the targets and weights of their rows; y and sample_weight must be None.")
        if X.weight == 0.0 or not X.is_finite:
            raise ValueError("The moments describe no rows, or are not finite.")
        estimator.n_features_in_ = X.n_features
        vars(estimator).pop("feature_names_in_", None)
        if X.feature_names:
            estimator.feature_names_in_ = np.array(X.feature_names, dtype=object)
        return cls(X)

    @property
    def place(self) -> Place:
        """NumPy, in the dtype of the features."""
        return Place(np.float32 if self.moments.dtype == "float32" else np.float64)

    @property
    def shown(self) -> tuple:
        """An empty tuple: callbacks see no rows."""
        return ()

    def parts(self, reading: Reading, *, hold_out_by=None, earlier=None) -> tuple:
        """Return the moments."""
        if hold_out_by is not None or not reading.precompute:
            option = "early_stopping=True" if reading.precompute else "precompute=False"
            raise ValueError(f"{option} needs the rows, which Moments do not have; pass X and y.")
        return self.moments if earlier is None else earlier + self.moments, None

    def splits(self, cv, reading: Reading, *, at_least: int, **params) -> tuple:
        """Raise TypeError, because there are no rows to split."""
        raise TypeError("A search splits rows, which Moments do not have; pass X and y.")

    @classmethod
    def predicted(cls, estimator, X, hypothesis):
        """Raise TypeError, because there are no rows to predict for."""
        raise TypeError("predict needs rows, which Moments do not have; pass X.")

    @classmethod
    def r2(cls, estimator, X, y, sample_weight, hypothesis) -> float:
        """Raise TypeError, as in `predicted`."""
        raise TypeError("score needs rows, which Moments do not have; pass X and y, or use Moments.score.")
