"""The rows of Dask collections in blocks: one task per block, and a tree of sums."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import _num_samples, validate_data

from sklearn_gd._data.threads import SINGLE_THREADED
from sklearn_gd._data.units import OVERFLOW
from sklearn_gd._data.validation import (
    NO_WEIGHT,
    Reader,
    check_data,
    check_targets,
    is_dask,
    naming,
    reader_for,
)
from sklearn_gd._typing import Matrix, Track

Made = TypeVar("Made")

# The number of sums that are added in one task: the root is four levels above 4096 blocks, and no task holds more than
# 8 matrices.
_FAN_IN = 8


@dataclass(frozen=True, eq=False)
class Parts:
    """The aligned blocks of several data, by their keys in Dask's graphs.

    Attributes
    ----------
    keys : list
        For each block, the key of a tuple, or a list of keys and of values for data that are not collections.
    collections : list
        The collections whose graphs contain the keys.
    """

    keys: list[Any]
    collections: list[Any]

    @classmethod
    def of(cls, *data: object) -> "Parts":
        """Return the blocks of data with equal blocks; tasks that they share are computed once."""
        from dask.core import flatten

        collections = [part for part in data if is_dask(part)]
        if not any(map(is_array, collections)):
            # One expression, for which Dask knows the columns that have to be read.
            first, *others = collections
            rows = [... if is_dask(part) else part for part in data]
            options = {"meta": first._meta, "enforce_metadata": False, "align_dataframes": False}
            together = first.map_partitions(_beside, *others, rows=rows, **options).optimize()
            return cls(together.__dask_keys__(), [together])
        # Not optimised: on their own, features and targets that are slices of one array would each read it.
        keys = (flatten(part.__dask_keys__()) if is_dask(part) else repeat(part) for part in data)
        return cls(list(map(list, zip(*keys, strict=False))), collections)

    def reduce(
        self, functions: Sequence[Callable[..., Made]], add: Callable[[list[Made]], Made], track: Track | None = None
    ) -> Made:
        """Return what a function makes of each part, added up in a tree: ``add([function(part), ...])``.

        `track` is that of `of_each_chunk`.
        """
        from dask.delayed import Delayed
        from dask.highlevelgraph import HighLevelGraph

        # A single layer of a graph: thousands of `dask.delayed` would take seconds to build.
        name = f"moments-{uuid4().hex}"
        tasks = {(name, 0, number): task for number, task in enumerate(zip(functions, self.keys, strict=True))}
        level, nodes = 0, list(tasks)
        while len(nodes) > 1:
            level += 1
            groups = [nodes[first : first + _FAN_IN] for first in range(0, len(nodes), _FAN_IN)]
            nodes = [(name, level, number) for number in range(len(groups))]
            tasks |= {node: (add, group) for node, group in zip(nodes, groups, strict=True)}
        graph = HighLevelGraph.from_collections(name, tasks, dependencies=self.collections)
        whole, leaves = Delayed(nodes[0], graph, layer=name), [(name, 0, number) for number in range(len(self.keys))]
        return whole.compute() if track is None else _compute(whole, leaves, track)


@dataclass(frozen=True, eq=False)
class Blocks:
    """The rows of Dask collections, in blocks that are computed only for their moments.

    Attributes
    ----------
    parts : Parts
        The triples (X, y, sample_weight), with None if there are no targets or weights.
    lengths : tuple of int or Dask collection
        The number of rows of each block; if they are not known, a collection from which they can be computed.
    reader : Reader
        The reader that knows the number and the names of the features, which every block must have.
    targets : tuple of int
        The shape of the targets of a row.
    dtype : type
        float32 if the features are float32, otherwise float64.
    complete : bool
        Whether these are all rows, so that at least one of them must have a positive weight.
    """

    parts: Parts
    lengths: object
    reader: Reader
    targets: tuple[int, ...]
    dtype: type
    complete: bool = True

    @classmethod
    def of(
        cls,
        estimator: object,
        X: Matrix,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        *,
        reset: bool = True,
        targets: tuple[int, ...] | None = None,
        needs_y: bool = True,
    ) -> "Blocks":
        """Return the blocks of the data; if `y` is None and not needed, the targets are zero.

        The metadata of the collections are validated, as in `check_data`, without computing anything.
        """
        check_collection(estimator, X, reset=reset)
        if y is None and needs_y:
            raise ValueError("y, the targets, is required, but it is None.")
        reader, data = reader_for(type(estimator).__name__), {"X": X, "y": y, "sample_weight": sample_weight}
        check_collection(reader, X, reset=True)
        data = {name: _cut_like(X, part, name) for name, part in data.items()}
        y_targets = () if data["y"] is None else tuple(data["y"].shape[1:])
        check_targets((np.nan, *y_targets), targets)
        known = [lengths for part in data.values() if (lengths := _lengths(part))]
        return cls(
            parts=Parts.of(*data.values()),
            lengths=known[0] if known else data["X" if y is None else "y"],
            reader=reader,
            targets=y_targets,
            dtype=dtype_of(X),
            complete=reset,
        )

    def with_lengths(self) -> "Blocks":
        """Return the blocks with their lengths; unknown lengths are counted, from the targets only."""
        if isinstance(self.lengths, tuple):
            return self
        alone = Parts.of(self.lengths)
        # If only one column is needed, several parts of a file may be read at once, so that the blocks differ.
        parts = alone if len(alone.keys) == len(self.parts.keys) else self.parts
        return replace(self, lengths=tuple(parts.reduce([_count] * len(parts.keys), _join)))

    def sum(self, *make: Callable[..., dict[int, Any]], track: Track | None = None) -> dict[int, Any]:
        """Return the sums of the results for the blocks, from one function or from one function per block.

        ``make(X, y, sample_weight)`` returns a dict of moments; those with equal keys are added up.
        """
        n_blocks = len(self.parts.keys)
        functions = [
            partial(_of_block, number=number, make=make, reader=self.reader, targets=self.targets)
            for number, make in enumerate(make if len(make) > 1 else make * n_blocks)
        ]
        sums = self.parts.reduce(functions, _add, track)
        if not sums:
            shape = (0, self.reader.n_features_in_)
            raise ValueError(f"Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is required.")
        if not all(moments.is_finite for moments in sums.values()):
            raise ValueError(OVERFLOW)
        if self.complete and not any(moments.weight for moments in sums.values()):
            raise ValueError(NO_WEIGHT)
        return sums


def _compute(whole, leaves: list, track: Callable):
    """Return the result of a graph, from the user's cluster or Dask's threads, while `track` follows its leaves."""
    from dask.base import get_scheduler
    from dask.callbacks import Callback

    client = getattr(get_scheduler(), "__self__", None)
    if hasattr(client, "scheduler_info"):
        from distributed import as_completed

        root, *futures = client.get(whole.dask, [whole.key, *leaves], sync=False)
        for _ in track(as_completed(futures), len(leaves)):
            futures.clear()  # the scheduler keeps results that have references
        return root.result()
    remaining, done = set(leaves), iter(track(leaves, len(leaves)))
    next(done)

    def posttask(key, *others) -> None:
        if key in remaining:
            remaining.discard(key)
            next(done, None)

    with Callback(posttask=posttask):
        return whole.compute()


def is_array(data) -> bool:
    """Return whether a Dask collection is an array."""
    import dask.array

    return isinstance(data, dask.array.Array)


def check_collection(estimator, X, *, reset: bool) -> None:
    """Let an estimator learn or compare the number and names of the features, from the metadata of `X`."""
    if not is_dask(X):
        raise TypeError("y or sample_weight is a Dask collection, but X is not; pass dask.array.from_array(X).")
    _check_kind(X, "X")
    if X.ndim != 2:
        raise ValueError(f"Expected 2D array, got {X.ndim}D array instead: X has the shape {X.shape}.")
    stand_in = np.empty((0, X.shape[1])) if is_array(X) else X._meta
    validate_data(estimator, stand_in, reset=reset, skip_check_array=True)


def _check_kind(part, name: str) -> None:
    from dask.utils import is_dataframe_like, is_series_like

    if not (is_array(part) or is_dataframe_like(part) or is_series_like(part)):
        raise TypeError(
            f"A Dask collection given as {name} must be an Array, a DataFrame or a Series. Got {type(part)} instead; "
            "convert it with dask.array.from_delayed or, for xarray, .data."
        )


def dtype_of(X) -> type:
    """Return float32 if all features are float32, otherwise float64."""
    dtypes = {X.dtype} if is_array(X) else set(X.dtypes)
    return np.float32 if dtypes == {np.dtype(np.float32)} else np.float64


def _lengths(part) -> tuple[int, ...] | None:
    """Return the number of rows of each block, if they are known."""
    known = is_dask(part) and is_array(part) and not np.isnan(part.chunks[0]).any()
    return part.chunks[0] if known else None


def _cut_like(X, part, name: str):
    """Return features, targets or weights in whole rows, with the same blocks as the features."""
    if part is None or (name == "sample_weight" and not is_dask(part) and np.ndim(part) == 0):
        return part
    part = part if is_dask(part) else np.atleast_1d(part)
    lengths, of_arrays = _lengths(X), isinstance(part, np.ndarray) or is_array(part)
    if not of_arrays:
        _check_kind(part, name)
    its_lengths = (len(part),) if isinstance(part, np.ndarray) else _lengths(part)
    if lengths and its_lengths:
        if sum(lengths) != sum(its_lengths):
            n_rows = [sum(lengths), sum(its_lengths)]
            raise ValueError(f"Found input variables with inconsistent numbers of samples: {n_rows}")
        if isinstance(part, np.ndarray):
            import dask.array

            return dask.array.from_array(part, chunks=(lengths, *part.shape[1:]))
        return part.rechunk({0: lengths, 1: -1} if part.ndim > 1 else {0: lengths})
    if isinstance(part, np.ndarray):
        raise ValueError(
            f"{name} is in memory, but the lengths of X's blocks are not known; pass {name} as a Dask collection with "
            "the same blocks, or compute the lengths: compute_chunk_sizes() of an array, to_dask_array(lengths=True) "
            "of a frame."
        )
    if _n_blocks(part) != _n_blocks(X):
        raise ValueError(
            f"{name} has {_n_blocks(part)} blocks of rows but X has {_n_blocks(X)}, and their lengths are not known; "
            "compute the lengths: compute_chunk_sizes() of an array, to_dask_array(lengths=True) of a frame."
        )
    return part.rechunk({1: -1}) if of_arrays and part.ndim > 1 else part


def _n_blocks(part) -> int:
    return part.numblocks[0] if is_array(part) else part.npartitions


def _beside(*parts, rows: list) -> tuple:
    """Return `rows` with each ellipsis replaced by a part."""
    parts = iter(parts)
    return tuple(next(parts) if place is ... else place for place in rows)


def _count(part) -> list[int]:
    """Return the number of rows of a part, which may consist of targets only."""
    return [_num_samples(part[-2] if len(part) > 1 else part[0])]


def _join(parts: list[list]) -> list:
    return list(chain.from_iterable(parts))


def _of_block(part, *, number: int, make: Callable, reader: Reader, targets: tuple) -> dict:
    """Return the result for a block of rows, or raise its error with the number of the block; a block may be empty."""
    X, y, w = part
    y = np.zeros(X.shape[0]) if y is None else y
    if X.shape[0] == y.shape[0] == 0:
        return {}
    with numbered(number), SINGLE_THREADED:
        arrays = check_data(reader, X, y, w, reset=False, targets=targets)
        with naming(reader, arrays[0]):
            return make(*arrays)


@contextmanager
def numbered(number: int) -> Iterator[None]:
    """Prefix errors with the number of the block."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"Block {number}: {error}") from error


def _add(parts: list[dict]) -> dict:
    """Return the sums of moments, cell by cell."""
    total = {}
    with np.errstate(over="ignore", invalid="ignore"):  # the root raises an error
        for part in parts:
            for cell, moments in part.items():
                total[cell] = total[cell] + moments if cell in total else moments
    return total
