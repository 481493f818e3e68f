"""What stands on the screen: the fields, the names, the letters of one, what was kept.

Names are data: all of them are shown as `Text` or segments after `plain`, never as markup.
"""

from collections.abc import Collection, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.events import Click, Resize
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from namegen.cli.console import plain
from namegen.cli.screen.pages import GAP, Layout, Name, arrange

BARS = "▁▂▃▄▅▆▇█"
HIGHEST_BAR = 5.0  # nats: a letter with probability 0.007
LETTER_WIDTHS = (6, 5, 4, 3)  # the widest at which the name fits
LABEL = 11
STAR = "★"


def cut(text: str, width: int) -> str:
    """A text in exactly so many columns, with … where it is cut."""
    if width < 1:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


class NameGrid(Widget, can_focus=True):
    """The names of a page, in columns."""

    class Resized(Message):
        """Another number of names fits now."""

    class Chosen(Message):
        """A name was clicked: once to put the cursor there, twice to keep it."""

        def __init__(self, place: int, is_kept: bool) -> None:
            super().__init__()
            self.place, self.is_kept = place, is_kept

    cursor: reactive[int] = reactive(0)
    layout_of_names: Layout = Layout(1, 1, 1)

    def __init__(self) -> None:
        super().__init__(id="names")
        self.shown: list[Name] = []
        self.kept: Collection[str] = ()

    def layout_for(self, names: Sequence[Name]) -> Layout:
        """How these names would stand here."""
        return arrange([cell_len(plain(name.shown)) for name in names], self.size.height, self.size.width)

    def show(self, names: list[Name], layout: Layout, kept: Collection[str]) -> None:
        """Show a page."""
        self.shown, self.layout_of_names, self.kept = names, layout, kept
        self.cursor = max(0, min(self.cursor, len(names) - 1))
        self.refresh()

    @property
    def name_under_cursor(self) -> Name | None:
        """The name that Enter keeps."""
        return self.shown[self.cursor] if self.shown else None

    def move(self, way: str) -> None:
        """Move the cursor, as far as there are names."""
        last, rows = len(self.shown) - 1, self.layout_of_names.rows
        steps = {"up": -1, "down": 1, "left": -rows, "right": rows}
        if way in steps:
            place = self.cursor + steps[way]
            self.cursor = (
                place if 0 <= place <= last else last if way == "right" and self.is_before_last() else self.cursor
            )
        else:
            self.cursor = 0 if way == "home" else max(0, last)

    def is_before_last(self) -> bool:
        """Whether a column stands to the right of the cursor."""
        rows = self.layout_of_names.rows
        return self.cursor // rows < (len(self.shown) - 1) // rows

    def render_line(self, y: int) -> Strip:
        """A row of the page."""
        layout = self.layout_of_names
        places = range(y, min(len(self.shown), layout.size), layout.rows) if y < layout.rows else ()
        segments = [segment for place in places for segment in self._cell(place)]
        return Strip(segments).adjust_cell_length(self.size.width)

    def _cell(self, place: int) -> Iterator[Segment]:
        name = self.shown[place].shown
        is_kept, is_here = name in self.kept, place == self.cursor
        width = self.layout_of_names.width
        text = plain(name)
        yield Segment(f"{(place + 1) % 10} " if place < 10 else "  ", Style(dim=True))
        style = Style(reverse=is_here, bold=is_here or is_kept, color="green" if is_kept else None)
        body = f"{STAR if is_kept else ' '} {text} " if is_here or is_kept else f"  {text}"
        length = min(cell_len(body), max(0, width - 2 - (GAP - 1)))
        yield Segment(cut(body, length), style)
        yield Segment(" " * (width - 2 - length))

    def on_click(self, event: Click) -> None:
        """Put the cursor on the name; a double click keeps it."""
        layout = self.layout_of_names
        place = event.x // layout.width * layout.rows + event.y
        if event.y < layout.rows and place < len(self.shown):
            self.post_message(self.Chosen(place, event.chain > 1))

    def on_resize(self, _event: Resize) -> None:
        """The app decides what is shown."""
        self.post_message(self.Resized())


class Letters(Static):
    """How surprising each letter of a name is, in nats: a letter, a bar, a number."""

    letters: Sequence[tuple[str, float]] = ()

    def show(self, letters: Sequence[tuple[str, float]]) -> None:
        """Show the letters of a name; the last one is its end."""
        self.letters = letters
        self.refresh_text()

    def on_resize(self, _event: Resize) -> None:
        """The lines are cut to the width."""
        self.refresh_text()

    def refresh_text(self) -> None:
        """Draw the lines anew."""
        width = self.size.width
        label = LABEL if width >= 60 else 0
        room = max(1, width - label)
        cell = next((cell for cell in LETTER_WIDTHS if cell * len(self.letters) <= room), LETTER_WIDTHS[-1])
        shown = [*self.letters][: room // cell]
        decimals = 1 if cell > 3 else 0
        lines = [
            ("", "bold", [plain(symbol) for symbol, _ in shown[:-1]] + ["end" if cell > 3 else "."] * bool(shown)),
            ("surprisal", "cyan", [bar(nats) for _, nats in shown]),
            ("nats", "dim", [f"{nats:.{decimals}f}" for _, nats in shown]),
        ]
        if len(shown) < len(self.letters):
            lines[0][2][-1] = plain(shown[-1][0])
        if self.size.height < 3:
            del lines[1]
        text = Text(no_wrap=True, overflow="crop")
        for place, (title, style, cells) in enumerate(lines):
            text.append("\n" * bool(place) + cut(title, label), style="dim")
            text.append("".join(cut(each, cell) for each in cells), style=style)
        self.update(text if self.letters else "")


def bar(nats: float) -> str:
    """A bar for a surprisal.

    >>> bar(0), bar(2.5), bar(float("inf"))
    ('▁', '▅', '█')
    """
    return (
        BARS[min(len(BARS) - 1, round(nats / HIGHEST_BAR * (len(BARS) - 1) + 0.01))] if nats < HIGHEST_BAR else BARS[-1]
    )


class Kept(Static):
    """The kept names, the last one first: a list beside the names, or a line below them."""

    names: Sequence[str] = ()

    def show(self, names: Sequence[str]) -> None:
        """Show these."""
        self.names = [*names]
        self.refresh_text()

    def on_resize(self, _event: Resize) -> None:
        """A list and a line hold different numbers of names."""
        self.refresh_text()

    def refresh_text(self) -> None:
        """Draw them anew."""
        latest = [plain(name) for name in reversed(self.names)]
        text = Text.assemble((f"kept {len(latest)}", "bold"), no_wrap=True, overflow="ellipsis")
        if self.size.height > 1:
            rows = self.size.height - 1
            shown = latest if len(latest) <= rows else latest[: rows - 1]
            for name in shown:
                text.append(f"\n{STAR} ", "green").append(name)
            if len(shown) < len(latest):
                text.append(f"\n  and {len(latest) - len(shown)} more", "dim")
        elif latest:
            text.append(f"  {STAR} ", "green").append(", ".join(latest))
        self.update(text)
