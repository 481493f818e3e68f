"""A trained model as few bytes: what a page carries with it.

    header length (uint32) | header (JSON, ASCII) | arrays end to end                   all of it deflated

The header names the model's family, settings, vocabulary and tensors, says which letters have capitals, and stands for
each array with its type, place and length. Arrays of integers that never go down are stored as differences. Weight
matrices are rounded: to int8 with a factor for each row, or to float16, or not at all, whichever is smallest and costs
next to nothing.

This room knows how models are stored, and nothing of pages.
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

PRECISIONS = ("int8", "float16", "float32")  # smallest first
MAX_COST = 0.005  # nats per character that the rounding of weights may cost
NAMES_JUDGED = 1000  # where there is no test part
MISTAKEN_BITS = 20  # a name that is not on the list is taken for one that is with a probability of 2 to the minus this
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
    >>> packed = pack(namegen.open_model("irish"))
    >>> len(packed.data) < 50_000, packed.cost  # counts are stored as they are
    (True, 0.0)
    """
    model, arrays = trained.model, Arrays()
    precision, cost = _round(trained)
    header = {
        "model": {
            "family": model.family,
            "config": model.settings.to_json(),
            "vocabulary": model.vocabulary.characters,
            "tensors": {name: arrays.add(tensor, precision) for name, tensor in model.state_dict().items()},
        },
        "known": _known(trained.list_hashes, arrays),
        "capitals": _capitals(model.vocabulary.characters),
    }
    text = json.dumps(header, sort_keys=True).encode("ascii")
    data = len(text).to_bytes(4, "little") + text + arrays.data
    return Packed(zlib.compress(data, 9, wbits=-zlib.MAX_WBITS), precision, cost)


@dataclass
class Arrays:
    """Arrays end to end, and for each a note by which it is found again."""

    data: bytearray = field(default_factory=bytearray)

    def add(self, tensor: Shaped[Tensor, "..."], precision: str = "float32") -> dict[str, Any]:
        """Store a tensor in the fewest bytes, and return its note."""
        if tensor.is_floating_point():
            return self._add_numbers(tensor, precision)
        values = tensor.flatten().long()
        differences = values.diff(prepend=values.new_zeros(1))
        ascending = bool((differences >= 0).all())
        return self._store(_narrowed(differences if ascending else values)) | {"ascending": ascending}

    def _add_numbers(self, tensor: Tensor, precision: str) -> dict[str, Any]:
        stored, scales = quantise(tensor, precision)
        note = self._store(stored)
        return note if scales is None else note | {"scales": self._store(scales)}

    def _store(self, tensor: Tensor) -> dict[str, Any]:
        start = len(self.data)
        buffer = bytearray(tensor.nbytes)
        if buffer:
            torch.frombuffer(buffer, dtype=tensor.dtype).copy_(tensor.flatten())
        self.data += buffer
        return {"array": str(tensor.dtype).removeprefix("torch."), "start": start, "length": tensor.numel()}


def quantise(tensor: Float[Tensor, "*shape"], precision: str) -> tuple[Tensor, Float[Tensor, "rows 1"] | None]:
    """A tensor as it is stored, and the factor of each row where it is int8. Vectors are few numbers, and stay exact.

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
    """The model as it is after its weights were stored in this precision: what whoever unpacks it has."""
    rounded = copy.deepcopy(model)
    restored = {}
    for name, tensor in model.state_dict().items():
        stored, scales = quantise(tensor, precision) if tensor.is_floating_point() else (tensor, None)
        restored[name] = stored * scales if scales is not None else stored.to(tensor.dtype)
    rounded.load_state_dict(restored)
    return rounded


def _round(trained: TrainedModel) -> tuple[str, float]:
    """The smallest precision for the weights that costs next to nothing, and what it costs."""
    tensors = trained.model.state_dict().values()
    if any(tensor.is_floating_point() and tensor.ndim > 1 for tensor in tensors):
        names = _names_to_judge_by(trained)
        exact = evaluate(trained.model, names).loss
        for precision in PRECISIONS[:-1]:
            rounded = rounded_model(trained.model, precision)
            if not all(bool(tensor.isfinite().all()) for tensor in rounded.state_dict().values()):
                continue  # some weights are larger than the precision can hold
            cost = evaluate(rounded, names).loss - exact
            if cost <= MAX_COST:
                return precision, cost
    return PRECISIONS[-1], 0.0


def _names_to_judge_by(trained: TrainedModel) -> Names:
    """The test part of the list that the model comes from; where that is gone, or has none, names of its own."""
    with contextlib.suppress(SourceError):
        test = trained.read_split().test
        if len(test):
            return test
    return trained.select(NAMES_JUDGED, seed=0, allow_known=True, allow_repeats=True).names


def _known(hashes: Int64[Tensor, " names"], arrays: Arrays) -> dict[str, Any]:
    """The first bits of the hashes, as many as keep mistakes rare, in order."""
    bits = min(len(hashes).bit_length() + MISTAKEN_BITS + 1, _LARGEST_HASH)  # a name is asked for in two spellings
    first_bits = (hashes >> (64 - bits)) & ((1 << bits) - 1)
    return {"bits": bits, "hashes": arrays.add(first_bits.unique())}


def _capitals(characters: str) -> dict[str, str]:
    """The small letters with what stands for them at the beginning of a word: browsers tell no `title` from `upper`."""
    return {letter: letter.title() for letter in sorted(set(characters.lower())) if letter.title() != letter}


def _narrowed(values: Int64[Tensor, " n"]) -> Tensor:
    """The same integers in the smallest type that holds them, and that JavaScript has."""
    least, largest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    fits = (t for t in _INTEGERS if torch.iinfo(t).min <= least and largest <= torch.iinfo(t).max)
    return values.to(next(fits, torch.float64))
