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
from namegen.plotting import data
from namegen.plotting.colors import BLUE, FAINT, GREY, ORANGE, PALE_BLUE, cividis, ink_on

try:
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import MaxNLocator, PercentFormatter
except ImportError as error:
    raise NamegenError("Pictures as files need matplotlib: pip install matplotlib") from error

FORMATS = ("png", "svg", "pdf")
SLIDE = (12.8, 7.2)  # inches
DPI = 150
CELL = 0.46  # inches
# After DejaVu Sans, which comes with matplotlib, fonts that have more scripts, where they are installed.
FONTS = ["DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC", "Hiragino Sans", "Yu Gothic"]
FONTS += ["Microsoft YaHei", "Malgun Gothic", "Noto Sans", "Arial Unicode MS"]


def write_picture(picture: data.Picture, path: str | Path) -> int:
    """Draw a picture into a PNG, SVG or PDF file, by the ending of the path, whole or not at all.

    Returns how many characters no installed font has; they are drawn as boxes. Raises `UsageError` for another ending,
    `ModelFileError` where the file cannot be written.
    """
    form = check_format(path)
    drawers: dict[type, Callable[[Any], Figure]] = {
        data.Matrix: _matrix,
        data.Embedding: _embedding,
        data.Activations: _activations,
        tuple: _losses,
        data.Lengths: _lengths,
    }
    content = io.BytesIO()
    options: Any = {"svg.hashsalt": "namegen", "svg.fonttype": "none", "font.family": _fonts()}
    with matplotlib.rc_context(options), warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message="Glyph .* missing")
        metadata = {"Date": None} if form == "svg" else None
        drawers[type(picture)](picture).savefig(content, format=form, dpi=DPI, metadata=metadata)
    write_atomically(Path(path), content.getvalue())
    return len({str(warning.message).split()[1] for warning in caught})


def check_format(path: str | Path) -> str:
    """The format that the ending of a path names. Raises `UsageError` for one that cannot be written."""
    form = Path(path).suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise UsageError(f"{path}: pictures are written as {', '.join(FORMATS)}. Use one of these endings.")
    return form


def _matrix(matrix: data.Matrix) -> Figure:
    """A heat map; in each cell the pair, and below it its count or probability, faint where that is 0."""
    size = len(matrix.symbols)
    figure, axes = _slide((CELL * size + 1.2, CELL * size + 1.6), matrix.title + data.left_out(matrix.left_out))
    most = max(map(max, matrix.values)) or 1
    shades = [[cividis((value / most) ** 0.5) for value in row] for row in matrix.values]
    axes.imshow([[tuple(c / 255 for c in shade) for shade in row] for row in shades], interpolation="nearest")
    symbols = [data.visible(symbol) for symbol in matrix.symbols]
    for i, row in enumerate(matrix.values):
        for j, value in enumerate(row):
            ink = ink_on(shades[i][j]) if value else FAINT
            axes.text(j, i - 0.02, symbols[i] + symbols[j], ha="center", va="bottom", size=9.5, color=ink)
            axes.text(j, i + 0.05, data.short(value), ha="center", va="top", size=7.5, color=ink)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(range(size), labels=symbols)
        axis.set_tick_params(length=0, labelsize=15)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    axes.set_ylabel("letter  (. begins a name)", size=16)
    axes.set_title("next letter  (. ends the name)", size=16, pad=12)
    return figure


def _embedding(embedding: data.Embedding) -> Figure:
    """Letters where they lie in the plane: vowels in filled discs."""
    figure, axes = _slide((10.4, 9.0), "letters as the network sees them: the rows of C")
    size = 18 if len(embedding.points) <= 40 else 10
    for symbol, (x, y) in zip(embedding.symbols, embedding.points, strict=True):
        colour = ORANGE if data.is_vowel(symbol) else GREY if symbol == BOUNDARY_SYMBOL else BLUE
        face, ink = (colour, "white") if data.is_vowel(symbol) else ("white", colour)
        axes.scatter(x, y, s=(1.3 * size) ** 2, facecolor=face, edgecolor=colour, linewidth=2, zorder=2)
        axes.text(x, y, data.visible(symbol), ha="center", va="center_baseline", size=size, color=ink, zorder=3)
    _label(axes, "first component", "second component")
    axes.margins(0.07)
    axes.set_title(f"{embedding.caption}; vowels are filled", size=14)
    return figure


def _activations(activations: data.Activations) -> Figure:
    """Units across, examples down; light where a unit is saturated."""
    figure, axes = _slide(SLIDE, activations.title)
    examples, units = len(activations.is_saturated), len(activations.is_saturated[0])
    edges = (0.5, units + 0.5, examples + 0.5, 0.5)
    axes.imshow(activations.is_saturated, cmap="cividis", aspect="auto", interpolation="nearest", extent=edges, vmin=0)
    _label(axes, f"{units:,} units of hidden layer {activations.layer}", f"{examples:,} examples")
    caption = f"light: saturated; {activations.dead_units()}"
    axes.set_title(caption, size=13, color=ORANGE if activations.dead else "black", pad=12)
    return figure


def _losses(curves: Sequence[data.Curve]) -> Figure:
    """Training (dashed) and validation (solid, dots, a star at the least) by step, a colour for each network."""
    figure, axes = _slide(SLIDE, "loss in training")
    for place, curve in enumerate(curves):
        colour = (BLUE, ORANGE, GREY)[place % 3]
        name = f"{curve.member}: " if len(curves) > 1 else ""
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
    return figure


def _lengths(lengths: data.Lengths) -> Figure:
    """The share of names of each length: bars for the list, dots for generated names."""
    figure, axes = _slide(SLIDE, "how long names are")
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
    return figure


def _slide(size: tuple[float, float], title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.15))
    figure.suptitle(title, size=20)
    return figure, figure.subplots()


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, size=16)
    axes.set_ylabel(y, size=16)
    axes.tick_params(labelsize=13)
    axes.spines[["top", "right"]].set_visible(False)


def _fonts() -> list[str]:
    installed = set(font_manager.get_font_names())
    return [font for font in FONTS if font in installed]
