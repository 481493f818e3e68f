"""The screen of `namegen sample -i`, on Textual. It knows nothing of models: see `Backend`.

Textual gives each widget a queue of events, so a key could overtake the one before it. Here one task handles each key
to its end before it takes the next. A key that needs names still being drawn waits for them, and so do the keys behind
it: typing fast has the same effect as typing slowly.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, get_args

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.driver import Driver
from textual.widget import Widget
from textual.widgets import Footer, Label, Static

from namegen.cli.console import plain, stderr
from namegen.cli.widgets import MAX_COLUMNS, STAR, Field, Help, Letters, Name, NameGrid
from namegen.errors import INTERRUPTED, NamegenError
from namegen.settings import Case

Typed = Mapping[str, str]  # what the fields hold, by the names of their settings
LABELS = {
    "starts_with": "begins",
    "ends_with": "ends",
    "contains": "contains",
    "case": "case (a)",
    "min_length": "min",
    "max_length": "max",
    "temperature": "temp",
}
SHORT = ("min_length", "max_length", "temperature")
MOVES = ("down,j", "left,h", "right,l", "home", "end")
KEYS = [  # those with a `key_display` stand in the help, those without show=False in the footer too
    Binding("q,escape", "leave(0)", "leave and print kept names", key_display="q", tooltip="leave (also Esc)"),
    Binding(
        "ctrl+c", f"leave({INTERRUPTED})", show=False, key_display="Ctrl-C", tooltip="the same, with exit code 130"
    ),
    Binding("?", "help", "keys", key_display="?", tooltip="these keys"),
    Binding("space,pagedown", "next", "next", key_display="Space", tooltip="next page (also PgDn)"),
    Binding("p,pageup,backspace", "back", "back", key_display="p", tooltip="page before (also PgUp, Backspace)"),
    Binding("enter", "keep", "keep", key_display="Enter", tooltip="keep the name under the cursor, or no longer"),
    Binding("1", "keep(0)", show=False, key_display="1 … 9, 0", tooltip="the same, for the first ten names"),
    *(Binding(str((place + 1) % 10), f"keep({place})", show=False) for place in range(1, 10)),
    Binding("u", "undo", "undo", key_display="u", tooltip="undo the last change of the kept names"),
    Binding("up,k", "move('up')", show=False, key_display="arrows", tooltip="move (also h j k l, Home, End)"),
    *(Binding(keys, f"move('{keys.split(',')[0]}')", show=False) for keys in MOVES),
    Binding("b", "focus('starts_with')", "begins", key_display="b", tooltip="names begin with …, or with …: Ma, Lo"),
    Binding("e", "focus('ends_with')", "ends", key_display="e", tooltip="names end with …, or with …"),
    Binding("c", "focus('contains')", "contains", key_display="c", tooltip="names contain …, and …: a, rr"),
    Binding("m", "focus('min_length')", show=False, key_display="m", tooltip="shortest length; Tab for the longest"),
    Binding("t", "focus('temperature')", show=False, key_display="t", tooltip="temperature"),
    Binding("a", "case", show=False, key_display="a", tooltip="next case: as learned, title, upper, lower"),
    Binding("tab", "app.focus_next", show=False, key_display="Tab", tooltip="next field; Enter or Esc: the names"),
    Binding("ctrl+z", "suspend_process", show=False),
]
STYLE = """
Screen { overflow: hidden; }
#fields { layout: grid; grid-size: 4; grid-rows: 1; grid-gutter: 0 2; height: auto; margin-bottom: 1; }
.field { height: 1; }
.field Label { width: 9; text-style: dim; }
.field:focus-within Label { text-style: bold; color: ansi_cyan; }
Field { width: 1fr; height: 1; text-style: bold; }
NameGrid { height: 1fr; }
Letters { height: 3; margin: 1 0; text-wrap: nowrap; }
#kept { height: 2; } #status { max-height: 3; }
FooterKey .footer-key--key { color: ansi_cyan; }
Help { align: center middle; background: ansi_default; }
Help VerticalScroll { width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
    background: ansi_default; border: round ansi_bright_black; scrollbar-size-vertical: 1; }
.-wide #fields { grid-size: 7; }
.-narrow #fields { grid-size: 6; grid-gutter: 0 1; }
.-narrow .field { column-span: 3; } .-narrow .short { column-span: 2; } .-narrow .short Label { width: 5; }
.-low #fields, .-low Letters { margin: 0; } .-low Letters { height: 2; } .-low #kept { height: 1; }
"""


@dataclass(frozen=True)
class Backend:
    """What the screen needs of the rest of the package.

    `draw` returns an endless iterator of blocks of names, and raises `NamegenError` where what was typed is refused;
    the iterator raises it where no name is found. Both can be called again after that, in a thread. `surprisal` returns
    the symbols of a name, as the model spells it, and the end, each with its surprisal in nats. `first` are the first
    contents of the fields; `usual` returns the values that empty ones stand for.
    """

    draw: Callable[[Typed], Iterator[Sequence[Name]]]
    surprisal: Callable[[str], Sequence[tuple[str, float]]]
    first: Typed
    usual: Callable[[Typed], Typed]
    title: str


@dataclass(eq=False)
class Pages:
    """The names drawn with one content of the fields, in their order, and where the page begins.

    Pages before this one keep their first name: going back shows the same page again.
    """

    typed: Typed
    names: list[Name] = field(default_factory=list)
    start: int = 0
    starts: list[int] = field(default_factory=list)  # of the pages before this one
    goal: int = 1  # names that are wanted
    has_ended: bool = False  # the model has no more names
    blocks: Iterator[Sequence[Name]] | None = None

    @property
    def is_short(self) -> bool:
        """Whether names are still to be drawn."""
        return not self.has_ended and len(self.names) < self.goal

    def draw_block(self, backend: Backend) -> Sequence[Name] | None:
        """More names, or None; called in a thread."""
        self.blocks = self.blocks or backend.draw(self.typed)
        return next(self.blocks, None)


class NameScreen(App[int]):
    """Draw, change and keep names. `kept` is changed in place; the result of `run` is the exit code."""

    CSS = STYLE
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-medium"), (130, "-wide")]  # noqa: RUF012 (as Textual declares it)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = "NameGrid"

    def __init__(self, backend: Backend, kept: list[str]) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"  # the terminal's own colours
        self.animation_level = "none"
        self.backend, self.kept = backend, kept
        self.undone: list[list[str]] = []  # what was kept before each change
        self.pages = Pages(backend.first)  # shown
        self.coming: Pages | None = self.pages  # to be shown as soon as it has a name
        self.typed = backend.first  # contents of the fields when they were last read
        self.problem = ""
        self.fields: dict[str, Field] = {}
        self.keys: asyncio.Queue[events.Key] = asyncio.Queue()
        self.news = asyncio.Event()  # names were drawn, or drawing ended
        self.is_drawing = self.is_waiting = False

    def get_driver_class(self) -> type[Driver]:
        """Called by Textual, whose own driver asks standard output for the size, which may be a file here."""
        # Textual redirects standard error while it runs. Writing must not fail if the terminal goes: it would hang.
        file = stderr().file

        class ErrorDriver(super().get_driver_class()):  # type: ignore[misc]
            def start_application_mode(self) -> None:
                self._file = file
                super().start_application_mode()

            def run_input_thread(self) -> None:
                with suppress(OSError):  # the same
                    super().run_input_thread()

            def _get_terminal_size(self) -> tuple[int, int]:
                with suppress(OSError):
                    return os.get_terminal_size(2)
                return 80, 24

        return ErrorDriver

    def compose(self) -> Iterator[Widget]:
        with Container(id="fields"):
            for name, label in LABELS.items():
                with Horizontal(classes="field short" if name in SHORT else "field"):
                    yield Label(label)
                    self.fields[name] = Field(name, self.backend.first[name])
                    self.fields[name].disabled = name == "case"  # it holds a few values, which a key goes through
                    yield self.fields[name]
        yield NameGrid(id="names")
        yield Letters()
        yield Static(id="kept")
        yield Static(id="status")
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.grid = self.query_one(NameGrid)
        self.watch(self.grid, "cursor", self.show_letters)
        self.watch(self.grid, "virtual_size", self.show, init=False)  # another number of names fits
        self.watch(self.screen, "focused", lambda: self.refresh_css(animate=False))  # else a label keeps its style
        self.show_usual()
        self.run_worker(self.handle_keys())

    @on(Driver.SignalResume)
    def repaint(self) -> None:
        """After Ctrl-Z and `fg`, when the terminal shows none of it any more."""
        self.screen.refresh()

    def show(self) -> None:
        """Show everything, and start to draw what is missing."""
        pages, most = self.pages, max(1, self.grid.size.height) * MAX_COLUMNS
        self.grid.show(pages.names[pages.start : pages.start + most], {*map(str.casefold, self.kept)})
        self.show_letters()
        kept = Text.assemble((f"kept {len(self.kept)}", "bold"))
        if self.kept:
            kept.append(f"  {STAR} ", "green").append(", ".join(map(plain, reversed(self.kept))))
        self.query_one("#kept", Static).update(kept)
        wanted = self.coming or pages
        wanted.goal = max(wanted.goal, wanted.start + most)
        if wanted.is_short and not self.is_drawing:
            self.is_drawing = True
            self.run_worker(self.draw_names())
        state = [f"page {len(pages.starts) + 1}", "drawing …" if self.is_drawing else "", plain(self.backend.title)]
        status = Text(plain(self.problem), "red") if self.problem else Text("   ".join(filter(None, state)), "dim")
        self.query_one("#status", Static).update(status)

    def show_usual(self) -> None:
        """In empty fields, what they stand for."""
        with suppress(NamegenError):  # shown where names are drawn
            for name, value in self.backend.usual(self.typed).items():
                self.fields[name].placeholder = value or "any"

    def show_letters(self) -> None:
        """The surprisal of each letter of the name under the cursor."""
        name = self.grid.name_under_cursor
        self.query_one(Letters).letters = self.backend.surprisal(name.spelled) if name else ()

    async def draw_names(self) -> None:
        """Draw, block by block, until enough names are there; those of fields that changed meanwhile are not shown."""
        while (pages := self.coming or self.pages).is_short:
            try:
                block = await asyncio.to_thread(pages.draw_block, self.backend)
            except NamegenError as error:
                block = None
                if pages is (self.coming or self.pages):
                    self.problem = re.sub(r"`(\w+)(?:=\w+)?`", lambda it: it[1].replace("_", " "), str(error))
            pages.names += block or ()
            pages.has_ended = block is None
            if pages is self.coming and (pages.names or pages.has_ended):
                self.coming = None
                if pages.names:
                    self.pages, self.grid.cursor = pages, 0
            self.show()
            self.news.set()
        self.is_drawing = False
        self.show()
        self.news.set()

    @property
    def is_refused(self) -> bool:
        """Whether the names are still those of what was typed before, as no name meets what the fields hold now."""
        return not self.coming and self.pages.typed != self.typed

    async def until(self, count: int = 0) -> None:
        """Wait until the page has `count` names (0: as many as fit), or the model has no more."""
        while self.coming or (
            self.is_drawing and len(self.pages.names) - self.pages.start < (count or self.grid.size_of_page)
        ):
            self.is_waiting = True
            self.news.clear()
            await self.news.wait()
        self.is_waiting = False

    async def on_event(self, event: events.Event) -> None:
        """Keys wait until the one before was handled; Ctrl-C does not wait for names."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif event.key == "ctrl+c" and self.is_waiting:
            self.exit(INTERRUPTED)
        else:
            self.keys.put_nowait(event)

    async def handle_keys(self) -> None:
        while self.return_value is None:
            key = await self.keys.get()
            await self.handle(key)
            self.keys.task_done()

    async def handle(self, key: events.Key) -> None:
        """Handle a key to its end."""
        before = self.focused
        bindings = self.screen.active_bindings
        if key.key == "ctrl+c":
            self.exit(INTERRUPTED)
        elif isinstance(before, Field) and key.is_printable and key.character:
            before.replace(key.character, *sorted(before.selection))
        elif active := bindings.get(key.key) or bindings.get(key.key.lower()):
            await self.run_action(active.binding.action, active.node)
        elif isinstance(self.screen, Help):
            await self.pop_screen()
        if self.focused is not before and isinstance(self.focused, Field):
            self.focused.action_select_all()  # typing replaces it
        self.on_input_changed()

    def on_input_changed(self) -> None:
        """Draw with what the fields hold now; called by Textual where text was pasted."""
        typed = {name: each.value for name, each in self.fields.items()}
        if typed != self.typed:
            self.typed, self.problem = typed, ""
            self.show_usual()
            self.coming = None if typed == self.pages.typed and self.pages.names else Pages(typed)
            self.show()

    async def action_move(self, way: str) -> None:
        await self.until(1)
        self.grid.move(way)

    async def action_next(self) -> None:
        await self.until()
        if self.is_refused:
            return
        pages, size = self.pages, len(self.grid.names)
        if len(pages.names) <= pages.start + size:
            pages.goal, pages.has_ended = len(pages.names) + self.grid.size_of_page, False  # try once more
            self.show()
            await self.until(size + 1)
        if len(pages.names) > pages.start + size:
            pages.starts.append(pages.start)
            self.turn_to(pages.start + size)

    async def action_back(self) -> None:
        await self.until(1)
        if self.pages.starts and not self.is_refused:
            self.turn_to(self.pages.starts.pop())

    def turn_to(self, start: int) -> None:
        """Show the page that begins at this name."""
        self.pages.start, self.grid.cursor, self.problem = start, 0, ""
        self.show()

    async def action_keep(self, place: int = -1) -> None:
        """Keep the name at a place (-1: under the cursor), or keep it no longer."""
        await self.until(max(0, place) + 1)
        place = self.grid.cursor if place < 0 else place
        if place < len(self.grid.names):
            name = self.grid.names[place].shown
            self.undone.append([*self.kept])
            others = [kept for kept in self.kept if kept.casefold() != name.casefold()]
            self.kept[:] = others if len(others) < len(self.kept) else [*self.kept, name]
            self.show()

    def action_undo(self) -> None:
        if self.undone:
            self.kept[:] = self.undone.pop()
            self.show()

    async def action_focus(self, widget_id: str) -> None:
        """Put the focus on a field or the names at once, not in a later event, so that the next key gets there."""
        self.screen.set_focus(self.query_one(f"#{widget_id}"))

    async def action_done(self) -> None:
        """Put the focus on the names, unless what was typed is refused: it can be corrected in its field."""
        with suppress(NamegenError):  # shown where names are drawn with it
            await asyncio.to_thread(self.backend.draw, self.typed)
            await self.action_focus("names")

    def action_case(self) -> None:
        case, cases = self.fields["case"], get_args(Case)
        case.value = cases[(cases.index(case.value) + 1) % len(cases)]

    async def action_help(self) -> None:
        await self.push_screen(Help(KEYS))

    def action_leave(self, code: int) -> None:
        self.exit(code)
