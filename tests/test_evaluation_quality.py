"""Generated names against the list: divergences by the formula, likeness by a slow edit distance."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.packed_names import Names
from namegen.errors import UsageError
from namegen.evaluation.quality import divergence, likeness, quality
from namegen.evaluation.tables import REAL_NAMES, qualities, tables

values = st.lists(st.integers(0, 6), min_size=1, max_size=30)


def edits(a, b):
    """Levenshtein's distance by its recursion."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return edits(a[1:], b[1:])
    return 1 + min(edits(a[1:], b), edits(a, b[1:]), edits(a[1:], b[1:]))


@given(some=values, others=values)
def test_the_divergence_is_jensen_and_shannon_s(some, others):
    p, q = ([sample.count(v) / len(sample) for v in range(7)] for sample in (some, others))
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

    def kullback_leibler(x):
        return sum(a * math.log2(a / m) for a, m in zip(x, middle, strict=True) if a)

    found = divergence(torch.tensor(some), torch.tensor(others))
    assert found == pytest.approx((kullback_leibler(p) + kullback_leibler(q)) / 2, abs=1e-12)
    assert found == pytest.approx(divergence(torch.tensor(others), torch.tensor(some)), abs=1e-12)
    assert 0 <= found <= 1 + 1e-12


@given(drawn=st.text("ab", min_size=1, max_size=4), train=st.lists(st.text("ab", min_size=1, max_size=4), min_size=1))
def test_likeness_is_one_less_the_share_of_edits_to_the_nearest(drawn, train):
    nearest = max(1 - edits(drawn, name) / max(len(drawn), len(name)) for name in train)
    assert likeness(Names.of([drawn]), Names.of(train)) == pytest.approx(nearest)


def test_copies_are_neither_new_nor_unlike():
    train = namegen.read_corpus("irish").names
    found = quality(train, train.hashes().sort().values, train)
    assert (found.new, found.distinct, found.likeness) == (0, 1, 1)
    assert (found.length_divergence, found.first_letter_divergence) == (0, 0)


def test_no_names_cannot_be_compared():
    train = Names.of(["anna", "emma"])
    hashes = train.hashes().sort().values
    for drawn, listed in (([], train), (["anna"], []), ([], None)):
        with pytest.raises(UsageError, match="no names to compare"):
            quality(drawn, hashes, listed)


def test_without_the_list_only_new_and_distinct_are_known():
    train = Names.of(["anna", "emma"])
    found = quality(["anna", "otto"], train.hashes().sort().values)
    assert (found.new, found.distinct) == (0.5, 1)
    assert math.isnan(found.likeness)
    assert math.isnan(found.length_divergence)


def test_one_seed_gives_one_quality_and_real_names_are_better_than_a_bigram():
    models = {"bigram": namegen.train("irish", model="bigram")}
    (*_, test) = tables(models)
    found = qualities(models, 300, 1, test.names)
    assert found == qualities(models, 300, 1, test.names)
    assert found["bigram"] != qualities(models, 300, 2)["bigram"]
    assert found[REAL_NAMES].new == found[REAL_NAMES].distinct == 1
    assert found[REAL_NAMES].length_divergence < found["bigram"].length_divergence
    assert found[REAL_NAMES].likeness > found["bigram"].likeness


def test_a_long_list_is_compared_with_fewer_names(monkeypatch):
    asked = []

    def extract_one(name, known, scorer):
        asked.append(name)
        return known[0], 0.5, 0

    monkeypatch.setattr("namegen.evaluation.quality.process.extractOne", extract_one)
    assert likeness(Names.of(["a"] * 500), Names.of(["b"] * 100_000)) == 0.5
    assert len(asked) == 50
