"""Pictures as files, drawn with matplotlib (the extra `plot`) from the numbers of `data`.

Each figure fits a slide. Where colours differ, shapes differ too.
"""

import io
import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from namegen.corpus.vocabulary import BOUNDARY_SYMBOL
from namegen.errors import NamegenError, UsageError
from namegen.files.tensor_file import write_atomically
from namegen.plotting.colors import BLUE, FAINT, GREY, ORANGE, PALE_BLUE, cividis, ink_on
from namegen.plotting.data import (
    Activations,
    Embedding,
    Lengths,
    LossCurves,
    Matrix,
    Picture,
    is_vowel,
    left_out,
    short,
    visible,
)

try:
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.lines import Line2D
    from matplotlib.text import Text
    from matplotlib.ticker import MaxNLocator, PercentFormatter
except ImportError as error:
    raise NamegenError("Pictures as files need matplotlib: pip install matplotlib") from error

FORMATS = ("png", "svg", "pdf")
SLIDE = (12.8, 7.2)  # inches
DPI = 150
CELL = 0.46  # inches
PLANE_POINTS = 440  # how wide the plane of an embedding is, in points of 1/72 inch
# After DejaVu Sans, which comes with matplotlib, fonts that have more scripts, where they are installed.
FONTS = ["DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC", "Hiragino Sans", "Yu Gothic"]
FONTS += ["Microsoft YaHei", "Malgun Gothic", "Noto Sans", "Arial Unicode MS"]


def write_picture(picture: Picture, path: str | Path) -> int:
    """Draw a picture into a PNG, SVG or PDF file, by the ending of the path, whole or not at all.

    Returns how many characters no installed font has; boxes stand in their place. Raises `UsageError` for another
    ending, `ModelFileError` where the file cannot be written.
    """
    return save_figure(draw_figure(picture), path)


def draw_figure(picture: Picture) -> Figure:
    """The figure of a picture."""
    drawers: dict[type, Callable[[Any], Figure]] = {
        Matrix: _matrix,
        Embedding: _embedding,
        Activations: _activations,
        LossCurves: _losses,
        Lengths: _lengths,
    }
    return drawers[type(picture)](picture)


def save_figure(figure: Figure, path: str | Path) -> int:
    """Write a figure; as `write_picture`."""
    form = check_format(path)
    content = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_fontfamily(_fonts())
    with (
        matplotlib.rc_context({"svg.hashsalt": "namegen", "svg.fonttype": "none"}),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.filterwarnings("always", message="Glyph .* missing")
        figure.savefig(content, format=form, dpi=DPI, metadata={"Date": None} if form == "svg" else None)
    write_atomically(Path(path), content.getvalue())
    return len({str(warning.message).split()[1] for warning in caught})


def check_format(path: str | Path) -> str:
    """The format that the ending of a path names. Raises `UsageError` for one that cannot be written.

    >>> check_format("loss.svg")
    'svg'
    """
    form = Path(path).suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise UsageError(f"{path}: pictures are written as {', '.join(FORMATS)}. Use one of these endings.")
    return form


def _matrix(matrix: Matrix) -> Figure:
    """A heat map; in each cell the pair, and below it its count or probability, faint where that is 0."""
    size = len(matrix.symbols)
    figure = _figure((CELL * size + 1.2, CELL * size + 1.6))
    axes = figure.subplots()
    most = max(map(max, matrix.values)) or 1
    shades = [[cividis((value / most) ** 0.5) for value in row] for row in matrix.values]
    axes.imshow([[tuple(c / 255 for c in shade) for shade in row] for row in shades], interpolation="nearest")
    symbols = [visible(symbol) for symbol in matrix.symbols]
    for i, row in enumerate(matrix.values):
        for j, value in enumerate(row):
            ink = ink_on(shades[i][j]) if value else FAINT
            axes.text(j, i - 0.02, symbols[i] + symbols[j], ha="center", va="bottom", size=9.5, color=ink)
            axes.text(j, i + 0.05, short(value), ha="center", va="top", size=7.5, color=ink)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(range(size), labels=symbols)
        axis.set_tick_params(length=0, labelsize=15)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    axes.set_ylabel("letter  (. begins a name)", size=16)
    axes.set_title("next letter  (. ends the name)", size=16, pad=12)
    figure.suptitle(matrix.title + left_out(matrix.left_out), size=20)
    return figure


def _embedding(embedding: Embedding) -> Figure:
    """Letters where they lie in the plane, moved apart where they would overlap: vowels in filled discs."""
    figure = _figure((10.4, 9.0))
    axes = figure.subplots()
    size = 18 if len(embedding.points) <= 40 else 10
    disc = 1.3 * size + 4  # points across
    places = _apart(embedding.points, disc / PLANE_POINTS)
    for symbol, (x, y) in zip(embedding.symbols, places, strict=True):
        colour = ORANGE if is_vowel(symbol) else GREY if symbol == BOUNDARY_SYMBOL else BLUE
        face, ink = (colour, "white") if is_vowel(symbol) else ("white", colour)
        axes.scatter(x, y, s=(disc - 4) ** 2, facecolor=face, edgecolor=colour, linewidth=2, zorder=2)
        axes.text(x, y, visible(symbol), ha="center", va="center_baseline", size=size, color=ink, zorder=3)
    principal = embedding.dimensions > 2
    _label(axes, *(("principal component 1", "principal component 2") if principal else ("C[:, 0]", "C[:, 1]")))
    axes.margins(0.07)
    axes.grid(color="#e6e6e6", zorder=0)
    axes.set_axisbelow(True)
    share = f"; {embedding.explained:.0%} of their variance lies in this plane" if principal else ""
    figure.suptitle("letters as the network sees them: the rows of C", size=20)
    axes.set_title(f"{embedding.dimensions} numbers each{share}{left_out(embedding.left_out)}", size=14)
    marks = [(ORANGE, ORANGE, "vowel"), (BLUE, "white", "other"), (GREY, "white", "end of name")]
    handles = [
        Line2D([], [], linestyle="", marker="o", color=edge, markerfacecolor=face, markersize=12, label=label)
        for edge, face, label in marks
    ]
    axes.legend(handles=handles, fontsize=14, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    return figure


def _apart(places: Sequence[tuple[float, float]], least: float, rounds: int = 200) -> list[tuple[float, float]]:
    """Points moved in small steps, until at least `least` of the width lies between any two."""
    low, high = (complex(*map(pick, zip(*places, strict=True))) for pick in (min, max))
    wide, tall = max(high.real - low.real, 1e-9), max(high.imag - low.imag, 1e-9)
    moved = [complex((x - low.real) / wide, (y - low.imag) / tall) for x, y in places]
    for _ in range(rounds):
        is_still = True
        for i in range(len(moved)):
            for j in range(i):
                gap = moved[i] - moved[j]
                if abs(gap) < 0.999 * least:
                    push = (gap / abs(gap) if gap else 1) * (least - abs(gap)) / 2
                    moved[i] += push
                    moved[j] -= push
                    is_still = False
        if is_still:
            break
    return [(low.real + place.real * wide, low.imag + place.imag * tall) for place in moved]


def _activations(activations: Activations) -> Figure:
    """Units across, examples down; light where a unit is saturated; dead units marked."""
    figure = _figure(SLIDE)
    axes = figure.subplots()
    examples, units = len(activations.is_saturated), len(activations.is_saturated[0])
    axes.imshow(
        [[float(cell) for cell in row] for row in activations.is_saturated],
        cmap="cividis",
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, units + 0.5, examples + 0.5, 0.5),
    )
    for unit in activations.dead:
        axes.plot(unit + 1, 0.5, marker="v", color=ORANGE, markersize=10, clip_on=False)
    axes.set_ylim(examples + 0.5, 0.5)
    _label(axes, f"{units:,} units of hidden layer {activations.layer}", f"{examples:,} examples")
    figure.suptitle(activations.title, size=18)
    caption = f"light: saturated; {activations.dead_units()}"
    axes.set_title(caption, size=13, color=ORANGE if activations.dead else "black", pad=12)
    return figure


def _losses(losses: LossCurves) -> Figure:
    """Training (dashed) and validation (solid, dots, a star at the least) by step, a colour for each network."""
    figure = _figure(SLIDE)
    axes = figure.subplots()
    for place, curve in enumerate(losses.curves):
        colour = (BLUE, ORANGE, GREY)[place % 3]
        name = f"{curve.member}: " if len(losses.curves) > 1 else ""
        axes.plot(curve.steps, curve.train, "--", color=colour, linewidth=2, label=f"{name}train")
        if best := curve.best:
            label = f"{name}validation, least {best[1]:.4f}"
            validation = [math.nan if loss is None else loss for loss in curve.validation]
            axes.plot(curve.steps, validation, "-o", color=colour, linewidth=2.5, label=label)
            axes.plot(*best, "*", color=colour, markersize=22, markeredgecolor="white")
    _label(axes, "step", "loss, nats per character")
    axes.set_xlim(left=0)
    axes.grid(color="#e6e6e6")
    axes.legend(fontsize=15, frameon=False)
    figure.suptitle("loss in training", size=18)
    return figure


def _lengths(lengths: Lengths) -> Figure:
    """The share of names of each length: bars for the list, dots for generated names."""
    figure = _figure(SLIDE)
    axes = figure.subplots()
    places = range(1, len(lengths.generated))
    if lengths.listed is not None:
        axes.bar(places, lengths.listed[1:], color=PALE_BLUE, label="the list")
    axes.plot(places, lengths.generated[1:], "-o", color=ORANGE, linewidth=2.5, markersize=8, label="generated")
    _label(axes, "letters in a name", "share of names")
    axes.set_xlim(0.4, len(lengths.generated) - 0.4)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(fontsize=15, frameon=False)
    figure.suptitle("how long names are", size=18)
    return figure


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(figsize=size, layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.15))


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, size=16)
    axes.set_ylabel(y, size=16)
    axes.tick_params(labelsize=13)
    axes.spines[["top", "right"]].set_visible(False)


def _fonts() -> list[str]:
    installed = set(font_manager.get_font_names())
    return [font for font in FONTS if font in installed]
