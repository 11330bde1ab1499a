"""The folders are steps from left to right: each knows those to its left only, and no modules import in a circle."""

import ast
import functools
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sklearn_gd

PACKAGE = Path(sklearn_gd.__file__).parent
ROOMS = ("_data", "_cost", "_descent", "_verdict", "_search", "_displays")


@functools.cache
def imports() -> dict[str, set[str]]:
    """Return the modules of the package that each of them imports, also inside of functions."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        modules = (node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module)
        found[name] = {module.removeprefix("sklearn_gd.") for module in modules if module.startswith("sklearn_gd.")}
    return found


def test_no_circles():
    """There is an order in which the modules can be read."""
    tuple(TopologicalSorter(imports()).static_order())


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_know_those_to_their_left(room):
    """No module imports one of a room to the right of its own, or an estimator; only displays know estimators."""
    right = ROOMS[ROOMS.index(room) + 1 :]
    for name, modules in imports().items():
        if name.split(".")[0] == room:
            rooms = {module.split(".")[0] for module in modules}
            assert not rooms & set(right), name
            assert room == "_displays" or not rooms & {"_regressor", "_regressor_cv", "_path", "displays"}, name


def test_every_module_is_on_the_map():
    """The page for contributors says the idea of each file."""
    page = (Path(__file__).parents[1] / "docs" / "contributing.md").read_text(encoding="utf-8")
    modules = {name.split(".")[-1] for name in imports()} - {"__init__", "__main__"}
    assert not {name for name in modules if f"`{name}.py`" not in page}
