"""`namegen evaluate`: how well models foretell names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from namegen.cli.console import Format, number, print_json, print_table

if TYPE_CHECKING:
    from namegen.library import TrainedModel
    from namegen.text import Names


def evaluate(
    models: Annotated[list[Path], typer.Argument(help="Model files.")],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="A list to evaluate on (repeatable); without, the parts of the model's own list."),
    ] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Fold the case of --data first.")] = False,
    skip_bad_lines: Annotated[
        bool, typer.Option("--skip-bad-lines", help="Leave out lines of --data that are no names.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
) -> None:
    """Print loss (nats per character), perplexity and bits of models, on their own lists or on any other.

    `known` counts the evaluated names that the model was trained on.
    """
    from namegen.corpus import read_corpus
    from namegen.library import load

    given = {", ".join(data): read_corpus(data, lower=lower, skip_bad_lines=skip_bad_lines).names} if data else None
    rows = [row for path in models for row in _rows(path, load(path), given)]
    if form is Format.json:
        print_json(rows)
        return
    print_table(
        ["model", "split", "names", "characters", "loss", "perplexity", "bits/char", "known"],
        [
            [
                row["model"],
                row["split"],
                number(row["names"]),
                number(row["characters"]),
                f"{row['loss']:.4f}",
                f"{row['perplexity']:.3f}",
                f"{row['bits_per_character']:.4f}",
                number(row["known"]),
            ]
            for row in rows
        ],
        numeric_from=2,
    )


def _rows(path: Path, trained: "TrainedModel", given: "dict[str, Names] | None") -> list[dict[str, Any]]:
    rows = []
    for split, names in (given or trained.read_split().parts).items():
        result = trained.evaluate(names)
        rows.append(
            {
                "model": str(path),
                "split": split,
                "names": result.names,
                "characters": result.characters,
                "loss": result.loss,
                "perplexity": result.perplexity,
                "bits_per_character": result.bits_per_character,
                "known": result.known,
            }
        )
    return rows
