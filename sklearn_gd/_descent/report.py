"""What is told of a descent while it goes on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Report:
    """Prints costs, and tells a watcher how the descent stands, who may end it.

    Attributes
    ----------
    verbose : int
        1 prints the costs of some iterations, 2 those of all.
    watch : callable or None
        Called after every so many iterations, and after the last one, with a function that returns the run as if it
        had ended there, and with whether it has; if it returns True, the descent ends there.
    every : int
        So many iterations.
    """

    verbose: int = 0
    watch: Callable[[Callable, bool], bool] | None = None
    every: int = 1

    def __call__(self, first_iter: int, i: int, costs: np.ndarray, ended: bool, so_far: Callable) -> bool:
        """Tell of some iterates, and return whether the descent is to end with the last one.

        Parameters
        ----------
        first_iter : int
            The number of the iterate at which the descent began.
        i : int
            The number of the first of the iterates, counted from there.
        costs : ndarray of shape (n_iterates,)
            Their costs.
        ended : bool
            Whether the last one is the last of the descent.
        so_far : callable
            Returns the run as if it ended with the last one.
        """
        last = i + len(costs) - 1
        for n_iter, cost in enumerate(costs if self.verbose else (), start=i):
            a_round_number = str(first_iter + n_iter).rstrip("0") in ("", "1", "2", "5")
            if self.verbose > 1 or a_round_number or (ended and n_iter == last):
                print(f"iteration {first_iter + n_iter}: cost = {cost:.6g}")
        is_told = self.watch and last > 0 and (ended or last % self.every == 0)
        return bool(is_told and self.watch(so_far, ended)) and not ended

    def cut(self, stretches: Iterable, i: int) -> Iterator:
        """Yield stretches of iterates, the first of which has the number `i`, cut where the watcher is called."""
        for stretch in stretches:
            n = len(stretch.costs)
            first = (-i) % self.every + 1
            yield from stretch.cut([0, *(range(first, n, self.every) if self.watch else ()), n])
            i += n
