"""The same name for the same key and secret, no two keys one name, and files of which nothing else changes."""

import csv
import io
import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.cli.pseudonym import _records
from namegen.corpus.packed_names import mix64
from namegen.errors import SamplingError, UsageError
from namegen.sampling.pseudonyms import Pseudonyms
from namegen.settings import DrawSettings

KEYS = [f"{number}@example.org" for number in range(1500)]


@pytest.fixture(scope="module")
def irish():
    return namegen.train("irish", model="bigram")


@pytest.fixture(scope="module")
def names(irish):
    return irish.pseudonyms(KEYS, secret="s")


def test_keys_get_new_names_of_their_own_again_and_again(irish, names):
    listed = set(namegen.read_corpus("irish").names)
    assert len({name.casefold() for name in names} - listed) == len(KEYS)
    assert irish.pseudonyms([*KEYS, *KEYS[::-1]], secret=b"s") == names + names[::-1]
    other = irish.pseudonyms(KEYS, secret="t")
    assert sum(map(str.__eq__, names, other)) < 30


def test_every_key_takes_the_first_of_its_names_that_no_key_before_it_has(irish, names):
    drawing, used = Pseudonyms(irish, b"s"), set()
    for key, name in zip(KEYS[:60], names, strict=False):
        (seed,) = drawing._seeds([key])
        attempts, _ = drawing._draw(mix64(seed + mix64(torch.arange(200))))
        assert name == next(attempt.title() for attempt in attempts if attempt not in used)
        used.add(name.lower())


@pytest.mark.parametrize("at_once", [1, 37, 1000])
def test_neither_batches_nor_keys_that_follow_change_a_name(irish, names, monkeypatch, at_once):
    monkeypatch.setattr("namegen.sampling.pseudonyms.KEYS_AT_ONCE", at_once)
    few = 20 if at_once == 1 else 900
    assert irish.pseudonyms(KEYS[:few], secret="s") == names[:few]


def test_in_another_order_few_keys_have_another_name(irish, names):
    turned = irish.pseudonyms(KEYS[::-1], secret="s")[::-1]
    assert len(KEYS) * 0.8 < sum(map(str.__eq__, names, turned)) < len(KEYS)


def test_names_meet_constraints_and_come_as_often_as_the_model_says():
    model = namegen.train(names=["ab", "ba", "aab", "b", "abb"], model="bigram", holdout=0)
    given = DrawSettings(raw=True, max_length=2, allow_known=True, starts_with=("a", "b"))
    drawing = Pseudonyms(model, b"s", given)
    found, _ = drawing._draw(mix64(torch.arange(20_000)))
    matrix = model.model.probabilities().double().tolist()
    masses = {}
    for name in ("a", "b", "aa", "ab", "ba", "bb"):
        path = [0, *("ab".index(letter) + 1 for letter in name), 0]
        masses[name] = math.prod(matrix[one][other] for one, other in itertools.pairwise(path))
    counts = [list(found).count(name) for name in masses]
    expected = [len(found) * mass / sum(masses.values()) for mass in masses.values()]
    chi_square = sum((count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True))
    assert chi_square < 5 + 4 * math.sqrt(10)


def test_constraints_are_met_and_too_few_names_are_reported_after_those_that_were_found(
    irish, here, tmp_path, monkeypatch
):
    monkeypatch.setattr("namegen.sampling.pseudonyms.MOST_ATTEMPTS", 300)
    assert all(name.startswith("Mu") for name in irish.pseudonyms(KEYS[:50], secret="s", starts_with="mu"))
    with pytest.raises(SamplingError, match=r"Only the first \d+ different keys found names"):
        irish.pseudonyms(KEYS, secret="s", max_length=2)
    with pytest.raises(UsageError, match="The secret is empty"):
        irish.pseudonyms(KEYS, secret="")
    irish.save(tmp_path / "m.st")
    (tmp_path / "secret").write_text("s\n")
    given = ("pseudonym", "m.st", "--secret-file", "secret")
    done = here(*given, "--max-length", "2", input="\n".join(KEYS))
    found = done.stdout.split()
    assert (done.returncode, len({*found})) == (1, len(found))
    assert f"Only the first {len(found):,} different keys" in done.stderr
    assert here(*given, "--max-length", "2", input="\n".join(KEYS[: len(found)])).stdout.split() == found


def test_a_line_is_a_key_and_an_empty_one_stays_empty(irish, names, here, tmp_path):
    irish.save(tmp_path / "m.st")
    (tmp_path / "secret").write_bytes(b"s\r\n")
    done = here("pseudonym", "m.st", "--secret-file", "secret", input=f"{KEYS[0]}\n\n{KEYS[1]}\r\n{KEYS[0]}")
    assert done.stdout.split("\n") == [names[0], "", names[1], names[0], ""]


def test_a_mark_before_the_first_key_is_not_part_of_it(irish, names, here, tmp_path):
    irish.save(tmp_path / "m.st")
    (tmp_path / "secret").write_bytes(b"s")
    done = here("pseudonym", "m.st", "--secret-file", "secret", input=f"\ufeff{KEYS[0]}\n")
    assert done.stdout == f"{names[0]}\n"


def test_what_never_ends_is_no_secret_and_no_key(irish, here, tmp_path):
    irish.save(tmp_path / "m.st")
    (tmp_path / "secret").write_bytes(b"s")
    for keys, secret, said in (
        ("-", "/dev/zero", "/dev/zero: is longer"),
        ("/dev/zero", "secret", "line 1: is longer"),
    ):
        done = here("pseudonym", "m.st", keys, "--secret-file", secret, input="a")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert said in done.stderr


cells = st.text('ab",;\n é', max_size=4)


@given(st.lists(st.tuples(cells, cells, cells), max_size=4), st.sampled_from(",;\t"), st.integers(0, 2), st.booleans())
def test_of_a_csv_file_one_column_changes_and_nothing_else(rows, delimiter, place, quoted):
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([("one", "two", "three"), *rows])
    with io.StringIO(text.getvalue(), newline="") as file:
        records = [*_records(file, "a file", ("one", "two", "three")[place])]
    assert [key for key, _ in records[1:]] == [row[place] for row in rows]
    quote = '"' if quoted else ""
    assert "".join(line("X" if key else "") for key, line in records).partition("\r\n")[2] == "".join(
        expected(row, place, delimiter, quoting, quote) for row in rows
    )


def expected(row, place, delimiter, quoting, quote):
    """A record as it was, with X in a place; the value there keeps its quotes."""

    def written(*cells):
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, quoting=quoting).writerow(cells)
        return text.getvalue().removesuffix("\r\n")

    fields = [written("", cell)[1 if not quote else 3 :] for cell in row]
    has_quotes = fields[place].startswith('"')
    name = "X" if row[place] else ""
    fields[place] = f'"{name}"' if has_quotes else name
    return delimiter.join(fields) + "\r\n"


def test_a_name_gets_the_quotes_that_it_needs():
    _, (_, line) = _records(iter(["a,b\n", "1,2\n"]), "a file", "b")
    assert (line("Ann"), line('A, "B"')) == ("1,Ann\n", '1,"A, ""B"""\n')


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("id,name\n1,Ann\n", "nam", "standard input: has no column 'nam'. Did you mean 'name'?"),
        ("id,name\n1,Ann\n2\n", "name", "standard input, record 3: has no column 'name'"),
        ("", "name", "standard input: has no column 'name'. Its first line holds no titles."),
        ("name,id,name\n1,2,3\n", "name", "has 2 columns 'name'. Give the number of one: 1 and 3."),
    ],
)
def test_a_file_without_the_column_is_reported(irish, here, tmp_path, text, column, said):
    irish.save(tmp_path / "m.st")
    (tmp_path / "secret").write_text("s")
    done = here("pseudonym", "m.st", "--secret-file", "secret", "--column", column, input=text)
    assert (done.returncode, said in done.stderr) == (1, True)


def test_faker_gives_these_names_by_its_own_seed(irish):
    faker = pytest.importorskip("faker")
    from namegen.export.faker_provider import provider

    fake = faker.Faker()
    fake.add_provider(provider(irish, "irish_name", n=50, starts_with="mu"))
    drawn = []
    for _ in range(2):
        fake.seed_instance(1)
        drawn.append([fake.irish_name() for _ in range(20)])
    assert drawn[0] == drawn[1]
    assert all(name.startswith("Mu") for name in drawn[0])
