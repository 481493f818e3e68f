"""Pictures made of characters: half-block heat maps, bars and charts, as lines of text for a console.

In colour where there is colour. Without it (a pipe, `NO_COLOR`) heat maps are shades of blocks, and everything else
tells by its shape as well.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from rich.console import Console
from rich.style import Style
from rich.text import Text

from namegen.cli.console import plain
from namegen.colours import ORANGE, SKY, cividis, hexadecimal

if TYPE_CHECKING:
    from namegen.pictures import Activations, Curve, Embedding, Lengths, Matrix

SHADES = " ░▒▓█"
LIFT = 0.5  # power that lifts small shares, so that what is rare can be told from what is not there
MOST_COLUMNS = 120
MARGIN = 6
PAIRS_NAMED = 7
PLANE_ROWS, PLANE_CELLS = 24, 26  # a letter of an embedding has a cell of three columns
CHART_ROWS, CHART_COLUMNS = 16, 72
BAR_COLUMNS = 50


def matrix(numbers: "Matrix", console: Console) -> Iterator[Text]:
    """A heat map, a cell two columns wide; below it the greatest numbers with their pairs."""
    size = min(len(numbers.symbols), max(2, (min(console.width, MOST_COLUMNS) - MARGIN) // 2))
    most = max(map(max, numbers.values)) or 1
    shares = [[(value / most) ** LIFT for value in row[:size]] for row in numbers.values[:size]]
    symbols = [_label(symbol) for symbol in numbers.symbols]
    left_out = numbers.left_out + len(numbers.symbols) - size
    yield Text.assemble((numbers.title, "bold"), f" ({left_out:,} rarer letters left out)" if left_out else "")
    yield Text("rows: a letter (. begins a name), columns: the next (. ends it)", style="dim")
    yield Text(" " * MARGIN + "".join(symbols[:size]), style="bold")
    yield from heat(shares, [symbol.strip() for symbol in symbols[:size]], console)
    yield Text.assemble(("most: ", "dim"), "  ".join(_greatest(numbers)))


def _greatest(numbers: "Matrix") -> list[str]:
    pairs = [
        (value, plain(a + b))
        for a, row in zip(numbers.symbols, numbers.values, strict=True)
        for b, value in zip(numbers.symbols, row, strict=True)
    ]
    pairs.sort(key=lambda pair: -pair[0])
    return [f"{pair} {f'{value:,.0f}' if value > 1 else f'{value:.2f}'}" for value, pair in pairs[:PAIRS_NAMED]]


def heat(
    shares: Sequence[Sequence[float]], labels: Sequence[str], console: Console, columns: int = 2
) -> Iterator[Text]:
    """Shares from 0 to 1, each so many columns wide, two rows of them a line; without colour a row a line."""
    if not has_colour(console):
        for row, label in zip(shares, labels, strict=True):
            cells = "".join(SHADES[round(share * (len(SHADES) - 1))] * columns for share in row)
            yield Text(f"{label:>{MARGIN - 1}} {cells}")
        return
    for upper in range(0, len(shares), 2):
        line = Text(" ".join(labels[upper : upper + 2]).rjust(MARGIN - 1) + " ", style="bold")
        below = shares[upper + 1] if upper + 1 < len(shares) else None
        for column, share in enumerate(shares[upper]):
            background = hexadecimal(cividis(below[column])) if below else None
            line.append("▀" * columns, Style(color=hexadecimal(cividis(share)), bgcolor=background))
        yield line


def embedding(numbers: "Embedding", _console: Console) -> Iterator[Text]:
    """Letters where they lie in the plane, vowels in brackets; one that would hide another stands beside it."""
    xs, ys = ([getattr(point, axis) for point in numbers.points] for axis in "xy")
    taken: dict[tuple[int, int], Text] = {}
    for point in numbers.points:
        row = round((1 - _place(point.y, ys)) * (PLANE_ROWS - 1))
        column = round(_place(point.x, xs) * (PLANE_CELLS - 1))
        letter = _label(point.symbol).strip()
        style = Style(color=ORANGE if point.is_vowel else SKY, bold=True)
        taken[_nearest_free(taken, row, column)] = Text(f"({letter})" if point.is_vowel else f" {letter} ", style=style)
    shown = f"{numbers.dimensions} numbers each, . is the end of a name"
    if numbers.dimensions > 2:
        shown += f"; two principal components, {numbers.explained:.0%} of the variance"
    yield Text("letters as the network sees them, vowels in brackets", style="bold")
    yield Text(shown, style="dim")
    for row in range(PLANE_ROWS):
        cells = [taken.get((row, column), Text("   ")) for column in range(PLANE_CELLS)]
        yield Text("").join(cells)


def _nearest_free(taken: dict[tuple[int, int], Text], row: int, column: int) -> tuple[int, int]:
    places = ((r, c) for r in range(PLANE_ROWS) for c in range(PLANE_CELLS) if (r, c) not in taken)
    return min(places, key=lambda place: (place[0] - row) ** 2 + (place[1] - column) ** 2, default=(row, column))


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
    yield Text(f"{len(rows[0]):,} units across, {len(rows):,} examples down; light is saturated or silent", style="dim")
    yield from heat(shares, [""] * height, console, columns=1)
    yield Text(numbers.dead_units(), style=ORANGE if numbers.dead else "")


def loss(numbers: Sequence["Curve"], _console: Console) -> Iterator[Text]:
    """A chart for each network: ○ train, ● validation."""
    for curve in numbers:
        validation = [(s, loss) for s, loss in zip(curve.steps, curve.validation, strict=True) if loss is not None]
        yield Text.assemble(
            (f"loss of {curve.member}", "bold"),
            ", nats per character: ",
            ("○ train", SKY),
            "  ",
            ("● validation", ORANGE),
        )
        points = [(step, loss, "○", SKY) for step, loss in zip(curve.steps, curve.train, strict=True)]
        yield from _chart(points + [(step, loss, "●", ORANGE) for step, loss in validation])
        if curve.best:
            yield Text("{:11}least validation loss {:.4f} at step {:,}".format("", *curve.best[::-1]))


def _chart(points: Sequence[tuple[int, float, str, str]]) -> Iterator[Text]:
    """Marks at (x, y), with the scales beside and below."""
    xs, ys = [0, *(point[0] for point in points)], [point[1] for point in points]
    grid: dict[tuple[int, int], tuple[str, str]] = {}
    for x, y, mark, colour in points:
        place = round((1 - _place(y, ys)) * (CHART_ROWS - 1)), round(_place(x, xs) * (CHART_COLUMNS - 1))
        grid[place] = (mark, colour)
    for row in range(CHART_ROWS):
        line = Text(f"{max(ys) - (max(ys) - min(ys)) * row / (CHART_ROWS - 1):8.3f} ┤")
        for column in range(CHART_COLUMNS):
            line.append(*grid.get((row, column), (" ", "")))
        yield line
    yield Text(" " * 9 + "└" + "─" * CHART_COLUMNS)
    yield Text(f"{0:>11}{f'step {max(xs):,}':>{CHART_COLUMNS - 1}}")


def lengths(numbers: "Lengths", console: Console) -> Iterator[Text]:
    """Two thin bars a length: above the list's, below that of what is generated."""
    listed = numbers.listed or (0.0,) * len(numbers.generated)
    most = max(*numbers.generated, *listed)
    legend = [("▀ the list  ", SKY)] if numbers.listed else []
    yield Text.assemble(("how long names are: ", "bold"), *legend, ("▄ generated", ORANGE))
    for length, (above, below) in enumerate(zip(listed, numbers.generated, strict=True)):
        if not above and not below:
            continue
        upper, lower = (round(share / most * BAR_COLUMNS) for share in (above, below))
        both = min(upper, lower)
        line = Text(f"{length:{MARGIN - 1}} ")
        line.append(("▀" if has_colour(console) else "█") * both, Style(color=SKY, bgcolor=ORANGE))
        line.append("▀" * (upper - both), SKY)
        line.append("▄" * (lower - both), ORANGE)
        line.append(" " * (BAR_COLUMNS - max(upper, lower)))
        line.append(f"{above:7.1%}" if numbers.listed else "", SKY)
        line.append(f"{below:7.1%}", ORANGE)
        yield line


def has_colour(console: Console) -> bool:
    """Whether pictures on this console can lean on colour."""
    return console.color_system is not None and not console.no_color


def _place(value: float, among: Sequence[float]) -> float:
    """Where a value lies between the least and the greatest, from 0 to 1."""
    low, high = min(among), max(among)
    return (value - low) / (high - low) if high > low else 0.5


def _label(symbol: str) -> str:
    """A symbol in two columns."""
    from namegen.pictures import visible

    return set_cell_size(visible(symbol), 2)
