"""`namegen sample`: new names from a model."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from namegen.cli import name_formats
from namegen.cli.console import note
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import SPELLED, Given, Model, SampleOutput, command
from namegen.corpus.sources import DEFAULT_SOURCE
from namegen.errors import UsageError
from namegen.settings import SampleSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel

STREAMED = ("lines", "jsonl", "csv")  # a name after the other, without a frame
MAX_IN_COLUMNS = 2000  # names on a terminal; more are written as they come
HINT = "safer: -t 0.7   longer: --min-length 5   --case title   with single keys: -i"


@command(seed="picked at random")
def sample(
    model: Model = DEFAULT_SOURCE, *, settings: SampleSettings, output: SampleOutput, given: Given
) -> int | None:
    """Draw new names: none that is on the list, and none twice.

    Constraints can be combined. They do not change which names are more probable than others.
    """
    if output.interactive:
        idle = next((name for name in ("n", "like", "sort", "format", "scores") if name in given), None)
        if idle:
            option = SPELLED.get(idle, (f"--{idle}",))[0]
            raise UsageError(f"-i shows names on a screen of its own. Leave {option} out.")
    form = output.format or _form_for(settings.n, output.scores or settings.allow_known)
    in_order = bool(settings.like) or settings.sort != "none"
    if settings.n == 0 and (in_order or form not in STREAMED):
        raise UsageError("-n 0 never ends, so names cannot be sorted, or written as json or a table. Give a number.")
    check_model(model)
    trained = open_model(model, output.quiet)
    _use_one_thread()
    if "seed" not in given:
        settings = replace(settings, seed=int.from_bytes(os.urandom(4), "little"))
    if output.interactive:
        from namegen.cli.interactive import interact

        return interact(trained, settings)
    details = name_formats.Details(
        scores=output.scores, origins=settings.allow_known and (output.scores or form != "lines")
    )
    header = _header(model, trained, settings)
    quiet = output.quiet or "seed" in given
    if in_order or form in ("columns", "table"):
        _write_all(trained, settings, form, details, header, quiet=quiet)
        if form == "columns" and not header["options"]:
            note(HINT, quiet=output.quiet)
    else:
        _write_as_found(trained, settings, form, details, header, quiet=quiet)
    return None


def _header(model: str, trained: "TrainedModel", settings: SampleSettings) -> dict[str, Any]:
    """What stands before the names in JSON."""
    options = {name: value for name, value in settings.changed.items() if name not in ("n", "seed")}
    return {
        "model": model,
        "family": trained.model.family,
        "seed": settings.seed,
        "asked": settings.n,
        "options": options,
    }


def _write_all(
    trained: "TrainedModel",
    settings: SampleSettings,
    form: str,
    details: name_formats.Details,
    header: dict[str, Any],
    *,
    quiet: bool,
) -> None:
    """Write names that have to be waited for."""
    found = trained.collect(settings)
    note(f"seed {settings.seed}", quiet=quiet)
    rows = trained.describe(found.names, settings.case, near_copies=form == "table")
    if form in ("columns", "table"):
        name_formats.show(rows, form, details, quiet=quiet)
    else:
        totals = {"found": len(rows), "tried": found.tried}
        name_formats.write([[details.of(row) for row in rows]], form, header, lambda: totals)
    if found.failure:
        raise found.failure


def _write_as_found(
    trained: "TrainedModel",
    settings: SampleSettings,
    form: str,
    details: name_formats.Details,
    header: dict[str, Any],
    *,
    quiet: bool,
) -> None:
    """Write blocks of names as they are found."""
    sampler = trained.sampler(settings)
    note(f"seed {settings.seed}", quiet=quiet)  # not before it is known that nothing is wrong with the settings
    if form == "lines" and not details.scores:
        for block in sampler:
            name_formats.write_block(trained.shown(block, settings.case))
        return

    def rows() -> Iterator[Sequence[name_formats.Fields]]:
        for block in sampler:
            if details.scores or details.origins:
                yield [details.of(row) for row in trained.describe(block, settings.case)]
            else:
                yield [{"name": name} for name in trained.shown(block, settings.case)]

    name_formats.write(rows(), form, header, lambda: {"found": sampler.found, "tried": sampler.tried})


def _use_one_thread() -> None:
    """Steps of sampling are so short that threads would wait for each other longer than they help.

    It also makes the names of a seed independent of the number of processors.
    """
    import torch

    torch.set_num_threads(1)


def _form_for(n: int, has_details: bool) -> str:
    """The format where none was given."""
    if not sys.stdout.isatty() or not 0 < n <= MAX_IN_COLUMNS:
        return "lines"
    return "table" if has_details else "columns"
