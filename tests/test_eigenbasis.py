"""The eigenbasis: the extreme eigenvalues are NumPy's."""

from fractions import Fraction

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
        entries = rng.normal(size=40_000), (rng.integers(0, 1500, 40_000), rng.integers(0, 1000, 40_000))
        X, y = sp.csr_array(entries, shape=(1500, 1000)), rng.normal(size=1500)
        L, exact = (Problem.of(X, y, precompute=way, standardize=standardize).cost.L for way in (False, True))
        # The exact one has ARPACK's tolerance, 1e-4, to which the estimate may come before it is raised by 10 %.
        assert exact * (1 - 1e-4) <= L <= 1.1 * exact * (1 + 1e-4)

    def test_no_curvature(self):
        """Features that are zero have no curvature, and no rounding makes it negative."""
        for way in (True, False):
            assert Problem.of(np.zeros((4, 2)), np.ones(4), precompute=way, fit_intercept=False).cost.L == 0.0


class TestSmallestEigenvalue:
    """It is exact, or 0.0 where the largest has drowned it."""

    @pytest.mark.parametrize("log_scale", range(20))
    def test_a_small_column(self, log_scale):
        """Two columns: ``mu = det H / L`` in exact arithmetic, up to the ``1 / eps**2`` that moments can resolve.

        Beyond it the closed form leaves the direction alone, so the condition number is infinite.
        """
        X = np.random.default_rng(0).normal(size=(12, 2)) * [1.0, 10.0**-log_scale]
        cost = Problem.of(X, X[:, 0], fit_intercept=False).cost
        rows = [[Fraction(entry) for entry in row] for row in X.tolist()]
        a, b, d = (sum(row[i] * row[j] for row in rows) / 12 for i, j in ((0, 0), (0, 1), (1, 1)))
        L, mu = cost.extremes
        resolved = cost.modes(np.ones(2)).lam > 0.0
        assert resolved.all() == (mu > 0.0)
        # 8 n eps is the rounding of a term, whose square is that of a product of two of them.
        assert (mu > 0.0) == (10.0**-log_scale > 8 * 2 * np.finfo(float).eps)
        if mu:
            assert_allclose(mu, float((a * d - b * b) / Fraction(L)), rtol=1e-13)


def test_no_energy_without_curvature():
    """What a column of 1e-15 beside others of 1 could still explain is not foretold: no descent gets there."""
    X = np.array([[0.126, -0.132, 6.4e-15], [0.105, -0.536, 3.6e-15], [1.304, 0.947, -7.0e-15]])
    cost = Problem.of(X, np.ones(3), fit_intercept=False).cost
    modes = cost.modes(np.zeros(3))
    assert not np.any(modes.energies[modes.lam == 0.0])
    assert modes.unexplained > 0.01
