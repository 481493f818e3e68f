"""The options that say what names shall be like, the same for every command that gives names."""

from enum import Enum, StrEnum
from typing import Annotated, Any

import typer

from namegen.cli.completion import models_and_lists

Model = Annotated[
    str,
    typer.Argument(
        help="A model file; or a bundled name, a list, a folder or -, which an n-gram model is fitted to at once.",
        autocompletion=models_and_lists,
    ),
]
StartsWith = Annotated[
    list[str] | None,
    typer.Option("--starts-with", help="How names begin; may be repeated, any of them will do.", show_default=False),
]
EndsWith = Annotated[
    list[str] | None,
    typer.Option("--ends-with", help="How names end; may be repeated, any of them will do.", show_default=False),
]
Contains = Annotated[
    list[str] | None, typer.Option("--contains", help="A piece within names; may be repeated, all are wanted.")
]
Excludes = Annotated[
    list[str] | None, typer.Option("--excludes", help="A piece that names are without; may be repeated.")
]
MinLength = Annotated[
    int, typer.Option("--min-length", help="In characters; short lists make many names of one or two.")
]
MaxLength = Annotated[int, typer.Option("--max-length", help="In characters.")]
Matches = Annotated[
    str, typer.Option("--matches", metavar="REGEX", help="A regular expression that whole names match.")
]
AllowKnown = Annotated[
    bool,
    typer.Option(
        "--allow-known", help="Also names on the list the model learned from; every format but lines says which."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.")]
Scores = Annotated[bool, typer.Option("--scores", help="With the loss in nats per character, and ln p of the name.")]


class Case(Enum):
    """How names are spelled. (No StrEnum: its members have methods of these names.)"""

    keep = "keep"
    title = "title"
    upper = "upper"
    lower = "lower"


class Sort(StrEnum):
    """The order of names."""

    none = "none"
    probability = "probability"
    length = "length"
    name = "name"


def constraints(
    starts_with: list[str] | None,
    ends_with: list[str] | None,
    contains: list[str] | None,
    excludes: list[str] | None,
    min_length: int,
    max_length: int,
    matches: str,
) -> dict[str, Any]:
    """The arguments of `Constraints`."""
    return {
        "starts_with": starts_with or (),
        "ends_with": ends_with or (),
        "contains": contains or (),
        "excludes": excludes or (),
        "min_length": min_length,
        "max_length": max_length,
        "matches": matches,
    }
