"""Linear regression by batch gradient descent, inside scikit-learn."""

from sklearn_gd import optimizers, schedulers
from sklearn_gd._data.moments import Moments
from sklearn_gd._data.windows import rolling_moments
from sklearn_gd._minimize import gradient_descent
from sklearn_gd._path import DescentPath, alpha_limits, descent_path, suggest_alphas, suggest_l1
from sklearn_gd._regressor import GDLinearRegressor
from sklearn_gd._regressor_cv import GDLinearRegressorCV
from sklearn_gd._verdict.diagnosis import Diagnosis
from sklearn_gd._verdict.limits import AlphaLimits
from sklearn_gd._versions import show_versions

__version__ = "0.1.0"

__all__ = [
    "AlphaLimits",
    "DescentPath",
    "Diagnosis",
    "GDLinearRegressor",
    "GDLinearRegressorCV",
    "Moments",
    "__version__",
    "alpha_limits",
    "descent_path",
    "gradient_descent",
    "optimizers",
    "rolling_moments",
    "schedulers",
    "show_versions",
    "suggest_alphas",
    "suggest_l1",
]
