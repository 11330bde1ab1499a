"""Look for expressions of words.txt in pages, docstrings and messages: ``python .ci/style.py [FILE ...]``."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PUBLIC = (
    "*.md",
    ".github/**/*.md",
    ".github/**/*.yml",
    "docs/*.md",
    "docs/*.rst",
    "docs/api/*.rst",
    "docs/*.html",
    "examples/**/*.py",
    "examples/**/*.rst",
    "sklearn_gd/**/*.py",
)
WORDS = [
    (re.compile(expression, flags=re.IGNORECASE), advice)
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for expression, _, advice in [line.partition(" => ")]
]


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that readers see: of modules the strings, of lessons everything."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py" or "examples" in path.parts:
        yield from enumerate(text.splitlines(), start=1)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from enumerate(node.value.splitlines(), start=node.lineno)


def findings(path: Path) -> list[str]:
    """Return where a file uses an expression, and what to write instead."""
    return [
        f"{path}:{number}: {found[0]!r}: {advice}"
        for number, line in prose(path)
        for pattern, advice in WORDS
        if (found := pattern.search(line))
    ]


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]] or [path for glob in PUBLIC for path in sorted(ROOT.glob(glob))]
    found = [finding for path in files for finding in findings(path)]
    print(*found, sep="\n")
    sys.exit(bool(found))
