"""`namegen compare`: which model for this list?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from namegen.cli.completion import MODELS, PRESETS, lists, several
from namegen.cli.console import Format, as_word, number, plain, plural, print_json, stdout
from namegen.cli.options import Device
from namegen.cli.tables import print_standings, standing_for_programs
from namegen.corpus.sources import STANDARD_INPUT, files_of
from namegen.errors import TrainingStoppedError

if TYPE_CHECKING:
    from namegen.evaluation.model_selection import Candidate, Comparison
    from namegen.evaluation.tables import TableRow
    from namegen.models import NameModel
    from namegen.training.trainer import Epoch


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Bundled names, files, folders of .txt files, or -. Several are joined.", autocompletion=lists
        ),
    ],
    models: Annotated[
        str | None,
        typer.Option(
            "--models", help="Only these, with commas between: bigram,ngram,mlp,blend.", autocompletion=several(MODELS)
        ),
    ] = None,
    presets: Annotated[
        str | None,
        typer.Option(
            "--presets",
            help="Only these, with commas between: lecture,fast,default,best.",
            autocompletion=several(PRESETS),
        ),
    ] = None,
    lower: Annotated[bool, typer.Option("--lower", help="Read the list in small letters.")] = False,
    skip_bad_lines: Annotated[
        bool, typer.Option("--skip-bad-lines", help="Leave out lines that are no names.")
    ] = False,
    holdout: Annotated[
        float, typer.Option("--holdout", help="Share of names kept out, half for validation and half for test.")
    ] = 0.2,
    device: Annotated[Device, typer.Option("--device", help="Where they are trained.")] = Device.auto,
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The result alone, no progress.")] = False,
) -> None:
    """Train every model and preset on one list, and show which is best.

    Ctrl-C stops, and shows how those compare that are done.
    """
    for source in sources:
        if source != STANDARD_INPUT:
            files_of(source)

    from namegen.cli.progress import TrainingDisplay
    from namegen.cli.training_run import StopOnInterrupt
    from namegen.evaluation import model_selection as comparison

    chosen = comparison.candidates(*([word for word in (text or "").split(",") if word] for text in (models, presets)))

    with TrainingDisplay(quiet=quiet) as display, StopOnInterrupt() as stop:
        label = ""

        def on_candidate(candidate: "Candidate", place: int, of: int) -> None:
            nonlocal label
            label = candidate.label
            display.on_start(f"{place}/{of} {label}")

        def on_epoch(name: str, epoch: "Epoch", network: "NameModel") -> None:
            if display.live:  # elsewhere a line an epoch would be too many
                display.on_epoch(f"{label}, {name}", epoch, network)

        found = comparison.compare(
            sources,
            chosen,
            lower=lower,
            skip_bad_lines=skip_bad_lines,
            holdout=holdout,
            device=device.value,
            on_candidate=on_candidate,
            on_epoch=on_epoch,
            stop=stop,
        )
    if form is Format.json:
        print_json(_for_programs(found))
    else:
        reading = [*map(as_word, sources), *["--lower"] * lower, *["--skip-bad-lines"] * skip_bad_lines]
        _show(found, " ".join(reading))
    if found.untried:
        untried = ", ".join(candidate.label for candidate in found.untried)
        raise TrainingStoppedError(f"Stopped before these were done: {untried}.")


def _show(found: "Comparison", reading: str) -> None:
    """The table and the verdict; `reading` is how `namegen train` is told of the list."""
    from namegen.evaluation.bootstrap import FEWEST_NAMES

    models_found = [standing.trained for standing in found.table.standings]
    print_standings(
        found.table,
        {
            "validation": [f"{trained.record.losses['validation']:.4f}" for trained in models_found],
            "parameters": [number(trained.model.parameter_count) for trained in models_found],
            "seconds": [f"{trained.seconds:.1f}" for trained in models_found],
        },
    )
    judges = len(found.table.names)
    if judges < FEWEST_NAMES:
        stdout().print(
            f"{plural(judges, 'test name')} cannot say which model is better. Give a list of {10 * FEWEST_NAMES} names "
            "or more, or keep more of them out with --holdout."
        )
        return
    rivals = ", ".join(standing.model for standing in found.rivals)
    others = "all others" + (" that were done" if found.untried else "")
    reason = f"not clearly better than {rivals}" if rivals else f"clearly better than {others}"
    alone = len(found.table.standings) == 1
    stdout().print(f"Best: {found.best.model}, the least test loss, {'the only one' if alone else reason}")
    _print_command(found, found.best, reading)
    if found.quickest is not found.best:
        stdout().print(f"Quickest of these: {found.quickest.model}, {found.quickest.trained.seconds:.1f} s")
        _print_command(found, found.quickest, reading)


def _print_command(found: "Comparison", standing: "TableRow", reading: str) -> None:
    """How to train a candidate, never folded, so that it can be copied."""
    command = f"namegen train {reading} {found.candidates[standing.model].options}"
    stdout().print(Text(f"  {plain(command)}"), soft_wrap=True)


def _for_programs(found: "Comparison") -> list[dict[str, Any]]:
    return [
        standing_for_programs(found.table, standing)
        | asdict(found.candidates[standing.model])
        | {
            "validation_loss": standing.trained.record.losses["validation"],
            "seconds": standing.trained.seconds,
            "is_best": standing is found.best,
            "is_rival_of_best": standing in found.rivals,
        }
        for standing in found.table.standings
    ]
