"""
Hills: where you end depends on where you start
===============================================

The cost of a line is a bowl, with one lowest point.
Other costs have hills and several valleys, and a descent ends in the one that it starts in.
"""

import numpy as np
from sklearn.datasets import load_diabetes

from sklearn_gd import GDLinearRegressor, gradient_descent
from sklearn_gd.displays import GradientDescentDisplay


def two_valleys(x):
    """Return a height with a global minimum on the left and a local one on the right."""
    return (x[0] ** 2 - 1) ** 2 + 0.3 * x[0]


# %%
# Two valleys
# -----------
#
# The slope is zero at the bottom of either, so a descent in the right one has no reason to go on.

ax = None
for start, name in ((-1.8, "to the global minimum"), (1.8, "to a local minimum")):
    result = gradient_descent(two_valleys, start, alpha=0.02)
    print(
        f"from {start:4} to {result.x[0]:6.3f}, where the height is {result.fun:6.3f} and the slope {result.jac[0]:.0e}"
    )
    ax = GradientDescentDisplay.from_result(result, two_valleys, name=name, ax=ax).ax_

# %%
# Random starts
# -------------
#
# The remedy is to start often, and to keep the lowest end.

rng = np.random.default_rng(0)
ends = [gradient_descent(two_valleys, start, alpha=0.02) for start in rng.uniform(-2, 2, 20)]
left = sum(end.x[0] < 0 for end in ends)
print(f"{left} of {len(ends)} end on the left, {len(ends) - left} on the right")
best = min(ends, key=lambda end: end.fun)
print(f"the lowest is at {best.x[0]:.3f}, where the height is {best.fun:.3f}")

# %%
# Hills on a map
# --------------
#
# With two variables the picture is a map; each square is a start, and each star an end.


def hills(x):
    """Return a landscape of two variables, with two valleys."""
    return two_valleys(x) + x[1] ** 2 + 0.5 * x[0] * x[1]


ax = None
for start in np.random.default_rng(1).uniform(-2, 2, (6, 2)):
    result = gradient_descent(hills, start, alpha=0.02)
    print(f"from {start.round(1)} to {result.x.round(2)}, where the height is {result.fun:.2f}")
    ax = GradientDescentDisplay.from_result(result, hills, ax=ax, name="").ax_

# %%
# A bowl has one end
# ------------------
#
# Linear regression needs none of this: from five random starts it ends at the same coefficients.

X, y = load_diabetes(return_X_y=True)
coefs = []
for seed in range(5):
    model = GDLinearRegressor(standardize=True, init="random", random_state=seed, max_iter=10_000, tol=1e-9)
    coefs.append(model.fit(X, y).coef_)
print(f"largest coefficient {np.abs(coefs).max():.0f}, largest difference {np.ptp(coefs, axis=0).max():.0e}")

# %%
# **Question.** ``theta_1`` is at a local optimum, and a much lower valley lies beside it; what does one step do?
#
# **Answer.** Nothing: the slope is zero here, and the slope is all that a descent knows.

bottom = gradient_descent(two_valleys, 1.8, alpha=0.02, tol=1e-9).x
print(f"one step from the bottom: {gradient_descent(two_valleys, bottom, alpha=0.02, max_iter=1).x[0] - bottom[0]:.0e}")

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_10.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drop twenty starts, and see where each ends <../drag-alpha.html?lesson=hills>`__.
#
# Next: the long valley, in :ref:`sphx_glr_auto_examples_plot_11_scales.py`.
