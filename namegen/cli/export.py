"""`namegen export`: a model as a file that leaves Python."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from namegen.cli import wishes
from namegen.cli.console import note, number
from namegen.cli.sample import open_model
from namegen.cli.train import check_writable
from namegen.errors import UsageError

# What makes a file of each suffix: a room and its function, which takes a trained model and gives the bytes.
FORMATS = {
    ".onnx": ("namegen.export.onnx_graph", "onnx_of"),
    ".json": ("namegen.export.plain", "json_of"),
}


def export(
    model: wishes.Model,
    out: Annotated[Path, typer.Option("-o", "--out", help=f"The file to write; it ends in {' or '.join(FORMATS)}.")],
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    quiet: wishes.Quiet = False,
) -> None:
    """Write a model for use without Python.

    .onnx: a graph for ONNX runtimes, contexts in, log-probabilities out

    .json: everything that it knows, for any language
    """
    if out.suffix not in FORMATS:
        raise UsageError(f"{out}: no format that is known. Let --out end in {', '.join(FORMATS)}.")
    check_writable(out, force)
    room, function = FORMATS[out.suffix]
    write = getattr(import_module(room), function)

    from namegen.modelfile import write_atomically

    data = write(open_model(model, quiet))
    write_atomically(out, data)
    note(f"{out}: {number(len(data))} bytes", quiet=quiet)
