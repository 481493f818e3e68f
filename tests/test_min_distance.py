"""Names at least so many edits from the list, and tables that mark near-copies."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

import namegen
from namegen.corpus.edit_distance import one_edit_away
from namegen.corpus.packed_names import Names
from namegen.errors import SamplingError, UsageError


@pytest.fixture(scope="module")
def listed():
    return list(namegen.read_corpus("irish").names)


def least_edits(name, listed):
    return min(Levenshtein.distance(name.lower(), other) for other in listed)


@pytest.mark.parametrize("edits", [1, 2, 3])
def test_names_differ_from_every_name_on_the_list_by_so_many_edits(irish_ngram, listed, edits):
    names = irish_ngram.sample(40, seed=1, min_distance=edits)
    assert len(names) == 40
    assert min(least_edits(name, listed) for name in names) == edits
    everything = irish_ngram.sample(300, seed=1)
    far = [name for name in everything if least_edits(name, listed) >= edits]
    assert far[:20] == names[:20], "the same names, without those that are too near"


def test_the_most_probable_names_keep_their_distance_too(irish_ngram, listed):
    near, far = irish_ngram.top(200), irish_ngram.top(5, min_distance=2)
    assert far == [name for name in near if least_edits(name, listed) >= 2][:5]


def test_a_distance_that_nothing_has_is_reported(irish_ngram):
    with pytest.raises(SamplingError, match="lower `min_distance`"):
        irish_ngram.sample(3, min_distance=9, max_length=4, max_tries=500)


def test_names_of_a_short_list_are_two_edits_from_it_also_without_the_list():
    short = [*namegen.read_corpus("irish").names[:300]]
    model = namegen.train(names=short, model="ngram", order=3, holdout=0)
    assert min(least_edits(name, short) for name in model.sample(100)) == 2
    assert min(least_edits(name, short) for name in model.sample(300, raw=True)) == 1
    longer = namegen.train(names=[*short, "zebulonia"], model="ngram", order=3, holdout=0)
    assert min(least_edits(name, short) for name in longer.sample(100)) == 1


@given(st.text("abc", min_size=1, max_size=4))
def test_texts_one_edit_away_are_all_of_them(name):
    texts = ("".join(letters) for size in range(1, 6) for letters in itertools.product("abc", repeat=size))
    found, which = one_edit_away(Names.of([name]), "abc")
    assert {*found} - {name} == {text for text in texts if Levenshtein.distance(text, name) == 1}
    assert not which.any()


def test_a_distance_of_three_needs_the_list_and_contradicts_known_names(irish_ngram):
    in_memory = namegen.train(names=["anna", "emma", "otto"], model="bigram", holdout=0)
    assert len(in_memory.sample(2, min_distance=1)) == 2
    for take in (in_memory.sample, in_memory.top):
        with pytest.raises(UsageError, match="`min_distance` 3 needs the list of the model, which cannot be read"):
            take(2, min_distance=3)
    with pytest.raises(UsageError, match="contradict each other"):
        irish_ngram.sample(2, min_distance=2, allow_known=True)


def test_a_table_marks_near_copies_and_a_pipe_gets_the_names_alone(irish_ngram, run_here, tmp_path, listed):
    irish_ngram.save(tmp_path / "m.safetensors")
    arguments = ("top", tmp_path / "m.safetensors", "-n", "12")
    title, *rows = run_here(*arguments, "--format", "table").stdout.splitlines()
    assert title.split()[-3:] == ["one", "edit", "from"]
    near = 0
    for row in rows:
        name, _, _, *known = row.split(maxsplit=3)
        assert bool(known) == (least_edits(name, listed) == 1)
        if known:
            near += 1
            assert Levenshtein.distance(name, known[0].strip()) == 1
    assert near
    far = run_here(*arguments, "--format", "table", "--min-distance", "2").stdout
    assert "one edit" not in far
    in_a_pipe = run_here(*arguments, "--min-distance", "2").stdout
    assert [line.split()[0] for line in far.splitlines()[1:]] == in_a_pipe.split()


def test_names_of_two_or_three_characters_need_be_no_more_than_new():
    names = [one + other for one, other in itertools.product("王李张刘陈", "伟芳娜敏静丽")]
    model = namegen.train(names=names[:20], holdout=0)
    found = model.sample(5, seed=1)
    assert len(found) == 5
    assert not {*found} & {*names[:20]}
