"""`SchedulerDisplay`: the learning rate against the iteration."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils import check_scalar

from sklearn_gd._descent.settings import Settings
from sklearn_gd._displays.canvas import axes_or_new, legend, plain, whole_numbers
from sklearn_gd._displays.colours import line_look
from sklearn_gd.schedulers import Scheduler, SchedulerName

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


@dataclass(kw_only=True, eq=False, repr=False)
class SchedulerDisplay:
    r"""The learning rate ``alpha_t = alpha * scheduler(t, max_iter)`` against the iteration ``t``.

    Use `from_schedulers` to create a display.

    Parameters
    ----------
    rates : ndarray of shape (n_schedulers, max_iter)
        The learning rate of each scheduler at each iteration.
    names : list of str
        The names of the schedulers in the legend.
    schedulers : list or dict
        In `from_schedulers`: names, instances or your own functions; the keys of a dict are the names in the legend.
        A single scheduler need not be in a list.
    max_iter : int, default=100
        In `from_schedulers`: the number of iterations.
    alpha : float, default=1.0
        In `from_schedulers`: the learning rate; with 1, the plot shows the factors.
    ax
        The axes to plot on, such as `ax_` of another display. If None, new axes are created.

    Attributes
    ----------
    ax_, figure_ : matplotlib's Axes, Figure
        The axes and the figure with the plot.
    lines_ : list of matplotlib's Line2D
        The line of each scheduler.

    Examples
    --------
    >>> from sklearn_gd.displays import SchedulerDisplay
    >>> from sklearn_gd.schedulers import Step
    >>> schedulers = ["linear", "cosine", Step(step_size=30)]
    >>> display = SchedulerDisplay.from_schedulers(schedulers)
    >>> [line.get_label() for line in display.lines_]
    ['linear', 'cosine', 'Step(step_size=30)']
    """

    rates: np.ndarray
    names: list[str]
    ax_: "Axes" = field(init=False)
    figure_: "Figure" = field(init=False)
    lines_: "list[Line2D]" = field(init=False)

    @classmethod
    def from_schedulers(
        cls,
        schedulers: SchedulerName
        | Scheduler
        | Iterable[SchedulerName | Scheduler]
        | Mapping[str, SchedulerName | Scheduler],
        *,
        max_iter: int = 100,
        alpha: float = 1.0,
        ax: "Axes | None" = None,
    ) -> "SchedulerDisplay":
        """Plot the learning rates of schedulers; the class describes the parameters."""
        check_scalar(max_iter, "max_iter", (int, np.integer), min_val=1)
        check_scalar(alpha, "alpha", (int, float, np.number), min_val=0.0, include_boundaries="neither")
        if isinstance(schedulers, str) or callable(schedulers):
            schedulers = [schedulers]
        if not isinstance(schedulers, Iterable):
            raise TypeError(
                f"schedulers must be names or callables, such as ['linear', 'cosine']. Got {schedulers!r} instead."
            )
        named = schedulers if isinstance(schedulers, Mapping) else {}
        schedulers = list(named.values() if named else schedulers)
        if not schedulers:
            raise ValueError("There is no scheduler to plot; pass at least one, such as ['linear', 'cosine'].")
        rates = []
        for scheduler in schedulers:
            options = {"alpha": float(alpha), "optimizer": "gd", "scheduler": scheduler, "max_iter": max_iter}
            rates.append(Settings.of(cls.__name__, {**options, "tol": None}).rates(np.arange(max_iter)))
        names = [str(name) for name in named] or [plain(_name(scheduler)) for scheduler in schedulers]
        return cls(rates=np.array(rates), names=names).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> "SchedulerDisplay":
        """Draw the plot; the class describes the parameters."""
        ax = axes_or_new(ax)
        t = np.arange(self.rates.shape[1])
        self.lines_ = []
        widths = np.linspace(4.0, 1.2, len(self.names))  # so that lines that coincide are all visible
        for rates, name, width in zip(self.rates, self.names, widths, strict=True):
            self.lines_ += ax.plot(t, rates, label=name, linewidth=width, **line_look(ax, 1.0, math.nan))
        ax.set(xlabel="iteration $t$", ylabel=r"learning rate $\alpha_t$")
        ax.set_ylim(0.0, max(1.05 * self.rates.max(), ax.get_ylim()[1]))
        whole_numbers(ax)
        legend(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _name(scheduler) -> str:
    return scheduler if isinstance(scheduler, str) else getattr(scheduler, "__name__", None) or repr(scheduler)
