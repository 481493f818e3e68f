"""Heat maps made of characters, two cells a line in half-blocks, as lines of text no wider than a console.

In colour where there is colour; without it (a pipe, `NO_COLOR`) shades of blocks. A matrix is shown by its numbers
where they fit. Pictures that are no heat maps are drawn in `charts`.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from rich.console import Console
from rich.style import Style
from rich.text import Text

from namegen.cli.console import plain
from namegen.plotting.colors import FAINT, ORANGE, cividis, hexadecimal, ink_on

if TYPE_CHECKING:
    from namegen.plotting.activations import Activations
    from namegen.plotting.data import Matrix

SHADES = " ░▒▓█"
LIFT = 0.5  # power that lifts small shares, so that what is rare can be told from what is not there
MOST_COLUMNS = 120
MARGIN = 6
PAIRS_NAMED = 7


def matrix(numbers: "Matrix", console: Console) -> Iterator[Text]:
    """Numbers on the colours of a heat map; without the room for them two columns a cell, and the greatest below."""
    from namegen.plotting.data import left_out, short

    cells = [[short(value) if value else "·" for value in row] for row in numbers.values]
    columns = 1 + max(len(cell) for row in cells for cell in row)
    has_numbers = MARGIN + columns * len(cells) <= console.width
    columns = columns if has_numbers else 2
    size = min(len(cells), max(2, (console.width - MARGIN) // columns))
    most = max(map(max, numbers.values)) or 1
    shares = [[(value / most) ** LIFT for value in row[:size]] for row in numbers.values[:size]]
    symbols = [label(symbol) for symbol in numbers.symbols[:size]]
    yield Text.assemble((numbers.title, "bold"), left_out(numbers.left_out + len(cells) - size))
    yield Text("rows: a letter (. begins a name), columns: the next (. ends it)", style="dim")
    yield Text(" " * MARGIN + "".join(" " * (columns - 2) + symbol for symbol in symbols), style="bold")
    labels = [symbol.strip() for symbol in symbols]
    if has_numbers:
        yield from _numbered(cells, shares, labels, columns)
        return
    yield from heat(shares, labels, console)
    yield Text.assemble(("most: ", "dim"), "  ".join(_greatest(numbers)))


def _numbered(
    cells: Sequence[Sequence[str]], shares: Sequence[Sequence[float]], labels: Sequence[str], columns: int
) -> Iterator[Text]:
    """Each number on the colour of its share."""
    for row, row_shares, name in zip(cells, shares, labels, strict=True):
        line = Text(f"{name:>{MARGIN - 1}} ", style="bold")
        for cell, share in zip(row, row_shares, strict=True):
            ground = cividis(share)
            ink = ink_on(ground) if share else FAINT
            line.append(f"{cell:>{columns}}", Style(color=ink, bgcolor=hexadecimal(ground), bold=False))
        yield line


def _greatest(numbers: "Matrix") -> list[str]:
    from namegen.plotting.data import short

    pairs = [
        (value, plain(a + b))
        for a, row in zip(numbers.symbols, numbers.values, strict=True)
        for b, value in zip(numbers.symbols, row, strict=True)
    ]
    pairs.sort(key=lambda pair: -pair[0])
    return [f"{pair} {short(value)}" for value, pair in pairs[:PAIRS_NAMED]]


def heat(
    shares: Sequence[Sequence[float]], labels: Sequence[str], console: Console, columns: int = 2
) -> Iterator[Text]:
    """Shares from 0 to 1, each so many columns wide, two rows of them a line; without colour a row a line."""
    if not has_colour(console):
        for row, name in zip(shares, labels, strict=True):
            cells = "".join(SHADES[round(share * (len(SHADES) - 1))] * columns for share in row)
            yield Text(f"{name:>{MARGIN - 1}} {cells}")
        return
    for upper in range(0, len(shares), 2):
        line = Text(" ".join(labels[upper : upper + 2]).rjust(MARGIN - 1) + " ", style="bold")
        below = shares[upper + 1] if upper + 1 < len(shares) else None
        for column, share in enumerate(shares[upper]):
            background = hexadecimal(cividis(below[column])) if below else None
            line.append("▀" * columns, Style(color=hexadecimal(cividis(share)), bgcolor=background))
        yield line


def activations(numbers: "Activations", console: Console) -> Iterator[Text]:
    """Units across, examples down; what falls into one cell as its share."""
    rows = numbers.is_saturated
    columns = min(len(rows[0]), min(console.width, MOST_COLUMNS) - MARGIN)
    height = min(len(rows), 40 if has_colour(console) else 20)
    sums = [[0] * columns for _ in range(height)]
    sizes = [[0] * columns for _ in range(height)]
    for example, row in enumerate(rows):
        place = example * height // len(rows)
        for unit, cell in enumerate(row):
            sums[place][unit * columns // len(row)] += cell
            sizes[place][unit * columns // len(row)] += 1
    shares = [[a / b for a, b in zip(*pair, strict=True)] for pair in zip(sums, sizes, strict=True)]
    yield Text(numbers.title, style="bold")
    yield Text(f"{len(rows[0]):,} units across, {len(rows):,} examples down; light is {numbers.state}", style="dim")
    yield from heat(shares, [""] * height, console, columns=1)
    yield Text(numbers.dead_units(), style=ORANGE if numbers.dead else "")


def has_colour(console: Console) -> bool:
    """Whether pictures on this console can lean on colour."""
    return console.color_system is not None and not console.no_color


def label(symbol: str) -> str:
    """A symbol in two columns."""
    from namegen.plotting.data import visible

    return set_cell_size(visible(symbol), 2)
