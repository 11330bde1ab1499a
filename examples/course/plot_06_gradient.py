"""
Partial derivatives and the gradient
====================================

A partial derivative measures the effect of nudging one parameter while the others stay fixed.
All of them together are the gradient, which points uphill; a step goes the opposite way.
"""

import numpy as np

from sklearn_gd.displays import DescentPathDisplay

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
X, m = np.column_stack([np.ones(50), x]), 50  # the ones go with theta_0


def J(theta):
    """Return the cost."""
    return ((X @ theta - y) ** 2).sum() / (2 * m)


def gradient(theta):
    """Return all partial derivatives: 1/m * sum((h - y) * x_j)."""
    return X.T @ (X @ theta - y) / m


def nudged(theta, nudge=1e-5):
    """Return the same from J alone, with each parameter nudged."""
    steps = nudge * np.eye(2)
    rises = [J(theta + step) - J(theta - step) for step in steps]
    return np.array(rises) / (2 * nudge)


# %%
# The gradient check
# ------------------
#
# A formula may be wrong. Nudges need only ``J``, so the two can check each other.
# If ``1/m`` is forgotten, the check shows a large difference.

theta = np.array([3.0, -0.5])
formula, nudges = gradient(theta), nudged(theta)
print("by the formula:", formula.round(6))
print("by nudges:     ", nudges.round(6))
print(f"largest difference {abs(formula - nudges).max():.0e}")
print(f"with 1/m forgotten {abs(m * formula - nudges).max():.0f}")

# %%
# At the same time, or one after the other?
# -----------------------------------------
#
# The update is simultaneous: both derivatives are taken at the old ``theta``, before any parameter moves.
# Moving ``theta_0`` first, and using its new value to move ``theta_1``, is a different method.

alpha = 0.4
together, in_turn = [theta], [theta]
for _ in range(30):
    together.append(together[-1] - alpha * gradient(together[-1]))
    new = in_turn[-1].copy()
    new[0] = new[0] - alpha * gradient(new)[0]
    new[1] = new[1] - alpha * gradient(new)[1]  # theta_0 has changed
    in_turn.append(new)
print("one step together:   ", together[1].round(4))
print("one step, one by one:", in_turn[1].round(4))
print("-alpha * gradient:   ", (-alpha * formula).round(4))

# %%
# The picture
# -----------
#
# Both methods approach the minimum, along different paths; only the simultaneous one starts at a right angle to the
# contour.
# That one is gradient descent; the other is a different method, with different limits.
# Here the other method even ends closer to the minimum: ``theta_1`` already takes the new ``theta_0`` into account,
# so each step leaves less of the error along the valley, as the factors show, which are eigenvalues of one step.
# It is not a bad method, but it is not gradient descent: its path depends on the order of the columns,
# and the limit that ``L`` sets for ``alpha`` does not apply to it. The mistake is to confuse the two.

display = DescentPathDisplay.from_data(
    x[:, np.newaxis], y, alphas=[alpha], init=theta, max_iter=30
)
ax = display.ax_
ax.lines[0].set_label("both at the same time")
look = {"color": "#cc79a7", "zorder": 4, "linewidth": 1}
ax.plot(*np.transpose(in_turn), ".-", **look, label="one after the other")
legend = ax.legend(fontsize="small")
H, one = X.T @ X / m, np.eye(2)
first, second = (one - alpha * np.outer(e, e) @ H for e in one)
ends = together[-1], in_turn[-1]
steps = {"together": one - alpha * H, "one by one": second @ first}
for (name, step), end in zip(steps.items(), ends, strict=True):
    factor = np.linalg.eigvals(step).max()
    print(f"{name}: after 30 steps J = {J(end):.4f}")
    print(f"  factor {factor:.3f} along the valley")

# %%
# **Question.** Does the order of the parameters matter in a simultaneous update?
#
# **Answer.** No: all derivatives are taken before anything moves. If the parameters move one after the other, it does.
#
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_06.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `see both partial derivatives, and move one parameter after the other <../drag-alpha.html?lesson=gradient>`__.
#
# Next: when to stop, in :ref:`sphx_glr_auto_examples_plot_07_stop.py`.
