"""Would people use the names that a model generates? A loss does not tell; a comparison with real names does."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from namegen.corpus.edit_distance import nearest
from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names
from namegen.corpus.split import Split, choose_at_most, uniform_from_hashes
from namegen.corpus.streaming_counts import count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.evaluation.classifier import auc
from namegen.evaluation.losses import score
from namegen.files.model_file import ModelFile
from namegen.models import Ngram
from namegen.models.base import NameModel
from namegen.sampling.casing import change_case
from namegen.sampling.ranking import collect
from namegen.settings import QUALITY_DRAWS, NgramSettings, SampleSettings

EXAMPLES = 6
PLAUSIBLE = 0.05  # share of real names that are less probable than a plausible name
FEWEST_REAL = 50  # held out, and in each half of the list; fewer tell too little
HALF_SEED = -2  # so that the halves are independent of what is held out


@dataclass(frozen=True)
class Quality:
    """What generated names are like; nan where there are too few real names to tell.

    Shares, from 0 to 1: `plausible`, of names no less probable per character than 95 % of real names, under an
    independent model; `near_copies`, of names one edit away from a training name; `distinct`, of different names. `auc`
    is that of a classifier of generated and held-out names: 0.5, it cannot separate them; 1, it always can.
    """

    drawn: int
    plausible: float
    auc: float
    near_copies: float
    distinct: float
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RealNames:
    """The names of a list, to measure generated ones by.

    `reference` is an n-gram model of half of the list, chosen by hash; `threshold` the log-probability per character
    that 95 % of the other half reach. It is None, and the threshold nan, for a list that is too short.
    """

    train: Names
    held_out: Names
    reference: NameModel | None
    threshold: float

    @classmethod
    def of(cls, split: Split) -> "RealNames":
        """What a list gives to measure by."""
        names = Names.join([split.train, split.held_out])
        is_counted = uniform_from_hashes(names.hashes(), HALF_SEED) < 0.5
        counted, others = names.select(is_counted), names.select(~is_counted)
        if min(len(counted), len(others)) < FEWEST_REAL:
            return cls(split.train, split.held_out, None, math.nan)
        reference = Ngram(NgramSettings(order=5), Vocabulary.of(names))
        reference.count(count_ngrams(counted, reference.vocabulary, reference.context_size))
        threshold = float(_per_character(reference, others).quantile(PLAUSIBLE))
        return cls(split.train, split.held_out, reference.eval(), threshold)

    def plausible(self, names: Names) -> float:
        """The share of names that are plausible; one with a character that is not on the list is not."""
        if self.reference is None:
            return math.nan
        return float((_per_character(self.reference, names) >= self.threshold).double().mean())

    def auc(self, names: Names) -> float:
        """The AUC of a classifier of these and held-out names."""
        if min(len(names), len(self.held_out)) < FEWEST_REAL:
            return math.nan
        return auc(list(choose_at_most(len(names), self.held_out)), list(names))

    def near_copies(self, names: Names) -> float:
        """The share of names at most one edit away from a training name."""
        return float((nearest(names, self.train, 1) >= 0).double().mean())

    @property
    def quality(self) -> Quality | None:
        """That of held-out names, the best that a model can reach; None where there are none."""
        if not len(self.held_out):
            return None
        names = choose_at_most(QUALITY_DRAWS, self.held_out)
        return Quality(len(names), 1 - PLAUSIBLE, 0.5, self.near_copies(names), 1.0)


def quality(trained: ModelFile, real: RealNames | None, draws: int = QUALITY_DRAWS, seed: int = 0) -> Quality | None:
    """What the new names of a model are like, drawn as `sample` draws them; None for a model that generates none.

    A name may come more than once, which shows where a model has few names to generate.
    """
    settings = SampleSettings(draws, seed=seed, allow_repeats=True)
    names = collect(trained, settings).names
    if not len(names):
        return None
    measures = (real.plausible(names), real.auc(names), real.near_copies(names)) if real else (math.nan,) * 3
    is_first = HashSet().new(names.hashes())
    examples = change_case(names.select(is_first)[:EXAMPLES], trained.record.case)
    return Quality(len(names), *measures, float(is_first.double().mean()), tuple(examples))


def _per_character(model: NameModel, names: Names) -> Float64[Tensor, " names"]:
    """Mean log-probability per character, the boundary counted."""
    return -torch.tensor([one.loss for one in score(model, names, letters=False)], dtype=torch.float64)
