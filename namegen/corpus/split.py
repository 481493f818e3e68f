"""Training, validation and test set of a list, by a hash of each name, or by a list of names to validate on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.packed_names import HASHED_AT_ONCE, Names, contains, mix64
from namegen.errors import SourceError
from namegen.settings import SplitSettings

SETS = ("train", "validation", "test")
CHOICE_SEED = -1  # so that the choice does not depend on what is held out
TRAIN, VALIDATION, TEST, NO_SET = range(4)  # indices in SETS; NO_SET: on the validation list


@dataclass(frozen=True, eq=False)
class Split:
    """The sets that a model is trained, tuned and evaluated on; the last two may be empty."""

    train: Names
    validation: Names
    test: Names

    @property
    def sets(self) -> dict[str, Names]:
        """The sets that are not empty, by name."""
        return {name: names for name, names in vars(self).items() if len(names)}

    @property
    def sizes(self) -> dict[str, int]:
        """How many names there are in each set that is not empty."""
        return {name: len(names) for name, names in self.sets.items()}

    @property
    def held_out(self) -> Names:
        """The names that are not trained on."""
        return Names.join([self.validation, self.test])


@dataclass(frozen=True, eq=False)
class SplitRule:
    """Which set a name belongs to, by its hash.

    Half of `holdout` is for validation, half for test, the rest for training. Where there are the sorted hashes of a
    `validation` list, all other names are for training.
    """

    holdout: float = SplitSettings.holdout
    seed: int = SplitSettings.split_seed
    validation: Int64[Tensor, " validation"] | None = None

    def sets_of(self, hashes: Int64[Tensor, " names"]) -> Int64[Tensor, " names"]:
        """The set of each name, as its index in `SETS`; `NO_SET` for names in the validation list."""
        if self.validation is not None:
            return torch.where(contains(self.validation, hashes), NO_SET, TRAIN)
        values = uniform_from_hashes(hashes, self.seed)
        is_test, is_held_out = values >= 1 - self.holdout / 2, values >= 1 - self.holdout
        return torch.where(is_test, TEST, torch.where(is_held_out, VALIDATION, TRAIN))

    def check(self, sizes: Mapping[str, int]) -> None:
        """Raise `SourceError` where a set that was requested has no name."""
        if self.validation is None and self.holdout and not all(sizes.get(name) for name in SETS):
            raise SourceError(
                f"The list is too short ({sum(sizes.values())} names) to hold some out for validation and test. "
                "Train on all of it with `holdout=0`."
            )
        if self.validation is not None and not sizes.get("train"):
            raise SourceError("Every name of the list is also on the validation list. Name another one.")


def split(
    names: Iterable[str],
    holdout: float = SplitSettings.holdout,
    seed: int = SplitSettings.split_seed,
    validation: Names | None = None,
) -> Split:
    """Split names by a hash of the name: half of `holdout` for validation, half for test, the rest for training.

    Equal names are in the same set, and adding names moves no other name. A smaller `holdout` holds out some of the
    names that a larger one does. A validation list takes its place; a name that is in both is not trained on. Raises
    `SourceError` where a set has no name.

    >>> from namegen.corpus.reading import read_corpus
    >>> sets = split(read_corpus("names").names)
    >>> len(sets.train) > 7 * len(sets.test) > 0
    True
    """
    names = Names.of(names)
    rule = SplitRule(holdout, seed, None if validation is None else validation.hashes().unique())
    set_of = rule.sets_of(names.hashes())
    found = Split(*(names.select(set_of == place) for place in range(len(SETS))))
    found = found if validation is None else Split(found.train, validation, found.test)
    rule.check(found.sizes)
    return found


def hold_out_few(names: Names, seed: int) -> Split:
    """Hold out a few names, chosen by their hashes: one in a hundred, or 300, but at most one in ten."""
    few = max(1, min(max(300, len(names) // 100), len(names) // 10))
    values = uniform_from_hashes(names.hashes(), seed)
    is_held_out = values <= values.sort().values[few - 1]
    return Split(names.select(~is_held_out), names.select(is_held_out), Names.of([]))


def choose_at_most(few: int, names: Names) -> Names:
    """At most `few` of the names, chosen by their hashes."""
    if len(names) <= few:
        return names
    values = uniform_from_hashes(names.hashes(), CHOICE_SEED)
    return names.select(values.argsort(stable=True)[:few].sort().values)


def uniform_from_hashes(hashes: Int64[Tensor, " names"], seed: int) -> Tensor:
    """A number in [0, 1) for every name, decided by its hash and a seed."""
    salt = mix64(torch.tensor([seed], dtype=torch.int64))
    values = [mix64(some ^ salt) >> 11 & ((1 << 53) - 1) for some in hashes.split(HASHED_AT_ONCE)]
    return torch.cat(values).double() / (1 << 53)
