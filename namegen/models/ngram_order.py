"""All histories of one length in an n-gram model, their counts, and the discounts. The formulas are in `ngram`."""

import torch
from jaxtyping import Bool, Float32, Int64, Integer
from torch import Tensor, nn

from namegen.errors import ModelFileError

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # for lists too short or too even to have the counts of counts
INTEGERS = (torch.uint8, torch.int16, torch.int32, torch.int64)


class NgramOrder(nn.Module):
    """Which tokens were seen after each history of one length, and how often.

    Stored, in the smallest integers that hold them: `keys` (histories,), sorted: number of the history one token
    shorter × vocab + its oldest token; `ends` (histories,): where the followers of each history end; `followers`
    (n-grams,): the tokens seen after each history, ascending; `counts` (n-grams,): how often, or in how many contexts.
    Where n-grams were pruned also `dropped` (histories,): the sum of their counts; and `discounts` (4,), from all.
    """

    keys: Tensor
    ends: Tensor
    followers: Tensor
    counts: Tensor
    dropped: Tensor
    discounts: Float32[Tensor, "4"]

    def __init__(self, *, pruned: bool) -> None:
        super().__init__()
        self.pruned = pruned
        for name in ("keys", "ends", "followers", "counts", *(["dropped"] if pruned else [])):
            self.register_buffer(name, torch.zeros(0, dtype=torch.int64))
        if pruned:
            self.register_buffer("discounts", torch.zeros(4, dtype=torch.float32))
        for name in ("starts", "lengths", "shares", "backoff", "_keys", "_followers"):
            self.register_buffer(name, None, persistent=False)  # computed by `estimate`

    def estimate(self) -> None:
        """From the counts compute `shares` (n-grams,), (c(hw) - D) / c(h·), and `backoff` (histories,), γ(h)."""
        counts = self.counts.double()
        by_count = (self.discounts if self.pruned else discounts_of(self.counts)).double()
        discounts = by_count[self.counts.clamp(max=3).long()]
        ends = self.ends.long()
        self.lengths = ends.diff(prepend=ends.new_zeros(1))
        self.starts = ends - self.lengths
        history = torch.arange(len(ends)).repeat_interleave(self.lengths)
        dropped = self.dropped.double() if self.pruned else counts.new_zeros(len(ends))
        totals = dropped.index_add(0, history, counts)
        saved = dropped.index_add(0, history, discounts)
        self.shares = ((counts - discounts) / totals[history]).float()
        self.backoff = (saved / totals).float()
        self._keys, self._followers = self.keys.long(), self.followers.long()

    def prune(
        self, keep: Bool[Tensor, " ngrams"], number_of: Int64[Tensor, " shorter"], vocab_size: int
    ) -> Int64[Tensor, " histories"]:
        """Drop all other n-grams, and histories without any. `number_of`: the new numbers of the shorter histories.

        Returns the new numbers of the histories of this length.
        """
        if not self.pruned:
            return torch.arange(len(self.keys))
        ends = self.ends.long()
        history = torch.arange(len(ends)).repeat_interleave(ends.diff(prepend=ends.new_zeros(1)))
        left = torch.bincount(history[keep], minlength=len(ends))
        stays = left > 0
        dropped = torch.zeros_like(ends).index_add_(0, history[~keep], self.counts[~keep].long())
        keys = self.keys.long()[stays]
        self.discounts = discounts_of(self.counts)
        self.keys = narrowed(number_of[keys // vocab_size] * vocab_size + keys % vocab_size)
        self.ends = narrowed(left[stays].cumsum(0))
        self.followers, self.counts = self.followers[keep], narrowed(self.counts[keep])
        self.dropped = narrowed(dropped[stays])
        return stays.cumsum(0) - 1

    def find(self, keys: Int64[Tensor, " asked"]) -> tuple[Int64[Tensor, " asked"], Tensor]:
        """The numbers of the histories with these keys, and which keys were found."""
        if not len(self._keys):  # no name is as long
            return keys, torch.zeros_like(keys, dtype=torch.bool)
        places = torch.searchsorted(self._keys, keys).clamp_(max=len(self._keys) - 1)
        return places, self._keys[places] == keys

    def mix_into(self, probabilities: Tensor, rows: Int64[Tensor, " rows"], history: Int64[Tensor, " rows"]) -> None:
        """Turn probabilities after shorter histories, in these rows, into those after these histories."""
        lengths = self.lengths[history]
        shift = self.starts[history] - (lengths.cumsum(0) - lengths)
        ngrams = torch.arange(int(lengths.sum())) + shift.repeat_interleave(lengths)
        vocab_size = probabilities.shape[1]
        scale = probabilities.new_ones(len(probabilities))
        scale[rows] = self.backoff[history]
        probabilities *= scale[:, None]
        cells = (rows * vocab_size).repeat_interleave(lengths) + self._followers[ngrams]
        probabilities.view(-1).index_add_(0, cells, self.shares[ngrams])


def discounts_of(counts: Tensor) -> Float32[Tensor, "4"]:
    """The discounts for counts of 0, 1, 2, and 3 or more, from how many n-grams have each count.

    >>> discounts_of(torch.tensor([1, 1, 1, 1, 2, 2, 3, 4])).tolist()
    [0.0, 0.5, 1.25, 1.0]
    """
    n1, n2, n3, n4 = torch.bincount(counts.clamp(max=5).long(), minlength=6)[1:5].tolist()
    if not n1 or not n2 or not n3:
        return torch.tensor([0.0, *FALLBACK_DISCOUNTS], dtype=torch.float32)
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    sane = all(0 < discount < count for count, discount in enumerate(found, start=1))
    return torch.tensor([0.0, *(found if sane else FALLBACK_DISCOUNTS)], dtype=torch.float32)


def narrowed(values: Integer[Tensor, " n"]) -> Tensor:
    """The same values in the smallest integers that hold them."""
    largest = int(values.max()) if len(values) else 0
    return values.to(next(dtype for dtype in INTEGERS if largest <= torch.iinfo(dtype).max))


def check_order(level: NgramOrder, vocab_size: int, shorter_histories: int) -> None:
    """Raise `ModelFileError` unless every index is within bounds and in order."""
    keys, ends, followers, counts = (t.long() for t in (level.keys, level.ends, level.followers, level.counts))
    sound = (
        _ascends(keys, shorter_histories * vocab_size)
        and _ascends(ends - 1, len(followers))
        and (int(ends[-1]) if len(ends) else 0) == len(followers)
        and bool(((followers >= 0) & (followers < vocab_size)).all())
        and bool((counts > 0).all())
    )
    if sound and len(followers):
        is_last = torch.zeros(len(followers), dtype=torch.bool)
        is_last[ends - 1] = True
        sound = bool(((followers.diff() > 0) | is_last[:-1]).all())
    if sound and level.pruned:
        most = torch.arange(4, dtype=torch.float32)
        sound = bool((level.dropped >= 0).all() and (level.discounts >= 0).all() and (level.discounts <= most).all())
    if not sound:
        raise ModelFileError("its n-grams are not consistent")


def _ascends(values: Int64[Tensor, " n"], end: int) -> bool:
    """Whether the values rise strictly, from at least 0 to below `end`."""
    return not len(values) or (bool((values[1:] > values[:-1]).all()) and int(values[0]) >= 0 and int(values[-1]) < end)
