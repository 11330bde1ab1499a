"""The single entry point for data: every request goes to the kind of data that the user has passed."""

from sklearn_gd._data.hypothesis import Hypothesis
from sklearn_gd._data.in_dask import InDask
from sklearn_gd._data.in_memory import InMemory
from sklearn_gd._data.kind import Data
from sklearn_gd._data.known import Known
from sklearn_gd._data.moments import Moments

#: The kinds of data; the first one that takes the data is used.
KINDS: tuple[type[Data], ...] = (Known, InDask, InMemory)


def _kind_of(*data) -> type[Data]:
    return next(kind for kind in KINDS if kind.takes(*data))


def data_of(estimator, X, y=None, sample_weight=None, *, earlier: Moments | None = None, needs_y: bool = True) -> Data:
    """Return the user's data, validated as far as possible without reading them.

    The estimator learns the number and names of the features; with `earlier` moments it knows them, and the rows must
    have the same features and targets. Unless it `needs_y`, `y` may be None.
    """
    targets = None if earlier is None else earlier.shape_of_targets
    options = {"reset": earlier is None, "targets": targets, "needs_y": needs_y}
    return _kind_of(X, y, sample_weight).of(estimator, X, y, sample_weight, **options)


def predicted(estimator, X, hypothesis: Hypothesis):
    """Return the predictions of a hypothesis for features that an estimator must know."""
    return _kind_of(X, None, None).predicted(estimator, X, hypothesis)


def r2_of(estimator, X, y, sample_weight, hypothesis: Hypothesis) -> float:
    """Return the R² of the predictions; errors about the data name the estimator."""
    return _kind_of(X, y, sample_weight).r2(estimator, X, y, sample_weight, hypothesis)
