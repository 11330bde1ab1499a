"""GDLinearRegressor: the textbook's descent, with a scikit-learn user's expectations."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, optimizers, schedulers
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def theta_of(model):
    """Return ``(theta_0, theta_1, ...)``."""
    coef = model.coef_.T
    return np.concatenate([np.asarray(model.intercept_)[np.newaxis], coef]) if model.fit_intercept else coef


def assert_same_fit(one, other, rtol=1e-10):
    """Assert that two descents took the same way: rounding only, over some hundred iterations."""
    scale = np.abs(theta_of(one)).max()
    assert one.n_iter_ == other.n_iter_
    assert_allclose(one.cost_history_, other.cost_history_, rtol=rtol)
    assert_allclose(theta_of(one), theta_of(other), rtol=rtol, atol=rtol * scale)


# Rates at which the rules come to rest. At 0.1 RMSprop, at 1 Nadam swing so irregularly around the minimum that even
# the loop itself, with the rows in another order, takes another way.
QUIET_RATES = {"rmsprop": 0.03, "nadam": 0.3, "adagrad": 20.0, "adam": 2.0, "amsgrad": 2.0, "rprop": 1.0}


@quiet
@pytest.mark.parametrize("precompute", [True, False])
class TestTextbook:
    """The iterates are those of the ten-line loop on raw data, to rounding, from the moments and row by row."""

    # 1e-9 over a thousand iterations: each rounds by 1e-16, and the rules that divide by small gradients amplify it.

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_every_optimizer(self, diabetes, textbook, precompute, optimizer):
        """A thousand iterations of each optimizer, with an intercept for one `precompute` and without for the other."""
        X, y = diabetes
        fit_intercept = precompute == list(OPTIMIZERS).index(optimizer) % 2
        alpha = QUIET_RATES.get(optimizer, 0.1)
        theta, costs = textbook(
            X, y, alpha=alpha, max_iter=1000, optimizer=OPTIMIZERS[optimizer](), fit_intercept=fit_intercept
        )
        model = GDLinearRegressor(
            alpha, optimizer=optimizer, tol=None, fit_intercept=fit_intercept, precompute=precompute
        ).fit(X, y)
        assert_allclose(model.cost_history_, costs, rtol=1e-9)
        assert_allclose(theta_of(model), theta, rtol=1e-9)

    @pytest.mark.parametrize("scheduler", SCHEDULERS)
    def test_every_scheduler(self, diabetes, textbook, precompute, scheduler):
        """A thousand iterations under each scheduler."""
        X, y = diabetes
        theta, costs = textbook(X, y, alpha=0.3, max_iter=1000, scheduler=SCHEDULERS[scheduler]())
        model = GDLinearRegressor(0.3, scheduler=scheduler, tol=None, precompute=precompute).fit(X, y)
        assert_allclose(model.cost_history_, costs, rtol=1e-9)
        assert_allclose(theta_of(model), theta, rtol=1e-9)

    @pytest.mark.parametrize("tol", [1.0, 1e-2, 1e-4, 0.0])
    def test_stop_iteration(self, diabetes, textbook, precompute, tol):
        """The descent ends at the same iteration."""
        X, y = diabetes
        _, costs = textbook(X, y, alpha=0.4, max_iter=3000, tol=tol)
        model = GDLinearRegressor(0.4, max_iter=3000, tol=tol, precompute=precompute).fit(X, y)
        assert model.n_iter_ == len(costs) - 1
        assert len(model.cost_history_) == model.n_iter_ + 1

    @pytest.mark.parametrize("optimizer", ["gd", "momentum"])
    def test_raw_columns_of_different_scales(self, textbook, precompute, optimizer):
        """No hidden centring or scaling: raw columns descend as slowly as they do."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(80, 3)) * [1.0, 100.0, 0.01] + [3.0, 2000.0, 0.0]
        y = X @ [1.0, 0.1, 10.0] + rng.normal(size=80)
        theta, costs = textbook(X, y, alpha=4e-7, max_iter=1000, optimizer=OPTIMIZERS[optimizer]())
        model = GDLinearRegressor(4e-7, optimizer=optimizer, tol=None, precompute=precompute).fit(X, y)
        assert_allclose(model.cost_history_, costs, rtol=1e-9)
        assert_allclose(theta_of(model), theta, rtol=1e-9)

    def test_several_targets(self, diabetes, textbook, precompute):
        """The targets' costs are summed and their largest move counts; each descends as if it were alone."""
        X, y = diabetes
        Y = np.column_stack([y, -3.0 * y, X[:, 2] + 1.0])
        theta, costs = textbook(X, Y, alpha=0.3, max_iter=3000, tol=1e-3)
        model = GDLinearRegressor(0.3, max_iter=3000, tol=1e-3, precompute=precompute).fit(X, Y)
        assert_allclose(model.cost_history_, costs, rtol=1e-9)
        assert_allclose(theta_of(model), theta, rtol=1e-9, atol=1e-9)  # the third target has coefficients near 0
        alone = GDLinearRegressor(0.3, max_iter=model.n_iter_, tol=None, precompute=precompute).fit(X, Y[:, 1])
        assert_allclose(alone.coef_, model.coef_[1], rtol=1e-12)

    def test_divergence_is_the_textbooks_too(self, diabetes, textbook, precompute):
        """The rise of a diverging cost is exact as well, as far as it goes."""
        X, y = diabetes
        model = GDLinearRegressor(0.6, precompute=precompute).fit(X, y)
        _, costs = textbook(X, y, alpha=0.6, max_iter=model.n_iter_)
        assert_allclose(model.cost_history_, costs, rtol=1e-9)


class TestLaws:
    """What must hold for every descent on least squares."""

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_automatic_alpha_reaches_the_minimum(self, diabetes, optimizer):
        """With its defaults each optimizer comes within 0.001 of the best R²."""
        X, y = diabetes
        best = LinearRegression().fit(X, y).score(X, y)
        assert best - GDLinearRegressor(optimizer=optimizer).fit(X, y).score(X, y) < 0.001

    def test_automatic_alpha_is_the_inverse_of_the_curvature(self, diabetes):
        """It is ``1 / L``, and user-made optimizers get it too."""
        X, y = diabetes
        Z = np.column_stack([np.ones(len(X)), X])
        L = np.linalg.eigvalsh(Z.T @ Z / len(X))[-1]
        for optimizer in ("gd", "momentum", "nesterov", lambda theta, gradient, alpha: theta - alpha * gradient):
            assert_allclose(GDLinearRegressor(optimizer=optimizer).fit(X, y).alpha_, 1 / L, rtol=1e-12)

    @pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
    @pytest.mark.parametrize("noise", [0.0, 1.0])
    @quiet
    def test_cost_never_rises_up_to_one_over_L(self, share, noise):
        """For ``alpha <= 1 / L`` the cost falls monotonically, to the last bit of a perfect fit."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60, 4)) + 1.0
        y = X @ [1.0, 2.0, 3.0, 4.0] + noise * rng.normal(size=60)
        alpha = share * GDLinearRegressor().fit(X, y).alpha_
        costs = GDLinearRegressor(alpha, max_iter=200, tol=None).fit(X, y).cost_history_
        assert np.all(np.diff(costs) <= 0.0)

    @pytest.mark.parametrize(("share", "converges"), [(0.99, True), (1.01, False)])
    def test_stability_limit(self, diabetes, share, converges):
        """Plain descent converges just below ``2 / L`` and diverges just above."""
        X, y = diabetes
        alpha = share * 2 * GDLinearRegressor().fit(X, y).alpha_
        model = GDLinearRegressor(alpha, max_iter=5000, tol=None)
        if converges:
            model.fit(X, y)
        else:
            with pytest.warns(ConvergenceWarning, match="diverged"):
                model.fit(X, y)

    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_limit_is_least_squares(self, diabetes, fit_intercept):
        """A long descent ends at scikit-learn's `LinearRegression`, attribute by attribute."""
        X, y = diabetes
        for targets in (y, y[:, np.newaxis], np.column_stack([y, 2 * y + 1])):
            exact = LinearRegression(fit_intercept=fit_intercept).fit(X, targets)
            model = GDLinearRegressor(
                optimizer="nesterov", max_iter=20_000, tol=1e-12, fit_intercept=fit_intercept
            ).fit(X, targets)
            # 1e-9: moves of 1e-12 add up over the 1 / (alpha mu) = 500 iterations of the flattest direction.
            assert_allclose(model.coef_, exact.coef_, rtol=1e-8, atol=1e-9)
            assert_allclose(model.intercept_, exact.intercept_, rtol=1e-9)
            assert model.coef_.shape == exact.coef_.shape
            assert np.shape(model.intercept_) == np.shape(exact.intercept_)
            assert type(model.intercept_) is type(exact.intercept_)
            assert model.predict(X).shape == targets.shape

    @quiet
    def test_a_minimum_stays(self, diabetes):
        """A start at the minimum ends there, after one iteration that moves nothing."""
        X, y = diabetes
        exact = LinearRegression().fit(X, y)
        for optimizer in OPTIMIZERS:
            init = np.concatenate([[exact.intercept_], exact.coef_])
            model = GDLinearRegressor(optimizer=optimizer, init=init).fit(X, y)
            assert model.n_iter_ == 1
            # The stop rule allows a move of 1e-4.
            assert_allclose(theta_of(model), init, atol=1e-4)

    def test_order_and_multiplicity_of_rows_do_not_matter(self, diabetes):
        """Permuting the rows changes nothing; neither does having all of them twice."""
        X, y = diabetes
        model = GDLinearRegressor().fit(X, y)
        order = np.random.default_rng(0).permutation(len(X))
        assert_same_fit(model, GDLinearRegressor().fit(X[order], y[order]))
        assert_same_fit(model, GDLinearRegressor().fit(np.vstack([X, X]), np.concatenate([y, y])))

    def test_weights_are_repetitions(self, diabetes):
        """Integer weights equal repeated rows; zero weights equal removed rows; a common factor changes nothing."""
        X, y = diabetes
        w = np.random.default_rng(1).integers(0, 4, len(X))
        weighted = GDLinearRegressor().fit(X, y, sample_weight=w)
        assert_same_fit(weighted, GDLinearRegressor().fit(np.repeat(X, w, axis=0), np.repeat(y, w)))
        assert_same_fit(weighted, GDLinearRegressor().fit(X, y, sample_weight=w / 7))
        kept = w > 0
        assert_same_fit(weighted, GDLinearRegressor().fit(X[kept], y[kept], sample_weight=w[kept]))

    def test_cost_history_begins_and_ends_where_it_says(self, diabetes):
        """Its first entry is the cost of the initial guess, its last that of `coef_`."""
        X, y = diabetes
        model = GDLinearRegressor().fit(X, y)
        assert_allclose(model.cost_history_[0], np.mean(y**2) / 2, rtol=1e-12)
        assert_allclose(model.cost_history_[-1], np.mean((model.predict(X) - y) ** 2) / 2, rtol=1e-12)


@quiet
class TestDivergence:
    """Too large an alpha yields the best iterate and a warning: no NaN, no error."""

    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("alpha", [0.6, 1e3, 1e100, 1e300])
    def test_everything_is_finite(self, diabetes, optimizer, alpha):
        """Whatever the rate, the fit is no worse than its start."""
        X, y = diabetes
        model = GDLinearRegressor(alpha, optimizer=optimizer, max_iter=200).fit(X, y)
        assert np.all(np.isfinite(theta_of(model)))
        assert not np.any(np.isnan(model.cost_history_))
        cost = np.mean((model.predict(X) - y) ** 2) / 2
        assert cost <= model.cost_history_[0] * (1 + 1e-12)

    def test_best_iterate(self, diabetes):
        """`coef_` is the iterate of the lowest cost, and the history goes on to the end."""
        X, y = diabetes
        model = GDLinearRegressor(0.6).fit(X, y)
        assert model.cost_history_[-1] > 1e10 * model.cost_history_[0] >= model.cost_history_[-2]
        assert_allclose(np.mean((model.predict(X) - y) ** 2) / 2, model.cost_history_.min(), rtol=1e-12)
        assert model.n_iter_ == len(model.cost_history_) - 1


class TestPlugins:
    """Names, instances and plain functions do equally well."""

    @pytest.mark.parametrize(("parameter", "known"), [("optimizer", OPTIMIZERS), ("scheduler", SCHEDULERS)])
    @quiet
    def test_name_instance_and_function_agree(self, diabetes, parameter, known):
        """The three ways to give a plug-in take the same steps."""
        X, y = diabetes
        for name, plugin in known.items():
            fits = [
                GDLinearRegressor(0.01, max_iter=50, **{parameter: way}).fit(X, y)
                for way in (name, plugin(), plugin().__call__)
            ]
            assert_array_equal(fits[0].cost_history_, fits[1].cost_history_)
            # A function is followed by the loop, the built-in gradient descent in closed form: equal to rounding.
            assert_allclose(fits[0].cost_history_, fits[2].cost_history_, rtol=1e-13)

    def test_own_optimizer_is_two_lines(self, diabetes, textbook):
        """The heavy ball of the documentation is `Momentum` with another beta."""

        def heavy_ball(theta, gradient, alpha, v=0.0):
            v = 0.8 * v + gradient
            return theta - alpha * v, v

        X, y = diabetes
        own = GDLinearRegressor(optimizer=heavy_ball).fit(X, y)
        assert_same_fit(own, GDLinearRegressor(optimizer=optimizers.Momentum(beta=0.8)).fit(X, y))

    def test_grid_search_reaches_into_plugins(self, diabetes):
        """`alpha`, a list of schedulers, and the parameters of both plug-ins can be searched."""
        X, y = diabetes
        model = make_pipeline(
            StandardScaler(),
            GDLinearRegressor(optimizer=optimizers.Momentum(), scheduler=schedulers.Cosine()),
        )
        for grid in (
            {"gdlinearregressor__alpha": [0.05, 0.2, "auto"]},
            {"gdlinearregressor__scheduler": ["constant", "linear", schedulers.Cosine(end=0.1)]},
            {"gdlinearregressor__scheduler__end": [0.0, 0.5], "gdlinearregressor__optimizer__beta": [0.5, 0.9]},
        ):
            search = GridSearchCV(model, grid, cv=3, error_score="raise").fit(X, y)
            assert search.best_score_ > 0.4
            assert set(search.best_params_) == set(grid)

    def test_clone_and_pickle(self, diabetes):
        """A clone has the parameters and not the fit; a pickle has both."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer=optimizers.Adam(beta1=0.8), scheduler=schedulers.Warmup("cosine"))
        model.fit(X, y)
        assert clone(model).get_params() == model.get_params()
        assert not hasattr(clone(model), "coef_")
        assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))

    def test_display(self, diabetes):
        """The estimator prints as it is made, and its HTML representation shows the plug-ins."""
        model = GDLinearRegressor(0.1, optimizer=optimizers.Momentum(beta=0.8))
        assert repr(model) == "GDLinearRegressor(alpha=0.1, optimizer=Momentum(beta=0.8))"
        assert "GDLinearRegressor" in estimator_html_repr(model.fit(*diabetes))


class TestInput:
    """What users have, they can fit; it is never modified."""

    @pytest.fixture
    def table(self):
        """Return small integers, exact in every dtype, and their targets."""
        rng = np.random.default_rng(0)
        X = rng.integers(0, 5, (60, 3)).astype(float)
        return X, X @ [1.0, -2.0, 0.5] + 3.0 + rng.normal(size=60)

    @pytest.mark.parametrize(
        "store",
        [
            np.ndarray.tolist,
            np.asfortranarray,
            lambda X: X.astype(int),
            lambda X: X.astype(np.uint8),
            lambda X: X.astype(object),
            lambda X: np.column_stack([X, X])[:, :3],
            sp.csr_array,
            sp.csc_array,
            sp.coo_array,
            sp.csr_matrix,
            sp.csc_matrix,
            lambda X: sp.csr_array(X.astype(int)),
            lambda X: pd.DataFrame(X, columns=list("abc")),
            lambda X: pd.DataFrame(X.astype(int), columns=list("abc")),
            lambda X: pl.DataFrame(X, schema=list("abc")),
        ],
    )
    def test_containers(self, table, store):
        """However the features are stored, the fit is the same."""
        X, y = table
        stored = store(X)
        model = GDLinearRegressor().fit(stored, y)
        expected = GDLinearRegressor().fit(X, y)
        assert_same_fit(model, expected)
        assert_allclose(model.predict(stored), expected.predict(X), rtol=1e-10, atol=1e-10)
        assert model.coef_.dtype == np.float64
        reference = LinearRegression().fit(stored, y)
        assert_array_equal(getattr(model, "feature_names_in_", []), getattr(reference, "feature_names_in_", []))

    def test_float32_is_kept(self, table):
        """The coefficients and predictions of float32 data are float32; the descent is not."""
        X, y = table
        model = GDLinearRegressor().fit(X.astype(np.float32), y)
        expected = GDLinearRegressor().fit(X, y)
        assert model.coef_.dtype == model.intercept_.dtype == model.predict(X.astype(np.float32)).dtype == np.float32
        # The products are rounded to float32, 6e-8; the condition number of the table is below 10.
        assert_allclose(model.cost_history_, expected.cost_history_, rtol=1e-5)
        assert_allclose(model.coef_, expected.coef_, rtol=1e-5)

    def test_memory_map(self, table, tmp_path):
        """A file that is mapped read-only is fitted as it lies there."""
        X, y = table
        np.save(tmp_path / "X.npy", X)
        mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
        assert_same_fit(GDLinearRegressor().fit(mapped, y), GDLinearRegressor().fit(X, y))

    def test_input_is_left_alone(self, table):
        """Read-only data do, and writable data stay as they are."""
        X, y = table
        w, init = np.linspace(0, 1, 60), np.ones(4)
        before = [array.copy() for array in (X, y, w, init)]
        GDLinearRegressor(init=init).fit(X, y, sample_weight=w)
        for array, copy in zip((X, y, w, init), before, strict=True):
            assert_array_equal(array, copy)
            array.flags.writeable = False
        GDLinearRegressor(init=init).fit(X, y, sample_weight=w).predict(X)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1), (3, 7)])
    @quiet
    def test_small_and_wide(self, shape):
        """One row, one column, or fewer rows than columns."""
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=shape), rng.normal(size=shape[0])
        model = GDLinearRegressor(optimizer="nesterov", max_iter=20_000, tol=1e-10).fit(X, y)
        assert_allclose(model.predict(X), LinearRegression().fit(X, y).predict(X), atol=1e-6)


class TestInit:
    """Where the descent begins."""

    def test_array(self, diabetes):
        """An array of the shape of theta, the intercept first."""
        X, y = diabetes
        init = np.arange(11.0)
        model = GDLinearRegressor(init=init).fit(X, y)
        assert_allclose(model.cost_history_[0], np.mean((X @ init[1:] + init[0] - y) ** 2) / 2, rtol=1e-12)

    def test_random(self, diabetes):
        """A normal draw that `random_state` repeats."""
        X, y = diabetes
        first, second, other = (
            GDLinearRegressor(init="random", random_state=seed).fit(X, y).cost_history_[0] for seed in (0, 0, 1)
        )
        init = np.random.RandomState(0).standard_normal(11)
        assert first == second != other
        assert_allclose(first, np.mean((X @ init[1:] + init[0] - y) ** 2) / 2, rtol=1e-12)

    @quiet
    def test_a_cold_start_forgets(self, diabetes):
        """Without `warm_start` a second fit equals the first."""
        X, y = diabetes
        model = GDLinearRegressor(max_iter=20).fit(X, y)
        first = model.cost_history_
        assert_array_equal(model.fit(X, y).cost_history_, first)


class TestInterruption:
    """A fit that does not come to its end leaves nothing behind."""

    @staticmethod
    def interrupting(error):
        """Return a scheduler that raises in the middle of the descent."""

        def scheduler(t, max_iter):
            if t == 5:
                raise error
            return 1.0

        return scheduler

    @pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ZeroDivisionError])
    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_a_new_estimator_stays_unfitted(self, diabetes, error, method):
        """It has no attribute of a fit, not even the number of features, and can be fitted later."""
        X, y = diabetes
        model = GDLinearRegressor(scheduler=self.interrupting(error))
        before = vars(model).copy()
        with pytest.raises(error):
            getattr(model, method)(pd.DataFrame(X, columns=list("abcdefghij")), y)
        assert vars(model) == before
        with pytest.raises(NotFittedError):
            model.predict(X)
        model.set_params(scheduler="constant").fit(X[:, :3], y)

    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_a_fitted_estimator_stays_as_it_was(self, diabetes, method):
        """The old fit is whole: names, coefficients, diagnosis, and the moments of a further `partial_fit`."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer="momentum").fit(pd.DataFrame(X, columns=list("abcdefghij")), y)
        before = vars(model).copy()
        model.set_params(scheduler=self.interrupting(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            getattr(model, method)(pd.DataFrame(2 * X, columns=list("abcdefghij")), y)
        model.set_params(scheduler="constant")
        assert vars(model) == before

    def test_bad_data_too(self, diabetes):
        """An error in the data of a further fit does not harm the first."""
        X, y = diabetes
        model = GDLinearRegressor(optimizer="momentum").fit(X, y)
        with pytest.raises(ValueError, match="NaN"):
            model.fit(np.full((3, 2), np.nan), np.zeros(3))
        assert model.n_features_in_ == 10
        model.predict(X)


def test_verbose(diabetes, capsys):
    """It prints the cost at round numbers of iterations and at the end, or at each; and nothing by default."""
    X, y = diabetes
    options = {"optimizer": "momentum", "max_iter": 23, "tol": None}
    with pytest.warns(ConvergenceWarning):
        GDLinearRegressor(**options).fit(X, y)
    assert capsys.readouterr().out == ""
    with pytest.warns(ConvergenceWarning):
        model = GDLinearRegressor(verbose=1, **options).fit(X, y)
    expected = [f"iteration {t}: cost = {model.cost_history_[t]:.6g}" for t in (0, 1, 2, 5, 10, 20, 23)]
    assert capsys.readouterr().out.splitlines() == expected
    with pytest.warns(ConvergenceWarning):
        GDLinearRegressor(verbose=2, **options).fit(X, y)
    assert len(capsys.readouterr().out.splitlines()) == 24


class TestBadInput:
    """Every wrong value is refused in `fit`, named, and told what is allowed."""

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"alpha": 0.0}, r"'alpha' parameter of GDLinearRegressor must be .*\(0.0, inf\)"),
            ({"alpha": -0.1}, "'alpha' parameter"),
            ({"alpha": np.nan}, "'alpha' parameter"),
            ({"alpha": np.inf}, "'alpha' parameter"),
            ({"alpha": "automatic"}, "'alpha' parameter.*'auto'"),
            ({"alpha": None}, "'alpha' parameter"),
            ({"optimizer": "adma"}, "'optimizer' parameter(?=.*'adam')(?=.*'rprop')"),
            ({"optimizer": None}, "'optimizer' parameter"),
            ({"scheduler": "cosin"}, "'scheduler' parameter(?=.*'cosine')(?=.*'warmup')"),
            ({"scheduler": 0.9}, "'scheduler' parameter"),
            ({"max_iter": 0}, "'max_iter' parameter"),
            ({"max_iter": 10.0}, "'max_iter' parameter"),
            ({"tol": -1e-4}, "'tol' parameter"),
            ({"tol": "none"}, "'tol' parameter"),
            ({"fit_intercept": "yes"}, "'fit_intercept' parameter"),
            ({"l2": -1.0}, "'l2' parameter"),
            ({"l2": np.inf}, "'l2' parameter"),
            ({"early_stopping": 1.5}, "'early_stopping' parameter"),
            ({"validation_fraction": 1.0}, "'validation_fraction' parameter"),
            ({"n_iter_no_change": 0}, "'n_iter_no_change' parameter"),
            ({"init": "ones"}, "'init' parameter.*'random'"),
            ({"init": 1.0}, "'init' parameter"),
            ({"warm_start": 2}, "'warm_start' parameter"),
            ({"random_state": -1}, "'random_state' parameter"),
            ({"verbose": -1}, "'verbose' parameter"),
            ({"optimizer": optimizers.Momentum(beta=1.0)}, r"'beta' parameter of Momentum must be .*\[0.0, 1.0\)"),
            ({"optimizer": optimizers.Adam(beta2="0.9")}, "'beta2' parameter of Adam"),
            ({"optimizer": optimizers.Rprop(eta_plus=0.9)}, "'eta_plus' parameter of Rprop"),
            ({"scheduler": schedulers.Linear(end=-1)}, "'end' parameter of Linear"),
            ({"scheduler": schedulers.Step(step_size=2.5)}, "'step_size' parameter of Step"),
            ({"scheduler": schedulers.Warmup("cosin")}, "'scheduler' parameter of Warmup.*'cosine'"),
            ({"scheduler": schedulers.Warmup(schedulers.Exponential(2))}, "'gamma' parameter of Exponential"),
        ],
        ids=str,
    )
    def test_parameters(self, parameters, message):
        """Constructors store; `fit` refuses."""
        model = GDLinearRegressor(**parameters)
        with pytest.raises(ValueError, match=f"(?s){message}"):
            model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])

    @pytest.mark.parametrize(
        ("X", "y", "message"),
        [
            ([[np.nan], [1.0]], [0.0, 1.0], "X contains NaN"),
            ([[np.inf], [1.0]], [0.0, 1.0], "X contains infinity"),
            ([[0.0], [1.0]], [np.nan, 1.0], "y contains NaN"),
            ([[0.0], [1.0]], [0.0, 1.0, 2.0], "inconsistent numbers of samples"),
            (np.empty((0, 2)), [], "0 sample"),
            (np.empty((2, 0)), [0.0, 1.0], r"0 feature\(s\)"),
            ([0.0, 1.0], [0.0, 1.0], "Expected 2D array"),
            ([[1j], [1.0]], [0.0, 1.0], "Complex data not supported"),
            ([[1e200], [-1e200]], [0.0, 1.0], "squares of X or y overflow float64"),
            ([[1.0], [-1.0]], [1e200, 0.0], "squares of X or y overflow float64"),
        ],
        ids=str,
    )
    def test_data(self, X, y, message):
        """scikit-learn's own errors; and data whose squares overflow."""
        with pytest.raises(ValueError, match=message):
            GDLinearRegressor().fit(X, y)

    @pytest.mark.parametrize("precompute", [True, False])
    def test_missing_values(self, precompute):
        """scikit-learn's sentence about them names the estimator, also where they are found while rows are read."""
        X = np.ones((9, 2))
        X[4, 1] = np.nan
        for model in (GDLinearRegressor(precompute=precompute), GDLinearRegressorCV(cv=3, precompute=precompute)):
            with pytest.raises(ValueError, match=f"{type(model).__name__} does not accept missing values"):
                model.fit(X, np.arange(9.0))

    def test_sparse_targets(self):
        """Targets must be dense."""
        with pytest.raises(TypeError, match="y is sparse"):
            GDLinearRegressor().fit(np.eye(3), sp.csr_array(np.eye(3)))

    @pytest.mark.parametrize(
        ("weights", "message"),
        [([0.0, 0.0], "zero"), ([1.0, -1.0], "Negative values"), ([1.0, np.nan], "NaN"), ([1.0], "shape")],
    )
    def test_sample_weight(self, weights, message):
        """Weights are finite, not negative, one for each row, and not all zero."""
        with pytest.raises(ValueError, match=message):
            GDLinearRegressor().fit([[0.0], [1.0]], [0.0, 1.0], sample_weight=weights)

    @pytest.mark.parametrize(
        ("init", "message"),
        [
            ([1.0], r"init has shape \(1,\), but for these data theta has shape \(2,\)"),
            ([[1.0], [2.0]], r"init has shape \(2, 1\)"),
            ([np.nan, 1.0], "NaN"),
        ],
        ids=str,
    )
    def test_init(self, init, message):
        """An array must have the shape of theta."""
        with pytest.raises(ValueError, match=message):
            GDLinearRegressor(init=init).fit([[0.0], [1.0]], [0.0, 1.0])

    def test_warm_start_on_other_data(self, diabetes):
        """Going on needs as many features and targets as before."""
        X, y = diabetes
        model = GDLinearRegressor(warm_start=True).fit(X, y)
        with pytest.raises(
            ValueError, match=r"from a theta of shape \(11,\), but for these data theta has shape \(6,\)"
        ):
            model.fit(X[:, :5], y)

    @pytest.mark.parametrize("parameter", [{"optimizer": optimizers.Adam}, {"scheduler": schedulers.Linear}], ids=str)
    def test_a_class_is_not_an_instance(self, parameter):
        """Forgetting the parentheses is told as such."""
        with pytest.raises(
            TypeError, match=r"(Adam|Linear) is a class; pass an instance of it, such as (Adam|Linear)\(\)"
        ):
            GDLinearRegressor(**parameter).fit([[0.0], [1.0]], [0.0, 1.0])

    def test_plugins_that_break_their_contract(self, diabetes):
        """They are named, with the iteration."""
        with pytest.raises(ValueError, match=r"scheduler .*<lambda>.* returned nan at iteration t=0"):
            GDLinearRegressor(scheduler=lambda t, max_iter: float("nan")).fit(*diabetes)
        with pytest.raises(ValueError, match=r"optimizer .*<lambda>.* returned an array of shape \(2,\)"):
            GDLinearRegressor(optimizer=lambda theta, gradient, alpha: theta[:2]).fit(*diabetes)
