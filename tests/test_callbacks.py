"""scikit-learn's callbacks: what they see, when, and that they end a fit where they say."""

import contextlib
from functools import partial

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from sklearn_gd import GDLinearRegressor, GDLinearRegressorCV, Moments
from sklearn_gd._callbacks import Tasks
from sklearn_gd._descent.report import Report

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9.0")
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="scikit-learn before 1.9 has no callbacks")


class Watcher:
    """Keeps what it is told, and ends the fit after so many tasks of a name."""

    def __init__(self, stop_after=np.inf, name="iteration"):
        self.stop_after, self.name = stop_after, name
        self.tasks, self.models, self.data, self.begun, self.n_torn_down = [], [], [], 0, 0

    def setup(self, estimator, context):
        """Do nothing."""

    def teardown(self, estimator, context):
        """Count."""
        self.n_torn_down += 1

    def on_fit_task_begin(self, estimator, context):
        """Count."""
        self.begun += 1

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        """Keep all, and ask for the end."""
        self.tasks.append(context.task_name)
        self.models.append(fitted_estimator)
        self.data.append((X, y, metadata))
        return self.tasks.count(self.name) >= self.stop_after


class Blind(Watcher):
    """Does not ask for the fitted estimator."""

    def on_fit_task_end(self, estimator, context):
        """Keep the name."""
        self.tasks.append(context.task_name)


def same(one, other, rtol=1e-12):
    """Assert that two fits are the same; to rounding, as a stretch in closed form may be cut elsewhere."""
    assert one.n_iter_ == other.n_iter_
    assert one.alpha_ == other.alpha_
    assert_allclose(one.coef_, other.coef_, rtol=rtol, atol=1e-12)
    assert_allclose(one.intercept_, other.intercept_, rtol=rtol)
    assert_allclose(one.cost_history_, other.cost_history_, rtol=rtol)


WAYS = {
    "closed form": {},
    "loop": {"optimizer": "momentum"},
    "scheduler": {"scheduler": "inverse_time"},
    "standardised": {"standardize": True},
    "row by row": {"precompute": False},
    "diverging": {"alpha": 0.7},
    "last step": {"l1": 1.0, "optimizer": "momentum"},
}


@needs_callbacks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
class TestFit:
    """A fit with callbacks."""

    @pytest.mark.parametrize("options", WAYS.values(), ids=list(WAYS))
    def test_sees_every_iterate_as_if_the_fit_ended_there(self, diabetes, options):
        """The model at task `k` is a fit of `k` iterations; the fit itself is that without a callback."""
        options = {"alpha": 0.1, "max_iter": 70, "tol": None} | options
        watcher = Watcher()
        model = GDLinearRegressor(**options).set_callbacks(watcher).fit(*diabetes)
        plain = GDLinearRegressor(**options).fit(*diabetes)
        same(model, plain)
        assert model.diagnosis_.status == plain.diagnosis_.status
        assert watcher.tasks == ["iteration"] * plain.n_iter_ + ["fit"]
        assert watcher.begun == plain.n_iter_ + 1
        assert watcher.n_torn_down == 1
        for n_iter in {1, 2, 3, 20, 40, 69, 70} & set(range(plain.n_iter_ + 1)):
            same(watcher.models[n_iter - 1], GDLinearRegressor(**(options | {"max_iter": n_iter})).fit(*diabetes))
        assert watcher.models[-2].diagnosis_.status == watcher.models[-1].diagnosis_.status == plain.diagnosis_.status

    @pytest.mark.parametrize("options", WAYS.values(), ids=list(WAYS))
    @pytest.mark.parametrize("stop_after", [1, 7, 40])
    def test_ends_the_fit(self, diabetes, options, stop_after):
        """A fit that is stopped is that of so many iterations; no later ones are begun."""
        options = {"alpha": 0.1, "max_iter": 70, "tol": None} | options
        watcher = Watcher(stop_after)
        model = GDLinearRegressor(**options).set_callbacks(watcher).fit(*diabetes)
        cut = GDLinearRegressor(**(options | {"max_iter": stop_after})).fit(*diabetes)
        same(model, cut)
        assert model.diagnosis_.status == {"max_iter": "stopped"}.get(cut.diagnosis_.status, "diverged")
        assert watcher.tasks == ["iteration"] * cut.n_iter_ + ["fit"]
        assert watcher.begun == cut.n_iter_ + 1

    def test_rates_of_a_stretched_schedule_stay(self, diabetes):
        """The fit that ends has the rates of the whole one: the schedule is not stretched anew."""
        options = {"alpha": 0.1, "max_iter": 70, "tol": None, "scheduler": "cosine"}
        model = GDLinearRegressor(**options).set_callbacks(Watcher(20)).fit(*diabetes)
        assert_allclose(model.cost_history_, GDLinearRegressor(**options).fit(*diabetes).cost_history_[:21], rtol=1e-12)

    def test_stopped_in_words(self, diabetes):
        """There is no warning: the end is what was asked for; the paragraph tells what is lacking."""
        model = GDLinearRegressor(0.1).set_callbacks(Watcher(3)).fit(*diabetes)
        assert not model.diagnosis_.warn
        assert model.diagnosis_.gap > 0.1
        assert str(model.diagnosis_).startswith(
            "A callback stopped the descent at iteration 3 with alpha=0.1, training R²"
        )

    def test_early_stopping(self, diabetes):
        """The model that is seen is that of the lowest validation cost so far."""
        watcher = Watcher()
        options = {"alpha": 0.3, "early_stopping": True, "random_state": 0, "max_iter": 60}
        GDLinearRegressor(**options).set_callbacks(watcher).fit(*diabetes)
        for n_iter in (2, 9):
            expected = GDLinearRegressor(**(options | {"max_iter": n_iter})).fit(*diabetes)
            same(watcher.models[n_iter - 1], expected)
            assert_array_equal(watcher.models[n_iter - 1].validation_cost_history_, expected.validation_cost_history_)

    def test_going_on(self, diabetes):
        """A fit that was stopped goes on, and tasks are counted anew."""
        watcher = Watcher(4)
        model = GDLinearRegressor(0.1, max_iter=6, warm_start=True, tol=None).set_callbacks(watcher).fit(*diabetes)
        assert model.n_iter_ == 4
        model.set_callbacks().fit(*diabetes)
        same(model, GDLinearRegressor(0.1, max_iter=10, tol=None).fit(*diabetes))

    def test_partial_fit_and_moments(self, diabetes):
        """They have callbacks as well."""
        watcher = Watcher(4)
        model = GDLinearRegressor(0.1).set_callbacks(watcher)
        assert model.partial_fit(*diabetes).n_iter_ == 4
        assert model.fit_moments(Moments.of(*diabetes)).n_iter_ == 1  # the watcher counts on
        assert watcher.data[-1] == (None, None, None)

    def test_data(self, diabetes):
        """Callbacks may have the data, and weights as metadata."""
        watcher, w = Watcher(2), np.ones(442)
        GDLinearRegressor(0.1).set_callbacks(watcher).fit(*diabetes, w)
        X, y, metadata = watcher.data[0]
        assert_array_equal(X, diabetes[0])
        assert_array_equal(y, diabetes[1])
        assert_array_equal(metadata["sample_weight"], w)

    def test_monitor_scores_what_predict_would(self, diabetes):
        """scikit-learn's monitor has the training R² of each iterate: 1 - J / J(mean of y)."""
        from sklearn.callback import ScoringMonitor

        monitor = ScoringMonitor(scoring="r2")
        model = GDLinearRegressor(0.1, max_iter=30).set_callbacks(monitor).fit(*diabetes)
        scores = [row["r2"] for row in monitor.get_logs().data if row["task_name"] == "iteration"]
        assert_allclose(scores, 1.0 - model.cost_history_[1:] / (np.var(diabetes[1]) / 2.0), rtol=1e-9)

    def test_many_iterations_are_few_tasks(self, diabetes):
        """Beyond a thousand iterations a task is a percent of them; the last one may be shorter."""
        watcher = Watcher(3)
        model = GDLinearRegressor(0.1, max_iter=2050, tol=None).set_callbacks(watcher).fit(*diabetes)
        assert model.n_iter_ == 63
        assert [seen.n_iter_ for seen in watcher.models] == [21, 42, 63, 63]
        blind = Blind()
        GDLinearRegressor(0.1, max_iter=2050, tol=None).set_callbacks(blind).fit(*diabetes)
        assert blind.tasks == ["iteration"] * 98 + ["fit"]

    def test_reading_is_a_task(self):
        """Large data are read in chunks, of which each is a task, before the iterations."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60_000, 20))
        blind = Blind()
        model = GDLinearRegressor().set_callbacks(blind).fit(X, X[:, 0])
        n_chunks = blind.tasks.count("chunk")
        assert n_chunks > 1
        assert blind.tasks == ["chunk"] * n_chunks + ["read"] + ["iteration"] * model.n_iter_ + ["fit"]

    def test_failure(self, diabetes):
        """A callback that raises ends the fit, is torn down, and leaves the estimator as it was."""

        class Failing(Watcher):
            def on_fit_task_end(self, estimator, context):
                raise OverflowError("no more")

        failing = Failing()
        model = GDLinearRegressor(0.1).fit(*diabetes)
        coef = model.coef_
        with pytest.raises(OverflowError, match="no more"):
            model.set_callbacks(failing).set_params(alpha=0.2).fit(*diabetes)
        assert failing.n_torn_down == 1
        assert model.coef_ is coef
        assert not [name for name in vars(model) if "callback" in name and name != "_skl_callbacks"]


@needs_callbacks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
class TestAround:
    """Callbacks where other estimators are around."""

    def test_pipeline(self, diabetes):
        """A callback on the step ends its fit."""
        watcher = Watcher(5)
        pipeline = make_pipeline(StandardScaler(), GDLinearRegressor(0.1).set_callbacks(watcher)).fit(*diabetes)
        assert pipeline[-1].n_iter_ == 5
        assert watcher.tasks == ["iteration"] * 5 + ["fit"]

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_grid_search(self, diabetes, n_jobs):
        """Every fit of a search is watched, in other processes too."""
        from sklearn.callback import ScoringMonitor

        monitor = ScoringMonitor(scoring="r2")
        model = GDLinearRegressor(max_iter=5, tol=None).set_callbacks(monitor)
        search = GridSearchCV(model, {"alpha": [0.1, 0.2]}, cv=3, n_jobs=n_jobs).fit(*diabetes)
        assert search.best_estimator_.n_iter_ == 5
        assert len(monitor.get_logs().data) == (2 * 3 + 1) * (5 + 1)

    def test_progress_bar(self, diabetes, capsys):
        """scikit-learn's bar goes to the end, for all that is below it."""
        pytest.importorskip("rich", reason="the progress bar needs rich")
        from sklearn.callback import ProgressBar

        make_pipeline(StandardScaler(), GDLinearRegressor(0.1)).set_callbacks(ProgressBar(2)).fit(*diabetes)
        GDLinearRegressorCV(3).set_callbacks(ProgressBar()).fit(*diabetes)
        assert capsys.readouterr().out.count("100%") >= 3

    def test_search(self, diabetes):
        """Each rate is a task, and what is seen is the search over the rates so far."""
        alphas, watcher = [0.01, 0.1, 0.3], Watcher(2, "alpha")
        search = GDLinearRegressorCV(alphas, l2=[0.0, 0.1]).set_callbacks(watcher).fit(*diabetes)
        assert watcher.tasks == ["alpha", "alpha", "fit"]
        assert search.scores_.shape == (2, 2, 5)
        for seen, n_alphas in zip(watcher.models, (1, 2, 2), strict=True):
            expected = GDLinearRegressorCV(alphas[:n_alphas], l2=[0.0, 0.1]).fit(*diabetes)
            # All rates are scored in one product of matrices, whose rounding depends on their number.
            assert_allclose(seen.scores_, expected.scores_, rtol=1e-12)
            assert_array_equal(seen.alphas_, expected.alphas_)
            assert (seen.alpha_, seen.l2_) == (expected.alpha_, expected.l2_)
            same(seen.best_estimator_, expected.best_estimator_)

    def test_many_rates_are_few_tasks(self, diabetes):
        """Beyond a thousand rates a task is a percent of them, as for iterations; the last one may be shorter."""
        X, y = diabetes[0][:20, :1], diabetes[1][:20]
        blind, watcher = Blind(), Watcher(2, "alpha")
        search = GDLinearRegressorCV(1005, cv=2, max_iter=1).set_callbacks(blind, watcher).fit(X, y)
        assert blind.tasks == ["alpha"] * 2 + ["fit"]
        assert len(search.alphas_) == 22
        GDLinearRegressorCV(1005, cv=2, max_iter=1).set_callbacks(blind).fit(X, y)
        assert blind.tasks[3:] == ["alpha"] * 92 + ["fit"]

    def test_search_reads_once(self):
        """The reading is a task of the search."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(60_000, 20))
        blind = Blind()
        GDLinearRegressorCV(3).set_callbacks(blind).fit(X, X[:, 0])
        n_chunks = blind.tasks.count("chunk")
        assert blind.tasks == ["chunk"] * n_chunks + ["read"] + ["alpha"] * 3 + ["fit"]

    @pytest.mark.parametrize("estimator", [GDLinearRegressor(), GDLinearRegressorCV(3)], ids=["fit", "search"])
    def test_dask(self, diabetes, estimator):
        """Each block of a Dask collection is a task, also on a cluster; the numbers are those without a callback."""
        import dask.array as da
        import distributed

        X, y = (da.from_array(part, chunks=(100, *part.shape[1:])) for part in diabetes)
        plain = clone(estimator).fit(X, y)
        for where in (contextlib.nullcontext, partial(distributed.Client, processes=False, dashboard_address=":0")):
            blind = Blind()
            with where():
                assert_array_equal(clone(estimator).set_callbacks(blind).fit(X, y).coef_, plain.coef_)
            assert blind.tasks[:6] == ["chunk"] * 5 + ["read"]


def test_no_callbacks_no_tasks(monkeypatch, diabetes):
    """Without callbacks nothing of them is made, and no report."""
    monkeypatch.setattr(Tasks, "__init__", None)
    monkeypatch.setattr(Report, "__call__", None)
    GDLinearRegressor().fit(*diabetes)
    GDLinearRegressorCV(2).fit(*diabetes)


@pytest.mark.skipif(HAS_CALLBACKS, reason="scikit-learn has callbacks from 1.9 on")
def test_older_scikit_learn():
    """Where there are no callbacks, it is said which version has them."""
    for estimator in (GDLinearRegressor(), GDLinearRegressorCV()):
        with pytest.raises(NotImplementedError, match=r"need scikit-learn 1\.9 or newer; this is 1\."):
            estimator.set_callbacks()
