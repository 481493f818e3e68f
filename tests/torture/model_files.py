"""Model files from strangers: thousands of mutated files, each refused in one line, or a model that works."""

import copy
import json
import random
import resource
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

import namegen
from namegen.errors import NamegenError
from namegen.plotting.data import curves
from namegen.training.checkpoint import Checkpoint
from torture.campaign import LIST, Results, prepare
from torture.command_line import MODELS

MOST_GROWTH = 1 << 30
STRANGE: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 7, 255, 2**31, 2**62, 2**63, 10**12, 10**400, 0.5, -0.0, 1e308, 1e-320),
    *(float("nan"), float("inf"), -float("inf"), "", "a", "aa", "\x1b[2J", "[red]", "\ud800", "\0", "mlp", "blend"),
    *("bigram", "\n", "é" * 100_000, [], [[]], [0], {}, {"a": 1}, [None] * 10_000, "\u202e", "../../etc/passwd", "F16"),
]

LARGEST = {"epochs": 300, "hidden_size": 300, "embedding_size": 300, "networks": 4, "max_seconds": 1}  # resumed

Mutator = Callable[[random.Random, bytes], bytes]


def opened(data: bytes) -> tuple[dict[str, Any], Any, bytes]:
    """The JSON header of a safetensors file, what namegen says within it, and the bytes after it."""
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    (inner,) = header["__metadata__"].values()
    return header, json.loads(inner), data[8 + size :]


def closed(header: Any, body: bytes, inner: Any = None) -> bytes:
    """A file of a header and the bytes after it; with `inner`, which may be JSON already, namegen says other things."""
    if inner is not None:
        (key,) = header["__metadata__"]
        header["__metadata__"][key] = inner if isinstance(inner, str) else json.dumps(inner)
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every value within a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def edited(rng: random.Random, value: Any) -> Any:
    """A JSON value with a value somewhere within it replaced, dropped, doubled or buried."""
    value = copy.deepcopy(value)
    path = rng.choice(places(value)[1:] or [()])
    if not path:
        return rng.choice(STRANGE)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    way, key = rng.randrange(6), path[-1]
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[key] = [holder[key]] * rng.choice([1, 2, 100])
    elif way == 2:
        for _ in range(rng.choice([1, 10, 100])):
            holder[key] = {"a": holder[key]} if rng.random() < 0.5 else [holder[key]]
    elif way == 3 and isinstance(holder[key], str):
        text = list(holder[key])
        text.insert(rng.randrange(len(text) + 1), rng.choice([*text, "\x1b", "\n", "\u0301", "\U0010ffff", "\ud800"]))
        holder[key] = "".join(text)
    elif way == 4 and type(holder[key]) in (int, float):
        holder[key] = holder[key] * rng.choice([-1, 2, 0.5, 1000]) + rng.choice([-1, 0, 1])
    else:
        holder[key] = rng.choice(STRANGE)
    return value


def flipped(rng: random.Random, data: bytes) -> bytes:
    """A few bits turned."""
    changed = bytearray(data)
    within = len(data) if rng.random() < 0.5 else min(len(data), 3000)
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        changed[rng.randrange(within)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncated(rng: random.Random, data: bytes) -> bytes:
    """Cut short, in the length, at the edges of the header or anywhere; or too long."""
    header_end = 8 + struct.unpack("<Q", data[:8])[0]
    edges = [0, 1, 7, 8, 9, header_end - 1, header_end, header_end + 1, len(data) - 1]
    within = data[: rng.choice([*edges, rng.randrange(len(data)), rng.randrange(len(data))])]
    return rng.choice([within, within, data + rng.randbytes(rng.choice([1, 8, 1000, 100_000]))])


def spliced(rng: random.Random, data: bytes) -> bytes:
    """A piece of it copied over another."""
    size = rng.randrange(1, min(len(data), 4000))
    source, target = (rng.randrange(len(data) - size) for _ in range(2))
    return data[:target] + data[source : source + size] + data[target + size :]


def swapped(rng: random.Random, data: bytes) -> bytes:
    """Two tensors have changed their names, or their places."""
    header, _, body = opened(data)
    first, second = rng.sample([name for name in header if name != "__metadata__"], 2)
    header[first], header[second] = header[second], header[first]
    return closed(header, body)


def outer_edited(rng: random.Random, data: bytes) -> bytes:
    """The table of tensors is edited."""
    header, _, body = opened(data)
    return closed(edited(rng, header), body)


def inner_edited(rng: random.Random, data: bytes) -> bytes:
    """What namegen says of the model is edited, once or a few times."""
    header, inner, body = opened(data)
    for _ in range(rng.choice([1, 1, 3])):
        inner = edited(rng, inner)
    return closed(header, body, json.dumps(inner))


def nested(rng: random.Random, data: bytes) -> bytes:
    """JSON so deep that a parser may fall."""
    header, inner, body = opened(data)
    depth = rng.choice([500, 900, 5000, 100_000])
    deep = rng.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
    if rng.random() < 0.5:
        return closed(deep.encode(), body)
    name = rng.choice([*inner])
    text = json.dumps({other: value for other, value in inner.items() if other != name})
    return closed(header, body, f'{text[:-1]}, "{name}": {deep}}}')


def numbers_changed(rng: random.Random, data: bytes) -> bytes:
    """Some numbers of a tensor are others: huge, not finite, negative, or anything."""
    header, _, _ = opened(data)
    tensors = safetensors.torch.load(data)
    numbers = tensors[rng.choice(sorted(tensors))].view(-1)
    if numbers.is_floating_point():
        choices: list[Any] = [float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e30, 0.0, 1e-40]
    else:
        bounds = torch.iinfo(numbers.dtype)
        choices = [max(-1, bounds.min), bounds.min, bounds.max, bounds.max // 2, 0, 1, 2, 100]
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    changed = torch.rand(len(numbers), generator=generator) < rng.choice([0.0, 0.1, 1.0])
    changed[: min(len(numbers), 1)] = True
    numbers[changed] = rng.choice(choices)
    return safetensors.torch.save(tensors, header["__metadata__"])


def vocabulary_changed(rng: random.Random, data: bytes) -> bytes:
    """Another vocabulary: longer, shorter, doubled, in another order, huge, or with control characters."""
    header, inner, body = opened(data)
    if "vocabulary" not in inner:
        return inner_edited(rng, data)
    letters = inner["vocabulary"]
    place = rng.randrange(len(letters))
    before, after = letters[:place], letters[place + 1 :]
    strange = rng.choice([*letters, *"ßü\x1b\n\t \x9b\u2028\u202e\U0001f600\ud800"])
    huge = "".join(chr(code) for code in range(0xA0, 60_000) if not 0xD800 <= code < 0xE000)
    shuffled = "".join(rng.sample(letters, len(letters)))
    inner["vocabulary"] = rng.choice([letters + strange, before + strange + after, before + after, shuffled, huge, ""])
    return closed(header, body, inner)


def enormous(rng: random.Random, data: bytes) -> bytes:
    """Shapes, settings or places that ask for 10^12 numbers."""
    header, inner, body = opened(data)
    if rng.random() < 0.5:
        name = rng.choice([name for name in header if name != "__metadata__"])
        header[name]["shape"] = rng.choice([[10**12], [10**6, 10**6], [2**32, 2**32], [0, 10**12], [2**63], [10**400]])
        if rng.random() < 0.5:
            header[name]["data_offsets"] = [0, rng.choice([10**12, 2**63, 2**64 - 1])]
        return closed(header, body)
    settings = inner.get("settings", inner)
    for setting, value in settings.items():
        if type(value) is int and rng.random() < 0.7:
            settings[setting] = rng.choice([8192, 10**6, 10**12, 2**63, 10**400])
    if "members" in settings:
        settings["members"] = settings["members"] * rng.choice([2, 30, 3000])
    return closed(header, body, inner)


def foreign(rng: random.Random, _data: bytes) -> bytes:
    """A safetensors file of another program."""
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    tensors = {
        rng.choice(["weight", "model.embedding", "lm_head.weight", "hashes.train", f"layer.{place}"]): torch.randn(
            rng.randrange(4), rng.randrange(1, 9), generator=generator
        ).to(rng.choice([torch.float32, torch.float16, torch.bfloat16, torch.int64]))
        for place in range(rng.randrange(1, 5))
    }
    metadata = rng.choice([{"format": "pt"}, {"namegen": "{}"}, {"namegen": '{"format": 1}'}, {"namegen": "x"}])
    return safetensors.torch.save(tensors, metadata)


def noise(rng: random.Random, data: bytes) -> bytes:
    """Bytes of no meaning, perhaps behind a header that has one."""
    header_end = 8 + struct.unpack("<Q", data[:8])[0]
    return data[: rng.choice([0, 8, header_end])] + rng.randbytes(rng.choice([0, 1, 8, 100, len(data) - header_end]))


MUTATORS: tuple[Mutator, ...] = (
    *(flipped, truncated, spliced, swapped, outer_edited, inner_edited, inner_edited, nested),
    *(numbers_changed, numbers_changed, vocabulary_changed, enormous, foreign, noise),
)


def use_model(path: Path) -> None:
    """Load a model and use it in every way."""
    model = namegen.load(path)
    if model.record.history:
        curves(model.record)
    model.sample(20, seed=1, allow_known=True, allow_repeats=True, max_tries=1000)
    model.score(["emma"])
    known = [name for name in LIST if set(name) <= set(model.model.vocabulary.characters)]
    if known:
        model.evaluate(known)


def use_checkpoint(path: Path) -> None:
    """Go on with a checkpoint, unless it asks for a long training or a large network, which is allowed."""
    settings = Checkpoint.load(path).settings
    if all((getattr(settings, name) or 0) <= largest for name, largest in LARGEST.items()):
        namegen.resume(path)


def outcome(kind: str, path: Path) -> str:
    """Whether a file works, or was refused in one line; anything else is raised."""
    refusal = ""
    try:
        (use_checkpoint if kind == "stopped.checkpoint" else use_model)(path)
    except NamegenError as error:
        refusal = f"refused: {error}"
    assert "\n" not in refusal, f"a message of several lines: {refusal}"
    assert refusal != "refused: ", "an empty message"
    return "refused" if refusal else "work"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Mutate and use so many files. Returns what happened in one line, and the failures."""
    prepare(folder)
    found = {name: (folder / name).read_bytes() for name in (*MODELS, "stopped.checkpoint")}
    for name in found:
        assert outcome(name, folder / name) == "work", f"{name}: refused as it was written"
    results, path = Results(), folder / "mutant"
    most_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for place in range(number):
        rng = random.Random(f"{seed} {place}")
        kind, mutator = rng.choice(sorted(found)), rng.choice(MUTATORS)
        path.write_bytes(mutator(rng, found[kind]))
        results.take(f"{place}: {mutator.__name__} of {kind}", partial(outcome, kind, path))
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most_before)
    line, failures = results.told(number, "files")
    if grown > MOST_GROWTH:
        failures.append(f"memory grew by {grown >> 20} MiB")
    return f"{line}, memory +{grown >> 20} MiB", failures
