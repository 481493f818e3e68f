"""Names of one output that differ from each other: in edits, and in their first letters."""

import itertools

import pytest
from rapidfuzz.distance import Levenshtein

from namegen.errors import SamplingError, UsageError
from namegen.sampling.block_list import folded_letters
from namegen.settings import TopSettings


def greedy(names, edits):
    found = []
    for name in names:
        if all(Levenshtein.distance(name.lower(), other.lower()) >= edits for other in found):
            found.append(name)
    return found


@pytest.mark.parametrize("edits", [2, 4])
def test_names_are_taken_greedily_as_they_are_drawn(irish_ngram, edits):
    assert irish_ngram.sample(40, seed=1, apart=edits) == greedy(irish_ngram.sample(800, seed=1), edits)[:40]


def test_no_letter_begins_two_names_before_all_have_begun_one(irish_ngram):
    names = irish_ngram.sample(60, seed=1, initials=True)
    first = [folded_letters(name)[0] for name in names]
    alphabet = {folded_letters(name)[0] for name in irish_ngram.sample(5000, seed=2)}
    size = len(alphabet)
    assert size > 10
    assert alphabet <= {*first[:size]} == {*first[size : 2 * size]}
    everything = irish_ngram.sample(5000, seed=1)
    expected = [
        next(name for name in everything if folded_letters(name)[0] == letter) for letter in dict.fromkeys(first)
    ]
    assert names[: len(expected)] == expected, "of each letter the first that was drawn"


@pytest.mark.parametrize("given", [{"apart": 3}, {"initials": True}, {"apart": 3, "initials": True}], ids=str)
def test_the_first_names_do_not_depend_on_how_many_are_requested(irish_ngram, given):
    many = irish_ngram.sample(150, seed=3, **given)
    assert irish_ngram.sample(70, seed=3, **given) == many[:70]
    assert [*itertools.islice(irish_ngram.stream(seed=3, **given), 70)] == many[:70]
    assert len({*many}) == 150
    assert greedy(many, given.get("apart", 1)) == many


def test_one_letter_alone_begins_all_names_where_no_other_can(irish_ngram):
    assert len(irish_ngram.sample(10, seed=1, initials=True, starts_with="mu")) == 10


@pytest.mark.parametrize("beginning", ["", "mu"])
@pytest.mark.parametrize("edits", [2, 4])
def test_the_most_probable_names_are_taken_greedily_in_their_order(irish_ngram, edits, beginning):
    expected = greedy(irish_ngram.top(700, starts_with=beginning), edits)[:20]
    assert irish_ngram.top(20, apart=edits, starts_with=beginning) == expected


def by_initials(names, edits, rounds):
    """Of names in their order, those that come in the first rounds in which each letter begins one."""
    found = []
    for _ in range(rounds):
        used = set()
        for name in names:
            far = all(Levenshtein.distance(name.lower(), other.lower()) >= edits for other in found)
            if name not in found and far and folded_letters(name)[0] not in used:
                used.add(folded_letters(name)[0])
                found.append(name)
    return found


@pytest.mark.parametrize("given", [{"apart": 1}, {"apart": 3}], ids=str)
def test_the_most_probable_name_of_each_letter_comes_before_the_second_of_any(irish_ngram, given):
    given |= {"matches": "[aáeéiímo].{2,4}"}
    expected = by_initials(irish_ngram.top(4000, **given | {"apart": 1}), given["apart"], rounds=3)
    assert len(expected) == 15
    assert irish_ngram.top(15, initials=True, **given) == expected
    assert irish_ngram.top(4, initials=True, **given) == expected[:4]


def test_letters_and_edits_are_those_that_are_shown(irish_ngram):
    for names in (irish_ngram.sample(200, seed=1, ascii=True, apart=3), irish_ngram.top(15, ascii=True, apart=3)):
        assert greedy(names, 3) == names
    for take in (irish_ngram.sample, irish_ngram.top):
        first = [name[0] for name in take(15, ascii=True, initials=True)]
        assert len({*first}) == 15
        assert "".join(first).isascii()


@pytest.mark.parametrize(
    ("given", "prefixes"), [({"n": 40, "apart": 3}, 3000), ({"n": 100, "apart": 2, "initials": True}, 2000)], ids=str
)
def test_where_the_search_is_given_up_only_what_is_certain_is_given(irish_ngram, monkeypatch, given, prefixes):
    expected = irish_ngram.top(**given)
    monkeypatch.setattr("namegen.sampling.best_apart.MAX_PREFIXES", prefixes)
    found = irish_ngram.search(TopSettings.of(**given))
    assert not found.complete
    names = [*irish_ngram.shown(found.names)]
    assert names == expected[: len(names)]
    assert 0 < len(names) < len(expected)


def test_what_cannot_be_met_is_told_with_counts_and_what_was_found_is_printed(irish_ngram, here, tmp_path):
    with pytest.raises(SamplingError, match=r"Found \d+ of 500 names; .*lower `apart`"):
        irish_ngram.sample(500, apart=5, max_length=5, max_tries=2000)
    with pytest.raises(UsageError, match="`allow_repeats` and `apart` contradict each other"):
        irish_ngram.sample(5, apart=2, allow_repeats=True)
    irish_ngram.save(tmp_path / "m.safetensors")
    done = here("top", "m.safetensors", "-n", "30", "--apart", "3", "--max-length", "2")
    assert (done.returncode, len(done.stdout.split())) == (1, 1)
    assert done.stderr == (
        "Error: Found 1 of 30 names: the model can spell no more that are so far apart. Request fewer names or "
        "lower --apart.\n"
    )


def test_the_most_similar_names_differ_from_each_other_as_far_as_those_drawn_allow(irish_ngram):
    alike = irish_ngram.sample(250, seed=1, like="brian")  # of as many drawn names as for 4
    assert irish_ngram.sample(4, seed=1, like="brian", apart=4) == greedy(alike, 4)[:4]
    assert len({name[0] for name in irish_ngram.sample(4, seed=1, like="brian", initials=True)}) == 4
    plain = irish_ngram.sample(20, seed=1, like="brian", apart=3, ascii=True)
    assert greedy(plain, 3) == plain
    with pytest.raises(SamplingError, match=r"Found \d+ of 900 names that differ so much, .* lower `apart`"):
        irish_ngram.sample(900, seed=1, like="brian", apart=9)
