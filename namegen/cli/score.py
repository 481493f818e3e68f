"""`namegen score`: how probable names are, and the surprisal of each of their letters."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from math import exp
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_doc import Doc
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from namegen.cli.console import note, plain, print_json, stdout
from namegen.cli.name_formats import write
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Model, Quiet, argument, command
from namegen.corpus.sources import STANDARD_INPUT, Block, is_standard_input, read_blocks
from namegen.errors import SourceError, UsageError
from namegen.plotting.colors import cividis, hexadecimal, ink_on

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.evaluation.losses import Score

BLOCK_BYTES = 1 << 16
LEAST_ROOM, INDENT = 30, 4  # for letters: beside the facts of a name, else below them


@command()
def score(
    model: Model,
    names: Annotated[
        list[str] | None, argument("names; without any, the lines of standard input.", metavar="NAME")
    ] = None,
    *,
    quiet: Quiet = False,
    letters: Annotated[bool, Doc("Show each letter, which is several times slower.")] = True,
    format: Annotated[
        Literal["table", "json", "jsonl", "csv"],
        Doc("Output format; jsonl and csv come name by name, csv without letters."),
    ] = "table",
) -> None:
    """Show how probable names are, and the surprisal of each of their letters.

    is: whether the name is on the list (train or held out), or new

    typical: the share of the names on the list that are less probable per character

    The surprisal of a letter is -ln p, in nats; the loss of a name is its mean. `.` is the end of a name.
    """
    check_models([model])
    if not names and (sys.stdin.isatty() or is_standard_input(model)):
        raise UsageError("Give names after the model, or a model file and lines on standard input.")
    typed = Block("the command line", 1, "\n".join(names or ()).encode(errors="surrogateescape"))
    blocks: Iterable[Block] = [typed] if names else read_blocks(STANDARD_INPUT, BLOCK_BYTES)
    trained = open_model(model, quiet)
    letters = letters and format != "csv"
    found = (_scores(trained, block, letters) for block in blocks)
    if format == "table":
        if not _print_lines(found, letters):
            note("no names on standard input", quiet=quiet)
        return
    rows = ([_for_programs(score, letters) for score in scores] for scores in found)
    if format == "json":
        print_json([*chain.from_iterable(rows)])
    else:
        write(rows, format, {}, dict)


def _scores(trained: "TrainedModel", block: Block, letters: bool) -> "list[Score]":
    """The scores of the names of a block, each with its name as it was given."""
    from namegen.corpus.cleaning import clean_block

    clean = clean_block(block, keep_case=True)  # the model changes the case
    if clean.bad_lines:
        raise SourceError(f"{clean.bad_lines.first[0]}. Fix it, or leave it out.")
    found = trained.score(clean.names, letters=letters)
    return [replace(score, name=name) for score, name in zip(found, clean.names, strict=True)]


def _for_programs(score: "Score", letters: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": score.name, "origin": score.origin}
    fields |= {} if score.typical is None else {"typical": round(score.typical, 4)}
    fields |= {"loss": round(score.loss, 6), "log_probability": round(score.log_probability, 6)}
    spelled = [{"symbol": letter.symbol, "surprisal": round(letter.surprisal, 6)} for letter in score.letters]
    return fields | ({"letters": spelled} if letters else {}) | {"unknown": score.unknown}


def _print_lines(blocks: Iterable["list[Score]"], with_letters: bool) -> int:
    """A line for each name, names of a block of one width; returns how many there were."""
    out, count = stdout(), 0
    most = out.width if out.is_terminal else sys.maxsize
    for scores in blocks:
        width = max([4, *(cell_len(plain(score.name)) for score in scores)])
        if scores and not count:
            typical = "" if scores[0].typical is None else f"{'typical':>7}  "
            title = Text(f"{'name':<{width}}  {'is':<8}  {typical}{'loss':>7}  {'ln p':>8}  ")
            line = _folded(title, [Text("surprisal of each letter, nats")] if with_letters else [], most)
            line.rstrip()
            line.stylize("bold")
            out.print(line, soft_wrap=True)
        for score in scores:
            count += 1
            typical = "" if score.typical is None else f"{score.typical:7.0%}  "
            facts = Text(f"{set_cell_size(plain(score.name), width)}  {score.origin:<8}  {typical}")
            facts.append(f"{score.loss:7.4f}  {score.log_probability:8.3f}  ")
            line = _folded(facts, _details(score), most)
            if not out.is_terminal:
                line.rstrip()
            out.print(line, soft_wrap=True)
    return count


def _details(score: "Score") -> list[Text]:
    """The letters of a name, each with its surprisal; or those that the model does not know."""
    if score.unknown:
        unknown = ", ".join(f"{plain(character)!r}" for character in score.unknown)
        return [Text(f"the model does not know {unknown}", "red")]
    # The lighter the background, the more surprising the letter.
    shades = [cividis(1 - exp(-surprisal)) for _, surprisal in score.letters]
    return [
        Text(f" {plain(symbol)} {surprisal:.1f} ", f"{ink_on(shade)} on {hexadecimal(shade)}")
        for (symbol, surprisal), shade in zip(score.letters, shades, strict=True)
    ]


def _folded(facts: Text, details: list[Text], most: int) -> Text:
    """Facts and details as one text, folded between details into lines of at most this many characters."""
    line, start = facts, facts.cell_len
    if details and most - start < LEAST_ROOM:
        start = INDENT
        line.append("\n" + " " * start)
    used = start
    for detail in details:
        if used > start and used + detail.cell_len > most:
            line.append("\n" + " " * start)
            used = start
        line.append_text(detail)
        used += detail.cell_len
    return line
