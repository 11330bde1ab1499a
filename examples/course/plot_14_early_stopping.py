"""
Stopping early, beside Ridge
============================

A descent goes along the steep directions first; the flat ones, where noise lives, come last.
Who stops early never gets there, and that is much the same as a penalty.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import Ridge

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd.displays import CostCurveDisplay

rng = np.random.default_rng(0)
theta = np.zeros(60)
theta[:5] = 3, -2, 2, 1, -1  # sixty features, of which five count
X, X_new = rng.normal(size=(150, 60)), rng.normal(size=(2000, 60))
y, y_new = X @ theta + rng.normal(0, 5, 150), X_new @ theta + rng.normal(0, 5, 2000)

# %%
# Two costs
# ---------
#
# The training cost always falls; the cost on the rows that are held out falls and then rises again.
# ``early_stopping=True`` keeps the iterate at the lowest point, which has a dot.

model = GDLinearRegressor(0.01, early_stopping=True, validation_fraction=0.3, n_iter_no_change=200, random_state=0)
model.fit(X, y)
display = CostCurveDisplay.from_estimator(model, name="cost")
print(f"{model.n_iter_} iterations done, the lowest validation cost is after {model.validation_cost_history_.argmin()}")

# %%
# How far each direction has come
# -------------------------------
#
# Along a direction of curvature ``lam``, ``t`` iterations go the share ``1 - (1 - alpha * lam)**t`` of the way.
# Ridge goes ``lam / (lam + l2)`` of it, and with ``l2 = 1 / (alpha * t)`` the two are alike.
# Both hold the flat directions back, and these nearly by the same.

alpha, t = 0.01, 50
lam = np.linalg.eigvalsh(X.T @ X / len(X))
descent, ridge = 1 - (1 - alpha * lam) ** t, lam / (lam + 1 / (alpha * t))
fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.plot(lam, descent, ".-", color="#009e73", label=f"descent, {t} iterations")
ax.plot(lam, ridge, ".--", color="#332288", label=f"Ridge, l2 = {1 / (alpha * t):g}")
ax.set(xlabel=r"curvature $\lambda$", ylabel="share of the way", ylim=(0, 1))
legend = ax.legend()
print(f"flattest direction: descent {descent[0]:.2f}, Ridge {ridge[0]:.2f}")
print(f"steepest direction: descent {descent[-1]:.2f}, Ridge {ridge[-1]:.2f}")

# %%
# On new rows
# -----------
#
# ``GDLinearRegressorCV`` chooses rate and number of iterations by cross-validation.
# It does about as well as Ridge with a penalty that the number of iterations tells, and both beat the minimum.

search = GDLinearRegressorCV(alphas=5, early_stopping=True).fit(X, y)
l2 = 1 / (search.alpha_ * search.n_iter_)
models = {
    "least squares, the minimum": GDLinearRegressor(max_iter=10_000, tol=1e-9).fit(X, y),
    f"stopped after {search.n_iter_} iterations": search,
    f"Ridge, l2 = {l2:.2f}": Ridge(alpha=l2 * len(X)).fit(X, y),
}
for name, model in models.items():
    print(f"{name:28s} R² {model.score(X, y):5.2f} on the training rows, {model.score(X_new, y_new):5.2f} on new ones")

# %%
# **Question.** The descent is stopped earlier still; is that a larger or a smaller penalty?
#
# **Answer.** A larger one: fewer iterations leave every coefficient nearer to zero.

for t in (50, 10):
    print(
        f"{t} iterations: l2 about {1 / (alpha * t):g}, mean share of the way {(1 - (1 - alpha * lam) ** t).mean():.2f}"
    )

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_14.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `stop the descent wherever you like <../drag-alpha.html?lesson=early_stopping>`__.
#
# Next: more data than fit into memory, in :ref:`sphx_glr_auto_examples_plot_15_large_data.py`.
