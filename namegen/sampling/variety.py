"""Names of one output that differ from each other: by a number of edits, and in their first letters.

Names are taken greedily, in the order in which they are drawn. So the first k do not depend on how many are requested.
"""

from collections import deque
from collections.abc import Callable

import torch
from jaxtyping import Bool
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from namegen.corpus.packed_names import Names
from namegen.sampling.block_list import folded_letters
from namegen.settings import SamplingSettings

COMPARED_AT_ONCE = 256  # names, with all that were taken
LARGEST_BLOCK = 4096  # names drawn before some are taken
PATIENCE = 10_000  # samples without a new first letter, after which there are no letters left


class Variety:
    """The names taken so far. One that only its first letter stood against waits until that letter may come again.

    `compared` gives names as they are compared with each other.

    >>> variety = Variety(SamplingSettings(apart=2))
    >>> list(variety.take(Names.of(["anna", "hanna", "emma", "anne"]), samples=4))
    ['anna', 'emma']
    >>> variety = Variety(SamplingSettings(initials=True))
    >>> list(variety.take(Names.of(["anna", "ada", "élise", "emma"]), samples=10_000))
    ['anna', 'élise', 'ada', 'emma']
    """

    def __init__(self, settings: SamplingSettings, compared: Callable[[Names], Names] = Names.folded) -> None:
        self.apart, self.initials, self.compared = settings.apart, settings.initials, compared
        self.patience = min(PATIENCE, settings.max_tries)
        self.taken: list[str] = []  # as they are compared
        # By first letter, with their places in the drawing, and as they are compared.
        self.waiting: dict[str, deque[tuple[int, str, str]]] = {}
        self.used: set[str] = set()  # first letters that came in this round
        self.drawn = self.samples = self.samples_before = 0  # names; samples; samples until the last name was taken

    def take(self, names: Names, samples: int) -> Names:
        """The names that are taken of those drawn next, which were left of this many samples."""
        self.samples += samples
        if not self.initials:
            return names.select(self._far(list(self.compared(names))))
        for name, compared in zip(names, self.compared(names), strict=True):
            self.waiting.setdefault(folded_letters(compared)[:1], deque()).append((self.drawn, name, compared))
            self.drawn += 1
        found = self._first_of_each_letter()
        while any(self.waiting.values()) and self._no_letters_left():
            self.used.clear()
            found += self._first_of_each_letter()
        return Names.of(found)

    def _first_of_each_letter(self) -> list[str]:
        """For each letter that may come, the first waiting name that is far from those taken."""
        found = []
        letters = [letter for letter, names in self.waiting.items() if names and letter not in self.used]
        for letter in sorted(letters, key=lambda letter: self.waiting[letter][0]):
            while self.waiting[letter] and letter not in self.used:
                _, name, compared = self.waiting[letter].popleft()
                if self.apart == 1 or bool(self._far([compared])):
                    found.append(name)
                    self.used.add(letter)
                    self.samples_before = self.samples
        return found

    def _no_letters_left(self) -> bool:
        """Whether no name seems to begin with a letter that did not come in this round."""
        all_came = self.samples >= self.patience and self.waiting.keys() <= self.used
        return all_came or self.samples - self.samples_before >= self.patience

    def _far(self, folded: list[str]) -> Bool[Tensor, " names"]:
        """Which names are far from all that were taken, and from those before them, which are taken."""
        found = torch.zeros(len(folded), dtype=torch.bool)
        for first in range(0, len(folded), COMPARED_AT_ONCE):
            part = folded[first : first + COMPARED_AT_ONCE]
            far = ~self._near(part, self.taken).any(1)
            near = self._near(part, part)
            for place in far.nonzero().flatten().tolist():
                if far[place]:
                    far &= ~near[place]
                    found[first + place] = True
                    self.taken.append(part[place])
        return found

    def _near(self, some: list[str], others: list[str]) -> Bool[Tensor, "some others"]:
        """Which names are fewer than `apart` edits from which others."""
        if not others:
            return torch.zeros(len(some), 0, dtype=torch.bool)
        most = self.apart - 1
        edits = process.cdist(some, others, scorer=Levenshtein.distance, score_cutoff=most, dtype="uint8")
        return torch.from_numpy(edits <= most)
