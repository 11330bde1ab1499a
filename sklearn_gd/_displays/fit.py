"""`FitDisplay`: the fitted line at some iterations, next to the same iterates on the contour of the cost."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array, column_or_1d

from sklearn_gd._displays.bowl import STANDARDISED, Plane, draw_contour, draw_path, frame_of
from sklearn_gd._displays.canvas import number, plain, pyplot, short_numbers, two_axes_or_new
from sklearn_gd._displays.colours import GREY, OTHERS, rate_colour
from sklearn_gd._displays.followed import Source, numbers_of, one_target
from sklearn_gd._path import DescentOptionsWithTol
from sklearn_gd._typing import Matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_MAX_ITER = 100
_LINES = 5
_ROWS = 1000
_FRAMES = 50


@dataclass(kw_only=True, eq=False, repr=False)
class FitDisplay:
    r"""The line ``h(x) = theta_0 + theta_1 x`` through the data of one feature at some iterations, next to the contour.

    Use `from_data` to create a display. It shows the same iterates twice: as lines through the data, and as points
    ``(theta_0, theta_1)`` on the contour of the cost ``J``. The colours of the iterates run from dark at the start to
    light. `animate` shows one iteration after another.
    With ``standardize=True``, the contour is in standardised coordinates.

    Parameters
    ----------
    x, y : ndarray of shape (n_samples,)
        The data.
    plane : Plane
        The plane of ``theta_0`` and ``theta_1``.
    path : ndarray of shape (n_iterates, 2)
        The iterates on the plane.
    intercepts, slopes : ndarray of shape (n_iterates,)
        The iterates, for the original feature.
    costs : ndarray of shape (n_iterates,)
        The costs of the iterates.
    numbers : ndarray of shape (n_iterates,)
        The iteration numbers of the iterates.
    iterations : array-like of int
        The iterations to show. In `from_data`, None selects a few, from the first to the last.
    alpha : float
        The learning rate; in `from_data` also ``"auto"``.
    alpha_limit : float, default=nan
        The limit ``2 / L``; NaN for other optimizers, to which it does not apply.
    diverged : bool, default=False
        Whether the cost at the end exceeds that at the start.
    feature_name : str, default=""
        The name of the feature.
    X, y, sample_weight
        In `from_data`: the data, with one feature and one target.
    max_iter : int, default=100
        In `from_data`: maximum number of iterations.
    ax : pair of axes or None
        The axes for the data and for the contour. If None, new axes are created.
    **options
        In `from_data`: further options of `descent_path`, such as `optimizer`, `scheduler` or `standardize`.

    Attributes
    ----------
    ax_ : ndarray of shape (2,)
        The axes of the data and of the contour.
    figure_ : matplotlib's Figure
        The figure with the plot.
    scatter_ : matplotlib's PathCollection
        The points of the data.
    lines_, points_ : list of matplotlib's Line2D
        The line and the point of each iteration shown.
    path_ : matplotlib's Line2D
        The whole path on the contour.
    contour_ : matplotlib's ContourSet or None
        The contour of the cost.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.displays import FitDisplay
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> y = np.array([3.0, 5.0, 7.0, 9.0])
    >>> display = FitDisplay.from_data(X, y, alpha=0.1, iterations=[0, 1, 10])
    >>> [line.get_label() for line in display.lines_]
    ['$t = 0$', '$t = 1$', '$t = 10$']
    """

    x: np.ndarray
    y: np.ndarray
    plane: Plane
    path: np.ndarray
    intercepts: np.ndarray
    slopes: np.ndarray
    costs: np.ndarray
    numbers: np.ndarray
    iterations: np.ndarray
    alpha: float
    alpha_limit: float = math.nan
    diverged: bool = False
    feature_name: str = ""
    ax_: np.ndarray = field(init=False)
    figure_: "Figure" = field(init=False)
    scatter_: "PathCollection" = field(init=False)
    lines_: "list[Line2D]" = field(init=False)
    points_: "list[Line2D]" = field(init=False)
    path_: "Line2D" = field(init=False)
    contour_: "ContourSet | None" = field(init=False)

    @classmethod
    def from_data(
        cls,
        X: Matrix,
        y: ArrayLike,
        *,
        alpha: float | Literal["auto"] = "auto",
        iterations: ArrayLike | None = None,
        ax: "Sequence[Axes] | np.ndarray | None" = None,
        sample_weight: ArrayLike | None = None,
        max_iter: int = _MAX_ITER,
        **options: Unpack[DescentOptionsWithTol],
    ) -> "FitDisplay":
        """Plot the descent on the data; the class describes the parameters."""
        source = Source.of(cls.__name__, X, y, sample_weight, alpha, max_iter=max_iter, **options)
        problem = source.problem
        if problem.data.n_features != 1:
            raise ValueError(
                f"{cls.__name__} needs one feature, but X has {problem.data.n_features}; pass one of them, such as "
                "X[:, [0]], or use DescentPathDisplay for all."
            )
        one_target(problem, cls.__name__)
        descent = source.run(alpha)
        thetas, numbers = np.array(descent.thetas), numbers_of(descent)
        coefs, intercepts = problem.to_user(thetas.T)
        plane = Plane.of(problem, source.start.theta, None, cls.__name__)
        return cls(
            x=check_array(X, dtype=np.float64)[:, 0],
            y=column_or_1d(y),
            plane=plane,
            path=plane.project(thetas),
            intercepts=intercepts,
            slopes=coefs[0],
            costs=descent.costs[numbers],
            numbers=numbers,
            iterations=_chosen(iterations, numbers),
            alpha=descent.alpha,
            alpha_limit=source.alpha_limit,
            diverged=not descent.costs[-1] <= descent.costs[0],
            feature_name="".join(problem.data.feature_names),
        ).plot(ax)

    def plot(self, ax: "Sequence[Axes] | np.ndarray | None" = None) -> "FitDisplay":
        """Draw the plot; the class describes the parameters."""
        self.ax_ = two_axes_or_new(ax)
        self.figure_ = self.ax_[0].figure
        data, map_ = self._background(self.ax_)
        places = np.searchsorted(self.numbers, self.iterations)
        colours = _colours(len(places))
        self.lines_, self.points_ = [], []
        for place, colour in zip(places.tolist(), colours, strict=True):
            label = f"$t = {self.numbers[place]}$"
            self.lines_ += data.plot(*self._line(place), color=colour, linewidth=2, label=label)
            self.points_ += map_.plot(*self.path[place], "o", color=colour, zorder=4, markeredgecolor="k")
        data.legend(fontsize="small", framealpha=0.9)
        return self

    def animate(self, *, interval: int = 200) -> "FuncAnimation":
        """Return a matplotlib animation of the descent, iteration by iteration.

        Parameters
        ----------
        interval : int, default=200
            The delay between frames, in milliseconds.

        Returns
        -------
        animation : matplotlib.animation.FuncAnimation
            Show it in a notebook with ``animation.to_jshtml()``, or save it with
            ``animation.save("descent.gif", writer="pillow")``.
        """
        ax = two_axes_or_new(None)
        from matplotlib.animation import FuncAnimation

        data, map_ = self._background(ax, path=False)
        colour = self._colour
        (line,) = data.plot([], [], color=colour, linewidth=2)
        (trail,) = map_.plot([], [], ".-", color=colour, zorder=4)
        frames = np.arange(len(self.path))
        if len(frames) > _FRAMES:  # fewer and fewer, because the steps become shorter
            frames = np.unique(np.geomspace(1, len(frames), _FRAMES).round().astype(int)) - 1

        def draw(place: int):
            line.set_data(*self._line(place))
            trail.set_data(*self.path[: place + 1].T)
            data.set_title(f"$t = {self.numbers[place]}$", fontsize="medium")
            map_.set_title(rf"$J(\theta) = {number(self.costs[place])}$", fontsize="medium")
            return line, trail

        draw(0)
        figure = ax[0].figure
        # With a single layout nothing jumps between frames, and saving the animation takes half the time.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        animation = FuncAnimation(figure, draw, frames=frames.tolist(), interval=interval)
        pyplot().close(figure)  # otherwise a notebook would also show the first frame
        return animation

    def _background(self, ax, *, path: bool = True):
        data, map_ = ax
        some = slice(None, None, math.ceil(len(self.x) / _ROWS))
        scatter = data.scatter(self.x[some], self.y[some], s=12, color=GREY, zorder=0)
        heights = self.y
        lines = slice(1) if self.diverged else slice(None)
        heights = np.append(heights, (self.intercepts + self.slopes * self.x.mean())[lines])
        x, y = (frame_of([column[:, np.newaxis]])[0] for column in (self.x, heights))
        data.set(xlim=x, ylim=y, xlabel=plain(self.feature_name) or "$x$", ylabel="$y$")
        data.set_title(r"$h(x) = \theta_0 + \theta_1 x$", fontsize="medium")
        frame = frame_of([self.path[:1] if self.diverged else self.path], self.plane.centre)
        contour, frame = draw_contour(map_, frame, self.plane.cost)
        map_.plot(*self.plane.centre, "k*", markersize=12, zorder=3.5, markeredgecolor="white", markeredgewidth=0.6)
        short = [label.removesuffix(STANDARDISED) for label in self.plane.labels]
        map_.set(xlabel=short[0], ylabel=short[1])
        standard = " standardised" if self.plane.problem.standardize else ""
        map_.set_title(rf"$J(\theta)${standard}, $\alpha = {number(self.alpha)}$", fontsize="medium")
        short_numbers(data)
        short_numbers(map_)
        if path:
            colour = self._colour
            self.path_, _ = draw_path(map_, self.path, frame, {"color": colour})
            self.scatter_, self.contour_ = scatter, contour
        return data, map_

    @property
    def _colour(self):
        return OTHERS[0] if math.isnan(self.alpha_limit) else rate_colour(self.alpha, self.alpha_limit)

    def _line(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        x = np.array(frame_of([self.x[:, np.newaxis]])[0])
        return x, self.intercepts[place] + self.slopes[place] * x


def _chosen(iterations, numbers: np.ndarray) -> np.ndarray:
    """Return the iterations to show: the requested ones, or a few from the first to the last."""
    last = int(numbers[-1])
    if iterations is None:
        wanted = np.geomspace(1, last + 1, min(_LINES, last + 1)).round().astype(int) - 1
        return np.unique(numbers[np.searchsorted(numbers, wanted)])
    wanted = np.atleast_1d(np.asarray(iterations))
    if wanted.dtype.kind not in "iu" or wanted.ndim != 1 or not wanted.size or (wanted < 0).any():
        raise ValueError(f"iterations must be integers of at least 0. Got {iterations!r} instead.")
    if (wanted > last).any():
        raise ValueError(
            f"The descent ended at iteration {last}, so there is no iteration {wanted.max()}; "
            "raise max_iter, or set tol=None."
        )
    return np.unique(numbers[np.searchsorted(numbers, wanted)])


def _colours(n: int):
    from matplotlib import colormaps

    return colormaps["viridis"](np.linspace(0.0, 0.9, n))
