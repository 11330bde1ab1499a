"""The page as a whole: its tabs, its links, its size, and what it looks like on every screen."""

import html
import itertools
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest

pytest.importorskip("selenium", reason="selenium drives the browser")
from selenium.webdriver.common.keys import Keys


def test_tabs(page):
    """A click or an arrow brings another scene; the address follows, and what was set stays."""
    assert page.find("#tab-bowl").get_attribute("aria-selected") == "true"
    page.choose("exact", 0.05)
    page.click("tab-one")
    assert page.find("#scene-one").is_displayed()
    assert not page.find("#scene-bowl").is_displayed()
    page.press("#tab-one", Keys.ARROW_LEFT)
    assert page.find("#scene-race").is_displayed()
    page.press("#tab-race", Keys.ARROW_LEFT)
    page.driver.execute_async_script("setTimeout(arguments[0], 400)")  # the address waits for a moment of rest
    assert "alpha=0.05" in page.run("return location.hash")
    page.run("location.hash = '#scene=race&kappa=7'")
    page.driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.state["kappa"] == 7


SHOWN = """
  return [...document.querySelectorAll(".scene *")].filter(e => e.checkVisibility())
    .map(e => e.cloneNode().outerHTML + (e.children.length ? "" : e.textContent))"""


# What the page writes behind # once nothing has changed for a moment, which a slow machine may have reached or not.
ADDRESS = "return [location.pathname, location.search, address()]"


def shown(page):
    """Return the elements that are shown in each scene."""
    scenes = []
    for name in ("bowl", "one", "race"):
        page.click(f"tab-{name}")
        scenes.append(page.run(SHOWN))
    return scenes


def test_reset(page):
    """What the other tests begin with is the page as it opens."""
    page.choose("example", "many points")
    page.press(".start", Keys.ARROW_RIGHT)
    page.click("python > summary")
    page.go("#scene=race&kappa=7&rates=,1,&t=3")
    page.go("?scene=one&f=valleys&drop=1")
    page.reset()
    address, scenes = page.run(ADDRESS), shown(page)
    page.open()
    assert address == page.run(ADDRESS)
    assert scenes == shown(page)


def test_a_link_of_the_site(page):
    """The lessons link to a scene with ?, which leaves the anchors of a page alone."""
    page.open("?scene=one&f=valleys&a=-1.8")
    assert page.name == "one"
    assert page.state["a"] == -1.8
    page.open("?alpha=0.3&example=an outlier")
    assert page.state["alpha"] == 0.3


def test_the_links_of_the_lessons(page):
    """Each lesson links to a set-up that the page knows, and that tells something."""
    course = Path(__file__).parents[2] / "examples" / "course"
    names = [
        re.search(r"drag-alpha.html\?lesson=(\w+)>", lesson.read_text(encoding="utf-8"))[1]
        for lesson in sorted(course.glob("plot_*.py"))
    ]
    assert names == page.run("return Object.keys(LESSONS)")
    for name in names:
        page.go(f"?lesson={name}")
        assert page.find("#sentence").text or page.find("#ratio").text or page.find("#standing").text


def test_the_scenes_of_the_slides(page):
    """Each address of the page for teachers is understood: what it sets is in the address that the page makes of it."""
    text = (Path(__file__).parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
    addresses = [html.unescape(link) for link in re.findall(r'href="drag-alpha.html(\?[^"]+)"', text)]
    assert len(addresses) >= 20
    for address in addresses:
        page.go(address)
        made = parse_qs(page.run("return playground.address()")[1:], keep_blank_values=True)
        for name, (value,) in parse_qs(address[1:]).items():
            if name in ("points", "example", "rules") or (name, value) in {("a", "minimum"), ("t", "0")}:
                continue
            assert made[name] == [value] or float(made[name][0]) == float(value), address


WRITTEN = """
  const [change, drag, done] = arguments, written = new Set();
  const nameOf = node => {
    const element = node.closest ? node : node.parentElement, picture = element.closest("svg");
    if (!picture) return element.id;
    const part = element.closest(".handle") ?? element;
    return `${picture.id} ${[...part.classList].pop() ?? part.localName}`;
  };
  const look = records => records.forEach(r => {
    if (r.type !== "attributes" || r.oldValue !== r.target.getAttribute(r.attributeName)) written.add(nameOf(r.target));
  });
  const observer = new MutationObserver(look), put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...image) {
    written.add("paint");
    put.apply(this, image);
  };
  held = drag;
  invalidate();
  requestAnimationFrame(() => {
    observer.observe(document.querySelector("#playground"),
      { subtree: true, attributes: true, attributeOldValue: true, childList: true, characterData: true });
    playground.set(change ?? {});
    invalidate();
    requestAnimationFrame(() => {
      look(observer.takeRecords());
      observer.disconnect();
      CanvasRenderingContext2D.prototype.putImageData = put;
      held = false;
      done([...written]);
    });
  });"""


FRAMES = [
    (
        "",
        {"alpha": 0.11},
        False,
        "data: point grid text best; contour: level grid text minimum; cost: lowest; slice0: grid text",
    ),
    (
        "",
        {"t": 7},
        False,
        "data: point grid text best; contour: level grid text minimum; cost: grid text; slice0: grid text",
    ),
    ("", {"start": [0.1, 0]}, True, "data: point grid text best; contour: grid text"),
    ("surface=1", {"t": 7}, False, "contour: mesh text"),
    (
        "scene=one&f=valleys&drop=1",
        {"t": 7},
        False,
        "hill: curve-line grid text; walk: grid text minima; error: grid text",
    ),
    (
        "scene=one",
        {"nudge": 0.1},
        False,
        "hill: curve-line grid text path; walk: path grid text; error: third grid text",
    ),
    ("scene=race", {"t": 7}, False, "track: level grid text; pad: grid text minimum handle; costs: grid text"),
    (
        "scene=race",
        {"beta": 0.85},
        True,
        "track: level grid first third; pad: grid text minimum; costs: first third",
    ),
    ("scene=race", {"start": [-2, 0.5]}, True, "track: grid text minimum level; pad: grid text minimum"),
]


def test_a_frame_writes_what_changes(page):
    """A drag writes what follows from it: what stays is not drawn again, and nothing is when nothing changes."""
    for address, change, drag, stays in FRAMES:
        page.go(f"#{address}")
        kept = {
            f"{picture.split(':')[0].strip()} {name}"
            for picture in stays.split(";")
            for name in picture.split(":")[1].split()
        }
        written = set(page.driver.execute_async_script(WRITTEN, change, drag))
        assert len(written) > 3
        assert not written & (kept | {"paint"})
        assert page.driver.execute_async_script(WRITTEN, None, False) == []


def test_another_bowl_is_painted(page):
    """The dial of the condition number changes the contour and the rates on the pad, so both are drawn again."""
    page.go("#scene=race")
    assert {"track level", "paint"} <= set(page.driver.execute_async_script(WRITTEN, {"kappa": 40}, False))


def test_a_long_line_has_few_points(page):
    """A line of a thousand or ten thousand iterations has no more points than can be told apart."""
    for address in ("scene=race&kappa=1000", "scene=one&alpha=0.0001&t=end", "alpha=0.0001&max_iter=10000"):
        page.go(f"#{address}")
        lines = page.run(
            "return [...document.querySelectorAll('.scene:not([hidden]) path')].map(p => p.getAttribute('d') ?? '')"
        )
        assert max(map(len, lines)) < 15 * page.run("return document.querySelector('#playground').clientWidth")


@pytest.mark.parametrize("width", [390, 1280])
def test_every_scene_on_every_screen(page, width):
    """Nothing sticks out at the side, no picture is empty, every control has a name, every picture a title."""
    scenes = ("one&f=origin&a=4&drop=1", "race&kappa=100", "bowl&surface=1")
    try:
        for scheme, scene in itertools.product(("light", "dark"), scenes):
            page.emulate(width, color_scheme=scheme)
            page.go(f"#scene={scene}")
            assert page.run("return document.documentElement.scrollWidth <= innerWidth")
            pictures = f"[...document.querySelectorAll('#scene-{scene.partition('&')[0]} svg')]"
            assert min(page.run(f"return {pictures}.map(svg => svg.getBoundingClientRect().width)")) > 120
            assert page.run(f"return {pictures}.every(svg => svg.querySelector('title'))")
            assert all(page.names())
    finally:
        page.emulate()


def test_the_colour_mode_of_the_site(page):
    """Within the site its choice of colours counts, whatever the system's is."""
    for mode, background in (("dark", "rgb(29, 32, 37)"), ("light", "rgb(255, 255, 255)")):
        page.run("document.documentElement.dataset.theme = arguments[0]", mode)
        page.wait()
        assert page.run("return getComputedStyle(document.querySelector('.panel')).backgroundColor") == background
    page.run("delete document.documentElement.dataset.theme")


def test_alone(page):
    """No scene asks anything of the network."""
    page.driver.get_log("performance")
    for scene in ("one", "race"):
        page.open(f"#scene={scene}")
        page.click(f"{scene}-reset")
        page.click(f"{scene}-play")
    events = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    asked = {
        event["params"]["request"]["url"].partition("#")[0]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert len({url for url in asked if not url.startswith(("data:", "about:"))}) == 1
