"""`namegen score`: how likely names are, and how surprising each letter of them."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain
from math import exp
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len
from rich.text import Text

from namegen.cli import wishes
from namegen.cli.console import note, plain, print_json, stdout
from namegen.cli.name_writer import NameFormat, write
from namegen.cli.open_models import check_model, open_models
from namegen.corpus.sources import STANDARD_INPUT, Block, read_blocks
from namegen.errors import SourceError, UsageError
from namegen.plotting.colors import cividis, hexadecimal, ink_on

if TYPE_CHECKING:
    from namegen.evaluation.surprisal import Score

BLOCK_BYTES = 1 << 16


class ScoreFormat(StrEnum):
    """How scores are written."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def score(
    model: wishes.Model,
    names: Annotated[
        list[str] | None, typer.Argument(help="Names; without any, the lines of standard input.", metavar="NAME")
    ] = None,
    letters: Annotated[
        bool, typer.Option("--letters/--no-letters", help="Each letter too, or names alone, several times faster.")
    ] = True,
    lower: Annotated[bool, typer.Option("--lower", help="Read names and lists in small letters.")] = False,
    form: Annotated[
        ScoreFormat,
        typer.Option("--format", help="How scores are written; jsonl and csv as they come, csv without letters."),
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

    (trained,) = open_models([model], quiet, lower=lower)
    letters = letters and form is not ScoreFormat.csv
    found = (trained.score(_names(block, lower), letters=letters) for block in blocks)
    if form is ScoreFormat.table:
        if not _print_lines(chain.from_iterable(found), letters, trained.model.vocabulary.characters):
            note("no names on standard input, so there is nothing to score", quiet=quiet)
        return
    rows = ([_for_programs(score, letters) for score in scores] for scores in found)
    if form is ScoreFormat.json:
        print_json([*chain.from_iterable(rows)])
    else:
        write(rows, NameFormat(form.value), {}, dict)


def _names(block: Block, lower: bool) -> Any:
    from namegen.corpus.cleaning import clean_block

    names, bad_lines = clean_block(block, lower=lower)
    if bad_lines:
        raise SourceError(f"{bad_lines.first[0]}. Mend it, or leave it out.")
    return names


def _for_programs(score: "Score", letters: bool) -> dict[str, Any]:
    fields = {"name": score.name, "loss": round(score.loss, 6), "log_probability": round(score.log_probability, 6)}
    spelled = [{"symbol": letter.symbol, "surprise": round(letter.surprise, 6)} for letter in score.letters]
    return fields | ({"letters": spelled} if letters else {}) | {"unknown": score.unknown}


def _print_lines(scores: Iterable["Score"], with_letters: bool, known: str) -> int:
    """A line a name; returns how many there were."""
    out = stdout()
    count = 0
    for count, score in enumerate(scores, start=1):
        if count == 1:
            last = "surprise of each letter, nats" if with_letters else "name"
            out.print(Text(f"{'loss':>8}  {'log-probability':>15}  {last}", style="bold"))
        numbers = f"{score.loss:8.4f}  {score.log_probability:15.4f}  "
        letters = [f" {plain(letter.symbol)} {letter.surprise:.1f} " for letter in score.letters] or [plain(score.name)]
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
    if not score.letters:
        return ["red" if score.unknown else ""]
    shades = [cividis(1 - exp(-letter.surprise)) for letter in score.letters]
    return [f"{ink_on(shade)} on {hexadecimal(shade)}" for shade in shades]
