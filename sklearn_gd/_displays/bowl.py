"""The cost `J` on a plane through the minimum: its contour or surface, and paths on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sklearn_gd._cost.problem import Problem
from sklearn_gd._displays.canvas import number, plain, remove
from sklearn_gd._displays.colours import GREY

_GRID = 121
_LEVELS = 14
# The frame extends beyond the points by the share _PAD of their span, and beyond the minimum by at least _BEYOND.
_PAD, _BEYOND = 0.12, 0.4
# Up to this ratio of its sides, a frame is drawn with equal scales, so that steps are at right angles to the contour.
_ONE_SCALE = 4.0
_WIDTH_TO_HEIGHT = 1.25
_ROUNDING = 1e-8
# Steps longer than this share of the plot end in a point.
_LONG_STEP = 0.01
_BOWL = "bowl"
STANDARDISED = ", standardised"
DISTANCE = r"$\theta - \theta^*$, "


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through the minimum in the space of the parameters.

    Attributes
    ----------
    problem : Problem
        The problem with the cost.
    origin : ndarray of shape (n_parameters,)
        The parameters at the minimum.
    directions : ndarray of shape (n_parameters, 2)
        The orthonormal directions of the axes.
    centre : ndarray of shape (2,)
        The coordinates of the minimum on the axes.
    labels : tuple of str
        The labels of the axes.
    """

    problem: Problem
    origin: np.ndarray
    directions: np.ndarray
    centre: np.ndarray
    labels: tuple[str, str]

    @classmethod
    def of(cls, problem: Problem, start: np.ndarray, features: Sequence[str | int] | None, owner: str) -> "Plane":
        """Return the plane of two coefficients, of intercept and slope, or of the steepest and flattest directions."""
        cost, n_features, smooth = problem.cost, problem.data.n_features, problem.smooth
        if len(cost.theta_star) < 2:
            raise ValueError(
                f"{owner} needs a cost with at least two parameters, but this one has one; set fit_intercept=True."
            )
        basis = smooth.eigenbasis
        # If the minimum is not unique, use the one that a descent from the start reaches.
        curved = basis.Q[:, basis.nonzero]
        origin = cost.theta_star
        if curved.shape[1] < len(origin) and problem.penalty is None:
            origin = start + curved @ (curved.T @ (origin - start))
        if features is None and n_features > 1:
            if curved.shape[1] < 2:
                raise ValueError(
                    "The cost varies along only one direction; choose two features instead: features=(0, 1)."
                )
            lam = basis.lam[basis.nonzero]
            ends = [int(np.argmax(lam)), int(np.argmin(lam))]
            directions = curved[:, ends] * np.where((origin - start) @ curved[:, ends] < 0.0, -1.0, 1.0)
            names = (
                rf"steepest, $\lambda = L = {number(lam[ends[0]])}$",
                rf"flattest, $\lambda = \mu = {number(lam[ends[1]])}$",
            )
            return cls(problem, origin, directions, np.zeros(2), tuple(f"{DISTANCE}{name}" for name in names))
        picked = [0, 1]
        if features is not None:
            picked = [place + problem.fit_intercept for place in _places(features, problem.data, owner)]
        directions = np.eye(len(origin))[:, picked]
        return cls(
            problem, origin, directions, origin[picked], (_label(problem, picked[0]), _label(problem, picked[1]))
        )

    def project(self, thetas: ArrayLike) -> np.ndarray:
        """Return the coordinates of parameters, of shape (n_points, 2)."""
        return self.centre + (np.asarray(thetas) - self.origin) @ self.directions

    def cost(self, points: np.ndarray) -> np.ndarray:
        """Return `J` at points of the plane, of shape (..., 2); NaN where a constraint excludes them."""
        thetas = self.origin + (points - self.centre).reshape(-1, 2) @ self.directions.T
        costs = self.problem.cost.squared_errors(thetas).sum(axis=1).reshape(points.shape[:-1]) / 2.0
        return np.where(costs < np.inf, costs, np.nan)


def _places(features: Sequence, data, owner: str) -> list[int]:
    names, n = data.feature_names, data.n_features
    if isinstance(features, str) or np.ndim(features) != 1 or len(features) != 2:
        raise ValueError(f"features must be two features, given by number or name, or None. Got {features!r} instead.")
    places = []
    for feature in features:
        if isinstance(feature, str) and feature in names:
            places.append(names.index(feature))
        elif not isinstance(feature, str | bool) and isinstance(feature, int | np.integer) and -n <= feature < n:
            places.append(int(feature) % n)
        else:
            known = f"the names are {', '.join(map(repr, names))}" if names else "the features have no names"
            raise ValueError(f"There is no feature {feature!r}: the numbers run from 0 to {n - 1}, and {known}.")
    if places[0] == places[1]:
        raise ValueError(f"features must be two different features. Got {features!r} instead.")
    return places


def _label(problem: Problem, i: int) -> str:
    standard = STANDARDISED if problem.standardize else ""
    if problem.fit_intercept and i == 0:
        return rf"intercept $\theta_0${standard}"
    feature, names = i - problem.fit_intercept, problem.data.feature_names
    word = "slope" if problem.data.n_features == 1 else "coefficient"
    name = f" of {plain(names[feature])}" if names else ""
    return rf"{word} $\theta_{{{feature + 1}}}${name}{standard}"


Frame = tuple[tuple[float, float], tuple[float, float]]


def frame_of(points: Sequence[np.ndarray], centre: np.ndarray | None = None) -> Frame:
    """Return the intervals of a plot that shows the given points and the surroundings of the minimum."""
    inside = np.concatenate([np.atleast_2d(one) for one in points])
    if centre is not None:
        inside = np.concatenate([inside, centre[np.newaxis]])
    low, high = inside.min(axis=0), inside.max(axis=0)
    span = high - low
    size = np.abs(inside).max(axis=0)
    # A span that is only rounding is replaced by that of the other axis, or by the size of the number itself.
    none = span <= np.maximum(_ROUNDING * size, _ROUNDING**2 * size.max())
    span = np.where(none, np.where(none, 0.0, span).max() or np.where(size > 0.0, size, 1.0), span)
    middle = (low + high) / 2.0
    low, high = middle - span * (0.5 + _PAD), middle + span * (0.5 + _PAD)
    if centre is not None:
        low, high = np.minimum(low, centre - _BEYOND * span), np.maximum(high, centre + _BEYOND * span)
    if len(low) == 2 and max(span) < _ONE_SCALE * min(span):
        width, height = high - low
        wanted = np.array([max(width, height * _WIDTH_TO_HEIGHT), max(height, width / _WIDTH_TO_HEIGHT)])
        middle = (low + high) / 2.0
        low, high = middle - wanted / 2.0, middle + wanted / 2.0
    return tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))


def union(frame: Frame, *others: Frame) -> Frame:
    """Return the smallest frame that contains all given frames."""
    return tuple((min(a for a, _ in sides), max(b for _, b in sides)) for sides in zip(frame, *others, strict=True))


def mesh(frame: Frame) -> np.ndarray:
    """Return a grid of points, of shape (n, n, 2), that covers a frame."""
    return np.stack(np.meshgrid(*(np.linspace(*side, _GRID) for side in frame)), axis=-1)


def draw_contour(ax, frame: Frame, cost):
    """Draw the contour of a function of points, replacing an earlier one; return it and the frame of both."""
    if remove(ax, _BOWL):
        frame = union(frame, (ax.get_xlim(), ax.get_ylim()))
    points = mesh(frame)
    J = cost(points)
    finite = J[np.isfinite(J)]
    contour = None
    if finite.size and finite.max() > finite.min():
        # Squares of equal steps would space the ellipses evenly; cubes show more of the valley.
        levels = finite.min() + np.ptp(finite) * np.linspace(0.0, 1.0, _LEVELS) ** 3
        J = np.ma.masked_invalid(J)
        grey = _greys()
        filled = ax.contourf(points[..., 0], points[..., 1], J, levels, cmap=grey, zorder=0)
        contour = ax.contour(
            points[..., 0], points[..., 1], J, levels, colors=GREY, linewidths=0.6, linestyles="solid", zorder=0.5
        )
        for artist in (filled, contour):
            artist.set_gid(_BOWL)
    ax.set(xlim=frame[0], ylim=frame[1])
    return contour, frame


def draw_surface(ax, frame: Frame, cost):
    """Draw the surface of a function of points, replacing an earlier one; return it and the frame of both."""
    if remove(ax, _BOWL):
        frame = union(frame, (ax.get_xlim(), ax.get_ylim()))
    points = mesh(frame)
    J = cost(points)
    options = {"cmap": _greys(), "alpha": 0.75, "linewidth": 0.2, "edgecolor": GREY, "rcount": 31, "ccount": 31}
    surface = ax.plot_surface(points[..., 0], points[..., 1], J, zorder=0, **options)
    surface.set_gid(_BOWL)
    ax.set_box_aspect(None, zoom=0.86)  # room for the labels
    ax.locator_params(nbins=5)
    ax.computed_zorder = False  # otherwise the far side of the bowl would hide the paths
    ax.set(xlim=frame[0], ylim=frame[1])
    return surface, frame


def _greys():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("bowl", ["#ffffff", "#c4c8d0"])


def is_at_one_scale(frame: Frame) -> bool:
    """Return whether a frame can be drawn with equal scales."""
    width, height = (b - a for a, b in frame)
    return 1.0 / _ONE_SCALE < width / height < _ONE_SCALE


def clipped(path: np.ndarray, frame: Frame) -> tuple[np.ndarray, bool]:
    """Return a path up to where it leaves the frame, and whether it does."""
    low, high = np.array(frame).T
    inside = np.all((path >= low) & (path <= high), axis=1)  # NaN is outside
    if inside.all():
        return path, False
    i = int(np.argmin(inside))
    if i == 0:
        return path[:0], True
    a, b = path[i - 1], path[i]
    with np.errstate(divide="ignore", invalid="ignore"):
        step = b - a
        shares = np.where(step > 0.0, (high - a) / step, np.where(step < 0.0, (low - a) / step, np.inf))
    share = float(np.nanmin(shares)) if np.isfinite(step).all() else 0.0
    return np.vstack([path[:i], a + min(share, 1.0) * np.nan_to_num(step)]), True


def draw_path(ax, path: np.ndarray, frame: Frame, look: dict, height=None):
    """Draw a path inside the frame, with points at the ends of long steps and an arrow where it leaves the frame.

    Parameters
    ----------
    ax : matplotlib's Axes
        The axes to draw on.
    path : ndarray of shape (n_points, 2)
        The path.
    frame : tuple
        The intervals of the axes.
    look : dict
        Keyword arguments passed to matplotlib's ``plot``.
    height : callable or None
        In three dimensions, the function of points whose surface carries the path.

    Returns
    -------
    line, arrow : matplotlib's Line2D, and the arrow or None
    """
    shown, leaves = clipped(path, frame)
    columns = shown.T if height is None else (*shown.T, height(shown))
    steps = np.abs(np.diff(shown, axis=0)) / np.ptp(np.array(frame), axis=1)
    long = np.flatnonzero(steps.max(axis=1) > _LONG_STEP) + 1
    points = [int(i) for i in long if not (leaves and i == len(shown) - 1)]
    (line,) = ax.plot(*columns, **{"marker": ".", "markevery": points, "linewidth": 1.6, "zorder": 3, **look})
    if not leaves or len(shown) < 2:
        return line, None
    tail, tip = np.array([column[-2:] for column in columns]).T
    if height is None:
        arrow = {"arrowstyle": "-|>", "color": line.get_color(), "shrinkA": 0, "shrinkB": 0, "mutation_scale": 18}
        return line, ax.annotate("", xy=tip, xytext=tail, arrowprops=arrow, zorder=line.get_zorder())
    head = {"color": line.get_color(), "marker": "^", "markersize": 10, "zorder": line.get_zorder()}
    return line, ax.plot(*tip[:, np.newaxis], **head)[0]
