"""Standardised coordinates: those of scikit-learn's StandardScaler, with nothing copied."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.preprocessing import StandardScaler

from sklearn_gd._data.moments import Moments
from sklearn_gd._data.table import Table


@pytest.fixture
def data():
    """Return features of many scales, among them constant ones, targets, and weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)) * [1.0, 1e-6, 1e6, 1.0, 1.0, 1.0] + [0.0, 0.0, 1e6, 1e4, 0.0, 0.0]
    X[:, 4], X[:, 5] = 0.1, 0.0
    return X, rng.normal(size=(300, 2)), rng.integers(0, 3, 300).astype(float)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("source", ["moments", "dense", "sparse"])
def test_mean_and_scale_are_those_of_standard_scaler(data, weighted, source):
    """From the moments, from dense and from sparse columns, with and without weights."""
    X, y, w = data
    w = w if weighted else None
    if source == "moments":
        scaling = Moments.of(X, y, w).scaling()
    else:
        scaling = Table.of(sp.csr_array(X) if source == "sparse" else X, y, w).scaling()
    expected = StandardScaler().fit(X, sample_weight=w)
    # 1e-9: scikit-learn's own variance of the column at 1e4 keeps so many digits.
    assert_allclose(scaling.mean, expected.mean_, rtol=1e-9, atol=1e-9)
    assert_allclose(scaling.scale[:4], expected.scale_[:4], rtol=1e-9)
    assert np.all(np.isinf(scaling.scale[4:])), "constant features become zeros"


def test_standardised_moments_are_those_of_standardised_data(data):
    """Scaling the moments equals taking the moments of the scaled data."""
    X, y, w = data
    moments = Moments.of(X, y, w)
    scaled = moments.scaling().standardize(moments)
    expected = Moments.of(StandardScaler().fit(X, sample_weight=w).transform(X), y, w)
    assert_allclose(scaled.scatter, expected.scatter, rtol=1e-9, atol=1e-9)
    assert_allclose(scaled.mean, expected.mean, atol=1e-9)


def test_parameters_go_there_and_back(data):
    """The two maps are inverse to each other, but for features that are constant, and leave predictions alone."""
    X, y, _ = data
    scaling = Table.of(X, y).scaling()
    rng = np.random.default_rng(1)
    coef, intercept = rng.normal(size=(6, 2)), rng.normal(size=2)
    user_coef, user_intercept = scaling.to_user(coef, intercept)
    Z = StandardScaler().fit_transform(X)
    # The prediction on raw features has terms of 1e6, rounded to 1e-10.
    assert_allclose(X @ user_coef + user_intercept, Z[:, :4] @ coef[:4] + intercept, atol=1e-7)
    back_coef, back_intercept = scaling.from_user(user_coef, user_intercept)
    assert_allclose(back_coef[:4], coef[:4], rtol=1e-12)
    assert_allclose(back_intercept, intercept, atol=1e-9)


@pytest.mark.parametrize("weight", [0.0, 1e-70])
def test_a_first_row_without_weight_costs_no_digits(data, weight):
    """A row of next to no weight leaves no trace in mean and scale, be it as far away as 1e20 times the spread."""
    X, y, _ = data
    far, w = X.copy(), np.append(weight, np.ones(len(X) - 1))
    far[0, :5] = 1e20  # beside zeros it is all the spread that there is
    scaling, expected = Table.of(far, y, w).scaling(), Table.of(X[1:], y[1:]).scaling()
    # Some hundred additions of numbers as large as the spread.
    assert_allclose(scaling.scale, expected.scale, rtol=1e-12)
    assert_allclose((scaling.mean - expected.mean) / np.minimum(expected.scale, 1e300), 0.0, atol=1e-9)


@pytest.mark.parametrize("far", [1e14, 1e17])
def test_far_rows_that_hardly_count_make_no_constant(data, far):
    """Rows that have next to no weight, read before the others or after: the spread is that of the others."""
    X, y, _ = data
    few, many = 1e-40 * Moments.of(X[:, [3, 0]] + far, y), Moments.of(X[:, [3, 0]], y)
    for moments in (few + many, many + few):
        # The squares of the distances are 1e34, and share 1e-6 of the scatter with the others.
        assert_allclose(moments.scaling().scale, many.scaling().scale, rtol=1e-5)
