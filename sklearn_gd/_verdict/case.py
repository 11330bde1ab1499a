"""A fit to be judged, and the start of the next one."""

from dataclasses import dataclass, replace

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start


@dataclass(frozen=True)
class Choice:
    """How a search chose the fit that is judged; a fit that validation has chosen is not at fault.

    Attributes
    ----------
    is_largest : bool
        Whether all larger rates that were tried diverged.
    rises : bool
        Whether the mean validation score was higher at the end than halfway.
    own_grid : bool
        Whether the grid of rates was automatic.
    early_stopping : bool
        Whether the number of iterations was chosen too.
    """

    is_largest: bool
    rises: bool
    own_grid: bool
    early_stopping: bool

    def excuses(self, status: str) -> bool:
        """Return whether validation has chosen a fit that is poor on the training rows."""
        return status != "diverged" and not (self.is_largest and (self.rises or status == "stalled"))


@dataclass(frozen=True, eq=False)
class Case:
    """A descent to be judged.

    Attributes
    ----------
    problem : Problem
        The problem that was solved.
    run : Run
        The record of the descent.
    status : str
        The status in the diagnosis.
    continues : bool
        Whether the next fit continues from this one.
    choice : Choice or None
        How a search chose the fit.
    """

    problem: Problem
    run: Run
    status: str
    continues: bool = False
    choice: Choice | None = None

    @property
    def settings(self) -> Settings:
        """The settings; for a search with an automatic grid, with ``alpha="auto"``, which the grid includes."""
        settings = self.run.settings
        return replace(settings, alpha="auto") if self.choice and self.choice.own_grid else settings

    def next_start(self, problem: Problem, *, same_rules: bool) -> Start:
        """Return the start of the next fit in the coordinates of `problem`; `same_rules` keeps the optimizer's state.

        After a divergence and with early stopping it is the best iterate, without a state.
        """
        run = self.run
        if not self.continues:
            return Start(run.start.theta)
        from_best = self.status == "diverged" or run.validation_errors is not None
        if from_best or not same_rules:
            theta = run.best if from_best else run.last
            return Start(problem.from_user(*self.problem.to_user(theta)))
        return Start(run.before_last_step, run.n_iter, run.state)
