"""Which of the names that a model draws are accepted: those that meet the constraints and are not known.

Constraints are compared in the letters of the model, whatever their capitals; capitals are put on last, for display.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.corpus.edit_distance import nearest, one_edit_away
from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import FIRST_MARK, Names, contains
from namegen.corpus.plain_letters import plain_letters
from namegen.corpus.vocabulary import Vocabulary, shorten
from namegen.errors import UsageError, VocabularyError
from namegen.files.model_file import ModelFile
from namegen.sampling.constraints import banned, meets, prefixes
from namegen.sampling.other_lists import OtherLists
from namegen.sampling.patterns import Pattern
from namegen.settings import PIECES, Constraints, NameSettings, names_of

SHORT_LIST = 300  # names at most: nearly all that a longer list has to give would be too near to one of its own
SHORT_NAME = 4  # characters at most: of such names hardly any are two edits from all others
CHECKED_AT_ONCE = 1000  # names, each with some hundreds of texts one edit away


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Names that must not be generated, as sorted hashes: case-folded, or of a model of format 1 letter for letter.

    Nor must names fewer than `min_distance` edits away from them (or from those `listed`), names on `others`, and names
    that contain a piece from `others`.
    """

    hashes: Int64[Tensor, " known"]
    letter_for_letter: bool = False
    listed: Names = field(default_factory=lambda: Names.of([]))
    min_distance: int = 1
    others: OtherLists = field(default_factory=lambda: OtherLists.of(NameSettings()))

    def are_far_from(self, names: Names, characters: str) -> Bool[Tensor, " names"]:
        """Which of these names are `min_distance` edits or more away from all that are known, in these characters.

        Two edits need no list: no text that is one edit away has the hash of a known name.
        """
        if self.min_distance > 2:
            return nearest(names, self.listed, self.min_distance - 1) < 0
        is_far = ~self.hold(names)
        for first in range(0, len(names), CHECKED_AT_ONCE):
            texts, which = one_edit_away(names[first : first + CHECKED_AT_ONCE], characters)
            is_far[first + which[self.hold(texts)]] = False
        return is_far

    def hold(self, names: Names) -> Bool[Tensor, " names"]:
        """Which of these names are known."""
        return contains(self.hashes, names.hashes(folded=not self.letter_for_letter))


def known_names(trained: ModelFile, settings: NameSettings = NameSettings()) -> KnownNames:
    """The names that must not be generated: those on the list of a model, and those that the settings forbid.

    A distance of 0 is 2 for a short list, if its names are not as short as Chinese ones; else 1.

    Raises `UsageError` where more than two edits are to be counted, or names compared in plain letters that the model
    did not learn so, and the list cannot be read again, `SourceError` and `ModelFileError` for a list or model of
    `not_in` that cannot be read.

    >>> import namegen
    >>> model = namegen.train(names=["anna", "emma"], model="bigram", holdout=0)
    >>> known_names(model, NameSettings(min_distance=3))
    Traceback (most recent call last):
    namegen.errors.UsageError: `min_distance` 3 needs the list of the model, which cannot be read again. ...
    """
    hashes = torch.cat([trained.train_hashes, trained.held_out_hashes]).sort().values
    others = OtherLists.of(settings)
    known = KnownNames(hashes, trained.letter_for_letter, others=others)
    if settings.allow_known:
        return replace(known, hashes=NO_NAMES.hashes)
    in_plain = settings.ascii and not trained.record.ascii and not trained.model.vocabulary.characters.isascii()
    is_short = len(hashes) <= SHORT_LIST and trained.record.usual_lengths[1] > SHORT_NAME
    distance = settings.min_distance or (2 if is_short and not settings.raw else 1)
    if distance <= 2 and not in_plain:
        return replace(known, min_distance=distance)
    listed = trained.listed_names()
    if listed is None:
        option = "`ascii`" if in_plain else f"`min_distance` {distance}"
        raise UsageError(
            f"{option} needs the list of the model, which cannot be read again. Leave it out, or name the list in "
            "place of the model."
        )
    if in_plain:
        listed = listed.plain()
        known = replace(known, hashes=listed.hashes().unique())
    return replace(known, listed=listed, min_distance=distance)


NO_NAMES = KnownNames(torch.empty(0, dtype=torch.int64))


class NameFilter:
    """Constraints in the letters of a vocabulary, and names that are known.

    Raises `VocabularyError` for a character that the model does not know, `UsageError` for what is not a pattern.

    >>> name_filter = NameFilter(Constraints(starts_with="Mo"), Vocabulary("mor"))
    >>> name_filter.prefixes, name_filter.keep(Names.of(["mor", "rom"])).tolist()
    (('mo',), [True, False])
    """

    def __init__(self, constraints: Constraints, vocabulary: Vocabulary, known: KnownNames | None = None) -> None:
        def spelled(piece: str) -> str:
            return vocabulary.spelling(plain_letters(piece) if constraints.ascii else piece)

        pieces: dict[str, Any] = {name: tuple(map(spelled, getattr(constraints, name))) for name in PIECES}
        self.constraints = replace(constraints, **pieces)
        self.vocabulary = vocabulary
        self.pattern = Pattern(constraints.matches) if constraints.matches else None
        self.known = known or NO_NAMES
        others = self.known.others
        has_capitals = vocabulary.characters.casefold() != vocabulary.characters
        self.folds = has_capitals and not self.known.letter_for_letter
        self.ascii = constraints.ascii and not vocabulary.characters.isascii()
        letters = plain_letters(vocabulary.characters) if self.ascii else vocabulary.characters
        self.characters = "".join(sorted({*letters}))
        self.prefixes = prefixes(self.constraints)
        self.banned = banned(self.constraints, vocabulary)
        self.max_length = constraints.max_length
        self._check_characters()
        may_be_unclean = any(c.isspace() or ord(c) >= FIRST_MARK for c in vocabulary.characters)
        # Of names on other lists, only those that are compared by another hash need one of their own.
        apart = self.known.letter_for_letter
        self.taken = self.known.hashes if apart else torch.cat([self.known.hashes, others.hashes]).unique()
        self.elsewhere = others.hashes if apart else NO_NAMES.hashes
        forbids = bool(len(self.elsewhere)) or others.blocked is not None
        self.asks_nothing = not constrained(constraints) and not may_be_unclean and not forbids

    def _check_characters(self) -> None:
        constraints = self.constraints
        self.vocabulary.encode([*constraints.starts_with, *constraints.ends_with, *constraints.contains])
        if not self.pattern:
            return
        if constraints.starts_with and not self.pattern.can_begin(constraints.starts_with).any():
            pieces = " or ".join(map(repr, constraints.starts_with))
            raise UsageError(
                f"`starts_with` {pieces} and `matches` {constraints.matches!r} contradict each other. "
                "Leave one of them out."
            )
        if not self.pattern.can_begin(self.vocabulary.characters).any():
            raise VocabularyError(
                f"`matches` {constraints.matches!r}: no name of the model can begin like that. "
                f"The model knows: {shorten(self.vocabulary.characters)}"
            )

    def keep(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names meet all constraints but `matches`."""
        if self.asks_nothing:
            return torch.ones(len(names), dtype=torch.bool)
        names = self.compared(names)
        kept = meets(self.constraints, names)
        if len(self.elsewhere):
            kept &= ~contains(self.elsewhere, names.hashes())
        if self.known.others.blocked:
            kept &= ~self.known.others.blocked.found_in(names)
        return kept

    @property
    def takes_time(self) -> bool:
        """Whether `match` may reject a name."""
        return self.pattern is not None or self.known.min_distance > 1

    def match(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names meet `matches` and `min_distance`: apart from `keep`, since it looks at names one by one."""
        names = self.compared(names)
        kept = self.pattern.matches(names) if self.pattern else torch.ones(len(names), dtype=torch.bool)
        if self.known.min_distance > 1:
            kept[kept.clone()] = self.known.are_far_from(names.select(kept), self.characters)
        return kept

    def hashes(self, names: Names) -> Int64[Tensor, " names"]:
        """The hashes by which names are compared with each other and with those known."""
        return self.compared(names).hashes(folded=self.folds)

    def compared(self, names: Names) -> Names:
        """Names as they are compared: in plain letters where they are shown so."""
        return names.plain() if self.ascii else names

    def accepts(self, names: Names, taken: HashSet) -> Bool[Tensor, " names"]:
        """Which names meet all constraints, and are not taken."""
        accepted = self.keep(names) & ~taken.hold(self.hashes(names))
        accepted[accepted.clone()] = self.match(names.select(accepted))
        return accepted


def constrained(constraints: Constraints) -> dict[str, object]:
    """The constraints that are not at their defaults."""
    return {name: value for name, value in constraints.changed.items() if name in names_of(Constraints)}
