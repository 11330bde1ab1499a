"""`DescentPathDisplay`: the cost over two parameters, and the path of each learning rate on it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import check_numbers
from sklearn_gd._displays.bowl import (
    DISTANCE,
    Plane,
    draw_contour,
    draw_path,
    draw_surface,
    frame_of,
    is_at_one_scale,
)
from sklearn_gd._displays.canvas import axes_or_new, legend, short_numbers
from sklearn_gd._displays.colours import line_look
from sklearn_gd._displays.followed import Fitted, Source, again, one_target, regressor_of, title_of
from sklearn_gd._path import DescentOptionsWithTol
from sklearn_gd._typing import Matrix
from sklearn_gd._verdict.rate import verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

# Too small, good, overshooting and diverging rates, as shares of 2 / L; for other optimizers, as shares of "auto".
_SHARES = (0.005, 0.5, 0.9, 1.05)
_SHARES_OF_AUTO = (0.1, 1.0)
# Plain descent needs about twice the condition number of iterations along the flattest direction; these are the bounds.
_MAX_ITER = (30, 1000)
# A descent has arrived when this share of its initial distance in cost is left.
_ARRIVED = 1e-3
KINDS = ("contour", "surface")


@dataclass(kw_only=True, eq=False, repr=False)
class DescentPathDisplay:
    r"""The cost ``J`` over two parameters, with the path of a descent at each of several learning rates.

    Use `from_data` or `from_estimator` to create a display. With one feature, the axes are the intercept ``theta_0``
    and the slope ``theta_1``. With more features, the plot shows a plane through the minimum. By default its axes are
    the steepest and the flattest direction: the eigenvectors of the largest and the smallest non-zero eigenvalue of the
    Hessian, ``L`` and ``mu``, along which plain descent moves independently of all other directions. Alternatively they
    are two of the coefficients. The cost is exact on this plane, and the iterates are projected onto it. The
    coordinates are those of the descent; with ``standardize=True`` they are standardised.

    The colour of a path shows its learning rate as a share of the limit ``2 / L``, as in every display:
    blue is too small (below 1/20 of the limit), green good (up to ``1 / L``), yellow overshooting, red diverging.
    Other optimizers have different limits; their paths cycle through other colours.
    A path that leaves the frame ends there in an arrow.

    Parameters
    ----------
    plane : Plane
        The plane of the plot.
    paths : list of ndarray of shape (n_iterates, 2)
        The projected iterates at each learning rate.
    alphas : ndarray of shape (n_alphas,)
        The learning rates.
    alpha_limit : float, default=nan
        The limit ``2 / L``; NaN for other optimizers, to which it does not apply.
    diverged : list of bool
        For each path, whether its cost at the end exceeds that at the start.
    names : list of str
        The names of the paths in the legend.
    X, y, sample_weight
        In `from_data`: the data, as for `descent_path`; `X` may be `Moments`. There must be one target.
    estimator
        In `from_estimator`: a fitted `GDLinearRegressor` or `GDLinearRegressorCV`, or a pipeline that ends with one.
        The path is that of its last descent, with the same start and the same rates.
    name : str or None
        In `from_estimator`: the name in the legend. None shows the learning rate, and the optimizer and the scheduler
        if they are not the default ones.
    features : pair of int or str, or None
        In `from_data` and `from_estimator`: the features whose coefficients are the axes, by number or by name.
        None uses the steepest and the flattest direction; with one feature, intercept and slope.
    kind : {"contour", "surface"}
        Whether to draw a contour plot or a surface in three dimensions.
    ax
        The axes to plot on, such as `ax_` of another display; a surface needs axes with ``projection="3d"``. If None,
        new axes are created.
    max_iter : int or None, default=None
        In `from_data`: maximum number of iterations. None means twice the condition number ``L / mu``, which plain
        descent needs along the flattest direction, but at least 30 and at most 1000.
    **options
        In `from_data`: further options of `descent_path`, such as `optimizer`, `scheduler` or `standardize`.

    Attributes
    ----------
    ax_, figure_ : matplotlib's Axes, Figure
        The axes and the figure with the plot.
    contour_, surface_ : matplotlib's ContourSet, Poly3DCollection, or None
        The contour or the surface of the cost; the other one is None. Both are None if the cost is constant.
    lines_ : list of matplotlib's Line2D
        The paths, as far as the frame.
    arrows_ : list
        For each path the arrow where it leaves the frame, or None.
    frame_ : tuple
        The intervals of the two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd.displays import DescentPathDisplay
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> y = np.array([3.0, 5.0, 7.0, 9.0])
    >>> display = DescentPathDisplay.from_data(X, y, alphas=[0.1, 0.3])
    >>> display.ax_.get_xlabel(), [bool(one) for one in display.diverged]
    ('intercept $\\theta_0$', [False, True])
    """

    plane: Plane
    paths: list[np.ndarray]
    alphas: np.ndarray
    alpha_limit: float = math.nan
    diverged: list[bool]
    names: list[str]
    ax_: "Axes" = field(init=False)
    figure_: "Figure" = field(init=False)
    contour_: "ContourSet | None" = field(init=False)
    surface_: "Poly3DCollection | None" = field(init=False)
    lines_: "list[Line2D]" = field(init=False)
    arrows_: "list[Annotation | None]" = field(init=False)
    frame_: tuple[tuple[float, float], tuple[float, float]] = field(init=False)

    @classmethod
    def from_data(
        cls,
        X: Matrix | Moments,
        y: ArrayLike | None = None,
        *,
        alphas: ArrayLike | None = None,
        features: Sequence[str | int] | None = None,
        kind: Literal["contour", "surface"] = "contour",
        ax: "Axes | None" = None,
        sample_weight: ArrayLike | None = None,
        max_iter: int | None = None,
        **options: Unpack[DescentOptionsWithTol],
    ) -> "DescentPathDisplay":
        """Plot the paths at several learning rates; the class describes the parameters."""
        _check_kind(kind)
        source = Source.of(cls.__name__, X, y, sample_weight, max_iter=1 if max_iter is None else max_iter, **options)
        one_target(source.problem, cls.__name__)
        if max_iter is None:
            n_iter = int(np.clip(2.0 * source.limits.condition_number, *_MAX_ITER))
            source = replace(source, options={**source.options, "max_iter": n_iter})
        limit = source.alpha_limit
        if alphas is None:
            unit = source.auto if math.isnan(limit) or math.isinf(limit) else limit
            alphas = unit * np.array(_SHARES_OF_AUTO if math.isnan(limit) else _SHARES)
        alphas = check_numbers(alphas, "alphas", above=0.0)
        plane = Plane.of(source.problem, source.start.theta, features, cls.__name__)
        descents = [source.run(alpha) for alpha in alphas.tolist()]
        names = [
            _named(descent, limit, source.problem.cost.minimum, title_of(descent.settings, descent.alpha))
            for descent in descents
        ]
        return cls._of(plane, descents, alphas, limit, names).plot(ax, kind=kind)

    @classmethod
    def from_estimator(
        cls,
        estimator: Fitted,
        *,
        features: Sequence[str | int] | None = None,
        kind: Literal["contour", "surface"] = "contour",
        ax: "Axes | None" = None,
        name: str | None = None,
    ) -> "DescentPathDisplay":
        """Plot the path of a fit; the class describes the parameters."""
        _check_kind(kind)
        model = regressor_of(estimator)
        problem, descent = again(model)
        one_target(problem, cls.__name__)
        plane = Plane.of(problem, descent.start.theta, features, cls.__name__)
        settings = model.diagnosis_._run.settings
        limit = model.diagnosis_.alpha_limit if settings.is_plain else math.nan
        name = title_of(settings, model.alpha_) if name is None else name
        return cls._of(plane, [descent], np.array([model.alpha_]), limit, [name]).plot(ax, kind=kind)

    @classmethod
    def _of(cls, plane: Plane, descents: list, alphas, limit: float, names: list[str]) -> "DescentPathDisplay":
        return cls(
            plane=plane,
            paths=[plane.project(descent.thetas) for descent in descents],
            alphas=alphas,
            alpha_limit=limit,
            diverged=[not descent.costs[-1] <= descent.costs[0] for descent in descents],
            names=names,
        )

    def plot(self, ax: "Axes | None" = None, *, kind: Literal["contour", "surface"] = "contour") -> Self:
        """Draw the plot; the class describes the parameters."""
        _check_kind(kind)
        solid = kind == "surface"
        is_new = ax is None
        ax = axes_or_new(ax, solid=solid)
        shown = [path[:1] if diverged else path for path, diverged in zip(self.paths, self.diverged, strict=True)]
        frame = frame_of(shown, self.plane.centre)
        draw = draw_surface if solid else draw_contour
        bowl, self.frame_ = draw(ax, frame, self.plane.cost)
        self.contour_, self.surface_ = (None, bowl) if solid else (bowl, None)
        if is_new and not solid and is_at_one_scale(self.frame_):
            ax.set_aspect("equal")
        self.lines_, self.arrows_ = [], []
        height = self.plane.cost if solid else None
        places = np.argsort(np.argsort(-self.alphas))  # shorter paths on top
        for path, alpha, name, place in zip(self.paths, self.alphas, self.names, places, strict=True):
            look = line_look(ax, alpha, self.alpha_limit)
            look.update(label=name, zorder=3.0 + place / len(places), linewidth=2.4 - 1.1 * (place + 1) / len(places))
            line, arrow = draw_path(ax, path, self.frame_, look, height)
            self.lines_.append(line)
            self.arrows_.append(arrow)
        first, last = self.paths[0][:1], self.plane.centre[np.newaxis]
        for points, marker, label in ((first, "ks", "start"), (last, "k*", r"minimum $\theta^*$")):
            is_there = label in ax.get_legend_handles_labels()[1]
            ax.plot(
                *self._columns(points, solid),
                marker,
                markersize=12 if marker == "k*" else 7,
                zorder=5,
                markeredgecolor="white",  # visible in a dark legend
                markeredgewidth=0.6,
                label=f"_{label}" if is_there else label,
            )
        # A surface plot has no room for the whole label.
        labels = [label.removeprefix(DISTANCE) if solid else label for label in self.plane.labels]
        ax.set(xlabel=labels[0], ylabel=labels[1])
        if solid:
            ax.set_zlabel(r"cost $J(\theta)$", labelpad=9.0)
            for axis in (ax.xaxis, ax.yaxis):
                axis.labelpad = 7.0
        else:
            short_numbers(ax)
            ax.locator_params(axis="x", nbins=7)
        legend(ax, above=solid)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _columns(self, points: np.ndarray, solid: bool) -> tuple[np.ndarray, ...]:
        return (*points.T, self.plane.cost(points)) if solid else tuple(points.T)


def _check_kind(kind) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, KINDS))}. Got {kind!r} instead.")


def _named(descent, limit: float, minimum: float, title: str) -> str:
    """Return the title of a descent, with the verdict on its rate if there is one."""
    if math.isnan(limit) or not descent.settings.is_constant:
        return title
    word, costs = verdict(descent.alpha, limit), descent.costs - minimum
    if word == "too small" and costs[-1] <= _ARRIVED * costs[0]:
        word = "small"
    return f"{title}: {word}"
