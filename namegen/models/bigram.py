"""The bigram model: a table of how often each token follows each other.

    N[i, j]   how often token j follows token i        (the count matrix)
    P = (N + α) / (N + α).sum(1, keepdim=True)         (add-α smoothing; α = 1 is Laplace's)

It is the smallest language model, and its best weights are found by counting.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import ModelFileError
from namegen.models.base import CountModel
from namegen.settings import BigramSettings


class Bigram(CountModel):
    """The count matrix N (vocab × vocab, int64), rows the first token, columns the second.

    >>> from namegen.corpus.examples import Examples
    >>> model = Bigram(BigramSettings(), Vocabulary("ab"))
    >>> model.count(NgramCounts.of(Examples(["ab", "b"], model.vocabulary, 1)))
    >>> model.counts.tolist()
    [[0, 1, 1], [0, 0, 1], [2, 0, 0]]
    >>> model.probabilities()[0].tolist()  # after the boundary: (0 + 1)/5, (1 + 1)/5, (1 + 1)/5
    [0.2..., 0.4..., 0.4...]
    """

    family = "bigram"
    settings_type = BigramSettings
    settings: BigramSettings
    counts: Int64[Tensor, "vocab vocab"]

    def __init__(self, settings: BigramSettings, vocabulary: Vocabulary) -> None:
        super().__init__(settings, vocabulary)
        self.context_size = 1
        self.register_buffer("counts", torch.zeros(vocabulary.size, vocabulary.size, dtype=torch.int64))

    def count(self, ngrams: NgramCounts) -> None:
        """Set N to the counts of all pairs: the result of `N[first, second] += 1` for each pair."""
        first, second = ngrams.windows.long().unbind(1)
        self.counts[first, second] = ngrams.counts

    def probabilities(self, rows: Int64[Tensor, " rows"] | None = None) -> Float32[Tensor, "rows vocab"]:
        """P, or these rows of it: smoothed counts, each row divided by its sum; uniform for a row of zeros."""
        counts = self.counts if rows is None else self.counts[rows]
        smoothed = counts.double() + self.settings.smoothing
        totals = smoothed.sum(1, keepdim=True)
        return torch.where(totals > 0, smoothed / totals, 1 / self.vocabulary.size).float()

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits."""
        last = contexts[:, -1]
        if len(last) < self.vocabulary.size:
            return self.probabilities(last).log()
        return self.probabilities().log()[last]

    def adopt(self, tensors: Mapping[str, Tensor]) -> None:
        """Use this matrix as the model's own. Raises `ModelFileError` for counts below zero."""
        if bool((tensors["counts"] < 0).any()):
            raise ModelFileError("its counts are below zero")
        super().adopt(tensors)
