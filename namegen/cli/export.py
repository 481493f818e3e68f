"""`namegen export`: a model as a file for those without Python."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from namegen.cli import wishes
from namegen.cli.console import note, number
from namegen.cli.train import check_writable
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.trained import TrainedModel


def export(
    model: wishes.Model,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write; .html: a page with the model inside.")],
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    quiet: wishes.Quiet = False,
) -> None:
    """Write a model as a file that needs no Python: a page that makes names in any browser, without a network.

    Examples:  namegen export irish-blend.safetensors -o irish.html  |  namegen export towns -o towns.html
    """
    write = FORMATS.get(out.suffix.lower())
    if write is None:
        raise UsageError(f"{out}: unknown format. Name a file that ends in {' or '.join(FORMATS)} with --out.")
    check_writable(out, force)

    from namegen.library import open_model

    remark = write(open_model(model), out)
    note(f"{out}: {number(out.stat().st_size)} bytes. {remark}", quiet=quiet)


def _write_page(trained: "TrainedModel", path: Path) -> str:
    from namegen.export.page import write_page

    page = write_page(trained, path)
    open_it = "Open it in a browser."
    if page.precision == "float32":
        return open_it
    return f"{open_it} Weights as {page.precision}, which changes the loss by {page.cost:+z.4f} nats per character."


# What writes each kind of file, and returns what there is to tell.
FORMATS = {".html": _write_page}
