"""The eigenbasis: the extreme eigenvalues are NumPy's."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sklearn_gd._cost.problem import Problem


class TestLargestEigenvalue:
    """It is the last of NumPy's eigenvalues."""

    @pytest.mark.parametrize("n", [1, 2, 5, 64, 65, 150])
    @pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
    @pytest.mark.parametrize("form", ["moments", "rows", "sparse"])
    def test_exact(self, n, scale, form):
        """From the moments and row by row, dense or sparse, at any scale."""
        rng = np.random.default_rng(n)
        X, y = scale * rng.normal(size=(200, n)), rng.normal(size=200)
        stored = sp.csr_array(X) if form == "sparse" else X
        L = Problem.of(stored, y, precompute=form == "moments", fit_intercept=False).cost.L
        # ARPACK's 1e-4 is the residual's; the eigenvalue's error is its square over the gap to the next one.
        rtol = 1e-12 if n <= 64 else 1e-6
        assert_allclose(L, np.linalg.eigvalsh(X.T @ X / 200)[-1], rtol=rtol)

    @pytest.mark.parametrize("standardize", [False, True])
    def test_estimate_is_safe(self, standardize):
        """For many features an estimate is a little too large, at most by 10 %."""
        rng = np.random.default_rng(0)
        entries = rng.normal(size=150_000), (rng.integers(0, 5000, 150_000), rng.integers(0, 3000, 150_000))
        X, y = sp.csr_array(entries, shape=(5000, 3000)), rng.normal(size=5000)
        L, exact = (Problem.of(X, y, precompute=way, standardize=standardize).cost.L for way in (False, True))
        # The exact one has ARPACK's tolerance, 1e-4, to which the estimate may come before it is raised by 10 %.
        assert exact * (1 - 1e-4) <= L <= 1.1 * exact * (1 + 1e-4)

    def test_no_curvature(self):
        """Features that are zero have no curvature, and no rounding makes it negative."""
        for way in (True, False):
            assert Problem.of(np.zeros((4, 2)), np.ones(4), precompute=way, fit_intercept=False).cost.L == 0.0
