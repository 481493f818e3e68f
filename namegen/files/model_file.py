"""Save and load: a model is one safetensors file, tensors and a JSON header, no pickle.

The header (the metadata key `namegen`) holds the format version, the family, its settings, the vocabulary and the
record of the training. Beside the model's own tensors stand the 64-bit hashes of the names it was trained on and
of those that were held out, so that a copy can be told from an invention without the list.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import ModelFileError, NamegenError
from namegen.files.tensor_file import TensorFile, write_tensors
from namegen.models import FAMILIES, NameModel
from namegen.models.blend import MAX_MEMBERS
from namegen.training.checkpoint import HEADER as CHECKPOINT_HEADER

FORMAT = 1
SUFFIX = ".safetensors"
_HEADER = "namegen"
_HASHES = ("hashes.train", "hashes.held_out")

Check = Callable[[Any], bool]


@dataclass(frozen=True)
class TrainingRecord:
    """How a model came to be: enough to tell, and to cut the same parts from the same list again."""

    sources: tuple[str, ...] = ()
    lower: bool = False
    skip_bad_lines: bool = False
    keep_duplicates: bool = False
    duplicates: int = 0
    holdout: float = 0.0
    split_seed: int = 0
    validation_source: str | None = None
    counts: dict[str, int] = field(default_factory=dict)  # names in each part
    losses: dict[str, float] = field(default_factory=dict)  # nats per character on each part
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)  # the same, of simpler guesses
    options: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)  # a row an epoch
    torch_version: str = ""
    namegen_version: str = ""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingRecord":
        """From the header of a file; what is missing has its default, what is unknown is left out.

        Raises `ModelFileError` for a value of another type.
        """
        known = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        for name, value in known.items():
            if not _IS_SOUND[name](value):
                raise ModelFileError(f"its record of {name.replace('_', ' ')} is of another type, or out of bounds")
        return cls(**{**known, "sources": tuple(known.get("sources", ()))})


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_integer(value: Any) -> bool:
    return type(value) is int and abs(value) < 1 << 63


def _is_number(value: Any) -> bool:
    """A number that can be computed with; a loss may be infinite, but is a number."""
    return _is_integer(value) or (type(value) is float and not math.isnan(value))


def _is_loss(value: Any) -> bool:
    return _is_number(value) and abs(value) < 1e9


def _is_scalar(value: Any) -> bool:
    return value is None or _is_flag(value) or _is_text(value) or _is_number(value)


def _table(of: Check) -> Check:
    return lambda value: type(value) is dict and all(map(of, value.values()))


def _list(of: Check) -> Check:
    return lambda value: type(value) in (list, tuple) and all(map(of, value))


def _is_setting(value: Any) -> bool:
    return _is_scalar(value) or _list(_is_scalar)(value)


def _is_epoch(value: Any) -> bool:
    """A row of the history: what a picture of it needs is there."""
    return (
        _table(_is_scalar)(value)
        and _is_text(value.get("member", ""))
        and _is_integer(value.get("step"))
        and _is_loss(value.get("train_loss"))
        and (value.get("validation_loss") is None or _is_loss(value["validation_loss"]))
    )


def _is_history(value: Any) -> bool:
    """Rows of epochs, of no more networks than a blend has members."""
    return _list(_is_epoch)(value) and len({row.get("member") for row in value}) <= MAX_MEMBERS


_IS_SOUND: dict[str, Check] = {
    "sources": _list(_is_text),
    "lower": _is_flag,
    "skip_bad_lines": _is_flag,
    "keep_duplicates": _is_flag,
    "duplicates": _is_integer,
    "holdout": _is_number,
    "split_seed": _is_integer,
    "validation_source": lambda value: value is None or _is_text(value),
    "counts": _table(_is_integer),
    "losses": _table(_is_number),
    "baselines": _table(_table(_is_number)),
    "options": _table(lambda value: _is_scalar(value) or _table(_is_setting)(value)),
    "history": _is_history,
    "torch_version": _is_text,
    "namegen_version": _is_text,
}


@dataclass(eq=False)
class ModelFile:
    """What one file holds. Hashes are sorted."""

    model: NameModel
    record: TrainingRecord
    train_hashes: Int64[Tensor, " train"]
    held_out_hashes: Int64[Tensor, " held_out"]


def write_model(path: str | Path, file: ModelFile) -> None:
    """Write a model file, whole or not at all. Raises `ModelFileError`.

    The bytes depend on the content alone, not on the time or the order of a dictionary.
    """
    model = file.model
    header = {
        "format": FORMAT,
        "family": model.family,
        "config": model.config.to_json(),
        "vocabulary": model.vocabulary.characters,
        "training": asdict(file.record),
    }
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= dict(zip(_HASHES, (file.train_hashes, file.held_out_hashes), strict=True))
    write_tensors(Path(path), tensors, {_HEADER: json.dumps(header, sort_keys=True)})


@torch.inference_mode(False)
def read_model(path: str | Path) -> ModelFile:
    """Read a model file. Raises `ModelFileError` for a file that is missing, broken or of another kind."""
    path = Path(path)
    try:
        is_file = path.is_file()
        if is_file and is_model_file(path):
            with TensorFile(path) as file:
                return _read(file)
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except NamegenError as error:
        way_out = "" if str(error).endswith(".") else ". Train it anew, or fetch it again."
        raise ModelFileError(f"{path}: not a usable model file: {error}{way_out}") from error
    if is_file:
        raise ModelFileError(f"{path}: is no model file. If it is a list, `namegen train` makes a model of it.")
    what = "is a folder or a device, not a model file" if path.exists() else "no such file"
    raise ModelFileError(f"{path}: {what}. `namegen train` makes one.")


def is_model_file(path: str | Path) -> bool:
    """Whether this is named as a model file, or begins as one: the length of a JSON header, and its first brace."""
    path = Path(path)
    if path.suffix == SUFFIX:
        return True
    try:
        if not path.is_file():  # what is read from a pipe could not be read again
            return False
        with path.open("rb") as file:
            head = file.read(9)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError):
        return False
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") < size


def _read(file: TensorFile) -> ModelFile:
    header = _read_header(file.metadata)
    kinds = dict(file.kinds)
    for name in _HASHES:
        dtype, shape = kinds.pop(name, (None, ()))
        if dtype != torch.int64 or len(shape) != 1:
            raise ModelFileError(f"the tensor {name} is missing or has another form")
    family = FAMILIES[header["family"]]
    vocabulary = Vocabulary(header["vocabulary"])
    record = TrainingRecord.from_json(header["training"])
    with torch.device("meta"):
        model = family(family.config_type.from_json(header["config"]), vocabulary)
    model.check_tensors({name.removeprefix("model."): kind for name, kind in kinds.items()})
    model.adopt({name.removeprefix("model."): _finite(name, file.tensor(name)) for name in kinds})
    model.requires_grad_(False).eval()
    hashes = [file.tensor(name) for name in _HASHES]
    if not all(bool((table[1:] > table[:-1]).all()) for table in hashes):
        raise ModelFileError("its hashes of names are not in order")
    return ModelFile(model, record, *hashes)


def _finite(name: str, tensor: Tensor) -> Tensor:
    """The tensor; raises `ModelFileError` where a number in it is not finite."""
    if tensor.dtype.is_floating_point and not bool(tensor.isfinite().all()):
        raise ModelFileError(f"the tensor {name} holds numbers that are not finite")
    return tensor


def _read_header(metadata: Mapping[str, str]) -> dict[str, Any]:
    if CHECKPOINT_HEADER in metadata:
        raise ModelFileError(
            "it is the checkpoint of a training that is not over. `namegen train --resume` goes on with it."
        )
    if _HEADER not in metadata:
        raise ModelFileError("it was not written by namegen")
    try:
        header = json.loads(metadata[_HEADER])
    except (ValueError, RecursionError):
        raise ModelFileError("its header is not readable") from None
    wanted = {"format": int, "family": str, "config": dict, "vocabulary": str, "training": dict}
    if not isinstance(header, dict) or any(type(header.get(key)) is not kind for key, kind in wanted.items()):
        raise ModelFileError("its header lacks something")
    if header["format"] > FORMAT:
        raise ModelFileError(f"it has format {header['format']}, newer than {FORMAT}. Upgrade namegen to read it.")
    if header["family"] not in FAMILIES:
        raise ModelFileError(f"its family is unknown: {header['family']!r}. Upgrade namegen, or import that family.")
    return header
