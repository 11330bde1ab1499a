"""The second-order moments of the data: all that least squares needs to know of them."""

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np
import scipy.sparse as sp
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.utils import assert_all_finite

from sklearn_gd._data.arrays import is_foreign, products_there
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.threads import SINGLE_THREADED
from sklearn_gd._data.validation import check_data, feature_names, is_dask, naming, reader_for

# Large data are cut into a fixed number of chunks, whatever the number of threads, so that the sum does not depend on
# it; 8 keep up to 8 cores busy. A chunk is centred about one origin, the mean of a sample of its rows.
_N_CHUNKS = 8
_SAMPLE_SIZE = 1024
OVERFLOW = "The squares of X or y overflow float64, whose largest number is about 1.8e308; scale them to below 1e150."
# What overflows is refused as a whole; NumPy's settings are those of a thread.
_QUIET = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Weight, mean and centred scatter of the rows ``z = (x, y)``.

    ``weight = sum w``; ``mean = sum w z / weight``; ``scatter = sum w (z - mean)(z - mean)'``

    The mean is the unevaluated sum ``origin + offset``.
    The origin is close to the data, so the offset and all differences of means are small and keep the digits
    that a mean of 1e8 times the spread would lose in one number.
    Moments add up, to rounding the same however the rows are cut: those of days, of files, of places that may not
    share their rows. `GDLinearRegressor.fit_moments` fits them as if the rows were there.
    They are immutable, and travel by pickle, or by ``numpy.savez(file, **vars(moments))`` and
    ``Moments(**numpy.load(file))``.

    Attributes
    ----------
    weight : float
        Sum of the weights; the number of rows where there are none.
    origin, offset : ndarray of shape (n_features + n_targets,)
        The mean of the rows, in two parts.
    scatter : ndarray of shape (n_features + n_targets, n_features + n_targets)
        The centred scatter, symmetric to the last bit.
    n_features : int
        How many of a row's columns are features; the others are targets.
    one_target : bool
        Whether the targets are a vector, and not a matrix with a column for each.
    feature_names : tuple of str
        The features' names; empty if they have none.
    eps : float
        The relative rounding of the products in the scatter: float32's if the features were float32.

    Notes
    -----
    The formula of the merge is equation 1.5 of Chan, Golub and LeVeque,
    "Algorithms for Computing the Sample Variance: Analysis and Recommendations", 1983.

    Examples
    --------
    >>> from sklearn_gd import GDLinearRegressor, Moments
    >>> monday = Moments.of([[1.0], [2.0]], [3.0, 5.0])
    >>> tuesday = Moments.of([[3.0], [4.0]], [7.0, 9.0])
    >>> monday + tuesday
    Moments(1 features and one target, weight=4)
    >>> model = GDLinearRegressor(alpha=0.1, max_iter=5000, tol=1e-9).fit_moments(monday + tuesday)
    >>> model.coef_.round(4), model.intercept_.round(4)  # 1 + 2 x
    (array([2.]), np.float64(1.0))
    """

    weight: float
    origin: np.ndarray
    offset: np.ndarray
    scatter: np.ndarray
    n_features: int
    one_target: bool = True
    feature_names: tuple[str, ...] = ()
    eps: float = float(np.finfo(np.float64).eps)

    def __post_init__(self):
        # What comes back from a file is arrays.
        for name, kind in (("weight", float), ("n_features", int), ("one_target", bool), ("eps", float)):
            object.__setattr__(self, name, kind(getattr(self, name)))
        object.__setattr__(self, "feature_names", tuple(map(str, self.feature_names)))
        for name in ("origin", "offset", "scatter"):
            array = np.asarray(getattr(self, name)).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def mean(self) -> np.ndarray:
        """Mean of the rows, of shape (n_features + n_targets,)."""
        return self.origin + self.offset

    @classmethod
    def of(cls, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "Moments":
        """Return the moments of some rows, which are read once, in blocks.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features, never made dense as a whole. float32 is multiplied in float32, other numbers in float64;
            the sums are float64. The blocks of a Dask array or data frame are read where they are.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows; None is 1 for each.

        Returns
        -------
        moments : Moments

        Raises
        ------
        ValueError, TypeError
            If the data are not as described, hold NaN or infinity, all weights are zero, or the squares overflow.
        """
        reader = reader_for("Moments")
        if is_dask(X, y, sample_weight):
            from sklearn_gd._data.dask import Blocks

            return Blocks.of(reader, X, y, sample_weight, reset=True).moments()
        arrays = check_data(reader, X, y, sample_weight, reset=True)
        with naming(reader, arrays[0]):
            return cls.of_arrays(*arrays, feature_names=feature_names(reader))

    @classmethod
    def of_batches(cls, batches: Iterable[tuple]) -> "Moments":
        """Return the moments of all rows of some batches, of which only one is in memory at a time.

        Parameters
        ----------
        batches : iterable of (X, y) or (X, y, sample_weight)
            The batches, each as in `of`, with the same features and targets; a generator will do.

        Returns
        -------
        moments : Moments

        Raises
        ------
        ValueError, TypeError
            As in `of`, with the number of the batch, which counts from 0; if the batches differ in their features or
            targets; and if there are none.
        """
        total = None
        for number, batch in enumerate(batches):
            try:
                moments = cls.of(*batch)
                total = moments if total is None else total + moments
            except (TypeError, ValueError) as error:
                raise type(error)(f"Batch {number}: {error}") from error
        if total is None:
            raise ValueError("There are no batches, and so no rows.")
        return total

    @classmethod
    def of_arrays(
        cls,
        X,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        **options,
    ) -> "Moments":
        """Return the moments of arrays that are checked already, but for NaN and infinity in a dense `X`.

        The weights may all be zero here. The options are those of `of_cells`.
        """
        return cls.of_cells(X, y, sample_weight, None, 1, **options)[0]

    @classmethod
    @_QUIET
    def of_cells(
        cls,
        X,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        cells: np.ndarray | None,
        n_cells: int,
        *,
        feature_names: tuple[str, ...] = (),
        n_jobs: int | None = None,
        track: Callable[[Iterable, int], Iterable] | None = None,
    ) -> list["Moments"]:
        """Return the moments of each cell of rows, as `of_arrays` does, reading them all once.

        Parameters
        ----------
        cells : ndarray of shape (n_samples,) or None
            The number of each row's cell, below `n_cells`; None where there is but one.
        feature_names : tuple of str
            The features' names; empty if they have none.
        n_jobs : int or None
            The threads that read large dense data; None is the number that BLAS would use.
        track : callable or None
            Called with an iterable of what is made of chunks of rows, one after the other, and with their number;
            returns the same iterable, whose progress it sees.
        """
        Y = y[:, None] if y.ndim == 1 else y
        in_series = sp.issparse(X) or is_foreign(X)
        of_rows = _of_sparse if sp.issparse(X) else _of_foreign if in_series else _of_dense

        @_QUIET
        def chunk_moments(chunk: slice) -> list[Moments]:
            rows_of_cells = [chunk] if cells is None else _rows_of_cells(cells, n_cells, chunk)
            return [of_rows(X, Y, sample_weight, rows) for rows in rows_of_cells]

        chunks, track = _chunks(X, Y), track or (lambda made, n_chunks: made)
        if in_series or len(chunks) == 1:
            of_chunks = list(track(map(chunk_moments, chunks), len(chunks)))
        else:
            with SINGLE_THREADED as n_blas_threads:
                n_threads = effective_n_jobs(n_blas_threads if n_jobs is None else n_jobs)
                with ThreadPoolExecutor(n_threads) as executor:
                    of_chunks = list(track(executor.map(chunk_moments, chunks), len(chunks)))
        of_cells = [reduce(add, of_chunk) for of_chunk in zip(*of_chunks, strict=True)]
        if not all(np.isfinite(moments.scatter).all() for moments in of_cells):
            assert_all_finite(X, input_name="X")
            raise ValueError(OVERFLOW)
        return [replace(moments, one_target=y.ndim == 1, feature_names=feature_names) for moments in of_cells]

    @_QUIET
    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of the rows of both, which must have the same features and targets."""
        if not isinstance(other, Moments):
            return NotImplemented
        if self._columns != other._columns:
            raise ValueError(f"Moments of {self._columns} can't be added to moments of {other._columns}.")
        names = self.feature_names or other.feature_names
        if names != (other.feature_names or names):
            raise ValueError(
                f"The features of the moments have other names: {', '.join(self.feature_names)} and "
                f"{', '.join(other.feature_names)}; they must be the same, in the same order."
            )
        if other.weight == 0.0:
            return self
        if self.weight == 0.0:
            return other
        weight = self.weight + other.weight
        delta = (other.origin - self.origin) + (other.offset - self.offset)
        half_way = delta * np.sqrt(self.weight / weight * other.weight)
        scatter = np.outer(half_way, half_way)
        scatter += self.scatter
        scatter += other.scatter
        return replace(
            self,
            feature_names=names,
            weight=weight,
            offset=self.offset + delta * (other.weight / weight),
            scatter=scatter,
            eps=max(self.eps, other.eps),
        )

    @property
    def _columns(self) -> str:
        n_targets = "one target" if self.one_target else f"{len(self.origin) - self.n_features} columns of targets"
        return f"{self.n_features} features and {n_targets}"

    def __sizeof__(self) -> int:
        """Return the bytes of memory, those of the arrays included, by which Dask plans what it moves and keeps."""
        return object.__sizeof__(self) + self.origin.nbytes + self.offset.nbytes + self.scatter.nbytes

    def __repr__(self) -> str:
        return f"Moments({self._columns}, weight={self.weight:g})"

    def scaling(self) -> Scaling:
        """Return the map that standardises the features."""
        features = slice(self.n_features)
        variance = np.diagonal(self.scatter)[features] / self.weight
        return Scaling.of(self.origin[features], self.offset[features], variance, self.eps)

    def squares_and_means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features' mean squares and means."""
        mean = self.mean[: self.n_features]
        return np.diagonal(self.scatter)[: self.n_features] / self.weight + mean**2, mean


def _chunks(X, y: np.ndarray) -> list[slice]:
    n_samples = X.shape[0]
    if sp.issparse(X):
        # A chunk is copied, which matters where it is larger than the matrix of its moments.
        n_chunks, smallest = min(_N_CHUNKS, max(X.nnz // X.shape[1] ** 2, 1)), 1
    else:
        # Fresh memory is slow: a chunk should have more blocks than the matrices that it needs.
        n_chunks, smallest = _N_CHUNKS, 4 * _block_size(X.shape[1] + y.shape[1] + 1)
    while n_chunks > 1 and n_samples < n_chunks * smallest:
        n_chunks //= 2
    edges = [n_samples * chunk // n_chunks for chunk in range(n_chunks + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _block_size(n_columns: int) -> int:
    """Return the rows of a block: about 1 MiB, for a core's cache, but enough for the product to outweigh the sum."""
    return max(2**17 // n_columns, 1024, n_columns)


def _rows_of_cells(cells: np.ndarray, n_cells: int, chunk: slice) -> list[slice | np.ndarray]:
    """Return the rows of each cell in a chunk: their numbers, or a slice where they are consecutive."""
    in_chunk = cells[chunk]
    order = np.argsort(in_chunk, kind="stable") + chunk.start
    edges = [0, *np.cumsum(np.bincount(in_chunk, minlength=n_cells)).tolist()]
    pieces = [order[start:stop] for start, stop in itertools.pairwise(edges)]
    return [
        slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) and rows[-1] - rows[0] + 1 == len(rows) else rows
        for rows in pieces
    ]


def _of_dense(X: np.ndarray, y: np.ndarray, w: np.ndarray | None, rows: slice | np.ndarray) -> Moments:
    """Sum the products of the rows ``(x, y, 1)``, of `x` and `y` about an origin.

    The origin is the mean of a sample of ``b`` of the ``m`` rows, so it is off by at most ``sqrt(m / b)`` times the
    spread: even then centring the sum costs at most a factor ``m / b`` of the precision.
    """
    n, n_columns = X.shape[1], X.shape[1] + y.shape[1]
    y, w = y[rows], None if w is None else w[rows]
    m = len(y)
    if m == 0 or (w is not None and not w.any()):
        return _nothing(n, n_columns)
    if isinstance(rows, slice):
        X, rows = X[rows], None  # a view; other rows are fetched a block at a time

    def fetch(some: slice | np.ndarray) -> np.ndarray:
        return X[some] if rows is None else X[rows[some]]

    dtype = np.float32 if X.dtype == np.float32 else np.float64
    step = -(-m // _SAMPLE_SIZE)
    sample = slice(None, None, step) if w is None else np.flatnonzero(w)[::step]
    origin = np.concatenate([Z.mean(axis=0, dtype=np.float64) for Z in (fetch(sample), y[sample])]).astype(dtype)

    products = np.zeros((n_columns + 1, n_columns + 1))
    block_products = np.empty_like(products, dtype=dtype)
    n_blocks = -(-m // _block_size(n_columns + 1))
    edges = [m * block // n_blocks for block in range(n_blocks + 1)]
    buffer = np.ones((-(-m // n_blocks), n_columns + 1), dtype=dtype)
    for block in map(slice, edges[:-1], edges[1:]):
        Z = buffer[: block.stop - block.start]
        np.subtract(fetch(block), origin[:n], out=Z[:, :n], casting="same_kind")
        np.subtract(y[block], origin[n:], out=Z[:, n:-1], casting="same_kind")
        if w is not None:
            Z[:, -1] = np.sqrt(w[block])
            Z[:, :-1] *= Z[:, -1:]
        np.matmul(Z.T, Z, out=block_products)
        products += block_products

    return _about_origin(products, origin.astype(np.float64), n, float(np.finfo(dtype).eps))


def _of_foreign(X, y, w, rows: slice | np.ndarray) -> Moments:
    """Do what `_of_dense` does, for arrays of another namespace."""
    n, made = X.shape[1], products_there(X, y, w, rows)
    if made is None:
        return _nothing(n, n + y.shape[1])
    products, origin, eps = made
    return _about_origin(products, origin, n, eps)


def _about_origin(products: np.ndarray, origin: np.ndarray, n_features: int, eps: float) -> Moments:
    """Return the moments of rows ``(x, y)`` from the products of ``(x, y, 1)`` about an origin, which are used up."""
    weight = float(products[-1, -1])
    offset = products[-1, :-1] / weight
    root = np.sqrt(weight) * offset
    scatter = products[:-1, :-1]
    scatter -= np.outer(root, root)
    return Moments(weight, origin, offset, scatter, n_features, eps=eps)


def _of_sparse(X, y: np.ndarray, w: np.ndarray | None, rows: slice | np.ndarray) -> Moments:
    """Centre the columns without a zero in place and the others by subtraction.

    A column with a zero among its ``m`` rows has a mean of at most ``sqrt(m)`` times its spread,
    so the subtraction ``X'X - m * mean mean'`` loses at most a factor ``m`` of the precision;
    a column without any zero is centred like a dense one, and stays as sparse as it was.
    """
    X, y, w = X[rows], y[rows], None if w is None else w[rows]
    if w is not None:
        X, y, w = X[w > 0.0], y[w > 0.0], w[w > 0.0]
    if X.shape[0] == 0:
        return _nothing(X.shape[1], X.shape[1] + y.shape[1])
    w = np.ones(X.shape[0]) if w is None else w
    weight = float(w.sum())
    X = sp.csc_array(X, dtype=np.float64, copy=True)
    X.sum_duplicates()
    stored = np.diff(X.indptr)
    X_origin = np.where(stored == X.shape[0], w @ X / weight, 0.0)
    X.data -= np.repeat(X_origin, stored)
    X_offset = w @ X / weight
    y_origin = w @ y / weight
    y = y - y_origin
    y_offset = w @ y / weight
    y -= y_offset

    root = np.sqrt(w)
    X.data *= root[X.indices]
    y *= root[:, np.newaxis]
    XX = (X.T @ X).toarray() - weight * np.outer(X_offset, X_offset)
    Xy = X.T @ y
    return Moments(
        weight,
        np.concatenate([X_origin, y_origin]),
        np.concatenate([X_offset, y_offset]),
        np.block([[XX, Xy], [Xy.T, y.T @ y]]),
        X.shape[1],
    )


def _nothing(n_features: int, n_columns: int) -> Moments:
    return Moments(0.0, np.zeros(n_columns), np.zeros(n_columns), np.zeros((n_columns, n_columns)), n_features)
