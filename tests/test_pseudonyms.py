"""The same name for the same key and secret, no two keys one name, and files of which nothing else changes."""

import csv
import io
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import assert_drawn_from, exact_distribution

import namegen
from namegen.cli.pseudonym import _records
from namegen.corpus.packed_names import mix64
from namegen.errors import SamplingError, UsageError
from namegen.sampling.pseudonyms import Pseudonyms
from namegen.settings import DrawSettings

KEYS = [f"{number}@example.org" for number in range(400)]


@pytest.fixture
def pseudonym(irish_bigram, here):
    """Run `namegen pseudonym` with the model and a secret, in a folder of its own."""
    irish_bigram.save("m.st")
    Path("secret").write_bytes(b"s\r\n")
    return partial(here, "pseudonym", "m.st", "--secret-file", "secret")


@pytest.fixture(scope="module")
def names(irish_bigram):
    return irish_bigram.pseudonyms(KEYS, secret="s")


def test_keys_get_new_names_of_their_own_again_and_again(irish_bigram, names):
    listed = set(namegen.read_corpus("irish").names)
    assert len({name.casefold() for name in names} - listed) == len(KEYS)
    assert irish_bigram.pseudonyms([*KEYS, *KEYS[::-1]], secret=b"s") == names + names[::-1]
    other = irish_bigram.pseudonyms(KEYS, secret="t")
    assert sum(map(str.__eq__, names, other)) < 8


def test_every_key_takes_the_first_of_its_names_that_no_key_before_it_has(irish_bigram, names):
    drawing, used = Pseudonyms(irish_bigram, b"s"), set()
    for key, name in zip(KEYS[:20], names, strict=False):
        (seed,) = drawing._seeds([key])
        attempts, _ = drawing._draw(mix64(seed + mix64(torch.arange(100))))
        assert name == next(attempt.title() for attempt in attempts if attempt not in used)
        used.add(name.lower())


@pytest.mark.parametrize("at_once", [1, 37, 1000])
def test_neither_batches_nor_keys_that_follow_change_a_name(irish_bigram, names, monkeypatch, at_once):
    monkeypatch.setattr("namegen.sampling.pseudonyms.KEYS_AT_ONCE", at_once)
    few = 20 if at_once == 1 else 200
    assert irish_bigram.pseudonyms(KEYS[:few], secret="s") == names[:few]


def test_in_another_order_few_keys_have_another_name(irish_bigram, names):
    turned = irish_bigram.pseudonyms(KEYS[::-1], secret="s")[::-1]
    assert len(KEYS) * 0.8 < sum(map(str.__eq__, names, turned)) < len(KEYS)


def test_names_meet_constraints_and_come_as_often_as_the_model_says():
    model = namegen.train(names=["ab", "ba", "aab", "b", "abb"], model="bigram", holdout=0)
    given = DrawSettings(raw=True, max_length=2, allow_known=True, starts_with=("a", "b"))
    drawing = Pseudonyms(model, b"s", given)
    found, _ = drawing._draw(mix64(torch.arange(20_000)))
    assert_drawn_from(exact_distribution(model.model.probabilities().double().tolist(), "ab", 2), [*found])


def test_constraints_are_met_and_too_few_names_are_reported_after_those_that_were_found(
    irish_bigram, pseudonym, monkeypatch
):
    monkeypatch.setattr("namegen.sampling.pseudonyms.MOST_ATTEMPTS", 100)
    assert all(name.startswith("Mu") for name in irish_bigram.pseudonyms(KEYS[:50], secret="s", starts_with="mu"))
    with pytest.raises(SamplingError, match=r"Only the first \d+ different keys found names"):
        irish_bigram.pseudonyms(KEYS, secret="s", max_length=2)
    with pytest.raises(UsageError, match="The secret is empty"):
        irish_bigram.pseudonyms(KEYS, secret="")
    done = pseudonym("--max-length", "2", input="\n".join(KEYS))
    found = done.stdout.split()
    assert (done.returncode, len({*found})) == (1, len(found))
    assert f"Only the first {len(found):,} different keys" in done.stderr
    assert pseudonym("--max-length", "2", input="\n".join(KEYS[: len(found)])).stdout.split() == found


def test_a_line_is_a_key_and_an_empty_one_stays_empty(names, pseudonym):
    done = pseudonym(input=f"\ufeff{KEYS[0]}\n\n{KEYS[1]}\r\n{KEYS[0]}")
    assert done.stdout.split("\n") == [names[0], "", names[1], names[0], ""]


@pytest.mark.parametrize(
    ("given", "said"),
    [(["--secret-file", "/dev/zero"], "/dev/zero: is longer"), (["/dev/zero"], "line 1: is longer")],
)
def test_a_secret_or_a_key_without_end_is_refused(pseudonym, given, said):
    done = pseudonym(*given, input="a")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr


cells = st.text('ab",;\n é', max_size=4)


@given(st.lists(st.tuples(cells, cells, cells), max_size=4), st.sampled_from(",;\t"), st.integers(0, 2), st.booleans())
def test_of_a_csv_file_one_column_changes_and_nothing_else(rows, delimiter, place, quoted):
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([("one", "two", "three"), *rows])
    with io.StringIO(text.getvalue(), newline="") as file:
        records = [*_records(file, "a file", ("one", "two", "three")[place])][1:]
    keys = [key for key, _ in records]
    assert keys == [row[place] for row in rows]
    assert "".join(line(key) for key, line in records) == text.getvalue().partition("\r\n")[2]
    written = io.StringIO("".join(line("X") for _, line in records), newline="")
    assert [*csv.reader(written, delimiter=delimiter)] == [[*row[:place], "X", *row[place + 1 :]] for row in rows]


@pytest.mark.parametrize("between", [";", "\t", "|"])
def test_a_comma_within_titles_and_names_does_not_separate_them(pseudonym, names, between):
    text = between.join(["Last, First", "City", "id\n{}", "York", "1\n"])
    done = pseudonym("--column", "last, first", input=text.format(KEYS[0]))
    assert (done.returncode, done.stdout) == (0, text.format(names[0]))
    done = pseudonym("--column", "City", input=text.format("Smith, Ann"))
    assert done.stdout.startswith(text.format("Smith, Ann").partition("York")[0])


def test_a_name_gets_the_quotes_that_it_needs():
    _, (_, line) = _records(iter(["a,b\n", "1,2\n"]), "a file", "b")
    assert (line("Ann"), line('A, "B"')) == ("1,Ann\n", '1,"A, ""B"""\n')


@pytest.mark.parametrize("titles", ['"Last, First",name', '"name","city"'])
def test_a_byte_order_mark_stays_and_is_no_part_of_the_first_title(titles):
    text = f'\ufeff{titles}\n"Smith, A",Ann\n'
    head, (key, line) = _records(io.StringIO(text), "a file", "name")
    assert head[1](head[0]) + line(key) == text
    assert key == ("Ann" if titles.endswith("name") else "Smith, A")


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("id,name\n1,Ann\n", "nam", "standard input: has no column 'nam'. Did you mean 'name'?"),
        ("id,name\n1,Ann\n2\n", "name", "standard input, record 3: has no column 'name'"),
        ("name\nAnn\nSmith, Ann\n", "name", "input, record 3: has more fields than titles. Correct it: 'Smith, Ann'"),
        ("", "name", "standard input: has no column 'name'. Its first line holds no titles."),
        ("name,id,name\n1,2,3\n", "name", "has 2 columns 'name'. Give the number of one: 1 and 3."),
    ],
)
def test_a_file_without_the_column_is_reported(pseudonym, text, column, said):
    done = pseudonym("--column", column, input=text)
    assert (done.returncode, said in done.stderr) == (1, True)


def test_faker_gives_these_names_by_its_own_seed(irish_bigram):
    faker = pytest.importorskip("faker")
    from namegen.export.faker_provider import provider

    fake = faker.Faker()
    fake.add_provider(provider(irish_bigram, "irish_name", n=50, starts_with="mu"))
    drawn = []
    for _ in range(2):
        fake.seed_instance(1)
        drawn.append([fake.irish_name() for _ in range(20)])
    assert drawn[0] == drawn[1]
    assert all(name.startswith("Mu") for name in drawn[0])
