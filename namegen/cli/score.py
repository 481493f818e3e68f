"""`namegen score`: how likely names are, and how surprising each letter of them."""

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import exp
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len
from rich.text import Text

from namegen.cli import wishes
from namegen.cli.console import note, plain, print_json, stdout
from namegen.cli.opening import check_model, open_model
from namegen.colours import cividis, hexadecimal, ink_on
from namegen.errors import SourceError, UsageError
from namegen.sources import STANDARD_INPUT, Block, read_blocks

if TYPE_CHECKING:
    from namegen.evaluation.scoring import Score

BLOCK_BYTES = 1 << 16


class ScoreFormat(StrEnum):
    """How scores are written."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


def score(
    model: wishes.Model,
    names: Annotated[
        list[str] | None, typer.Argument(help="Names; without any, the lines of standard input.", metavar="NAME")
    ] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Fold case first.")] = False,
    form: Annotated[
        ScoreFormat, typer.Option("--format", help="How scores are written; jsonl: one object a line, as they come.")
    ] = ScoreFormat.table,
    quiet: wishes.Quiet = False,
) -> None:
    """Show how likely names are, and how surprising each letter of them.

    Loss is in nats per character; the surprise of a letter is -ln p.

    `.` ends the name.
    """
    check_model(model)
    if not names and (sys.stdin.isatty() or model == STANDARD_INPUT):
        raise UsageError("Give names after the model, or a model file and lines on standard input.")
    if names:
        blocks: Iterator[Block] = iter(
            [Block("the command line", 1, "\n".join(names).encode(errors="surrogateescape"))]
        )
    else:
        blocks = read_blocks(STANDARD_INPUT, BLOCK_BYTES)

    trained = open_model(model, quiet)
    found = (score for block in blocks for score in trained.score(_names(block, lower)))
    if form is ScoreFormat.json:
        print_json([_for_programs(score) for score in found])
    elif form is ScoreFormat.jsonl:
        for score in found:
            print_json(_for_programs(score), indent=None)
    elif not _print_lines(found, trained.model.vocabulary.characters):
        note("no names on standard input, so there is nothing to score", quiet=quiet)


def _names(block: Block, lower: bool) -> Any:
    from namegen.cleaning import clean_block

    names, bad_lines = clean_block(block, lower=lower)
    if bad_lines:
        raise SourceError(f"{bad_lines.first[0]}. Mend it, or leave it out.")
    return names


def _for_programs(score: "Score") -> dict[str, Any]:
    letters = [{"symbol": letter.symbol, "surprise": letter.surprise} for letter in score.letters]
    return vars(score) | {"letters": letters}


def _print_lines(scores: Iterator["Score"], known: str) -> int:
    """A line a name; returns how many there were."""
    out = stdout()
    count = 0
    for count, score in enumerate(scores, start=1):
        if count == 1:
            out.print(Text(f"{'loss':>8}  {'log-probability':>15}  surprise of each letter, nats", style="bold"))
        numbers = f"{score.loss:8.4f}  {score.log_probability:15.4f}  "
        letters = [f" {plain(letter.symbol)} {letter.surprise:.1f} " for letter in score.letters]
        if score.unknown:
            unknown = ", ".join(f"{plain(character)!r}" for character in score.unknown)
            letters = [f"{plain(score.name)}: the model never saw {unknown}"]
            if all(character.lower() in known for character in score.unknown):
                letters[0] += f". --lower makes {'it' if len(score.unknown) == 1 else 'them'} small"
        if out.is_terminal:
            for line in _folded(numbers, letters, _styles(score), out.width):
                out.print(line, soft_wrap=bool(score.letters))
        else:
            sys.stdout.write((numbers + "".join(letters)).rstrip() + "\n")
    return count


def _folded(numbers: str, letters: Sequence[str], styles: Sequence[str], width: int) -> Iterator[Text]:
    """The lines of a name on a terminal, folded between letters."""
    line = Text(numbers)
    for letter, style in zip(letters, styles, strict=True):
        if line.cell_len > len(numbers) and line.cell_len + cell_len(letter) > width:
            yield line
            line = Text(" " * len(numbers))
        line.append(letter, style)
    yield line


def _styles(score: "Score") -> list[str]:
    """The lighter the ground, the more surprising the letter."""
    if score.unknown:
        return ["red"]
    shades = [cividis(1 - exp(-letter.surprise)) for letter in score.letters]
    return [f"{ink_on(shade)} on {hexadecimal(shade)}" for shade in shades]
