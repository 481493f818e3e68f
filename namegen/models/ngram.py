"""The n-gram model with interpolated modified Kneser-Ney smoothing (Chen & Goodman 1998, section 3).

How likely is token w after the history h, the last k tokens? What was counted, less a discount, and what the
discounts saved goes to the answer for the history h' that is one token shorter:

    p(w | h) = (c(hw) - D(c(hw))) / c(h·)  +  γ(h) p(w | h')
    γ(h)     = (D₁ N₁(h) + D₂ N₂(h) + D₃ N₃(h)) / c(h·)        Nᵢ(h): tokens seen i (3: three or more) times after h

down to the empty history, below which stands the uniform distribution. For the longest histories c counts
occurrences. For shorter ones it counts in how many different contexts hw occurs ("continuation counts"), except
where h begins with the boundary: nothing ever stands before that, so there occurrences are counted too, and no
longer history is looked for (contexts are filled up with more boundaries, which are no tokens of the name).
The discounts come from the counts of counts of each length: with nᵢ n-grams of count i and Y = n₁ / (n₁ + 2n₂),

    D₁ = 1 - 2Y n₂/n₁      D₂ = 2 - 3Y n₃/n₂      D₃ = 3 - 4Y n₄/n₃

In tensors: the histories of a length are numbered in the order of their tokens read *backwards*. So one walk from
the newest token to the oldest, a `searchsorted` a step, finds the histories of every length, and the tokens seen
after a history (its followers) stand together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float32, Int64, Integer
from torch import Tensor, nn

from namegen.errors import ModelFileError
from namegen.examples import Tally, pack_rows
from namegen.models.base import Config, NameModel
from namegen.vocabulary import BOUNDARY, Vocabulary

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # for lists too short or too even to have the counts of counts
KEPT_NUMBERS = 1 << 20  # so many probabilities after short histories are held: 4 MB, and 8 MB to find them
_INTEGERS = (torch.uint8, torch.int16, torch.int32, torch.int64)


@dataclass(frozen=True)
class NgramConfig(Config):
    """`order` is n: the model looks at the last n - 1 tokens."""

    order: int = 6

    def __post_init__(self) -> None:
        self.check("order", 2, 8)


class Level(nn.Module):
    """All histories of one length: what was seen after each, and the discounts that follow from it.

    Stored, in the smallest integers that hold them: `keys` (histories,), sorted: number of the history one token
    shorter × vocab + its oldest token; `ends` (histories,): where the followers of each history end; `followers`
    (n-grams,): the tokens seen after each history, ascending; `counts` (n-grams,): how often, or in how many contexts.
    """

    keys: Tensor
    ends: Tensor
    followers: Tensor
    counts: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("keys", "ends", "followers", "counts"):
            self.register_buffer(name, torch.zeros(0, dtype=torch.int64))
        for name in ("starts", "lengths", "shares", "backoff", "_keys", "_followers"):
            self.register_buffer(name, None, persistent=False)

    starts: Int64[Tensor, " histories"]
    lengths: Int64[Tensor, " histories"]
    shares: Float32[Tensor, " ngrams"]  # (c(hw) - D) / c(h·)
    backoff: Float32[Tensor, " histories"]  # γ(h)

    def estimate(self) -> None:
        """Compute the shares and γ from the counts."""
        counts = self.counts.double()
        discounts = discounts_of(self.counts).double()[self.counts.clamp(max=3).long()]
        ends = self.ends.long()
        self.lengths = ends.diff(prepend=ends.new_zeros(1))
        self.starts = ends - self.lengths
        history = torch.arange(len(ends)).repeat_interleave(self.lengths)
        totals = counts.new_zeros(len(ends)).index_add_(0, history, counts)
        saved = counts.new_zeros(len(ends)).index_add_(0, history, discounts)
        self.shares = ((counts - discounts) / totals[history]).float()
        self.backoff = (saved / totals).float()
        self._keys, self._followers = self.keys.long(), self.followers.long()

    def find(self, keys: Int64[Tensor, " asked"]) -> tuple[Int64[Tensor, " asked"], Tensor]:
        """The numbers of the histories with these keys, and which of them there are."""
        if not len(self._keys):  # no name is as long
            return keys, torch.zeros_like(keys, dtype=torch.bool)
        places = torch.searchsorted(self._keys, keys).clamp_(max=len(self._keys) - 1)
        return places, self._keys[places] == keys

    def mix_into(self, probabilities: Tensor, rows: Int64[Tensor, " rows"], history: Int64[Tensor, " rows"]) -> None:
        """Make the probabilities given shorter histories, in these rows, those given these histories."""
        lengths = self.lengths[history]
        shift = self.starts[history] - (lengths.cumsum(0) - lengths)
        ngrams = torch.arange(int(lengths.sum())) + shift.repeat_interleave(lengths)
        vocab_size = probabilities.shape[1]
        scale = probabilities.new_ones(len(probabilities))
        scale[rows] = self.backoff[history]
        probabilities *= scale[:, None]
        cells = (rows * vocab_size).repeat_interleave(lengths) + self._followers[ngrams]
        probabilities.view(-1).index_add_(0, cells, self.shares[ngrams])


class Ngram(NameModel):
    """Interpolated modified Kneser-Ney.

    >>> from namegen.examples import Examples
    >>> model = Ngram(NgramConfig(order=3), Vocabulary("ab"))
    >>> model.count(Tally.of(Examples(["ab", "abb", "b"], model.vocabulary, 2)))
    >>> probabilities = model(torch.tensor([[0, 1]])).exp()  # after an a that begins a name
    >>> round(probabilities.sum().item(), 6), probabilities.argmax().item()
    (1.0, 2)
    """

    family = "ngram"
    config_type = NgramConfig
    config: NgramConfig
    kept: Float32[Tensor, "short_histories vocab"]  # the probabilities after every short history, shortest first
    longer: Int64[Tensor, "shorter_histories vocab"]  # the row in `kept` of the history with one older token, or -1

    def __init__(self, config: NgramConfig, vocabulary: Vocabulary) -> None:
        super().__init__(config, vocabulary)
        self.context_size = config.order - 1
        self.levels = nn.ModuleList(Level() for _ in range(config.order))

    def count(self, tally: Tally) -> None:
        """Count the n-grams of these contexts and targets, and estimate the probabilities."""
        backwards = torch.cat([tally.windows[:, :-1].flip(1), tally.windows[:, -1:]], dim=1)  # newest … oldest, target
        order = pack_rows(backwards, self.vocabulary.size).argsort()
        rows, counts = backwards[order], tally.counts[order]
        for length in range(self.context_size, 0, -1):
            self._store(length, rows, counts)
            shorter = _starts_group(rows[:, : length - 1]).cumsum(0)
            ngrams, which = (shorter * self.vocabulary.size + rows[:, -1]).unique(return_inverse=True)
            representative = torch.empty_like(ngrams).scatter_(0, which, torch.arange(len(rows)))
            contexts = torch.bincount(which)
            occurrences = torch.zeros_like(contexts).index_add_(0, which, counts)
            rows = rows[representative][:, [*range(length - 1), -1]]
            begins_name = rows[:, length - 2] == BOUNDARY if length > 1 else torch.zeros(len(rows), dtype=torch.bool)
            counts = torch.where(begins_name, occurrences, contexts)
        self._store(0, rows, counts)
        self.estimate()

    def _store(self, length: int, rows: Tensor, counts: Tensor) -> None:
        """Keep sorted rows (newest … oldest, target) as the level of their length."""
        level = self._level(length)
        if length == 0:
            shorter = oldest = torch.zeros(len(rows), dtype=torch.int64)
        else:
            is_shorter = _starts_group(rows[:, : length - 1]) & ~_is_padded(rows[:, : length - 1])
            kept = ~_is_padded(rows[:, :length])
            shorter, rows, counts = is_shorter.cumsum(0)[kept] - 1, rows[kept], counts[kept]
            oldest = rows[:, length - 1]
        last = _starts_group(rows[:, :length]).roll(-1).nonzero().squeeze(1)  # where the followers of each end
        level.keys = _narrowed(shorter[last] * self.vocabulary.size + oldest[last])
        level.ends = _narrowed(last + 1)
        level.followers = _narrowed(rows[:, -1])
        level.counts = _narrowed(counts)

    def estimate(self) -> None:
        """Compute the probabilities from the counts."""
        for length in range(self.config.order):
            self._level(length).estimate()
        uniform = torch.full((1, self.vocabulary.size), 1 / self.vocabulary.size)
        nothing = torch.zeros(1, dtype=torch.int64)
        self._level(0).mix_into(uniform, nothing, nothing)
        self._keep_short_histories(uniform)

    def _keep_short_histories(self, unigram: Float32[Tensor, "1 vocab"]) -> None:
        """Have all probabilities at hand after histories up to the length for which they fit into `KEPT_NUMBERS`."""
        vocab_size = self.vocabulary.size
        kept, longer, count = [unigram], [], 1
        for length in range(1, self.config.order):
            level = self._level(length)
            keys = level.keys.long()
            if (count + len(keys)) * vocab_size > KEPT_NUMBERS:
                break
            one_longer = torch.full((len(kept[-1]), vocab_size), -1)
            one_longer.view(-1)[keys] = torch.arange(count, count + len(keys))
            probabilities = kept[-1][keys // vocab_size]
            level.mix_into(probabilities, torch.arange(len(keys)), torch.arange(len(keys)))
            kept.append(probabilities)
            longer.append(one_longer)
            count += len(keys)
        self.kept_length = len(kept) - 1
        self.kept_before = count - len(kept[-1])
        self.register_buffer("kept", torch.cat(kept), persistent=False)
        self.register_buffer("longer", torch.cat([*longer, torch.empty(0, vocab_size, dtype=torch.int64)]), False)

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Log-probabilities as logits."""
        rows = torch.arange(len(contexts))
        kept = torch.zeros_like(rows)
        for length in range(1, self.kept_length + 1):
            one_longer = self.longer[kept[rows], contexts[rows, -length]]
            seen = one_longer >= 0
            rows = rows[seen]
            kept[rows] = one_longer[seen]
        probabilities = self.kept[kept]
        history = kept[rows] - self.kept_before
        for length in range(self.kept_length + 1, self.config.order):
            level = self._level(length)
            places, seen = level.find(history * self.vocabulary.size + contexts[rows, -length])
            rows, history = rows[seen], places[seen]
            level.mix_into(probabilities, rows, history)
        return probabilities.log()

    def _level(self, length: int) -> Level:
        level = self.levels[length]
        assert isinstance(level, Level)
        return level

    def check_tensors(self, tensors: Mapping[str, tuple[torch.dtype | None, tuple[int, ...]]]) -> None:
        """Raise `ModelFileError` unless these (dtype, shape) can be a model's: lengths are free, but must agree."""
        if tensors.keys() != self.state_dict().keys():
            raise ModelFileError("it lacks tensors, or holds some of another model")
        for length in range(self.config.order):
            kinds = {name: tensors[f"levels.{length}.{name}"] for name in ("keys", "ends", "followers", "counts")}
            if any(dtype not in _INTEGERS or len(shape) != 1 for dtype, shape in kinds.values()):
                raise ModelFileError(f"its tensors of level {length} have another form")
            sizes = {name: shape[0] for name, (_, shape) in kinds.items()}
            if sizes["keys"] != sizes["ends"] or sizes["followers"] != sizes["counts"]:
                raise ModelFileError(f"its tensors of level {length} do not agree in length")

    def adopt(self, tensors: Mapping[str, Tensor]) -> None:
        """Take these tensors as the model's own. Raises `ModelFileError` where they are no counts of n-grams."""
        for name, tensor in tensors.items():
            _, place, buffer = name.split(".")
            setattr(self._level(int(place)), buffer, tensor)
        histories = 1
        for length in range(self.config.order):
            _check_level(self._level(length), self.vocabulary.size, histories)
            histories = len(self._level(length).keys)
        if not len(self._level(0).keys):
            raise ModelFileError("it holds no n-grams")
        self.estimate()


def discounts_of(counts: Tensor) -> Float32[Tensor, "4"]:
    """The discounts for counts of 0, 1, 2, and 3 or more, from how many n-grams have each count.

    >>> discounts_of(torch.tensor([1, 1, 1, 1, 2, 2, 3, 4])).tolist()
    [0.0, 0.5, 1.25, 1.0]
    """
    n1, n2, n3, n4 = torch.bincount(counts.clamp(max=5).long(), minlength=6)[1:5].tolist()
    if not n1 or not n2 or not n3:
        return torch.tensor([0.0, *FALLBACK_DISCOUNTS])
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    sane = all(0 < discount < count for count, discount in enumerate(found, start=1))
    return torch.tensor([0.0, *(found if sane else FALLBACK_DISCOUNTS)])


def _starts_group(rows: Integer[Tensor, "rows width"]) -> Bool[Tensor, " rows"]:
    """Of sorted rows, those that differ from the one before."""
    starts = torch.ones(len(rows), dtype=torch.bool)
    starts[1:] = (rows[1:] != rows[:-1]).any(1)
    return starts


def _is_padded(histories: Integer[Tensor, "rows length"]) -> Bool[Tensor, " rows"]:
    """Which histories (newest … oldest) go on beyond the boundary that begins the name."""
    return (histories[:, -2:] == BOUNDARY).all(1) if histories.shape[1] > 1 else histories.new_zeros(len(histories)) > 0


def _narrowed(values: Integer[Tensor, " n"]) -> Tensor:
    """The same values in the smallest integers that hold them."""
    largest = int(values.max()) if len(values) else 0
    return values.to(next(dtype for dtype in _INTEGERS if largest <= torch.iinfo(dtype).max))


def _check_level(level: Level, vocab_size: int, shorter_histories: int) -> None:
    """Raise `ModelFileError` unless every number of a level points to something there is, in the agreed order."""
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
    if not sound:
        raise ModelFileError("its n-grams are not in order")


def _ascends(values: Int64[Tensor, " n"], end: int) -> bool:
    """Whether the values go up strictly, from 0 or more to less than `end`."""
    return not len(values) or (bool((values.diff() > 0).all()) and int(values[0]) >= 0 and int(values[-1]) < end)
