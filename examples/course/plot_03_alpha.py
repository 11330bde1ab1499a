"""
Too small, good, too large
==========================

One number has to be chosen: the learning rate ``alpha``.
If it is too small, the descent crawls; if it is too large, the descent jumps across the valley, higher each time.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits, gradient_descent
from sklearn_gd.displays import (
    AlphaDisplay,
    CostCurveDisplay,
    GradientDescentDisplay,
)


def J(theta):
    """Return a parabola of curvature 2, with its lowest point at 2."""
    return (theta - 2) ** 2


# %%
# Three paths on one parabola
# ---------------------------
#
# Each step multiplies the distance to the minimum by ``1 - alpha L``, where ``L`` is the curvature, here 2.
# The distance shrinks if this factor is between -1 and 1, which means that ``alpha`` is below ``2/L``, here 1.

theta = np.linspace(-4, 8.5, 100)
rates = {"too small": 0.03, "good": 0.3, "too large": 1.05}
for word, alpha in rates.items():
    ax = plt.figure(figsize=(4, 4), layout="constrained").add_subplot()
    result = gradient_descent(J, 5.0, alpha=alpha, max_iter=10)
    name = rf"$\alpha = {alpha}$"
    GradientDescentDisplay.from_result(result, J, ax=ax, name=name)
    ax.plot(theta, J(theta), color="#666666", linewidth=1, zorder=0)
    ax.set(title=word, xlim=(-4, 8.5), ylim=(-3, 52))
    ax.set(xlabel=r"$\theta$", ylabel=r"$J(\theta)$")
    print(f"alpha = {alpha:4}: factor {1 - alpha * 2:+.2f}", end=", ")
    print(f"after 10 steps theta = {result.path[-1, 0]:.3f}")

# %%
# The same for houses
# -------------------
#
# The data are fifty houses: sizes in hundreds of square metres, prices in hundreds of thousands.
# Their cost also has a largest curvature ``L`` over all directions, and ``alpha_limits`` computes ``2/L`` from the data.

rng = np.random.default_rng(0)
size = rng.uniform(0.5, 2.5, 50)
price = 0.5 + 1.5 * size + rng.normal(0, 0.3, 50)
X = size[:, np.newaxis]
limit = alpha_limits(X).alpha_limit
print(f"2/L = {limit:.4f}")

ax = None
for share in (0.005, 0.5, 0.99, 1.01):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model = GDLinearRegressor(share * limit, max_iter=300).fit(X, price)
    warned = ", with a warning" if caught else ""
    print(f"{share:5} of the limit: {model.diagnosis_.status}{warned}")
    ax = CostCurveDisplay.from_estimator(model, ax=ax).ax_

# %%
# Where it breaks
# ---------------
#
# Each point is one descent, and its height is the cost that the descent reaches.
# Larger rates are better, up to a cliff at ``2/L``.

display = AlphaDisplay.from_data(X, price)
print(f"lowest cost with alpha = {display.chosen:.3f}", end="; ")
print(f"2/L = {display.alpha_limit:.3f}")

# %%
# **Question.** The cost rises from one iteration to the next; what is wrong?
#
# **Answer.** With plain descent, ``alpha`` is above ``2/L``: use a smaller one, or ``alpha="auto"``, which is ``1/L``.

auto = GDLinearRegressor().fit(X, price).alpha_
print(f"auto = {auto:.4f}, 1/L = {limit / 2:.4f}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_03.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag alpha past 1/L and 2/L <../drag-alpha.html?lesson=alpha>`__.
#
# Next: a cost of two parameters, in :ref:`sphx_glr_auto_examples_plot_04_two_parameters.py`.
