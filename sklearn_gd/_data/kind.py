"""What every kind of data answers, be they rows in memory, in Dask, or moments whose rows are gone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sklearn_gd._data.arrays import Place
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.table import Table


@dataclass(frozen=True)
class Reading:
    """How data are to be read.

    Attributes
    ----------
    precompute : bool or "auto"
        Whether they are read once, for their moments, or gone through row by row.
    standardize : bool
        Whether the features may have any scale, because they will be standardised.
    n_jobs : int or None
        The threads that read.
    track : callable or None
        What sees the progress; see `of_each_chunk`.
    by_products : bool
        Whether splits of fewer rows than features are wanted as rows, whose products will be descended.
    """

    precompute: bool | Literal["auto"] = "auto"
    standardize: bool = True
    n_jobs: int | None = None
    track: Callable | None = None
    by_products: bool = False


class Data(Protocol):
    """Data that can be fitted, searched, predicted and scored; what a kind can't do it refuses, saying why.

    Attributes
    ----------
    place : Place
        The namespace, device and dtype of the coefficients.
    shown : tuple
        The features, targets and weights that callbacks see; fewer where there are none.
    """

    place: Place
    shown: tuple

    @classmethod
    def takes(cls, *data) -> bool:
        """Return whether some features, targets and weights are of this kind."""

    @classmethod
    def of(cls, estimator, X, y, sample_weight, *, reset: bool, targets: tuple | None, needs_y: bool) -> "Data":
        """Return the data, whose features the estimator learns, or without `reset` compares with those that it knows.

        `targets` is the shape of a row's targets, where that is known; unless it `needs_y`, `y` may be None.
        """

    def parts(
        self, reading: Reading, *, hold_out_by: tuple[float, Any] | None = None, earlier: Moments | None = None
    ) -> tuple[Moments | Table, Moments | Table | None]:
        """Return the training data, and those held out or None: moments, or the rows as they are.

        `hold_out_by` is the share of the rows to hold out, and the random state that draws them; `earlier` moments
        are added to the training data.
        """

    def splits(
        self, cv, reading: Reading, *, at_least: int, **params
    ) -> tuple[list[tuple[Moments | Table, Moments | Table]], Moments | Table]:
        """Return the training and validation data of each split of a cross-validation, and all data.

        Each split has to validate with `at_least` so many rows; `params` are those of the splitter.
        """

    @classmethod
    def predicted(cls, estimator, X, hypothesis: Callable):
        """Return the hypothesis for the rows of `X`, whose features the estimator must know."""

    @classmethod
    def r2(cls, estimator, X, y, sample_weight, hypothesis: Callable) -> float:
        """Return R² of the hypothesis."""
