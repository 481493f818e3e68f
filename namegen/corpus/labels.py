"""Labels of names, such as female and male: behind a tab in a list, or in a column of a table.

A field may hold several: `female/male`; `both`, `unisex` and `any` stand for all labels of the list. No torch is
imported here.
"""

import re
from collections import Counter
from pathlib import Path

from namegen.corpus.csv_columns import table_in
from namegen.corpus.sources import STANDARD_INPUT, Sources, as_list, file_and_column
from namegen.errors import SourceError, UsageError

MOST_LABELS = 64  # a column with more holds something else
EVERY = "both"  # the label of names that belong to every label


def labels_of(field: str) -> tuple[str, ...]:
    """The labels in a field, in small letters.

    >>> labels_of("Female"), labels_of("m, f"), labels_of("Unisex"), labels_of(" ")
    (('female',), ('m', 'f'), ('both',), ())
    """
    found = (label.strip().casefold() for label in re.split("[/,;|]", field))
    return tuple(dict.fromkeys(EVERY if label in ("unisex", "any") else label for label in found if label))


def format_counts(counts: dict[str, int]) -> str:
    """Labels and how many names have each."""
    return ", ".join(f"{label} ({count:,})" for label, count in counts.items())


def label_column(sources: Sources, label: str) -> str:
    """The column of a table that has one of these labels; `label` without a table. May raise `SourceError`."""
    for source in as_list(sources):
        file, column = file_and_column(source)
        if column and file == STANDARD_INPUT:
            raise UsageError(
                "With `label` a table is read twice, and standard input can be read only once. Use a file."
            )
        if column:
            return _column_with(Path(file), column, {*labels_of(label)})
    return "label"


def _column_with(path: Path, names: str, wanted: set[str]) -> str:
    with path.open("rb") as file, table_in(file, str(path)) as table:
        place = table.column(names)
        counts: list[Counter[str]] = [Counter() for _ in table.titles]
        for _, row in table.rows:
            for column, field in zip(counts, row, strict=False):
                column.update(labels_of(field) if len(column) <= MOST_LABELS else ())
                if not wanted.isdisjoint(column) and column is not counts[place]:
                    return table.titles[counts.index(column)]
    columns = [(title, found) for title, found in zip(table.titles, counts, strict=True) if found is not counts[place]]
    there = "; ".join(f"{title}: {format_counts(found)}" for title, found in columns if 1 < len(found) <= MOST_LABELS)
    asked = " or ".join(map(repr, sorted(wanted)))
    raise SourceError(
        f"{path}: has no column with the label {asked}. {f'It has {there}' if there else 'Add a column of labels'}."
    )
