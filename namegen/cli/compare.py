"""`namegen compare`: which model for this list?"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from annotated_doc import Doc
from rich.text import Text

from namegen.cli.console import as_word, plain, plural, print_json, stdout
from namegen.cli.evaluation_tables import print_loss_table, print_qualities, row_for_programs
from namegen.cli.open_models import check_models
from namegen.cli.options import Device, Quiet, ResultFormat, Sources, command
from namegen.corpus.sources import DEFAULT_SOURCE
from namegen.errors import TrainingStoppedError
from namegen.settings import Holdout, SkipBadLines, SplitSettings

if TYPE_CHECKING:
    from namegen.evaluation.model_selection import Comparison
    from namegen.evaluation.tables import TableRow


@command()
def compare(
    sources: Sources = None,
    *,
    skip_bad_lines: SkipBadLines = False,
    holdout: Holdout = SplitSettings.holdout,
    format: ResultFormat = "table",
    quiet: Quiet = False,
    models: Annotated[str, Doc("Train only these, such as ngram,blend; default: all.")] = "",
    presets: Annotated[str, Doc("Train networks only with these presets, such as fast,default; default: all.")] = "",
    device: Device = "auto",
) -> None:
    """Train every model and preset on one list, and show which is best.

    Models are ranked by their loss on test names. It also shows whose names are most like real ones (the least AUC of a
    classifier).

    Ctrl-C stops and compares the models that are trained by then.
    """
    lists = sources or [DEFAULT_SOURCE]
    check_models(lists)

    from namegen.api import compare
    from namegen.cli.training_display import ComparisonDisplay
    from namegen.evaluation.model_selection import candidates

    chosen = candidates(_words(models), _words(presets))
    with ComparisonDisplay(quiet=quiet) as display:
        found = compare(
            lists,
            chosen,
            holdout=holdout,
            skip_bad_lines=skip_bad_lines,
            device=device,
            listener=display,
        )
    if format == "json":
        print_json(_for_programs(found))
    else:
        _show(found, " ".join([*map(as_word, lists), *["--skip-bad-lines"] * skip_bad_lines]))
    if found.untried:
        untried = ", ".join(candidate.label for candidate in found.untried)
        raise TrainingStoppedError(f"Stopped before these were trained: {untried}.")


def _words(text: str) -> Sequence[str]:
    return [word for word in text.split(",") if word]


def _show(found: "Comparison", reading: str) -> None:
    """The table and the result; `reading` are the arguments of `namegen train` for the list."""
    from namegen.evaluation.bootstrap import FEWEST_NAMES

    rows = found.table.rows
    print_loss_table(found.table)
    facts = {row.model: [f"{row.trained.model.parameter_count:,}", f"{found.seconds[row.model]:.1f}"] for row in rows}
    print_qualities(found.qualities, ["parameters", "seconds"], facts)
    stdout().print()
    names = len(found.table.names)
    if names < FEWEST_NAMES:
        stdout().print(
            f"{plural(names, 'test name')} are too few to say which model is better. Give a list of "
            f"{10 * FEWEST_NAMES} names or more, or hold more of them out with --holdout."
        )
        return
    rivals = ", ".join(row.model for row in found.rivals)
    others = "all others" + (" that were trained" if found.untried else "")
    reason = f"not clearly better than {rivals}" if rivals else f"clearly better than {others}"
    stdout().print(f"Best: {found.best.model}, the least test loss, {reason if len(rows) > 1 else 'the only one'}")
    _print_command(found, found.best, reading)
    if found.quickest is not found.best:
        stdout().print(f"Quickest of these: {found.quickest.model}, {found.seconds[found.quickest.model]:.1f} s")
        _print_command(found, found.quickest, reading)
    realistic = found.most_realistic
    if found.best.model in realistic:
        auc = f"AUC {realistic[found.best.model]:.2f}"
        stdout().print(f"No model generates names that are clearly more like real ones: {auc}")
    elif realistic:
        row = next(row for row in rows if row.model in realistic)
        stdout().print(f"Names most like real ones: those of {row.model}, AUC {realistic[row.model]:.2f}")
        _print_command(found, row, reading)


def _print_command(found: "Comparison", row: "TableRow", reading: str) -> None:
    """The command that trains a candidate, not folded, so that it can be copied."""
    candidate = found.candidates[row.model]
    preset = f" --preset {candidate.preset}" if candidate.preset else ""
    stdout().print(Text(plain(f"  namegen train {reading} --model {candidate.model}{preset}")), soft_wrap=True)


def _for_programs(found: "Comparison") -> list[dict[str, Any]]:
    return [
        row_for_programs(found.table, row)
        | asdict(found.candidates[row.model])
        | {
            "label": row.model,
            "validation_loss": row.trained.record.losses["validation"],
            "seconds": found.seconds[row.model],
            "is_best": row is found.best,
            "is_rival_of_best": row in found.rivals,
            "is_most_realistic": row.model in found.most_realistic,
            "quality": asdict(quality) if (quality := found.qualities[row.model]) else None,
        }
        for row in found.table.rows
    ]
