"""Fit the diabetes data by gradient descent: watch the cost fall, compare with least squares, choose alpha."""

import warnings

from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor

diabetes = load_diabetes(scaled=False)
X, y = diabetes.data, diabetes.target
model = make_pipeline(StandardScaler(), GDLinearRegressor()).fit(X, y)
descent = model[-1]

print(f"alpha = {descent.alpha_:.3f}; the cost J after t of {descent.n_iter_} iterations:")
for t in (0, 1, 2, 5, 10, 100, descent.n_iter_):
    print(f"  {t:5d}  {descent.cost_history_[t]:10.3f}")

print("\nCoefficients of the standardised columns:")
print(f"  {'intercept':10s}{descent.intercept_:8.2f}")
for name, coef in zip(diabetes.feature_names, descent.coef_, strict=True):
    print(f"  {name:10s}{coef:8.2f}")

print("\nR² on the training data:")
print(f"  gradient descent  {model.score(X, y):.6f}")
print(f"  LinearRegression  {LinearRegression().fit(X, y).score(X, y):.6f}")

warnings.simplefilter("ignore", ConvergenceWarning)  # the grid deliberately starts with rates that are too small
search = GridSearchCV(model, {"gdlinearregressor__alpha": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]}, cv=5).fit(X, y)
print("\nCross-validated R² for each alpha:")
for alpha, score in zip(
    search.cv_results_["param_gdlinearregressor__alpha"], search.cv_results_["mean_test_score"], strict=True
):
    print(f"  {alpha:5.3f}  {score:.4f}")
print(f"best: {search.best_params_}")
