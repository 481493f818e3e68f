"""Options that several commands share, said once."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from namegen.cli import completion

DEFAULT_FAMILY = "blend"
Device = StrEnum("Device", ["auto", "cpu", "cuda", "mps"])
READING, MODEL, TRAINING = "Reading the list", "The model", "Training"


def option(*names_and_help: str, minimum: float | None = None, **more: Any) -> Any:
    """A Typer option from its names, its help and, where it belongs to a group, the group."""
    names = [text for text in names_and_help if text.startswith("-")]
    helps = [text for text in names_and_help if not text.startswith("-")]
    panel = helps[1] if len(helps) > 1 else None
    values = completion.values_of(names[-1])
    return typer.Option(
        *names, help=escape(helps[0]), rich_help_panel=panel, min=minimum, autocompletion=values, **more
    )


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Bundled names (see `namegen data`), files, folders of .txt files, or - for standard input; joined.",
        show_default="names",
        autocompletion=completion.lists,
    ),
]
Lower = Annotated[bool, option("--lower", "Read the list in small letters.", READING)]
SkipBadLines = Annotated[bool, option("--skip-bad-lines", "Leave out lines that are no names.", READING)]
KeepDuplicates = Annotated[bool, option("--keep-duplicates", "A name counts as often as it stands there.", READING)]
Quiet = Annotated[bool, option("--quiet", "-q", "The result alone: no notes, no progress.")]
