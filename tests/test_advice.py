"""A remedy that is followed is a good fit of the same model; where there is none, the words say what helps."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV
from sklearn_gd._verdict import advice

# A remedy of more iterations is true as well, but takes seconds.
MOST = 50_000


def fit(model, X, y, w=None):
    """Return the model, fitted, and the text of its warning, if there was one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y, sample_weight=w)
    return model, str(caught[0].message) if caught else ""


def excess(model, X, y, w, *, fit_intercept, standardize, l2):
    """Return how far a cost is above its minimum, as a share of that of the mean, and the minimum as such a share.

    The minimum is that of `Ridge`, whose penalty is on the coefficients in the coordinates of the descent.
    """
    w = np.ones(len(y)) if w is None else w
    center, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
    if standardize:
        scaler = StandardScaler().fit(X, sample_weight=w)
        center, scale = scaler.mean_, scaler.scale_
    Z = (X - center) / scale

    def cost(coef, intercept):
        errors = np.average((Z @ coef + intercept - y) ** 2, weights=w)
        return errors / 2 + l2 / 2 * coef @ coef

    exact = Ridge(alpha=l2 * w.sum(), fit_intercept=fit_intercept, solver="svd").fit(Z, y, sample_weight=w)
    least = cost(exact.coef_, exact.intercept_)
    coef = model.coef_ * scale
    intercept = model.intercept_ + model.coef_ @ center
    reference = np.average((y - np.average(y, weights=w)) ** 2, weights=w) / 2
    return (cost(coef, intercept) - least) / reference, least / reference


def table(rng):
    """Return a random table: scales, means, correlations and noise of any size, and weights or None."""
    m, n = int(rng.integers(20, 60)), int(rng.integers(1, 6))
    X = rng.normal(size=(m, n))
    if n > 1:
        X[:, 0] += rng.choice([0.0, 3.0, 30.0]) * X[:, 1]
    X = X * 10.0 ** rng.uniform(-1.5, 1.5, n) + rng.choice([0.0, 0.0, 1.0, 10.0], n)
    y = (
        X @ (rng.normal(size=n) / X.std(axis=0))
        + rng.choice([0.0, 5.0])
        + rng.choice([0.01, 0.3, 1.0]) * rng.normal(size=m)
    )
    return X, y, rng.uniform(0.5, 2.0, m) if rng.random() < 0.3 else None


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("l2", [0.0, 0.01, 10.0])
def test_a_remedy_is_a_good_fit_of_the_same_model(fit_intercept, l2):
    """The cost as it was asked for is within 0.001 of its minimum, and its squared error at most twice the least."""
    rng, followed = np.random.default_rng(0), 0
    for _ in range(15):
        X, y, w = table(rng)
        alpha = rng.choice(["auto", "auto", "1e-6", "0.01", "10"])
        model = GDLinearRegressor(
            alpha if alpha == "auto" else float(alpha),
            optimizer=rng.choice(["gd", "momentum", "adam"]),
            max_iter=int(rng.choice([20, 200])),
            fit_intercept=fit_intercept,
            l2=l2,
            warm_start=bool(rng.random() < 0.3),
        )
        model, text = fit(model, X, y, w)
        asked = {name: getattr(model, name) for name in ("fit_intercept", "standardize", "l2")}
        gap, least = excess(model, X, y, w, **asked)
        assert bool(text) == (not gap <= min(0.001, max(least, 1e-14)) * (1 + 1e-6) + 1e-9)
        remedy = model.diagnosis_.remedy
        assert bool(remedy) <= bool(text)
        if text and not remedy:
            assert "try " in text
        if not remedy or remedy.get("max_iter", 0) > MOST:
            continue
        model, text = fit(model.set_params(**remedy), X, y, w)
        assert not text, (model, remedy)
        gap, least = excess(model, X, y, w, **asked)
        assert gap <= min(0.001, max(least, 1e-14)) * (1 + 1e-6) + 1e-9, (model, remedy)
        followed += 1
    assert followed >= 5


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 1e-4},
        {"alpha": 30.0},
        {"max_iter": 5},
        {"tol": 1.0, "alpha": 1e-3},
        {"alpha": 1e-3, "scheduler": "cosine", "max_iter": 200},
    ],
    ids=str,
)
def test_a_remedy_counts_on_the_same_early_stopping(options):
    """Followed, the validation cost is no higher, and lower by a warm start; there is nothing left to warn of."""
    rng, followed = np.random.default_rng(1), set()
    for i in range(8):
        X, y, _ = table(rng)
        model = GDLinearRegressor(early_stopping=True, random_state=0, precompute=i % 2 == 0, **options)
        model.set_params(optimizer=["gd", "rprop", "adam", "momentum"][i % 4], warm_start=i >= 4)
        model, text = fit(model, X, y)
        remedy, lowest = model.diagnosis_.remedy, model.validation_cost_history_.min()
        assert bool(remedy) <= bool(text)
        if model.diagnosis_.status == "diverged":
            assert "larger alpha" not in text
        if remedy:
            n_iter = model.diagnosis_._advice.remedy.n_iter
            model, text = fit(model.set_params(**remedy), X, y)
            assert not text
            assert model.n_iter_ == n_iter
            assert model.early_stopping
            assert model.validation_cost_history_.min() <= lowest
            assert model.validation_cost_history_.argmin() > 0 or not model.warm_start
            followed.add(model.warm_start)
    assert followed == {False, True}


def test_trials_of_early_stopping_are_cheap(monkeypatch):
    """They take no more iterations than the fit and 128 more, however many the remedy would have."""
    tried, run = [], advice.run
    monkeypatch.setattr(advice, "run", lambda *args: tried.append(run(*args)) or tried[-1])
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1.0, 1.0, 0.1, 0.01]
    y = X @ [1.0, 1.0, 10.0, 100.0] + 0.01 * rng.normal(size=60)
    options = {"early_stopping": True, "random_state": 0, "l2": 1e-6}
    for own in ({"max_iter": 20}, {"alpha": 1e-6, "max_iter": 40}, {"optimizer": "rprop", "alpha": 1e-9}):
        tried.clear()
        model, text = fit(GDLinearRegressor(**options, **own), X, y)
        assert text
        assert 0 < sum(len(one.rates) for one in tried) <= model.n_iter_ + 128


@pytest.mark.parametrize("precompute", [True, False])
def test_repeated_rows_have_no_noise_to_fit(precompute):
    """The minimum of rows that are there twice, with other targets, fits none of them, though they are few."""
    rng = np.random.default_rng(0)
    X, y = np.tile(rng.normal(size=(10, 30)), (2, 1)), rng.normal(size=20)
    model, text = fit(GDLinearRegressor(1e-4, max_iter=5, precompute=True), X, y)
    assert "fit the noise" not in text
    assert model.diagnosis_.remedy["alpha"] == "auto"
    model, text = fit(GDLinearRegressor(1e-4, max_iter=5, positive=True, precompute=precompute), X, y)
    assert "fit the noise" not in text
    assert model.diagnosis_.remedy["alpha"] == "auto"


@pytest.mark.parametrize("more", [[], [[0.0] * 4] * 2, [[0.0, 2.0, 0.0, 0.0]], [[1e4, 1.0, 0.0, 0.0]]])
def test_scales_that_standardising_would_change(more):
    """Without an intercept it is another model; columns of zeros and columns that depend on others don't hinder."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1e-4, 1.0, 1.0, 1e4]
    y = X @ [1e4, 1.0, 1.0, 1e-4] + rng.normal(size=60)
    X = np.column_stack([X, *(X @ combination for combination in more)])
    _, text = fit(GDLinearRegressor(fit_intercept=False), X, y)
    assert "standardize=True would be fast, but changes the model, which has no intercept" in text


def test_another_model_is_no_remedy():
    """Without an intercept, or with a penalty, standardised columns have another minimum: it is said in words."""
    rng = np.random.default_rng(0)
    size = rng.uniform(800.0, 4000.0, 100)
    price = 50_000.0 + 150.0 * size + rng.normal(0.0, 40_000.0, 100)
    model, text = fit(GDLinearRegressor(fit_intercept=False), np.c_[np.ones(100), size], price)
    assert "changes the model" in text
    assert "standardize" not in model.diagnosis_.remedy
    model, text = fit(GDLinearRegressor(l2=10.0), size[:, np.newaxis], price)
    assert "changes the model" in text
    assert "standardize" not in model.diagnosis_.remedy
    assert "What helps" not in model.diagnosis_.message


def test_nearly_dependent_columns():
    """What would take more than a million iterations is no remedy; the condition number and what helps are said."""
    x = np.linspace(0.0, 1.0, 40)[:, np.newaxis]
    X = PolynomialFeatures(15, include_bias=False).fit_transform(x)
    y = np.sin(4.0 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=40)
    model, text = fit(GDLinearRegressor(standardize=True), X, y)
    assert model.diagnosis_.remedy == {}
    assert "nearly dependent (condition number" in text
    assert "l2, fewer columns, or LinearRegression" in text


@pytest.mark.parametrize(("fit_intercept", "l2"), [(True, 1e-12), (False, 0.0), (False, 1e-12)])
def test_standardising_is_not_blamed_for_dependent_columns(fit_intercept, l2):
    """Of columns on one scale, the sentence doesn't say that another scale would be fast; it says how they depend."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    X = np.column_stack([X, X[:, 0] + 1e-5 * rng.normal(size=60)])
    y = X[:, 0] + 1e5 * (X[:, 3] - X[:, 0])
    model, text = fit(GDLinearRegressor(fit_intercept=fit_intercept, l2=l2), X, y)
    text = text if "full diagnosis" not in text else model.diagnosis_.message
    assert "nearly dependent (condition number" in text
    assert "changes the model" not in text


@pytest.mark.parametrize("precompute", [True, False])
def test_more_parameters_than_rows(precompute):
    """The minimum fits the noise: no remedy leads there."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 100))
    y = X[:, 0] + rng.normal(size=30)
    for alpha in ("auto", 1e-6, 10.0):
        model, text = fit(GDLinearRegressor(alpha, max_iter=2, precompute=precompute), X, y)
        assert model.diagnosis_.remedy == {}
        assert "101 parameters for 30 rows" in text
        assert "GDLinearRegressorCV(early_stopping=True), or l2" in text
    model, text = fit(GDLinearRegressor(1e-6, l2=1.0, precompute=precompute), X, y)
    assert model.diagnosis_.remedy["alpha"] == "auto"


def test_r2_is_blind_near_one():
    """Where the error is many times the least one, a fit of R² 0.9999 is bad."""
    rng = np.random.default_rng(0)
    x = np.linspace(0.1, 1000.0, 200)[:, np.newaxis]
    for noise, warned in ((0.5, True), (0.01, True), (0.0, False)):
        y = 6.5 + 0.5 * x[:, 0] + noise * rng.normal(size=200)
        model, text = fit(GDLinearRegressor(), x, y)
        assert model.diagnosis_.gap < 0.001
        assert bool(text) == warned
        assert ("squared error" in text) == warned
        if warned:
            times = float(text.split("squared error ")[1].split()[0])
            errors = np.mean((model.predict(x) - y) ** 2) / np.mean(
                (np.polyval(np.polyfit(x[:, 0], y, 1), x[:, 0]) - y) ** 2
            )
            assert times == pytest.approx(errors, rel=0.01)  # three digits are printed
            assert not fit(model.set_params(**model.diagnosis_.remedy), x, y)[1]


def test_good_is_good_for_good():
    """The iterations that are needed count from the last bad iterate, not from a first crossing of an overshoot."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 1))
    y = 2.0 * X[:, 0] + 0.5 * rng.normal(size=60)
    model = GDLinearRegressor(optimizer="nesterov", init=[3.0, -0.5], tol=None, max_iter=300).fit(X, y)
    good = model.cost_history_ <= model.diagnosis_._good_cost
    needed = model.diagnosis_.n_iter_needed
    assert good[needed:].all()
    assert not good[needed - 1]
    assert int(np.argmax(good)) < needed  # it crosses before


class TestSearch:
    """A search warns in its own parameters, and not of what validation has chosen."""

    def test_a_remedy_is_in_its_parameters(self):
        """Of raw columns on different scales: followed, the search is silent."""
        X, y = load_diabetes(return_X_y=True, scaled=False)
        for options in ({}, {"alphas": [1e-9, 1e-7]}, {"early_stopping": True, "max_iter": 50}):
            search, text = fit(GDLinearRegressorCV(**options), X, y)
            assert text.startswith("With the best of")
            remedy = search.diagnosis_.remedy
            assert remedy
            assert set(remedy) <= set(search.get_params())
            before = search.best_score_
            search, text = fit(search.set_params(**remedy), X, y)
            assert not text
            assert search.best_score_ > before

    @pytest.mark.parametrize("options", [{}, {"l1": 0.1}, {"positive": True}], ids=str)
    def test_a_remedy_changes_something(self, options):
        """The automatic grid is not what helps where it is in use, and its rates are those that a remedy counts on."""
        X, y = load_diabetes(return_X_y=True, scaled=False)
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        search, text = fit(GDLinearRegressorCV(max_iter=2, **options), X, y)
        remedy = search.diagnosis_.remedy
        assert bool(remedy) <= bool(text)
        assert all(getattr(search, name) != value for name, value in remedy.items())
        search = GDLinearRegressorCV([1e-6, 1e-5], max_iter=200, **options)
        assert fit(search, X, y)[0].diagnosis_.remedy["alphas"] == "auto"

    def test_a_rate_that_validation_has_chosen(self):
        """On few noisy rows a smaller rate is better, because it fits less of the noise: no fault."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(40, 30))
        y = X[:, 0] + 2.0 * rng.normal(size=40)
        search, text = fit(GDLinearRegressorCV(np.geomspace(1e-6, 0.3, 20), max_iter=100), X, y)
        assert search.alpha_ < search.alphas_[-1]
        assert search.diagnosis_.gap > 0.01
        assert not text
        assert search.diagnosis_.remedy == {}

    def test_rates_that_are_all_too_small(self, diabetes):
        """The largest is no choice of validation, whether the descents stall or run out of iterations."""
        for tol in (None, 1e-4):
            assert "With the best of" in fit(GDLinearRegressorCV([1e-9, 1e-8], tol=tol), *diabetes)[1]

    def test_larger_rates_that_diverge_are_no_choice(self, diabetes):
        """A rate is the largest if all larger ones diverge."""
        assert "With the best of" in fit(GDLinearRegressorCV([1e-4, 0.7, 30.0]), *diabetes)[1]


@pytest.mark.parametrize("alpha", [5.143e-4, 1e-3, 1.5e-3])
def test_no_remedy_row_by_row(alpha):
    """Where no remedy is known on few rows with a penalty, a fit ends with words, whatever is too dear to know."""
    rng = np.random.default_rng(2)
    X, y, init = rng.normal(size=(9, 600)) * 5.0, rng.normal(size=(9, 2)) + 1.0, rng.normal(size=(601, 2)) / 10.0
    model, words = fit(GDLinearRegressor(alpha, optimizer="nesterov", max_iter=60, l2=0.3, init=init), X, y)
    assert words
    assert str(model.diagnosis_)


def test_early_stopping_with_any_optimizer():
    """The automatic rate is tried for those too whose pace no eigenvalues tell."""
    X, y, _ = table(np.random.default_rng(3))
    model, text = fit(GDLinearRegressor(30.0, optimizer="rprop", early_stopping=True, random_state=0), X, y)
    assert "alpha=30 is too large" in text
    assert model.diagnosis_.remedy == {"alpha": "auto"}


def test_a_search_on_noise():
    """With more parameters than rows it is told to stop early, or if it does, to allow for more iterations."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 80)), rng.normal(size=30)
    X[:, :5] += y[:, np.newaxis]
    search, text = fit(GDLinearRegressorCV([1e-4], max_iter=3, tol=None), X, y)
    assert text
    assert search.diagnosis_.remedy == {"early_stopping": True}
    search, text = fit(search.set_params(early_stopping=True), X, y)
    assert text
    assert search.diagnosis_.remedy == {"max_iter": 30}


def test_a_guess_where_the_minimum_is_not_known():
    """Scales come first, then the rate; where neither is at fault, Nesterov's; where that is used, iterations."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 70))
    y = X @ rng.normal(size=70)
    scaled = X * np.geomspace(0.01, 100.0, 70)
    options = {"precompute": False, "max_iter": 2}
    for data, own, remedy in (
        (scaled, {}, {"standardize": True}),
        (scaled, {"alpha": 1e-9, "tol": None}, {"standardize": True, "alpha": "auto"}),
        (scaled, {"l2": 0.1}, {"optimizer": "nesterov"}),
        (X, {"alpha": 1e-3}, {"alpha": "auto"}),
        (X, {"alpha": 1e-3, "tol": 1.0}, {"alpha": "auto", "tol": None}),
        (X, {}, {"optimizer": "nesterov"}),
        (X, {"optimizer": "nesterov"}, {"max_iter": 20}),
    ):
        model, text = fit(GDLinearRegressor(**options, **own), data, y)
        assert text
        assert model.diagnosis_.remedy == remedy, own
