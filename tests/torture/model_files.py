"""Model files from strangers: thousands of mutated files, each refused in one line, or a model that works."""

import copy
import json
import random
import resource
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

import namegen
from namegen.errors import NamegenError, TrainingStoppedError
from namegen.plotting.data import curves
from namegen.training.checkpoint import Checkpoint
from namegen.training.listener import TrainingListener

LIST = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "evelyn", "anna-lena", "zoë"]
SECONDS_A_FILE = 120.0  # of the processor
MOST_GROWTH = 1 << 30
STRANGE: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 7, 255, 2**31, 2**62, 2**63, 10**12, 10**400, 0.5, -0.0, 1e308, 1e-320),
    *(float("nan"), float("inf"), -float("inf"), "", "a", "aa", "\x1b[2J", "[red]", "\ud800", "\0", "mlp", "blend"),
    *("bigram", "\n", "é" * 100_000, [], [[]], [0], {}, {"a": 1}, [None] * 10_000, "\u202e", "../../etc/passwd", "F16"),
]

LARGEST = {"epochs": 300, "hidden_size": 300, "embedding_size": 300, "networks": 4, "max_seconds": 1}  # resumed

Mutator = Callable[[random.Random, bytes], bytes]


class StopAfter(TrainingListener):
    """Stops a training after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def stop(self) -> bool:
        self.left -= 1
        return self.left < 0


def split_file(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON header of a safetensors file, and the bytes after it."""
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def join_file(header: Any, body: bytes) -> bytes:
    """A file of a header and the bytes after it."""
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
    """Cut short: in the length, at the edges of the header, anywhere."""
    header_end = 8 + struct.unpack("<Q", data[:8])[0]
    edges = [0, 1, 7, 8, 9, header_end - 1, header_end, header_end + 1, len(data) - 1]
    return data[: rng.choice([*edges, rng.randrange(len(data)), rng.randrange(len(data))])]


def extended(rng: random.Random, data: bytes) -> bytes:
    """Longer than it should be."""
    return data + rng.randbytes(rng.choice([1, 8, 1000, 100_000]))


def spliced(rng: random.Random, data: bytes) -> bytes:
    """A piece of it copied over another."""
    size = rng.randrange(1, min(len(data), 4000))
    source, target = (rng.randrange(len(data) - size) for _ in range(2))
    return data[:target] + data[source : source + size] + data[target + size :]


def swapped(rng: random.Random, data: bytes) -> bytes:
    """Two tensors have changed their names, or their places."""
    header, body = split_file(data)
    first, second = rng.sample([name for name in header if name != "__metadata__"], 2)
    header[first], header[second] = header[second], header[first]
    return join_file(header, body)


def outer_edited(rng: random.Random, data: bytes) -> bytes:
    """The table of tensors is edited."""
    header, body = split_file(data)
    return join_file(edited(rng, header), body)


def inner_edited(rng: random.Random, data: bytes) -> bytes:
    """What namegen says of the model is edited, once or a few times."""
    header, body = split_file(data)
    (key,) = header["__metadata__"]
    inner = json.loads(header["__metadata__"][key])
    for _ in range(rng.choice([1, 1, 3])):
        inner = edited(rng, inner)
    header["__metadata__"][key] = json.dumps(inner)
    return join_file(header, body)


def nested(rng: random.Random, data: bytes) -> bytes:
    """JSON so deep that a parser may fall."""
    header, body = split_file(data)
    depth = rng.choice([500, 900, 5000, 100_000])
    deep = rng.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
    if rng.random() < 0.5:
        return join_file(deep.encode(), body)
    (key,) = header["__metadata__"]
    inner = json.loads(header["__metadata__"][key])
    name = rng.choice([*inner])
    text = json.dumps({other: value for other, value in inner.items() if other != name})
    header["__metadata__"][key] = f'{text[:-1]}, "{name}": {deep}}}'
    return join_file(header, body)


def numbers_changed(rng: random.Random, data: bytes) -> bytes:
    """Some numbers of a tensor are others: huge, not finite, negative, or anything."""
    header, body = split_file(data)
    name = rng.choice([name for name in header if name != "__metadata__"])
    begin, end = header[name]["data_offsets"]
    kind = {"F32": "f", "F64": "d", "I64": "q", "I32": "i", "I16": "h", "U8": "B"}[header[name]["dtype"]]
    size = struct.calcsize(kind)
    changed = bytearray(body)
    if kind in "fd":
        choices: list[Any] = [float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e30, 0.0, 1e-40]
    else:
        bits = 8 * size
        choices = [0, 1, 2, 100] if kind == "B" else [-1, -(1 << bits - 1), (1 << bits - 1) - 1, 0, 1, 1 << bits - 2]
    share = rng.choice([0.0, 0.1, 1.0])
    filled = rng.choice(choices)
    one = rng.randrange((end - begin) // size) if end > begin else -1
    for place in range((end - begin) // size):
        if place == one or rng.random() < share:
            value = rng.choice([filled, filled, rng.choice(choices)])
            struct.pack_into(f"<{kind}", changed, begin + place * size, value)
    return join_file(header, bytes(changed))


def vocabulary_changed(rng: random.Random, data: bytes) -> bytes:
    """Another vocabulary: longer, shorter, doubled, in another order, huge, or with control characters."""
    header, body = split_file(data)
    (key,) = header["__metadata__"]
    inner = json.loads(header["__metadata__"][key])
    if "vocabulary" not in inner:
        return inner_edited(rng, data)
    letters = list(inner["vocabulary"])
    way = rng.randrange(6)
    if way == 0:
        letters.append(rng.choice([letters[0], "ß", "\x1b", "\n", "\u202e", "\U0001f600", "\ud800"]))
    elif way == 1:
        letters.pop(rng.randrange(len(letters)))
    elif way == 2:
        rng.shuffle(letters)
    elif way == 3:
        letters[rng.randrange(len(letters))] = rng.choice([*letters, "\x9b", "\t", "\u2028", " ", "ü"])
    elif way == 4:
        letters = [chr(code) for code in range(0xA0, 60_000) if not 0xD800 <= code < 0xE000]
    else:
        letters = []
    inner["vocabulary"] = "".join(letters)
    header["__metadata__"][key] = json.dumps(inner)
    return join_file(header, body)


def enormous(rng: random.Random, data: bytes) -> bytes:
    """Shapes, settings or places that ask for 10^12 numbers."""
    header, body = split_file(data)
    (key,) = header["__metadata__"]
    inner = json.loads(header["__metadata__"][key])
    if rng.random() < 0.5:
        name = rng.choice([name for name in header if name != "__metadata__"])
        header[name]["shape"] = rng.choice([[10**12], [10**6, 10**6], [2**32, 2**32], [0, 10**12], [2**63], [10**400]])
        if rng.random() < 0.5:
            header[name]["data_offsets"] = [0, rng.choice([10**12, 2**63, 2**64 - 1])]
    else:
        settings = inner.get("settings", inner)
        for setting, value in settings.items():
            if type(value) is int and rng.random() < 0.7:
                settings[setting] = rng.choice([8192, 10**6, 10**12, 2**63, 10**400])
        if "members" in settings:
            settings["members"] = settings["members"] * rng.choice([2, 30, 3000])
    header["__metadata__"][key] = json.dumps(inner)
    return join_file(header, body)


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
    *(flipped, truncated, extended, spliced, swapped, outer_edited, inner_edited, inner_edited, nested),
    *(numbers_changed, numbers_changed, vocabulary_changed, enormous, foreign, noise),
)


def originals(folder: Path) -> dict[str, bytes]:
    """Small sound files, one of each family, and a checkpoint."""
    network: dict[str, Any] = {"hidden_size": 8, "embedding_size": 4, "context_size": 3, "epochs": 2}
    trained = {
        "bigram": namegen.train(names=LIST, model="bigram", holdout=0),
        "ngram": namegen.train(names=LIST, model="ngram", order=3, holdout=0),
        "mlp": namegen.train(names=LIST, model="mlp", hidden_layers=2, holdout=0, **network),
        "blend": namegen.train(names=LIST, model="blend", order=3, holdout=0, **network),
    }
    found = {}
    for family, model in trained.items():
        path = folder / f"{family}.safetensors"
        model.save(path)
        found[family] = path.read_bytes()
    path = folder / "checkpoint"
    (folder / "list.txt").write_text("\n".join(LIST), "utf-8")
    with suppress(TrainingStoppedError):
        settings = {"order": 3, "holdout": 0, "checkpoint": path, "listener": StopAfter(3), **network}
        namegen.train(str(folder / "list.txt"), model="blend", **settings)
    found["checkpoint"] = path.read_bytes()
    return found


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


USES = {"checkpoint": use_checkpoint}


def outcome(use: Callable[[Path], None], path: Path) -> str:
    """Whether a file works, or was refused in one line; anything else is raised."""
    refusal = "works"
    try:
        use(path)
    except NamegenError as error:
        refusal = str(error)
    assert refusal, "an empty message"
    assert "\n" not in refusal, f"a message of several lines: {refusal}"
    return "works" if refusal == "works" else "refused"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Mutate and use so many files. Returns what happened in one line, and the failures."""
    found = originals(folder)
    path = folder / "mutant"
    results: Counter[str] = Counter()
    failures = []
    for kind, data in found.items():
        path.write_bytes(data)
        if outcome(USES.get(kind, use_model), path) != "works":
            failures.append(f"{kind}: refused as it was written")
    slowest = 0.0
    grown_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for place in range(number):
        rng = random.Random(f"{seed} {place}")
        kind = rng.choice(sorted(found))
        mutator = rng.choice(MUTATORS)
        path.write_bytes(mutator(rng, found[kind]))
        started = time.process_time()
        try:
            results[outcome(USES.get(kind, use_model), path)] += 1
        except Exception as error:
            failures.append(f"{place}: {mutator.__name__} of {kind}: {type(error).__name__}: {str(error)[:300]}")
        seconds = time.process_time() - started
        slowest = max(slowest, seconds)
        if seconds > SECONDS_A_FILE:
            failures.append(f"{place}: {mutator.__name__} of {kind}: took {seconds:.1f} s")
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown_before)
    if grown > MOST_GROWTH:
        failures.append(f"memory grew by {grown >> 20} MiB")
    line = f"{number:,} files: {results['refused']:,} refused, {results['works']:,} work"
    return f"{line}; slowest {slowest:.2f} s, memory +{grown >> 20} MiB", failures
