"""scikit-learn's estimator checks, for every optimizer and every scheduler, and for the search."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS


# Many checks fit unscaled or random data, on which a descent rightly warns that it is not done.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [GDLinearRegressor(optimizer=optimizer) for optimizer in OPTIMIZERS]
    + [GDLinearRegressor(scheduler=scheduler) for scheduler in SCHEDULERS]
    + [GDLinearRegressorCV(), GDLinearRegressorCV(cv=3, early_stopping=True)]
)
def test_estimator_checks(estimator, check):
    """Every check passes, and none is expected to fail."""
    check(estimator)
