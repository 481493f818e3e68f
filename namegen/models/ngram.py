"""The n-gram model with interpolated modified Kneser-Ney smoothing (Chen & Goodman 1998, section 3).

How likely is token w after the history h, the last k tokens? Each count is reduced by a discount, and the mass that
the discounts free is distributed as after the history h' that is one token shorter:

    p(w | h) = (c(hw) - D(c(hw))) / c(h·)  +  γ(h) p(w | h')
    γ(h)     = (D₁ N₁(h) + D₂ N₂(h) + D₃ N₃(h)) / c(h·)        Nᵢ(h): tokens seen i (3: three or more) times after h

down to the empty history, whose shorter history is the uniform distribution. For the longest histories c counts
occurrences. For shorter ones it counts in how many distinct contexts hw occurs ("continuation counts"), except where h
begins with the boundary: nothing precedes that, so there occurrences are counted too, and no longer history is looked
up (contexts are padded with more boundaries, which are not tokens of the name). The discounts come from the counts of
counts of each length: with nᵢ n-grams of count i and Y = n₁ / (n₁ + 2n₂),

    D₁ = 1 - 2Y n₂/n₁      D₂ = 2 - 3Y n₃/n₂      D₃ = 3 - 4Y n₄/n₃

In tensors: the histories of a length are numbered in the order of their tokens read *backwards*. So a loop from the
newest token to the oldest, with one `searchsorted` a step, finds the histories of every length, and the tokens seen
after a history (its followers) are adjacent.

Rare n-grams can be pruned: those of each order that occur at most as often as a threshold. The discounts and c(h·) stay
those of the whole list, and the mass of pruned n-grams is added to γ(h); a history without any n-gram is removed too.
Thresholds never fall with the order, so the shorter histories of a history that stays also stay.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor, nn

from namegen.corpus.ngram_counts import NgramCounts, pack_rows
from namegen.corpus.packed_names import opens_group
from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.errors import ModelFileError
from namegen.models.base import CountModel, take_part
from namegen.models.ngram_order import INTEGERS, NgramOrder, check_order, narrowed
from namegen.models.ngram_speed import ShortHistories
from namegen.settings import NgramSettings


class Ngram(CountModel):
    """Interpolated modified Kneser-Ney.

    >>> from namegen.corpus.examples import Examples
    >>> model = Ngram(NgramSettings(order=3), Vocabulary("ab"))
    >>> model.count(NgramCounts.of(Examples(["ab", "abb", "b"], model.vocabulary, 2)))
    >>> probabilities = model(torch.tensor([[0, 1]])).exp()  # after an a that begins a name
    >>> round(probabilities.sum().item(), 6), probabilities.argmax().item()
    (1.0, 2)
    """

    family = "ngram"
    settings_type = NgramSettings
    settings: NgramSettings

    def __init__(self, settings: NgramSettings, vocabulary: Vocabulary) -> None:
        super().__init__(settings, vocabulary)
        self.context_size = settings.order - 1
        self.levels = nn.ModuleList(
            NgramOrder(pruned=settings.threshold(length) > 0) for length in range(settings.order)
        )

    @property
    def orders(self) -> list[NgramOrder]:
        """The levels, one for the histories of each length from 0."""
        return [*self.levels]

    def count(self, ngrams: NgramCounts) -> None:
        """Store the n-grams of every order with their counts, and estimate the probabilities."""
        # From here on a row is: newest … oldest token, target.
        backwards = torch.cat([ngrams.windows[:, :-1].flip(1), ngrams.windows[:, -1:]], dim=1)
        order = pack_rows(backwards, self.vocabulary.size).argsort()
        rows, counts = backwards[order], ngrams.counts[order]
        occurrences, is_frequent = counts, {}
        for length in range(self.context_size, 0, -1):
            self._store(length, rows, counts)
            is_frequent[length] = (occurrences > self.settings.threshold(length))[~_is_padded(rows[:, :length])]
            shorter = opens_group(rows[:, : length - 1]).cumsum(0)
            distinct, which = (shorter * self.vocabulary.size + rows[:, -1]).unique(return_inverse=True)
            representative = torch.empty_like(distinct).scatter_(0, which, torch.arange(len(rows)))
            contexts = torch.bincount(which)  # how many tokens precede each n-gram that is one shorter
            occurrences = torch.zeros_like(contexts).index_add_(0, which, occurrences)
            rows = rows[representative][:, [*range(length - 1), -1]]
            begins_name = rows[:, length - 2] == BOUNDARY if length > 1 else torch.zeros(len(rows), dtype=torch.bool)
            counts = torch.where(begins_name, occurrences, contexts)  # nothing precedes the beginning of a name
        self._store(0, rows, counts)
        number_of = torch.zeros(1, dtype=torch.int64)
        for length in range(1, self.settings.order):
            number_of = self.orders[length].prune(is_frequent[length], number_of, self.vocabulary.size)
        self.estimate()

    def _store(self, length: int, rows: Tensor, counts: Tensor) -> None:
        """Store sorted rows (newest … oldest, target) as the histories of a length."""
        level = self.orders[length]
        if length == 0:
            shorter = oldest = torch.zeros(len(rows), dtype=torch.int64)
        else:
            is_shorter = opens_group(rows[:, : length - 1]) & ~_is_padded(rows[:, : length - 1])
            kept = ~_is_padded(rows[:, :length])
            shorter, rows, counts = is_shorter.cumsum(0)[kept] - 1, rows[kept], counts[kept]
            oldest = rows[:, length - 1]
        last = opens_group(rows[:, :length]).roll(-1).nonzero().squeeze(1)  # the last follower of each history
        level.keys = narrowed(shorter[last] * self.vocabulary.size + oldest[last])
        level.ends = narrowed(last + 1)
        level.followers = narrowed(rows[:, -1])
        level.counts = narrowed(counts)

    def estimate(self) -> None:
        """Compute the probabilities from the counts."""
        for level in self.orders:
            level.estimate()
        uniform = torch.full((1, self.vocabulary.size), 1 / self.vocabulary.size, dtype=torch.float32)
        nothing = torch.zeros(1, dtype=torch.int64)
        self.orders[0].mix_into(uniform, nothing, nothing)
        self.short_histories = ShortHistories(uniform, self.orders[1:])

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits: p(w | h) for longer and longer h that were seen, the first looked up."""
        probabilities, rows, history = self.short_histories.find(contexts)
        first = self.short_histories.length + 1
        for length, level in enumerate(self.orders[first:], start=first):
            places, seen = level.find(history * self.vocabulary.size + contexts[rows, -length])
            rows, history = rows[seen], places[seen]
            level.mix_into(probabilities, rows, history)
        return probabilities.log()

    def sizes(self) -> dict[int, tuple[int, int]]:
        """The number of n-grams of each order, and their bytes, in memory and in a file."""
        stored = {number: order.state_dict() for number, order in enumerate(self.orders, start=1)}
        return {order: (len(of["counts"]), sum(t.nbytes for t in of.values())) for order, of in stored.items()}

    def check_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Raise `ModelFileError` unless these can be a model's: integers, of any lengths that agree."""
        if tensors.keys() != self.state_dict().keys():
            raise ModelFileError("its tensors are not those of an n-gram model")
        rest = dict(tensors)
        for length in range(self.settings.order):
            level = take_part(rest, f"levels.{length}.")
            discounts = level.pop("discounts", torch.zeros(4, dtype=torch.float32))
            is_odd = any(tensor.dtype not in INTEGERS or tensor.ndim != 1 for tensor in level.values())
            if is_odd or discounts.dtype != torch.float32 or discounts.shape != (4,):
                raise ModelFileError(f"its tensors of level {length} have another type or shape")
            sizes = {name: len(tensor) for name, tensor in level.items()}
            histories = {size for name, size in sizes.items() if name not in ("followers", "counts")}
            if len(histories) > 1 or sizes["followers"] != sizes["counts"]:
                raise ModelFileError(f"its tensors of level {length} do not agree in length")

    def adopt(self, tensors: Mapping[str, Tensor]) -> None:
        """Use these tensors as the model's own. Raises `ModelFileError` where they are not n-gram counts."""
        for name, tensor in tensors.items():
            _, place, buffer = name.split(".")
            setattr(self.orders[int(place)], buffer, tensor)
        histories = 1
        for level in self.orders:
            check_order(level, self.vocabulary.size, histories)
            histories = len(level.keys)
        if not len(self.orders[0].keys):
            raise ModelFileError("it has no n-grams")
        self.estimate()


def _is_padded(histories: Integer[Tensor, "rows length"]) -> Bool[Tensor, " rows"]:
    """Which histories (newest … oldest) go beyond the boundary that begins the name."""
    return (histories[:, -2:] == BOUNDARY).all(1) if histories.shape[1] > 1 else histories.new_zeros(len(histories)) > 0
