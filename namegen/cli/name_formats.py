"""How names are written: lines, columns, a table, JSON, JSON lines or CSV."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.text import Text

from namegen.cli.console import json_text, note, plain, print_table, stdout

if TYPE_CHECKING:
    from namegen.corpus.packed_names import Names
    from namegen.sampling.ranking import Description

Fields = Mapping[str, Any]  # what is written of one name
SHADES = ("bold", "", "dim")  # of the most probable third of the names shown, the next and the last


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
    """A block of names as lines."""
    _write(names.lines() + "\n")


def write(
    blocks: Iterable[Sequence[Fields]],
    form: str,
    header: Mapping[str, Any],
    totals: Callable[[], Mapping[str, Any]],
) -> None:
    """Write names for a program, block by block as they come.

    In JSON the `header` stands before the names and the `totals` after them, also where no more names could be found.
    """
    if form == "json":
        _write_json(blocks, header, totals)
        return
    for place, block in enumerate(blocks):
        if form == "jsonl":
            _write("".join(json_text(fields) + "\n" for fields in block))
        elif form == "csv":
            _write(_csv(block, heading=place == 0))
        else:
            _write("".join("\t".join(map(_shown, fields.values())) + "\n" for fields in block))


def show(rows: Sequence["Description"], form: str, details: Details, *, quiet: bool) -> None:
    """Show names to a person: as a table, or in columns."""
    if form == "table":
        _print_rows(rows, details)
    elif rows:
        stdout().print(Columns(_shaded(rows), padding=(0, 3), column_first=True))
    if len(rows) > 2 and stdout().is_terminal:
        note("bold: the most typical third, by loss per character; dim: the least", quiet=quiet)


def _print_rows(rows: Sequence["Description"], details: Details) -> None:
    columns = ["name", *(["loss", "ln p"] if details.scores else []), *(["is"] if details.origins else [])]
    columns += ["one edit from"] if any(row.near for row in rows) else []
    cells: list[list[str | Text]] = []
    for row, name in zip(rows, _shaded(rows), strict=True):
        numbers = [f"{row.loss:.3f}", f"{row.log_probability:.2f}"] if details.scores else []
        origin, near = [row.origin] if details.origins else [], [row.near] if "one edit from" in columns else []
        cells.append([name, *numbers, *origin, *near])
    print_table(columns, cells, texts=(0, columns.index("one edit from")) if "one edit from" in columns else (0,))


def _shaded(rows: Sequence["Description"]) -> list[Text]:
    """Names, bold where their loss per character is low, which does not grow with the length."""
    losses = sorted(row.loss for row in rows)
    third = len(losses) // 3
    bounds = [losses[third], losses[-third]] if third else []
    styles = [SHADES[sum(row.loss >= bound for bound in bounds)] if third else "" for row in rows]
    return [Text(plain(row.name), style=style) for row, style in zip(rows, styles, strict=True)]


def _write_json(
    blocks: Iterable[Sequence[Fields]], header: Mapping[str, Any], totals: Callable[[], Mapping[str, Any]]
) -> None:
    """One object, a line for each fact and each name."""
    _write(
        "{\n" + "".join(f"  {json_text(key)}: {json_text(value)},\n" for key, value in header.items()) + '  "names": ['
    )
    divider = "\n"
    try:
        for block in blocks:
            _write(divider + ",\n".join(f"    {json_text(fields)}" for fields in block))
            divider = ",\n"
    finally:
        end = "]" if divider == "\n" else "\n  ]"
        _write(end + "".join(f",\n  {json_text(key)}: {json_text(value)}" for key, value in totals().items()) + "\n}\n")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _csv(fields: Sequence[Fields], *, heading: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if heading and fields:
        writer.writerow(fields[0])
    writer.writerows(one.values() for one in fields)
    return text.getvalue()


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
