"""A model as JSON: all that it has learned, for any language. README.md in this folder describes the fields."""

import json
from dataclasses import asdict
from functools import singledispatch
from itertools import pairwise
from typing import Any

from jaxtyping import Int64
from torch import Tensor

from namegen.api import TrainedModel
from namegen.models import Bigram, Blend, NameModel, Ngram
from namegen.models.ngram_order import discounts_of
from namegen.version import __version__


def json_of(trained: TrainedModel) -> bytes:
    """The bytes of a JSON file.

    >>> import namegen
    >>> plain = json.loads(json_of(namegen.train(names=["ab", "b"], model="bigram", holdout=0)))["model"]
    >>> plain["vocabulary"], plain["counts"]
    (['\\n', 'a', 'b'], {'\\n': {'a': 1, 'b': 1}, 'a': {'b': 1}, 'b': {'\\n': 2}})
    """
    content = {
        "format": 2,  # 1 hashed names letter for letter
        "made_by": f"namegen {__version__}",
        "model": _description(trained.model),
        "training": json.loads(json.dumps(asdict(trained.record)), parse_constant=lambda _: None),  # infinite losses
        "hashes": {"train": _hexadecimal(trained.train_hashes), "held_out": _hexadecimal(trained.held_out_hashes)},
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode(errors="backslashreplace")  # the path of a source may not be UTF-8


def _description(model: NameModel) -> dict[str, Any]:
    about = {"family": model.family, "context_size": model.context_size, "vocabulary": _symbols(model)}
    return about | learned(model)


@singledispatch
def learned(model: NameModel) -> dict[str, Any]:
    """The settings of a model and what it has learned: its tensors, unless its family registers a clearer form here."""
    tensors = {name: _numbers(tensor) for name, tensor in model.state_dict().items()}
    return {"settings": model.settings.to_json(), "tensors": tensors}


@learned.register
def _bigram(model: Bigram) -> dict[str, Any]:
    symbols = _symbols(model)
    rows = [{symbols[token]: n for token, n in enumerate(row) if n} for row in model.counts.tolist()]
    return {"settings": model.settings.to_json(), "counts": dict(zip(symbols, rows, strict=True))}


@learned.register
def _ngram(model: Ngram) -> dict[str, Any]:
    symbols = _symbols(model)
    counts: dict[str, dict[str, int]] = {}
    dropped: dict[str, int] = {}
    discounts = []
    texts = [""]
    for length, order in enumerate(model.orders):
        if length:
            texts = [symbols[key % len(symbols)] + texts[key // len(symbols)] for key in order.keys.tolist()]
        seen = [(symbols[token], n) for token, n in zip(order.followers.tolist(), order.counts.tolist(), strict=True)]
        for text, (start, end) in zip(texts, pairwise([0, *order.ends.tolist()]), strict=True):
            counts[text] = dict(seen[start:end])
        by_count = order.discounts if order.pruned else discounts_of(order.counts)
        discounts.append(_numbers(by_count[1:]))
        if order.pruned:
            dropped |= dict(zip(texts, order.dropped.tolist(), strict=True))
    learned = {"settings": model.settings.to_json(), "discounts": discounts, "counts": counts}
    return learned | ({"dropped": dropped} if dropped else {})


@learned.register
def _blend(model: Blend) -> dict[str, Any]:
    return {"weights": _numbers(model.weights), "members": [*map(_description, model.models)]}


def _symbols(model: NameModel) -> list[str]:
    """The tokens as texts; the boundary is a newline."""
    return ["\n", *model.vocabulary.characters]


def _numbers(tensor: Tensor) -> Any:
    """A tensor as nested lists."""
    return _shortened(tensor.tolist()) if tensor.is_floating_point() else tensor.tolist()


def _shortened(numbers: Any) -> Any:
    """With nine digits, enough that a decimal number is read back as the same float32."""
    return [_shortened(one) for one in numbers] if isinstance(numbers, list) else float(f"{numbers:.9g}")


def _hexadecimal(hashes: Int64[Tensor, " names"]) -> list[str]:
    """Unsigned, as text: not every language has integers of 64 bits."""
    return [f"{number % (1 << 64):016x}" for number in hashes.tolist()]
