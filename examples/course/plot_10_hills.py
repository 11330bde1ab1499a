"""
Hills: where you end depends on where you start
===============================================

The cost of a line is a bowl with one lowest point.
Other costs have hills and several valleys, and a descent ends in the valley in which it starts.
"""

import numpy as np
from sklearn.datasets import load_diabetes

from sklearn_gd import GDLinearRegressor, gradient_descent
from sklearn_gd.displays import GradientDescentDisplay


def two_valleys(x):
    """Return a height: global minimum left, local minimum right."""
    return (x[0] ** 2 - 1) ** 2 + 0.3 * x[0]


# %%
# Two valleys
# -----------
#
# The slope is zero at the bottom of both valleys, so a descent that reaches the bottom of the right one stops there.

ax, draw = None, GradientDescentDisplay.from_result
names = {-1.8: "to the global minimum", 1.8: "to a local minimum"}
for start, name in names.items():
    result = gradient_descent(two_valleys, start, alpha=0.02)
    print(f"from {start:4} to {result.x[0]:6.3f}:", end=" ")
    print(f"height {result.fun:6.3f}, slope {result.jac[0]:.0e}")
    ax = draw(result, two_valleys, name=name, ax=ax).ax_

# %%
# Random starts
# -------------
#
# The remedy is to start many times, and to keep the lowest end.

starts = np.random.default_rng(0).uniform(-2, 2, 20)
ends = [gradient_descent(two_valleys, a, alpha=0.02) for a in starts]
left = sum(end.x[0] < 0 for end in ends)
print(f"{left} end on the left, {len(ends) - left} on the right")
best = min(ends, key=lambda end: end.fun)
print(f"the lowest is at {best.x[0]:.3f}: height {best.fun:.3f}")

# %%
# Hills on a map
# --------------
#
# With two variables the plot is a map; each square marks a start, and each star an end.


def hills(x):
    """Return a landscape of two variables, with two valleys."""
    return two_valleys(x) + x[1] ** 2 + 0.5 * x[0] * x[1]


ax = None
for start in np.random.default_rng(1).uniform(-2, 2, (6, 2)):
    result = gradient_descent(hills, start, alpha=0.02)
    print(f"from {start.round(1)} to {result.x.round(2)}:", end=" ")
    print(f"height {result.fun:.2f}")
    ax = draw(result, hills, ax=ax, name="").ax_

# %%
# A bowl has one end
# ------------------
#
# Linear regression needs none of this: from five random starts it ends at the same coefficients.

X, y = load_diabetes(return_X_y=True)
coefs = []
options = {"standardize": True, "max_iter": 10_000, "tol": 1e-9}
for seed in range(5):
    model = GDLinearRegressor(init="random", random_state=seed, **options)
    coefs.append(model.fit(X, y).coef_)
print(f"largest coefficient {np.abs(coefs).max():.0f}")
print(f"largest difference {np.ptp(coefs, axis=0).max():.0e}")

# %%
# **Question.** ``theta_1`` is at a local optimum, and there is a much lower valley next to it; what does one step do?
#
# **Answer.** Nothing: the slope is zero here, and the slope is all that a descent uses.

bottom = gradient_descent(two_valleys, 1.8, alpha=0.02, tol=1e-9).x
moved = gradient_descent(two_valleys, bottom, alpha=0.02, max_iter=1).x
print(f"one step from the bottom: {moved[0] - bottom[0]:.0e}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_10.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `start in twenty places, and see where each descent ends <../drag-alpha.html?lesson=hills>`__.
#
# Next: the long valley, in :ref:`sphx_glr_auto_examples_plot_11_scales.py`.
