"""
Fewer features
==============

Thirty columns are measured, but only five of them matter.
The penalty ``l1`` finds them: it makes the other coefficients exactly 0.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, descent_path
from sklearn_gd.displays import PenaltyDisplay

rng = np.random.default_rng(1)
options = {"optimizer": "nesterov", "tol": 1e-8, "max_iter": 5000}

# %%
# A diamond and an ellipse
# ------------------------
#
# Start with two columns.
# The ellipses are curves of equal squared error around the least-squares solution.
# A penalty favours small coefficients: ``l2`` those in a small circle around 0, ``l1`` those in a small diamond.
# The ellipse that touches the diamond often does so at a corner, where one coefficient is 0.

Z = rng.normal(size=(100, 2))
z = Z @ [1.0, 3.0] + rng.normal(size=100)
corner = GDLinearRegressor(l1=1.5, fit_intercept=False, **options)
corner.fit(Z, z)
print("coefficients with l1 = 1.5:", corner.coef_.round(2))

a, b = np.linspace(-2, 3, 200), np.linspace(-1.6, 4.5, 200)
points = np.stack(np.meshgrid(a, b), axis=-1)
errors = np.mean((points @ Z.T - z) ** 2, axis=-1) / 2
level = np.mean((Z @ corner.coef_ - z) ** 2) / 2
size = np.abs(corner.coef_).sum()
figure, ax = plt.subplots(figsize=(6.0, 4.5), layout="constrained")
ax.contour(a, b, errors, levels=[level / 4, level, 2 * level])
ax.fill([size, 0, -size, 0], [0, size, 0, -size], alpha=0.2)
ax.plot(*corner.coef_, "k*", markersize=11, label="with the penalty")
ax.plot(
    *np.linalg.lstsq(Z, z)[0], "k+", markersize=11, label="least squares"
)
ax.set(
    xlabel=r"$\theta_1$",
    ylabel=r"$\theta_2$",
    aspect="equal",
    ylim=(-1.6, 4.5),
)
legend = ax.legend(loc="lower right")

# %%
# One more step
# -------------
#
# ``abs(theta_j)`` has a kink at 0, where it has no derivative.
# Each iteration therefore takes its step against the gradient of the squared error, and then moves each coefficient
# towards 0 by ``alpha * l1``. A coefficient that is closer to 0 than that becomes 0, and stays there as long as the
# gradient is too small to move it away.

steps = {"l1": 1.5, "fit_intercept": False, "max_iter": 6}
coefs = descent_path(Z, z, [0.3], **steps).coefs[0]
for n_iter in (0, 1, 2, 6):
    print(f"after {n_iter} iterations: {coefs[n_iter].round(3)}")

# %%
# Thirty columns
# --------------
#
# As the penalty becomes smaller, from right to left, one coefficient after another leaves 0.
# The search scores 100 penalties on five splits of the rows. The plot marks two of them:
# the best one, and the largest one whose score is within the standard error of the best.

theta = np.zeros(30)
theta[:5] = 3, -2, 2, 1, -1
X, X_new = rng.normal(size=(100, 30)), rng.normal(size=(1000, 30))
y = X @ theta + rng.normal(0, 2, 100)
y_new = X_new @ theta + rng.normal(0, 2, 1000)
rule = "one_standard_error"
search = GDLinearRegressorCV(l1="auto", rule=rule, **options).fit(X, y)
display = PenaltyDisplay.from_estimator(search)
print("columns in use:", np.flatnonzero(search.coef_))

# %%
# Lasso and ridge
# ---------------
#
# ``l2`` also shrinks the coefficients, but sets none of them to 0.

l2 = np.geomspace(0.01, 10, 20)
models = {
    "no penalty": GDLinearRegressor(**options).fit(X, y),
    "l2": GDLinearRegressorCV(l2=l2, **options).fit(X, y),
    "l1": search,
}
for name, model in models.items():
    n_used, score = np.count_nonzero(model.coef_), model.score(X_new, y_new)
    print(f"{name}: {n_used} columns, R² on new rows {score:.3f}")

# %%
# **Question.** Two columns are equal. What does ``l1`` do with their coefficients, and what does ``l2`` do?
#
# **Answer.** For ``l1`` only the sum of the two coefficients matters, so every way of dividing it is a minimum;
# ``l2`` is smallest when both are equal.

twins = np.column_stack([X[:, 0], X[:, 0]])
for penalty in ({"l1": 0.5}, {"l2": 0.5}):
    model = GDLinearRegressor(init=[0, 4, 0], **penalty, **options)
    print(penalty, model.fit(twins, y).coef_.round(2))

# %%
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_12.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `take the steps, and let the penalty shrink them <../drag-alpha.html?lesson=fewer_features>`__.
#
# Next: everything in one pipeline, in :ref:`sphx_glr_auto_examples_plot_13_pipeline.py`.
