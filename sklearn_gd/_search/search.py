"""A search: every candidate of a grid on every split, and the choice among them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._data.scores import r2
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.run import Run, run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._search.candidate import Candidate
from sklearn_gd._search.grid import Grid
from sklearn_gd._search.split import Split, paths
from sklearn_gd._verdict.case import Choice
from sklearn_gd._verdict.gap import GAP_OF_A_GOOD_FIT


@dataclass(frozen=True, eq=False)
class Search:
    """What a search has found so far.

    Attributes
    ----------
    start : Start
        The start of all descents.
    settings : Settings
        The options of the descents, except for the rate.
    grid : Grid
        The learning rates and penalties to try.
    score : callable
        The score, one of `scores.SCORES`.
    rule : {"best", "one_standard_error"}
        The rule of the choice.
    early_stopping : bool
        Whether the number of iterations is chosen too.
    candidates : tuple of Candidate
        The candidates that were tried, grouped by rate.
    """

    start: Start
    settings: Settings
    grid: Grid
    score: Callable
    rule: Literal["best", "one_standard_error"]
    early_stopping: bool
    candidates: tuple[Candidate, ...]

    @property
    def newest(self) -> tuple[Candidate, ...]:
        """The candidates with the rate that was tried last."""
        return self.candidates[-len(self.grid.penalties) :]

    @cached_property
    def chosen(self) -> Candidate:
        """The first candidate with the best mean score; or the simplest one within a standard error of it.

        The simplest one is that with the largest `l1`, then `l2`, at the same rate; with early stopping, at the fewest
        iterations.
        """
        best = max(self.candidates, key=lambda candidate: candidate.mean)
        if self.rule == "best":
            return best
        at_least = best.mean - best.standard_error
        near = (one for one in self.candidates if one.alpha == best.alpha and one.mean >= at_least)
        return max(near, key=lambda candidate: (candidate.l1, candidate.l2)).shortened(at_least)

    @property
    def alphas(self) -> np.ndarray:
        """The rates that were tried."""
        return np.array([candidate.alpha for candidate in self.candidates[:: len(self.grid.penalties)]])

    @property
    def scores(self) -> np.ndarray:
        """The scores, of shape (n_l1, n_l2, n_alphas, n_splits)."""
        scores = np.array([candidate.scores for candidate in self.candidates])
        shape = len(self.alphas), len(self.grid.l1s), len(self.grid.l2s), scores.shape[1]
        return np.moveaxis(scores.reshape(shape), 0, 2)

    @property
    def choice(self) -> Choice:
        """The circumstances of the choice."""
        best = self.chosen
        larger = (one for one in self._at_the_chosen_penalty if one.alpha > best.alpha and not one.diverged)
        return Choice(
            is_largest=not any(larger),
            rises=best.rises(self._unit(best.mean)),
            own_grid=not self.grid.is_given,
            early_stopping=self.early_stopping,
        )

    def settings_on(self, alpha: float) -> Settings:
        """Return the settings of another descent at a rate."""
        return replace(self.settings, alpha=alpha).afresh()

    def stopped_descent(self, problem: Problem, report: Report | None) -> Run:
        """Return a descent of the chosen candidate on other rows, for the chosen number of iterations."""
        best, settings = self.chosen, self.settings_on(self.chosen.alpha)
        cut = replace(settings, max_iter=best.n_iter, tol=None, horizon=settings.max_iter)
        descent = run(problem, self.start, cut, report)
        if descent.status != "max_iter":
            return descent
        return replace(descent, settings=settings, status=best.status(settings.max_iter))

    def end_of_grid(self, gap: float) -> str:
        """Return the warning that the best rate is at an end of the grid, if that matters for a fit with this gap."""
        best, means = self.chosen, {one.alpha: one.mean for one in self._at_the_chosen_penalty}
        alphas = sorted(means)
        place = alphas.index(best.alpha)
        if len(alphas) == 1 or 0 < place < len(alphas) - 1 or gap <= GAP_OF_A_GOOD_FIT:
            return ""
        end, beyond, neighbour = ("smallest", "smaller", alphas[1]) if place == 0 else ("largest", "larger", alphas[-2])
        gain = means[best.alpha] - means[neighbour]
        if gain <= GAP_OF_A_GOOD_FIT * self._unit(means[neighbour]) or (end == "largest" and not self.grid.is_given):
            return ""
        return (
            f"The best alpha={best.alpha:.3g} is the {end} of {len(alphas)}, and {self.score.__name__} still rises "
            f"there by {gain:.3g}, to {best.mean:.3g}; try {beyond} alphas."
        )

    def _unit(self, score: float) -> float:
        """Return the unit in which differences of scores are measured: R² has none, and errors have that of `y`."""
        return 1.0 if self.score is r2 else abs(score)

    @property
    def _at_the_chosen_penalty(self) -> list[Candidate]:
        chosen = self.chosen
        return [one for one in self.candidates if (one.l1, one.l2) == (chosen.l1, chosen.l2)]


def searched(
    problems: Iterable[Problem],
    start: Start,
    settings: Settings,
    grid: Grid,
    score: Callable,
    *,
    rule: Literal["best", "one_standard_error"],
    early_stopping: bool,
) -> Iterator[Search]:
    """Yield the search after each of its learning rates.

    Parameters
    ----------
    problems : iterable of Problem
        One problem per split, which holds out the validation rows.
    start, settings, grid, score, rule, early_stopping
        The attributes of `Search` with these names.

    Raises
    ------
    ValueError
        If the rule has nothing to choose from, or there is only one split.
    """
    if rule == "one_standard_error" and not (early_stopping or len(grid.penalties) > 1):
        raise ValueError(
            "rule='one_standard_error' chooses among penalties or numbers of iterations; "
            "pass several l1 or l2, or early_stopping=True."
        )
    l1s, l2s = grid.l1s.tolist(), grid.l2s.tolist()
    # Grouped by split, because the penalties of a split may share what was read.
    by_problem = [[problem.at(problem.l1, l2) for l2 in l2s] for problem in problems]
    if rule == "one_standard_error" and len(by_problem) == 1:
        raise ValueError("rule='one_standard_error' needs the scores of at least two splits, but cv yields one.")
    split_of = partial(Split.of, start=start, watched=early_stopping)
    found = Search(start, settings, grid, score, rule, early_stopping, ())
    rates = grid.rates(split_of(problem).auto_rate(settings) for own in by_problem for problem in own)
    for_all_rates = rates, l1s, found.settings_on(rates[0]), score
    # The last problem first, because the products of its rows are at hand.
    begun = [[split_of(problem).begun(*for_all_rates) for problem in own] for own in reversed(by_problem)]
    reached = [paths(at_l2, rates, l1s, found.settings_on, score) for at_l2 in zip(*reversed(begun), strict=True)]
    for alpha, *at_l2s in zip(rates, *reached, strict=True):
        candidates = (Candidate.of(alpha, l1, l2, at_l2s[j][i]) for i, l1 in enumerate(l1s) for j, l2 in enumerate(l2s))
        found = replace(found, candidates=(*found.candidates, *candidates))
        yield found
