"""Is one model better than another, or did chance hold out names that suit it? A paired bootstrap over names.

Names are drawn with replacement, again and again, and every model is evaluated on the same draw (Efron & Tibshirani
1993; for language Koehn 2004). Whole names are drawn, because the characters of a name depend on each other. The middle
95 % of the differences are the interval; a difference whose interval does not contain zero is clear.
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
FEWEST_NAMES = 10  # fewer say too little about other names
MOST_GROUPS = 4096  # more names than that are put into this many groups at random, and groups are drawn: less memory


@dataclass(frozen=True)
class Difference:
    """The loss of a model less that of the best, in nats per character, and the 95 % interval of this difference."""

    loss: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval does not contain zero."""
        return self.low > 0 or self.high < 0


def differences_from_best(
    evaluations: Sequence[Evaluation], seed: int = 0, resamples: int = RESAMPLES
) -> list[Difference | None]:
    """The difference of each model from the best, the one with the least loss; None for the best itself.

    All must have been evaluated on the same names in the same order; raises `UsageError` otherwise. Where even the
    least loss is infinite, the differences are nan. Of fewer than `FEWEST_NAMES` names the intervals are infinite, so
    that no difference is clear.
    """
    if not evaluations:
        return []
    if any(not torch.equal(e.name_characters, evaluations[0].name_characters) for e in evaluations):
        raise UsageError("Models can be compared on the same names only. Evaluate all of them on one list.")
    losses = [evaluation.loss for evaluation in evaluations]
    best = losses.index(min(losses))
    low, high = torch.tensor([[-math.inf], [math.inf]]).expand(2, len(losses))
    if evaluations[best].names >= FEWEST_NAMES and math.isfinite(losses[best]):
        sums = torch.stack([evaluation.name_losses() for evaluation in evaluations])
        low, high = _interval(sums - sums[best], evaluations[best].name_characters.double(), seed, resamples)
    bounds = zip(low.tolist(), high.tolist(), strict=True)
    found = [Difference(loss - losses[best], *both) for loss, both in zip(losses, bounds, strict=True)]
    return [*found[:best], None, *found[best + 1 :]]


def _interval(
    more: Float64[Tensor, "models names"], characters: Float64[Tensor, " names"], seed: int, resamples: int
) -> Float64[Tensor, "2 models"]:
    """The bounds of the middle 95 % of Σ more / Σ characters, over names drawn with replacement."""
    generator = torch.Generator().manual_seed(seed)
    sums = torch.cat([more, characters[None]])
    if len(characters) > MOST_GROUPS:
        group = torch.randperm(len(characters), generator=generator) % MOST_GROUPS
        sums = sums.new_zeros(len(sums), MOST_GROUPS).index_add_(1, group, sums)
    size = sums.shape[1]
    drawn = torch.randint(size, (resamples, size), generator=generator)
    drawn += size * torch.arange(resamples)[:, None]
    times = torch.bincount(drawn.flatten(), minlength=resamples * size).view(resamples, size)
    is_infinite, times = sums.isinf(), times.double()
    totals = sums.masked_fill(is_infinite, 0) @ times.T
    totals.masked_fill_(is_infinite.double() @ times.T > 0, math.inf)  # 0 × ∞ is 0: of a name that was not drawn
    outcomes = (totals[:-1] / totals[-1]).sort(dim=1).values
    return outcomes[:, [int(0.025 * (resamples - 1)), int(0.975 * (resamples - 1) + 0.5)]].T
