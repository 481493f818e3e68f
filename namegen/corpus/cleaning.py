"""What a name is: a trimmed line of text in NFC and small letters, without control characters, at most 200 characters.

Turns blocks of bytes into names, and says why other lines are refused. `letter_cases` counts how names are written,
to show generated names in the same way. A tab ends a name; what follows it, up to the next tab, is its label. A
file may begin with a line of titles, such as `name<TAB>gender`: the first of them ends in `name` or `names`.
"""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch

from namegen.corpus.packed_names import Names, control_character, join_texts, normalise
from namegen.corpus.plain_letters import plain_letters
from namegen.corpus.sources import STANDARD_INPUT, Block
from namegen.settings import MAX_NAME_LENGTH, Case, ListSettings

MAX_LINE_BYTES = 16 * MAX_NAME_LENGTH  # NFC makes one character of at most 12 bytes
BAD_LINES_KEPT = 1000
LINES_LOOKED_AT = 1000  # of a block, at most, to find the usual case
ODD = {"comma": ",", "semicolon": ";", "digit": "0123456789", "'@'": "@", "'#'": "#"}
TOO_LONG = f"is longer than {MAX_NAME_LENGTH} characters"
NOT_TEXT = "is not UTF-8 text"
WAYS_OUT = {NOT_TEXT: "Save it as UTF-8", TOO_LONG: "Give one name per line"}
_FROM_TAB = re.compile(r"(?<=[^\n])\t.*")
_TITLES = re.compile(rb"[^\t\n]*names?[ ]*\t[^\n]*", re.IGNORECASE)


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


def letter_cases(text: str) -> Counter[Case]:
    """How many of the first lines of a text are written in which case."""
    found: Counter[Case] = Counter()
    for line in text.split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]:
        first = line[:1]
        if line.isupper() and len(line) > 1:
            found["upper"] += 1
        elif first.lower() != first:
            found["title"] += 1
        elif first.upper() != first:
            found["lower"] += 1
    return found


def usual_case(counts: Counter[Case]) -> Case:
    """The case that most names are written in; `keep` for small letters, or letters that have none."""
    found = next(iter(counts.most_common(1)), ("keep", 0))[0]
    return "keep" if found == "lower" else found


@dataclass
class OddNames:
    """Names of a plain list that contain commas, semicolons or digits, as a table does; `first` is its first name."""

    label: str
    first: str
    names: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, names: Names) -> None:
        """Count the names of a block."""
        self.names += len(names)
        characters = set(names.characters)
        for what, odd in ODD.items():
            if not characters.isdisjoint(odd):
                held = torch.isin(names.code_points, torch.tensor([*map(ord, odd)], dtype=torch.int32)).cumsum(0)
                before = torch.cat([held.new_zeros(1), held])
                places = (before[names.ends] > before[names.starts]).nonzero().squeeze(1)
                self.counts[what] += len(places)
                self.examples.setdefault(what, names[int(places[0])])

    @property
    def note(self) -> str:
        """A note on them, with what to do; empty where there are none."""
        if not self.counts:
            return ""
        what, count = self.counts.most_common(1)[0]
        told = f"{self.label}: {count:,} of {self.names:,} lines hold a {what}, such as {self.examples[what]!r}, read"
        if what not in ("comma", "semicolon"):
            return f"{told} like a letter. Remove them if they are not names"
        source = STANDARD_INPUT if self.label == "standard input" else self.label
        title = self.first.partition(ODD[what])[0].strip('" ') if ODD[what] in self.first else "1"
        return f"{told} as part of the name. `{shlex.quote(f'{source}:{title}')}` reads one column of a table"


@dataclass
class CleanBlock:
    """The names of a block, the lines that are not names, and the cases that names are written in."""

    names: Names
    bad_lines: BadLines
    case: Counter[Case]
    bytes: int = 0
    label: str = ""
    note: str = ""  # of the block
    labels: list[str] = field(default_factory=list)  # of each name, where they were asked for


def clean_block(block: Block, settings: ListSettings = ListSettings(), *, keep_case: bool = False) -> CleanBlock:
    """The names of a block, and their labels where the settings ask for them.

    It is cleaned as a whole unless labels are asked for or a line is bad, which is rare.
    """
    spell = partial(spelled, keep_case=keep_case, ascii=settings.ascii)
    data = block.data
    if block.first_line == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
        titles = _TITLES.match(data)
        data = data[titles.end() :] if titles else data
    try:
        text = data.replace(b"\r\n", b"\n").decode()
        found = None if settings.label else _clean_text(_FROM_TAB.sub("", text) if "\t" in text else text, spell)
    except UnicodeDecodeError:
        found = None
    found = found or _clean_lines(data.split(b"\n"), block.label, block.first_line, spell)
    found.bytes, found.label, found.note = len(block.data), block.label, block.note
    return found


def clean_names(names: Sequence[str], label: str, settings: ListSettings = ListSettings()) -> CleanBlock:
    """As `clean_block`, of strings in memory; empty ones are left out."""
    spell = partial(spelled, ascii=settings.ascii)
    text = names.lines() if isinstance(names, Names) else join_texts("\n", names)
    is_lines = not settings.label and text.count("\n") < max(len(names), 1) and not control_character(text)
    return (is_lines and _clean_text(text, spell)) or _clean_lines(names, label, 1, spell)


def _clean_text(text: str, spell: Callable[[str], str]) -> CleanBlock | None:
    """The names of a text; None where one of its lines is not trimmed or not a name."""
    names = Names.from_lines(spell(text))
    if len(names):
        edges = Names(names.code_points[torch.cat([names.starts, names.ends - 1])], names.lengths)
        is_too_long = int(names.lengths.max()) > MAX_NAME_LENGTH
        if is_too_long or control_character(names.characters) or any(map(str.isspace, edges.characters)):
            return None
    return CleanBlock(names, BadLines(), letter_cases(text))


def _clean_lines(lines: Iterable[str | bytes], label: str, first_line: int, spell: Callable[[str], str]) -> CleanBlock:
    names: list[str] = []
    labels: list[str] = []
    bad, cases = BadLines(), Counter[Case]()
    for number, line in enumerate(lines, start=first_line):
        try:
            text = line if isinstance(line, str) else line[: MAX_LINE_BYTES + 1].decode()
            first, _, rest = text.strip().partition("\t")
            name = spell(first.rstrip())
        except UnicodeDecodeError:
            bad.add(BadLine(label, number, TOO_LONG if len(line) > MAX_LINE_BYTES else NOT_TEXT))
            continue
        if len(line) > MAX_LINE_BYTES or len(name) > MAX_NAME_LENGTH:
            bad.add(BadLine(label, number, TOO_LONG))
        elif found := control_character(name) or ("\n" if "\n" in name else None):
            bad.add(BadLine(label, number, f"contains a control character (U+{ord(found):04X})"))
        elif name:
            names.append(name)
            labels.append(rest.partition("\t")[0])
            if number - first_line < LINES_LOOKED_AT:
                cases += letter_cases(text)
    return CleanBlock(Names.of(names), bad, cases, labels=labels)


def spelled(text: str, *, keep_case: bool = False, ascii: bool) -> str:
    """A text as names are spelled: in normal form C, most often in small letters."""
    text = normalise(text if keep_case else text.lower())
    return plain_letters(text) if ascii else text
