"""Pictures of descents, by scikit-learn's convention for displays; they need the extra ``plot``, which is matplotlib.

A class method computes and draws, ``plot(ax=None)`` draws again, and ``ax=`` lays one picture over another.

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
