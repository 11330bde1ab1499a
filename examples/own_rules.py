"""A scheduler and an optimizer of your own, as functions and as classes."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV

from sklearn_gd import GDLinearRegressor


# functions
def warm_restart(t, max_iter):
    """Restart every 100 iterations, and fall to one half in between."""
    return 1.0 - 0.5 * (t % 100) / 100


def heavy_ball(theta, gradient, alpha, v=0.0):
    """Move along a velocity, which starts at its default value."""
    v = 0.8 * v + gradient
    return theta - alpha * v, v


# classes
@dataclass(repr=False)
class HalfLife(BaseEstimator):
    """Halves the rate every `half_life` iterations."""

    half_life: float = 100.0

    def __call__(self, t, max_iter):
        """Return the factor at iteration `t`."""
        return 0.5 ** (t / self.half_life)


@dataclass(repr=False)
class HeavyBall(BaseEstimator):
    """Moves along a velocity of which the share `beta` remains."""

    beta: float = 0.8

    def __call__(self, theta, gradient, alpha, v=0.0):
        """Return the next parameters and the next velocity."""
        v = self.beta * v + gradient
        return theta - alpha * v, v


# use
X, y = load_diabetes(return_X_y=True)
model = GDLinearRegressor(
    standardize=True,
    optimizer=heavy_ball,
    scheduler=warm_restart,
).fit(X, y)
print(f"{model.diagnosis_.status} after {model.n_iter_} iterations")
same = clone(model).set_params(optimizer=HeavyBall(0.8)).fit(X, y)
print(f"The same: {np.array_equal(model.coef_, same.coef_)}")

grid = {
    "optimizer__beta": [0.5, 0.8],
    "scheduler__half_life": [1000.0, 3000.0],
}
model.set_params(optimizer=HeavyBall(), scheduler=HalfLife())
print(GridSearchCV(model, grid).fit(X, y).best_params_)
