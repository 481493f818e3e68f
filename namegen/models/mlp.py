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
from namegen.models.mlp_speed import DropoutMasks, FirstLayerTable, table_pays
from namegen.settings import MLPSettings


class Linear(nn.Module):
    """x Wᵀ + b. Its weights are undefined until they are set."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, dtype=torch.float32))
        self.bias = nn.Parameter(torch.empty(outputs, dtype=torch.float32))

    def initialise(self, generator: torch.Generator, gain: float) -> None:
        """Draw the weights so that outputs vary `gain` times as much as inputs (He et al. 2015); bias zero."""
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
        inputs, units = settings.context_size * settings.embedding_size, settings.hidden_size
        layers = settings.hidden_layers
        self.hidden = nn.ModuleList(Linear(units if layer else inputs, units) for layer in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(units, dtype=torch.float32) for _ in range(layers - 1))
        self.output = Linear(units if layers else inputs, vocabulary.size)
        self.product_dtype = torch.float32  # the training may choose bfloat16
        self.dropout_generator = torch.Generator()
        self._dropout_masks = DropoutMasks(keep=1 - settings.dropout)
        self._table = FirstLayerTable()

    def forward(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch vocab"]:
        """Logits (batch, vocab), by the formulas above."""
        if self.hidden:
            h = self._drop(self._activation(self._first_sums(contexts)))
        else:
            h = self.embed(contexts).to(self.product_dtype)
        for norm, hidden in zip(self.norms, self.hidden[1:], strict=True):
            h = h + self._drop(self._activation(hidden(norm(h))))
        logits: Tensor = self.output(h)
        return logits.float()

    def _first_sums(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch hidden"]:
        """x W₁ + b₁; the same from a table of summands, where that is faster."""
        first = cast(Linear, self.hidden[0])
        learns = self.training or (torch.is_grad_enabled() and first.weight.requires_grad)
        multiplies = self.settings.input == "one-hot" if learns else self.product_dtype != torch.float32
        if not multiplies and table_pays(contexts, self.vocabulary.size, len(first.weight), learns=learns):
            sums = self._table.sums(contexts, self.embedding, first.weight, first.bias, learns=learns)
            return sums.to(self.product_dtype)
        product: Tensor = first(self.embed(contexts).to(self.product_dtype))
        return product

    def embed(self, contexts: Int64[Tensor, "batch context"]) -> Float[Tensor, "batch features"]:
        """The rows of C for a context, side by side."""
        if self.settings.input == "one-hot":
            one_hot = F.one_hot(contexts, self.vocabulary.size).to(self.embedding.dtype)
            return (one_hot @ self.embedding).flatten(1)
        return F.embedding(contexts, self.embedding).flatten(1)

    def _activation(self, x: Tensor) -> Tensor:
        return torch.tanh(x) if self.settings.activation == "tanh" else F.gelu(x)

    def _drop(self, x: Tensor) -> Tensor:
        """Dropout (Srivastava et al. 2014) from an explicit generator, which the training sets."""
        return self._dropout_masks.apply(x, self.dropout_generator) if self.training and self.settings.dropout else x

    def initialise(self, generator: torch.Generator) -> None:
        """Draw the weights. The output starts small, so that the first guess is close to uniform."""
        nn.init.normal_(self.embedding, generator=generator)
        gain = 5 / 3 if self.settings.activation == "tanh" else 2**0.5
        for layer in self.hidden:
            cast(Linear, layer).initialise(generator, gain)
        self.output.initialise(generator, gain=0.1)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use; the optimiser changes weights unseen by autograd, so drop the table."""
        self._table = FirstLayerTable()
        return super().train(mode)
