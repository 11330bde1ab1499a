"""The scores that are computed from mean squared errors are those of scikit-learn for the rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import mean_squared_error, r2_score, root_mean_squared_error

from sklearn_gd._data.scores import SCORES

METRICS = {
    "r2": r2_score,
    "neg_mean_squared_error": lambda y, predicted: -mean_squared_error(y, predicted),
    "neg_root_mean_squared_error": lambda y, predicted: -root_mean_squared_error(y, predicted),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("constant", [[], [1], [1, 2], [0, 1, 2]], ids=str)
@pytest.mark.parametrize("unit", [2.0**-10, 1.0, 2.0**10])
def test_of_several_points(name, constant, unit):
    """One number for each point, in which targets count equally; constant targets are predicted exactly or not."""
    rng = np.random.default_rng(0)
    y, predicted = rng.normal(size=(30, 3)), rng.normal(size=(4, 30, 3))
    y[:, constant], predicted[1:, :, 1] = 2.0, 2.0
    y, predicted = unit * y, unit * predicted
    # The variance of equal numbers is 0, not the rounding of their mean.
    errors, variances = np.mean((predicted - y) ** 2, axis=1), np.where(np.ptp(y, axis=0) > 0.0, y.var(axis=0), 0.0)
    expected = [METRICS[name](y, some) for some in predicted]
    for shape in ((4, 3), (2, 2, 3), (4, 1, 3)):
        found = SCORES[name](errors.reshape(shape), variances)
        assert found.shape == shape[:-1]
        assert_allclose(found.ravel(), expected, rtol=1e-12)
