"""The bundled lists of given names: each in the spelling of its language.

`spellings.tsv` has a line for each: its alphabet, and well-known names that must be on it with their marks.
"""

import unicodedata
from pathlib import Path

import pytest

from namegen.corpus.sources import data_folder

SPELLINGS = Path(__file__).with_name("spellings.tsv")
ROWS = [line.split("\t") for line in SPELLINGS.read_text(encoding="utf-8").splitlines()]
LABELS = {(), ("female",), ("male",), ("both",)}


def lines_of(name):
    return (data_folder() / "names" / f"{name}.txt").read_bytes().decode().removesuffix("\n").split("\n")


def without_marks(name):
    return "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))


def is_title(name):
    words = name.replace("ʻ", "").replace("'", "-").replace(" ", "-").split("-")
    return all(word[:1].isupper() and not any(map(str.isupper, word[1:])) for word in words if len(word) > 1)


def test_every_list_of_given_names_has_its_spelling():
    assert [row[0] for row in ROWS] == sorted(path.stem for path in (data_folder() / "names").glob("*.txt"))


@pytest.mark.parametrize(("name", "alphabet", "known"), ROWS, ids=[row[0] for row in ROWS])
def test_a_list_is_in_the_spelling_of_its_language(name, alphabet, known):
    rows = [line.split("\t") for line in lines_of(name)]
    names = [row[0] for row in rows]
    assert {tuple(row[1:]) for row in rows} <= LABELS
    assert all(unicodedata.is_normalized("NFC", text) and text == text.strip() for text in names)
    assert names == sorted(names, key=lambda text: (without_marks(text), text))
    assert len({text.casefold() for text in names}) == len(names)
    assert [text for text in names if not is_title(text)] == []
    assert {*"".join(names).lower()} - {*alphabet, *"-' "} == set()
    assert len(known.split(" ")) >= 10
    assert {*known.split(" ")} - {*names} == set()
