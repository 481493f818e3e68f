"""The HTML of the page with a model inside: what it says, what it lets in, and what its colours and labels are."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from export_models import in_memory, model_of, network
from export_parts import InV8, Parsed
from references import contrast

from namegen.export.page import page_of

EVIL = "</script><img src=x onerror=alert(1)><!--&quot;"


@pytest.fixture(scope="module")
def page():
    return page_of(model_of("ngram"))


@pytest.fixture(scope="module")
def parsed(page):
    return Parsed(page.text)


def test_the_page_needs_nothing_from_anywhere(page, parsed):
    assert [tag for tag, attributes in parsed.elements if "src" in attributes] == []
    assert [a["href"].split(":")[0] for _, a in parsed.elements if "href" in a] == ["data"]
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page.text)


def test_the_policy_lets_in_the_script_and_the_style_of_the_page_alone(parsed):
    (policy,) = [a["content"] for a in parsed.attributes("meta") if "http-equiv" in a]
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for kind, number in (("script", 2), ("style", 1)):
        digests = [hashlib.sha256(text.encode()).digest() for text in parsed.texts[kind][-number:]]
        assert sources[f"{kind}-src"] == " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests)
    assert sources["worker-src"] == "blob:"
    assert sources["default-src"] == "'none'"
    assert "unsafe" not in policy


def test_markup_in_a_vocabulary_or_a_source_stays_text():
    vocabulary = "".join(sorted(set(EVIL)))
    harmless, evil = (page_of(in_memory(network(vocabulary), source=source)) for source in ("harmless", EVIL))
    tags = [[element for element in Parsed(page.text).elements if element[0] != "meta"] for page in (harmless, evil)]
    assert tags[0] == tags[1]
    assert "img src=x onerror=alert(1)" in Parsed(evil.text).texts["title"][0]
    drawn = InV8(evil).draw(200, raw=True)
    assert any("<" in name for name in drawn if name)


def test_every_control_has_a_label_and_every_reference_a_target(parsed):
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for attributes in parsed.attributes("label")}
    controls = [*parsed.attributes("input"), *parsed.attributes("select"), *parsed.attributes("textarea")]
    assert {attributes["id"] for attributes in controls} == labelled
    for _, attributes in parsed.elements:
        named = [attributes.get(name, "") for name in ("for", "aria-describedby", "aria-labelledby")]
        assert {*" ".join(named).split()} <= {*ids}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart_as_wcag_asks_at_level_aa(parsed, scheme):
    (css,) = parsed.texts["style"]
    codes = dict(re.findall(r"--([\w-]+): #(\w{6});", css.split(":root {")[scheme + 1]))
    colours = {name: tuple(bytes.fromhex(code)) for name, code in codes.items()}
    pairs = [(text, ground, 4.5) for text in ("ink", "quiet", "error") for ground in ("paper", "raised", "tint")]
    pairs += [(mark, ground, 3) for mark in ("edge", "accent") for ground in ("paper", "raised", "tint")]
    for one, other, least in [*pairs, ("on-accent", "accent", 4.5)]:
        assert contrast(colours[one], colours[other]) >= least, (one, other)


@pytest.mark.parametrize(
    ("sources", "title"),
    [
        (["names"], "given names"),
        (["data/mine.txt"], "mine"),
        (["lists/"], "lists"),
        (["irish", "names"], "irish, given names"),
        (["a", "-", "c", "d", "e"], "a, c, d"),
        (["-"], "5 names"),
        (["a list in memory"], "5 names"),
    ],
)
def test_the_title_names_the_lists(sources, title):
    trained = in_memory(network("abc"), ["a", "b", "c", "ab", "bc"])
    trained.record = replace(trained.record, sources=tuple(sources))
    assert Parsed(page_of(trained).text).texts["title"] == [f"New names · {title}"]


def test_models_of_one_name_are_told_apart():
    models = [in_memory(network("abc"), source=source) for source in ("mine.txt", "yours.txt", "mine.txt", "mine.txt")]
    labels = InV8(page_of(*models))("content.models.map((model) => model.label)")
    assert labels == ["mine", "yours", "mine (2)", "mine (3)"]


def of_each(models, asked):
    """What a page of these models says of a sampler of each."""
    return InV8(page_of(*models))(f"content.models.map((model) => new Sampler([model], content.minP).{asked})")


def test_names_begin_in_the_case_of_the_list():
    models = []
    for case, keep_case in (("keep", False), ("title", False), ("upper", False), ("keep", True)):
        models.append(in_memory(network("abc")))
        models[-1].record = replace(models[-1].record, case=case, keep_case=keep_case)
    assert of_each(models, "case") == ["lower", "title", "upper", "keep"]


def test_capitals_are_offered_where_letters_have_some():
    models = [in_memory(network(vocabulary)) for vocabulary in ("abñ -", "é1", "אבג", "a漢")]
    assert of_each(models, "hasCapitals") == [True, True, False, True]
