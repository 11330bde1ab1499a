"""The conversion of decimals, strings and categories to numbers, or an error that names the column."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from numbers import Real
from reprlib import repr as shortened

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from sklearn_gd._data.arrays import is_foreign

# The kinds of NumPy dtypes whose entries are read one by one: objects, and three kinds of strings.
_TO_READ = "OSUT"
# The types that NumPy or Python would read as numbers in some unit, or only in part.
_NO_NUMBERS = [
    (
        (np.datetime64, date),
        "dates, which are not numbers; subtract a date, and divide by a unit such as np.timedelta64(1, 'D')",
    ),
    (
        (np.timedelta64, timedelta),
        "durations, which are not numbers; divide them by a unit such as np.timedelta64(1, 'D')",
    ),
    ((complex, np.complexfloating), "complex numbers. Complex data not supported"),
]


class NotANumberError(ValueError, TypeError):
    """Raised for an entry that is not a number; Python and scikit-learn raise either error, depending on the entry."""


def as_numbers(array: np.ndarray, given, name: str, labels: Sequence[str] = ()) -> np.ndarray:
    """Return an array of numbers unchanged, and an array of anything else converted to float64.

    Parameters
    ----------
    array : array
        Checked data, in memory or elsewhere.
    given
        The data before the check.
    name : str
        The name of the data.
    labels : sequence of str
        The names of the columns; empty if they have none.

    Raises
    ------
    NotANumberError
        If there are dates, durations, or anything else that Python does not convert to a number.
    """
    if is_foreign(array) or issparse(array):
        return array
    if array.dtype.kind in "mM" or hasattr(given, "iter_columns"):
        # next to numbers, polars converts dates to numbers of days or microseconds
        for where, column in _columns(given, name, labels):
            if array.dtype.kind in "mM" or _is_temporal(column):
                refuse_times(column, where)
    if array.dtype.kind not in _TO_READ:
        return array
    columns = [_read(column, where) for where, column in _columns(array, name, labels)]
    return np.column_stack(columns) if array.ndim == 2 else columns[0]


def read_numbers(data, name: str):
    """Return data of numbers unchanged, and other data in memory as an array converted by `as_numbers`."""
    if data is None or is_foreign(data) or issparse(data):
        return data
    if _is_temporal(data):
        refuse_times(data, name)
    read = as_numbers(array := np.asarray(data), data, name)
    return data if read is array else read


def refuse_times(data, name: str) -> None:
    """Raise NotANumberError for dates or durations in memory, which NumPy converts to numbers in some unit."""
    if data is None or isinstance(data, Real) or is_foreign(data) or issparse(data):
        return
    if _is_temporal(data):  # NumPy converts them on their own, but not next to numbers
        _refuse([timedelta(0) if "Duration" in str(data.dtype) else date.min], name)
    _refuse(np.asarray(data).ravel()[:1], name)


@contextmanager
def blaming(data, name: str, labels: Callable[[], Sequence[str]] = tuple) -> Iterator[None]:
    """Replace an error by one that names a column of the data, if there is a column that is not numeric.

    `labels` returns the names of the columns, which may be learnt in the meantime.
    """
    if _is_temporal(data):
        refuse_times(data, name)
    try:
        yield
    except (ValueError, TypeError, OverflowError) as error:
        of_strings = []
        for where, column in _columns(data, name, labels()):
            _read(column, where)
            of_strings += [where] * isinstance(next(np.asarray(column).flat, None), str | bytes)
        if of_strings and "arrays of bytes/strings" in str(error):  # numeric strings, which the user has to convert
            raise NotANumberError(f"{of_strings[0]} holds strings. {error}") from error
        raise


def _is_temporal(column) -> bool:
    """Return whether an object is a polars column of dates or durations."""
    dtype = getattr(column, "dtype", None)
    return hasattr(dtype, "is_temporal") and dtype.is_temporal()


def _columns(data, name: str, labels: Sequence[str]) -> Iterator[tuple]:
    """Yield the name and the data of each column of a frame or an array; nothing for data that are not in rows."""
    if data is None or issparse(data) or is_foreign(data):
        return
    # Frames are recognised by their attributes: checking the type would need an import of the library.
    if hasattr(data, "iloc") and data.ndim == 2:  # pandas
        columns = [data.iloc[:, j] for j in range(data.shape[1])]
    elif hasattr(data, "itercolumns") or hasattr(data, "iter_columns"):  # pyarrow, polars
        columns = list(data.itercolumns() if hasattr(data, "itercolumns") else data.iter_columns())
    else:
        try:
            array = np.asarray(data, dtype=None if hasattr(data, "dtype") else object)
        except (ValueError, TypeError):  # lists of different lengths
            return
        if array.ndim == 1 and len(array):
            yield name, data
        columns = list(array.T) if array.ndim == 2 and len(array) else []
    for j, column in enumerate(columns):
        yield f"Column {(labels[j] if len(labels) else j)!r} of {name}", column


def _read(column, where: str) -> np.ndarray:
    """Return a column in float64, or raise NotANumberError."""
    values = np.asarray(column)
    if values.dtype.kind in "biuf":
        return values
    entries = values.ravel().tolist() if values.dtype.kind in _TO_READ else values.ravel()[:1]
    _refuse(entries, where)
    try:
        return check_array(column, dtype=np.float64, ensure_2d=False, ensure_all_finite=False)
    except (ValueError, TypeError, OverflowError) as error:
        culprit = next((entry for entry in entries if not _is_number(entry)), None)
        is_word = isinstance(culprit, str) and where.endswith(" of X")
        remedy = "; encode it as numbers, for example with OneHotEncoder" if is_word else ""
        raise NotANumberError(f"{where} holds {shortened(culprit)}: {str(error).rstrip('.')}{remedy}.") from error


def _refuse(entries, where: str) -> None:
    """Raise NotANumberError if any of the entries has a type that NumPy or Python would convert in its own way."""
    for kinds, what in _NO_NUMBERS:
        if any(isinstance(entry, kinds) for entry in entries):
            raise NotANumberError(f"{where} holds {what}.")


def _is_number(entry) -> bool:
    try:
        float(entry)
    except (ValueError, TypeError, OverflowError):
        return entry is None
    return True
