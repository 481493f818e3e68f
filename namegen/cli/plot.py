"""`namegen plot`: pictures of what a model counted, believes, learned and generates."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from namegen.cli import wishes
from namegen.cli.console import Format, note, plural, print_json, stdout
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import option
from namegen.cli.output_files import check_not_learned_from, check_not_read, check_writable
from namegen.errors import UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.plotting.data import Matrix


class Kind(StrEnum):
    """The pictures there are."""

    counts = "counts"
    probabilities = "probabilities"
    embedding = "embedding"
    activations = "activations"
    loss = "loss"
    lengths = "lengths"


HEEDED = {Kind.activations: ("--layer", "--seed"), Kind.lengths: ("--draws", "--seed")}


def plot(
    kind: Annotated[Kind, typer.Argument(help="What to show.")],
    model: wishes.Model,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A file to draw into (png, svg, pdf), not the terminal.")
    ] = None,
    layer: Annotated[int | None, option("--layer", "activations: which hidden layer.  [default: 1]", minimum=1)] = None,
    draws: Annotated[
        int | None,
        option("--draws", "lengths: names drawn.  [default: 2000]", minimum=1, max=1_000_000),
    ] = None,
    seed: Annotated[int | None, wishes.seed("lengths, activations: of names and examples drawn.  [default: 0]")] = None,
    lower: wishes.Lower = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    form: Annotated[Format, typer.Option("--format", help="json: the numbers behind the picture.")] = Format.table,
    quiet: wishes.Quiet = False,
) -> None:
    """Draw a picture: in the terminal, or with -o into a file.

    counts: how often each letter follows another, in a bigram model or the list of another model

    probabilities: what follows each letter

    embedding: the letters as a network sees them (mlp, blend)

    activations: which hidden units are saturated or silent (mlp, blend)

    loss: of training and validation against step (mlp, blend)

    lengths: of generated names against the list's
    """
    given = {"--layer": layer, "--draws": draws, "--seed": seed}
    idle = [name for name, value in given.items() if value is not None and name not in HEEDED.get(kind, ())]
    if idle:
        raise UsageError(f"{idle[0]} changes nothing about {kind.value}. Leave it out.")
    check_model(model)
    if out:
        check_writable(out, force)
        check_not_read(out, [model])
        from namegen.plotting.figures import check_format

        check_format(out)

    trained = open_model(model, quiet, lower=lower)
    if out:
        check_not_learned_from(out, [trained])
    numbers = _numbers(kind, trained, layer or 1, draws or 2000, seed or 0, quiet)
    if form is Format.json:
        print_json([asdict(part) for part in numbers] if isinstance(numbers, list) else asdict(numbers))
    elif out is None:
        _show(kind, numbers)
    if out:
        _write(kind, numbers, out, quiet)


def _numbers(kind: Kind, trained: "TrainedModel", layer: int, draws: int, seed: int, quiet: bool) -> Any:
    """The numbers behind a picture."""
    from namegen.evaluation.tables import own_train_names
    from namegen.plotting import data as pictures
    from namegen.plotting.activations import activations

    if kind is Kind.counts:
        return _counts(trained, quiet)
    if kind is Kind.probabilities:
        return pictures.probabilities(trained.model)
    if kind is Kind.embedding:
        return pictures.embedding(trained.model)
    if kind is Kind.loss:
        return pictures.curves(trained.record)
    listed = own_train_names(trained)
    drawn: Iterable[str] = ()
    if listed is None or kind is Kind.lengths:
        drawn = trained.sample(draws, seed=seed, allow_known=True, allow_repeats=True)
    if kind is Kind.activations:
        return activations(trained.model, drawn if listed is None else listed, layer, seed=seed)
    return pictures.lengths(drawn, listed)


def _counts(trained: "TrainedModel", quiet: bool) -> "Matrix":
    """The counts in a bigram model; for other models those of the list they were trained on, with a note that it is."""
    from namegen.evaluation.tables import own_train_names
    from namegen.plotting import data as pictures

    try:
        return pictures.counts(trained.model)
    except UsageError:
        listed = own_train_names(trained)
        if listed is None:
            raise
    names = f"the {plural(len(listed), 'name')} that the {trained.model.family} model learned from"
    note(f"these are the counts of {names}", quiet=quiet or trained.is_fresh)  # of a list that was named itself
    return pictures.counts_in(listed)


def _show(kind: Kind, numbers: Any) -> None:
    """A picture in the terminal."""
    from namegen.plotting import charts
    from namegen.plotting import heat_maps as terminal

    drawings: dict[Kind, Callable[[Any, Console], Iterable[Text]]] = {
        Kind.counts: terminal.matrix,
        Kind.probabilities: terminal.matrix,
        Kind.embedding: charts.embedding,
        Kind.activations: terminal.activations,
        Kind.loss: charts.loss,
        Kind.lengths: charts.lengths,
    }
    out = stdout()
    for line in drawings[kind](numbers, out):
        out.print(line)


def _write(kind: Kind, numbers: Any, path: Path, quiet: bool) -> None:
    """A picture in a file."""
    from namegen.plotting import figures as plots

    drawings: dict[Kind, Callable[[Any], Any]] = {
        Kind.counts: plots.draw_matrix,
        Kind.probabilities: plots.draw_matrix,
        Kind.embedding: plots.draw_embedding,
        Kind.activations: plots.draw_activations,
        Kind.loss: plots.draw_loss,
        Kind.lengths: plots.draw_lengths,
    }
    boxes = plots.save(drawings[kind](numbers), path)
    note(f"{path}: written", quiet=quiet)
    if boxes:
        missing = plural(boxes, "character")
        note(
            f"No font here can write {missing}: boxes stand in their place. Noto fonts write all scripts.", quiet=quiet
        )
