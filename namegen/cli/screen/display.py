"""What is shown, and the thread that draws names for it."""

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

from rich.text import Text
from textual.app import App
from textual.containers import Horizontal
from textual.driver import Driver
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from namegen.cli.console import plain
from namegen.cli.screen.fields import Fields
from namegen.cli.screen.pages import MAX_COLUMNS, Backend, Layout, Name, Pages, Settings
from namegen.cli.screen.style import BREAKPOINTS_ACROSS, BREAKPOINTS_DOWN, STYLE
from namegen.cli.screen.widgets import Kept, Letters, NameGrid
from namegen.errors import NamegenError


class Drawn(Message):
    """The thread drew a block."""

    def __init__(self, pages: Pages, names: Sequence[Name]) -> None:
        super().__init__()
        self.pages, self.names = pages, names


class Finished(Message):
    """The thread stops: it drew enough, is not wanted any more, or failed."""

    def __init__(self, pages: Pages, error: BaseException | None) -> None:
        super().__init__()
        self.pages, self.error = pages, error


def _field_name(setting: re.Match[str]) -> str:
    """A setting in an error as the screen calls it."""
    return setting.group(1).replace("_", " ")


class Display(App[int]):
    """The screen without its keys."""

    CSS = STYLE
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS_ACROSS
    VERTICAL_BREAKPOINTS = BREAKPOINTS_DOWN
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = "#names"

    def __init__(self, backend: Backend, settings: Settings, kept: list[str]) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"  # the terminal's own colours
        self.animation_level = "none"
        self.backend = backend
        self.kept = kept
        self.undone: list[list[str]] = []  # what was kept before each change
        self.pages = Pages(settings)  # shown
        self.coming: Pages | None = self.pages  # wanted, while none of its names is there
        self.filling: Pages | None = None  # what the thread works on
        self.waiting: deque[str] = deque()  # keys about names that are not there yet
        self.asked = settings  # what the fields held when they were last looked at
        self.problem = ""
        self.is_leaving = False
        self.failure: BaseException | None = None  # a defect of ours, for who runs the app to raise

    def get_driver_class(self) -> type[Driver]:
        """Called by Textual, whose own driver asks standard output for the size, which may be a file here."""

        class ErrorDriver(super().get_driver_class()):  # type: ignore[misc]
            def _get_terminal_size(self) -> tuple[int, int]:
                return os.get_terminal_size(2)

        return ErrorDriver

    def compose(self) -> Iterator[Widget]:
        """From top to bottom."""
        yield Static(id="title")
        yield Fields(self.pages.settings, self.backend.cases)
        with Horizontal(id="middle"):
            yield NameGrid()
            yield Kept(id="kept-list")
        yield Letters(id="letters")
        yield Kept(id="kept-line")
        yield Static(id="message")
        yield Static(id="keys-line")
        with Horizontal(id="last-line"):
            yield Static(id="leaving")
            yield Static(id="help")

    def on_mount(self) -> None:
        """The texts that never change."""
        self.grid = self.query_one(NameGrid)
        self.fields = self.query_one(Fields)
        keys = [
            ("Space", "next"),
            ("p", "before"),
            ("Enter", "keep"),
            ("u", "undo"),
            ("b", "begins"),
            ("?", "all keys"),
        ]
        self.query_one("#keys-line", Static).update(
            Text("  ", no_wrap=True).join(Text.assemble((key, "bold cyan"), f" {does}") for key, does in keys)
        )
        leaving = Text.assemble(("q", "bold cyan"), " leaves and prints kept names", no_wrap=True)
        self.query_one("#leaving", Static).update(leaving)
        self.query_one("#help", Static).update(Text.assemble(("?", "bold cyan"), " keys"))

    # What is shown

    @property
    def layout_of_page(self) -> Layout:
        """How the names from the top of the page on stand on the screen."""
        return self.grid.layout_for(self.pages.page(max(1, self.grid.size.height) * MAX_COLUMNS))

    @property
    def page(self) -> list[Name]:
        """The names on the screen."""
        return self.pages.page(self.layout_of_page.size)

    @property
    def is_short(self) -> bool:
        """Whether names of the page are still to come."""
        is_drawing = self.filling is not None and self.filling is (self.coming or self.pages)
        return self.coming is not None or (is_drawing and len(self.page) < self.layout_of_page.size)

    def show(self) -> None:
        """Show the state of things, and see that what is missing is drawn."""
        layout = self.layout_of_page
        self.grid.show(self.pages.page(layout.size), layout, self.kept)
        for kept in self.query(Kept):
            kept.show(self.kept)
        self.show_letters()
        title = Text.assemble((plain(self.backend.title), "bold"), f"   page {self.pages.number}", no_wrap=True)
        self.query_one("#title", Static).update(title)
        message = self.query_one("#message", Static)
        drawing = "drawing …" if self.is_short else ""
        message.update(Text(plain(self.problem), style="red") if self.problem else Text(drawing, style="dim"))
        message.set_class(not (self.problem or drawing), "-empty")
        wanted = self.coming or self.pages
        wanted.goal = max(wanted.goal, wanted.start + layout.rows * MAX_COLUMNS)
        self.draw()

    def show_letters(self) -> None:
        """The surprisal of each letter of the name under the cursor."""
        name = self.grid.name_under_cursor
        self.query_one(Letters).show(self.backend.surprisal(name.spelled) if name else ())

    def on_name_grid_resized(self) -> None:
        """Another number of names fits."""
        self.show()

    # Drawing

    def draw(self) -> None:
        """Start the thread, where names are missing and it does not run yet."""
        wanted = self.coming or self.pages
        if self.filling:
            self.filling.is_wanted = self.filling is wanted
        elif not wanted.has_ended and len(wanted.names) < wanted.goal:
            self.filling, wanted.is_wanted = wanted, True
            self.run_worker(partial(self.fill, wanted), thread=True)

    def fill(self, pages: Pages) -> None:
        """Draw until there are enough names; runs in the thread."""
        error: BaseException | None = None
        drawn = len(pages.names)
        try:
            pages.blocks = pages.blocks or self.backend.draw(pages.settings)
            while pages.is_wanted and drawn < pages.goal:
                block = next(pages.blocks)
                drawn += len(block)
                self.post_message(Drawn(pages, block))
        except Exception as caught:
            error = caught
        self.post_message(Finished(pages, error))

    async def on_drawn(self, event: Drawn) -> None:
        """Names are there; those of settings that changed meanwhile are not shown."""
        event.pages.names += event.names
        if event.pages is self.coming and event.names:
            self.pages, self.coming = event.pages, None
            self.grid.cursor = 0
        self.show()
        await self.go_on()

    async def on_finished(self, event: Finished) -> None:
        """The thread stopped."""
        self.filling = None
        if event.error and not isinstance(event.error, NamegenError | StopIteration):
            self.failure = event.error
            self.exit(1)
            return
        event.pages.has_ended = bool(event.error)
        if event.pages in (self.coming, self.pages):
            if isinstance(event.error, NamegenError) and event.pages is (self.coming or self.pages):
                self.problem = re.sub(r"`(\w+)(?:=\w+)?`", _field_name, str(event.error))
            if event.error and event.pages is self.coming:
                self.coming = None
        self.show()
        await self.go_on()

    async def go_on(self) -> None:
        """Handle the keys that wait for names."""

    def change_settings(self) -> None:
        """Draw with what the fields hold now."""
        settings = self.fields.settings
        if settings == self.asked:
            return
        self.asked = settings
        self.problem = ""
        is_shown = settings == self.pages.settings and self.pages.names
        self.coming = None if is_shown else Pages(settings)
        self.show()

    def on_input_changed(self, _event: Input.Changed) -> None:
        """Text was pasted into a field."""
        self.change_settings()
