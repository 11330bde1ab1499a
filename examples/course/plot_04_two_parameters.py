r"""
Two parameters: a line is a point
=================================

The hypothesis is a line, and the cost says how far it passes the data by.

.. math:: h(x) = \theta_0 + \theta_1 x, \qquad
          J(\theta_0, \theta_1) = \frac{1}{2m} \sum_{i=1}^m (h(x_i) - y_i)^2

Two numbers make a line, so every line is a point of a map.
The height of the map at that point is the cost of the line.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd.displays import DescentPathDisplay

rng = np.random.default_rng(0)
x = rng.uniform(0.5, 2.5, 50)  # sizes of houses, in hundreds of square metres
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)  # their prices, in hundreds of thousands
m = len(x)


def J(theta_0, theta_1):
    """Return the cost of a line."""
    h = theta_0 + theta_1 * x
    return ((h - y) ** 2).sum() / (2 * m)


# %%
# Four lines and their costs
# --------------------------
#
# The first line predicts nothing, the second is level, the third is too steep, and the last one is near the data.

lines = [(0.0, 0.0), (2.7, 0.0), (-1.0, 3.0), (0.5, 1.5)]
for theta_0, theta_1 in lines:
    print(f"h(x) = {theta_0:4} + {theta_1} x: J = {J(theta_0, theta_1):.3f}")

# %%
# The same four on the map
# ------------------------
#
# Points on one curve of the contour are lines of the same cost.
# The curves are ellipses, long and slanting: a lower intercept can be made up for by a steeper slope.

data, contour = (plt.figure(figsize=(6, 4.4), layout="constrained").add_subplot() for _ in range(2))
data.scatter(x, y, s=12, color="#666666")
theta_0, theta_1 = np.meshgrid(np.linspace(-2, 4, 80), np.linspace(-1, 4, 80))
costs = np.vectorize(J)(theta_0, theta_1)
contour.contour(theta_0, theta_1, costs, costs.max() * np.linspace(0, 1, 14)[1:] ** 3, colors="#666666", linewidths=0.6)
for (a, b), colour in zip(lines, ("#332288", "#cc79a7", "#e69f00", "#009e73"), strict=True):
    data.axline((0, a), slope=b, color=colour)
    contour.plot(a, b, "o", color=colour)
data.set(xlim=(0, 3), ylim=(-1, 6), xlabel="size $x$", ylabel="price $y$", title=r"$h(x) = \theta_0 + \theta_1 x$")
contour.set(xlabel=r"intercept $\theta_0$", ylabel=r"slope $\theta_1$", title=r"$J(\theta_0, \theta_1)$")

# %%
# The bowl
# --------
#
# Seen from the side the map is a bowl: one lowest point, and no other hollow to get stuck in.
# The path on it is what the next lesson follows.

display = DescentPathDisplay.from_data(x[:, np.newaxis], y, alphas=[0.1], kind="surface")
print(f"lowest point: theta_0 = {display.plane.centre[0]:.3f}, theta_1 = {display.plane.centre[1]:.3f}")

# %%
# **Question.** Two points lie on the same curve of the contour; what do their lines have in common?
#
# **Answer.** The cost: they are different lines, and equally bad.
#
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_04.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the start, which is a line, or show the bowl as a surface <../drag-alpha.html?lesson=two_parameters>`__.
#
# Next: the way down, in :ref:`sphx_glr_auto_examples_plot_05_update.py`.
