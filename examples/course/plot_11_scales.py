"""
Features on different scales
============================

One column counts square feet, in thousands, and another one counts bedrooms.
The cost is then a long valley, steep across and almost level along.
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
price = 50_000 + 150 * size - 5_000 * bedrooms + rng.normal(0, 40_000, 100)
X = pd.DataFrame({"size": size, "bedrooms": bedrooms})

# %%
# The condition number
# --------------------
#
# ``L`` is the largest curvature, which limits ``alpha``, and ``mu`` the smallest, along which the way is long.
# Plain descent needs about ``L/mu`` iterations, the condition number.

raw, standardised = alpha_limits(X, price), alpha_limits(X, price, standardize=True)
for name, limits in (("raw", raw), ("standardised", standardised)):
    print(f"{name}: 2/L = {limits.alpha_limit:.2g}, L/mu = {limits.condition_number:.2g}")
    print(f"  iterations needed at 1/L: {limits.n_iter_needed:.2g}")
print("the column that sets the limit:", raw.limiting_feature)

# %%
# The long valley
# ---------------
#
# The axes are the steepest and the flattest direction, and the two are not drawn to one scale.
# The descent drops to the floor of the valley at once, and then hardly moves towards the star:
# the rate is the best there is, and after its 1000 iterations the descent is still far from the minimum.


def fit(standardize):
    """Return a fit at 1/L, which may be bad, because it is the point."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearRegressor(standardize=standardize).fit(X, price)


models = {"raw": fit(False), "standardised": fit(True)}
least = LinearRegression().fit(X, price)
short = {name: abs(model.intercept_ - least.intercept_) for name, model in models.items()}
for name, model in models.items():
    print(f"{name}: {model.diagnosis_.status} after {model.n_iter_} iterations, R² {model.score(X, price):.4f}")
    print(f"  the intercept is {short[name]:,.0f} short of {least.intercept_:,.0f}")
display = DescentPathDisplay.from_estimator(models["raw"], name=f"1/L on raw columns: stops {short['raw']:,.0f} short")

# %%
# What standardising does
# -----------------------
#
# Each column has its mean subtracted, and is divided by its standard deviation.
# The valley becomes a bowl, and the same rule, ``1/L``, soon comes close to its bottom.

display = DescentPathDisplay.from_estimator(models["standardised"], name="1/L on standardised columns: arrives")

# %%
# The cost
# --------
#
# ``standardize=True`` does it inside the descent, and reports the coefficients in the units of the columns.

ax = None
for name, model in models.items():
    ax = CostCurveDisplay.from_estimator(model, name=name, from_minimum=True, ax=ax).ax_
print(f"price = {model.intercept_:.0f} {model.coef_[0]:+.1f} size {model.coef_[1]:+.0f} bedrooms")

# %%
# **Question.** Sizes are given in square inches instead of square feet; what happens to ``2/L``?
#
# **Answer.** A column that grows 144 times makes ``L`` grow by the square of that, and the limit shrinks by as much.

inches = alpha_limits(X.assign(size=144 * size), price)
print(f"{raw.alpha_limit / inches.alpha_limit:.0f} = {144**2}")

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_11.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `make the long valley round by a switch <../drag-alpha.html?lesson=scales>`__.
#
# Next: fewer of them, in :ref:`sphx_glr_auto_examples_plot_12_fewer_features.py`.
