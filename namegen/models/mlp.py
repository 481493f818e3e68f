"""The embedding-MLP of Bengio et al. 2003, "A Neural Probabilistic Language Model", on characters.

    x = C[w₁], …, C[wₙ]         each character of the context becomes a row of C, and the rows stand side by side
    h = act(x W₁ + b₁)          a hidden layer reads them together; act is tanh in the paper, GELU by default
    logits = h W₂ + b₂

With no hidden layer and a context of one it is the neural bigram, whose logits come to be the logarithms of the
count matrix. With more than one hidden layer each further layer is a residual block on a normalised input,
h ← h + act(LayerNorm(h) W + b), so that depth does not hinder learning (He et al. 2016; Ba et al. 2016).
"""

from typing import Self, cast

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from namegen.corpus.vocabulary import Vocabulary
from namegen.models.base import NameModel
from namegen.settings import MLPSettings

TABLE_NUMBERS = 1 << 22  # the largest table of first sums that is held outside training: 16 MB
MASK_POOL = 1 << 22  # random numbers that dropout masks are cut from


class Linear(nn.Module):
    """x Wᵀ + b. Its weights are undefined until they are set."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, dtype=torch.float32))
        self.bias = nn.Parameter(torch.empty(outputs, dtype=torch.float32))

    def initialise(self, generator: torch.Generator, gain: float) -> None:
        """Weights drawn so that outputs vary `gain` times as much as inputs (He et al. 2015); bias zero."""
        nn.init.normal_(self.weight, std=gain / self.weight.shape[1] ** 0.5, generator=generator)
        nn.init.zeros_(self.bias)

    def forward(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch outputs"]:
        """The affine map, in the type of the input."""
        return F.linear(x, self.weight.to(x.dtype), self.bias.to(x.dtype))


class MLP(NameModel):
    """Characters → embedding → hidden layers → logits.

    >>> model = MLP(MLPSettings(context_size=3, embedding_size=2), Vocabulary("abc"))
    >>> model.initialise(torch.Generator().manual_seed(1))
    >>> model(torch.tensor([[0, 0, 1]])).shape
    torch.Size([1, 4])
    """

    family = "mlp"
    settings_type = MLPSettings
    settings: MLPSettings

    def __init__(self, settings: MLPSettings, vocabulary: Vocabulary) -> None:
        super().__init__(settings, vocabulary)
        self.context_size = settings.context_size
        self.embedding = nn.Parameter(torch.empty(vocabulary.size, settings.embedding_size, dtype=torch.float32))
        width = settings.context_size * settings.embedding_size
        self.hidden = nn.ModuleList()
        self.norms = nn.ModuleList()
        for layer in range(settings.hidden_layers):
            self.hidden.append(Linear(width, settings.hidden_size))
            if layer > 0:
                self.norms.append(nn.LayerNorm(settings.hidden_size, dtype=torch.float32))
            width = settings.hidden_size
        self.output = Linear(width, vocabulary.size)
        self.product_dtype = torch.float32  # the training may choose bfloat16
        self.dropout_generator = torch.Generator()
        self._masks: Tensor | None = None
        self._table: tuple[object, Tensor] | None = None

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Logits (batch, vocab), by the formulas above."""
        if self.hidden:
            h = self._drop(self._activation(self._first_layer(contexts)))
        else:
            h = self.embed(contexts).to(self.product_dtype)
        for norm, hidden in zip(self.norms, self.hidden[1:], strict=True):
            h = h + self._drop(self._activation(hidden(norm(h))))
        logits: Tensor = self.output(h)
        return logits.float()

    def embed(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch features"]:
        """The rows of C for a context, side by side."""
        if self.settings.input == "one-hot":
            one_hot = F.one_hot(contexts, self.vocabulary.size).to(self.embedding.dtype)
            return (one_hot @ self.embedding).flatten(1)
        return F.embedding(contexts, self.embedding).flatten(1)

    def _first_layer(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch hidden"]:
        """x W₁ + b₁; where it pays, by the table below, which gives the same sums faster."""
        first = cast(Linear, self.hidden[0])
        if self._table_pays(contexts, first):
            return self._first_layer_by_table(contexts, first)
        x = self.embed(contexts).to(self.product_dtype)
        sums: Tensor = first(x)
        return sums

    def _activation(self, x: Tensor) -> Tensor:
        return torch.tanh(x) if self.settings.activation == "tanh" else F.gelu(x)

    def _drop(self, x: Tensor) -> Tensor:
        """Dropout (Srivastava et al. 2014) from an explicit generator, which the training sets.

        Drawing a number for every unit would cost more than the layer, so the masks are windows, at random places, of
        one pool of draws.
        """
        if not (self.training and self.settings.dropout):
            return x
        keep = 1 - self.settings.dropout
        if self._masks is None or len(self._masks) <= x.numel() or self._masks.dtype != x.dtype:
            pool = max(MASK_POOL, 4 * x.numel())
            draws = torch.rand(pool, generator=torch.Generator().manual_seed(0), dtype=torch.float32)
            self._masks = ((draws < keep) / keep).to(x)
        place = int(torch.randint(len(self._masks) - x.numel(), (), generator=self.dropout_generator))
        return x * self._masks[place : place + x.numel()].view_as(x)

    def initialise(self, generator: torch.Generator) -> None:
        """Draw the weights. The output starts small, so that the first guess is close to uniform."""
        nn.init.normal_(self.embedding, generator=generator)
        gain = 5 / 3 if self.settings.activation == "tanh" else 2**0.5
        for layer in self.hidden:
            cast(Linear, layer).initialise(generator, gain)
        self.output.initialise(generator, gain=0.1)

    # From here on the first layer once more, for speed alone. What a character adds to x W₁ + b₁ depends on nothing but
    # the place where it stands. To add up the rows of a table of these summands, one for each place of the context, and
    # to spread a gradient over them, is several times faster than the product, unless the table is the larger work.

    def _table_pays(self, contexts: Int64[Tensor, "batch context"], first: Linear) -> bool:
        if self._is_learning(first):  # for each batch anew; one-hot rows are there to be multiplied, a GPU made for it
            return self.settings.input == "embedding" and contexts.is_cpu and self.vocabulary.size <= len(contexts)
        numbers = first.weight.shape[0] * self.context_size * self.vocabulary.size
        return numbers <= TABLE_NUMBERS and self.product_dtype == torch.float32

    def _is_learning(self, first: Linear) -> bool:
        return self.training or (torch.is_grad_enabled() and first.weight.requires_grad)

    def _first_layer_by_table(
        self, contexts: Int64[Tensor, "batch context"], first: Linear
    ) -> Float[Tensor, "batch hidden"]:
        """x W₁ + b₁, as the sum of a row of the table for each place."""
        places = torch.arange(self.context_size, device=contexts.device) * self.vocabulary.size
        table = self._summands(first) if self._is_learning(first) else self._kept_summands(first)
        return F.embedding_bag(contexts + places, table, mode="sum").to(self.product_dtype)

    def _summands(self, first: Linear) -> Float[Tensor, "context_and_vocab hidden"]:
        """C W₁ for each place in turn, b₁ added to the first."""
        by_place = first.weight.unflatten(1, (self.context_size, -1)).permute(1, 2, 0)
        table = torch.bmm(self.embedding.expand(self.context_size, -1, -1), by_place)
        table[0] += first.bias
        return table.flatten(0, 1)

    @torch.no_grad()
    def _kept_summands(self, first: Linear) -> Float[Tensor, "context_and_vocab hidden"]:
        """The same, computed again only where the weights have changed."""
        weights = (self.embedding, first.weight, first.bias)
        state = tuple((id(tensor), tensor.data_ptr(), tensor._version) for tensor in weights)
        if self._table is None or self._table[0] != state:
            self._table = (state, self._summands(first))
        return self._table[1]

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use; the optimiser changes weights behind autograd's back, so forget sums."""
        self._table = None
        return super().train(mode)
