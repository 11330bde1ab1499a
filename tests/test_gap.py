"""The gap: what it is a share of, where there is no R²."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor

X = np.random.default_rng(0).normal(size=(40, 3))


@pytest.mark.parametrize(("value", "fit_intercept"), [(0.0, True), (2.0, True), (-1e6, True), (0.0, False)])
@pytest.mark.parametrize("away", [0.0, 0.5, 10.0])
@pytest.mark.parametrize("precompute", [True, False])
def test_constant_targets(value, fit_intercept, away, precompute):
    """It is a share of the cost at zero or at the start, whichever is larger; the minimum is 0."""
    init = (abs(value) or 1.0) * away * np.array([1.0, -1.0, 2.0, 1.0])[: 3 + fit_intercept]
    options = {"fit_intercept": fit_intercept, "precompute": precompute}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GDLinearRegressor(0.01, init=init, max_iter=20, tol=None, **options).fit(X, np.full(40, value))
    costs = model.cost_history_
    reference = max(value**2 / 2.0, costs[0])
    assert_allclose(model.diagnosis_.gap, costs[-1] / reference if reference else 0.0, rtol=1e-9)
    assert model.diagnosis_.warn == (reference > 0.0)
