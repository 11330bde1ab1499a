"""The scores of a learning rate and penalties on the splits of a search."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_gd._search.split import Path

# Smaller rises of a score are rounding errors.
_RISE = 1e-9


@dataclass(frozen=True, eq=False)
class Candidate:
    """A learning rate and penalties with their scores on the splits.

    Attributes
    ----------
    alpha, l1, l2 : float
        The learning rate and the penalties.
    n_iter : int
        The best number of iterations, at least 1; 0 if only the last iterate is scored.
    scores : ndarray of shape (n_splits,)
        The scores after the best number of iterations.
    path : ndarray of shape (n_iterates,)
        The mean scores of all iterates, or only of the last.
    halfway : float
        The mean score after half of the iterations, if only the last iterates are scored.
    diverged : bool
        Whether any of the descents diverged.
    """

    alpha: float
    l1: float
    l2: float
    n_iter: int
    scores: np.ndarray
    path: np.ndarray
    halfway: float
    diverged: bool

    @classmethod
    def of(cls, alpha: float, l1: float, l2: float, paths: list[Path]) -> "Candidate":
        """Return the candidate with these scores, one path per split; a path that has ended keeps its last score."""
        n = max(len(path.scores) for path in paths)
        scores = np.array(
            [
                np.pad(path.scores, (0, n - len(path.scores)), "edge") if len(path.scores) < n else path.scores
                for path in paths
            ]
        )
        path, halfway = scores.mean(axis=0), float(np.mean([path.halfway for path in paths]))
        n_iter = 1 + int(np.argmax(path[1:])) if len(path) > 1 else 0
        diverged = any(path.diverged for path in paths)
        return cls(alpha, l1, l2, n_iter, scores[:, n_iter].copy(), path, halfway, diverged)

    def __str__(self) -> str:
        l1 = f"l1={self.l1:.3g}, " if self.l1 else ""
        return f"alpha={self.alpha:.3g}, {l1}l2={self.l2:.3g}"

    @property
    def standard_error(self) -> float:
        """The standard error of the mean score, ``std(scores, ddof=1) / sqrt(n_splits)``."""
        return float(np.std(self.scores, ddof=1) / np.sqrt(len(self.scores)))

    def shortened(self, at_least: float) -> "Candidate":
        """Return the candidate at the fewest iterations, at least 1, whose mean score is `at_least` this high."""
        if len(self.path) == 1:
            return self
        return replace(self, n_iter=1 + int(np.argmax(self.path[1:] >= at_least)))

    @property
    def mean(self) -> float:
        """The mean score after `n_iter` iterations."""
        return float(self.path[self.n_iter])

    def rises(self, unit: float) -> bool:
        """Return whether the mean score was still rising when the descents ended, by more than rounding in `unit`."""
        if len(self.path) > 1:
            return self.n_iter == len(self.path) - 1
        return self.mean - self.halfway > _RISE * unit

    def status(self, max_iter: int) -> str:
        """Return the status of a descent with the best number of iterations."""
        if self.n_iter < len(self.path) - 1:
            return "early_stopped"
        return "max_iter" if self.n_iter == max_iter else "converged"
