"""The scores of a cross-validation, from mean squared errors on the validation rows."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np


def r2(errors: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return R², ``1 - error / variance``; for constant targets, 1 if they are predicted exactly and 0 otherwise.

    These are the conventions of `sklearn.metrics.r2_score`, including the equal weights of several targets.

    Parameters
    ----------
    errors : ndarray of shape (..., n_targets)
        The mean squared errors.
    variances : ndarray of shape (n_targets,)
        The variances of the targets.
    """
    varying = variances > 0.0
    if varying.all():
        scores = 1.0 - errors / variances
    else:
        scores = np.where(varying, 1.0 - errors / np.where(varying, variances, 1.0), errors == 0.0)
    return scores.sum(axis=-1) / len(variances)  # faster than `mean` for a few numbers


def neg_mean_squared_error(errors: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return the negative mean squared error; several targets count equally."""
    return -errors.mean(axis=-1)


def neg_root_mean_squared_error(errors: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return the negative root mean squared error; for several targets, the mean of the roots."""
    return -np.sqrt(errors).mean(axis=-1)


Scoring: TypeAlias = Literal["r2", "neg_mean_squared_error", "neg_root_mean_squared_error"]
#: The scores, by scikit-learn's names.
SCORES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    score.__name__: score for score in (r2, neg_mean_squared_error, neg_root_mean_squared_error)
}


def score_named(scoring: str | None, owner: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the score with a name, or R² for None; raise ValueError, naming the owner, if it is unknown."""
    scoring = "r2" if scoring is None else scoring
    if not (isinstance(scoring, str) and scoring in SCORES):
        raise ValueError(
            f"The 'scoring' parameter of {owner} must be None or one of {', '.join(map(repr, SCORES))}. "
            f"Got {scoring!r} instead; GridSearchCV(GDLinearRegressor(), {{'alpha': ...}}, scoring=...) accepts any."
        )
    return SCORES[scoring]
