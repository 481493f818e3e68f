import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from namegen.corpus.packed_names import Names, control_character
from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.errors import VocabularyError

characters = st.characters(exclude_characters="\n").filter(lambda character: not control_character(character))
some_names = st.lists(st.text(characters, min_size=1), min_size=1, max_size=10)


@given(some_names)
def test_the_characters_are_those_that_occur_in_code_point_order(names):
    assert Vocabulary.of(names).characters == "".join(sorted(set("".join(names))))


@given(some_names)
def test_encoding_is_looking_each_character_up(names):
    vocabulary = Vocabulary.of(names)
    expected = [1 + vocabulary.characters.index(character) for character in "".join(names)]
    assert vocabulary.encode(names).tolist() == expected
    assert vocabulary.lookup(names).tolist() == expected


@given(some_names)
def test_code_points_and_symbols_decode_what_was_encoded(names):
    vocabulary = Vocabulary.of(names)
    tokens = vocabulary.encode(names)
    assert "".join(vocabulary.symbols[token] for token in tokens.tolist()) == "".join(names)
    assert list(Names(vocabulary.code_points[tokens], Names.of(names).lengths)) == names


@given(some_names, some_names)
def test_lookup_gives_nought_exactly_where_a_character_is_unknown(known, names):
    vocabulary = Vocabulary.of(known)
    expected = [character in set("".join(known)) for character in "".join(names)]
    assert vocabulary.lookup(names).bool().tolist() == expected


@given(some_names, some_names)
def test_encoding_refuses_unknown_characters_and_names_the_first(known, names):
    vocabulary = Vocabulary.of(known)
    unknown = [character for character in "".join(names) if character not in vocabulary.characters]
    if unknown:
        with pytest.raises(VocabularyError) as error:
            vocabulary.encode(names)
        assert f"{unknown[0]!r} (U+{ord(unknown[0]):04X})" in str(error.value)
    else:
        assert len(vocabulary.encode(names)) == len("".join(names))


def test_the_refusal_says_what_the_vocabulary_knows():
    with pytest.raises(VocabularyError, match=r"does not know the character 'Ж' \(U\+0416\)\. It knows: aemv"):
        Vocabulary.of(["emma", "ava"]).encode(["emma", "Жanna"])


def test_a_full_stop_in_a_name_is_a_character_unlike_the_boundary():
    vocabulary = Vocabulary.of(["st.john", "ava"])
    stop = vocabulary.encode(["."]).item()
    assert stop == 1 + vocabulary.characters.index(".")
    assert stop != BOUNDARY
    assert vocabulary.symbols[BOUNDARY] == vocabulary.symbols[stop] == "."


@pytest.mark.parametrize("characters", ["", "aba", "a\x1b", "a\n", "a\u202e", "a\ud800"])
def test_a_vocabulary_holds_characters_each_once_and_no_control_characters(characters):
    with pytest.raises(VocabularyError):
        Vocabulary(characters)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(2, torch.uint8), (256, torch.uint8), (257, torch.int16), (32768, torch.int16), (32769, torch.int32)],
)
def test_tokens_are_stored_in_the_smallest_type_that_holds_every_index(size, expected):
    vocabulary = Vocabulary("".join(map(chr, range(0x10000, 0x10000 + size - 1))))
    assert vocabulary.size == size
    assert vocabulary.token_dtype == expected
    assert size - 1 <= torch.iinfo(vocabulary.token_dtype).max
