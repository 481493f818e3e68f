import itertools
import unicodedata

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import MASK, slow_hash

from namegen.corpus.packed_names import Names, mix64
from namegen.errors import SourceError

a_line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))
a_normal_line = a_line.map(lambda line: unicodedata.normalize("NFC", line))
lists_of_lines = st.lists(a_line, max_size=20)


def unsigned_hashes(names):
    return [value & MASK for value in Names.of(names).hashes().tolist()]


@given(lists_of_lines, st.slices(20), st.integers(0, 20))
def test_packed_names_are_as_a_list_of_them(strings, where, middle):
    names = Names.of(strings)
    assert [names[place] for place in range(len(names))] == list(names) == strings
    assert [names[-place] for place in range(1, len(names) + 1)] == list(reversed(names)) == strings[::-1]
    assert list(names[where]) == strings[where]
    assert names.lines() == "\n".join(strings)
    assert list(Names.join([names[:middle], names[middle:]])) == strings
    assert all(string in names and names.index(string) == strings.index(string) for string in strings)
    assert "\n" not in names
    assert Names.of(names) is names
    with pytest.raises(IndexError):
        names[len(names)]


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.just("\n")))
def test_names_from_lines_are_the_lines_that_are_not_empty(text):
    assert list(Names.from_lines(text)) == [line for line in text.split("\n") if line]


@given(lists_of_lines, st.data())
def test_names_are_selected_by_their_places_or_by_a_mask(strings, data):
    places = data.draw(st.lists(st.integers(0, len(strings) - 1), max_size=30)) if strings else []
    assert list(Names.of(strings).select(torch.tensor(places, dtype=torch.int64))) == [strings[p] for p in places]
    mask = data.draw(st.lists(st.booleans(), min_size=len(strings), max_size=len(strings)))
    kept = [string for string, keep in zip(strings, mask, strict=True) if keep]
    assert list(Names.of(strings).select(torch.tensor(mask, dtype=torch.bool))) == kept


def test_half_a_character_is_refused():
    with pytest.raises(SourceError, match="surrogate"):
        Names.of(["emma", "\ud83d"])


@given(st.lists(a_normal_line))
def test_hashes_are_those_of_the_case_folded_names_by_the_slow_reference(strings):
    folded = [unicodedata.normalize("NFC", string.casefold()) for string in strings]
    assert unsigned_hashes(strings) == [slow_hash(name) for name in folded]
    letter_for_letter = Names.of(strings).hashes(folded=False).tolist()
    assert [value & MASK for value in letter_for_letter] == [slow_hash(name) for name in strings]


def test_many_short_names_are_hashed_as_one_alone_is():
    names = ["".join(letters) for letters in itertools.product("abz", repeat=5)] + ["", "zoë", ""]
    assert unsigned_hashes(names * 4) == [slow_hash(name) for name in names] * 4


def test_the_mixer_gives_the_published_first_outputs_of_splitmix64():
    # Seed 1234567, as in the reference vectors that circulate with Vigna's splitmix64.c.
    state, gamma = 1234567, 0x9E3779B97F4A7C15
    states = [(state + step * gamma) & MASK for step in range(3)]
    signed = torch.tensor([value - (1 << 64) if value >> 63 else value for value in states])
    assert [value & MASK for value in mix64(signed).tolist()] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_a_line_break_within_a_name_is_reported():
    with pytest.raises(SourceError, match=r"the name 'mona\\ncora' contains a line break\. Give it as two names\."):
        Names.of(["ava", "mona\ncora"])


@given(st.lists(st.text("aeno\u0301\u0303ñé", max_size=5), max_size=8))
def test_names_that_a_person_typed_are_packed_as_lists_have_them(strings):
    assert list(Names.normalised(strings)) == [unicodedata.normalize("NFC", name) for name in strings]
