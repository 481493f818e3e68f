"""Generated names against the list: edits as rapidfuzz counts them, the classifier by the minimum of its loss."""

import math
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance.Levenshtein import distance
from torch.nn import functional as F

import namegen
from namegen.corpus.edit_distance import nearest
from namegen.corpus.packed_names import Names
from namegen.corpus.split import split, uniform_from_hashes
from namegen.evaluation.classifier import area_under_curve, auc, fit_logistic_regression
from namegen.evaluation.quality import HALF_SEED, RealNames, quality
from namegen.evaluation.tables import REAL_NAMES, qualities

strings = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def real(irish_ngram):
    return RealNames.of(irish_ngram.read_split())


@given(names=strings, listed=strings, most=st.integers(0, 4))
def test_the_nearest_name_is_found_where_it_is_near_enough(names, listed, most):
    for name, place in zip(names, nearest(Names.of(names), Names.of(listed), most).tolist(), strict=True):
        least = min(distance(name, other) for other in listed)
        assert place == -1 if least > most else distance(name, listed[place]) == least


def test_capitals_do_not_make_names_different_and_no_list_has_no_near_names():
    assert nearest(Names.of(["ANNA"]), Names.of(["anna"]), 1).tolist() == [0]
    assert nearest(Names.of(["anna"]), Names.of([]), 1).tolist() == [-1]
    assert nearest(Names.of([]), Names.of(["anna"]), 1).tolist() == []


def test_one_seed_gives_one_quality_and_real_names_are_reported(irish_bigram, irish_ngram):
    models = {"ngram": irish_ngram, "bigram": irish_bigram}
    found = qualities(models, 300, 1)
    assert found == qualities(models, 300, 1)
    assert found["bigram"] != qualities({"bigram": irish_bigram}, 300, 2)["bigram"]
    held_out = found[REAL_NAMES]
    assert (held_out.drawn, held_out.plausible, held_out.auc) == (205, 0.95, 0.5)
    assert found["bigram"].plausible < found["ngram"].plausible
    assert found["bigram"].auc > found["ngram"].auc
    assert found["bigram"].near_copies < found["ngram"].near_copies < held_out.near_copies


def test_the_names_measured_are_those_that_a_user_gets(irish_ngram, real):
    found = quality(irish_ngram, real, 200, seed=5)
    drawn = irish_ngram.sample(200, seed=5, allow_repeats=True)
    assert found.examples == tuple(dict.fromkeys(drawn))[:6]
    assert found.distinct == len(set(drawn)) / 200
    train = irish_ngram.read_split().train
    near = [min(distance(name.lower(), other) for other in train) < 2 for name in drawn[:20]]
    assert real.near_copies(Names.of(drawn[:20])) == sum(near) / 20


def test_half_of_the_list_makes_the_reference_and_the_other_half_the_threshold(irish_ngram, real):
    split = irish_ngram.read_split()
    names = Names.join([split.train, split.held_out])
    known = torch.isin(names.hashes(), names.select(uniform_from_hashes(names.hashes(), HALF_SEED) < 0.5).hashes())
    assert real.plausible(names.select(~known)) == pytest.approx(0.95, abs=0.01)
    assert real.plausible(names.select(known)) > 0.95
    assert real.plausible(Names.of(["zzz", "Ж"])) == 0


def test_of_a_short_list_only_copies_and_repeats_are_known():
    names = [*namegen.read_corpus("irish").names][:60]
    few = namegen.train(names=names, model="bigram", holdout=0)
    found = quality(few, RealNames.of(split(names, holdout=0)), 100)
    assert math.isnan(found.plausible)
    assert math.isnan(found.auc)
    assert 0 <= found.near_copies < 1
    assert 0 < found.distinct <= 1
    assert math.isnan(qualities({"few": few}, 100)["few"].near_copies), "its list cannot be read again"


def test_a_model_that_gives_no_new_name_has_no_quality():
    copier = namegen.train(names=["a", "b"], model="ngram", holdout=0)
    copier.held_out_hashes = Names.of([a + b for a in ["", *"ab"] for b in "ab"]).hashes().sort().values
    copier.record = replace(copier.record, usual_lengths=(1, 2))
    assert quality(copier, None, 10) is None


def test_a_classifier_cannot_separate_halves_of_a_list_but_names_from_noise():
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
