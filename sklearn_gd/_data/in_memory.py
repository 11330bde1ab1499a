"""Rows in memory, or in arrays on another device: read for their moments, or kept for a descent row by row."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.metrics import r2_score
from sklearn.model_selection import check_cv
from sklearn.utils.validation import _num_samples

from sklearn_gd._data.arrays import Place, check_place, follow
from sklearn_gd._data.folds import split_moments, split_tables
from sklearn_gd._data.hypothesis import Hypothesis
from sklearn_gd._data.kind import Reading
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.numbers import read_numbers
from sklearn_gd._data.splits import splits_of
from sklearn_gd._data.table import Table
from sklearn_gd._data.validation import check_data, check_features, feature_names, hold_out, naming

# Up to this number of features, the matrix of the moments is negligible.
_FEW_FEATURES = 512
# A typical number of iterations; and measured nanoseconds for a product of two stored entries of a sparse matrix, for a
# stored entry in an iteration row by row, and for an entry of the matrix of moments when computing it and in an
# iteration.
_N_ITER = 100
_NS_PRODUCT, _NS_ROWS, _NS_MATRIX, _NS_ITERATION = 8.0, 3.0, 70.0, 0.7


@dataclass(frozen=True, eq=False)
class InMemory:
    """Rows in arrays; `kind.Data` describes the methods.

    Attributes
    ----------
    estimator : estimator
        The estimator that knows the features, and that errors name.
    X, y, w
        The checked features and targets, and the weights or None.
    place : Place
        The place of the features.
    """

    estimator: BaseEstimator
    X: object
    y: object
    w: object
    place: Place

    @classmethod
    def takes(cls, *data) -> bool:
        """Return True: data that no other kind takes are validated as rows in memory."""
        return True

    @classmethod
    def of(cls, estimator, X, y, sample_weight, *, reset: bool, targets, needs_y: bool) -> "InMemory":
        """Return the validated rows; zeros stand in for targets that are not needed."""
        if y is None and not needs_y:
            y = np.zeros(_num_samples(X))
        checked = check_data(estimator, X, y, sample_weight, reset=reset, targets=targets)
        return cls(estimator, *checked, Place.of(X, checked[0]))

    @property
    def shown(self) -> tuple:
        """The data that callbacks see."""
        return self.X, self.y, self.w

    def parts(self, reading: Reading, *, hold_out_by=None, earlier: Moments | None = None) -> tuple:
        """Return the training data and the held-out data (or None), as moments or as rows."""
        w, held_out = self.w, None
        if hold_out_by is not None:
            _, w, held_out = follow(self.X, *hold_out(self.X.shape[0], w, *hold_out_by))
        with naming(self.estimator, self.X):
            if earlier is None and not self._prefers_moments(reading.precompute):
                table = self._table(w)
                return table, None if held_out is None else replace(table, w=held_out)
            known = self._options(reading)
            others = None if held_out is None else Moments.of_arrays(self.X, self.y, held_out, **known)
            return Moments.of_arrays(self.X, self.y, w, **known, earlier=earlier), others

    def splits(self, cv, reading: Reading, *, at_least: int, **params) -> tuple[list[tuple], Moments | Table]:
        """Return the training and validation data of each split of a cross-validation, and all data."""
        splits = splits_of(check_cv(cv), self.X, self.y, at_least=at_least, **params)
        with naming(self.estimator, self.X):
            from_moments = self._prefers_moments(reading.precompute)
            if not self.place.is_foreign:
                table = self._table(self.w)
                if reading.by_products and table.is_known_by_products(standardized=reading.standardize):
                    pairs = split_tables(replace(table, by_products=True), splits)
                    return pairs, self.parts(reading)[0] if from_moments else table
                if not from_moments:
                    return split_tables(table, splits), table
            return split_moments(self.X, self.y, self.w, splits, **self._options(reading))

    @classmethod
    def predicted(cls, estimator, X, hypothesis: Hypothesis):
        """Return the predictions, in the namespace and on the device of the features."""
        check_place(estimator, X)
        return hypothesis(check_features(estimator, X))

    @classmethod
    def r2(cls, estimator, X, y, sample_weight, hypothesis: Hypothesis) -> float:
        """Return the R² that scikit-learn computes."""
        w = read_numbers(sample_weight, "sample_weight")
        return r2_score(read_numbers(y, "y"), cls.predicted(estimator, X, hypothesis), sample_weight=w)

    def _options(self, reading: Reading) -> dict:
        return {"feature_names": feature_names(self.estimator), "n_jobs": reading.n_jobs, "track": reading.track}

    def _table(self, w) -> Table:
        return Table.of(self.X, self.y, w, feature_names=feature_names(self.estimator))

    def _prefers_moments(self, precompute: bool | Literal["auto"]) -> bool:
        from_moments = prefer_moments(self.X) if precompute == "auto" else precompute
        if self.place.is_foreign and not from_moments:
            raise ValueError(
                "precompute=False needs the rows in each iteration, which works only in NumPy; "
                "set precompute='auto' or True, or convert the data to NumPy."
                if precompute != "auto"
                else f"X has {self.X.shape[1]} features and {self.X.shape[0]} rows, so that the fit would be row by "
                "row, which works only in NumPy; convert the data to NumPy, or set precompute=True to use the moments."
            )
        return from_moments


def prefer_moments(X) -> bool:
    """Return whether a descent from the moments is expected to be faster than one row by row.

    Dense: for ``n_features <= max(n_samples, 512)``; the matrix of the moments is then no larger than `X`, or small,
    and an iteration takes ``n_features**2`` operations instead of ``2 * n_samples * n_features``.

    Sparse, with ``nnz`` stored entries: if the products of the entries of each row, and 100 iterations on the
    moments, take less time than 100 iterations row by row:
    ``8 nnz**2 / n_samples + (70 + 0.7 * 100) n_features**2 <= 3 * 100 nnz`` (nanoseconds).
    """
    m, n = X.shape
    if n <= _FEW_FEATURES or not sp.issparse(X):
        return n <= max(m, _FEW_FEATURES)
    moments = _NS_PRODUCT * X.nnz**2 / m + (_NS_MATRIX + _NS_ITERATION * _N_ITER) * n**2
    return moments <= _NS_ROWS * _N_ITER * X.nnz
