"""Check what a release needs, before it is built: ``python .ci/check_release.py v0.1.0``."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Return what speaks against a release under a tag, a sentence each."""
    found = []
    init, changelog = ((root / file).read_text("utf-8") for file in ("sklearn_gd/__init__.py", "CHANGELOG.md"))
    version = re.search(r'^__version__ = "(.+)"$', init, flags=re.MULTILINE)[1]
    if tag != f"v{version}":
        found.append(f"The tag is {tag}, but sklearn_gd.__version__ is {version}; expected the tag v{version}.")
    heading = re.search(rf"^## {re.escape(version)}, (.+)$", changelog, flags=re.MULTILINE)
    if heading is None:
        found.append(f"CHANGELOG.md has no section '## {version}, YEAR-MONTH-DAY'.")
    elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", heading[1]):
        found.append(f"CHANGELOG.md says '{heading[0]}'; expected '## {version}, YEAR-MONTH-DAY'.")
    if f"version: {version}\n" not in (root / "CITATION.cff").read_text("utf-8"):
        found.append(f"CITATION.cff does not have version: {version}.")
    if "example.org" in (root / "pyproject.toml").read_text("utf-8"):
        found.append("pyproject.toml still has placeholder addresses; see docs/contributing.md.")
    return found


if __name__ == "__main__":
    found = problems(*sys.argv[1:])
    print(*found, sep="\n")
    sys.exit(bool(found))
