"""Names packed into one tensor of code points: strings to tensors and back, and their hashes.

Everything here is vectorised, without a Python loop over names or characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import torch
from jaxtyping import Bool, Int32, Int64, Shaped
from torch import Tensor

from namegen.corpus.plain_letters import plain_letters
from namegen.errors import SourceError, UsageError

NEWLINE = 10
FIRST_MARK = 0x300  # all characters before it are in normal form C, whatever is beside them
SELECTED_AT_ONCE = 1 << 18  # names, since an index of 8 bytes is computed for each character
HASHED_AT_ONCE = 1 << 14  # names, so that what is computed stays in the processor's cache

# The control characters (C0 and C1, except the newline that separates names), what a terminal or an editor takes for
# one (line and paragraph separators, bidirectional overrides, the byte order mark), and lone surrogates.
_CONTROL_CHARACTER = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def control_character(text: str) -> str | None:
    """The first character of a text that no name may contain, if there is one."""
    found = _CONTROL_CHARACTER.search(text)
    return found.group() if found else None


@dataclass(frozen=True, eq=False)
class Names(Sequence[str]):
    """A list of names, stored as tensors and readable as a sequence of `str`.

    Shapes: `code_points` (characters,) int32, the Unicode code points of all names end to end;
    `lengths` (names,) int64, how many of them belong to each name.

    >>> names = Names.of(["emma", "ava"])
    >>> names[1], len(names), list(names)
    ('ava', 2, ['emma', 'ava'])
    """

    code_points: Int32[Tensor, " characters"]
    lengths: Int64[Tensor, " names"]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Pack strings. Raises `SourceError` for one with a line break or a lone surrogate."""
        if isinstance(names, Names):
            return names
        names = list(names)
        text = join_texts("", names)
        if "\n" in text:
            broken = next(name for name in names if "\n" in name)
            raise SourceError(f"the name {broken!r} contains a line break. Give it as two names.")
        return cls(_code_points(text), torch.tensor([len(name) for name in names], dtype=torch.int64))

    @classmethod
    def normalised(cls, names: Iterable[str]) -> "Names":
        """Pack strings in Unicode's normal form C, as all names of lists are."""
        packed = cls.of(names)
        if packed is names or not packed.may_hold_marks():
            return packed
        return cls.of([normalise(name) for name in packed])

    @classmethod
    def from_lines(cls, text: str, *, keep_empty: bool = False) -> "Names":
        """Pack the lines of a text, separated by newlines; empty lines are left out."""
        code_points = _code_points(text + "\n")
        is_newline = code_points == NEWLINE
        ends = is_newline.nonzero().squeeze(1)
        lengths = ends.diff(prepend=ends.new_tensor([-1])) - 1
        return cls(code_points[~is_newline], lengths if keep_empty else lengths[lengths > 0])

    @classmethod
    def join(cls, parts: Sequence["Names"]) -> "Names":
        """Several lists as one."""
        parts = [cls.of([]), *parts]
        return cls(torch.cat([part.code_points for part in parts]), torch.cat([part.lengths for part in parts]))

    def lines(self) -> str:
        """All names as one text, separated by newlines."""
        with_newlines = torch.full((len(self.code_points) + len(self),), NEWLINE, dtype=torch.int32)
        is_character = torch.ones(len(with_newlines), dtype=torch.bool)
        is_character.index_fill_(0, self.ends + torch.arange(len(self)), False)
        return _text(with_newlines.masked_scatter_(is_character, self.code_points)[:-1])

    @cached_property
    def ends(self) -> Int64[Tensor, " names"]:
        """Where each name ends in `code_points`."""
        return self.lengths.cumsum(0)

    @cached_property
    def starts(self) -> Int64[Tensor, " names"]:
        """Where each name starts in `code_points`."""
        return self.ends - self.lengths

    @cached_property
    def characters(self) -> str:
        """The distinct characters, in code-point order."""
        return "".join(map(chr, torch.bincount(self.code_points).nonzero().squeeze(1).tolist()))

    def may_hold_marks(self) -> bool:
        """Whether there is a character that normal form C could change, or join to the one before it."""
        return bool((self.code_points >= FIRST_MARK).any())

    def select(self, which: Int64[Tensor, " chosen"] | Bool[Tensor, " names"]) -> "Names":
        """The names at these indices, in that order, or where a mask is true."""
        rows = which.nonzero().squeeze(1) if which.dtype == torch.bool else which
        parts = [self._select(some) for some in rows.split(SELECTED_AT_ONCE)]
        return parts[0] if len(parts) == 1 else Names.join(parts)

    def _select(self, rows: Int64[Tensor, " chosen"]) -> "Names":
        lengths = self.lengths.index_select(0, rows)
        ends = lengths.cumsum(0)
        total = int(ends[-1]) if len(ends) else 0
        shift = self.starts.index_select(0, rows) - (ends - lengths)
        places = shift.repeat_interleave(lengths, output_size=total).add_(torch.arange(total))
        return Names(self.code_points.index_select(0, places), lengths)

    def hashes(self, *, folded: bool = True) -> Int64[Tensor, " names"]:
        """A 64-bit hash of every name, case-folded by default; the same on every machine and in every version.

        The sum over the characters of mix64(code point + position · 2³²), mixed once more.
        """
        names = self.folded() if folded else self
        firsts = range(0, max(len(names), 1), HASHED_AT_ONCE)
        return torch.cat([names[first : first + HASHED_AT_ONCE]._hashes() for first in firsts])

    def folded(self) -> "Names":
        """Names in normal form C as they are compared: case-folded, so that capitals do not matter.

        >>> list(Names.of(["Anna", "STRASSE", "straße"]).folded())
        ['anna', 'strasse', 'strasse']
        """
        characters = self.characters
        if characters.casefold() == characters:
            return self
        return Names.from_lines(normalise(self.lines().casefold()), keep_empty=True)

    def plain(self) -> "Names":
        """The names in plain letters, which may be empty.

        >>> list(Names.of(["órla", "emma", "ʻ"]).plain())
        ['orla', 'emma', '']
        """
        if self.characters.isascii():
            return self
        return Names.from_lines(plain_letters(self.lines()), keep_empty=True)

    def _hashes(self) -> Int64[Tensor, " names"]:
        if not len(self.code_points):
            return mix64(torch.zeros_like(self.lengths))
        steps = torch.ones(len(self.code_points) + 1, dtype=torch.int64)
        steps[0] = 0
        positions = steps.scatter_add_(0, self.ends, -self.lengths).cumsum(0)[:-1]  # of each character in its name
        width, height = int(self.code_points.max()) + 1, int(self.lengths.max())
        if width * height > len(positions):
            summands = mix64(self.code_points + (positions << 32))
        else:  # many have the same code point and position
            table = mix64(torch.arange(width) + (torch.arange(height)[:, None] << 32)).flatten()
            summands = table.index_select(0, positions.mul_(width).add_(self.code_points))
        totals = torch.zeros(len(summands) + 1, dtype=torch.int64)
        torch.cumsum(summands, 0, out=totals[1:])
        return mix64(totals.index_select(0, self.ends) - totals.index_select(0, self.starts))

    def fingerprint(self) -> int:
        """A hash of the whole list, in its order."""
        return int(mix64(self.hashes() + torch.arange(len(self))).sum())

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Names": ...
    def __getitem__(self, index: int | slice) -> "str | Names":
        if isinstance(index, slice):
            rows = range(len(self))[index]
            if len(rows) and rows.step == 1:
                characters = slice(int(self.starts[rows.start]), int(self.ends[rows.stop - 1]))
                return Names(self.code_points[characters], self.lengths[rows.start : rows.stop])
            return self.select(rows.start + rows.step * torch.arange(len(rows)))
        return _text(self.code_points[int(self.starts[index]) : int(self.ends[index])])

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines().split("\n") if len(self) else [])


def normalise(text: str) -> str:
    """A text in Unicode's normal form C, in which a letter and its mark are one character where there is one."""
    return unicodedata.normalize("NFC", text)


def join_texts(between: str, texts: Sequence[str]) -> str:
    """Texts end to end. Raises `UsageError`, naming it, where one is something else."""
    try:
        return between.join(texts)
    except TypeError:
        odd = next(text for text in texts if not isinstance(text, str))
        raise UsageError(f"Names must be texts, not {odd!r}. Leave it out.") from None


def contains(sorted_hashes: Int64[Tensor, " table"], hashes: Int64[Tensor, " asked"]) -> Bool[Tensor, " asked"]:
    """Which of these hashes are in a sorted table."""
    if not len(sorted_hashes):
        return torch.zeros_like(hashes, dtype=torch.bool)
    places = torch.searchsorted(sorted_hashes, hashes).clamp_(max=len(sorted_hashes) - 1)
    return sorted_hashes[places] == hashes


def opens_group(rows: Shaped[Tensor, "rows *columns"]) -> Bool[Tensor, " rows"]:
    """Of sorted numbers or rows, those that differ from the one before."""
    opens = torch.ones(len(rows), dtype=torch.bool)
    differs = rows[1:] != rows[:-1]
    opens[1:] = differs.any(1) if rows.ndim > 1 else differs
    return opens


def mix64(x: Int64[Tensor, "*n"]) -> Int64[Tensor, "*n"]:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014): every bit of the input moves every bit out."""
    x = x + -0x61C8864680B583EB  # 0x9e3779b97f4a7c15 as a signed integer
    for bits, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15), (31, 1)):  # 0xbf58…, 0x94d0…
        x = (x ^ ((x >> bits) & ((1 << (64 - bits)) - 1))) * factor  # the mask drops copies of the sign
    return x


def _code_points(text: str) -> Int32[Tensor, " characters"]:
    try:
        buffer = bytearray(text.encode("utf-32-le"))
    except UnicodeEncodeError:
        raise SourceError("A name contains a lone surrogate, which is not a character. Give names as UTF-8.") from None
    return torch.frombuffer(buffer, dtype=torch.int32) if buffer else torch.empty(0, dtype=torch.int32)


def _text(code_points: Int32[Tensor, " characters"]) -> str:
    if not len(code_points):
        return ""
    buffer = bytearray(4 * len(code_points))
    torch.frombuffer(buffer, dtype=torch.int32).copy_(code_points)
    return buffer.decode("utf-32-le")
