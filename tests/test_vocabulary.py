import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegen.corpus.packed_names import Names, control_character
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import VocabularyError

characters = st.characters(exclude_characters="\n").filter(lambda character: not control_character(character))
some_names = st.lists(st.text(characters, min_size=1), min_size=1, max_size=10)


@given(some_names)
def test_encoding_looks_each_character_up_and_code_points_and_symbols_decode_it(names):
    vocabulary = Vocabulary.of(names)
    assert vocabulary.characters == "".join(sorted(set("".join(names))))
    tokens = vocabulary.encode(names)
    assert tokens.tolist() == [1 + vocabulary.characters.index(character) for character in "".join(names)]
    assert "".join(vocabulary.symbols[token] for token in tokens.tolist()) == "".join(names)
    assert list(Names(vocabulary.code_points[tokens], Names.of(names).lengths)) == names


@given(some_names, some_names)
def test_lookup_gives_nought_for_unknown_characters_the_first_of_which_encoding_names(known, names):
    vocabulary, text = Vocabulary.of(known), "".join(names)
    assert vocabulary.lookup(names).tolist() == [1 + vocabulary.characters.find(character) for character in text]
    if unknown := [character for character in text if character not in vocabulary.characters]:
        with pytest.raises(VocabularyError) as error:
            vocabulary.encode(names)
        assert f"{unknown[0]!r} (U+{ord(unknown[0]):04X})" in str(error.value)


def test_the_refusal_says_what_the_vocabulary_knows():
    with pytest.raises(VocabularyError, match=r"does not know the character 'Ж' \(U\+0416\)\. It knows: aemv"):
        Vocabulary.of(["emma", "ava"]).encode(["emma", "Жanna"])


@pytest.mark.parametrize("characters", ["", "aba", "a\x1b", "a\n", "a\u202e", "a\ud800"])
def test_a_vocabulary_holds_characters_each_once_and_no_control_characters(characters):
    with pytest.raises(VocabularyError):
        Vocabulary(characters)
