"""`namegen top`: the most probable names of a model."""

import sys

from namegen.cli.console import note
from namegen.cli.name_formats import write_rows
from namegen.cli.open_models import open_model, read_known
from namegen.cli.options import Model, NameFormat, Quiet, Scores, command
from namegen.corpus.sources import DEFAULT_SOURCE
from namegen.errors import SamplingError
from namegen.settings import TopSettings


@command()
def top(
    model: Model = DEFAULT_SOURCE,
    *,
    settings: TopSettings,
    quiet: Quiet = False,
    format: NameFormat = None,
    scores: Scores = False,
) -> None:
    """List the most probable new names, in order.

    The result is exact: names are searched for, not drawn, and need no seed.
    """
    trained = open_model(model, quiet, settings)
    found = trained.search(settings, read_known(trained, settings, quiet))
    form = format or ("table" if sys.stdout.isatty() else "lines")
    rows = trained.describe(found.names, settings.case, ascii=settings.ascii, near_copies=form == "table")
    options = {name: value for name, value in settings.changed.items() if name != "n"}
    origins = settings.allow_known and (scores or form != "lines")
    header = {"model": model, "family": trained.model.family, "asked": settings.n, "options": options}
    scores = scores or form == "table"
    write_rows(rows, form, header, {"found": len(rows)}, scores=scores, origins=origins)
    if form == "table" and not options:
        note("each letter makes a name less probable. Longer names: --min-length 5", quiet=quiet)
    if not found.complete:
        raise SamplingError(found.failure(settings.n, settings.apart))
    if len(rows) < settings.n:
        apart = " that are so far apart. Request fewer names or lower `apart`." if settings.apart > 1 else " of them."
        raise SamplingError(f"Found {len(rows):,} of {settings.n:,} names: the model can spell no more{apart}")
