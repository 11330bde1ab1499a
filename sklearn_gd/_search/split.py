"""A split of a cross-validation, and the scores of a descent on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._cost.quadratic import Quadratic
from sklearn_gd._cost.rows import Rows
from sklearn_gd._cost.turned import TurnedErrors, TurnedProblem
from sklearn_gd._descent.ends import Ends, are_known, ends, iterates_until
from sklearn_gd._descent.last_step import LastStep
from sklearn_gd._descent.run import auto_rate, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._descent.together import Ended, descend_together, go_together
from sklearn_gd._verdict.gap import has_diverged, kept_iterates


class Path(NamedTuple):
    """The scores of a descent on a split.

    `scores` are those of fits with 0, 1, 2, ... iterations, or only that of the last iterate. `halfway` is the score
    after half of the iterations if they ran out and the split is not watched, and otherwise that of the last iterate.
    """

    scores: np.ndarray
    halfway: float
    diverged: bool


@dataclass(frozen=True, eq=False)
class Split:
    """A split of a cross-validation at one penalty `l2`: the problem, the validation rows and the start."""

    problem: Problem | TurnedProblem
    validation: Quadratic | Rows | TurnedErrors
    start: Start

    @classmethod
    def of(cls, problem: Problem, start: Start, *, watched: bool) -> "Split":
        """Return the split of a problem with held-out rows; `watched` if every iterate is to be scored."""
        turned = problem.turned(start.theta)
        if turned is not None:
            return cls(turned if watched else replace(turned, validation=None), turned.validation, Start(turned.start))
        validation, _ = problem.validation, problem.smooth  # shared by all splits of the problem
        return cls(problem if watched else problem.without_held_out, validation, start)

    @property
    def is_watched(self) -> bool:
        """Whether every iterate is to be scored."""
        return self.problem.validation is not None

    def auto_rate(self, settings: Settings) -> float:
        """Return the value of ``alpha="auto"`` on the training rows."""
        gradient = self.problem.smooth.value_and_gradient(self.start.theta)[1]
        return auto_rate(self.problem, self.start, settings, gradient)

    def path(self, settings: Settings, score: Callable, l1: float) -> Path:
        """Return the score of a descent; the scores of all its iterates if the split is watched."""
        problem = self.problem.at(l1, self.problem.l2)
        cost, middle = problem.cost, settings.max_iter // 2
        last_step = LastStep.of(problem, settings, settings.alpha)
        steps_last = self.is_watched and last_step is not None  # a fit with fewer iterations ends with a last step
        kept = {"keep_at": None if self.is_watched else middle, "keep_every": int(steps_last)}
        descent = run(problem, self.start, settings, **kept)
        diverged = has_diverged(cost, descent)
        if steps_last:
            first, *others = descent.thetas[:-1]
            ends = [(first, descent.costs[0]), *map(last_step, others), (descent.last, descent.costs[-1])]
            thetas, costs = map(np.array, zip(*ends, strict=True))
            errors = self.validation.squared_errors(thetas)[kept_iterates(cost, descent, costs)]
        elif self.is_watched:
            errors = descent.validation_errors[kept_iterates(cost, descent)]
        else:
            thetas = [descent.best if diverged else descent.last]
            if descent.status == "max_iter" and not diverged:
                thetas.insert(0, descent.kept)
            errors = self.validation.squared_errors(np.array(thetas))
        scores = score(errors, self.validation.variances)
        return Path(scores, scores[-1], diverged) if self.is_watched else Path(scores[-1:], scores[0], diverged)

    def begun(self, rates: list[float], l1s: list[float], settings: Settings, score: Callable) -> "Begun":
        """Return the split with the paths that have a closed form."""
        known = self._known_paths(np.array(rates), settings, score) if 0.0 in l1s else {}
        is_done = l1s == [0.0] and len(known) == len(rates)
        return Begun({(alpha, 0.0): path for alpha, path in known.items()}, None if is_done else self)

    def _known_paths(self, rates: np.ndarray, settings: Settings, score: Callable) -> dict[float, Path]:
        """Return the result of `path` for the rates at which the end of a descent without `l1` has a closed form."""
        cost = self.problem.smooth
        rates = rates[:0] if self.problem.positive else rates[are_known(cost, settings, rates)]
        if not rates.size:
            return {}
        found = ends(cost, self.start.theta, rates, settings)
        if not self.is_watched:
            return dict(zip(rates.tolist(), self._of_ends(found, score), strict=True))

        def watched(alpha: float, n_iter: int) -> Path:
            blocks = iterates_until(cost, self.start.theta, alpha, n_iter)
            errors = np.concatenate([self.validation.squared_errors(block) for block in blocks])
            scores = score(errors, self.validation.variances)
            return Path(scores, scores[-1], False)

        paths = map(watched, rates.tolist(), found.n_iters.tolist())
        return dict(zip(rates.tolist(), paths, strict=True))

    def path_of_ended(self, ended: Ended, score: Callable) -> list[Path]:
        """Return the result of `path` for each of several descents that were done together."""
        if not self.is_watched:
            return self._of_ends(ended, score)
        scores = score(np.array(ended.errors), self.validation.variances)
        return [Path(scores[: n + 1, k].copy(), scores[n, k], False) for k, n in enumerate(ended.n_iters.tolist())]

    def _of_ends(self, ends: Ends | Ended, score: Callable) -> list[Path]:
        """Return the paths of descents of which only the last iterates are scored."""
        errors = self.validation.squared_errors(np.concatenate([ends.last, ends.halfway]))
        last, halfway = np.split(score(errors, self.validation.variances), 2)
        halfway = np.where(ends.ran_out, halfway, last)
        return [Path(last[k : k + 1], halfway[k], False) for k in range(len(last))]


class Begun(NamedTuple):
    """The paths of a split that are done, for some rates and `l1`, and the split; None if no other paths are asked."""

    paths: dict[tuple[float, float], Path]
    split: Split | None


def paths(
    begun: list[Begun],
    rates: list[float],
    l1s: list[float],
    settings_on: Callable[[float], Settings],
    score: Callable,
) -> Iterator[list[list[Path]]]:
    """Yield for each rate, and for each `l1`, the paths of the descents on the splits.

    Descents with several `l1` are done together for all splits.
    """
    done, splits = zip(*begun, strict=True)
    penalised = [l1 for l1 in l1s if splits[0] and (l1 > 0.0 or splits[0].problem.positive)]

    def reached(number: int, alpha: float, l1: float) -> Path:
        if (alpha, l1) in done[number]:
            return done[number][alpha, l1]
        return splits[number].path(settings_on(alpha), score, l1)

    for alpha in rates:
        if penalised:
            together = _together(splits, penalised, settings_on(alpha), score)
            for own, paths_at_rate in zip(done, together, strict=True):
                own |= {(alpha, l1): path for l1, path in paths_at_rate.items()}
        yield [[reached(number, alpha, l1) for number in range(len(splits))] for l1 in l1s]


def _together(splits: list[Split], l1s: list[float], settings: Settings, score: Callable) -> list[dict[float, Path]]:
    """Return for each split the result of `Split.path` for each `l1`, if the descents can be done together."""
    costs = [split.problem.smooth for split in splits]
    if not go_together(costs, settings):
        return [{} for _ in splits]
    penalty = splits[0].problem.at(l1s[0], 0.0).penalty
    watch = [split.validation.squared_errors for split in splits] if splits[0].is_watched else None
    all_ended = descend_together(costs, splits[0].start.theta, penalty, np.array(l1s), settings, watch)
    return [
        dict(zip(l1s, split.path_of_ended(ended, score), strict=True))
        for split, ended in zip(splits, all_ended, strict=True)
    ]
