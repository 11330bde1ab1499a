"""
Momentum, Nesterov, Adam and the rest
=====================================

An optimizer is the update rule: what to do with the gradient.
Plain descent forgets.
The others remember earlier gradients, to go faster along a valley or to treat each parameter alike.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor
from sklearn_gd.displays import CostCurveDisplay, DescentPathDisplay
from sklearn_gd.optimizers import OPTIMIZERS

rng = np.random.default_rng(0)
x = rng.uniform(0.5, 2.5, 50)  # sizes of houses, in hundreds of square metres
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)  # their prices, in hundreds of thousands
X = x[:, np.newaxis]


def fit(optimizer):
    """Return a fit of 300 iterations from a start on the wall of the valley."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a slow one may not arrive
        return GDLinearRegressor(optimizer=optimizer, init=[3.0, -0.5], max_iter=300, tol=None).fit(X, y)


# %%
# One of your own is two lines
# ----------------------------
#
# What a rule returns beside the new ``theta`` comes back in the next iteration: that is its memory.
# This is momentum: a ball that rolls, with a velocity ``v``.


def heavy_ball(theta, gradient, alpha, v=0.0):
    """Return where the ball is, and how fast it is."""
    v = 0.9 * v + gradient
    return theta - alpha * v, v


own, built_in = fit(heavy_ball), fit("momentum")
print("my own:     ", own.intercept_.round(6), own.coef_.round(6))
print("'momentum': ", built_in.intercept_.round(6), built_in.coef_.round(6))

# %%
# On the same bowl
# ----------------
#
# Plain descent creeps along the floor of the valley.
# Momentum overshoots and swings back; Nesterov looks ahead and swings less.
# Adam divides by the size of the gradients, so both parameters move by the same length at first: diagonally.

ax = None
for name in ("momentum", "nesterov", "adam", "gd"):
    ax = DescentPathDisplay.from_estimator(fit(name), ax=ax, name=name).ax_
lines = sorted(ax.get_legend_handles_labels()[0], key=lambda line: line.get_label() not in OPTIMIZERS)  # methods first
legend = ax.legend(handles=lines, fontsize="small")

# %%
# All of them
# -----------
#
# Each has the rate that ``alpha="auto"`` chooses for it, which means different things to different rules.
# The iterations needed are those after which the fit stays good: a ball that rolls through the minimum is good
# for a moment, and then is not.
# No rule wins everywhere, and these numbers belong to these data.

J_mean, J_min = np.var(y) / 2, ((LinearRegression().fit(X, y).predict(X) - y) ** 2).mean() / 2
for name in OPTIMIZERS:
    model = fit(name)
    needed = 1 + np.flatnonzero((model.cost_history_ - J_min) / J_mean > 0.001)[-1]  # after the last one that is not
    told = f"needs {needed} iterations" if needed <= model.n_iter_ else "has not arrived"
    print(f"{name:9s} alpha = {model.alpha_:.4f}  gap {model.diagnosis_.gap:.0e}  {told}")

ax = None
for name in ("gd", "momentum", "nesterov", "adam"):
    ax = CostCurveDisplay.from_estimator(fit(name), ax=ax, name=name, from_minimum=True).ax_
limits = ax.set_ylim(bottom=1e-12)  # further down rounding takes over

# %%
# **Question.** A ball rolls over the minimum, where the gradient is zero; does it stop there?
#
# **Answer.** No: its velocity is left, so it rolls on, slows down on the other side, and comes back.

position, v = heavy_ball(np.zeros(2), np.zeros(2), 0.1, v=np.ones(2))
print("one step at zero gradient:", position.round(2))

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_09.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `let rules race, and find the best pair of momentum <../drag-alpha.html?lesson=optimizers>`__.
#
# Next: a landscape with two valleys, in :ref:`sphx_glr_auto_examples_plot_10_hills.py`.
