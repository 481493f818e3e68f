"""From a source to a clean list of names, in small letters, duplicates dropped.

A list is read block by block; `read_corpus` joins the blocks. `cleaning` says what a name is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.corpus.cleaning import WAYS_OUT, BadLines, CleanBlock, OddNames, clean_block, clean_names, usual_case
from namegen.corpus.hash_set import HashSet
from namegen.corpus.labels import EVERY, MOST_LABELS, labels_of
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.sources import MADE_HERE, Sources, as_list, byte_count, is_standard_input, read_blocks
from namegen.errors import SourceError, UsageError
from namegen.settings import MAX_NAME_LENGTH, Case, ListSettings


@dataclass(frozen=True)
class Shard:
    """One of several parts of a list, by the hashes of names, so that equal names are in the same part."""

    place: int = 0
    count: int = 1

    def holds(self, hashes: Int64[Tensor, " names"]) -> Bool[Tensor, " names"]:
        """Which names belong to the shard."""
        return hashes % self.count == self.place


WHOLE_LIST = Shard()


@dataclass(eq=False)
class Reading:
    """A list that is read once, block by block: iterating gives clean names and their hashes.

    A name in `seen` is left out unless duplicates are kept; `seen` grows by the others, 8 bytes a name. `lines` counts
    names, repeated ones too, `duplicates` those that repeat one; `bad_lines` are not names. Raises `SourceError`.
    """

    sources: tuple[str, ...]
    blocks: Iterator[CleanBlock]
    settings: ListSettings
    shard: Shard = WHOLE_LIST
    seen: HashSet = field(default_factory=HashSet)
    lines: int = 0
    duplicates: int = 0
    bad_lines: BadLines = field(default_factory=BadLines)
    cases: Counter[Case] = field(default_factory=Counter)
    length_counts: Tensor = field(default_factory=lambda: torch.zeros(MAX_NAME_LENGTH + 1, dtype=torch.int64))
    table_notes: dict[str, None] = field(default_factory=dict)
    odd_names: dict[str, OddNames] = field(default_factory=dict)  # by the file they are in
    label_hashes: dict[str, list[Tensor]] = field(default_factory=dict)  # where labels were asked for
    bytes: int = 0
    total_bytes: int | None = None  # where the sources are files

    def __iter__(self) -> Iterator[tuple[Names, Int64[Tensor, " names"]]]:
        for block in self.blocks:
            if block.bad_lines and not self.settings.skip_bad_lines:
                bad = block.bad_lines.first[0]
                if Path(bad.label).suffix.lower() in MADE_HERE:
                    made = "If it was exported, name the list or the model that it was made from"
                    raise SourceError(f"{bad}, so it is not a list. {made}.")
                way_out = WAYS_OUT.get(bad.reason, "Fix it")
                raise SourceError(f"{bad}. {way_out}, or skip such lines: `skip_bad_lines=True`.")
            names, hashes = block.names, block.names.hashes()
            self._look_at(block, hashes)
            if self.shard.count > 1:
                own = self.shard.holds(hashes)
                names, hashes = names.select(own), hashes[own]
            is_new = self.seen.add_new(hashes)
            repeated = len(names) - int(is_new.sum())
            self.lines += len(names)
            self.duplicates += repeated
            self.bad_lines.join(block.bad_lines)
            self.cases += block.case
            self.bytes += block.bytes
            if repeated and not self.settings.keep_duplicates:
                names, hashes = names.select(is_new), hashes[is_new]
            self.length_counts += torch.bincount(names.lengths, minlength=MAX_NAME_LENGTH + 1)
            yield names, hashes

    def _look_at(self, block: CleanBlock, hashes: Int64[Tensor, " names"]) -> None:
        places: dict[str, list[int]] = {}
        for place, text in enumerate(block.labels if self.settings.label else ()):
            places.setdefault(text, []).append(place)
        for text, found in places.items():
            for one in labels_of(text):
                self.label_hashes.setdefault(one, []).append(hashes[torch.tensor(found)])
        if len(self.label_hashes) > MOST_LABELS:
            raise SourceError(f"{self.label}: has more than {MOST_LABELS} labels. Name the column that contains them.")
        if block.note:
            self.table_notes[block.note] = None
        elif block.label and len(block.names):
            self.odd_names.setdefault(block.label, OddNames(block.label, block.names[0])).add(block.names)

    def with_labels(self, names: Names) -> dict[str, Names]:
        """Those of the names of the list that have each label, in the order of the labels."""
        hashes, every = names.hashes(), self.label_hashes.get(EVERY, [])
        parts = {label: torch.cat([*found, *every]).unique() for label, found in sorted(self.label_hashes.items())}
        return {label: names.select(contains(own, hashes)) for label, own in parts.items() if label != EVERY}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the user on the list: the columns of tables, and lines that look like those of a table."""
        return (*self.table_notes, *filter(None, [odd.note for odd in self.odd_names.values()]))

    @property
    def label(self) -> str:
        """The sources, as messages name them."""
        return ", ".join("standard input" if is_standard_input(source) else source for source in self.sources)


OpenList = Callable[[Shard], Reading]


def read_list(
    sources: Sources,
    settings: ListSettings = ListSettings(),
    *,
    shard: Shard = WHOLE_LIST,
    block_bytes: int | None = None,
) -> Reading:
    """Open sources (bundled names, files, folders, `-`), joined into one list.

    >>> reading = read_list("irish")
    >>> sum(len(names) for names, _hashes in reading), reading.duplicates
    (1046, 0)
    """
    sources = tuple(as_list(sources))
    if not sources:
        raise UsageError("No sources were given. Name at least one.")
    if sum(map(is_standard_input, sources)) > 1:
        raise UsageError("Standard input (-) can be read only once. Name it once.")
    clean = (clean_block(block, settings) for block in read_blocks(sources, block_bytes, settings.label))
    return Reading(sources, clean, settings, shard, total_bytes=byte_count(sources))


def list_of(
    names: Sequence[str], settings: ListSettings = ListSettings(), *, label: str = "the list", shard: Shard = WHOLE_LIST
) -> Reading:
    """As `read_list`, from strings in memory, cleaned by the same rules as a file."""
    return Reading((label,), iter([clean_names(names, label, settings)]), settings, shard)


@dataclass(frozen=True, eq=False)
class Corpus:
    """A clean list of names, in the order of the list.

    `distinct` counts the different names, `duplicates` the lines that repeat one; `case` is how most are written.
    """

    names: Names
    sources: tuple[str, ...]
    distinct: int
    duplicates: int
    bad_lines: BadLines
    case: Case = "keep"
    notes: tuple[str, ...] = ()


def read_corpus(sources: Sources, settings: ListSettings = ListSettings()) -> Corpus:
    """Read sources (bundled names, files, folders, `-`), joined into one clean list.

    Raises `SourceError` where a source cannot be read, a line is not a name (unless `skip_bad_lines`), or fewer than
    two distinct names are left.

    >>> corpus = read_corpus("irish")
    >>> corpus.names[0], corpus.duplicates
    ('abaigeal', 0)
    """
    return corpus_from(read_list(sources, settings))


def scan_corpus(sources: Sources, *, block_bytes: int | None = None) -> Corpus:
    """Read sources for a report: bad lines are collected, and a list may have fewer than two names."""
    return corpus_from(read_list(sources, ListSettings(skip_bad_lines=True), block_bytes=block_bytes), check=False)


def corpus_from(reading: Reading, *, check: bool = True) -> Corpus:
    """Read a list into memory. Raises `SourceError`, with `check` also for fewer than two distinct names."""
    names = Names.join([names for names, _hashes in reading])
    distinct, bad_lines = reading.lines - reading.duplicates, reading.bad_lines
    if check:
        check_enough(reading, distinct)
    case = usual_case(reading.cases)
    return Corpus(names, reading.sources, distinct, reading.duplicates, bad_lines, case, reading.notes)


def check_enough(reading: Reading, distinct: int) -> None:
    """Raise `SourceError` where a list that was read has fewer than two distinct names."""
    if not distinct:
        left_out = f" ({len(reading.bad_lines)} bad lines left out)" if reading.bad_lines else ""
        raise SourceError(f"{reading.label}: has no names{left_out}. Give a list with one name per line.")
    if distinct == 1:
        raise SourceError(f"{reading.label}: has only one name. Give a list with at least two different names.")


def lengths_histogram(names: Names) -> list[int]:
    """How many names there are of each length, from 0."""
    return torch.bincount(names.lengths).tolist()


def character_counts(names: Iterable[str] | Names) -> dict[str, int]:
    """How often each character occurs, most frequent first."""
    counts = torch.bincount(Names.of(names).code_points)
    used = counts.nonzero().squeeze(1)
    order = counts[used].argsort(descending=True, stable=True)
    return {chr(int(code)): int(counts[code]) for code in used[order]}
