"""A trigram model whose smoothing asks a shorter history (a hierarchical Dirichlet model, MacKay & Peto 1995).

The bigram model adds the same α to every count. This one adds more to what is likelier after fewer characters:

    p(w | uv) = (N[u, v, w] + α p(w | v)) / (N[u, v, ·] + α)          and so on down to the uniform distribution
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_doc import Doc
from annotated_types import Ge, Le
from jaxtyping import Float, Int64
from torch import Tensor

from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.vocabulary import Vocabulary
from namegen.models.base import CountModel
from namegen.settings import Settings


@dataclass(frozen=True, kw_only=True)
class TrigramSettings(Settings):
    """`smoothing` is α: how many counts the prediction of the shorter history is worth."""

    smoothing: Annotated[float, Ge(0.001), Le(1e6), Doc("Counts that the shorter history is worth.")] = 4.0


class Trigram(CountModel):
    """The counts N (vocab × vocab × vocab): how often the third token followed the first two."""

    family = "trigram"
    settings_type = TrigramSettings
    settings: TrigramSettings
    counts: Int64[Tensor, "vocab vocab vocab"]

    def __init__(self, settings: TrigramSettings, vocabulary: Vocabulary) -> None:
        super().__init__(settings, vocabulary)
        self.context_size = 2
        self.register_buffer("counts", torch.zeros([vocabulary.size] * 3, dtype=torch.int64))

    def count(self, ngrams: NgramCounts) -> None:
        """Learn from how often each context and target occur."""
        self.counts[ngrams.windows.long().unbind(1)] = ngrams.counts

    def forward(self, contexts: Int64[Tensor, "batch 2"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits."""
        older, newest = contexts.unbind(1)
        probabilities = torch.full((1, self.vocabulary.size), 1 / self.vocabulary.size)
        for seen in (self.counts.sum((0, 1))[None], self.counts.sum(0)[newest], self.counts[older, newest]):
            prior = self.settings.smoothing * probabilities
            probabilities = (seen + prior) / (seen.sum(1, keepdim=True) + self.settings.smoothing)
        return probabilities.log()
