"""The numbers behind the pictures, as plain data: what a model counted, believes, learned and generates.

Drawing them is the affair of `plots` (files) and of the command line (terminal); this room knows nothing of colours.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from namegen.errors import UsageError
from namegen.evaluation.scoring import are_known
from namegen.examples import Examples
from namegen.modelfile import TrainingRecord
from namegen.models import MLP, Bigram, Blend, NameModel
from namegen.text import Names
from namegen.vocabulary import BOUNDARY, BOUNDARY_SYMBOL, Vocabulary

VOWELS = frozenset("aeiouyæøåäöüœıɪаеёиоуыэюяєіїαεηιουω")
SATURATED = 0.99  # |tanh| beyond this passes hardly any gradient
SILENT = 0.01  # a gelu that gives less than this, on the side that is cut off, passes hardly anything
BATCH = 512
MOST_TOKENS = 48  # in a matrix that can still be read
ROWS_ASKED = 256

AnyModel = TypeVar("AnyModel", bound=NameModel)


@dataclass(frozen=True)
class Matrix:
    """A number for every pair of tokens: `values[i][j]` is that of token j after token i, counts or probabilities.

    Of a large vocabulary only the most frequent tokens are shown; `left_out` are the others.
    """

    title: str
    symbols: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    left_out: int = 0


@dataclass(frozen=True)
class Point:
    """Where a token lies in the plane, and whether it is a vowel."""

    symbol: str
    x: float
    y: float
    is_vowel: bool


@dataclass(frozen=True)
class Embedding:
    """The rows of C in two dimensions: as they are, or their first two principal components.

    `explained` is the share of the variance that lies in the plane.
    """

    points: tuple[Point, ...]
    dimensions: int
    explained: float


@dataclass(frozen=True)
class Activations:
    """What the units of a hidden layer do on a batch of examples.

    `is_saturated[example][unit]`: for tanh |h| > 0.99; for gelu silent, |h| < 0.01 where the input is negative.
    `share` of all that is so; `dead` units are so for every example. `mean` is the mean |h|.
    """

    activation: str
    layer: int
    layers: int
    is_saturated: tuple[tuple[bool, ...], ...]
    share: float
    dead: tuple[int, ...]
    mean: float

    @property
    def title(self) -> str:
        """What the picture says, in a line."""
        what = "saturated (|tanh| > 0.99)" if self.activation == "tanh" else "silent (|gelu| < 0.01, input < 0)"
        return f"hidden layer {self.layer}: {self.share:.1%} {what}"

    def dead_units(self, most: int = 12) -> str:
        """Which units are dead, by number from 1, and what share of all they are."""
        if not self.dead:
            return "no dead units"
        named = ", ".join(str(unit + 1) for unit in self.dead[:most])
        more = f" and {len(self.dead) - most:,} more" if len(self.dead) > most else ""
        return f"dead units: {len(self.dead):,} ({len(self.dead) / len(self.is_saturated[0]):.1%}): {named}{more}"


@dataclass(frozen=True)
class Curve:
    """The training of one network: losses in nats per character after so many steps; None where there was none."""

    member: str
    steps: tuple[int, ...]
    train: tuple[float, ...]
    validation: tuple[float | None, ...]

    @property
    def best(self) -> tuple[int, float] | None:
        """The step of the least validation loss, and that loss."""
        seen = [(loss, step) for step, loss in zip(self.steps, self.validation, strict=True) if loss is not None]
        return min(seen)[::-1] if seen else None


@dataclass(frozen=True)
class Lengths:
    """The share of names of each length, from 0 on: of those generated, and of the list where it is at hand."""

    generated: tuple[float, ...]
    listed: tuple[float, ...] | None


def counts(model: NameModel, most: int = MOST_TOKENS) -> Matrix:
    """The count matrix of a bigram model, or of the bigram in a blend. Raises `UsageError` for other families."""
    bigram = member_of(model, Bigram, "counts are what the bigram model holds. Train one with --model bigram.")
    kept = _most_frequent(bigram.counts.sum(0).double(), most)
    rows = bigram.counts[kept][:, kept]
    return _matrix("how often each letter follows each other", bigram.vocabulary, kept, rows)


def probabilities(model: NameModel, most: int = MOST_TOKENS) -> Matrix:
    """p(next | letter) of a bigram; of models with a longer memory p(next | a name that has begun with the letter).

    >>> from namegen.models import BigramConfig
    >>> probabilities(Bigram(BigramConfig(), Vocabulary("a"))).values
    ((0.5, 0.5), (0.5, 0.5))
    """
    tokens = torch.arange(model.vocabulary.size)
    total = torch.zeros(model.vocabulary.size, dtype=torch.float64)
    for part in tokens.split(ROWS_ASKED):
        total += _after(model, part).sum(0)
    kept = _most_frequent(total, most)
    title = "p(next letter | letter)"
    if model.context_size > 1:
        title = "p(next letter | the name so far is one letter)"
    return _matrix(title, model.vocabulary, kept, _after(model, kept)[:, kept])


def _after(model: NameModel, tokens: Int64[Tensor, " tokens"]) -> Float[Tensor, "tokens vocab"]:
    """The probabilities of what follows names that so far are one token (the boundary: none)."""
    contexts = torch.full((len(tokens), model.context_size), BOUNDARY)
    contexts[:, -1] = tokens
    return model.log_probabilities(contexts).exp()


def _most_frequent(weights: Float[Tensor, " vocab"], most: int) -> Int64[Tensor, " kept"]:
    """The boundary and the tokens with the greatest weights, `most` in all, in the order of the vocabulary."""
    return torch.cat(
        [torch.tensor([BOUNDARY]), 1 + weights[1:].topk(min(most, len(weights)) - 1).indices.sort().values]
    )


def _matrix(title: str, vocabulary: Vocabulary, kept: Int64[Tensor, " kept"], rows: Tensor) -> Matrix:
    symbols = _symbols(vocabulary)
    values = tuple(tuple(map(float, row)) for row in rows.tolist())
    return Matrix(title, tuple(symbols[token] for token in kept.tolist()), values, vocabulary.size - len(kept))


def embedding(model: NameModel) -> Embedding:
    """The embedding of an MLP, or of the first in a blend, in the plane. Raises `UsageError` for other families."""
    network = member_of(model, MLP, "an embedding is what the mlp model learns. Train one with --model mlp.")
    rows = network.embedding.detach().float()
    plane, explained = principal_plane(rows)
    symbols = _symbols(network.vocabulary)
    points = (Point(s, x, y, is_vowel(s)) for s, (x, y) in zip(symbols, plane.tolist(), strict=True))
    return Embedding(tuple(points), rows.shape[1], explained)


def principal_plane(rows: Float[Tensor, "rows dimensions"]) -> tuple[Float[Tensor, "rows 2"], float]:
    """Rows in two dimensions, and the share of their variance in these; two-dimensional rows stay as they are.

    The sign of each component is such that its largest value is positive, so that the picture is always the same.

    >>> principal_plane(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))[0].tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if rows.shape[1] <= 2:
        return F.pad(rows, (0, 2 - rows.shape[1])), 1.0
    left, scales, _ = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    plane = F.pad(left * scales, (0, 2))[:, :2]
    largest = plane.gather(0, plane.abs().argmax(0, keepdim=True))
    explained = scales[:2].square().sum() / scales.square().sum().clamp(min=1e-30)
    return plane * largest.sign(), float(explained)


def is_vowel(symbol: str) -> bool:
    """Whether a character is a vowel, accents and case aside, in the Latin, Cyrillic or Greek script."""
    letter = symbol.lower()
    return letter != "й" and unicodedata.normalize("NFD", letter)[0] in VOWELS


@torch.inference_mode()
def activations(
    model: NameModel, names: Iterable[str], layer: int = 1, examples: int = BATCH, seed: int = 0
) -> Activations:
    """A hidden layer (from 1) of an MLP, or of the first in a blend, on examples chosen at random from names.

    Names with a character that the network does not know are left out. Raises `UsageError` for other families, for a
    layer that is not there, and where there are no examples.
    """
    network = member_of(model, MLP, "activations are what the mlp model has. Train one with --model mlp.")
    layers = network.config.hidden_layers
    if not 1 <= layer <= layers:
        raise UsageError(f"layer {layer} is not there: the number of hidden layers is {layers}.")
    names = Names.of(names)
    usable = Examples(names.select(are_known(names, [network.vocabulary])), network.vocabulary, network.context_size)
    if not len(usable):
        raise UsageError("no names to show activations on: each has a character that the network does not know.")
    chosen = torch.randperm(len(usable), generator=torch.Generator().manual_seed(seed))[:examples]
    contexts, _ = usable.batch(chosen)
    inputs, outputs = list(_hidden(network, contexts))[layer - 1]
    is_tanh = network.config.activation == "tanh"
    is_saturated = outputs.abs() > SATURATED if is_tanh else (inputs < 0) & (outputs.abs() < SILENT)
    return Activations(
        network.config.activation,
        layer,
        layers,
        tuple(tuple(row) for row in is_saturated.tolist()),
        float(is_saturated.float().mean()),
        tuple(is_saturated.all(0).nonzero().squeeze(1).tolist()),
        float(outputs.abs().mean()),
    )


def _hidden(network: MLP, contexts: Int64[Tensor, "batch context"]) -> Iterator[tuple[Tensor, Tensor]]:
    """What goes into the units of each hidden layer, and what comes out of them."""
    activate = torch.tanh if network.config.activation == "tanh" else F.gelu
    x = network.embed(contexts)
    for layer, hidden in enumerate(network.hidden):
        inputs = hidden(x if layer == 0 else network.norms[layer - 1](x))
        outputs = activate(inputs)
        yield inputs, outputs
        x = outputs if layer == 0 else x + outputs


def curves(record: TrainingRecord) -> list[Curve]:
    """The history of every network that was trained. Raises `UsageError` where there is none."""
    if not record.history:
        raise UsageError("no training history: the model was counted, blended or trained by an older version.")
    members = dict.fromkeys(row.get("member", "mlp") for row in record.history)
    found = []
    for member in members:
        rows = [row for row in record.history if row.get("member", "mlp") == member]
        steps, train = (tuple(row[key] for row in rows) for key in ("step", "train_loss"))
        found.append(Curve(member, steps, train, tuple(row.get("validation_loss") for row in rows)))
    return found


def lengths(generated: Iterable[str], listed: Iterable[str] | None = None) -> Lengths:
    """How long generated names are, against those of a list.

    >>> lengths(["ab", "c"], ["de", "fg"])
    Lengths(generated=(0.0, 0.5, 0.5), listed=(0.0, 0.0, 1.0))
    """
    samples = [Names.of(generated).lengths] + ([Names.of(listed).lengths] if listed is not None else [])
    longest = max(int(sample.max()) for sample in samples)
    shares = [(torch.bincount(s, minlength=longest + 1).double() / len(s)).tolist() for s in samples]
    return Lengths(tuple(shares[0]), tuple(shares[1]) if listed is not None else None)


def member_of(model: NameModel, family: type[AnyModel], complaint: str) -> AnyModel:
    """The model itself, or the first member of a blend, that is of a family. Raises `UsageError` with the complaint."""
    candidates = [*model.members] if isinstance(model, Blend) else [model]
    for candidate in candidates:
        if isinstance(candidate, family):
            return candidate
    raise UsageError(f"this is a {model.family} model; {complaint}")


def _symbols(vocabulary: Vocabulary) -> tuple[str, ...]:
    return (BOUNDARY_SYMBOL, *vocabulary.characters)


def short(value: float) -> str:
    """A count, or a probability without its leading zero, in at most five characters.

    >>> [short(value) for value in (0.0, 17.0, 12345.0, 0.25, 0.0004)]
    ['0', '17', '12345', '.25', '.000']
    """
    if value == int(value):
        return f"{int(value)}" if value < 100_000 else f"{value:.0e}".replace("e+0", "e")
    return f"{value:.2f}".removeprefix("0") if value >= 0.095 else f"{value:.3f}".removeprefix("0")


def visible(symbol: str) -> str:
    """A character that can be seen: a space as `␣`, a combining mark on a dotted circle."""
    if symbol.isspace():
        return "␣"
    return f"◌{symbol}" if unicodedata.combining(symbol) else symbol if symbol.isprintable() else f"{ord(symbol):04X}"
