"""Chromium, driven, for the tests of the page with a model inside."""

import shutil

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from waiting import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
DESKTOP, PHONE = (1280, 900), (390, 844)
HOLDS = """
const given = [...arguments], done = given.pop(), start = performance.now();
const condition = function () { %s };
const look = () => {
  const holds = Boolean(condition(...given));
  if (holds || performance.now() - start > 10000) done(holds); // so that the driver hears of it
  else setTimeout(look, 10);
};
look();
"""


def start():
    """Chromium, or None where there is none with its driver."""
    if not (CHROMIUM and DRIVER):
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(PATIENCE)
    return driver


class Browser:
    """Chromium with one page, and what a person does with it."""

    def __init__(self, driver):
        self.driver, self.opened, self.size = driver, 0, None

    def resize(self, size):
        if size == self.size:
            return
        self.size = size
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        # What the page does about its width, it does before a frame.
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def colour(self, scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, path, fragment="", size=DESKTOP):
        """Load a page anew, which takes a third of a second: within a test, `follow` another fragment."""
        self.resize(size)
        self.opened += 1
        self.driver.get(f"{path.as_uri()}?{self.opened}#{fragment}")  # another address, or nothing is loaded
        self.wait()

    def follow(self, fragment):
        """Change what stands after # in the address, and wait for the names that it gives."""
        before = self.run("const before = search; location.hash = arguments[0]; return before", fragment)
        self.holds("return search > arguments[0] && more !== null", before)
        self.wait()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, condition, what):
        """Wait for a condition; fails after `PATIENCE` with what was waited for."""
        said = f"waited {PATIENCE} seconds for this: {what}"
        WebDriverWait(self.driver, PATIENCE, 0.02).until(lambda _: condition(), said)

    def holds(self, script, *arguments):
        """As `until`, for a condition in JavaScript; the page itself looks for it, which takes less work."""
        looking = HOLDS % script
        self.until(lambda: self.driver.execute_async_script(looking, *arguments), script)

    def wait(self, until=r"^(?!Unpacking|Searching|$)"):
        """Until the status says so. Returns it."""
        self.holds("return new RegExp(arguments[0]).test(document.getElementById('status').innerText)", until)
        return self.run("return byId('status').innerText")

    @property
    def names(self):
        return self.run("return [...document.querySelectorAll('#names bdi')].map((name) => name.textContent)")

    @property
    def kept(self):
        return self.run("return [...document.querySelectorAll('#kept-names bdi')].map((name) => name.textContent)")

    def set(self, field, value):
        """Change a setting as a person would, and wait for other names."""
        before = self.names
        self.run(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event('input', { bubbles: true }))",
            field,
            str(value),
        )
        self.until(lambda: self.names != before, "other names are there")
        self.wait()

    def choose_case(self, case):
        """Choose how names are displayed."""
        self.run("const field = byId('case'); field.value = arguments[0];"
                 "field.dispatchEvent(new Event('input', { bubbles: true }))", case)  # fmt: skip

    def complaints(self):
        """What stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]
