"""The methods of every kind of data: rows in memory, rows in Dask, or moments without rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sklearn_gd._data.arrays import Place
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.table import Table


@dataclass(frozen=True)
class Reading:
    """The options for reading data.

    Attributes
    ----------
    precompute : bool or "auto"
        Whether to compute the moments in one reading, or to work row by row.
    standardize : bool
        Whether the features may have any scale, because they will be standardised.
    n_jobs : int or None
        The number of threads.
    track : callable or None
        A function that follows the progress; see `of_each_chunk`.
    by_products : bool
        Whether to return splits with fewer rows than features as rows, for a descent on their products.
    """

    precompute: bool | Literal["auto"] = "auto"
    standardize: bool = True
    n_jobs: int | None = None
    track: Callable | None = None
    by_products: bool = False


class Data(Protocol):
    """Data that can be fitted, searched, predicted and scored; methods that a kind does not support raise an error.

    Attributes
    ----------
    place : Place
        The namespace, device and dtype of the coefficients.
    shown : tuple
        The features, targets and weights that callbacks see; empty for moments.
    """

    place: Place
    shown: tuple

    @classmethod
    def takes(cls, *data) -> bool:
        """Return whether the features, targets and weights are of this kind."""

    @classmethod
    def of(cls, estimator, X, y, sample_weight, *, reset: bool, targets: tuple | None, needs_y: bool) -> "Data":
        """Return the data; the estimator learns the features or, without `reset`, compares them with those it knows.

        `targets` is the shape of the targets of a row, if that is known; unless it `needs_y`, `y` may be None.
        """

    def parts(
        self, reading: Reading, *, hold_out_by: tuple[float, Any] | None = None, earlier: Moments | None = None
    ) -> tuple[Moments | Table, Moments | Table | None]:
        """Return the training data and the held-out data (or None), as moments or as rows.

        `hold_out_by` is the share of the rows to hold out and the random state that draws them; `earlier` moments
        are added to the training data.
        """

    def splits(
        self, cv, reading: Reading, *, at_least: int, **params
    ) -> tuple[list[tuple[Moments | Table, Moments | Table]], Moments | Table]:
        """Return the training and validation data of each split of a cross-validation, and all data.

        Each split must have at least `at_least` validation rows; `params` are passed to the splitter.
        """

    @classmethod
    def predicted(cls, estimator, X, hypothesis: Callable):
        """Return the predictions of a hypothesis for the rows of `X`, whose features the estimator must know."""

    @classmethod
    def r2(cls, estimator, X, y, sample_weight, hypothesis: Callable) -> float:
        """Return the R² of a hypothesis."""
