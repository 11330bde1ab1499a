"""`l1` and `positive`: the textbook's iterates, the minimum of other solvers, and everything that goes along."""

import itertools
import warnings
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import nnls
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GDLinearRegressor, Moments, descent_path, gradient_descent
from sklearn_gd._cost.problem import Problem
from sklearn_gd._descent.last_step import LastStep
from sklearn_gd._descent.run import run
from sklearn_gd._descent.settings import Settings
from sklearn_gd._descent.start import Start
from sklearn_gd._verdict import trials
from sklearn_gd._verdict.gap import good_from
from sklearn_gd.optimizers import GradientDescent, Momentum, Nesterov

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PENALTIES = [{"l1": 0.3}, {"l1": 0.1, "l2": 0.2}, {"positive": True}, {"l1": 0.05, "positive": True}]


def data(m=60, n=6, seed=0):
    """Return features away from zero, targets that depend on half of them with both signs, and weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n)) * rng.uniform(0.5, 2.0, n) + 1.0
    theta = np.where(np.arange(n) % 2, 0.0, rng.normal(size=n) * 2.0)
    return X, X @ theta + 2.0 + rng.normal(size=m), rng.uniform(0.0, 2.0, m)


def textbook(X, y, w, *, alpha, max_iter, rule, l1=0.0, l2=0.0, positive=False, fit_intercept=True, factor=lambda t: 1):
    """Return theta and the costs of the proximal gradient method, row by row; `rule` takes the gradient mapping."""
    Z = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X
    w = (np.ones(len(X)) if w is None else w)[(...,) + (None,) * (y.ndim - 1)]
    counts = np.array([0.0] * fit_intercept + [1.0] * X.shape[1])[(...,) + (None,) * (y.ndim - 1)]

    def cost(theta):
        fit = np.sum(w * (Z @ theta - y) ** 2) / (2 * w.sum())
        return fit + l1 * np.sum(counts * np.abs(theta)) + l2 / 2 * np.sum(counts * theta**2)

    def prox(theta, rate):
        v = theta - rate * (Z.T @ (w * (Z @ theta - y)) / w.sum() + l2 * counts * theta)
        near = np.maximum(v - rate * l1, 0.0) if positive else np.sign(v) * np.maximum(np.abs(v) - rate * l1, 0.0)
        return np.where(counts > 0.0, near, v)

    theta, state = np.zeros((Z.shape[1], *y.shape[1:])), ()
    costs = [cost(theta)]
    for t in range(max_iter):
        rate = alpha * factor(t)
        if rule is None:
            theta = prox(theta, rate)
        else:
            theta, *state = rule(theta, (theta - prox(theta, rate)) / rate, rate, *state)
        costs.append(cost(theta))
    if rule is not None:
        theta = prox(theta, alpha)
        costs[-1] = cost(theta)
    return theta, np.array(costs)


def parameters(model):
    """Return theta as the textbook has it."""
    coef = model.coef_.T
    return np.concatenate([np.reshape(model.intercept_, (1, *coef.shape[1:])), coef]) if model.fit_intercept else coef


def heavy_ball(theta, gradient, alpha, v=0.0):
    """Take a step of a user's own rule."""
    v = 0.5 * v + gradient
    return theta - alpha * v, v


@quiet
class TestIterates:
    """They are the textbook's, to rounding, and so are their costs."""

    @pytest.mark.parametrize("rule", [None, Momentum(), Nesterov(), heavy_ball])
    @pytest.mark.parametrize("options", PENALTIES)
    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_every_rule(self, rule, options, fit_intercept):
        """Plain descent is ISTA; other rules are handed the gradient mapping, and end with one more proximal step."""
        X, y, w = data()
        known = {"alpha": 0.05, "max_iter": 40, "fit_intercept": fit_intercept, **options}
        theta, costs = textbook(X, y, w, rule=rule, **known)
        for precompute in (True, False):
            model = GDLinearRegressor(optimizer=rule or "gd", tol=None, precompute=precompute, **known)
            model.fit(X, y, sample_weight=w)
            assert_allclose(parameters(model), theta, rtol=1e-11, atol=1e-12)
            assert_allclose(model.cost_history_, costs, rtol=1e-11)
            assert_array_equal(parameters(model) == 0.0, theta == 0.0)
            assert model.n_iter_ == 40

    def test_schedules_and_targets(self):
        """The rate of each iteration is that of its threshold, and targets are thresholded entry by entry."""
        X, y, _ = data()
        Y = np.column_stack([y, -3.0 * y + X[:, 1]])
        options = {"alpha": 0.1, "max_iter": 30, "l1": 0.3}
        theta, costs = textbook(X, Y, None, rule=None, factor=lambda t: 0.9**t, **options)
        model = GDLinearRegressor(scheduler=lambda t, max_iter: 0.9**t, tol=None, **options).fit(X, Y)
        assert_allclose(parameters(model), theta, rtol=1e-11, atol=1e-12)
        assert_allclose(model.cost_history_, costs, rtol=1e-11)

    @pytest.mark.parametrize("optimizer", ["gd", "nesterov"])
    def test_a_rate_of_nothing(self, optimizer):
        """Where a scheduler returns 0, nothing moves."""
        X, y, _ = data()
        options = {"optimizer": optimizer, "l1": 0.3, "tol": None, "max_iter": 10}
        model = GDLinearRegressor(scheduler=lambda t, max_iter: float(t >= 5), **options).fit(X, y)
        assert np.ptp(model.cost_history_[:6]) == 0.0
        assert model.cost_history_[6] != model.cost_history_[5]

    def test_standardized(self):
        """In standardised coordinates the standardised coefficients are penalised, as in a pipeline."""
        X, y, _ = data()
        X = X * [1.0, 10.0, 100.0, 0.1, 0.01, 1.0]
        model = GDLinearRegressor(l1=0.3, standardize=True).fit(X, y)
        pipeline = make_pipeline(StandardScaler(), GDLinearRegressor(l1=0.3)).fit(X, y)
        assert_allclose(model.cost_history_, pipeline[-1].cost_history_, rtol=1e-11)
        assert_allclose(model.coef_ * X.std(axis=0), pipeline[-1].coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
def test_minimum_is_that_of_other_solvers(seed, optimizer):
    """`Lasso`, `ElasticNet` and non-negative least squares have the same coefficients, and the same zeros."""
    X, y, w = data(seed=seed)
    options = {"optimizer": optimizer, "max_iter": 10_000, "tol": 1e-13}
    exact = {"tol": 1e-15, "max_iter": 100_000}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their duality gap is rounding, and no less
        peers = [
            ({"l1": 0.3}, Lasso(0.3, **exact).fit(X, y, w)),
            ({"l1": 0.1, "positive": True}, Lasso(0.1, positive=True, **exact).fit(X, y, w)),
            ({"l1": 0.1, "l2": 0.2}, ElasticNet(0.3, l1_ratio=1.0 / 3.0, **exact).fit(X, y, w)),
            ({"positive": True}, LinearRegression(positive=True).fit(X, y, w)),
        ]
    for penalties, peer in peers:
        model = GDLinearRegressor(**options, **penalties).fit(X, y, sample_weight=w)
        # Moves of 1e-13 add up over the some hundred iterations of the flattest direction.
        assert_allclose(model.coef_, peer.coef_, rtol=0.0, atol=1e-9)
        assert_allclose(model.intercept_, peer.intercept_, rtol=0.0, atol=1e-9)
        assert_array_equal(model.coef_ == 0.0, peer.coef_ == 0.0)
        assert model.diagnosis_.gap < 1e-12
    raw = GDLinearRegressor(positive=True, fit_intercept=False, **options).fit(X, y)
    assert_allclose(raw.coef_, nnls(X, y)[0], rtol=0.0, atol=1e-9)


class TestEverythingGoesAlong:
    """What is so without a penalty is so with one."""

    @pytest.mark.parametrize("options", PENALTIES)
    @pytest.mark.parametrize("optimizer", ["gd", "momentum"])
    def test_ways_to_the_data(self, options, optimizer):
        """From moments, sparse, row by row and chunk by chunk the fit is the same."""
        X, y, w = data()
        made = {"optimizer": optimizer, "max_iter": 300, **options}
        model = GDLinearRegressor(**made).fit(X, y, w)
        others = [
            GDLinearRegressor(**made).fit_moments(Moments.of(X, y, w)),
            GDLinearRegressor(**made).fit(sp.csr_array(X), y, w),
            GDLinearRegressor(precompute=False, **made).fit(sp.csr_array(X), y, w),
        ]
        for other in others:
            assert_allclose(other.coef_, model.coef_, rtol=1e-9, atol=1e-11)
            assert_array_equal(other.coef_ == 0.0, model.coef_ == 0.0)
            assert_allclose(other.diagnosis_.gap, model.diagnosis_.gap, atol=1e-12)
        chunks = GDLinearRegressor(**made).partial_fit(X[:20], y[:20], w[:20])
        chunks.partial_fit(X[20:], y[20:], w[20:])
        assert_allclose(chunks.moments_.scatter, model.moments_.scatter, rtol=1e-12)

    @quiet
    @pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov", heavy_ball])
    @pytest.mark.parametrize("options", PENALTIES)
    def test_three_and_three_are_six(self, optimizer, options):
        """A warm start goes on from the iterate before its last step, with the optimizer's state."""
        X, y, _ = data()
        made = {"optimizer": optimizer, "tol": None, **options}
        parts = GDLinearRegressor(max_iter=3, warm_start=True, **made).fit(X, y).fit(X, y)
        whole = GDLinearRegressor(max_iter=6, **made).fit(X, y)
        assert_array_equal(parts.coef_, whole.coef_)
        assert_array_equal(parts.cost_history_[-1], whole.cost_history_[-1])
        assert_array_equal(parts.cost_history_[4:], whole.cost_history_[4:])
        assert parts.n_iter_ == 6

    @quiet
    def test_float32_has_the_same_zeros(self):
        """float32 stays float32, and zeros stay zeros."""
        X, y, _ = data()
        model = GDLinearRegressor(l1=0.3).fit(X, y)
        narrow = GDLinearRegressor(l1=0.3).fit(X.astype(np.float32), y)
        assert narrow.coef_.dtype == np.float32
        assert_array_equal(narrow.coef_ == 0.0, model.coef_ == 0.0)
        assert_allclose(narrow.coef_, model.coef_, rtol=1e-4)

    @quiet
    @pytest.mark.parametrize("optimizer", ["gd", "momentum"])
    def test_early_stopping(self, optimizer):
        """The best iterate is kept, with exact zeros, and its costs are those in the histories."""
        X, y, _ = data(m=80, n=20)
        model = GDLinearRegressor(l1=1.0, optimizer=optimizer, early_stopping=True, random_state=0).fit(X, y)
        assert np.any(model.coef_ == 0.0)
        assert len(model.validation_cost_history_) == len(model.cost_history_)
        held_out = train_test_split(np.arange(80), test_size=0.1, random_state=np.random.RandomState(0))[1]
        cost = np.mean((model.predict(X[held_out]) - y[held_out]) ** 2) / 2.0
        assert np.isclose(model.validation_cost_history_, cost, rtol=1e-9, atol=0.0).any()

    @quiet
    @pytest.mark.parametrize("optimizer", ["gd", "nesterov"])
    def test_descent_path(self, optimizer):
        """Its last iterate and cost are those of the fit."""
        X, y, _ = data()
        path = descent_path(X, y, [0.05], l1=0.3, optimizer=optimizer, max_iter=30, tol=None)
        model = GDLinearRegressor(0.05, l1=0.3, optimizer=optimizer, max_iter=30, tol=None).fit(X, y)
        assert_array_equal(path.coefs[0, -1], model.coef_)
        assert_array_equal(path.costs[0], model.cost_history_)

    @quiet
    def test_starts(self):
        """`positive` begins where it allows: at random without signs, and after a fit without it at 0 or above."""
        X, y, _ = data()
        model = GDLinearRegressor(positive=True, init="random", random_state=0, max_iter=1).fit(X, y)
        assert model.coef_.min() >= 0.0
        for seed in range(3):  # of both signs, which the intercept keeps
            model = GDLinearRegressor(positive=True, init="random", random_state=seed, max_iter=1).fit(X, y)
            intercept, *coef = np.random.RandomState(seed).standard_normal(7)
            cost = np.mean((X @ np.abs(coef) + intercept - y) ** 2) / 2.0
            assert model.cost_history_[0] == pytest.approx(cost, rel=1e-12)
        free = GDLinearRegressor(warm_start=True, tol=1e-9).fit(X, y)
        assert free.coef_.min() < 0.0
        free.set_params(positive=True, max_iter=10_000).fit(X, y)
        bound = GDLinearRegressor(positive=True, max_iter=10_000, tol=1e-9).fit(X, y)
        assert_allclose(free.coef_, bound.coef_, atol=1e-6)
        assert free.diagnosis_.status == "converged"

    def test_to_linear_regression(self):
        """It predicts the same."""
        X, y, _ = data()
        model = GDLinearRegressor(l1=0.3).fit(X, y)
        assert_array_equal(model.to_linear_regression().predict(X), model.predict(X))

    def test_choosers_of_features(self):
        """`SelectFromModel` takes what is not 0, and `RFE` leaves the true columns."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(200, 10))
        y = X[:, [1, 4, 7]] @ [3.0, -2.0, 1.0] + 0.1 * rng.normal(size=200)
        chosen = SelectFromModel(GDLinearRegressor(l1=0.5), threshold=1e-5).fit(X, y)
        assert_array_equal(chosen.get_support(indices=True), [1, 4, 7])
        assert_array_equal(np.flatnonzero(chosen.estimator_.coef_), [1, 4, 7])
        left = RFE(GDLinearRegressor(l1=0.01), n_features_to_select=3).fit(X, y)
        assert_array_equal(left.get_support(indices=True), [1, 4, 7])


class TestBadInput:
    """What can't be is refused, with the value and the remedy."""

    @pytest.mark.parametrize("l1", [-0.1, np.nan, np.inf, [0.1], "auto", None])
    def test_l1_is_a_number(self, l1):
        """At least 0 and finite."""
        with pytest.raises(ValueError, match="l1"):
            GDLinearRegressor(l1=l1).fit(*data()[:2])

    def test_positive_is_a_boolean(self):
        """Nothing else."""
        with pytest.raises(ValueError, match="positive"):
            GDLinearRegressor(positive="yes").fit(*data()[:2])

    def test_init_below_zero(self):
        """`positive` does not allow it; the intercept may be anywhere."""
        X, y, _ = data()
        with pytest.raises(ValueError, match=r"init has negative coefficients, the lowest -1, which positive=True"):
            GDLinearRegressor(positive=True, init=[0, 1, 2, -1, 0, 0, 0]).fit(X, y)
        GDLinearRegressor(positive=True, init=[-5, 1, 2, 0, 0, 0, 0]).fit(X, y)

    @pytest.mark.parametrize("optimizer", ["adagrad", "rmsprop", "adam", "amsgrad", "nadam", "rprop"])
    def test_rates_that_are_lengths(self, optimizer):
        """They leave the minimum again, and the error says what does not."""
        X, y, _ = data()
        with pytest.raises(ValueError, match=f"'{optimizer}' does not support l1=0.1: .*try optimizer=\"nesterov\""):
            GDLinearRegressor(l1=0.1, optimizer=optimizer).fit(X, y)
        with pytest.raises(ValueError, match="does not support positive=True"):
            GDLinearRegressor(positive=True, optimizer=optimizer).fit(X, y)

    @pytest.mark.parametrize("name", ["l1", "l2", "positive"])
    def test_gradient_descent_has_none(self, name):
        """A function's own penalty is in the function; the error names no other option."""
        with pytest.raises(TypeError, match=f"gradient_descent has no option {name}: .*GDLinearRegressor"):
            gradient_descent(lambda x: x @ x, [1.0], alpha=0.1, **{name: 0.1})


@quiet
class TestVerdict:
    """The minimum is known, and so is what to say of a fit."""

    def test_says_how_many_are_chosen(self):
        """In the paragraph, for all targets together, and not where nothing chooses."""
        X, y, _ = data()
        model = GDLinearRegressor(l1=0.3).fit(X, np.column_stack([y, -y]))
        assert f"{np.count_nonzero(model.coef_)} of 12 coefficients are not 0." in str(model.diagnosis_)
        assert "are not 0" not in str(GDLinearRegressor(l2=0.3).fit(X, y).diagnosis_)

    @pytest.mark.parametrize("options", PENALTIES)
    def test_limits_and_errors(self, options):
        """The limits are those of the gradient; standard errors of least squares there are none."""
        X, y, _ = data()
        diagnosis = GDLinearRegressor(**options).fit(X, y).diagnosis_
        smooth = GDLinearRegressor(l2=options.get("l2", 0.0)).fit(X, y).diagnosis_
        assert diagnosis.alpha_limit == smooth.alpha_limit
        assert diagnosis.condition_number == smooth.condition_number
        assert np.isnan(diagnosis.coef_error)
        assert not diagnosis.gap_is_lower_bound
        assert not diagnosis.gap_is_upper_bound

    @pytest.mark.parametrize("options", PENALTIES)
    @pytest.mark.parametrize(
        "bad",
        [
            {"max_iter": 4},
            {"alpha": 1e-4, "max_iter": 100},
            {"alpha": 5.0},
            {"alpha": 1e-7, "optimizer": "nesterov"},
            {"tol": 1.0},
            {"scheduler": "exponential", "max_iter": 30},
            {"scheduler": "cosine", "alpha": 1e-5},
            {"optimizer": heavy_ball, "alpha": 1e-5, "max_iter": 100},
        ],
    )
    def test_remedies_lead_to_a_good_fit(self, options, bad, monkeypatch):
        """Each, followed literally, is good, of the same model, and within the iterations that were said."""
        monkeypatch.setattr(trials, "_LONG", 500)  # or a rate of 1e-7 is tried for long
        X, y, _ = data()
        exact = GDLinearRegressor(**options, optimizer="nesterov", max_iter=50_000, tol=1e-12).fit(X, y)
        model = GDLinearRegressor(**options, **bad).fit(X, y)
        reference, best = np.var(y) / 2.0, exact.cost_history_[-1]
        assert_allclose(model.diagnosis_.gap, (model.cost_history_.min() - best) / reference, rtol=1e-6, atol=1e-9)
        assert model.diagnosis_.warn == (model.diagnosis_.gap > 0.001)
        if model.diagnosis_.warn:
            assert model.diagnosis_.remedy.keys() <= model.get_params().keys()
            # The sentence, which is limited to a few thousand iterations, names the first of the paragraph.
            assert model.diagnosis_._advice.remedy == model.diagnosis_._remedies[0]
            for remedy in model.diagnosis_._remedies:
                better = GDLinearRegressor(**options | bad | remedy.changes).fit(X, y)
                assert (better.cost_history_[-1] - best) / reference <= 0.001
                assert better.diagnosis_.n_iter_needed <= remedy.n_iter
            if {"alpha", "scheduler"} <= bad.keys():  # a schedule may stay
                assert {"alpha": "auto"} in [remedy.changes for remedy in model.diagnosis_._remedies]

    @pytest.mark.parametrize("optimizer", ["gd", "momentum"])
    @pytest.mark.parametrize(
        "bad",
        [
            {"max_iter": 2},
            {"alpha": 9.0},
            {"alpha": 1e-4, "max_iter": 60},
            {"alpha": 1e-4, "max_iter": 300, "scheduler": "cosine"},
        ],
        ids=str,
    )
    def test_remedies_of_a_fit_that_continues(self, optimizer, bad, monkeypatch):
        """They count on where it ended, and on the state of the optimizer and the schedule, to the iteration."""
        monkeypatch.setattr(trials, "_LONG", 500)
        X, y, _ = data()
        model = GDLinearRegressor(l1=0.1, optimizer=optimizer, tol=None, warm_start=True, **bad).fit(X, y)
        found = {tuple(remedy.changes) for remedy in model.diagnosis_._remedies}
        assert ("max_iter",) in found or "alpha" in bad
        for remedy in model.diagnosis_._remedies:
            better = deepcopy(model).set_params(**remedy.changes)
            assert not better.fit(X, y).diagnosis_.warn
            more = {} if better.scheduler == "cosine" else {"max_iter": 2 * remedy.n_iter + 100}
            better = deepcopy(model).set_params(**remedy.changes | more).fit(X, y)
            costs = better.cost_history_[-1 - better.max_iter :]
            assert good_from(costs, model.diagnosis_._good_cost) == remedy.n_iter
            if tuple(remedy.changes) == ("max_iter",) and optimizer == "gd":
                assert model.n_iter_ + remedy.n_iter == model.diagnosis_.n_iter_needed

    @pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov", heavy_ball])
    def test_a_remedy_changes_something(self, optimizer, monkeypatch):
        """No parameter to what it is, and to plain descent only an optimizer of which nothing is known."""
        monkeypatch.setattr(trials, "_LONG", 500)
        X, y, _ = data()
        for options in ({"positive": True, "standardize": True}, {"l1": 0.1, "tol": None}):
            model = GDLinearRegressor(1e-3, optimizer=optimizer, max_iter=10, **options).fit(X, y)
            changes = [remedy.changes for remedy in model.diagnosis_._remedies]
            assert changes
            assert all(getattr(model, name) != value for some in changes for name, value in some.items())
            assert any(some.get("optimizer") == "gd" for some in changes) == (optimizer is heavy_ball)

    def test_trials_are_cheap(self, monkeypatch):
        """The sentence takes no more iterations than the fit, or a few; with few columns some thousands."""
        tried, run = [], trials.run
        monkeypatch.setattr(trials, "run", lambda *args: tried.append(run(*args)) or tried[-1])
        rng = np.random.default_rng(0)
        X = rng.normal(size=(300, 256)) * np.geomspace(1.0, 1e3, 256)
        model = GDLinearRegressor(1e-12, l1=0.1, max_iter=20).fit(X, X[:, 0] + rng.normal(size=300))
        assert model.diagnosis_._advice == (None, "the full diagnosis says what helps")
        assert sum(len(one.rates) for one in tried) <= 20 + 128
        X = rng.normal(size=(60, 3)) * [1.0, 0.02, 1.0]
        model = GDLinearRegressor(l1=1e-4, max_iter=4).fit(X, 50.0 * X[:, 1] + rng.normal(size=60))
        assert 128 < model.diagnosis_._advice.remedy.n_iter < 2000

    def test_row_by_row_the_gap_is_at_most(self):
        """Where the minimum isn't known, the gap is the duality gap, above the true one, and the sentence says so."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60, 600))
        y = X[:, :3] @ [3.0, -2.0, 1.0] + rng.normal(size=60)
        for max_iter in (10, 300):
            model = GDLinearRegressor(l1=0.3, max_iter=max_iter).fit(X, y)
            known = GDLinearRegressor(l1=0.3, max_iter=max_iter, precompute=True).fit(X, y)
            assert_allclose(model.coef_, known.coef_, atol=1e-10)
            assert model.diagnosis_.gap >= known.diagnosis_.gap - 1e-12
            assert model.diagnosis_.gap_is_upper_bound
            assert not model.diagnosis_.gap_is_lower_bound
            assert "at most" in str(model.diagnosis_)
            assert model.diagnosis_.warn <= known.diagnosis_.warn

    def test_row_by_row_a_constraint_alone_is_bounded_from_below(self):
        """`positive` without a penalty has no such bound: the gap is at least what a few steps of FISTA gain."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(100, 80))
        y = X[:, :3] @ [3.0, -2.0, 1.0] + rng.normal(size=100)
        for max_iter in (5, 1000):
            model = GDLinearRegressor(positive=True, max_iter=max_iter, precompute=False).fit(X, y)
            known = GDLinearRegressor(positive=True, max_iter=max_iter).fit(X, y)
            assert model.diagnosis_.gap <= known.diagnosis_.gap + 1e-12
            assert model.diagnosis_.gap_is_lower_bound
            assert model.diagnosis_.warn == known.diagnosis_.warn
            bounded = GDLinearRegressor(positive=True, l2=0.3, max_iter=max_iter, precompute=False).fit(X, y)
            known = GDLinearRegressor(positive=True, l2=0.3, max_iter=max_iter).fit(X, y)
            assert bounded.diagnosis_.gap >= known.diagnosis_.gap - 1e-12
            assert bounded.diagnosis_.gap_is_upper_bound

    @pytest.mark.parametrize("kind", ["twins", "sum", "wide"])
    def test_dependent_columns(self, kind):
        """The gap is true where coefficients are not unique, and columns that a penalty decides on are not listed."""
        rng = np.random.default_rng(1)
        X = rng.normal(size=(30, 5))
        kinds = {
            "twins": np.hstack([X, X]),
            "sum": np.column_stack([X, X.sum(axis=1)]),
            "wide": rng.normal(size=(8, 20)),
        }
        X = kinds[kind]
        y = X[:, 0] + 0.1 * rng.normal(size=len(X))
        for options in ({"l1": 0.05}, {"positive": True}):
            model = GDLinearRegressor(**options, optimizer="nesterov", tol=1e-12, max_iter=50_000).fit(X, y)
            assert model.diagnosis_.gap <= 1e-9
            assert model.diagnosis_.dependent_features == ()

    def test_scaling_keeps_the_minimum_of_a_constraint(self, monkeypatch):
        """`positive` alone is the same on standardised columns, which a remedy may use; `l1` is not."""
        monkeypatch.setattr(trials, "_LONG", 500)
        X, y, _ = data()
        X = X * [1.0, 1000.0, 1.0, 1.0, 1.0, 1.0]
        model = GDLinearRegressor(positive=True).fit(X, y)
        assert "standardize" in model.diagnosis_.remedy
        model.set_params(**model.diagnosis_.remedy).fit(X, y)
        assert not model.diagnosis_.warn
        assert "standardize" not in GDLinearRegressor(l1=0.1).fit(X, y).diagnosis_.remedy


def test_displays_draw_the_penalty():
    """The bowl has its creases, and nothing where `positive` does not allow it; the path runs along them."""
    pytest.importorskip("matplotlib")
    from sklearn_gd.displays import DescentPathDisplay

    X, y, _ = data(n=2)
    for options in ({"l1": 0.5}, {"positive": True}):
        plane = DescentPathDisplay.from_data(X, y, alphas=[0.1], features=(0, 1), **options).plane
        model = GDLinearRegressor(**options, tol=1e-12, max_iter=50_000).fit(X, y)
        assert_allclose(plane.origin[1:], model.coef_, atol=1e-8)
        at = plane.centre + np.array([[0.0, 0.0], [0.3, 0.2], [-10.0, -10.0]])
        costs = plane.cost(at)
        assert_allclose(costs[0], model.cost_history_[-1], rtol=1e-10)
        assert costs[1] > costs[0]
        assert np.isnan(costs[2]) == ("positive" in options)


@quiet
@pytest.mark.parametrize("distance", [10.0, 1e3, 1e5])
@pytest.mark.parametrize("options", [{"l1": 0.1}, {"positive": True}])
def test_far_from_zero_without_an_intercept(distance, options):
    """Columns whose means are many times their spread have a minimum too, which a short descent is far from."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3)) + distance
    y = X @ [1.0, 2.0, 0.0] + rng.normal(size=100)
    model = GDLinearRegressor(fit_intercept=False, max_iter=20, **options).fit(X, y)
    peer = Lasso(**({"alpha": options["l1"]} if "l1" in options else {"alpha": 1e-12, "positive": True}))
    peer.set_params(fit_intercept=False, tol=1e-12, max_iter=1_000_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coef = peer.fit(X, y).coef_
    attained = np.mean((X @ coef - y) ** 2) / 2.0 + options.get("l1", 0.0) * np.abs(coef).sum()
    # Coordinate descent is not quite there itself.
    assert model.cost_history_[-1] - model.diagnosis_.gap * np.var(y) / 2.0 <= attained + 1e-4 * np.var(y)
    assert model.diagnosis_.warn == (model.diagnosis_.gap > 0.001)


@pytest.mark.parametrize("watched", [False, True])
def test_the_iterates_that_are_kept_are_those_of_shorter_descents(watched):
    """The best and the last one are where a descent with so many iterations ends, with its cost and its errors.

    The best one is so with held-out rows, and if the cost has risen: only then a fit may keep it.
    """
    rng, found = np.random.default_rng(0), set()
    X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
    problem = Problem.of(X[:30], y[:30], l1=0.1)
    problem = replace(problem, held_out=Problem.of(X[30:], y[30:]).data if watched else None)
    options = {"scheduler": "constant", "tol": None, "n_iter_no_change": None}
    for size in (0.0, 0.1, 10.0):
        start = Start(problem.cost.theta_star + size * rng.normal(size=7))
        for optimizer, share, max_iter in itertools.product(
            ("momentum", "nesterov"), (0.1, 1.0, 1.4, 2.0, 3.5, 4.5, 1e6), (1, 2, 5, 12)
        ):
            made = {"optimizer": optimizer, "alpha": share / problem.cost.L, "max_iter": max_iter}
            settings = Settings.of("me", options | made)
            one = run(problem, start, settings)
            has_risen = one.costs[-1] > one.costs[0]
            for i, theta in ((len(one.rates), one.last), (one.i_best, one.best)):
                if i == 0:
                    assert_array_equal(theta, start.theta)
                elif i == len(one.rates) or watched or has_risen:
                    short = run(problem, start, replace(settings, max_iter=i))
                    assert_array_equal(theta, short.last)
                    assert one.costs[i] == short.costs[i]
                    assert not watched or one.validation_errors[i] == short.validation_errors[i]
            found.add((has_risen, one.i_best == 0, one.i_best == len(one.rates)))
    assert found >= {(False, False, False), (False, False, True), (True, False, False), (True, True, False)}


@pytest.mark.parametrize("alpha", [0.01, 1.0, 1.9, 100.0])
def test_the_last_step_never_raises_the_cost(alpha):
    """It is a proximal step at the optimizer's rate, or at 1/L if that is smaller, and zeros of it are exact."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 6)), rng.normal(size=40)
    problem = Problem.of(X, y, l1=0.1)
    cost, L = problem.cost, problem.cost.L
    settings = Settings.of(
        "me", {"alpha": alpha / L, "optimizer": "momentum", "scheduler": "constant", "max_iter": 9, "tol": None}
    )
    step = LastStep.of(problem, settings, alpha / L)
    for _ in range(20):
        theta = rng.normal(size=7)
        value, gradient = cost.value_and_gradient(theta)
        moved, value_there = step(theta)
        assert_allclose(moved, cost.penalty.step(theta, gradient, min(alpha, 1.0) / L), rtol=1e-14)
        assert value_there == cost.value_and_gradient(moved)[0] <= value
        assert not moved.flags.writeable
    assert LastStep.of(problem, replace(settings, optimizer=GradientDescent()), alpha / L) is None
    assert LastStep.of(replace(problem, l1=0.0), settings, alpha / L) is None
