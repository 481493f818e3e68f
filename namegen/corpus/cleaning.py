"""What a name is: a trimmed line of text in NFC and small letters, without control characters, at most 200 characters.

Turns blocks of bytes into names, and says why other lines are refused. `LetterCase` counts how names are written, so
that generated names can be shown the same way.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from namegen.corpus.packed_names import Names, control_character, join_texts, normalise
from namegen.corpus.sources import Block
from namegen.settings import MAX_NAME_LENGTH, Case

MAX_LINE_BYTES = 16 * MAX_NAME_LENGTH  # NFC makes one character of at most 12 bytes
BAD_LINES_KEPT = 1000
LINES_LOOKED_AT = 1000  # of a block, at most, to see how names are written
TOO_LONG = f"is longer than {MAX_NAME_LENGTH} characters"


@dataclass(frozen=True)
class BadLine:
    """A line that is not a name: its number, and why it is refused."""

    label: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.label}, line {self.line}: {self.reason}"


@dataclass
class BadLines:
    """The lines of a list that are not names: how many for each reason, and the first few of them."""

    reasons: Counter[str] = field(default_factory=Counter)
    first: list[BadLine] = field(default_factory=list)

    def __len__(self) -> int:
        return self.reasons.total()

    def add(self, line: BadLine) -> None:
        """Count a line."""
        self.reasons[line.reason] += 1
        if len(self.first) < BAD_LINES_KEPT:
            self.first.append(line)

    def join(self, later: "BadLines") -> None:
        """Count the lines of a later block."""
        self.reasons += later.reasons
        self.first += later.first[: BAD_LINES_KEPT - len(self.first)]


@dataclass
class LetterCase:
    """How many names of a list are written in which case."""

    counts: Counter[Case] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Look at the first lines of a text."""
        for line in text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]:
            first = line[:1]
            if line.isupper() and len(line) > 1:
                self.counts["upper"] += 1
            elif first.lower() != first:
                self.counts["title"] += 1
            elif first.upper() != first:
                self.counts["lower"] += 1

    def join(self, later: "LetterCase") -> None:
        """Count the names of a later block."""
        self.counts += later.counts

    @property
    def usual(self) -> Case:
        """The case that most names are written in; `keep` for small letters, or letters that have none.

        >>> case = LetterCase()
        >>> case.add("Anna\\nOtto\\nzoe")
        >>> case.usual
        'title'
        """
        found = self.counts.most_common(1)
        return "keep" if not found or found[0][0] == "lower" else found[0][0]


@dataclass
class CleanBlock:
    """The names of a block, the lines that are not names, and in which case they are written."""

    names: Names
    bad_lines: BadLines
    case: LetterCase
    bytes: int = 0


def clean_block(block: Block, *, keep_case: bool = False) -> CleanBlock:
    """The names of a block of lines.

    A block without bad lines, as nearly all are, is handled as a whole, any other line by line.
    """
    data = block.data.removeprefix(b"\xef\xbb\xbf") if block.begins_file else block.data
    case = LetterCase()
    try:
        text = data.replace(b"\r\n", b"\n").decode()
    except UnicodeDecodeError:
        return _clean_lines(data, block, keep_case)
    names = Names.from_lines(_normalised(text, keep_case))
    if not _are_clean(names):
        return _clean_lines(data, block, keep_case)
    case.add(text)
    return CleanBlock(names, BadLines(), case, len(block.data))


def clean_names(names: Sequence[str], label: str, *, keep_case: bool = False) -> CleanBlock:
    """As `clean_block`, of strings in memory; empty ones are left out."""
    text = names.lines() if isinstance(names, Names) else join_texts("\n", names)
    case = LetterCase()
    case.add(text)
    if text.count("\n") < max(len(names), 1) and not control_character(text):
        packed = Names.from_lines(_normalised(text, keep_case))
        if _are_clean(packed):
            return CleanBlock(packed, BadLines(), case)
    kept, bad = [], BadLines()
    for number, line in enumerate(names, start=1):
        name, reason = _clean_line(line, keep_case)
        if reason:
            bad.add(BadLine(label, number, reason))
        elif name:
            kept.append(name)
    return CleanBlock(Names.of(kept), bad, case)


def _clean_line(line: str, keep_case: bool = False) -> tuple[str, str]:
    """The name on a line, and why it is refused ('' where it is not)."""
    name = _normalised(line.strip(), keep_case)
    if len(name) > MAX_NAME_LENGTH:
        return "", TOO_LONG
    if found := control_character(name) or ("\n" if "\n" in name else None):
        return "", f"contains a control character (U+{ord(found):04X})"
    return name, ""


def _are_clean(names: Names) -> bool:
    if not len(names):
        return True
    edges = names.code_points[torch.cat([names.starts, names.ends - 1])]
    return (
        int(names.lengths.max()) <= MAX_NAME_LENGTH
        and not control_character(names.characters())
        and not any(character.isspace() for character in Names(edges, names.lengths).characters())
    )


def _clean_lines(data: bytes, block: Block, keep_case: bool) -> CleanBlock:
    names: list[str] = []
    bad, case = BadLines(), LetterCase()
    for number, raw in enumerate(data.split(b"\n"), start=block.first_line):
        try:
            line = raw.decode() if len(raw) <= MAX_LINE_BYTES else ""
            name, reason = ("", TOO_LONG) if len(raw) > MAX_LINE_BYTES else _clean_line(line, keep_case)
        except UnicodeDecodeError:
            name, reason = "", "is not UTF-8 text"
        if reason:
            bad.add(BadLine(block.label, number, reason))
        elif name:
            names.append(name)
            if number - block.first_line < LINES_LOOKED_AT:
                case.add(line)
    return CleanBlock(Names.of(names), bad, case, len(block.data))


def _normalised(text: str, keep_case: bool) -> str:
    return normalise(text if keep_case else text.lower())
