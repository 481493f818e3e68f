"""Writing a model for use without Python: a page (.html), an ONNX graph (.onnx) or JSON (.json).

README.md in this folder describes the formats.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

SUFFIXES = (".html", ".onnx", ".json")


@dataclass(frozen=True)
class Export:
    """What was written: how to use it, and for a page what storing its weights in fewer bits costs."""

    usage: str
    precision: str = "float32"
    cost: float = 0.0  # nats per character, added to the loss

    @property
    def remark(self) -> str:
        """The same as a sentence or two.

        >>> Export("Open it in a browser.", "int8", 0.0012).remark
        'Open it in a browser. Its weights are rounded to int8, which changes the loss by +0.0012 nats per character.'
        """
        if self.precision == "float32":
            return self.usage
        rounded = f"Its weights are rounded to {self.precision}"
        return f"{self.usage} {rounded}, which changes the loss by {self.cost:+z.4f} nats per character."


def check_suffix(path: Path) -> None:
    """Raise `UsageError` unless the path ends in one of `SUFFIXES`."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path}: unknown format. Name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        )


def write_export(trained: "TrainedModel", path: Path) -> Export:
    """Write a model in the format that the suffix names, whole or not at all.

    Raises `UsageError` for another suffix or a family that the format cannot hold, `NamegenError` where the package
    onnx is missing, `ModelFileError` where the file cannot be written.
    """
    check_suffix(path)
    from namegen.files.tensor_file import write_atomically  # noqa: PLC0415 (imports torch)

    suffix = path.suffix.lower()
    if suffix == ".html":
        from namegen.export.page import page_of  # noqa: PLC0415

        page = page_of(trained)
        write_atomically(path, page.text.encode(errors="replace"))
        return Export("Open it in a browser.", page.precision, page.cost)
    if suffix == ".json":
        from namegen.export.json_file import json_of  # noqa: PLC0415

        write_atomically(path, json_of(trained))
        return Export("namegen/export/README.md describes its fields.")
    from namegen.export.onnx_graph import onnx_of  # noqa: PLC0415 (onnx is an extra)

    write_atomically(path, onnx_of(trained))
    return Export("Input: contexts; output: log-probabilities; its metadata describe both.")
