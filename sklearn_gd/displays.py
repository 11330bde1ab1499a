"""Plots of descents that follow scikit-learn's display API; they need matplotlib, which the extra ``plot`` installs.

The class methods compute and draw a plot, ``plot(ax=None)`` draws it again, and ``ax=`` draws one plot over another.

Examples
--------
>>> from sklearn.datasets import load_diabetes
>>> from sklearn_gd import GDLinearRegressor
>>> from sklearn_gd.displays import CostCurveDisplay
>>> X, y = load_diabetes(return_X_y=True)
>>> model = GDLinearRegressor(standardize=True).fit(X, y)
>>> display = CostCurveDisplay.from_estimator(model)
>>> display.ax_.get_xlabel()
'iteration $t$'
>>> len(display.line_.get_ydata()) == model.n_iter_ + 1
True
"""

from sklearn_gd._displays.alpha import AlphaDisplay
from sklearn_gd._displays.any_cost import GradientDescentDisplay
from sklearn_gd._displays.cost_curve import CostCurveDisplay
from sklearn_gd._displays.descent_path import DescentPathDisplay
from sklearn_gd._displays.fit import FitDisplay
from sklearn_gd._displays.penalty import PenaltyDisplay
from sklearn_gd._displays.scheduler import SchedulerDisplay

__all__ = [
    "AlphaDisplay",
    "CostCurveDisplay",
    "DescentPathDisplay",
    "FitDisplay",
    "GradientDescentDisplay",
    "PenaltyDisplay",
    "SchedulerDisplay",
]
