"""The moments of cells of rows, such as folds, from one reading of all rows in chunks."""

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from sklearn_gd._data.algebra import nothing, of_sums
from sklearn_gd._data.arrays import is_foreign, is_narrow
from sklearn_gd._data.chunks import of_each_chunk, rows_of_cells
from sklearn_gd._data.dense import DenseRows
from sklearn_gd._data.foreign import ForeignRows
from sklearn_gd._data.reading import read
from sklearn_gd._data.rounding import EPS
from sklearn_gd._data.sparse import read_sparse
from sklearn_gd._data.stored import VERSION
from sklearn_gd._data.units import OVERFLOW
from sklearn_gd._typing import Matrix, T, Track

# Overflow raises an error for the data as a whole; NumPy's settings are per thread.
_QUIET = np.errstate(over="ignore", invalid="ignore")


@_QUIET
def moments_of_cells(
    make: Callable[[dict[str, Any]], T],
    X: Matrix,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    cells: np.ndarray | None,
    n_cells: int,
    *,
    feature_names: tuple[str, ...] = (),
    n_jobs: int | None = None,
    track: Track | None = None,
    exact: bool = False,
) -> list[T]:
    """Return the moments of each cell of rows, reading all rows once.

    Parameters
    ----------
    make : callable
        Returns the moments with the given fields.
    X, y, sample_weight
        The rows, as for `Moments.of_arrays`.
    cells : ndarray of shape (n_samples,) or None
        For each row the number of its cell, below `n_cells`; None if there is only one cell.
    feature_names : tuple of str
        The names of the features; empty if they have none.
    n_jobs, track
        Those of `of_each_chunk`.
    exact : bool
        Whether to multiply float32 in float64.
    """
    Y = y[:, None] if y.ndim == 1 else y
    kind = {"one_target": y.ndim == 1, "feature_names": feature_names, "version": VERSION}
    kind["dtype"] = "float32" if is_narrow(X) else "float64"

    def of_rows(rows: slice | np.ndarray) -> T:
        if sp.issparse(X):
            sums = read_sparse(X, Y, sample_weight, rows)
        else:
            kind_of_rows = ForeignRows if is_foreign(X) else DenseRows
            some = kind_of_rows.of(X, Y, sample_weight, rows, exact=exact)
            sums = some and read(some)
        made = of_sums(sums) if sums else nothing(X.shape[1], Y.shape[1])
        return make({"eps": EPS} | made | kind)

    @_QUIET
    def of_chunk(chunk: slice) -> list[T]:
        return [of_rows(rows) for rows in ([chunk] if cells is None else rows_of_cells(cells, n_cells, chunk))]

    of_chunks = of_each_chunk(of_chunk, X, Y.shape[1], n_jobs=n_jobs, track=track)
    of_cells = [reduce(add, of_cell) for of_cell in zip(*of_chunks, strict=True)]
    if not all(moments.is_finite for moments in of_cells):
        assert_all_finite(X, input_name="X")
        raise ValueError(OVERFLOW)
    return of_cells
