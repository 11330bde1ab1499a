"""The documentation runs: README, pages and examples, without a warning."""

import ast
import contextlib
import doctest
import functools
import importlib
import io
import re
import runpy
import sys
import tokenize
import warnings
from pathlib import Path

import distributed
import matplotlib.pyplot as plt
import pytest

import sklearn_gd
from sklearn_gd import displays
from sklearn_gd._displays import fit
from sklearn_gd.optimizers import OPTIMIZERS
from sklearn_gd.schedulers import SCHEDULERS

ROOT = Path(__file__).parents[1]
# What blocks of a page may need beyond the extra `test`.
OPTIONAL = ("duckdb", "mlflow", "onnxruntime", "shap", "skl2onnx", "skops", "sklearn.callback")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MODULES = sorted((ROOT / "sklearn_gd").rglob("*.py"))
COURSE = sorted((ROOT / "examples" / "course").glob("plot_*.py"))
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@pytest.fixture(autouse=True)
def _no_figures_left(monkeypatch, one_parser):
    """Close the figures that a page leaves open, and take its settings back; few dots and frames draw as well."""
    monkeypatch.setattr(fit, "_FRAMES", 5)
    with plt.rc_context({"figure.dpi": 30, "savefig.dpi": 30}):
        yield
    plt.close("all")


def is_missing(module):
    """Return whether a module can't be imported; what it warns of is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            importlib.import_module(module)
        except ImportError:
            return True
    return False


@pytest.mark.filterwarnings("ignore::UserWarning:mlflow")  # it warns of its own type hints
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_blocks_run(page):
    """The Python blocks of a page run from top to bottom, and print what their comments say they print."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    namespace, all_missing = {"__name__": page.stem}, set()
    for block in blocks:
        needed = [module for module in OPTIONAL if re.search(rf"^(import|from) {module}\b", block, re.MULTILINE)]
        if missing := set(filter(is_missing, needed)):
            all_missing |= missing
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, page.name, "exec"), namespace)
        for line in re.findall(r"^(?:print\(.*\)  )?# (.*)", block, flags=re.MULTILINE):
            if re.match(r"[\d{]|auto|The descent|Plain gradient", line.strip()):  # an output, not a remark
                assert " ".join(line.split()) in " ".join(printed.getvalue().split())
    if all_missing:
        pytest.skip(f"the other blocks ran; these need {', '.join(sorted(all_missing))}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Every relative link is a file."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_reference_is_complete():
    """Each public name is in the reference once; optimizers and schedulers are in the order of their tables."""
    listed = {
        page.stem: re.findall(r"^   (\w+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for page in (ROOT / "docs" / "api").glob("*.rst")
    }
    assert listed["optimizers"] == [rule.__name__ for rule in OPTIMIZERS.values()]
    assert listed["schedulers"] == [rule.__name__ for rule in SCHEDULERS.values()]
    assert sorted(listed["displays"]) == displays.__all__
    package = [name for page in ("estimators", "functions", "results") for name in listed[page]]
    assert sorted(package) == sorted(set(sklearn_gd.__all__) - {"__version__", "optimizers", "schedulers"})


def seconds_on_the_page(title):
    """Return the seconds of each fit in a table of docs/performance.md."""
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    [section] = re.findall(rf"^## {re.escape(title)}.*?\n(.*?)(?=^## |\Z)", page, flags=re.DOTALL | re.MULTILINE)
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| (?!fit)\w", line)]
    seconds = {row[0].partition(",")[0].partition("(")[0]: float(row[-2]) for row in rows}
    return {name: time for name, time in seconds.items() if name in ("GDLinearRegressor", "LinearRegression", "Ridge")}


def test_claims_are_those_of_the_benchmarks():
    """What README, "When another tool is better" and the mathematics say about speed is true of the measured page."""
    texts = {path.name: " ".join(path.read_text(encoding="utf-8").split()) for path in PAGES}
    performance = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "on the diabetes data take about twice as long as a `Ridge` fit" in texts["README.md"]
    ratio = re.search(
        r"1,000 iterations\n\n\| fit \| / Ridge .*?\| GDLinearRegressor \| ([\d.]+)", performance, re.DOTALL
    )
    assert 1.5 < float(ratio[1]) < 2.5
    assert "On many rows it is as fast as the closed-form solvers" in texts["when-not.md"]
    for title in ("1,000,000 x 10, defaults", "1,000,000 x 50, defaults"):
        large = seconds_on_the_page(title)
        assert large["GDLinearRegressor"] <= min(large["Ridge"], large["LinearRegression"])
    assert "On small and on sparse data it takes longer than they do" in texts["when-not.md"]
    for title in ("Sparse 100,000 x 100,000", "Sparse 200,000 x 2,000"):
        sparse = seconds_on_the_page(title)
        assert sparse["GDLinearRegressor"] > sparse["Ridge"]
    assert "(performance.md#iterations-on-10-features) take less than a fifth of a second" in texts["mathematics.md"]
    million = float(re.search(r"a million iterations of gradient descent: ([\d.]+) s", performance)[1])
    assert million < 0.2


# What the package needs, so that an example need not speak of it; numbers.Real and such are Python's.
INSTALLED = {"numpy", "scipy", "sklearn", "sklearn_gd", *sys.stdlib_module_names}
CALLED = {"dask": "dask", "distributed": "dask", "pyarrow": "PyArrow"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_say_what_they_need(example):
    """What an example needs beyond the package stands in its docstring, with the line that installs it."""
    tree = ast.parse(example.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    told = ast.get_docstring(tree)
    if "sklearn_gd.displays" in modules:
        assert 'It needs the extra plot, which is matplotlib: ``python -m pip install ".[plot]"``.' in told
    needed = {module.partition(".")[0] for module in modules} - INSTALLED
    assert all(CALLED.get(module, module) in told for module in needed)
    assert not needed or "``python -m pip install " in told


def shown_code(path):
    """Return the lines of code that a page or the docstrings of a module show."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        blocks = re.findall(r"^```(.*?)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
        return [line for kind, block in blocks if not kind.startswith("{") for line in block.splitlines()]
    if path.parent.name == "examples":
        return text.splitlines()
    if path.parent.name == "course":  # the site sets the prose, which is the docstring and comments, as text
        code = text[text.index('"""', text.index('"""') + 3) :]
        return [line for line in code.splitlines() if not line.startswith("#")]
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = [ast.get_docstring(node) for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    examples = [one for docstring in docstrings for one in doctest.DocTestParser().get_examples(docstring or "")]
    return [
        line
        for example in examples
        for line in [*(f">>> {code}" for code in example.source.splitlines()), *example.want.splitlines()]
    ]


@pytest.mark.parametrize(
    "path", [*PAGES, *MODULES, *COURSE, ROOT / "examples" / "own_rules.py"], ids=lambda path: path.name
)
def test_code_is_not_cut(path):
    """Code in pages, docstrings and lessons is at most 76 columns wide: so much fits beside the site's contents."""
    assert [line for line in shown_code(path) if len(line) > 76] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_run(example, capsys, monkeypatch):
    """Every example runs to its end and has something to show; a cluster's workers are threads, which start at once."""
    source = example.read_text(encoding="utf-8")
    needed = [module for module in OPTIONAL if re.search(rf"^import {module}$", source, re.MULTILINE)]
    if missing := list(filter(is_missing, needed)):
        pytest.skip(f"{example.name} needs {', '.join(missing)}")
    monkeypatch.setattr(distributed, "LocalCluster", functools.partial(distributed.LocalCluster, processes=False))
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize("lesson", COURSE, ids=lambda path: path.stem)
def test_lessons_run(lesson, capsys):
    """Every lesson runs, has a picture and something to print, and computes each number that its prose tells."""
    runpy.run_path(str(lesson), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed
    assert max(map(len, printed.splitlines())) <= 76, "cut at the right"
    assert plt.get_fignums()
    code, prose = _code_and_prose(lesson)
    known = {float(number) for number in _numbers(code + printed)}
    told = re.sub(r":ref:`.*?`", "", prose)
    assert {float(number) for number in _numbers(told)} <= known


@pytest.mark.parametrize("lesson", COURSE, ids=lambda path: path.stem)
def test_lessons_show_what_is_meant(lesson):
    """No part ends with a label or a legend, which the site would show as the object that matplotlib returns."""
    statements = ast.parse(lesson.read_text(encoding="utf-8")).body
    starts = [n for n, line in enumerate(lesson.read_text(encoding="utf-8").splitlines(), 1) if line.startswith("# %%")]
    for start in [*starts, sys.maxsize]:
        *_, last = [statement for statement in statements if statement.lineno < start]
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
            name = last.value.func.attr if isinstance(last.value.func, ast.Attribute) else ""
            assert not name.startswith(("set", "legend", "plot", "add_", "ax", "contour")), ast.unparse(last)


@pytest.mark.parametrize("lesson", COURSE, ids=lambda path: path.stem)
def test_lessons_are_short(lesson):
    """A lesson has fewer than 60 lines of code; blank lines, comments and docstrings do not count."""
    tree = ast.parse(lesson.read_text(encoding="utf-8"))
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            docstrings |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    with lesson.open("rb") as file:
        tokens = [token for token in tokenize.tokenize(file.readline) if token.type not in _NO_CODE]
    lines = {line for token in tokens[1:] for line in range(token.start[0], token.end[0] + 1)}
    assert len(lines - docstrings) < 60


def test_lessons_lead_to_each_other():
    """There are fifteen lessons; each ends with a question and its answer, and then names the next one."""
    numbers = [int(lesson.name.split("_")[1]) for lesson in COURSE]
    assert numbers == list(range(1, 16))
    for lesson, following in zip(COURSE, [*COURSE[1:], COURSE[0]], strict=True):
        _, _, end = lesson.read_text(encoding="utf-8").rpartition("# **Question.**")
        assert re.match(r" [^#]*\?\n#\n# \*\*Answer\.\*\* \w", end), lesson.name
        assert end.rstrip().splitlines()[-1].endswith(f":ref:`sphx_glr_auto_examples_{following.name}`."), lesson.name


def _code_and_prose(lesson):
    """Return the code of a lesson without comments and title, and its title and the comments that are paragraphs."""
    source = lesson.read_text(encoding="utf-8")
    title = ast.get_docstring(ast.parse(source), clean=True)
    body = source[source.index('"""', source.index('"""') + 3) + 3 :]
    prose = re.findall(r"^#(?: (.*))?$", body, flags=re.MULTILINE)
    return re.sub(r"#.*", "", body), "\n".join([title, "", *prose])


def _numbers(text):
    """Return the numbers in a text, but not those within a name; the underscores of Python are no part of them."""
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", re.sub(r"(?<=\d)[_,](?=\d)", "", text))
