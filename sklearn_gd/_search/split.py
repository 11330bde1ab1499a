"""A split of a cross-validation, and what a descent reaches on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._descent.ends import are_known, ends
from sklearn_gd._descent.run import auto_rate, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict.gap import has_diverged, kept_iterates


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

    def paths(
        self, start: Start, rates: list[float], settings_on: Callable[[float], Settings], score: Callable
    ) -> Iterator[Path]:
        """Yield what `path` returns for each of some rates; descents whose ends are known are done together."""
        known = self._known_paths(start, np.array(rates), settings_on(rates[0]), score)
        for alpha in rates:
            yield known[alpha] if alpha in known else self.path(start, settings_on(alpha), score)

    def _known_paths(self, start: Start, rates: np.ndarray, settings: Settings, score: Callable) -> dict[float, Path]:
        """Return what descents reach of which nothing but the end is asked, and that is known in closed form."""
        cost = self.problem.cost
        rates = rates[are_known(cost, settings, rates)] if self.problem.held_out is None else rates[:0]
        if not rates.size:
            return {}
        found = ends(cost, start.theta, rates, settings)
        thetas = np.concatenate([found.last, found.halfway])
        last, halfway = np.split(score(self.validation.squared_errors(thetas), self.validation.variances), 2)
        halfway = np.where(found.ran_out, halfway, last)
        return {alpha: Path(last[k : k + 1], float(halfway[k]), False) for k, alpha in enumerate(rates.tolist())}

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
