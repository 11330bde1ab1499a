"""The rates and penalties that a search tries."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from sklearn_gd._data.validation import check_numbers
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._search.split import Split

# The number of rates, and the smallest as a share of the largest.
_N_ALPHAS, _EPS = 20, 1e-2


@dataclass(frozen=True, eq=False)
class Grid:
    """The rates, or only their number, and the penalties.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,) or None
        The rates; None where the splits tell them.
    n_alphas : int
        The number of rates.
    l2s : ndarray of shape (n_l2,)
        The penalties.
    """

    alphas: np.ndarray | None
    n_alphas: int
    l2s: np.ndarray

    @classmethod
    def of(cls, alphas, l2) -> "Grid":
        """Return the grid of a search with these parameters, or raise ValueError for a number out of range.

        ``"auto"`` stands for 20 rates, or for the automatic one alone where penalties are searched.
        """
        l2s = check_numbers(l2, "l2", at_least=0.0)
        if isinstance(alphas, str):  # "auto"
            alphas = _N_ALPHAS if len(l2s) == 1 else 1
        if isinstance(alphas, Integral):
            return cls(None, int(alphas), l2s)
        alphas = check_numbers(alphas, "alphas", above=0.0)
        return cls(alphas, len(alphas), l2s)

    @property
    def is_given(self) -> bool:
        """Whether the rates were given, and not only their number."""
        return self.alphas is not None

    def rates(self, splits: Iterable[Split], start: Start, settings: Settings) -> list[float]:
        """Return the rates; a number of them is log-spaced up to the smallest automatic rate of the splits."""
        if self.is_given:
            return self.alphas.tolist()
        largest = min(split.auto_rate(start, settings) for split in splits)
        return np.geomspace(_EPS * largest, largest, self.n_alphas).tolist() if self.n_alphas > 1 else [largest]
