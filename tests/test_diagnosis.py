"""The diagnosis: a true status, a true gap, true limits, and words that say what to do."""

import itertools
import pickle
import re
import warnings
from dataclasses import FrozenInstanceError
from html import escape as html_escape
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.utils import estimator_html_repr
from sklearn.utils.fixes import parse_version

from sklearn_gd import GDLinearRegressor, alpha_limits
from sklearn_gd._cost.problem import Problem
from sklearn_gd.schedulers import SCHEDULERS, Exponential, InverseTime, Warmup


def warning_of(model, X, y):
    """Fit, and return the text of the one warning, which is the summary of the diagnosis."""
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, y)
    (warning,) = caught
    assert warning.filename == __file__, "the warning points to the line that called fit"
    text, diagnosis = str(warning.message), model.diagnosis_
    assert text == diagnosis.summary
    assert len(text) <= 240
    assert text.endswith(" See diagnosis_.")
    assert "infinitely" not in text, "no sentence without meaning"
    assert str(diagnosis) == diagnosis.message
    return text


def follow(model, X, y):
    """Return a model with the parameters that the words of the warning name, fitted; a bad fit raises."""
    text = warning_of(model, X, y).split("; try ")[1]
    words = re.findall(r'(\w+)=("[\w.]+"|[\w.+-]*\w)', text)
    changes = {name: eval(value, {}) for name, value in words}
    assert changes == model.diagnosis_.remedy
    return GDLinearRegressor(**model.get_params(deep=False) | changes).fit(X, y)


def r2_gap(model, X, y):
    """Return how much R² the model lacks against least squares."""
    return LinearRegression().fit(X, y).score(X, y) - model.score(X, y)


def spectrum(X):
    """Return the eigenvalues of the Hessian, ascending."""
    Z = np.column_stack([np.ones(len(X)), X])
    return np.linalg.eigvalsh(Z.T @ Z / len(Z))


def needed(model, X, y):
    """Return the first iteration whose cost is within 0.001 of the best R²."""
    best = LinearRegression().fit(X, y)
    least = np.mean((best.predict(X) - y) ** 2) / 2
    return int(np.argmax(model.cost_history_ <= least + 0.001 * np.var(y) / 2))


class TestGoodFits:
    """No warning, and a diagnosis all the same."""

    @pytest.mark.parametrize(
        ("options", "status"),
        [({"optimizer": "momentum"}, "converged"), ({"max_iter": 1000}, "max_iter"), ({"tol": None}, "max_iter")],
        ids=str,
    )
    def test_silent(self, diabetes, options, status):
        """Neither the stop rule nor running out of iterations near the minimum warns."""
        X, y = diabetes
        model = GDLinearRegressor(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, y)
        diagnosis = model.diagnosis_
        assert diagnosis.status == status
        assert not diagnosis.warn
        assert diagnosis.gap == pytest.approx(r2_gap(model, X, y), rel=1e-6)
        assert diagnosis.gap < 0.001

    def test_limits(self, diabetes):
        """The facts are those of the eigenvalues."""
        X, y = diabetes
        model = GDLinearRegressor().fit(X, y)
        lam = spectrum(X)
        diagnosis = model.diagnosis_
        assert diagnosis.alpha == model.alpha_
        assert diagnosis.alpha_limit == pytest.approx(2 / lam[-1])
        assert diagnosis.alpha_best == pytest.approx(2 / (lam[-1] + lam[0]))
        assert diagnosis.condition_number == pytest.approx(lam[-1] / lam[0])
        assert diagnosis.condition_number_standardized == pytest.approx(diagnosis.condition_number)
        assert diagnosis.n_iter_needed == needed(model, X, y)
        assert diagnosis.limiting_feature is None
        assert diagnosis.constant_features == diagnosis.dependent_features == ()

    def test_message(self, diabetes):
        """It reads as a paragraph."""
        model = GDLinearRegressor().fit(*diabetes)
        assert str(model.diagnosis_) == (
            "The descent ended after max_iter=1000 iterations with alpha=0.248, training R² 5.34e-05 below the best. "
            "Every coefficient, and every sum of them, is within 0.22 standard errors of least squares. "
            "Plain gradient descent converges for alpha below 2/L=0.497, fastest at 2/(L+mu)=0.496. "
            "The condition number L/mu is 470."
        )
        model.set_params(optimizer="momentum").fit(*diabetes)
        assert str(model.diagnosis_).startswith(
            f"The descent converged at iteration {model.n_iter_} with alpha=0.248, "
            f"training R² {model.diagnosis_.gap:.3g} below the best. No parameter moved by more than tol=0.0001."
        )

    def test_immutable(self, diabetes):
        """It can't be changed, and it travels with the model."""
        model = GDLinearRegressor().fit(*diabetes)
        with pytest.raises(FrozenInstanceError):
            model.diagnosis_.gap = 0.0
        copy = pickle.loads(pickle.dumps(model))
        assert copy.diagnosis_.message == model.diagnosis_.message

    def test_representation(self, diabetes):
        """In short it is its status; so it appears among the fitted attributes in scikit-learn's HTML, from 1.9 on."""
        model = GDLinearRegressor().fit(*diabetes)
        assert repr(model.diagnosis_) == "Diagnosis(status='max_iter')"
        if parse_version(sklearn.__version__) >= parse_version("1.9"):
            assert "Diagnosis(status=&#x27;max_iter&#x27;)" in estimator_html_repr(model)

    @pytest.mark.parametrize("options", [{}, {"alpha": 10.0}, {"max_iter": 1}, {"optimizer": "momentum"}], ids=str)
    def test_in_a_notebook(self, diabetes, options):
        """It shows its paragraph, escaped, and a curve of the costs that is valid SVG; the model's own HTML ends so."""
        X, y = diabetes
        names = ["<b>", "a & b", *"cdefghij"]
        model = GDLinearRegressor(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(pd.DataFrame(X * np.geomspace(1, 50, 10)[::-1], columns=names), y)
        html = model.diagnosis_._repr_html_()
        assert html_escape(model.diagnosis_.message, quote=True) in html
        assert "<b>" in model.diagnosis_.message
        assert "<b>" not in html
        svg = ElementTree.fromstring(html[html.index("<svg") :])
        (line,) = svg.iter("{http://www.w3.org/2000/svg}polyline")
        points = np.array([point.split(",") for point in line.get("points").split()], dtype=float)
        assert len(points) == min(model.n_iter_ + 1, 200)
        assert np.all(np.diff(points[:, 0]) > 0)
        assert points.min() >= 0
        assert points[:, 1].max() <= 90
        costs = model.cost_history_
        lower = points[-1, 1] > points[0, 1]  # the vertical axis of SVG points down
        assert lower == (costs[-1] < costs[0])
        assert model._repr_mimebundle_()["text/html"].endswith(html)
        assert model._repr_html_().endswith(html)
        assert "<svg" not in GDLinearRegressor()._repr_mimebundle_()["text/html"].split("</style>")[-1]

    @pytest.mark.parametrize("scheduler", SCHEDULERS)
    def test_what_nobody_reads_is_not_computed(self, diabetes, scheduler, monkeypatch):
        """Neither the limits nor a forecast of the schedule are made by a fit, good or bad."""

        def forbidden(*args):
            raise AssertionError

        monkeypatch.setattr("sklearn_gd._verdict.diagnosis.limits_of", forbidden)
        monkeypatch.setattr("sklearn_gd._verdict.forecast.Outlook.iterations_scheduled", forbidden)
        for alpha in (1e-6, "auto", 10.0):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                GDLinearRegressor(alpha, scheduler=scheduler, max_iter=50).fit(*diabetes)

    def test_not_fitted(self):
        """Before a fit there is none."""
        assert not hasattr(GDLinearRegressor(), "diagnosis_")


class TestTooLarge:
    """The limit, the rate to try, and the iterate that was kept."""

    def test_diverged(self, diabetes):
        """What it says to try works."""
        X, y = diabetes
        L = spectrum(X)[-1]
        model = GDLinearRegressor(alpha=2.1 / L)
        follow(model, X, y)
        assert model.diagnosis_.summary == (
            f"The descent diverged by iteration {model.n_iter_}, training R² {model.diagnosis_.gap:.3g} below the "
            f"best: alpha={2.1 / L:.3g} is above the limit 2/L={2 / L:.3g}; "
            f'try alpha="auto" (good after 312 iterations). See diagnosis_.'
        )
        costs = model.cost_history_
        assert model.diagnosis_.message.startswith(
            f"The descent diverged by iteration {model.n_iter_} with alpha={2.1 / L:.3g}, "
            f"training R² {model.diagnosis_.gap:.3g} below the best: alpha={2.1 / L:.3g} is above the limit "
            f"2/L={2 / L:.3g}. The cost rose from {costs[0]:.3g} to {costs[-1]:.3g}; coef_ and intercept_ are those of "
            f"the best iterate, number {np.argmin(costs)}. "
        )
        assert f"Plain gradient descent converges for alpha below 2/L={2 / L:.3g}" in model.diagnosis_.message
        assert model.diagnosis_.status == "diverged"
        assert model.diagnosis_.n_iter_needed == np.inf
        assert model.diagnosis_.gap == pytest.approx(r2_gap(model, X, y))

    def test_without_overflow(self, diabetes):
        """A descent that ends above its initial cost has diverged, also when the iterations ran out first."""
        X, y = diabetes
        model = GDLinearRegressor(alpha=0.6, max_iter=4)
        assert "The descent diverged" in warning_of(model, X, y)
        assert model.cost_history_[-1] > model.cost_history_[0]

    def test_above_the_limit_and_not_yet_diverged(self, diabetes):
        """A cost that is still below its start does not make a rate above the limit a good one."""
        X, y = diabetes
        L = spectrum(X)[-1]
        model = GDLinearRegressor(alpha=2.01 / L, max_iter=20)
        assert f"alpha={2.01 / L:.3g} is above the limit 2/L={2 / L:.3g}" in warning_of(model, X, y)
        assert model.diagnosis_.status == "max_iter"
        assert model.diagnosis_.n_iter_needed == np.inf

    def test_oscillating_at_the_limit(self, diabetes):
        """Just below the limit the descent converges, but slowly, with oscillations."""
        X, y = diabetes
        L = spectrum(X)[-1]
        model = GDLinearRegressor(alpha=1.9999 / L)
        follow(model, X, y)
        n = model.diagnosis_.n_iter_needed
        assert f"is so close to 2/L={2 / L:.3g} that the descent oscillates" in model.diagnosis_.summary
        assert f"With these settings, it takes {n:,} iterations to reach a gap of 0.001." in model.diagnosis_.message
        assert needed(GDLinearRegressor(1.9999 / L, tol=None, max_iter=n).fit(X, y), X, y) == n

    def test_at_the_limit(self):
        """At ``2 / L`` the steepest direction never falls."""
        X, y = [[1.0], [-1.0]], [1.0, -1.0]
        model = GDLinearRegressor(alpha=2.0, fit_intercept=False)
        assert "alpha=2 is above the limit 2/L=2" in warning_of(model, X, y)
        assert model.diagnosis_.n_iter_needed == np.inf

    @pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adam"])
    def test_other_optimizers(self, diabetes, optimizer):
        """The limit is plain descent's, and said to be; those whose rate is a length are not told of it."""
        model = GDLinearRegressor(alpha=1e4, optimizer=optimizer, max_iter=50)
        follow(model, *diabetes)
        assert "alpha=1e+04 is too large" in model.diagnosis_.summary
        assert "limit" not in model.diagnosis_.summary
        limit = "Plain gradient descent converges for alpha below" in model.diagnosis_.message
        assert limit == (optimizer != "adam")

    def test_a_scheduler_that_rises(self, diabetes):
        """Where alpha is the automatic one and the scheduler made it too large, the scheduler is named."""
        model = GDLinearRegressor(scheduler=lambda t, max_iter: 5.0)
        follow(model, *diabetes)
        assert "the scheduler raises alpha=0.248 to 1.24, above the limit 2/L=0.497" in model.diagnosis_.summary


class TestTooSmall:
    """How far the minimum is, and at which rate it is near."""

    def test_stalled(self, diabetes):
        """One short step fires the stop rule; that is not convergence, and the message says so with numbers."""
        X, y = diabetes
        model = GDLinearRegressor(alpha=1e-7)
        follow(model, X, y)
        assert model.n_iter_ == 1
        assert model.diagnosis_.status == "stalled"
        assert model.diagnosis_.summary == (
            f"The descent stalled at iteration 1, training R² {r2_gap(model, X, y):.3g} below the best: "
            'alpha=1e-07 is too small; try alpha="auto" (good after 312 iterations). See diagnosis_.'
        )
        assert "With these settings, it takes 7.8e+08 iterations to reach a gap of 0.001." in model.diagnosis_.message
        within = 'What helps within max_iter=1000, fewest changes first: alpha="auto" (good after 312 iterations); '
        assert within in model.diagnosis_.message
        assert needed(GDLinearRegressor(max_iter=400).fit(X, y), X, y) == 312

    def test_a_rounding_is_no_rise(self, diabetes):
        """A rate that moves nothing stalls; that the cost has risen by its last bit does not make it a divergence."""
        X, y = diabetes
        exact = LinearRegression().fit(X, y)
        init = np.append(exact.intercept_, 0.8 * exact.coef_)
        for alpha in (1e-30, 1e-18, 1e-17, 1e-16):
            for precompute in (True, False):
                model = GDLinearRegressor(alpha, init=init, precompute=precompute)
                warning_of(model, X, y)
                assert model.diagnosis_.status == "stalled"

    def test_too_few_iterations(self, diabetes):
        """Running out of iterations far from the minimum says how far, and how many more it takes."""
        X, y = diabetes
        model = GDLinearRegressor(max_iter=5)
        follow(model, X, y)
        assert model.diagnosis_.message.startswith(
            "The descent ran out of max_iter=5 iterations with alpha=0.248, "
            f"training R² {r2_gap(model, X, y):.3g} below the best. "
            "With these settings, it takes 312 iterations to reach a gap of 0.001. "
            "What helps with more iterations, fewest first: "
        )
        assert "; max_iter=312." in model.diagnosis_.message
        model.set_params(max_iter=312).fit(X, y)
        with pytest.warns(ConvergenceWarning):
            model.set_params(max_iter=311).fit(X, y)
        assert model.diagnosis_.n_iter_needed == 312, "one more than it took"

    def test_too_large_a_tolerance(self, diabetes):
        """A good rate that stops early is told to do without."""
        model = GDLinearRegressor(tol=10.0)
        follow(model, *diabetes)
        assert model.diagnosis_.remedy == {"tol": None}

    @pytest.mark.parametrize("optimizer", ["momentum", "adam"])
    def test_other_optimizers(self, diabetes, optimizer):
        """Without a prediction of its own there is still one for the rate to take, or for another optimizer."""
        model = GDLinearRegressor(1e-5, optimizer=optimizer, tol=None)
        follow(model, *diabetes)
        assert "alpha=1e-05 is too small" in model.diagnosis_.summary
        assert np.isnan(model.diagnosis_.n_iter_needed)


class TestRemedy:
    """The best remedy is named first, and ends in a good fit."""

    @pytest.mark.parametrize(
        ("scales", "options", "changed"),
        [
            ([1.0, 1.0], {"alpha": 1e-6}, {"alpha"}),
            ([1.0, 1000.0], {"alpha": 0.01}, {"standardize", "alpha"}),
            ([1.0, 1000.0], {}, {"standardize"}),
            ([1.0, 1.0], {"scheduler": "cosine", "alpha": 1e-4}, {"alpha", "tol"}),
            ([1.0, 1.0], {"scheduler": lambda t, max_iter: 0.5**t, "alpha": 1e-3}, {"scheduler", "alpha"}),
            ([1.0, 1.0], {"optimizer": "rmsprop", "alpha": 1e-4}, {"optimizer", "alpha", "tol"}),
        ],
        ids=["rate", "scales and rate", "scales", "schedule", "own schedule", "optimizer"],
    )
    def test_what_is_wrong_is_changed(self, scales, options, changed):
        """The rate, the scales, the iterations, the schedule: what is at fault, and nothing else."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(50, 2)) * scales
        y = X @ (np.array([1.0, 2.0]) / scales) + 5.0
        model = GDLinearRegressor(**options)
        follow(model, X, y)
        assert set(model.diagnosis_.remedy) == changed

    def test_ill_conditioned_on_one_scale(self):
        """There Nesterov's momentum takes the root of the iterations."""
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(2, 200))
        X = np.column_stack([a + 0.005 * b, a - 0.005 * b])
        model = GDLinearRegressor(max_iter=2000)
        followed = follow(model, X, 100.0 * (X[:, 0] - X[:, 1]) + a)
        assert model.diagnosis_.remedy["optimizer"] == "nesterov"
        assert followed.n_iter_ < model.diagnosis_.n_iter_needed / 5

    def test_many_features(self):
        """Where eigenvalues would cost more than the fit, the iterations are a bound, and the bound holds."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(800, 600)) * rng.uniform(0.5, 2.0, 600)
        y = X @ rng.normal(size=600) + rng.normal(size=800)
        model = GDLinearRegressor(1e-6)
        follow(model, X, y)
        assert "_eigenbasis" not in vars(model.diagnosis_._problem)

    @pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
    @pytest.mark.parametrize("scheduler", ["constant", "cosine", "exponential"])
    def test_cross_validation(self, diabetes, optimizer, scheduler):
        """Followed from any setting of a grid, raw or scaled, with or without an intercept."""
        X, y = diabetes
        for scale, fit_intercept, alpha in itertools.product((1.0, 1e-3, 30.0), (True, False), (1e-5, 1e-2, 10.0)):
            model = GDLinearRegressor(
                alpha, optimizer=optimizer, scheduler=scheduler, fit_intercept=fit_intercept, max_iter=50
            )
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ConvergenceWarning)
                model.fit(X * np.geomspace(1, scale, 10), y)
            if not caught or model.diagnosis_.remedy.get("max_iter", 0) > 20_000:  # which would take seconds
                continue
            assert model.diagnosis_.remedy or "try" in model.diagnosis_.summary
            if model.diagnosis_.remedy:
                model.set_params(**model.diagnosis_.remedy).fit(X * np.geomspace(1, scale, 10), y)
                assert model.diagnosis_.gap <= 0.001


class TestColumns:
    """Which column sets the limit, and what scaling gains."""

    @pytest.fixture
    def houses(self):
        """Return sizes in square feet, numbers of bedrooms, and prices."""
        rng = np.random.default_rng(0)
        X = pd.DataFrame({"bedrooms": rng.integers(1, 6, 47), "size": rng.normal(2000, 700, 47).round()})
        return X, 90_000 + 130 * X["size"] - 8000 * X["bedrooms"] + rng.normal(0, 60_000, 47)

    @pytest.mark.parametrize("alpha", [0.01, "auto"])
    def test_on_different_scales(self, houses, alpha):
        """The column is named, and the condition number that standardising gives is right."""
        X, y = houses
        model = GDLinearRegressor(alpha)
        follow(model, X, y)
        message = model.diagnosis_.message
        scaled = (X - X.mean()) / X.std(ddof=0)
        raw, standardized = spectrum(X), spectrum(scaled)
        diagnosis = model.diagnosis_
        assert diagnosis.limiting_feature == "size"
        assert diagnosis.condition_number == pytest.approx(raw[-1] / raw[0], rel=1e-6)  # 1e8 eps of rounding
        assert diagnosis.condition_number_standardized == pytest.approx(standardized[-1] / standardized[0])
        assert (
            f"The condition number L/mu is {raw[-1] / raw[0]:.3g}. Column 'size' has the largest values and sets the "
            f"limit for all. Standardised columns have condition number {standardized[-1] / standardized[0]:.3g}: "
            "set standardize=True, or use a StandardScaler."
        ) in message
        assert (
            GDLinearRegressor(standardize=True).fit(X, y).diagnosis_.condition_number
            == diagnosis.condition_number_standardized
        )

    def test_what_scaling_gains(self, houses):
        """The iterations that it promises are those that it takes."""
        X, y = houses
        text = warning_of(GDLinearRegressor(), X, y)
        n = GDLinearRegressor(standardize=True).fit(X, y).diagnosis_.n_iter_needed
        assert f"try standardize=True (good after {n} iteration" in text

    def test_more_iterations_than_fit_into_64_bits(self):
        """A count of 1e20 is a number like any other, in a diagnosis and before a fit."""
        X, y = np.array([[1.0], [-1.0], [2.0]]) * 1e-10, [1.0, -1.0, 2.0]
        model = GDLinearRegressor(tol=None, max_iter=20)
        follow(model, X, y)
        assert 1e20 < model.diagnosis_.n_iter_needed < np.inf
        assert f"takes {float(model.diagnosis_.n_iter_needed):.2g} iterations" in model.diagnosis_.message
        assert f"takes {float(alpha_limits(X, y).n_iter_needed):.2g} iterations" in str(alpha_limits(X, y))

    def test_without_names(self, houses):
        """Columns without names are counted from 0."""
        X, y = houses
        model = GDLinearRegressor()
        warning_of(model, X.to_numpy(), y)
        assert "Column 1 has the largest values" in model.diagnosis_.message
        assert model.diagnosis_.limiting_feature == 1

    def test_small_columns(self, diabetes):
        """Columns that are much smaller than the intercept's 1 have no column that sets the limit, and still scale."""
        X, y = diabetes
        model = GDLinearRegressor()
        warning_of(model, X * 1e-3, y)
        assert "Standardised columns have condition number 470" in model.diagnosis_.message
        assert model.diagnosis_.limiting_feature is None

    def test_constant_and_duplicated(self, diabetes):
        """They are named; the fit is good, and the smallest eigenvalue is that of the others."""
        X, y = diabetes
        X = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "a again": X[:, 0], "one": 1.0, "sum": X[:, 0] + X[:, 1]})
        model = GDLinearRegressor().fit(X, y)
        diagnosis = model.diagnosis_
        assert diagnosis.constant_features == ("one",)
        assert len(diagnosis.dependent_features) == 2
        assert set(diagnosis.dependent_features) < {"a", "b", "a again", "sum"}
        assert "Constant columns, which carry no information: 'one'." in diagnosis.message
        assert "Columns that are determined by others, such as duplicates: " in diagnosis.message
        lam = spectrum(X.to_numpy())
        assert diagnosis.condition_number == pytest.approx(lam[-1] / lam[-3])

    def test_constant_beside_the_intercept(self):
        """A constant column is the intercept once more, whose difference has no curvature: that is zero, not small."""
        a = np.random.default_rng(0).normal(size=50)
        limits = alpha_limits(np.column_stack([a, np.full(50, 3.0)]))
        lam = spectrum(np.column_stack([a, np.full(50, 3.0)]))
        assert limits.condition_number == pytest.approx(lam[-1] / lam[1])
        assert alpha_limits(np.ones((5, 2))).condition_number == pytest.approx(1.0)

    def test_under_a_penalty_none_is_useless(self, diabetes):
        """It gives a curvature to constant and dependent columns too, so they are not listed."""
        X, y = diabetes
        X = np.column_stack([X, X[:, 0], np.ones(len(y))])
        diagnosis = GDLinearRegressor(l2=0.1).fit(X, y).diagnosis_
        assert diagnosis.constant_features == diagnosis.dependent_features == ()

    @pytest.mark.parametrize("precompute", [True, False])
    def test_a_constant_column_has_no_curvature(self, precompute):
        """Standardised it is zero, so that it sets no limit, whatever the penalty."""
        rng = np.random.default_rng(0)
        X = np.column_stack([rng.normal(size=(200, 70)), np.full(200, 5.0)])
        cost = Problem.of(X, rng.normal(size=200), precompute=precompute, standardize=True, l2=0.3).cost
        assert_allclose(cost.diagonal, [1.0, *[1.3] * 70, 0.3], rtol=1e-12)

    def test_many_names_are_cut_short(self):
        """A list of columns in a message ends after five."""
        X = np.ones((8, 7))
        X[:, 6] = np.arange(8)
        message = GDLinearRegressor(optimizer="nesterov", standardize=True).fit(X, np.arange(8.0)).diagnosis_.message
        assert "Constant columns, which carry no information: 0, 1, 2, 3, 4 and 1 more." in message


class TestScheduler:
    """A schedule that starves the descent is told from a rate that is too small."""

    def test_starved_for_ever(self, diabetes):
        """All iterations together do not get there."""
        model = GDLinearRegressor(scheduler=Exponential(0.9), max_iter=50)
        follow(model, *diabetes)
        assert f"the scheduler has lowered alpha=0.248 to {0.9**49 * model.alpha_:.3g}" in model.diagnosis_.summary
        assert "With these settings, the gap never falls to 0.001." in model.diagnosis_.message
        assert model.diagnosis_.n_iter_needed == np.inf

    def test_a_rise_that_ends_the_descent(self, diabetes):
        """Rates that would fall below the limit in time are no forecast for a descent that has left its bound."""
        model = GDLinearRegressor(20.0, scheduler=InverseTime(), max_iter=50)
        warning_of(model, *diabetes)
        assert model.diagnosis_.status == "diverged"
        assert model.diagnosis_.n_iter_needed == np.inf

    def test_starved_for_long(self, diabetes):
        """The rate falls like ``1 / t``: the sum is infinite, and the prediction is a number."""
        model = GDLinearRegressor(scheduler=InverseTime(decay_steps=20), max_iter=50)
        assert "the scheduler has lowered alpha" in warning_of(model, *diabetes)
        assert 1e5 < model.diagnosis_.n_iter_needed < 1e9

    @pytest.mark.parametrize("optimizer", ["momentum", "adam"])
    def test_other_optimizers(self, diabetes, optimizer):
        """Without a prediction the rate that is left is named."""
        model = GDLinearRegressor(optimizer=optimizer, scheduler=lambda t, max_iter: 0.9**t, max_iter=15)
        follow(model, *diabetes)
        left = f"the scheduler has lowered alpha={model.alpha_:.3g} to {0.9**14 * model.alpha_:.3g}"
        assert left in model.diagnosis_.summary

    @pytest.mark.parametrize("optimizer", ["gd", "adam"])
    @pytest.mark.parametrize("alpha", ["auto", 1e-3, 10.0])
    @pytest.mark.parametrize("precompute", [True, False])
    @pytest.mark.parametrize("early_stopping", [False, True])
    @pytest.mark.parametrize("max_iter", [200, 1000])
    def test_a_users_scheduler_is_asked_once(self, diabetes, optimizer, alpha, precompute, early_stopping, max_iter):
        """In order, once for each iteration, with the true `max_iter`; never for a forecast or for words."""
        calls = []

        def scheduler(t, max_iter):
            calls.append((t, max_iter))
            return 0.99**t

        model = GDLinearRegressor(
            alpha,
            optimizer=optimizer,
            scheduler=scheduler,
            max_iter=max_iter,
            precompute=precompute,
            early_stopping=early_stopping,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(*diabetes)
        asked = len(calls)
        assert calls == [(t, max_iter) for t in range(asked)]
        assert model.n_iter_ <= asked < model.n_iter_ + 32, "the closed form may ask for a few iterations beyond"
        str(model.diagnosis_), model.diagnosis_.n_iter_needed, model.diagnosis_._repr_html_()
        assert len(calls) == asked

    def test_own_schedules_are_not_foreseen(self, diabetes):
        """The iterations that one needs are NaN, unless the descent got there; inside of a warm-up too."""
        for scheduler in (lambda t, max_iter: 0.9**t, Warmup(lambda t, max_iter: 0.9**t)):
            model = GDLinearRegressor(scheduler=scheduler, max_iter=20)
            warning_of(model, *diabetes)
            assert np.isnan(model.diagnosis_.n_iter_needed)
            assert "infinitely" not in model.diagnosis_.message
        model = GDLinearRegressor(scheduler=lambda t, max_iter: 1.0).fit(*diabetes)
        assert model.diagnosis_.n_iter_needed == 312

    @pytest.mark.parametrize("own", [[1.0] * 20, lambda t: 1 - t / 20], ids=["table", "line"])
    def test_a_schedule_that_ends(self, diabetes, own):
        """One that knows no iteration beyond `max_iter` is not asked for any."""

        def scheduler(t, max_iter):
            return own[t] if isinstance(own, list) else own(t)

        follow(GDLinearRegressor(scheduler=scheduler, max_iter=20), *diabetes)

    @pytest.mark.parametrize("scheduler", SCHEDULERS)
    def test_prediction_comes_true(self, diabetes, scheduler):
        """A descent of as many iterations as predicted is good; or as many as one asks for are not enough."""
        X, y = diabetes
        model = GDLinearRegressor(scheduler=scheduler, max_iter=40, tol=None)
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        n = model.diagnosis_.n_iter_needed
        if n == np.inf:
            with pytest.warns(ConvergenceWarning):
                model.set_params(max_iter=200_000).fit(X, y)
        else:
            model.set_params(max_iter=n).fit(X, y)
            assert model.diagnosis_.gap == pytest.approx(0.001, rel=0.05)  # long schedules are predicted by a sample


class TestOtherTargets:
    """Constant targets, perfect fits, penalties: what a gap is then."""

    @pytest.mark.parametrize("value", [0.0, 5.0, -1e-3, 1e9])
    @pytest.mark.parametrize("optimizer", ["gd", "adam", "rprop"])
    def test_constant_targets(self, diabetes, value, optimizer):
        """Targets without variance have no R²; a descent that reaches them is good."""
        X, _ = diabetes
        y = np.full(len(X), value)
        model = GDLinearRegressor(optimizer=optimizer, max_iter=5000, tol=1e-12 * abs(value)).fit(X, y)
        assert model.diagnosis_.gap <= 0.001
        # The gap is a share of the cost at zero: the root mean square error is at most the root of 0.001 of the value.
        assert np.sqrt(np.mean((model.predict(X) - y) ** 2)) <= np.sqrt(0.001) * abs(value)

    def test_words_for_constant_targets(self, diabetes):
        """It speaks of the cost, not of R²."""
        X, _ = diabetes
        model = GDLinearRegressor(1e-3)
        text = warning_of(model, X, np.full(len(X), 7.0))
        assert (
            f", cost above its minimum by {0.999**2000:.3g} of its value at the start: alpha=0.001 is too small" in text
        )
        assert "R²" not in text + model.diagnosis_.message

    def test_perfect_fit_is_silent_from_the_start(self):
        """Going on from a perfect fit is not a divergence, though rounding may raise a cost of nothing."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(50, 3))
        y = X @ [1.0, 2.0, 3.0] + 4.0
        for optimizer in ("gd", "adam", "rmsprop"):
            model = GDLinearRegressor(optimizer=optimizer, init=[4.0, 1.0, 2.0, 3.0], tol=None, max_iter=50).fit(X, y)
            assert model.diagnosis_.n_iter_needed == 0
        model = GDLinearRegressor(init=[4.0, 1.0, 2.0, 3.0], tol=None, max_iter=50).fit(X, y)
        assert ", training R² the best possible, to rounding." in model.diagnosis_.message

    def test_penalty(self, diabetes):
        """With a penalty the gap is that of the penalised cost."""
        X, y = diabetes
        model = GDLinearRegressor(l2=0.5).fit(X, y)
        assert re.search(
            r"cost above its minimum by [\d.e-]+ of its value at the mean of y\. ", model.diagnosis_.message
        )
        lam = spectrum(X)
        assert model.diagnosis_.condition_number == pytest.approx((lam[-1] + 0.5) / (lam[0] + 0.5))


class TestRowByRow:
    """What can be known without a Gram matrix is said, and so is what can't."""

    def test_sparse(self):
        """The limit and the column are known; the gap is a lower bound; the rest is NaN."""
        rng = np.random.default_rng(0)
        X = sp.random(1000, 600, density=0.02, format="csr", random_state=0)
        X = X @ sp.diags_array(np.where(np.arange(600) == 7, 100.0, 1.0))
        y = X @ rng.normal(size=600)
        model = GDLinearRegressor(1e-5, precompute=False)
        text, message = warning_of(model, X, y), model.diagnosis_.message
        exact = GDLinearRegressor(1e-5, precompute=True)
        warning_of(exact, X, y)
        rows, moments = model.diagnosis_, exact.diagnosis_
        assert rows.gap_is_lower_bound
        assert not moments.gap_is_lower_bound
        assert 0.001 < rows.gap <= moments.gap
        assert f"at least {rows.gap:.3g} below the best" in text
        assert f"at least {rows.gap:.3g} below the best, perhaps more: row by row it is not known" in message
        assert moments.alpha_limit / 1.1 <= rows.alpha_limit <= moments.alpha_limit * 1.001  # L is an estimate here
        assert rows.limiting_feature == moments.limiting_feature == 7
        for name in ("alpha_best", "condition_number", "condition_number_standardized", "n_iter_needed"):
            assert np.isnan(getattr(rows, name)), name
        assert "Row by row, the condition number is not known; set precompute=True" in message
        assert "Bring the columns to the same scale: set standardize=True" in message

    def test_a_flat_gradient_is_no_proof(self):
        """Where the gradient is small but the minimum is far, conjugate gradients find that out."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(600, 80)) @ np.diag(np.geomspace(1.0, 0.1, 80))
        y = X @ rng.normal(size=80) / np.geomspace(1.0, 0.1, 80).mean()
        model = GDLinearRegressor(max_iter=20, precompute=False)
        warning_of(model, X, y)
        assert model.diagnosis_.gap_is_lower_bound
        assert 0.9 * r2_gap(model, X, y) < model.diagnosis_.gap <= r2_gap(model, X, y) * (1 + 1e-9)

    def test_few_parameters(self, diabetes):
        """Their minimum costs one more pass: all is known, as from the moments."""
        X, y = diabetes
        rows, moments = (GDLinearRegressor(max_iter=20, precompute=way) for way in (False, True))
        assert warning_of(rows, X, y) == warning_of(moments, X, y)
        assert not rows.diagnosis_.gap_is_lower_bound
        assert rows.diagnosis_.gap == pytest.approx(r2_gap(rows, X, y), rel=1e-9)
        assert rows.diagnosis_.message == moments.diagnosis_.message

    def test_twin_columns_that_hardly_vary(self):
        """A tiny gradient of tiny columns is no convergence."""
        rng = np.random.default_rng(0)
        x = 2.36e-7 * (1.0 + 1e-4 * rng.normal(size=5))
        X, y = np.column_stack([x, x]), rng.normal(size=5)
        model = GDLinearRegressor(precompute=False)
        warning_of(model, X, y)
        assert model.diagnosis_.gap == pytest.approx(r2_gap(model, X, y), rel=1e-6)

    def test_a_bound_is_not_called_a_convergence(self):
        """Where the gap may be larger than what is known, the words say so."""
        rng = np.random.default_rng(0)
        X = sp.random(1000, 600, density=0.02, format="csr", random_state=0)
        model = GDLinearRegressor(optimizer="nesterov", precompute=False, max_iter=5000).fit(
            X, X @ rng.normal(size=600)
        )
        message = model.diagnosis_.message
        assert model.diagnosis_.gap_is_lower_bound
        assert message.startswith("The descent stopped at iteration ")
        assert "below the best, perhaps more: row by row it is not known." in message

    @pytest.mark.parametrize("l2", [0.0, 0.1])
    def test_few_rows(self, l2):
        """The products of few rows tell all but the condition number of the standardised columns."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(20, 80))
        y = X @ rng.normal(size=80)
        options = {"alpha": 1e-5, "l2": l2}
        rows, moments = (GDLinearRegressor(precompute=way, **options) for way in (False, True))
        for model in (rows, moments):
            warning_of(model, X, y)
        rows, moments = rows.diagnosis_, moments.diagnosis_
        for name in ("gap", "alpha_limit", "alpha_best", "condition_number"):
            assert getattr(rows, name) == pytest.approx(getattr(moments, name), rel=1e-9), name
        assert rows.n_iter_needed == moments.n_iter_needed
        assert not rows.gap_is_lower_bound
        assert np.isnan(rows.condition_number_standardized)
