"""How probable single names are under a model, and the surprisal of each of their characters."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY_SYMBOL
from namegen.models.base import NameModel
from namegen.models.losses import losses


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
