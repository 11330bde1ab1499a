"""The validation of the user's data, by scikit-learn's rules."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import assert_all_finite, check_array
from sklearn.utils.validation import _check_sample_weight, validate_data

from sklearn_gd._data.arrays import any_nonzero, count_positive, follow, hold_out_there, is_foreign, widest_float
from sklearn_gd._data.numbers import as_numbers, blaming, refuse_times
from sklearn_gd._scikit_learn import Estimator, Tags

NO_WEIGHT = "All sample weights are zero; at least one must be positive."


class Reader(Estimator):
    """Learns the number and names of the features if there is no estimator; see `reader_for`."""

    n_features_in_: int
    feature_names_in_: np.ndarray

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def __reduce__(self) -> tuple[Callable[[str, dict[str, Any]], "Reader"], tuple[str, dict[str, Any]]]:
        return _reader, (type(self).__name__, vars(self))


def reader_for(owner: str) -> Reader:
    """Return a reader that scikit-learn's errors name after its owner, a function or a class."""
    return _class_of_readers(owner)()


def _reader(owner: str, attributes: dict[str, Any]) -> Reader:
    restored = reader_for(owner)
    vars(restored).update(attributes)
    return restored


@cache
def _class_of_readers(owner: str) -> type[Reader]:
    return type(owner, (Reader,), {})


def feature_names(estimator) -> tuple[str, ...]:
    """Return the feature names that an estimator has learnt; empty if there are none."""
    return tuple(getattr(estimator, "feature_names_in_", ()))


def is_dask(*data) -> bool:
    """Return whether any of the data is a Dask collection; Dask is not imported for other data."""
    if not any(hasattr(part, "__dask_graph__") for part in data):
        return False
    from dask import is_dask_collection

    return any(map(is_dask_collection, data))


def hand_on_features(estimator, other) -> None:
    """Copy the number and names of the features that an estimator has learnt to another one."""
    for name in ("n_features_in_", "feature_names_in_"):
        vars(other).pop(name, None)
        if hasattr(estimator, name):
            setattr(other, name, getattr(estimator, name))


def check_data(estimator, X, y, sample_weight, *, reset: bool, targets: tuple[int, ...] | None = None) -> tuple:
    """Return features, targets and weights (or None) as arrays; the estimator learns the features' number and names.

    With array API dispatch, the arrays are in the namespace and on the device of `X`.
    Without `reset` the rows are some of many: the features must be those that the estimator knows, and the weights may
    all be zero. A dense `X` may still contain NaN or infinity: it is read only once, and checked then; see `naming`.
    `targets` is the shape of the targets of a row, if that is known.
    """
    X, y, sample_weight = follow(X, y, sample_weight)
    given = X, y
    with blaming(X, "X", partial(feature_names, estimator)), blaming(y, "y"):
        X, y = validate_data(
            estimator,
            X,
            y,
            reset=reset,
            accept_sparse=("csr", "csc"),
            dtype="numeric",
            multi_output=True,
            ensure_all_finite=issparse(X),
        )
    if issparse(y):
        raise TypeError(f"y is sparse, but {type(estimator).__name__} needs a dense array; pass y.toarray().")
    X, unread = as_numbers(X, given[0], "X", feature_names(estimator)), y
    if (y := as_numbers(y, given[1], "y")) is not unread:  # None and the like have only now become NaN
        assert_all_finite(y, input_name="y")
    X, y = at_most_float64(X), at_most_float64(y)
    check_targets(y.shape, targets)
    refuse_times(sample_weight, "sample_weight")
    if sample_weight is not None and (reset or any_nonzero(sample_weight)):
        with blaming(sample_weight, "sample_weight"):
            sample_weight = _check_sample_weight(sample_weight, X, dtype=widest_float(X), ensure_non_negative=True)
        if not any_nonzero(sample_weight):
            raise ValueError(NO_WEIGHT)
    elif sample_weight is not None:  # a chunk of rows without weight
        sample_weight = follow(X, np.broadcast_to(np.zeros(np.shape(sample_weight)), y.shape[0]).copy())[1]
    return X, y, sample_weight


@contextmanager
def naming(estimator, X) -> Iterator[None]:
    """Make the error about features that are not finite, found while reading them, name the estimator."""
    try:
        yield
    except ValueError:
        if not issparse(X):
            assert_all_finite(X, estimator_name=type(estimator).__name__, input_name="X")
        raise


def check_features(estimator, X):
    """Return the features to predict for as an array of numbers; they must be those that the estimator knows."""
    options = {"accept_sparse": ("csr", "csc"), "dtype": "numeric", "ensure_all_finite": issparse(X)}
    given = X
    with blaming(X, "X", partial(feature_names, estimator)):
        X = validate_data(estimator, X, reset=False, **options)
    X = as_numbers(X, given, "X", feature_names(estimator))
    if not issparse(X):
        assert_all_finite(X, estimator_name=type(estimator).__name__, input_name="X")
    return X


def at_most_float64(array):
    """Return an array, converted to float64 if it is long double, which neither BLAS nor SciPy supports."""
    if is_foreign(array) or array.dtype != np.longdouble:
        return array
    with np.errstate(over="ignore"):  # numbers that are too large raise an error as infinity
        return array.astype(np.float64, copy=False)


def check_targets(shape: tuple, targets: tuple[int, ...] | None) -> None:
    """Raise ValueError if the targets in a `y` of this shape differ from those of earlier rows, if there were any."""
    if targets is not None and shape[1:] != targets:
        n_targets = targets[0] if targets else "one"
        raise ValueError(f"y has shape {tuple(shape)}, but earlier rows had {n_targets} target{'s' * bool(targets)}.")


def check_numbers(values, name: str, *, above: float = -np.inf, at_least: float = -np.inf) -> np.ndarray:
    """Return one or several numbers as a vector, or raise ValueError if any of them is outside its interval."""
    options = {"ensure_2d": False, "allow_nd": True, "ensure_min_samples": 0, "dtype": np.float64}
    refuse_times(values, name)
    with blaming(values, name):
        numbers = check_array(np.atleast_1d(values), input_name=name, **options)
    if numbers.ndim != 1 or not numbers.size or not np.all((numbers > above) & (numbers >= at_least)):
        rule = f"above {above:g}" if above > -np.inf else f"of at least {at_least:g}"
        raise ValueError(
            f"{name} must be one or more numbers {rule}, in one dimension. Got {numbers.tolist()} instead."
        )
    return numbers


def hold_out(n_samples: int, sample_weight, fraction: float, random) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the training rows and those of the validation rows, with zero for all other rows.

    No rows are copied this way, and rows of weight zero have no effect.
    """
    w = np.ones(n_samples) if sample_weight is None else sample_weight
    if is_foreign(w):
        n_positive = count_positive(w)
        validation = _draw(np.arange(n_positive), fraction, random)
        held_out = hold_out_there(w, validation, n_positive)
        return w - held_out, held_out
    validation = _draw(np.flatnonzero(w), fraction, random)
    held_out = np.zeros_like(w)
    held_out[validation] = w[validation]
    return w - held_out, held_out


def _draw(rows: np.ndarray, fraction: float, random) -> np.ndarray:
    """Return the rows to hold out, drawn from those of positive weight."""
    if math.ceil(fraction * len(rows)) >= len(rows):
        remedy = "a smaller validation_fraction, more rows" if len(rows) > 1 else "more rows"
        raise ValueError(
            f"With early_stopping=True and validation_fraction={fraction:g}, no rows of positive weight are left to "
            f"train on (n_samples={len(rows)}); use {remedy}, or early_stopping=False."
        )
    return train_test_split(rows, test_size=fraction, random_state=random)[1]
