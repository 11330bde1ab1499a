"""The second-order moments of the data, which are all that least squares needs to know about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import Any, ClassVar, overload

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from sklearn_gd._data.algebra import centred, columns_in_words, minus, plus, times
from sklearn_gd._data.arrays import has_float64, is_narrow
from sklearn_gd._data.batches import columns_of_frame, dtype_of, frames_of, together
from sklearn_gd._data.blocks import Blocks
from sklearn_gd._data.cells import moments_of_cells
from sklearn_gd._data.choosing import chosen
from sklearn_gd._data.columns import sums_of_columns
from sklearn_gd._data.linear import errors_and_variances, linear_model
from sklearn_gd._data.packed import squares_of, unpack, whole
from sklearn_gd._data.precision import is_rough
from sklearn_gd._data.rounding import EPS, Centre, check_is_scatter, may_vary
from sklearn_gd._data.scaling import Scaling
from sklearn_gd._data.scores import Scoring, score_named
from sklearn_gd._data.stored import VERSION, restored
from sklearn_gd._data.units import check_not_too_large, check_squares, exponents_of, rescaled, root_unit
from sklearn_gd._data.validation import check_data, feature_names, is_dask, naming, reader_for
from sklearn_gd._typing import LinearModel, Matrix, Track


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """The total weight, the mean and the centred scatter matrix of rows ``z = (x, y)``.

    ``weight = sum w``; ``mean = sum w z / weight``; ``scatter = sum w (z - mean)(z - mean)'``

    Moments are additive: to rounding, they do not depend on how the rows are divided among days, files, or sites that
    may not share their rows. `GDLinearRegressor.fit_moments` fits a model from moments as `fit` does from the rows.
    Moments are immutable. Store them with pickle, or with ``numpy.savez(file, **vars(moments))`` and
    ``Moments(**numpy.load(file))``.

    ``a + b`` contains the rows of both, and ``sum(days)`` those of a list. ``a - b`` removes the rows of `b`, which
    must be among those of `a`: a window moves by ``window + new - old``.
    ``factor * a`` multiplies the weights. With ``moments = 0.99 * moments + Moments.of(X, y)`` once a day, old rows
    fade to half their weight in ``log(0.5) / log(factor)`` days, which is 69 for 0.99.
    A difference ``a - b`` keeps the rounding error of `a`. This does not matter if about as many rows stay as leave,
    however often a window moves. Compute a window again from its rows if the rows that leave vary a thousand times as
    much as those that stay, or are a million times as many: half of the digits are then lost, as `eps` shows.

    The mean is the unevaluated sum ``origin + offset``. The origin is close to the data, so the offset and all
    differences of means are small, and keep the digits that a mean of 1e8 times the spread would lose in a single
    number.
    The scatter is stored in three parts, without the products of different targets, which least squares does not need:
    memory grows as ``n_features**2 + n_features * n_targets``.

    Attributes
    ----------
    weight : float
        The sum of the weights; without weights, the number of rows.
    origin, offset : ndarray of shape (n_features + n_targets,)
        The mean of the rows, in two parts.
    scatter_x : ndarray of shape (n_features, n_features)
        The centred scatter of the features, symmetric to the last bit.
    scatter_xy : ndarray of shape (n_features, n_targets)
        The centred scatter of the features with the targets.
    scatter_y : ndarray of shape (n_targets,)
        The centred scatter of each target with itself.
    unit : ndarray of shape (n_features + n_targets,) or (0,)
        Empty unless the squares of a column would overflow or underflow float64. Then the units of the columns in the
        scatter, which are powers of two: the value of an entry is the stored number times the units of its row and of
        its column.
    one_target : bool
        Whether the target is a vector rather than a matrix with one column per target.
    feature_names : tuple of str
        The names of the features; empty if they have none.
    eps : float
        The relative rounding error of the scatter: that of float32 if any rows were multiplied in float32. After a
        subtraction, the largest possible error in the scatter of any column, relative to that scatter; at least
        float32's if the variation left in a column may be smaller than that error.
    dtype : {"float32", "float64"}
        ``"float32"`` if all features were float32.
    rounding : ndarray of shape (n_features + n_targets,) or (0,)
        Empty until rows are subtracted. Then the possible error in the scatter of each column with itself.
    version : int
        The version of these attributes. Moments stored with a different version cannot be read.

    Notes
    -----
    Moments are merged by equation 1.5 of Chan, Golub and LeVeque,
    "Algorithms for Computing the Sample Variance: Analysis and Recommendations", 1983.

    Examples
    --------
    >>> from sklearn_gd import GDLinearRegressor, Moments
    >>> monday = Moments.of([[1.0], [2.0]], [3.0, 5.0])
    >>> tuesday = Moments.of([[3.0], [4.0]], [7.0, 9.0])
    >>> monday + tuesday
    Moments(one feature and one target, weight=4)
    >>> model = GDLinearRegressor(alpha=0.1, max_iter=5000, tol=1e-9)
    >>> model = model.fit_moments(monday + tuesday)
    >>> model.coef_.round(4), model.intercept_.round(4)  # 1 + 2 x
    (array([2.]), np.float64(1.0))
    >>> (monday + tuesday - monday).mean
    array([3.5, 8. ])
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
    rounding: np.ndarray = field(default_factory=partial(np.empty, 0))
    version: int = 0

    # NumPy's numbers leave products with moments to the methods below.
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        vars(self).update(restored(vars(self)))

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(restored(state))

    @property
    def packed(self) -> np.ndarray:
        """The three parts of the scatter in one array, of which they are views."""
        return self.scatter_y.base

    @property
    def n_features(self) -> int:
        """The number of features."""
        return len(self.scatter_x)

    @property
    def shape_of_targets(self) -> tuple[int, ...]:
        """The shape of the targets of a row."""
        return () if self.one_target else self.scatter_y.shape

    @property
    def mean(self) -> np.ndarray:
        """The mean of the rows, of shape (n_features + n_targets,)."""
        return self.origin + self.offset

    @property
    def scatter(self) -> np.ndarray:
        """The whole scatter matrix, ``(n_features + n_targets)**2`` numbers; NaN between different targets."""
        scatter = whole(self.packed, self.n_features)
        if self.unit.size:
            scatter *= self.unit
            scatter *= self.unit[:, np.newaxis]
        scatter.flags.writeable = False
        return scatter

    @classmethod
    def of(cls, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> "Moments":
        """Return the moments of rows, which are read once, in blocks.

        Parameters
        ----------
        X : {array-like, sparse array, sparse matrix, Dask collection} of shape (n_samples, n_features)
            The features, never made dense as a whole. float32 is multiplied in float32, other numbers in float64;
            the sums are float64. If columns are so nearly dependent that the rounding of float32 could change the
            verdict on a fit, the rows are read once more, in float64.
            The blocks of a Dask array or data frame are read where they are stored.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows. If None, every row has weight 1.

        Returns
        -------
        moments : Moments

        Raises
        ------
        ValueError, TypeError
            If the data are invalid, contain NaN or infinity, or all weights are zero.
        """
        reader = reader_for("Moments")
        if is_dask(X, y, sample_weight):
            return cls.of_blocks(Blocks.of(reader, X, y, sample_weight))
        arrays = check_data(reader, X, y, sample_weight, reset=True)
        with naming(reader, arrays[0]):
            return cls.of_arrays(*arrays, feature_names=feature_names(reader))

    @overload
    @classmethod
    def of_batches(
        cls,
        batches: Iterable[tuple[Matrix, ArrayLike] | tuple[Matrix, ArrayLike, ArrayLike | None]],
        *,
        target: None = None,
        sample_weight: None = None,
    ) -> "Moments": ...

    @overload
    @classmethod
    def of_batches(
        cls, batches: object, *, target: str | Sequence[str], sample_weight: str | None = None
    ) -> "Moments": ...

    @classmethod
    def of_batches(
        cls, batches: Any, *, target: str | Sequence[str] | None = None, sample_weight: str | None = None
    ) -> "Moments":
        """Return the moments of all rows in an iterable of batches, with only one batch in memory at a time.

        Parameters
        ----------
        batches : iterable of (X, y), of (X, y, sample_weight), or of frames
            The batches, each as in `of`, with the same features and targets; a generator is allowed. With a `target`,
            record batches, tables or data frames with named columns, such as an Arrow reader, a dataset of Parquet
            files, a DuckDB relation, a polars stream, or a single frame.
        target : str, sequence of str or None, default=None
            The name of the target column, or a sequence of names for several targets. All columns other than the
            targets and the weights are features.
        sample_weight : str or None, default=None
            The name of the column with the weights. Only used with `target`.

        Returns
        -------
        moments : Moments

        Raises
        ------
        ValueError, TypeError
            As in `of`, with the number of the batch, counted from 0; if the batches differ in their features or
            targets; if a column is missing or not numeric; and if there are no batches.
        """
        if target is None and sample_weight is not None:
            raise ValueError("sample_weight, the name of a column, is only used with target; set target too.")
        total = None
        for number, batch in enumerate(batches if target is None else frames_of(batches)):
            try:
                if target is None:
                    moments = cls.of(*batch)
                else:
                    names = total and total.feature_names
                    moments = cls._of_frame(*columns_of_frame(batch, target, sample_weight, names), target)
                total = moments if total is None else total + moments
            except (TypeError, ValueError) as error:
                raise type(error)(f"Batch {number}: {error}") from error
        if total is None:
            raise ValueError("There are no batches, and therefore no rows.")
        return total

    @classmethod
    def _of_frame(cls, names: tuple[str, ...], X, y, w: np.ndarray | None, target: str | Sequence[str]) -> "Moments":
        """Return the moments of the rows of a frame, or of its columns."""
        if isinstance(X, list):
            if sums := sums_of_columns(X, y, w):
                return cls.of_sums_about(*sums, len(X), isinstance(target, str), names, dtype_of(X))
            X = together(X, names)
            y = together(y, [target])[:, 0] if isinstance(target, str) else together(y, target)
        return cls.of(X, y, w)._with({"feature_names": names})

    @classmethod
    def of_arrays(
        cls,
        X: Matrix,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        *,
        earlier: "Moments | None" = None,
        feature_names: tuple[str, ...] = (),
        n_jobs: int | None = None,
        track: Track | None = None,
    ) -> "Moments":
        """Return the moments of arrays that have been checked, except for NaN and infinity in a dense `X`.

        The weights may all be zero here. The options are those of `of_cells`; `earlier` moments are added.
        If float32 is too rough, the rows are read a second time.
        """

        def read(**exact) -> Moments:
            (moments,) = cls.of_cells(
                X, y, sample_weight, None, 1, feature_names=feature_names, n_jobs=n_jobs, track=track, **exact
            )
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
        track: Track | None = None,
    ) -> "Moments":
        """Return the moments of the rows of Dask collections, in the same way.

        Unless the features will be standardised, they must have a scale that can be squared in every block.
        """

        def read(track: Track | None = None, **exact) -> Moments:
            known = {"feature_names": feature_names(blocks.reader), "standardize": standardize}
            moments = blocks.sum(partial(cells_of_block, **known, **exact), track=track)[0]
            return moments if earlier is None else earlier + moments

        moments = read(track)
        is_exact = blocks.dtype is not np.float32 or not (moments.is_narrow and moments.is_rough)
        return moments if is_exact else read(exact=True)

    @classmethod
    def of_cells(
        cls,
        X: Matrix,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        cells: np.ndarray | None,
        n_cells: int,
        **options: Any,
    ) -> list["Moments"]:
        """Return the moments of each cell of rows; the parameters are those of `moments_of_cells`."""
        return moments_of_cells(cls._of, X, y, sample_weight, cells, n_cells, **options)

    @classmethod
    def of_sums_about(
        cls, origin: np.ndarray, sums: np.ndarray, n: int, one_target: bool, feature_names: tuple[str, ...], dtype: str
    ) -> "Moments":
        """Return the moments given by sums of products of rows ``(x, 1, y)`` about an origin, with `n` features."""
        kind = {"one_target": one_target, "feature_names": feature_names, "dtype": dtype}
        return cls._of(centred(origin, sums, n) | kind | {"eps": EPS, "version": VERSION})

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of the rows of both operands, which must have the same features and targets."""
        return self._with(plus(self, other)) if isinstance(other, Moments) else NotImplemented

    def __radd__(self, other: int) -> "Moments":
        """Return these moments for ``0 + moments``, with which `sum` begins."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __sub__(self, other: "Moments") -> "Moments":
        """Return the moments of the rows that remain when those of the other moments are removed; see the class."""
        return self._with(minus(self, other)) if isinstance(other, Moments) else NotImplemented

    def __mul__(self, factor: float) -> "Moments":
        """Return the moments of the same rows, with `factor` times their weights; see the class."""
        return self._with(times(factor, self)) if isinstance(factor, Real) else NotImplemented

    __rmul__ = __mul__

    def select(self, features: ArrayLike | slice | str) -> "Moments":
        """Return the moments of the same rows for some of the features; only these are copied.

        Parameters
        ----------
        features : array-like of str, int or bool, str, int or slice
            The names or the numbers of the features, in the desired order; or a boolean mask with one entry per
            feature.

        Returns
        -------
        moments : Moments

        Raises
        ------
        ValueError, TypeError
            If there is no such feature, or none is selected.
        """
        return self._with(chosen(self, features))

    def score(self, model: LinearModel, *, scoring: Scoring | None = None) -> float:
        """Return the score of a fitted linear model on the rows, without the rows themselves.

        Parameters
        ----------
        model : estimator
            A regressor whose predictions are ``intercept_ + coef_ x``, such as `GDLinearRegressor`,
            `LinearRegression`, `Ridge` or `Lasso`, fitted with the same features and targets.
        scoring : {"r2", "neg_mean_squared_error", "neg_root_mean_squared_error"} or None, default=None
            The score to compute; None means ``"r2"``. Several targets count equally.

        Returns
        -------
        score : float
            The score that `sklearn.metrics` would compute from the rows and their weights.

        Raises
        ------
        ValueError, TypeError
            If the model is not linear, or has different features or targets; if the score is unknown; and if the
            moments describe no rows.
        """
        score = score_named(scoring, "Moments.score")
        if self.weight == 0.0:
            raise ValueError("Moments of no rows have no score.")
        errors, variances = errors_and_variances(self, *linear_model(model, self))
        return float(score(errors, variances))

    def _with(self, fields: dict) -> "Moments":
        """Return these moments with some of the fields replaced."""
        return Moments._of(vars(self) | fields) if fields else self

    @classmethod
    def _of(cls, fields: dict) -> "Moments":
        """Return moments of fields that are known to be valid, which are not checked again."""
        made = object.__new__(cls)
        for name in ("origin", "offset", "rounding"):
            fields[name].setflags(write=False)
        vars(made).update(fields)
        return made

    def __sizeof__(self) -> int:
        """Return the size in bytes, including the arrays, by which Dask decides what to move and to keep."""
        arrays = (part.nbytes for part in vars(self).values() if isinstance(part, np.ndarray))
        return object.__sizeof__(self) + sum(arrays)

    def __repr__(self) -> str:
        return f"Moments({columns_in_words(self)}, weight={self.weight:g})"

    @property
    def is_finite(self) -> bool:
        """Whether all numbers are finite."""
        # A product is finite if the squares are.
        return bool(np.isfinite(squares_of(self.packed, self.n_features)).all() and np.isfinite(self.offset).all())

    @property
    def is_narrow(self) -> bool:
        """Whether rows were multiplied in float32."""
        return self.eps > np.finfo(np.float64).eps

    @property
    def is_rough(self) -> bool:
        """Whether the rounding of the products could change the verdict on a fit."""
        return is_rough(self)

    @property
    def may_vary(self) -> np.ndarray:
        """Which columns seem constant after a subtraction but may vary by more than rounding; of the shape of mean."""
        if not self.rounding.size:
            return np.zeros(len(self.origin), dtype=bool)
        centre = Centre(self.weight, self.mean, self.exponents)
        return may_vary(squares_of(self.packed, self.n_features), self.rounding, centre)

    @property
    def exponents(self) -> np.ndarray:
        """The exponents of the columns' units, of shape (n_features + n_targets,)."""
        return exponents_of(self.unit) - 1 if self.unit.size else np.zeros(len(self.origin), dtype=np.intc)

    @property
    def deviations(self) -> np.ndarray:
        """The standard deviations of the columns, with ``1 / weight``, of shape (n_features + n_targets,)."""
        squares = np.maximum(squares_of(self.packed, self.n_features), 0.0)
        if not self.unit.size:
            return np.sqrt(squares / self.weight)
        weight, half = root_unit(self.weight)
        return np.ldexp(np.sqrt(squares / weight), self.exponents - half)

    def covariances(self, *, about_zero: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the covariances of the features, their covariances with the targets, and the variances of the targets.

        Raises ValueError if the squares of columns, about their mean or about zero, overflow or underflow float64.
        """
        if self.rounding.size:
            check_is_scatter(self)
        check_squares(self.deviations, np.abs(self.mean), self.n_features, self.eps, about_zero=about_zero)
        if not self.unit.size:
            return unpack(self.packed / self.weight, self.n_features)
        weight, half = root_unit(self.weight)
        return rescaled(unpack(self.packed / weight, self.n_features), self.exponents - half)

    def check_not_too_large(self) -> None:
        """Raise ValueError if the squares of columns overflow unless they are standardised."""
        if self.weight > 0.0:
            check_not_too_large(np.maximum(self.deviations, np.abs(self.mean)))

    def scaling(self) -> Scaling:
        """Return the map that standardises the features."""
        features = slice(self.n_features)
        return Scaling.of(self.origin[features], self.offset[features], self.deviations[features], self.eps)

    def squares_and_means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean squares and the means of the features."""
        mean = self.mean[: self.n_features]
        return self.deviations[: self.n_features] ** 2 + mean**2, mean


def cells_of_block(
    X, y, w, cells=None, first: int = 0, n_cells: int = 1, *, standardize: bool, **options
) -> dict[int, Moments]:
    """Return the moments of the cells of a block of rows by their numbers, which start at `first`."""
    of_cells = Moments.of_cells(X, y, w, cells, n_cells, n_jobs=1, **options)
    if not standardize:
        for moments in of_cells:
            moments.check_not_too_large()
    return dict(enumerate(of_cells, start=first))
