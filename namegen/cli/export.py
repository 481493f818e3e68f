"""`namegen export`: a model as a file for use without Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import note, number
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import Model, OutputFile, command
from namegen.cli.output_paths import check_not_learned_from, check_not_read, check_writable
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel


def _write_onnx(trained: "TrainedModel", path: Path) -> str:
    from namegen.export.onnx_graph import onnx_of
    from namegen.files.tensor_file import write_atomically

    write_atomically(path, onnx_of(trained))
    return "Contexts in, log-probabilities out; its metadata describe them."


def _write_json(trained: "TrainedModel", path: Path) -> str:
    from namegen.export.json_file import json_of
    from namegen.files.tensor_file import write_atomically

    write_atomically(path, json_of(trained))
    return "namegen/export/README.md says what each field means."


def _write_page(trained: "TrainedModel", path: Path) -> str:
    from namegen.export.page import write_page

    page = write_page(trained, path)
    open_it = "Open it in a browser."
    if page.precision == "float32":
        return open_it
    return f"{open_it} Weights as {page.precision}, which changes the loss by {page.cost:+z.4f} nats per character."


# What writes each kind of file, and returns what there is to tell.
FORMATS = {".html": _write_page, ".onnx": _write_onnx, ".json": _write_json}


@command()
def export(model: Model, *, options: OutputFile) -> None:
    """Write a model for use without Python.

    The ending of the file that --out names decides what is written.

    .html: a page with the model inside, which makes names in any browser, offline

    .onnx: a graph for ONNX runtimes: contexts in, log-probabilities out

    .json: everything in the model, for any language
    """
    out = options.out
    write = FORMATS.get(out.suffix.lower())
    if write is None:
        raise UsageError(f"{out}: unknown format. Name a file that ends in {' or '.join(FORMATS)} with `out`.")
    check_model(model)
    check_writable(out, options.force)
    check_not_read(out, [model])
    trained = open_model(model, options.quiet)
    check_not_learned_from(out, [trained])
    remark = write(trained, out)
    note(f"{out}: {number(out.stat().st_size)} bytes. {remark}", quiet=options.quiet)
