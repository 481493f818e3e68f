"""What is generated, against the list it was learned from: is it new, is it varied, does it look like the list?

A loss tells how well real names are foretold; this tells what comes out. A good model is new, distinct, and has the
list's lengths and first letters; names that were kept out of the training show what to expect of the real thing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names, contains
from namegen.errors import UsageError

NAMES_COMPARED = 200  # of those drawn, at most, with all training names
COMPARISONS = 5_000_000  # fewer names are compared with a list so long that there would be more
FEWEST_COMPARED = 20


@dataclass(frozen=True)
class Quality:
    """Names drawn from a model, against the names it was trained on.

    Shares, from 0 to 1: `new`, of the drawn names that the model was not trained on; `distinct`, of different names.
    Jensen-Shannon divergences in bits, from 0 (the same distribution) to 1 (nothing in common): of the lengths and
    of the first letters. `likeness`: the mean over drawn names of 1 - edits / length for the nearest training name,
    so that 1 is a copy. What needs a list that is not at hand is nan.
    """

    drawn: int
    new: float
    distinct: float
    length_divergence: float
    first_letter_divergence: float
    likeness: float


def quality(
    drawn: Iterable[str], train_hashes: Int64[Tensor, " known"], train: Iterable[str] | None = None, seed: int = 0
) -> Quality:
    """Compare drawn names with the training names, whose sorted hashes tell which are new.

    >>> train = Names.of(["anna", "emma", "otto"])
    >>> found = quality(["anna", "emmo", "anna", "otta"], train.hashes().sort().values, train)
    >>> found.new, found.distinct, found.length_divergence, found.likeness
    (0.5, 0.75, 0.0, 0.875)
    """
    drawn, train = Names.of(drawn), None if train is None else Names.of(train)
    if not len(drawn) or (train is not None and not len(train)):
        raise UsageError("There are no names to compare. Give at least one drawn and one to train on.")
    hashes = drawn.hashes()
    new = 1 - float(contains(train_hashes, hashes).double().mean())
    distinct = float(HashSet().new(hashes).double().mean())
    if train is None:
        return Quality(len(drawn), new, distinct, math.nan, math.nan, math.nan)
    return Quality(
        len(drawn),
        new,
        distinct,
        divergence(drawn.lengths, train.lengths),
        divergence(drawn.code_points[drawn.starts].long(), train.code_points[train.starts].long()),
        likeness(drawn, train, seed),
    )


def divergence(some: Int64[Tensor, " some"], others: Int64[Tensor, " others"]) -> float:
    """The Jensen-Shannon divergence, in bits, between how often values occur in one sample and in another.

    >>> divergence(torch.tensor([1, 2]), torch.tensor([2, 1, 1, 2])), divergence(torch.tensor([1]), torch.tensor([2]))
    (0.0, 1.0)
    """
    bins = int(torch.cat([some, others]).max()) + 1
    shares = torch.stack([torch.bincount(values, minlength=bins).double() for values in (some, others)])
    shares /= shares.sum(1, keepdim=True)
    terms = shares * (shares / shares.mean(0)).log2()
    return max(0.0, float(terms.nan_to_num(0.0).sum()) / 2)  # 0 log 0 = 0


def likeness(drawn: Names, train: Names, seed: int = 0) -> float:
    """The mean likeness of drawn names, or of a seeded choice of them, to the training name nearest to each."""
    count = min(len(drawn), NAMES_COMPARED, max(FEWEST_COMPARED, COMPARISONS // len(train)))
    chosen = torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed))[:count]
    known = list(train)
    scorer = Levenshtein.normalized_similarity
    nearest = [process.extractOne(name, known, scorer=scorer) for name in drawn.select(chosen)]
    return sum(similarity for _, similarity, _ in nearest) / count
