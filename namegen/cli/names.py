"""How names are written: lines, columns, a table, JSON, JSON lines or CSV.

Names are data: a terminal gets them as plain text, and a spreadsheet no formula.
"""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.text import Text

from namegen.cli.console import json_text, plain, print_table, stdout

if TYPE_CHECKING:
    from namegen.sampling.selection import Description
    from namegen.text import Names

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
SHADES = ("bold", "", "dim")  # of the likeliest third of the names shown, the next and the last


class NameFormat(StrEnum):
    """How names are written."""

    lines = "lines"
    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


@dataclass(frozen=True)
class Details:
    """What is written beside a name: loss and log-probability; whether it stands on the model's list."""

    scores: bool
    origins: bool

    def of(self, row: "Description") -> dict[str, Any]:
        """The fields of a name."""
        fields: dict[str, Any] = {"name": row.name}
        if self.scores:
            fields |= {"loss": round(row.loss, 6), "log_probability": round(row.log_probability, 6)}
        return fields | ({"origin": row.origin} if self.origins else {})


def write_block(names: "Names") -> None:
    """A block of names as lines, without looking at any of them."""
    sys.stdout.write(names.lines() + "\n")
    sys.stdout.flush()


def write(
    rows: Sequence["Description"],
    form: NameFormat | None,
    details: Details,
    header: Mapping[str, Any] | None = None,
    *,
    heading: bool = True,
) -> None:
    """Write names in a form; None stands for columns on a terminal.

    `header` is what JSON says before the names; `heading` is whether CSV begins with the names of its columns.
    """
    if form is NameFormat.table:
        _print_rows(rows, details)
    elif form is None:
        _print_columns(rows)
    else:
        fields = [details.of(row) for row in rows]
        if form is NameFormat.json:
            text = _json_object(fields, header or {})
        elif form is NameFormat.jsonl:
            text = "".join(json_text(one) + "\n" for one in fields)
        elif form is NameFormat.csv:
            text = _csv(fields, heading=heading)
        else:
            text = "".join(
                "\t".join(map(_shown, one.values() if details.scores else [one["name"]])) + "\n" for one in fields
            )
        sys.stdout.write(text)
        sys.stdout.flush()


def _print_columns(rows: Sequence["Description"]) -> None:
    """Names side by side as the terminal is wide, the likelier ones brighter."""
    if rows:
        stdout().print(Columns(_shaded(rows), padding=(0, 3), column_first=True))


def _print_rows(rows: Sequence["Description"], details: Details) -> None:
    columns = ["name", *(["loss", "ln p"] if details.scores else []), *(["is"] if details.origins else [])]
    cells: list[list[str | Text]] = []
    for row, name in zip(rows, _shaded(rows), strict=True):
        numbers = [f"{row.loss:.3f}", f"{row.log_probability:.2f}"] if details.scores else []
        cells.append([name, *numbers, *([row.origin] if details.origins else [])])
    print_table(columns, cells)


def _shaded(rows: Sequence["Description"]) -> list[Text]:
    """Names, bright where the model finds them likely (by the loss, which does not grow with the length)."""
    losses = sorted(row.loss for row in rows)
    bounds = [losses[len(losses) // 3], losses[2 * len(losses) // 3]] if rows else []
    return [Text(plain(row.name), style=SHADES[sum(row.loss > bound for bound in bounds)]) for row in rows]


def _json_object(fields: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> str:
    """One object, a line for each fact and each name."""
    facts = [f"  {json_text(key)}: {json_text(value)}" for key, value in header.items()]
    names = ",\n".join(f"    {json_text(one)}" for one in fields)
    listed = f"[\n{names}\n  ]" if fields else "[]"
    return "{\n" + ",\n".join([*facts, f'  "names": {listed}']) + "\n}\n"


def _csv(fields: Sequence[Mapping[str, Any]], *, heading: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if heading and fields:
        writer.writerow(fields[0])
    writer.writerows([_harmless(one["name"]), *[*one.values()][1:]] for one in fields)
    return text.getvalue()


def _harmless(name: str) -> str:
    """A cell that a spreadsheet would compute gets a quote before it."""
    return f"'{name}" if name.startswith(FORMULA_BEGINS) else name


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
