"""N-gram counts: how often each context and target occur, which is all that a count model learns from.

To count is to find equal rows of tokens: each row is packed into one integer, and the integers are sorted. Counts of
the parts of a list can be merged, so memory grows with the number of distinct rows alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import opens_group


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """How often each context and target occur.

    Shapes: `windows` (distinct, context + 1), sorted contexts with their targets, in the smallest integers that hold
    them; `counts` (distinct,) int64. The counts of the parts of a list merge to those of the whole.

    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> ngrams = NgramCounts.of(Examples(["aa", "ba"], Vocabulary("ab"), context_size=1))
    >>> ngrams.windows.tolist(), ngrams.counts.tolist()
    ([[0, 1], [0, 2], [1, 0], [1, 1], [2, 1]], [1, 1, 2, 1, 1])
    """

    windows: Integer[Tensor, "distinct window"]
    counts: Int64[Tensor, " distinct"]

    @classmethod
    def of(cls, examples: Examples) -> "NgramCounts":
        """Count these examples."""
        return cls._of_rows(examples.compact_windows(slice(None)), None, examples.vocab_size)

    @classmethod
    def empty(cls, width: int) -> "NgramCounts":
        """The counts of nothing, for windows of this many tokens."""
        return cls(torch.empty(0, width, dtype=torch.uint8), torch.empty(0, dtype=torch.int64))

    @classmethod
    def merge(cls, parts: Sequence["NgramCounts"], vocab_size: int) -> "NgramCounts":
        """The sum of several counts."""
        windows, counts = zip(*((part.windows, part.counts) for part in parts), strict=True)
        return cls._of_rows(torch.cat(windows), torch.cat(counts), vocab_size)

    @classmethod
    def _of_rows(
        cls, rows: Integer[Tensor, "rows window"], counts: Int64[Tensor, " rows"] | None, vocab_size: int
    ) -> "NgramCounts":
        """Count equal rows; each row counts as many times as `counts` says, or once."""
        if vocab_size ** rows.shape[1] <= len(rows):  # few enough for a table of all possible rows
            table = torch.zeros(vocab_size ** rows.shape[1], dtype=torch.int64)
            ones = torch.ones((), dtype=torch.int64).expand(len(rows))
            table.index_add_(0, pack_rows(rows, vocab_size), ones if counts is None else counts)
            keys = table.nonzero().squeeze(1)
            digits = keys[:, None] // vocab_size ** torch.arange(rows.shape[1] - 1, -1, -1) % vocab_size
            return cls(digits.to(rows.dtype), table[keys])
        keys, order = pack_rows(rows, vocab_size).sort()
        firsts = opens_group(keys).nonzero().squeeze(1)
        distinct = rows.index_select(0, order[firsts])
        if counts is None:
            return cls(distinct, firsts.diff(append=firsts.new_tensor([len(keys)])))
        sums = counts[order].cumsum(0)
        return cls(distinct, sums[firsts.roll(-1) - 1].diff(prepend=sums.new_zeros(1)))

    def last(self, width: int, vocab_size: int) -> "NgramCounts":
        """The counts for shorter contexts: of the last `width` tokens of every window."""
        return self._of_rows(self.windows[:, -width:], self.counts, vocab_size)

    def translated(self, table: Int64[Tensor, " tokens"], vocab_size: int, dtype: torch.dtype) -> "NgramCounts":
        """The same counts with token t renumbered as `table[t]`."""
        return self._of_rows(table[self.windows.long()].to(dtype), self.counts, vocab_size)


class NgramCounter:
    """Adds up the counts of the parts of a list, in memory that grows with the number of distinct windows alone.

    The counts are held in runs, each at least twice as long as the next, so a window is sorted again only as often as
    the counts double.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.runs: list[NgramCounts] = []

    def add(self, counts: NgramCounts, vocab_size: int) -> None:
        """Add the counts of a part; all tokens so far are below `vocab_size`."""
        self.runs.append(counts)
        while len(self.runs) > 1 and len(self.runs[-2].counts) < 2 * len(self.runs[-1].counts):
            self.runs.append(NgramCounts.merge([self.runs.pop(), self.runs.pop()], vocab_size))

    def total(self, vocab_size: int) -> NgramCounts:
        """The sum of all parts."""
        if len(self.runs) == 1:
            return self.runs[0]
        return NgramCounts.merge([NgramCounts.empty(self.width), *self.runs], vocab_size)


def pack_rows(tokens: Integer[Tensor, "rows width"], vocab_size: int) -> Int64[Tensor, " rows"]:
    """One integer for each row; integers are equal where rows are, and in the same order.

    A row is read as a number in base `vocab_size`; where that does not fit into 63 bits, the digits so far are
    replaced by their rank among those that occur.

    >>> pack_rows(torch.tensor([[1, 2], [0, 3], [1, 2]]), vocab_size=10).tolist()
    [12, 3, 12]
    """
    keys = torch.zeros(len(tokens), dtype=torch.int64)
    largest = 0
    for column in tokens.unbind(1):
        if (largest + 1) * vocab_size > 1 << 62:
            ranks, keys = keys.unique(return_inverse=True)
            largest = len(ranks) - 1
        keys = keys.mul_(vocab_size).add_(column)
        largest = largest * vocab_size + vocab_size - 1
    return keys


def distinct_rows(
    rows: Integer[Tensor, "rows width"], vocab_size: int
) -> tuple[Integer[Tensor, "distinct width"], Int64[Tensor, " rows"]]:
    """The distinct rows, sorted, and for each row the index of its distinct row."""
    keys = pack_rows(rows, vocab_size)
    distinct, which = keys.unique(return_inverse=True)
    representative = torch.empty_like(distinct).scatter_(0, which, torch.arange(len(rows)))
    return rows[representative], which
