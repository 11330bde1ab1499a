r"""
The update, step by step
========================

One step changes both parameters, so the line swings and its point on the map moves.
Both pictures show the same thing, and the film shows them move together.

.. math:: \theta_0 := \theta_0 - \alpha \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i), \qquad
          \theta_1 := \theta_1 - \alpha \frac{1}{m} \sum_{i=1}^m (h(x_i) - y_i) x_i
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd import GDLinearRegressor
from sklearn_gd.displays import FitDisplay

rng = np.random.default_rng(0)
x = rng.uniform(0.5, 2.5, 50)  # sizes of houses, in hundreds of square metres
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)  # their prices, in hundreds of thousands
X, m = x[:, np.newaxis], len(x)

# %%
# By hand
# -------
#
# The errors ``h(x_i) - y_i`` are all negative at first, because ``h`` is zero and houses cost something.
# So both sums are negative, and both parameters go up.

alpha, theta_0, theta_1 = 0.1, 0.0, 0.0
for t in range(4):
    error = theta_0 + theta_1 * x - y
    print(f"t = {t}  theta = ({theta_0:.4f}, {theta_1:.4f})  J = {(error**2).sum() / (2 * m):.4f}")
    theta_0, theta_1 = theta_0 - alpha * error.sum() / m, theta_1 - alpha * (error * x).sum() / m

# %%
# By the package
# --------------
#
# ``GDLinearRegressor`` takes the same steps, and keeps the cost of each.

model = GDLinearRegressor(alpha).fit(X, y)
print("costs:", *(f"{cost:.4f}" for cost in model.cost_history_[:4]))
print(f"after {model.n_iter_} steps: theta = ({model.intercept_:.4f}, {model.coef_[0]:.4f})")

# %%
# Line and point, side by side
# ----------------------------
#
# The first steps bring the line to the height of the data; the many that follow turn it into their direction.
# On the map the path drops into the valley, and then follows its floor.

panels = [plt.figure(figsize=(6, 4.4), layout="constrained").add_subplot() for _ in range(2)]
display = FitDisplay.from_data(X, y, alpha=alpha, iterations=[0, 1, 2, 5, 50, 200], ax=panels, max_iter=200, tol=None)
print("cost at these iterations:", *(f"{display.costs[t]:.4f}" for t in (0, 1, 2, 5, 50, 200)))

# %%
# The film
# --------
#
# It shows the first steps, a frame for each: the line rises to the data while the point drops into the valley.

plt.rcParams.update({"animation.html": "jshtml", "savefig.dpi": 100})  # a player with buttons, also in a notebook
short = FitDisplay.from_data(X, y, alpha=alpha, max_iter=20, tol=None)
plt.close(short.figure_)  # only its film is wanted
film = short.animate(interval=300)
print(f"{film.to_jshtml().count('data:image')} frames")
film

# %%
# **Question.** The line passes below all points; which way do ``theta_0`` and ``theta_1`` move?
#
# **Answer.** Up, both: every error is negative, every size is positive, and the step goes against the gradient.
#
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_05.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `line and point move together, step by step <../drag-alpha.html?lesson=update>`__.
#
# Next: what the two sums are, in :ref:`sphx_glr_auto_examples_plot_06_gradient.py`.
