"""
Partial derivatives and the gradient
====================================

A partial derivative nudges one parameter, and holds the others still.
All of them together are the gradient, which points straight uphill; a step goes the other way.
"""

import numpy as np

from sklearn_gd.displays import DescentPathDisplay

rng = np.random.default_rng(0)
x = rng.uniform(0.5, 2.5, 50)  # sizes of houses, in hundreds of square metres
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)  # their prices, in hundreds of thousands
X, m = np.column_stack([np.ones(50), x]), 50  # a column of ones belongs to theta_0


def J(theta):
    """Return the cost."""
    return ((X @ theta - y) ** 2).sum() / (2 * m)


def gradient(theta):
    """Return all partial derivatives, by the formula: 1/m * sum((h - y) * x_j) for each j."""
    return X.T @ (X @ theta - y) / m


def nudged(theta, nudge=1e-5):
    """Return the same by nudging each parameter to either side, and measuring J."""
    return np.array([(J(theta + e) - J(theta - e)) / (2 * nudge) for e in nudge * np.eye(2)])


# %%
# The gradient check
# ------------------
#
# A formula may be wrong; a nudge only needs ``J``, so the two check each other.
# With ``1/m`` forgotten, the check sounds the alarm.

theta = np.array([3.0, -0.5])
print("by the formula:", gradient(theta).round(6))
print("by nudges:     ", nudged(theta).round(6))
print(f"largest difference {abs(gradient(theta) - nudged(theta)).max():.0e}")
print(f"with 1/m forgotten {abs(m * gradient(theta) - nudged(theta)).max():.0f}")

# %%
# At the same time, or one after the other?
# -----------------------------------------
#
# The update is simultaneous: both derivatives are taken at the old ``theta``, before any parameter moves.
# Who moves ``theta_0`` first, and then uses the new one for ``theta_1``, does something else.

alpha = 0.4
together, in_turn = [theta], [theta]
for _ in range(30):
    together.append(together[-1] - alpha * gradient(together[-1]))
    new = in_turn[-1].copy()
    new[0] = new[0] - alpha * gradient(new)[0]
    new[1] = new[1] - alpha * gradient(new)[1]  # by now theta_0 is another one
    in_turn.append(new)
print("one step together:           ", together[1].round(4))
print("one step, one by one:        ", in_turn[1].round(4))
print("against the gradient, times alpha:", (-alpha * gradient(theta)).round(4))

# %%
# The picture
# -----------
#
# Both head for the minimum, along different paths; only the simultaneous one sets out at a right angle to the contour.
# It is gradient descent; the other is a different method, with limits of its own.
# Here that other method even ends nearer: ``theta_1`` already answers to the new ``theta_0``,
# and so a step leaves less of the error along the valley, as the factors say, which are eigenvalues of one step.
# So it is no bad method, but it is not gradient descent: its way depends on the order of the columns,
# and what ``L`` says of ``alpha`` does not hold for it. The mistake is to take the one for the other.

display = DescentPathDisplay.from_data(x[:, np.newaxis], y, alphas=[alpha], init=theta, max_iter=30)
display.ax_.lines[0].set_label("both at the same time")
display.ax_.plot(*np.transpose(in_turn), ".-", color="#cc79a7", zorder=4, linewidth=1, label="one after the other")
legend = display.ax_.legend(fontsize="small")
H = X.T @ X / m
first, second = (np.eye(2) - alpha * np.outer(e, e) @ H for e in np.eye(2))
for name, end, step in (("together", together, np.eye(2) - alpha * H), ("one by one", in_turn, second @ first)):
    print(f"{name}: after 30 steps J = {J(end[-1]):.4f}, factor {np.linalg.eigvals(step).max():.3f} along the valley")

# %%
# **Question.** Does the order of the parameters matter in a simultaneous update?
#
# **Answer.** No: all derivatives are taken before anything moves. One after the other, the order matters.
#
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_06.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `see both partial derivatives, and move one parameter after the other <../drag-alpha.html?lesson=gradient>`__.
#
# Next: when to stop, in :ref:`sphx_glr_auto_examples_plot_07_stop.py`.
