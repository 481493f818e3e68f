"""From a list to its train, validation and test parts.

This room decides which part a name belongs to: a hash of the name itself does, or a list of names to validate on. It
knows nothing of models.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.arguments import checked
from namegen.corpus.packed_names import HASHED_AT_ONCE, Names, contains, mix64
from namegen.corpus.reading import Corpus, read_corpus
from namegen.errors import SourceError, UsageError, setting

PARTS = ("train", "validation", "test")
SAMPLING_SEED = -1  # so that who is chosen has nothing to do with who is held out
TRAIN, VALIDATION, TEST, NOWHERE = range(4)  # places in PARTS, and none of them


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
    def sizes(self) -> dict[str, int]:
        """How many names there are in each part that is not empty."""
        return {name: len(part) for name, part in self.parts.items()}

    @property
    def held_out(self) -> Names:
        """The names that are not trained on."""
        return Names.join([self.validation, self.test])


@dataclass(frozen=True, eq=False)
class SplitRule:
    """Which part a name belongs to, decided by its hash, and so for one name after the other.

    Half of `holdout` is for validation, half for test, the rest to train; or, where there are the sorted hashes of
    the names of a `validation` list, all others are to train. Raises `UsageError` for a holdout outside [0, 0.9].
    """

    holdout: float = 0.2
    seed: int = 0
    validation: Int64[Tensor, " validation"] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.holdout <= 0.9:
            raise UsageError(f"holdout {self.holdout} is outside what is allowed: 0 (train on everything) to 0.9.")

    def parts_of(self, hashes: Int64[Tensor, " names"]) -> Int64[Tensor, " names"]:
        """The part of each name, as its place in `PARTS`; or `NOWHERE`, since it stands in the validation list."""
        if self.validation is not None:
            return torch.where(contains(self.validation, hashes), NOWHERE, TRAIN)
        lots = uniform_lots(hashes, self.seed)
        return torch.where(lots >= 1 - self.holdout / 2, TEST, torch.where(lots >= 1 - self.holdout, VALIDATION, TRAIN))

    def check(self, sizes: Mapping[str, int]) -> None:
        """Raise `SourceError` where no name is left for a part that was asked for."""
        if self.validation is None and self.holdout and not all(sizes.get(part) for part in PARTS):
            raise SourceError(
                f"The list is too short ({sum(sizes.values())} names) to keep some of it for validation and test. "
                f"Pass {setting('holdout', 0)} to train on everything."
            )
        if self.validation is not None and not sizes.get("train"):
            raise SourceError("Every name of the list stands in the validation list too. Give another one.")


@checked
def split(names: Iterable[str], holdout: float = 0.2, seed: int = 0) -> Split:
    """Divide names by a hash of the name itself: half of `holdout` for validation, half for test, the rest to train.

    Equal names always fall into the same part, and adding names moves no other name. A smaller `holdout` keeps out
    a part of what a larger one does. Raises `UsageError` for a holdout outside [0, 0.9], `SourceError` where no
    name is left for a part.

    >>> parts = split(read_corpus("names").names)
    >>> len(parts.train) > 7 * len(parts.test) > 0
    True
    """
    names = Names.of(names)
    division = SplitRule(holdout, seed)
    part = division.parts_of(names.hashes())
    parts = Split(*(names.select(part == place) for place in range(len(PARTS))))
    division.check(parts.sizes)
    return parts


def split_off(names: Names, validation: Names) -> Split:
    """Train on names, validate on another list; a name that stands in both is not trained on.

    Raises `SourceError` where nothing is left to train on.
    """
    division = SplitRule(validation=validation.hashes().unique())
    parts = Split(names.select(division.parts_of(names.hashes()) == TRAIN), validation, Names.of([]))
    division.check(parts.sizes)
    return parts


def split_corpus(
    corpus: Corpus, validation: str | None, lower: bool, skip_bad_lines: bool, holdout: float, seed: int
) -> Split:
    """The parts of a list: by `holdout`, or against a validation list of its own. Raises `SourceError`."""
    if validation is None:
        return split(corpus.names, holdout, seed)
    return split_off(corpus.names, read_corpus(validation, lower=lower, skip_bad_lines=skip_bad_lines).names)


def hold_back(names: Names, seed: int) -> Split:
    """Keep a few names, chosen by their hashes, for tuning: one in a hundred, or 300, but at most one in ten."""
    few = max(1, min(max(300, len(names) // 100), len(names) // 10))
    lots = uniform_lots(names.hashes(), seed)
    is_held_back = lots <= lots.sort().values[few - 1]
    return Split(names.select(~is_held_back), names.select(is_held_back), Names.of([]))


def choose_at_most(few: int, names: Names) -> Names:
    """So many of the names, chosen by their hashes; all where they are no more.

    >>> len(choose_at_most(100, read_corpus("names").names)), list(choose_at_most(100, Names.of(["ava", "emma"])))
    (100, ['ava', 'emma'])
    """
    if len(names) <= few:
        return names
    lots = uniform_lots(names.hashes(), SAMPLING_SEED)
    return names.select(lots.argsort(stable=True)[:few].sort().values)


def uniform_lots(hashes: Int64[Tensor, " names"], seed: int) -> Tensor:
    """A number in [0, 1) for every name, decided by its hash and a seed."""
    if not -(1 << 63) <= seed < 1 << 63:
        raise UsageError(f"split seed {seed} is outside what is allowed: -2^63 to 2^63 - 1.")
    salt = mix64(torch.tensor([seed], dtype=torch.int64))
    lots = [mix64(some ^ salt) >> 11 & ((1 << 53) - 1) for some in hashes.split(HASHED_AT_ONCE)]
    return torch.cat(lots).double() / (1 << 53)
