"""The page where alpha is dragged: its numbers are those of `descent_path`, and its handles work."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GDLinearRegressor, alpha_limits, descent_path, schedulers
from sklearn_gd.optimizers import OPTIMIZERS, Momentum, Nesterov

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium drives the browser")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "playground.html"
# The schedules that the page offers; test_docs.py says which ones of the package it lacks.
SCHEDULERS = re.findall(
    r"^  (\w+): ", re.search(r"^const SCHEDULERS = {$(.*?)^};", PAGE.read_text(), re.M | re.S)[1], re.M
)
# The page and the package add in different orders; what the errors of a descent grow to stays far below.
RTOL = 1e-6


def assert_is_the_descent(page, **options):
    """Assert that all iterates, costs, rates and the status on the page are those of `descent_path`."""
    path = descent_path(*page.data, [page.state["alpha"]], **options)
    n_iter, thetas, costs, rates, status = page.tell("nIter", "thetas", "costs", "rates", "status")
    assert n_iter == path.n_iters[0]
    expected = np.column_stack([path.intercepts[0], path.coefs[0, :, 0]])
    assert_allclose(np.array(thetas), expected, rtol=RTOL, atol=RTOL * np.abs(expected[np.isfinite(expected)]).max())
    assert_allclose(np.array(costs), path.costs[0], rtol=RTOL)
    assert_allclose(np.array(rates, dtype=float), path.rates[0], rtol=1e-12)
    ended = {"stalled": "converged"}.get(status, status)
    assert ended == path.statuses[0]


@pytest.mark.parametrize("example", ["a line", "x around zero", "x far from zero", "an outlier", "many points"])
def test_plain_descent(page, example):
    """Too small, good, 1/L, overshooting, diverging: the iterates are those of the package."""
    page.choose("example", example)
    assert_allclose(page.L, 2.0 / alpha_limits(*page.data).alpha_limit, rtol=1e-9)
    for share in (1e-3, 0.3, 0.5, 0.97, 1.3):
        page.choose("exact", share * 2.0 / page.L)
        assert_is_the_descent(page)
        assert (page.status == "diverged") == (share > 1.0)


def test_schedulers(page):
    """Every schedule of the page is that of the package with its defaults."""
    page.choose("max_iter", 400)
    for scheduler in SCHEDULERS:
        page.choose("scheduler", scheduler)
        # A rate that rises through 1/L to beyond 2/L removes the error along L, then blows up the rounding left.
        for alpha in (0.05, 0.3 if scheduler == "one_cycle" else 0.6):
            page.choose("exact", alpha)
            assert_is_the_descent(page, scheduler=scheduler, max_iter=400)


def test_optimizers(page):
    """The page has the tables of the package, and each rule moves as there, with both parameters and the schedule."""
    assert page.optimizers == list(OPTIMIZERS)
    assert page.schedulers == list(schedulers.SCHEDULERS)
    for name in OPTIMIZERS:
        page.go(f"#optimizer={name}&alpha=0.005&max_iter=300&scheduler=cosine&start=3,-1")
        assert_is_the_descent(page, optimizer=name, max_iter=300, scheduler="cosine", init=[3.0, -1.0])
        assert page.find("#momentum").get_property("disabled") == (name not in ("gd", "momentum", "nesterov"))


def test_a_rule_is_chosen(page):
    """The select is heard when it only says `change`; a rule with a beta gets one, and without one it is plain."""
    page.choose("optimizer", "nesterov", event="change")
    assert (page.state["optimizer"], page.state["momentum"]) == ("nesterov", 0.9)
    assert_is_the_descent(page, optimizer="nesterov")
    page.choose("momentum", 0.5)
    assert_is_the_descent(page, optimizer=Nesterov(0.5))
    page.choose("momentum", 0)
    assert page.state["optimizer"] == "gd"
    page.choose("scheduler", "cosine", event="change")
    page.choose("example", "an outlier", event="change")
    page.choose("max_iter", 500)
    assert_is_the_descent(page, scheduler="cosine", max_iter=500)
    page.choose("optimizer", "adam", event="change")
    assert page.state["momentum"] == 0
    page.choose("exact", 1e-6)
    model = GDLinearRegressor(optimizer="adam", max_iter=1).set_params(tol=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        auto = model.fit(*page.data).alpha_
    page.choose("scheduler", "constant")
    assert_allclose(page.remedy["change"]["alpha"], auto, rtol=RTOL)
    assert f'try alpha="auto"={auto:.3g} (good from iteration ' in page.sentence


def test_standardize(page):
    """The switch scales x in the descent: the line is that of `descent_path`, and the bowl becomes round."""
    page.choose("example", "x far from zero")
    page.run("document.getElementById('standardize').click()")
    page.wait()
    assert_allclose(page.L, 2.0 / alpha_limits(*page.data, standardize=True).alpha_limit, rtol=1e-9)
    for alpha, start in ((0.1, [0.0, 0.0]), (0.9, [2.0, -1.0]), (2.5, [2.0, -1.0])):
        page.run("playground.set(arguments[0])", {"alpha": alpha, "start": start})
        assert_is_the_descent(page, standardize=True, init=start)
    page.driver.execute_async_script("setTimeout(arguments[0], 900)")  # the bowl takes a moment to become round
    page.wait()
    across, along = np.split(ellipses(page)[8, :4], 2)
    assert_allclose(np.hypot(*across), np.hypot(*along), rtol=1e-9)


def ellipses(page):
    """Return the maps of the unit circle to the ellipses of the contour: the ends of both axes, and the middle."""
    maps = page.run("return [...document.querySelectorAll('#contour .level')].map(e => e.getAttribute('transform'))")
    return np.array([re.findall(r"-?[\d.]+(?:e-?\d+)?", text) for text in maps], dtype=float)


def test_contour(page):
    """An ellipse of the contour has one cost, and the next one is lower."""
    for more in ("", "&standardize=1", "&start=30,-2", "&points=8,4;9,7;12,6"):
        page.go(f"#t=0{more}")
        X, y = page.data
        x = (X[:, 0] - X.mean()) / X.std() if "standardize" in more else X[:, 0]
        frame = page.run(
            "const {x, y} = playground.pictures[1]; return [x.invert(0), x.perUnit, y.invert(0), y.perUnit]"
        )
        costs = []
        for a, b, c, d, e, f in ellipses(page):
            w = np.linspace(0, 6, 9)
            theta_0 = frame[0] + (a * np.cos(w) + c * np.sin(w) + e) / frame[1]
            theta_1 = frame[2] + (b * np.cos(w) + d * np.sin(w) + f) / frame[3]
            J = ((theta_0 + np.multiply.outer(x, theta_1) - y[:, np.newaxis]) ** 2).mean(axis=0) / 2
            assert_allclose(J, J[0], rtol=1e-6)
            costs.append(J[0])
        assert (np.diff(costs) < 0).all()


def test_one_after_the_other(page):
    """Who moves theta_0 first and uses it for theta_1 takes another way, which the page's Python takes too."""
    page.go("#alpha=0.2&start=3,-1&in_turn=1")
    (x,), y = page.data[0].T, page.data[1]
    theta, thetas = np.array([3.0, -1.0]), [[3.0, -1.0]]
    for _ in range(page.nIter):
        for j, x_j in enumerate((np.ones(len(x)), x)):
            theta[j] -= 0.2 * ((theta[0] + theta[1] * x - y) * x_j).mean()
        thetas.append(theta.copy())
    assert_allclose(page.thetas, thetas, rtol=RTOL)
    assert page.status == "converged"
    for name in ("gd", "adam"):
        page.choose("optimizer", name)
        page.run("document.getElementById('python').open = true")
        page.wait()
        namespace = {"print": lambda *_: None}
        exec(page.find("#code").text, namespace)
        assert_allclose(namespace["theta"], page.theta, rtol=RTOL)
        assert namespace["t"] + 1 == page.nIter


def test_what_is_said_of_iterations_happens(page):
    """The remedy is good from the iteration on that is told, and ends at the one that is told."""
    for more in ("", "&optimizer=adam", "&scheduler=exponential", "&example=x far from zero", "&in_turn=1"):
        page.go(f"#alpha=0.0003{more}")
        remedy = page.remedy
        assert f"(good from iteration {remedy['good']} on, and it ends at {remedy['last']})" in page.sentence
        page.click("remedy")
        assert page.nIter == remedy["last"]
        X, y = page.data
        least = ((y - np.polyval(np.polyfit(X[:, 0], y, 1), X[:, 0])) ** 2).mean() / 2
        gaps = (np.array(page.costs) - least) / (y.var() / 2)
        assert gaps[remedy["good"] :].max() <= 1e-3 < gaps[remedy["good"] - 1]


def test_slices_and_surface(page):
    """The slopes of the slices are the partial derivatives; the surface is turned, and its start moved by keys."""
    page.go("#alpha=0.2&t=3")
    X, y = page.data
    errors = page.theta[0] + page.theta[1] * X[:, 0] - y
    told = page.find("#slopes").text.replace("\N{MINUS SIGN}", "-")
    assert told == f"∂J/∂θ₀ = {errors.mean():.3g} and ∂J/∂θ₁ = {(errors * X[:, 0]).mean():.3g}"
    page.run("document.getElementById('surface').click()")
    page.wait()
    mesh = page.run("return document.querySelector('.mesh').getAttribute('d')")
    page.press("#turn", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page.run("return document.querySelector('.mesh').getAttribute('d')") != mesh
    page.press(".start", Keys.ARROW_RIGHT)
    assert page.state["start"][0] > 0
    address = page.run("return playground.address()")
    page.open(address)
    assert page.run("return playground.address()") == address


def test_no_motion(page):
    """Who wants no motion is shown the end."""
    page.emulate(reduced_motion="reduce")
    try:
        page.click("reset")
        page.click("play")
        assert page.state["t"] == page.nIter
        assert page.find("#play").text == "Play"
    finally:
        page.emulate()


def test_decay_by_a_factor(page):
    """The decay of the lecture, by 0.9 in each iteration, is a slider of the exponential schedule."""
    page.choose("scheduler", "exponential")
    page.choose("gamma", 0.9)
    assert_is_the_descent(page, scheduler=schedulers.Exponential(0.9))
    assert page.status == "stalled"
    page.click("python > summary")
    namespace = {"print": lambda *_: None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(page.find("#code").text, namespace)
    assert namespace["model"].n_iter_ == page.nIter
    page.open(page.run("return playground.address()"))
    assert page.state["gamma"] == 0.9


def test_momentum(page):
    """The heavy ball rolls as in the package, also where it diverges."""
    for beta in (0.5, 0.9, 0.99):
        for alpha, scheduler in ((0.05, "constant"), (0.3, "cosine"), (5.0, "constant")):
            page.choose("momentum", beta)
            page.choose("scheduler", scheduler)
            page.choose("exact", alpha)
            assert_is_the_descent(page, optimizer=Momentum(beta), scheduler=scheduler)


def test_odd_points(page):
    """One point, two, a vertical pair, the origin, a level line, large numbers: the package's descent, and words."""
    for points in ("2,1.5", "1,1;3,2", "2,1;2,3", "0,0", "1,3;2,3;4,3", "-5,1e4;7,-2e4;100,3"):
        page.go(f"#points={points}&alpha=0.1")
        assert_is_the_descent(page)
        assert page.sentence.startswith(("The descent ", "Iteration "))


def test_the_start_is_the_initial_guess(page):
    """A descent from another start is the package's with that `init`; arrows and pointer move the start."""
    page.press(".start", Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_UP)
    theta_0, theta_1 = page.state["start"]
    assert theta_0 > 0.0 < theta_1
    assert_is_the_descent(page, init=[theta_0, theta_1])
    page.drag(page.find(".start"), 40, -30)
    assert page.state["start"][0] > theta_0
    assert_is_the_descent(page, init=page.state["start"])
    page.click("zero")
    assert page.state["start"] == [0, 0]


def test_steps_and_play(page):
    """Reset, Step and End go through the iterates one by one; Play gets to the end by itself."""
    page.click("reset")
    assert page.theta == [0, 0]
    for t in (1, 2, 3):
        page.click("step")
        assert page.state["t"] == t
        assert page.theta == page.thetas[t]
        assert page.find("#sentence").text.startswith(f"Iteration {t} of at most 1000")
    page.click("end")
    assert page.state["t"] == page.nIter
    assert page.find("#end").get_property("disabled")
    page.choose("exact", 0.3)
    page.choose("example", "x around zero")  # few iterations
    page.click("play")
    assert page.find("#play").text == "Pause"
    page.driver.set_script_timeout(30)
    page.driver.execute_async_script(
        "const ended = () => playground.state.t === playground.nIter;"
        "const done = arguments[0], look = () => ended() ? done() : setTimeout(look, 50); setTimeout(look, 300);"
    )
    page.wait()
    assert page.find("#play").text == "Play"
    assert page.find("#sentence").text.startswith(f"The descent converged at iteration {page.nIter},")


def test_one_drawing_a_frame(page):
    """While alpha is dragged, there is a drawing for each frame, and no more."""
    page.choose("example", "many points")
    page.run("playground.frames.length = 0")
    page.driver.execute_async_script(
        """const done = arguments[0]; let i = 0;
        const drag = () => {
          playground.set({ alpha: 10 ** (-3.5 + 4 * i / 60) });
          if (++i < 60) requestAnimationFrame(drag); else done();
        };
        drag();"""
    )
    assert 58 <= len(page.frames) <= 62


def test_alpha_slider(page):
    """The slider is logarithmic, arrows move it, and its marks set 1/L and 2/L."""
    alpha = page.state["alpha"]
    page.press("#alpha", Keys.ARROW_RIGHT)
    assert alpha < page.state["alpha"] < 1.05 * alpha
    page.choose("alpha", -2)
    assert page.state["alpha"] == 0.01
    for mark, share in (("auto", 1.0), ("limit", 2.0)):
        page.click(mark)
        assert_allclose(page.state["alpha"], share / page.L, rtol=1e-12)
        # The mark stands where the middle of the thumb is.
        slider, box = page.find("#alpha"), page.find(f"#{mark}").rect
        low, high = (float(slider.get_attribute(name)) for name in ("min", "max"))
        at = (np.log10(share / page.L) - low) / (high - low)
        thumb = slider.rect["x"] + 10 + at * (slider.rect["width"] - 20)
        assert abs(thumb - (box["x"] + (box["width"] if mark == "auto" else 0))) < 2.0


SENTENCES = [
    ("#alpha=0.1", "converged", ["converged at iteration 236, training R² ", " below the best."]),
    ("#alpha=0.00001", "stalled", ["stalled at iteration ", "alpha=1e-5 is too small", "try alpha=1/L=0.156"]),
    ("#alpha=0.0005", "max_iter", ["ran out of max_iter=1000 iterations", "is too small; try alpha=1/L=0.156"]),
    ("#alpha=0.4", "diverged", ["diverged by iteration 26", "above the limit 2/L=0.311; try alpha=1/L=0.156"]),
    ("#alpha=0.1&momentum=0.9&scheduler=linear", "converged", ["converged at iteration "]),
    ("#alpha=0.002&scheduler=exponential", "stalled", ["the scheduler has lowered alpha=0.002 to "]),
]


def test_the_sentence(page):
    """The sentence has the status, the number that matters and a remedy; the remedy, followed, is a good fit."""
    for address, status, words in SENTENCES:
        page.go(address)
        said = page.find("#sentence")
        assert page.status == status
        assert all(word in said.text for word in words), said.text
        assert said.get_attribute("aria-live") == "polite"
        state = page.state
        rules = {
            "optimizer": Momentum(state["momentum"]) if state["momentum"] else "gd",
            "scheduler": state["scheduler"],
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = GDLinearRegressor(state["alpha"], **rules).fit(*page.data)
        assert model.diagnosis_.status == status
        assert_allclose(page.gap, model.diagnosis_.gap, rtol=RTOL, atol=1e-12)
        if status != "converged":
            page.click("remedy")
            assert page.status in ("converged", "max_iter")
            assert page.gap <= 0.001
            assert not page.find("#remedy").is_displayed()


def test_long_valley(page):
    """With x far from zero no rate does within 1000 iterations; standardised x does."""
    page.choose("example", "x far from zero")
    page.click("auto")
    assert page.status == "max_iter"
    assert "try standardised x" in page.sentence
    page.click("remedy")
    X, _ = page.data
    assert_allclose([X.mean(), X.std()], [0.0, 1.0], atol=1e-4)  # the points have four digits
    assert page.status == "converged"
    assert_is_the_descent(page)


def test_points_by_keyboard(page):
    """Arrows move the focused point, with Shift further; Delete removes it; A and the button add one."""
    before = page.state["points"]
    page.press(".point:nth-of-type(3)", Keys.ARROW_UP)
    after = page.state["points"]
    assert after[2][1] > before[2][1]
    assert [*after[:2], *after[3:]] == [*before[:2], *before[3:]]
    page.press(".point:nth-of-type(3)", Keys.ARROW_LEFT, shift=True)
    assert_allclose(after[2][0] - page.state["points"][2][0], 10 * (after[2][1] - before[2][1]), rtol=0.1)
    assert_is_the_descent(page)
    page.press(".point:nth-of-type(3)", Keys.DELETE)
    assert page.state["points"] == [*before[:2], *before[3:]]
    assert page.run("return document.activeElement.getAttribute('aria-label')").startswith("Point 3: x ")
    page.press(".point:nth-of-type(3)", "a")
    assert len(page.state["points"]) == len(before)
    page.click("add")
    assert len(page.state["points"]) == len(page.all(".point")) == len(before) + 1
    assert_is_the_descent(page)
    for _ in range(len(before) + 1):
        page.click("remove")
    assert page.state["points"] == page.all(".point") == []
    assert page.sentence == "There are no points, so there is no cost: add one."
    page.click("add")
    assert_is_the_descent(page)


def test_points_by_pointer(page):
    """A point follows the pointer, and stays in the picture; a tap beside the points adds one there."""
    before, point = page.state["points"], page.all(".point")[4]
    page.drag(point, 30, -40)
    after = page.state["points"]
    assert after[4][0] > before[4][0]
    assert after[4][1] > before[4][1]
    assert [*after[:4], *after[5:]] == [*before[:4], *before[5:]]
    assert_is_the_descent(page)
    page.drag(page.all(".point")[4], -300, 0)
    box = page.find("#data").rect
    assert page.all(".point")[4].rect["x"] > box["x"]
    count = len(after)
    ActionChains(page.driver, duration=0).move_to_element_with_offset(page.find("#data"), 100, 80).click().perform()
    page.wait()
    points = page.state["points"]
    assert len(points) == count + 1
    assert points[-1][0] > 2.0
    assert points[-1][1] < 1.5
    assert_is_the_descent(page)


def test_points_by_touch(page):
    """A finger drags a point as a pointer does."""
    before = page.state["points"]
    page.touch(page.all(".point .dot")[6], 40, -40)
    after = page.state["points"]
    assert after[6][0] > before[6][0]
    assert after[6][1] > before[6][1]
    assert len(after) == len(before)
    assert_is_the_descent(page)


def test_address(page):
    """The address restores everything, whoever opens it; one that makes no sense leaves the defaults."""
    for name, value in (("exact", 0.123), ("momentum", 0.35), ("scheduler", "inverse_time"), ("max_iter", 77)):
        page.choose(name, value)
    page.press(".point:nth-of-type(2)", Keys.ARROW_DOWN)
    page.press(".start", Keys.ARROW_LEFT)
    page.click("reset")
    page.click("step")
    page.driver.execute_async_script("setTimeout(arguments[0], 400)")  # the address waits for a moment of rest
    address, state, theta = page.run("return location.hash"), page.state, page.theta
    page.open(address)
    assert page.state == state
    assert page.theta == theta
    assert page.run("return playground.address()") == address
    page.open("#alpha=-1&momentum=x&scheduler=toString&max_iter=1e9&start=1&t=-3&points=1,1;2;nonsense,3;4,Infinity")
    assert page.state["points"] == [[1, 1]]
    opened = {name: page.state[name] for name in ("alpha", "momentum", "scheduler", "maxIter", "start")}
    assert opened == {"alpha": 0.1, "momentum": 0, "scheduler": "constant", "maxIter": 1000, "start": [0, 0]}


def test_the_same_in_python(page):
    """The lines of Python that the page shows give its numbers."""
    page.go("#alpha=0.07&momentum=0.5&scheduler=cosine&max_iter=300&start=0.5,-0.25")
    page.click("python > summary")
    namespace = {"print": lambda *_: None}
    exec(page.find("#code").text, namespace)
    model = namespace["model"]
    assert_allclose([model.intercept_, *model.coef_], page.theta, rtol=RTOL)
    assert model.n_iter_ == page.nIter


def test_small_and_alone(page):
    """The page has less than 120 kB, and asks nothing of the network but itself."""
    assert PAGE.stat().st_size < 120_000
    page.driver.get_log("performance")
    page.open("#alpha=0.3")
    page.click("reset")
    page.click("play")
    page.driver.execute_async_script("setTimeout(arguments[0], 500)")
    events = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {PAGE.as_uri()}


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_no_width_is_too_narrow(page, width):
    """Nothing sticks out at the side, on a phone or on a desk, by day or by night; every control has a name."""
    try:
        for scheme in ("light", "dark"):
            page.emulate(width, color_scheme=scheme)
            page.go("#alpha=0.4")
            assert page.run("return document.documentElement.scrollWidth <= innerWidth")
            dark = page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 26)"
            assert dark == (scheme == "dark")
            assert all(page.names())
            assert page.run("return [...document.querySelectorAll('svg')].every(svg => svg.querySelector('title'))")
    finally:
        page.emulate()
