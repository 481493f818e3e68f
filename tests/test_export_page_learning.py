"""The page that learns: its JavaScript gives the numbers of Python, and reads any pasted text without harm."""

import csv
import json
from io import StringIO
from itertools import product

import pytest
import torch
from export_models import adapted_in_python, in_memory, model_of
from export_parts import InV8
from hypothesis import given
from hypothesis import settings as campaign
from hypothesis import strategies as st

import namegen
from namegen.corpus.cleaning import clean_names, usual_case
from namegen.corpus.csv_columns import Table
from namegen.corpus.examples import Examples
from namegen.corpus.reading import corpus_from, read_list
from namegen.corpus.sources import bundled
from namegen.corpus.split import choose_at_most
from namegen.export.packing import MOST_LISTED
from namegen.export.page import Page, learning_page
from namegen.sampling.filter import known_names
from namegen.settings import ListSettings, SampleSettings

FRENCH = ["Éléonore", "Zoë", "Anaïs", "Noé", "D'Arc", "Le Roy", "Œuvrard", "Groß", "Anne-Lise", "Chloé", "Maëlle"]


@pytest.fixture(scope="module")
def page() -> Page:
    return learning_page()


@pytest.fixture(scope="module")
def learner(page):
    return InV8(page)


def learn(learner, names):
    """Have the page learn a list as it is pasted."""
    learner(f"(globalThis.learned = counted(cleaned({json.dumps(chr(10).join(names))}))) && 1")
    learner("(globalThis.found = new Sampler([adapted(content.network, learned)], content.minP)) && 1")


def test_the_page_has_at_most_two_megabytes_and_every_bundled_list(page, learner):
    assert len(page.text.encode()) <= 2 << 20
    found = learner("content.lists.map(({ id, names }) => [id, names.length])")
    assert dict(found) == {name: min(MOST_LISTED, len(namegen.read_corpus(name).names)) for name in bundled()}


@pytest.mark.parametrize("names", [FRENCH, list(namegen.read_corpus("irish").names[::10])], ids=["french", "irish"])
def test_a_list_gives_in_javascript_the_probabilities_of_python(learner, names):
    learn(learner, names)
    model = adapted_in_python([name.lower() for name in names])
    contexts, _ = Examples([name.lower() for name in names], model.vocabulary, model.context_size).batch(slice(0, 100))
    found = learner(f"{contexts.tolist()}.map((context) => [...found.model.probabilities(context)])")
    torch.testing.assert_close(torch.tensor(found), model.log_probabilities(contexts).exp(), atol=1e-3, rtol=0)
    record = namegen.train(names=names, model="bigram", holdout=0).record
    assert learner("found.usualLengths") == list(record.usual_lengths)
    assert learner("found.case") == {"keep": "lower"}.get(record.case, record.case)


def test_a_label_of_a_list_gives_the_probabilities_of_python(learner):
    learner("(globalThis.female = counted(listOf(content.lists, 'swahili', 'female'))) && 1")
    reading = read_list("swahili", ListSettings(label="gender"))
    own = reading.with_labels(corpus_from(reading).names)["female"]
    assert learner("[female.labelled, female.count, female.known.names.length]") == [list(own), 258, 583]
    learner("(globalThis.some = female.known.names.filter((_, place) => place % 10 === 0)) && 1")
    learner("(globalThis.labelled = female.labelled.filter((name) => some.includes(name))) && 1")
    names, women = learner("[some, labelled]")
    assert 10 < len(women) < len(names)
    learner("(globalThis.few = counted({ names: some, labelled, case: 'title' })) && 1")
    learner("(globalThis.found = new Sampler([adapted(content.network, few)], content.minP)) && 1")
    lines = [f"{name}\t{'female' if name in women else 'male'}" for name in names]
    own = namegen.train(names=lines, label="gender", holdout=0).of_label("female").model
    contexts, _ = Examples(names[:3], own.vocabulary, own.context_size).batch(slice(0, 20))
    found = learner(f"{contexts.tolist()}.map((context) => [...found.model.probabilities(context)])")
    torch.testing.assert_close(torch.tensor(found), own.log_probabilities(contexts).exp(), atol=1e-3, rtol=0)


def test_names_of_a_pasted_list_are_known_and_edits_from_it_are_counted(learner):
    learn(learner, FRENCH)
    drawn = learner(
        "((draws) => Array.from({ length: 300 }, () => draws.next().value))(found.draw({ seed: 1, distance: 2 }))"
    )
    drawn = [name for name in drawn if name]
    assert len(drawn) > 20
    assert all(learner(f"found.distance({json.dumps(name)}, 3)") >= 2 for name in drawn)
    assert learner("[found.isKnown('zoë'), found.isKnown('zoé'), found.distance('zoé', 3)]") == [True, False, 1]


@pytest.mark.parametrize("few", [11, 300, 301])
@pytest.mark.parametrize("given", [{}, {"raw": True}, {"allow_known": True}])
def test_names_are_as_far_from_a_list_as_in_python(learner, few, given):
    names = list(namegen.read_corpus("surnames").names[:few])
    learner(f"(globalThis.found = new Sampler([counted({{ names: {json.dumps(names)} }})], content.minP)) && 1")
    settings = SampleSettings(**given).within((1, 9))
    expected = known_names(in_memory(model_of("bigram").model, names), settings).min_distance
    asked = json.dumps({"raw": "raw" in given, "allowKnown": "allow_known" in given})
    assert learner(f"found.complete({asked}).distance") == expected


def test_lengths_that_were_left_out_are_those_of_python(learner):
    names = list(namegen.read_corpus("surnames").names[:300])
    learner(f"(globalThis.found = new Sampler([counted({{ names: {json.dumps(names)} }})], content.minP)) && 1")
    low, high = learner("found.usualLengths")
    for raw, shortest, longest in product([False, True], [0, 1, low, high - 1, high, high + 3], [0, 1, low, high]):
        settings = SampleSettings(raw=raw, min_length=shortest, max_length=longest).within((low, high))
        asked = json.dumps(
            {"raw": raw} | ({"min": shortest} if shortest else {}) | ({"max": longest} if longest else {})
        )
        found = learner(f"(({{ min, max }}) => [min, max])(found.complete({asked}))")
        assert found == [settings.min_length, settings.max_length]


def test_the_same_names_are_chosen_of_a_long_list_as_in_python(learner):
    names = namegen.read_corpus("surnames").names
    learner(f"(globalThis.many = {json.dumps(list(names))}) && 1")
    assert learner("chooseAtMost(150, many)") == list(choose_at_most(150, names))


def test_a_script_that_the_network_does_not_know_is_counted_alone(learner):
    given = "{ network: content.network, list: { text: 'אבגד\\nדגבא\\nבאגד' } }"
    posted = f"((seen) => (learn({given}, (m) => seen.push(m)), seen))([])"
    posts = learner(f"{posted}.map(({{ error, notes, count, isDone }}) => ({{ error, notes, count, isDone }}))")
    assert posts[-1]["isDone"]
    assert posts[-1]["count"] == 3
    assert "does not know the script" in posts[-1]["notes"][0]


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("Anna\nOtto\n\nanna", ["anna", "otto"], "A repeated name counts once."),
        ("Anna, Otto; Zoë".replace(";", ","), ["anna", "otto", "zoë"], ""),
        ("id,name\n1,Anna\n2,Otto", ["anna", "otto"], "column “name”"),
        ('1;"Anna"\n2;"Otto"', ["anna", "otto"], "column number 2"),
        ('id,name\n1,"Smith, Anna"\n2,"Jo ""J"", Otto"', ["smith, anna", 'jo "j", otto'], "column “name”"),
        ('name,note\nAnna,"tall; blond"\nBerta,x\nCarla,y', ["anna", "berta", "carla"], "column “name”"),
        ('id,name\n1,"Anna"\n2,Otto "the big", 5\n3,Zoë', ["anna", 'otto "the big"', "zoë"], "column “name”"),
        ('note,name\n"tall,\nblond",Anna\nx,Otto', ["anna", "otto"], "column “name”"),
        ('note,name\n"tall\nblond",O\x1btto\nx,Anna', ["anna"], "line 3 contains a control character (U+001B)"),
        ('note,name\nx,"Anna\nOtto"\ny,Zoë', ["zoë"], "contains a control character (U+000A)"),
        ("name,city\nAnna,York\nBerta\nCarla,Leeds", ["anna", "berta", "carla"], "column “name”"),
        ("city,name\nYork,Anna\nLeeds\nYork,Otto\n\n,Zoë", ["anna", "otto", "zoë"], "column “name”"),
        ("id|name\n1|Anna\n2|Otto", ["anna", "otto"], "column “name”"),
        ("f\tAnna\n\tOtto\nm\nm\tZoë", ["anna", "otto", "zoë"], "column number 2"),
        ("name\rAnna\r\rOtto", ["name", "anna", "otto"], ""),
        ("id,name\r1,Anna\r2,Otto", ["anna", "otto"], "column “name”"),
        ("Anna, Otto, Zoë,\nJim, Tim\nMax", ["anna", "otto", "zoë", "jim", "tim", "max"], ""),
        ("Smith, Anna\nOtto\nZoë, Jim\nMax|Tim", ["smith", "anna", "otto", "zoë", "jim", "max|tim"], ""),
        ('"Smith; Anna", Otto\nZoë', ["smith; anna", "otto", "zoë"], ""),
        ('Anna, "Otto, Zoë', ["anna", '"otto', "zoë"], ""),
        ("Anna\n" + "x" * 201, ["anna"], "line 2 is longer than 200 characters"),
        ("Anna\nO\x1btto", ["anna"], "line 2 contains a control character (U+001B)"),
        ("Zoe\u0308\n李\n👩\u200d🚀", ["zoë", "李", "👩\u200d🚀"], ""),
        ("", [], ""),
    ],
)
def test_pasted_text_is_cleaned_and_what_is_refused_is_said(learner, text, names, said):
    found = learner(f"cleaned({json.dumps(text)})")
    assert found["names"] == names
    assert said in " ".join(found["notes"])


FIELDS = st.text('ab "\n,;|', max_size=6).map(str.strip)


@campaign(max_examples=100)
@given(st.lists(st.tuples(FIELDS, FIELDS), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_tables_of_any_fields_are_read_as_the_command_reads_them(learner, rows, separator):
    file = StringIO(newline="")
    csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([("other", "name"), *rows])
    table = Table.of(iter(file.getvalue().splitlines(keepends=True)), "the table")
    lines = b"".join(block for _, block in table.blocks(table.column("name"))).decode().split("\n")
    found = learner(f"cellsOf({json.dumps(file.getvalue())}).cells.map(({{ cell }}) => cell)")
    assert [name.replace("\n", "\r") for name in found if name] == [line for line in lines if line]


@pytest.mark.parametrize(("text", "reason"), [("", "no names"), ("\n \n", "no names"), ("Anna\nANNA", "only one name")])
def test_a_list_that_nothing_can_be_learned_from_is_refused_in_words(learner, text, reason):
    (post,) = learner(f"((seen) => (learn({{ list: {{ text: {json.dumps(text)} }} }}, (m) => seen.push(m)), seen))([])")
    assert reason in post["error"]


def test_a_huge_text_is_read_in_part_and_that_is_said(learner):
    many = "Array.from({ length: 1e5 }, (_, i) => 'n' + i).join('\\n')"
    count, notes = learner(f"(({{ names, notes }}) => [names.length, notes])(cleaned({many}))")
    assert count == 20_000
    assert "Of 100,000 names, a sample of 20,000 is learned." in notes
    assert "Only the first 4,000,000 characters were read." in learner(
        "cleaned(`anna${' '.repeat(150)}\\n`.repeat(26000)).notes"
    )


@campaign(max_examples=100)
@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=12), max_size=8))
def test_strange_lists_are_cleaned_as_in_python(learner, names):
    names = [name for name in names if not set(name) & set(',;\t"\r\n\ufffd\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ufeff')]
    names = [name.strip() for name in names]
    clean = clean_names(names, "the list")
    found = learner(f"cleaned({json.dumps(chr(10).join(names))})")
    first = {}
    for name, number in zip(clean.names, clean.names.hashes().tolist(), strict=True):
        first.setdefault(number, name)
    assert found["names"] == [*first.values()]
    assert found["case"] == {"keep": "lower"}.get(usual_case(clean.case), usual_case(clean.case))
