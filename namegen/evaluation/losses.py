"""Losses: how well a model predicts names, in nats per character: of a list, of its parts, and of single names.

The loss is the mean cross-entropy over all characters of all names, the boundary that ends a name counted as a
character. Perplexity is its exponential, bits its value in base two. Guessing uniformly costs ln(vocab).
"""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.vocabulary import BOUNDARY_SYMBOL, Vocabulary
from namegen.errors import UsageError
from namegen.models.base import NameModel
from namegen.models.losses import losses, losses_and_hits


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


@dataclass(frozen=True)
class Part:
    """Some of the characters of a list: how many, and their mean loss in nats. The parts add up to the whole list."""

    label: str
    characters: int
    loss: float


def breakdown(evaluation: Evaluation, names: Iterable[str], by: str) -> list[Part]:
    """The loss in parts: by `length` of the name, `position` in it (from 1) or `character` (`.` ends a name).

    The names must be those that were evaluated. Lengths and positions come in order, characters the most frequent
    first. Raises `UsageError` for another list of names, or another `by`.
    """
    names = Names.normalised(names)
    if not torch.equal(names.lengths + 1, evaluation.name_characters):
        raise UsageError("These are not the names that were evaluated. Pass the same names to both.")
    vocabulary = Vocabulary.of(names)
    examples = Examples(names, vocabulary, context_size=1)
    name_of = examples.name_of
    keys_by = {
        "length": names.lengths[name_of],
        "position": 1 + torch.arange(len(examples)) - names.starts[name_of] - name_of,  # of the boundary: the last
        "character": examples.targets,
    }
    if by not in keys_by:
        raise UsageError(f"`by` cannot be {by!r}. Choose from: {', '.join(keys_by)}.")
    distinct, which, counts = keys_by[by].unique(return_inverse=True, return_counts=True)
    totals = torch.zeros(len(distinct), dtype=torch.float64).index_add_(0, which, evaluation.losses)
    parts = [
        Part(vocabulary.symbols[key] if by == "character" else str(key), count, total / count)
        for key, count, total in zip(distinct.tolist(), counts.tolist(), totals.tolist(), strict=True)
    ]
    return sorted(parts, key=lambda part: -part.characters) if by == "character" else parts


class Letter(NamedTuple):
    """A character of a name, or the boundary `.` that ends it, and its surprisal: -ln p given those before, in nats."""

    symbol: str
    surprisal: float


@dataclass(frozen=True)
class Score:
    """One name under a model. In nats: `log_probability` of the whole name, `loss` per character.

    `unknown` are the characters of the name that the model does not know. Where there are some, the probability of the
    name is 0 (a log-probability of -inf, a loss of inf) and there are no letters.

    `TrainedModel` adds the `origin` (train, held out or new); how `typical` a name is: the share of the names on the
    list that are less probable per character; and a name on the list that it is `near`, where that was requested.
    """

    name: str
    loss: float
    log_probability: float
    letters: tuple[Letter, ...] = ()
    unknown: str = ""
    origin: str = ""
    typical: float | None = None
    near: str = ""


def score(model: NameModel, names: Iterable[str], *, letters: bool = True) -> list[Score]:
    """Score names, in their order; the mean surprisal of all their letters is the loss that `evaluate` returns.

    `letters=False` leaves the letters out, which makes long lists several times faster.
    """
    names = Names.normalised(names)
    is_known = model.vocabulary.knows(names)
    examples = Examples(names.select(is_known), model.vocabulary, model.context_size)
    surprisals = iter(losses(model, examples).tolist())
    characters = set(model.vocabulary.characters)
    found: list[Score] = []
    for name, known in zip(names, is_known.tolist(), strict=True):
        if known:
            own = [*islice(surprisals, len(name) + 1)]
            spelled = tuple(map(Letter, [*name, BOUNDARY_SYMBOL], own)) if letters else ()
            found.append(Score(name, sum(own) / len(own), -sum(own), spelled))
        else:
            unknown = "".join(dict.fromkeys(character for character in name if character not in characters))
            found.append(Score(name, math.inf, -math.inf, unknown=unknown))
    return found
