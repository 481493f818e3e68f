"""`namegen blend`: several models as one."""

from typing import Annotated

from annotated_doc import Doc

from namegen.cli.console import as_word, note, print_json, print_table
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Force, Models, Out, Quiet, ResultFormat, command
from namegen.cli.output_paths import check_model_file, check_not_learned_from
from namegen.errors import UsageError


@command()
def blend(
    models: Models,
    *,
    format: ResultFormat = "table",
    quiet: Quiet = False,
    out: Out,
    force: Force = False,
    weights: Annotated[str | None, Doc("A weight for each model, such as 3,1.")] = None,
    data: Annotated[str | None, Doc("Fit the weights to the names of this list.")] = None,
) -> None:
    """Mix the probabilities of several models: half Irish, half dinosaur.

    By default the weights of models of one list are fitted to its validation names; models of different lists get equal
    weights.
    """
    if len(models) < 2:
        raise UsageError("A blend needs at least two models. Name another one.")
    try:
        shares = [float(part) for part in weights.split(",")] if weights is not None else None
    except ValueError:
        message = f"`weights` {weights!r}: write numbers with commas between them, such as 3,1."
        raise UsageError(message) from None
    read = [*models, *([data] if data else [])]
    check_models(read)
    check_model_file(out, read, force=force)

    from namegen import api

    opened = [open_model(model, quiet) for model in models]
    check_not_learned_from(out, opened)
    blended = api.blend(opened, shares, data)
    blended.save(out)
    members = blended.model.settings.to_json()["members"]
    found = blended.model.state_dict()["weights"].tolist()
    rows = [(m["family"], len(m["vocabulary"]), w) for m, w in zip(members, found, strict=True)]
    titles = ("family", "characters", "weight")
    if format == "json":
        print_json([dict(zip(titles, row, strict=True)) for row in rows])
    else:
        print_table(titles, [[family, f"{characters:,}", f"{weight:.3f}"] for family, characters, weight in rows])
    note(f"New names:  namegen sample {as_word(out)}", quiet=quiet, fold=False)
