"""Tables of models side by side: their losses on a list, the parts of these losses, and what the models generate."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

from rich.text import Text

from namegen.cli.console import brief, number, plain, plural, print_table, stdout
from namegen.plotting.colors import SKY

if TYPE_CHECKING:
    from namegen.evaluation.breakdown import Part
    from namegen.evaluation.losses import Evaluation
    from namegen.evaluation.quality import Quality
    from namegen.evaluation.tables import Table, TableRow

FIGURES = ("loss", "perplexity", "bits/char", "accuracy")
BARS = "▏▎▍▌▋▊▉█"
BAR_WIDTH = 10


def print_loss_table(table: "Table") -> None:
    """The models and baselines on one list, with every leak in red."""
    skipped = f", {number(table.skipped)} skipped for unknown characters" if table.skipped else ""
    characters = number(table.rows[0].evaluation.characters)
    title = f": {plural(len(table.names), 'name')}, {characters} characters{skipped}"
    title += "" if table.is_held_out else "; trained on, so not a measure of quality"
    stdout().print(Text.assemble((plain(table.split), "bold"), title))
    columns: dict[str, list[str | Text]] = {"": [shown(row.model) for row in table.rows]}
    columns[""] += [Text(f"{kind} baseline", style="dim") for kind in table.baselines]
    figures = [*(_figures(row.evaluation) for row in table.rows)]
    baselines = [*(_figures(evaluation) for evaluation in table.baselines.values())]
    for place, title in enumerate(FIGURES):
        columns[title] = [row[place] for row in figures]
        columns[title] += [Text(row[place], style="dim") for row in baselines]
    from_best = [_from_best(row) for row in table.rows]
    for place, title in enumerate(("from best", "95 % interval", " ") if len(from_best) > 1 else ()):
        columns[title] = [row[place] for row in from_best]
    columns["known"] = [_known(table, row) for row in table.rows]
    if table.is_held_out and any(row.evaluation.pretrained for row in table.rows):
        columns["pretrained"] = [number(row.evaluation.pretrained) for row in table.rows]
    rows = [[*cells] for cells in zip_longest(*columns.values(), fillvalue="")]
    print_table([*columns], rows)
    for row in table.rows:
        if table.is_held_out and row.evaluation.known:
            stdout().print(_leak(row))
        if table.is_held_out and row.evaluation.pretrained:
            stdout().print(_seen_before(row))
    stdout().print()


def _figures(evaluation: "Evaluation") -> list[str]:
    return [
        f"{evaluation.loss:.4f}",
        brief(evaluation.perplexity),
        f"{evaluation.bits_per_character:.4f}",
        f"{evaluation.accuracy:.1%}",
    ]


def _from_best(row: "TableRow") -> list[str | Text]:
    difference = row.difference
    if difference is None:
        return [Text("best", style="bold green"), "", ""]
    if not isfinite(difference.high - difference.low):
        return [f"{difference.loss:+.4f}", "too few names" if isfinite(difference.loss) else "unknown", ""]
    verdict = Text("clear") if difference.is_clear else Text("noise", style="yellow")
    return [f"{difference.loss:+.4f}", f"{difference.low:+.4f} … {difference.high:+.4f}", verdict]


def _known(table: "Table", row: "TableRow") -> Text:
    known = row.evaluation.known
    return Text(number(known), style="bold red" if known and table.is_held_out else "")


def _leak(row: "TableRow") -> Text:
    others = _of_others(row.evaluation.loss_of_others)
    known = plural(row.evaluation.known, "name")
    return Text(f"leak: {plain(shown(row.model))} was trained on {known} of these; {others}", style="red")


def _seen_before(row: "TableRow") -> str:
    found, label = row.evaluation, plain(shown(row.model))
    others = _of_others(found.loss_of_unseen)
    return f"{plural(found.pretrained, 'name')} of these were in the lists that {label} was pretrained on; {others}"


def _of_others(loss: float) -> str:
    return "there are no others" if isnan(loss) else f"its loss on the others is {loss:.4f}"


def row_for_programs(table: "Table", row: "TableRow") -> dict[str, Any]:
    """A model on a list as plain values; losses and their differences in nats per character."""
    evaluation, difference = row.evaluation, row.difference
    return {
        "model": row.model,
        "split": table.split,
        "names": evaluation.names,
        "characters": evaluation.characters,
        "loss": evaluation.loss,
        "perplexity": evaluation.perplexity,
        "bits_per_character": evaluation.bits_per_character,
        "accuracy": evaluation.accuracy,
        "known": evaluation.known,
        "loss_of_others": evaluation.loss_of_others,
        "pretrained": evaluation.pretrained,
        "loss_of_unseen": evaluation.loss_of_unseen,
        "skipped": table.skipped,
        "family": row.trained.model.family,
        "parameters": row.trained.model.parameter_count,
        "difference_from_best": vars(difference) | {"is_clear": difference.is_clear} if difference else None,
        "baselines": {kind: reached.loss for kind, reached in table.baselines.items()},
    }


def shown(label: str) -> str:
    """What a model is called in a table."""
    return label.removesuffix(".safetensors")


def print_breakdown(parts: Mapping[str, Sequence["Part"]], by: str) -> None:
    """The parts of the losses of models, by label, with a bar for the first model."""
    labels = list(parts)
    most = max(part.loss for part in parts[labels[0]]) or 1.0
    rows: list[list[str | Text]] = []
    for place, part in enumerate(parts[labels[0]]):
        first, *others = (f"{parts[label][place].loss:.4f}" for label in labels)
        first_bar = Text(bar(part.loss / most), style=SKY, justify="left")
        rows.append([plain(part.label), number(part.characters), first, first_bar, *others])
    first_name, *names = (shown(label) for label in labels)
    print_table([by, "characters", first_name, "", *names], rows)
    stdout().print()


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of eighths of blocks, `width` columns for a share of 1.

    >>> bar(0.5, 3)
    '█▌'
    """
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
            f"–: too few real names to judge by. `plausible` needs a list of {2 * FEWEST_REAL} or a few more, `AUC` "
            f"{FEWEST_REAL} held-out names, and both a list that can be read again."
        )
    for label, quality in found.items():
        if quality.examples:
            names = "  ".join(map(plain, quality.examples))
            stdout().print(Text.assemble((f"{plain(shown(label))}: ", "dim"), names))


def _quality(quality: "Quality | None") -> list[str]:
    if quality is None:
        return ["no new names", "", "", ""]
    shares = [
        f"{share:.1%}" if share == share else "–"  # noqa: PLR0124 (nan)
        for share in (quality.plausible, quality.near_copies, quality.distinct)
    ]
    return [shares[0], "–" if isnan(quality.auc) else f"{quality.auc:.2f}", *shares[1:]]
