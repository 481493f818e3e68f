"""The page that learns, in Chromium: a list is pasted, learned, asked, kept and sent along.

It has few and short lists here, which are learned in a moment, but for one test; `test_export_page_learning` has all.
"""

import base64
import zlib

import pytest
import torch
from export_browser import DESKTOP, PHONE
from export_models import adapted_in_python
from torture.pages import check_links

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import bundled
from namegen.export import packing, write_learning_page

MINE = ["Éléonore", "Zoë", "Anaïs", "Noé", "Chloé", "Maëlle", "Jade", "Louise", "Emma", "Alice", "Rose", "Anna", "Mila"]
MINE += ["Inès", "Léna", "Lou"]
LISTS, LISTED = ("irish", "swahili", "scottish", "hawaiian"), 16  # names of each
LEARNED = "return typeof isLearning === 'function' && !isLearning() && chosen.every((id) => results.get(id)?.isDone)"


@pytest.fixture(scope="module")
def names_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "names.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "MOST_LISTED", LISTED)
        patch.setattr(packing, "bundled", lambda: {name: bundled()[name] for name in LISTS})
        write_learning_page(path)
    return path


def learned(browser, path, fragment, size=DESKTOP):
    browser.open(path, fragment, size)
    browser.holds(LEARNED)
    browser.wait()
    browser.holds("return !byId('more').hidden")
    return browser.names


def paste(browser, text):
    browser.run(
        "byId('pasted').value = arguments[0]; byId('pasted').dispatchEvent(new Event('input', { bubbles: true }))", text
    )


@pytest.fixture(scope="module")
def mine():
    """The address with a short list of one's own, which is learned in half a second."""
    packed = zlib.compress("\n".join(MINE).encode(), wbits=-zlib.MAX_WBITS)
    return f"seed=7&list=own&own={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def test_the_page_of_every_list_learns_one_from_what_it_carries(browser, tmp_path):
    write_learning_page(tmp_path / "names.html")
    names = learned(browser, tmp_path / "names.html", "seed=7&list=stars")
    assert len({*names}) == len(names) >= 10
    assert not {name.lower() for name in names} & {*read_corpus("stars").names}
    assert browser.complaints() == []


def test_a_list_is_pasted_learned_asked_kept_and_saved(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    paste(browser, "\n".join(MINE))
    browser.holds("return results.get(OWN)?.isDone && !byId('more').hidden")
    assert browser.find("#own-status").text == "16 names. They stay in this browser."
    assert browser.find("h1").text == "New names: your list"
    known = {name.lower() for name in MINE}
    assert not known & {name.lower() for name in browser.names}
    browser.set("end", "e")
    assert all(name.endswith("e") for name in browser.names)
    browser.all(".star")[0].click()
    (kept,) = browser.kept
    names = browser.names
    browser.driver.refresh()
    browser.until(lambda: browser.run(LEARNED) and browser.names == names, "the list is there again, and its names")
    assert browser.kept == [kept]
    browser.find("#share").click()
    browser.holds("return byId('done').textContent")
    assert "send the file too" in browser.find("#done").text
    fragment, names = browser.run("return location.hash"), browser.names
    assert learned(browser, names_page, fragment.removeprefix("#")) == names
    assert browser.kept == [kept]
    assert browser.find("#pasted").get_attribute("value").split() == MINE
    browser.run(
        "HTMLAnchorElement.prototype.click = function () { saved.unshift(this.download, this.href); };"
        "window.saved = []; const make = URL.createObjectURL;"
        "URL.createObjectURL = (blob) => { saved.push(blob); return make(blob); };"
    )
    browser.find("#as-csv").click()
    name, href = browser.run("return saved.slice(0, 2)")
    assert (name, href.split(":")[0]) == ("names.csv", "blob")
    assert (
        browser.driver.execute_async_script("saved[2].text().then(arguments[0])")
        == f'name,like\n"{kept}","your list"\n'
    )


def test_names_come_from_counts_until_the_list_is_learned(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    browser.run(
        "const now = receive; window.posts = [];"
        "receive = (id, data) => (data.isDone ? posts.push([id, data]) : now(id, data));"
        "window.learned = () => { receive = now; posts.forEach((post) => receive(...post)); };"
        "location.hash = 'seed=7&list=swahili'"
    )
    assert browser.wait("names").startswith("24 names.")
    first = browser.names
    browser.holds("return posts.length")
    browser.run("learned()")
    assert browser.wait(r"^24 names\.$")
    browser.until(lambda: browser.names != first, "names of the network are there")


def test_two_lists_are_blended_and_others_are_not_learned_again(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    browser.run(
        "window.shown = []; const show = showProgress;"
        "showProgress = () => { show(); shown.push(byId('progress').hidden ? 1 : byId('progress').value); };"
        "location.hash = 'seed=7&list=swahili,scottish'"
    )
    browser.holds(f"return chosen.length === 2 && (() => {{ {LEARNED} }})()")
    browser.holds("return !byId('more').hidden")
    names = browser.names
    shown = browser.run("return shown")
    assert shown == sorted(shown)
    assert len({*shown}) > 10
    assert browser.find("h1").text == "New names: Swahili and Scottish"
    assert browser.run("return sampler.model.members.length") == 2
    browser.run("location.hash = 'seed=7&list=scottish'")
    browser.holds("return chosen.length === 1 && !isLearning()")
    browser.wait()
    assert browser.names != names
    browser.run("location.hash = 'seed=7&list=swahili,scottish'")
    browser.until(lambda: browser.names == names, "the names of both lists are there again")


def test_a_label_of_a_list_is_chosen_and_stands_in_the_address(browser, names_page):
    browser.open(names_page, "seed=7&list=swahili")
    labels = browser.find("#label-0")
    assert [option.text for option in labels.find_elements("tag name", "option")] == ["all", "female", "male"]
    browser.run("arguments[0].value = 'female'; arguments[0].dispatchEvent(new Event('change'))", labels)
    browser.holds(LEARNED)
    browser.wait(r"^24 names\.$")
    assert browser.find("h1").text == "New names: Swahili (female)"
    female = browser.run("return sourceOf('swahili').labels.get('female').length")
    assert 0 < female < LISTED
    assert f"the {female} names on the list Swahili (female)" in browser.find("#about").text
    fragment = browser.run("return location.hash").removeprefix("#")
    assert "list=swahili%3Afemale" in fragment
    names = browser.names
    assert learned(browser, names_page, fragment) == names
    browser.run("location.hash = 'seed=7&list=swahili:x,scottish:female:male,own:female,swahili'")
    browser.holds("return chosen.join() === 'swahili'")


def is_open(browser):
    """Whether the buttons lead back and forward."""
    return [browser.find(button).is_enabled() for button in ("#back", "#forward")]


def test_the_buttons_go_back_and_forward_through_what_was_shown_also_after_a_reload(browser, names_page, mine):
    shown = [learned(browser, names_page, mine)]
    for _ in range(2):
        browser.find("#draw").click()
        browser.holds("return byId('names').firstChild.dataset.shown !== arguments[0]", shown[-1][0])
        browser.wait()
        shown.append(browser.names)
    for button, place in (("#back", 1), ("reload", 1), ("#back", 0), ("#forward", 1), ("#forward", 2)):
        browser.driver.refresh() if button == "reload" else browser.find(button).click()
        browser.until(lambda: browser.run(LEARNED) and browser.names == shown[place], f"names of {button}")  # noqa: B023
        assert is_open(browser) == [place > 0, place < 2]
    browser.find("#back").click()
    browser.until(lambda: browser.names == shown[1], "the second names")
    browser.run("location.hash = 'seed=8&list=own'")
    browser.until(lambda: is_open(browser) == [True, False], "the address that was typed is the last")


def test_a_choice_of_lists_is_an_entry_of_the_history_and_the_address_says_it_at_once(browser, names_page, mine):
    first = learned(browser, names_page, f"{mine}&start=a")
    browser.run("const menu = byId('list-0'); menu.value = 'hawaiian'; menu.dispatchEvent(new Event('change'))")
    assert browser.run("return location.hash") == "#seed=7&list=hawaiian&start=a"
    browser.find("#paste").click()
    paste(browser, "")
    browser.holds("return !byId('names').childElementCount")
    browser.choose_case("upper")
    browser.run("byId('start').value = ''; drawNames()")
    assert browser.run("return location.hash") == "#seed=7&list=own&case=upper"
    browser.run("history.go(-2)")
    browser.until(lambda: browser.names == first, "the list and its names are there again")
    assert is_open(browser) == [False, True]


def test_going_back_brings_the_list_that_was_pasted_then(browser, names_page, mine):
    first = learned(browser, names_page, mine)
    browser.find("#draw").click()
    browser.holds("return history.state.here === 1")
    paste(browser, "Otto\nAnna\nBob")
    browser.holds("return byId('own-status').textContent.includes('3 names. 15 or more make better names.')")
    browser.find("#back").click()
    browser.until(lambda: browser.run(LEARNED) and browser.names == first, "the names of the first list")
    assert browser.find("#pasted").get_attribute("value").split() == MINE
    browser.driver.forward()
    browser.holds("return ownText === arguments[0]", "Otto\nAnna\nBob")


def test_more_names_come_and_more_like_one_and_nothing_overflows(browser, names_page, mine):
    first = learned(browser, names_page, f"{mine}&count=12")
    browser.find("#more").click()
    browser.until(lambda: len(browser.names) == 24, "24 names are there")
    assert browser.names[:12] == first
    browser.all(".name")[0].click()
    browser.find(".like").click()
    browser.until(lambda: browser.names[:12] != first, "other names are there")
    assert browser.find("#like").get_attribute("value") == first[0].lower()
    browser.all(".star")[0].click()
    browser.all(".name")[1].click()
    for size in ((1440, 900), (1024, 768), PHONE):
        browser.resize(size)
        assert browser.run("return document.documentElement.scrollWidth") <= size[0]


def test_a_list_that_cannot_be_learned_is_reported_and_nothing_is_lost(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    for text, said, status in (
        ("anna", "only one name", "No names yet: nothing can be learned from this list."),
        (" ", "20 names are enough", "Names come here when there is a list in the box."),
        ("\n".join(MINE), "16 names.", ""),
        ("אב\nבא\nגא", "does not know the script", ""),
    ):
        paste(browser, text)
        browser.holds("return byId('own-status').textContent.includes(arguments[0])", said)
        assert browser.find("#pasted").get_attribute("value") == text
        if status:
            assert (browser.find("#status").text, browser.names) == (status, [])
        else:
            browser.holds("return results.get(OWN)?.isDone")


def test_ten_megabytes_that_are_pasted_or_dropped_are_read_apart_from_the_box(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    for event in ("ClipboardEvent('paste', { clipboardData: data,", "DragEvent('drop', { dataTransfer: data,"):
        browser.run(
            "const data = new DataTransfer(); data.setData('text/plain', 'a'.repeat(1e7));"
            f"const event = new {event} bubbles: true, cancelable: true }});"
            "ownText = ''; results.delete(OWN); byId('own-status').textContent = '';"
            "if (byId('pasted').dispatchEvent(event)) throw new Error('shown in the box');"
        )
        browser.holds("return byId('own-status').textContent.includes('line 1 is longer than 200 characters')")
        assert browser.find("#pasted").get_attribute("placeholder") == "The text was read."


def test_a_long_list_that_is_given_right_after_the_box_was_cleared_stays(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    for given in ("data.setData('text/plain', text)", "data.items.add(new File([text], 'mine.txt'))"):
        browser.run("replaceOwn('')")
        paste(browser, "")
        browser.driver.execute_async_script(
            f"const data = new DataTransfer(), text = 'anna\\notto\\n'.repeat(12000); {given};"
            "const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });"
            "byId('pasted').dispatchEvent(new Event('input', { bubbles: true }));"
            "byId('pasted').dispatchEvent(drop);"
            "setTimeout(arguments[0], PASTE_DELAY + 100);"
        )
        browser.holds("return ownText.length === 120000 && results.get(OWN)?.isDone")


def test_kept_names_stay_when_the_list_changes_and_the_browser_stores_nothing(browser, names_page, mine):
    learned(browser, names_page, mine)
    for place, way in enumerate(("setItem", "getItem")):  # the storage is full; there is none
        browser.run(f"Storage.prototype.{way} = () => {{ throw new Error('no storage'); }}")
        browser.all(".star")[place].click()
        kept = browser.kept
        browser.run("chooseSources(['scottish'])")
        assert browser.kept == []
        browser.run("chooseSources([OWN])")
        assert len(kept) == place + 1
        assert browser.kept == kept
        browser.holds("return !byId('more').hidden")


def test_a_file_that_is_dropped_anywhere_is_the_list(browser, names_page):
    browser.open(names_page, "seed=7&list=swahili")
    browser.run(
        "const data = new DataTransfer(); data.items.add(new File([arguments[0]], 'mine.csv'));"
        "for (const kind of ['dragover', 'drop']) if (document.body.dispatchEvent(new DragEvent(kind,"
        "{ dataTransfer: data, bubbles: true, cancelable: true }))) throw new Error('it leaves the page');",
        "\n".join(["place,name", *(f"{place},{name}" for place, name in enumerate(MINE))]),
    )
    browser.holds("return byId('own-status').textContent.startsWith('16 names. This is a table; its column “name”')")
    assert browser.find("h1").text == "New names: your list"


def test_a_list_in_an_address_that_inflates_to_megabytes_is_left_out(browser, names_page):
    browser.open(names_page, "seed=7&list=own")
    bomb = (
        "new Response(new Blob(['a\\n'.repeat(1e6)]).stream().pipeThrough(new CompressionStream('deflate-raw')))"
        ".arrayBuffer().then((b) => btoa(Array.from(new Uint8Array(b), (c) => String.fromCharCode(c)).join('')))"
    )
    found = browser.driver.execute_async_script(f"{bomb}.then(unpackOwn).then((text) => arguments[0]([text]))")
    assert found == [None]


def test_addresses_from_strangers_are_text_of_a_bounded_size(browser, names_page):
    assert check_links(browser, names_page, 12, seed=1) == []


def test_the_worker_gives_the_numbers_of_python_and_a_distance_that_can_be_loosened(browser, names_page, mine):
    learned(browser, names_page, mine)
    said = "Loosen “Letters apart from any name on the list”, or raise the temperature."
    assert browser.run("return wayOut(readConstraints())") == said
    names = Names.of([name.lower() for name in MINE])
    model = adapted_in_python(names)
    contexts, _ = Examples(names[:20], model.vocabulary, model.context_size).batch(slice(0, 60))
    found = browser.run("return arguments[0].map((c) => [...sampler.model.probabilities(c)])", contexts.tolist())
    torch.testing.assert_close(torch.tensor(found), model.log_probabilities(contexts).exp(), atol=1e-3, rtol=0)
