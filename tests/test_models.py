"""Bigram and MLP: the shapes, the smoothing, the two inputs, and the neural bigram that counting equals."""

import pytest
import torch
from torch.nn import functional as F

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


@pytest.mark.parametrize("layers", [0, 1, 2, 4])
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_one_hot_and_embedding_input_give_the_same_logits(layers, activation):
    looked_up = network(hidden_layers=layers, activation=activation, input="embedding")
    multiplied = network(hidden_layers=layers, activation=activation, input="one-hot")
    multiplied.load_state_dict(looked_up.state_dict())
    x = contexts(64, 3)
    assert torch.allclose(looked_up(x), multiplied(x), atol=1e-5)


def test_an_mlp_is_the_formula_of_the_paper():
    model = network(hidden_layers=1, activation="tanh")
    x = contexts(5, 3)
    embedded = torch.cat([model.embedding[x[:, place]] for place in range(3)], dim=1)
    hidden = torch.tanh(embedded @ model.hidden[0].weight.T + model.hidden[0].bias)
    assert torch.allclose(model(x), hidden @ model.output.weight.T + model.output.bias, atol=1e-6)


def test_the_first_guess_is_close_to_uniform():
    model = network(hidden_layers=2)
    loss = F.cross_entropy(model(contexts(200, 3)), contexts(200, 1)[:, 0])
    assert loss.item() == pytest.approx(torch.tensor(VOCABULARY.size).log().item(), abs=0.1)


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


def test_making_a_model_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    model = network(hidden_layers=3, dropout=0.5).train()
    model(contexts(8, 3))
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_silences_its_share_in_training_and_nothing_after():
    model = network(dropout=0.25, hidden_size=400)
    assert torch.equal(model(contexts(4, 3)), model(contexts(4, 3)))
    model.train()
    model.dropout_generator = torch.Generator().manual_seed(3)
    ones = torch.ones(200, 400)
    dropped = model._drop(ones)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)


def test_smoothing_is_added_to_every_count():
    for smoothing in (0.0, 0.5, 3.0):
        model = Bigram(BigramSettings(smoothing=smoothing), VOCABULARY)
        model.count(NgramCounts.of(Examples(NAMES, VOCABULARY, 1)))
        counts = model.counts.double() + smoothing
        seen = counts.sum(1) > 0
        expected = counts[seen] / counts[seen].sum(1, keepdim=True)
        assert torch.allclose(model.probabilities()[seen].double(), expected)


def test_bigram_probabilities_agree_with_a_hand_count():
    names = ["ada", "ana", "bea", "dan", "eva", "ida", "ben", "eda", "nia", "abe"]
    vocabulary = Vocabulary.of(names)
    model = Bigram(BigramSettings(smoothing=1.0), vocabulary)
    model.count(NgramCounts.of(Examples(names, vocabulary, 1)))
    place = {symbol: index for index, symbol in enumerate(vocabulary.symbols)}
    assert vocabulary.symbols == [".", "a", "b", "d", "e", "i", "n", "v"]
    # Of ten names three begin with a, two with b, two with e; eight end in a... counted with a pencil:
    starts = {"a": 3, "b": 2, "d": 1, "e": 2, "i": 1, "n": 1, "v": 0}
    for symbol, count in starts.items():
        assert model.probabilities()[0, place[symbol]].item() == pytest.approx((count + 1) / (10 + 8))
    after_d = {"a": 4}  # ada, dan, ida, eda
    for symbol in vocabulary.symbols:
        expected = (after_d.get(symbol, 0) + 1) / (4 + 8)
        assert model.probabilities()[place["d"], place[symbol]].item() == pytest.approx(expected)


def test_a_bigram_that_never_saw_a_token_guesses_uniformly():
    model = Bigram(BigramSettings(smoothing=0.0), Vocabulary("ab"))
    assert torch.allclose(model.probabilities(), torch.full((3, 3), 1 / 3))


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
