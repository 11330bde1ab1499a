"""A fit that is judged, and where the next one would begin."""

from dataclasses import dataclass, replace

from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.run import Run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start


@dataclass(frozen=True)
class Choice:
    """How a search came to the fit that is judged; what validation has chosen is no fault.

    Attributes
    ----------
    is_largest : bool
        Whether no larger rate was tried that did not diverge.
    rises : bool
        Whether the mean validation score was higher at the end than half-way.
    own_grid : bool
        Whether the rates were given by their number.
    early_stopping : bool
        Whether the number of iterations was chosen too.
    """

    is_largest: bool
    rises: bool
    own_grid: bool
    early_stopping: bool

    def excuses(self, status: str) -> bool:
        """Return whether validation has chosen a fit that is bad on the training rows."""
        return status != "diverged" and not (self.is_largest and (self.rises or status == "stalled"))


@dataclass(frozen=True, eq=False)
class Case:
    """A descent that is judged.

    Attributes
    ----------
    problem : Problem
        What was descended.
    run : Run
        How.
    status : str
        Why the descent ended, as a diagnosis says it.
    continues : bool
        Whether the next fit continues from this one.
    choice : Choice or None
        How a search came to it.
    """

    problem: Problem
    run: Run
    status: str
    continues: bool = False
    choice: Choice | None = None

    @property
    def settings(self) -> Settings:
        """The settings; for a search with a grid of its own, with ``alpha="auto"``, which the grid reaches."""
        settings = self.run.settings
        return replace(settings, alpha="auto") if self.choice and self.choice.own_grid else settings

    def next_start(self, problem: Problem, *, same_rules: bool) -> Start:
        """Return where the next fit begins, in the coordinates of `problem`; `same_rules` keep the optimizer's state.

        After a divergence and with early stopping it begins at the best iterate, without a state.
        """
        run = self.run
        if not self.continues:
            return Start(run.start.theta)
        from_best = self.status == "diverged" or run.validation_errors is not None
        if from_best or not same_rules:
            theta = run.best if from_best else run.last
            return Start(problem.from_user(*self.problem.to_user(theta)))
        return Start(run.before_last_step, run.n_iter, run.state)
