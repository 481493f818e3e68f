"""Tables of models side by side: their losses on a list, the parts of these losses, and what the models generate."""

from collections.abc import Mapping, Sequence
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

from rich.text import Text

from namegen.cli.console import brief, plain, plural, print_table, stdout
from namegen.plotting.colors import SKY
from namegen.settings import MODEL_SUFFIX

if TYPE_CHECKING:
    from namegen.evaluation.losses import Evaluation, Part
    from namegen.evaluation.quality import Quality
    from namegen.evaluation.tables import Table, TableRow
    from namegen.files.model_file import TrainingRecord

FIGURES = ("loss", "perplexity", "bits/char", "accuracy")
REPORTED = (  # of an evaluation, to programs
    *("names", "characters", "loss", "perplexity", "bits_per_character", "accuracy"),
    *("known", "loss_of_others", "pretrained", "loss_of_unseen"),
)
BARS = "▏▎▍▌▋▊▉█"
BAR_WIDTH = 10


def print_loss_table(table: "Table") -> None:
    """The models and baselines on one list, with every leak in red."""
    skipped = f", {table.skipped:,} skipped for unknown characters" if table.skipped else ""
    characters = f"{table.rows[0].evaluation.characters:,}"
    size = f": {plural(len(table.names), 'name')}, {characters} characters{skipped}"
    size += "" if table.is_held_out else "; trained on, so not a measure of quality"
    stdout().print(Text.assemble((plain(table.split), "bold"), size))
    from_best, bare = len(table.rows) > 1, not (table.is_held_out and any(r.evaluation.pretrained for r in table.rows))
    titles = ["", *FIGURES, *(("from best", "95 % interval", " ") if from_best else ()), "known"]
    rows: list[list[str | Text]] = []
    for row in table.rows:
        found = row.evaluation
        known = Text(f"{found.known:,}", style="bold red" if found.known and table.is_held_out else "")
        rows.append([shown(row.model), *_figures(found), *(_from_best(row) if from_best else []), known])
        rows[-1] += [] if bare else [f"{found.pretrained:,}"]
    titles += [] if bare else ["pretrained"]
    for kind, baseline in table.baselines.items():
        figures = [Text(figure, style="dim") for figure in (f"{kind} baseline", *_figures(baseline))]
        rows.append([*figures, *[""] * (len(titles) - len(figures))])
    print_table(titles, rows)
    for row in table.rows if table.is_held_out else []:
        found, label = row.evaluation, plain(shown(row.model))
        if found.known:
            others = _loss_of_others(found.loss_of_others)
            stdout().print(Text(f"leak: {label} was trained on {found.known:,} of these names; {others}", "red"))
        if found.pretrained:
            others = _loss_of_others(found.loss_of_unseen)
            stdout().print(f"{label} was pretrained on {found.pretrained:,} of these names; {others}")
    stdout().print()


def _figures(evaluation: "Evaluation") -> list[str]:
    losses = [f"{evaluation.loss:.4f}", brief(evaluation.perplexity), f"{evaluation.bits_per_character:.4f}"]
    return [*losses, f"{evaluation.accuracy:.1%}"]


def _from_best(row: "TableRow") -> list[str | Text]:
    difference = row.difference
    if difference is None:
        return [Text("best", style="bold green"), "", ""]
    if not isfinite(difference.high - difference.low):
        return [f"{difference.loss:+.4f}", "too few names" if isfinite(difference.loss) else "unknown", ""]
    verdict = Text("clear") if difference.is_clear else Text("noise", style="yellow")
    return [f"{difference.loss:+.4f}", f"{difference.low:+.4f} … {difference.high:+.4f}", verdict]


def _loss_of_others(loss: float) -> str:
    return "no others are left" if isnan(loss) else f"its loss on the others is {loss:.4f}"


def print_record(record: "TrainingRecord", family: str) -> None:
    """The losses of a model and of the baselines on each set, as the record of its training has them."""
    from namegen.corpus.split import SETS
    from namegen.evaluation.losses import perplexity

    parts, rows = [part for part in SETS if part in record.losses], []
    worst_first = sorted(record.baselines.items(), key=lambda item: -max(item[1].values(), default=nan))
    columns = {**dict(worst_first), f"this {family}": record.losses}
    for part in parts:
        losses = [column.get(part, nan) for column in columns.values()]
        rows.append([f"{part} loss", *(brief(loss, decimals=4) for loss in losses)])
        rows.append([f"{part} perplexity", *(brief(perplexity(loss), decimals=2) for loss in losses)])
    print_table(["", *columns], rows)


def row_for_programs(table: "Table", row: "TableRow") -> dict[str, Any]:
    """A model on a list as plain values; losses and their differences in nats per character."""
    evaluation, difference = row.evaluation, row.difference
    return {
        "model": row.model,
        "split": table.split,
        **{name: getattr(evaluation, name) for name in REPORTED},
        "skipped": table.skipped,
        "family": row.trained.model.family,
        "parameters": row.trained.model.parameter_count,
        "difference_from_best": vars(difference) | {"is_clear": difference.is_clear} if difference else None,
        "baselines": {kind: reached.loss for kind, reached in table.baselines.items()},
    }


def shown(label: str) -> str:
    """What a model is called in a table."""
    return label.removesuffix(MODEL_SUFFIX)


def print_breakdown(parts: Mapping[str, Sequence["Part"]], by: str) -> None:
    """The parts of the losses of models, by label, with a bar for the first model."""
    labels = list(parts)
    most = max(part.loss for part in parts[labels[0]]) or 1.0
    rows: list[list[str | Text]] = []
    for place, part in enumerate(parts[labels[0]]):
        first, *others = (f"{parts[label][place].loss:.4f}" for label in labels)
        first_bar = Text(bar(part.loss / most), style=SKY, justify="left")
        rows.append([plain(part.label), f"{part.characters:,}", first, first_bar, *others])
    first_name, *names = (shown(label) for label in labels)
    print_table([by, "characters", first_name, "", *names], rows)
    stdout().print()


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of eighths of blocks, `width` columns for a share of 1."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return BARS[-1] * (eighths // 8) + (BARS[eighths % 8 - 1] if eighths % 8 else "")


def print_qualities(
    qualities: Mapping[str, "Quality | None"], titles: Sequence[str], facts: Mapping[str, Sequence[str]]
) -> None:
    """What models generate, and six names of each; `facts` are the cells before it, by label, under `titles`."""
    if qualities:
        stdout().print(Text.assemble(("generated", "bold"), ": new names, drawn as `namegen sample` draws them"))
    rows: list[list[str | Text]] = []
    for label, cells in {label: facts.get(label) for label in [*facts, *qualities]}.items():
        style = "" if cells else "dim"
        measures = _quality(qualities[label]) if qualities else []
        rows.append([Text(plain(shown(label)), style=style), *(cells or [""] * len(titles)), *measures])
    print_table(["", *titles, *(["plausible", "AUC", "near-copies", "distinct"] if qualities else [])], rows)
    found = {label: quality for label, quality in qualities.items() if quality}
    if any(isnan(quality.plausible + quality.auc) for quality in found.values()):
        from namegen.evaluation.quality import FEWEST_REAL

        stdout().print(
            f"–: too few real names. `plausible` needs a list of {2 * FEWEST_REAL} names or a few more, `AUC` "
            f"{FEWEST_REAL} held-out names, and both a list that can be read again."
        )
    for label, quality in found.items():
        if quality.examples:
            names = "  ".join(map(plain, quality.examples))
            stdout().print(Text.assemble((f"{plain(shown(label))}: ", "dim"), names))


def _quality(quality: "Quality | None") -> list[str]:
    if quality is None:
        return ["no new names", "", "", ""]
    shares = [quality.plausible, quality.auc, quality.near_copies, quality.distinct]
    shown = [f"{shares[0]:.1%}", f"{shares[1]:.2f}", f"{shares[2]:.1%}", f"{shares[3]:.1%}"]
    return ["–" if isnan(share) else text for share, text in zip(shares, shown, strict=True)]
