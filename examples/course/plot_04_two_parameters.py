r"""
Two parameters: a line is a point
=================================

The hypothesis is a line, and the cost measures how far the line is from the data.

.. math:: h(x) = \theta_0 + \theta_1 x, \qquad
          J(\theta_0, \theta_1) = \frac{1}{2m} \sum_{i=1}^m (h(x_i) - y_i)^2

Two numbers define a line, so every line is a point on a map.
The height of the map at that point is the cost of the line.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd.displays import DescentPathDisplay

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
m = len(x)


def J(theta_0, theta_1):
    """Return the cost of a line."""
    h = theta_0 + theta_1 * x
    return ((h - y) ** 2).sum() / (2 * m)


# %%
# Four lines and their costs
# --------------------------
#
# The first line is zero everywhere, the second is level, the third is too steep, and the last one is close to the data.

lines = [(0.0, 0.0), (2.7, 0.0), (-1.0, 3.0), (0.5, 1.5)]
for theta_0, theta_1 in lines:
    cost = J(theta_0, theta_1)
    print(f"h(x) = {theta_0:4} + {theta_1} x: J = {cost:.3f}")

# %%
# The same four on the map
# ------------------------
#
# All points on one contour curve are lines with the same cost.
# The curves are long, tilted ellipses: a steeper slope can make up for a lower intercept.

options = {"figsize": (6, 4.4), "layout": "constrained"}
data, contour = (plt.figure(**options).add_subplot() for _ in range(2))
data.scatter(x, y, s=12, color="#666666")
a, b = np.meshgrid(np.linspace(-2, 4, 80), np.linspace(-1, 4, 80))
costs = np.vectorize(J)(a, b)
levels = costs.max() * np.linspace(0, 1, 14)[1:] ** 3
contour.contour(a, b, costs, levels, colors="#666666", linewidths=0.6)
colours = "#332288", "#cc79a7", "#e69f00", "#009e73"
for (theta_0, theta_1), colour in zip(lines, colours, strict=True):
    data.axline((0, theta_0), slope=theta_1, color=colour)
    contour.plot(theta_0, theta_1, "o", color=colour)
data.set(xlim=(0, 3), ylim=(-1, 6), xlabel="size $x$", ylabel="price $y$")
data.set_title(r"$h(x) = \theta_0 + \theta_1 x$")
contour.set_title(r"$J(\theta_0, \theta_1)$")
labels = contour.set(
    xlabel=r"intercept $\theta_0$", ylabel=r"slope $\theta_1$"
)

# %%
# The bowl
# --------
#
# Seen from the side, the map is a bowl with one lowest point and no other hollow to get stuck in.
# The next lesson follows the path on it.

X = x[:, np.newaxis]
display = DescentPathDisplay.from_data(X, y, alphas=[0.1], kind="surface")
theta_0, theta_1 = display.plane.centre
print(f"lowest point: theta_0 = {theta_0:.3f}, theta_1 = {theta_1:.3f}")

# %%
# **Question.** Two points lie on the same curve of the contour; what do their lines have in common?
#
# **Answer.** Their cost: the lines are different but equally bad.
#
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_04.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the starting line, or show the bowl as a surface <../drag-alpha.html?lesson=two_parameters>`__.
#
# Next: the way down, in :ref:`sphx_glr_auto_examples_plot_05_update.py`.
