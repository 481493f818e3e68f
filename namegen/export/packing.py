"""A trained model as few bytes: what a page carries with it.

    header length (uint32) | header (JSON, ASCII) | arrays end to end                   all of it deflated

The header holds the model's family, settings and vocabulary, the lengths and the min-p that names are drawn with, how
characters change case, and for each array its type, place and length. Arrays of integers that never go down are stored
as differences. Weight matrices are rounded: to int8 with a factor for each row, or to float16, or not at all, whichever
is smallest and raises the loss by at most
`MAX_COST`.
"""

import contextlib
import copy
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from namegen.api import TrainedModel
from namegen.corpus.packed_names import Names
from namegen.errors import SourceError
from namegen.evaluation.losses import evaluate
from namegen.models import NameModel
from namegen.settings import SampleSettings

PRECISIONS = ("int8", "float16", "float32")  # smallest first
MAX_COST = 0.005  # nats per character that rounding the weights may add to the loss
EVALUATION_NAMES = 1000  # where there is no test set
MISTAKEN_BITS = 20  # a new name is taken for one on the list with a probability of 2 to the minus this
_INTEGERS = (torch.uint8, torch.int16, torch.int32)
_LARGEST_HASH = 52  # bits: what a double holds exactly


@dataclass(frozen=True)
class Packed:
    """A model in bytes. `cost` is by how much the rounding of its weights raises its loss, in nats per character."""

    data: bytes
    precision: str
    cost: float


def pack(trained: TrainedModel) -> Packed:
    """Pack a model, and the names of its list as hashes.

    >>> import namegen
    >>> packed = pack(namegen.train("irish", model="ngram"))
    >>> len(packed.data) < 50_000, packed.cost  # counts are stored as they are
    (True, 0.0)
    """
    model, arrays = trained.model, Arrays()
    precision, cost = _round(trained)
    letters = model.vocabulary.characters
    header = {
        "model": {
            "family": model.family,
            "settings": model.settings.to_json(),
            "vocabulary": letters,
            "tensors": {name: arrays.add(tensor, precision) for name, tensor in model.state_dict().items()},
        },
        "known": _known(trained.known_names.hashes, arrays),
        "usualLengths": trained.record.usual_lengths,
        "minP": SampleSettings().min_p,
        # JavaScript has no `title` and no `casefold`: what letters become at the beginning of a word, and in hashes
        "title": {letter: letter.title() for letter in sorted(set(letters.lower())) if letter.title() != letter},
        "folded": {c: c.casefold() for c in letters if c.casefold() != c and not trained.letter_for_letter},
    }
    text = json.dumps(header, sort_keys=True).encode("ascii")
    data = len(text).to_bytes(4, "little") + text + arrays.data
    return Packed(zlib.compress(data, 9, wbits=-zlib.MAX_WBITS), precision, cost)


@dataclass
class Arrays:
    """Arrays end to end. What adds one returns its place, as the header has it."""

    data: bytearray = field(default_factory=bytearray)

    def add(self, tensor: Shaped[Tensor, "..."], precision: str = "float32") -> dict[str, Any]:
        """Store a tensor in the fewest bytes."""
        if tensor.is_floating_point():
            stored, scales = quantise(tensor, precision)
            return self._store(stored) | ({} if scales is None else {"scales": self._store(scales)})
        values = tensor.flatten().long()
        differences = values.diff(prepend=values.new_zeros(1))
        ascending = bool((differences >= 0).all())
        return self._store(_narrowed(differences if ascending else values)) | {"ascending": ascending}

    def _store(self, tensor: Tensor) -> dict[str, Any]:
        start = len(self.data)
        buffer = bytearray(tensor.nbytes)
        if buffer:
            torch.frombuffer(buffer, dtype=tensor.dtype).copy_(tensor.flatten())
        self.data += buffer
        return {"array": str(tensor.dtype).removeprefix("torch."), "start": start, "length": tensor.numel()}


def quantise(tensor: Float[Tensor, "*shape"], precision: str) -> tuple[Tensor, Float[Tensor, "rows 1"] | None]:
    """A tensor as it is stored, and for int8 the factor of each row. Vectors are few numbers and stay exact.

    >>> stored, scales = quantise(torch.tensor([[1.0, -0.5], [0.0, 0.0]]), "int8")
    >>> stored.tolist(), scales.tolist()
    ([[127, -64], [0, 0]], [[0.00787...], [0.00787...]])
    """
    if tensor.ndim < 2 or precision == "float32":
        return tensor, None
    if precision == "float16":
        return tensor.half(), None
    largest = tensor.abs().amax(1, keepdim=True)
    scales = torch.where(largest > 0, largest, 1) / 127
    return (tensor / scales).round().to(torch.int8), scales


def rounded_model(model: NameModel, precision: str) -> NameModel:
    """The model with weights that were stored in this precision and read back."""
    rounded = copy.deepcopy(model)
    restored = {}
    for name, tensor in model.state_dict().items():
        stored, scales = quantise(tensor, precision) if tensor.is_floating_point() else (tensor, None)
        restored[name] = stored * scales if scales is not None else stored.to(tensor.dtype)
    rounded.load_state_dict(restored)
    return rounded


def _round(trained: TrainedModel) -> tuple[str, float]:
    """The smallest precision for the weights that costs at most `MAX_COST`, and what it costs."""
    if any(tensor.is_floating_point() and tensor.ndim > 1 for tensor in trained.model.state_dict().values()):
        names = _evaluation_names(trained)
        exact = evaluate(trained.model, names).loss
        for precision in PRECISIONS[:-1]:
            rounded = rounded_model(trained.model, precision)
            if not all(bool(tensor.isfinite().all()) for tensor in rounded.state_dict().values()):
                continue  # some weights are larger than the precision can hold
            cost = evaluate(rounded, names).loss - exact
            if cost <= MAX_COST:
                return precision, cost
    return PRECISIONS[-1], 0.0


def _evaluation_names(trained: TrainedModel) -> Names:
    """The test set of the list that the model was trained on; where that is gone or empty, names that it generates."""
    with contextlib.suppress(SourceError):
        test = trained.read_split().test
        if len(test):
            return test
    return trained.collect(
        SampleSettings(EVALUATION_NAMES, seed=0, raw=True, allow_known=True, allow_repeats=True)
    ).names


def _known(hashes: Int64[Tensor, " names"], arrays: Arrays) -> dict[str, Any]:
    """The first bits of the hashes, as many as keep mistakes rare, in order."""
    bits = min(len(hashes).bit_length() + MISTAKEN_BITS, _LARGEST_HASH)
    first_bits = (hashes >> (64 - bits)) & ((1 << bits) - 1)
    return {"bits": bits, "hashes": arrays.add(first_bits.unique())}


def _narrowed(values: Int64[Tensor, " n"]) -> Tensor:
    """The same integers in the smallest type that holds them, and that JavaScript has."""
    least, largest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    fits = (t for t in _INTEGERS if torch.iinfo(t).min <= least and largest <= torch.iinfo(t).max)
    return values.to(next(fits, torch.float64))
