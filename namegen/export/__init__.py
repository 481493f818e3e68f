"""Writing a model for use without Python: a page (.html), a module (.js), an ONNX graph (.onnx) or JSON (.json).

README.md in this folder describes the formats.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

SUFFIXES = (".html", ".js", ".onnx", ".json")


@dataclass(frozen=True)
class Export:
    """What was written: how to use it, and for a page what storing its weights in fewer bits costs."""

    usage: str
    precision: str = "float32"
    cost: float = 0.0  # nats per character, added to the loss

    @property
    def remark(self) -> str:
        """The same as a sentence or two."""
        rounded = f" Its weights are rounded to {self.precision}, which changes the loss by {self.cost:+z.4f} nats per "
        return self.usage + (f"{rounded}character." if self.precision != "float32" else "")


def check_format(path: Path, models: int) -> str:
    """The suffix of a path. Raises `UsageError` for another format, and for more models than the format holds."""
    if (suffix := path.suffix.lower()) not in SUFFIXES:
        raise UsageError(f"{path}: unknown format. Name a file that ends in {', '.join(SUFFIXES)}.")
    if models > 1 and suffix not in (".html", ".js"):
        raise UsageError(f"{path}: holds one model, not {models}. Name one, or a file that ends in .html or .js.")
    return suffix


def write_learning_page(path: Path) -> None:
    """Write the page that learns from lists. Raises `NamegenError` where the pretrained network is missing."""
    from namegen.export.page import learning_page  # noqa: PLC0415
    from namegen.files.tensor_file import write_atomically  # noqa: PLC0415 (imports torch)

    write_atomically(path, learning_page().text.encode())


def write_export(trained: "TrainedModel", path: Path, *others: "TrainedModel") -> Export:
    """Write a model, or for .html and .js several, in the format that the suffix names, whole or not at all.

    Raises `UsageError` for another suffix or what the format cannot hold, `NamegenError` where the package onnx is
    missing, `ModelFileError` where the file cannot be written.
    """
    suffix = check_format(path, 1 + len(others))
    from namegen.files.tensor_file import write_atomically  # noqa: PLC0415 (imports torch)

    if suffix in (".html", ".js"):
        from namegen.export.page import module_of, page_of  # noqa: PLC0415

        usage = "Open it in a browser." if suffix == ".html" else 'import { sample } from "./' + path.name + '";'
        page = (page_of if suffix == ".html" else module_of)(trained, *others)
        data, export = page.text.encode(errors="replace"), Export(usage, page.precision, page.cost)
    elif suffix == ".json":
        from namegen.export.json_file import json_of  # noqa: PLC0415

        data, export = json_of(trained), Export("namegen/export/README.md describes its fields.")
    else:
        from namegen.export.onnx_graph import onnx_of  # noqa: PLC0415 (onnx is an extra)

        data = onnx_of(trained)
        export = Export("Input: contexts; output: log-probabilities; its metadata describe both.")
    write_atomically(path, data)
    return export
