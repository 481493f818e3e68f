"""Output: tables and plain lines on standard output, notes, progress and errors on standard error.

Names are data: whatever comes from a list or a model file is shown as plain text, never as markup.
"""

import json
import re
import shlex
import sys
from collections.abc import Collection, Sequence
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
# What controls a terminal and JSON leaves as it is: C1 controls, separators, bidirectional overrides, surrogates.
_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class _Console(Console):
    def on_broken_pipe(self) -> None:  # Rich's own would end the program, with exit code 1
        raise BrokenPipeError


def stdout(*, stderr: bool = False) -> Console:
    """The console for results. On a terminal lines are folded between words, elsewhere not at all."""
    stream = sys.stderr if stderr else sys.stdout
    shape: dict[str, Any] = {} if stream.isatty() else {"soft_wrap": True, "width": PIPE_WIDTH}
    return _Console(file=stream, stderr=stderr, markup=False, emoji=False, highlight=False, **shape)


def stderr() -> Console:
    """The console for progress, notes and errors."""
    return stdout(stderr=True)


def plain(text: str) -> str:
    """A text as it can be shown: characters that control a terminal, such as escape, are written out as `\\x1b`."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_word(path: str | Path) -> str:
    """A path as it can be pasted after a command."""
    return shlex.quote(f"./{path}" if str(path).startswith("-") and str(path) != "-" else str(path))


def note(*messages: str, quiet: bool = False, fold: bool = True) -> None:
    """Show notes to the user, unless `quiet`. `fold=False` keeps a command on one line, to be copied."""
    for message in () if quiet else messages:
        with suppress(OSError):  # a closed standard error must not stop the work
            stderr().print(Text(plain(message), style="dim"), soft_wrap=None if fold else True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, texts: Collection[int] = (0,)) -> None:
    """A table, columns of `texts` flush left, all others flush right. A `Text` keeps its style.

    On a narrow terminal texts are folded, and columns that do not fit are shown below the others.
    """
    console = stdout()
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in (columns, *rows)]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    blocks = [[*range(len(columns))]]
    if console.is_terminal:
        widths = [min(width, MIN_TEXT_WIDTH) if place in texts else width for place, width in enumerate(widths)]
        blocks = _blocks(widths, console.width)
    for places in blocks:
        lines = box.SIMPLE_HEAD if console.is_terminal else None
        table = Table(box=lines, show_edge=False, pad_edge=False, show_header=any(columns), header_style="bold")
        for place in places:
            is_text = place in texts
            table.add_column(
                cells[0][place], justify="left" if is_text else "right", no_wrap=not is_text, overflow="fold"
            )
        for row in cells[1:]:
            table.add_row(*(row[place] for place in places))
        if places is not blocks[0]:
            console.print()
        with console.capture() as captured:
            console.width = max(console.width, sum(widths[place] + GAP for place in places))
            console.print(table)
        sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _blocks(widths: Sequence[int], most: int) -> list[list[int]]:
    """The columns in blocks of at most this many characters; each begins with the first column."""
    blocks = [[0]]
    for place in range(1, len(widths)):
        if len(blocks[-1]) > 1 and sum(widths[other] + GAP for other in [*blocks[-1], place]) - GAP > most:
            blocks.append([0])
        blocks[-1].append(place)
    return blocks


def print_json(value: Any) -> None:
    """A value for a program."""
    print(json_text(value, indent=2))  # noqa: T201


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""JSON; numbers that are not finite become null, characters that control a terminal are written as `\u009b`."""
    text = json.dumps(_finite(value), ensure_ascii=False, indent=indent)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def brief(value: float, decimals: int = 3) -> str:
    """A number of a few characters, however large: 2.718, 1.0e+300, inf."""
    return f"{value:.{decimals}f}" if value < LARGE_VALUE else f"{value:.1e}"


def plural(count: int, one: str) -> str:
    """`1 name`, `2 names`."""
    return f"{count:,} {one if count == 1 else one + 's'}"
