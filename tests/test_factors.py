"""Factorisations: those of NumPy, of any size."""

import numpy as np
import pytest

from sklearn_gd._data.factors import cholesky, correlations, eigh


@pytest.mark.parametrize("n", [0, 1, 5, 64, 65, 90])
def test_factors_multiply_to_the_matrix(n):
    """``L L' = A`` and ``Q diag(lam) Q' = A``, with ascending eigenvalues and orthonormal vectors, at every size."""
    X = np.random.default_rng(n).normal(size=(n + 3, n))
    A = X.T @ X + 1e-3 * np.eye(n)
    before = A.copy()
    L, (lam, Q) = cholesky(A), eigh(A)
    size = np.abs(A).max(initial=1.0)
    np.testing.assert_allclose(L @ L.T, A, atol=1e-13 * size)
    np.testing.assert_array_equal(np.triu(L, 1), 0.0)
    np.testing.assert_allclose((Q * lam) @ Q.T, A, atol=1e-13 * (n + 1) * size)
    np.testing.assert_allclose(Q.T @ Q, np.eye(n), atol=1e-13 * (n + 1))
    assert np.all(np.diff(lam) >= 0.0)
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("n", [2, 64, 65])
def test_no_factor_of_an_indefinite_matrix(n):
    """A matrix with a negative eigenvalue has no Cholesky factor."""
    A = np.eye(n)
    A[0, 1] = A[1, 0] = 2.0
    assert cholesky(A) is None


def test_constant_columns_have_no_correlations():
    """Correlations are 1 on the diagonal, and 0 next to a constant column, whatever rounding has left there."""
    X = np.random.default_rng(0).normal(size=(20, 4))
    S = np.cov(X.T)
    S[2] *= 1e-30
    C = correlations(S, np.sqrt(np.diagonal(S)), np.arange(4) == 2)
    np.testing.assert_array_equal(C[2], np.eye(4)[2])
    np.testing.assert_array_equal(C[:, 2], np.eye(4)[2])
    others = [0, 1, 3]
    np.testing.assert_allclose(C[np.ix_(others, others)], np.corrcoef(X[:, others].T), rtol=1e-12)
