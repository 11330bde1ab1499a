"""The errors of a linear model on rows, computed from their moments."""

import warnings

import numpy as np
from sklearn.base import is_regressor
from sklearn.utils.validation import check_is_fitted

from sklearn_gd._data.arrays import at_home, is_foreign

# Predictions count as different if they differ by more, relative to the deviations of targets and predictions.
_SAME = 1e-3


def linear_model(model, moments) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of a model, of shape (n_targets, n_features), and its intercepts, of shape (n_targets,).

    Raises ValueError or TypeError if it is not a linear model of these features and targets.
    """
    if not (hasattr(model, "coef_") and hasattr(model, "intercept_")):
        if hasattr(model, "fit"):
            check_is_fitted(model)
        raise TypeError(
            f"Moments.score needs a fitted linear model, with coef_ and intercept_. Got {model!r} instead; "
            "for a pipeline, score its last step on the moments of the transformed rows."
        )
    n, k = moments.n_features, len(moments.scatter_y)
    given = at_home(model.coef_)
    given = np.asarray(given.toarray() if hasattr(given, "toarray") else given, dtype=np.float64)
    if given.shape[-1:] != (n,) or given.size != n * k:
        n_targets = given.size // max(given.shape[-1], 1) if given.ndim else 0
        raise ValueError(
            f"The model has {given.shape[-1] if given.ndim else 0} features and {n_targets} targets, "
            f"but the moments have {n} and {k}."
        )
    names = tuple(getattr(model, "feature_names_in_", ()))
    if names and moments.feature_names and names != moments.feature_names:
        raise ValueError(
            f"The feature names of the model differ from those of the moments: {', '.join(map(str, names))} and "
            f"{', '.join(moments.feature_names)}; they must be the same, in the same order."
        )
    coef = given.reshape(k, n)
    intercept = np.asarray(at_home(model.intercept_), dtype=np.float64).ravel()
    if intercept.size != k:
        intercept = np.broadcast_to(intercept, k)
    if hasattr(model, "predict") and not is_foreign(model.coef_):
        _check_predicts(model, coef, intercept, moments)
    return coef, intercept


def errors_and_variances(moments, coef: np.ndarray, intercept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean squared errors of the predictions, and the variances of the targets, of shape (n_targets,).

    ``error = var(y) - 2 c' cov(x, y) + c' cov(x) c + (mean(y) - h(mean(x)))**2``
    """
    n, weight = moments.n_features, moments.weight
    if moments.unit.size:
        S, s, variances = moments.covariances()
        weight = 1.0
    else:
        S, s, variances = moments.scatter_x, moments.scatter_xy, moments.scatter_y
    # In two parts, like the mean, so that a mean far from zero does not lose digits.
    bias = (moments.origin[n:] - intercept - coef @ moments.origin[:n]) + (
        moments.offset[n:] - coef @ moments.offset[:n]
    )
    errors = variances + (coef.T * (S @ coef.T - 2.0 * s)).sum(axis=0)
    return np.maximum(errors, 0.0) / weight + bias**2, np.maximum(variances, 0.0) / weight


def _check_predicts(model, coef: np.ndarray, intercept: np.ndarray, moments) -> None:
    """Raise TypeError if the predictions for two typical rows are not those of the coefficients."""
    n = moments.n_features
    mean, deviation = moments.mean[:n], moments.deviations[:n]
    rows = np.stack([mean, mean + np.where(np.arange(n) % 2, 1.0, -1.0) * deviation])
    expected = rows @ coef.T + intercept
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's warning that the rows have no feature names
        actual = np.asarray(model.predict(rows)) if is_regressor(model) else None
    size = moments.deviations[n:] + np.abs(coef) @ deviation + np.abs(coef @ mean) + np.abs(intercept)
    if actual is None or not np.all(np.abs(actual.reshape(expected.shape) - expected) <= _SAME * size):
        raise TypeError(
            f"Moments.score needs a model that predicts intercept_ + coef_ x; the predictions of {model!r} differ."
        )
