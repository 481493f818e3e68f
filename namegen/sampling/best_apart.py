"""The most probable names that differ from each other: in edits, and in their first letters.

They are taken one after another, each time the most probable that differs from all before it; with `initials` only
among names whose first letter did not come in this round, so the names of each letter are searched separately.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from rapidfuzz.distance import Levenshtein

from namegen.corpus.packed_names import Names
from namegen.models.base import NameModel
from namegen.sampling.best_first import MAX_PREFIXES, SearchResult, search
from namegen.sampling.block_list import folded_letters
from namegen.sampling.filter import KnownNames, NameFilter
from namegen.settings import TopSettings

GROWTH = 4  # times as many names are searched for where those found are too near
Candidate = tuple[float, str]  # ln p of a name, and the name


@dataclass(eq=False)
class _Ranking:
    """The names with some beginnings, most probable first; `search` finds the first n of them."""

    search: Callable[[int], SearchResult]
    filter: NameFilter
    first: int  # names searched for at first
    asked: int = 0
    place: int = 0  # of the first that differs from those taken, as far as is known
    bound: float = torch.inf  # the highest log-probability that a name not found yet can have
    expanded: int = 0
    names: list[Candidate] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)

    def best(self, differs: Callable[[str], bool]) -> Candidate | None:
        """The most probable name that differs; None where all were found, or the search was given up."""
        while True:
            while self.place < len(self.names) and not differs(self.folded[self.place]):
                self.place += 1
            if self.place < len(self.names):
                return self.names[self.place]
            if len(self.names) < self.asked:
                return None
            self.asked = GROWTH * self.asked or self.first
            found = self.search(self.asked)
            self.bound, self.expanded = found.bound, found.expanded
            self.names = [*zip(found.log_probabilities.tolist(), found.names, strict=True)]
            self.folded = [*self.filter.compared(found.names).folded()]


def most_probable_apart(model: NameModel, n: int, settings: TopSettings, known: KnownNames) -> SearchResult:
    """n names, each the most probable that differs from those before it as the settings say; else as `most_probable`.

    >>> from namegen.models import Bigram
    >>> from namegen.settings import BigramSettings
    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> from namegen.sampling.filter import NO_NAMES
    >>> uniform = Bigram(BigramSettings(), Vocabulary("ab"))
    >>> settings = TopSettings(apart=2, min_length=1, max_length=3)
    >>> list(most_probable_apart(uniform, 3, settings, NO_NAMES).names)
    ['a', 'bb', 'aaa']
    """
    name_filter = NameFilter(settings, model.vocabulary, known)
    beginnings = _by_letter(name_filter) if settings.initials else [name_filter.prefixes]
    first, most_prefixes = 1 + n // len(beginnings), MAX_PREFIXES // min(len(beginnings), 4)
    rankings = [
        _Ranking(partial(search, model, name_filter, prefixes, most_prefixes), name_filter, first)
        for prefixes in beginnings
    ]
    taken: list[Candidate] = []
    folded: list[str] = []
    most = settings.apart - 1

    def differs(name: str) -> bool:
        return not most or all(Levenshtein.distance(name, other, score_cutoff=most) > most for other in folded)

    left, complete = rankings, True  # those of letters that did not come in this round
    while len(taken) < n:
        best = {candidate: ranking for ranking in left if (candidate := ranking.best(differs))}
        unsure = max((ranking.bound for ranking in left if ranking not in best.values()), default=-torch.inf)
        candidate = min(best, key=lambda it: (-it[0], it[1]), default=None)
        if unsure > -torch.inf and (candidate is None or candidate[0] <= unsure):
            complete = False
            break
        if candidate is None and len(left) == len(rankings):
            break
        if candidate is None:
            left = rankings
            continue
        taken.append(candidate)
        taken_from = best[candidate]
        folded.append(taken_from.folded[taken_from.place])
        taken_from.place += 1
        left = [ranking for ranking in left if ranking is not taken_from] if settings.initials else left
    names, logs = Names.of(name for _, name in taken), torch.tensor([log for log, _ in taken], dtype=torch.float64)
    return SearchResult(names, logs, complete, sum(ranking.expanded for ranking in rankings))


def _by_letter(name_filter: NameFilter) -> list[tuple[str, ...]]:
    """What names may begin with, by first letter: case-folded, without accents."""
    groups: dict[str, list[str]] = {}
    for prefix in name_filter.prefixes if name_filter.prefixes != ("",) else name_filter.vocabulary.characters:
        [compared] = name_filter.compared(Names.of([prefix]))
        groups.setdefault(folded_letters(compared)[:1], []).append(prefix)
    return [*map(tuple, groups.values())]
