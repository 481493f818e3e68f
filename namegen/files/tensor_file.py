"""The safetensors format (https://github.com/huggingface/safetensors), and files written whole or not at all.

Tensors are copies, not mappings: a file that is cut short or overwritten afterwards does no harm.
"""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, TensorSpec, serialize
from safetensors.torch import load
from torch import Tensor

from namegen.errors import ModelFileError, reason_of

MOST_HEADER_BYTES = 1 << 24  # the format allows six times as many, whose JSON would fill gigabytes of memory
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".namegen-", ".partial"
LEFTOVER_SECONDS = 600  # after so long without a write, a temporary file is of a killed process


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file, and its metadata.

    Raises `ModelFileError` for a file that violates the format, `OSError` for one that cannot be read.
    """
    if path.exists() and not path.is_file():
        raise ModelFileError("it is a folder, a pipe or a device")
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        if header_bytes > min(MOST_HEADER_BYTES, os.fstat(file.fileno()).st_size):
            raise ModelFileError("it is not a safetensors file that namegen can read")
        file.seek(0)
        data = file.read()
    try:
        return load(data), json.loads(data[8 : 8 + header_bytes]).get("__metadata__") or {}
    except (SafetensorError, AssertionError, KeyError, RuntimeError, TypeError) as error:
        raise ModelFileError("it is not a safetensors file that namegen can read") from error


def to_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Tensors and metadata in the safetensors format."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    specs = {
        name: TensorSpec(
            dtype=str(t.dtype).removeprefix("torch."), shape=list(t.shape), data_ptr=t.data_ptr(), data_len=t.nbytes
        )
        for name, t in tensors.items()
    }
    return serialize(specs, metadata)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a file of tensors and metadata, whole or not at all. Raises `ModelFileError`."""
    data = to_bytes(tensors, metadata)
    if int.from_bytes(data[:8], "little") > MOST_HEADER_BYTES:
        raise ModelFileError(f"{path}: cannot be written (its header is too long). Train on fewer sources.")
    write_atomically(path, data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file by renaming a temporary one beside it: a reader sees the old file or the new one.

    Of a symbolic link the target is replaced. Temporary files of killed processes are removed. Raises `ModelFileError`
    where the path cannot be written; then the old file is unchanged and nothing is left behind.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise ModelFileError(f"{path}: cannot be written (it is a folder or a device).")
        temporary = target.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
        try:
            with open(temporary, "xb") as file:
                if target.exists():
                    os.chmod(temporary, target.stat().st_mode & 0o7777)  # before there is anything in it to read
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            with contextlib.suppress(OSError):  # it was renamed, or never made
                os.unlink(temporary)
        _remove_leftovers(target.parent)
    except (OSError, RuntimeError, ValueError) as error:  # circular links; a NUL in a name
        raise ModelFileError(f"{path}: cannot be written ({reason_of(error)}).") from error


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote."""
    for leftover in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < time.time() - LEFTOVER_SECONDS:
                leftover.unlink()
