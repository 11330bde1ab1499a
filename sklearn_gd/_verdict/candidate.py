"""What a learning rate and a penalty reach on the splits of a cross-validation."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._descent.run import auto_rate, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict.gap import has_diverged, kept_iterates


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

    def path(self, start: Start, settings: Settings, score: Callable) -> np.ndarray:
        """Return the scores of fits of 0, 1, 2, ... iterations; only that of the last, if the split is not watched."""
        cost, descent = self.problem.cost, run(self.problem, start, settings)
        if descent.validation_errors is None:
            theta = descent.best if has_diverged(cost, descent) else descent.last
            errors = self.validation.squared_errors(theta[np.newaxis])
        else:
            errors = descent.validation_errors[kept_iterates(cost, descent)]
        return score(errors, self.validation.variances)


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a rate and a penalty reach on the splits: all scores at the best iterate, and the mean along the path."""

    alpha: float
    l2: float
    scores: np.ndarray
    path: np.ndarray

    @classmethod
    def of(cls, alpha: float, l2: float, paths: list[np.ndarray]) -> "Candidate":
        """Return the candidate with these scores, a path for each split, which keeps its last score."""
        length = max(map(len, paths))
        iterations = np.arange(length)
        scores = np.array([path[np.minimum(iterations, len(path) - 1)] for path in paths])
        candidate = cls(alpha, l2, scores, scores.mean(axis=0))
        return replace(candidate, scores=scores[:, candidate.n_iter].copy())

    @property
    def n_iter(self) -> int:
        """The best number of iterations, one at least; 0 where only the last one is scored."""
        return 1 + int(np.argmax(self.path[1:])) if len(self.path) > 1 else 0

    @property
    def mean(self) -> float:
        """The best mean score."""
        return float(self.path[self.n_iter])

    def status(self, max_iter: int) -> str:
        """Return why a descent of the best number of iterations ends there."""
        if self.n_iter < len(self.path) - 1:
            return "early_stopped"
        return "max_iter" if self.n_iter == max_iter else "converged"
