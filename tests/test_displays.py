"""The pictures: what is drawn are the numbers, in the same colour for the same rate, and bad input is told so."""

import inspect
import math
import re
import warnings
from typing import ClassVar

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import rosen
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import (
    GDLinearRegressor,
    GDLinearRegressorCV,
    Moments,
    alpha_limits,
    descent_path,
    displays,
    gradient_descent,
)
from sklearn_gd._displays.colours import OTHERS
from sklearn_gd.displays import (
    AlphaDisplay,
    CostCurveDisplay,
    DescentPathDisplay,
    FitDisplay,
    GradientDescentDisplay,
    PenaltyDisplay,
    SchedulerDisplay,
)
from sklearn_gd.schedulers import SCHEDULERS, Step

# On the diabetes data 2 / L is 0.497: too small, good, overshooting, diverging.
ALPHAS = [1e-3, 0.2, 0.45, 0.6]


@pytest.fixture(autouse=True)
def _no_figures_left(one_parser):
    """Every test begins and ends without a figure; a low resolution is enough."""
    plt.close("all")
    with plt.rc_context({"figure.dpi": 40, "savefig.dpi": 40}):
        yield
    plt.close("all")


@pytest.fixture
def line():
    """Return one feature and a target: ``1 + 2 x`` and a little noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 4.0, 30)
    return x[:, np.newaxis], 1.0 + 2.0 * x + 0.3 * rng.normal(size=30)


def fit(model, X, y):
    """Return a fit without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


def rendered(display):
    """Render the figure, which may warn or fail where drawing did not; return the display."""
    display.figure_.canvas.draw()
    return display


def cost_of(X, y, intercept, coef):
    """Return ``J`` as the textbooks write it."""
    return np.mean((intercept + X @ coef - y) ** 2) / 2.0


def names_in(ax):
    """Return the names in a legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


class TestCostCurve:
    """`CostCurveDisplay`."""

    def test_draws_the_costs(self, diabetes):
        """The line is `cost_history_`, of the last step of a pipeline too, and its name is the rate."""
        model = GDLinearRegressor(0.2, max_iter=50)
        for estimator in (fit(model, *diabetes), fit(make_pipeline(StandardScaler(), model), *diabetes)):
            display = rendered(CostCurveDisplay.from_estimator(estimator))
            assert_array_equal(display.line_.get_ydata(), model.cost_history_)
            assert_array_equal(display.line_.get_xdata(), np.arange(model.n_iter_ + 1))
            assert names_in(display.ax_) == [r"$\alpha = 0.2$"]
            assert display.validation_line_ is None

    def test_from_minimum(self, diabetes):
        """The distance to the exact minimum is drawn on a logarithmic axis."""
        X, y = diabetes
        model = fit(GDLinearRegressor(max_iter=20), X, y)
        exact = LinearRegression().fit(X, y)
        display = rendered(CostCurveDisplay.from_estimator(model, from_minimum=True))
        expected = model.cost_history_ - cost_of(X, y, exact.intercept_, exact.coef_)
        # The costs are near 1e3 to 1e4, and their difference has their rounding.
        assert_allclose(display.line_.get_ydata(), expected, atol=1e-10 * model.cost_history_[0])
        assert display.ax_.get_yscale() == "log"

    def test_validation(self, diabetes):
        """With early stopping there is the validation cost, dashed, and the iterate that is kept."""
        model = GDLinearRegressor(early_stopping=True, random_state=0).fit(*diabetes)
        display = rendered(CostCurveDisplay.from_estimator(model, name="fit"))
        assert_array_equal(display.validation_line_.get_ydata(), model.validation_cost_history_)
        assert names_in(display.ax_) == ["fit", "fit, validation"]
        kept = display.ax_.lines[-1].get_xydata()[0]
        assert_array_equal(kept, [np.argmin(V := model.validation_cost_history_), V.min()])

    def test_validation_of_a_warm_start(self, diabetes):
        """The validation cost belongs to the last descent: it stands at its iterations, behind those before."""
        model = GDLinearRegressor(0.2, max_iter=7, warm_start=True, tol=None, random_state=0)
        fit(fit(model, *diabetes).set_params(early_stopping=True, max_iter=20), *diabetes)
        display = rendered(CostCurveDisplay.from_estimator(model))
        V = model.validation_cost_history_
        assert len(V) == len(model.cost_history_) - 7
        assert_array_equal(display.validation_line_.get_xdata(), np.arange(7, 7 + len(V)))
        assert_array_equal(display.validation_line_.get_ydata(), V)
        assert_array_equal(display.ax_.lines[-1].get_xydata()[0], [7 + np.argmin(V), V.min()])

    def test_a_divergence_is_cut_off_above_the_highest_start(self):
        """Whichever curve comes first, all initial costs are seen; lines that are no cost count for nothing."""
        high, low = [5000.0, 400.0, 30.0, 20.0], [1.0, 1e3, 1e6, 1e9]
        tops = []
        for order in ([high, low], [low, high]):
            ax = plt.figure().add_subplot()
            ax.plot([0, 3], [1e12, 1e12])
            for costs in order:
                CostCurveDisplay(costs=np.array(costs), alpha_limit=2.0).plot(ax)
            tops.append(ax.get_ylim()[1])
        assert tops[0] == tops[1] == 100.0 * 5000.0
        alone = CostCurveDisplay(costs=np.array(low), alpha_limit=2.0).plot()
        assert alone.ax_.get_ylim()[1] == 100.0
        small = CostCurveDisplay(costs=np.array([1.0, 99.0])).plot()  # what has not left that frame is whole
        assert small.ax_.get_ylim()[1] < 120.0

    @pytest.mark.parametrize(("first", "last"), [(100.0, 90.0), (1.0, 1e-9)])
    def test_the_axis_of_time(self, first, last):
        """It is logarithmic where nine tenths of all that is gained are gained at once, however little that is."""
        t = np.arange(1000.0)
        for pace, scale in ((0.3, "symlog"), (0.003, "linear")):
            costs = last + (first - last) * np.exp(-pace * t)
            assert CostCurveDisplay(costs=costs).plot().ax_.get_xscale() == scale
        assert CostCurveDisplay(costs=costs[:200]).plot().ax_.get_xscale() == "linear"
        assert CostCurveDisplay(costs=costs[::-1]).plot().ax_.get_xscale() == "linear"

    def test_looks(self, diabetes):
        """A colour of one's own wins; fits by other optimizers have none of the colours of rates."""
        costs = np.array([3.0, 2.0, 1.5])
        line = CostCurveDisplay(costs=costs, alpha=1.0, alpha_limit=2.0).plot(line_kwargs={"color": "k", "label": "a"})
        assert (line.line_.get_color(), line.line_.get_label()) == ("k", "a")
        plain, adam = (
            CostCurveDisplay.from_estimator(fit(GDLinearRegressor(0.2, optimizer=name, max_iter=5), *diabetes))
            for name in ("gd", "adam")
        )
        assert plain.alpha_limit == pytest.approx(alpha_limits(*diabetes).alpha_limit)
        assert math.isnan(adam.alpha_limit)
        assert to_rgb(adam.line_.get_color()) == to_rgb(OTHERS[0])

    def test_no_validation_from_the_minimum(self, diabetes):
        """The distance to the minimum of the training cost is no place for a validation cost."""
        model = GDLinearRegressor(early_stopping=True, random_state=0).fit(*diabetes)
        display = CostCurveDisplay.from_estimator(model, from_minimum=True)
        assert display.validation_line_ is None
        assert len(display.ax_.lines) == 1
        assert "J^*" in display.ax_.get_ylabel()

    def test_log_where_it_helps(self, diabetes):
        """The axis of the cost is logarithmic where it spans a hundredfold, and a divergence is cut off above."""
        X, y = diabetes
        assert CostCurveDisplay.from_estimator(fit(GDLinearRegressor(), X, y)).ax_.get_yscale() == "linear"
        model = fit(GDLinearRegressor(0.6), X, y)
        display = rendered(CostCurveDisplay.from_estimator(model))
        assert display.ax_.get_yscale() == "log"
        assert display.ax_.get_ylim()[1] < model.cost_history_.max()
        display = CostCurveDisplay.from_estimator(GDLinearRegressor().fit(X, 0.0 * y))  # a cost of zero
        assert rendered(display).ax_.get_yscale() == "linear"

    def test_long_curves(self, diabetes):
        """Where nearly all happens in the first of many iterations, their axis is logarithmic; not if only some do."""
        scales = [
            CostCurveDisplay.from_estimator(fit(GDLinearRegressor(max_iter=n), *diabetes)).ax_.get_xscale()
            for n in (100, 1000)
        ]
        assert scales == ["linear", "symlog"]

    def test_overlays(self, diabetes):
        """Several fits share the axes, and no two look the same, even at the same rate."""
        ax, looks = None, set()
        options = [{}, {"scheduler": "cosine"}, {"optimizer": "momentum"}, {"optimizer": "adam"}]
        for option in options:
            display = CostCurveDisplay.from_estimator(fit(GDLinearRegressor(max_iter=20, **option), *diabetes), ax=ax)
            ax = display.ax_
            looks.add((str(display.line_.get_color()), display.line_.get_linestyle()))
        assert len(looks) == len(ax.lines) == len(names_in(ax)) == len(options)
        assert names_in(ax)[1:3] == [r"cosine, $\alpha = 0.248$", r"momentum, $\alpha = 0.248$"]

    @pytest.mark.parametrize("alphas", [(0.6, 0.002, 0.2), (0.2, 0.002, 0.6)], ids=str)
    def test_overlays_are_seen(self, diabetes, alphas):
        """Whatever comes first, all that does not diverge is inside the picture, however long it is."""
        ax, models = None, [fit(GDLinearRegressor(alpha, max_iter=n), *diabetes) for n, alpha in enumerate(alphas, 999)]
        for model in models:
            ax = rendered(CostCurveDisplay.from_estimator(model, ax=ax)).ax_
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        for model, alpha in zip(models, alphas, strict=True):
            assert left <= 0.0 < model.n_iter_ < right
            assert bottom < model.cost_history_.min()
            assert (model.cost_history_.max() < top) == (alpha < 0.5)

    def test_plot_again(self, diabetes):
        """A display can be drawn once more, with another look."""
        display = CostCurveDisplay.from_estimator(fit(GDLinearRegressor(max_iter=20), *diabetes))
        ax = plt.figure().add_subplot()
        assert display.plot(ax, line_kwargs={"linewidth": 7}) is display
        assert display.ax_ is ax
        assert display.line_.get_linewidth() == 7

    @pytest.mark.parametrize("targets", [1, 2])
    def test_other_fits(self, diabetes, targets):
        """Searches, several targets and fits row by row have a curve too, if not always a known minimum."""
        X, y = diabetes
        y = y if targets == 1 else np.column_stack([y, y**2])
        search = fit(GDLinearRegressorCV(alphas=3, max_iter=20), X, y)
        assert_array_equal(CostCurveDisplay.from_estimator(search).line_.get_ydata(), search.cost_history_)
        wide = np.random.default_rng(0).normal(size=(len(X), 80))
        model = fit(GDLinearRegressor(max_iter=5, precompute=False), wide, y)
        assert_array_equal(CostCurveDisplay.from_estimator(model).line_.get_ydata(), model.cost_history_)
        with pytest.raises(ValueError, match="precompute=True"):
            CostCurveDisplay.from_estimator(model, from_minimum=True)


class TestDescentPath:
    """`DescentPathDisplay`."""

    def test_one_feature(self, line):
        """The points are intercepts and slopes, the contour is the cost, and the minimum is least squares."""
        X, y = line
        display = rendered(DescentPathDisplay.from_data(X, y, alphas=[0.1, 0.2], max_iter=20))
        path = descent_path(X, y, [0.1, 0.2], max_iter=20)
        for i in range(2):
            points = np.column_stack([path.intercepts[i], path.coefs[i, :, 0]])
            assert_allclose(display.paths[i], points, rtol=1e-12, atol=1e-12)
            assert_array_equal(display.lines_[i].get_xydata(), display.paths[i])
        exact = LinearRegression().fit(X, y)
        assert_allclose(display.plane.centre, [exact.intercept_, exact.coef_[0]], rtol=1e-10)
        somewhere = np.array([[0.3, -1.0], [2.0, 5.0]])
        assert_allclose(display.plane.cost(somewhere), [cost_of(X, y, p[0], p[1:]) for p in somewhere], rtol=1e-10)
        assert display.ax_.get_xlabel() == r"intercept $\theta_0$"
        assert display.ax_.get_ylabel() == r"slope $\theta_{1}$"
        assert display.contour_ is not None
        assert display.surface_ is None

    def test_default_rates(self, line):
        """Without alphas there are four: too small, good, overshooting and diverging, the last one with an arrow."""
        display = rendered(DescentPathDisplay.from_data(*line))
        words = [name.rpartition(": ")[2] for name in names_in(display.ax_)]
        assert words == ["too small", "good", "overshooting", "diverging", "start", r"minimum $\theta^*$"]
        assert display.diverged == [False, False, False, True]
        assert [arrow is not None for arrow in display.arrows_] == display.diverged
        assert_allclose(display.alphas[1], 0.5 * alpha_limits(*line).alpha_limit)

    def test_frame(self, line):
        """All that converges is inside the frame; what diverges ends on its edge, on the way to its next iterate."""
        display = rendered(DescentPathDisplay.from_data(*line))
        low, high = np.array(display.frame_).T
        for path, drawn, diverged in zip(display.paths, display.lines_, display.diverged, strict=True):
            points = drawn.get_xydata()
            assert np.all((points >= low - 1e-9) & (points <= high + 1e-9))
            if diverged:
                tip, tail, onward = points[-1], path[len(points) - 2], path[len(points) - 1]
                assert np.isclose(tip, low).any() or np.isclose(tip, high).any()
                (a, b), (c, d) = tip - tail, onward - tail
                assert_allclose(a * d, b * c, rtol=1e-9)
            else:
                assert_array_equal(points, path)

    def test_eigendirections(self, diabetes):
        """For more features the axes are the steepest and the flattest direction, where descent is a power."""
        X, y = diabetes
        display = rendered(DescentPathDisplay.from_data(X, y, alphas=[0.3], max_iter=40, tol=None))
        limits = alpha_limits(X, y)
        L = 2.0 / limits.alpha_limit
        lam = np.array([L, L / limits.condition_number])
        start = display.paths[0][0]
        assert (start < 0.0).all()
        t = np.arange(41)[:, np.newaxis]
        # The conditioning is 470, and the digits are those of the moments.
        assert_allclose(display.paths[0], (1.0 - 0.3 * lam) ** t * start, rtol=1e-8, atol=1e-9)
        exact = LinearRegression().fit(X, y)
        J = cost_of(X, y, exact.intercept_, exact.coef_)
        assert_allclose(display.plane.cost(start), J + lam @ start**2 / 2.0, rtol=1e-10)
        assert "L = 4.02" in display.ax_.get_xlabel()

    @pytest.mark.parametrize("features", [("bmi", "s5"), (2, 8), (-8, "s5")], ids=str)
    def test_two_features(self, features):
        """By name or by number: the points are two coefficients, the bowl the exact slice through the minimum."""
        rng = np.random.default_rng(0)
        names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
        X = pd.DataFrame(rng.normal(size=(60, 10)) + 1.0, columns=names)
        y = X.to_numpy() @ np.arange(10.0) + rng.normal(size=60)
        display = rendered(DescentPathDisplay.from_data(X, y, alphas=[0.02], features=features, max_iter=10))
        path, exact = descent_path(X, y, [0.02], max_iter=10), LinearRegression().fit(X, y)
        assert_allclose(display.paths[0], path.coefs[0][:, [2, 8]], rtol=1e-10)
        coef = exact.coef_.copy()
        coef[[2, 8]] = 3.0, -4.0
        expected = cost_of(X.to_numpy(), y, exact.intercept_, coef)
        assert_allclose(display.plane.cost(np.array([3.0, -4.0])), expected, rtol=1e-10)
        assert display.ax_.get_xlabel() == r"coefficient $\theta_{3}$ of bmi"

    @pytest.mark.parametrize("options", [{"standardize": True}, {"fit_intercept": False}, {"l2": 0.5}], ids=str)
    def test_options(self, diabetes, options):
        """In the coordinates of the descent, whatever they are, the costs of the points along two parameters hold."""
        X, y = diabetes[0][:, :2] * [1.0, 3.0], diabetes[1]
        display = DescentPathDisplay.from_data(X, y, alphas=[0.01], features=(0, 1), max_iter=5, **options)
        assert len(display.paths[0]) == 6
        path = descent_path(X, y, [0.01], max_iter=5, **options)
        scale = X.std(axis=0) if "standardize" in options else 1.0
        assert_allclose(display.paths[0], path.coefs[0] * scale, rtol=1e-10)

    def test_surface(self, line):
        """A surface has the paths at their height, and a third label."""
        display = rendered(DescentPathDisplay.from_data(*line, kind="surface"))
        assert display.contour_ is None
        assert display.surface_ is not None
        x, y, J = display.lines_[1].get_data_3d()
        assert_allclose(J, display.plane.cost(np.column_stack([x, y])))
        assert display.ax_.get_zlabel() == r"cost $J(\theta)$"

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"optimizer": "adam", "scheduler": "cosine"},
            {"init": "random"},
            {"early_stopping": True, "random_state": 0},
            {"standardize": True, "l2": 0.1},
            {"alpha": 0.6},
        ],
        ids=str,
    )
    def test_from_estimator(self, diabetes, options):
        """The path of a fit is what it did: from its start, at its rates, on its rows, to its end."""
        model = fit(GDLinearRegressor(max_iter=50, **options), *diabetes)
        before = set(vars(model.diagnosis_._problem))
        display = rendered(DescentPathDisplay.from_estimator(model, features=(2, 3)))
        assert len(display.paths[0]) == len(model.cost_history_)
        costs = [model.diagnosis_._run.last, model.diagnosis_._run.start.theta]
        expected = np.array(costs)[:, [3, 4]]
        atol = 1e-9 * np.abs(display.paths[0]).max()
        assert_allclose(display.paths[0][[-1, 0]], expected, rtol=1e-9, atol=atol)
        assert set(vars(model.diagnosis_._problem)) == before  # what a picture computes is not kept

    def test_from_estimator_once_more(self, diabetes):
        """A scheduler that counts is not asked again, and a warm start goes on where it was."""
        calls = []

        def scheduler(t, max_iter):
            calls.append(t)
            return 0.9 ** len(calls)

        model = fit(GDLinearRegressor(scheduler=scheduler, max_iter=20, warm_start=True), *diabetes)
        fit(model, *diabetes)
        n_calls = len(calls)
        display = DescentPathDisplay.from_estimator(make_pipeline(model), features=(2, 3), name="warm")
        assert len(calls) == n_calls
        assert_allclose(display.paths[0][-1], model.coef_[[2, 3]], rtol=1e-9)
        assert len(display.paths[0]) == 21
        assert names_in(display.ax_)[0] == "warm"

    def test_long_descents(self, diabetes):
        """Of a long descent some iterates are drawn, the first and the last among them."""
        model = fit(GDLinearRegressor(max_iter=30_001, tol=None), *diabetes)
        display = DescentPathDisplay.from_estimator(model, features=(2, 3))
        assert len(display.paths[0]) < 3000
        assert_allclose(display.paths[0][-1], model.coef_[[2, 3]], rtol=1e-9)

    def test_overlays(self, diabetes):
        """Two paths share one bowl, whose frame has both, and one start in the legend."""
        models = [fit(GDLinearRegressor(optimizer=o, max_iter=50), *diabetes) for o in ("gd", "momentum")]
        first = DescentPathDisplay.from_estimator(models[0])
        second = rendered(DescentPathDisplay.from_estimator(models[1], ax=first.ax_))
        assert first.contour_ not in second.ax_.get_children()
        assert second.contour_ in second.ax_.get_children()
        (a, b), (c, d) = second.frame_
        for path in (*first.paths, *second.paths):
            assert np.all((path >= [a, c]) & (path <= [b, d]))
        assert names_in(second.ax_).count("start") == 1

    def test_a_frame_around_both(self, line):
        """Whichever path comes first, that of one start or of another far from it, both are inside."""
        starts = [[-30.0, 2.0], [40.0, 10.0]]
        for order in (starts, starts[::-1]):
            ax, paths = None, []
            for init in order:
                model = fit(GDLinearRegressor(init=init, max_iter=20), *line)
                display = DescentPathDisplay.from_estimator(model, ax=ax)
                ax, paths = display.ax_, [*paths, *display.paths]
            low, high = np.array(display.frame_).T
            assert all(np.all((path > low) & (path < high)) for path in paths)
            assert (ax.get_xlim(), ax.get_ylim()) == display.frame_

    def test_points_are_iterates(self, line):
        """Where a path that diverges leaves the frame there is an arrow, and no point of an iterate."""
        display = DescentPathDisplay.from_data(*line)
        for path, drawn, diverged in zip(display.paths, display.lines_, display.diverged, strict=True):
            places = drawn.get_markevery()
            assert_allclose(drawn.get_xydata()[places], path[places])
            assert not (diverged and len(drawn.get_xdata()) - 1 in places)
        assert max(len(drawn.get_markevery()) for drawn in display.lines_) > 3

    def test_levels_begin_at_the_minimum(self, line):
        """All levels of the contour are costs that are in the picture, from the smallest to the largest."""
        display = DescentPathDisplay.from_data(*line, alphas=[0.1])
        corners = display.plane.cost(np.array([[x, y] for x in display.frame_[0] for y in display.frame_[1]]))
        exact = LinearRegression().fit(*line)
        lowest = cost_of(*line, exact.intercept_, exact.coef_)
        assert lowest <= display.contour_.levels[0] < lowest + 0.01 * corners.max()
        assert display.contour_.levels[-1] == pytest.approx(corners.max())

    def test_iterations_by_the_condition_number(self):
        """By default a path has twice the condition number of them, which bring it along the flattest direction."""
        for ratio, n_iter in ((100.0, 200), (5.0, 30), (1e4, 1000)):
            X = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * [np.sqrt(ratio), 1.0]
            display = DescentPathDisplay.from_data(X, X[:, 0], fit_intercept=False, tol=None, alphas=[0.1 / ratio])
            assert len(display.paths[0]) in (n_iter, n_iter + 1)  # twice 100 may be 199.99

    def test_shorter_paths_are_on_top(self, line):
        """The smaller a rate, the shorter its path, and the nearer to the eye, in whichever order they come."""
        for alphas in ([0.01, 0.2, 0.1], [0.2, 0.1, 0.01]):
            display = DescentPathDisplay.from_data(*line, alphas=alphas, max_iter=5)
            heights = dict(zip(alphas, (drawn.get_zorder() for drawn in display.lines_), strict=True))
            assert heights[0.01] > heights[0.1] > heights[0.2]

    def test_from_estimator_by_another_optimizer(self, diabetes):
        """Its rate has no limit of plain descent's, and none of its colours."""
        model = fit(GDLinearRegressor(0.1, optimizer="adam", max_iter=5), *diabetes)
        display = DescentPathDisplay.from_estimator(model, features=(2, 3))
        assert math.isnan(display.alpha_limit)
        assert to_rgb(display.lines_[0].get_color()) == to_rgb(OTHERS[0])

    def test_the_last_iterate_is_drawn(self, diabetes, line):
        """Also where only every third one is kept and the last is between them, far from the minimum."""
        model = fit(GDLinearRegressor(1e-6, max_iter=4003, tol=None), *diabetes)
        display = DescentPathDisplay.from_estimator(model, features=(2, 3))
        assert_allclose(display.paths[0][-1], model.coef_[[2, 3]], rtol=1e-9)
        film = FitDisplay.from_data(*line, alpha=1e-6, max_iter=4003, tol=None)
        assert film.iterations[-1] == film.numbers[-1] == 4003
        assert_allclose(film.slopes[-1], descent_path(*line, [1e-6], max_iter=4003, tol=None).coefs[0, -1, 0])

    def test_a_fit_that_has_ended_is_not_gone_on_with(self, diabetes):
        """The path of a fit that its rule ended has as many iterates as the fit."""
        model = fit(GDLinearRegressor(0.2, tol=0.5), *diabetes)
        assert 1 < model.n_iter_ < 1000
        assert len(DescentPathDisplay.from_estimator(model, features=(2, 3)).paths[0]) == model.n_iter_ + 1

    def test_of_data_with_an_optimizer_and_a_random_start(self, diabetes):
        """Other optimizers have no limit; the random start is that of a fit with the same seed."""
        options = {"optimizer": "adam", "init": "random", "random_state": 7, "max_iter": 4}
        display = DescentPathDisplay.from_data(*diabetes, alphas=[0.1], features=(2, 3), **options)
        assert math.isnan(display.alpha_limit)
        assert_allclose(display.paths[0][-1], fit(GDLinearRegressor(0.1, **options), *diabetes).coef_[[2, 3]])

    def test_moments(self, diabetes):
        """Moments are data."""
        of_moments = DescentPathDisplay.from_data(Moments.of(*diabetes), alphas=[0.1], max_iter=5)
        assert_allclose(of_moments.paths[0], DescentPathDisplay.from_data(*diabetes, alphas=[0.1], max_iter=5).paths[0])

    @pytest.mark.parametrize(
        ("X", "y"),
        [([[2.0]], [3.0]), ([[1.0], [2.0]], [0.0, 0.0]), ([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]], [1.0, 2.0, 3.0])],
        ids=["one point", "start at the minimum", "twins"],
    )
    @pytest.mark.parametrize("kind", ["contour", "surface"])
    def test_degenerate(self, X, y, kind):
        """A single point, a start at the minimum, and a feature twice: the good path ends at the minimum drawn."""
        display = rendered(DescentPathDisplay.from_data(X, y, kind=kind, max_iter=1000, tol=None))
        assert_allclose(display.paths[1][-1], display.plane.centre, atol=1e-6)

    def test_bad_input(self, diabetes, line):
        """Each mistake is told with the remedy."""
        X, y = diabetes
        frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
        for features in [("a", "d"), (0, 3), (True, 1)]:
            with pytest.raises(ValueError, match="There is no feature"):
                DescentPathDisplay.from_data(frame, y, features=features)
        with pytest.raises(ValueError, match="the features have no names"):
            DescentPathDisplay.from_data(X, y, features=("a", "b"))
        for features in ("ab", (1, 2, 3), 1):
            with pytest.raises(ValueError, match="two features"):
                DescentPathDisplay.from_data(X, y, features=features)
        with pytest.raises(ValueError, match="two different"):
            DescentPathDisplay.from_data(X, y, features=(1, 1))
        with pytest.raises(ValueError, match="kind must be one of 'contour', 'surface'"):
            DescentPathDisplay.from_data(X, y, kind="map")
        with pytest.raises(ValueError, match=r"y\[:, 0\]"):
            DescentPathDisplay.from_data(X, np.column_stack([y, y]))
        with pytest.raises(ValueError, match="fit_intercept=True"):
            DescentPathDisplay.from_data(*line, fit_intercept=False)
        with pytest.raises(TypeError, match=r"needs y"):
            DescentPathDisplay.from_data(X)
        with pytest.raises(TypeError, match="no option 'early_stopping'"):
            DescentPathDisplay.from_data(X, y, early_stopping=True)
        with pytest.raises(ValueError, match="alphas must be one or more numbers above 0"):
            DescentPathDisplay.from_data(X, y, alphas=[0.1, -1.0])
        with pytest.raises(ValueError, match="projection='3d'"):
            DescentPathDisplay.from_data(X, y, kind="surface", ax=plt.figure().add_subplot())
        wide = np.random.default_rng(0).normal(size=(len(X), 80))
        with pytest.raises(ValueError, match="precompute=True"):
            DescentPathDisplay.from_estimator(fit(GDLinearRegressor(max_iter=5, precompute=False), wide, y))


class TestFit:
    """`FitDisplay`."""

    def test_lines_and_points(self, line):
        """Each line has the intercept and the slope of its iteration, and each point is the same pair."""
        X, y = line
        display = rendered(FitDisplay.from_data(X, y, alpha=0.1, iterations=[0, 2, 7]))
        path = descent_path(X, y, [0.1], max_iter=7, tol=None)
        for t, drawn, point in zip([0, 2, 7], display.lines_, display.points_, strict=True):
            theta = np.array([path.intercepts[0, t], path.coefs[0, t, 0]])
            x, h = drawn.get_data()
            assert_allclose(h, theta[0] + theta[1] * x, atol=1e-12)
            assert_allclose(point.get_xydata()[0], theta, atol=1e-12)
            assert drawn.get_color() is point.get_color() or np.all(drawn.get_color() == point.get_color())
        assert_array_equal(display.scatter_.get_offsets(), np.column_stack([X[:, 0], y]))

    def test_standardised(self, line):
        """With standardised coordinates the lines are those of the feature as it is."""
        X, y = line[0] * 1000.0, line[1]
        display = rendered(FitDisplay.from_data(pd.DataFrame(X, columns=["size"]), y, standardize=True))
        exact = LinearRegression().fit(X, y)
        assert_allclose(display.slopes[-1], exact.coef_[0], rtol=1e-2)
        assert display.ax_[0].get_xlabel() == "size"
        assert display.ax_[1].get_ylabel() == r"slope $\theta_{1}$ of size"

    @pytest.mark.parametrize("alpha", [1e-6, "auto", 0.33, 5.0])
    def test_any_rate(self, line, alpha):
        """Iterations are chosen from the first to the last, whatever the descent does."""
        display = rendered(FitDisplay.from_data(*line, alpha=alpha))
        assert display.iterations[0] == 0
        assert display.iterations[-1] == display.numbers[-1]
        assert len(display.lines_) == len(display.iterations) <= 5

    def test_one_point(self):
        """A single point has a line through it."""
        display = rendered(FitDisplay.from_data([[2.0]], [3.0]))
        assert_allclose(display.intercepts[-1] + 2.0 * display.slopes[-1], 3.0)

    def test_animation(self, line, tmp_path):
        """The animation is a film for a notebook, and a file."""
        display = FitDisplay.from_data(*line, alpha=0.1, max_iter=1, tol=None)
        animation = display.animate()
        assert "<img" in animation.to_jshtml()
        animation.save(tmp_path / "descent.gif", writer="pillow")
        assert (tmp_path / "descent.gif").read_bytes().startswith(b"GIF")
        assert len(list(animation.new_frame_seq())) == 2

    def test_bad_input(self, diabetes, line):
        """Each mistake is told with the remedy."""
        X, y = line
        with pytest.raises(ValueError, match=r"one feature, but X has 10"):
            FitDisplay.from_data(*diabetes)
        with pytest.raises(ValueError, match=r"y\[:, 0\]"):
            FitDisplay.from_data(X, np.column_stack([y, y]))
        with pytest.raises(ValueError, match="there is no iteration 101; raise max_iter"):
            FitDisplay.from_data(X, y, iterations=[0, 101])
        for iterations in ([-1], [0.5], [], "all"):
            with pytest.raises(ValueError, match="iterations must be integers"):
                FitDisplay.from_data(X, y, iterations=iterations)
        with pytest.raises(ValueError, match="two axes"):
            FitDisplay.from_data(X, y, ax=plt.figure().add_subplot())
        with pytest.raises(ValueError, match="'alpha' parameter"):
            FitDisplay.from_data(X, y, alpha="best")


class TestAlpha:
    """`AlphaDisplay`."""

    def test_costs(self, diabetes):
        """The points are the costs after so many iterations, and the limits are those of `alpha_limits`."""
        display = rendered(AlphaDisplay.from_data(*diabetes, alphas=ALPHAS, max_iter=30))
        costs = descent_path(*diabetes, ALPHAS, max_iter=30, tol=None).costs
        assert_allclose(display.line_.get_ydata()[:3], costs[:3, -1], rtol=1e-9)
        assert_array_equal(display.line_.get_xdata(), ALPHAS)
        limits = alpha_limits(*diabetes)
        marks = {name: mark.get_xdata()[0] for name, mark in display.limit_lines_.items()}
        assert marks == {"1/L": limits.alpha_limit / 2, "2/(L+mu)": limits.alpha_best, "2/L": limits.alpha_limit}
        assert display.chosen == ALPHAS[int(np.argmin(costs[:, -1]))]
        assert display.ax_.get_xscale() == "log"

    def test_divergence_leaves_the_frame(self, diabetes):
        """By default the grid reaches beyond the limit, and what diverges is above the picture."""
        display = rendered(AlphaDisplay.from_data(*diabetes))
        beyond = display.alphas > 1.1 * display.alpha_limit
        assert beyond.any()
        assert np.all(display.values[beyond] > display.ax_.get_ylim()[1])
        assert display.chosen < display.alpha_limit

    @pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"l2": [0.0, 0.1]}], ids=str)
    def test_scores(self, diabetes, options):
        """Of a search there are the mean scores with their spread, and the choice."""
        search = fit(GDLinearRegressorCV(alphas=6, max_iter=100, **options), *diabetes)
        display = rendered(AlphaDisplay.from_estimator(make_pipeline(search)))
        scores = search.scores_ if search.scores_.ndim == 2 else search.scores_[[0.0, 0.1].index(search.l2_)]
        assert_allclose(display.line_.get_ydata(), scores.mean(axis=1))
        assert display.chosen == search.alpha_
        band = display.fill_between_.get_paths()[0].vertices[:, 1]
        assert_allclose(band.max(), (scores.mean(axis=1) + scores.std(axis=1)).max())
        assert_allclose(band.min(), (scores.mean(axis=1) - scores.std(axis=1)).min())
        assert "$R^2$" in display.ax_.get_ylabel()

    def test_what_is_drawn_of_values(self):
        """The star stands at the choice, what is no number is left out, and the frame shows what has not risen."""
        alphas, values = np.array([0.1, 0.2, 0.4, 0.8]), np.array([3.0, 1.0, 2.0, np.inf])
        display = AlphaDisplay(alphas=alphas, values=values, chosen=0.2, alpha_limit=0.5, alpha_best=0.4, first=4.0)
        display.plot()
        assert_array_equal(display.line_.get_ydata(), [3.0, 1.0, 2.0, np.nan])
        assert_array_equal(display.ax_.lines[-1].get_xydata(), [[0.2, 1.0]])
        assert names_in(display.ax_)[-1].startswith("lowest: ")
        rises = AlphaDisplay(alphas=alphas, values=np.array([3.0, 1.0, 50.0, 0.9]), chosen=0.8, first=4.0).plot()
        bottom, top = rises.ax_.get_ylim()
        assert bottom < 0.9 < 4.0 < top < 5.0
        over = AlphaDisplay(alphas=alphas, values=np.array([8.0, 7.5, 7.0, 7.2]), chosen=0.4, first=8.5).plot(rises.ax_)
        assert over.ax_.get_ylim()[0] == bottom
        assert over.ax_.get_ylim()[1] > 8.5

    def test_a_search_by_another_optimizer(self, diabetes):
        """Its rates have no limit of plain descent's, and none of its colours; the best score is chosen, not lowest."""
        search = fit(GDLinearRegressorCV([0.1, 1.0], optimizer="adam", max_iter=20), *diabetes)
        display = AlphaDisplay.from_estimator(search)
        assert display.limit_lines_ == {}
        assert math.isnan(display.alpha_limit)
        assert math.isnan(display.alpha_best)
        assert names_in(display.ax_)[-1].startswith("chosen: ")
        assert_allclose(display.ax_.lines[-1].get_xydata(), [[search.alpha_, search.best_score_]])

    @pytest.mark.parametrize("l2", [0.0, [0.0, 0.1]], ids=str)
    def test_rates_in_any_order(self, diabetes, l2):
        """Each rate stands beside what it reaches, in whichever order the rates were given."""
        alphas = [0.3, 0.001, 0.45, 0.05]
        search = fit(GDLinearRegressorCV(alphas, l2=l2, max_iter=30), *diabetes)
        display = rendered(AlphaDisplay.from_estimator(search))
        scores = search.scores_ if np.ndim(l2) == 0 else search.scores_[l2.index(search.l2_)]
        means = dict(zip(alphas, scores.mean(axis=1), strict=True))
        assert_array_equal(display.line_.get_xdata(), sorted(alphas))
        assert_allclose(display.line_.get_ydata(), [means[alpha] for alpha in sorted(alphas)], rtol=1e-12)
        assert display.values.shape == (4, search.n_splits_)
        of_data = AlphaDisplay.from_data(*diabetes, alphas=alphas, max_iter=30)
        ends = dict(zip(alphas, descent_path(*diabetes, alphas, max_iter=30, tol=None).costs[:, -1], strict=True))
        assert_array_equal(of_data.line_.get_xdata(), sorted(alphas))
        assert_allclose(of_data.line_.get_ydata(), [ends[alpha] for alpha in sorted(alphas)], rtol=1e-9)

    @pytest.mark.parametrize(
        ("X", "y", "options"),
        [
            ([[2.0]], [3.0], {}),
            ([[1.0], [2.0]], [0.0, 0.0], {}),
            ([[0.0], [0.0]], [1.0, 2.0], {"fit_intercept": False}),
            ([[1.0], [2.0]], [[1.0, 2.0], [3.0, 5.0]], {}),
            ([[1.0], [2.0]], [1.0, 3.0], {"optimizer": "adam"}),
        ],
        ids=["one point", "nothing to learn", "constant cost", "two targets", "adam"],
    )
    def test_other_data(self, X, y, options):
        """Limits are drawn where there are some and they hold."""
        display = rendered(AlphaDisplay.from_data(X, y, **options))
        limited = "fit_intercept" not in options and "optimizer" not in options
        assert ("2/L" in display.limit_lines_) == limited

    def test_bad_input(self, diabetes):
        """A single fit has no grid."""
        with pytest.raises(TypeError, match=r"from_data\(X, y\)"):
            AlphaDisplay.from_estimator(fit(GDLinearRegressor(), *diabetes))
        with pytest.raises(NotFittedError):
            AlphaDisplay.from_estimator(GDLinearRegressorCV())


class TestScheduler:
    """`SchedulerDisplay`."""

    def test_rates(self):
        """Each line is ``alpha * scheduler(t, max_iter)``, and no two look the same."""
        display = rendered(SchedulerDisplay.from_schedulers(list(SCHEDULERS), max_iter=40, alpha=0.5))
        for drawn, kind in zip(display.lines_, SCHEDULERS.values(), strict=True):
            assert_allclose(drawn.get_ydata(), [0.5 * kind()(t, 40) for t in range(40)], rtol=1e-12)
        looks = {(drawn.get_color(), drawn.get_linestyle()) for drawn in display.lines_}
        assert len(looks) == len(SCHEDULERS)
        assert names_in(display.ax_) == list(SCHEDULERS)

    def test_names(self):
        """Names are those of the dictionary, of the function, or what an instance prints as."""

        def mine(t, max_iter):
            return 0.9**t

        display = SchedulerDisplay.from_schedulers({"a": mine, "b": "linear"}, max_iter=3)
        assert display.names == ["a", "b"]
        assert_allclose(display.rates[0], [1.0, 0.9, 0.81])
        assert SchedulerDisplay.from_schedulers([mine, Step(step_size=3)]).names == ["mine", "Step(step_size=3)"]
        assert SchedulerDisplay.from_schedulers("cosine").names == ["cosine"]

    def test_called_in_order(self):
        """A scheduler of one's own is called once for each iteration, in order, with the true `max_iter`."""
        calls = []
        SchedulerDisplay.from_schedulers(lambda t, max_iter: calls.append((t, max_iter)) or 1.0, max_iter=3)
        assert calls == [(0, 3), (1, 3), (2, 3)]

    def test_bad_input(self):
        """Each mistake is told."""
        with pytest.raises(ValueError, match="'cosine'"):
            SchedulerDisplay.from_schedulers(["cosinus"])
        with pytest.raises(TypeError, match="such as"):
            SchedulerDisplay.from_schedulers(3)
        with pytest.raises(ValueError, match="no scheduler"):
            SchedulerDisplay.from_schedulers([])
        with pytest.raises(ValueError, match="max_iter"):
            SchedulerDisplay.from_schedulers("linear", max_iter=0)
        with pytest.raises(TypeError, match=r"Step\(\)"):
            SchedulerDisplay.from_schedulers(Step)


def two_valleys(x):
    """Return a function with a global minimum near -1 and a local one near 1."""
    return (x[0] ** 2 - 1.0) ** 2 + 0.3 * x[0]


class TestGradientDescent:
    """`GradientDescentDisplay`."""

    def test_one_variable(self):
        """The curve is the function, the path the iterates, and each tangent has the slope there."""
        result = gradient_descent(two_valleys, -1.8, alpha=0.02)
        display = rendered(GradientDescentDisplay.from_result(result, two_valleys))
        assert_array_equal(display.line_.get_xdata(), result.path[:, 0])
        assert_array_equal(display.line_.get_ydata(), result.cost_history)
        x, f = display.curve_.get_data()
        assert_allclose(f, two_valleys([x]))
        assert display.tangents_
        for tangent in display.tangents_:
            (a, b), (fa, fb) = tangent.get_data()
            at = (a + b) / 2.0
            # Central differences err by the square of their nudge, 6e-6.
            assert_allclose((fb - fa) / (b - a), 4.0 * at * (at**2 - 1.0) + 0.3, rtol=1e-6, atol=1e-6)
            assert_allclose((fa + fb) / 2.0, two_valleys([at]))

    def test_two_starts(self):
        """A global and a local minimum share the axes: one curve over both, two paths."""
        ax = None
        for start in (-1.8, 1.8):
            result = gradient_descent(two_valleys, start, alpha=0.02)
            display = rendered(GradientDescentDisplay.from_result(result, two_valleys, ax=ax, name=str(start)))
            ax = display.ax_
        x = display.curve_.get_xdata()
        assert x[0] < -1.8 < 1.8 < x[-1]
        assert [line.get_gid() for line in ax.lines].count("curve") == 1
        assert names_in(ax) == ["-1.8", "1.8"]

    def test_two_variables(self):
        """The path is that of the result, on the contour."""
        result = gradient_descent(rosen, [-1.0, 1.5], alpha=0.001, max_iter=300)
        display = rendered(GradientDescentDisplay.from_result(result, rosen))
        assert_array_equal(display.line_.get_xydata(), result.path)
        assert display.contour_ is not None
        assert_allclose(display.value(np.array([[0.0, 0.0], [1.0, 1.0]])), [1.0, 0.0])

    @pytest.mark.parametrize("start", [2.0, [1.0, 1.0]], ids=["one", "two"])
    def test_divergence(self, start):
        """A path that diverges is clipped to a frame that shows its first iterates."""
        result = gradient_descent(lambda x: np.sum(x**2), start, alpha=1.1)
        display = rendered(GradientDescentDisplay.from_result(result, lambda x: np.sum(x**2)))
        assert display.diverged
        assert 3 <= len(display.line_.get_xdata()) < 10
        assert names_in(display.ax_) == ["diverging"]

    def test_contract_of_the_function(self):
        """Further arguments, a gradient that comes along, and a function with gaps are all right."""

        def f(x, a):
            return a * x[0] ** 2, np.array([2.0 * a * x[0]])

        result = gradient_descent(f, 1.0, (3.0,), jac=True, alpha=0.1)
        display = rendered(GradientDescentDisplay.from_result(result, f, args=(3.0,), jac=True))
        assert_allclose(display.curve_.get_ydata(), 3.0 * display.curve_.get_xdata() ** 2)

        def gap(x):
            return x[0] - math.log(x[0])

        result = gradient_descent(gap, 0.1, alpha=0.05)
        display = rendered(GradientDescentDisplay.from_result(result, gap))
        x, f = display.curve_.get_data()
        assert_array_equal(np.isnan(f), x <= 0.0)

    def test_start_at_the_minimum(self):
        """A descent that does not move has a picture."""
        for start in (0.0, [0.0, 0.0]):
            result = gradient_descent(lambda x: np.sum(x**2), start, alpha=0.1)
            rendered(GradientDescentDisplay.from_result(result, lambda x: np.sum(x**2)))

    def test_bad_input(self):
        """Three variables have no picture, and something else than a result neither."""
        result = gradient_descent(rosen, [0.0, 0.0, 0.0], alpha=0.001, max_iter=2)
        with pytest.raises(ValueError, match="cost_history"):
            GradientDescentDisplay.from_result(result, rosen)
        with pytest.raises(TypeError, match="a result of gradient_descent"):
            GradientDescentDisplay.from_result(np.zeros(2), rosen)


def test_fits_at_one_rate_differ_in_style(diabetes):
    """Six fits at one rate have one colour and six line styles, none of which is the dashes of a validation cost."""
    ax = None
    for scheduler in ("constant", "linear", "cosine", "exponential", "step", "invscaling"):
        model = fit(GDLinearRegressor(0.1, standardize=True, scheduler=scheduler, max_iter=10), *diabetes)
        ax = CostCurveDisplay.from_estimator(model, ax=ax).ax_
    assert len({line.get_color() for line in ax.lines}) == 1
    assert len({line.get_gid() for line in ax.lines}) == 6
    assert "style --" not in {line.get_gid() for line in ax.lines}


def test_one_colour_for_one_rate(diabetes):
    """A rate has the same colour in every picture, and each verdict a hue of its own."""
    drawn = DescentPathDisplay.from_data(*diabetes, alphas=ALPHAS).lines_
    grid = AlphaDisplay.from_data(*diabetes, alphas=ALPHAS).scatter_.get_facecolors()
    colours = []
    for alpha, path, point in zip(ALPHAS, drawn, grid, strict=True):
        model = fit(GDLinearRegressor(alpha, max_iter=30), *diabetes)
        curve = CostCurveDisplay.from_estimator(model).line_.get_color()
        of_fit = DescentPathDisplay.from_estimator(model).lines_[0].get_color()
        # Row of one precision each: alpha_limit of a fit and of the data agree to rounding.
        assert_allclose([to_rgb(path.get_color()), point[:3], to_rgb(of_fit)], [to_rgb(curve)] * 3, atol=1e-6)
        colours.append(to_rgb(curve))
    distances = [np.abs(np.subtract(a, b)).max() for i, a in enumerate(colours) for b in colours[:i]]
    assert min(distances) > 0.2


@pytest.mark.parametrize("display", [CostCurveDisplay, DescentPathDisplay], ids=lambda kind: kind.__name__)
def test_bad_estimators(display, diabetes):
    """An estimator of another kind, an unfitted one, and no axes are told so, with the remedy."""
    model = fit(GDLinearRegressor(max_iter=5), *diabetes)
    for unfitted in (GDLinearRegressor(), GDLinearRegressorCV(), make_pipeline(StandardScaler(), GDLinearRegressor())):
        with pytest.raises(NotFittedError):
            display.from_estimator(unfitted)
    with pytest.raises(TypeError, match="Got LinearRegression"):
        display.from_estimator(LinearRegression().fit(*diabetes))
    with pytest.raises(TypeError, match="pass its best_estimator_"):
        display.from_estimator(fit(GridSearchCV(GDLinearRegressor(), {"alpha": [0.1]}), *diabetes))
    with pytest.raises(TypeError, match=r"plt\.subplots"):
        display.from_estimator(model, ax="here")


class TestPenalty:
    """`PenaltyDisplay`."""

    OPTIONS: ClassVar[dict] = {"standardize": True, "optimizer": "nesterov", "max_iter": 300}

    @pytest.mark.parametrize("name", ["l1", "l2"])
    def test_scores_and_coefficients(self, diabetes, name):
        """The band is a standard error, both choices are marked, and each line is a coefficient of single fits."""
        grid = {name: [0.0, 30.0, 3.0, 0.3]}
        search = fit(GDLinearRegressorCV(alphas=[0.05, 0.2], **grid, **self.OPTIONS), *diabetes)
        display = rendered(PenaltyDisplay.from_estimator(make_pipeline(search)))
        penalties, scores = [0.3, 3.0, 30.0], search.scores_[[3, 2, 1], [0.05, 0.2].index(search.alpha_)]
        means, errors = scores.mean(axis=1), scores.std(axis=1, ddof=1) / np.sqrt(5)
        assert_array_equal(display.line_.get_xdata(), penalties)
        assert_allclose(display.line_.get_ydata(), means, rtol=1e-12)
        band = display.fill_between_.get_paths()[0].vertices[:, 1]
        assert_allclose([band.min(), band.max()], [(means - errors).min(), (means + errors).max()])
        best = int(np.argmax(means))
        assert display.best == penalties[best]
        assert display.simplest == max(np.array(penalties)[means >= means[best] - errors[best]])
        for penalty, drawn in zip(
            penalties, np.array([line.get_ydata() for line in display.coef_lines_]).T, strict=True
        ):
            model = fit(GDLinearRegressor(search.alpha_, **{name: penalty}, **self.OPTIONS), *diabetes)
            assert_allclose(drawn, model.coef_, rtol=1e-9)

    def test_names(self, diabetes):
        """The names of the features are in the legend, and none that mathtext would take for a formula."""
        X, y = diabetes
        frame = pd.DataFrame(X).rename(columns="price in ${}".format)
        search = fit(GDLinearRegressorCV(l1=[1.0, 5.0], **self.OPTIONS), frame, y)
        upper, lower = rendered(PenaltyDisplay.from_estimator(search)).ax_
        assert names_in(lower)
        assert all(name.startswith(r"price in \$") for name in names_in(lower))
        assert upper.get_xscale() == lower.get_xscale() == "log"

    def test_without_moments(self, diabetes):
        """Row by row there are the scores alone, and one pair of axes is enough."""
        search = fit(GDLinearRegressorCV(l1=[1.0, 5.0], precompute=False, **self.OPTIONS), *diabetes)
        display = rendered(PenaltyDisplay.from_estimator(search, ax=plt.subplots()[1]))
        assert display.coef_lines_ == []
        assert display.ax_.get_xlabel() == "penalty $l_1$"

    def test_refused(self, diabetes):
        """A search of one penalty, and a single pair of axes for two panels, are refused with the remedy."""
        search = fit(GDLinearRegressorCV(alphas=2, max_iter=3), *diabetes)
        with pytest.raises(ValueError, match="needs a search over several penalties; set l1='auto'"):
            PenaltyDisplay.from_estimator(search)
        search = fit(GDLinearRegressorCV(l1=[1.0, 5.0], **self.OPTIONS), *diabetes)
        with pytest.raises(
            ValueError, match=r"ax must be two axes, for the scores and the coefficients: plt.subplots\(2, 1\)\[1\]"
        ):
            PenaltyDisplay.from_estimator(search, ax=plt.subplots()[1])


@pytest.mark.parametrize("name", displays.__all__)
def test_keyword_only(name):
    """A display stores what it is given by name."""
    with pytest.raises(TypeError):
        getattr(displays, name)(np.zeros(3))


def test_settings_of_matplotlib_stay(diabetes):
    """No global setting is changed, and no window opened."""
    before = dict(matplotlib.rcParams)
    for display in (DescentPathDisplay.from_data(*diabetes), AlphaDisplay.from_data(*diabetes)):
        rendered(display)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", displays.__all__)
def test_every_parameter_is_documented(name):
    """The docstring of the class names what its constructor, its class methods and `plot` take, and what they set."""
    display = getattr(displays, name)
    makers = [maker for part, maker in inspect.getmembers(display, callable) if part.startswith("from_")]
    parameters = {p for maker in [display, display.plot, *makers] for p in inspect.signature(maker).parameters}
    doc = inspect.getdoc(display)
    documented = {
        word for line in re.findall(r"^\**(\w[\w, ]*?)(?: : |$)", doc, flags=re.MULTILINE) for word in line.split(", ")
    }
    assert parameters - {"self"} <= documented
    assert {field for field in display.__dataclass_fields__ if field.endswith("_")} <= documented
