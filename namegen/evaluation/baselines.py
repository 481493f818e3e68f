"""Baselines: the losses that a model must beat to have learned anything.

    uniform   every token is equally probable                          p(w)     = 1 / vocab
    unigram   how often each token occurs, whatever comes before it    p(w)     = (c(w) + 1) / (c(·) + vocab)
    bigram    how often each token follows the one before it           p(w | v) = (c(vw) + 1) / (c(v·) + vocab)

Pairs are counted sparsely, so that a vocabulary of twenty thousand characters needs no matrix of its square.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError
from namegen.evaluation.losses import Evaluation


@dataclass(frozen=True, eq=False)
class PairCounts:
    """How often each token follows each other: `pairs` (first × vocab + second, sorted) and their `counts`."""

    vocab_size: int
    pairs: Int64[Tensor, " pairs"]
    counts: Int64[Tensor, " pairs"]

    @classmethod
    def of(cls, counts: NgramCounts, vocab_size: int) -> "PairCounts":
        """The pairs at the ends of all n-grams."""
        ends = counts.last(2, vocab_size)
        first, second = ends.windows.long().unbind(1)
        return cls(vocab_size, first * vocab_size + second, ends.counts)

    def totals(self, place: Int64[Tensor, " pairs"]) -> Float64[Tensor, " vocab"]:
        """The counts summed by token, where `place` is one of the two tokens of each pair."""
        return torch.zeros(self.vocab_size, dtype=torch.float64).index_add_(0, place, self.counts.double())

    def _counts_of(self, keys: Int64[Tensor, " asked"]) -> Int64[Tensor, " asked"]:
        places = torch.searchsorted(self.pairs, keys).clamp_(max=len(self.pairs) - 1)
        return self.counts[places].where(self.pairs[places] == keys, 0)

    def bigram(self, asked: Int64[Tensor, "rows 2"]) -> tuple[Float64[Tensor, " rows"], Int64[Tensor, " rows"]]:
        """For each pair: the loss of its second token, and the most frequent token after its first."""
        first = self.pairs // self.vocab_size
        counts = self._counts_of(asked[:, 0] * self.vocab_size + asked[:, 1]).double()
        found = (self.totals(first)[asked[:, 0]] + self.vocab_size).log() - (counts + 1).log()
        by_count = self.counts.argsort(descending=True, stable=True)
        grouped = by_count[first[by_count].argsort(stable=True)]
        opens_group = first[grouped].diff(prepend=first.new_tensor([-1])) > 0
        best = torch.zeros(self.vocab_size, dtype=torch.int64)
        best[first[grouped[opens_group]]] = self.pairs[grouped[opens_group]] % self.vocab_size
        return found, best[asked[:, 0]]

    def unigram(self, asked: Int64[Tensor, "rows 2"]) -> tuple[Float64[Tensor, " rows"], Int64[Tensor, " rows"]]:
        """As `bigram`, whatever the first token is."""
        counts = self.totals(self.pairs % self.vocab_size)
        found = (counts.sum() + self.vocab_size).log() - (counts + 1).log()
        return found[asked[:, 1]], counts.argmax().expand(len(asked))


def evaluate_baselines(train: Iterable[str], vocabulary: Vocabulary, names: Iterable[str]) -> dict[str, Evaluation]:
    """Evaluate the baselines, counted on `train`, on `names`.

    Raises `VocabularyError` for a character that is not in the vocabulary.
    """
    names, train = Names.normalised(names), Names.normalised(train)
    if not len(train):
        raise UsageError("There are no names to count. Give at least one.")
    counts = PairCounts.of(NgramCounts.of(Examples(train, vocabulary, 1)), vocabulary.size)
    asked = Examples(names, vocabulary, 1).windows(slice(None))
    uniform = torch.full((len(asked),), math.log(vocabulary.size), dtype=torch.float64)
    reached = {"uniform": Evaluation.of(uniform, 1 / vocabulary.size, names)}
    for kind, guess in {"unigram": counts.unigram, "bigram": counts.bigram}.items():
        found, best = guess(asked)
        reached[kind] = Evaluation.of(found, float((best == asked[:, 1]).double().mean()), names)
    return reached


def baseline_losses(counts: Mapping[str, NgramCounts], vocab_size: int) -> dict[str, dict[str, float]]:
    """The loss of each baseline on each set of a split, from the n-gram counts of the sets."""
    train = PairCounts.of(counts["train"], vocab_size)
    found: dict[str, dict[str, float]] = {"uniform": {}, "unigram": {}, "bigram": {}}
    for name, counted in counts.items():
        ends = counted.last(2, vocab_size)
        asked, shares = ends.windows.long(), ends.counts.double() / ends.counts.sum()
        found["uniform"][name] = math.log(vocab_size)
        found["unigram"][name] = float(train.unigram(asked)[0] @ shares)
        found["bigram"][name] = float(train.bigram(asked)[0] @ shares)
    return found
