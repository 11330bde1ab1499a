"""`PenaltyDisplay`: the score and the coefficients of each penalty in a search."""

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd._displays.alpha import SCORE_WORDS
from sklearn_gd._displays.canvas import axes_or_new, legend, number, plain, pyplot, short_numbers
from sklearn_gd._displays.colours import GREY
from sklearn_gd._displays.followed import FittedSearch, fitted
from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._regressor_cv import GDLinearRegressorCV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_SIZE = (6.0, 6.0)
# This many of the largest coefficients are named; more would fill the plot.
_NAMED = 6
_SYMBOLS = {"l1": "l_1", "l2": "l_2"}


@dataclass(kw_only=True, eq=False, repr=False)
class PenaltyDisplay:
    r"""The validation score and the coefficients of each penalty in a search.

    Use `from_estimator` to create a display. The upper plot shows the mean score with a band of one standard error,
    ``std(scores, ddof=1) / sqrt(n_splits)``; it marks the best penalty and the largest penalty whose mean score is
    within one standard error of the best. The lower plot shows the coefficients of fits to all rows, one line each.

    Parameters
    ----------
    penalties : ndarray of shape (n_penalties,)
        The penalties. They are above 0, because their axis is logarithmic.
    scores : ndarray of shape (n_penalties, n_splits)
        The scores on the validation rows.
    chosen : float
        The penalty that was chosen.
    coefs : ndarray of shape (n_penalties, n_coefficients) or None, default=None
        The coefficients, for the original features; None plots only the scores.
    names : sequence of str, default=()
        The names of the coefficients. The legend shows the largest ones.
    name : {"l1", "l2"}, default="l1"
        The name of the penalty.
    label : str, default="score"
        The label of the scores.
    search
        In `from_estimator`: a fitted `GDLinearRegressorCV` with several penalties, or a pipeline that ends with one.
        If both `l1` and `l2` were searched, `l1` is plotted, at the chosen `l2` and learning rate. A search row by row
        has no moments from which to fit each penalty, so the coefficients are left out.
    ax
        The axes to plot on, two of them if there are coefficients. If None, new axes are created.

    Attributes
    ----------
    best, simplest : float
        The penalty with the best mean score, and the largest one within one standard error of it.
    ax_ : matplotlib's Axes or ndarray of shape (2,)
        The axes with the plot.
    figure_ : matplotlib's Figure
        The figure with the plot.
    line_ : matplotlib's Line2D
        The line of the mean scores.
    fill_between_ : matplotlib's PolyCollection
        The band of one standard error.
    coef_lines_ : list of matplotlib's Line2D
        The line of each coefficient.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_gd import GDLinearRegressorCV
    >>> from sklearn_gd.displays import PenaltyDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> options = {"standardize": True, "optimizer": "nesterov"}
    >>> search = GDLinearRegressorCV(l1=[20.0, 5.0, 1.0], **options).fit(X, y)
    >>> display = PenaltyDisplay.from_estimator(search)
    >>> display.best, display.simplest, len(display.coef_lines_)
    (1.0, 5.0, 10)
    """

    penalties: np.ndarray
    scores: np.ndarray
    chosen: float
    coefs: np.ndarray | None = None
    names: tuple[str, ...] = ()
    name: str = "l1"
    label: str = "score"
    best: float = field(init=False)
    simplest: float = field(init=False)
    ax_: "Axes | np.ndarray" = field(init=False)
    figure_: "Figure" = field(init=False)
    line_: "Line2D" = field(init=False)
    fill_between_: "PolyCollection" = field(init=False)
    coef_lines_: "list[Line2D]" = field(init=False)

    @classmethod
    def from_estimator(
        cls, search: FittedSearch, *, ax: "Axes | Sequence[Axes] | np.ndarray | None" = None
    ) -> "PenaltyDisplay":
        """Draw the penalties of a search; the parameters are those of the class."""
        search = fitted(search, (GDLinearRegressorCV,))
        scored, chosen = search._scored, {"alpha": search.alpha_, "l1": search.l1_, "l2": search.l2_}
        grid = {"l1": scored.l1s, "l2": scored.l2s}
        name = next((name for name, values in grid.items() if np.count_nonzero(values > 0.0) > 1), None)
        if name is None:
            raise ValueError(f"{cls.__name__} needs a search over several penalties; set l1='auto'.")
        penalties, penalty = grid[name], chosen.pop(name)
        order = np.argsort(penalties)
        order = order[penalties[order] > 0.0]
        return cls(
            penalties=penalties[order],
            scores=scored.at(**chosen)[order],
            chosen=penalty,
            coefs=_coefs(search.best_estimator_, name, penalties[order].tolist()),
            names=tuple(getattr(search, "feature_names_in_", ())),
            name=name,
            label=f"{SCORE_WORDS[search.scoring or 'r2']} on validation rows of {search.n_splits_} splits",
        ).plot(ax)

    def plot(self, ax: "Axes | Sequence[Axes] | np.ndarray | None" = None) -> "PenaltyDisplay":
        """Draw the plot; the class describes the parameters."""
        upper, lower = self._axes(ax)
        means = self.scores.mean(axis=1)
        errors = self.scores.std(axis=1, ddof=1) / np.sqrt(self.scores.shape[1])
        i_best = int(np.argmax(means))
        near = np.flatnonzero(means >= means[i_best] - errors[i_best])
        i_simplest = int(near[np.argmax(self.penalties[near])])
        self.best, self.simplest = float(self.penalties[i_best]), float(self.penalties[i_simplest])
        symbol = _SYMBOLS[self.name]
        (self.line_,) = upper.plot(self.penalties, means, color="#0072b2")
        band = {"color": "#0072b2", "alpha": 0.2, "linewidth": 0, "label": r"$\pm$ standard error"}
        self.fill_between_ = upper.fill_between(self.penalties, means - errors, means + errors, **band)
        marks = (("best", i_best, "-"), ("within one error", i_simplest, "--"))
        for word, i, style in marks:
            text = rf"{word}: ${symbol} = {number(float(self.penalties[i]))}$"
            upper.axvline(self.penalties[i], color=GREY, linestyle=style, linewidth=1, label=text)
        at_choice = np.flatnonzero(self.penalties == self.chosen)
        if at_choice.size:
            upper.plot([self.chosen], [means[at_choice[0]]], "k*", markersize=11, label="chosen")
        upper.set(xscale="log", ylabel=self.label)
        short_numbers(upper, "y")
        legend(upper, above=True)
        self.coef_lines_ = []
        if lower is not None:
            self._draw_coefs(lower, marks)
        (upper if lower is None else lower).set_xlabel(f"penalty ${symbol}$")
        self.ax_ = upper if lower is None else np.array([upper, lower])
        self.figure_ = upper.figure
        return self

    def _axes(self, ax):
        if self.coefs is None:
            return axes_or_new(ax), None
        if ax is None:
            return pyplot().subplots(2, 1, figsize=_SIZE, sharex=True, layout="constrained")[1]
        if np.shape(ax) != (2,):
            raise ValueError("ax must be two axes, for the scores and the coefficients: plt.subplots(2, 1)[1].")
        return [axes_or_new(one) for one in ax]

    def _draw_coefs(self, ax, marks) -> None:
        largest = np.argsort(-np.abs(self.coefs).max(axis=0))[:_NAMED]
        for j, coef in enumerate(self.coefs.T):
            name = plain(self.names[j]) if len(self.names) == self.coefs.shape[1] else rf"$\theta_{{{j + 1}}}$"
            self.coef_lines_ += ax.plot(self.penalties, coef, linewidth=1.2, label=name if j in largest else None)
        for _, i, style in marks:
            ax.axvline(self.penalties[i], color=GREY, linestyle=style, linewidth=1)
        ax.axhline(0.0, color=GREY, linewidth=0.6)
        ax.set(xscale="log", ylabel="coefficients")
        short_numbers(ax, "y")
        legend(ax, above=True)


def _coefs(model: GDLinearRegressor, name: str, penalties: list[float]) -> np.ndarray | None:
    """Return the coefficients of fits with each of the penalties, from the moments of a fitted model, if it has any."""
    if model._moments is None:
        return None
    other, coefs = clone(model).set_params(verbose=0, warm_start=False, early_stopping=False), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for penalty in penalties:
            other.set_params(**{name: penalty}).fit_moments(model._moments)
            coefs.append(np.asarray(other.coef_).ravel())
    return np.array(coefs)
