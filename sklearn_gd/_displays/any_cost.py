"""`GradientDescentDisplay`: gradient descent on any function of one or two variables."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sklearn_gd._displays.bowl import draw_contour, draw_path, frame_of, is_at_one_scale
from sklearn_gd._displays.canvas import axes_or_new, legend, number, remove, short_numbers
from sklearn_gd._displays.colours import GREY, line_look
from sklearn_gd._minimize import DescentResult, Function, Gradient, Minimised
from sklearn_gd._verdict.limits import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_GRID = 400
# The number of tangents at the first iterates, and their length and minimum distance as shares of the plot's width.
_TANGENTS, _LENGTH, _APART = 6, 0.4, 0.1
# The frame contains at most _FIRST iterates of a diverging path, and only those within _STEPS times the first step.
_FIRST, _STEPS = 6, 4.0
_CURVE = "curve"


@dataclass(kw_only=True, eq=False, repr=False)
class GradientDescentDisplay:
    r"""The path of `gradient_descent` on a function of one or two variables.

    Use `from_result` to create a display. For one variable it shows the curve of the function, the iterates, the steps
    between them, and the tangents at the first iterates: a step is the slope of the tangent times ``alpha``. For two
    variables it shows the contour with the path. A diverging path ends in an arrow where it leaves the frame.
    Several results for the same function, such as those of two starts, can be plotted on the same axes.

    Parameters
    ----------
    path : ndarray of shape (n_iter + 1, n)
        The iterates.
    values : ndarray of shape (n_iter + 1,)
        The values of the function at the iterates.
    slopes : ndarray of shape (n_slopes, n)
        The gradients at the first iterates.
    value : callable
        The function, ``value(points)``, for points of shape (..., n).
    diverged : bool, default=False
        Whether the descent diverged.
    name : str, default=""
        The name of the path in the legend.
    result : OptimizeResult
        In `from_result`: the result of `gradient_descent`.
    fun : callable
        In `from_result`: the function, as for `gradient_descent`.
    args : tuple, default=()
        In `from_result`: extra arguments passed to `fun` and `jac`.
    jac : callable, True or None, default=None
        In `from_result`: the gradient, as for `gradient_descent`; True if `fun` returns the gradient too.
    ax
        The axes to plot on, such as `ax_` of another display. If None, new axes are created.

    Attributes
    ----------
    ax_, figure_ : matplotlib's Axes, Figure
        The axes and the figure with the plot.
    line_ : matplotlib's Line2D
        The path.
    curve_ : matplotlib's Line2D or None
        The curve of a function of one variable.
    contour_ : matplotlib's ContourSet or None
        The contour of a function of two variables.
    tangents_ : list of matplotlib's Line2D
        The tangents at the first iterates.

    Examples
    --------
    >>> from sklearn_gd import gradient_descent
    >>> from sklearn_gd.displays import GradientDescentDisplay
    >>> def f(a):
    ...     return (a[0] ** 2 - 1) ** 2 + 0.3 * a[0]
    >>> left = gradient_descent(f, -1.8, alpha=0.02)
    >>> right = gradient_descent(f, 1.8, alpha=0.02)
    >>> display = GradientDescentDisplay.from_result(left, f, name="global")
    >>> display = GradientDescentDisplay.from_result(
    ...     right, f, name="local", ax=display.ax_
    ... )
    >>> display.line_.get_label()
    'local'
    """

    path: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    value: Callable[[np.ndarray], np.ndarray]
    diverged: bool = False
    name: str = ""
    ax_: "Axes" = field(init=False)
    figure_: "Figure" = field(init=False)
    line_: "Line2D" = field(init=False)
    curve_: "Line2D | None" = field(init=False)
    contour_: "ContourSet | None" = field(init=False)
    tangents_: "list[Line2D]" = field(init=False)

    @classmethod
    def from_result(
        cls,
        result: DescentResult,
        fun: Minimised,
        *,
        args: tuple[object, ...] = (),
        jac: Gradient | bool | None = None,
        ax: "Axes | None" = None,
        name: str | None = None,
    ) -> "GradientDescentDisplay":
        """Plot the path of a result; the class describes the parameters."""
        if not (hasattr(result, "path") and hasattr(result, "cost_history")):
            raise TypeError(
                f"{cls.__name__} needs a result of gradient_descent, with path and cost_history. "
                f"Got {result!r} instead."
            )
        path = np.asarray(result.path)
        if path.shape[1] > 2:
            raise ValueError(
                f"{cls.__name__} needs one or two variables. Got {path.shape[1]} instead; "
                "plot the cost with plt.plot(result.cost_history)."
            )
        function = Function(fun, jac, args)
        with np.errstate(all="ignore"):
            slopes = [function.value_and_gradient(x)[1] for x in path[:_TANGENTS]] if path.shape[1] == 1 else []
        return cls(
            path=path,
            values=np.asarray(result.cost_history),
            slopes=np.array(slopes),
            value=_on_points(function),
            diverged=result.status == 2,
            name=_title(result) if name is None else name,
        ).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> "GradientDescentDisplay":
        """Draw the plot; the class describes the parameters."""
        is_new = ax is None
        ax = axes_or_new(ax)
        look = line_look(ax, 1.0, math.nan)
        self.tangents_, self.curve_, self.contour_ = [], None, None
        inside = _tame(self.path) if self.diverged else self.path
        frame = frame_of([inside], inside[int(np.argmin(self.values[: len(inside)]))])
        if self.path.shape[1] == 1:
            self._of_one(ax, frame, look)
        else:
            self._of_two(ax, frame, look, is_new)
        short_numbers(ax)
        legend(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _of_one(self, ax, frame, look: dict) -> None:
        is_second = remove(ax, _CURVE)
        if is_second:
            sides = [frame[0], ax.get_xlim()]
            frame = ((min(a for a, _ in sides), max(b for _, b in sides)),)
        x = np.linspace(*frame[0], _GRID)
        (self.curve_,) = ax.plot(x, self.value(x[:, np.newaxis]), color=GREY, linewidth=1.2, zorder=1)
        self.curve_.set_gid(_CURVE)
        at = self.path[:, 0]
        inside = (at >= frame[0][0]) & (at <= frame[0][1])
        low, high = self.values[inside].min(), self.values[inside].max()
        # Where the curve falls far below the path, such as next to a pole, it leaves the frame.
        low = max(min(low, np.nanmin(self.curve_.get_ydata())), low - (high - low) / 2.0)
        bottom, top = low - 0.1 * (high - low), high + 0.25 * (high - low)
        if self.diverged:
            top = max(top, np.nanmax(self.curve_.get_ydata()))
        if is_second:
            bottom, top = min(bottom, ax.get_ylim()[0]), max(top, ax.get_ylim()[1])
        ax.set(xlim=frame[0], xlabel="$x$", ylabel="$f(x)$")
        if top > bottom:
            ax.set_ylim(bottom, top)
        self._draw(ax, np.column_stack([at, self.values]), (frame[0], ax.get_ylim()), look)
        self.tangents_ = self._tangents(ax, look["color"])

    def _tangents(self, ax, colour) -> list:
        """Draw the tangents at the first iterates, all with the same length on screen, however steep they are."""
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        lines, last = [], math.inf
        for x, value, slope in zip(self.path[:, 0], self.values, self.slopes[:, 0], strict=False):
            if abs(x - last) < _APART * (right - left) or not (left <= x <= right and np.isfinite(slope)):
                continue
            last, steepness = x, slope * (right - left) / (top - bottom)
            run = _LENGTH * (right - left) / 2.0 / math.hypot(1.0, steepness)
            ends = np.array([x - run, x + run])
            lines += ax.plot(ends, value + slope * (ends - x), color=colour, linewidth=2.5, alpha=0.4, zorder=2)
        return lines

    def _of_two(self, ax, frame, look: dict, is_new: bool) -> None:
        self.contour_, frame = draw_contour(ax, frame, self.value)
        if is_new and is_at_one_scale(frame):
            ax.set_aspect("equal")
        ax.set(xlabel="$x_0$", ylabel="$x_1$")
        self._draw(ax, self.path, frame, look)

    def _draw(self, ax, points: np.ndarray, frame, look: dict) -> None:
        self.line_, arrow = draw_path(ax, points, frame, {**look, "label": self.name, "linewidth": 1.2})
        ax.plot(*points[0], "s", color=look["color"], zorder=4, markersize=6)
        if arrow is None:
            ax.plot(*points[-1], "*", color=look["color"], zorder=4, markersize=11)


def _tame(path: np.ndarray) -> np.ndarray:
    """Return the first iterates of a diverging path, at least two."""
    path = path[np.isfinite(path).all(axis=1)][:_FIRST]
    far = np.abs(path - path[0]).max(axis=1)
    return path[far <= _STEPS * far[1]] if len(path) > 1 else path


def _on_points(function: Function) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function for points of shape (..., n); it is NaN where it is not defined."""

    def at(x: np.ndarray) -> float:
        try:
            return function.value(x)
        except (ArithmeticError, ValueError):
            return math.nan

    def value(points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            values = np.array([at(x) for x in points.reshape(-1, points.shape[-1])])
        return np.where(np.isfinite(values), values, np.nan).reshape(points.shape[:-1])

    return value


def _title(result) -> str:
    if result.status == 2:
        return "diverging"
    span = float(np.ptp(result.path, axis=0).max())
    digits = 2 - math.floor(math.log10(span)) if span else 3  # smaller digits are noise compared to the steps
    point = ", ".join(f"${number(round(float(x), digits) + 0.0)}$" for x in result.x)
    return f"{count(result.nit)} to {point if len(result.x) == 1 else f'({point})'}"
