"""From data to the cost that a fit works on: by way of the moments of the data, or of the rows themselves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from sklearn_gd._blas import undisturbed
from sklearn_gd._form import Form
from sklearn_gd._limits import AlphaLimits, limits_of_moments, limits_of_rows, standardized_quadratic
from sklearn_gd._moments import Moments
from sklearn_gd._quadratic import Quadratic
from sklearn_gd._rows import Rows
from sklearn_gd._scaling import Scaling

# Up to here the matrix of the moments is small beside anything else.
_FEW_FEATURES = 512
# A typical number of iterations; and nanoseconds, measured: for a product of two stored entries of a sparse matrix,
# for a stored entry in an iteration row by row, for an entry of the matrix of moments in making it, in an iteration.
_N_ITER = 100
_NS_PRODUCT, _NS_ROWS, _NS_MATRIX, _NS_ITERATION = 8.0, 3.0, 70.0, 0.7


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


def checked_moments(X, y: np.ndarray, sample_weight: np.ndarray | None, n_jobs: int | None) -> Moments:
    """Return the moments of the data, or raise ValueError if they aren't finite.

    A dense `X` may hold NaN or infinity, which raise scikit-learn's errors here: the moments tell without a pass of
    their own.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        moments = Moments.of(X, y, sample_weight, n_jobs)
    if not np.isfinite(moments.scatter).all():
        assert_all_finite(X, estimator_name="GDLinearRegressor", input_name="X")
        raise ValueError(
            "The squares of X or y overflow float64, whose largest number is about 1.8e308; scale them to below 1e150."
        )
    return moments


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is made of the data before a descent.

    Attributes
    ----------
    objective : Quadratic or Rows
        The cost.
    scaling : Scaling or None
        The map of its parameters to the user's, if they are standardised.
    validation : Quadratic or Rows or None
        The cost on the rows that are held out, without the penalty, of the same parameters.
    limits : AlphaLimits or partial
        The limits of alpha, or a function that computes them.
    seen : Moments or None
        The moments of all rows so far, those held out included, if there are any.
    standardized : callable or None
        Returns the cost in standardised coordinates, if it can be made and is another one.
    """

    objective: Quadratic | Rows
    scaling: Scaling | None
    validation: Quadratic | Rows | None
    limits: AlphaLimits | partial
    seen: Moments | None = None
    standardized: Callable[[], Quadratic] | None = None


def prepare(
    X,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    form: Form,
    *,
    precompute: bool | Literal["auto"],
    n_jobs: int | None,
    names: np.ndarray | None,
    held_out: np.ndarray | None = None,
    earlier: Moments | None = None,
) -> Prepared:
    """Return what a descent on the data needs.

    Parameters
    ----------
    X, y, sample_weight
        The data.
    form : Form
        What is descended on them.
    precompute, n_jobs
        Those of `GDLinearRegressor`.
    names : ndarray of str or None
        The features' names.
    held_out : ndarray of shape (n_samples,) or None
        The weights of the rows for validation, zero for the others.
    earlier : Moments or None
        The moments of rows before these, which count too.
    """
    unpenalised, validation = replace(form, l2=0.0), None
    if earlier is None and not (prefer_moments(X) if precompute == "auto" else precompute):
        objective, scaling = undisturbed(form.of_rows)(X, y, sample_weight)
        if held_out is not None:
            validation, _ = unpenalised.of_rows(X, y, held_out, scaling)
        return Prepared(objective, scaling, validation, limits_of_rows(objective, names))
    moments = checked_moments(X, y, sample_weight, n_jobs)
    moments = moments if earlier is None else earlier + moments
    objective, scaling = undisturbed(form.of_moments)(moments)
    seen = moments
    if held_out is not None:
        others = checked_moments(X, y, held_out, n_jobs)
        validation, _ = undisturbed(unpenalised.of_moments)(others, scaling)
        seen = moments + others
    limits = partial(limits_of_moments, moments, form, names)
    standardized = None if form.standardize else partial(standardized_quadratic, moments, form)
    return Prepared(objective, scaling, validation, limits, seen, standardized)
