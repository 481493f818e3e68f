"""Generated names against the list: are they new, varied, and like real names?

A loss tells how well a model predicts real names; this tells what it generates. Real names that were held out show what
to expect of the best model.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names, contains
from namegen.errors import UsageError
from namegen.models.base import NameModel
from namegen.sampling.ranking import log_probabilities

NAMES_COMPARED = 200  # of those drawn, at most, with all training names
COMPARISONS = 5_000_000  # at most, so that fewer names are compared with a long list
FEWEST_COMPARED = 20
PLAUSIBLE = 0.05  # share of real names that are less probable than a plausible name


@dataclass(frozen=True)
class Quality:
    """Names drawn from a model, against the names it was trained on.

    Shares, from 0 to 1: `new`, of the drawn names that the model was not trained on; `distinct`, of different names.
    Jensen-Shannon divergences in bits, from 0 (the same distribution) to 1 (nothing in common): of the lengths and of
    the first letters. `likeness` is the mean over drawn names of 1 - edits / length for the nearest training name, so
    that 1 is a copy. Without the training names, the last three are nan.
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

    Raises `UsageError` where there are no drawn or no training names.

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
    """The mean likeness of drawn names (of a seeded choice, where they are many) to the nearest training name."""
    count = min(len(drawn), NAMES_COMPARED, max(FEWEST_COMPARED, COMPARISONS // len(train)))
    chosen = torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed))[:count]
    known = list(train)
    scorer = Levenshtein.normalized_similarity
    nearest = [process.extractOne(name, known, scorer=scorer) for name in drawn.select(chosen)]
    return sum(similarity for _, similarity, _ in nearest) / count


def plausibility(reference: NameModel, generated: Names, real: Names) -> float:
    """The share of generated names no less probable per character than 95 % of real held-out names.

    Probable under a reference model of other names than those given, which is not the one that generated. Real names
    score 0.95. A name with a character that the reference does not know is not plausible.

    >>> from namegen.models import Bigram
    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> from namegen.settings import BigramSettings
    >>> reference = Bigram(BigramSettings(), Vocabulary("abc"))
    >>> plausibility(reference, Names.of(["abc", "xyz"]), Names.of(["cab", "bac"]))
    0.5
    """
    threshold = _per_character(reference, real).quantile(PLAUSIBLE)
    return float((_per_character(reference, generated) >= threshold).double().mean())


def _per_character(model: NameModel, names: Names) -> Float64[Tensor, " names"]:
    """Mean log-probability per character, the boundary counted."""
    found = torch.full((len(names),), -math.inf, dtype=torch.float64)
    is_known = model.vocabulary.knows(names)
    known = names.select(is_known)
    found[is_known] = log_probabilities(model, known) / (known.lengths + 1)
    return found


def near_copies(generated: Iterable[str], known: Iterable[str]) -> float:
    """The share of generated names that are at most one edit (Levenshtein 1966) away from a known name.

    >>> near_copies(["anna", "annek", "otto"], ["anne", "emma"])
    0.6666666666666666
    """
    names, known = list(generated), list(known)
    near = [process.extractOne(name, known, scorer=Levenshtein.distance, score_cutoff=1) for name in names]
    return sum(found is not None for found in near) / len(names)
