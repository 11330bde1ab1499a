"""Sphinx: ``python -m sphinx -W docs FOLDER`` after ``pip install ".[docs]"``, without network."""

import os
import re
import sys
from pathlib import Path

from sphinx_gallery.sorting import FileNameSortKey

from sklearn_gd import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import lessons  # noqa: E402

project = "sklearn_gd"
author = "The sklearn_gd developers"
project_copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinx-mathjax-offline",
]
exclude_patterns = ["auto_examples/*.ipynb", "auto_examples/*.py"]
default_role = "code"
# Docstrings that are inherited from scikit-learn refer to its pages.
suppress_warnings = ["ref.term", "ref.ref", "config.cache"]

# Inventories of other projects need the network.
if os.environ.get("READTHEDOCS"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "numpy": ("https://numpy.org/doc/stable", None),
        "python": ("https://docs.python.org/3", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
    }

autosummary_generate = True
autodoc_typehints = "none"
templates_path = ["_templates"]
numpydoc_show_class_members = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": str(HERE.parent / "examples" / "course"),
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "within_subsection_order": FileNameSortKey,
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}

html_theme = "pydata_sphinx_theme"
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_title = "sklearn_gd"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
html_extra_path = [page for page in ["playground.html"] if (HERE / page).exists()]
html_show_sourcelink = False
html_sidebars = {"drag-alpha": []}
PLAYGROUND = r'<div id="playground">.*</script>'


def use_our_icons(app, page, template, context, doctree) -> None:
    """Take the icons of matplotlib's player from the theme, which has them, and not from elsewhere."""
    if "body" in context:
        context["body"] = re.sub(r"<link[^>]*https://maxcdn[^>]*>", "", context["body"])


def put_playground_in(app, page, template, context, doctree) -> None:
    """Put what `playground.html` shows into the frame of the site."""
    if page == "drag-alpha":
        source = (HERE / "playground.html").read_text(encoding="utf-8")
        style, body = (re.search(part, source, re.S)[0] for part in (r'<style id="style">.*?</style>', PLAYGROUND))
        context["body"] = context["body"].replace('<div id="playground"></div>', style + body)


def setup(app) -> None:
    """Register what is done to each page."""
    app.connect("html-page-context", put_playground_in)
    app.connect("builder-inited", lessons.finish_notebooks, priority=900)  # the gallery is made before
    app.connect("source-read", lessons.fold_answers)
    app.connect("html-page-context", use_our_icons)
