"""The name of a list that another name is nearest to, in edits: insertions, deletions, changes (Levenshtein 1966)."""

import torch
from jaxtyping import Int64
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from namegen.corpus.packed_names import Names

NAMES_AT_ONCE = 256  # a byte for each pair of a name and one on the list


def nearest(names: Names, listed: Names, most: int) -> Int64[Tensor, " names"]:
    """The place on the list of the nearest name at most so many edits away, -1 where none is; capitals do not matter.

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
        places = edits.argmin(axis=1)
        found += [
            place if distance <= most else -1
            for place, distance in zip(places.tolist(), edits.min(axis=1).tolist(), strict=True)
        ]
    return torch.tensor(found or [-1] * len(asked), dtype=torch.int64)
