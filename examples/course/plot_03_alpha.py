"""
Too small, good, too large
==========================

One number has to be chosen, the learning rate ``alpha``.
Too small, and the descent crawls; too large, and it leaps over the valley, higher each time.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits, gradient_descent
from sklearn_gd.displays import AlphaDisplay, CostCurveDisplay, GradientDescentDisplay


def J(theta):
    """Return a parabola of curvature 2, with its lowest point at 2."""
    return (theta - 2) ** 2


# %%
# Three paths on one parabola
# ---------------------------
#
# The distance to the minimum is multiplied by ``1 - alpha L`` in each step, where ``L`` is the curvature, here 2.
# It shrinks while this factor is between -1 and 1, that is while ``alpha`` is below ``2/L``, here 1.

axes = [plt.figure(figsize=(4, 4), layout="constrained").add_subplot() for _ in range(3)]
theta = np.linspace(-4, 8.5, 100)
for ax, word, alpha in zip(axes, ("too small", "good", "too large"), (0.03, 0.3, 1.05), strict=True):
    result = gradient_descent(J, 5.0, alpha=alpha, max_iter=10)
    GradientDescentDisplay.from_result(result, J, ax=ax, name=rf"$\alpha = {alpha}$")
    ax.plot(theta, J(theta), color="#666666", linewidth=1, zorder=0)
    ax.set(title=word, xlabel=r"$\theta$", xlim=(-4, 8.5), ylim=(-3, 52), ylabel=r"$J(\theta)$")
    print(f"alpha = {alpha:4}: factor {1 - alpha * 2:+.2f}, after 10 steps theta = {result.path[-1, 0]:.3f}")

# %%
# The same on houses
# ------------------
#
# Fifty houses: the size in hundreds of square metres, the price in hundreds of thousands.
# Their cost has a curvature too, the largest one in any direction, and ``alpha_limits`` computes ``2/L`` from the data.

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
    print(f"{share:5} of the limit: {model.diagnosis_.status}{', and warned' if caught else ''}")
    ax = CostCurveDisplay.from_estimator(model, ax=ax).ax_

# %%
# Where it breaks
# ---------------
#
# Each point is a descent of its own, and its height is the cost that it reaches.
# A larger rate is better, up to a cliff; the cliff is at ``2/L``.

display = AlphaDisplay.from_data(X, price)
print(f"lowest cost with alpha = {display.chosen:.3f}; 2/L = {display.alpha_limit:.3f}")

# %%
# **Question.** The cost rises from one iteration to the next; what is wrong?
#
# **Answer.** With plain descent ``alpha`` is above ``2/L``: take a smaller one, or ``alpha="auto"``, which is ``1/L``.

print(f"auto = {GDLinearRegressor().fit(X, price).alpha_:.4f}, 1/L = {limit / 2:.4f}")

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_03.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag alpha through 1/L and 2/L <../drag-alpha.html?lesson=alpha>`__.
#
# Next: a cost of two parameters, in :ref:`sphx_glr_auto_examples_plot_04_two_parameters.py`.
