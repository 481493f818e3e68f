"""Baselines: the losses that a model must beat to have learned anything.

    uniform   every token is equally probable                          p(w)     = 1 / vocab
    unigram   how often each token occurs, whatever comes before it    p(w)     = (c(w) + 1) / (c(·) + vocab)
    bigram    how often each token follows the one before it           p(w | v) = (c(vw) + 1) / (c(v·) + vocab)

Pairs are counted sparsely, so that a vocabulary of twenty thousand characters needs no matrix of its square.
"""

import math
from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names, opens_group
from namegen.corpus.vocabulary import Vocabulary
from namegen.evaluation.losses import Evaluation


def guesses(
    train: NgramCounts, vocab_size: int, asked: Int64[Tensor, "rows 2"]
) -> dict[str, tuple[Float64[Tensor, " rows"], float]]:
    """The losses of each baseline on the second token of each pair, and its accuracy; `train` are counts of pairs."""
    first, second = train.windows.long().unbind(1)
    counts = train.counts.double()
    no_counts = torch.zeros(vocab_size, dtype=torch.float64)
    histories, tokens = no_counts.index_add(0, first, counts), no_counts.index_add(0, second, counts)
    pairs, asked_pairs = first * vocab_size + second, asked[:, 0] * vocab_size + asked[:, 1]
    places = torch.searchsorted(pairs, asked_pairs).clamp_(max=len(pairs) - 1)
    pair_counts = counts[places].where(pairs[places] == asked_pairs, 0)
    grouped = counts.argsort(descending=True, stable=True)
    grouped = grouped[first[grouped].argsort(stable=True)]  # by first token, the most frequent pair first
    likeliest = grouped[opens_group(first[grouped])]
    follower = torch.zeros(vocab_size, dtype=torch.int64)
    follower[first[likeliest]] = second[likeliest]
    unigram = (tokens.sum() + vocab_size).log() - (tokens + 1).log()
    bigram = (histories[asked[:, 0]] + vocab_size).log() - (pair_counts + 1).log()
    return {
        "uniform": (torch.full_like(bigram, math.log(vocab_size)), 1 / vocab_size),
        "unigram": (unigram[asked[:, 1]], float((asked[:, 1] == tokens.argmax()).double().mean())),
        "bigram": (bigram, float((asked[:, 1] == follower[asked[:, 0]]).double().mean())),
    }


def evaluate_baselines(train: Iterable[str], vocabulary: Vocabulary, names: Iterable[str]) -> dict[str, Evaluation]:
    """Evaluate the baselines, counted on `train`, on `names`.

    Raises `VocabularyError` for a character that is not in the vocabulary.
    """
    names, train = Names.normalised(names), Names.normalised(train)
    asked = Examples(names, vocabulary, 1).compact_windows(slice(None)).long()
    found = guesses(NgramCounts.of(Examples(train, vocabulary, 1)), vocabulary.size, asked)
    return {kind: Evaluation.of(losses, accuracy, names) for kind, (losses, accuracy) in found.items()}


def baseline_losses(counts: Mapping[str, NgramCounts], vocab_size: int) -> dict[str, dict[str, float]]:
    """The loss of each baseline on each set of a split, from the n-gram counts of the sets."""
    train = counts["train"].last(2, vocab_size)
    found: dict[str, dict[str, float]] = {"uniform": {}, "unigram": {}, "bigram": {}}
    for name, counted in counts.items():
        ends = counted.last(2, vocab_size)
        shares = ends.counts.double() / ends.counts.sum()
        for kind, (losses, _) in guesses(train, vocab_size, ends.windows.long()).items():
            found[kind][name] = float(losses @ shares)
    return found
