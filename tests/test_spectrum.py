"""The largest eigenvalue, and the limits of alpha that it sets."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_gd._spectrum import largest_eigenvalue


@pytest.mark.parametrize("n", [1, 2, 5, 50])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_largest_eigenvalue(n, scale):
    """It is the last of NumPy's eigenvalues, at any scale."""
    G = np.random.default_rng(n).normal(size=(n, n))
    H = G.T @ G * scale
    assert_allclose(largest_eigenvalue(H), np.linalg.eigvalsh(H)[-1], rtol=1e-12)


def test_no_curvature():
    """The zero matrix has no curvature, and no rounding makes it negative."""
    assert largest_eigenvalue(np.zeros((3, 3))) == 0.0
