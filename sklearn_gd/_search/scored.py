"""What is kept of a search."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_gd._search.search import Search


@dataclass(frozen=True, eq=False)
class Scored:
    """Rates, penalties and scores, in NumPy wherever the data are.

    Attributes
    ----------
    alphas, l1s, l2s : ndarray of shape (n_alphas,), (n_l1,), (n_l2,)
        The grid.
    scores : ndarray of shape (n_l1, n_l2, n_alphas, n_splits)
        The scores.
    path : ndarray or None
        The mean scores of the iterates of the choice; None without early stopping.
    given : dict of str to float
        The penalties that were not searched, but given as a number.
    """

    alphas: np.ndarray
    l1s: np.ndarray
    l2s: np.ndarray
    scores: np.ndarray
    path: np.ndarray | None
    given: dict[str, float]

    @classmethod
    def of(cls, found: Search, given: dict[str, float]) -> "Scored":
        """Return what is kept of what was found."""
        path = found.chosen.path if found.early_stopping else None
        return cls(found.alphas, found.grid.l1s, found.grid.l2s, found.scores, path, given)

    @cached_property
    def of_searched(self) -> np.ndarray:
        """The scores, without the axes of penalties that were given as a number."""
        return self.at(**self.given)

    def at(self, **chosen: float) -> np.ndarray:
        """Return the scores with the axes of some parameters, `alpha`, `l1` or `l2`, at what was chosen of each."""
        grid = {"l1": self.l1s, "l2": self.l2s, "alpha": self.alphas}
        place = [
            int(np.flatnonzero(values == chosen[name])[0]) if name in chosen else slice(None)
            for name, values in grid.items()
        ]
        return self.scores[tuple(place)]
