"""What a learning rate and a penalty reach on the splits of a cross-validation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._descent.run import auto_rate, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict.gap import has_diverged, kept_iterates

# A smaller rise of a score, as a share of it, is rounding.
_RISE = 1e-9


class Path(NamedTuple):
    """What a descent reaches on a split.

    `scores` are those of fits of 0, 1, 2, ... iterations, or only that of the last one; `halfway` is that of half the
    iterations, where they ran out, and otherwise that of the last one.
    """

    scores: np.ndarray
    halfway: float
    diverged: bool


@dataclass(frozen=True, eq=False)
class Split:
    """A split of a cross-validation at one penalty: what is descended, and what the result is scored on."""

    problem: Problem
    validation: Quadratic | Rows

    @classmethod
    def of(cls, problem: Problem, l2: float, *, watched: bool) -> "Split":
        """Return the split of a problem that holds out rows; `watched` if every iterate is to be scored."""
        descended = replace(problem, l2=l2, held_out=problem.held_out if watched else None)
        return cls(descended, descended.validation if watched else problem.validation)

    def auto_rate(self, start: Start, settings: Settings) -> float:
        """Return what ``alpha="auto"`` is on the training rows."""
        gradient = self.problem.cost.value_and_gradient(start.theta)[1]
        return auto_rate(self.problem, start, settings, gradient)

    def path(self, start: Start, settings: Settings, score: Callable) -> Path:
        """Return what a descent reaches; the scores of all its iterates, if the split is watched."""
        cost, middle = self.problem.cost, settings.max_iter // 2
        watched = self.problem.held_out is not None
        descent = run(self.problem, start, settings, keep_at=None if watched else middle)
        diverged = has_diverged(cost, descent)
        if watched:
            errors = descent.validation_errors[kept_iterates(cost, descent)]
        else:
            thetas = [descent.best if diverged else descent.last]
            if descent.status == "max_iter" and not diverged:
                thetas.insert(0, descent.kept)
            errors = self.validation.squared_errors(np.array(thetas))
        scores = score(errors, self.validation.variances)
        return Path(scores, 0.0, diverged) if watched else Path(scores[-1:], float(scores[0]), diverged)


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
