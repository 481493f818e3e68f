"""Which of the names that a model spells may come out, where they are shown in the model's case or in another one.

In the model's case constraints are met to the letter. Where another is asked for, pieces of names are met in either
case, lengths and patterns by what is shown; and what is shown shall be new as well as what the model spelled.
"""

from typing import Any
from unicodedata import combining

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.corpus.cleaning import MAX_NAME_LENGTH
from namegen.corpus.packed_names import FIRST_MARK, Names, contains
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SamplingError, UsageError
from namegen.sampling.casing import Case, change_case, folded
from namegen.sampling.constraints import PIECES, Constraints, is_clean

MOST_SPELLINGS = 64  # of the beginning of a name, that are drawn for or searched


class NameFilter:
    """Constraints on names as they are shown, and hashes of names that are known.

    `early` are constraints on the model's own spelling that every wanted name meets, to be asked of half a name.
    Raises `VocabularyError` for a character that the model does not know, `SamplingError` where no name begins as
    wanted, `UsageError` for wishes that contradict each other.

    >>> wanted = NameFilter(Constraints(starts_with="Mo"), "upper", Vocabulary("Mmor"))
    >>> wanted.early.starts_with, wanted.shown(Names.of(["mor"]))[0]
    (('Mo', 'mo'), 'MOR')
    """

    def __init__(
        self,
        constraints: Constraints,
        case: Case,
        vocabulary: Vocabulary,
        known: Int64[Tensor, " hashes"] | None = None,
    ) -> None:
        self.constraints = self.early = constraints
        self.case = case
        self.known = known
        self.is_choosy = bool(constraints.wishes) or any(
            character.isspace() or ord(character) >= FIRST_MARK for character in vocabulary.characters
        )
        if case == "keep":
            constraints.check_characters(vocabulary)
        else:
            _check_folded(constraints, vocabulary)
            pieces: dict[str, Any] = {wish: tuple(map(folded, getattr(constraints, wish))) for wish in PIECES}
            self.folded = Constraints(**pieces)
            self.early = _before_respelling(self.folded, constraints.max_length, vocabulary)

    def shown(self, names: Names) -> Names:
        """The names in the case that is asked for."""
        return change_case(names, self.case)

    def keep(self, names: Names, shown: Names) -> Bool[Tensor, " names"]:
        """Which names meet all constraints but `matches`, and could stand in a list."""
        if self.case == "keep":
            return self.constraints.keep(names)
        as_compared = Names.from_lines(folded(names.lines())) if len(names) else names
        return is_clean(names) & self.constraints.fits(shown) & self.folded.holds_pieces(as_compared)

    def match(self, shown: Names) -> Bool[Tensor, " names"]:
        """Which names match: apart from `keep`, since that looks at names one by one."""
        return self.constraints.match(shown)

    def is_known(self, names: Names, hashes: Int64[Tensor, " names"]) -> Bool[Tensor, " names"]:
        """Which names are known as the model spells them, or by these hashes of what is shown."""
        if self.known is None:
            return torch.zeros_like(hashes, dtype=torch.bool)
        is_known = contains(self.known, hashes)
        return is_known if self.case == "keep" else is_known | contains(self.known, names.hashes())


def _check_folded(constraints: Constraints, vocabulary: Vocabulary) -> None:
    """As `Constraints` and its `check_characters` do to the letter, of pieces that are met in either case."""
    known = set(folded(vocabulary.characters))
    for wish in PIECES[:-1]:
        for piece in getattr(constraints, wish):
            vocabulary.encode([character for character in piece if not known.issuperset(folded(character))])
            for excluded in constraints.excludes:
                if folded(excluded) in folded(piece):
                    raise UsageError(
                        f"{wish.replace('_', ' ')} {piece!r} and excludes {excluded!r} contradict each other, since "
                        "they are met in either case. Leave one of them out."
                    )


def _before_respelling(folded_constraints: Constraints, max_length: int, vocabulary: Vocabulary) -> Constraints:
    """What the model's own spelling meets of a name that meets the constraints."""
    starts = folded_constraints.starts_with
    beginnings = [spelled for start in starts for spelled in _spellings(start, vocabulary)]
    if starts and not beginnings:
        raise SamplingError("No name of this model begins so. Ask for another beginning.")
    excluded = [c for c in vocabulary.characters if any(piece in folded(c) for piece in folded_constraints.excludes)]
    may_shrink = any(map(combining, vocabulary.characters))  # since a mark may join the letter before it
    longest = min(max_length * (1 + may_shrink), MAX_NAME_LENGTH)
    return Constraints(starts_with=tuple(beginnings), excludes=tuple(excluded), max_length=longest)


def _spellings(start: str, vocabulary: Vocabulary) -> list[str]:
    """What the model may spell that begins so when it is folded; of too many, their first characters."""
    letters = [(character, folded(character)) for character in vocabulary.characters]
    whole: list[str] = []
    parts = [("", start)]  # each with the rest that is still to be spelled
    while parts:
        longer = [
            (spelled + character, rest[len(letter) :])
            for spelled, rest in parts
            for character, letter in letters
            if rest.startswith(letter) or letter.startswith(rest)
        ]
        if len(whole) + len(longer) > MOST_SPELLINGS:
            return [*whole, *(spelled for spelled, _ in parts)]
        whole += [spelled for spelled, rest in longer if not rest]
        parts = [(spelled, rest) for spelled, rest in longer if rest]
    return whole
