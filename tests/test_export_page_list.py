"""The names on the page with a model inside, in Chromium: where they stand, what a press does, what is kept."""

import itertools
import math
import re

import pytest
from export_browser import DESKTOP, PHONE
from export_models import in_memory, model_of, network
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import namegen
from namegen.export import write_export

NARROW, TABLET = (320, 640), (800, 1000)
EVERY_SIZE = ((1280, 800), TABLET, PHONE, NARROW)


@pytest.fixture(scope="module")
def dinosaurs(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "dinosaurs.html"
    write_export(namegen.train("dinosaurs", model="ngram", holdout=0), path)
    return path


def boxes(browser, selector):
    """Where the elements stand: left, top, right and bottom of each."""
    return browser.run(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect())"
        ".map((b) => [b.left, b.top + scrollY, b.right, b.bottom + scrollY])",
        selector,
    )


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_star_stands_beside_its_own_name_and_far_from_others(browser, dinosaurs):
    browser.open(dinosaurs, "seed=7&count=60")
    for size in EVERY_SIZE:
        browser.resize(size)
        stars, names = boxes(browser, ".star"), boxes(browser, ".name bdi")
        assert len(stars) == len(names) == 60
        for (_, top, right, bottom), name in zip(stars, names, strict=True):
            assert 0 <= name[0] - right < 12
            assert abs((top + bottom) / 2 - (name[1] + name[3]) / 2) < 2
        for one, other in itertools.combinations(names, 2):
            assert not overlap(one, other)


def test_a_draw_with_long_names_stands_as_any_other(browser, dinosaurs):
    sizes = (TABLET, NARROW)
    seen = []
    browser.open(dinosaurs, "seed=10&count=12")
    for fragment in ("seed=10&count=12&max=17", "seed=10&count=12&max=8", "seed=10&count=12&min=18&max=26"):
        browser.follow(fragment)
        places = []
        for size in sizes:
            browser.resize(size)
            places.append(boxes(browser, ".entry"))
            assert browser.run("return document.documentElement.scrollWidth") <= size[0]
        seen.append((places, max(map(len, browser.names))))
    (places, usual), (same, shorter), (still, longer) = seen
    assert shorter <= 8 < usual
    assert longer >= 18
    assert places == same == still


def test_only_long_names_are_written_smaller(browser, dinosaurs):
    browser.open(dinosaurs, "seed=4&count=60&raw=1", (1280, 800))
    sizes = browser.run(
        "return [...document.querySelectorAll('.name')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert {size for name, size in zip(browser.names, sizes, strict=True) if len(name) < 12} == {max(sizes)}
    assert max(size for name, size in zip(browser.names, sizes, strict=True) if len(name) > 26) < max(sizes) - 4
    assert 16 < min(sizes) < max(sizes)


def test_the_surprisal_of_letters_opens_below_the_name_and_can_be_closed(browser, irish_page):
    browser.open(irish_page, "seed=7&count=60")
    name = browser.all(".name")[1]
    for size in EVERY_SIZE:
        browser.resize(size)
        browser.run("scrollTo(0, 0)")
        before = boxes(browser, ".entry")
        name.click()
        assert name.get_attribute("aria-expanded") == "true"
        (panel,) = boxes(browser, ".surprisal")
        after = boxes(browser, ".entry")
        assert panel[1] >= after[1][3]
        assert panel[1] - after[1][3] < 12
        assert not [entry for entry in after if overlap(entry, panel)]
        assert all(a == pytest.approx(b, abs=0.1) for a, b in zip(before, after, strict=True) if b[1] <= before[1][1])
        bottom = browser.run("return document.querySelector('.surprisal').getBoundingClientRect().bottom")
        assert bottom <= size[1]
        browser.find(".close").click()
        assert all(a == pytest.approx(b, abs=0.1) for a, b in zip(boxes(browser, ".entry"), before, strict=True))
        assert browser.driver.switch_to.active_element == name
    for close in (Keys.ESCAPE, Keys.ENTER):
        name.send_keys(Keys.ENTER)
        assert len(browser.all(".surprisal")) == 1
        name.send_keys(close)
        assert browser.all(".surprisal") == []
        assert name.get_attribute("aria-expanded") == "false"


def test_the_surprisal_of_a_name_under_the_pointer_replaces_the_hint(browser, irish_page):
    browser.open(irish_page, "seed=7&count=60")
    hint, before = browser.find("#hint").text, boxes(browser, ".entry")
    name = browser.all(".name")[1]
    ActionChains(browser.driver).move_to_element(name).perform()
    said = browser.find("#hint").text
    surprisal = browser.run("return sampler.surprisal(document.querySelectorAll('#names li')[1].dataset.name)")
    shares = [100 * math.exp(-nats) for nats in surprisal]
    for number, share in zip(re.findall(r"[\d.]+", said), shares, strict=True):  # one digit where it is less than 10
        assert float(number) == pytest.approx(share, abs=0.51 if share > 9 else max(share / 2, 0.1))
    assert re.search(r" end\s[\d.<]+$", said)
    assert all(a == pytest.approx(b, abs=0.1) for a, b in zip(boxes(browser, ".entry"), before, strict=True))
    ActionChains(browser.driver).move_to_element(browser.find("h1")).perform()
    assert browser.find("#hint").text == hint
    name.click()
    assert (browser.find("#hint").text, len(browser.all(".surprisal"))) == (said, 1)
    ActionChains(browser.driver).move_to_element(browser.find("h1")).move_to_element(name).perform()
    assert browser.find("#hint").text == hint


def test_names_are_as_large_as_leaves_them_on_one_line(browser, dinosaurs):
    browser.open(dinosaurs, "seed=7&count=300&temperature=1.5&raw=1")
    for size in (DESKTOP, PHONE):
        browser.resize(size)
        lines = browser.run(
            "return [...document.querySelectorAll('#names li')].map((item) => {"
            "  const name = item.querySelector('.name'), style = getComputedStyle(name);"
            "  const size = parseFloat(style.fontSize), width = name.clientWidth - 2 * parseFloat(style.paddingLeft);"
            "  return [item.dataset.shown, name.querySelector('bdi').getClientRects().length, size, width]; })"
        )
        assert {size for _, _, size, _ in lines} > {1.45 * 16}
        assert [shown for shown, count, size, _ in lines if count > 1 and size > 1.05 * 16 + 0.01] == []
        assert sum(count > 1 for _, count, _, _ in lines) < 10


def test_the_surprisal_of_a_long_name_fits_in_place_of_the_hint(browser, dinosaurs):
    browser.open(dinosaurs, "seed=7&count=60")
    heights = browser.run(
        "const hint = byId('hint'); return [...document.querySelectorAll('#names li')].map(({ dataset }) => {"
        "  peek(dataset.name); return [[...dataset.name].length, hint.scrollHeight, hint.clientHeight]; })"
    )
    assert max(letters for letters, _, _ in heights) > 15
    assert [letters for letters, needed, there in heights if needed > there and letters < 25] == []
    assert len({there for _, _, there in heights}) == 1


def test_several_names_can_be_open_and_none_of_them_stays_for_other_names(browser, irish_page):
    browser.open(irish_page, "seed=7")
    for place in (0, 2, 5):
        browser.all(".name")[place].click()
    assert len(browser.all(".surprisal")) == 3
    browser.find("#draw").click()
    browser.until(lambda: browser.all(".surprisal") == [], "no name is open")


def test_showing_a_name_does_not_keep_it_and_keeping_it_does_not_show_it(browser, irish_page):
    browser.open(irish_page, "seed=7", PHONE)
    browser.all(".name")[2].click()
    assert browser.kept == []
    browser.all(".star")[3].click()
    assert browser.kept == [browser.names[3]]
    assert len(browser.all(".surprisal")) == 1


def test_names_are_kept_copied_and_still_there_on_the_next_visit(browser, irish_page):
    browser.open(irish_page, "seed=7")
    assert browser.find("#kept").text == "Kept\nPress the star of a name, and it is kept here."
    wanted = [browser.names[place] for place in (0, 3, 4)]
    for place in (0, 3, 4):
        browser.all(".star")[place].click()
    assert browser.kept == wanted
    assert browser.all(".star")[3].get_attribute("aria-pressed") == "true"
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.find("#copy").click()
    assert browser.run("return window.copied") == "\n".join(wanted)
    browser.until(lambda: browser.find("#done").text == "Copied 3 names.", "the page says that names were copied")
    browser.find("#share").click()
    assert browser.run("return window.copied") == browser.run("return location.href")
    assert browser.run("return location.hash") == "#seed=7"
    browser.open(irish_page, "seed=7")
    assert browser.kept == wanted
    browser.all("#kept-names button")[1].click()
    assert browser.kept == [wanted[0], wanted[2]]
    assert browser.all(".star")[3].get_attribute("aria-pressed") == "false"
    browser.find("#clear").click()
    assert (browser.kept, browser.find("#copy").is_displayed()) == ([], False)
    browser.find("#undo").click()
    assert browser.kept == [wanted[0], wanted[2]]
    assert browser.all(".star")[4].get_attribute("aria-pressed") == "true"
    assert not browser.find("#undo").is_displayed()


def test_kept_names_stay_when_a_list_has_been_learned_in_a_browser_without_storage(browser, irish_page):
    browser.open(irish_page, "seed=7")
    browser.run("Storage.prototype.setItem = () => { throw new Error('no storage'); }")
    names = browser.names[:2]
    for star in browser.all(".star")[:2]:
        star.click()
    browser.run("useResults()")
    assert browser.kept == names
    browser.find("#clear").click()
    browser.run("useResults()")
    browser.find("#undo").click()
    assert browser.kept == names


def test_kept_names_are_shown_in_the_case_that_is_chosen(browser, irish_page):
    browser.open(irish_page, "seed=7")
    names = browser.names
    browser.all(".star")[0].click()
    browser.choose_case("upper")
    browser.until(lambda: browser.kept == [names[0].upper()], "the kept name is shown in capitals")
    assert browser.find(".star").get_attribute("aria-pressed") == "true"
    browser.all(".star")[1].click()
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.find("#copy").click()
    assert browser.run("return window.copied") == "\n".join(names[:2]).upper()
    browser.open(irish_page, "seed=7")
    assert browser.kept == names[:2]


def test_on_a_narrow_screen_a_button_leads_to_what_is_kept(browser, irish_page):
    browser.open(irish_page, "seed=7", PHONE)
    assert not browser.find("#kept").is_displayed()
    for star in browser.all(".star")[:2]:
        star.click()
    assert browser.find("#to-kept").accessible_name == "Go to 2 kept names"
    browser.find("#to-kept").click()
    shown = len(browser.names)
    browser.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    top, bottom = browser.run("const { top, bottom } = byId('kept').getBoundingClientRect(); return [top, bottom]")
    assert 0 <= top < bottom <= PHONE[1]
    assert len(browser.names) == shown, "no names come that would push them out of sight"


def test_names_that_come_by_scrolling_end_so_that_the_foot_can_be_reached(browser, irish_page):
    browser.open(irish_page, "seed=7&count=150")
    more = "scrollTo(0, document.documentElement.scrollHeight); return byId('names').childElementCount"
    browser.until(lambda: browser.run(more) == 300, "300 names are there")
    for _ in range(3):
        browser.run("scrollTo(0, 0)")
        assert browser.run(more) == 300
    browser.find("#more").click()
    browser.until(lambda: len(browser.names) == 450, "450 names are there")


def test_kept_names_stand_in_the_middle_of_their_buttons(browser, irish_page):
    browser.open(irish_page, "seed=7")
    browser.all(".star")[0].click()
    (button,), (name,) = boxes(browser, "#kept-names button"), boxes(browser, "#kept-names bdi")
    assert name[1] - button[1] == pytest.approx(button[3] - name[3], abs=1)


def test_a_keyboard_reaches_everything_and_a_name_shows_its_surprisal(browser, irish_page):
    browser.open(irish_page, "seed=7")
    reached = []
    for _ in range(17):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        focus = browser.driver.switch_to.active_element
        reached.append(focus.get_attribute("id") or focus.get_attribute("class"))
    settings = ["start", "end", "contains", "like", "min", "max", "temperature", "count", "case", "distance", "never"]
    assert reached == ["draw", *settings, "known", "raw", "share", "star", "name"]
    name = browser.names[0]
    assert (focus.aria_role, focus.accessible_name) == ("button", name)
    focus.send_keys(Keys.SPACE)
    (expected,) = model_of("ngram").score([name.lower()])
    shown = [letter.text.split() for letter in browser.all(".surprisal .letter")]
    assert [symbol for symbol, _ in shown] == [*name.lower(), "end"]
    shares = [100 * math.exp(-nats) for _, nats in expected.letters]
    assert len(shown) == len(shares)
    for (_, text), share in zip(shown, shares, strict=True):
        assert float(text.strip("%<")) == pytest.approx(share, abs=0.51 if share > 9 else max(share / 2, 0.1))
    place = shares.index(min(shares))
    said = browser.find(".surprisal p").text
    assert f"1 in {round(100 / min(shares))} names" in said
    assert [*name.lower(), "its end"][place] in said
    assert browser.find(".close").accessible_name == "Close"
    star = browser.find(".star")
    assert (star.aria_role, star.accessible_name) == ("button", f"Keep {name}")
    star.send_keys(Keys.SPACE)
    assert browser.kept == [name]
    browser.find("#start").send_keys(Keys.ENTER)
    browser.until(lambda: name not in browser.names, "other names are there")


def test_names_on_the_list_are_marked_where_they_are_allowed(browser, irish_page):
    browser.open(irish_page, "seed=7&count=40")
    assert browser.find("header p").text == "They sound like the 1,046 names on the list irish and are not among them."
    assert browser.all(".name small") == []
    browser.find("#known").click()
    browser.until(lambda: not browser.find("#new").is_displayed(), "the names are no longer called new")
    browser.wait()
    known = [browser.run("return sampler.isKnown(arguments[0])", name.lower()) for name in browser.names]
    assert any(known)
    heard = [name.accessible_name for name in browser.all(".name")]
    marks = [" on the list" if is_known else "" for is_known in known]
    assert heard == [name + mark for name, mark in zip(browser.names, marks, strict=True)]
    assert all(
        browser.run("return [...document.querySelectorAll('.name small')].map((mark) => mark.checkVisibility())")
    )


def test_names_are_new_and_different_whatever_their_capitals(browser, tmp_path):
    write_export(in_memory(network("ab"), ["Ab"], case="title"), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "seed=1&max=2&count=5&raw=1")
    assert sorted(browser.names) == ["A", "Aa", "B", "Ba", "Bb"]
    browser.follow("seed=1&max=2&count=6&known=1&raw=1")
    (mark,) = browser.all(".name small")
    assert mark.find_element("xpath", "..").accessible_name == "Ab on the list"


def test_names_from_right_to_left_read_so_within_the_page(browser, tmp_path):
    write_export(in_memory(network("אבגדהוזחט")), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "seed=1&min=3&raw=1", DESKTOP)
    browser.all(".name")[0].click()
    letters = boxes(browser, ".letter")
    assert letters == sorted(letters, reverse=True)
    star, name = boxes(browser, ".star")[0], boxes(browser, ".name bdi")[0]
    assert 0 <= name[0] - star[2] < 12


def test_what_another_tab_keeps_is_kept_here_too(browser, irish_page):
    browser.open(irish_page, "seed=7")
    browser.all(".star")[0].click()
    first, second = browser.kept[0], browser.names[1]
    browser.run("localStorage.setItem(store(), JSON.stringify(arguments[0]))", [first, second])
    browser.run("dispatchEvent(new StorageEvent('storage', { key: store() }))")
    assert browser.kept == [first, second]
    browser.all(".star")[3].click()
    assert browser.kept == [first, second, browser.names[3]]
