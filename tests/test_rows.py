"""The cost row by row, and the space that fewer rows than features span."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_gd._cost.problem import Problem


def rows(weights=None, n_targets=None, n=80, **options):
    """Return the cost on 8 rows of 80 features, and the same from the moments."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, n)) + 1.0, rng.normal(size=(8, n_targets or 1))
    y = y[:, 0] if n_targets is None else y
    return tuple(Problem.of(X, y, weights, precompute=way, **options).cost for way in (False, True))


CASES = [
    {},
    {"fit_intercept": False},
    {"standardize": True},
    {"l2": 0.3},
    {"weights": np.array([0.0, 1.0, 2.0, 1.0, 0.5, 0.0, 1.0, 3.0])},
    {"n_targets": 2},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rows_and_moments_are_one_cost(case):
    """Value, gradient, curvature and minimum are those from the moments."""
    by_rows, by_moments = rows(**case)
    theta = np.random.default_rng(1).normal(size=by_rows.shape)
    (cost, gradient), (expected_cost, expected_gradient) = (
        objective.value_and_gradient(theta) for objective in (by_rows, by_moments)
    )
    assert_allclose(cost, expected_cost, rtol=1e-12)
    assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)
    assert_allclose(by_rows.hessian_product(theta), by_moments.hessian_product(theta), rtol=1e-10, atol=1e-12)
    assert_allclose(by_rows.diagonal, by_moments.diagonal, rtol=1e-12, atol=1e-12)
    assert_allclose(by_rows.minimum, by_moments.minimum, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_row_space_is_an_isometry(case):
    """Its coordinates keep lengths, and lose nothing that the rows can see."""
    by_rows, _ = rows(**case)
    space = by_rows.row_space
    inside = np.random.default_rng(1).normal(size=space.quadratic.shape)
    theta = space.from_coordinates(inside)
    assert_allclose(np.linalg.norm(theta), np.linalg.norm(inside), rtol=1e-10)
    assert_allclose(space.to_coordinates(theta), inside, rtol=1e-9, atol=1e-10)
    assert_allclose(by_rows.value_and_gradient(theta)[0], space.quadratic.value_and_gradient(inside)[0], rtol=1e-10)
    gradient = space.to_coordinates(by_rows.value_and_gradient(theta)[1])
    assert_allclose(gradient, space.quadratic.value_and_gradient(inside)[1], rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("mean", [0.0, 1e4])
def test_independent_rows_have_any_targets(mean, fit_intercept):
    """The minimum is 0; a row that is there twice is predicted in the middle of its two targets."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 80)) + mean, rng.normal(size=12)

    def minimum():
        return Problem.of(X, y, precompute=False, fit_intercept=fit_intercept).cost.minimum

    assert minimum() == 0.0
    X[1] = X[0]
    # 1e-6: without an intercept, the products of rows 1e4 spreads from zero have lost 8 digits.
    assert_allclose(minimum(), (y[1] - y[0]) ** 2 / (4 * 12), rtol=1e-6)


def test_small_columns_count_in_the_minimum():
    """Columns that the products of the rows have lost beside large ones still fit the targets."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(70, 70)) * np.resize([1.0, 1e-9, 1.0, 1e-12], 70), rng.normal(size=70)

    def minimum(**options):
        return Problem.of(X, y, precompute=False, fit_intercept=False, **options).cost.minimum

    assert_allclose(minimum(), 0.0, atol=1e-14)
    assert np.isnan(minimum(l2=1e-20)), "how much the penalty leaves of them is not known"


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("mean", [0.0, 1e4, 1e6])
def test_large_means_cost_no_digits(mean, l2):
    """The minimum is that of the centred columns, however far they are from zero."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 80)), rng.normal(size=30)
    X[15:] = X[:15]  # so that the minimum is above zero
    far, near = (Problem.of(X + shift, y, precompute=False, l2=l2).cost for shift in (mean, 0.0))
    # 1e-6: at 1e6 spreads from zero, X itself is rounded to 1e-10 of its spread, and the condition number is below 1e3.
    assert_allclose(far.minimum, near.minimum, rtol=1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("l2", [0.0, 1e-6, 0.1])
@pytest.mark.parametrize("data", ["raw", "far", "twice", "scales", "zeros"])
def test_curvatures_on_the_span_of_the_rows(data, l2, fit_intercept):
    """Those of the eigenbasis are those of the small quadratic, also where one is small or lost in rounding."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 80))
    if data == "twice":
        X[6:] = X[:6]
    X *= {"scales": 10.0 ** rng.uniform(-2.0, 5.0, size=80), "zeros": 0.0}.get(data, 1.0)
    X += 1e6 if data == "far" else 0.0
    problem = Problem.of(X, rng.normal(size=12), fit_intercept=fit_intercept, l2=l2, precompute=False)
    space = problem.smooth.row_space
    # An eigenvalue of 1e-8 of the largest has 8 digits.
    assert_allclose(space.extremes_within, space.quadratic.extremes, rtol=1e-6)
