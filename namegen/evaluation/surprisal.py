"""How likely a model finds single names, and how surprising each of their letters."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY_SYMBOL, Vocabulary
from namegen.models.base import NameModel
from namegen.models.losses import losses


class Letter(NamedTuple):
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


def score(model: NameModel, names: Iterable[str], *, letters: bool = True) -> list[Score]:
    """Score names, in their order. The mean of `loss` over all letters of all names is what `evaluate` says.

    Without `letters` there are none, and long lists are scored several times faster.

    >>> from namegen.models import Bigram
    >>> from namegen.settings import BigramSettings
    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> uniform = Bigram(BigramSettings(), Vocabulary("abc"))
    >>> found, strange = score(uniform, ["ab", "øre"])
    >>> [(letter.symbol, round(letter.surprise, 3)) for letter in found.letters]  # ln 4 each
    [('a', 1.386), ('b', 1.386), ('.', 1.386)]
    >>> strange.unknown, strange.log_probability
    ('øre', -inf)
    """
    names = Names.normalised(names)
    is_scorable = are_known(names, [model.vocabulary])
    examples = Examples(names.select(is_scorable), model.vocabulary, model.context_size)
    surprises = losses(model, examples)
    sums = torch.zeros(len(examples.names), dtype=torch.float64).index_add_(0, examples.name_of, surprises)
    every_surprise, sum_of_next, place = surprises.tolist() if letters else [], iter(sums.tolist()), 0
    known = set(model.vocabulary.characters)
    found: list[Score] = []
    for name, scorable in zip(names, is_scorable.tolist(), strict=True):
        if not scorable:
            unknown = "".join(dict.fromkeys(character for character in name if character not in known))
            found.append(Score(name, math.inf, -math.inf, (), unknown))
            continue
        total = next(sum_of_next)
        own: tuple[Letter, ...] = ()
        if letters:
            end = place + len(name) + 1
            own = tuple(map(Letter, [*name, BOUNDARY_SYMBOL], every_surprise[place:end]))
            place = end
        found.append(Score(name, total / (len(name) + 1), -total, own))
    return found


def are_known(names: Names, vocabularies: Sequence[Vocabulary]) -> Bool[Tensor, " names"]:
    """Which names hold only characters that are in every vocabulary."""
    name_of = torch.arange(len(names)).repeat_interleave(names.lengths)
    is_unknown = torch.zeros(len(names), dtype=torch.bool)
    for vocabulary in vocabularies:
        is_unknown[name_of[vocabulary.lookup(names) == 0]] = True
    return ~is_unknown
