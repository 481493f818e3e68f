"""Save and load: a model is one safetensors file, tensors and a JSON header, no pickle.

The header (the metadata key `namegen`) holds the format version, the family, its settings, the vocabulary and the
record of the training. Beside the model's own tensors stand the 64-bit hashes of the names it was trained on and
of those that were held out, so that a copy can be told from an invention without the list.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from safetensors import SafetensorError, TensorSpec, safe_open, serialize
from torch import Tensor

from namegen.errors import ModelFileError, NamegenError
from namegen.models import FAMILIES, NameModel
from namegen.vocabulary import Vocabulary

FORMAT = 1
SUFFIX = ".safetensors"
_HEADER = "namegen"
_HASHES = ("hashes.train", "hashes.held_out")
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "BF16": torch.bfloat16,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


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
            default = getattr(cls(), name)
            kinds = (list, tuple) if name == "sources" else (int, float) if name == "holdout" else (type(default),)
            if not isinstance(value, (str, type(None)) if name == "validation_source" else kinds):
                raise ModelFileError(f"its record of {name.replace('_', ' ')} is of another type")
        if not all(isinstance(source, str) for source in known.get("sources", ())):
            raise ModelFileError("its record of sources is of another type")
        return cls(**{**known, "sources": tuple(known.get("sources", ()))})


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
    write_atomically(Path(path), to_bytes(tensors, {_HEADER: json.dumps(header, sort_keys=True)}))


def to_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Tensors and metadata in the safetensors format."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    specs = {
        name: TensorSpec(
            dtype=str(tensor.dtype).removeprefix("torch."),
            shape=list(tensor.shape),
            data_ptr=tensor.data_ptr(),
            data_len=tensor.nbytes,
        )
        for name, tensor in tensors.items()
    }
    return serialize(specs, metadata)


def read_model(path: str | Path) -> ModelFile:
    """Read a model file. Raises `ModelFileError` for a file that is missing, broken or of another kind."""
    path = Path(path)
    if not path.is_file():
        what = "is a folder, not a model file" if path.is_dir() else "no such file"
        raise ModelFileError(f"{path}: {what}. `namegen train` makes one.")
    try:
        with safe_open(path, framework="pt") as file:
            return _read(file)
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"{path}: not a safetensors file, or a broken one ({error}).") from error
    except NamegenError as error:
        raise ModelFileError(f"{path}: not a usable model file: {error}") from error


def is_model_file(path: str | Path) -> bool:
    """Whether this is named as a model file, or begins as one: the length of a JSON header, and its first brace."""
    if Path(path).suffix == SUFFIX:
        return True
    try:
        with Path(path).open("rb") as file:
            head = file.read(9)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError):
        return False
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") < size


def _read(file: Any) -> ModelFile:
    header = _read_header(file.metadata() or {})
    slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (not a dictionary)
    kinds = {name: (_DTYPES.get(s.get_dtype()), tuple(s.get_shape())) for name, s in slices.items()}
    for name in _HASHES:
        dtype, shape = kinds.pop(name, (None, ()))
        if dtype != torch.int64 or len(shape) != 1:
            raise ModelFileError(f"the tensor {name} is missing or has another form")
    family = FAMILIES[header["family"]]
    vocabulary = Vocabulary(header["vocabulary"])
    with torch.device("meta"):
        model = family(family.config_type.from_json(header["config"]), vocabulary)
    model.check_tensors({name.removeprefix("model."): kind for name, kind in kinds.items()})
    tensors = {name.removeprefix("model."): file.get_tensor(name) for name in kinds}
    model.adopt(tensors)
    model.requires_grad_(False).eval()
    record = TrainingRecord.from_json(header["training"])
    return ModelFile(model, record, *(file.get_tensor(name) for name in _HASHES))


def _read_header(metadata: Mapping[str, str]) -> dict[str, Any]:
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
        raise ModelFileError(f"it has format {header['format']}, newer than {FORMAT}; upgrade namegen to read it")
    if header["family"] not in FAMILIES:
        raise ModelFileError(f"its family is unknown: {header['family']!r}")
    return header


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file by way of a temporary one beside it: a reader sees the old file or the new one, never half.

    Raises `ModelFileError` where the path cannot be written; then the old file stands and nothing is left behind.
    """
    temporary = None
    try:
        target = path.resolve()
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({(error.strerror or str(error)).lower()}).") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
