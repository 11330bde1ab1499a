"""Arrays of other namespaces on their device, such as torch or CuPy arrays on a GPU, by the array API.

scikit-learn (1.9 or later) knows the namespaces, and whether dispatch is on:
``config_context(array_api_dispatch=True)``. Its functions for this are private, so they are used only in this module.
"""

from dataclasses import dataclass
from numbers import Number

import numpy as np
from scipy.sparse import issparse
from sklearn import get_config

try:
    from sklearn.utils._array_api import (
        _max_precision_float_dtype,
        check_same_namespace,
        get_namespace_and_device,
        move_to,
    )

    SUPPORTED = True
except ImportError:  # before 1.9
    SUPPORTED = False


def is_foreign(array) -> bool:
    """Return whether an object is an array of a namespace other than NumPy's."""
    # torch has no __array_namespace__, and pyarrow no device.
    return not isinstance(array, np.ndarray | np.generic) and hasattr(array, "__dlpack__") and hasattr(array, "device")


def at_home(array):
    """Return an array of another namespace as a NumPy array, and anything else unchanged."""
    return move_to(array, xp=np, device="cpu") if SUPPORTED and is_foreign(array) else array


def in_memory(array) -> bool:
    """Return whether an array of another namespace is in main memory, where NumPy can read it without a copy."""
    return str(array.device) == "cpu" and "bfloat16" not in str(array.dtype)  # which NumPy does not have


def follow(X, *others) -> tuple:
    """Return the features, and the other data moved to the place of these if array API dispatch is on.

    Arrays in main memory are returned as NumPy arrays, without a copy.
    """
    if not get_config()["array_api_dispatch"]:
        return X, *others
    if is_foreign(X):
        if not SUPPORTED:
            raise TypeError(f"{type(X)} needs scikit-learn 1.9 or newer; convert the data to NumPy.")
        if not in_memory(X):
            xp, _, device = get_namespace_and_device(X)
            others = (
                other if other is None or isinstance(other, Number) else move_to(_array(other), xp=xp, device=device)
                for other in others
            )
            X, *others = _real(xp, X, *others)
            return X, *others
        X = np.from_dlpack(X)
    return X, *(np.from_dlpack(other) if is_foreign(other) and in_memory(other) else at_home(other) for other in others)


def _array(data):
    return data if is_foreign(data) or issparse(data) else np.asarray(data)


def _real(xp, *data) -> tuple:
    """Return the data, or raise the error that scikit-learn only raises for NumPy."""
    if any(is_foreign(array) and xp.isdtype(array.dtype, "complex floating") for array in data):
        raise ValueError(f"Complex data not supported\n{data}")
    return data


def widest_float(X):
    """Return the float64 of the namespace of `X`, or float32 if the device has nothing wider."""
    if not is_foreign(X):
        return np.float64
    xp, _, device = get_namespace_and_device(X)
    return _max_precision_float_dtype(xp, device)


def any_nonzero(w) -> bool:
    """Return whether any weight is not zero."""
    if not is_foreign(w):
        return bool(np.any(w))
    xp, _, _ = get_namespace_and_device(w)
    return bool(xp.any(w != 0))


def check_place(estimator, X) -> None:
    """Raise scikit-learn's error if the features for `predict` are in a different place than those of `fit`."""
    if SUPPORTED:
        check_same_namespace(X, estimator, attribute="coef_", method="predict")


@dataclass(frozen=True)
class Place:
    """The namespace, device and dtype of the coefficients, which are those of the features.

    Attributes
    ----------
    dtype : type
        float32 or float64.
    xp, device
        The namespace and the device; None is NumPy.
    """

    dtype: type
    xp: object = None
    device: object = None

    @classmethod
    def of(cls, given, X) -> "Place":
        """Return the place of the features, from the features as passed and as checked."""
        if not (is_foreign(given) and get_config()["array_api_dispatch"]):
            return cls(np.float32 if X.dtype == np.float32 else np.float64)
        xp, _, device = get_namespace_and_device(given)
        narrow = xp.float32 in (given.dtype, _max_precision_float_dtype(xp, device))
        return cls(np.float32 if narrow else np.float64, xp, device)

    @property
    def is_foreign(self) -> bool:
        """Whether the namespace is not NumPy's."""
        return self.xp is not None

    def put(self, array):
        """Return a NumPy array moved to this place; a float is returned unchanged."""
        if self.xp is None or (isinstance(array, float) and not isinstance(array, np.generic)):
            return array
        return self.xp.asarray(np.array(array), device=self.device)


def hypothesis_there(X, coef, intercept):
    """Return ``h(x)`` for features of another namespace, in the wider of the two dtypes."""
    xp, _, _ = get_namespace_and_device(X)
    _real(xp, X)
    dtype = xp.result_type(X.dtype, coef.dtype) if xp.isdtype(X.dtype, "real floating") else coef.dtype
    X, coef = xp.astype(X, dtype, copy=False), xp.astype(coef, dtype, copy=False)
    return X @ (coef.T if coef.ndim == 2 else coef) + intercept


def hold_out_there(w, validation: np.ndarray, n_positive: int):
    """Return the weights of the validation rows, which are numbered among those of positive weight; zero elsewhere."""
    xp, _, device = get_namespace_and_device(w)
    chosen = np.zeros(n_positive, dtype=bool)
    chosen[validation] = True
    number = xp.cumulative_sum(xp.astype(w > 0, xp.int64)) - 1
    chosen = xp.take(xp.asarray(chosen, device=device), xp.where(w > 0, number, 0 * number))
    return xp.where(chosen & (w > 0), w, xp.zeros_like(w))


def count_positive(w) -> int:
    """Return the number of positive weights."""
    xp, _, _ = get_namespace_and_device(w)
    return int(xp.sum(xp.astype(w > 0, xp.int64)))


def is_narrow(X) -> bool:
    """Return whether features are float32, or on a device that has nothing wider."""
    return X.dtype == (namespace(X)[0].float32 if is_foreign(X) else np.float32) or not has_float64(X)


def has_float64(X) -> bool:
    """Return whether the features can be multiplied in float64 on their device."""
    return not is_foreign(X) or widest_float(X) == namespace(X)[0].float64


def there(array: np.ndarray, X):
    """Return a NumPy array in the namespace, on the device and in the widest float dtype of `X`."""
    xp, device = namespace(X)
    dtype = np.float64 if has_float64(X) else np.float32
    return xp.asarray(np.asarray(array, dtype=dtype), device=device)


def namespace(X) -> tuple:
    """Return the namespace and the device of an array of another namespace."""
    xp, _, device = get_namespace_and_device(X)
    return xp, device
