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


@pytest.mark.parametrize("max_iter", [3, 15, 16, 40])
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
def test_the_sentence_names_the_first_of_the_paragraph(max_iter, optimizer):
    """After a fit of fewer than 16 iterations, only if that one needs no more than 1,000, it may be another."""
    found = set()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(60, 3)) * 10.0 ** rng.uniform(-1.0, 1.0, 3) + rng.choice([0.0, 2.0])
        y = X @ (rng.normal(size=3) / X.std(axis=0)) + rng.normal(size=60)
        alpha = rng.choice(["auto", "0.01", "1e-5"])
        model = GDLinearRegressor(alpha if alpha == "auto" else float(alpha), optimizer=optimizer, max_iter=max_iter)
        diagnosis = quiet(model, X, y).diagnosis_
        if diagnosis.warn:
            named, first = diagnosis._advice.remedy, diagnosis._remedies[0]
            is_first = named.rank(max_iter) == first.rank(max_iter)
            assert is_first or (len(model.cost_history_) <= 16 and named.n_iter <= 1000)
            found.add(is_first)
            n_iter = diagnosis.n_iter_needed
            if optimizer == "gd" and n_iter <= 1_000_000:
                as_it_is = [one for one in diagnosis._remedies if one.changes.keys() <= {"max_iter", "tol"}]
                assert [one.n_iter for one in as_it_is] == [n_iter]
    assert found


@pytest.mark.parametrize("mean", [0.0, 5.0])
@pytest.mark.parametrize("scales", [[1.0, 1.0, 1.0], [1.0, 1.0, 100.0], [30.0, 30.0, 30.0]], ids=str)
def test_standardising_is_a_remedy_for_scales_and_means(mean, scales):
    """It is none for centred columns that are on one scale, with the ones of the intercept."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3)) @ [[1.0, 0.0, 0.0], [0.0, 1.0, 0.9], [0.0, 0.9, 1.0]]
    X = (X - X.mean(axis=0)) / X.std(axis=0) * scales + mean
    y = X @ (np.array([1.0, 2.0, -2.0]) / scales) + rng.normal(size=100)
    model = quiet(GDLinearRegressor(max_iter=20), X, y)
    assert model.diagnosis_.warn
    helps = any("standardize" in remedy.changes for remedy in model.diagnosis_._remedies)
    assert helps == (mean > 0.0 or scales != [1.0, 1.0, 1.0])
