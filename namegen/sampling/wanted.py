"""Which of the names that a model spells may come out, where they are shown in the model's case or in another one.

In the model's case constraints are met to the letter. Where another is asked for, pieces of names are met in either
case, lengths and patterns by what is shown; and what is shown shall be new as well as what the model spelled.
"""

import itertools
from typing import Any

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.sampling.constraints import PIECES, Constraints, is_normal
from namegen.sampling.spelling import Case, change_case
from namegen.text import FIRST_MARK, Names, contains
from namegen.vocabulary import Vocabulary

MOST_SPELLINGS = 64  # of the beginning of a name, that are drawn for or searched


class Wanted:
    """Constraints on names as they are shown, and hashes of names that are known.

    `early` are constraints on the model's own spelling that every wanted name meets, to be asked of half a name.
    Raises `VocabularyError` for a character that the model knows in neither case, `UsageError` for what contradicts.

    >>> wanted = Wanted(Constraints(starts_with="Mo"), "upper", Vocabulary("Mmor"))
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
        self.case = case
        self.known = known
        self.asked = self.constraints = self.early = constraints
        if case != "keep":
            lowered: dict[str, Any] = {wish: tuple(map(str.lower, getattr(constraints, wish))) for wish in PIECES}
            self.constraints = Constraints(
                **lowered, min_length=constraints.min_length, max_length=constraints.max_length
            )
            self.early = _before_respelling(constraints, vocabulary)
        self.is_choosy = bool(constraints.wishes) or any(
            character.isspace() or ord(character) >= FIRST_MARK for character in vocabulary.characters
        )
        constraints.check_characters(vocabulary, in_either_case=case != "keep")

    def shown(self, names: Names) -> Names:
        """The names in the case that is asked for."""
        return change_case(names, self.case)

    def keep(self, names: Names, shown: Names) -> Bool[Tensor, " names"]:
        """Which names meet all constraints but `matches`, and could stand in a list."""
        if self.case == "keep":
            return self.constraints.keep(names)
        return self.constraints.keep(change_case(shown, "lower")) & is_normal(names)

    def match(self, shown: Names) -> Bool[Tensor, " names"]:
        """Which names match: apart from `keep`, since that looks at names one by one."""
        return self.asked.match(shown)

    def is_known(self, names: Names, hashes: Int64[Tensor, " names"]) -> Bool[Tensor, " names"]:
        """Which names are known as the model spells them, or by these hashes of what is shown."""
        if self.known is None:
            return torch.zeros_like(hashes, dtype=torch.bool)
        is_known = contains(self.known, hashes)
        return is_known if self.case == "keep" else is_known | contains(self.known, names.hashes())


def _before_respelling(constraints: Constraints, vocabulary: Vocabulary) -> Constraints:
    """What the model's spelling meets of a name that meets the constraints in either case."""
    pieces = constraints.excludes
    letters = [piece for piece in pieces if len(piece) == 1 and piece.upper().lower() == piece.lower()]  # ß may be SS
    return Constraints(
        starts_with=tuple(spelled for prefix in constraints.starts_with for spelled in _spellings(prefix, vocabulary)),
        excludes=tuple(spelled for letter in letters for spelled in _in_either_case(letter)),
        max_length=constraints.max_length,
    )


def _in_either_case(letter: str) -> dict[str, None]:
    return dict.fromkeys((letter, letter.lower(), letter.upper()))


def _spellings(prefix: str, vocabulary: Vocabulary) -> list[str]:
    """How the model may spell a beginning; of one that it may spell in too many ways, its first characters."""
    known, number = [], 1
    for letter in prefix:
        known.append([spelled for spelled in _in_either_case(letter) if spelled in vocabulary.characters] or [letter])
        number *= len(known[-1])
        if number > MOST_SPELLINGS:
            known.pop()
            break
    return ["".join(spelled) for spelled in itertools.product(*known)]
