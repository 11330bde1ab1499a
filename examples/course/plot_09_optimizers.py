"""
Momentum, Nesterov, Adam and the rest
=====================================

An optimizer is the update rule: it decides what to do with the gradient.
Plain descent uses only the current gradient.
The others remember earlier gradients, to move faster along a valley or to treat all parameters alike.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor
from sklearn_gd.displays import CostCurveDisplay, DescentPathDisplay
from sklearn_gd.optimizers import OPTIMIZERS

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
X = x[:, np.newaxis]


def fit(optimizer):
    """Return a fit that starts on the side of the valley."""
    options = {"init": [3.0, -0.5], "max_iter": 300, "tol": None}
    with warnings.catch_warnings():  # a slow optimizer may not arrive
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(optimizer=optimizer, **options).fit(X, y)


# %%
# Write your own in two lines
# ---------------------------
#
# Whatever a rule returns after the new ``theta`` is passed to it in the next iteration: this is its memory.
# The rule below is momentum: a ball that rolls with a velocity ``v``.


def heavy_ball(theta, gradient, alpha, v=0.0):
    """Return the position of the ball and its velocity."""
    v = 0.9 * v + gradient
    return theta - alpha * v, v


own, built_in = fit(heavy_ball), fit("momentum")
print("my own:     ", own.intercept_.round(6), own.coef_.round(6))
print("'momentum': ", built_in.intercept_.round(6), built_in.coef_.round(6))

# %%
# On the same bowl
# ----------------
#
# Plain descent crawls along the floor of the valley.
# Momentum overshoots and swings back; Nesterov looks ahead and swings less.
# Adam divides by the size of the gradients, so both parameters move by the same length at first: diagonally.

draw = DescentPathDisplay.from_estimator
ax = None
for name in ("momentum", "nesterov", "adam", "gd"):
    ax = draw(fit(name), ax=ax, name=name).ax_
lines = ax.get_legend_handles_labels()[0]
lines.sort(key=lambda line: line.get_label() not in OPTIMIZERS)
legend = ax.legend(handles=lines, fontsize="small")

# %%
# All of them
# -----------
#
# Each uses the rate that ``alpha="auto"`` chooses for it, which has a different meaning for different rules.
# The iterations needed are those after which the fit stays good: a ball that rolls through the minimum is good
# only for a moment.
# No rule is best everywhere, and these numbers apply only to these data.

best = LinearRegression().fit(X, y).predict(X)
J_mean, J_min = np.var(y) / 2, ((best - y) ** 2).mean() / 2
for name in OPTIMIZERS:
    model = fit(name)
    gaps = (model.cost_history_ - J_min) / J_mean
    needed = 1 + np.flatnonzero(gaps > 0.001)[-1]
    arrived = needed <= model.n_iter_
    told = f"needs {needed} iterations" if arrived else "has not arrived"
    print(f"{name:9s} alpha {model.alpha_:.4f}  gap {gaps[-1]:.0e}  {told}")

draw = CostCurveDisplay.from_estimator
ax = None
for name in ("gd", "momentum", "nesterov", "adam"):
    ax = draw(fit(name), ax=ax, name=name, from_minimum=True).ax_
limits = ax.set_ylim(bottom=1e-12)  # smaller costs are rounding

# %%
# **Question.** A ball rolls over the minimum, where the gradient is zero; does it stop there?
#
# **Answer.** No: it still has its velocity, so it rolls on, slows down on the other side, and comes back.

zero = np.zeros(2)
position, v = heavy_ball(zero, zero, 0.1, v=np.ones(2))
print("one step at zero gradient:", position.round(2))

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_09.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `let optimizers race, and find the best momentum <../drag-alpha.html?lesson=optimizers>`__.
#
# Next: a landscape with two valleys, in :ref:`sphx_glr_auto_examples_plot_10_hills.py`.
