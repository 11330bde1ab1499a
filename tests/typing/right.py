"""Calls that mypy and pyright must accept; `tests/test_typing.py` runs both. Nothing here is executed."""

import functools
import operator
from typing import assert_type

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import scipy.sparse as sp
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize, rosen, rosen_der
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import (
    AlphaLimits,
    DescentPath,
    Diagnosis,
    GDLinearRegressor,
    GDLinearRegressorCV,
    Moments,
    alpha_limits,
    descent_path,
    gradient_descent,
    rolling_moments,
    suggest_alphas,
    suggest_l1,
)
from sklearn_gd.displays import (
    AlphaDisplay,
    CostCurveDisplay,
    DescentPathDisplay,
    FitDisplay,
    GradientDescentDisplay,
    PenaltyDisplay,
    SchedulerDisplay,
)
from sklearn_gd.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer, OptimizerName
from sklearn_gd.schedulers import SCHEDULERS, Cosine, Scheduler, SchedulerName, Warmup

X, y = np.eye(3), np.ones(3)

# A fit returns the class itself, also that of a subclass.
model = GDLinearRegressor(0.1).fit(X, y)
assert_type(model, GDLinearRegressor)
assert_type(GDLinearRegressor().fit(X, y, np.ones(3)).partial_fit(X, y), GDLinearRegressor)
assert_type(GDLinearRegressorCV(5).fit(X, y), GDLinearRegressorCV)
assert_type(GDLinearRegressor().set_params(alpha=0.1), GDLinearRegressor)
assert_type(GDLinearRegressor().set_fit_request(sample_weight=True), GDLinearRegressor)
assert_type(GDLinearRegressor().set_partial_fit_request(sample_weight="w"), GDLinearRegressor)
assert_type(GDLinearRegressorCV().set_score_request(sample_weight=False), GDLinearRegressorCV)
assert_type(GDLinearRegressor().set_callbacks(), GDLinearRegressor)


class Mine(GDLinearRegressor):
    """A subclass."""


assert_type(Mine().fit(X, y), Mine)

# Fitted attributes.
assert_type(model.coef_, np.ndarray)
assert_type(model.cost_history_, np.ndarray)
assert_type(model.validation_cost_history_, np.ndarray | None)
assert_type(model.n_iter_, int)
assert_type(model.alpha_, float)
assert_type(model.n_features_in_, int)
assert_type(model.feature_names_in_, np.ndarray)
assert_type(model.diagnosis_, Diagnosis)
assert_type(model.diagnosis_.alpha_limit, float)
assert_type(model.diagnosis_.limiting_feature, str | int | None)
assert_type(model.moments_, Moments)
assert_type(model.predict(X), np.ndarray)
assert_type(model.score(X, y), float)
intercept: float = float(model.intercept_)
GDLinearRegressor(**model.get_params())
GDLinearRegressor().set_params(**model.diagnosis_.remedy)
prediction = model.to_linear_regression().predict(X) + model.to_linear_regression().coef_
search = GDLinearRegressorCV(cv=KFold(3), scoring="neg_mean_squared_error", rule="one_standard_error").fit(X, y)
assert_type(search.best_estimator_, GDLinearRegressor)
assert_type(search.best_score_, float)
assert_type(search.scores_, np.ndarray)
assert_type(search.score_path_, np.ndarray | None)

# What a search takes.
GDLinearRegressorCV([0.1, 0.2], cv=5, l1="auto", l2=(0.0, 1.0))
GDLinearRegressorCV(suggest_alphas(X), l1=suggest_l1(X, y), init=np.zeros(4))
GDLinearRegressorCV(pd.Series([0.1]), l2=pl.Series([0.1]), init=[[0, 1], [1.0, 2.0]])
GDLinearRegressorCV(range(1, 3), init=list(np.ones(3)))
GDLinearRegressorCV(np.geomspace(0.1, 1.0, 5), cv=ShuffleSplit(3))
GDLinearRegressorCV(cv=[(np.arange(2), np.arange(1)), ([0, 1], [2])]).fit(X, y, groups=[1, 2, 3])
GDLinearRegressorCV(cv=KFold(3).split(X))

# Optimizers and schedulers: names, instances, functions.
GDLinearRegressor(optimizer="adam", scheduler="cosine")
GDLinearRegressor(optimizer=Momentum(beta=0.8), scheduler=Warmup("cosine", warmup_steps=5))
GDLinearRegressor(optimizer=Momentum(0.8), scheduler=Warmup(scheduler=Cosine(end=0.1)))
GDLinearRegressor(scheduler=lambda t, max_iter: 0.9**t)
GDLinearRegressor(optimizer=lambda theta, gradient, alpha: theta - alpha * gradient)
names: list[OptimizerName] = ["gd", "adam"]
for name in names:
    GDLinearRegressor(optimizer=name)
for name in OPTIMIZERS:
    GDLinearRegressor(optimizer=name)
for rule in OPTIMIZERS.values():
    GDLinearRegressor(optimizer=rule())
for schedule in SCHEDULERS:
    GDLinearRegressor(scheduler=schedule)
schedule_name: SchedulerName = "warmup"


def heavy_ball(theta: np.ndarray, gradient: np.ndarray, alpha: float, v: np.ndarray | float = 0.0) -> tuple:
    v = 0.8 * v + gradient
    return theta - alpha * v, v


def averaged(
    theta: NDArray[np.float64],
    g: NDArray[np.float64],
    alpha: float,
    total: NDArray[np.float64] | float = 0.0,
    t: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    return theta - alpha * g, total + g, t + 1


def untyped(theta, gradient, alpha, v=0.0):
    return theta - alpha * (v + gradient), v


def halved(t: int, max_iter: int) -> float:
    return 0.5 ** (t // 10)


def cosine(t: int, max_iter: int) -> float:
    return np.cos(np.pi * t / max_iter)


class Halved:
    """A scheduler with parameters."""

    def __call__(self, t: int, max_iter: int) -> np.float64:
        return np.float64(0.5) ** t


optimizer: Optimizer = heavy_ball
optimizer = Adam()
scheduler: Scheduler = halved
scheduler = Cosine()
GDLinearRegressor(optimizer=averaged, scheduler=Halved())
GDLinearRegressor(optimizer=untyped, scheduler=cosine)
step = Momentum()(np.zeros(2), np.ones(2), 0.1)
assert_type(step, tuple[np.ndarray, np.ndarray])
factor: float = Cosine()(3, 10)

# Data: lists, frames, sparse, Dask.
GDLinearRegressor().fit([[1, 2], [3, 4]], [1, 2])
GDLinearRegressor().fit([(1.0, 2.0)], (1.0,))
GDLinearRegressor().fit(X.astype(np.float32), y.tolist(), sample_weight=[1, 2, 3])
GDLinearRegressor().fit(pd.DataFrame({"a": [1.0]}), pd.Series([1.0]))
GDLinearRegressor().fit(pl.DataFrame({"a": [1.0]}), pl.Series([1.0]))
GDLinearRegressor().fit(sp.csr_array(X), y).predict(sp.csc_array(X))
GDLinearRegressor().fit(sp.csr_matrix(X), y).score(sp.coo_array(X), y)
GDLinearRegressor().fit(da.ones((3, 3)), da.ones(3))
GDLinearRegressor().partial_fit(sp.random_array((3, 3)), y)
GDLinearRegressorCV().fit(sp.csr_array(X), y)


def of_frames(frame: dd.DataFrame, column: dd.Series, other: pl.DataFrame, matrix: sp.sparray) -> Moments:
    GDLinearRegressorCV().fit(frame, column)
    GDLinearRegressor().fit(matrix, y)
    return Moments.of(frame, column) + Moments.of(other, column) + Moments.of(matrix, y)


def of_arrays(X: ArrayLike, y: ArrayLike, w: ArrayLike | None = None) -> NDArray[np.float64]:
    return GDLinearRegressor(init=[0.0]).fit(X, y, w).predict(X)


# Moments add up.
days = [Moments.of(X, y), Moments.of(X, y)]
GDLinearRegressor().fit_moments(sum(days))
assert_type(sum(days[1:], days[0]), Moments)
assert_type(functools.reduce(operator.add, days), Moments)
assert_type(0.99 * days[0] + days[1] - days[0] * 2, Moments)
assert_type(days[0].select(["a", "b"]).select([0]).select(slice(1)), Moments)
assert_type(days[0].score(model), float)
days[0].score(Ridge(), scoring="r2")
Moments.of_batches((X, y) for _ in range(3))
Moments.of_batches([(X, y, None), (sp.csr_array(X), y, np.ones(3))])
Moments.of_batches(pl.DataFrame({"a": [1.0]}), target="a")
Moments.of_batches([pd.DataFrame({"a": [1.0]})], target=["a"], sample_weight="w")
for window in rolling_moments(X, y, 2, step=1):
    assert_type(GDLinearRegressor().fit_moments(window), GDLinearRegressor)

# Functions on data.
assert_type(alpha_limits(X), AlphaLimits)
assert_type(alpha_limits(sp.csr_array(X), y, l2=1.0, precompute=True).alpha_best, float)
assert_type(suggest_alphas(X, n_alphas=3, standardize=True, l2=0.1), np.ndarray)
assert_type(suggest_l1(days[0], n_l1=3), np.ndarray)
assert_type(descent_path(X, y, [0.1], optimizer="nesterov", tol=None, init="random"), DescentPath)
descent_path(sum(days), alphas=np.array([0.1]), random_state=np.random.RandomState(0))


# Any cost function, by itself and as a method of SciPy.
def f(x: NDArray[np.float64], a: float = 1.0) -> float:
    return float(a * x @ x)


def value_and_gradient(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    return f(x), 2.0 * x


result = gradient_descent(f, [1.0, 2.0], (2.0,), alpha=0.1, optimizer="momentum", callback=print)
assert_type(result.path, np.ndarray)
assert_type(result.cost_history, np.ndarray)
ends: tuple[float, bool, str, int] = (result.fun, result.success, result.message, result.nit)
gradient_descent(lambda a: a**2, 2.0, alpha=0.1, jac=lambda a: 2 * a)
gradient_descent(value_and_gradient, np.zeros(2), jac=True, alpha=0.1, tol=None, maxiter=5, disp=True)
gradient_descent(rosen, [0.0, 0.0], jac=rosen_der, alpha=1e-3)
minimize(f, [1.0, 2.0], method=gradient_descent)
minimize(f, [1.0, 2.0], method=functools.partial(gradient_descent, alpha=0.1, optimizer="momentum"))
minimize(rosen, np.zeros(2), jac=rosen_der, method=gradient_descent, options={"maxiter": 100, "disp": True})

# scikit-learn takes them.
estimators: dict[str, BaseEstimator] = {"gd": GDLinearRegressor(), "cv": GDLinearRegressorCV(), "ridge": Ridge()}
clone(GDLinearRegressor(alpha=0.1))
make_pipeline(StandardScaler(), GDLinearRegressor()).fit(X, y)
cross_val_score(GDLinearRegressor(), X, y, cv=KFold(3))
GridSearchCV(GDLinearRegressor(optimizer=Momentum()), {"alpha": [0.1], "optimizer__beta": [0.8]}).fit(X, y)

# Pictures.
display = CostCurveDisplay.from_estimator(model, name="mine")
assert_type(display.ax_, Axes)
assert_type(display.line_, Line2D)
CostCurveDisplay.from_estimator(search, ax=display.ax_, from_minimum=True).plot(line_kwargs={"color": "red"})
CostCurveDisplay.from_estimator(make_pipeline(StandardScaler(), model))
AlphaDisplay.from_data(X, y, alphas=[0.1], optimizer="adam", standardize=True)
AlphaDisplay.from_data(days[0])
AlphaDisplay.from_estimator(search)
DescentPathDisplay.from_data(X, y, features=(0, "b"), kind="surface", l2=0.1, tol=1e-3).plot()
FitDisplay.from_data([[1.0], [2.0]], [1.0, 2.0], alpha="auto", iterations=[0, 1]).animate(interval=100)
GradientDescentDisplay.from_result(result, f, args=(2.0,), jac=None)
PenaltyDisplay.from_estimator(GDLinearRegressorCV(l1="auto").fit(X, y))
SchedulerDisplay.from_schedulers("linear")
SchedulerDisplay.from_schedulers(["linear", Cosine(), lambda t, max_iter: 0.5])
SchedulerDisplay.from_schedulers({"mine": halved})
