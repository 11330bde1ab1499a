"""The second-order moments of the data: all that least squares needs to know of them."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from operator import add

import numpy as np
import scipy.sparse as sp
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.utils import assert_all_finite

from sklearn_gd._data.arrays import has_float64, is_foreign, is_narrow
from sklearn_gd._data.blocks import Blocks
from sklearn_gd._data.dense import DenseRows
from sklearn_gd._data.foreign import ForeignRows
from sklearn_gd._data.precision import is_rough
from sklearn_gd._data.reading import Sums, chunks_of, read, rows_of_cells
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.sparse import read_sparse
from sklearn_gd._data.threads import SINGLE_THREADED
from sklearn_gd._data.units import (
    OVERFLOW,
    canonical,
    check_not_too_large,
    check_not_too_small,
    diagonal_of,
    exponents_of,
    is_constant,
    rescaled,
)
from sklearn_gd._data.validation import check_data, feature_names, is_dask, naming, reader_for

# What overflows is refused as a whole; NumPy's settings are those of a thread.
# BLAS has no threads for matrices up to this size.
_FEW_FEATURES = 64
_QUIET = np.errstate(over="ignore", invalid="ignore")
# Two means are this many powers of two apart at most where the square of the distance is a number like others.
_NEAR = 400
# The exponent of a unit that there is not, below all others.
_NONE = -(10**6)


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Weight, mean and centred scatter of the rows ``z = (x, y)``.

    ``weight = sum w``; ``mean = sum w z / weight``; ``scatter = sum w (z - mean)(z - mean)'``

    The mean is the unevaluated sum ``origin + offset``.
    The origin is close to the data, so the offset and all differences of means are small and keep the digits
    that a mean of 1e8 times the spread would lose in one number.
    The scatter is kept in three parts, without the products of different targets, which least squares does not need:
    memory grows as ``n_features**2 + n_features * n_targets``.
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
    scatter_x : ndarray of shape (n_features, n_features)
        The centred scatter of the features, symmetric to the last bit.
    scatter_xy : ndarray of shape (n_features, n_targets)
        That of the features with the targets.
    scatter_y : ndarray of shape (n_targets,)
        That of each target with itself.
    unit : ndarray of shape (n_features + n_targets,) or (0,)
        Empty, but where the squares of a column would leave float64's range. Then powers of two, the units of the
        columns in the scatters: an entry stands for itself times the units of its row and of its column.
    one_target : bool
        Whether the targets are a vector, and not a matrix with a column for each.
    feature_names : tuple of str
        The features' names; empty if they have none.
    eps : float
        The relative rounding of the products in the scatter: float32's if any rows were multiplied in float32.
    dtype : {"float32", "float64"}
        The narrower one if all features were float32.

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
    scatter_x: np.ndarray
    scatter_xy: np.ndarray
    scatter_y: np.ndarray
    unit: np.ndarray
    one_target: bool = True
    feature_names: tuple[str, ...] = ()
    eps: float = float(np.finfo(np.float64).eps)
    dtype: str = "float64"

    def __post_init__(self):
        # What comes back from a file is arrays.
        for name, kind in (("weight", float), ("one_target", bool), ("eps", float), ("dtype", str)):
            object.__setattr__(self, name, kind(getattr(self, name)))
        object.__setattr__(self, "feature_names", tuple(map(str, self.feature_names)))
        for name in ("origin", "offset", "scatter_x", "scatter_xy", "scatter_y", "unit"):
            array = np.asarray(getattr(self, name)).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_features(self) -> int:
        """The number of features."""
        return len(self.scatter_x)

    @property
    def mean(self) -> np.ndarray:
        """Mean of the rows, of shape (n_features + n_targets,)."""
        return self.origin + self.offset

    @property
    def scatter(self) -> np.ndarray:
        """The three parts of the scatter in one, ``(n_features + n_targets)**2`` numbers: NaN between two targets."""
        n, n_columns = self.n_features, len(self.origin)
        scatter = np.full((n_columns, n_columns), np.nan)
        scatter[:n, :n], scatter[:n, n:], scatter[n:, :n] = self.scatter_x, self.scatter_xy, self.scatter_xy.T
        np.fill_diagonal(scatter[n:, n:], self.scatter_y)
        if self.unit.size:
            scatter = scatter * self.unit * self.unit[:, np.newaxis]
        scatter.flags.writeable = False
        return scatter

    @classmethod
    def of(cls, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "Moments":
        """Return the moments of some rows, which are read once, in blocks.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features, never made dense as a whole. float32 is multiplied in float32, other numbers in float64;
            the sums are float64. Where columns depend on others so nearly that the rounding of float32 could change a
            verdict on a fit, they are read once more, in float64.
            The blocks of a Dask array or data frame are read where they are.
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
            If the data are not as described, hold NaN or infinity, or all weights are zero.
        """
        reader = reader_for("Moments")
        if is_dask(X, y, sample_weight):
            return cls.of_blocks(Blocks.of(reader, X, y, sample_weight))
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
        cls, X, y: np.ndarray, sample_weight: np.ndarray | None = None, *, earlier: "Moments | None" = None, **options
    ) -> "Moments":
        """Return the moments of arrays that are checked already, but for NaN and infinity in a dense `X`.

        The weights may all be zero here. The options are those of `of_cells`; `earlier` moments are added.
        Where float32 is too rough, the rows are read twice.
        """

        def read(**exact) -> Moments:
            (moments,) = cls.of_cells(X, y, sample_weight, None, 1, **options, **exact)
            return moments if earlier is None else earlier + moments

        moments = read()
        if is_narrow(X) and not sp.issparse(X) and has_float64(X) and moments.is_narrow and moments.is_rough:
            moments = read(exact=True)
        return moments

    @classmethod
    def of_blocks(
        cls,
        blocks: Blocks,
        *,
        earlier: "Moments | None" = None,
        standardize: bool = True,
        track: Callable[[Iterable, int], Iterable] | None = None,
    ) -> "Moments":
        """Return the moments of the rows of Dask collections, in the same way.

        Unless they will be standardised, no block may hold features of any scale.
        """

        def read(track: Callable | None = None, **exact) -> Moments:
            known = {"feature_names": feature_names(blocks.reader), "standardize": standardize}
            moments = blocks.sum(partial(cells_of_block, **known, **exact), track=track)[0]
            return moments if earlier is None else earlier + moments

        moments = read(track)
        is_exact = blocks.dtype is not np.float32 or not (moments.is_narrow and moments.is_rough)
        return moments if is_exact else read(exact=True)

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
        exact: bool = False,
    ) -> list["Moments"]:
        """Return the moments of each cell of rows, reading them all once.

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
        exact : bool
            Whether float32 is multiplied in float64.
        """
        Y = y[:, None] if y.ndim == 1 else y
        in_series = sp.issparse(X) or is_foreign(X)
        kind = {"one_target": y.ndim == 1, "feature_names": feature_names}
        kind["dtype"] = "float32" if is_narrow(X) else "float64"

        def of_rows(rows: slice | np.ndarray) -> Moments:
            if sp.issparse(X):
                sums = read_sparse(X, Y, sample_weight, rows)
            else:
                kind_of_rows = ForeignRows if is_foreign(X) else DenseRows
                some = kind_of_rows.of(X, Y, sample_weight, rows, exact=exact)
                sums = some and read(some)
            return cls._of_sums(sums, **kind) if sums else cls._nothing(X.shape[1], Y.shape[1], **kind)

        @_QUIET
        def chunk_moments(chunk: slice) -> list[Moments]:
            return [of_rows(rows) for rows in ([chunk] if cells is None else rows_of_cells(cells, n_cells, chunk))]

        chunks, track = chunks_of(X, Y.shape[1]), track or (lambda made, n_chunks: made)
        if in_series or len(chunks) == 1:
            of_chunks = list(track(map(chunk_moments, chunks), len(chunks)))
        else:
            with SINGLE_THREADED as n_blas_threads:
                n_threads = effective_n_jobs(n_blas_threads if n_jobs is None else n_jobs)
                with ThreadPoolExecutor(n_threads) as executor:
                    of_chunks = list(track(executor.map(chunk_moments, chunks), len(chunks)))
        of_cells = [reduce(add, of_chunk) for of_chunk in zip(*of_chunks, strict=True)]
        if not all(moments.is_finite for moments in of_cells):
            assert_all_finite(X, input_name="X")
            raise ValueError(OVERFLOW)
        return of_cells

    @classmethod
    def _of_sums(cls, sums: Sums, **kind) -> "Moments":
        scatter, unit = canonical(sums.scatter, sums.exponents)
        return cls(sums.weight, sums.origin, sums.offset, *scatter, unit, eps=sums.eps, **kind)

    @classmethod
    def _nothing(cls, n: int, k: int, **kind) -> "Moments":
        none = np.zeros(n + k)
        return cls(0.0, none, none, np.zeros((n, n)), np.zeros((n, k)), none[n:], np.empty(0), **kind)

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
        share = other.weight / weight
        delta = (other.origin - self.origin) + (other.offset - self.offset)
        scatter, unit = _merged(self, other, delta, self.weight * share)
        return Moments(
            weight,
            self.origin,
            self.offset + delta * share,
            *scatter,
            unit,
            self.one_target,
            names,
            max(self.eps, other.eps),
            "float32" if self.dtype == other.dtype == "float32" else "float64",
        )

    @property
    def _columns(self) -> str:
        n_targets = "one target" if self.one_target else f"{len(self.scatter_y)} columns of targets"
        return f"{self.n_features} features and {n_targets}"

    def __sizeof__(self) -> int:
        """Return the bytes of memory, those of the arrays included, by which Dask plans what it moves and keeps."""
        arrays = (part.nbytes for part in vars(self).values() if isinstance(part, np.ndarray))
        return object.__sizeof__(self) + sum(arrays)

    def __repr__(self) -> str:
        return f"Moments({self._columns}, weight={self.weight:g})"

    @property
    def is_finite(self) -> bool:
        """Whether all numbers are finite."""
        # A product is finite where the squares are.
        return bool(np.isfinite(diagonal_of(self._scatters)).all() and np.isfinite(self.offset).all())

    @property
    def is_narrow(self) -> bool:
        """Whether rows were multiplied in float32."""
        return self.eps > np.finfo(np.float64).eps

    @property
    def is_rough(self) -> bool:
        """Whether the rounding of the products could change what is said of a fit."""
        if self.n_features <= _FEW_FEATURES:
            return self.weight > 0.0 and is_rough(self)
        with SINGLE_THREADED:  # the threads of BLAS go on spinning, where the next rows want to be read
            return self.weight > 0.0 and is_rough(self)

    @property
    def exponents(self) -> np.ndarray:
        """The exponents of the units, of shape (n_features + n_targets,)."""
        return exponents_of(self.unit) - 1 if self.unit.size else np.zeros(len(self.origin), dtype=np.intc)

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviations of the columns, with ``1 / weight``, of shape (n_features + n_targets,)."""
        squares = np.maximum(diagonal_of(self._scatters), 0.0)
        if not self.unit.size:
            return np.sqrt(squares / self.weight)
        weight, half = _root_unit(self.weight)
        return np.ldexp(np.sqrt(squares / weight), self.exponents - half)

    def covariances(self, *, about_zero: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the covariance of the features, that with the targets, and the targets' variances.

        Raises ValueError where the squares of columns, about their mean or about zero, leave float64's range.
        """
        n, deviation, mean = self.n_features, self.deviations, np.abs(self.mean)
        sizes = np.maximum(deviation, mean)
        check_not_too_large(sizes)
        constant = is_constant(deviation, mean, self.eps)
        check_not_too_small(sizes[:n] if about_zero else np.where(constant, 0.0, deviation)[:n], sizes[n:])
        if not self.unit.size:
            return tuple(part / self.weight for part in self._scatters)
        weight, half = _root_unit(self.weight)
        return rescaled(tuple(part / weight for part in self._scatters), self.exponents - half)

    def check_not_too_large(self) -> None:
        """Raise ValueError if the squares of columns overflow, if they are not standardised."""
        if self.weight > 0.0:
            check_not_too_large(np.maximum(self.deviations, np.abs(self.mean)))

    @property
    def _scatters(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.scatter_x, self.scatter_xy, self.scatter_y

    def scaling(self) -> Scaling:
        """Return the map that standardises the features."""
        features = slice(self.n_features)
        return Scaling.of(self.origin[features], self.offset[features], self.deviations[features], self.eps)

    def squares_and_means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features' mean squares and means."""
        mean = self.mean[: self.n_features]
        return self.deviations[: self.n_features] ** 2 + mean**2, mean


def _root_unit(weight: float) -> tuple[float, int]:
    """Return a weight divided by a power of four, where it is beyond ordinary numbers, and that of two."""
    half = int(exponents_of(weight, _NEAR)) // 2
    return float(np.ldexp(weight, -2 * half)), half


def _merged(one: Moments, other: Moments, delta: np.ndarray, weight: float) -> tuple[tuple, np.ndarray]:
    """Return the scatter of the rows of both, and its unit; the means differ by `delta`, and `weight` is their share.

    ``scatter = scatter_1 + scatter_2 + weight * delta delta'``
    """
    parts, exponents = (one._scatters, other._scatters), None
    if one.unit.size or other.unit.size or exponents_of(weight, _NEAR) or exponents_of(delta, _NEAR).any():
        # The largest of three units: those of both, and the size of what comes between them.
        weight, half = _root_unit(weight)
        units = one.exponents, other.exponents
        sizes = [np.where(diagonal_of(part) > 0.0, unit, _NONE) for part, unit in zip(parts, units, strict=True)]
        exponents = np.max([*sizes, np.where(delta != 0.0, exponents_of(delta) + half, _NONE)], axis=0)
        exponents = np.where(exponents > _NONE, exponents, 0)
        parts = [rescaled(part, unit - exponents) for part, unit in zip(parts, units, strict=True)]
        delta = np.ldexp(delta, half - exponents)
    x, y = delta[: one.n_features], delta[one.n_features :]
    between = np.outer(x, x), np.outer(x, y), y**2
    for part, first, second in zip(between, *parts, strict=True):
        part *= weight
        part += first
        part += second
    return (between, one.unit) if exponents is None else canonical(between, exponents)


def cells_of_block(
    X, y, w, cells=None, first: int = 0, n_cells: int = 1, *, standardize: bool, **options
) -> dict[int, Moments]:
    """Return the moments of the cells of a block of rows, by their numbers, of which `first` is the first."""
    of_cells = Moments.of_cells(X, y, w, cells, n_cells, n_jobs=1, **options)
    if not standardize:
        for moments in of_cells:
            moments.check_not_too_large()
    return dict(enumerate(of_cells, start=first))
