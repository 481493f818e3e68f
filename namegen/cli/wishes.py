"""The options that say what names shall be like, the same for every command that gives names."""

from enum import Enum, StrEnum
from typing import Annotated, Any

import typer

from namegen.cli.completion import models_and_lists
from namegen.cli.options import option

LARGEST_SEED = (1 << 32) - 1
WHICH, DRAWN, WRITTEN = "Which names", "How they are drawn", "How they are written"

Model = Annotated[
    str,
    typer.Argument(
        help="A model file; or a bundled name, a list, a folder or -, which an n-gram model is fitted to at once.",
        autocompletion=models_and_lists,
    ),
]
StartsWith = Annotated[
    list[str] | None, option("--starts-with", "How names begin; may be repeated, any of them will do.", WHICH)
]
EndsWith = Annotated[
    list[str] | None, option("--ends-with", "How names end; may be repeated, any of them will do.", WHICH)
]
Contains = Annotated[
    list[str] | None, option("--contains", "A piece within names; may be repeated, all are wanted.", WHICH)
]
Excludes = Annotated[list[str] | None, option("--excludes", "A piece that names are without; may be repeated.", WHICH)]
MinLength = Annotated[int, option("--min-length", "In characters; 4 or 5 leaves out stubs.", WHICH)]
MaxLength = Annotated[int, option("--max-length", "In characters.", WHICH)]
Matches = Annotated[str, option("--matches", "A regular expression that whole names match.", WHICH, metavar="REGEX")]
AllowKnown = Annotated[
    bool,
    option("--allow-known", "Also names on the list the model learned from; every format but lines says which.", WHICH),
]
Lower = Annotated[bool, option("--lower", "Read the list in small letters.")]
Quiet = Annotated[bool, option("--quiet", "-q", "No notes on standard error.")]
Scores = Annotated[bool, option("--scores", "With the loss in nats per character, and ln p of the name.", WRITTEN)]


def seed(*help_and_group: str) -> Any:
    """An option for a seed. Its bounds are told where it is wrong: beside so large a number help would have no room."""

    def in_range(value: int | None) -> int | None:
        if value is not None and not 0 <= value <= LARGEST_SEED:
            raise typer.BadParameter(f"it should be a number from 0 to {LARGEST_SEED:,}.")
        return value

    return option("--seed", *help_and_group, callback=in_range)


class Case(Enum):
    """How names are spelled. (No StrEnum: its members have methods of these names.)"""

    keep = "keep"
    title = "title"
    upper = "upper"
    lower = "lower"


CaseOption = Annotated[Case, option("--case", "Capitals: title gives Anna-Lena.", WRITTEN)]


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
    lower: bool,
) -> dict[str, Any]:
    """The arguments of `Constraints`; where lists are read in small letters, so are pieces of names."""
    pieces = {"starts_with": starts_with, "ends_with": ends_with, "contains": contains, "excludes": excludes}
    read = {wish: tuple(piece.lower() if lower else piece for piece in given or ()) for wish, given in pieces.items()}
    return {**read, "min_length": min_length, "max_length": max_length, "matches": matches}
