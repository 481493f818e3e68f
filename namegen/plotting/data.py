"""The numbers behind the pictures, as plain data: `picture_of` computes them for a model file.

Nothing here draws: that is done by `figures` (files) and `terminal`, from the same data.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY, Vocabulary
from namegen.errors import UsageError
from namegen.files.model_file import ModelFile, TrainingRecord
from namegen.models import MLP, Bigram, NameModel
from namegen.sampling.sampler import draw_names
from namegen.settings import PlotSettings

VOWELS = frozenset("aeiouyæøåäöüœıɪаеёиоуыэюяєіїαεηιουω")
MOST_TOKENS = 32  # in a matrix, so that it can still be read on a slide; the boundary is one of them
MOST_POINTS = 150  # in a plane
MOST_DEAD = 12  # units that are named
NAMES_DRAWN = 1000  # to find the tokens that a model uses most
SATURATED = 0.99  # |tanh| beyond this passes hardly any gradient
SILENT = 0.01  # |gelu| below this, where the input is negative, passes hardly any gradient
EXAMPLES_SHOWN = 512

COUNTS_TITLE = "how often each letter follows another"

AnyModel = TypeVar("AnyModel", bound=NameModel)


@dataclass(frozen=True)
class Matrix:
    """A number for every pair of tokens: `values[i][j]` is the count or probability of token j after token i."""

    title: str
    symbols: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    left_out: int = 0  # rarer tokens of a large vocabulary


@dataclass(frozen=True)
class Embedding:
    """The rows of C in two dimensions: as they are, or their first two principal components."""

    symbols: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    dimensions: int
    explained: float  # share of the variance that lies in the plane
    left_out: int = 0  # as in `Matrix`

    @property
    def caption(self) -> str:
        """What the plane is, in words."""
        share = f"; two principal components, {self.explained:.0%} of the variance" if self.dimensions > 2 else ""
        return f"{self.dimensions} numbers each, . is the end of a name{share}{left_out(self.left_out)}"


@dataclass(frozen=True)
class Activations:
    """The units of a hidden layer on a batch of examples.

    A saturated unit passes hardly any gradient, so it learns nothing from an example: for tanh |h| > 0.99; for gelu
    |h| < 0.01 where the input is negative. `is_saturated[example][unit]` says where, `share` is its mean, `dead` units
    are saturated on every example.
    """

    activation: str
    layer: int
    is_saturated: tuple[tuple[bool, ...], ...]
    share: float
    dead: tuple[int, ...]

    @property
    def title(self) -> str:
        """The share of saturated activations, in words."""
        rule = "|tanh| > 0.99" if self.activation == "tanh" else "|gelu| < 0.01, input < 0"
        return f"hidden layer {self.layer}: {self.share:.1%} saturated ({rule})"

    def dead_units(self) -> str:
        """Which units are dead, numbered from 1, and their share of all units."""
        if not self.dead:
            return "no dead units"
        numbers = ", ".join(str(unit + 1) for unit in self.dead[:MOST_DEAD])
        more = f" and {len(self.dead) - MOST_DEAD:,} more" if len(self.dead) > MOST_DEAD else ""
        return f"dead units: {len(self.dead):,} ({len(self.dead) / len(self.is_saturated[0]):.1%}): {numbers}{more}"


@dataclass(frozen=True)
class Curve:
    """The training of one network: losses in nats per character by step; None without validation."""

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
    """The share of names of each length, from 0: of generated names, and of the list where it can be read."""

    generated: tuple[float, ...]
    listed: tuple[float, ...] | None = None


Picture = Matrix | Embedding | Activations | tuple[Curve, ...] | Lengths  # a curve for each network


def picture_of(trained: ModelFile, settings: PlotSettings) -> Picture:
    """The numbers behind one picture of a model. Raises `UsageError` for a model that has no such picture."""
    if settings.kind in ("probabilities", "embedding"):
        return probabilities(trained.model) if settings.kind == "probabilities" else embedding(trained.model)
    if settings.kind == "loss":
        return curves(trained.record)
    split = trained.split_if_readable()
    listed = split.train if split else None
    if settings.kind == "counts":
        if listed is None or any(isinstance(member, Bigram) for member in trained.model.modules()):
            return counts(trained.model)
        return replace(counts_in(listed), title=f"{COUNTS_TITLE} in the {len(listed):,} training names")
    if settings.kind == "activations":
        names = draw_names(trained.model, settings.draws, settings.seed) if listed is None else listed
        return activations(trained.model, names, settings.layer, seed=settings.seed)
    return lengths(draw_names(trained.model, settings.draws, settings.seed), listed)


def counts(model: NameModel, most: int = MOST_TOKENS) -> Matrix:
    """The count matrix of a bigram model, or of the bigram in a blend. Raises `UsageError` for other families."""
    bigram = _member_of(model, Bigram, "the picture shows the counts of a bigram model")
    kept = _most_frequent(bigram.counts.sum(0).double(), most)
    return _matrix(COUNTS_TITLE, bigram.vocabulary, kept, bigram.counts[kept][:, kept])


def counts_in(names: Iterable[str], most: int = MOST_TOKENS) -> Matrix:
    """The count matrix of a list: how often each letter follows another.

    >>> found = counts_in(["ab", "abb"])
    >>> found.symbols, found.values
    (('.', 'a', 'b'), ((0.0, 2.0, 0.0), (0.0, 0.0, 2.0), (2.0, 0.0, 1.0)))
    """
    names = Names.of(names)
    vocabulary = Vocabulary.of(names)
    counted = NgramCounts.of(Examples(names, vocabulary, 1))
    first, second = counted.windows.long().unbind(1)
    totals = torch.zeros(vocabulary.size, dtype=torch.float64).index_add_(0, second, counted.counts.double())
    kept = _most_frequent(totals, most)
    row_of = torch.full((vocabulary.size,), len(kept))  # vocab² numbers would be too many: the others share a row
    row_of[kept] = torch.arange(len(kept))
    values = torch.zeros(len(kept) + 1, len(kept) + 1, dtype=torch.int64)
    values.index_put_((row_of[first], row_of[second]), counted.counts, accumulate=True)
    return _matrix(COUNTS_TITLE, vocabulary, kept, values[:-1, :-1])


def probabilities(model: NameModel, most: int = MOST_TOKENS) -> Matrix:
    """p(next | letter) of a bigram; of a model with a longer context, p(next | the name so far is this letter)."""
    kept = _most_generated(model, most)
    contexts = torch.full((len(kept), model.context_size), BOUNDARY)
    contexts[:, -1] = kept
    condition = "letter" if model.context_size == 1 else "the name so far is one letter"
    rows = model.log_probabilities(contexts).exp()
    return _matrix(f"p(next letter | {condition})", model.vocabulary, kept, rows[:, kept])


def _most_generated(model: NameModel, most: int) -> Int64[Tensor, " kept"]:
    """The boundary and, of a large vocabulary, the tokens that are most frequent in generated names."""
    if model.vocabulary.size <= most:
        return torch.arange(model.vocabulary.size)
    frequencies = Counter("".join(draw_names(model, NAMES_DRAWN, seed=0)))
    weights = [0.0, *(float(frequencies[character]) for character in model.vocabulary.characters)]
    return _most_frequent(torch.tensor(weights), most)


def _most_frequent(weights: Float[Tensor, " vocab"], most: int) -> Int64[Tensor, " kept"]:
    """The boundary and the tokens with the greatest weights, `most` in all, in the order of the vocabulary."""
    tokens = 1 + weights[1:].topk(min(most, len(weights)) - 1).indices.sort().values
    return torch.cat([torch.tensor([BOUNDARY]), tokens])


def _matrix(title: str, vocabulary: Vocabulary, kept: Int64[Tensor, " kept"], rows: Tensor) -> Matrix:
    symbols = tuple(vocabulary.symbols[token] for token in kept.tolist())
    values = tuple(tuple(map(float, row)) for row in rows.tolist())
    return Matrix(title, symbols, values, vocabulary.size - len(kept))


def embedding(model: NameModel) -> Embedding:
    """The embedding of an MLP, or of the first in a blend, in the plane. Raises `UsageError` for other families."""
    network = _member_of(model, MLP, "an embedding is learned by a network")
    plane, explained = principal_plane(network.embedding.detach())
    kept = _most_generated(network, MOST_POINTS)
    symbols = tuple(network.vocabulary.symbols[token] for token in kept.tolist())
    points = tuple((x, y) for x, y in plane[kept].tolist())
    return Embedding(symbols, points, network.embedding.shape[1], explained, network.vocabulary.size - len(kept))


def principal_plane(rows: Float[Tensor, "rows dimensions"]) -> tuple[Float[Tensor, "rows 2"], float]:
    """Rows in two dimensions, and the share of their variance in these; two-dimensional rows stay as they are.

    The sign of each component is such that its largest value is positive, so that the picture is always the same.
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
    return symbol not in "Йй" and unicodedata.normalize("NFD", symbol.lower())[0] in VOWELS


@torch.inference_mode()
def activations(model: NameModel, names: Iterable[str], layer: int = 1, seed: int = 0) -> Activations:
    """A hidden layer (from 1) of an MLP, or of the first in a blend, on examples chosen at random from names.

    Names with a character that the network does not know are left out. Raises `UsageError` for other families, for a
    layer that does not exist, and where no example is left.
    """
    network = _member_of(model, MLP, "only a network has activations")
    kind, layers = network.settings.activation, network.settings.hidden_layers
    if layer > layers:
        raise UsageError(f"`layer` {layer} does not exist. The last hidden layer is {layers}.")
    names = Names.of(names)
    usable = Examples(names.select(network.vocabulary.knows(names)), network.vocabulary, network.context_size)
    if not len(usable):
        raise UsageError("Every name contains a character that the network does not know. Plot another model.")
    chosen = torch.randperm(len(usable), generator=torch.Generator().manual_seed(seed))[:EXAMPLES_SHOWN]
    x = network.embed(usable.batch(chosen)[0])
    for place, hidden in enumerate(network.hidden[:layer]):
        inputs = hidden(network.norms[place - 1](x) if place else x)
        outputs = torch.tanh(inputs) if kind == "tanh" else F.gelu(inputs)
        x = x + outputs if place else outputs
    is_saturated = outputs.abs() > SATURATED if kind == "tanh" else (inputs < 0) & (outputs.abs() < SILENT)
    rows = tuple(map(tuple, is_saturated.tolist()))
    dead = tuple(is_saturated.all(0).nonzero().squeeze(1).tolist())
    return Activations(kind, layer, rows, float(is_saturated.float().mean()), dead)


def curves(record: TrainingRecord) -> tuple[Curve, ...]:
    """The history of every network that was trained. Raises `UsageError` for a model without a history.

    >>> rows = ({"step": 10, "train_loss": 2.5, "validation_loss": 2.4}, {"step": 20, "train_loss": 2.1})
    >>> [curve] = curves(TrainingRecord(history=rows))
    >>> curve.steps, curve.train, curve.validation, curve.best
    ((10, 20), (2.5, 2.1), (2.4, None), (10, 2.4))
    """
    if not record.history:
        raise UsageError(
            "The model has no training history: it was counted or adapted. Train a network: `model=mlp`, `preset=fast`."
        )
    rows_of: dict[str, list[Any]] = {}
    for row in record.history:
        values = (row["step"], row["train_loss"], row.get("validation_loss"))
        rows_of.setdefault(str(row.get("member", "mlp")), []).append(values)
    return tuple(Curve(member, *zip(*rows, strict=True)) for member, rows in rows_of.items())


def lengths(generated: Iterable[str], listed: Iterable[str] | None = None) -> Lengths:
    """How long generated names are, and those of a list."""
    samples = [Names.of(names).lengths for names in (generated, listed) if names is not None]
    longest = max(int(sample.max()) for sample in samples)
    shares = (torch.bincount(sample, minlength=longest + 1).double() / len(sample) for sample in samples)
    return Lengths(*(tuple(each.tolist()) for each in shares))


def _member_of(model: NameModel, family: type[AnyModel], reason: str) -> AnyModel:
    """The model itself, or the first member of a blend, that is of a family; raises `UsageError` with the reason."""
    found = next((member for member in model.modules() if isinstance(member, family)), None)
    if found is None:
        raise UsageError(f"This model is {model.family}; {reason}. Train one with `model={family.__name__.lower()}`.")
    return found


def short(value: float) -> str:
    """A count, or a probability without its leading zero."""
    return f"{value:.0f}" if value == int(value) else f"{value:.{2 if value >= 0.095 else 3}f}".removeprefix("0")


def left_out(count: int) -> str:
    """What a title says of the tokens that are not shown."""
    return f"; {count:,} rarer letter{'s' * (count > 1)} left out" if count else ""


def visible(symbol: str) -> str:
    """A character that can be seen: a space as `␣`, a combining mark on a dotted circle."""
    if symbol.isspace():
        return "␣"
    return f"◌{symbol}" if unicodedata.combining(symbol) else symbol if symbol.isprintable() else f"{ord(symbol):04X}"
