"""Your turn: each lesson has a function to complete, whose check says what is wrong with it, and not only that."""

import contextlib
import importlib.util
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

COURSE = Path(__file__).parents[1] / "examples" / "course"
TURNS = sorted((COURSE / "your_turn").glob("turn_*.py"))

# For each turn the line that completes it, and lines that somebody may write first, with what the check says of them.
ANSWERS = {
    1: (
        "return (f(a + nudge) - f(a)) / nudge",
        {
            "return f(a + nudge) - f(a)": "divide it by the nudge",
            "return (f(a) - f(a + nudge)) / nudge": "sign",
            "return f(a) / nudge": "the slope should be 4.001",
        },
    ),
    2: (
        "return theta - alpha * slope",
        {
            "return theta + alpha * slope": "uphill",
            "return theta - slope": "multiply it by alpha",
            "return theta - alpha * abs(slope)": "subtracting a negative number",
            "return alpha * slope": "should lead to 3.8. Got",
        },
    ),
    3: (
        "return 1 - alpha * curvature",
        {
            "return alpha * curvature - 1": "sign",
            "return alpha * curvature": "what is left?",
            "return abs(1 - alpha * curvature)": "Keep the sign",
            "return 1 - alpha": "leaves 0.8 of the distance. Got 0.9",
        },
    ),
    4: (
        "return ((theta_0 + theta_1 * x - y) ** 2).mean() / 2",
        {
            "return (theta_0 + theta_1 * x - y) ** 2": "add up the squared errors",
            "return ((theta_0 + theta_1 * x - y) ** 2).mean()": "half of it",
            "return ((theta_0 + theta_1 * x - y) ** 2).sum() / 2": "number of points",
            "return ((theta_0 + theta_1 * x - y) ** 2).sum()": "divide it by 2m",
            "return abs(theta_0 + theta_1 * x - y).mean() / 2": "not squared",
            "return 7.0": "the cost should be 4 / 6",
        },
    ),
    5: (
        "e = theta_0 + theta_1 * x - y; return theta_0 - alpha * e.mean(), theta_1 - alpha * (e * x).mean()",
        {
            "e = theta_0 + theta_1 * x - y; return theta_0 - alpha * e, theta_1 - alpha * e * x": "add up the errors",
            "e = theta_0 + theta_1 * x - y; return theta_0 + alpha * e.mean(), theta_1": "uphill",
            "e = theta_0 + theta_1 * x - y; return theta_0 - alpha * e.sum(), theta_1 - alpha * e @ x": "divided",
            "e = (theta_0 + theta_1 * x - y).mean(); return theta_0 - alpha * e, theta_1 - alpha * e": "times its x_i",
            "return 0.0, 0.0": "It should be (0.9333, 0.7333)",
        },
    ),
    6: (
        "return X.T @ (X @ theta - y) / len(y)",
        {
            "return X.T @ (X @ theta - y)": "1/m is missing",
            "return 2 * X.T @ (X @ theta - y) / len(y)": "cancel out",
            "return X.T @ (y - X @ theta) / len(y)": "sign",
            "return (X @ theta - y).mean()": "two derivatives",
            "return theta": "The nudges say",
        },
    ),
    7: (
        "return abs(theta - old_theta).max() <= tol",
        {
            "return abs(theta - old_theta) <= tol": "one yes or no",
            "return (theta - old_theta).max() <= tol": "a long move may go down",
            "return abs(theta - old_theta).min() <= tol": "all moves must be short",
            "return abs(theta - old_theta).max() > tol": "the descent continues",
            "return abs(theta - old_theta).max() < tol": "not below it",
        },
    ),
    8: (
        "return 1 - 0.9 * t / max_iter",
        {
            "return 1 - t / max_iter": "falls to 0;",
            "return 0.1 + 0.9 * t / max_iter": "starts at 1",
            "return 1 - 0.5 * t / max_iter": "At t = max_iter it should be 0.1",
            "return 0.1 ** (t / max_iter)": "a straight line",
        },
    ),
    9: (
        "v = 0.9 * v + gradient",
        {
            "v = gradient": "forgotten",
            "v = v + gradient": "never come to rest",
            "v = 0.9 * v + 0.1 * gradient": "as in Adam",
            "v = 0.9 * v": "the velocity should be 2.8",
        },
    ),
    10: (
        "return min(ends, key=f)",
        {
            "return min(f(end) for end in ends)": "return the place",
            "return ends[0]": "local minimum",
            "return min(ends)": "leftmost",
            "return 7.0": "at -1.036",
        },
    ),
    11: (
        "return intercept - slope * mean / std, slope / std",
        {
            "return intercept, slope * std": "so divide",
            "return intercept, slope": "still the one for z",
            "return intercept, slope / std": "where is it at x = 0?",
            "return 0.0, 0.0": "should predict",
        },
    ),
    12: (
        "return np.sign(theta) * np.maximum(abs(theta) - threshold, 0)",
        {
            "return theta - threshold": "the sign decides the direction",
            "return theta - threshold * np.sign(theta)": "has gone past 0",
            "return np.maximum(abs(theta) - threshold, 0)": "The sign is lost",
            "return 0 * theta": "should become [2.5, -1.5, 0, 0]",
        },
    ),
    13: (
        "m, s = X_train.mean(0), X_train.std(0); return (X_train - m) / s, (X_test - m) / s",
        {
            "return X_train - X_train.mean(0), X_test": "now divide",
            "X = np.concatenate([X_train, X_test]); return (X_train - X.mean()) / X.std(), X_test": "the test rows",
            "return (X_train - 2) / X_train.std(), (X_test - X_test.mean()) / X_test.std()": "their own mean",
            "return (X_train - 2) / X_train.std(), X_test": "deviations above the mean",
        },
    ),
    14: (
        "return len(costs) - 1 - costs.index(min(costs)) > patience",
        {
            "return len(costs) > patience": "while the cost still falls",
            "return costs[-1] > costs[0] or costs[-1] < 2": "the lowest so far",
            "return False": "should have stopped",
            "return len(costs) - 1 - costs.index(min(costs)) >= patience": "not at least",
        },
    ),
    15: (
        "return Moments.of_batches(chunks)",
        {
            "return sum(len(X) for X, y in chunks)": "not Moments",
            "return [Moments.of(X, y) for X, y in chunks][-1]": "last chunk",
            "return Moments.of(*next(chunks))": "first chunk",
        },
    ),
}
DOTS = re.compile(r"^( +)(?:return|v =)[ .,]+$", re.M)


def run(turn, line=None):
    """Run a turn, with its dots completed by a line, and return what it prints."""
    source = turn.read_text(encoding="utf-8")
    assert len(DOTS.findall(source)) == 1
    if line is not None:
        source = DOTS.sub(lambda dots: dots[1] + line, source)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, turn.name, "exec"), {"__name__": "__main__"})
    return printed.getvalue().strip()


def test_each_lesson_has_its_turn():
    """Each lesson has a turn, which its page shows."""
    assert len(TURNS) == len(ANSWERS) == 15
    for lesson, turn in zip(sorted(COURSE.glob("plot_*.py")), TURNS, strict=True):
        text = lesson.read_text(encoding="utf-8")
        assert f"your_turn/{turn.name}" in text
        assert text.index("# Your turn\n") > text.index("# **Answer.**")


@pytest.mark.parametrize("turn", TURNS, ids=lambda path: path.stem)
def test_turns(turn):
    """A check knows the dots, the solution, and what is wrong with the usual mistakes."""
    solution, mistakes = ANSWERS[int(turn.stem[-2:])]
    assert run(turn) == "The dots are still there."
    assert run(turn, solution).startswith("Right: ")
    for line, words in mistakes.items():
        assert words in run(turn, line), line


@pytest.fixture(scope="module")
def lessons():
    """Return the module of the site that folds answers and finishes notebooks."""
    spec = importlib.util.spec_from_file_location("lessons", COURSE.parents[1] / "docs" / "lessons.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_answers_are_folded(lessons):
    """The answer of a lesson becomes a dropdown, and what is around it stays; other pages stay as they are."""
    text = "**Question.** Why?\n\n**Answer.** Because:\nso.\n\nYour turn\n"
    page, other = [text], [text]
    lessons.fold_answers(None, "auto_examples/plot_01_derivative", page)
    lessons.fold_answers(None, "guide", other)
    assert other == [text]
    assert page[0].startswith(
        "**Question.** Why?\n\n.. dropdown:: Answer\n   :class-container: answer\n\n   Because:\n   so.\n"
    )
    assert page[0].endswith("\nYour turn\n")


def test_notebooks_end_with_your_turn(lessons, tmp_path):
    """A notebook has its answer folded, and ends with the function and its check; twice is as good as once."""
    text = "**Answer.** Yes.\n\nYour turn\n\n.. literalinclude:: x.py\n   :start-at: # Complete\n\nNext"
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": [text]}], "metadata": {}}
    (tmp_path / "auto_examples").mkdir()
    path = tmp_path / "auto_examples" / "plot_09_optimizers.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    for _ in range(2):
        lessons.finish_notebooks(SimpleNamespace(srcdir=tmp_path))
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "code"]
        assert (
            "".join(cells[0]["source"])
            == "<details><summary>Answer</summary>\n\nYes.\n\n</details>\n\nYour turn\n\n\nNext"
        )
    namespace, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in cells[1:]:
            exec("".join(cell["source"]), namespace)
    assert printed.getvalue() == "The dots are still there.\n"
