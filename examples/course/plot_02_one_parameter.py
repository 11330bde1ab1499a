r"""
A cost of one parameter
=======================

A cost ``J(theta)`` says how bad a parameter ``theta`` is; the lowest point is the best one.
Gradient descent finds it without seeing the curve: it only needs the slope at the current point.

.. math:: \theta := \theta - \alpha \frac{dJ}{d\theta}

The learning rate ``alpha`` sets how far to go for a given slope.
"""

from sklearn_gd import gradient_descent
from sklearn_gd.displays import GradientDescentDisplay


def J(theta):
    """Return a parabola with its lowest point at 2."""
    return (theta - 2) ** 2


def slope(theta):
    """Return its derivative."""
    return 2 * (theta - 2)


# %%
# One step, from three places
# ---------------------------
#
# To the right of the minimum the slope is positive, so ``theta`` moves left: ``theta = 5 - 1.2 = 3.8``.
# To the left the slope is negative; subtracting a negative number moves ``theta`` to the right.
# At the minimum the slope is zero, and nothing moves.

alpha = 0.2
for theta in (5.0, -1.0, 2.0):
    step = alpha * slope(theta)
    after = theta - step
    print(
        f"slope {slope(theta):+g}: {theta:g} - ({step:.1f}) = {after:.1f}"
    )

# %%
# Step after step
# ---------------
#
# ``gradient_descent`` repeats the step until ``theta`` hardly moves.
# The slope becomes smaller on the way down, so the steps become shorter, although ``alpha`` stays the same.

right = gradient_descent(J, 5.0, alpha=alpha)
left = gradient_descent(J, -1.0, alpha=alpha)
for t in (0, 1, 2, 3, right.nit):
    from_right, from_left = right.path[t, 0], left.path[t, 0]
    print(f"t = {t:2d}  right {from_right:.4f}  left {from_left:+.4f}")

# %%
# The picture
# -----------
#
# A square marks a start, a star marks an end, and the pale bars are tangents.

names = "slope positive: to the left", "slope negative: to the right"
draw = GradientDescentDisplay.from_result
display = draw(right, J, name=names[0])
display = draw(left, J, name=names[1], ax=display.ax_)
labels = display.ax_.set(xlabel=r"$\theta$", ylabel=r"$J(\theta)$")

# %%
# **Question.** ``theta`` is at a local optimum; what does one step do?
#
# **Answer.** Nothing: the slope is zero there, so ``theta`` stays, whatever ``alpha`` is.

for alpha in (0.01, 0.2, 100.0):
    print(f"alpha = {alpha:g}: theta = {2.0 - alpha * slope(2.0):g}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_02.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the start to either side, and take one step at the minimum <../drag-alpha.html?lesson=one_parameter>`__.
#
# Next: how far one step may go, in :ref:`sphx_glr_auto_examples_plot_03_alpha.py`.
