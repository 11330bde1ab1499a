"""Handing a model on: to scikit-learn's own estimator, and to the terminal."""

import runpy
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

import sklearn_gd
from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"fit_intercept": False, "standardize": True}])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_linear_regression_predicts_the_same(diabetes, options, dtype, n_targets):
    """To the last bit, in shape and dtype too; it is fitted, and of scikit-learn alone."""
    X, y = diabetes
    X = (X + 3.0).astype(dtype)
    y = y if n_targets is None else np.outer(y, np.arange(1.0, n_targets + 1.0))
    model = GDLinearRegressor(**options).fit(X, y)
    plain = model.to_linear_regression()
    assert type(plain) is LinearRegression
    expected, predicted = model.predict(X), plain.predict(X)
    assert_array_equal(predicted, expected, strict=True)
    assert plain.score(X, y) == model.score(X, y)
    assert plain.fit_intercept is bool(np.any(model.intercept_))
    plain.coef_[...] = 0.0
    assert model.coef_.any(), "the coefficients are copies"


def test_linear_regression_knows_the_names(diabetes):
    """Names, and so the errors for other ones, go with it; a search hands on its best fit."""
    X = pd.DataFrame(diabetes[0]).add_prefix("x")
    search = GDLinearRegressorCV([0.1, 0.3]).fit(X, diabetes[1])
    plain = search.to_linear_regression()
    assert_array_equal(plain.predict(X), search.predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        plain.predict(X.add_prefix("other "))


@pytest.mark.parametrize("estimator", [GDLinearRegressor(), GDLinearRegressorCV()])
def test_only_what_is_fitted(estimator):
    """There is nothing to hand on before."""
    with pytest.raises(NotFittedError):
        estimator.to_linear_regression()


def in_terminal(*options):
    """Return what ``python -m sklearn_gd`` prints with some options."""
    command = [sys.executable, "-W", "error", "-m", "sklearn_gd", *options]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("ascii")


def test_terminal():
    """``python -m sklearn_gd`` shows versions, a falling cost, and the R² of the exact minimum, in plain characters."""
    lines = in_terminal().splitlines()
    assert lines[0].startswith("sklearn_gd ")
    assert max(map(len, lines)) <= 100
    bars = [line.count("#") for line in lines[5:11]]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > bars[-1] == 0
    scores = [word.strip(",") for line in lines if line.startswith("R2") for word in line.split() if "0." in word]
    assert len(scores) == 2
    assert scores[0] == scores[1]


def test_terminal_helps(monkeypatch, capsys):
    """``--help`` says what happens without an option, and names the others."""
    monkeypatch.setattr(sys, "argv", ["sklearn_gd", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("sklearn_gd", run_name="__main__")
    shown = capsys.readouterr().out
    assert "diabetes" in shown
    assert "--version" in shown
    assert "--show-versions" in shown


def test_show_versions(capsys):
    """Each library has a line, one that is missing too; test_public_api.py says that nothing optional is imported."""
    sklearn_gd.show_versions()
    lines = capsys.readouterr().out.splitlines()
    shown = dict(line.split(": ", maxsplit=1) for line in lines)
    assert shown["sklearn_gd"] == sklearn_gd.__version__
    assert shown["numpy"] == np.__version__
    assert shown["matplotlib"].startswith(version("matplotlib"))
    assert {"sklearn", "scipy", "pandas", "dask", "torch"} <= shown.keys()
    assert any("threads" in line for line in lines)
