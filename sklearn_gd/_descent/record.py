"""What happened in a descent: a record that is written while it goes on, and what is kept of it."""

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
        Where it began.
    settings : Settings
        Its options, as they were given.
    alpha : float
        The learning rate that was used.
    costs : ndarray of shape (n_iterates,)
        All costs, that of the start first.
    rates : ndarray of shape (n_iterates - 1,)
        The rates ``alpha_t``.
    status : {"converged", "max_iter", "diverged", "early_stopped", "stopped"}
        Why it ended.
    last, best : ndarray of the shape of theta
        The last iterate, and the one of the lowest cost; of the lowest validation cost where there is one.
        With `l1` or `positive` and an optimizer whose steps are not proximal, after their `LastStep`, as their costs
        are: that of `best` only where it is kept instead of the last.
    i_best : int
        The number of `best` among the iterates.
    before_last_step : ndarray of the shape of theta
        The last iterate without its `LastStep`, from which another descent goes on.
    state : tuple
        The optimizer's state after the last iterate.
    validation_errors : ndarray of shape (n_iterates, n_targets) or None
        The mean squared errors on the validation rows.
    thetas : list of ndarray
        Every so-many-th iterate, that of the start first, if they were to be kept.
    kept : ndarray or None
        The one iterate that was to be kept, if the descent got there.
    pace : float
        The seconds that an iteration of the loop took; NaN where the loop did none.
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

    @property
    def n_iter(self) -> int:
        """The number of the last iteration; of all, where the descent went on from another one."""
        return self.start.n_iter + len(self.rates)

    @property
    def validation_costs(self) -> np.ndarray | None:
        """The costs on the validation rows, without the penalty, or None."""
        return None if self.validation_errors is None else self.validation_errors.sum(axis=1) / 2.0

    @property
    def history(self) -> np.ndarray:
        """All costs, those before the start included."""
        return np.concatenate([self.start.costs, self.costs]) if self.start.costs.size else self.costs

    def end(self, problem: Problem, coef: np.ndarray, intercept) -> End:
        """Return the end, to go on from, of a descent whose last iterate has these attributes."""
        length = self.alpha if self.settings.alpha == "auto" else None
        start = Start(self.before_last_step, self.n_iter, self.state, self.history[:-1], length)
        rules = snapshot(self.settings.optimizer, OPTIMIZERS), snapshot(self.settings.scheduler, SCHEDULERS)
        return End(start, self.last, *rules, problem.scaling, problem.positive, coef.copy(), np.copy(intercept))


class Record:
    """A descent so far: the loop adds one iterate after the other, and the closed form stretches of them.

    Parameters
    ----------
    problem, start, settings, keep_every, keep_at
        Those of `run`.
    alpha : float
        The learning rate.

    Attributes
    ----------
    i : int
        The number of the newest iterate, counted from the start.
    status : str or None
        Why the descent ended with it; None while it goes on.
    costs : ndarray or list
        The costs of what was added last.
    patience : int or None
        So many iterates in a row without a lower validation cost end the descent; None never ends it.
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
        # The parameters are functions, because the closed form computes those that are asked for alone.
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
        """Add the next stretch of iterates in closed form; early stopping is the loop's alone."""
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
        k = int(np.argmin(np.where(decisive < self._lowest, decisive, np.inf)))
        if decisive[k] < self._lowest:
            self._lowest, self._i_best = decisive[k], first + k
            self._best = lambda: stretch.theta(k)

    def tell(self, report: Report) -> None:
        """Tell of what was added last; the report may end the descent."""
        if report(self._start.n_iter, self.i + 1 - len(self.costs), self.costs, self.status is not None, self.run):
            self.status = "stopped"

    def run(self) -> Run:
        """Return the run, as if it ended here if it doesn't."""
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
        """Return a run whose iterates that may be kept have taken their last step, but for the initial guess."""
        kept = {} if run.status == "diverged" else {self.i: run.last}
        # A verdict takes the best one of a descent that has risen.
        if self._validation is not None or not run.costs[-1] <= run.costs[0]:
            kept[run.i_best] = run.best
        kept.pop(0, None)
        thetas = {}
        for i, theta in kept.items():
            thetas[i], run.costs[i] = self._last_step(theta)
            if self._validation is not None:
                run.validation_errors[i] = self._validation.squared_errors(thetas[i][np.newaxis])[0]
        last = thetas.get(self.i, run.last)
        best = last if run.i_best == self.i else thetas.get(run.i_best, run.best)
        is_kept = self._keep_every and self.i % self._keep_every == 0
        return replace(run, last=last, best=best, thetas=[*run.thetas[:-1], last] if is_kept else run.thetas)
