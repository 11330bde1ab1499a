"""Side by side: the runners are those of `gradient_descent`, and the pad has the rates of convergence of momentum."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_gd import gradient_descent
from sklearn_gd.optimizers import OPTIMIZERS, Momentum, auto_alpha

pytest.importorskip("selenium", reason="selenium drives the browser")
from selenium.webdriver.common.keys import Keys

RTOL = 1e-6


def rate(H, alpha, beta):
    """Return the spectral radius of an iteration of momentum, as a matrix on theta and velocity."""
    eye = np.eye(2)
    return np.abs(np.linalg.eigvals(np.block([[eye - alpha * H, -alpha * beta * eye], [H, beta * eye]]))).max()


def assert_runs(page):
    """Assert that each runner takes the steps of `gradient_descent`, at its "auto" if no rate is given."""
    state, H = page.state, np.array(page.H)
    for i, name in enumerate(state["rules"]):
        if name == "none":
            continue
        rule = Momentum(state["beta"]) if i == 1 else OPTIMIZERS[name]()
        alpha = page.alphas[i]
        if state["rates"][i] is None:
            assert_allclose(alpha, auto_alpha(rule, H @ state["start"], 1.0), rtol=RTOL)
        with np.errstate(all="ignore"):
            result = gradient_descent(
                lambda theta: (theta @ H @ theta / 2, H @ theta),
                state["start"],
                jac=True,
                optimizer=rule,
                alpha=alpha,
                max_iter=1000,
                tol=None,
            )
        path = np.array(page.paths[i], dtype=float)
        assert_allclose(path, result.path, rtol=RTOL, atol=RTOL)
        late = np.flatnonzero(~(result.cost_history <= 1e-6 * result.cost_history[0])).max() + 1
        assert page.arrivals[i] == (late if late <= result.nit else None)


RACES = [
    ("gd,adam", 30, ",1,", 0.9),
    ("nesterov,amsgrad", 100, ",2.86,", 0.478),
    ("adagrad,nadam", 5, ",3.9,", 0.2),
    ("momentum,rprop", 1000, ",0.5,", 0),
    ("rmsprop,none", 1, "0.004,1,", 0.5),  # at its "auto", rounding decides how it swings at last
]


def test_the_race(page):
    """Every rule runs on bowls of every shape as in the package, also where it diverges."""
    for rules, kappa, rates, beta in RACES:
        page.go(f"#scene=race&kappa={kappa}&rules={rules}&rates={rates}&beta={beta}")
        assert_allclose(np.linalg.eigvalsh(page.H), [1 / kappa, 1], rtol=1e-12)
        assert_runs(page)


def test_the_pad(page):
    """Its rates are those of the matrix of an iteration; the best pair is Polyak's, and none beside it is better."""
    rng = np.random.default_rng(0)
    for kappa in (2, 30, 1000):
        page.go(f"#scene=race&kappa={kappa}")
        H, (best_alpha, best_beta) = np.array(page.H), page.best
        root = np.sqrt(1 / kappa)
        assert_allclose([best_alpha, best_beta], [(2 / (1 + root)) ** 2, ((1 - root) / (1 + root)) ** 2], rtol=1e-12)
        pairs = np.column_stack([rng.uniform(0, 4, 40), rng.uniform(0, 1, 40)])
        told = page.run("return arguments[0].map(pair => playground.rate(...pair))", pairs.tolist())
        assert_allclose(told, [rate(H, *pair) for pair in pairs], rtol=1e-9)
        # At the best pair the roots coincide, and half of the digits with them.
        best = page.run("return playground.rate(...playground.best)")
        assert_allclose(best, (1 - root) / (1 + root), rtol=1e-6)
        assert min(told) > best
        alpha, beta = pairs.T
        assert ((np.array(told) >= 1) == (alpha >= 2 * (1 + beta))).all()


def test_the_pad_is_dragged(page):
    """Mouse, finger and arrows move the pair; the button takes the best one, and momentum then wins."""
    page.go("#scene=race&kappa=100")
    handle, moves = "#pad .handle", []
    for move in (
        lambda: page.drag(page.find(handle), 30, 20),
        lambda: page.touch(page.find(f"{handle} .dot"), -20, 20),
        lambda: page.press(handle, Keys.ARROW_RIGHT, Keys.ARROW_DOWN),
    ):
        before = (page.state["rates"][1], page.state["beta"])
        move()
        after = (page.state["rates"][1], page.state["beta"])
        moves.append([after[0] > before[0], after[1] > before[1]])
    assert moves == [[True, False], [False, False], [True, False]]
    page.click("best-pair")
    assert_allclose([page.state["rates"][1], page.state["beta"]], page.best, rtol=1e-12)
    assert page.find("#standing").text.startswith("The cost stays below a millionth of the first: momentum (pad) from")
    assert_runs(page)
    page.choose("rate1", 3.9)
    page.choose("beta1", 0.1)
    assert "diverges: alpha must stay below 2 (1 + beta) / L = 2.2;" in page.find("#pad-said").text


def test_settings_and_address(page):
    """Dial, rules, rates and start are chosen; the address keeps them, and the Python has the same arrivals."""
    page.go("#scene=race")
    page.choose("kappa", 1)
    page.choose("rule0", "nesterov", event="change")
    page.choose("rule2", "none", event="change")
    page.choose("rate0", 0.5)
    page.press("#track .start", Keys.ARROW_UP, Keys.ARROW_LEFT)
    assert page.state["kappa"] == 10
    assert page.state["rules"] == ["nesterov", "momentum", "none"]
    assert_runs(page)
    page.click("race-reset")
    page.click("race-step")
    assert page.find("#standing").text.startswith("After 1 iteration the cost, relative to the start, is: nesterov ")
    state, address = page.state, page.run("return playground.address()")
    page.go(address)
    assert page.state == state
    printed = []
    page.click("python > summary")
    exec(page.find("#code").text, {"print": lambda *words: printed.append(words)})
    assert [words[2] for words in printed] == [when for when in page.arrivals if when]
    page.go("#scene=race&kappa=-1&rules=x,toString&rates=a,b&start=0,0&beta=7")
    assert page.state["kappa"] == 30
    assert page.state["rules"] == ["gd", "momentum", "adam"]
