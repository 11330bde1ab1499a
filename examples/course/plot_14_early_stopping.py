"""
Early stopping and Ridge
========================

A descent moves along the steep directions first and along the flat ones, where noise dominates, last.
Stopping early leaves the flat directions out, which has much the same effect as a penalty.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Ridge

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd.displays import CostCurveDisplay

rng = np.random.default_rng(0)
theta = np.zeros(60)
theta[:5] = 3, -2, 2, 1, -1  # sixty features, of which five matter
X, X_new = rng.normal(size=(150, 60)), rng.normal(size=(2000, 60))
y = X @ theta + rng.normal(0, 5, 150)
y_new = X_new @ theta + rng.normal(0, 5, 2000)

# %%
# Two costs
# ---------
#
# The training cost always falls; the cost on the held-out rows falls and then rises again.
# ``early_stopping=True`` keeps the iterate at the lowest point, which is marked with a dot.

options = {"validation_fraction": 0.3, "n_iter_no_change": 200}
model = GDLinearRegressor(0.01, early_stopping=True, **options)
model.set_params(random_state=0).fit(X, y)
display = CostCurveDisplay.from_estimator(model, name="cost")
lowest = model.validation_cost_history_.argmin()
print(f"{model.n_iter_} iterations, lowest validation cost after {lowest}")

# %%
# How far each direction has come
# -------------------------------
#
# Along a direction with curvature ``lam``, ``t`` iterations cover the share ``1 - (1 - alpha * lam)**t`` of the distance.
# Ridge covers ``lam / (lam + l2)`` of it, and with ``l2 = 1 / (alpha * t)`` the two are similar.
# Both hold back the flat directions, by nearly the same amount.

alpha, t = 0.01, 50
l2 = 1 / (alpha * t)
lam = np.linalg.eigvalsh(X.T @ X / len(X))
descent, ridge = 1 - (1 - alpha * lam) ** t, lam / (lam + l2)
fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.plot(lam, descent, ".-", color="#009e73", label=f"{t} iterations")
ax.plot(lam, ridge, ".--", color="#332288", label=f"Ridge, l2 = {l2:g}")
ax.set(xlabel=r"curvature $\lambda$", ylabel="share of the distance")
ax.set_ylim(0, 1)
legend = ax.legend()
for name, j in {"flattest": 0, "steepest": -1}.items():
    print(f"{name} direction: descent {descent[j]:.2f}", end=", ")
    print(f"Ridge {ridge[j]:.2f}")

# %%
# On new rows
# -----------
#
# ``GDLinearRegressorCV`` chooses the rate and the number of iterations by cross-validation.
# It does about as well as Ridge with the penalty that corresponds to this number, and both do better than the minimum.

search = GDLinearRegressorCV(alphas=5, early_stopping=True).fit(X, y)
l2 = 1 / (search.alpha_ * search.n_iter_)
minimum = GDLinearRegressor(max_iter=10_000, tol=1e-9).fit(X, y)
models = {
    "least squares, the minimum": minimum,
    f"stopped after {search.n_iter_} iterations": search,
    f"Ridge, l2 = {l2:.2f}": Ridge(alpha=l2 * len(X)).fit(X, y),
}
for name, model in models.items():
    score, on_new = model.score(X, y), model.score(X_new, y_new)
    print(f"{name:28s} R² {score:5.2f}, on new rows {on_new:5.2f}")

# %%
# **Question.** The descent is stopped earlier still; is that a larger or a smaller penalty?
#
# **Answer.** A larger one: with fewer iterations, the coefficients stay closer to zero.

for t in (50, 10):
    share = (1 - (1 - alpha * lam) ** t).mean()
    print(f"{t} iterations: l2 about {1 / (alpha * t):g},", end=" ")
    print(f"mean share of the distance {share:.2f}")

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_14.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `stop the descent wherever you like <../drag-alpha.html?lesson=early_stopping>`__.
#
# Next: data that do not fit into memory, in :ref:`sphx_glr_auto_examples_plot_15_large_data.py`.
