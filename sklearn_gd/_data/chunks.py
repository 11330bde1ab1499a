"""The chunks of rows that are read at once, one after another or in threads."""

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from joblib import effective_n_jobs

from sklearn_gd._data.arrays import is_foreign
from sklearn_gd._data.reading import block_size
from sklearn_gd._data.threads import SINGLE_THREADED

# Large data are divided into a fixed number of chunks, so that the sum does not depend on the number of threads; 8
# chunks keep up to 8 cores busy. Each chunk has one origin, the mean of a sample of its rows.
_N_CHUNKS = 8

Made = TypeVar("Made")


def chunks_of(X, n_targets: int) -> list[slice]:
    """Return the chunks of rows that are read at once."""
    n_samples = X.shape[0]
    if sp.issparse(X):
        # A chunk is copied, which matters if it is larger than the matrix of its moments.
        n_chunks, smallest = min(_N_CHUNKS, max(X.nnz // X.shape[1] ** 2, 1)), 1
    else:
        # Allocating memory is slow: a chunk should have more blocks than it needs matrices.
        n_chunks, smallest = _N_CHUNKS, 4 * block_size(X.shape[1] + n_targets + 1)
    while n_chunks > 1 and n_samples < n_chunks * smallest:
        n_chunks //= 2
    edges = [n_samples * chunk // n_chunks for chunk in range(n_chunks + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def of_each_chunk(
    make: Callable[[slice], Made],
    X,
    n_targets: int,
    *,
    n_jobs: int | None = None,
    track: Callable[[Iterable, int], Iterable] | None = None,
) -> list[Made]:
    """Return the results of a function for each chunk of rows, in the order of the chunks.

    Parameters
    ----------
    make : callable
        The function; it is called with a chunk.
    X : array of shape (n_samples, n_features)
        The features. The chunks of a large dense NumPy array are read in threads.
    n_targets : int
        The number of targets.
    n_jobs : int or None
        The number of threads; None is the number that BLAS would use.
    track : callable or None
        Called with an iterable over the results and with the number of chunks; returns an iterable over the same
        results, whose progress it can follow.
    """
    chunks, track = chunks_of(X, n_targets), track or (lambda made, n_chunks: made)
    if sp.issparse(X) or is_foreign(X) or len(chunks) == 1:
        return list(track(map(make, chunks), len(chunks)))
    with SINGLE_THREADED as n_blas_threads:
        n_threads = effective_n_jobs(n_blas_threads if n_jobs is None else n_jobs)
        with ThreadPoolExecutor(n_threads) as executor:
            return list(track(executor.map(make, chunks), len(chunks)))


def rows_of_cells(cells: np.ndarray, n_cells: int, chunk: slice) -> list[slice | np.ndarray]:
    """Return the rows of each cell in a chunk: their numbers, or a slice if they are consecutive."""
    in_chunk = cells[chunk]
    order = np.argsort(in_chunk, kind="stable") + chunk.start
    edges = [0, *np.cumsum(np.bincount(in_chunk, minlength=n_cells)).tolist()]
    pieces = [order[start:stop] for start, stop in itertools.pairwise(edges)]
    return [
        slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) and rows[-1] - rows[0] + 1 == len(rows) else rows
        for rows in pieces
    ]
