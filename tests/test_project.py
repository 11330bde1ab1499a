"""What surrounds the code: addresses, versions and classifiers agree, a release is checked, the prose too."""

import os
import re
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import sklearn_gd

ROOT = Path(__file__).parents[1]
yaml = pytest.importorskip("yaml", reason="PyYAML comes with dask")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCE, SITE = (PROJECT["project"]["urls"][name] for name in ("Source", "Documentation"))
OUTSIDE = ("build", "dist", ".venv", ".git", "auto_examples", "generated", "__pycache__")
SUFFIXES = (".md", ".py", ".toml", ".cff", ".yaml", ".yml", ".rst", ".html")
FILES = [
    path
    for path in sorted(ROOT.rglob("*"))
    if path.suffix in SUFFIXES and not set(OUTSIDE) & set(path.relative_to(ROOT).parts)
]


def read_yaml(name):
    """Return the contents of a YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_versions_agree():
    """The package, the citation and the recipe have one version; the changelog has its section."""
    version = sklearn_gd.__version__
    assert read_yaml("CITATION.cff")["version"] == version
    assert read_yaml("conda/recipe.yaml")["context"]["version"] == version
    assert f"version = {{{version}}}," in (ROOT / "docs" / "citing.md").read_text(encoding="utf-8")
    assert f"\n## {version}, " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_requirements_agree():
    """The recipe needs what pyproject.toml needs; each tested Python has its classifier, and the lowest is required."""
    project, recipe = PROJECT["project"], read_yaml("conda/recipe.yaml")
    needed = [requirement.replace(" ", "") for requirement in recipe["requirements"]["run"]]
    assert set(needed) - {"python>=${{python_min}}"} == set(project["dependencies"])
    built = [requirement.replace(" ", "") for requirement in recipe["requirements"]["host"]]
    assert set(PROJECT["build-system"]["requires"]) <= set(built)
    tested = read_yaml(".github/workflows/ci.yml")["jobs"]["gate"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={tested[0]}" == f">={recipe['context']['python_min']}"
    listed = [entry.rpartition(" ")[2] for entry in project["classifiers"] if "Python :: 3." in entry]
    assert listed == tested


def test_licence_and_addresses_agree():
    """Citation, recipe and metadata name the same licence and the same addresses."""
    citation, about = read_yaml("CITATION.cff"), read_yaml("conda/recipe.yaml")["about"]
    assert citation["license"] == about["license"] == PROJECT["project"]["license"]
    assert citation["repository-code"] == about["repository"] == SOURCE
    assert citation["url"] == about["homepage"] == SITE
    assert all(url.startswith((SOURCE, SITE)) for url in PROJECT["project"]["urls"].values())


def test_one_line_sets_the_addresses(tmp_path):
    """The line on the page for contributors leaves no placeholder, and breaks none of the addresses."""
    if "example.org" not in SOURCE:
        pytest.skip("the addresses are set")
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    line = re.search(r"^```shell\n(grep [^`]* sed [^`]*)\n```", page, flags=re.MULTILINE)[1]
    mine = Path(__file__)
    for path in FILES:
        if path != mine and b"example.org" in path.read_bytes():
            (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / path.relative_to(ROOT))
    environment = {**os.environ, "SOURCE": "https://host.test/a/b", "SITE": "https://site.test"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=tmp_path, env=environment, check=True)
    left = [
        text_line
        for path in tmp_path.rglob("*.*")
        if path.is_file()
        for text_line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"https?://[\w.-]*example\.org", text_line)
    ]
    assert left == []
    urls = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    assert urls["Issues"] == "https://host.test/a/b/issues"
    assert urls["Documentation"] == "https://site.test"


def test_readme_on_pypi_leads_into_the_repository():
    """With the substitutions of pyproject.toml no link or picture of the README is relative."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for rule in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    assert all(target.startswith(("https://", "http://")) for target in targets)
    assert f"![Four learning rates on the bowl of the cost, and their cost curves]({SOURCE}/raw/main/docs" in text
    assert f"({SOURCE}/blob/main/docs/choosing-alpha.md)" in text


def test_extras_exist():
    """Each extra that a page installs is one of pyproject.toml."""
    extras = set(PROJECT["project"]["optional-dependencies"])
    named = {
        extra
        for path in FILES
        for extras_of_line in re.findall(r"(?:\"\.|sklearn-gd)\[([a-z,]+)\]", path.read_text(encoding="utf-8"))
        for extra in extras_of_line.split(",")
    }
    assert {"test", "docs", "plot"} <= named <= extras


@pytest.mark.parametrize(
    ("tag", "heading", "told"),
    [
        ("v0.1.0", "## 0.1.0, 2027-01-31", []),
        ("v0.2.0", "## 0.1.0, 2027-01-31", ["expected the tag v0.1.0"]),
        ("0.1.0", "## 0.1.0, 2027-01-31", ["expected the tag v0.1.0"]),
        ("v0.1.0", "## 0.1.0, not released", ["'## 0.1.0, not released'; expected"]),
        ("v0.1.0", "## 0.0.9, 2027-01-31", ["no section '## 0.1.0"]),
    ],
)
def test_a_release_is_checked(tmp_path, tag, heading, told):
    """The tag must be the version, and the changelog must have its section with a date."""
    (tmp_path / "sklearn_gd").mkdir()
    (tmp_path / "sklearn_gd" / "__init__.py").write_text('__version__ = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n")
    (tmp_path / "CITATION.cff").write_text("version: 0.1.0\n")
    (tmp_path / "pyproject.toml").write_text('Source = "https://host.test"\n')
    problems = runpy.run_path(str(ROOT / ".ci" / "check_release.py"))["problems"](tag, tmp_path)
    assert len(problems) == len(told)
    assert all(words in problem for words, problem in zip(told, problems, strict=True))


def test_style(tmp_path):
    """Pages, docstrings and messages have none of the expressions of the word list, and one that has is named."""
    style = runpy.run_path(str(ROOT / ".ci" / "style.py"))
    paths = [path for glob in style["PUBLIC"] for path in sorted(ROOT.glob(glob))]
    assert [finding for path in paths for finding in style["findings"](path)] == []
    page = tmp_path / "page.md"
    page.write_text("The result hangs on the data.\nIt depends on alpha.\n")
    [finding] = style["findings"](page)
    assert finding == f"{page}:1: 'hangs on': depends on"
