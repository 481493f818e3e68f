"""Models of every family for the tests of exports: small, untrained or fitted at once, and far from uniform."""

from functools import cache
from string import ascii_lowercase

import torch

import namegen
from namegen.api import TrainedModel
from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.sources import IN_MEMORY
from namegen.corpus.vocabulary import Vocabulary
from namegen.files.model_file import TrainingRecord
from namegen.models import MLP, Bigram, Blend, Ngram
from namegen.settings import BigramSettings, MLPSettings, NgramSettings
from namegen.training.adaptation import adapt, ngram_weight
from namegen.training.fit import count
from namegen.training.pretrained import shipped

NONE = torch.empty(0, dtype=torch.int64)


def in_memory(model, names=(), source=IN_MEMORY, case="keep"):
    """A model as if it had been trained on these names."""
    hashes = Names.of(names).hashes().unique()
    return TrainedModel(model.requires_grad_(False).eval(), TrainingRecord(sources=(source,), case=case), hashes, NONE)


def network(vocabulary, seed=1, **settings):
    """A network with random weights, norms included, whose logits differ by several units."""
    model = MLP(MLPSettings(**{"hidden_size": 48, "embedding_size": 12} | settings), Vocabulary(vocabulary))
    generator = torch.Generator().manual_seed(seed)
    model.initialise(generator)
    for tensor in model.parameters():
        if tensor.ndim == 1:
            tensor.data += 0.5 * torch.randn(tensor.shape, generator=generator)
    model.output.weight.data *= 12
    model.output.bias.data[0] += 4  # names come to an end
    return model


def _blend():
    members = [
        model_of("ngram").model,
        namegen.train("towns", model="ngram", holdout=0).model,
        network("ab𝒜ñ日<", context_size=5, activation="tanh"),
        Bigram(BigramSettings(), Vocabulary("ba")),
    ]
    return in_memory(Blend.of(members, [4, 3, 2, 1]))


def _huge_counts():
    model = Bigram(BigramSettings(), Vocabulary("abc"))
    model.counts += torch.arange(16).view(4, 4).flip(1) << 40
    return in_memory(model)


LETTERS = "abcdefghijklmnopqrstuvwxyz"
EVERY_FAMILY = {
    "bigram": lambda: namegen.train("irish", model="bigram"),
    "bigram without smoothing": lambda: namegen.train("irish", model="bigram", smoothing=0),
    "bigram of huge counts": _huge_counts,
    "ngram": lambda: namegen.train("irish", model="ngram", holdout=0),
    "ngram of order 2": lambda: namegen.train("irish", model="ngram", order=2),
    "pruned ngram": lambda: namegen.train("irish", model="ngram", prune=[0, 0, 1, 1, 2, 2]),
    "ngram of few names": lambda: namegen.train(names=["ab", "abba", "b"], model="ngram", order=8, holdout=0),
    "mlp": lambda: in_memory(network(LETTERS)),
    "mlp, tanh, one-hot": lambda: in_memory(network(LETTERS, activation="tanh", input="one-hot", context_size=3)),
    "mlp without hidden layer": lambda: in_memory(network(LETTERS, hidden_layers=0, context_size=2)),
    "mlp with residual layers": lambda: in_memory(network(LETTERS, hidden_layers=4)),
    "adapted network and ngram": lambda: namegen.open_model("irish"),
    "blend of several alphabets": _blend,
}


@cache
def model_of(family):
    """A model of a family, in one of the ways that its numbers can take."""
    return EVERY_FAMILY[family]()


def hundred_contexts(model):
    """Fifty contexts that begin names, and fifty of random tokens, boundaries among them."""
    characters = model.vocabulary.characters
    names = ["".join(characters[(7 * i + i * j * j) % len(characters)] for j in range(6)) for i in range(1, 10)]
    contexts, _ = Examples(names, model.vocabulary, model.context_size).batch(slice(0, 50))
    generator = torch.Generator().manual_seed(2)
    random = torch.randint(model.vocabulary.size, (100 - len(contexts), model.context_size), generator=generator)
    return torch.cat([contexts, random])


def adapted_in_python(names):
    """The blend of the n-gram and the adapted network, for the characters of the list and the plain letters."""
    names = Names.of(names)
    vocabulary, weight = Vocabulary("".join(sorted({*names.characters, *ascii_lowercase}))), ngram_weight(len(names))
    ngram = count(Ngram(NgramSettings(), vocabulary), names)
    return Blend.of([ngram.eval(), adapt(shipped(), names, vocabulary)], [weight, 1 - weight]).eval()
