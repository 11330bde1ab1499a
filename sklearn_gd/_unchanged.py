"""A fit either completes or leaves the estimator unchanged."""

from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.base import BaseEstimator

from sklearn_gd._callbacks import STATE


@contextmanager
def unchanged_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Restore the estimator if the fit does not complete, because of an error or a KeyboardInterrupt."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        callbacks = {name: value for name, value in vars(estimator).items() if name in STATE}
        estimator.__dict__ = before | callbacks
        raise
