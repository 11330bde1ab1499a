"""
A real pipeline
===============

Real tables have words in them, so preprocessing comes first, then the descent, and a search over ``alpha`` around both.
All of it is scikit-learn's; the descent is one more estimator.
"""

from time import perf_counter

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, suggest_alphas
from sklearn_gd.displays import AlphaDisplay

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X["sex"] = X["sex"].map({1.0: "a", 2.0: "b"})
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(X_train.head(3).to_string())

# %%
# Preprocessing
# -------------
#
# The column of words becomes a column of zeros and ones, and the others stay as they are.
# ``standardize=True`` brings them to one scale, with the means of the training rows alone.

prepare = make_column_transformer((OneHotEncoder(drop="first"), ["sex"]), remainder="passthrough")
pipeline = make_pipeline(prepare, GDLinearRegressor(standardize=True, max_iter=50_000))
pipeline.fit(X_train, y_train)

# %%
# A grid search
# -------------
#
# ``suggest_alphas`` returns rates up to ``1/L``, evenly spaced on a logarithmic scale.
# ``GridSearchCV`` fits each of them on each fold.

alphas = suggest_alphas(prepare.fit_transform(X_train), standardize=True, n_alphas=20)
print(f"{len(alphas)} rates, the smallest is 1/{alphas[-1] / alphas[0]:.0f} of the largest")
begin = perf_counter()
grid = GridSearchCV(pipeline, {"gdlinearregressor__alpha": alphas}, cv=5).fit(X_train, y_train)
grid_time = perf_counter() - begin
print(f"alpha = {grid.best_params_['gdlinearregressor__alpha']:.3f}, R² {grid.best_score_:.4f}")

# %%
# The same in one pass
# --------------------
#
# ``GDLinearRegressorCV`` reads the data once for all rates and folds, and its scores are the same.

begin = perf_counter()
search = make_pipeline(prepare, GDLinearRegressorCV(alphas, cv=5, standardize=True, max_iter=50_000))
search.fit(X_train, y_train)
search_time = perf_counter() - begin
scores = search[-1].scores_.mean(axis=1)
print(f"alpha = {search[-1].alpha_:.3f}, R² {search[-1].best_score_:.4f}")
print(f"largest difference of the scores {np.abs(scores - grid.cv_results_['mean_test_score']).max():.0e}")
print(f"{grid_time:.2f} s for the grid, {search_time:.2f} s for the one pass")
print(f"on rows that no search has seen: R² {search.score(X_test, y_test):.4f}")

# %%
# The picture
# -----------
#
# Every rate that arrives scores nearly the same, because ``alpha`` decides how fast, and hardly where to.
# The band is one standard deviation of the folds to either side, much wider than what the rates differ by.
# The slowest rate wins by a hair, because it ends a little before the minimum; the next lesson says why that helps.

display = AlphaDisplay.from_estimator(search)
print(f"the slowest, after {search[-1].n_iter_:,} iterations: gap {search[-1].diagnosis_.gap:.5f}")

# %%
# **Question.** Why is the test set not part of the search?
#
# **Answer.** The chosen rate suits the rows that it is chosen on; only rows that no choice has seen are fair judges.
#
# Your turn
# ---------
#
# The dots are yours to complete; in the notebook at the foot of this page a cell then says what is wrong, if anything.
#
# .. literalinclude:: ../../examples/course/your_turn/turn_13.py
#    :start-at: # Complete
#    :end-before: # %%
#
# Play: `drag the point that pulls the line <../drag-alpha.html?lesson=pipeline>`__.
#
# Next: stopping before the end, on purpose, in :ref:`sphx_glr_auto_examples_plot_14_early_stopping.py`.
