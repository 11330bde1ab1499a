r"""
When to stop
============

The rule is simple: stop when no parameter moves by more than a tolerance.

.. math:: \max_j |\theta_j(t+1) - \theta_j(t)| \le 0.0001

It checks whether the steps are short, and assumes that the minimum is then near.
"""

import warnings
from textwrap import fill

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor
from sklearn_gd.displays import DescentPathDisplay

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
X = x[:, np.newaxis]

# %%
# Two descents that stop by the rule
# ----------------------------------
#
# A step is ``alpha`` times the gradient, so it is short near the minimum, but also if ``alpha`` is tiny.
# Both of these descents stop by the same rule, but one of them is far from the minimum.

models = {}
for alpha in (0.2, 0.0002):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model = GDLinearRegressor(alpha, max_iter=100_000, tol=0.0001)
        models[alpha] = model.fit(X, y)
    score = model.score(X, y)
    print(f"alpha = {alpha}: {model.n_iter_} steps, R² {score:.3f}")
    print(f"  status: {model.diagnosis_.status}; warnings: {len(caught)}")

# %%
# How the diagnosis knows
# -----------------------
#
# It does not rely on the steps: it compares the cost with the exact minimum, which least squares gives.
# The gap is the R² that could still be gained. Up to 0.001 the descent has converged; above that it has stalled.

J_mean = np.var(y) / 2
best = LinearRegression().fit(X, y).predict(X)
J_min = ((best - y) ** 2).mean() / 2
for alpha, model in models.items():
    gap = (model.cost_history_[-1] - J_min) / J_mean
    print(f"alpha = {alpha}: gap {gap:.6f} by hand,", end=" ")
    print(f"{model.diagnosis_.gap:.6f} by the diagnosis")
    print(f"  at most 0.001: {gap <= 0.001}")
print(fill(models[0.0002].diagnosis_.summary, 76))

# %%
# The picture
# -----------
#
# With the tiny rate, the descent stops on the slope, where the steps have become shorter than the tolerance.

display = DescentPathDisplay.from_estimator(models[0.2])
display = DescentPathDisplay.from_estimator(models[0.0002], ax=display.ax_)
print("it stops at     ", display.paths[0][-1].round(3))
print("the minimum is at", display.plane.centre.round(3))

# %%
# **Question.** A descent stops after one iteration; is it at the minimum?
#
# **Answer.** Perhaps, but more likely ``alpha`` is so small that the first step is below the tolerance. The gap tells.

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # expected here
    model = GDLinearRegressor(1e-6).fit(X, y)
print(f"{model.n_iter_} step, gap {model.diagnosis_.gap:.2f}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_07.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `see a descent that stops at once, and its diagnosis <../drag-alpha.html?lesson=stop>`__.
#
# Next: rates that change during the descent, in :ref:`sphx_glr_auto_examples_plot_08_schedulers.py`.
