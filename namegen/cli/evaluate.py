"""`namegen evaluate`: how well models foretell names, and what their own names are like."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli import wishes
from namegen.cli.completion import lists, models_and_lists
from namegen.cli.console import Format, number, print_json
from namegen.cli.open_models import check_lower, check_model, open_models
from namegen.cli.tables import print_breakdown, print_qualities, print_standings, standing_for_programs
from namegen.corpus.sources import STANDARD_INPUT
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.evaluation.quality import Quality
    from namegen.evaluation.tables import Table, TableRow


class By(StrEnum):
    """What the loss can be broken down by."""

    length = "length"
    position = "position"
    character = "character"


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Model files to compare; or lists, which an n-gram model is fitted to at once.",
            autocompletion=models_and_lists,
        ),
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            help="A list to evaluate on (repeatable); without, the parts of the model's own list.",
            metavar="LIST",
            autocompletion=lists,
        ),
    ] = None,
    by: Annotated[By | None, typer.Option("--by", help="Break the loss down.")] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=0, max=1_000_000, help="Names drawn to judge what is generated; 0: none.")
    ] = 1000,
    seed: Annotated[int, wishes.seed("Of the draws and of the bootstrap.")] = 0,
    lower: Annotated[bool, typer.Option("--lower", help="Read lists in small letters.")] = False,
    skip_bad_lines: Annotated[
        bool, typer.Option("--skip-bad-lines", help="Leave out lines of --data that are no names.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out names with a character that a model does not know.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
    quiet: wishes.Quiet = False,
) -> None:
    """Show losses (nats per character) and more of models, side by side.

    to best: how much more than the best, with its 95 % interval (paired bootstrap over names, 2,000 resamples)

    clear or noise: whether that interval lies apart from zero

    known: how many of these names the model was trained on; a leak, where none should be

    new, distinct: shares of the drawn names that are not on the training list, and that differ from each other

    lengths, first letters: how far theirs are from the training list's (Jensen-Shannon divergence, bits, 0 to 1)

    likeness: 1 - edits / length to the nearest training name, mean over 200 drawn names; 1 is a copy
    """
    if len(set(models)) < len(models):
        raise UsageError("A model is named twice. Name each once.")
    if skip_bad_lines and not data:
        raise UsageError("--skip-bad-lines is about --data, and there is none. Leave it out.")
    for source in [*models, *(data or [])]:
        check_model(source)
    if [*models, *(data or [])].count(STANDARD_INPUT) > 1:
        raise UsageError("Standard input can be read only once. Write the list to a file.")

    from namegen.corpus.reading import read_corpus
    from namegen.evaluation.tables import qualities, tables
    from namegen.files.model_file import is_model_file

    check_lower(lower, models, data)
    loaded = dict(zip(models, open_models(models, quiet, lower=lower), strict=True))
    given = {", ".join(data): read_corpus(data, lower=lower, skip_bad_lines=skip_bad_lines).names} if data else None
    found = tables(loaded, given, skip_unknown=skip_unknown, seed=seed)
    held_out = next((table.names for table in reversed(found) if table.is_held_out), None)
    generated = qualities(loaded, draws, seed, held_out) if draws else {}
    sizes = {source: Path(source).stat().st_size if is_model_file(source) else None for source in models}
    if form is Format.json:
        order = {label: place for place, label in enumerate(models)}
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
    facts = {
        label: (number(trained.model.parameter_count), "–" if sizes[label] is None else number(sizes[label] or 0))
        for label, trained in loaded.items()
    }
    print_qualities(generated, facts, draws, seed)


def _for_programs(
    table: "Table", standing: "TableRow", size: int | None, quality: "Quality | None", by: By | None
) -> dict[str, Any]:
    row = standing_for_programs(table, standing) | {"bytes": size, "quality": vars(quality) if quality else None}
    if by:
        row |= {"by": by.value, "parts": [vars(part) for part in table.breakdown(standing, by)]}
    return row
