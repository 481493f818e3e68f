"""What is shown, and where: tables and plain lines on standard output, everything else on standard error.

Names are data: whatever comes from a list or a model file is shown as plain text, never as markup.
"""

import json
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 240
GAP = 3  # between the columns of a table
LARGE_VALUE = 10_000
MIN_TEXT_WIDTH = 16  # of a column of text that is folded on a terminal
# Characters that control a terminal and that JSON leaves as they are: C1 controls, separators, bidirectional overrides,
# surrogates.
_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def stdout() -> Console:
    """The console for results."""
    return _console(stderr=False)


def stderr() -> Console:
    """The console for progress, notes and errors."""
    return _console(stderr=True)


class _Console(Console):
    def on_broken_pipe(self) -> None:  # Rich's own would end the program, with exit code 1
        raise BrokenPipeError


class _Notes:
    """A stream for notes. Where they cannot be written (a full disk, a closed pipe) the work goes on all the same."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if possible."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _console(*, stderr: bool) -> Console:
    """On a terminal lines are folded between words; elsewhere a line stays a line."""
    stream: Any = _Notes(sys.stderr) if stderr else sys.stdout
    shape: dict[str, Any] = {} if stream.isatty() else {"soft_wrap": True, "width": PIPE_WIDTH}
    return _Console(file=stream, stderr=stderr, markup=False, emoji=False, highlight=False, **shape)


def plain(text: str) -> str:
    """A text as it can be shown: characters that control a terminal, such as escape, are written out as `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_word(path: str | Path) -> str:
    """A path as it can be pasted after a command.

    >>> as_word("my names.txt"), as_word("-x.safetensors"), as_word("irish.safetensors")
    ("'my names.txt'", './-x.safetensors', 'irish.safetensors')
    """
    word = f"./{path}" if str(path).startswith("-") and str(path) != "-" else str(path)
    return shlex.quote(word)


def note(message: str, *, command: str = "", quiet: bool = False) -> None:
    """A line beside the result, for the person; a command at its end is never folded, so that it can be copied."""
    if not quiet:
        stderr().print(Text(plain(message + command), style="dim"), soft_wrap=True if command else None)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, texts: Collection[int] = (0,)) -> None:
    """A table, columns of `texts` flush left, all others flush right. A `Text` keeps its style.

    Where a terminal is narrow texts are folded, but never numbers: columns that have no room stand below the others,
    beside the first column again.
    """
    console = stdout()
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in (columns, *rows)]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    if console.is_terminal:
        least = [min(width, MIN_TEXT_WIDTH) if place in texts else width for place, width in enumerate(widths)]
        for block, places in enumerate(_blocks(least, console.width)):
            if block:
                console.print()
            console.width = max(console.width, sum(least[place] + GAP for place in places))
            console.print(_table(places, cells, texts, box.SIMPLE_HEAD))
        return
    with console.capture() as captured:
        console.print(_table(range(len(columns)), cells, texts, None), width=sum(widths) + GAP * len(widths))
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _table(
    places: Iterable[int], cells: Sequence[Sequence[Text]], texts: Collection[int], lines: box.Box | None
) -> Table:
    """The columns at some places; the first row is their titles."""
    places = [*places]
    table = Table(box=lines, show_edge=False, pad_edge=False, show_header=any(map(len, cells[0])), header_style="bold")
    for place in places:
        is_text = place in texts
        table.add_column(cells[0][place], justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold")
    for row in cells[1:]:
        table.add_row(*(row[place] for place in places))
    return table


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """The places of columns, in blocks that have room; each begins with the first column.

    >>> _blocks([10, 6, 6, 6], room=30)
    [[0, 1, 2], [0, 3]]
    """
    blocks = [[0]]
    for place in range(1, len(widths)):
        if len(blocks[-1]) > 1 and sum(widths[other] + GAP for other in [*blocks[-1], place]) - GAP > room:
            blocks.append([0])
        blocks[-1].append(place)
    return blocks


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """A value for a program, without indent on one line; numbers that are not finite become null."""
    print(json_text(value, indent=indent))  # noqa: T201


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""JSON with characters as they are, but for those that control a terminal, which are written as `\u009b`."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def number(count: int) -> str:
    """A count with its thousands separated."""
    return f"{count:,}"


def brief(value: float, decimals: int = 3) -> str:
    """A number of a few characters, however large.

    >>> brief(2.71828), brief(1e300), brief(float("inf"))
    ('2.718', '1.0e+300', 'inf')
    """
    return f"{value:.{decimals}f}" if value < LARGE_VALUE else f"{value:.1e}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 name`, `2 names`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
