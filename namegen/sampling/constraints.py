"""What names shall be like: how they begin and end, what stands in them and what does not, how long they are.

A constraint is a question with a yes or a no, asked of whole names, many at once. This room knows nothing of how
names are drawn or found; those who draw may ask early (`banned`, `max_length`), for speed, of half a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from unicodedata import is_normalized

import torch
from jaxtyping import Bool
from torch import Tensor

from namegen.config import Config
from namegen.corpus.cleaning import MAX_NAME_LENGTH
from namegen.corpus.packed_names import Names, normalise
from namegen.corpus.vocabulary import Vocabulary, shorten
from namegen.errors import UsageError, VocabularyError, setting
from namegen.sampling.patterns import Pattern

Pieces = str | Sequence[str]
PIECES = ("starts_with", "ends_with", "contains", "excludes")


SPACES = torch.tensor([code for code in range(0x3001) if chr(code).isspace()], dtype=torch.int32)


@dataclass(frozen=True)
class Constraints(Config):
    """What names shall be like. Pieces are one text or several; they are kept as tuples, without empty ones.

    Raises `UsageError` for wishes that contradict each other.

    >>> Constraints(starts_with="mo", max_length=4).keep(Names.of(["mona", "moira", "anna"])).tolist()
    [True, False, False]
    >>> Constraints(contains="q", excludes="q")
    Traceback (most recent call last):
    namegen.errors.UsageError: contains 'q' and excludes 'q' contradict each other. Leave one of them out.
    """

    starts_with: Pieces = ()  # one of these
    ends_with: Pieces = ()  # one of these
    contains: Pieces = ()  # all of these
    excludes: Pieces = ()  # none of these
    min_length: int = 1  # in characters
    max_length: int = MAX_NAME_LENGTH
    matches: str = ""  # a regular expression that the whole name matches

    def __post_init__(self) -> None:
        self.check_types()
        for name in PIECES:
            given = getattr(self, name)
            pieces = map(normalise, (given,) if isinstance(given, str) else given)
            object.__setattr__(self, name, tuple(dict.fromkeys(filter(None, pieces))))
            for piece in getattr(self, name):
                check_text(name.replace("_", " "), piece)
        check_text("matches", self.matches)
        object.__setattr__(self, "matches", normalise(self.matches))
        self.check("min_length", 1, MAX_NAME_LENGTH)
        self.check("max_length", 1, MAX_NAME_LENGTH)
        if self.min_length > self.max_length:
            raise UsageError(
                f"min length {self.min_length} is more than max length {self.max_length}. Change one of them."
            )
        self._check_pieces()
        _ = self.pattern  # what is none is told at once

    def _check_pieces(self) -> None:
        for wish in ("starts_with", "ends_with", "contains"):
            for piece in getattr(self, wish):
                said = f"{wish.replace('_', ' ')} {piece!r}"
                if len(piece) > self.max_length:
                    raise UsageError(
                        f"{said} is longer than max length {self.max_length}. Raise that, or shorten this."
                    )
                for excluded in self.excludes:
                    if excluded in piece:
                        raise UsageError(
                            f"{said} and excludes {excluded!r} contradict each other. Leave one of them out."
                        )

    @cached_property
    def pattern(self) -> Pattern | None:
        """The compiled form of `matches`, if there is one."""
        return Pattern(self.matches) if self.matches else None

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """What names begin with, one of these; none of them begins with another. Nothing asked: the empty text."""
        shortest_first = sorted(self.starts_with, key=len)
        return tuple(p for i, p in enumerate(shortest_first) if not p.startswith(tuple(shortest_first[:i]))) or ("",)

    @property
    def wishes(self) -> dict[str, object]:
        """What is asked for beyond any name: the constraints that are not at their defaults."""
        own = {field.name for field in fields(Constraints)}
        return {name: value for name, value in self.changed.items() if name in own}

    def check_characters(self, vocabulary: Vocabulary) -> None:
        """Raise `VocabularyError` for what no name of this vocabulary can hold, `UsageError` for contradictions."""
        vocabulary.encode(
            [*self.starts_with, *self.ends_with, *self.contains],
            or_else=f"or ask for the capitals with {setting('case', 'title')}",
        )
        if not self.pattern:
            return
        if self.starts_with and not self.pattern.can_begin(self.starts_with).any():
            said = " or ".join(map(repr, self.starts_with))
            raise UsageError(
                f"starts with {said} and matches {self.matches!r} contradict each other. Leave one of them out."
            )
        if not self.pattern.can_begin(vocabulary.characters).any():
            raise VocabularyError(
                f"matches {self.matches!r}: no name of the model can begin like that. Capitals and small letters are "
                f"the same with (?i) before it. The model knows: {shorten(vocabulary.characters)}"
            )

    def banned(self, vocabulary: Vocabulary) -> Bool[Tensor, " vocabulary"]:
        """The tokens that no wanted name holds."""
        banned = torch.zeros(vocabulary.size, dtype=torch.bool)
        banned[vocabulary.lookup([piece for piece in self.excludes if len(piece) == 1])] = True
        banned[0] = False  # what the vocabulary does not know was looked up as 0
        return banned

    def keep(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names meet everything but `matches`, and could stand in a list.

        None there begins or ends with a space, or spells in two characters what Unicode has one for.
        """
        return self.fits(names) & is_clean(names) & self.holds_pieces(names)

    def fits(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names are neither too short nor too long."""
        return (names.lengths >= self.min_length) & (names.lengths <= self.max_length)

    def holds_pieces(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names begin, end, and hold in between what they shall."""
        kept = torch.ones(len(names), dtype=torch.bool)
        for pieces, test in ((self.starts_with, _starts_with), (self.ends_with, _ends_with)):
            if pieces:
                kept &= torch.stack([test(names, piece) for piece in pieces]).any(0)
        for piece in self.contains:
            kept &= _contains(names, piece)
        for piece in self.excludes:
            kept &= ~_contains(names, piece)
        return kept

    def match(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names meet `matches`: apart from `keep`, since it looks at names one by one."""
        return self.pattern.matches(names) if self.pattern else torch.ones(len(names), dtype=torch.bool)


def check_text(wish: str, text: str) -> None:
    """Raise `UsageError` for a line break, and for half a character, as which bytes that are not UTF-8 arrive."""
    if "\n" in text:
        raise UsageError(f"{wish} {text!r}: holds a line break, which no name does. Leave it out.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{wish} {text!r}: is not UTF-8. Type it in a UTF-8 terminal.") from None


def is_clean(names: Names) -> Bool[Tensor, " names"]:
    """Which names could stand in a list: neither begin nor end with a space, and are in normal form C."""
    return _is_trimmed(names) & _is_normal(names)


def _is_trimmed(names: Names) -> Bool[Tensor, " names"]:
    at_edge = torch.zeros(len(names), dtype=torch.bool)
    if len(names.code_points):
        is_space = torch.isin(names.code_points, SPACES)
        for places in (names.starts, names.ends - 1):
            at_edge |= is_space[places.clamp(0, len(is_space) - 1)]
    return ~at_edge


def _is_normal(names: Names) -> Bool[Tensor, " names"]:
    """Which names are in normal form C, as all names of lists are."""
    if not names.may_hold_marks() or is_normalized("NFC", names.lines()):
        return torch.ones(len(names), dtype=torch.bool)
    return torch.tensor([is_normalized("NFC", name) for name in names])


def _hits(names: Names, piece: str) -> Bool[Tensor, " places"]:
    """At which places of the run of code points the piece stands; a piece may run over the end of a name here."""
    places = len(names.code_points) - len(piece) + 1
    hits = torch.ones(max(places, 0), dtype=torch.bool)
    for offset, character in enumerate(piece if places > 0 else ""):
        hits &= names.code_points[offset : offset + places] == ord(character)
    return hits


def _contains(names: Names, piece: str) -> Bool[Tensor, " names"]:
    fits = names.lengths >= len(piece)
    hits_before = torch.cat([torch.zeros(1, dtype=torch.int64), _hits(names, piece).cumsum(0)])
    first, beyond = names.starts[fits], names.ends[fits] - len(piece) + 1
    found = torch.zeros_like(fits)
    found[fits] = hits_before[beyond] > hits_before[first]
    return found


def _starts_with(names: Names, piece: str) -> Bool[Tensor, " names"]:
    return _stands_at(names, piece, names.starts)


def _ends_with(names: Names, piece: str) -> Bool[Tensor, " names"]:
    return _stands_at(names, piece, names.ends - len(piece))


def _stands_at(names: Names, piece: str, places: Tensor) -> Bool[Tensor, " names"]:
    fits = names.lengths >= len(piece)
    found = torch.zeros_like(fits)
    found[fits] = _hits(names, piece)[places[fits]]
    return found
