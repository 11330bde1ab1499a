"""Mutants of a module: small slips put into it one after the other, and whether its tests notice them.

    python -m pip install -e ".[test,mutation]"
    python benchmarks/mutate.py sklearn_gd/_descent/loop.py tests/test_loop.py --sample 40

The slips are those of cosmic-ray, and some that it does not have: an argument or a statement that is left out, a copy
that is not made, the smallest for the largest. One is taken at each of some random places, the same for the same
``--seed``; annotations and decorators are left alone.

pytest collects the tests once, in a copy of the repository. Each slip has a fork of that process, in which the code of
the module's functions is replaced, and those tests that run the function with the slip are run until one fails: most
slips cost less than half a second. What the command does not know, such as
``--deselect=tests/test_loop.py::test_tol_none_never_stops``, is for pytest.

What lives is printed as a diff. Not all of it is a gap in the tests: a slip may change nothing but speed, a text, or a
number that nobody is promised.
"""

import argparse
import ast
import difflib
import functools
import importlib.util
import inspect
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import types
from contextlib import redirect_stderr, redirect_stdout
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
LEFT_OUT = ("NoOp", "RemoveDecorator", "Exception", "Variable", "_Is", "Bit", "Shift", "FloorDiv", "Mod", "Pow")
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
CLOCK = "the clock"
CONSTANTS = (int, float, str, tuple, type(None))


class Bench:
    """A plugin of pytest that runs, in place of the collected tests, something that tries slips in forks.

    Parameters
    ----------
    module : str
        The file of the module, such as ``"sklearn_gd/_descent/loop.py"``.
    tests : list of str
        What pytest is told.
    """

    def __init__(self, module: str, tests: list[str]):
        self.module, self.tests = module, tests
        self.noticed, self.seconds, self.touched, self.limit, self.watched = {}, {}, {}, 600.0, False
        self.failed = None

    def run(self, work) -> None:
        """Collect the tests, and do some work in the process that has imported all."""
        self._work = work
        folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
        shutil.copytree(ROOT, folder, ignore=ignored, dirs_exist_ok=True)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        self.path = folder / self.module
        try:
            told = io.StringIO()
            with redirect_stdout(told), redirect_stderr(told):
                code = pytest.main([*OPTIONS, *self.tests], plugins=[self])
            if code != 0:
                sys.exit(told.getvalue())
        finally:
            shutil.rmtree(folder)

    def pytest_runtestloop(self, session):
        """Do the work in place of the tests."""
        if not session.items or session.testsfailed:
            return None
        self._items = session.items
        self.loaded = importlib.import_module(self.module.removesuffix(".py").replace("/", "."))
        failed = self._in_fork(self._watched)
        if failed:
            raise pytest.UsageError(
                f"Without any slip {failed} fails; what has threads, as polars has, can't be forked."
            )
        self.watched = True
        self.limit = 20.0 + 4.0 * sum(self.seconds.values())
        self._work()
        return True

    def pytest_runtest_logreport(self, report):
        """Keep the times, and the name of a test that fails."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def tries(self, source: str, line: int | None = None) -> str | None:
        """Return the test that notices another source of the module, or None.

        Only those are run that have called the function at this line; all, for one that is in no function.
        """
        original = self.path.read_text()
        self.path.write_text(source)  # for the processes that a test may start
        failed = self._in_fork(lambda: self._slipped(source, line))
        self.path.write_text(original)
        if failed:
            self.noticed[failed] = self.noticed.get(failed, 0) + 1
        return failed

    def _in_fork(self, work) -> str | None:
        """Return what some work returns in a fork of this process; keep what it has found out of the tests."""

        def child() -> None:
            os.setpgid(0, 0)
            failed = work()
            sender.send((failed, None, None) if self.watched else (failed, self.seconds, self.touched))
            sender.close()
            os._exit(0)

        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        sender.close()
        try:
            if not receiver.poll(self.limit):
                os.killpg(process.pid, signal.SIGKILL)
                return CLOCK
            failed, seconds, touched = receiver.recv()
        except EOFError:
            return "the interpreter"
        finally:
            process.join()
        if seconds is not None:
            self.seconds, self.touched = seconds, touched
        return failed

    def _watched(self) -> str | None:
        """Run all tests, and note which functions of the module each of them calls."""
        called = set()
        vars(self.loaded)["_note"] = called.add
        tree = ast.parse(self.path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.body[:0] = ast.parse(f"_note({first_line(node)})").body
        install(self.loaded, ast.fix_missing_locations(tree))
        for item in self._items:
            called.clear()
            self._run([item])
            self.touched[item.nodeid] = frozenset(called)
            if self.failed:
                return self.failed
        return None

    def _slipped(self, source: str, line: int | None) -> str | None:
        """Put another source into the module, and run the tests that concern it."""
        try:
            install(self.loaded, source)
        except Exception as error:
            return f"the import: {error!r}"
        function = line and function_at(source, line)
        items = [item for item in self._items if not function or function in self.touched[item.nodeid]]
        items.sort(key=lambda item: (-self.noticed.get(item.nodeid, 0), self.seconds[item.nodeid]))
        self._run(items)
        return self.failed

    def _run(self, items) -> None:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return


def function_at(source: str, line: int) -> int | None:
    """Return the first line of the innermost function that has a line in its body, or None."""
    found = None
    for node in ast.walk(ast.parse(source)):  # from the outside inwards
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= node.end_lineno:
            found = first_line(node)
    return found


def first_line(node: ast.FunctionDef) -> int:
    """Return the line of a function's first decorator, or of its name."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def install(module: types.ModuleType, source: str | ast.Module) -> None:
    """Replace the code of a module's functions, their defaults, and its plain constants, wherever they are in use."""
    fresh = types.ModuleType(module.__name__)
    fresh.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(source, module.__file__, "exec"), fresh.__dict__)
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        if name.startswith("__") or old is new:
            continue
        if isinstance(new, CONSTANTS) and type(new) is type(old) and new != old:
            for other in list(sys.modules.values()):
                if getattr(other, "__name__", "").startswith("sklearn_gd") and vars(other).get(name) is old:
                    setattr(other, name, new)
        elif getattr(new, "__module__", None) == module.__name__:
            _take_over(old, new)


def _take_over(old, new) -> None:
    if isinstance(new, type):
        for name, part in vars(new).items():
            if name in vars(old) and isinstance(part, CONSTANTS) and not name.startswith("__"):
                setattr(old, name, part)
            elif name in vars(old):
                _take_over(vars(old)[name], part)
    elif isinstance(new, property):
        _take_over(old.fget, new.fget)
    elif isinstance(new, functools.cached_property):
        _take_over(old.func, new.func)
    elif isinstance(new, classmethod | staticmethod):
        _take_over(old.__func__, new.__func__)
    elif inspect.isfunction(new) and inspect.isfunction(old):
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
        if hasattr(new, "__wrapped__"):
            _take_over(old.__wrapped__, new.__wrapped__)


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


def is_other(mutant: str, source: str) -> bool:
    """Return whether a text is a program, and another one; a star of a signature that is a slash makes none."""
    try:
        tree = ast.parse(mutant)
    except SyntaxError:
        return False
    slashes = any(isinstance(node, ast.arguments) and node.posonlyargs for node in ast.walk(tree))
    return not slashes and ast.dump(tree) != ast.dump(ast.parse(source))


def mutants(source: str, sample: int, seed: int) -> list[tuple[int, str]]:
    """Return lines and other sources, one for each of some random places."""
    at_place, spans, chance = {}, left_alone(source), random.Random(seed)
    for place, make in of_cosmic_ray(source) + of_our_own(source):
        if not any(start <= place < end for start, end in spans):
            at_place.setdefault(place, []).append(make)
    places, made = chance.sample(sorted(at_place), len(at_place)), []
    for place in places:
        makes = at_place[place]
        for make in chance.sample(makes, len(makes)):
            mutant = make()
            if mutant is not None and is_other(mutant, source):
                made.append((place, mutant))
                break
        if len(made) == sample:
            break
    return [(place[0], mutant) for place, mutant in sorted(made, key=lambda one: one[0])]


def main() -> None:
    """Put slips into a module, and print those that live, and how many there were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", help="the file, such as sklearn_gd/_descent/loop.py")
    parser.add_argument("tests", nargs="+", help="what pytest is told to run, the files or tests that concern it")
    parser.add_argument("--sample", type=int, default=50, help="the places (50)")
    parser.add_argument("--seed", type=int, default=0, help="of the random places (0)")
    options, of_pytest = parser.parse_known_args()
    source, begun = (ROOT / options.module).read_text(), time.perf_counter()
    bench, out = Bench(options.module, [*options.tests, *of_pytest]), sys.stdout
    made, lived = mutants(source, options.sample, options.seed), []

    def work() -> None:
        for line, mutant in made:
            if bench.tries(mutant, line):
                continue
            lived.append(mutant)
            diff = difflib.unified_diff(source.splitlines(), mutant.splitlines(), n=0, lineterm="")
            print(*[line for line in diff if line[:3] not in ("---", "+++")], sep="\n", file=out, flush=True)

    bench.run(work)
    noticed = len(made) - len(lived)
    print(
        f"{options.module}: {noticed} of {len(made)} noticed, {len(lived)} lived, {time.perf_counter() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
