"""The numbers behind the pictures, as plain data: what a model counted, believes, learned and generates.

What hidden units do is found in `activations`. Drawing is the affair of `plots` (files) and of the command line
(terminal); this room knows nothing of colours.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
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
from namegen.evaluation.baselines import PairCounts
from namegen.files.model_file import TrainingRecord
from namegen.models import MLP, Bigram, Blend, NameModel

VOWELS = frozenset("aeiouyæøåäöüœıɪаеёиоуыэюяєіїαεηιουω")
MOST_TOKENS = 32  # in a matrix that can still be read on a slide
MOST_POINTS = 150  # in a plane
LETTERS_FORESEEN, ROWS_ASKED = 6, 256  # to find out which tokens a model uses most

COUNTS_TITLE = "how often each letter follows another"

Tokens = int  # to be shown, the boundary among them
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

    `explained` is the share of the variance that lies in the plane. Of a large vocabulary only the tokens that begin
    names most often are shown; `left_out` are the others.
    """

    points: tuple[Point, ...]
    dimensions: int
    explained: float
    left_out: int = 0


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


def counts(model: NameModel, most: Tokens = MOST_TOKENS) -> Matrix:
    """The count matrix of a bigram model, or of the bigram in a blend. Raises `UsageError` for other families.

    >>> from namegen.settings import BigramSettings
    >>> counts(Bigram(BigramSettings(), Vocabulary("a"))).values  # before anything was counted
    ((0.0, 0.0), (0.0, 0.0))
    """
    bigram = member_of(model, Bigram, "counts are what a bigram model holds")
    kept = _greatest(bigram.counts.sum(0).double(), most)
    return _matrix(COUNTS_TITLE, bigram.vocabulary, kept, bigram.counts[kept][:, kept])


def counts_in(names: Iterable[str], most: Tokens = MOST_TOKENS) -> Matrix:
    """The count matrix of a list: how often each letter follows another there.

    >>> found = counts_in(["ab", "abb"])
    >>> found.symbols, found.values
    (('.', 'a', 'b'), ((0.0, 2.0, 0.0), (0.0, 0.0, 2.0), (2.0, 0.0, 1.0)))
    """
    names = Names.of(names)
    vocabulary = Vocabulary.of(names)
    counted = PairCounts.of(NgramCounts.of(Examples(names, vocabulary, 1)), vocabulary.size)
    kept = _greatest(counted.totals(counted.pairs % vocabulary.size), most)
    return _matrix(COUNTS_TITLE, vocabulary, kept, counted.among(kept))


def probabilities(model: NameModel, most: Tokens = MOST_TOKENS) -> Matrix:
    """p(next | letter) of a bigram; of models with a longer memory p(next | a name that has begun with the letter).

    >>> from namegen.settings import BigramSettings
    >>> probabilities(Bigram(BigramSettings(), Vocabulary("a"))).values
    ((0.5, 0.5), (0.5, 0.5))
    """
    kept = _greatest(_expected(model), most)
    title = "p(next letter | letter)"
    if model.context_size > 1:
        title = "p(next letter | the name so far is one letter)"
    return _matrix(title, model.vocabulary, kept, _after(model, kept)[:, kept])


def _expected(model: NameModel) -> Float[Tensor, " vocab"]:
    """About how often a model expects each token in a name, as if it looked one letter back; rare ones go unasked."""
    letters = _after(model, torch.tensor([BOUNDARY]))[0]
    total = letters
    for _ in range(LETTERS_FORESEEN):
        likely, tokens = letters[1:].topk(min(ROWS_ASKED, len(letters) - 1))
        letters = likely @ _after(model, 1 + tokens)
        total = total + letters
    return total


def _after(model: NameModel, tokens: Int64[Tensor, " tokens"]) -> Float[Tensor, "tokens vocab"]:
    """The probabilities of what follows names that so far are one token (the boundary: none)."""
    contexts = torch.full((len(tokens), model.context_size), BOUNDARY)
    contexts[:, -1] = tokens
    return model.log_probabilities(contexts).exp()


def _greatest(weights: Float[Tensor, " vocab"], most: int) -> Int64[Tensor, " kept"]:
    """The boundary and the tokens with the greatest weights, `most` in all, in the order of the vocabulary."""
    return torch.cat(
        [torch.tensor([BOUNDARY]), 1 + weights[1:].topk(min(most, len(weights)) - 1).indices.sort().values]
    )


def _matrix(title: str, vocabulary: Vocabulary, kept: Int64[Tensor, " kept"], rows: Tensor) -> Matrix:
    symbols = vocabulary.symbols
    values = tuple(tuple(map(float, row)) for row in rows.tolist())
    return Matrix(title, tuple(symbols[token] for token in kept.tolist()), values, vocabulary.size - len(kept))


def embedding(model: NameModel, most: Tokens = MOST_POINTS) -> Embedding:
    """The embedding of an MLP, or of the first in a blend, in the plane. Raises `UsageError` for other families.

    >>> import namegen
    >>> found = embedding(namegen.train("irish", model="mlp", embedding_size=2, epochs=1).model)
    >>> found.dimensions, found.explained, [point.symbol for point in found.points if point.is_vowel]
    (2, 1.0, ['a', 'e', 'i', 'o', 'u', 'y'])
    """
    network = member_of(model, MLP, "an embedding is what the mlp model learns")
    rows = network.embedding.detach().float()
    plane, explained = principal_plane(rows)
    kept = _greatest(_expected(network), most)
    symbols = network.vocabulary.symbols
    points = (
        Point(symbols[token], x, y, is_vowel(symbols[token]))
        for token, (x, y) in zip(kept.tolist(), plane[kept].tolist(), strict=True)
    )
    return Embedding(tuple(points), rows.shape[1], explained, len(rows) - len(kept))


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


def curves(record: TrainingRecord) -> list[Curve]:
    """The history of every network that was trained. Raises `UsageError` where there is none.

    >>> rows = [{"step": 10, "train_loss": 2.5, "validation_loss": 2.4}, {"step": 20, "train_loss": 2.1}]
    >>> [curve] = curves(TrainingRecord(history=rows))
    >>> curve.steps, curve.train, curve.validation, curve.best
    ((10, 20), (2.5, 2.1), (2.4, None), (10, 2.4))
    """
    if not record.history:
        raise UsageError("no training history: it is what networks have. Train one with `model=mlp`, or a blend.")
    rows_of: dict[str, list[dict[str, Any]]] = {}
    for row in record.history:
        rows_of.setdefault(row.get("member", "mlp"), []).append(row)
    found = []
    for member, rows in rows_of.items():
        steps, train = (tuple(row[key] for row in rows) for key in ("step", "train_loss"))
        found.append(Curve(member, steps, train, tuple(row.get("validation_loss") for row in rows)))
    return found


def lengths(generated: Iterable[str], listed: Iterable[str] | None = None) -> Lengths:
    """How long generated names are, against those of a list.

    >>> lengths(["ab", "c"], ["de", "fg"])
    Lengths(generated=(0.0, 0.5, 0.5), listed=(0.0, 0.0, 1.0))
    """
    samples = [Names.of(generated).lengths] + ([Names.of(listed).lengths] if listed is not None else [])
    if not all(map(len, samples)):
        raise UsageError("There are no names to measure. Give at least one.")
    longest = max(int(sample.max()) for sample in samples)
    shares = [(torch.bincount(s, minlength=longest + 1).double() / len(s)).tolist() for s in samples]
    return Lengths(tuple(shares[0]), tuple(shares[1]) if listed is not None else None)


def member_of(model: NameModel, family: type[AnyModel], complaint: str) -> AnyModel:
    """The model itself, or the first member of a blend, that is of a family. Raises `UsageError` with the complaint."""
    candidates = [*model.members] if isinstance(model, Blend) else [model]
    for candidate in candidates:
        if isinstance(candidate, family):
            return candidate
    other = setting("model", family.__name__.lower())
    raise UsageError(f"the family of this model is {model.family}; {complaint}. Train one with {other}.")


def short(value: float) -> str:
    """A count, or a probability without its leading zero, in at most five characters.

    >>> [short(value) for value in (0.0, 17.0, 12345.0, 0.25, 0.0004)]
    ['0', '17', '12345', '.25', '.000']
    """
    if value == int(value):
        return f"{int(value)}" if value < 100_000 else f"{value:.0e}".replace("e+0", "e")
    return f"{value:.2f}".removeprefix("0") if value >= 0.095 else f"{value:.3f}".removeprefix("0")


def left_out(count: int) -> str:
    """What a title says of the tokens that are not shown.

    >>> left_out(0), left_out(1), left_out(2000)
    ('', '; 1 rarer letter left out', '; 2,000 rarer letters left out')
    """
    return f"; {count:,} rarer letter{'s' * (count > 1)} left out" if count else ""


def visible(symbol: str) -> str:
    """A character that can be seen: a space as `␣`, a combining mark on a dotted circle."""
    if symbol.isspace():
        return "␣"
    return f"◌{symbol}" if unicodedata.combining(symbol) else symbol if symbol.isprintable() else f"{ord(symbol):04X}"
