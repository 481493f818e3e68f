"""`namegen sample`: new names from a model."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from annotated_doc import Doc

from namegen.cli.console import note
from namegen.cli.name_formats import Fields, fields_of, write, write_rows, write_text
from namegen.cli.open_models import open_model, read_known
from namegen.cli.options import SPELLED, Given, Model, NameFormat, Quiet, Scores, command
from namegen.corpus.sources import DEFAULT_SOURCE
from namegen.errors import UsageError
from namegen.settings import SampleSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.sampling.sampler import Sampler

MAX_IN_COLUMNS = 2000  # names on a terminal; more are written as they come
HINTS = (
    "bold: the most typical third, by loss per character; dim: the least",
    "safer: -t 0.7   longer: --min-length 5   --case title   with single keys: -i",
)


@command(seed="picked at random")
def sample(
    model: Model = DEFAULT_SOURCE,
    *,
    settings: SampleSettings,
    quiet: Quiet = False,
    format: NameFormat = None,
    scores: Scores = False,
    interactive: Annotated[bool, Doc("Open a screen to draw, change and keep names with single keys.")] = False,
    given: Given,
) -> None:
    """Generate new names: none from the list, and none twice.

    Constraints can be combined. They do not change how probable names are compared with each other.
    """
    form = format or _form_for(settings.n, scores or settings.allow_known)
    _check(settings, interactive, given, form)
    trained = open_model(model, quiet, settings)

    import torch

    torch.set_num_threads(1)  # the steps are short: threads would wait for each other longer than they help
    if "seed" not in given:
        settings = replace(settings, seed=secrets.randbits(32))
    known = read_known(trained, settings, quiet)
    if interactive:
        from namegen.cli.interactive import interact

        interact(trained, settings, known)
    note(f"seed {settings.seed}", quiet=quiet or "seed" in given)
    origins = settings.allow_known and (scores or form != "lines")
    options = {name: value for name, value in settings.changed.items() if name not in ("n", "seed")}
    header = {"model": model, "family": trained.model.family, "seed": settings.seed, "asked": settings.n}
    header["options"] = options
    if _in_order(settings) or form in ("columns", "table"):
        found = trained.collect(settings, known)
        rows = trained.describe(found.names, settings.case, ascii=settings.ascii, near_copies=form == "table")
        write_rows(rows, form, header, {"found": len(rows), "tried": found.tried}, scores=scores, origins=origins)
        if form == "columns" and not options:
            note(*HINTS, quiet=quiet)
        if found.failure:
            raise found.failure
        return
    sampler = trained.sampler(settings, known)
    if form == "lines" and not scores:
        for block in sampler:
            write_text(trained.shown(block, settings.case, ascii=settings.ascii).lines() + "\n")
        return
    fields = _fields(trained, sampler, settings, scores=scores, origins=origins)
    write(fields, form, header, lambda: {"found": sampler.found, "tried": sampler.tried})


def _fields(
    trained: "TrainedModel", sampler: "Sampler", settings: SampleSettings, *, scores: bool, origins: bool
) -> Iterator[Sequence[Fields]]:
    """What is written of each name, block by block as they are found."""
    for block in sampler:
        if scores or origins:
            rows = trained.describe(block, settings.case, ascii=settings.ascii)
            yield [fields_of(row, scores=scores, origins=origins) for row in rows]
        else:
            yield [{"name": name} for name in trained.shown(block, settings.case, ascii=settings.ascii)]


def _check(settings: SampleSettings, interactive: bool, given: Given, form: str) -> None:
    """Raise `UsageError` for options that contradict each other."""
    if interactive:
        idle = next((name for name in ("n", "like", "sort", "format", "scores") if name in given), None)
        if idle:
            option = SPELLED.get(idle, (f"--{idle}",))[0]
            raise UsageError(f"-i shows names on a screen of its own. Leave {option} out.")
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("-i needs a terminal. Leave it out in a pipe or a script.")
    if settings.n == 0 and (_in_order(settings) or form in ("json", "table")):
        raise UsageError("-n 0 never ends, so names cannot be sorted, or written as json or a table. Give a number.")


def _in_order(settings: SampleSettings) -> bool:
    """Whether all names are needed before the first is written."""
    return bool(settings.like) or settings.sort != "none"


def _form_for(n: int, has_details: bool) -> str:
    """The format where none was given."""
    if not sys.stdout.isatty() or not 0 < n <= MAX_IN_COLUMNS:
        return "lines"
    return "table" if has_details else "columns"
