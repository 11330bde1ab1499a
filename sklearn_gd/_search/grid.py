"""The learning rates and penalties that a search tries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from numbers import Integral

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._data.validation import check_numbers

# The number of learning rates, and the ratio of the smallest to the largest.
_N_ALPHAS, _EPS_ALPHA = 20, 1e-2
# The same for the penalties l1, as in `LassoCV`.
_N_L1, _EPS_L1 = 100, 1e-3


@dataclass(frozen=True, eq=False)
class Grid:
    """The learning rates and penalties, or their number if they depend on the data.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,) or None
        The learning rates; None if they depend on the splits.
    n_alphas : int
        The number of learning rates.
    l1s : ndarray of shape (n_l1,) or None
        The penalties `l1`; None if they depend on the data.
    l2s : ndarray of shape (n_l2,)
        The penalties `l2`.
    """

    alphas: np.ndarray | None
    n_alphas: int
    l1s: np.ndarray | None
    l2s: np.ndarray

    @classmethod
    def of(cls, alphas, l1, l2) -> "Grid":
        """Return the grid of a search with these parameters, or raise ValueError for a number out of range.

        For `alphas`, ``"auto"`` means 20 rates, or only the automatic one if penalties are searched.
        """
        l1s = None if isinstance(l1, str) else check_numbers(l1, "l1", at_least=0.0)
        l2s = check_numbers(l2, "l2", at_least=0.0)
        if isinstance(alphas, str):
            alphas = _N_ALPHAS if l1s is not None and len(l1s) == len(l2s) == 1 else 1
        if isinstance(alphas, Integral):
            return cls(None, int(alphas), l1s, l2s)
        alphas = check_numbers(alphas, "alphas", above=0.0)
        return cls(alphas, len(alphas), l1s, l2s)

    def on(self, whole: Problem) -> "Grid":
        """Return the grid with the penalties `l1` for the problem of all rows."""
        return replace(self, l1s=l1_grid(whole)) if self.l1s is None else self

    @property
    def is_given(self) -> bool:
        """Whether the rates themselves were given, not only their number."""
        return self.alphas is not None

    @property
    def has_l1(self) -> bool:
        """Whether a penalty `l1` other than zero is tried."""
        return self.l1s is None or bool(self.l1s.any())

    @property
    def penalties(self) -> list[tuple[float, float]]:
        """All pairs of `l1` and `l2`, grouped by `l1`."""
        return list(product(self.l1s.tolist(), self.l2s.tolist()))

    def rates(self, automatic: Iterable[float]) -> list[float]:
        """Return the rates; if only their number is given, log-spaced up to the smallest automatic rate of a split."""
        if self.is_given:
            return self.alphas.tolist()
        largest = min(automatic)
        return np.geomspace(_EPS_ALPHA * largest, largest, self.n_alphas).tolist() if self.n_alphas > 1 else [largest]


def l1_grid(problem: Problem, n_l1: int = _N_L1, eps: float = _EPS_L1) -> np.ndarray:
    """Return penalties on a logarithmic scale, from the one at which all coefficients are 0 down to `eps` times that.

    If all coefficients are 0 without a penalty, the largest is 1.
    """
    largest = problem.l1_of_zeros or 1.0
    return np.geomspace(largest, eps * largest, n_l1) if n_l1 > 1 else np.array([largest])
