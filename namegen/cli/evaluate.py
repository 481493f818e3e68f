"""`namegen evaluate`: how well models predict names, and what the names that they generate are like."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_doc import Doc
from annotated_types import Ge, Le

from namegen.cli.console import note, print_json
from namegen.cli.evaluation_tables import print_breakdown, print_loss_table, print_qualities, row_for_programs
from namegen.cli.open_models import check_models, open_model
from namegen.cli.options import Models, Quiet, ResultFormat, command
from namegen.errors import UsageError
from namegen.settings import QUALITY_DRAWS, ListSettings, Seed, Settings, SkipBadLines

if TYPE_CHECKING:
    from namegen.evaluation.quality import Quality
    from namegen.evaluation.tables import Table, TableRow


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(Settings):
    """On which names models are evaluated, and in how much detail."""

    format: ResultFormat = "table"
    quiet: Quiet = False
    data: Annotated[
        str | tuple[str, ...],
        Doc("A list to evaluate on, repeatable; default: the sets of the model's own list."),
    ] = ()
    skip_bad_lines: SkipBadLines = False
    by: Annotated[Literal["length", "position", "character"] | None, Doc("Break the loss down by this.")] = None
    draws: Annotated[int, Ge(0), Le(2000), Doc("New names to generate and measure; 0: none.")] = QUALITY_DRAWS
    seed: Annotated[Seed, Doc("Seed of the generated names and of the bootstrap.")] = 0
    skip_unknown: Annotated[bool, Doc("Skip names with a character that a model does not know.")] = False


@command()
def evaluate(models: Models, *, options: EvaluateOptions) -> None:
    """Show how well models predict names, side by side.

    loss: nats per character, less is better

    from best: difference from the least loss, with a 95 % interval (paired bootstrap over names, 2,000 resamples)

    clear or noise: whether that interval excludes 0

    known: names that the model was trained on, a leak in a held-out set; pretrained: names that its pretrained network
    was trained on

    plausible: share of generated names that are as probable as 95 % of one half of the list, under an n-gram model of
    the other half

    AUC: of a classifier of generated and held-out names; 0.5: it cannot separate them, 1: it always can

    near-copies: share of names one edit away from a training name; distinct: share of different names
    """
    if len(set(models)) < len(models):
        raise UsageError("A model is named twice. Name each model once.")
    data = [options.data] if isinstance(options.data, str) else [*options.data]
    if options.skip_bad_lines and not data:
        raise UsageError("`skip_bad_lines` needs `data`. Leave it out, or name a list.")
    check_models([*models, *data])

    from namegen.corpus.reading import read_corpus
    from namegen.evaluation.tables import qualities, tables

    loaded = {model: open_model(model, options.quiet) for model in models}
    lists = None
    if data:
        corpus = read_corpus(data, ListSettings(skip_bad_lines=options.skip_bad_lines))
        note(*corpus.notes, quiet=options.quiet)
        lists = {", ".join(data): corpus.names}
    found = tables(loaded, lists, skip_unknown=options.skip_unknown, seed=options.seed)
    generated = qualities(loaded, options.draws, options.seed) if options.draws else {}
    if options.format == "json":
        rows = [_for_programs(table, row, generated, options.by) for table in found for row in table.rows]
        print_json(sorted(rows, key=lambda row: models.index(row["model"])))
        return
    for table in found:
        print_loss_table(table)
        if options.by:
            print_breakdown({row.model: table.breakdown(row, options.by) for row in table.rows}, options.by)
    sizes = {model: f"{size:,}" if (size := _size(model)) else "–" for model in models}
    facts = {model: [f"{trained.model.parameter_count:,}", sizes[model]] for model, trained in loaded.items()}
    print_qualities(generated, ["parameters", "bytes"], facts)


def _for_programs(
    table: "Table", row: "TableRow", generated: Mapping[str, "Quality | None"], by: str | None
) -> dict[str, Any]:
    quality = generated.get(row.model)
    found = row_for_programs(table, row) | {"bytes": _size(row.model), "quality": vars(quality) if quality else None}
    return found | ({"by": by, "parts": [vars(part) for part in table.breakdown(row, by)]} if by else {})


def _size(source: str) -> int | None:
    """The bytes of a model file; None for a list."""
    from namegen.files.model_file import is_model_file

    return Path(source).stat().st_size if is_model_file(source) else None
