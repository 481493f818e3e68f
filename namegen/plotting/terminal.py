"""Pictures as lines of text, no wider than a terminal, from the numbers of `data`.

Shapes show the same as colours, so that pictures can be read in a pipe and with `NO_COLOR`.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from rich.cells import set_cell_size
from rich.style import Style
from rich.text import Text
from torch.nn import functional as F

from namegen.plotting import data
from namegen.plotting.colors import ORANGE, SKY, cividis, hexadecimal

MOST_COLUMNS = 120
MARGIN = 6  # columns to the left of a matrix and of bars
SHADES = " ░▒▓█"
LIFT = 0.5  # power that lifts small shares, so that rare pairs differ from pairs that never occur
PAIRS_NAMED = 7
COLOUR_ROWS, PLAIN_ROWS = 40, 20  # of activations, at most
CELL_COLUMNS = 3  # of a letter in a plane, with its brackets
CHART_ROWS, CHART_MARGIN = 16, 10
BAR_COLUMNS, BAR_MARGIN = 50, 22
LEAST_SHARE = 0.0005  # of a length that has a bar


def draw_lines(picture: data.Picture, width: int, *, colour: bool) -> Iterator[Text]:
    """The lines of a picture, for a terminal of this many columns.

    >>> from namegen.plotting.data import counts_in
    >>> [line.plain.rstrip() for line in draw_lines(counts_in(["ab", "abb"]), width=30, colour=False)][2:]
    ['      . a b', '    .   ██', '    a     ██', '    b ██  ▓▓', 'most: .a 2  ab 2  b. 2  bb 1']
    """
    drawers: dict[type, Callable[[Any, int, bool], Iterator[Text]]] = {
        data.Matrix: _matrix,
        data.Embedding: _embedding,
        data.Activations: _activations,
        tuple: _losses,
        data.Lengths: _lengths,
    }
    return drawers[type(picture)](picture, width, colour)


def _matrix(matrix: data.Matrix, width: int, colour: bool) -> Iterator[Text]:
    """A heat map, and below it the greatest numbers."""
    size = min(len(matrix.symbols), max(2, (width - MARGIN) // 2))
    most = max(map(max, matrix.values)) or 1
    shares = [[(value / most) ** LIFT for value in row[:size]] for row in matrix.values[:size]]
    symbols = [data.visible(symbol) for symbol in matrix.symbols]
    yield Text.assemble((matrix.title, "bold"), data.left_out(matrix.left_out + len(symbols) - size))
    yield Text("rows: a letter (. begins a name), columns: the next (. ends it)", style="dim")
    yield Text(" " * MARGIN + "".join(set_cell_size(symbol, 2) for symbol in symbols[:size]), style="bold")
    yield from _heat(shares, symbols[:size], colour)
    pairs = [
        (symbols[i] + symbols[j], value) for i, row in enumerate(matrix.values) for j, value in enumerate(row) if value
    ]
    greatest = sorted(pairs, key=lambda pair: -pair[1])[:PAIRS_NAMED]
    yield Text.assemble(("most: ", "dim"), "  ".join(f"{pair} {data.short(value)}" for pair, value in greatest))


def _heat(shares: Sequence[Sequence[float]], labels: Sequence[str], colour: bool, columns: int = 2) -> Iterator[Text]:
    """Shares as cells of this many columns: two rows a line in half-blocks; without colour a row a line in shades."""
    if not colour:
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


def _activations(activations: data.Activations, width: int, colour: bool) -> Iterator[Text]:
    """Units across, examples down; a cell is the mean of the units and examples that fall into it."""
    cells = torch.tensor(activations.is_saturated, dtype=torch.float32)
    examples, units = cells.shape
    rows, columns = min(examples, COLOUR_ROWS if colour else PLAIN_ROWS), min(units, min(width, MOST_COLUMNS) - MARGIN)
    shares = F.adaptive_avg_pool2d(cells[None], (rows, columns))[0].tolist()
    yield Text(activations.title, style="bold")
    yield Text(f"{units:,} units across, {examples:,} examples down; light is saturated", style="dim")
    yield from _heat(shares, [""] * rows, colour, columns=1)
    yield Text(activations.dead_units(), style=ORANGE if activations.dead else "")


def _embedding(embedding: data.Embedding, width: int, _colour: bool) -> Iterator[Text]:
    """Letters where they lie in the plane, vowels in brackets; one that would hide another is put beside it."""
    columns = max(4, min(width, MOST_COLUMNS) // CELL_COLUMNS)
    rows = max(columns * 3 // 4, len(embedding.points) // columns + 1)
    xs, ys = zip(*embedding.points, strict=True)
    free = {(row, column) for row in range(rows) for column in range(columns)}
    plane = [[Text(" " * CELL_COLUMNS)] * columns for _ in range(rows)]
    for symbol, (x, y) in zip(embedding.symbols, embedding.points, strict=True):
        row, column = (1 - _position(y, ys)) * (rows - 1), _position(x, xs) * (columns - 1)
        nearest = min(free, key=lambda cell: ((cell[0] - row) ** 2 + (cell[1] - column) ** 2, cell))
        free.remove(nearest)
        letter, is_vowel = data.visible(symbol), data.is_vowel(symbol)
        shown, colour = (f"({letter})", ORANGE) if is_vowel else (f" {letter} ", SKY)
        plane[nearest[0]][nearest[1]] = Text(set_cell_size(shown, CELL_COLUMNS), Style(color=colour, bold=True))
    yield Text("letters as the network sees them, vowels in brackets", style="bold")
    yield Text(embedding.caption, style="dim")
    yield from (Text("").join(cells) for cells in plane)


def _losses(curves: Sequence[data.Curve], width: int, _colour: bool) -> Iterator[Text]:
    """A chart for each network: ○ training, ● validation."""
    for curve in curves:
        name = f"loss of {curve.member}" if len(curves) > 1 else "loss in training"
        key = (("○ train", SKY), "  ", ("● validation", ORANGE))
        yield Text.assemble((name, "bold"), ", nats per character: ", *key)
        yield from _chart(curve, width)
        if curve.best:
            step, least = curve.best
            yield Text(f"{'':{CHART_MARGIN}}least validation loss {least:.4f} at step {step:,}")


def _chart(curve: data.Curve, width: int) -> Iterator[Text]:
    """Marks at losses, dots from one to the next, the scales to the left and below."""
    columns = max(20, min(width, MOST_COLUMNS) - CHART_MARGIN)
    dots: list[tuple[float, float, str, str]] = []
    marks: list[tuple[float, float, str, str]] = []
    for losses, mark, colour in ((curve.train, "○", SKY), (curve.validation, "●", ORANGE)):
        points = [(x, y, mark, colour) for x, y in zip(curve.steps, losses, strict=True) if y is not None]
        marks += points
        for (step, loss, *_), (next_step, next_loss, *_) in pairwise(points):
            for part in range(columns):
                x, y = step + (next_step - step) * part / columns, loss + (next_loss - loss) * part / columns
                dots.append((x, y, "·", colour))
    xs, ys = [0.0, *(x for x, *_ in marks)], [y for _, y, *_ in marks]
    last = CHART_ROWS - 1
    rows = [[Text(" ")] * columns for _ in range(CHART_ROWS)]
    for x, y, mark, colour in dots + marks:
        row, column = (1 - _position(y, ys)) * last, _position(x, xs) * (columns - 1)
        rows[round(row)][round(column)] = Text(mark, colour)
    for place, cells in enumerate(rows):
        yield Text(f"{max(ys) - (max(ys) - min(ys)) * place / last:8.3f} ┤") + Text("").join(cells)
    yield Text(" " * (CHART_MARGIN - 1) + "└" + "─" * columns)
    yield Text(f"{'':{CHART_MARGIN}}0{f'step {max(xs):,.0f}':>{columns - 1}}")


def _lengths(lengths: data.Lengths, width: int, colour: bool) -> Iterator[Text]:
    """Two thin bars for each length: above the list's, below that of generated names."""
    listed = lengths.listed or (0.0,) * len(lengths.generated)
    most = max(*listed, *lengths.generated)
    columns = max(8, min(BAR_COLUMNS, width - BAR_MARGIN))
    legend = [("▀ the list  ", SKY)] if lengths.listed else []
    yield Text.assemble(("how long names are: ", "bold"), *legend, ("▄ generated", ORANGE))
    for length, (above, below) in enumerate(zip(listed, lengths.generated, strict=True)):
        if max(above, below) < LEAST_SHARE:
            continue
        upper, lower = round(above / most * columns), round(below / most * columns)
        line = Text(f"{length:>{MARGIN - 1}} ")
        line.append(("▀" if colour else "█") * min(upper, lower), Style(color=SKY, bgcolor=ORANGE))
        line.append("▀" * (upper - lower), SKY)
        line.append("▄" * (lower - upper), ORANGE)
        line.append(" " * (columns - max(upper, lower)))
        line.append(f"{above:7.1%}" if lengths.listed else "", SKY)
        yield line.append(f"{below:7.1%}", ORANGE)


def _position(value: float, among: Sequence[float]) -> float:
    """Where a value lies between the least and the greatest, from 0 to 1."""
    low, high = min(among), max(among)
    return (value - low) / (high - low) if high > low else 0.5
