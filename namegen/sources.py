"""Where names come from: bundled lists, files, folders and standard input, as blocks of whole lines of bytes.

This room knows where lists lie and how to read them piece by piece; what a line means is the corpus's affair.
It does not import torch, so that looking things up is instant.
"""

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from namegen.errors import SourceError

DEFAULT_SOURCE = "names"
STANDARD_INPUT = "-"
BLOCK_BYTES = 4 << 20
MOST_LINE_BYTES = 1 << 26  # what goes on for longer without a newline is no list of names
HEAD_BYTES = 4096  # how much of a line that fills a whole block is kept, to be refused; no block is smaller


@dataclass(frozen=True)
class Block:
    """Whole lines of one list: where they stand, and their bytes."""

    label: str
    first_line: int
    data: bytes


def bundled() -> dict[str, tuple[Path, ...]]:
    """The lists that come with the program: name → its files. `names` is the union of all lists of given names.

    >>> len(bundled()["irish"]), len(bundled()["names"]) > 30
    (1, True)
    """
    here = Path(__file__).parent
    data = here / "data" if (here / "data").is_dir() else here.parent / "data"
    given_names = tuple(sorted((data / "names").glob("*.txt")))
    others = sorted(data.glob("*.txt"))
    return {DEFAULT_SOURCE: given_names, **{path.stem: (path,) for path in (*given_names, *others)}}


def files_of(source: str) -> tuple[Path, ...]:
    """The files that a source stands for: a bundled list's, a folder's `.txt` files, or the file itself.

    A bundled name wins over a file of that name; write `./irish` for the file. Raises `SourceError`.
    """
    lists = bundled()
    if source in lists:
        return lists[source]
    path = Path(source)
    try:
        if path.is_dir():
            files = tuple(sorted(path.glob("*.txt")))
            if not files:
                raise SourceError(f"{source}: the folder holds no .txt files. Name a file, or put lists into it.")
            return files
        if path.exists():
            return (path,)
    except (OSError, ValueError) as error:  # a name too long, a NUL in it, a folder that may not be read
        raise SourceError(f"{source}: cannot be read ({_reason(error)}).") from error
    near = get_close_matches(source, lists, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise SourceError(f"{source}: no such file, folder or bundled list. {hint}`namegen data` shows the bundled ones.")


def read_blocks(source: str, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a source, in order, in blocks of about `block_bytes`. Raises `SourceError`."""
    if source == STANDARD_INPUT:
        yield from _blocks_of(sys.stdin.buffer, "standard input", block_bytes)
        return
    for path in files_of(source):
        try:
            with path.open("rb") as file:
                if _never_ends(file):
                    raise SourceError(f"{path}: is a device, not a list. Give a file with one name per line.")
                yield from _blocks_of(file, str(path), block_bytes)
        except OSError as error:
            raise SourceError(f"{path}: cannot be read ({_reason(error)}).") from error


def _never_ends(file: BinaryIO) -> bool:
    """Whether this is a device such as /dev/zero; a terminal ends when its person says so."""
    mode = os.fstat(file.fileno()).st_mode
    return (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not file.isatty()


def _blocks_of(file: BinaryIO, label: str, block_bytes: int) -> Iterator[Block]:
    line, rest, dropped = 1, b"", 0
    while chunk := file.read(block_bytes):
        data = rest + chunk
        if dropped:  # the tail of a line that was handed on, to be refused, when it had filled a block
            newline = data.find(b"\n") + 1
            dropped += newline or len(data)
            if dropped > MOST_LINE_BYTES:
                raise SourceError(
                    f"{label}, line {line}: is longer than {MOST_LINE_BYTES >> 20} MiB. Give one name per line."
                )
            if not newline:
                continue
            data, dropped, line = data[newline:], 0, line + 1
        end = data.rfind(b"\n") + 1
        if end:
            yield Block(label, line, data[:end])
            line += data.count(b"\n", 0, end)
        rest = data[end:]
        if len(rest) >= max(block_bytes, HEAD_BYTES):
            yield Block(label, line, rest[:HEAD_BYTES])
            rest, dropped = b"", len(rest)
    if rest and not dropped:
        yield Block(label, line, rest)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
