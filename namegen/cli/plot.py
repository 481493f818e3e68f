"""`namegen plot`: pictures of what a model counted, predicts, learned and generates."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_doc import Doc
from annotated_types import Ge, Le
from rich.console import Console
from rich.text import Text

from namegen.cli.console import note, plural, print_json, stdout
from namegen.cli.open_models import check_model, open_model
from namegen.cli.options import Given, Model, Quiet, ResultFormat, argument, command
from namegen.cli.output_paths import check_not_learned_from, check_not_read, check_writable
from namegen.errors import UsageError
from namegen.settings import ADVANCED, Seed

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.plotting.data import Matrix

Kind = Literal["counts", "probabilities", "embedding", "activations", "loss", "lengths"]
USED = {"layer": ("activations",), "draws": ("lengths",), "seed": ("activations", "lengths")}  # by which pictures


@dataclass(frozen=True, kw_only=True)
class PlotOptions(Quiet, ResultFormat):
    """Where the picture goes, and what is in it."""

    out: Annotated[Path | None, Doc("Draw into this file (png, svg, pdf), not in the terminal.")] = None
    force: Annotated[bool, Doc("Overwrite an existing file.")] = False
    draws: Annotated[int, Ge(1), Le(1_000_000), Doc("lengths: how many names are generated."), ADVANCED] = 2000
    layer: Annotated[int, Ge(1), Le(4), Doc("activations: which hidden layer."), ADVANCED] = 1
    seed: Annotated[Seed, Doc("lengths, activations: of the names and examples drawn."), ADVANCED] = 0


@command()
def plot(
    kind: Annotated[Kind, argument("which picture.")], model: Model, *, options: PlotOptions, given: Given
) -> None:
    """Draw a picture of a model, in the terminal or into a file.

    counts: how often each letter follows another, in a bigram model or the list of another model

    probabilities: which letters follow each letter

    embedding: letters as a network sees them (mlp, blend)

    activations: hidden units that are saturated or always off (mlp, blend)

    loss: training and validation loss against step (mlp, blend)

    lengths: of generated names and of the list's
    """
    idle = next((name for name in USED if name in given and kind not in USED[name]), None)
    if idle:
        raise UsageError(f"`{idle}` changes nothing in the picture of {kind}. Leave it out.")
    check_model(model)
    if options.out:
        check_writable(options.out, options.force)
        check_not_read(options.out, [model])
        from namegen.plotting.figures import check_format

        check_format(options.out)
    trained = open_model(model, options.quiet)
    if options.out:
        check_not_learned_from(options.out, [trained])
    numbers = _numbers(kind, trained, options)
    if options.format == "json":
        print_json([asdict(part) for part in numbers] if isinstance(numbers, list) else asdict(numbers))
    elif options.out is None:
        _show(kind, numbers)
    if options.out:
        _write(kind, numbers, options.out, options.quiet)


def _numbers(kind: Kind, trained: "TrainedModel", options: PlotOptions) -> Any:
    """The numbers of a picture."""
    from namegen.plotting import data
    from namegen.plotting.activations import activations

    if kind == "counts":
        return _counts(trained, options.quiet)
    if kind == "probabilities":
        return data.probabilities(trained.model)
    if kind == "embedding":
        return data.embedding(trained.model)
    if kind == "loss":
        return data.curves(trained.record)
    listed = trained.train_names()
    drawn: Iterable[str] = ()
    if listed is None or kind == "lengths":
        drawn = trained.sample(options.draws, seed=options.seed, allow_known=True, allow_repeats=True)
    if kind == "activations":
        return activations(trained.model, drawn if listed is None else listed, options.layer, seed=options.seed)
    return data.lengths(drawn, listed)


def _counts(trained: "TrainedModel", quiet: bool) -> "Matrix":
    """The counts in a bigram model; for other models those of the list they were trained on, with a note that it is."""
    from namegen.plotting import data

    try:
        return data.counts(trained.model)
    except UsageError:
        listed = trained.train_names()
        if listed is None:
            raise
    names = f"the {plural(len(listed), 'name')} that the {trained.model.family} model was trained on"
    note(f"these are the counts of {names}", quiet=quiet or trained.is_fresh)  # of a list that was named itself
    return data.counts_in(listed)


def _show(kind: Kind, numbers: Any) -> None:
    """A picture in the terminal."""
    from namegen.plotting import charts, heat_maps

    drawings: dict[Kind, Callable[[Any, Console], Iterable[Text]]] = {
        "counts": heat_maps.matrix,
        "probabilities": heat_maps.matrix,
        "embedding": charts.embedding,
        "activations": heat_maps.activations,
        "loss": charts.loss,
        "lengths": charts.lengths,
    }
    out = stdout()
    for line in drawings[kind](numbers, out):
        out.print(line)


def _write(kind: Kind, numbers: Any, path: Path, quiet: bool) -> None:
    """A picture in a file."""
    from namegen.plotting import figures

    drawings: dict[Kind, Callable[[Any], Any]] = {
        "counts": figures.draw_matrix,
        "probabilities": figures.draw_matrix,
        "embedding": figures.draw_embedding,
        "activations": figures.draw_activations,
        "loss": figures.draw_loss,
        "lengths": figures.draw_lengths,
    }
    boxes = figures.save(drawings[kind](numbers), path)
    note(f"{path}: written", quiet=quiet)
    if boxes:
        missing = plural(boxes, "character")
        note(f"No font here has {missing}, shown as boxes. Noto fonts have all scripts.", quiet=quiet)
