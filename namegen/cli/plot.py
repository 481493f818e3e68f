"""`namegen plot`: pictures of what a model counted, predicts, learned and generates."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, get_args

from annotated_doc import Doc

from namegen.cli.completion import words
from namegen.cli.console import note, plural, print_json, stdout
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Force, Model, Quiet, ResultFormat, argument, command
from namegen.cli.output_paths import check_not_learned_from, check_output
from namegen.settings import PlotKind, PlotSettings


@command()
def plot(
    kind: Annotated[str, argument("which picture, see above.", words(get_args(PlotKind)))],  # noqa: ARG001 (a setting)
    model: Model,
    *,
    settings: PlotSettings,
    format: ResultFormat = "table",
    quiet: Quiet = False,
    out: Annotated[Path | None, Doc("Draw into this file (png, svg, pdf), not on the terminal.")] = None,
    force: Force = False,
) -> None:
    """Draw a picture of a model, on the terminal or into a file.

    counts: how often each letter follows another, in a bigram model or on the list of another model

    probabilities: which letters follow each letter

    embedding: letters as a network sees them (mlp, blend)

    activations: hidden units that are saturated or always off (mlp, blend)

    loss: training and validation loss against step (mlp, blend; not the preset adapted)

    lengths: of names drawn from the model's own distribution, and of those on the list
    """
    check_models([model])
    if out:
        check_output(out, [model], force=force)
        from namegen.plotting.figures import check_format, write_picture

        check_format(out)
    trained = open_model(model, quiet)

    from namegen.plotting.data import picture_of
    from namegen.plotting.terminal import draw_lines

    picture = picture_of(trained, settings)
    if format == "json":
        print_json([asdict(curve) for curve in picture] if isinstance(picture, tuple) else asdict(picture))
    elif out is None:
        console = stdout()
        has_colour = console.color_system is not None and not console.no_color
        for line in draw_lines(picture, console.width, colour=has_colour):
            console.print(line)
    if out:
        check_not_learned_from(out, [trained])
        missing = write_picture(picture, out)
        boxes = f". No font here has {plural(missing, 'character')}, shown as boxes" if missing else ""
        note(f"{out}: written{boxes}", quiet=quiet)
