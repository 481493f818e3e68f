"""The state of a training in a file, so that it can be resumed after Ctrl-C or a crash with the same result.

A checkpoint has the arguments of `train`, a fingerprint of the names, the weights of the networks that are finished and
the state of the one in training. It is a safetensors file, written atomically like a model.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge
from torch import Tensor

from namegen.errors import ModelFileError, NamegenError
from namegen.files.model_file import CHECKPOINT_HEADER as HEADER
from namegen.files.tensor_file import read_tensors, write_tensors
from namegen.models.base import take_part
from namegen.settings import TrainSettings, checked

FORMAT = 2
_HEADER_TYPES: dict[str, Any] = {
    "sources": tuple[str, ...],
    "settings": dict[str, Any],
    "fingerprint": int,
    "history": list[dict[str, str | int | float | None]],
    "done": Annotated[int, Ge(0)],
}


@dataclass
class Checkpoint:
    """How far a training is. Without a path it is in memory alone."""

    sources: tuple[str, ...]
    settings: TrainSettings
    path: Path | None = None
    fingerprint: int = 0  # of the names
    history: list[dict[str, Any]] = field(default_factory=list)  # a row an epoch
    done: list[dict[str, Tensor]] = field(default_factory=list)  # weights of finished networks
    current: dict[str, Tensor] = field(default_factory=dict)  # state of the network in training

    def save(self) -> None:
        """Write the file, whole or not at all. Raises `ModelFileError`."""
        if self.path is None:
            return
        header = {
            "format": FORMAT,
            "sources": self.sources,
            "settings": self.settings.to_json(),
            "fingerprint": self.fingerprint,
            "history": self.history,
            "done": len(self.done),
        }
        tensors = {f"current.{name}": tensor for name, tensor in self.current.items()}
        for place, weights in enumerate(self.done):
            tensors |= {f"done.{place}.{name}": tensor for name, tensor in weights.items()}
        write_tensors(self.path, tensors, {HEADER: json.dumps(header, sort_keys=True)})

    @classmethod
    def load(cls, path: str | Path) -> "Checkpoint":
        """Read a checkpoint. Raises `ModelFileError` for a file that is not one."""
        try:
            tensors, metadata = read_tensors(Path(path))
            header = json.loads(metadata[HEADER])
            if header["format"] != FORMAT:
                raise ModelFileError(f"{path}: was written by another version of namegen. Train again.")
            found = {name: checked(name, header[name], kind, of_json=True) for name, kind in _HEADER_TYPES.items()}
            settings = TrainSettings.from_json(found["settings"])
        except FileNotFoundError:
            what = "does not exist. A checkpoint is beside the model file while it trains."
            raise ModelFileError(f"{path}: {what}") from None
        except (NamegenError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            if isinstance(error, ModelFileError) and str(error).startswith(f"{path}: "):
                raise
            raise ModelFileError(f"{path}: is not a checkpoint, or is broken. Train again.") from error
        done = [take_part(tensors, f"done.{place}.") for place in range(min(found["done"], len(tensors)))]
        current = take_part(tensors, "current.")
        return cls(found["sources"], settings, Path(path), found["fingerprint"], found["history"], done, current)
