"""A growing set of 64-bit hashes, at 8 bytes a name.

The hashes are held in sorted runs, each at least twice as long as the next: few runs to search, and a hash is moved
only as often as the set doubles.
"""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from namegen.corpus.packed_names import contains, opens_group


class HashSet:
    """A set of hashes that only grows; `known` are sorted hashes to begin with.

    >>> seen = HashSet()
    >>> seen.add_new(torch.tensor([5, 3, 5])).tolist(), seen.add_new(torch.tensor([4, 3])).tolist()
    ([True, True, False], [True, False])
    >>> len(seen)
    3
    """

    def __init__(self, known: Int64[Tensor, " known"] | None = None) -> None:
        self.runs = [] if known is None else [known]

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def sorted(self) -> Int64[Tensor, " hashes"]:
        """All hashes, sorted."""
        if len(self.runs) != 1:
            self.runs = [torch.cat([torch.empty(0, dtype=torch.int64), *self.runs]).sort().values]
        return self.runs[0]

    def hold(self, hashes: Int64[Tensor, " hashes"]) -> Bool[Tensor, " hashes"]:
        """Which of these hashes are in the set."""
        found = torch.zeros_like(hashes, dtype=torch.bool)
        for run in self.runs:
            found |= contains(run, hashes)
        return found

    def new(self, hashes: Int64[Tensor, " hashes"]) -> Bool[Tensor, " hashes"]:
        """Which of these hashes are not in the set, each counted as new once."""
        ordered, order = hashes.sort(stable=True)
        new = opens_group(ordered) & ~self.hold(ordered)
        return torch.empty_like(new).scatter_(0, order, new)

    def add(self, hashes: Int64[Tensor, " hashes"]) -> None:
        """Add hashes that are not in the set and distinct."""
        if len(hashes):
            self.runs.append(hashes.sort().values)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            self.runs.append(torch.cat([self.runs.pop(), self.runs.pop()]).sort().values)

    def add_new(self, hashes: Int64[Tensor, " hashes"]) -> Bool[Tensor, " hashes"]:
        """Add the hashes that are new; returns which they are."""
        new = self.new(hashes)
        self.add(hashes[new])
        return new
