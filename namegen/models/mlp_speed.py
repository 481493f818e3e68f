"""What makes the network of `mlp` faster and changes none of its numbers: the table of the first layer, dropout masks.

What a character adds to x W₁ + b₁ depends only on its place in the context. Adding up the rows of a table of these
summands, one for each place, and spreading a gradient over them, is several times faster than the product, unless the
table is larger.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

TABLE_NUMBERS = 1 << 22  # the largest table that is held outside training: 16 MB
MASK_POOL = 1 << 22  # random numbers that dropout masks are cut from


def table_pays(contexts: Int64[Tensor, "batch context"], vocab_size: int, units: int, *, learns: bool) -> bool:
    """Whether the table is faster than the product for these contexts; in training it is computed for each batch."""
    if learns:
        return contexts.is_cpu and vocab_size <= len(contexts)
    return units * contexts.shape[1] * vocab_size <= TABLE_NUMBERS


class FirstLayerTable:
    """C W₁ for each place of the context, b₁ added to the first. Outside training it is held until weights change."""

    def __init__(self) -> None:
        self._held: tuple[object, Tensor] | None = None

    def sums(
        self,
        contexts: Int64[Tensor, "batch context"],
        embedding: Float[Tensor, "vocab features"],
        weight: Float[Tensor, "units inputs"],
        bias: Float[Tensor, " units"],
        *,
        learns: bool,
    ) -> Float[Tensor, "batch units"]:
        """x W₁ + b₁, as the sum of a row for each place."""
        places = torch.arange(contexts.shape[1], device=contexts.device) * len(embedding)
        rows = (_table if learns else self._hold)(embedding, weight, bias)
        return F.embedding_bag(contexts + places, rows, mode="sum")

    @torch.no_grad()
    def _hold(self, embedding: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        state = tuple((id(tensor), tensor.data_ptr(), tensor._version) for tensor in (embedding, weight, bias))
        if self._held is None or self._held[0] != state:
            self._held = (state, _table(embedding, weight, bias))
        return self._held[1]


def _table(embedding: Tensor, weight: Tensor, bias: Tensor) -> Float[Tensor, "context_vocab units"]:
    by_place = weight.unflatten(1, (-1, embedding.shape[1])).permute(1, 2, 0)
    table = torch.bmm(embedding.expand(len(by_place), -1, -1), by_place)
    table[0] += bias
    return table.flatten(0, 1)


class DropoutMasks:
    """Dropout whose masks are windows of one pool of draws: a draw for every unit would cost more than the layer."""

    def __init__(self, keep: float) -> None:
        self.keep = keep  # the share of units that stay
        self._pool: Tensor | None = None

    def apply(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """x with units set to zero, and the others scaled so that the mean stays."""
        if self._pool is None or len(self._pool) <= x.numel() or self._pool.dtype != x.dtype:
            size = max(MASK_POOL, 4 * x.numel())
            draws = torch.rand(size, generator=torch.Generator().manual_seed(0), dtype=torch.float32)
            self._pool = ((draws < self.keep) / self.keep).to(x)
        place = int(torch.randint(len(self._pool) - x.numel(), (), generator=generator))
        return x * self._pool[place : place + x.numel()].view_as(x)
