"""Characters ↔ indices. Index 0 is the boundary token, which begins and ends every name and is written `.`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Int32, Int64
from torch import Tensor

from namegen.corpus.packed_names import Names, control_character
from namegen.errors import VocabularyError

BOUNDARY = 0
BOUNDARY_SYMBOL = "."


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a list, in code-point order; the character at place i has index i + 1.

    The boundary token is not a character: a full stop in a name has an index of its own. Raises `VocabularyError`
    where there are no characters, one occurs twice, or one is a control character.

    >>> vocabulary = Vocabulary.of(["emma", "ava"])
    >>> vocabulary.characters, vocabulary.size, vocabulary.encode(["ava"]).tolist()
    ('aemv', 5, [1, 4, 1])
    """

    characters: str

    def __post_init__(self) -> None:
        if not self.characters:
            raise VocabularyError("A vocabulary needs at least one character.")
        if len(set(self.characters)) != len(self.characters):
            raise VocabularyError("A vocabulary cannot have a character twice.")
        if found := control_character(self.characters.replace("\n", "\0")):
            raise VocabularyError(f"A vocabulary cannot have control characters, such as U+{ord(found):04X}.")

    @classmethod
    def of(cls, names: Iterable[str]) -> "Vocabulary":
        """The characters that occur in these names."""
        return cls(Names.of(names).characters)

    @property
    def size(self) -> int:
        """The number of tokens: the characters and the boundary."""
        return len(self.characters) + 1

    @property
    def symbols(self) -> list[str]:
        """What each index is shown as, the boundary as `.`."""
        return [BOUNDARY_SYMBOL, *self.characters]

    @property
    def token_dtype(self) -> torch.dtype:
        """The smallest integer type that holds every index."""
        return torch.uint8 if self.size <= 1 << 8 else torch.int16 if self.size <= 1 << 15 else torch.int32

    def encode(self, names: Iterable[str]) -> Int64[Tensor, " characters"]:
        """The indices of all characters, names end to end. Raises `VocabularyError`, naming an unknown character."""
        tokens = self.lookup(names)
        if not bool(tokens.all()):
            unknown = chr(int(Names.of(names).code_points[tokens.argmin()]))
            raise VocabularyError(
                f"The model does not know the character {unknown!r} (U+{ord(unknown):04X}). "
                f"It knows: {shorten(self.characters)}"
            )
        return tokens

    def spelling(self, text: str) -> str:
        """The text with each character that is not in the vocabulary in its other case, if that is.

        >>> Vocabulary("ano").spelling("Anna")
        'anna'
        """
        return "".join(next((c for c in (c, c.lower(), c.upper()) if c in self.characters), c) for c in text)

    def lookup(self, names: Iterable[str]) -> Int64[Tensor, " characters"]:
        """As `encode`, with 0 for every character that is unknown."""
        code_points = Names.of(names).code_points.long()
        return self._index_of[code_points.clamp(max=len(self._index_of) - 1)]

    def knows(self, names: Iterable[str]) -> Bool[Tensor, " names"]:
        """Which names hold only characters that are in the vocabulary.

        >>> Vocabulary("ano").knows(["anna", "øre"]).tolist()
        [True, False]
        """
        names = Names.of(names)
        name_of = torch.arange(len(names)).repeat_interleave(names.lengths)
        found = torch.ones(len(names), dtype=torch.bool)
        found[name_of[self.lookup(names) == 0]] = False
        return found

    @cached_property
    def code_points(self) -> Int32[Tensor, " vocabulary"]:
        """The Unicode code point of every index; a newline for the boundary, so that rows become lines."""
        return torch.tensor([ord("\n"), *map(ord, self.characters)], dtype=torch.int32)

    @cached_property
    def _index_of(self) -> Int64[Tensor, " code_points"]:
        code_points = self.code_points[1:].long()
        index_of = torch.zeros(int(code_points.max()) + 2, dtype=torch.int64)
        index_of[code_points] = torch.arange(1, self.size)
        return index_of


def shorten(characters: str, width: int = 60) -> str:
    """Characters, cut to fit a line."""
    return characters if len(characters) <= width else f"{characters[:width]}… ({len(characters)} in all)"
