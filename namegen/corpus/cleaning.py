"""What a name is: one trimmed line of text in NFC, without control characters, at most 200 characters long.

This room turns blocks of bytes into names, and says of every line that is none why it is refused. It knows nothing of
which names are the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from namegen.corpus.packed_names import Names, control_character, join_texts, normalise
from namegen.corpus.sources import Block

MAX_NAME_LENGTH = 200
MAX_LINE_BYTES = 16 * MAX_NAME_LENGTH  # NFC makes one character of at most 12 bytes
BAD_LINES_KEPT = 1000
TOO_LONG = f"is longer than {MAX_NAME_LENGTH} characters"


@dataclass(frozen=True)
class BadLine:
    """A line that is no name: where it stands, and why it is refused."""

    label: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.label}, line {self.line}: {self.reason}"


@dataclass
class BadLines:
    """The lines of a list that are no names: how many for which reason, and the first few themselves."""

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


def clean_block(block: Block, *, lower: bool = False) -> tuple[Names, BadLines]:
    """The names of a block of lines, and the lines that are none.

    A block that is well formed, as nearly all are, is handled as a whole; only otherwise line by line.
    """
    data = block.data.removeprefix(b"\xef\xbb\xbf") if block.begins_file else block.data
    try:
        names = Names.from_lines(_normalised(data.replace(b"\r\n", b"\n").decode(), lower))
    except UnicodeDecodeError:
        return _clean_lines(data, block, lower)
    return (names, BadLines()) if _are_clean(names) else _clean_lines(data, block, lower)


def clean_names(names: Sequence[str], label: str, lower: bool) -> tuple[Names, BadLines]:
    """As `clean_block`, of strings in memory; empty ones are left out."""
    text = names.lines() if isinstance(names, Names) else join_texts("\n", names)
    if text.count("\n") < max(len(names), 1) and not control_character(text):
        packed = Names.from_lines(_normalised(text, lower))
        if _are_clean(packed):
            return packed, BadLines()
    kept, bad = [], BadLines()
    for number, line in enumerate(names, start=1):
        name, reason = _clean_line(line, lower)
        if reason:
            bad.add(BadLine(label, number, reason))
        elif name:
            kept.append(name)
    return Names.of(kept), bad


def _clean_line(line: str, lower: bool = False) -> tuple[str, str]:
    """The name that a line holds, and why it is refused ('' where it is not)."""
    name = _normalised(line.strip(), lower)
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


def _clean_lines(data: bytes, block: Block, lower: bool) -> tuple[Names, BadLines]:
    names: list[str] = []
    bad = BadLines()
    for number, raw in enumerate(data.split(b"\n"), start=block.first_line):
        try:
            name, reason = ("", TOO_LONG) if len(raw) > MAX_LINE_BYTES else _clean_line(raw.decode(), lower)
        except UnicodeDecodeError:
            name, reason = "", "is not UTF-8 text"
        if reason:
            bad.add(BadLine(block.label, number, reason))
        elif name:
            names.append(name)
    return Names.of(names), bad


def _normalised(text: str, lower: bool) -> str:
    return normalise(text.lower() if lower else text)
