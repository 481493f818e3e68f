"""How names are written: lines, columns, a table, JSON, JSON lines or CSV."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.text import Text

from namegen.cli.console import json_text, plain, print_table, stdout

if TYPE_CHECKING:
    from namegen.evaluation.losses import Score

Fields = Mapping[str, Any]  # what is written of one name
SHADES = ("bold", "", "dim")  # of the most probable third of the names shown, the next and the last


@dataclass(frozen=True)
class Details:
    """What is written beside a name: loss and log-probability; whether it is on the model's list."""

    scores: bool
    origins: bool

    def of(self, row: "Score") -> dict[str, Any]:
        """The fields of a name."""
        fields: dict[str, Any] = {"name": row.name}
        if self.scores:
            fields |= {"loss": round(row.loss, 6), "log_probability": round(row.log_probability, 6)}
        return fields | ({"origin": row.origin} if self.origins else {})


def write(
    blocks: Iterable[Sequence[Fields]], form: str, header: Fields, totals: Callable[[], Mapping[str, Any]]
) -> None:
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


def write_rows(rows: Sequence["Score"], form: str, details: Details, header: Fields, totals: Mapping[str, Any]) -> None:
    """Write names that are all known, for a person as a table or in columns, or for a program."""
    if form == "table":
        titles = ["name", *(["loss", "ln p"] if details.scores else []), *(["is"] if details.origins else [])]
        has_near = any(row.near for row in rows)
        cells: list[list[str | Text]] = []
        for row, name in zip(rows, _shaded(rows), strict=True):
            numbers = [f"{row.loss:.3f}", f"{row.log_probability:.2f}"] if details.scores else []
            origin, near = [row.origin] if details.origins else [], [row.near] if has_near else []
            cells.append([name, *numbers, *origin, *near])
        titles += ["one edit from"] if has_near else []
        print_table(titles, cells, texts=(0, len(titles) - 1) if has_near else (0,))
    elif form == "columns":
        stdout().print(Columns(_shaded(rows), padding=(0, 3), column_first=True))
    else:
        write([[details.of(row) for row in rows]], form, header, lambda: totals)


def _shaded(rows: Sequence["Score"]) -> list[Text]:
    """Names, bold where their loss per character is low, which does not grow with the length."""
    losses = sorted(row.loss for row in rows)
    third = len(losses) // 3
    bounds = [losses[third], losses[-third]] if third else []
    styles = [SHADES[sum(row.loss >= bound for bound in bounds)] if third else "" for row in rows]
    return [Text(plain(row.name), style=style) for row, style in zip(rows, styles, strict=True)]


def _write_json(blocks: Iterable[Sequence[Fields]], header: Fields, totals: Callable[[], Mapping[str, Any]]) -> None:
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
    """Write at once, so that a reader does not wait."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
