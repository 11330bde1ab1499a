"""The record of a descent, written during the descent, and the run that is kept of it."""

import math
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from time import perf_counter
from typing import Literal

import numpy as np

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.closed_form import Stretch
from sklearn_gd._descent.last_step import LastStep
from sklearn_gd._descent.loop import Iterate
from sklearn_gd._descent.report import Report
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import End, Start
from sklearn_gd._plugins import snapshot
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """What happened in a descent.

    Attributes
    ----------
    start : Start
        The start of the descent.
    settings : Settings
        The options, as they were given.
    alpha : float
        The learning rate that was used.
    costs : ndarray of shape (n_iterates,)
        All costs, starting with that of the start.
    rates : ndarray of shape (n_iterates - 1,)
        The rates ``alpha_t``.
    status : {"converged", "max_iter", "diverged", "early_stopped", "stopped"}
        Why the descent ended.
    last, best : ndarray of the shape of theta
        The last iterate, and the one with the lowest cost, or the lowest validation cost if there is one.
        With `l1` or `positive` and an optimizer whose steps are not proximal, both they and their costs are those after
        the `LastStep`; for `best`, only if it is kept instead of the last iterate.
    i_best : int
        The number of `best` among the iterates.
    before_last_step : ndarray of the shape of theta
        The last iterate without its `LastStep`, from which another descent continues.
    state : tuple
        The optimizer's state after the last iterate.
    validation_errors : ndarray of shape (n_iterates, n_targets) or None
        The mean squared errors on the validation rows.
    thetas : list of ndarray
        Every `keep_every`-th iterate, starting with the start, if they were to be kept.
    kept : ndarray or None
        The iterate that was to be kept, if the descent reached it.
    pace : float
        The time of an iteration of the loop, in seconds; NaN if the loop did none.
    bounds : dict of int to float
        The bounds on the gaps of iterates that were computed, by their numbers.
    """

    start: Start
    settings: Settings
    alpha: float
    costs: np.ndarray
    rates: np.ndarray
    status: Literal["converged", "max_iter", "diverged", "early_stopped", "stopped"]
    last: np.ndarray
    best: np.ndarray
    i_best: int
    before_last_step: np.ndarray
    state: tuple = ()
    validation_errors: np.ndarray | None = None
    thetas: list[np.ndarray] = field(default_factory=list)
    kept: np.ndarray | None = None
    pace: float = math.nan
    bounds: dict[int, float] = field(init=False, default_factory=dict)

    @property
    def n_iter(self) -> int:
        """The number of iterations, including those of the descent that this one continued."""
        return self.start.n_iter + len(self.rates)

    @property
    def validation_costs(self) -> np.ndarray | None:
        """The costs on the validation rows, without the penalty, or None."""
        return None if self.validation_errors is None else self.validation_errors.sum(axis=1) / 2.0

    @property
    def history(self) -> np.ndarray:
        """All costs, including those before the start."""
        return np.concatenate([self.start.costs, self.costs]) if self.start.costs.size else self.costs

    def end(self, problem: Problem, coef: np.ndarray, intercept) -> End:
        """Return the end to continue from, for a descent whose last iterate has these fitted attributes."""
        length = self.alpha if self.settings.alpha == "auto" else None
        start = Start(self.before_last_step, self.n_iter, self.state, self.history[:-1], length)
        rules = snapshot(self.settings.optimizer, OPTIMIZERS), snapshot(self.settings.scheduler, SCHEDULERS)
        return End(start, self.last, *rules, problem.scaling, problem.positive, coef.copy(), np.copy(intercept))


class Record:
    """A descent up to now: the loop adds single iterates, and the closed form adds stretches of them.

    Parameters
    ----------
    problem, start, settings, keep_every, keep_at
        The parameters of `run` with these names.
    alpha : float
        The learning rate.

    Attributes
    ----------
    i : int
        The number of the newest iterate, counted from the start.
    status : str or None
        Why the descent ended with it; None before the end.
    costs : ndarray or list
        The costs of the iterates added last.
    patience : int or None
        The number of consecutive iterates without a new lowest validation cost that ends the descent; None never ends
        it.
    """

    def __init__(
        self, problem: Problem, start: Start, settings: Settings, alpha: float, *, keep_every: int, keep_at: int | None
    ):
        self._start, self._settings, self._alpha = start, settings, alpha
        self._last_step = LastStep.of(problem, settings, alpha)
        self._validation = problem.validation
        self.patience = None if self._validation is None else settings.n_iter_no_change
        self._keep_every, self._keep_at = keep_every, keep_at
        self.i, self.status, self.costs = -1, None, []
        self._looped_costs, self._looped_rates = [], []
        self._stretched_costs, self._stretched_rates = [], []
        self._errors, self._thetas, self._kept = [], [], None
        self._state = ()
        # The parameters are functions, because the closed form computes them only on demand.
        self._last = self._best = None
        self._lowest, self._i_best = math.inf, 0
        self._began = self._looped_until = perf_counter()

    def add(self, iterate: Iterate) -> None:
        """Add the next iterate of the loop."""
        self.i += 1
        theta, cost = iterate.theta, iterate.cost
        self.status, self.costs, self._state = iterate.status, [cost], iterate.state
        self._looped_costs.append(cost)
        if self.i:
            self._looped_rates.append(iterate.rate)
        if self._keep_every and self.i % self._keep_every == 0:
            self._thetas.append(theta)
        if self.i == self._keep_at:
            self._kept = theta
        decisive = cost
        if self._validation is not None:
            self._errors.append(self._validation.squared_errors(theta[np.newaxis]))
            decisive = float(self._errors[-1].sum()) / 2.0
        self._last = lambda: theta
        if decisive < self._lowest or self.i == 0:
            self._lowest, self._i_best, self._best = decisive, self.i, self._last
        elif self.status is None and self.patience is not None and self.i - self._i_best >= self.patience:
            self.status = "early_stopped"
        self._looped_until = perf_counter()

    def add_stretch(self, stretch: Stretch) -> None:
        """Add the next stretch of iterates in closed form; only the loop can stop early."""
        first, n = self.i + 1, len(stretch.costs)
        self.i += n
        self.status, self.costs = stretch.status, stretch.costs
        self._stretched_costs.append(stretch.costs)
        self._stretched_rates.append(stretch.rates)
        if self._keep_every:
            to_next_multiple = -first % self._keep_every
            thetas = chain.from_iterable(stretch.blocks())
            self._thetas += [theta.copy() for theta in islice(thetas, to_next_multiple, None, self._keep_every)]
        if self._keep_at is not None and first <= self._keep_at <= self.i:
            self._kept = stretch.theta(self._keep_at - first)
        decisive = stretch.costs
        if self._validation is not None:
            blocks = map(self._validation.squared_errors, stretch.blocks())
            self._errors.append(np.concatenate(list(blocks)))
            decisive = self._errors[-1].sum(axis=1) / 2.0
        self._last = lambda: stretch.theta(n - 1)
        k = int(np.fmin(decisive, self._lowest).argmin())
        if decisive[k] < self._lowest:
            self._lowest, self._i_best = decisive[k], first + k
            self._best = lambda: stretch.theta(k)

    def tell(self, report: Report) -> None:
        """Report the iterates added last; the report may end the descent."""
        if report(self._start.n_iter, self.i + 1 - len(self.costs), self.costs, self.status is not None, self.run):
            self.status = "stopped"

    def run(self) -> Run:
        """Return the run up to here."""
        n_looped = len(self._looped_rates)
        last = self._last()
        run = Run(
            start=self._start,
            settings=self._settings,
            alpha=self._alpha,
            costs=np.concatenate([self._looped_costs, *self._stretched_costs]),
            rates=np.concatenate([self._looped_rates, *self._stretched_rates]),
            status=self.status or "stopped",
            last=last,
            best=last if self._i_best == self.i else self._best(),
            i_best=self._i_best,
            before_last_step=last,
            state=self._state,
            validation_errors=np.concatenate(self._errors) if self._errors else None,
            thetas=self._thetas,
            kept=self._kept,
            pace=(self._looped_until - self._began) / n_looped if n_looped else math.nan,
        )
        return run if self._last_step is None else self._with_last_step(run)

    def _with_last_step(self, run: Run) -> Run:
        """Return the run after the last step of each iterate that may be kept, except the initial guess."""
        kept = {} if run.status == "diverged" else {self.i: run.last}
        # If the cost has risen, the verdict may keep the best iterate.
        if self._validation is not None or not run.costs[-1] <= run.costs[0]:
            kept[run.i_best] = run.best
        kept.pop(0, None)
        thetas = {}
        for i, theta in kept.items():
            thetas[i], run.costs[i] = self._last_step(theta)
            if self._validation is not None:
                run.validation_errors[i] = self._validation.squared_errors(thetas[i][np.newaxis])[0]
        last = thetas.get(self.i, run.last)
        best = thetas.get(run.i_best, run.best)
        is_kept = self._keep_every and self.i % self._keep_every == 0
        return replace(run, last=last, best=best, thetas=[*run.thetas[:-1], last] if is_kept else run.thetas)
