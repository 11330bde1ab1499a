"""Sphinx: ``python -m sphinx -W docs FOLDER`` after ``pip install ".[docs]"``, without network."""

import os
import re
import sys
import tomllib
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx_gallery.sorting import FileNameSortKey

from sklearn_gd import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import lessons  # noqa: E402

# Search engines truncate longer descriptions.
_DESCRIPTION = 160
URLS = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]

project = "sklearn_gd"
author = "The sklearn_gd developers"
version = release = __version__
project_copyright = f"{author}, version {release}, BSD-3-Clause licence"

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
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"
templates_path = ["_templates"]
numpydoc_show_class_members = False
myst_enable_extensions = ["colon_fence", "deflist", "substitution"]
myst_substitutions = {
    "release": release,
    "links": f"[source]({URLS['Source']}), [issues]({URLS['Issues']})",
    "site": URLS["Documentation"],
}
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
html_baseurl = URLS["Documentation"] + "/"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "icon_links": [{"name": "Source", "url": URLS["Source"], "icon": "fa-solid fa-code"}],
    "external_links": [{"name": "Issues", "url": URLS["Issues"]}],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_extra_path = [page for page in ["playground.html"] if (HERE / page).exists()]
html_show_sourcelink = False
html_domain_indices = False  # the reference and the index list the same names
html_sidebars = {"drag-alpha": []}
PLAYGROUND = r'<div id="playground">.*</script>'


def use_our_icons(app, page, template, context, doctree) -> None:
    """Use the theme's icons for matplotlib's animation player, instead of loading them from another site."""
    if "body" in context:
        context["body"] = re.sub(r"<link[^>]*https://maxcdn[^>]*>", "", context["body"])


def put_playground_in(app, page, template, context, doctree) -> None:
    """Insert the contents of `playground.html` into its page of the site."""
    if page == "drag-alpha":
        source = (HERE / "playground.html").read_text(encoding="utf-8")
        style, body = (re.search(part, source, re.S)[0] for part in (r'<style id="style">.*?</style>', PLAYGROUND))
        context["body"] = context["body"].replace('<div id="playground"></div>', style + body)


def hide_private_parameters(app, what, name, obj, options, signature, annotation):
    """Leave out the fields of a dataclass that are not public."""
    return signature and re.sub(r", _\w+(=[^,)]*)?", "", signature), annotation


def describe(app, page, template, context, doctree) -> None:
    """Add Open Graph tags to a page, and a description unless the page has one."""
    if doctree is None:
        return
    written = [meta["content"] for meta in doctree.findall(nodes.meta) if meta.get("name") == "description"]
    paragraphs = (" ".join(paragraph.astext().split()) for paragraph in doctree.findall(nodes.paragraph))
    # The first paragraph of a lesson is the gallery's note on downloads.
    told = (text for text in paragraphs if len(text) > 20 and not text.startswith("Go to the end"))
    description = (written or [next(told, app.config.html_title)])[0]
    if len(description) > _DESCRIPTION:
        description = description[: _DESCRIPTION - 1].rpartition(" ")[0] + "…"
    tags = {
        "og:title": re.sub("<[^>]*>", "", context.get("title", project)),
        "og:type": "website",
        "og:url": app.config.html_baseurl + app.builder.get_target_uri(page),
        "og:site_name": project,
        "og:description": description,
        "og:image": app.config.html_baseurl + "_static/card.png",
        "og:image:alt": "Four learning rates on the bowl of the cost, and their cost curves",
    }
    if not written:
        context["metatags"] += f'\n<meta name="description" content="{escape(description)}" />'
    for name, content in tags.items():
        context["metatags"] += f'\n<meta property="{name}" content="{escape(content)}" />'
    context["metatags"] += '\n<meta name="twitter:card" content="summary_large_image" />'
    if page == "404" and "example.org" not in app.config.html_baseurl:
        # It is shown for any address, so its links must not be relative to the address.
        context["metatags"] = f'<base href="{app.config.html_baseurl}" />\n{context["metatags"]}'


def setup(app) -> None:
    """Register the functions that change the pages."""
    app.connect("autodoc-process-signature", hide_private_parameters)
    app.connect("html-page-context", put_playground_in)
    app.connect("builder-inited", lessons.finish_notebooks, priority=900)  # the gallery is made before
    app.connect("source-read", lessons.fold_answers)
    app.connect("html-page-context", use_our_icons)
    app.connect("html-page-context", describe)
