"""What is shown, and where: tables and plain lines on standard output, everything else on standard error.

Names are data: whatever comes from a list or a model file is shown as plain text, never as markup.
"""

import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 240
# What a terminal might obey and JSON leaves as it is: C1 controls, separators, bidirectional overrides, surrogates.
_OBEYED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Format(StrEnum):
    """How a result is written."""

    table = "table"
    json = "json"


def stdout() -> Console:
    """The console for results."""
    return _console(stderr=False)


def stderr() -> Console:
    """The console for progress, notes and errors."""
    return _console(stderr=True)


class _Console(Console):
    def on_broken_pipe(self) -> None:  # Rich's own would end the program, with exit code 1
        raise BrokenPipeError


class _Unheard:
    """A stream for notes. Where nobody can hear them (a full disk, a closed pipe) the work goes on all the same."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or not."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _console(*, stderr: bool) -> Console:
    stream: Any = _Unheard(sys.stderr) if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return _Console(file=stream, stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True, width=width)


def plain(text: str) -> str:
    """A text as it can be shown: what a terminal might obey (escape sequences, say) is written out as `\\x1b`."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def note(message: str, *, quiet: bool = False) -> None:
    """A line beside the result, for the person."""
    if not quiet:
        stderr().print(Text(plain(message), style="dim"))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, numeric_from: int = 1) -> None:
    """A table; the columns from `numeric_from` on are set flush right. A `Text` keeps its style."""
    console = stdout()
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if place >= numeric_from else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    width = table.__rich_measure__(console, console.options.update(max_width=PIPE_WIDTH)).maximum
    table.show_header = any(columns)
    if console.is_terminal:
        console.width = max(width, console.width)  # a number that is cut says something else, so let it wrap
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table, width=width)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """A value for a program, without indent on one line; numbers that are not finite become null."""
    print(json_text(value, indent=indent))  # noqa: T201


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""JSON with characters as they are, but for those that a terminal might obey, which are written as `\u009b`."""
    text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def number(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 name`, `2 names`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
