"""Batches with named columns, from Arrow, pandas or polars, split into features, targets and weights.

Libraries are recognised by the attributes of their objects: checking types would need an import of the library.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

# The names of Arrow's numeric types.
_NUMBERS = ("int", "uint", "float", "halffloat", "double", "bool", "decimal")


def frames_of(batches) -> Iterator:
    """Yield the non-empty batches of an iterable of frames, a single frame, or an Arrow source."""
    if _is_frame(batches):
        batches = [batches]
    elif hasattr(batches, "to_batches"):  # a dataset or a scanner
        batches = batches.to_batches()
    elif not isinstance(batches, Iterable) and hasattr(batches, "__arrow_c_stream__"):  # such as DuckDB's relations
        import pyarrow as pa

        batches = pa.RecordBatchReader.from_stream(batches)
    for batch in batches:
        parts = batch.to_batches() if _is_arrow(batch) and hasattr(batch, "to_batches") else [batch]
        yield from (part for part in parts if not (_is_frame(part) and len(part) == 0))


def columns_of_frame(
    frame, target: str | Sequence[str], sample_weight: str | None, features: tuple[str, ...] | None
) -> tuple:
    """Return the names of the features, the features, the targets and the weights (or None) of a frame.

    Features and targets are data frames, or lists of columns for Arrow.

    Parameters
    ----------
    frame
        A record batch or a data frame.
    target, sample_weight
        The names of the columns that are not features.
    features : tuple of str or None
        The required names of the features; None for the first frame.
    """
    if not _is_frame(frame):
        raise TypeError(
            f"With target={target!r}, batches must have named columns: record batches, tables or data frames. Got "
            f"{type(frame).__name__} instead."
        )
    columns = list(frame.schema.names if _is_arrow(frame) else frame.columns)
    targets = [target] if isinstance(target, str) else list(target)
    others = targets if sample_weight is None else [*targets, sample_weight]
    found = tuple(name for name in columns if name not in others)
    missing = [name for name in [*others, *(features or ())] if name not in columns]
    if missing:
        raise ValueError(f"There is no column {missing[0]!r}; the columns are {', '.join(map(str, columns))}.")
    if features is None:
        features = found
    strangers = [name for name in found if name not in features]
    if strangers:
        raise ValueError(f"Column {strangers[0]!r} was not in the earlier batches.")
    if not features:
        raise ValueError("There are no features: all columns are targets or weights.")
    if _is_arrow(frame):
        x, y = ([_array(frame.column(name), name) for name in some] for some in (features, targets))
        w = None if sample_weight is None else _array(frame.column(sample_weight), sample_weight)
        return features, x, y, w
    w = None if sample_weight is None else np.asarray(frame[sample_weight])
    return features, frame[list(features)], frame[target if isinstance(target, str) else targets], w


def together(columns: list[np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Return the columns as an array, in float32 if all of them are; raise ValueError if a column is not finite."""
    for column, name in zip(columns, names, strict=True):
        if not np.isfinite(column).all():
            raise ValueError(f"Column {name!r} holds NaN or infinity.")
    array = np.empty((len(columns), len(columns[0])), dtype=dtype_of(columns))
    for row, column in zip(array, columns, strict=True):
        row[:] = column
    return array.T


def dtype_of(columns: list[np.ndarray]) -> str:
    """Return ``"float32"`` if all columns are float32, otherwise ``"float64"``."""
    return "float32" if all(column.dtype == np.float32 for column in columns) else "float64"


def _is_arrow(frame) -> bool:
    return hasattr(frame, "schema") and hasattr(frame, "num_rows")


def _is_frame(frame) -> bool:
    is_pandas, is_polars = hasattr(frame, "iloc"), hasattr(frame, "iter_columns")
    return _is_arrow(frame) or is_pandas or is_polars


def _array(column, name: str) -> np.ndarray:
    kind = str(column.type)
    if not kind.startswith(_NUMBERS):
        raise TypeError(f"Column {name!r} holds {kind}, which are not numbers.")
    if column.null_count:
        raise ValueError(f"Column {name!r} has {column.null_count} missing values; fill them, or drop their rows.")
    if kind.startswith(("decimal", "bool")):
        column = column.cast("float64")
    return column.to_numpy(zero_copy_only=False)
