"""NIST's certified values: the descent ends at them.

The descent runs on orthonormal columns, where the Hessian is the identity and it ends at once;
what is left is the map back to the published coefficients, in which the data's condition number shows.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial import Legendre, Polynomial
from numpy.testing import assert_allclose

from sklearn_gd import GDLinearRegressor

DATASETS = json.loads((Path(__file__).parent / "data" / "nist_strd_linear.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DATASETS)
def test_certified_values(name):
    """Coefficients, residual standard deviation and R² are NIST's."""
    data = DATASETS[name]
    x, y = np.array(data["x"], dtype=float), np.array(data["y"], dtype=float)
    polynomial = data["degree"] > 1
    if polynomial:
        # Legendre polynomials on the range of x are nearly orthogonal, where the powers of x are nearly parallel.
        domain = x.min(), x.max()
        X = np.column_stack([Legendre.basis(k, domain)(x[:, 0]) for k in range(1, data["degree"] + 1)])
    else:
        X = x
    mean = X.mean(axis=0) if data["fit_intercept"] else np.zeros(X.shape[1])
    Q, R = np.linalg.qr(X - mean)
    root = np.sqrt(len(y))

    model = GDLinearRegressor(fit_intercept=data["fit_intercept"], tol=0.0, max_iter=50).fit(Q * root, y)

    coef = np.linalg.solve(R, model.coef_ * root)
    theta = np.concatenate([[model.intercept_ - mean @ coef], coef]) if data["fit_intercept"] else coef
    if polynomial:
        theta = Legendre(theta, domain).convert(kind=Polynomial).coef
    residual = y - model.predict(Q * root)
    degrees_of_freedom = len(y) - len(theta)
    certified = np.array(data["certified_coef"])
    scale = np.sqrt(np.mean(np.column_stack([x**k for k in range(len(theta))]) ** 2, axis=0)) if polynomial else 1.0
    # A rounding of y, 1e-16, grows by the condition number of the map back: 1e7 for Filip, 1e4 for the others.
    tolerance = 1e-8 if name == "Filip" else 1e-11
    assert_allclose(theta * scale, certified * scale, rtol=tolerance, atol=tolerance * np.abs(y).max())
    # Predictions are right to some roundings of the largest target.
    assert_allclose(
        np.sqrt(residual @ residual / degrees_of_freedom),
        data["certified_residual_sd"],
        rtol=1e-8,
        atol=1e-14 * np.abs(y).max(),
    )
    if data["fit_intercept"]:
        assert_allclose(model.score(Q * root, y), data["certified_r2"], rtol=1e-12)
    else:
        # Without an intercept NIST compares with zero and not with the mean.
        assert_allclose(1 - residual @ residual / (y @ y), data["certified_r2"], rtol=1e-12)
