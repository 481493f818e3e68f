"""How likely a model finds single names, and how surprising each of their letters."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.arguments import checked
from namegen.evaluation.losses import losses
from namegen.examples import Examples
from namegen.models.base import NameModel
from namegen.text import Names
from namegen.vocabulary import BOUNDARY_SYMBOL, Vocabulary


@dataclass(frozen=True, slots=True)
class Letter:
    """A character of a name, or the boundary `.` that ends it, and -ln p of it after what stands before, in nats."""

    symbol: str
    surprise: float


@dataclass(frozen=True)
class Score:
    """What a model says to one name. In nats: `log_probability` of the whole name, `loss` per character.

    Where the name holds characters that the model does not know, they stand in `unknown`, the model gives the name
    no probability at all (-inf, and a loss of inf), and there are no letters.
    """

    name: str
    loss: float
    log_probability: float
    letters: tuple[Letter, ...]
    unknown: str = ""


@checked
def score(model: NameModel, names: Iterable[str]) -> list[Score]:
    """Score names, in their order. The mean of `loss` over all letters of all names is what `evaluate` says.

    >>> from namegen.models import Bigram, BigramConfig
    >>> from namegen.vocabulary import Vocabulary
    >>> uniform = Bigram(BigramConfig(), Vocabulary("abc"))
    >>> found, strange = score(uniform, ["ab", "øre"])
    >>> [(letter.symbol, round(letter.surprise, 3)) for letter in found.letters]  # ln 4 each
    [('a', 1.386), ('b', 1.386), ('.', 1.386)]
    >>> strange.unknown, strange.log_probability
    ('øre', -inf)
    """
    names = Names.of(names)
    known = set(model.vocabulary.characters)
    unknown = ["".join(dict.fromkeys(c for c in name if c not in known)) for name in names]
    scorable = [name for name, odd in zip(names, unknown, strict=True) if not odd]
    surprises = losses(model, Examples(scorable, model.vocabulary, model.context_size)).tolist()
    found, place = [], 0
    for name, odd in zip(names, unknown, strict=True):
        if odd:
            found.append(Score(name, math.inf, -math.inf, (), odd))
            continue
        own = surprises[place : place + len(name) + 1]
        place += len(own)
        letters = tuple(Letter(*pair) for pair in zip([*name, BOUNDARY_SYMBOL], own, strict=True))
        found.append(Score(name, sum(own) / len(own), -sum(own), letters))
    return found


def are_known(names: Names, vocabularies: Sequence[Vocabulary]) -> Bool[Tensor, " names"]:
    """Which names hold only characters that are in every vocabulary."""
    name_of = torch.arange(len(names)).repeat_interleave(names.lengths)
    is_unknown = torch.zeros(len(names), dtype=torch.bool)
    for vocabulary in vocabularies:
        is_unknown[name_of[vocabulary.lookup(names) == 0]] = True
    return ~is_unknown
