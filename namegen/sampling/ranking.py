"""Putting names in order: by how probable a model finds them, or by how like another name they are."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float64, Int64
from rapidfuzz.distance import DamerauLevenshtein
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.evaluation.losses import losses
from namegen.models.base import NameModel

Sort = Literal["none", "probability", "length", "name"]
SORTS = ("none", "probability", "length", "name")


def log_probabilities(model: NameModel, names: Names) -> Float64[Tensor, " names"]:
    """ln p of whole names, the boundary that ends them included. In nats.

    >>> from namegen.models import Bigram, BigramConfig
    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> log_probabilities(Bigram(BigramConfig(), Vocabulary("ab")), Names.of(["a", "ab"])).exp().tolist()
    [0.111..., 0.037...]
    """
    examples = Examples(names, model.vocabulary, model.context_size)
    totals = torch.zeros(len(names), dtype=torch.float64)
    return totals.index_add_(0, examples.name_of, -losses(model, examples)) if len(names) else totals


def likeness(names: Sequence[str], target: str) -> list[float]:
    """How like each name is to another: 1 is the same, 0 shares nothing.

    One less the Damerau-Levenshtein distance (insertions, deletions, changes, and swaps of neighbours) over the length
    of the longer name; capitals count as small letters.

    >>> [round(like, 2) for like in likeness(["maria", "mario", "Amria", "bode"], "maria")]
    [1.0, 0.8, 0.8, 0.0]
    """
    wanted = target.lower()
    return [DamerauLevenshtein.normalized_similarity(name.lower(), wanted) for name in names]


def most_like(names: Names, target: str, n: int) -> Int64[Tensor, " chosen"]:
    """The places of the n names most like another, most alike first; among equals in the order given."""
    alike = torch.tensor(likeness(names, target), dtype=torch.float64)
    return alike.sort(descending=True, stable=True).indices[:n]


def order_by(model: NameModel, names: Names, model_names: Names, by: Sort) -> Int64[Tensor, " names"]:
    """The places of the names in another order: most probable first, shortest first, or by spelling.

    `model_names` are the same names as the model spells them.
    """
    if by == "probability":
        return log_probabilities(model, model_names).sort(descending=True, stable=True).indices
    if by == "length":
        return names.lengths.sort(stable=True).indices
    if by == "name":
        spelled = list(names)
        return torch.tensor(sorted(range(len(spelled)), key=spelled.__getitem__), dtype=torch.int64)
    return torch.arange(len(names))
