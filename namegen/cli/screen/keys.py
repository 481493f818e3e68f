"""The keys of the screen: what each is called in the help, and the action it stands for."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

Action = tuple[str, object]  # a method of the app without its `do_`, and its argument


class Key(NamedTuple):
    """A line of the help: how keys are shown, what they do, and which action each is."""

    shown: str
    does: str
    actions: Mapping[str, Action]


KEYS = (
    Key(
        "arrows, h j k l",
        "move",
        {
            key: ("move", way)
            for way, pair in zip(("left", "down", "up", "right"), "hjkl", strict=True)
            for key in (way, pair)
        }
        | {"home": ("move", "home"), "end": ("move", "end")},
    ),
    Key("Enter", "keep the name under the cursor", {"enter": ("keep", None)}),
    Key("1 … 9, 0", "keep one of the first ten names", {str((i + 1) % 10): ("keep", i) for i in range(10)}),
    Key("x, Del", "no longer keep the name under the cursor", dict.fromkeys(("x", "delete"), ("drop", None))),
    Key("u", "undo the last change of the kept names", {"u": ("undo", None)}),
    Key("Space, n, PgDn", "next page", dict.fromkeys((" ", "n", "pagedown"), ("next", None))),
    Key("p, Backspace, PgUp", "page before", dict.fromkeys(("p", "backspace", "pageup"), ("back", None))),
    Key("b", "names begin with …, or with …", {"b": ("edit", "starts_with")}),
    Key("e", "names end with …, or with …", {"e": ("edit", "ends_with")}),
    Key("c", "names contain …, and …", {"c": ("edit", "contains")}),
    Key("m", "shortest length; Tab for the longest", {"m": ("edit", "min_length")}),
    Key("t", "temperature", {"t": ("edit", "temperature")}),
    Key("+ -", "temperature up, down", {"+": ("heat", 1), "=": ("heat", 1), "-": ("heat", -1), "_": ("heat", -1)}),
    Key("a", "next case: as learned, title, upper, lower", {"a": ("case", None)}),
    Key("Tab, Shift-Tab", "next field, field before", {"tab": ("tab", 1), "shift+tab": ("tab", -1)}),
    Key("Enter, Esc", "in a field: back to the names", {}),
    Key("q, Esc", "leave; the kept names are printed", dict.fromkeys(("q", "escape", "ctrl+q"), ("leave", 0))),
    Key("Ctrl-C", "the same, with exit code 130", {}),
    Key("?, F1", "these keys", dict.fromkeys(("?", "f1"), ("help", None))),
)
ACTIONS: dict[str, Action] = {key: action for line in KEYS for key, action in line.actions.items()}


class KeysScreen(ModalScreen[None]):
    """All keys, over the names; any key but those that scroll closes it (the app sees to that)."""

    SCROLLING = ("up", "down", "pageup", "pagedown", "home", "end")

    def compose(self) -> Iterator[Widget]:
        """A box with a line a key."""
        table = Table.grid(padding=(0, 2))
        for line in KEYS:
            table.add_row(Text(line.shown, "cyan"), Text(line.does))
        with VerticalScroll(id="keys"):
            yield Static(table)
            yield Static(Text("Any other key closes this.", "dim"), id="closing")

    def scroll(self, key: str) -> None:
        """Move the text."""
        box = self.query_one("#keys", VerticalScroll)
        moves = {
            "up": box.scroll_up,
            "down": box.scroll_down,
            "pageup": box.scroll_page_up,
            "pagedown": box.scroll_page_down,
            "home": box.scroll_home,
            "end": box.scroll_end,
        }
        moves[key](animate=False)
