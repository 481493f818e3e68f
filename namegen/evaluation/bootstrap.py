"""Is one model better than another, or was it luck which names were kept out? A paired bootstrap over names.

Names are drawn with replacement, again and again, and every model is judged on the same draw (Efron & Tibshirani
1993; for language Koehn 2004). Names and not characters are drawn, because the characters of a name belong together.
The middle 95 % of the differences that come out are the interval; one that holds no zero is a clear difference.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from namegen.errors import UsageError
from namegen.evaluation.losses import Evaluation

RESAMPLES = 2000
FEWEST_NAMES = 10  # of fewer, resamples know too little of what other names would say
HANDS = 4096  # more names than these are dealt at random into so many hands, and hands are drawn


@dataclass(frozen=True)
class Difference:
    """How much more a model loses than the best, nats per character, and the 95 % interval of that."""

    loss: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def differences_to_best(
    evaluations: Sequence[Evaluation], seed: int = 0, resamples: int = RESAMPLES
) -> list[Difference | None]:
    """The difference of each model to the one with the least loss, for which there is none.

    All must have been evaluated on the same names, in the same order; raises `UsageError` otherwise. Where even the
    least loss is infinite, the differences are nan and may be anything; where there are fewer than `FEWEST_NAMES` names
    the intervals are without bounds, so that nothing is clear.

    >>> import namegen
    >>> names = list(namegen.read_corpus("irish").names)
    >>> models = [namegen.train("irish", model=family).evaluate(names) for family in ("ngram", "bigram")]
    >>> best, other = differences_to_best(models)
    >>> best is None, other.is_clear, other.low < other.loss < other.high
    (True, True, True)
    """
    if not evaluations:
        return []
    if any(not torch.equal(e.name_characters, evaluations[0].name_characters) for e in evaluations):
        raise UsageError("Models can be compared on the same names only.")
    best = min(range(len(evaluations)), key=lambda place: evaluations[place].loss)
    if not math.isfinite(evaluations[best].loss):
        unknown = Difference(math.nan, -math.inf, math.inf)
        return [unknown if place != best else None for place in range(len(evaluations))]
    losses = torch.stack([e.name_losses() for e in evaluations])
    low, high = torch.tensor([[-math.inf], [math.inf]]).expand(2, len(losses))
    if evaluations[best].names >= FEWEST_NAMES:
        low, high = _interval(losses - losses[best], evaluations[best].name_characters.double(), seed, resamples)
    found: list[Difference | None] = []
    for place, evaluation in enumerate(evaluations):
        loss = evaluation.loss - evaluations[best].loss
        found.append(Difference(loss, float(low[place]), float(high[place])) if place != best else None)
    return found


def _interval(
    more: Float64[Tensor, "models names"], characters: Float64[Tensor, " names"], seed: int, resamples: int
) -> Float64[Tensor, "2 models"]:
    """The bounds of the middle 95 % of Σ more / Σ characters, over names drawn with replacement."""
    generator = torch.Generator().manual_seed(seed)
    sums = torch.cat([more, characters[None]])
    if len(characters) > HANDS:
        hand = torch.randperm(len(characters), generator=generator) % HANDS
        sums = sums.new_zeros(len(sums), HANDS).index_add_(1, hand, sums)
    size = sums.shape[1]
    drawn = torch.randint(size, (resamples, size), generator=generator)
    drawn += size * torch.arange(resamples)[:, None]
    times = torch.bincount(drawn.flatten(), minlength=resamples * size).view(resamples, size)
    totals = _weighted(sums, times.double())
    outcomes = (totals[:-1] / totals[-1]).sort(dim=1).values
    return outcomes[:, [int(0.025 * (resamples - 1)), int(0.975 * (resamples - 1) + 0.5)]].T


def _weighted(
    sums: Float64[Tensor, "rows names"], times: Float64[Tensor, "resamples names"]
) -> Float64[Tensor, "rows resamples"]:
    """sums @ times.T, where a loss may be infinite and 0 × ∞ is 0: a name that was not drawn."""
    is_infinite = sums.isinf()
    totals = sums.masked_fill(is_infinite, 0) @ times.T
    return totals.masked_fill(is_infinite.double() @ times.T > 0, math.inf)
