"""
Fewer features
==============

Thirty columns are measured, and five of them matter.
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
# Two columns first.
# The ellipses are the points of equal squared error around least squares.
# A penalty asks for small coefficients: ``l2`` for a small circle around 0, ``l1`` for a small diamond.
# The ellipse that touches the diamond often does so at a corner, and at a corner a coefficient is 0.

Z = rng.normal(size=(100, 2))
z = Z @ [1.0, 3.0] + rng.normal(size=100)
corner = GDLinearRegressor(l1=1.5, fit_intercept=False, **options).fit(Z, z)
print("coefficients with l1 = 1.5:", corner.coef_.round(2))

a, b = np.meshgrid(np.linspace(-2, 3, 200), np.linspace(-1.6, 4.5, 200))
errors = np.mean((np.stack([a, b], axis=-1) @ Z.T - z) ** 2, axis=-1) / 2
level = np.mean((Z @ corner.coef_ - z) ** 2) / 2
size = np.abs(corner.coef_).sum()
figure, ax = plt.subplots(figsize=(6.0, 4.5), layout="constrained")
ax.contour(a, b, errors, levels=[level / 4, level, 2 * level])
ax.fill([size, 0, -size, 0], [0, size, 0, -size], alpha=0.2)
ax.plot(*corner.coef_, "k*", markersize=11, label="with the penalty")
ax.plot(*np.linalg.lstsq(Z, z)[0], "k+", markersize=11, label="least squares")
ax.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", aspect="equal", ylim=(-1.6, 4.5))
ax.legend(loc="lower right")

# %%
# One step more
# -------------
#
# ``abs(theta_j)`` has a crease at 0, where there is no derivative.
# So each iteration takes its step along the gradient of the squared error, and then moves each coefficient
# ``alpha * l1`` nearer to 0; one that is nearer than that becomes 0, and stays there while the gradient is too weak
# to lift it.

path = descent_path(Z, z, [0.3], l1=1.5, fit_intercept=False, max_iter=6)
for n_iter in (0, 1, 2, 6):
    print(f"after {n_iter} iterations: {path.coefs[0, n_iter].round(3)}")

# %%
# Thirty columns
# --------------
#
# As the penalty falls, from right to left, one coefficient after the other leaves 0.
# The search scores 100 penalties on five splits of the rows, and marks two of them:
# the best one, and the largest that is as good but for chance.

theta = np.zeros(30)
theta[:5] = 3, -2, 2, 1, -1
X, X_new = rng.normal(size=(100, 30)), rng.normal(size=(1000, 30))
y, y_new = X @ theta + rng.normal(0, 2, 100), X_new @ theta + rng.normal(0, 2, 1000)
search = GDLinearRegressorCV(l1="auto", rule="one_standard_error", **options).fit(X, y)
display = PenaltyDisplay.from_estimator(search)
print("columns in use:", np.flatnonzero(search.coef_))

# %%
# Lasso and ridge
# ---------------
#
# ``l2`` shrinks coefficients as well, but none of them to 0.

ridge = GDLinearRegressorCV(l2=np.geomspace(0.01, 10, 20), **options).fit(X, y)
plain = GDLinearRegressor(**options).fit(X, y)
for name, model in (("no penalty", plain), ("l2", ridge), ("l1", search)):
    n_used, score = np.count_nonzero(model.coef_), model.score(X_new, y_new)
    print(f"{name}: {n_used} columns, R² on new rows {score:.3f}")

# %%
# **Question.** Two columns are equal. What does ``l1`` do with them, and what does ``l2``?
#
# **Answer.** For ``l1`` only the sum of the two coefficients counts, so any way to share it out is a minimum;
# ``l2`` is smallest when both have the same.

twins = np.column_stack([X[:, 0], X[:, 0]])
for penalty in ({"l1": 0.5}, {"l2": 0.5}):
    print(penalty, GDLinearRegressor(init=[0, 4, 0], **penalty, **options).fit(twins, y).coef_.round(2))

# %%
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_12.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `take the steps that the penalty would shrink <../drag-alpha.html?lesson=fewer_features>`__.
#
# Next: all of it in a pipeline, in :ref:`sphx_glr_auto_examples_plot_13_pipeline.py`.
