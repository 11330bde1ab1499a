"""Reports on a descent in progress."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Report:
    """Prints costs, and calls a watcher, which may end the descent.

    Attributes
    ----------
    verbose : int
        1 prints the costs of some iterations, 2 those of all.
    watch : callable or None
        Called after every `every` iterations and after the last one, with a function that returns the run up to there,
        and with whether the descent has ended; if it returns True, the descent ends there.
    every : int
        The number of iterations between two calls of `watch`.
    """

    verbose: int
    watch: Callable[[Callable, bool], bool] | None = None
    every: int = 1

    def __call__(self, first_iter: int, i: int, costs: np.ndarray, ended: bool, so_far: Callable) -> bool:
        """Report some iterates, and return whether the descent is to end with the last one.

        Parameters
        ----------
        first_iter : int
            The number of the iterate at which the descent started.
        i : int
            The number of the first of the iterates, counted from there.
        costs : ndarray of shape (n_iterates,)
            The costs of the iterates.
        ended : bool
            Whether the last of them is the last of the descent.
        so_far : callable
            Returns the run up to the last of them.
        """
        last = i + len(costs) - 1
        for n_iter, cost in enumerate(costs if self.verbose else (), start=i):
            a_round_number = str(first_iter + n_iter).rstrip("0") in ("", "1", "2", "5")
            if self.verbose > 1 or a_round_number or (ended and n_iter == last):
                print(f"iteration {first_iter + n_iter}: cost = {cost:.6g}")
        is_told = self.watch and last > 0 and (ended or last % self.every == 0)
        return bool(is_told and self.watch(so_far, ended)) and not ended

    def cut(self, stretches: Iterable, i: int) -> Iterator:
        """Yield stretches of iterates, which start with number `i`, split where the watcher is called."""
        for stretch in stretches:
            n = len(stretch.costs)
            first = (-i) % self.every + 1
            yield from stretch.cut([0, *(range(first, n, self.every) if self.watch else ()), n])
            i += n
