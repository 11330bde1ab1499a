"""The types that several public signatures share."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, SupportsFloat, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

T = TypeVar("T")

if TYPE_CHECKING:
    # As in `_scikit_learn.py`, with the types of SciPy.
    from scipy.sparse import *  # noqa: F403

    class sparray:  # noqa: N801
        """A sparse array."""

    class spmatrix:  # noqa: N801
        """A sparse matrix."""

    from scipy.sparse import *  # noqa: F403
else:
    from scipy.sparse import sparray, spmatrix

#: Features. Data frames and Dask collections are array-like: they can be made arrays.
Matrix: TypeAlias = ArrayLike | sparray | spmatrix


class HasArray(Protocol):
    """What can be made an array."""

    def __array__(self) -> np.ndarray:
        """Return the array."""
        ...


#: Numbers, where there may be a word too: a misspelt word is array-like, but no numbers.
Numbers: TypeAlias = HasArray | Sequence[SupportsFloat | Sequence[SupportsFloat]]
#: The initial guess.
Init: TypeAlias = Literal["zeros", "random"] | Numbers


class Splitter(Protocol):
    """What splits rows into those of training and of validation, such as `KFold`."""

    def split(self, X: np.ndarray, y: np.ndarray, groups: np.ndarray, /) -> Iterable[tuple[np.ndarray, np.ndarray]]:
        """Yield the numbers of the rows of training and of validation."""
        ...

    def get_n_splits(self, X: np.ndarray, y: np.ndarray, groups: np.ndarray, /) -> int:
        """Return the number of splits."""
        ...


class LinearModel(Protocol):
    """A fitted linear model."""

    @property
    def coef_(self) -> object:
        """The coefficients."""
        ...

    @property
    def intercept_(self) -> object:
        """The intercepts."""
        ...


class Track(Protocol):
    """What sees the progress of a reading: it passes on what is made of chunks, of which it is told the number."""

    def __call__(self, chunks: Iterable[T], n_chunks: int, /) -> Iterable[T]:
        """Return the same iterable."""
        ...
