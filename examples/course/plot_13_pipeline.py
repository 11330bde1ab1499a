"""
A real pipeline
===============

Real tables contain words, so preprocessing comes first, then the descent, with a search for ``alpha`` around both.
All of these parts belong to scikit-learn; the descent is one more estimator.
"""

from time import perf_counter

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sklearn_gd import (
    GDLinearRegressor,
    GDLinearRegressorCV,
    suggest_alphas,
)
from sklearn_gd.displays import AlphaDisplay

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X["sex"] = X["sex"].map({1.0: "a", 2.0: "b"})
parts = train_test_split(X, y, random_state=0)
X_train, X_test, y_train, y_test = parts
print(X_train.head(3).to_string())

# %%
# Preprocessing
# -------------
#
# The column of words becomes a column of zeros and ones, and the others stay as they are.
# ``standardize=True`` brings them to the same scale, with the means of the training rows alone.

words = OneHotEncoder(drop="first"), ["sex"]
prepare = make_column_transformer(words, remainder="passthrough")
options = {"standardize": True, "max_iter": 50_000}
pipeline = make_pipeline(prepare, GDLinearRegressor(**options))
pipeline.fit(X_train, y_train)

# %%
# A grid search
# -------------
#
# ``suggest_alphas`` returns rates up to ``1/L``, evenly spaced on a logarithmic scale.
# ``GridSearchCV`` fits each of them on each fold.

prepared = prepare.fit_transform(X_train)
alphas = suggest_alphas(prepared, standardize=True, n_alphas=20)
ratio = alphas[-1] / alphas[0]
print(f"{len(alphas)} rates, the smallest is 1/{ratio:.0f} of the largest")
name = "gdlinearregressor__alpha"
begin = perf_counter()
grid = GridSearchCV(pipeline, {name: alphas}, cv=5)
grid.fit(X_train, y_train)
grid_time = perf_counter() - begin
best = grid.best_params_[name]
print(f"alpha = {best:.3f}, R² {grid.best_score_:.4f}")

# %%
# The same in one pass
# --------------------
#
# ``GDLinearRegressorCV`` reads the data once for all rates and folds, and its scores are the same.

begin = perf_counter()
search = GDLinearRegressorCV(alphas, cv=5, **options)
search = make_pipeline(prepare, search).fit(X_train, y_train)
search_time = perf_counter() - begin
found, of_grid = search[-1], grid.cv_results_["mean_test_score"]
difference = np.abs(found.scores_.mean(axis=1) - of_grid).max()
print(f"alpha = {found.alpha_:.3f}, R² {found.best_score_:.4f}")
print(f"largest difference of the scores {difference:.0e}")
print(f"{grid_time:.2f} s for the grid, {search_time:.2f} s for one pass")
print(f"on unseen rows: R² {search.score(X_test, y_test):.4f}")

# %%
# The picture
# -----------
#
# All rates that reach the minimum score nearly the same, because ``alpha`` affects how fast the descent is, and hardly
# where it ends.
# The band is one standard deviation of the folds on either side, much wider than the differences between the rates.
# The slowest rate wins by a small margin, because it ends a little before the minimum; the next lesson explains why that
# helps.

display = AlphaDisplay.from_estimator(search)
gap = found.diagnosis_.gap
print(f"the slowest, after {found.n_iter_:,} iterations: gap {gap:.5f}")

# %%
# **Question.** Why is the test set not part of the search?
#
# **Answer.** The rate was chosen to suit the rows of the search; only rows that played no part in it give a fair score.
#
# Your turn
# ---------
#
# Replace the dots. In the notebook at the foot of this page, the next cell then checks your answer.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_13.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the point that pulls the line <../drag-alpha.html?lesson=pipeline>`__.
#
# Next: stopping early on purpose, in :ref:`sphx_glr_auto_examples_plot_14_early_stopping.py`.
