"""What a rate and a penalty reach on the splits of a search."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_gd._search.split import Path

# A smaller rise of a score, as a share of it, is rounding.
_RISE = 1e-9


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a rate and a penalty reach on the splits: all scores at the best iterate, and the mean along the path.

    `halfway` is the mean score after half the iterations, where only the last ones are scored; `diverged`, whether
    a descent did.
    """

    alpha: float
    l2: float
    scores: np.ndarray
    path: np.ndarray
    halfway: float
    diverged: bool

    @classmethod
    def of(cls, alpha: float, l2: float, paths: list[Path]) -> "Candidate":
        """Return the candidate with these scores, a path for each split, which keeps its last score."""
        iterations = np.arange(max(len(path.scores) for path in paths))
        scores = np.array([path.scores[np.minimum(iterations, len(path.scores) - 1)] for path in paths])
        halfway = float(np.mean([path.halfway for path in paths]))
        candidate = cls(alpha, l2, scores, scores.mean(axis=0), halfway, any(path.diverged for path in paths))
        return replace(candidate, scores=scores[:, candidate.n_iter].copy())

    @property
    def n_iter(self) -> int:
        """The best number of iterations, one at least; 0 where only the last one is scored."""
        return 1 + int(np.argmax(self.path[1:])) if len(self.path) > 1 else 0

    @property
    def mean(self) -> float:
        """The best mean score."""
        return float(self.path[self.n_iter])

    @property
    def rises(self) -> bool:
        """Whether the mean score was still rising when the descents ended."""
        if len(self.path) > 1:
            return self.n_iter == len(self.path) - 1
        return self.mean - self.halfway > _RISE * max(1.0, abs(self.mean))

    def status(self, max_iter: int) -> str:
        """Return why a descent of the best number of iterations ends there."""
        if self.n_iter < len(self.path) - 1:
            return "early_stopped"
        return "max_iter" if self.n_iter == max_iter else "converged"
