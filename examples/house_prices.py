"""House prices from raw columns: what goes wrong, what the diagnosis says, and how standardize=True helps."""

import textwrap
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from sklearn_gd import GDLinearRegressor

# A hundred houses: size in square feet, number of bedrooms, price in dollars.
rng = np.random.default_rng(0)
size = rng.uniform(800, 4000, 100).round()
bedrooms = np.clip((size / 700 + rng.normal(0, 1, 100)).round(), 1, 6)
price = 50_000 + 150 * size - 5_000 * bedrooms + rng.normal(0, 40_000, 100)
X = np.column_stack([size, bedrooms])


def show(model):
    """Print the coefficients and the score of a model."""
    per_foot, per_bedroom = model.coef_
    print(f"price = {per_foot:.2f} size {per_bedroom:+.2f} bedrooms {model.intercept_:+.2f}")
    print(f"R² {model.score(X, price):.4f}\n")


for alpha in (0.01, "auto"):
    print(f"Raw columns, alpha={alpha}:")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # diagnosis_ says more
        model = GDLinearRegressor(alpha).fit(X, price)
    print(textwrap.fill(model.diagnosis_.message, 100))
    show(model)

print("Standardised columns, alpha=auto:")
model = GDLinearRegressor(standardize=True).fit(X, price)
print(f"{model.diagnosis_.status} after {model.n_iter_} iterations")
show(model)

print("Least squares, in one step:")
show(LinearRegression().fit(X, price))
