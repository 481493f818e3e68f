"""Trained models, or the pretrained network and all lists, as few bytes: what a page or a module carries with it.

    header length (uint32) | header (JSON, ASCII) | arrays end to end                   all of it deflated

The header holds the models (family, settings, vocabulary, the lengths and the case of the list), the bundled lists, the
network, the min-p that names are drawn with, how characters change case, and for each array its type, place and length.
Arrays of integers that never go down are stored as differences. Weight matrices of models are rounded: to int8 with a
factor for each row, or to float16, or not at all, whichever is smallest and raises the loss by at most `MAX_COST`.
"""

import copy
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any
from unicodedata import combining

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from namegen.api import TrainedModel
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import corpus_from, read_list
from namegen.corpus.sources import DEFAULT_SOURCE, bundled
from namegen.corpus.split import choose_at_most
from namegen.evaluation.losses import evaluate
from namegen.files.model_file import header_of
from namegen.models import Blend, NameModel
from namegen.models.ngram_order import narrowed
from namegen.settings import ListSettings, SampleSettings
from namegen.training.adaptation import vector_prior
from namegen.training.pretrained import PretrainedNetwork
from namegen.version import __version__

PRECISIONS = ("int8", "float16", "float32")  # smallest first
MAX_COST = 0.005  # nats per character that rounding the weights may add to the loss
EVALUATION_NAMES = 1000  # where there is no test set
MISTAKEN_BITS = 20  # a new name is taken for one on the list with a probability of 2 to the minus this
_LARGEST_HASH = 52  # bits: what a double holds exactly
MOST_LISTED = 10_000  # names of a list that a page carries
_NETWORK = ("embedding", "weight1", "bias1", "weight2", "bias2", "shift", "scale")


def pack(models: Mapping[str, TrainedModel]) -> tuple[bytes, str, float]:
    """Pack models by their names, and the names of their lists as hashes, those of bundled lists as they are.

    Also the precision of the model that is rounded at the greatest cost, and this cost.
    """
    arrays = Arrays()
    rounded = [_round(trained) for trained in models.values()]
    described = [
        {"id": str(place), "label": name} | _model(trained, arrays, *rounding)
        for place, ((name, trained), rounding) in enumerate(zip(models.items(), rounded, strict=True))
    ]
    precision, cost = max(rounded, key=itemgetter(1))
    return _deflated({"models": described, "lists": []}, arrays), precision, cost


def pack_lists(network: PretrainedNetwork) -> bytes:
    """Pack the pretrained network and every bundled list."""
    arrays = Arrays()
    mean, precision = vector_prior(network.vectors[1:])
    described: dict[str, Any] = {name: arrays.add(getattr(network, name), "float16") for name in _NETWORK}
    described |= {"priorMean": arrays.add(mean), "priorPrecision": arrays.add(precision)}
    content = {
        "models": [],
        "lists": [_list(name) for name in bundled()],
        "start": "irish",
        "network": described | {"characters": network.characters},
    }
    return _deflated(content, arrays)


def _model(trained: TrainedModel, arrays: "Arrays", precision: str, cost: float) -> dict[str, Any]:
    model, record = trained.model, trained.record
    case = "lower" if record.case == "keep" and not record.keep_case else record.case
    tensors = {name: arrays.add(tensor, precision) for name, tensor in model.state_dict().items()}
    return {
        "model": header_of(model) | {"tensors": tensors},
        "known": _known(trained, arrays),
        "count": len(trained.known_names.hashes),
        "usualLengths": record.usual_lengths,
        "case": case,
        "facts": list(_facts(trained, precision, cost)),
    }


def _list(name: str) -> dict[str, Any]:
    """A bundled list, cleaned, with all given names chosen down to as many as a page learns, and their labels."""
    reading = read_list(name, ListSettings(label="label"))
    corpus = corpus_from(reading)
    is_given = name != DEFAULT_SOURCE and bundled()[name][0].parent.name == "names"
    names = choose_at_most(MOST_LISTED, corpus.names)
    group = "Given names" if is_given or name == DEFAULT_SOURCE else "Other names"
    label = "all given names" if name == DEFAULT_SOURCE else name.title() if is_given else name
    labels = []
    for which, own in reading.with_labels(names).items():
        has = torch.isin(names.hashes(), own.hashes()).int().tolist()
        labels.append([which, "".join(map(str, has))])
    return {"id": name, "label": label, "group": group, "names": names.lines(), "case": corpus.case, "labels": labels}


def _facts(trained: TrainedModel, precision: str, cost: float) -> Iterator[tuple[str, str]]:
    """What a page says of a model: what it is, how good it is, and what the page approximates."""
    model, losses = trained.model, trained.record.losses
    yield "Model", " + ".join(families_of(model))
    yield "Characters", f"{model.vocabulary.size - 1:,}"
    if "test" in losses:
        yield "Loss on names it never saw", f"{losses['test']:.4f} nats per character"
    if precision != "float32":
        yield "Weights", f"rounded to {precision}, which changes the loss by {cost:+z.4f}"


def families_of(model: NameModel) -> list[str]:
    """The families of the members of a blend, or that of the model itself."""
    return [member.family for member in model.models] if isinstance(model, Blend) else [model.family]


def _deflated(content: dict[str, Any], arrays: "Arrays") -> bytes:
    header = content | {"minP": SampleSettings().min_p, "letters": _letters(), "program": f"namegen {__version__}"}
    text = json.dumps(header, sort_keys=True).encode("ascii")
    data = len(text).to_bytes(4, "little") + text + arrays.data
    return zlib.compress(data, 9, wbits=-zlib.MAX_WBITS)


@cache
def _letters() -> dict[str, dict[str, str] | str]:
    """What JavaScript lacks: `title` and `casefold`, where they differ from `toUpperCase` and `toLowerCase`; marks."""
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    return {
        "title": {c: c.title() for c in characters if c.title() != c.upper()},
        "folded": {c: c.casefold() for c in characters if c.casefold() != c.lower()},
        "marks": "".join(filter(combining, characters)),
    }


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
        stored = narrowed(differences if ascending else values)
        # JavaScript reads no integers of 64 bits.
        stored = stored.double() if stored.dtype == torch.int64 else stored
        return self._store(stored) | {"ascending": ascending}

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
    split = trained.split_if_readable()
    if split and len(split.test):
        return split.test
    own = SampleSettings(EVALUATION_NAMES, seed=0, raw=True, allow_known=True, allow_repeats=True)
    return trained.collect(own).names


def _known(trained: TrainedModel, arrays: Arrays) -> dict[str, Any]:
    """The names of a short bundled list; of others the first bits of the hashes, as many as keep mistakes rare."""
    hashes = trained.known_names.hashes
    if set(trained.record.sources) <= bundled().keys() and trained.record.sources and len(hashes) <= MOST_LISTED:
        names = trained.listed_names()
        if names is not None:
            return {"names": names.lines()}
    bits = min(len(hashes).bit_length() + MISTAKEN_BITS, _LARGEST_HASH)
    first_bits = (hashes >> (64 - bits)) & ((1 << bits) - 1)
    return {"bits": bits, "hashes": arrays.add(first_bits.unique()), "letterForLetter": trained.letter_for_letter}
