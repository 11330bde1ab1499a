"""The splits of a cross-validation, from scikit-learn's splitters."""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import BaseCrossValidator, KFold


def splits_of(
    cv: BaseCrossValidator, X, y, *, at_least: int, **params
) -> int | Iterator[tuple[np.ndarray, np.ndarray]]:
    """Return the number of folds of consecutive rows, or else the numbers of the rows of each split.

    Parameters
    ----------
    cv : splitter
        The splitter.
    X, y : array-like
        Features and targets, which the splitter may use.
    at_least : int
        The minimum number of validation rows in each split.
    **params
        Parameters of the splitter's ``split`` method, such as `groups`.
    """
    n_samples = X.shape[0]
    if type(cv) is KFold and not cv.shuffle and n_samples >= at_least * cv.n_splits:
        return cv.n_splits
    return _row_numbers(cv.split(X, y, **params), np.arange(n_samples), at_least)


def _row_numbers(splits, rows: np.ndarray, at_least: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for number, (train, test) in enumerate(splits):
        if len(rows[test]) < at_least:
            raise ValueError(
                f"R² is not defined for split {number}, which validates with {len(rows[test])} rows; "
                "use larger folds, or scoring='neg_mean_squared_error'."
            )
        yield rows[train], rows[test]
