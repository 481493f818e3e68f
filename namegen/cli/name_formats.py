"""How names are written: lines, columns, a table, JSON, JSON lines or CSV."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.text import Text

from namegen.cli.console import json_text, plain, print_table, stdout

if TYPE_CHECKING:
    from namegen.evaluation.losses import Score

Fields = Mapping[str, Any]  # what is written of one name, or beside all
SHADES = ("bold", "", "dim")  # of the most probable third of the names shown, the next and the last


def fields_of(row: "Score", *, scores: bool, origins: bool) -> dict[str, Any]:
    """What is written of a name: its loss and log-probability, and whether it is on the model's list, as requested."""
    fields: dict[str, Any] = {"name": row.name}
    if scores:
        fields |= {"loss": round(row.loss, 6), "log_probability": round(row.log_probability, 6)}
    return fields | ({"origin": row.origin} if origins else {})


def write(blocks: Iterable[Sequence[Fields]], form: str, header: Fields, totals: Callable[[], Fields]) -> None:
    """Write names for a program, block by block as they come.

    In JSON the `header` comes before the names and the `totals` after them, also where too few names were found.
    """
    if form == "json":
        _write_json(blocks, header, totals)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for place, block in enumerate(blocks):
        if form == "csv":
            writer.writerows([*block[: place == 0], *(fields.values() for fields in block)])  # the titles first
            sys.stdout.flush()
        elif form == "jsonl":
            write_text("".join(json_text(fields) + "\n" for fields in block))
        else:
            write_text("".join("\t".join(map(_shown, fields.values())) + "\n" for fields in block))


def write_rows(
    rows: Sequence["Score"], form: str, header: Fields, totals: Fields, *, scores: bool, origins: bool
) -> None:
    """Write names that are all known, for a person as a table or in columns, or for a program."""
    if form == "table":
        columns: dict[str, Sequence[str | Text]] = {"name": _shaded(rows)}
        if scores:
            columns["loss"] = [f"{row.loss:.3f}" for row in rows]
            columns["ln p"] = [f"{row.log_probability:.2f}" for row in rows]
        if origins:
            columns["is"] = [row.origin for row in rows]
        if any(row.near for row in rows):
            columns["one edit from"] = [row.near for row in rows]
        texts = [place for place, title in enumerate(columns) if title in ("name", "one edit from")]
        print_table([*columns], [*zip(*columns.values(), strict=True)], texts=texts)
    elif form == "columns":
        stdout().print(Columns(_shaded(rows), padding=(0, 3), column_first=True))
    else:
        write([[fields_of(row, scores=scores, origins=origins) for row in rows]], form, header, lambda: totals)


def _shaded(rows: Sequence["Score"]) -> list[Text]:
    """Names, bold where their loss per character is low, which does not grow with the length."""
    losses = sorted(row.loss for row in rows)
    third = len(losses) // 3
    if not third:
        return [Text(plain(row.name)) for row in rows]
    bounds = losses[third], losses[-third]
    return [Text(plain(row.name), SHADES[sum(row.loss >= bound for bound in bounds)]) for row in rows]


def _write_json(blocks: Iterable[Sequence[Fields]], header: Fields, totals: Callable[[], Fields]) -> None:
    """One object, a line for each fact and each name."""
    facts = "".join(f"  {json_text(key)}: {json_text(value)},\n" for key, value in header.items())
    write_text(f'{{\n{facts}  "names": [')
    divider = "\n"
    try:
        for block in blocks:
            write_text(divider + ",\n".join(f"    {json_text(fields)}" for fields in block))
            divider = ",\n"
    finally:
        end = "".join(f",\n  {json_text(key)}: {json_text(value)}" for key, value in totals().items())
        write_text(f"\n  ]{end}\n}}\n")


def write_text(text: str) -> None:
    """Write at once: a reader does not wait."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
