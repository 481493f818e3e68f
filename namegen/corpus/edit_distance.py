"""Edit distances between names: insertions, deletions and changes of characters (Levenshtein 1966)."""

import numpy as np
import torch
from jaxtyping import Int64
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from namegen.corpus.packed_names import Names

NAMES_AT_ONCE = 256  # a byte for each pair of a name and one on the list


def one_edit_away(names: Names, characters: str) -> tuple[Names, Int64[Tensor, " found"]]:
    """Every text one edit away from names, in these characters, and which name it is of; a text may come twice.

    >>> found, which = one_edit_away(Names.of(["ab"]), "a")
    >>> sorted({*found}), which.unique().tolist()
    (['a', 'aa', 'aab', 'ab', 'aba', 'b'], [0])
    """
    if not len(names):
        return names, names.lengths
    letters = Names.of(characters).code_points
    parts: list[tuple[Tensor, Tensor]] = []
    for length in names.lengths.unique().tolist():
        which = (names.lengths == length).nonzero().squeeze(1)
        texts = names.select(names.lengths == length).code_points.view(-1, length)
        for place in range(length + 1):
            before, after, later = texts[:, :place], texts[:, place:], texts[:, place + 1 :]
            if place < length and length > 1:
                parts.append((torch.cat([before, later], dim=1), which))
            for end in (after, later) if place < length else (after,):
                changed = [part.repeat_interleave(len(letters), 0) for part in (before, end)]
                new = letters.repeat(len(texts))[:, None]
                parts.append((torch.cat([changed[0], new, changed[1]], dim=1), which.repeat_interleave(len(letters))))
    lengths = torch.cat([torch.full((len(texts),), texts.shape[1]) for texts, _ in parts])
    found = Names(torch.cat([texts.flatten() for texts, _ in parts]), lengths)
    return found, torch.cat([which for _, which in parts])


def nearest(names: Names, listed: Names, most: int) -> Int64[Tensor, " names"]:
    """The place on the list of the nearest name at most this many edits away, or -1; capitals do not matter.

    >>> nearest(Names.of(["anna", "annek", "Emma"]), Names.of(["anne", "emma"]), 1).tolist()
    [0, 0, 1]
    >>> nearest(Names.of(["otto"]), Names.of(["anne", "emma"]), 3).tolist()
    [-1]
    """
    asked, known = list(names.folded()), list(listed.folded())
    found: list[int] = []
    for first in range(0, len(asked) if known else 0, NAMES_AT_ONCE):
        part = asked[first : first + NAMES_AT_ONCE]
        edits = process.cdist(part, known, scorer=Levenshtein.distance, score_cutoff=most, dtype="uint8")
        found += np.where(edits.min(axis=1) <= most, edits.argmin(axis=1), -1).tolist()
    return torch.tensor(found or [-1] * len(asked), dtype=torch.int64)
