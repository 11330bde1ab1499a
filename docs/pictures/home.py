"""Draw home.png, the picture of the README and of the home page: four rates on the bowl, and their cost curves."""

import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.displays import CostCurveDisplay, DescentPathDisplay

rng = np.random.default_rng(0)
x = rng.uniform(-0.7, 2.3, 40)
y = 1 + 2 * x + rng.normal(0, 0.5, 40)
X = x[:, np.newaxis]
alphas = np.array([0.01, 0.5, 0.9, 1.04]) * alpha_limits(X).alpha_limit

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), dpi=110, layout="constrained")
DescentPathDisplay.from_data(X, y, alphas=alphas, ax=left)
for alpha in alphas:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # two of them are bad on purpose
        model = GDLinearRegressor(alpha, max_iter=40, tol=None).fit(X, y)
    CostCurveDisplay.from_estimator(model, ax=right)
right.get_legend().remove()
figure.savefig(Path(__file__).with_suffix(".png"), pil_kwargs={"optimize": True})
