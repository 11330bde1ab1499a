"""The page for contributors can be followed to the letter: a scheduler is added to a copy of the tree as it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Add a scheduler or an optimizer") : PAGE.index("## Rules for tests")]
COPIED = ("sklearn_gd", "tests", "docs", "examples", "README.md", "pyproject.toml")
CLASS = re.search(r"^```python\n(@plugin\n.*?)^```", SECTION, flags=re.DOTALL | re.MULTILINE)[1]


def lines_to_add():
    """Return the rows of the page's table: a file, how the line above begins, and the new line."""
    rows = re.findall(r"^\| `(.+?)` \| (`+.+?`+) \| (`+.+`+) \|$", SECTION, flags=re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\| `", SECTION, flags=re.MULTILINE)) > 4
    return [(file, code(above), code(new)) for file, above, new in rows]


def code(cell):
    """Return what stands between the backticks of a table's cell, one or two at either side."""
    return re.sub(r"^(`+)(.*?) ?\1$", r"\2", cell).replace(r"\|", "|")


def follow(folder, name, kind, places):
    """Follow the page in a tree, for a scheduler of this name and class, with the new lines of these places."""

    def renamed(text):
        return text.replace("half_life", name).replace("HalfLife", kind)

    def change(file, old, new):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"docs/contributing.md speaks of a line that {file} does not have: {old}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    above_the_table = "\n#: "  # the comment on SCHEDULERS, the only one of its kind
    change("sklearn_gd/schedulers.py", above_the_table, f"\n{renamed(CLASS)}\n{above_the_table}")
    for file, above, new in places:
        text = (folder / file).read_text(encoding="utf-8")
        found = re.search(rf"^( *){re.escape(above)}.*\n", text, flags=re.MULTILINE)
        assert found, f"docs/contributing.md speaks of a line that {file} does not have: {above}"
        change(file, found[0], f"{found[0]}{found[1]}{renamed(new)}\n")


def test_a_scheduler_is_added_as_the_page_says(tmp_path):
    """One that is added as the page says passes; of another, which is in the package alone, each place is named."""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    places = lines_to_add()
    follow(tmp_path, "half_life", "HalfLife", places)
    readme = tmp_path / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.replace('`"exponential"`', '`"exponential"`, `"half_life"`'), encoding="utf-8")
    follow(tmp_path, "forgotten", "Forgotten", [place for place in places if place[0] == "sklearn_gd/schedulers.py"])

    # Plain asserts, because rewriting those of Hypothesis takes half of the time.
    # Plain asserts, because rewriting those of Hypothesis takes a third of the time.
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert=plain", "-rfEp"]
    command += ["sklearn_gd/schedulers.py", "tests/test_schedulers.py", "tests/test_public_api.py"]
    command += ["-k", "HalfLife or half_life or Forgotten or forgotten or has_a_formula or names_are_public"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    printed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True).stdout
    passed, failed = (re.findall(rf"^{word} (.*)$", printed, flags=re.MULTILINE) for word in ("PASSED", "FAILED"))
    assert sum("HalfLife" in test or "half_life" in test for test in passed) > 5, printed
    formula, pages = failed
    assert "test_every_scheduler_has_a_formula" in formula
    assert "test_every_rule_is_in_the_pages[forgotten-Forgotten]" in pages
    told = re.search(r'"forgotten" \(Forgotten\) is missing in (.*)', printed)[1]
    assert set(told.split(", ")) == {"README.md", *(file for file, *_ in places if file.startswith("docs/"))}
