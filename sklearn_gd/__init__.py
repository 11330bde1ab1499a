"""Linear regression by batch gradient descent, inside scikit-learn."""

from sklearn_gd import optimizers, schedulers
from sklearn_gd._regressor import GDLinearRegressor

__version__ = "0.1.0"

__all__ = ["GDLinearRegressor", "__version__", "optimizers", "schedulers"]
