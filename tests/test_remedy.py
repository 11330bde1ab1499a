"""Remedies: followed, a fit that stalled doesn't stall again."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor


def quiet(model, X, y):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize("n_features", [5, 80], ids=["known minimum", "unknown minimum"])
@pytest.mark.parametrize(("alpha", "tol"), [(1e-6, 1e-4), (1e-6, 0.1), ("auto", 0.1)])
@pytest.mark.parametrize("precompute", [True, False])
def test_a_stall_is_not_followed_by_a_stall(n_features, alpha, tol, precompute):
    """Neither where the minimum is known nor row by row, where it isn't; the cost falls."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, n_features)) * np.geomspace(1.0, 0.1, n_features)
    y = X @ rng.normal(size=n_features) + 3.0
    model = quiet(GDLinearRegressor(alpha, tol=tol, precompute=precompute), X, y)
    if model.diagnosis_.warn:
        first = model.cost_history_[-1]
        assert model.diagnosis_.status == "stalled"
        quiet(model.set_params(**model.diagnosis_.remedy), X, y)
        assert model.diagnosis_.status != "stalled"
        assert model.cost_history_[-1] < first
