"""Training, validation and test set: a hash of the case-folded name decides, always in the same way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from references import MASK, slow_hash, splitmix64

from namegen.corpus.packed_names import Names
from namegen.corpus.split import choose_at_most, split
from namegen.errors import SourceError, UsageError
from namegen.settings import SplitSettings

PARTS = ("train", "validation", "test")

seeds = st.integers(-(1 << 63), (1 << 63) - 1)


def slow_part(name, holdout, seed):
    """The part that a name falls into, from its hash and the seed, on Python's own integers."""
    lot = (splitmix64(slow_hash(name) ^ splitmix64(seed & MASK)) >> 11) / 2**53
    return "train" if lot < 1 - holdout else "validation" if lot < 1 - holdout / 2 else "test"


def part_of(names, holdout=0.2, seed=0):
    parts = split(Names.of(names), holdout, seed)
    return {name: part for part in PARTS for name in getattr(parts, part)}


MANY = [f"{one}{two}{three}" for one in "aeiouyé" for two in "bcdfgl" for three in ("ra", "no", "李", "", "s")]


@given(st.sampled_from([0, 0.05, 0.2, 0.5, 0.9]), seeds)
def test_each_name_falls_where_its_hash_and_the_seed_say(holdout, seed):
    parts = split(Names.of(MANY), holdout, seed)
    for part in PARTS:
        assert list(getattr(parts, part)) == [name for name in MANY if slow_part(name, holdout, seed) == part]
    assert [*parts.sets] == [*(PARTS if holdout else PARTS[:1])]


@pytest.mark.parametrize("holdout", [-0.1, 0.91, 1.0, math.nan, math.inf])
def test_a_holdout_out_of_bounds_is_refused(holdout):
    with pytest.raises(UsageError, match=r"^`holdout` must be "):
        SplitSettings.of(holdout=holdout)


def test_capitals_do_not_change_the_set_of_a_name():
    names = [name.capitalize() for name in MANY]
    assert {name.lower(): part for name, part in part_of(names).items()} == part_of(MANY)


def test_a_list_too_short_to_hold_names_out_is_refused_with_the_way_out():
    with pytest.raises(SourceError, match=r"too short \(2 names\).*holdout=0"):
        split(Names.of(["emma", "ava"]))


def test_names_of_an_explicit_validation_list_are_not_trained_on():
    parts = split(Names.of(["emma", "ava", "mia", "ava"]), validation=Names.of(["ava", "zoe"]))
    assert list(parts.train) == ["emma", "mia"]
    assert list(parts.validation) == ["ava", "zoe"]
    assert list(parts.sets) == ["train", "validation"]


def test_a_validation_list_that_holds_every_name_is_refused():
    with pytest.raises(SourceError, match="Name another one"):
        split(Names.of(["emma", "ava"]), validation=Names.of(["ava", "emma", "mia"]))


@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=30), st.integers(0, 40), st.randoms())
def test_a_choice_of_names_keeps_their_order_and_does_not_depend_on_it(names, few, shuffle):
    chosen = list(choose_at_most(few, Names.of(names)))
    assert len(chosen) == min(few, len(names))
    rest = iter(names)
    assert all(name in rest for name in chosen)
    shuffled = shuffle.sample(names, len(names))
    assert sorted(choose_at_most(few, Names.of(shuffled))) == sorted(chosen)
