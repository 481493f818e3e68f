"""Losses: how well a model predicts names, in nats per character.

The loss is the mean cross-entropy over all characters of all names, the boundary that ends a name counted as a
character. Perplexity is its exponential, bits its value in base two. Guessing uniformly costs ln(vocab).
"""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names, contains
from namegen.errors import UsageError
from namegen.models.base import NameModel
from namegen.models.losses import losses_and_hits


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a model predicts a list of names; losses in nats per character.

    `accuracy` (top-1) is the share of characters that were the most probable one; `known` counts the names that the
    model was trained on, and `loss_of_others` is the loss on all other names (nan where there are none). `pretrained`
    and `loss_of_unseen` are the same of the names that the pretrained network learned from. `losses` holds the loss of
    every character, the names in order, each with the boundary that ends it; `name_characters` counts the characters of
    each name, the boundary included.
    """

    names: int
    characters: int
    loss: float
    accuracy: float
    known: int
    loss_of_others: float
    pretrained: int
    loss_of_unseen: float
    losses: Float64[Tensor, " characters"] = field(repr=False)
    name_characters: Int64[Tensor, " names"] = field(repr=False)

    @classmethod
    def of(
        cls,
        losses: Float64[Tensor, " characters"],
        accuracy: float,
        names: Names,
        train_hashes: Int64[Tensor, " known"] | None = None,
        pretrained_hashes: Int64[Tensor, " pretrained"] | None = None,
    ) -> "Evaluation":
        """Summarise the losses of all characters of these names. Raises `UsageError` where there are none."""
        if not len(names):
            raise UsageError("There are no names to evaluate. Give at least one.")
        characters = names.lengths + 1
        hashes, loss = names.hashes(), float(losses.mean())

        def without(table: Int64[Tensor, " known"] | None) -> tuple[int, float]:
            """How many of the names are in a table, and the loss on the others."""
            if table is None or not len(table):
                return 0, loss
            is_known = contains(table, hashes)
            return int(is_known.sum()), float(losses[~is_known.repeat_interleave(characters)].mean())

        (known, of_others), (pretrained, of_unseen) = without(train_hashes), without(pretrained_hashes)
        facts = (loss, accuracy, known, of_others, pretrained, of_unseen)
        return cls(len(names), len(losses), *facts, losses, characters)

    @property
    def perplexity(self) -> float:
        """exp(loss): as hard to predict as this many equally probable tokens."""
        return perplexity(self.loss)

    @property
    def bits_per_character(self) -> float:
        """The loss in base two."""
        return self.loss / math.log(2)

    def name_losses(self) -> Float64[Tensor, " names"]:
        """-ln p of each whole name, in nats: the sum of the losses of its characters."""
        name_of = torch.arange(self.names).repeat_interleave(self.name_characters)
        return torch.zeros(self.names, dtype=torch.float64).index_add_(0, name_of, self.losses)


def perplexity(loss: float) -> float:
    """exp(loss), infinite where that is more than a float can hold."""
    return math.exp(loss) if loss < math.log(sys.float_info.max) else math.inf


def evaluate(
    model: NameModel,
    names: Iterable[str],
    train_hashes: Int64[Tensor, " known"] | None = None,
    pretrained_hashes: Int64[Tensor, " pretrained"] | None = None,
) -> Evaluation:
    """Evaluate a model on names; sorted hashes say which of them it was trained on, and which it was pretrained on.

    Raises `VocabularyError` for a character that the model does not know.
    """
    names = Names.normalised(names)
    examples = Examples(names, model.vocabulary, model.context_size)
    found, hits = losses_and_hits(model, examples)
    return Evaluation.of(found, hits / max(len(examples), 1), names, train_hashes, pretrained_hashes)
