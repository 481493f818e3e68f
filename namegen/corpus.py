"""From a source to a clean list of names, and from a list to its train, validation and test parts.

This room decides what a name is (one trimmed line of text in NFC, without control characters, at most 200
characters long), which names are the same, and which part a name belongs to. It knows nothing of models.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.errors import SourceError, UsageError
from namegen.sources import BLOCK_BYTES, STANDARD_INPUT, Block, read_blocks
from namegen.text import Names, control_character, mix64

MAX_NAME_LENGTH = 200
BAD_LINES_KEPT = 1000
MAX_LINE_BYTES = 16 * MAX_NAME_LENGTH  # NFC makes one character of at most 12 bytes

_SPACE_AT_EDGE = re.compile(r"^[^\S\n]|[^\S\n]$", re.MULTILINE)


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


@dataclass(frozen=True, eq=False)
class Split:
    """The three parts of a list: what a model learns from, what it is tuned on, what it is judged by.

    The last two are empty where everything is trained on.
    """

    train: Names
    validation: Names
    test: Names

    @property
    def parts(self) -> dict[str, Names]:
        """The parts that are not empty, by name."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in parts.items() if len(part)}

    @property
    def held_out(self) -> Names:
        """The names that are not trained on."""
        return Names.join([self.validation, self.test])


def read_corpus(
    sources: str | Sequence[str],
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
    corpus = scan_corpus(sources, lower=lower, keep_duplicates=keep_duplicates, stop_at_bad_line=not skip_bad_lines)
    _check_enough(corpus)
    return corpus


def scan_corpus(
    sources: str | Sequence[str],
    *,
    lower: bool = False,
    keep_duplicates: bool = False,
    stop_at_bad_line: bool = False,
    block_bytes: int = BLOCK_BYTES,
) -> Corpus:
    """Read sources for a report: bad lines are collected, and a list too short to learn from is no error."""
    sources = (sources,) if isinstance(sources, str) else tuple(sources)
    if sources.count(STANDARD_INPUT) > 1:
        raise UsageError("Standard input (-) can be read only once. Name it once.")
    parts: list[Names] = []
    bad_lines = BadLines()
    for source in sources:
        for block in read_blocks(source, block_bytes):
            names, bad = clean_block(block, lower=lower)
            if bad and stop_at_bad_line:
                raise SourceError(f"{bad.first[0]}. Mend it, or pass --skip-bad-lines to leave such lines out.")
            parts.append(names)
            bad_lines.join(bad)
    return _corpus(Names.join(parts), sources, bad_lines, keep_duplicates)


def corpus_of(
    names: Iterable[str], *, label: str = "the list", lower: bool = False, keep_duplicates: bool = False
) -> Corpus:
    """A corpus from strings in memory, cleaned by the same rules as a file. Raises `SourceError`.

    >>> corpus = corpus_of(["Zoë", " Ada ", "Ada"])
    >>> list(corpus.names), corpus.duplicates
    (['Zoë', 'Ada'], 1)
    """
    kept: list[str] = []
    for number, line in enumerate(names, start=1):
        name, reason = _clean_line(line, lower)
        if reason:
            raise SourceError(f"{BadLine(label, number, reason)}. Leave it out.")
        if name:
            kept.append(name)
    corpus = _corpus(Names.of(kept), (label,), BadLines(), keep_duplicates)
    _check_enough(corpus)
    return corpus


def split(names: Names, holdout: float = 0.2, seed: int = 0) -> Split:
    """Divide names by a hash of the name itself: half of `holdout` for validation, half for test, the rest to train.

    Equal names always fall into the same part, and adding names moves no other name. A smaller `holdout` keeps out
    a part of what a larger one does. Raises `UsageError` for a holdout outside [0, 0.9], `SourceError` where no
    name is left for a part.

    >>> parts = split(read_corpus("names").names)
    >>> len(parts.train) > 7 * len(parts.test) > 0
    True
    """
    if not 0 <= holdout <= 0.9:
        raise UsageError(f"holdout {holdout} is outside what is allowed: 0 (train on everything) to 0.9.")
    lots = uniform_lots(names.hashes(), seed)
    tests = lots >= 1 - holdout / 2
    validations = (lots >= 1 - holdout) & ~tests
    parts = Split(names.select(~(tests | validations)), names.select(validations), names.select(tests))
    if holdout and not all(map(len, (parts.train, parts.validation, parts.test))):
        raise SourceError(
            f"The list is too short ({len(names)} names) to keep some of it for validation and test. "
            "Pass --holdout 0 to train on everything."
        )
    return parts


def split_off(names: Names, validation: Names) -> Split:
    """Train on names, validate on another list; a name that stands in both is not trained on.

    Raises `SourceError` where nothing is left to train on.
    """
    train = names.select(~torch.isin(names.hashes(), validation.hashes()))
    if not len(train):
        raise SourceError("Every name of the list stands in the validation list too. Give another one.")
    return Split(train, validation, Names.of([]))


def divide(corpus: Corpus, validation: str | None, lower: bool, holdout: float, seed: int) -> Split:
    """The parts of a list: by `holdout`, or against a validation list of its own. Raises `SourceError`."""
    if validation is None:
        return split(corpus.names, holdout, seed)
    return split_off(corpus.names, read_corpus(validation, lower=lower).names)


def hold_back(names: Names, seed: int) -> Split:
    """Keep a few names, chosen by their hashes, for tuning: one in a hundred, or 300, but at most one in ten."""
    few = max(1, min(max(300, len(names) // 100), len(names) // 10))
    lots = uniform_lots(names.hashes(), seed)
    is_held_back = lots <= lots.sort().values[few - 1]
    return Split(names.select(~is_held_back), names.select(is_held_back), Names.of([]))


def uniform_lots(hashes: Int64[Tensor, " names"], seed: int) -> Tensor:
    """A number in [0, 1) for every name, decided by its hash and a seed."""
    if not -(1 << 63) <= seed < 1 << 63:
        raise UsageError(f"split seed {seed} is outside what is allowed: -2^63 to 2^63 - 1.")
    salt = mix64(torch.tensor([seed], dtype=torch.int64))
    return (mix64(hashes ^ salt) >> 11 & ((1 << 53) - 1)).double() / (1 << 53)


def first_of_each(hashes: Int64[Tensor, " names"]) -> Bool[Tensor, " names"]:
    """True where a hash stands for the first time."""
    ordered, order = hashes.sort(stable=True)
    is_first = torch.ones_like(ordered, dtype=torch.bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return torch.empty_like(is_first).scatter_(0, order, is_first)


def clean_block(block: Block, *, lower: bool = False) -> tuple[Names, BadLines]:
    """The names of a block of lines, and the lines that are none.

    A block that is well formed, as nearly all are, is handled as a whole; only otherwise line by line.
    """
    data = block.data.removeprefix(b"\xef\xbb\xbf") if block.first_line == 1 else block.data
    try:
        text = _normalised(data.replace(b"\r\n", b"\n").decode(), lower)
    except UnicodeDecodeError:
        return _clean_lines(data, block, lower)
    if control_character(text) or _SPACE_AT_EDGE.search(text):
        return _clean_lines(data, block, lower)
    names = Names.from_lines(text)
    if len(names) and int(names.lengths.max()) > MAX_NAME_LENGTH:
        return _clean_lines(data, block, lower)
    return names, BadLines()


def _clean_lines(data: bytes, block: Block, lower: bool) -> tuple[Names, BadLines]:
    names: list[str] = []
    bad = BadLines()
    for number, raw in enumerate(data.split(b"\n"), start=block.first_line):
        try:
            name, reason = ("", _TOO_LONG) if len(raw) > MAX_LINE_BYTES else _clean_line(raw.decode(), lower)
        except UnicodeDecodeError:
            name, reason = "", "is not UTF-8 text"
        if reason:
            bad.add(BadLine(block.label, number, reason))
        elif name:
            names.append(name)
    return Names.of(names), bad


_TOO_LONG = f"is longer than {MAX_NAME_LENGTH} characters"


def _clean_line(line: str, lower: bool = False) -> tuple[str, str]:
    """The name that a line holds, and why it is refused ('' where it is not)."""
    name = _normalised(line.strip(), lower)
    if len(name) > MAX_NAME_LENGTH:
        return "", _TOO_LONG
    if found := control_character(name) or ("\n" if "\n" in name else None):
        return "", f"contains a control character (U+{ord(found):04X})"
    return name, ""


def _normalised(text: str, lower: bool) -> str:
    return unicodedata.normalize("NFC", text.lower() if lower else text)


def _corpus(names: Names, sources: tuple[str, ...], bad_lines: BadLines, keep_duplicates: bool) -> Corpus:
    is_first = first_of_each(names.hashes())
    duplicates = len(names) - int(is_first.sum())
    kept = names if keep_duplicates or not duplicates else names.select(is_first)
    return Corpus(kept, sources, len(names) - duplicates, duplicates, bad_lines)


def _check_enough(corpus: Corpus) -> None:
    where = ", ".join("standard input" if source == STANDARD_INPUT else source for source in corpus.sources)
    if not len(corpus.names):
        left_out = f" ({len(corpus.bad_lines)} bad lines left out)" if corpus.bad_lines else ""
        raise SourceError(f"{where}: holds no names{left_out}. Give a list with one name per line.")
    if corpus.distinct == 1:
        raise SourceError(f"{where}: holds one name only. A list needs at least two different names.")


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
