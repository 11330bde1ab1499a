"""The part of a search that is kept."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_gd._search.search import Search


@dataclass(frozen=True, eq=False)
class Scored:
    """Learning rates, penalties and scores, in NumPy arrays whatever the data.

    Attributes
    ----------
    alphas, l1s, l2s : ndarray of shape (n_alphas,), (n_l1,), (n_l2,)
        The grid.
    scores : ndarray of shape (n_l1, n_l2, n_alphas, n_splits)
        The scores.
    path : ndarray or None
        The mean scores of the iterates of the chosen candidate; None without early stopping.
    given : dict of str to float
        The penalties that were given as a number, and not searched.
    """

    alphas: np.ndarray
    l1s: np.ndarray
    l2s: np.ndarray
    scores: np.ndarray
    path: np.ndarray | None
    given: dict[str, float]

    @classmethod
    def of(cls, found: Search, given: dict[str, float]) -> "Scored":
        """Return the part of a search that is kept."""
        path = found.chosen.path if found.early_stopping else None
        return cls(found.alphas, found.grid.l1s, found.grid.l2s, found.scores, path, given)

    @cached_property
    def of_searched(self) -> np.ndarray:
        """The scores, without the axes of penalties that were given as a number."""
        return self.at(**self.given)

    def at(self, **chosen: float) -> np.ndarray:
        """Return the scores at the chosen values of some of `alpha`, `l1` and `l2`, without the axes of these."""
        grid = {"l1": self.l1s, "l2": self.l2s, "alpha": self.alphas}
        place = [
            int(np.flatnonzero(values == chosen[name])[0]) if name in chosen else slice(None)
            for name, values in grid.items()
        ]
        return self.scores[tuple(place)]
