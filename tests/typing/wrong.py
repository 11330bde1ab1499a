"""Calls that mypy and pyright must refuse, each line that ends with `# error`, and no others. Nothing here is executed."""

import numpy as np

from sklearn_gd import (
    GDLinearRegressor,
    GDLinearRegressorCV,
    Moments,
    alpha_limits,
    descent_path,
    gradient_descent,
    rolling_moments,
    suggest_alphas,
)
from sklearn_gd.displays import (
    AlphaDisplay,
    CostCurveDisplay,
    DescentPathDisplay,
    PenaltyDisplay,
    SchedulerDisplay,
)
from sklearn_gd.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer, OptimizerName
from sklearn_gd.schedulers import Cosine, Scheduler, SchedulerName, Warmup

X, y = np.eye(3), np.ones(3)
model = GDLinearRegressor().fit(X, y)
search = GDLinearRegressorCV().fit(X, y)

# Parameters.
GDLinearRegressor(optimizer="addam")  # error
GDLinearRegressor(scheduler="cosin")  # error
GDLinearRegressor(optimizer="cosine")  # error
GDLinearRegressor(optimizer=Momentum)  # error
GDLinearRegressor(optimizer=Adam)  # error
GDLinearRegressor(optimizer=Cosine())  # error
GDLinearRegressor(scheduler=Momentum())  # error
GDLinearRegressor(scheduler=Cosine)  # error
GDLinearRegressor(optimizer=0.9)  # error
GDLinearRegressor(alpha="automatic")  # error
GDLinearRegressor(alpha=None)  # error
GDLinearRegressor(alpha=[0.1, 0.2])  # error
GDLinearRegressor(0.1, "adam")  # error
GDLinearRegressor(learning_rate=0.1)  # error
GDLinearRegressor(max_iter=1.5)  # error
GDLinearRegressor(max_iter="100")  # error
GDLinearRegressor(tol="auto")  # error
GDLinearRegressor(fit_intercept="yes")  # error
GDLinearRegressor(l1="auto")  # error
GDLinearRegressor(precompute="yes")  # error
GDLinearRegressor(random_state="seed")  # error
GDLinearRegressorCV(alphas=None)  # error
GDLinearRegressorCV(alphas="atuo")  # error
GDLinearRegressorCV(l1="atuo")  # error
GDLinearRegressor(init="ones")  # error
GDLinearRegressor(init=["a"])  # error
GDLinearRegressorCV(rule="one_se")  # error
GDLinearRegressorCV(scoring="r3")  # error
GDLinearRegressorCV(optimizer="sgd")  # error
GDLinearRegressorCV(cv=0.2)  # error
GDLinearRegressorCV(alpha=0.1)  # error

# Rules of one's own.
Momentum(betta=0.8)  # error
Momentum(beta="0.8")  # error
Warmup(scheduler="cosin")  # error
Warmup(Cosine)  # error
OPTIMIZERS["addam"]  # error
name: OptimizerName = "sgd"  # error
schedule_name: SchedulerName = "adam"  # error


def without_alpha(theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    return theta - gradient


def of_numbers(theta: float, gradient: float, alpha: float) -> float:
    return theta - alpha * gradient


def without_a_default(theta: np.ndarray, gradient: np.ndarray, alpha: float, v: np.ndarray) -> np.ndarray:
    return theta - alpha * v


def without_max_iter(t: int) -> float:
    return 0.9**t


def in_words(t: int, max_iter: int) -> str:
    return "0.9"


optimizer: Optimizer = without_alpha  # error
optimizer = of_numbers  # error
optimizer = without_a_default  # error
scheduler: Scheduler = without_max_iter  # error
scheduler = in_words  # error
GDLinearRegressor(scheduler=without_max_iter)  # error
GDLinearRegressor(scheduler=lambda t: 0.9**t)  # error
GDLinearRegressor(optimizer=lambda theta, gradient: theta - gradient)  # error

# Data.
GDLinearRegressor().fit(X)  # error
GDLinearRegressor().fit({"a": [1.0]}, y)  # error
GDLinearRegressor().fit(X, None)  # error
GDLinearRegressor().fit(None, y)  # error
GDLinearRegressor().fit(X, y, weights=y)  # error
GDLinearRegressor().fit((row for row in X), y)  # error
GDLinearRegressor().fit_moments(X)  # error
GDLinearRegressor().fit_moments([Moments.of(X, y)])  # error
GDLinearRegressor().predict()  # error
GDLinearRegressor().predict(Moments.of(X, y))  # error

# Fitted attributes.
model.coeff_  # error
model.coef_.tolst()  # error
model.cost_history_ = y  # error
model.diagnosis_.alpha_limt  # error
model.diagnosis_.gap = 0.0  # error
search.best_estimator_.scores_  # error
search.alphas_()  # error
model.moments_.weight = 1.0  # error
number: str = model.n_iter_  # error
other: GDLinearRegressorCV = model.fit(X, y)  # error
path: str = search.score_path_  # error

# Moments.
Moments.of(X)  # error
Moments.of(X, y) + 1  # error
Moments.of(X, y) * "2"  # error
Moments.of(X, y) - y  # error
Moments.of(X, y).score(X)  # error
Moments.of(X, y).score(model, scoring="mse")  # error
Moments.of_batches(X, y)  # error
Moments.of_batches([(X, y)], sample_weight="w")  # error
rolling_moments(X, y)  # error
rolling_moments(X, y, "5")  # error

# Functions.
alpha_limits(X, y, standardise=True)  # error
suggest_alphas(X, y, positive=True)  # error
suggest_alphas(X, y, n_alphas="3")  # error
descent_path(X, y, [0.1], optimizer="addam")  # error
descent_path(X, y, [0.1], init="ones")  # error
descent_path(X, y, [0.1], thin=0.5)  # error
gradient_descent(lambda x: x @ x, y, alpa=0.1)  # error
gradient_descent(lambda x: x @ x, y, alpha="auto")  # error
gradient_descent(lambda x: x @ x, y, alpha=0.1, optimizer="addam")  # error
gradient_descent(lambda x: x @ x, y, alpha=0.1, l2=1.0)  # error
gradient_descent(lambda x: str(x), y, alpha=0.1)  # error
gradient_descent("x ** 2", y, alpha=0.1)  # error
gradient_descent(lambda x: x @ x, y, alpha=0.1).path.shap  # error

# Pictures.
CostCurveDisplay.from_estimator(X)  # error
CostCurveDisplay.from_estimator(model, axes=None)  # error
AlphaDisplay.from_data(X, y, optimizer="addam")  # error
AlphaDisplay.from_data(X, y, standardise=True)  # error
AlphaDisplay.from_estimator(model)  # error
DescentPathDisplay.from_data(X, y, kind="solid")  # error
PenaltyDisplay.from_estimator(model)  # error
SchedulerDisplay.from_schedulers("cosin")  # error
SchedulerDisplay.from_schedulers(["linear", "cosin"])  # error
