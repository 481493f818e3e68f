"""`namegen compose`: names from several lists in one line."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from annotated_doc import Doc

from namegen.cli.console import note
from namegen.cli.name_formats import Fields, write
from namegen.cli.open_models import check_models, note_listener, read_known
from namegen.cli.options import Given, Quiet, argument, command
from namegen.settings import SHOWN, ComposeSettings


@command(seed="picked at random")
def compose(
    template: Annotated[
        str,
        argument(
            "text with lists or model files in braces, each with its own constraints, called as in `namegen sample`: "
            "'{irish:starts-with=M,max-length=6} of {towns}'. {{ and }} are braces."
        ),
    ],
    *,
    settings: ComposeSettings,
    quiet: Quiet = False,
    format: Annotated[
        Literal["lines", "json", "jsonl", "csv"], Doc("How lines are written; all but lines with each slot."), SHOWN
    ] = "lines",
    given: Given,
) -> None:
    """Compose lines of names from several lists, such as '{irish} {surnames} of {towns}'.

    No line comes twice; a name may.
    """
    from namegen.sampling.composition import Template

    read = Template.of(template)
    check_models([*dict.fromkeys(read.sources), *(path for each in read.settings for path in each.lists)])

    import torch

    from namegen.api import composed

    torch.set_num_threads(1)
    if "seed" not in given:
        settings = replace(settings, seed=secrets.randbits(32))
    with note_listener(quiet) as listener:
        blocks = composed(read, settings, partial(read_known, quiet=quiet), listener)
    note(f"seed {settings.seed}", quiet=quiet or "seed" in given)
    fields = () if format == "lines" else read.fields
    totals = {"found": 0}

    def rows() -> Iterator[Sequence[Fields]]:
        for block in blocks:
            totals["found"] += len(block)
            yield [{"name": line.text, **dict(zip(fields, line.names, strict=False))} for line in block]

    header = {"template": template, "seed": settings.seed, "asked": settings.n}
    write(rows(), format, header, lambda: totals)
