"""A trigram model whose smoothing asks a shorter history (a hierarchical Dirichlet model, MacKay & Peto 1995).

The bigram model adds the same α to every count. This one adds more to what is likelier after fewer characters:

    p(w | uv) = (N[u, v, w] + α p(w | v)) / (N[u, v, ·] + α)          and so on down to the uniform distribution
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from namegen.config import Config
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.vocabulary import Vocabulary
from namegen.models.base import CountModel


@dataclass(frozen=True)
class TrigramSettings(Config):
    """`smoothing` is α: so many counts are worth what the shorter history says."""

    smoothing: float = 4.0

    def __post_init__(self) -> None:
        self.check("smoothing", 1e-3, 1e6)


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

    def count(self, tally: NgramCounts) -> None:
        """Put these counts where they belong."""
        self.counts[tally.windows.long().unbind(1)] = tally.counts

    def forward(self, contexts: Int64[Tensor, "batch 2"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits."""
        older, newest = contexts.unbind(1)
        probabilities = torch.full((1, self.vocabulary.size), 1 / self.vocabulary.size)
        for seen in (self.counts.sum((0, 1))[None], self.counts.sum(0)[newest], self.counts[older, newest]):
            prior = self.settings.smoothing * probabilities
            probabilities = (seen + prior) / (seen.sum(1, keepdim=True) + self.settings.smoothing)
        return probabilities.log()
