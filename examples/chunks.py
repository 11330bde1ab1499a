"""Data in chunks: partial_fit adds up their moments, and reaches the same model as one fit to all rows."""

import numpy as np

from sklearn_gd import GDLinearRegressor

theta = np.array([3.0, -2.0, 1.0, 0.5])


def chunk(seed, n_rows=1000):
    """Return the rows of one chunk, in place of a file."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4))
    return X, 10.0 + X @ theta + rng.normal(size=n_rows)


model = GDLinearRegressor(tol=1e-8)
print("rows seen  iterations  theta_0 .. theta_4")
for seed in range(5):
    X, y = chunk(seed)
    model.partial_fit(X, y)  # the rows can be discarded now
    print(f"{1000 * (seed + 1):9d}  {model.n_iter_:10d}  {np.append(model.intercept_, model.coef_).round(5)}")

chunks = [chunk(seed) for seed in range(5)]
X, y = np.concatenate([X for X, _ in chunks]), np.concatenate([y for _, y in chunks])
whole = GDLinearRegressor(tol=1e-8).fit(X, y)
print(f"one fit    {whole.n_iter_:10d}  {np.append(whole.intercept_, whole.coef_).round(5)}")
print(f"largest difference of the coefficients: {np.abs(model.coef_ - whole.coef_).max():.0e}")
