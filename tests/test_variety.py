"""Names of one output that differ from each other: in edits, and in their first letters."""

import itertools

import pytest
from rapidfuzz.distance import Levenshtein

import namegen
from namegen.errors import SamplingError, UsageError
from namegen.sampling.block_list import folded_letters


@pytest.fixture(scope="module")
def irish():
    return namegen.train("irish", model="ngram")


def greedy(names, edits):
    found = []
    for name in names:
        if all(Levenshtein.distance(name.lower(), other.lower()) >= edits for other in found):
            found.append(name)
    return found


@pytest.mark.parametrize("edits", [2, 4])
def test_names_are_taken_greedily_as_they_are_drawn(irish, edits):
    assert irish.sample(60, seed=1, apart=edits) == greedy(irish.sample(1200, seed=1), edits)[:60]


def test_no_letter_begins_two_names_before_all_have_begun_one(irish):
    names = irish.sample(60, seed=1, initials=True)
    first = [folded_letters(name)[0] for name in names]
    alphabet = {folded_letters(name)[0] for name in irish.sample(5000, seed=2)}
    size = len(alphabet)
    assert size > 10
    assert alphabet <= {*first[:size]} == {*first[size : 2 * size]}
    everything = irish.sample(5000, seed=1)
    expected = [
        next(name for name in everything if folded_letters(name)[0] == letter) for letter in dict.fromkeys(first)
    ]
    assert names[: len(expected)] == expected, "of each letter the first that was drawn"


@pytest.mark.parametrize("given", [{"apart": 3}, {"initials": True}, {"apart": 3, "initials": True}], ids=str)
def test_the_first_names_do_not_depend_on_how_many_are_requested(irish, given):
    many = irish.sample(300, seed=3, **given)
    assert [*itertools.islice(irish.stream(seed=3, **given), 70)] == irish.sample(70, seed=3, **given) == many[:70]
    assert len({*many}) == 300
    assert greedy(many, given.get("apart", 1)) == many


def test_one_letter_alone_begins_all_names_where_no_other_can(irish):
    assert len(irish.sample(10, seed=1, initials=True, starts_with="mu")) == 10


def test_what_cannot_be_met_is_told_with_counts_and_what_was_found_is_printed(irish, here, tmp_path):
    with pytest.raises(SamplingError, match=r"Found \d+ of 500 names; .*lower `apart`"):
        irish.sample(500, apart=5, max_length=5, max_tries=2000)
    with pytest.raises(UsageError, match="`allow_repeats` and `apart` contradict each other"):
        irish.sample(5, apart=2, allow_repeats=True)
    irish.save(tmp_path / "m.safetensors")
    given = ("--apart", "4", "--max-length", "4", "--max-tries", "2000", "--seed", "1")
    done = here("sample", "m.safetensors", "-n", "100", *given)
    found = done.stdout.split()
    assert (done.returncode, 3 < len(found) < 100) == (1, True)
    assert f"Found {len(found)} of 100 names" in done.stderr
    assert "lower --apart" in done.stderr
