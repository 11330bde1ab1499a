"""
Features on different scales
============================

One column is the size in square feet, in the thousands, and another is the number of bedrooms.
The cost is then a long valley, steep across and almost level along its floor.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.displays import CostCurveDisplay, DescentPathDisplay

rng = np.random.default_rng(0)
size = rng.uniform(800, 4000, 100).round()
bedrooms = np.clip((size / 700 + rng.normal(0, 1, 100)).round(), 1, 6)
noise = rng.normal(0, 40_000, 100)
price = 50_000 + 150 * size - 5_000 * bedrooms + noise
X = pd.DataFrame({"size": size, "bedrooms": bedrooms})

# %%
# The condition number
# --------------------
#
# ``L`` is the largest curvature, which limits ``alpha``; ``mu`` is the smallest, in whose direction progress is slow.
# Plain descent needs about ``L/mu`` iterations; this is the condition number.

raw = alpha_limits(X, price)
standardised = alpha_limits(X, price, standardize=True)
for name, limits in {"raw": raw, "standardised": standardised}.items():
    print(f"{name}: 2/L = {limits.alpha_limit:.2g}", end=", ")
    print(f"L/mu = {limits.condition_number:.2g}")
    print(f"  iterations needed at 1/L: {limits.n_iter_needed:.2g}")
print("the column that sets the limit:", raw.limiting_feature)

# %%
# The long valley
# ---------------
#
# The axes are the steepest and the flattest direction, and are not drawn to the same scale.
# The descent drops to the floor of the valley at once, and then hardly moves towards the star:
# even at this rate, ``1/L``, the descent is still far from the minimum after its 1000 iterations.


def fit(standardize):
    """Return a fit at 1/L, which may be poor: the lesson shows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(standardize=standardize).fit(X, price)


models = {"raw": fit(False), "standardised": fit(True)}
best = LinearRegression().fit(X, price).intercept_
for name, model in models.items():
    status, score = model.diagnosis_.status, model.score(X, price)
    print(f"{name}: {status} after {model.n_iter_} iterations")
    short = abs(model.intercept_ - best)
    print(f"  R² {score:.4f}, intercept {short:,.0f} short of {best:,.0f}")
draw = DescentPathDisplay.from_estimator
display = draw(models["raw"], name="1/L on raw columns: stops short")

# %%
# What standardising does
# -----------------------
#
# Standardising subtracts the mean of each column and divides by its standard deviation.
# The valley becomes a bowl, and the same rule, ``1/L``, soon brings the descent close to the bottom.

name = "1/L on standardised columns: arrives"
display = draw(models["standardised"], name=name)

# %%
# The cost
# --------
#
# ``standardize=True`` standardises inside the descent, and reports the coefficients in the units of the columns.

ax = None
for name, model in models.items():
    options = {"name": name, "from_minimum": True, "ax": ax}
    ax = CostCurveDisplay.from_estimator(model, **options).ax_
per_foot, per_bedroom = model.coef_
print(f"price = {model.intercept_:.0f} {per_foot:+.1f} size", end=" ")
print(f"{per_bedroom:+.0f} bedrooms")

# %%
# **Question.** Sizes are given in square inches instead of square feet; what happens to ``2/L``?
#
# **Answer.** The column becomes 144 times larger, so ``L`` grows by the square of that, and the limit shrinks by as much.

inches = alpha_limits(X.assign(size=144 * size), price)
print(f"{raw.alpha_limit / inches.alpha_limit:.0f} = {144**2}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_11.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `flip a switch that makes the long valley round <../drag-alpha.html?lesson=scales>`__.
#
# Next: fewer features, in :ref:`sphx_glr_auto_examples_plot_12_fewer_features.py`.
