"""Losses: how well a model foretells names, in nats per character.

The loss is the mean cross-entropy over all characters of all names, the boundary that ends a name counted as a
character. Perplexity is its exponential, bits its value in base two. Guessing uniformly costs ln(vocab).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from namegen.corpus import Split
from namegen.examples import Examples, distinct_rows
from namegen.models import Bigram, BigramConfig, NameModel
from namegen.text import Names
from namegen.vocabulary import Vocabulary

CHUNK = 1 << 17


@dataclass(frozen=True)
class Evaluation:
    """The loss of a model on a list. `known` counts the names that the model was trained on."""

    names: int
    characters: int
    loss: float
    known: int

    @property
    def perplexity(self) -> float:
        """exp(loss): between how many equally likely tokens the model hesitates."""
        return math.exp(min(self.loss, 700))

    @property
    def bits_per_character(self) -> float:
        """The loss in base two."""
        return self.loss / math.log(2)


def evaluate(model: NameModel, names: Iterable[str], train_hashes: Int64[Tensor, " known"] | None = None) -> Evaluation:
    """The loss of a model on names; `train_hashes`, sorted, tell which of them it was trained on.

    Raises `VocabularyError` for a character that the model does not know.

    >>> from namegen.models import Bigram, BigramConfig
    >>> from namegen.vocabulary import Vocabulary
    >>> uniform = Bigram(BigramConfig(), Vocabulary("abc"))
    >>> round(evaluate(uniform, ["abba", "cab"]).perplexity, 6)
    4.0
    """
    names = Names.of(names)
    examples = Examples(names, model.vocabulary, model.context_size)
    known = 0 if train_hashes is None else int(contains(train_hashes, names.hashes()).sum())
    return Evaluation(len(names), len(examples), mean_loss(model, examples), known)


def mean_loss(model: NameModel, examples: Examples) -> float:
    """The mean cross-entropy in nats per character."""
    return float(losses(model, examples).mean())


def baselines(vocabulary: Vocabulary, split: Split) -> dict[str, dict[str, float]]:
    """The losses to beat on each part: of uniform guessing, ln(vocab), and of the bigram with add-one smoothing."""
    bigram = Bigram(BigramConfig(), vocabulary)
    bigram.count(Examples(split.train, vocabulary, bigram.context_size))
    return {
        "uniform": {name: math.log(vocabulary.size) for name in split.parts},
        "bigram": {name: evaluate(bigram, part).loss for name, part in split.parts.items()},
    }


@torch.inference_mode()
def losses(model: NameModel, examples: Examples) -> Float64[Tensor, " examples"]:
    """The cross-entropy of each example: -ln p(target | context), in nats.

    The model is asked once for each distinct context of a chunk.
    """
    found = []
    for contexts, targets in examples.batches(CHUNK):
        distinct, which = distinct_rows(contexts, model.vocabulary.size)
        log_probabilities = torch.cat([model.log_probabilities(part) for part in distinct.split(8192)])
        found.append(-log_probabilities[which, targets].double())
    return torch.cat(found)


def contains(sorted_hashes: Int64[Tensor, " table"], hashes: Int64[Tensor, " asked"]) -> Bool[Tensor, " asked"]:
    """Which of these hashes stand in a sorted table."""
    if not len(sorted_hashes):
        return torch.zeros_like(hashes, dtype=torch.bool)
    places = torch.searchsorted(sorted_hashes, hashes).clamp_(max=len(sorted_hashes) - 1)
    return sorted_hashes[places] == hashes
