"""Mutants of a module: small slips put into it one after the other, and whether its tests notice them.

    python -m pip install -e ".[test,mutation]"
    python benchmarks/mutate.py sklearn_gd/_descent/loop.py tests/test_loop.py --sample 40

The slips are those of cosmic-ray, and some that it does not have: an argument or a statement that is left out, a copy
that is not made, the smallest for the largest. One is taken at each of some random places, the same for the same
``--seed``; annotations and decorators are left alone. Each is written into a copy of the package, and the tests are run
until one fails, in a fork of a process that has imported all but the package: most slips cost less than a second.
What the command does not know, such as ``--deselect=tests/test_loop.py::test_tol_none_never_stops``, is for pytest.

What lives is printed as a diff. Not all of it is a gap in the tests: a slip may change nothing but speed, a text, or a
number that nobody is promised.
"""

import argparse
import ast
import difflib
import importlib
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[1]
SWAPS = {"min": "max", "argmin": "argmax", "minimum": "maximum", "nanmin": "nanmax", "nanargmin": "nanargmax"}
SWAPS |= {"any": "all", "ceil": "floor", "zeros": "ones", "zeros_like": "ones_like"}
SWAPS |= {new: old for old, new in SWAPS.items()}
# No slips that somebody makes, or that no test could miss: most are errors of types.
# The first failure is enough; a plugin of pytest that a fork has imported already is nothing to warn of.
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
LEFT_OUT = ("NoOp", "RemoveDecorator", "Exception", "Variable", "_Is", "Bit", "Shift", "FloorDiv", "Mod", "Pow")


class Order:
    """A plugin of pytest: tests that have noticed a slip go first, then the quick ones; the first failure is told."""

    def __init__(self, noticed: dict[str, int], seconds: dict[str, float]):
        self.noticed, self.seconds, self.failed, self.took = noticed, seconds, None, {}

    def pytest_collection_modifyitems(self, items):
        """Sort the tests."""
        items.sort(key=lambda item: (-self.noticed.get(item.nodeid, 0), self.seconds.get(item.nodeid, 0.0)))

    def pytest_runtest_logreport(self, report):
        """Keep the times, and the name of a test that fails."""
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report):
        """Keep the name of a file that can't be imported."""
        if report.failed and not self.failed:
            self.failed = f"{report.nodeid} is not collected"


class Bench:
    """A copy of the repository in which the tests of a module are run, each time in a process of its own."""

    def __init__(self, tests: list[str]):
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
        shutil.copytree(ROOT, self.folder, ignore=ignored, dirs_exist_ok=True)
        self.tests, self.noticed, self.seconds, self.limit = tests, {}, {}, None
        # What collecting the tests has imported the forks need not import again.
        for name in self.run("--collect-only")[2]:
            with suppress(ImportError):  # parts of packages that only those import
                importlib.import_module(name)
        failed, self.seconds, _ = self.run()
        if failed:
            sys.exit(f"Without any slip {failed} fails.")
        self.limit = 20.0 + 4.0 * sum(self.seconds.values())

    def run(self, *options: str) -> tuple[str | None, dict[str, float], list[str]]:
        """Run the tests; return the one that fails, or None, how long each took, and the modules that were imported."""
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=self._child, args=(sender, *options))
        process.start()
        sender.close()
        result = None
        try:
            if receiver.poll(self.limit):
                result = receiver.recv()
        except EOFError:
            result = ("the interpreter", {}, [])
        if process.pid and result is None:
            os.killpg(process.pid, signal.SIGKILL)
            result = ("the clock", {}, [])
        process.join()
        return result

    def _child(self, sender, *options: str) -> None:
        os.setpgid(0, 0)
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        os.environ["PYTHONPATH"] = str(self.folder)
        order = Order(self.noticed, self.seconds)
        before = set(sys.modules)
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            code = pytest.main([*OPTIONS, *options, *self.tests], plugins=[order])
        ours = ("sklearn_gd", "tests", "test_", "conftest", "__")
        new = [name for name in sys.modules if name not in before and not name.startswith(ours)]
        sender.send((order.failed or (None if code == 0 else f"pytest ends with {code}"), order.took, new))
        sender.close()
        os._exit(0)

    def tries(self, module: str, source: str) -> str | None:
        """Return the test that notices another source of a module, or None."""
        path = self.folder / module
        original = path.read_text()
        path.write_text(source)
        self._forget(path)
        failed, _, _ = self.run()
        path.write_text(original)
        self._forget(path)
        if failed:
            self.noticed[failed] = self.noticed.get(failed, 0) + 1
        return failed

    @staticmethod
    def _forget(path: Path) -> None:
        """Remove what Python has compiled: another source of the same second and length would not be seen."""
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()


def of_cosmic_ray(source: str) -> list[tuple[tuple[int, int], str]]:
    """Return places and other sources, as cosmic-ray makes them."""
    tree, made = get_ast(source), []
    for name in operator_names():
        if any(part in name for part in LEFT_OUT):
            continue
        kind = get_operator(name)
        if kind.arguments():
            continue
        operator = kind()
        places = [start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node)]
        made += [
            (place, lambda operator=operator, i=i: mutate_code(source, operator, i)) for i, place in enumerate(places)
        ]
    return made


def of_our_own(source: str) -> list[tuple[tuple[int, int], str]]:
    """Return places and other sources: arguments, statements and copies left out, the smallest for the largest."""
    lines, tree, made = source.splitlines(keepends=True), ast.parse(source), []
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    raw = source.encode()

    def span(node) -> tuple[int, int]:
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    def put(node, start: int, end: int, text: str) -> None:
        made.append(((node.lineno, node.col_offset), lambda: (raw[:start] + text.encode() + raw[end:]).decode()))

    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                start, end = span(keyword)
                rest = raw[end:].lstrip()
                stop = len(raw) - len(rest) + 1 if rest.startswith(b",") else end
                if keyword.arg is not None:
                    put(keyword, start, stop, "")
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            _, end = span(node.func)
            if name in SWAPS:
                put(node, end - len(name), end, SWAPS[name])
            if name in ("copy", "afresh") and isinstance(node.func, ast.Attribute) and not node.args:
                put(node, span(node.func.value)[1], span(node)[1], "")
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Expr | ast.AugAssign | ast.Raise) and not is_text:
            put(node, *span(node), "pass")
        if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple):
            put(node, *span(node), "pass")
    return made


def left_alone(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where the annotations and the decorators are."""
    parts = []
    for node in ast.walk(ast.parse(source)):
        parts += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        parts += getattr(node, "decorator_list", [])
    return [((one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)) for one in parts if one is not None]


def mutants(source: str, sample: int, seed: int) -> list[str]:
    """Return other sources, one for each of some random places."""
    at_place, spans, chance = {}, left_alone(source), random.Random(seed)
    for place, make in of_cosmic_ray(source) + of_our_own(source):
        if not any(start <= place < end for start, end in spans):
            at_place.setdefault(place, []).append(make)
    places, made = chance.sample(sorted(at_place), len(at_place)), []
    for place in places:
        makes = at_place[place]
        for make in chance.sample(makes, len(makes)):
            mutant = make()
            try:
                same = mutant is None or ast.dump(ast.parse(mutant)) == ast.dump(ast.parse(source))
            except SyntaxError:
                continue
            if not same:
                made.append((place, mutant))
                break
        if len(made) == sample:
            break
    return [mutant for _, mutant in sorted(made, key=lambda one: one[0])]


def main() -> None:
    """Put slips into a module, and print those that live, and how many there were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="the file, such as sklearn_gd/_descent/loop.py")
    parser.add_argument("tests", nargs="+", help="what pytest is told to run, the files or tests that concern it")
    parser.add_argument("--sample", type=int, default=50, help="the places (50)")
    parser.add_argument("--seed", type=int, default=0, help="of the random places (0)")
    options, of_pytest = parser.parse_known_args()
    source, begun = (ROOT / options.module).read_text(), time.perf_counter()
    bench = Bench([*options.tests, *of_pytest])
    made, lived = mutants(source, options.sample, options.seed), 0
    try:
        for mutant in made:
            if bench.tries(options.module, mutant):
                continue
            lived += 1
            diff = difflib.unified_diff(source.splitlines(), mutant.splitlines(), n=0, lineterm="")
            print(*[line for line in diff if line[:3] not in ("---", "+++")], sep="\n", flush=True)
    finally:
        shutil.rmtree(bench.folder)
    noticed = len(made) - lived
    print(f"{options.module}: {noticed} of {len(made)} noticed, {lived} lived, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
