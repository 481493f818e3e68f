"""Sampled names, sorted: by probability, or by similarity to another name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float64, Int64
from rapidfuzz.distance import DamerauLevenshtein
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names, normalise
from namegen.errors import SamplingError
from namegen.files.model_file import ModelFile
from namegen.models.base import NameModel
from namegen.models.losses import losses
from namegen.sampling.filter import KnownNames
from namegen.sampling.sampler import Sampler, sampler_of
from namegen.sampling.variety import LARGEST_BLOCK, Variety
from namegen.settings import SampleSettings, Sort

POOL = 20  # names are drawn for each one requested, to choose the most similar ones
SMALLEST_POOL, LARGEST_POOL = 5000, 1_000_000


@dataclass(frozen=True, eq=False)
class Sample:
    """Sampled names, in the model's letters; `failure` says why there are too few, `tried` counts samples."""

    names: Names
    tried: int
    failure: SamplingError | None = None


def pool_size(n: int, like: str) -> int:
    """How many names are drawn for n names: more where the most similar ones are chosen."""
    return max(n, SMALLEST_POOL, min(POOL * n, LARGEST_POOL)) if like else n


def collect(trained: ModelFile, settings: SampleSettings, known: KnownNames | None = None) -> Sample:
    """n names of a model, or of many the n most like a name, sorted; fewer where sampling failed.

    `known` are the names that must not be generated, where they were read before.
    """
    n = settings.n
    drawn = replace(settings, n=pool_size(n, settings.like))
    if settings.like:  # only those that are shown must differ
        drawn = replace(drawn, apart=1, initials=False)
    sampler = sampler_of(trained, drawn, known)
    blocks: list[Names] = []
    failure = None
    try:
        for block in sampler if n else ():  # for 0 it would go on without end
            blocks.append(block)
    except SamplingError as error:
        failure = error if sampler.found < n else None
    names = Names.join(blocks)
    if settings.like:  # the most similar first; ties in the order drawn
        alike = torch.tensor(likeness(names, normalise(settings.like)), dtype=torch.float64)
        names = names.select(alike.sort(descending=True, stable=True).indices)
        names = (first_varied(names, settings, sampler) if settings.are_varied else names)[:n]
        if len(names) < n and not failure:
            failure = SamplingError(
                f"Found {len(names):,} of {n:,} names that differ so much, among {sampler.found:,} that were drawn. "
                "Request fewer names or lower `apart`."
            )
    if settings.sort != "none":
        names = names.select(order_by(trained.model, names, settings.sort))
    return Sample(names, sampler.tried, failure)


def first_varied(names: Names, settings: SampleSettings, sampler: Sampler) -> Names:
    """The first n names, each of which differs enough from those before it."""
    variety = Variety(settings, sampler.folded)
    taken: list[Names] = []
    for first in range(0, len(names), LARGEST_BLOCK):
        if sum(map(len, taken)) < settings.n:
            taken.append(variety.take(names[first : first + LARGEST_BLOCK], samples=0))
    return Names.join([*taken, variety.take(Names.of([]), samples=variety.patience)])


def log_probabilities(model: NameModel, names: Names) -> Float64[Tensor, " names"]:
    """ln p of names, including the boundary that ends them, in nats."""
    examples = Examples(names, model.vocabulary, model.context_size)
    totals = torch.zeros(len(names), dtype=torch.float64)
    return totals.index_add_(0, examples.name_of, -losses(model, examples)) if len(names) else totals


def likeness(names: Sequence[str], target: str) -> list[float]:
    """How like each name is to another: 1 is the same, 0 shares nothing.

    1 less the Damerau-Levenshtein distance (insertions, deletions, changes, and swaps of neighbours) over the length
    of the longer name; capitals count as small letters.

    >>> [round(like, 2) for like in likeness(["maria", "mario", "Amria", "bode"], "maria")]
    [1.0, 0.8, 0.8, 0.0]
    """
    lowered = target.lower()
    return [DamerauLevenshtein.normalized_similarity(name.lower(), lowered) for name in names]


def order_by(model: NameModel, names: Names, by: Sort) -> Int64[Tensor, " names"]:
    """The indices of the names sorted: most probable first, shortest first, or by spelling."""
    if by == "probability":
        return log_probabilities(model, names).sort(descending=True, stable=True).indices
    if by == "length":
        return names.lengths.sort(stable=True).indices
    spelled = list(names)
    return torch.tensor(sorted(range(len(spelled)), key=spelled.__getitem__), dtype=torch.int64)
