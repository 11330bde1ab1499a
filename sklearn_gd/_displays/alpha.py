"""`AlphaDisplay`: the cost or the score that each learning rate reaches."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import ArrayLike

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.validation import check_numbers
from sklearn_gd._displays.canvas import axes_or_new, legend, number, short_numbers, spans_decades
from sklearn_gd._displays.colours import GREY, OTHERS, rate_colour
from sklearn_gd._displays.followed import FittedSearch, Source, fitted
from sklearn_gd._path import DescentOptions
from sklearn_gd._regressor_cv import GDLinearRegressorCV
from sklearn_gd._typing import Matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection, PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_N_ALPHAS = 60
# The rates of the grid, as shares of 2 / L; for other optimizers, as shares of "auto".
_SHARES, _SHARES_OF_AUTO = (1e-3, 2.0), (1e-2, 1e2)
_NEAR_LIMIT = (0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0, 1.005, 1.01, 1.02, 1.05)
_MAX_ITER = 100
# Costs below this share of the first one are drawn there, because they are rounding errors.
_ROUNDING = 1e-16
#: Axis labels for the scores of a search.
SCORE_WORDS = {"r2": "$R^2$", "neg_mean_squared_error": "$-$MSE", "neg_root_mean_squared_error": "$-$RMSE"}


@dataclass(kw_only=True, eq=False, repr=False)
class AlphaDisplay:
    r"""The cost after `max_iter` iterations, or the validation score of a search, against the learning rate.

    Use `from_data` or, for a fitted `GDLinearRegressorCV`, `from_estimator` to create a display. The axis of ``alpha``
    is logarithmic. For plain descent, vertical lines mark ``1 / L``, ``2 / (L + mu)`` and ``2 / L`` for all rows.
    Above ``2 / L`` the descent diverges, and costs above that of the initial guess are outside the frame.
    The colour of a point shows its learning rate, as in every display: blue is too small, green good, yellow
    overshooting, red diverging.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        The learning rates. In `from_data`, None uses a grid around the limit.
    values : ndarray of shape (n_alphas,) or (n_alphas, n_splits)
        The costs, or the scores on the splits, at these rates.
    chosen : float
        The learning rate with the lowest cost, or the one that the search has chosen.
    alpha_limit, alpha_best : float, default=nan
        ``2 / L`` and ``2 / (L + mu)``; NaN if they are not known or do not apply.
    first, minimum : float, default=nan
        The cost of the initial guess and the exact minimum; NaN for scores.
    label : str, default="cost"
        The label of the vertical axis.
    X, y, sample_weight
        In `from_data`: the data, as for `descent_path`; `X` may be `Moments`.
    max_iter : int, default=100
        In `from_data`: maximum number of iterations of each descent.
    tol : float or None, default=None
        In `from_data`: a descent stops when no parameter moves by more than `tol`. None disables this criterion.
    **options
        In `from_data`: further options of `descent_path`, such as `optimizer`, `scheduler` or `standardize`.
    search
        In `from_estimator`: a fitted `GDLinearRegressorCV`, or a pipeline that ends with one. If it searched several
        penalties, the scores are those at the chosen penalties.
    ax
        The axes to plot on, such as `ax_` of another display. If None, new axes are created.

    Attributes
    ----------
    ax_, figure_ : matplotlib's Axes, Figure
        The axes and the figure with the plot.
    line_ : matplotlib's Line2D
        The line of the costs, or of the mean scores over the splits.
    scatter_ : matplotlib's PathCollection
        The points on the line.
    fill_between_ : matplotlib's PolyCollection or None
        The band of one standard deviation of the scores on either side of the mean.
    limit_lines_ : dict
        The vertical lines at the marked rates, by name.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_gd.displays import AlphaDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> display = AlphaDisplay.from_data(X, y, standardize=True)
    >>> f"{display.alpha_limit:.3f}", list(display.limit_lines_)
    ('0.497', ['1/L', '2/(L+mu)', '2/L'])
    """

    alphas: np.ndarray
    values: np.ndarray
    chosen: float
    alpha_limit: float = math.nan
    alpha_best: float = math.nan
    first: float = math.nan
    minimum: float = math.nan
    label: str = "cost"
    ax_: "Axes" = field(init=False)
    figure_: "Figure" = field(init=False)
    line_: "Line2D" = field(init=False)
    scatter_: "PathCollection" = field(init=False)
    fill_between_: "PolyCollection | None" = field(init=False)
    limit_lines_: "dict[str, Line2D]" = field(init=False)

    @classmethod
    def from_data(
        cls,
        X: Matrix | Moments,
        y: ArrayLike | None = None,
        *,
        alphas: ArrayLike | None = None,
        ax: "Axes | None" = None,
        sample_weight: ArrayLike | None = None,
        max_iter: int = _MAX_ITER,
        tol: float | None = None,
        **options: Unpack[DescentOptions],
    ) -> "AlphaDisplay":
        """Plot the cost at each learning rate; the class describes the parameters."""
        source = Source.of(cls.__name__, X, y, sample_weight, max_iter=max_iter, tol=tol, **options)
        plain = source.settings("auto").is_plain
        limits = source.limits
        if alphas is None:
            bounded = plain and math.isfinite(limits.alpha_limit)
            unit, shares = (limits.alpha_limit, _SHARES) if bounded else (source.auto, _SHARES_OF_AUTO)
            alphas = unit * np.geomspace(*shares, _N_ALPHAS)
            if bounded:
                alphas = np.concatenate([alphas, unit * np.array(_NEAR_LIMIT)])
        alphas = np.sort(check_numbers(alphas, "alphas", above=0.0))
        descents = [source.run(alpha) for alpha in alphas.tolist()]
        values = np.array([descent.costs[-1] for descent in descents])
        return cls(
            alphas=alphas,
            values=values,
            chosen=float(alphas[np.nanargmin(values)]),
            alpha_limit=limits.alpha_limit if plain else math.nan,
            alpha_best=limits.alpha_best if plain else math.nan,
            first=float(descents[0].costs[0]),
            minimum=float(source.problem.cost.minimum),
            label=rf"cost $J(\theta)$ after {max_iter} iterations",
        ).plot(ax)

    @classmethod
    def from_estimator(cls, search: FittedSearch, *, ax: "Axes | None" = None) -> "AlphaDisplay":
        """Plot the scores of a search; the class describes the parameters."""
        search = fitted(search, (GDLinearRegressorCV,))
        scores = search._scored.at(l1=search.l1_, l2=search.l2_)
        model = search.best_estimator_
        plain = model.diagnosis_._run.settings.is_plain
        order = np.argsort(search.alphas_)
        return cls(
            alphas=search.alphas_[order],
            values=scores[order],
            chosen=search.alpha_,
            alpha_limit=model.diagnosis_.alpha_limit if plain else math.nan,
            alpha_best=model.diagnosis_.alpha_best if plain else math.nan,
            label=f"{SCORE_WORDS[search.scoring or 'r2']} on validation rows of {search.n_splits_} splits",
        ).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> "AlphaDisplay":
        """Draw the plot; the class describes the parameters."""
        ax = axes_or_new(ax)
        earlier = ax.get_ylim() if ax.get_lines() else None
        values, spread = self.values, None
        if self.values.ndim == 2:
            values, spread = self.values.mean(axis=1), self.values.std(axis=1)
        values = np.where(np.isfinite(values), values, np.nan)
        if self.first > 0.0:
            values = np.maximum(values, _ROUNDING * self.first)
        marks = {"1/L": self.alpha_limit / 2.0, "2/(L+mu)": self.alpha_best, "2/L": self.alpha_limit}
        (self.line_,) = ax.plot(self.alphas, values, color=GREY, linewidth=1, zorder=2)
        known = not math.isnan(self.alpha_limit)
        colours = [rate_colour(alpha, self.alpha_limit) if known else OTHERS[0] for alpha in self.alphas.tolist()]
        self.scatter_ = ax.scatter(self.alphas, values, s=18, c=colours, zorder=3)
        self.fill_between_ = None
        if spread is not None:
            band = {"color": GREY, "alpha": 0.2, "linewidth": 0, "label": r"$\pm$ standard deviation"}
            self.fill_between_ = ax.fill_between(self.alphas, values - spread, values + spread, **band)
        self.limit_lines_ = {}
        looks = {
            "1/L": (rate_colour(0.5, 1.0), ":"),
            "2/(L+mu)": (rate_colour(0.9, 1.0), "--"),
            "2/L": (rate_colour(1.0001, 1.0), "-"),
        }
        for name, alpha in marks.items():
            if math.isfinite(alpha):
                colour, style = looks[name]
                text = rf"${name.replace('mu', chr(92) + 'mu')} = {number(alpha)}$"
                self.limit_lines_[name] = ax.axvline(
                    alpha, color=colour, linestyle=style, label=text, zorder=1 + (style != "-")
                )
        best = values[int(np.argmin(np.abs(self.alphas - self.chosen)))]
        word = "chosen" if spread is not None else "lowest"
        text = rf"{word}: $\alpha = {number(self.chosen)}$"
        ax.plot([self.chosen], [best], "k*", markersize=11, zorder=4, label=text)
        ax.set_xscale("log")
        self._frame(ax, values, spread)
        if earlier:
            ax.set_ylim(min(earlier[0], ax.get_ylim()[0]), max(earlier[1], ax.get_ylim()[1]))
        ax.set(xlabel=r"learning rate $\alpha$", ylabel=self.label)
        short_numbers(ax, "y")
        legend(ax, above=True)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _frame(self, ax, values: np.ndarray, spread: np.ndarray | None) -> None:
        """Set the frame to the rates that converge; a diverging cost leaves it."""
        if spread is None:
            tame = values[values <= self.first]
            if not tame.size:
                return
            low = float(tame.min())
            if spans_decades(np.append(tame, self.first)):
                ax.set_yscale("log")
                ax.set_ylim(low / 2.0, 3.0 * self.first)
            elif self.first > low:
                ax.set_ylim(low - 0.08 * (self.first - low), self.first + 0.15 * (self.first - low))
            return
        tame = self.alphas <= (self.alpha_limit / 2.0 if math.isfinite(self.alpha_limit) else math.inf)
        if tame.any() and not tame.all():
            low, high = (values - spread)[tame].min(), (values + spread)[tame].max()
            if high > low:
                ax.set_ylim(low - 0.08 * (high - low), high + 0.08 * (high - low))
