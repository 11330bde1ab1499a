"""`CostCurveDisplay`: the cost against the iteration."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sklearn_gd._displays.canvas import axes_or_new, legend, short_numbers, spans_decades, whole_numbers
from sklearn_gd._displays.colours import line_look
from sklearn_gd._displays.followed import Fitted, regressor_of, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# A diverging cost is shown up to this multiple of the initial cost.
_HEADROOM = 100.0
# The iterations are on a logarithmic axis if the cost falls by the share _FALL within the share _WITHIN of more than
# _LONG iterations.
_FALL, _WITHIN, _LONG = 0.9, 0.03, 300


@dataclass(kw_only=True, eq=False, repr=False)
class CostCurveDisplay:
    r"""The cost ``J`` against the iteration ``t``, for one fit or for several on the same axes.

    Use `from_estimator` to create a display. For a fit with early stopping it also shows the cost on the validation
    rows, as a dashed line, and marks the iterate that was kept. The axis of ``J`` is logarithmic if the cost falls by a
    factor of more than 100, and that of ``t`` if most of the fall is in the first few of many iterations. A diverging
    cost leaves the frame.
    The colour of a line shows its learning rate, as in every display: blue is too small, green good, yellow
    overshooting, red diverging. Other optimizers have different limits; their fits cycle through other colours.

    Parameters
    ----------
    costs : ndarray of shape (n_iter + 1,)
        The cost of each iterate, starting with the initial guess.
    validation_costs : ndarray of shape (n_iter + 1,) or None, default=None
        The cost of each iterate on the validation rows.
    minimum : float, default=nan
        The exact minimum ``J*`` of the cost; NaN if it is not known.
    alpha : float, default=1.0
        The learning rate.
    alpha_limit : float, default=nan
        The limit ``2 / L``; NaN for other optimizers, to which it does not apply.
    name : str, default=""
        The name of the line in the legend.
    estimator
        In `from_estimator`: a fitted `GDLinearRegressor` or `GDLinearRegressorCV`, or a pipeline that ends with one.
    ax
        In `from_estimator` and `plot`: the axes to plot on, such as `ax_` of another display. If None, new axes are
        created.
    from_minimum : bool
        In `from_estimator` and `plot`: whether to plot ``J - J*``, the distance to the exact minimum, on a logarithmic
        axis, where plain descent approaches a straight line.
    line_kwargs : dict or None
        In `plot`: keyword arguments passed to matplotlib's ``plot`` function.

    Attributes
    ----------
    ax_, figure_ : matplotlib's Axes, Figure
        The axes and the figure with the plot.
    line_ : matplotlib's Line2D
        The line of the cost.
    validation_line_ : matplotlib's Line2D or None
        The line of the validation cost.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_gd import GDLinearRegressor
    >>> from sklearn_gd.displays import CostCurveDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> slow = GDLinearRegressor(0.1, standardize=True, max_iter=2000).fit(X, y)
    >>> fast = GDLinearRegressor(standardize=True, max_iter=2000).fit(X, y)
    >>> display = CostCurveDisplay.from_estimator(slow, name="slow")
    >>> display = CostCurveDisplay.from_estimator(
    ...     fast, name="fast", ax=display.ax_
    ... )
    >>> [line.get_label() for line in display.ax_.lines]
    ['slow', 'fast']
    """

    costs: np.ndarray
    validation_costs: np.ndarray | None = None
    minimum: float = np.nan
    alpha: float = 1.0
    alpha_limit: float = np.nan
    name: str = ""
    ax_: "Axes" = field(init=False)
    figure_: "Figure" = field(init=False)
    line_: "Line2D" = field(init=False)
    validation_line_: "Line2D | None" = field(init=False)

    @classmethod
    def from_estimator(
        cls, estimator: Fitted, *, ax: "Axes | None" = None, name: str | None = None, from_minimum: bool = False
    ) -> "CostCurveDisplay":
        """Plot the cost of a fit; the class describes the parameters."""
        model = regressor_of(estimator)
        diagnosis = model.diagnosis_
        settings, problem = diagnosis._run.settings, diagnosis._problem
        exact = None if problem is None else replace(problem).cost  # a copy, so that its results are not kept
        return cls(
            costs=model.cost_history_,
            validation_costs=model.validation_cost_history_,
            minimum=np.nan if exact is None else exact.minimum,
            alpha=model.alpha_,
            alpha_limit=diagnosis.alpha_limit if settings.is_plain else np.nan,
            name=title_of(settings, model.alpha_) if name is None else name,
        ).plot(ax, from_minimum=from_minimum)

    def plot(
        self, ax: "Axes | None" = None, *, from_minimum: bool = False, line_kwargs: dict[str, Any] | None = None
    ) -> Self:
        """Draw the plot; the class describes the parameters."""
        if from_minimum and np.isnan(self.minimum):
            raise ValueError("The minimum is not known, because the fit was row by row; fit with precompute=True.")
        ax = axes_or_new(ax)
        J = np.where(np.isfinite(self.costs), self.costs, np.nan)
        if from_minimum:
            J = J - self.minimum
            J[~(J > 0.0)] = np.nan  # at the minimum, to rounding
        look = line_look(ax, self.alpha, self.alpha_limit)
        (self.line_,) = ax.plot(np.arange(len(J)), J, **{"label": self.name, **look, **(line_kwargs or {})})
        self.validation_line_ = None
        shown = [J]
        if self.validation_costs is not None and not from_minimum:
            V = self.validation_costs
            t = np.arange(len(J) - len(V), len(J))
            (self.validation_line_,) = ax.plot(
                t, V, color=self.line_.get_color(), linestyle="--", label=f"{self.name}, validation"
            )
            best = int(np.nanargmin(V))
            ax.plot(t[best], V[best], "o", color=self.line_.get_color(), label="_kept")
            shown.append(V)
        self._scale(ax, np.concatenate(shown), from_minimum)
        ax.set(xlabel="iteration $t$", ylabel=r"$J(\theta) - J^*$" if from_minimum else r"cost $J(\theta)$")
        if not from_minimum and _falls_at_once(J):
            ax.set_xscale("symlog", linthresh=1.0, linscale=0.3)
            ax.set_xlim(left=0.0, auto=None)
        elif ax.get_xscale() == "linear":
            whole_numbers(ax)
        short_numbers(ax, "y")
        legend(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @staticmethod
    def _scale(ax, shown: np.ndarray, from_minimum: bool) -> None:
        ax.autoscale()
        if from_minimum or spans_decades(shown):
            ax.set_yscale("log")
        curves = [np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines() if line.get_gid()]
        firsts = [J[np.isfinite(J)][0] for J in curves if np.isfinite(J).any()]
        highest = max((np.nanmax(J) for J in curves if np.isfinite(J).any()), default=0.0)
        if firsts and highest > _HEADROOM * max(firsts) > 0.0:
            ax.set_ylim(top=_HEADROOM * max(firsts))


def _falls_at_once(J: np.ndarray) -> bool:
    J = J[np.isfinite(J)]
    if len(J) <= _LONG or J[-1] >= J[0]:
        return False
    fallen = J[0] - J >= _FALL * (J[0] - J.min())
    return bool(np.argmax(fallen) < _WITHIN * len(J))
