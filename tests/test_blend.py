"""Blends: the mixture, its weights, and members that know different characters."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen import Vocabulary
from namegen.corpus.packed_names import Names
from namegen.errors import ModelFileError, UsageError
from namegen.evaluation.losses import evaluate
from namegen.models import Bigram, Blend, Ngram, fit_weights
from namegen.models.blend import MAX_MEMBERS, BlendMembers, Member
from namegen.settings import BigramSettings, NgramSettings
from namegen.training.fit import blend_weights, count


def counted(model, names):
    count(model, Names.of(names))
    return model


def bigram(names):
    return counted(Bigram(BigramSettings(smoothing=1.0), Vocabulary.of(names)), names)


def ngram(names, order=3):
    return counted(Ngram(NgramSettings(order=order), Vocabulary.of(names)), names)


IRISH, GREEK = ["aine", "niamh", "sine", "eamon"], ["zoe", "xenia", "theo", "ariadne"]


def test_a_blend_mixes_probabilities_not_logits():
    first, second = bigram(IRISH), ngram(IRISH)
    contexts = torch.tensor([[0, 0], [0, 1], [3, 2]])
    blend = Blend.of([first, second], [0.3, 0.7])
    by_hand = 0.3 * first(contexts).exp() + 0.7 * second(contexts).exp()
    assert torch.allclose(blend(contexts).exp(), by_hand, atol=1e-6)


def test_vocabularies_are_united_and_rows_still_sum_to_one():
    blend = Blend.of([bigram(IRISH), ngram(GREEK)])
    assert set(blend.vocabulary.characters) == set("".join(IRISH + GREEK))
    contexts = torch.randint(blend.vocabulary.size, (200, 2), generator=torch.Generator().manual_seed(1))
    probabilities = blend(contexts).exp()
    assert torch.allclose(probabilities.sum(1), torch.ones(200), atol=1e-5)
    assert bool((probabilities > 0).all())


def test_an_unknown_character_gets_the_smallest_probability_of_the_member():
    member = bigram(IRISH)
    blend = Blend.of([member, bigram(GREEK)], [1, 0])
    z = blend.vocabulary.symbols.index("z")
    row = blend(torch.tensor([[0]]))[0].exp()
    known = member(torch.tensor([[0]]))[0].exp()
    unknown = len(set("".join(GREEK)) - set("".join(IRISH)))
    assert row[z].item() == pytest.approx((known.min() / (1 + unknown * known.min())).item(), abs=1e-6)


def test_a_member_sees_a_context_from_after_the_last_character_it_does_not_know():
    member = ngram(IRISH, order=4)
    blend = Blend.of([member, bigram(GREEK)], [1, 0])
    place = {symbol: index for index, symbol in enumerate(blend.vocabulary.symbols)}
    after_z = blend(torch.tensor([[place["a"], place["z"], place["n"]]]))
    at_start = blend(torch.tensor([[0, 0, place["n"]]]))
    assert torch.equal(after_z, at_start)


def test_blends_of_blends_are_blends_of_their_members():
    a, b, c = bigram(IRISH), ngram(IRISH), bigram(GREEK)
    nested = Blend.of([Blend.of([a, b], [1, 3]), c], [0.5, 0.5])
    assert nested.weights.tolist() == pytest.approx([0.125, 0.375, 0.5])
    assert [member.family for member in nested.members] == ["bigram", "ngram", "bigram"]


@given(st.integers(0, 10_000), st.integers(2, 4))
def test_expectation_maximisation_finds_the_best_weights(seed, members):
    generator = torch.Generator().manual_seed(seed)
    logs = torch.rand(members, 60, generator=generator, dtype=torch.float64).add(0.01).log()
    weights = fit_weights(logs)
    assert weights.sum().item() == pytest.approx(1)

    def likelihood(shares):
        return (shares @ logs.exp()).log().mean().item()

    best = likelihood(weights)
    for _ in range(50):  # no other weights are better
        others = torch.rand(members, generator=generator, dtype=torch.float64)
        assert likelihood(others / others.sum()) <= best + 1e-6


def test_a_blend_among_the_models_has_one_weight_whatever_its_members():
    inner = Blend.of([ngram(IRISH), bigram(IRISH), bigram(GREEK)], [5, 3, 2])
    names = Names.of([*IRISH, *GREEK, "arian", "tina"])
    models = [inner, ngram(GREEK)]
    found = blend_weights(models, names)
    assert len(found) == 2

    def loss(share):
        return evaluate(Blend.of(models, [share, 1 - share]), names).loss

    best = loss(found[0])
    assert all(best < loss(found[0] + step) for step in (-0.02, 0.02))  # and the loss is convex


@pytest.mark.parametrize(
    "weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [10**400, 1]]
)
def test_weights_that_are_not_weights_are_refused(weights):
    with pytest.raises(UsageError, match="one for each of 2 models"):
        Blend.of([bigram(IRISH), ngram(IRISH)], weights)


def test_models_of_one_list_are_blended_with_the_weights_of_its_validation_set(irish_ngram):
    models = [irish_ngram, namegen.train("irish", model="mlp", epochs=4, hidden_size=32)]
    blended = namegen.blend(models)
    split = blended.read_split()
    losses = [model.evaluate(split.validation).loss for model in (*models, blended)]
    assert losses[2] < min(losses[:2])
    assert blended.evaluate(split.train).known == len(split.train)


def test_a_blend_takes_weights_or_names_to_find_them_on_and_not_both(irish_bigram, irish_ngram):
    models = [irish_bigram, irish_ngram]
    with pytest.raises(UsageError, match="`weights` and `data`"):
        namegen.blend(models, weights=[1, 1], data="irish")
    assert namegen.blend(models, data="irish").model.weights[1] > 0.9, "the n-gram knows most of these names by heart"


def test_models_of_different_lists_are_blended_equally_and_know_both():
    models = [namegen.train(source, model="ngram", holdout=0) for source in ("irish", "dinosaurs")]
    blended = namegen.blend(models)
    assert blended.model.weights.tolist() == [0.5, 0.5]
    names = set(blended.sample(300, seed=1))
    lists = {*namegen.read_corpus("irish").names, *namegen.read_corpus("dinosaurs").names}
    assert len(names) == 300
    assert not names & lists


@pytest.mark.parametrize(
    ("weights", "shares"), [([1e308, 1e308], [0.5, 0.5]), ([5e-324, 5e-324], [0.5, 0.5]), ([0, 5], [0, 1])], ids=str
)
def test_weights_however_large_or_small_are_made_to_sum_to_one(weights, shares):
    assert Blend.of([bigram(IRISH), bigram(IRISH)], weights).weights.tolist() == shares


def test_targets_that_no_model_thinks_possible_say_nothing_of_any():
    logs = torch.tensor([[0.8, 0.8, 0.1, 0.0], [0.2, 0.2, 0.9, 0.0]], dtype=torch.float64).log()
    assert fit_weights(logs).tolist() == pytest.approx(fit_weights(logs[:, :3]).tolist())
    assert fit_weights(logs[:, 3:]).tolist() == [0.5, 0.5]
    unsmoothed = [namegen.train("irish", model="bigram", smoothing=0) for _ in range(2)]
    assert namegen.blend(unsmoothed).model.weights.tolist() == pytest.approx([0.5, 0.5])


def test_a_blend_of_too_many_members_or_characters_is_refused():
    member = bigram(["ab"])
    assert len(Blend.of([member] * MAX_MEMBERS).members) == MAX_MEMBERS
    with pytest.raises(UsageError, match=r"A blend of 257 models over 3 characters is too large\. Blend fewer\."):
        Blend.of([member] * (MAX_MEMBERS + 1))
    characters = "".join(map(chr, range(0x20000, 0x31000)))
    wide, narrow = (Member("ngram", NgramSettings(order=2), vocabulary) for vocabulary in (characters, "ab"))
    with pytest.raises(UsageError, match="A blend of 256 models over 69,635 characters is too large"):
        Blend(BlendMembers(members=(wide, *[narrow] * 255)), Vocabulary(f"ab{characters}"))
    assert Blend(BlendMembers(members=(wide, narrow)), Vocabulary(f"ab{characters}")).vocabulary.size == 69_635
    with pytest.raises(ModelFileError, match="the vocabulary of the blend is not that of its members"):
        Blend(BlendMembers(members=(narrow, narrow)), Vocabulary("abc"))
