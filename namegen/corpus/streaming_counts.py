"""Streaming n-gram counts: a list is counted as it is read, and its names are not stored.

The windows (context and target) of each block are counted and merged into the counts of their set. Memory grows with
the number of distinct windows, and by 8 bytes for each distinct name, but not with the length of the list. The
vocabulary is known only at the end; until then characters are numbered as they appear.

Each of several processes counts a shard; `training.distributed` merges their counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.cleaning import usual_case
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounter, NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import WHOLE_LIST, Reading, Shard, check_enough
from namegen.corpus.split import NO_SET, SETS, TRAIN, VALIDATION, SplitRule
from namegen.corpus.vocabulary import Vocabulary
from namegen.settings import Case

NAMES_AT_ONCE = 1 << 18

OnProgress = Callable[[int, int | None], None]  # called with the bytes that were read, and those of the whole list


@dataclass(frozen=True)
class ListSummary:
    """How many names a list has, in all and in each set, and how many lines were left out."""

    sources: tuple[str, ...]
    listed: int
    sizes: dict[str, int]
    duplicates: int
    duplicates_kept: bool
    bad_lines: int
    case: Case
    length_counts: tuple[int, ...]  # names of each length, from 0

    @classmethod
    def of(cls, reading: Reading, sizes: dict[str, int]) -> "ListSummary":
        """The summary of a list that was read."""
        kept = reading.settings.keep_duplicates and reading.duplicates > 0
        listed = reading.lines - (0 if kept else reading.duplicates)
        bad_lines, case = len(reading.bad_lines), usual_case(reading.cases)
        lengths = tuple(reading.length_counts.tolist())
        return cls(reading.sources, listed, sizes, reading.duplicates, kept, bad_lines, case, lengths)

    @property
    def usual_lengths(self) -> tuple[int, int]:
        """The 1st and 99th percentile of the lengths of the names."""
        share = torch.tensor(self.length_counts).cumsum(0) / max(1, sum(self.length_counts))
        return max(1, int((share <= 0.01).sum())), max(1, int((share < 0.99).sum()))


@dataclass(frozen=True, eq=False)
class CountedList:
    """The n-gram counts of each set of a list, and the sorted hashes of its names."""

    vocabulary: Vocabulary
    summary: ListSummary
    counts: dict[str, NgramCounts]
    train_hashes: Int64[Tensor, " train"]
    held_out_hashes: Int64[Tensor, " held_out"]


def count_ngrams(names: Names, vocabulary: Vocabulary, context_size: int) -> NgramCounts:
    """The n-gram counts of names in memory."""
    counter = NgramCounter(context_size + 1)
    for first in range(0, len(names), NAMES_AT_ONCE):
        part = names[first : first + NAMES_AT_ONCE]
        counter.add(NgramCounts.of(Examples(part, vocabulary, context_size)), vocabulary.size)
    return counter.total(vocabulary.size)


def count_list(
    reading: Reading,
    rule: SplitRule,
    context_size: int,
    validation: Reading | None = None,
    on_progress: OnProgress | None = None,
) -> CountedList:
    """Read a list block by block and count the n-grams of each set. A validation list takes the place of `rule`.

    Each of several processes counts its shard; the validation list is read whole by each. `check_counted` checks that
    there are enough names, once the shards are merged.
    """
    counter = _ListCounter(context_size, on_progress)
    if validation:
        held_out = counter.read(validation, lambda hashes: torch.full_like(hashes, VALIDATION), reading.shard)
        check_enough(validation, len(held_out))
        rule = SplitRule(validation=held_out)
    hashes = counter.read(reading, rule.sets_of)
    in_train = torch.cat([rule.sets_of(some) == TRAIN for some in hashes.split(NAMES_AT_ONCE)])
    vocabulary, counts = counter.total()
    held_out = held_out if validation else hashes[~in_train]
    summary = ListSummary.of(reading, {name: size for name, size in counter.sizes.items() if size})
    return CountedList(vocabulary, summary, counts, hashes[in_train], held_out)


def check_counted(counted: CountedList, reading: Reading, rule: SplitRule) -> None:
    """Raise `SourceError` where a list has fewer than two names, or a set that was requested has none."""
    summary = counted.summary
    distinct = summary.listed - (summary.duplicates if summary.duplicates_kept else 0)
    check_enough(reading, distinct)
    rule.check(summary.sizes)


class _ListCounter:
    """Counts by set while a list is read, with characters numbered in the order in which they appear."""

    def __init__(self, context_size: int, on_progress: OnProgress | None) -> None:
        self.context_size, self.on_progress = context_size, on_progress
        self.characters = ""
        self.counters = {name: NgramCounter(context_size + 1) for name in SETS}
        self.sizes = dict.fromkeys(SETS, 0)

    def read(
        self, reading: Reading, sets_of: Callable[[Tensor], Tensor], counted_by: Shard = WHOLE_LIST
    ) -> Int64[Tensor, " names"]:
        """Count a list, or the names that a shard holds. Returns the sorted hashes of all names read."""
        for names, hashes in reading:
            set_of = sets_of(hashes)
            if counted_by.count > 1:
                set_of = torch.where(counted_by.holds(hashes), set_of, NO_SET)
            for place, name in enumerate(SETS):
                own = names.select(set_of == place)
                if len(own):
                    self.characters += "".join(sorted(set(own.characters) - set(self.characters)))
                    vocabulary = Vocabulary(self.characters)
                    ngrams = NgramCounts.of(Examples(own, vocabulary, self.context_size))
                    self.counters[name].add(ngrams, vocabulary.size)
                    self.sizes[name] += len(own)
            if self.on_progress:
                self.on_progress(reading.bytes, reading.total_bytes)
        return reading.seen.sorted()

    def total(self) -> tuple[Vocabulary, dict[str, NgramCounts]]:
        """The vocabulary, and the counts of each set that is not empty."""
        if not self.characters:  # an empty shard
            return Vocabulary("\N{REPLACEMENT CHARACTER}"), {}
        vocabulary = Vocabulary("".join(sorted(self.characters)))
        table = torch.cat([torch.zeros(1, dtype=torch.int64), vocabulary.encode([self.characters])])
        found = {}
        for name, counter in self.counters.items():
            total = counter.total(len(table))
            counter.runs.clear()
            if len(total.counts):
                found[name] = total.translated(table, vocabulary.size, vocabulary.token_dtype)
        return vocabulary, found
