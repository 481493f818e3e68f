"""Where names come from: bundled lists, files, folders and standard input, as blocks of whole lines of bytes.

`list.csv:column` is a column of a table, and `-:column` of one on standard input; see `csv_columns`. `cleaning` reads
the lines. No torch is imported here, so looking up a list is instant.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from namegen.corpus.csv_columns import table_in
from namegen.errors import SourceError, UsageError, reason_of

Sources = str | Path | Sequence[str | Path]  # a bundled list, a file, a folder, or - for standard input; or several
DEFAULT_SOURCE = "names"
STANDARD_INPUT = "-"
# Files that the program writes, which are not lists.
MADE_HERE = {".checkpoint", ".html", ".js", ".onnx", ".json", ".png", ".svg", ".pdf"}
IN_MEMORY = "a list in memory"  # the source of names that were never in a file
BLOCK_BYTES = 2 << 20
MOST_LINE_BYTES = 1 << 26  # a longer line means that the file is not a list of names


@dataclass(frozen=True)
class Block:
    """Whole lines of one list: the number of the first, from 1, and their bytes."""

    label: str
    first_line: int
    data: bytes
    note: str = ""  # about the column of a table that they are from


def data_folder() -> Path:
    """Where the bundled lists are: in the package, or beside it in a checkout."""
    here = Path(__file__).parent.parent
    return here / "data" if (here / "data").is_dir() else here.parent / "data"


def bundled() -> dict[str, tuple[Path, ...]]:
    """The lists that come with the program: name → its files. `names` is the union of all lists of given names.

    >>> len(bundled()["irish"]), len(bundled()["names"]) > 30
    (1, True)
    """
    data = data_folder()
    given_names = tuple(sorted((data / "names").glob("*.txt")))
    others = sorted(data.glob("*.txt"))
    return {DEFAULT_SOURCE: given_names, **{path.stem: (path,) for path in (*given_names, *others)}}


def file_and_column(source: str) -> tuple[str, str]:
    """The file and column of `list.csv:column`; of any other source, also an existing file called so, no column."""
    parts = source.split(":") if source not in bundled() and not os.path.exists(source) else ()
    for end in reversed(range(1, len(parts))):
        file, column = ":".join(parts[:end]), ":".join(parts[end:])
        if column and (file == STANDARD_INPUT or os.path.isfile(file)):
            return file, column
    return source, ""


def is_standard_input(source: str) -> bool:
    """Whether a source is standard input, or a column of a table there.

    >>> is_standard_input("-"), is_standard_input("-:name"), is_standard_input("irish")
    (True, True, False)
    """
    return file_and_column(source)[0] == STANDARD_INPUT


def files_of(source: str) -> tuple[Path, ...]:
    """The files of a source: those of a bundled list, the `.txt` files of a folder, or the file itself.

    The name of a bundled list comes before a file of that name; write `./irish` for the file. Raises `SourceError`.
    """
    lists = bundled()
    if source in lists:
        return lists[source]
    if not source:
        raise SourceError("The name of a list is empty. Give a file, a folder or a bundled list.")
    path = Path(file_and_column(source)[0])
    try:
        if path.is_dir():
            files = tuple(sorted(path.glob("*.txt")))
            if not files:
                raise SourceError(f"{source}: the folder has no .txt files. Name a file, or put lists into it.")
            return files
        if path.exists():
            return (path,)
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a folder that may not be read
        raise SourceError(f"{source}: cannot be read ({reason_of(error)}).") from error
    try:
        siblings = [str(other) for other in path.parent.iterdir() if other != path and other.suffix not in MADE_HERE]
    except OSError:
        siblings = []
    file, _, column = source.partition(":")
    near = [path.stem] if path.stem in lists else get_close_matches(file, [*lists, *siblings], n=1)
    meant = ":".join(filter(None, [*near[:1], column]))
    hint = f"Did you mean '{meant}'? " if near and meant != source else ""
    raise SourceError(f"{source}: no such file, folder or bundled list. {hint}`namegen data` shows the bundled ones.")


def byte_count(sources: Sequence[str]) -> int | None:
    """The bytes of the files of these sources; None where one is not a regular file. Raises `SourceError`."""
    if any(map(is_standard_input, sources)):
        return None
    kinds = [path.stat() for source in sources for path in files_of(source)]
    return sum(kind.st_size for kind in kinds) if all(stat.S_ISREG(kind.st_mode) for kind in kinds) else None


def check_readable_by_several(sources: Sequence[str]) -> int:
    """The bytes of the files of these sources. Raises `UsageError` for what only one process could read."""
    size = byte_count([source for source in sources if source != IN_MEMORY])
    if size is None:
        raise UsageError("Standard input and pipes cannot be read by several processes. Write the list to a file.")
    return size


def as_list(sources: Sources) -> list[str]:
    """One source or several, as texts."""
    return [str(source) for source in ([sources] if isinstance(sources, str | Path) else sources)]


def read_blocks(sources: Sources, block_bytes: int | None = None, label_column: str = "") -> Iterator[Block]:
    """The lines of sources, in blocks of about `block_bytes`, with the labels of a column. Raises `SourceError`."""

    def read(file: BinaryIO, label: str, column: str) -> Iterator[Block]:
        if column:
            return _column_blocks(file, label, column, label_column)
        return _line_blocks(file, label, block_bytes or BLOCK_BYTES)

    for source in as_list(sources):
        column = file_and_column(source)[1]
        if is_standard_input(source):
            yield from read(sys.stdin.buffer, "standard input", column)
            continue
        for path in files_of(source):
            try:
                with path.open("rb") as file:
                    status = os.fstat(file.fileno())
                    is_device = stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)
                    if is_device and not file.isatty():  # a terminal ends when its user ends it, /dev/zero does not
                        raise SourceError(f"{path}: is a device, not a list. Give a file with one name per line.")
                    yield from read(file, str(path), column)
                    if status.st_size and file.tell() < status.st_size:  # 0 for a pipe
                        raise SourceError(f"{path}: became shorter while it was read. Try again.")
            except OSError as error:
                raise SourceError(f"{path}: cannot be read ({reason_of(error)}).") from error


def _line_blocks(file: BinaryIO, label: str, block_bytes: int) -> Iterator[Block]:
    line = 1
    while data := file.read(block_bytes):
        if not data.endswith(b"\n"):
            data += file.readline(MOST_LINE_BYTES)
        lines = data.count(b"\n")
        if len(data) >= MOST_LINE_BYTES and not data.endswith(b"\n"):
            size = f"{MOST_LINE_BYTES >> 20} MiB"
            raise SourceError(f"{label}, line {line + lines}: is longer than {size}. Give one name per line.")
        yield Block(label, line, data)
        line += lines


def _column_blocks(file: BinaryIO, label: str, column: str, label_column: str) -> Iterator[Block]:
    with table_in(file, label) as table:
        places = table.column(column), table.column(label_column) if label_column else None
        for first_line, data in table.blocks(*places):
            yield Block(table.label, first_line, data, table.note)
