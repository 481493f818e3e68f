"""`namegen blend`: several models as one."""

from pathlib import Path
from typing import Annotated

import typer

from namegen.cli import completion
from namegen.cli.console import Format, as_word, note, number, print_json, print_table
from namegen.cli.open_models import check_lower, check_model, open_models
from namegen.cli.output_files import check_not_learned_from, check_not_read, check_writable
from namegen.errors import UsageError


def blend(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Model files, two or more; or lists, which an n-gram model is fitted to at once.",
            autocompletion=completion.models_and_lists,
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="The model file to write.")],
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", help="A weight for each model, such as 1,2; without, the best or equal ones.", metavar="X,X"
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            help="A list whose names the weights shall make most likely.",
            metavar="LIST",
            autocompletion=completion.lists,
        ),
    ] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Read lists in small letters.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How the weights are written.")] = Format.table,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes on standard error.")] = False,
) -> None:
    """Mix the probabilities of several models: half Irish, half dinosaur.

    Models of one list get the weights that make its validation names most likely, models of different lists equal ones.
    """
    if len(models) < 2:
        raise UsageError("A blend needs two models or more. Name another.")
    shares = _numbers(weights) if weights is not None else None
    read = [*models, *([data] if data else [])]
    for source in read:
        check_model(source)
    check_writable(out, force)
    check_not_read(out, read)

    from namegen import library

    check_lower(lower, models, data)
    opened = open_models(models, quiet, lower=lower)
    check_not_learned_from(out, opened)
    blended = library.blend(opened, shares, data, lower=lower and bool(data))
    blended.save(out)
    members = blended.model.settings.to_json()["members"]
    found = blended.model.state_dict()["weights"].tolist()
    rows = [(m["family"], len(m["vocabulary"]), w) for m, w in zip(members, found, strict=True)]
    titles = ("family", "characters", "weight")
    if form is Format.json:
        print_json([dict(zip(titles, row, strict=True)) for row in rows])
    else:
        print_table(titles, [[family, number(characters), f"{weight:.3f}"] for family, characters, weight in rows])
    note("New names:  ", command=f"namegen sample {as_word(out)}", quiet=quiet)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--weights {text!r}: write numbers with commas between, such as 1,2.") from None
