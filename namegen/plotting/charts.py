"""Charts made of characters: letters in a plane, losses against steps, bars of lengths, no wider than a console.

They tell by their shapes what they tell by their colours, so that they can be read in a pipe and with `NO_COLOR`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from rich.console import Console
from rich.style import Style
from rich.text import Text

from namegen.plotting.colors import ORANGE, SKY
from namegen.plotting.heat_maps import MARGIN, MOST_COLUMNS, has_colour, label

if TYPE_CHECKING:
    from namegen.plotting.data import Curve, Embedding, Lengths

CELL_COLUMNS = 3  # of a letter in a plane: its brackets too
CHART_ROWS, CHART_MARGIN = 16, 10
BAR_COLUMNS, BAR_MARGIN = 50, 22
TAIL = 0.01  # the share of names so long that one bar stands for all


def embedding(numbers: "Embedding", console: Console) -> Iterator[Text]:
    """Letters where they lie in the plane, vowels in brackets; one that would hide another stands beside it."""
    from namegen.plotting.data import left_out

    columns = max(4, min(console.width, MOST_COLUMNS) // CELL_COLUMNS)
    rows = max(columns * 3 // 4, len(numbers.points) // columns + 1)
    xs, ys = ([getattr(point, axis) for point in numbers.points] for axis in "xy")
    free = {(row, column) for row in range(rows) for column in range(columns)}
    plane = [[Text("   ")] * columns for _ in range(rows)]
    for point in numbers.points:
        row, column = (1 - _place(point.y, ys)) * (rows - 1), _place(point.x, xs) * (columns - 1)
        nearest = min(free, key=lambda cell: ((cell[0] - row) ** 2 + (cell[1] - column) ** 2, cell))
        free.remove(nearest)
        letter = label(point.symbol).strip()
        style = Style(color=ORANGE if point.is_vowel else SKY, bold=True)
        bracketed = f"({letter})" if point.is_vowel else f" {letter} "
        plane[nearest[0]][nearest[1]] = Text(set_cell_size(bracketed, CELL_COLUMNS), style=style)
    shown = f"{numbers.dimensions} numbers each, . is the end of a name"
    if numbers.dimensions > 2:
        shown += f"; two principal components, {numbers.explained:.0%} of the variance"
    yield Text("letters as the network sees them, vowels in brackets", style="bold")
    yield Text(shown + left_out(numbers.left_out), style="dim")
    for cells in plane:
        yield Text("").join(cells)


def loss(numbers: Sequence["Curve"], console: Console) -> Iterator[Text]:
    """A chart for each network: ○ train, ● validation."""
    for curve in numbers:
        train = list(zip(curve.steps, curve.train, strict=True))
        validation = [(s, loss) for s, loss in zip(curve.steps, curve.validation, strict=True) if loss is not None]
        name = f"loss of {curve.member}" if len(numbers) > 1 else "loss in training"
        key = (("○ train", SKY), "  ", ("● validation", ORANGE))
        yield Text.assemble((name, "bold"), ", nats per character: ", *key)
        yield from _chart([(train, "○", SKY), (validation, "●", ORANGE)], console)
        if curve.best:
            step, least = curve.best
            yield Text(f"{'':{CHART_MARGIN}}least validation loss {least:.4f} at step {step:,}")


Line = tuple[Sequence[tuple[int, float]], str, str]  # points (x, y), their mark and their colour


def _chart(lines: Sequence[Line], console: Console) -> Iterator[Text]:
    """Marks at points, dots on the way from one to the next, the scales beside and below."""
    columns = max(20, min(console.width, MOST_COLUMNS) - CHART_MARGIN)
    xs = [0, *(x for points, _, _ in lines for x, _ in points)]
    ys = [y for points, _, _ in lines for _, y in points]
    grid: dict[tuple[int, int], tuple[str, str]] = {}
    for points, _, colour in lines:
        for (x, y), (next_x, next_y) in pairwise(points):
            for share in (step / columns for step in range(columns)):
                between = x + (next_x - x) * share, y + (next_y - y) * share
                grid[_cell(*between, xs, ys, columns)] = ("·", colour)
    for points, mark, colour in lines:
        grid |= {_cell(x, y, xs, ys, columns): (mark, colour) for x, y in points}
    for row in range(CHART_ROWS):
        line = Text(f"{max(ys) - (max(ys) - min(ys)) * row / (CHART_ROWS - 1):8.3f} ┤")
        for column in range(columns):
            line.append(*grid.get((row, column), (" ", "")))
        yield line
    yield Text(" " * (CHART_MARGIN - 1) + "└" + "─" * columns)
    yield Text(f"{'':{CHART_MARGIN}}0{f'step {max(xs):,}':>{columns - 1}}")


def _cell(x: float, y: float, xs: Sequence[float], ys: Sequence[float], columns: int) -> tuple[int, int]:
    return round((1 - _place(y, ys)) * (CHART_ROWS - 1)), round(_place(x, xs) * (columns - 1))


def lengths(numbers: "Lengths", console: Console) -> Iterator[Text]:
    """Two thin bars a length: above the list's, below that of what is generated; one for all the longest names."""
    listed = numbers.listed or (0.0,) * len(numbers.generated)
    end = max(_tail(numbers.generated), _tail(listed))
    shares = [
        *zip(listed[:end], numbers.generated[:end], strict=True),
        (sum(listed[end:]), sum(numbers.generated[end:])),
    ]
    labels = [*map(str, range(end)), f"{end}+"]
    most = max(max(pair) for pair in shares)
    columns = max(8, min(BAR_COLUMNS, console.width - BAR_MARGIN))
    legend = [("▀ the list  ", SKY)] if numbers.listed else []
    yield Text.assemble(("how long names are: ", "bold"), *legend, ("▄ generated", ORANGE))
    for length, (above, below) in zip(labels, shares, strict=True):
        if not above and not below:
            continue
        upper, lower = (round(share / most * columns) for share in (above, below))
        both = min(upper, lower)
        line = Text(f"{length:>{MARGIN - 1}} ")
        line.append(("▀" if has_colour(console) else "█") * both, Style(color=SKY, bgcolor=ORANGE))
        line.append("▀" * (upper - both), SKY)
        line.append("▄" * (lower - both), ORANGE)
        line.append(" " * (columns - max(upper, lower)))
        line.append(f"{above:7.1%}" if numbers.listed else "", SKY)
        line.append(f"{below:7.1%}", ORANGE)
        yield line


def _tail(shares: Sequence[float]) -> int:
    """The least length such that hardly any names are as long or longer."""
    return next((n for n in range(len(shares)) if sum(shares[n:]) < TAIL), len(shares))


def _place(value: float, among: Sequence[float]) -> float:
    """Where a value lies between the least and the greatest, from 0 to 1."""
    low, high = min(among), max(among)
    return (value - low) / (high - low) if high > low else 0.5
