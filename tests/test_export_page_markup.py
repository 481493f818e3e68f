"""The HTML of the page with a model inside: what it says, what it lets in, and what its colours and labels are."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from export_models import EVERY_FAMILY, in_memory, model_of, network
from export_parts import InV8, Parsed

import namegen
from namegen.export.page import page_of

EVIL = "</script><img src=x onerror=alert(1)><!--&quot;"


@pytest.fixture(scope="module", params=EVERY_FAMILY)
def page(request):
    return page_of(model_of(request.param))


def test_the_page_needs_nothing_from_anywhere(page):
    parsed = Parsed(page.text)
    assert [tag for tag, attributes in parsed.elements if "src" in attributes] == []
    assert [a["href"].split(":")[0] for _, a in parsed.elements if "href" in a] == ["data"]
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page.text)


def test_the_policy_lets_in_the_script_and_the_style_of_the_page_alone(page):
    parsed = Parsed(page.text)
    (policy,) = [a["content"] for a in parsed.attributes("meta") if "http-equiv" in a]
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for kind in ("script", "style"):
        digest = hashlib.sha256(parsed.texts[kind][-1].encode()).digest()
        assert sources[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert sources["default-src"] == "'none'"
    assert "unsafe" not in policy


def test_markup_in_a_vocabulary_or_a_source_stays_text():
    vocabulary = "".join(sorted(set(EVIL)))
    harmless, evil = (page_of(in_memory(network(vocabulary), source=source)) for source in ("harmless", EVIL))
    tags = [[element for element in Parsed(page.text).elements if element[0] != "meta"] for page in (harmless, evil)]
    assert tags[0] == tags[1]
    assert "img src=x onerror=alert(1)" in Parsed(evil.text).texts["em"][0]
    drawn = InV8(evil).draw(200)
    assert any("<" in name for name in drawn if name)


def test_every_control_has_a_label_and_every_reference_a_target():
    parsed = Parsed(page_of(model_of("ngram")).text)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for attributes in parsed.attributes("label")}
    controls = [*parsed.attributes("input"), *parsed.attributes("select")]
    assert {attributes["id"] for attributes in controls} == labelled
    for _, attributes in parsed.elements:
        assert {attributes.get("for"), attributes.get("aria-describedby"), attributes.get("aria-labelledby")} <= {
            None,
            *ids,
        }


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart_as_wcag_asks_at_level_aa(scheme):
    (css,) = Parsed(page_of(model_of("ngram")).text).texts["style"]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", css.split(":root {")[scheme + 1]))

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted(luminance(colours[name]) for name in (one, other))
        return (high + 0.05) / (low + 0.05)

    for ground in ("paper", "raised", "tint"):
        for text in ("ink", "quiet", "error"):
            assert contrast(text, ground) >= 4.5, (text, ground)
        for mark in ("edge", "accent"):
            assert contrast(mark, ground) >= 3, (mark, ground)
    assert contrast("on-accent", "accent") >= 4.5


@pytest.mark.parametrize(
    ("sources", "said", "title"),
    [
        (["names"], "5 given names from many languages", "given names"),
        (["data/mine.txt"], "the 5 names on the list mine", "mine"),
        (["lists/"], "the 5 names on the list lists", "lists"),
        (["irish", "names"], "the 5 names on the lists irish and given names", "irish, given names"),
        (["a", "b.txt", "c"], "the 5 names on the lists a, b and c", "a, b, c"),
        (["a", "-", "c", "d", "e"], "the 5 names on the lists a, c, d and 2 more", "a, c, d"),
        (["mine.txt", "-"], "the 5 names on the lists mine and 1 more", "mine"),
        (["-"], "the 5 names that this page learned from", "5 names"),
        (["a list in memory"], "the 5 names that this page learned from", "5 names"),
    ],
)
def test_the_page_says_what_it_learned_from_in_words_that_suit_every_source(sources, said, title):
    trained = in_memory(network("abc"), ["a", "b", "c", "ab", "bc"])
    text = page_of(replace(trained, record=replace(trained.record, sources=tuple(sources)))).text
    (sentence,) = re.findall("<p>(They sound like .*)</p>", text)
    assert re.sub("<.*?>", "", sentence) == f"They sound like {said} and are not among them."
    assert Parsed(text).texts["title"] == [f"New names · {title}"]


def test_blends_and_names_in_memory_are_spoken_of_as_lists_are():
    blend = namegen.blend([namegen.open_model("irish"), namegen.open_model("dinosaurs")])
    assert "names on the lists <bdi><em>irish</em></bdi> and <bdi><em>dinosaurs</em></bdi>" in page_of(blend).text
    given = namegen.train(names=["ada", "eva"], model="bigram", holdout=0)
    assert "They sound like the 2 names that this page learned from" in page_of(given).text


@pytest.mark.parametrize(
    ("case", "keep_case", "selected", "offered"),
    [
        ("keep", False, "lower", ["title", "upper", "lower"]),
        ("title", False, "title", ["title", "upper", "lower"]),
        ("upper", False, "upper", ["title", "upper", "lower"]),
        ("keep", True, "keep", ["title", "upper", "lower", "keep"]),
    ],
)
def test_names_begin_in_the_case_of_the_list(case, keep_case, selected, offered):
    trained = in_memory(network("abc"))
    trained.record = replace(trained.record, case=case, keep_case=keep_case)
    options = Parsed(page_of(trained).text).attributes("option")
    assert [option["value"] for option in options] == offered
    assert [option["value"] for option in options if "selected" in option] == [selected]


@pytest.mark.parametrize(("vocabulary", "has_capitals"), [("abñ -", True), ("é1", True), ("אבג", False), ("a漢", True)])
def test_capitals_are_offered_where_letters_have_some(vocabulary, has_capitals):
    text = page_of(in_memory(network(vocabulary))).text
    assert ('<p class="field">\n<label for="case">' in text) == has_capitals
    assert ('<p class="field" hidden>\n<label for="case">' in text) != has_capitals
