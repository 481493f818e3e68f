"""Bigram and MLP: the shapes, the smoothing, the two inputs, and the neural bigram that counting equals."""

import pytest
import torch

from namegen import Vocabulary
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.models import MLP, Bigram
from namegen.settings import BigramSettings, MLPSettings, TrainingSettings
from namegen.training.trainer import Trainer

NAMES = ["anna", "hanna", "hannah", "ann", "susanna", "johanna", "nora", "sara", "mara", "clara"]
VOCABULARY = Vocabulary.of(NAMES)


def network(**settings) -> MLP:
    model = MLP(MLPSettings(**{"context_size": 3, "embedding_size": 4, "hidden_size": 16, **settings}), VOCABULARY)
    model.initialise(torch.Generator().manual_seed(1))
    return model.eval()


def contexts(rows: int, width: int) -> torch.Tensor:
    return torch.randint(VOCABULARY.size, (rows, width), generator=torch.Generator().manual_seed(2))


def test_the_neural_bigram_learns_what_counting_gives():
    config = MLPSettings(context_size=1, embedding_size=VOCABULARY.size, hidden_layers=0, dropout=0)
    model = MLP(config, VOCABULARY)
    examples = Examples(NAMES, VOCABULARY, 1)
    options = TrainingSettings(epochs=1000, learning_rate=0.1, weight_decay=0.0, precision="float32")
    list(Trainer(model, examples, None, options, torch.device("cpu")).run())
    counted = Bigram(BigramSettings(smoothing=0.0), VOCABULARY)
    counted.count(NgramCounts.of(examples))
    met = examples.contexts
    assert torch.allclose(model(met).softmax(1), counted(met).exp(), atol=0.01)


def test_dropout_silences_its_share_in_training_and_nothing_after():
    model = network(dropout=0.25, hidden_size=400)
    assert torch.equal(model(contexts(4, 3)), model(contexts(4, 3)))
    model.train()
    model.dropout_generator = torch.Generator().manual_seed(3)
    ones = torch.ones(200, 400)
    dropped = model._drop(ones)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("smoothing", [0.0, 0.5, 3.0])
def test_bigram_probabilities_agree_with_a_hand_count(smoothing):
    names = ["ada", "ana", "bea", "dan", "eva", "ida", "ben", "eda", "nia", "abe"]
    vocabulary = Vocabulary.of(names)
    model = Bigram(BigramSettings(smoothing=smoothing), vocabulary)
    model.count(NgramCounts.of(Examples(names, vocabulary, 1)))
    assert vocabulary.symbols == [".", "a", "b", "d", "e", "i", "n", "v"]
    # Of ten names three begin with a, two with b, two with e; after d comes a, in ada, dan, ida and eda:
    for before, counts in ((".", [0, 3, 2, 1, 2, 1, 1, 0]), ("d", [0, 4, 0, 0, 0, 0, 0, 0])):
        expected = [(count + smoothing) / (sum(counts) + 8 * smoothing) for count in counts]
        assert model.probabilities()[vocabulary.symbols.index(before)].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(("activation", "gain"), [("tanh", 5 / 3), ("gelu", 2**0.5)])
def test_weights_begin_so_wide_that_a_layer_passes_on_the_variance_of_its_input(activation, gain):
    model = network(activation=activation, hidden_size=400, hidden_layers=2, embedding_size=50)
    for layer in model.hidden:
        inputs = layer.weight.shape[1]
        assert float(layer.weight.detach().std()) == pytest.approx(gain / inputs**0.5, rel=0.03)
        assert not layer.bias.any()


def test_the_table_of_the_first_layer_follows_its_weights():
    model = network().requires_grad_(False)
    asked = contexts(5, 3)
    before = model(asked)
    assert torch.equal(model(asked), before)
    for tensor in (model.embedding, model.hidden[0].weight, model.hidden[0].bias):
        tensor.add_(0.1)
        after = model(asked)
        assert not torch.allclose(after, before)
        other = network()
        other.load_state_dict(model.state_dict())
        assert torch.equal(after, other.requires_grad_(False)(asked))
        before = after
