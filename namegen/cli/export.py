"""`namegen export`: a model as a file for use without Python."""

from typing import Annotated

from annotated_doc import Doc

from namegen.cli.console import note
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Force, Models, Out, Quiet, command
from namegen.cli.output_paths import check_not_learned_from, check_output
from namegen.export import check_format, write_export
from namegen.settings import NameSettings


@command()
def export(
    models: Models,
    *,
    quiet: Quiet = False,
    out: Out,
    force: Force = False,
    label: Annotated[str, Doc("Export the model of this label, such as female.")] = "",
) -> None:
    """Write a model for use without Python. A page offers several models to choose from; a module blends them.

    The suffix of the file decides the format.

    .html: a page that generates names in any browser, offline

    .js: a JavaScript module: import { sample } from "./names.js"

    .onnx: a graph for ONNX runtimes, from contexts to log-probabilities

    .json: everything in the model, for any language
    """
    check_format(out, len(models))
    check_models(models)
    check_output(out, models, force=force)
    first, *others = [open_model(model, quiet, NameSettings(label=label)) for model in models]
    check_not_learned_from(out, [first, *others])
    written = write_export(first, out, *others)
    note(f"{out}: {out.stat().st_size:,} bytes. {written.remark}", quiet=quiet)
