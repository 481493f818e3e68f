"""The pretrained network: how names are spelled in general, and in each of the bundled lists.

An embedding-MLP (Bengio et al. 2003) that is also told which list a name is from, by one more input: a learned vector
z of the list (language tags, Johnson et al. 2017; control codes, Keskar et al. 2019). With C the embedding:

    h = gelu(C[w₁] … C[wₙ] W₁ + b₁ + z U)          z shifts the hidden units
    logits = (h ⊙ (1 + z S)) W₂ + b₂               and scales them (FiLM, Perez et al. 2018)

For one z, z U joins b₁ and 1 + z S joins W₂: what is left is a plain `MLP`. Vector 0 is that of names in general.
`pretraining` trains it, `adaptation` fits it to a list.
"""

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from jaxtyping import Float, Int64
from torch import Tensor

from namegen.corpus.sources import data_folder
from namegen.errors import ModelFileError, NamegenError
from namegen.files.tensor_file import read_tensors, write_tensors
from namegen.settings import checked

FORMAT = 1
HEADER = "namegen-pretrained"
FILE_NAME = "pretrained.safetensors"
_HEADER_TYPES: dict[str, Any] = {
    "characters": str,
    "lists": tuple[str, ...],
    "recipe": dict[str, Any],
    "fingerprint": int,
}


@dataclass(frozen=True, eq=False)
class PretrainedNetwork:
    """The weights, and what they compute. `fingerprint` tells which names it was trained on, `hashes` their hashes."""

    characters: str
    lists: tuple[str, ...]
    recipe: dict[str, Any]
    fingerprint: int
    embedding: Float[Tensor, "vocab embedding"]  # C
    weight1: Float[Tensor, "inputs hidden"]  # W₁
    bias1: Float[Tensor, " hidden"]  # b₁
    weight2: Float[Tensor, "hidden vocab"]  # W₂
    bias2: Float[Tensor, " vocab"]  # b₂
    vectors: Float[Tensor, "rows vector"]  # z of names in general, then of each list
    shift: Float[Tensor, "vector hidden"]  # U
    scale: Float[Tensor, "vector hidden"]  # S
    hashes: Int64[Tensor, " names"]

    @property
    def context_size(self) -> int:
        """How many characters it looks at."""
        return len(self.weight1) // self.embedding.shape[1]

    def output(self, z: Float[Tensor, " vector"]) -> Float[Tensor, "hidden vocab"]:
        """diag(1 + z S) W₂."""
        return (1 + z @ self.scale)[:, None] * self.weight2

    def save(self, path: Path) -> None:
        """Write the file; weights as float16, which changes no loss by more than 0.0001."""
        header = {name: getattr(self, name) for name in _HEADER_TYPES} | {"format": FORMAT}
        tensors = {name: getattr(self, name) for name in _TENSORS}
        tensors = {name: t.half() if t.is_floating_point() else t for name, t in tensors.items()}
        write_tensors(path, tensors, {HEADER: json.dumps(header, sort_keys=True)})


_TENSORS = tuple(f.name for f in fields(PretrainedNetwork) if f.name not in _HEADER_TYPES)


def read_pretrained(path: Path) -> PretrainedNetwork:
    """Read a file of weights. Raises `ModelFileError`."""
    try:
        stored, metadata = read_tensors(path)
        header = json.loads(metadata[HEADER])
        found = {name: checked(name, header[name], kind, of_json=True) for name, kind in _HEADER_TYPES.items()}
        tensors: dict[str, Any] = {name: stored[name] for name in _TENSORS}
    except (NamegenError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path}: is not a pretrained network, or is broken. `make pretrained` makes one."
        ) from error
    tensors = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    return PretrainedNetwork(**found, **tensors)


@cache
def shipped() -> PretrainedNetwork | None:
    """The network that comes with the program; None where the file is missing."""
    path = data_folder() / FILE_NAME
    return read_pretrained(path) if path.is_file() else None
