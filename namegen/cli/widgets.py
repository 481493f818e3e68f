"""The parts of the screen of `namegen sample -i`: the names, the letters of one, the fields, the help.

Names are data: all of them are shown as `Text` after `plain`, never as markup.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from namegen.cli.console import plain

MAX_COLUMNS = 5  # more are hard to look through
MARK, GAP = 4, 2  # before a name: a digit, a space, a star, a space
MAX_GAP = 8  # columns further apart are hard to see as one table
BARS = "▁▂▃▄▅▆▇█"
HIGHEST_BAR = 5.0  # nats: a letter with probability 0.007
LABEL = 11
STAR = "★"


class Name(NamedTuple):
    """A name as it is shown, and as the model spells it: the case may differ."""

    shown: str
    spelled: str


class NameGrid(Widget, can_focus=True):
    """The names of a page, down one column, then down the next. `kept` are case-folded."""

    cursor: reactive[int] = reactive(0)
    names: Sequence[Name] = ()
    kept: Collection[str] = ()
    rows = size_of_page = column_width = 1

    def show(self, names: Sequence[Name], kept: Collection[str]) -> None:
        """Show as many of these names as fit, in columns of one width."""
        self.rows, self.kept = max(1, self.size.height), kept
        widths = [cell_len(plain(name.shown)) for name in names]
        for columns in range(MAX_COLUMNS, 0, -1):
            width = MARK + max(widths[: self.rows * columns], default=1) + GAP
            if columns * width <= self.size.width:
                break
        self.column_width = min(width - GAP + MAX_GAP, self.size.width // columns)
        self.size_of_page = self.rows * columns
        self.names = names[: self.size_of_page]
        self.cursor = max(0, min(self.cursor, len(self.names) - 1))
        self.refresh()

    @property
    def name_under_cursor(self) -> Name | None:
        return self.names[self.cursor] if self.names else None

    def move(self, way: str) -> None:
        last = max(0, len(self.names) - 1)
        steps = {"up": -1, "down": 1, "left": -self.rows, "right": self.rows, "home": -self.cursor, "end": last}
        place = self.cursor + steps[way]
        if way == "end" or (way == "right" and self.cursor // self.rows < last // self.rows):
            place = min(place, last)  # the last column may be shorter
        if 0 <= place <= last:
            self.cursor = place

    def render(self) -> Text:
        rows = range(min(self.rows, len(self.names)))
        lines = (map(self._cell, range(row, len(self.names), self.rows)) for row in rows)
        return Text("\n").join(Text().join(line) for line in lines)

    def _cell(self, place: int) -> Text:
        name = self.names[place].shown
        is_kept, is_here = name.casefold() in self.kept, place == self.cursor
        style = Style(reverse=is_here, bold=is_here or is_kept, color="green" if is_kept else None)
        shown = Text(f"{STAR if is_kept else ' '} {plain(name)} ", style)
        shown.truncate(max(1, self.column_width - 2), overflow="ellipsis")
        padding = " " * (self.column_width - 2 - shown.cell_len)
        return Text.assemble((f"{(place + 1) % 10} " if place < 10 else "  ", "dim"), shown, padding)


class Letters(Widget):
    """The surprisal of each letter of a name, in nats, as a bar and a number. The last one is its end."""

    letters: reactive[Sequence[tuple[str, float]]] = reactive(())

    def render(self) -> Text:
        if not self.letters:
            return Text()
        label = LABEL if self.size.width >= 60 else 0
        cell = max(3, min(6, (self.size.width - label) // len(self.letters)))
        nats = [value for _, value in self.letters]
        lines = [
            ("", "bold", [*(plain(symbol) for symbol, _ in self.letters[:-1]), "end"]),
            ("surprisal", "cyan", [BARS[int(min(value, HIGHEST_BAR) / HIGHEST_BAR * 7.99)] for value in nats]),
            ("nats", "dim", [f"{value:.{int(cell > 3 and value < 10)}f}" for value in nats]),
        ]
        if self.size.height < 3:
            del lines[1]  # the bars
        return Text("\n").join(
            Text.assemble((set_cell_size(title, label), "dim"), *((set_cell_size(each, cell), style) for each in cells))
            for title, style, cells in lines
        )


class Field(Input):
    """A field of one line. Control characters are written out, since the terminal would obey them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "app.done", "done", key_display="Enter"),
        Binding("escape", "app.focus('names')", "back to the names", key_display="Esc"),
    ]

    def __init__(self, name: str, value: str) -> None:
        super().__init__(value, placeholder="any", id=name, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return plain(value)


class Help(ModalScreen[None]):
    """All keys, over the names. Any key but those that scroll closes it (the app sees to that)."""

    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, keys: Iterable[Binding]) -> None:
        super().__init__()
        self.table = Table.grid(padding=(0, 2))
        for key in keys:
            if key.key_display:
                self.table.add_row(Text(key.key_display, "bold cyan"), Text(key.tooltip or key.description))

    def compose(self) -> Iterator[Widget]:
        with VerticalScroll():
            yield Static(self.table)
            yield Static(Text("\nAny other key closes this.", "dim"))
