"""The documentation runs: README, pages and examples, without a warning."""

import contextlib
import importlib
import io
import re
import runpy
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
# What blocks of a page may need beyond the extra `test`.
OPTIONAL = ("onnxruntime", "shap", "skl2onnx", "skops", "sklearn.callback")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(autouse=True)
def _no_figures_left():
    """Close the figures that a page leaves open."""
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


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_examples_run(example, capsys):
    """Every example runs to its end and has something to show."""
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out
