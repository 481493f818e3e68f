"""The safetensors format read without trust, and files written whole or not at all.

A file is checked before memory is allocated for what it claims to hold. Tensors are copies, not mappings, so that a
file that is cut short or overwritten afterwards does no harm.
"""

import contextlib
import json
import math
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import TensorSpec, serialize
from torch import Tensor

from namegen.errors import ModelFileError

Kind = tuple[torch.dtype, tuple[int, ...]]  # of a tensor: its type and its shape

MOST_HEADER_BYTES = 1 << 24  # the format allows six times as many, whose JSON would fill gigabytes of memory
MOST_TENSORS = 1 << 16
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".namegen-", ".partial"
MOST_DIMENSIONS = 8
LEFTOVER_SECONDS = 600  # a temporary file that has not been written to for so long is of a process that was killed
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


class TensorFile:
    """A safetensors file (https://github.com/huggingface/safetensors): its metadata, and tensors as they are asked for.

    Raises `ModelFileError` for a file that violates the format: every byte after the header belongs to exactly one
    tensor, and every tensor has as many bytes as its shape needs.
    """

    metadata: dict[str, str]
    kinds: dict[str, Kind]

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._read_header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tensor(self, name: str) -> Tensor:
        """A copy of a tensor. Raises `ModelFileError` where the file has become shorter."""
        dtype, shape = self.kinds[name]
        begin, end = self._places[name]
        data = bytearray(end - begin)
        self._file.seek(begin)
        if self._file.readinto(data) < len(data):
            raise ModelFileError("it became shorter while it was read")
        return torch.frombuffer(data, dtype=dtype).view(shape) if data else torch.empty(shape, dtype=dtype)

    def _read_header(self) -> None:
        file_bytes = os.fstat(self._file.fileno()).st_size
        header_bytes = int.from_bytes(self._file.read(8), "little")
        start = 8 + header_bytes
        if start > file_bytes or header_bytes > MOST_HEADER_BYTES:
            raise ModelFileError("it is not a safetensors file that namegen can read, or a broken one")
        try:
            header = json.loads(self._file.read(header_bytes).decode())
        except (ValueError, RecursionError):
            raise ModelFileError("it is not a safetensors file: its header is not JSON") from None
        metadata = header.pop("__metadata__", {}) if isinstance(header, dict) else None
        if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
            raise ModelFileError("it is not a safetensors file: its header is not a table of tensors")
        if len(header) > MOST_TENSORS:
            raise ModelFileError(f"it holds {len(header):,} tensors, more than any model has")
        self.metadata, self.kinds, self._places = metadata, {}, {}
        entries = {name: _entry(name, value) for name, value in header.items()}
        reached = 0
        for name, (kind, begin, end) in sorted(entries.items(), key=lambda item: item[1][1:]):
            if begin != reached or end - begin != math.prod(kind[1]) * kind[0].itemsize:
                raise ModelFileError(f"it is a broken safetensors file: the place of {name!r} is wrong")
            self.kinds[name] = kind
            self._places[name] = (start + begin, start + end)
            reached = end
        if start + reached != file_bytes:
            raise ModelFileError("it is a broken safetensors file: it is cut short, or goes on after its tensors")


def _entry(name: str, entry: Any) -> tuple[Kind, int, int]:
    """What the header says of a tensor: its kind, and where it begins and ends."""
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end]} if dtype in _DTYPES:
            if len(shape) <= MOST_DIMENSIONS and all(
                type(size) is int and 0 <= size < 1 << 62 for size in (*shape, begin, end)
            ):
                return (_DTYPES[dtype], tuple(shape)), begin, end
    raise ModelFileError(
        f"it is not a safetensors file that namegen can read: {name!r} is not a tensor of a known form"
    )


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


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a file of tensors and metadata, whole or not at all. Raises `ModelFileError`."""
    data = to_bytes(tensors, metadata)
    header_bytes = int.from_bytes(data[:8], "little")
    if header_bytes > MOST_HEADER_BYTES:
        raise ModelFileError(
            f"{path}: cannot be written (its header would take {header_bytes >> 20} MiB, more than "
            f"{MOST_HEADER_BYTES >> 20}). Train on fewer sources, or on fewer different characters."
        )
    write_atomically(path, data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file by renaming a temporary one beside it: a reader sees the old file or the new one.

    A symbolic link stays, and its target is replaced. Temporary files of killed processes are removed. Raises
    `ModelFileError` where the path cannot be written; then the old file stands and nothing is left behind.
    """
    temporary = None
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise ModelFileError(f"{path}: cannot be written (it is a folder or a device).")
        beside = target.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
        with open(beside, "xb") as file:
            temporary = beside
            if target.exists():
                os.chmod(temporary, target.stat().st_mode & 0o7777)  # before there is anything in it to read
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = None
        _remove_leftovers(target.parent)
    except (OSError, RuntimeError, ValueError) as error:  # circular links; a NUL in a name
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ModelFileError(f"{path}: cannot be written ({reason}).") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote."""
    for leftover in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < time.time() - LEFTOVER_SECONDS:
                leftover.unlink()
