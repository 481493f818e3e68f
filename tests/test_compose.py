"""Lines of names from several lists: templates, constraints of slots, distinct lines, formats."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.errors import NamegenError, UsageError
from namegen.sampling.composition import Template


@pytest.fixture
def models(tmp_path, monkeypatch, irish_bigram):
    """Beside models of Irish names and of towns."""
    monkeypatch.chdir(tmp_path)
    irish_bigram.save("irish.st")
    namegen.train("towns", model="bigram").save("towns.st")


def escaped(text):
    return text.replace("{", "{{").replace("}", "}}")


@given(st.lists(st.text("a {}:", max_size=5), min_size=2, max_size=4))
def test_texts_between_slots_are_kept_with_braces_that_are_doubled(texts):
    template = Template.of("{irish}".join(map(escaped, texts)))
    assert template.texts == tuple(texts)
    assert template.line(["x"] * (len(texts) - 1)) == "x".join(texts)


def test_the_constraints_of_a_slot_are_called_as_in_sample():
    read = Template.of("{a.csv:column:starts-with=M,starts-with=K,matches=(a,b).{{2}},raw,temperature=0.5} {b.csv:raw}")
    assert read.sources == ("a.csv:column", "b.csv")
    first, second = read.settings
    assert (first.starts_with, first.matches, first.raw, first.temperature) == (("M", "K"), "(a,b).{2}", True, 0.5)
    assert second.raw


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Anna", "'Anna' has no slot"),
        ("{irish", "has a brace without its partner"),
        ("irish} {towns}", "has a brace without its partner"),
        ("{irish:max-lenght=3}", r"^\{irish:max-lenght=3\}: Unknown setting 'max-lenght'. Did you mean 'max-length'\?"),
        ("{irish:max-length=x}", "`max_length` must be an integer, not 'x'"),
        ("{irish:max-length=3,min-length=4}", "more than `max_length` 3"),
        ("{irish:sort=name}", "Unknown setting 'sort'"),
    ],
)
def test_a_template_that_is_wrong_is_refused(text, complaint):
    with pytest.raises(UsageError, match=complaint):
        Template.of(text)


def test_lines_meet_their_constraints_and_the_first_ones_do_not_depend_on_how_many(models):
    text = "{irish.st:starts-with=M,max-length=6,case=upper} of {towns.st} ({irish.st})"
    lines = namegen.compose(text, 300, seed=3)
    assert lines[:20] == namegen.compose(text, 20, seed=3) != namegen.compose(text, 20, seed=4)
    assert len({*lines}) == 300
    for line in lines:
        first, second = line.partition(" of ")[::2]
        assert first[0] == "M"
        assert first.isupper()
        assert len(first) <= 6
        assert first.title() != second.partition("(")[2]


def test_lines_are_distinct_as_a_whole_and_too_few_are_printed_and_reported(models, here, monkeypatch):
    monkeypatch.setattr("namegen.sampling.composition.MOST_REPEATS", 500)
    text = "{irish.st:max-length=1,allow-known,matches=[ab],raw} {irish.st:max-length=1,allow-known,matches=[ab],raw}"
    done = here("compose", text, "-n", "9", "--seed", "1")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (1, ["A A", "A B", "B A", "B B"])
    assert "Found 4 of 9 lines: The last 500 lines had all come before. Request fewer" in done.stderr
    with pytest.raises(NamegenError, match=r"^Found 0 of 2 lines: Found 0 names; .*Loosen contains, lower min-length"):
        namegen.compose("{irish.st:contains=aaaa,max-tries=300}", 2)


def test_every_format_has_a_field_for_each_slot(models, here):
    given = ("compose", "{irish.st} {towns.st}, {irish.st}", "-n", "3", "--seed", "1")
    lines = here(*given).stdout.splitlines()
    rows = json.loads(here(*given, "--format", "json").stdout)["names"]
    assert [row["name"] for row in rows] == lines
    assert all(f"{row['irish.st']} {row['towns.st']}, {row['irish.st 2']}" == row["name"] for row in rows)
    assert [json.loads(line) for line in here(*given, "--format", "jsonl").stdout.splitlines()] == rows
    assert [*csv.DictReader(io.StringIO(here(*given, "--format", "csv").stdout))] == rows
