r"""
Schedulers: a rate that changes
===============================

A scheduler is a factor on the learning rate, which may be another one at each iteration.

.. math:: \alpha_t = \alpha \cdot \mathrm{scheduler}(t, \mathrm{max\_iter})

The usual wish is to begin with long steps and to end with short ones.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.displays import CostCurveDisplay, SchedulerDisplay
from sklearn_gd.schedulers import Exponential

rng = np.random.default_rng(0)
x = rng.uniform(0.5, 2.5, 50)  # sizes of houses, in hundreds of square metres
y = 0.5 + 1.5 * x + rng.normal(0, 0.3, 50)  # their prices, in hundreds of thousands
X = x[:, np.newaxis]

# %%
# Four schedules
# --------------
#
# A straight line, half a cosine wave, a decay by 0.9 in each iteration, and one of your own.
# Your own is a function of the iteration ``t`` and of ``max_iter``; there is no class to inherit from.


def halves(t, max_iter):
    """Return 1, and half as much after every quarter of the time."""
    return 0.5 ** (4 * t // max_iter)


schedulers = {"linear": "linear", "cosine": "cosine", "0.9 decay": Exponential(0.9), "my own": halves}
display = SchedulerDisplay.from_schedulers(schedulers)
for name, rates in zip(schedulers, display.rates, strict=True):
    print(f"{name:9s} {rates[0]:.2f}, halfway {rates[50]:.3f}, at last {rates[-1]:.1e}, sum {rates.sum():.1f}")

# %%
# What they do to a descent
# -------------------------
#
# All begin at ``1/L``, and have 100 iterations.
# On a cost as simple as this one a constant rate is the quickest: every brake costs something.
# The decay by 0.9 brakes too hard: all its steps together are worth ten at the full rate, and it stops on the way.


def fit(alpha, scheduler):
    """Return a fit that may be bad, because it is the point."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(alpha, scheduler=scheduler, max_iter=100, tol=None).fit(X, y)


ax, limit = None, alpha_limits(X).alpha_limit
for name, scheduler in {"constant": "constant", **schedulers}.items():
    model = fit(limit / 2, scheduler)
    print(f"{name:9s} gap {model.diagnosis_.gap:.1e}")
    ax = CostCurveDisplay.from_estimator(model, name=name, ax=ax, from_minimum=True).ax_
for line, schedule in zip(ax.lines[1:], display.lines_, strict=True):
    line.set(color=schedule.get_color(), linestyle="-")  # the colours of the first picture
legend = ax.legend(fontsize="small")

# %%
# What they are good for
# ----------------------
#
# A rate above ``2/L`` diverges if it stays there.
# A scheduler brings it below the limit on the way, and the descent recovers.

for name in ("constant", "linear", "cosine"):
    model = fit(1.1 * limit, name)
    print(f"{name:9s} at 1.1 of the limit: J from {model.cost_history_[0]:.2f} to {model.cost_history_[-1]:.2g}")

# %%
# **Question.** Why does the decay by 0.9 never arrive, however many iterations it gets?
#
# **Answer.** Its rates shrink so fast that they add up to no more than ten times the first one.

print(f"sum of a thousand rates: {(0.9 ** np.arange(1000)).sum():.3f}")

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_08.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `brake by any schedule, from a rate above the limit <../drag-alpha.html?lesson=schedulers>`__.
#
# Next: steps that remember, in :ref:`sphx_glr_auto_examples_plot_09_optimizers.py`.
