"""A training that is under way, as a file: to go on after Ctrl-C, or after a crash, as if nothing had happened.

A checkpoint holds what `train` was asked for, a fingerprint of the names, the weights of the networks that are ready
and the state of the one in training. It is a safetensors file like a model; a reader sees the last whole one.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from namegen.errors import ModelFileError, NamegenError
from namegen.files.tensor_file import TensorFile, write_tensors

FORMAT = 1
HEADER = "namegen-checkpoint"
_ARGUMENTS = {
    "sources": list,
    "model": str,
    "preset": str,
    "lower": bool,
    "skip_bad_lines": bool,
    "keep_duplicates": bool,
    "split_seed": int,
    "settings": dict,
}


@dataclass
class Checkpoint:
    """Where a training stands. Without a path it is kept in memory alone."""

    arguments: dict[str, Any] = field(default_factory=dict)  # of `train`
    fingerprint: int = 0  # of the names
    path: Path | None = None
    history: list[dict[str, Any]] = field(default_factory=list)  # a row an epoch
    ready: list[dict[str, Tensor]] = field(default_factory=list)  # weights of finished networks
    current: dict[str, Tensor] = field(default_factory=dict)  # state of the network in training

    def save(self) -> None:
        """Write the file, whole or not at all. Raises `ModelFileError`."""
        if self.path is None:
            return
        header = {
            "format": FORMAT,
            "arguments": self.arguments,
            "fingerprint": self.fingerprint,
            "history": self.history,
            "ready": len(self.ready),
        }
        tensors = {f"current.{name}": tensor for name, tensor in self.current.items()}
        for place, weights in enumerate(self.ready):
            tensors |= {f"ready.{place}.{name}": tensor for name, tensor in weights.items()}
        write_tensors(self.path, tensors, {HEADER: json.dumps(header, sort_keys=True)})

    @classmethod
    def load(cls, path: str | Path) -> "Checkpoint":
        """Read a checkpoint. Raises `ModelFileError` for a file that is none."""
        try:
            with TensorFile(Path(path)) as file:
                header = json.loads(file.metadata[HEADER])
                tensors = {name: file.tensor(name) for name in file.kinds}
            is_newer = header["format"] > FORMAT
            checkpoint = cls(header["arguments"], header["fingerprint"], Path(path), header["history"])
            ready = range(min(header["ready"], len(tensors)))
        except FileNotFoundError:
            raise ModelFileError(
                f"{path}: no such file. A checkpoint stands beside the model while it trains."
            ) from None
        except (NamegenError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ModelFileError(f"{path}: is no checkpoint, or a broken one. Train anew.") from error
        if is_newer:
            raise ModelFileError(f"{path}: was written by a newer namegen. Upgrade to go on.")
        checkpoint.ready = [_with_prefix(tensors, f"ready.{place}.") for place in ready]
        checkpoint.current = _with_prefix(tensors, "current.")
        if not checkpoint._is_sound():
            raise ModelFileError(f"{path}: is no checkpoint, or a broken one. Train anew.")
        return checkpoint

    def _is_sound(self) -> bool:
        """Whether everything has the form that a training is made of."""
        asked = self.arguments
        return (
            isinstance(self.fingerprint, int)
            and isinstance(self.history, list)
            and isinstance(asked, dict)
            and all(type(asked.get(name)) is kind for name, kind in _ARGUMENTS.items())
            and all(isinstance(source, str) for source in asked["sources"])
            and isinstance(asked.get("holdout"), int | float)
            and isinstance(asked.get("validation", 0), str | None)
            and all(
                isinstance(value, list if name == "prune" else str | int | float)
                for name, value in asked["settings"].items()
            )
        )


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
