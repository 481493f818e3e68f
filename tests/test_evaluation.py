"""Losses, baselines, breakdowns and surprisals against slow references written out by hand."""

import math
import random
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError
from namegen.evaluation.baselines import evaluate_baselines
from namegen.evaluation.losses import Evaluation, breakdown, evaluate, score
from namegen.models import MLP, Bigram, Blend, Ngram
from namegen.models import losses as losses_module
from namegen.models.losses import loss_of_counts, losses
from namegen.settings import BigramSettings, MLPSettings, NgramSettings
from namegen.training.fit import count

DOZEN = ["aaron", "abban", "brid", "conn", "dara", "eimear", "fionn", "grainne", "maeve", "niall", "oisin", "una"]
some_names = st.lists(st.text("abcd", min_size=1, max_size=7), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def models():
    names = Names.of(namegen.read_corpus("irish").names)
    vocabulary = Vocabulary.of(names)
    bigram, ngram = Bigram(BigramSettings(), vocabulary), Ngram(NgramSettings(order=4), vocabulary)
    for counted in (bigram, ngram):
        count(counted, names)
    network = MLP(MLPSettings(context_size=3, embedding_size=4, hidden_size=16), vocabulary).eval()
    network.initialise(torch.Generator().manual_seed(1))
    network.requires_grad_(False)
    return {"bigram": bigram, "ngram": ngram, "mlp": network, "blend": Blend.of([ngram, network]).eval()}


def loss_by_hand(model, names):
    """One character after the other, the model called for each."""
    place = {character: index for index, character in enumerate(model.vocabulary.characters, start=1)}
    total, characters, hits = 0.0, 0, 0
    for name in names:
        past = [0] * model.context_size
        for token in [*(place[character] for character in name), 0]:
            logits = model(torch.tensor([past])).double()[0]
            exponentials = [math.exp(logit) for logit in logits.tolist()]
            total -= math.log(exponentials[token] / sum(exponentials))
            hits += exponentials.index(max(exponentials)) == token
            characters += 1
            past = [*past[1:], token]
    return total / characters, hits / characters, characters


@pytest.mark.parametrize("family", ["bigram", "ngram", "mlp", "blend"])
def test_the_loss_is_what_a_loop_over_characters_finds_and_the_mean_of_score(models, family):
    loss, accuracy, characters = loss_by_hand(models[family], DOZEN)
    found = evaluate(models[family], DOZEN)
    assert found.loss == pytest.approx(loss, abs=1e-6)
    assert found.accuracy == accuracy
    assert (found.names, found.characters) == (12, characters)
    assert found.perplexity == pytest.approx(math.exp(loss), rel=1e-6)
    assert 2**found.bits_per_character == pytest.approx(found.perplexity)
    surprisals = [letter.surprisal for one in score(models[family], DOZEN) for letter in one.letters]
    assert sum(surprisals) / len(surprisals) == pytest.approx(loss, abs=1e-6)


def test_chunks_of_any_size_give_the_same_losses(models, monkeypatch):
    names = list(namegen.read_corpus("irish").names)[:200]
    examples = Examples(names, models["mlp"].vocabulary, 3)
    whole = losses(models["mlp"], examples)
    for tokens, logits, contexts in ((40, 10_000, 4096), (1 << 23, 1, 7), (4 * 333, 64, 4096)):
        monkeypatch.setattr(losses_module, "TOKENS_COMPARED", tokens)
        monkeypatch.setattr(losses_module, "LOGITS_HELD", logits)
        monkeypatch.setattr(losses_module, "CONTEXTS_ASKED", contexts)
        assert torch.allclose(losses(models["mlp"], examples), whole, atol=1e-6)


def test_a_model_is_called_once_for_each_distinct_context(models, monkeypatch):
    model = models["bigram"]
    asked = []
    honest = model.log_probabilities
    monkeypatch.setattr(model, "log_probabilities", lambda contexts: asked.append(contexts) or honest(contexts))
    evaluate(model, ["anna"] * 50 + ["naan"])
    assert sorted(torch.cat(asked).squeeze(1).tolist()) == sorted([0, *model.vocabulary.encode(["an"]).tolist()])


def test_logits_stay_within_a_bound_however_large_the_vocabulary():
    characters = "".join(chr(0x4E00 + i) for i in range(20_000))
    model = MLP(MLPSettings(context_size=2, embedding_size=2, hidden_size=4), Vocabulary(characters)).eval()
    model.initialise(torch.Generator().manual_seed(1))
    draw = random.Random(1)
    names = ["".join(draw.sample(characters, 2)) for _ in range(500)]
    most = 0

    def watch(_module, _inputs, logits):
        nonlocal most
        most = max(most, logits.numel())

    model.register_forward_hook(watch)
    found = evaluate(model, names)
    assert found.loss == pytest.approx(math.log(20_001), rel=0.05)
    assert 4 * most <= 64 << 20
    reached = evaluate_baselines(names, model.vocabulary, names)
    assert reached["uniform"].loss == pytest.approx(math.log(20_001))


@given(train=some_names, names=some_names)
def test_the_baselines_are_the_formulas_written_out(train, names):
    vocabulary = Vocabulary("abcd")
    reached = evaluate_baselines(train, vocabulary, names)
    marked = [f".{name}." for name in train]
    pairs = [pair for name in marked for pair in pairwise(name)]
    counted = [second for _, second in pairs]
    asked = [pair for name in names for pair in pairwise(f".{name}.")]
    unigram = [-math.log((counted.count(b) + 1) / (len(counted) + 5)) for _, b in asked]
    bigram = [-math.log((pairs.count((a, b)) + 1) / (sum(p[0] == a for p in pairs) + 5)) for a, b in asked]
    assert reached["uniform"].loss == pytest.approx(math.log(5))
    assert reached["unigram"].loss == pytest.approx(sum(unigram) / len(unigram))
    assert reached["bigram"].loss == pytest.approx(sum(bigram) / len(bigram))


@pytest.mark.parametrize("by", ["length", "position", "character"])
def test_a_part_is_the_mean_over_its_own_characters_and_all_add_up_to_the_loss(models, by):
    own = {}
    for one in score(models["ngram"], DOZEN):
        for place, letter in enumerate(one.letters, start=1):
            label = {"length": str(len(one.name)), "position": str(place), "character": letter.symbol}[by]
            own.setdefault(label, []).append(letter.surprisal)
    parts = breakdown(evaluate(models["ngram"], DOZEN), DOZEN, by)
    assert {part.label: part.characters for part in parts} == {label: len(some) for label, some in own.items()}
    for part in parts:
        assert part.loss == pytest.approx(sum(own[part.label]) / len(own[part.label]))
    order = [-part.characters if by == "character" else int(part.label) for part in parts]
    assert order == sorted(order)


def test_only_the_evaluated_names_can_be_broken_down(models):
    with pytest.raises(UsageError, match="not the names"):
        breakdown(evaluate(models["bigram"], DOZEN), DOZEN[1:], "length")
    with pytest.raises(UsageError, match="Choose from: length, position, character"):
        breakdown(evaluate(models["bigram"], DOZEN), DOZEN, "vowel")


def test_the_loss_of_a_name_is_the_sum_of_those_of_its_characters():
    found = Evaluation.of(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]).double(), 0.0, Names.of(["a", "bc"]))
    assert found.name_losses().tolist() == [3.0, 12.0]


@pytest.mark.parametrize("asked", [1, 3, 1000])
def test_the_loss_of_counts_is_that_of_the_names_whatever_the_chunks(models, monkeypatch, asked):
    monkeypatch.setattr(losses_module, "CONTEXTS_ASKED", asked)
    model = models["ngram"]
    counts = NgramCounts.of(Examples(DOZEN, model.vocabulary, model.context_size))
    assert loss_of_counts(model, counts) == pytest.approx(evaluate(model, DOZEN).loss, abs=1e-9)


def test_names_of_the_training_and_of_the_pretraining_are_counted_and_the_others_have_a_loss_of_their_own(models):
    known, seen = (Names.of(some).hashes().sort().values for some in (DOZEN[:2], DOZEN[4:]))
    found = evaluate(models["bigram"], DOZEN, known, seen)
    assert (found.known, found.pretrained) == (2, 8)
    assert found.loss_of_unseen == pytest.approx(evaluate(models["bigram"], DOZEN[:4]).loss)
    assert found.loss_of_others == pytest.approx(evaluate(models["bigram"], DOZEN[2:]).loss)
    assert math.isnan(evaluate(models["bigram"], DOZEN[:2], known).loss_of_others)
    assert math.isnan(evaluate(models["bigram"], DOZEN[4:], None, seen).loss_of_unseen)
    without = evaluate(models["bigram"], DOZEN)
    assert (without.pretrained, without.loss_of_unseen) == (0, without.loss)


def test_a_probability_is_the_product_of_those_of_the_letters():
    model = Bigram(BigramSettings(smoothing=0), Vocabulary("ab"))
    model.counts += torch.tensor([[0, 3, 1], [2, 0, 2], [4, 0, 0]])
    found, impossible = score(model, ["ab", "ba"])
    assert math.exp(found.log_probability) == pytest.approx(3 / 4 * 2 / 4 * 1)
    assert [math.exp(-letter.surprisal) for letter in found.letters] == pytest.approx([3 / 4, 2 / 4, 1])
    assert found.loss == pytest.approx(-found.log_probability / 3)
    assert (impossible.loss, impossible.log_probability, impossible.unknown) == (math.inf, -math.inf, "")


def test_names_keep_their_order_and_their_repeats(irish_ngram):
    found = irish_ngram.score(["una", "Øre", "brian", "una"])
    assert [one.name for one in found] == ["una", "øre", "brian", "una"]
    assert [one.unknown for one in found] == ["", "ø", "", ""]
    assert found[0] == found[3]
    assert "".join(letter.symbol for letter in found[2].letters) == "brian."
    assert irish_ngram.score([]) == []


def test_without_letters_the_numbers_are_the_same(irish_ngram):
    names = ["brian", "Øre", "una", "=1+1", "brian"]
    with_letters, without = irish_ngram.score(names), irish_ngram.score(names, letters=False)
    assert [one.letters for one in without] == [()] * 5
    assert [(one.name, one.loss, one.log_probability, one.unknown) for one in without] == [
        (one.name, pytest.approx(one.loss), pytest.approx(one.log_probability), one.unknown) for one in with_letters
    ]
