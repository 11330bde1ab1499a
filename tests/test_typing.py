"""Type checkers accept correct calls of the package and report an error in each line of incorrect ones."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import sklearn_gd
from sklearn_gd._data.scores import SCORES, Scoring
from sklearn_gd.optimizers import OPTIMIZERS, OptimizerName
from sklearn_gd.schedulers import SCHEDULERS, SchedulerName

ROOT = Path(__file__).parents[1]
RIGHT, WRONG = (Path(__file__).parent / "typing" / name for name in ("right.py", "wrong.py"))


def run(*command):
    """Return what a checker prints of the two files, with the package found by its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *command, str(RIGHT), str(WRONG)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout


def errors_of_mypy():
    """Yield the file, the line and the message of each error of mypy."""
    # scikit-learn and pandas have no types.
    options = ("--config-file=", f"--cache-dir={os.devnull}", "--disable-error-code=import-untyped")
    for file, line, message in re.findall(r"^(.*?):(\d+): error: (.*)$", run("mypy", *options), flags=re.MULTILINE):
        yield Path(file).name, int(line), message


def errors_of_pyright():
    """Yield those of pyright."""
    for found in json.loads(run("pyright", "--outputjson"))["generalDiagnostics"]:
        if found["severity"] == "error":
            yield Path(found["file"]).name, found["range"]["start"]["line"] + 1, found["message"]


@pytest.mark.parametrize(("checker", "errors"), [("mypy", errors_of_mypy), ("pyright", errors_of_pyright)])
def test_right_and_wrong_calls(checker, errors):
    """There is an error in each marked line, and nowhere else."""
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f'{checker} is not installed: python -m pip install -e ".[test,types]"')
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    marked = {(WRONG.name, number) for number, line in enumerate(lines, start=1) if line.endswith("  # error")}
    assert len(marked) > 90
    found = {(file, line): message for file, line, message in errors()}
    assert not {place: found[place] for place in found.keys() - marked}
    assert not {(number, lines[number - 1]) for _, number in marked - found.keys()}


@pytest.mark.parametrize(
    ("names", "table"), [(OptimizerName, OPTIMIZERS), (SchedulerName, SCHEDULERS), (Scoring, SCORES)]
)
def test_literals_are_the_names_of_the_tables(names, table):
    """The names that a checker accepts are the names that exist at runtime."""
    assert get_args(names) == tuple(table)


def test_the_package_says_that_it_has_types():
    """Checkers read the annotations only with the marker `py.typed`, and only without stubs beside the sources."""
    package = Path(sklearn_gd.__file__).parent
    assert (package / "py.typed").exists()
    assert not list(package.rglob("*.pyi"))
