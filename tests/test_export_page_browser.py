"""The page with a model inside, in Chromium: opened from a file, clicked through, looked at.

Where there is no Chromium with its driver, these are left out; what the page computes is tested without one in
`test_export_page`.
"""

import pytest
import torch
from export_browser import DESKTOP, PHONE
from export_models import hundred_contexts, in_memory, model_of, network

from namegen.export import write_export
from namegen.export.packing import families_of, rounded_model
from namegen.export.page import FAMILIES, page_of
from namegen.settings import MAX_NAME_LENGTH, SampleSettings


def test_a_blend_of_several_families_gives_in_the_browser_the_probabilities_of_python(browser, tmp_path):
    trained = model_of("blend of several alphabets")
    assert {*families_of(trained.model)} == {*FAMILIES}
    page = write_export(trained, tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "count=1")
    contexts = hundred_contexts(trained.model)
    found = browser.run("return arguments[0].map((c) => [...sampler.model.probabilities(c)])", contexts.tolist())
    expected = rounded_model(trained.model, page.precision).log_probabilities(contexts)
    torch.testing.assert_close(torch.tensor(found).float().log(), expected, atol=1e-3, rtol=0)


def asked(browser, fragment):
    """The lengths and the min-p that an address asks for."""
    return browser.run(
        "return readAddress(arguments[0]).then(readConstraints).then(({ min, max, minP }) => [min, max, minP])",
        f"#{fragment}",
    )


def test_names_are_there_at_once_and_the_button_makes_others(browser, irish_page):
    browser.open(irish_page)
    first = browser.names
    assert len(first) == 24
    browser.find("#draw").click()
    browser.until(lambda: browser.names != first, "other names are there")
    assert browser.wait() == "24 names."
    assert len({*browser.names} - {*first}) > 12  # both draws are seeded at random, so a name may come in both


def test_settings_change_the_names_and_stand_in_the_address(browser, irish_page):
    browser.open(irish_page, "seed=7")
    for field, value in {"start": "Ma", "max": 8, "min": 4, "temperature": 1.5, "count": 5, "end": "n"}.items():
        browser.set(field, value)
    names = browser.names
    assert len(names) == 5
    assert all(name.startswith("Ma") and name.endswith("n") and 4 <= len(name) <= 8 for name in names)
    fragment = browser.run("return location.hash").removeprefix("#")
    assert fragment == "seed=7&start=Ma&end=n&min=4&max=8&temperature=1.5&count=5"
    browser.open(irish_page, fragment)
    assert browser.names == names
    assert browser.find("#temperature-shown").text == "1.50"


def test_a_page_of_several_models_lets_choose_among_them_and_blends_them(browser, tmp_path):
    write_export(model_of("ngram"), tmp_path / "page.html", in_memory(network("abcd"), source="mine.txt"))
    browser.open(tmp_path / "page.html", "seed=7")
    assert [option.text for option in browser.all("#list-0 option")] == ["irish", "mine"]
    first = browser.names
    browser.run("const menu = byId('list-1'); menu.value = '1'; menu.dispatchEvent(new Event('change'))")
    browser.until(lambda: browser.names != first, "names of both")
    assert browser.find("h1").text == "New names: irish and mine"
    assert browser.run("return location.hash") == "#seed=7&list=0%2C1"
    assert browser.run("return sampler.model.members.length") == 2
    browser.wait()
    browser.find("#back").click()
    browser.until(lambda: browser.names == first, "names of the first")


def test_names_have_usual_lengths_and_probable_letters_unless_all_are_asked_for(browser, irish_page):
    low, high = model_of("ngram").record.usual_lengths
    browser.open(irish_page, "seed=7&count=300&temperature=2")
    assert all(low <= len(name) <= high for name in browser.names)
    assert [browser.find(f"#{field}").get_attribute("placeholder") for field in ("min", "max")] == [str(low), str(high)]
    assert browser.run("return readConstraints().minP") == SampleSettings().min_p
    browser.follow("seed=7&count=300&temperature=2&raw=1")
    assert {len(name) < low for name in browser.names} == {len(name) > high for name in browser.names} == {True, False}
    assert [browser.find(f"#{field}").get_attribute("placeholder") for field in ("min", "max")] == ["any", "any"]
    assert browser.run("return readConstraints().minP") == 0


def test_lengths_not_given_are_those_of_python(browser, irish_page):
    fields = {"min_length": "min", "max_length": "max", "raw": "raw"}
    browser.open(irish_page)
    for given in ({}, {"min_length": 20}, {"max_length": 2}, {"min_length": 2}, {"raw": True}):
        expected = SampleSettings(**given).within(model_of("ngram").record.usual_lengths)
        fragment = "&".join(f"{fields[name]}={int(value)}" for name, value in given.items())
        lengths = [expected.min_length, expected.max_length]
        assert asked(browser, f"seed=7&count=1&{fragment}") == [*lengths, expected.min_p]
        for field, default, anything in zip(("min", "max"), lengths, (1, MAX_NAME_LENGTH), strict=True):
            shown = browser.find(f"#{field}").get_attribute("placeholder")
            assert shown == ("any" if default == anything else str(default))


@pytest.mark.parametrize(("case", "change"), [("keep", str.lower), ("title", str.title)])
def test_names_begin_in_the_case_of_the_list_and_are_shown_in_another_on_request(browser, tmp_path, case, change):
    write_export(in_memory(network("abcd"), case=case), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "seed=7&raw=1")
    names = browser.names
    assert len(names) == 24
    assert names == [change(name) for name in names]
    assert browser.run("return location.hash") == "#seed=7&raw=1"
    for other, displayed in {"title": str.title, "upper": str.upper, "lower": str.lower}.items():
        browser.choose_case(other)
        browser.until(lambda: browser.names == [*map(displayed, names)], "the names of the module are there")  # noqa: B023
    fragment = browser.run("return location.hash")
    assert fragment == ("#seed=7&raw=1" if case == "keep" else "#seed=7&raw=1&case=lower")
    browser.follow("seed=7&raw=1&case=upper")
    assert browser.names == [name.upper() for name in names]
    browser.follow("seed=7&raw=1&case=strange")
    assert browser.names == names


def test_an_edited_address_changes_the_names_and_wrong_values_in_it_are_ignored(browser, irish_page):
    browser.open(irish_page, "seed=7&count=3")
    browser.run("location.hash = 'seed=7&count=4&temperature=hot&known=yes&x=%3Cb%3E'")
    browser.until(lambda: len(browser.names) == 4, "four names are there")
    assert browser.find("#temperature-shown").text == "1.00"
    assert not browser.find("#known").is_selected()


def test_what_never_comes_is_still_there_after_a_reload_where_it_is_too_long_for_an_address(browser, irish_page):
    browser.open(irish_page, "seed=7")
    never = "\n".join(f"name{number}" for number in range(500))
    browser.run("byId('never').value = arguments[0]; drawNames()", never)
    assert browser.run("return location.hash") == "#seed=7"
    browser.driver.refresh()
    browser.wait()
    assert browser.find("#never").get_attribute("value") == never
    browser.run("location.hash = 'seed=8'")
    browser.until(lambda: not browser.find("#never").get_attribute("value"), "the address has no such names")
    browser.driver.back()
    browser.until(lambda: browser.find("#never").get_attribute("value") == never, "they are there again")


def test_capitals_that_were_chosen_stay_when_a_list_has_been_learned(browser, irish_page):
    browser.open(irish_page, "seed=7")
    browser.choose_case("upper")
    browser.run("useResults()")
    assert browser.find("#case").get_attribute("value") == "upper"
    assert browser.run("return location.hash") == "#seed=7&case=upper"


def test_controls_have_names_for_screen_readers(browser, irish_page):
    browser.open(irish_page)
    named = {element.get_attribute("id"): element.accessible_name for element in browser.all("input")}
    assert named["start"] == "Begins with"
    assert all(named.values())
    assert browser.find("#status").aria_role == "status"


def test_the_page_says_which_constraints_cannot_be_met(browser, irish_page):
    browser.open(irish_page, "seed=1&end=uuuu&count=3")
    said = "Names like these hardly ever end so. Change it, or loosen the other settings."
    assert browser.find("#status").text == f"Ends with: {said}"
    assert browser.find("#end-error").text == said
    assert browser.names == []
    browser.open(irish_page, "start=9&min=5&max=4&count=0")
    assert browser.find("#start-error").text == "No name on the list contains “9”."
    assert browser.find("#status").text == "Begins with: No name on the list contains “9”."
    assert browser.find("#max-error").text == "This is less than the minimum length."
    assert browser.find("#count-error").text == "From 1 to 500."
    assert browser.find("#start").get_attribute("aria-invalid") == "true"
    assert browser.find("#end").get_attribute("aria-invalid") == "false"
    browser.open(irish_page, "seed=1")
    browser.run("byId('start').value = '9ą'; drawNames();")
    said = "Begins with: No name on the list contains “9” or “ą”. The names below are from before."
    assert browser.find("#status").text == said


def test_a_search_that_takes_long_says_what_to_change(browser, irish_page):
    browser.open(irish_page, "seed=1")
    browser.run(
        "const now = performance.now.bind(performance), start = now();"
        "performance.now = () => start + 10 * (now() - start);"
        "byId('never').value = '*a*,*e*,*i*,*o*,*u*'; drawNames();"
    )
    said = (
        "No name found so far. Loosen “Never these names, or *letters*”, or raise the temperature. The search goes on."
    )
    browser.until(lambda: browser.find("#status").text == said, said)
    assert browser.names == []  # none that was there before and breaks the constraint
    browser.set("never", "anna")
    assert browser.wait() == "24 names."


def test_what_to_change_is_what_was_set(browser, irish_page):
    browser.open(irish_page)
    for fragment, said in {
        "": "Allow improbable letters, or raise the temperature.",
        "&raw=1": "Raise the temperature.",
        "&distance=3": "Loosen “Letters apart from any name on the list”, or raise the temperature.",
        "&min=4&max=9&contains=a": (
            "Loosen “Contains”, “Minimum length” or “Maximum length”, or raise the temperature."
        ),
    }.items():
        way_out = "return readAddress(arguments[0]).then(() => wayOut(readConstraints()))"
        assert browser.run(way_out, f"#seed=1&count=1{fragment}") == said


def test_on_a_phone_a_wrong_field_is_brought_into_view_and_gets_the_focus_on_request(browser, irish_page):
    browser.open(irish_page, "seed=1", PHONE)
    browser.find("#settings summary").click()
    for field, value in {"start": "9", "never": "a" * 100_001}.items():
        browser.run("byId(arguments[0]).value = arguments[1]; scrollTo(0, document.body.scrollHeight)", field, value)
        browser.run("drawNames()")
        top, bottom = browser.run(
            "const { top, bottom } = byId(arguments[0]).parentElement.getBoundingClientRect(); return [top, bottom]",
            field,
        )
        assert 0 <= top < bottom <= PHONE[1]
        wrong = browser.find(f"#{field}")
        assert wrong.get_attribute("aria-invalid") == "true"
        assert f"{field}-error" in wrong.get_attribute("aria-describedby").split()
        assert browser.driver.switch_to.active_element != wrong
        browser.run("byId('form').requestSubmit()")
        assert browser.driver.switch_to.active_element == wrong
        browser.run("byId(arguments[0]).value = ''", field)


def test_the_page_stays_responsive_while_it_searches_and_says_what_to_change(browser, irish_page):
    browser.open(irish_page, "seed=1&end=n")
    longest, whole = browser.run(
        "byId('never').value = '*a*,*e*,*i*,*o*,*u*'; let [drawn, last, longest] = [0, 0, 0];"
        "const draw = sampler.draw.bind(sampler);"
        "sampler.draw = function* (constraints) { for (const one of draw(constraints)) { drawn++; yield one; } };"
        "const watch = () => { longest = Math.max(longest, drawn - last); last = drawn; };"
        "const watching = setInterval(watch);"
        "return drawNames().then(() => { clearInterval(watching); watch(); return [longest, drawn]; })"
    )
    assert whole >= 20_000
    assert longest < whole / 4  # samples without a pause
    assert browser.find("#status").text == (
        "No name found: the last 20,000 samples were all rejected. "
        "Loosen “Ends with” or “Never these names, or *letters*”, or raise the temperature."
    )


def test_markup_that_a_model_spells_is_shown_as_it_is(browser, tmp_path):
    letters = "".join(sorted(set("</script><img src=x onerror=alert(1)>")))
    write_export(in_memory(network(letters), source="<b>bold</b>.txt"), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", "seed=1&count=200&raw=1")
    assert any("<" in name for name in browser.names)
    assert browser.all("main img, main b:not(.letter b), main script") == []
    assert browser.run("return document.scripts.length") == 3


def test_the_policy_keeps_out_scripts_and_the_network(chromium, irish_page):
    chromium.open(irish_page)
    chromium.run(
        "const script = document.createElement('script'); script.textContent = 'window.intruder = 1';"
        "document.body.append(script); fetch('https://example.org/').catch(() => { window.refused = true; })"
    )
    chromium.until(lambda: chromium.run("return window.refused"), "the policy refused")
    assert chromium.run("return window.intruder") is None
    assert all(
        "Content Security Policy" in complaint or "Fetch API" in complaint for complaint in chromium.complaints()
    )


def test_a_page_that_was_damaged_on_its_way_says_so(chromium, irish_page, tmp_path):
    text = irish_page.read_text("utf-8")
    start = text.index('id="model">') + len('id="model">')
    (tmp_path / "page.html").write_text(text[:start] + "AAAA" + text[start + 4 :], "utf-8")
    chromium.open(tmp_path / "page.html")
    assert chromium.wait().startswith("What this page carries could not be unpacked.")
    assert not chromium.find("#draw").is_enabled()
    assert len(chromium.complaints()) == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_overflows_and_light_and_dark_look_different(browser, irish_page, size):
    browser.open(irish_page, "seed=3", size)
    browser.all(".name")[0].click()
    assert browser.find("#settings").get_attribute("open") == ("true" if size == DESKTOP else None)
    pictures = []
    for scheme in ("dark", "light"):
        browser.colour(scheme)
        assert browser.run("return document.documentElement.scrollWidth") <= size[0]
        sides = browser.run(
            "return [...document.querySelectorAll('main button')].filter((button) => button.checkVisibility())"
            ".map((button) => Math.min(button.offsetWidth, button.offsetHeight))"
        )
        assert min(sides) >= 24
        pictures.append(browser.driver.get_screenshot_as_png())
    dark, light = pictures
    assert light.startswith(b"\x89PNG")
    assert light != dark


def test_the_text_of_a_page_is_the_same_each_time():
    assert page_of(model_of("ngram")).text == page_of(model_of("ngram")).text
