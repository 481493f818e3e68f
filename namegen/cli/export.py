"""`namegen export`: a model as a file for use without Python."""

from dataclasses import dataclass
from typing import Annotated

from annotated_doc import Doc

from namegen.cli.console import note, number
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Model, OutputFile, command
from namegen.cli.output_paths import check_not_learned_from, check_output
from namegen.export import check_suffix, write_export
from namegen.settings import NameSettings


@dataclass(frozen=True, kw_only=True)
class ExportOptions(OutputFile):
    """Where the file goes, and what of the model."""

    label: Annotated[str, Doc("Of a model that learned labels, names with this one, such as female.")] = ""


@command()
def export(model: Model, *, options: ExportOptions) -> None:
    """Write a model for use without Python.

    The ending of the file that --out names decides what is written.

    .html: a page with the model inside, which makes names in any browser, offline

    .onnx: a graph for ONNX runtimes: contexts in, log-probabilities out

    .json: everything in the model, for any language
    """
    out = options.out
    check_suffix(out)
    check_models([model])
    check_output(out, [model], force=options.force)
    trained = open_model(model, options.quiet, NameSettings(label=options.label))
    check_not_learned_from(out, [trained])
    written = write_export(trained, out)
    note(f"{out}: {number(out.stat().st_size)} bytes. {written.remark}", quiet=options.quiet)
