r"""
Schedulers: a rate that changes
===============================

A scheduler returns a factor on the learning rate, which may differ from iteration to iteration.

.. math:: \alpha_t = \alpha \cdot \mathrm{scheduler}(t, \mathrm{max\_iter})

Usually the steps should be long at first and short at the end.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.displays import CostCurveDisplay, SchedulerDisplay
from sklearn_gd.schedulers import Exponential

rng = np.random.default_rng(0)
# Houses: sizes in hundreds of square metres, and
# prices in hundreds of thousands.
x = rng.uniform(0.5, 2.5, 50)
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)
X = x[:, np.newaxis]

# %%
# Four schedules
# --------------
#
# They are a straight line, half a cosine wave, a decay by 0.9 in each iteration, and a schedule of your own.
# Your own schedule is a function of the iteration ``t`` and of ``max_iter``; it needs no base class.


def halves(t, max_iter):
    """Return 1, and half as much after each quarter of the time."""
    return 0.5 ** (4 * t // max_iter)


schedulers = {
    "linear": "linear",
    "cosine": "cosine",
    "0.9 decay": Exponential(0.9),
    "my own": halves,
}
display = SchedulerDisplay.from_schedulers(schedulers)
for name, rates in zip(schedulers, display.rates, strict=True):
    print(f"{name:9s} {rates[0]:.2f}, halfway {rates[50]:.3f},", end=" ")
    print(f"finally {rates[-1]:.1e}, sum {rates.sum():.1f}")

# %%
# What they do to a descent
# -------------------------
#
# All start at ``1/L`` and run for 100 iterations.
# On a cost as simple as this one, a constant rate is fastest: every reduction of the rate costs iterations.
# The decay by 0.9 is too fast: all its steps together are worth ten steps at the full rate, so the descent ends before
# the minimum.


def fit(alpha, scheduler):
    """Return a fit, which may be poor: the lesson shows it."""
    options = {"scheduler": scheduler, "max_iter": 100, "tol": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(alpha, **options).fit(X, y)


ax, limit = None, alpha_limits(X).alpha_limit
for name, scheduler in {"constant": "constant", **schedulers}.items():
    model = fit(limit / 2, scheduler)
    print(f"{name:9s} gap {model.diagnosis_.gap:.1e}")
    options = {"name": name, "ax": ax, "from_minimum": True}
    ax = CostCurveDisplay.from_estimator(model, **options).ax_
for line, schedule in zip(ax.lines[1:], display.lines_, strict=True):
    line.set(color=schedule.get_color(), linestyle="-")  # as above
legend = ax.legend(fontsize="small")

# %%
# What they are good for
# ----------------------
#
# At a constant rate above ``2/L`` the descent diverges.
# A scheduler lowers the rate below the limit during the descent, which then recovers.

for name in ("constant", "linear", "cosine"):
    J = fit(1.1 * limit, name).cost_history_
    print(f"{name:9s} at 1.1 of the limit:", end=" ")
    print(f"J from {J[0]:.2f} to {J[-1]:.2g}")

# %%
# **Question.** Why does the decay by 0.9 never arrive, however many iterations it gets?
#
# **Answer.** Its rates shrink so fast that they add up to no more than ten times the first one.

total = (0.9 ** np.arange(1000)).sum()
print(f"sum of a thousand rates: {total:.3f}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_08.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `start above the limit, and slow down with any schedule <../drag-alpha.html?lesson=schedulers>`__.
#
# Next: optimizers with a memory, in :ref:`sphx_glr_auto_examples_plot_09_optimizers.py`.
