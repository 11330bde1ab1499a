"""The page that is played with, in a browser."""

import shutil
from pathlib import Path

import numpy as np
import pytest

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

PAGE = Path(__file__).parents[2] / "docs" / "playground.html"
CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
# What the tree that a screen reader is told calls the controls of the page.
ROLES = {"DisclosureTriangle", "button", "checkbox", "combobox", "slider", "spinbutton", "tab"}


class Page:
    """The page in a browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, address=""):
        """Load the page afresh, as somebody who follows a link."""
        self.driver.get("about:blank")
        self.driver.get(PAGE.as_uri() + address)
        self.wait()
        return self

    def go(self, address):
        """Go to an address of the page that is open, which is quicker than loading it."""
        self.run("history.replaceState(null, '', arguments[0]); readAddress()", address)
        self.wait(frames=1)

    def reset(self):
        """Go back to the page as it opens."""
        self.run(
            "document.activeElement.blur(); scrollTo(0, 0); byId('python').open = false;"
            "for (const one of Object.values(scenes)) one.read(new URLSearchParams())"
        )
        self.go(PAGE.as_uri())

    def run(self, script, *arguments):
        """Return what a line of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, frames=2):
        """Wait until all is drawn: a script is followed by one frame, and an event by another, which it asks for."""
        self.driver.execute_async_script(
            "const [frames, done] = arguments;"
            "const next = left => left ? requestAnimationFrame(() => next(left - 1)) : done();"
            "next(frames);",
            frames,
        )

    def __getattr__(self, name):
        """Return what the page tells under a name."""
        return self.run("return playground[arguments[0]]", name)

    def tell(self, *names):
        """Return what the page tells under several names, at once."""
        return self.run("return arguments[0].map(name => playground[name])", names)

    def find(self, selector):
        """Return the first element that a selector finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        """Return all elements that a selector finds."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def choose(self, name, value, event="input"):
        """Give a control a value as a hand does it: the control tells the page."""
        self.run(
            "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
            "e.dispatchEvent(new Event(arguments[2], { bubbles: true }));",
            name,
            value,
            event,
        )
        self.wait(frames=1)

    def click(self, name):
        """Click a button."""
        self.find(f"#{name}").click()
        self.wait()

    def press(self, selector, *keys, shift=False):
        """Focus an element and press keys, perhaps with Shift held."""
        self.run("document.querySelector(arguments[0]).focus()", selector)
        actions = ActionChains(self.driver, duration=0)
        if shift:
            actions.key_down(Keys.SHIFT)
        actions.send_keys(*keys)
        if shift:
            actions.key_up(Keys.SHIFT)
        actions.perform()
        self.wait()

    def drag(self, element, dx, dy):
        """Drag an element with the pointer."""
        ActionChains(self.driver, duration=50).drag_and_drop_by_offset(element, dx, dy).perform()
        self.wait()

    def touch(self, element, dx, dy):
        """Drag an element with a finger."""
        box = element.rect
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - self.run("return scrollY")
        places = [[(x, y)], [(x + dx / 2, y + dy / 2)], [(x + dx, y + dy)], []]
        for kind, at in zip(("Start", "Move", "Move", "End"), places, strict=True):
            touches = [{"x": px, "y": py} for px, py in at]
            self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
        self.wait()

    def emulate(self, width=None, **features):
        """Pretend to a screen of some width, or to none, and to wishes such as ``color_scheme="dark"``."""
        metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": bool(width and width < 600)}
        command = "setDeviceMetricsOverride" if width else "clearDeviceMetricsOverride"
        self.driver.execute_cdp_cmd(f"Emulation.{command}", metrics if width else {})
        wishes = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wishes})
        self.wait()

    def names(self):
        """Return the accessible names of all controls that are shown, one for each."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        names = [node["name"]["value"] for node in nodes if not node["ignored"] and node["role"]["value"] in ROLES]
        shown = self.run(
            "return [...document.querySelectorAll('input, select, button, .handle, summary')]"
            ".filter(e => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length).length"
        )
        assert len(names) == shown, "a control that is none to a screen reader"
        return names

    @property
    def data(self):
        """The points, as the package takes them."""
        points = np.array(self.state["points"])
        return points[:, :1], points[:, 1]


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Return a Chromium without a window, which notes what it asks of the network and what it complains about."""
    if not (webdriver and CHROMIUM and CHROMEDRIVER):
        pytest.skip("the page is driven in Chromium, by its chromedriver and selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in [*SWITCHES.split(), f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(CHROMEDRIVER))
    driver.set_window_size(1280, 900)
    Page(driver).open()
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    """Return the page as it opens, and assert afterwards that the console stayed silent."""
    browser.get_log("browser")
    page = Page(browser)
    page.reset()
    yield page
    assert browser.get_log("browser") == []
