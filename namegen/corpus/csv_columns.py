"""One column of a CSV or TSV file, given as `list.csv:column`, as the lines of a list.

The first row has the titles of the columns; a column is named by its title, in any case, or by its number, from 1. The
first lines show what separates the fields. A row becomes the line `name`, or `name`, a tab and its label; empty lines
fill up, so that line numbers are those of the file. No torch is imported here.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from io import TextIOWrapper
from itertools import chain, islice
from typing import BinaryIO

from namegen.errors import SourceError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
FIRST_LINES = 100  # that show what separates the fields
ROWS_AT_ONCE = 1 << 14
MOST_LINE_CHARACTERS = 1 << 24
MOST_TOLD = 300  # characters of titles, in an error
_WITHIN_FIELD = str.maketrans("\t\n", "\r\r")  # which is refused, as any control character in a name

Row = tuple[int, list[str]]  # the number of its last line, and its fields


@dataclass
class Table:
    """The titles of a file's columns, the line on which they end, and its other rows."""

    label: str
    separator: str
    titles: list[str]
    line: int
    rows: Iterator[Row]

    @classmethod
    def of(cls, lines: Iterator[str], label: str) -> "Table":
        """Read the titles of a file, from its lines. Raises `SourceError` where there are none."""
        separator, lines = separated(lines)
        rows = _rows(lines, separator, label)
        line, titles = next(rows, (0, []))
        titles = [title.strip() for title in titles]
        if not any(titles):
            raise SourceError(f"{label}: has no column titles in its first line. Add them.")
        return cls(label, separator, titles, line, rows)

    @property
    def note(self) -> str:
        """What was found, for the user to check."""
        return f"{self.label}: {SEPARATORS[self.separator]} separate the columns: {', '.join(self.titles)}"

    def column(self, asked: str) -> int:
        """The place of a column. Raises `SourceError`, naming all columns, where it does not exist."""
        return place_of(asked, self.titles, self.label, self.separator)

    def blocks(self, name: int, label: int | None = None) -> Iterator[tuple[int, bytes]]:
        r"""The names, and their labels, as lines in blocks: the number of the first line, and the bytes.

        >>> table = Table.of(iter(["Name;Sex\n", "Anna;f\n", "\n", "Bo;m\n"]), "list.csv")
        >>> list(table.blocks(table.column("name"), table.column("2")))
        [(2, b'Anna\tf\n\nBo\tm\n')]
        """
        places = (name,) if label is None else (name, label)
        while rows := [*islice(self.rows, ROWS_AT_ONCE)]:
            first, lines = self.line + 1, []
            for line, row in rows:
                fields = [_field(row, place) for place in places]
                lines.append("\n" * (line - self.line - 1) + ("\t".join(fields) if fields[0] else "") + "\n")
                self.line = line
            yield first, "".join(lines).encode(errors="surrogateescape")


def place_of(asked: str, titles: Sequence[str], label: str, separator: str) -> int:
    """The place of the column with a title, whatever the capitals, or with a number from 1.

    Raises `SourceError`, naming the columns, where none has the title or several have it; it tells the separator where
    titles contain another.

    >>> place_of("NAME", ["id", "Name"], "list.csv", ","), place_of("1", ["id", "Name"], "list.csv", ",")
    (1, 0)
    """
    wanted = asked.strip().casefold()
    places = [place for place, title in enumerate(titles) if title.casefold() == wanted]
    exact = [place for place in places if titles[place] == asked.strip()] or places
    if len(exact) > 1:
        numbers = " and ".join(str(place + 1) for place in exact)
        raise SourceError(f"{label}: has {len(exact)} columns {asked!r}. Give the number of one: {numbers}.")
    if exact:
        return exact[0]
    if wanted.isdecimal() and 0 < int(wanted) <= len(titles):
        return int(wanted) - 1
    near = get_close_matches(wanted, [title.casefold() for title in titles], n=1)
    meant = next((f"Did you mean {title!r}? " for title in titles if title.casefold() in near), "")
    told = ", ".join(titles)
    told = told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"
    others = {*SEPARATORS} - {separator}
    taken = "" if others.isdisjoint("".join(titles)) else f", which {SEPARATORS[separator]} separate"
    there = f"Its columns are {told}{taken}." if told else "Its first line holds no titles."
    raise SourceError(f"{label}: has no column {asked!r}. {meant}{there}")


def separated(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    r"""What separates the fields of a table, as its first lines show, and all its lines.

    It is that by which all their records have as many fields as the titles, which are several. Of two such, or of none,
    it is that which gives most titles; of equals not the comma, which texts contain too.

    >>> separated(iter(["Last, First;City\n", "Smith, Ann;York\n"]))[0]
    ';'
    """
    head = [*islice(lines, FIRST_LINES)]
    end = -1 if len(head) == FIRST_LINES else None  # the last record may go on

    def fit(separator: str) -> tuple[bool, int, bool]:
        counts = []
        with suppress(csv.Error):
            for row in csv.reader(head, delimiter=separator, skipinitialspace=True):
                counts.append(len(row))  # those before an error count
        titles = max(counts[:1], default=0)
        fits = titles > 1 and {*counts[:end]} <= {0, titles}
        return fits, titles, (separator == ",") == (titles < 2)

    return max(SEPARATORS, key=fit), chain(head, lines)


@contextmanager
def table_in(file: BinaryIO, label: str) -> Iterator[Table]:
    """The table in a file, which stays open; bytes that are not UTF-8 come back as they were."""
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield Table.of(_lines(text, label), label)
    finally:
        text.detach()


def _lines(text: TextIOWrapper, label: str) -> Iterator[str]:
    while line := text.readline(MOST_LINE_CHARACTERS):
        if len(line) == MOST_LINE_CHARACTERS:
            raise SourceError(f"{label}: has a line longer than 16 MiB. It is not a table of names.")
        yield line


def _field(row: Sequence[str], place: int) -> str:
    return row[place].strip().translate(_WITHIN_FIELD) if place < len(row) else ""


def _rows(lines: Iterator[str], separator: str, label: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        reason = f"line {reader.line_num}: {error}"
        raise SourceError(f"{label}, {reason}. Check for a quotation mark that is not closed.") from None
