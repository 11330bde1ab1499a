"""The iterations that a descent needs: foretold, and then done."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd.schedulers import SCHEDULERS


def quiet(model, X, y):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_schedule_that_begins_above_the_limit(scheduler):
    """What is foretold as enough is enough: on the way there the descent doesn't leave its bound."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) * [1.0, 0.4]
    y = X @ [1.0, -2.0] + 1.0 + 0.3 * rng.normal(size=60)
    limit = alpha_limits(X, y).alpha_limit
    for share in (0.3, 1.3, 3.0, 10.0):
        model = quiet(GDLinearRegressor(share * limit, scheduler=scheduler, max_iter=3, tol=None), X, y)
        n_iter = model.diagnosis_.n_iter_needed
        if model.n_iter_ < n_iter < 5000:
            longer = quiet(model.set_params(max_iter=n_iter), X, y).diagnosis_
            assert (longer.status, longer.warn) == ("max_iter", False), share
