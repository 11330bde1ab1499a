"""The site: it is built without a warning, its links lead somewhere, and its search finds what one looks for."""

import functools
import re
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

DOCS = Path(__file__).parents[1] / "docs"
MODULES = ("myst_parser", "numpydoc", "pydata_sphinx_theme", "sphinx_copybutton", "sphinx_design", "sphinx_gallery")
missing = [module for module in MODULES if find_spec(module) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"the site needs the extra docs: {', '.join(missing)}")


# What Sphinx makes by itself, and the page that stands alone.
NO_PROSE = ("genindex.html", "py-modindex.html", "search.html", "playground.html")


class Page(HTMLParser):
    """The links, anchors and images of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.images = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Keep what is looked for."""
        attributes = dict(attributes)
        self.anchors |= {attributes[name] for name in ("id", "name") if name in attributes}
        if tag in ("a", "link") and "href" in attributes:
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
            self.links.append(attributes["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of the site, built from a copy of its sources; the lessons are not executed."""
    root, folder = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("site")
    skipped = shutil.ignore_patterns("auto_examples", "generated")
    shutil.copytree(DOCS, root / "docs", ignore=skipped)
    shutil.copytree(DOCS.parent / "examples", root / "examples")
    for name in ("CHANGELOG.md", "pyproject.toml"):
        shutil.copy(DOCS.parent / name, root)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-D", "plot_gallery=0", str(root / "docs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """Return the pages of the site by their paths."""
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}


def test_links_lead_somewhere(site, pages):
    """Every internal link is a file, and an anchor in it."""
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.exists() and (not parts.fragment or target.suffix != ".html" or target not in pages)
            if not there and not (target in pages and (not parts.fragment or parts.fragment in pages[target].anchors)):
                broken.append(f"{path.relative_to(site)} -> {link}")
    assert not broken


def test_images_have_words(site, pages):
    """Every image of a page has an alternative text, which is empty where a caption follows."""
    without = [
        f"{path.relative_to(site)}: {image['src']}"
        for path, page in pages.items()
        for image in page.images
        if "alt" not in image
    ]
    assert not without


def test_nothing_comes_from_elsewhere(pages):
    """Scripts and styles are files of the site: it works without network."""
    for path in pages:
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"(https?:[^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]*rel=\"stylesheet\"[^>]*href=\"(https?:[^\"]+)\"", text)
        assert not loaded, path


def test_pages_introduce_themselves(site, pages):
    """Each page has a title of its own, a short description, and a picture for those who send its address."""
    titles = []
    for path in set(pages) - {site / name for name in NO_PROSE}:
        head = path.read_text(encoding="utf-8").partition("</head>")[0]
        titles += re.findall(r"<title>(.*?)</title>", head, flags=re.DOTALL)
        tags = re.findall(r'<meta [^>]*name="description"[^>]*>', head)
        assert [20 < len(re.search(r'content="([^"]*)"', tag)[1]) <= 200 for tag in tags] == [True], path
        assert head.count('property="og:image"') == 1
    assert len(set(titles)) == len(titles)
    assert (site / "404.html").exists()
    assert (site / "_static" / "card.png").exists()


def test_no_private_path_is_shown(site, pages):
    """Who reads the reference sees the paths from which to import."""
    for path in set(pages) & set((site / "generated").iterdir()):
        text = re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8").partition("<article")[2])
        assert not re.search(r"sklearn_gd\._\w+", text), path


@pytest.fixture(scope="module")
def browser(site):
    """Yield Chromium, and the address at which the site is served."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="the pages are opened by selenium")
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("the pages are opened in chromium, by chromedriver")

    class Silent(SimpleHTTPRequestHandler):
        """A server that does not report."""

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
        "--no-first-run",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver, f"http://127.0.0.1:{server.server_port}"
    driver.quit()
    server.shutdown()
    server.server_close()


def test_search_finds_the_page(browser):
    """A search for a problem finds the page that solves it, and no page writes errors to the console."""
    driver, home = browser
    for page in ("index.html", "choosing-alpha.html", "generated/sklearn_gd.GDLinearRegressor.html"):
        driver.get(f"{home}/{page}")
        assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
    driver.get(f"{home}/search.html?q=learning+rate+too+large")
    driver.implicitly_wait(60)  # the results come one after the other
    found = driver.find_elements("css selector", "ul.search li a[href*='choosing-alpha.html']")
    driver.implicitly_wait(0)
    assert found


# Text beyond the right edge of the window, unless it is in a box that scrolls, and labels that are cut.
CUT = """
const width = document.documentElement.clientWidth;
const whole = ":has(article), .bd-sidebar-secondary, .bd-sidebar-secondary *";
const scrolls = (element) =>
  element && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) && !element.matches(whole)
    ? true : scrolls(element.parentElement));
const beyond = [...document.querySelectorAll("main *")].filter((element) =>
  !element.children.length && element.textContent && !element.closest("svg")
    && element.getBoundingClientRect().right > width + 1 && !scrolls(element));
const labels = [...document.querySelectorAll(".prev-next-area p, nav.page-toc a")].filter((label) =>
  label.scrollWidth > label.clientWidth + 1 && label.clientWidth);
return [...beyond, ...labels].map((element) => element.textContent);
"""
# On a desktop nothing scrolls sideways.
SCROLLED = """
const boxes = document.querySelectorAll("article :is(pre, table, .math, dt.sig)");
const wide = [...boxes].filter((box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth);
return wide.map((box) => box.textContent);
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut(browser, site, pages, width):
    """On a phone wide code, tables and formulas scroll, and the rest wraps; on a desktop everything is visible."""
    driver, home = browser
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    cut = {}
    for path in pages:
        page = str(path.relative_to(site))
        driver.get(f"{home}/{page}")
        found = driver.execute_script(CUT) + (driver.execute_script(SCROLLED) if width > 600 else [])
        if found:
            cut[page] = found[:3]
    assert not cut
