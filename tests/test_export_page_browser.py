"""The page with a model inside, in Chromium: opened from a file, clicked through, looked at.

Where there is no Chromium with its driver, these are left out; what the page computes is tested without one in
`test_export_page`.
"""

import re
import shutil

import pytest
import torch
from export_models import EVERY_FAMILY, hundred_contexts, in_memory, model_of, network
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from namegen.export.packing import rounded_model
from namegen.export.page import page_of, write_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
DESKTOP, PHONE = (1280, 900), (390, 844)

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Chromium and chromedriver")


class Browser:
    """Chromium with one page, and what a person does with it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, fragment="", size=DESKTOP, scheme="light"):
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get("about:blank")
        self.driver.get(f"{path.as_uri()}#{fragment}")
        self.wait()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, until=r"^(?!Unpacking|Searching|$)"):
        """Until the status says so. Returns it."""
        WebDriverWait(self.driver, 30, 0.02).until(lambda _: re.search(until, self.find("#status").text))
        return self.find("#status").text

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
        WebDriverWait(self.driver, 30, 0.02).until(lambda _: self.names != before)
        self.wait()

    def complaints(self):
        """What stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def chromium():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield Browser(driver)
    driver.quit()


@pytest.fixture
def browser(chromium):
    """Without anything kept, and nothing in the console by the end."""
    yield chromium
    chromium.run("localStorage.clear()")
    assert chromium.complaints() == []


@pytest.fixture(scope="module")
def irish(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "irish.html"
    write_page(model_of("ngram"), path)
    return path


@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_every_family_says_in_the_browser_what_it_says_in_python(browser, tmp_path, family):
    trained = model_of(family)
    page = write_page(trained, tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "count=1")
    contexts = hundred_contexts(trained.model)
    found = browser.run("return arguments[0].map((c) => [...namer.model.probabilities(c)])", contexts.tolist())
    expected = rounded_model(trained.model, page.precision).log_probabilities(contexts)
    torch.testing.assert_close(torch.tensor(found).float().log(), expected, atol=1e-3, rtol=0)


def test_names_are_there_at_once_and_the_button_makes_others(browser, irish):
    browser.open(irish)
    first = browser.names
    assert len(first) == 12
    browser.find("#draw").click()
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: browser.names != first)
    assert browser.wait() == "12 names."
    assert not set(browser.names) & set(first)


def test_settings_are_heeded_and_travel_in_the_address(browser, irish):
    browser.open(irish, "seed=7")
    for field, value in {"start": "Mu", "max": 8, "min": 4, "temperature": 1.5, "count": 5, "end": "n"}.items():
        browser.set(field, value)
    names = browser.names
    assert len(names) == 5
    assert all(name.startswith("mu") and name.endswith("n") and 4 <= len(name) <= 8 for name in names)
    fragment = browser.run("return location.hash").removeprefix("#")
    assert fragment == "seed=7&start=Mu&end=n&min=4&max=8&temperature=1.5&count=5"
    browser.open(irish, fragment)
    assert browser.names == names
    assert browser.find("#temperature-shown").text == "1.50"
    browser.find("#title").click()
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: browser.names == [name.title() for name in names])
    assert browser.run("return location.hash") == f"#{fragment}&title=1"
    browser.all(".name")[0].click()
    assert browser.kept == [names[0].title()]


def test_an_address_that_is_edited_is_heeded_and_nonsense_in_it_is_not(browser, irish):
    browser.open(irish, "seed=7&count=3")
    browser.run("location.hash = 'seed=7&count=4&temperature=hot&known=yes&x=%3Cb%3E'")
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: len(browser.names) == 4)
    assert browser.find("#temperature-shown").text == "1.00"
    assert not browser.find("#known").is_selected()


def test_names_are_kept_copied_and_still_there_on_the_next_visit(browser, irish):
    browser.open(irish, "seed=7")
    assert not browser.find("#kept").is_displayed()
    wanted = [browser.names[place] for place in (0, 3, 4)]
    for place in (0, 3, 4):
        browser.all(".name")[place].click()
    assert browser.kept == wanted
    assert browser.all(".name")[3].get_attribute("aria-pressed") == "true"
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.find("#copy").click()
    assert browser.run("return window.copied") == "\n".join(wanted)
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: browser.find("#done").text == "Copied 3 names")
    browser.find("#share").click()
    assert browser.run("return window.copied") == f"{irish.as_uri()}#seed=7"
    browser.open(irish, "seed=7")
    assert browser.kept == wanted
    browser.all("#kept-names button")[1].click()
    assert browser.kept == [wanted[0], wanted[2]]
    assert browser.all(".name")[3].get_attribute("aria-pressed") == "false"
    browser.find("#clear").click()
    assert not browser.find("#kept").is_displayed()


def test_a_keyboard_reaches_everything_and_a_name_tells_its_surprise(browser, irish):
    browser.open(irish, "seed=7")
    reached = []
    for _ in range(12):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        focus = browser.driver.switch_to.active_element
        reached.append(focus.get_attribute("id") or focus.get_attribute("class"))
    assert reached[:9] == ["draw", "start", "end", "min", "max", "temperature", "count", "known", "title"]
    assert reached[-2:] == ["name", "name"]
    name = browser.names[reached.count("name") - 1]
    (expected,) = model_of("ngram").score([name])
    shown = [letter.text.split() for letter in browser.all("#surprise .letter")]
    assert [symbol for symbol, _ in shown] == [*name, "end"]
    assert [float(nats) for _, nats in shown] == pytest.approx([one.surprise for one in expected.letters], abs=0.051)
    focus = browser.driver.switch_to.active_element
    said = browser.run(
        "return document.getElementById(arguments[0]).textContent", focus.get_attribute("aria-describedby")
    )
    assert said == "Surprise in nats: " + ", ".join(" ".join(pair) for pair in shown)
    assert (focus.aria_role, focus.accessible_name) == ("button", f"{name} keep")
    focus.send_keys(Keys.SPACE)
    assert browser.kept == [name]
    browser.find("#start").send_keys(Keys.ENTER)
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: name not in browser.names)


def test_names_on_the_list_are_told_apart_where_they_are_asked_for(browser, irish):
    browser.open(irish, "seed=7&count=100")
    assert browser.find("header p").text == "They sound like the 1,113 names of irish and are none of them."
    browser.find("#known").click()
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: not browser.find("#new").is_displayed())
    browser.wait()
    known = [name for name in browser.names if browser.run("return namer.isKnown(arguments[0])", name)]
    assert known
    browser.all(".name")[browser.names.index(known[0])].click()
    assert browser.find("#surprise p").text.startswith("On the list. ")


def test_controls_are_named_for_those_who_hear_the_page(browser, irish):
    browser.open(irish)
    named = {element.get_attribute("id"): element.accessible_name for element in browser.all("input")}
    assert named["start"] == "Begins with"
    assert all(named.values())
    assert browser.find("#status").aria_role == "status"


def test_wishes_that_cannot_be_met_are_told(browser, irish):
    browser.open(irish, "seed=1&end=uuuu&count=3")
    assert browser.wait("found") == (
        "No name found: 20,000 tries in a row gave none. Ask for less, or raise the temperature."
    )
    assert browser.names == []
    browser.open(irish, "start=9&min=5&max=4&count=0")
    assert browser.find("#start-error").text == "No name on the list has “9”."
    assert browser.find("#max-error").text == "Less than the shortest."
    assert browser.find("#count-error").text == "From 1 to 500."
    assert browser.find("#start").get_attribute("aria-invalid") == "true"
    assert browser.find("#end").get_attribute("aria-invalid") == "false"


def test_a_search_that_takes_long_says_how_it_could_be_mended(browser, irish):
    browser.open(irish, "seed=1")
    browser.run(
        "const now = performance.now.bind(performance), start = now();"
        "performance.now = () => start + 10 * (now() - start); byId('end').value = 'uuuu'; drawNames();"
    )
    said = "No name found so far. Ask for less, or raise the temperature. The search goes on."
    WebDriverWait(browser.driver, 30, 0.02).until(lambda _: browser.find("#status").text == said)
    browser.set("end", "n")
    assert browser.wait() == "12 names."


def test_the_page_stays_responsive_while_it_searches(browser, irish):
    browser.open(irish, "seed=1")
    longest, whole = browser.run(
        "byId('end').value = 'uuuu'; const start = performance.now(); let last = start, longest = 0;"
        "const watch = setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last);"
        "last = now; }); return drawNames().then(() => { clearInterval(watch);"
        "return [longest, performance.now() - start]; })"
    )
    assert longest < whole / 4


def test_markup_that_a_model_spells_is_shown_as_it_is(browser, tmp_path):
    letters = "".join(sorted(set("</script><img src=x onerror=alert(1)>")))
    write_page(in_memory(network(letters), source="<b>bold</b>.txt"), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "seed=1&count=200")
    assert any("<" in name for name in browser.names)
    assert browser.all("main img, main b:not(.letter b), main script") == []
    assert browser.run("return document.scripts.length") == 2


def test_the_policy_keeps_out_scripts_and_the_network(chromium, irish):
    chromium.open(irish)
    chromium.run(
        "const script = document.createElement('script'); script.textContent = 'window.intruder = 1';"
        "document.body.append(script); fetch('https://example.org/').catch(() => { window.refused = true; })"
    )
    WebDriverWait(chromium.driver, 30, 0.02).until(lambda _: chromium.run("return window.refused"))
    assert chromium.run("return window.intruder") is None
    assert all(
        "Content Security Policy" in complaint or "Fetch API" in complaint for complaint in chromium.complaints()
    )


def test_a_page_that_was_damaged_on_its_way_says_so(chromium, irish, tmp_path):
    text = irish.read_text("utf-8")
    start = text.index('id="model">') + len('id="model">')
    (tmp_path / "page.html").write_text(text[:start] + "AAAA" + text[start + 4 :], "utf-8")
    chromium.open(tmp_path / "page.html")
    assert chromium.wait().startswith("The model could not be unpacked.")
    assert not chromium.find("#draw").is_enabled()
    assert len(chromium.complaints()) == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_overflows_and_light_and_dark_look_different(browser, tmp_path, size):
    write_page(model_of("mlp with residual layers"), tmp_path / "page.html")
    pictures = []
    for scheme in ("light", "dark"):
        browser.open(tmp_path / "page.html", "seed=3", size, scheme)
        browser.all(".name")[0].click()
        assert browser.run("return document.documentElement.scrollWidth") <= size[0]
        assert browser.find("#settings").get_attribute("open") == ("true" if size == DESKTOP else None)
        smallest = min(button.size["height"] for button in browser.all("main button") if button.is_displayed())
        assert smallest >= 24
        pictures.append(browser.driver.get_screenshot_as_png())
    light, dark = pictures
    assert light.startswith(b"\x89PNG")
    assert light != dark


def test_the_text_of_a_page_is_the_same_each_time():
    assert page_of(model_of("ngram")).text == page_of(model_of("ngram")).text
