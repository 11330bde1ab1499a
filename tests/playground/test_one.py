"""One parameter: the nudge and the steps are those of Python and of `gradient_descent`."""

import itertools
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_gd import gradient_descent

pytest.importorskip("selenium", reason="selenium drives the browser")
from selenium.webdriver.common.keys import Keys

X, Y = np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.9, 1.6, 2.9, 3.4])
FUNCTIONS = {
    "square": (lambda a: a * a, lambda a: 2 * a),
    "line": (lambda a: 3 * a, lambda a: 3 + 0 * a),
    "origin": (lambda a: ((a * X - Y) ** 2).mean() / 2, lambda a: ((a * X - Y) * X).mean()),
    "valleys": (lambda a: (a * a - 1) * (a * a - 1) + 0.3 * a, lambda a: 4 * a * (a * a - 1) + 0.3),
}
RTOL = 1e-6


def test_descents(page):
    """From either side, with alpha small, good, overshooting or diverging: the steps of `gradient_descent`."""
    places = [(2.0, 0.001), (2.0, 0.1), (2.0, 0.26), (-1.5, 0.02), (-1.5, 0.1), (-1.5, 1.3)]
    for f, (a, alpha) in itertools.product(FUNCTIONS, places):
        value, slope = FUNCTIONS[f]
        page.go(f"#scene=one&f={f}&a={a}&alpha={alpha}")
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = gradient_descent(value, a, jac=slope, alpha=alpha)
        path = np.array(page.path, dtype=float)
        assert page.nIter == result.nit
        assert_allclose(path, result.path[:, 0], rtol=RTOL, atol=RTOL)


def test_the_numbers_of_the_lecture(page):
    """The derivative of a**2 is 4 at 2 and 10 at 5, that of 3a is 3 everywhere; the ratio is written out."""
    page.go("#scene=one")
    assert "0.004001 / 0.001 = 4.001. The derivative is 4;" in page.find("#ratio").text
    page.go("#scene=one&a=5")
    assert "0.010001 / 0.001 = 10.001. The derivative is 10;" in page.find("#ratio").text
    for a in (-3, 2, 5):
        page.go(f"#scene=one&f=line&a={a}")
        assert page.find("#ratio").text.endswith(
            (
                "/ 0.001 = 3. The derivative is 3.",
                "The derivative is 3; the ratio approaches it as the nudge shrinks.",
            )
        )
    page.go("#scene=one&a=-3")
    assert "The derivative is \N{MINUS SIGN}6" in page.find("#ratio").text  # a negative slope: the step goes right
    page.click("one-step")
    assert page.here > -3


def test_the_nudge_shrinks_until_rounding(page):
    """Slider and handle set the nudge; the ratio is that of floating-point numbers, also where they fail."""
    page.go("#scene=one&a=5")
    for power, word in ((-1, "approaches"), (-3, "approaches"), (-12, "rounding takes over"), (-17, "a + nudge is a.")):
        page.choose("nudge", power, event="change")
        nudge = page.state["nudge"]
        assert nudge == float(f"1e{power}")
        assert page.ratio == ((5 + nudge) * (5 + nudge) - 25.0) / nudge
        assert page.find("#ratio").text.endswith(f"{word}") or word in page.find("#ratio").text
    page.choose("nudge", 0)
    page.drag(page.find(".nudged"), -30, 0)
    assert 0.1 < page.state["nudge"] < 1
    before = page.state["nudge"]
    page.press(".nudged", Keys.ARROW_LEFT)
    assert page.state["nudge"] < before


def test_the_point_is_dragged(page):
    """Mouse, finger and arrows move the start along the curve, and the descent begins there."""
    page.go("#scene=one&t=5")
    page.drag(page.find("#hill .start"), -60, 0)
    first = page.state["a"]
    assert first < 2
    page.touch(page.find("#hill .start .dot"), 100, -20)
    second = page.state["a"]
    assert second > first
    page.press("#hill .start", Keys.ARROW_LEFT, shift=True)
    assert page.state["a"] < second
    assert page.path[0] == page.state["a"] == page.here
    value, slope = FUNCTIONS["square"]
    assert_allclose(page.path, gradient_descent(value, page.state["a"], jac=slope, alpha=0.1).path[:, 0], rtol=RTOL)
    page.go("#scene=one&f=valleys&a=1.8")  # above the picture
    page.drag(page.find("#hill .start"), -60, 0)
    assert page.state["a"] < 1.8


FACTORS = [
    (0.01, 0.98, "the steps are short"),
    (0.3, 0.4, "each step brings it nearer"),
    (0.5, 0.0, "one step lands on the minimum"),
    (0.9, -0.8, "overshoots, but lands nearer, on the other side"),
    (1.0, -1.0, "back and forth for ever"),
    (1.1, -1.2, "each step lands farther away, on the other side"),
]


def test_the_factor(page):
    """A step multiplies the distance to the minimum of a parabola by 1 - alpha L, and the words say what that means."""
    for alpha, factor, word in FACTORS:
        page.go(f"#scene=one&alpha={alpha}")
        assert f"= {factor:g}: ".replace("-", "\N{MINUS SIGN}") in page.find("#moves").text
        assert word in page.find("#moves").text
        path = page.path
        assert_allclose(path[1], factor * path[0], atol=1e-12)
        if abs(factor) > 1:
            page.click("one-end")
            assert page.find("#moves").text.startswith("It diverges: ")


def test_one_step_at_a_local_minimum(page):
    """There the slope is 0, and one step moves nothing, whatever alpha is."""
    page.go("#scene=one&f=valleys&alpha=0.2")
    page.click("to-minimum")
    before = page.here
    assert_allclose(FUNCTIONS["valleys"][1](before), 0.0, atol=1e-12)
    assert "The slope is 0, so one step moves a by alpha" in page.find("#moves").text
    assert "There is a lower valley at" in page.find("#moves").text
    page.click("one-step")
    assert_allclose(page.here, before, atol=1e-12)


def test_twenty_at_random(page):
    """Twenty drop, and each ends in the valley that `gradient_descent` ends in from there."""
    page.emulate(reduced_motion="reduce")
    try:
        page.go("#scene=one&f=valleys&alpha=0.02")
        page.click("drop")
        starts, ends = page.starts, page.ends
        assert len(starts) == len(page.all("#hill .ball")) == 20
        value, slope = FUNCTIONS["valleys"]
        expected = [gradient_descent(value, a, jac=slope, alpha=0.02).x[0] for a in starts]
        assert_allclose(ends, expected, rtol=RTOL)
        left = sum(end < 0 for end in ends)
        told = f"{left} end in the global minimum at −1.04, {20 - left} end in the local minimum at 0.96."  # noqa: RUF001
        assert told in page.find("#moves").text
        page.click("drop")
        assert page.starts != starts
        page.click("lift")
        assert page.all("#hill .ball") == []
    finally:
        page.emulate()


def test_address_and_python(page):
    """The address keeps the scene, and its Python gives its numbers."""
    for f in FUNCTIONS:
        page.go(f"#scene=one&f={f}&a=1.5&alpha=0.15&nudge=0.01&t=3")
        address = page.run("return playground.address()")
        assert address == f"#scene=one&f={f}&a=1.5&nudge=0.01&alpha=0.15&t=3"
        page.run("document.getElementById('python').open = true")
        page.wait()
        namespace = {"print": lambda *_: None}
        exec(page.find("#code").text, namespace)
        assert_allclose(page.path[-1], namespace["result"].path[-1, 0], rtol=RTOL)
        page.click("one-reset")
        assert_allclose(page.ratio, namespace["ratio"], rtol=RTOL)
