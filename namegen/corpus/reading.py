"""From a source to a clean list of names, duplicates dropped.

This room decides which names are the same; what a name is stands in `cleaning`, which part it belongs to in `division`.
A list is read piece by piece, and who wants it whole joins the pieces. It knows nothing of models.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.arguments import checked
from namegen.corpus.cleaning import BadLines, clean_block, clean_names
from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names
from namegen.corpus.sources import (
    ALL_OF_IT,
    STANDARD_INPUT,
    Shard,
    Sources,
    as_list,
    byte_count,
    lines_before,
    read_blocks,
)
from namegen.errors import SourceError, UsageError, setting


@dataclass(eq=False)
class Reading:
    """A list that is read once, piece by piece: iterating gives clean names, each piece with its hashes.

    A name that stands in `seen` is left out unless duplicates are kept; `seen` grows by the others, 8 bytes a name.
    What was met so far stands in `lines` (names, repeated ones too), `duplicates` (those that repeat one), `bad_lines`
    (left out because they are no names) and `bytes`. Raises what `read_blocks` raises, and `SourceError` at a bad line.
    """

    sources: tuple[str, ...]
    pieces: Iterator[tuple[Names, BadLines, int]]  # the names of a block, what was refused, its bytes
    keep_duplicates: bool = False
    seen: HashSet = field(default_factory=HashSet)
    lines: int = 0
    duplicates: int = 0
    bad_lines: BadLines = field(default_factory=BadLines)
    bytes: int = 0
    total_bytes: int | None = None  # where the sources are files

    def __iter__(self) -> Iterator[tuple[Names, Int64[Tensor, " names"]]]:
        for names, bad_lines, size in self.pieces:
            hashes = names.hashes()
            is_new = self.seen.add_new(hashes)
            repeated = len(names) - int(is_new.sum())
            self.lines += len(names)
            self.duplicates += repeated
            self.bad_lines.join(bad_lines)
            self.bytes += size
            if repeated and not self.keep_duplicates:
                yield names.select(is_new), hashes[is_new]
            else:
                yield names, hashes

    @property
    def where(self) -> str:
        """The sources, as they are spoken of."""
        return ", ".join("standard input" if source == STANDARD_INPUT else source for source in self.sources)


def read_list(
    sources: Sources,
    *,
    lower: bool = False,
    skip_bad_lines: bool = False,
    keep_duplicates: bool = False,
    share: Shard = ALL_OF_IT,
    block_bytes: int | None = None,
) -> Reading:
    """Begin to read sources (bundled names, files, folders, `-`), joined into one list.

    >>> reading = read_list("irish")
    >>> sum(len(names) for names, _hashes in reading), reading.duplicates
    (1113, 0)
    """
    sources = tuple(as_list(sources))
    if not sources:
        raise UsageError("There are no sources to read. Give at least one.")
    if sources.count(STANDARD_INPUT) > 1:
        raise UsageError("Standard input (-) can be read only once. Name it once.")

    def pieces() -> Iterator[tuple[Names, BadLines, int]]:
        for block in read_blocks(sources, block_bytes, share):
            names, bad = clean_block(block, lower=lower)
            if bad and block.skipped:
                skipped = lines_before(block)
                bad.first = [replace(line, line=line.line + skipped) for line in bad.first]
            if bad and not skip_bad_lines:
                skipping = setting("skip_bad_lines", True)
                raise SourceError(f"{bad.first[0]}. Mend it, or let {skipping} of `train` leave such lines out.")
            yield names, bad, len(block.data)

    size = byte_count(sources)
    return Reading(sources, pieces(), keep_duplicates, total_bytes=size and size // share.shares)


def list_of(
    names: Sequence[str],
    *,
    label: str = "the list",
    lower: bool = False,
    skip_bad_lines: bool = False,
    keep_duplicates: bool = False,
    share: Shard = ALL_OF_IT,
) -> Reading:
    """As `read_list`, from strings in memory, cleaned by the same rules as a file. Raises `SourceError`."""
    clean, bad = clean_names(names, label, lower)
    if bad and not skip_bad_lines:
        raise SourceError(f"{bad.first[0]}. Leave it out, or let {setting('skip_bad_lines', True)} do that.")
    met = bad if share.place == 0 else BadLines()
    return Reading((label,), iter([(clean[share.place :: share.shares], met, 0)]), keep_duplicates)


@dataclass(frozen=True, eq=False)
class Corpus:
    """A cleaned list of names, in the order of the list, and what was met while reading it.

    `distinct` counts the different names, `duplicates` the lines that repeat one (dropped, unless they were asked
    to be kept); `bad_lines` are those left out because they are no names.
    """

    names: Names
    sources: tuple[str, ...]
    distinct: int
    duplicates: int
    bad_lines: BadLines


@checked
def read_corpus(
    sources: Sources,
    *,
    lower: bool = False,
    skip_bad_lines: bool = False,
    keep_duplicates: bool = False,
) -> Corpus:
    """Read sources (bundled names, files, folders, `-`), joined into one clean list.

    Raises `SourceError` where a source cannot be read, a line is no name (unless `skip_bad_lines`), or fewer than
    two distinct names are left.

    >>> corpus = read_corpus("irish")
    >>> corpus.names[0], corpus.duplicates
    ('abban', 0)
    """
    return corpus_from(read_list(sources, lower=lower, skip_bad_lines=skip_bad_lines, keep_duplicates=keep_duplicates))


def scan_corpus(
    sources: Sources,
    *,
    lower: bool = False,
    keep_duplicates: bool = False,
    block_bytes: int | None = None,
) -> Corpus:
    """Read sources for a report: bad lines are collected, and a list too short to learn from is no error."""
    return _joined(
        read_list(sources, lower=lower, skip_bad_lines=True, keep_duplicates=keep_duplicates, block_bytes=block_bytes)
    )


def corpus_from(reading: Reading) -> Corpus:
    """Read all, into memory. Raises `SourceError` where fewer than two distinct names are left."""
    corpus = _joined(reading)
    check_enough(reading, corpus.distinct, len(corpus.bad_lines))
    return corpus


def _joined(reading: Reading) -> Corpus:
    names = Names.join([names for names, _hashes in reading])
    distinct = reading.lines - reading.duplicates
    return Corpus(names, reading.sources, distinct, reading.duplicates, reading.bad_lines)


def check_enough(reading: Reading, distinct: int, bad_lines: int) -> None:
    """Raise `SourceError` where a list that was read holds fewer than two distinct names."""
    if not distinct:
        left_out = f" ({bad_lines} bad lines left out)" if bad_lines else ""
        raise SourceError(f"{reading.where}: holds no names{left_out}. Give a list with one name per line.")
    if distinct == 1:
        raise SourceError(f"{reading.where}: holds one name only. A list needs at least two different names.")


def lengths_histogram(names: Names) -> list[int]:
    """How many names there are of each length, from 0."""
    return torch.bincount(names.lengths).tolist() if len(names) else []


def character_counts(names: Iterable[str] | Names) -> dict[str, int]:
    """How often each character occurs, most frequent first.

    >>> character_counts(["anna"])
    {'a': 2, 'n': 2}
    """
    counts = torch.bincount(Names.of(names).code_points)
    used = counts.nonzero().squeeze(1)
    order = counts[used].argsort(descending=True, stable=True)
    return {chr(int(code)): int(counts[code]) for code in used[order]}
