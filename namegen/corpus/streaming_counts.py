"""What is kept of a list where its names are not: enough to fit count models, to judge any model, and to know a name.

The list comes piece by piece. Of each piece the windows (context and target) are counted and merged into the tally of
its part, so that memory follows the distinct windows, and the hashes of the distinct names at 8 bytes each, but never
the length of the list. Which characters there are is known only at the end: until then they are numbered as they
appear.

Several processes read a share of the bytes each. So that a name counts once though two of them read it, the later one
takes its windows back; only then is a share read twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounter, NgramCounts
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.reading import Corpus, Reading, check_enough
from namegen.corpus.sources import Shard
from namegen.corpus.split import PARTS, TRAIN, VALIDATION, Split, SplitRule
from namegen.corpus.vocabulary import Vocabulary
from namegen.training.distributed import gathered, merged, rank, size, sum_over_processes

NAMES_AT_ONCE = 1 << 18
BYTES_A_NAME = 48  # of a hash, while the hashes are sorted
BYTES_A_KEY, COPIES_OF_A_ROW = 40, 3  # of a window, while tallies are merged
Opener = Callable[[Shard], Reading]


@dataclass(frozen=True)
class ListSummary:
    """What there is to say of a list once it is read: its names, all and by part, and what was left out."""

    sources: tuple[str, ...]
    listed: int
    parts: dict[str, int]
    duplicates: int
    duplicates_kept: bool
    bad_lines: int

    @classmethod
    def of(cls, corpus: Corpus, split: Split) -> "ListSummary":
        """The summary of a list that is in memory."""
        kept = len(corpus.names) > corpus.distinct
        return cls(corpus.sources, len(corpus.names), split.sizes, corpus.duplicates, kept, len(corpus.bad_lines))


@dataclass(frozen=True, eq=False)
class CountedList:
    """A list as its counts: the tally of the windows of each part, and the hashes of its names, sorted."""

    vocabulary: Vocabulary
    summary: ListSummary
    tallies: dict[str, NgramCounts]
    train_hashes: Int64[Tensor, " train"]
    held_out_hashes: Int64[Tensor, " held_out"]

    @classmethod
    def of(cls, summary: ListSummary, split: Split, vocabulary: Vocabulary, context_size: int) -> "CountedList":
        """The counts of a list that is in memory."""
        tallies = {name: count_ngrams(part, vocabulary, context_size) for name, part in split.parts.items()}
        return cls(vocabulary, summary, tallies, split.train.hashes().unique(), split.held_out.hashes().unique())


@dataclass(frozen=True)
class Progress:
    """How far the counting is: bytes read, of how many, and the memory in bytes that the counts are expected to take.

    The last two are None where it is not known how long the list is.
    """

    read: int
    total: int | None
    memory: int | None


def count_ngrams(names: Names, vocabulary: Vocabulary, context_size: int) -> NgramCounts:
    """The tally of names in memory, a piece at a time."""
    running = NgramCounter(context_size + 1)
    for first in range(0, len(names), NAMES_AT_ONCE):
        piece = names[first : first + NAMES_AT_ONCE]
        running.add(NgramCounts.of(Examples(piece, vocabulary, context_size)), vocabulary.size)
    return running.total(vocabulary.size)


def count_list(
    open_list: Opener,
    division: SplitRule,
    context_size: int,
    open_validation: Opener | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> CountedList:
    """Read a list piece by piece and count the windows of each part; a validation list decides the division itself.

    Raises `SourceError` where the list is too short, or nothing is left of it to train on.

    >>> from namegen.corpus.reading import list_of
    >>> counted = count_list(lambda share: list_of(["ab", "abb", "b"], share=share), SplitRule(holdout=0), 1)
    >>> counted.vocabulary.characters, int(counted.tallies["train"].counts.sum()), counted.summary.parts
    ('ab', 9, {'train': 3})
    """
    counter = _Counter(context_size, on_progress)
    held_out = torch.empty(0, dtype=torch.int64)
    if open_validation:
        held_out = counter.read(open_validation, lambda hashes: torch.full_like(hashes, VALIDATION))
        division = SplitRule(validation=held_out)
    hashes = counter.read(open_list, division.parts_of)
    is_to_train = torch.cat([division.parts_of(some) == TRAIN for some in hashes.split(NAMES_AT_ONCE)])
    summary = counter.summary()
    division.check(summary.parts)
    vocabulary, tallies = counter.total()
    held_out = held_out if open_validation else hashes[~is_to_train]
    return CountedList(vocabulary, summary, tallies, hashes[is_to_train], held_out)


class _Counter:
    """The counting of a list that is under way: tallies by part, in numbers of characters as they appeared."""

    def __init__(self, context_size: int, on_progress: Callable[[Progress], None]) -> None:
        self.context_size, self.on_progress = context_size, on_progress
        self.characters = ""
        self.memory: int | None = None
        self.tallies = {part: NgramCounter(context_size + 1) for part in PARTS}
        self.names = dict.fromkeys(PARTS, 0)

    def read(self, open_list: Opener, parts_of: Callable[[Tensor], Tensor]) -> Int64[Tensor, " names"]:
        """Count a list, or of several processes each its share; the sorted hashes of all its names.

        Raises `SourceError` for fewer than two different names.
        """
        share = Shard(rank(), size())
        self.reading = open_list(share)
        for names, hashes in self.reading:
            self._count(names, parts_of(hashes))
            self.on_progress(self._progress())
        everywhere = gathered(self.reading.seen.sorted())
        repeated = _met_earlier(everywhere)
        self.reading.duplicates += len(repeated)
        if len(repeated) and not self.reading.keep_duplicates:
            for names, hashes in open_list(share):
                is_repeated = contains(repeated, hashes)
                self._count(names.select(is_repeated), parts_of(hashes[is_repeated]), times=-1)
        found = (self.reading.lines, self.reading.duplicates, len(self.reading.bad_lines))
        self.found = sum_over_processes(torch.tensor(found)).tolist()
        hashes = torch.cat(everywhere).unique() if size() > 1 else everywhere[0]
        check_enough(self.reading, len(hashes), self.found[2])
        return hashes

    def _count(self, names: Names, part_of: Int64[Tensor, " names"], times: int = 1) -> None:
        """Count names so many times: once, or -1 to take them back."""
        for place, part in enumerate(PARTS):
            own = names.select(part_of == place)
            if not len(own):
                continue
            new = set(own.characters()) - set(self.characters)
            if new:
                self.characters += "".join(sorted(new))
            vocabulary = Vocabulary(self.characters)
            tally = NgramCounts.of(Examples(own, vocabulary, self.context_size))
            self.tallies[part].add(NgramCounts(tally.windows, tally.counts * times), vocabulary.size)
            self.names[part] += len(own) * times

    def total(self) -> tuple[Vocabulary, dict[str, NgramCounts]]:
        """The vocabulary of all processes, and the tally of each part that is not empty in its numbers."""
        everywhere = torch.cat(gathered(Names.of([self.characters]).code_points))
        vocabulary = Vocabulary.of(Names(everywhere, torch.tensor([len(everywhere)])))
        table = torch.cat([torch.zeros(1, dtype=torch.int64), vocabulary.encode([self.characters])])
        tallies = {}
        for part, running in self.tallies.items():
            own = running.total(len(table)).translated(table, vocabulary.size, vocabulary.token_dtype)
            running.runs.clear()
            tally = merged(own, vocabulary.size)
            if len(tally.counts):
                tallies[part] = tally
        return vocabulary, tallies

    def summary(self) -> ListSummary:
        """What was met in the list that was read last."""
        lines, duplicates, bad_lines = self.found
        names = sum_over_processes(torch.tensor([*self.names.values()])).tolist()
        parts = {part: number for part, number in zip(PARTS, names, strict=True) if number}
        kept = self.reading.keep_duplicates and duplicates > 0
        return ListSummary(
            self.reading.sources, lines - (0 if kept else duplicates), parts, duplicates, kept, bad_lines
        )

    def _progress(self) -> Progress:
        if self.reading.total_bytes and self.memory is None:
            longer = max(1.0, self.reading.total_bytes / self.reading.bytes)
            tallies = [run for running in self.tallies.values() for run in running.runs if len(run.counts)]
            self.memory = expected_memory(self.reading.lines, tallies, longer)
        return Progress(self.reading.bytes, self.reading.total_bytes, self.memory)


def expected_memory(names: int, tallies: Sequence[NgramCounts], longer: float) -> int:
    """The memory in bytes that the counts of a list take at most, from those of its beginning, so much shorter.

    Distinct windows grow as a power of the length (Heaps' law). The exponent is the share of windows that are new to
    those that are distinct, and of the new there are as many as now stand there once (Good & Turing): it falls as the
    list grows, so that this errs upwards.

    >>> tally = NgramCounts(torch.tensor([[1, 2], [2, 1]]), torch.tensor([1, 3]))
    >>> expected_memory(10, [tally], 1) < expected_memory(10, [tally], 4) < 4 * expected_memory(10, [tally], 1)
    True
    """
    expected = names * longer * BYTES_A_NAME
    for tally in tallies:
        distinct = len(tally.counts)
        exponent = int((tally.counts == 1).sum()) / distinct
        row = tally.windows.element_size() * tally.windows.shape[1] + tally.counts.element_size()
        expected += distinct * longer**exponent * (COPIES_OF_A_ROW * row + BYTES_A_KEY)
    return int(expected)


def _met_earlier(everywhere: Sequence[Int64[Tensor, " _"]]) -> Int64[Tensor, " repeated"]:
    """Of the sorted hashes that each process met, those of this process that one before it met too."""
    own = everywhere[rank()]
    is_repeated = torch.zeros(len(own), dtype=torch.bool)
    for others in everywhere[: rank()]:
        is_repeated |= contains(others, own)
    return own[is_repeated]
