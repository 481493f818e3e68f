"""`namegen evaluate`: how well models foretell names, and what their own names are like."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli.console import Format, number, print_json
from namegen.cli.standings import print_breakdown, print_qualities, print_standings, standing_for_programs
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.evaluation.quality import Quality
    from namegen.report import Standing, Table


class By(StrEnum):
    """What the loss can be broken down by."""

    length = "length"
    position = "position"
    character = "character"


def evaluate(
    models: Annotated[list[Path], typer.Argument(help="Model files, one or several to compare.")],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="A list to evaluate on (repeatable); without, the parts of the model's own list."),
    ] = None,
    by: Annotated[By | None, typer.Option("--by", help="Break the loss down.")] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=0, max=1_000_000, help="Names drawn to judge what is generated; 0: none.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the draws and of the bootstrap.")] = 0,
    lower: Annotated[bool, typer.Option("--lower", help="Fold the case of --data first.")] = False,
    skip_bad_lines: Annotated[
        bool, typer.Option("--skip-bad-lines", help="Leave out lines of --data that are no names.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out names with a character that a model does not know.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
) -> None:
    """Show losses (nats per character) and more of models, side by side.

    The difference to the best has a 95 % interval (bootstrap over names).

    It is clear where that holds no zero, else noise.

    `known` counts the evaluated names that a model was trained on.
    """
    labels = [str(path) for path in models]
    if len(set(labels)) < len(labels):
        raise UsageError("A model is named twice. Name each once.")

    from namegen.corpus import read_corpus
    from namegen.report import qualities, tables
    from namegen.trained import load

    loaded = {label: load(path) for label, path in zip(labels, models, strict=True)}
    given = {", ".join(data): read_corpus(data, lower=lower, skip_bad_lines=skip_bad_lines).names} if data else None
    found = tables(loaded, given, skip_unknown=skip_unknown, seed=seed)
    held_out = next((table.names for table in reversed(found) if table.is_held_out), None)
    generated = qualities(loaded, draws, seed, held_out) if draws else {}
    sizes = {label: path.stat().st_size for label, path in zip(labels, models, strict=True)}
    if form is Format.json:
        order = {label: place for place, label in enumerate(labels)}
        rows = [
            _for_programs(table, standing, sizes[standing.model], generated.get(standing.model), by)
            for table in found
            for standing in table.standings
        ]
        print_json(sorted(rows, key=lambda row: order[row["model"]]))
        return
    for table in found:
        print_standings(table)
        if by:
            print_breakdown({s.model: table.breakdown(s, by) for s in table.standings}, by)
    facts = {label: (number(loaded[label].model.parameter_count), number(sizes[label])) for label in labels}
    print_qualities(generated, facts, draws, seed)


def _for_programs(
    table: "Table", standing: "Standing", size: int, quality: "Quality | None", by: By | None
) -> dict[str, Any]:
    row = standing_for_programs(table, standing) | {"bytes": size, "quality": vars(quality) if quality else None}
    if by:
        row |= {"by": by.value, "parts": [vars(part) for part in table.breakdown(standing, by)]}
    return row
