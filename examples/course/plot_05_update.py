r"""
The update, step by step
========================

One step changes both parameters, so the line swings and its point on the map moves.
Two plots show the same steps, and an animation shows line and point moving together.

.. math:: \theta_0 := \theta_0 - \alpha \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i), \qquad
          \theta_1 := \theta_1 - \alpha \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i) x_i
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd import GDLinearRegressor
from sklearn_gd.displays import FitDisplay

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
X, m = x[:, np.newaxis], len(x)

# %%
# By hand
# -------
#
# The errors ``h(x_i) - y_i`` are all negative at first, because ``h`` is zero and all prices are positive.
# Both sums are therefore negative, and both parameters increase.

alpha, theta_0, theta_1 = 0.1, 0.0, 0.0
for t in range(4):
    error = theta_0 + theta_1 * x - y
    J = (error**2).sum() / (2 * m)
    print(f"t = {t}  theta = ({theta_0:.4f}, {theta_1:.4f})  J = {J:.4f}")
    slope_0, slope_1 = error.sum() / m, (error * x).sum() / m
    theta_0, theta_1 = theta_0 - alpha * slope_0, theta_1 - alpha * slope_1

# %%
# By the package
# --------------
#
# ``GDLinearRegressor`` takes the same steps and keeps the cost after each one.

model = GDLinearRegressor(alpha).fit(X, y)
print("costs:", *(f"{cost:.4f}" for cost in model.cost_history_[:4]))
theta_0, theta_1 = model.intercept_, model.coef_[0]
print(
    f"after {model.n_iter_} steps: theta = ({theta_0:.4f}, {theta_1:.4f})"
)

# %%
# Line and point, side by side
# ----------------------------
#
# The first steps raise the line to the level of the data; the many steps that follow tilt it to match their trend.
# On the map, the path drops into the valley and then follows its floor.

size = {"figsize": (6, 4.4), "layout": "constrained"}
panels = [plt.figure(**size).add_subplot() for _ in range(2)]
shown = [0, 1, 2, 5, 50, 200]
options = {"max_iter": 200, "tol": None, "iterations": shown}
display = FitDisplay.from_data(X, y, alpha=alpha, ax=panels, **options)
print("cost at these iterations:", display.costs[shown].round(4))

# %%
# The animation
# -------------
#
# It shows the first steps, one frame each: the line rises to the data while the point drops into the valley.

# A player with buttons, also in a notebook.
plt.rcParams.update({"animation.html": "jshtml", "savefig.dpi": 100})
short = FitDisplay.from_data(X, y, alpha=alpha, max_iter=20, tol=None)
plt.close(short.figure_)  # only the animation is needed
film = short.animate(interval=300)
print(f"{film.to_jshtml().count('data:image')} frames")
film

# %%
# **Question.** The line passes below all points; which way do ``theta_0`` and ``theta_1`` move?
#
# **Answer.** Both move up: every error is negative, every size is positive, and the step goes against the gradient.
#
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_05.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `watch line and point move together, step by step <../drag-alpha.html?lesson=update>`__.
#
# Next: what the two sums are, in :ref:`sphx_glr_auto_examples_plot_06_gradient.py`.
