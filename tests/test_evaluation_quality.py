"""Generated names against the list: divergences by the formula, likeness by a slow edit distance."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

import namegen
from namegen.corpus.packed_names import Names
from namegen.errors import UsageError
from namegen.evaluation.quality import divergence, likeness, near_copies, plausibility, quality
from namegen.evaluation.tables import REAL_NAMES, qualities, tables
from namegen.evaluation.two_sample_test import area_under_curve, auc, fit_logistic_regression

strings = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=8)
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


@given(generated=strings, known=strings)
def test_near_copies_are_at_most_one_edit_away(generated, known):
    near = [min(edits(name, other) for other in known) <= 1 for name in generated]
    assert near_copies(generated, known) == pytest.approx(sum(near) / len(near))


def test_real_names_are_plausible_and_reversed_names_less():
    names = namegen.read_corpus("irish").names
    trained = namegen.train(names=list(names), model="ngram")
    held_out = names.select(torch.isin(names.hashes(), trained.held_out_hashes))
    assert plausibility(trained.model, held_out, held_out) == pytest.approx(0.95, abs=0.01)
    backwards = Names.of([name[::-1] for name in held_out])
    assert plausibility(trained.model, backwards, held_out) < 0.8


def test_a_classifier_cannot_tell_halves_of_a_list_but_tells_names_from_noise():
    names = list(namegen.read_corpus("irish").names)
    draw = random.Random(1)
    draw.shuffle(names)
    noise = ["".join(draw.sample(name, len(name))) for name in names[:200]]
    assert auc(names[:200], names[200:400]) < 0.6
    assert auc(names[200:400], noise) > 0.8


def test_the_regression_is_at_the_minimum_of_its_loss():
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(30, 4, generator=generator, dtype=torch.float64)
    labels = (torch.rand(30, generator=generator) > 0.5).double()
    kernel = features @ features.T + 1
    weights = fit_logistic_regression(kernel, labels).requires_grad_()
    scores = kernel @ weights
    loss = F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") + weights @ scores / 2
    (gradient,) = torch.autograd.grad(loss, weights)
    assert gradient.abs().max() < 1e-8


@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=20))
def test_the_area_counts_the_pairs_in_the_right_order(pairs):
    positive, negative = ([score for score, label in pairs if label is kind] for kind in (True, False))
    if positive and negative:
        won = sum((p > n) + (p == n) / 2 for p in positive for n in negative) / (len(positive) * len(negative))
        scores, labels = (torch.tensor([float(pair[i]) for pair in pairs]) for i in (0, 1))
        assert area_under_curve(scores, labels) == pytest.approx(won)
