"""The documentation runs: README, pages and examples, without a warning."""

import contextlib
import io
import re
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(autouse=True)
def _no_figures_left():
    """Close the figures that a page leaves open."""
    yield
    plt.close("all")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_blocks_run(page):
    """The Python blocks of a page run from top to bottom, and print what their comments say they print."""
    if "sklearn.callback" in page.read_text(encoding="utf-8"):
        pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    namespace = {"__name__": page.stem}
    for block in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, page.name, "exec"), namespace)
        for line in re.findall(r"^(?:print\(.*\)  )?# (.*)", block, flags=re.MULTILINE):
            if re.match(r"[\d{]|auto|The descent|Plain gradient", line.strip()):  # an output, not a remark
                assert " ".join(line.split()) in " ".join(printed.getvalue().split())


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
