"""A fit that comes to its end, or leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.base import BaseEstimator

from sklearn_gd._callbacks import STATE


@contextmanager
def unchanged_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Leave the estimator as it was if the fit does not come to its end, be it by an error or a KeyboardInterrupt."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        callbacks = {name: value for name, value in vars(estimator).items() if name in STATE}
        estimator.__dict__ = before | callbacks
        raise
