"""Types that several public signatures share."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, SupportsFloat, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

T = TypeVar("T")

if TYPE_CHECKING:
    # Stand-ins where scipy-stubs is not installed, as in `_scikit_learn.py`.
    from scipy.sparse import *  # noqa: F403

    class sparray:  # noqa: N801
        """A sparse array."""

    class spmatrix:  # noqa: N801
        """A sparse matrix."""

    from scipy.sparse import *  # noqa: F403
else:
    from scipy.sparse import sparray, spmatrix

#: Features; data frames and Dask collections are array-like.
Matrix: TypeAlias = ArrayLike | sparray | spmatrix


class HasArray(Protocol):
    """An object that can be converted to an array."""

    def __array__(self) -> np.ndarray:
        """Return the array."""
        ...


#: Numbers where a string is allowed too; unlike `ArrayLike` it does not include strings, so a misspelt one is an error.
Numbers: TypeAlias = HasArray | Sequence[SupportsFloat | Sequence[SupportsFloat]]
#: The initial guess.
Init: TypeAlias = Literal["zeros", "random"] | Numbers


class Splitter(Protocol):
    """A cross-validation splitter, such as `KFold`."""

    def split(self, X: np.ndarray, y: np.ndarray, groups: np.ndarray, /) -> Iterable[tuple[np.ndarray, np.ndarray]]:
        """Yield the indices of the training and validation rows."""
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
    """A function that watches the progress over chunks of data and returns the iterable that it was given."""

    def __call__(self, chunks: Iterable[T], n_chunks: int, /) -> Iterable[T]:
        """Return the same iterable."""
        ...
