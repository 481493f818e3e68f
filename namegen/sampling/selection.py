"""A finished choice of names: drawn, put in order, and described.

Where `sampler` yields names as they come, this room waits for all of them, so that it can sort, and keeps what was
found when not all could be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from namegen.corpus.packed_names import Names, normalise
from namegen.errors import SamplingError, UsageError
from namegen.models.base import NameModel
from namegen.sampling.constraints import check_text
from namegen.sampling.ranking import SORTS, Sort, log_probabilities, most_like, order_by
from namegen.sampling.sampler import Sampler

POOL = 20  # names are drawn for each one wanted, to find those most like another name
SMALLEST_POOL, LARGEST_POOL = 5000, 1_000_000


@dataclass(frozen=True, eq=False)
class Selection:
    """Names in their order. `failure` tells why there are fewer than asked for.

    `names` are spelled as asked for, `model_names` as the model spells them; `tried` counts the draws.
    """

    names: Names
    model_names: Names
    tried: int
    failure: SamplingError | None = None


def pool_size(n: int, like: str) -> int:
    """How many names are drawn for n names: more where only those most like another are taken."""
    return max(n, SMALLEST_POOL, min(POOL * n, LARGEST_POOL)) if like else n


def select(model: NameModel, sampler: Sampler, n: int, like: str = "", sort: Sort = "none") -> Selection:
    """Take all names of a sampler; of these the n most like a name, where one is given; and put them in order."""
    if sort not in SORTS:
        raise UsageError(f"sort {sort!r} is unknown. Choose from: {', '.join(SORTS)}.")
    check_text("like", like)
    like = normalise(like)
    blocks, model_blocks, failure = [], [], None
    try:
        for block in sampler if n else ():  # for 0 it would go on without end
            blocks.append(block)
            model_blocks.append(sampler.model_names)
    except SamplingError as error:
        failure = error if sampler.found < n else None
    names, model_names = Names.join(blocks), Names.join(model_blocks)
    if like:
        order = most_like(names, like, n)
        names, model_names = names.select(order), model_names.select(order)
    if sort != "none":
        order = order_by(model, names, model_names, sort)
        names, model_names = names.select(order), model_names.select(order)
    return Selection(names, model_names, sampler.tried, failure)


@dataclass(frozen=True)
class Description:
    """One name with what is known of it. `loss` is in nats per character; `origin` is train, held out or new."""

    name: str
    loss: float
    log_probability: float
    origin: str


def describe(
    model: NameModel, names: Names, model_names: Names, train_hashes: Tensor, held_out_hashes: Tensor
) -> Sequence[Description]:
    """What the model says to each name, and whether it stands on the list that the model comes from."""
    logs = log_probabilities(model, model_names)
    losses = -logs / (model_names.lengths + 1)
    is_train, is_held_out = (
        torch.isin(names.hashes(), known) | torch.isin(model_names.hashes(), known)
        for known in (train_hashes, held_out_hashes)
    )
    origins = is_train.long() * 2 + is_held_out.long()
    words = ("new", "held out", "train", "train")
    rows = zip(names, losses.tolist(), logs.tolist(), origins.tolist(), strict=True)
    return [Description(name, loss, log, words[origin]) for name, loss, log, origin in rows]
