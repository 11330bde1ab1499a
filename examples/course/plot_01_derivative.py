"""
The derivative as a nudge
=========================

A derivative answers one question: if ``a`` is nudged a little, how much does ``f(a)`` move?
The answer is the move of ``f(a)`` divided by the nudge.
In a plot it is the height of a small triangle divided by its width: the slope.
"""

import matplotlib.pyplot as plt
import numpy as np


def line(a):
    """Return f(a) = 3a."""
    return 3 * a


def square(a):
    """Return f(a) = a**2."""
    return a**2


def slope(f, a, nudge):
    """Return the move of f(a), divided by the nudge of a."""
    return (f(a + nudge) - f(a)) / nudge


# %%
# A straight line
# ---------------
#
# Take ``f(a) = 3a``, and nudge ``a`` by 0.001.
# ``f`` moves three times as far, wherever ``a`` is: the derivative is 3 everywhere.

for a in (2.0, 5.0):
    there = line(a + 0.001)
    print(f"a = {a:g}: f moves from {line(a):g} to {there:g}")
    print(f"  derivative {slope(line, a, 0.001):.3f}")

# %%
# A curve
# -------
#
# Take ``f(a) = a**2``.
# At 2 the derivative is 4, and at 5 it is 10: twice ``a``.
# The nudge is not infinitely small, so both results are slightly too large.

for a in (2.0, 5.0):
    there = square(a + 0.001)
    print(f"a = {a:g}: f moves from {square(a):g} to {there:.6f}")
    print(f"  derivative {slope(square, a, 0.001):.3f}")

# %%
# How small is small?
# -------------------
#
# A smaller nudge comes closer, until rounding takes over.
# A computer stores a limited number of digits, and only a few of them remain in the difference of two nearly equal
# numbers.

nudges = 10.0 ** -np.arange(1, 16)
errors = np.array(
    [abs(slope(square, 5.0, nudge) - 10.0) for nudge in nudges]
)
for nudge, error in zip(nudges[::2], errors[::2], strict=True):
    print(f"nudge {nudge:.0e}: error {error:.0e}")
print(f"The best nudge of these is {nudges[errors.argmin()]:.0e}.")

# %%
# The picture
# -----------
#
# The tangent is the line that touches the curve at ``a``; its slope is the derivative.
# Close to ``a``, tangent and curve look the same; that is why a derivative tells you which way is down.

options = {"figsize": (6, 4), "layout": "constrained"}
left, right = (plt.figure(**options).add_subplot() for _ in range(2))
a = np.linspace(-1, 7, 100)
left.plot(a, square(a), color="#666666", label="$f(a) = a^2$")
for at, colour in ((2.0, "#009e73"), (5.0, "#cc79a7")):
    near, rise = np.array([at - 1.7, at + 1.7]), slope(square, at, 1e-7)
    label = f"tangent at {at:g}, slope {rise:.0f}"
    left.plot(
        near, square(at) + rise * (near - at), color=colour, label=label
    )
    left.plot(at, square(at), "o", color=colour)
left.set(xlabel="$a$", ylabel="$f(a)$")
left.legend(fontsize="small")
right.loglog(nudges, errors, "o-", color="#332288")
right.set(xlabel="nudge", ylabel="error of the derivative at $a = 5$")
right.invert_xaxis()

# %%
# **Question.** What is the derivative of ``f(a) = a**2`` at the lowest point of the curve?
#
# **Answer.** It is zero: the tangent is level there, and a small nudge hardly moves ``f``.

print(f"nudged by 1e-7 at zero: {slope(square, 0.0, 1e-7):.0e}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_01.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the nudge until rounding takes over <../drag-alpha.html?lesson=derivative>`__.
#
# Next: a slope says which way to go, in :ref:`sphx_glr_auto_examples_plot_02_one_parameter.py`.
