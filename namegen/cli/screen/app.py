"""The screen with its keys.

Textual hands each widget its events in a queue of its own, so that a key could overtake the one before it. Here the
app handles each key to its end before it looks at the next, and one that is about names still being drawn waits for
them, with all keys behind it: what is typed fast does what it would have done slowly.
"""

from collections.abc import Awaitable

from textual import events

from namegen.cli.screen.display import Display
from namegen.cli.screen.fields import Choice, Field, Fields
from namegen.cli.screen.keys import ACTIONS, KeysScreen
from namegen.cli.screen.widgets import NameGrid
from namegen.errors import INTERRUPTED

TEMPERATURE_STEP, MAX_TEMPERATURE = 0.1, 5.0


class NameScreen(Display):
    """Draw, change and keep names. `kept` is changed in place; the result of `run` is the exit code."""

    async def on_event(self, event: events.Event) -> None:
        """Keys come here first."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded and self.screen_stack and not self.is_leaving:
            await self.press(event)

    async def press(self, event: events.Key) -> None:
        """Handle a key, or let it wait behind those that do."""
        key = (event.character or "") if event.is_printable else event.key
        if key == "ctrl+c":
            self.do_leave(INTERRUPTED)
        elif key == "ctrl+z":
            self.action_suspend_process()
        elif key in self.waiting and key in ("q", "escape"):  # a second time: whoever presses it will not wait
            self.do_leave(0)
        elif self.waiting or not await self.handle(key):
            self.waiting.append(key)

    async def go_on(self) -> None:
        """Handle the keys that waited for names, up to one that still has to."""
        while self.waiting and await self.handle(self.waiting[0], is_again=True):
            self.waiting.popleft()

    async def handle(self, key: str, *, is_again: bool = False) -> bool:
        """Handle a key to its end; false where it has to wait for names."""
        if isinstance(self.screen, KeysScreen):
            if key in KeysScreen.SCROLLING:
                self.screen.scroll(key)
            else:
                await self.pop_screen()
        elif isinstance(self.focused, Field | Choice):
            await self.handle_in_field(self.focused, key)
        else:
            return await self.act(key, is_again=is_again)
        return True

    async def handle_in_field(self, field: Field | Choice, key: str) -> None:
        """A key while a field has the focus."""
        if key in ("enter", "escape"):
            self.focus_on(self.grid)
        elif key in ("tab", "shift+tab", "up", "down"):
            self.do_tab(-1 if key in ("shift+tab", "up") else 1)
        elif isinstance(field, Choice):
            field.step(-1 if key == "left" else 1)
        elif len(key) == 1:
            field.type_character(key)
        elif active := self.screen.active_bindings.get(key):
            await self.run_action(active.binding.action, active.node)
        self.change_settings()

    async def act(self, key: str, *, is_again: bool) -> bool:
        """Do what a key stands for among the names; false where it has to wait for them."""
        name, argument = ACTIONS.get(key) or ACTIONS.get(key.lower()) or ("", None)
        if self.coming and name in ("move", "keep", "drop", "next"):
            return False
        if name == "next":
            return self.do_next(is_again=is_again)
        if name == "keep" and isinstance(argument, int) and argument >= len(self.page) and self.is_short:
            return False
        if name:
            done = getattr(self, f"do_{name}")(argument)
            if isinstance(done, Awaitable):
                await done
        return True

    def do_move(self, way: str) -> None:
        """Move the cursor."""
        self.grid.move(way)
        self.show_letters()

    def do_next(self, *, is_again: bool) -> bool:
        """Go to the next page; false where its names are still to be drawn."""
        if self.is_short:
            return False
        if self.pages.forward(len(self.page)):
            self.grid.cursor = 0
            self.problem = ""
            self.show()
            return True
        if is_again and self.pages.has_ended:
            return True
        self.pages.has_ended = False  # try once more
        self.pages.goal = len(self.pages.names) + self.layout_of_page.size
        self.draw()
        return False

    def do_back(self, _: None) -> None:
        """Go to the page before."""
        if self.pages.back():
            self.grid.cursor = 0
            self.problem = ""
        else:
            self.problem = "This is the first page."
        self.show()

    def do_keep(self, place: int | None) -> None:
        """Keep the name at a place, without one that under the cursor."""
        place = self.grid.cursor if place is None else place
        if place < len(self.page) and self.page[place].shown not in self.kept:
            self.change_kept([*self.kept, self.page[place].shown])

    def on_name_grid_chosen(self, event: NameGrid.Chosen) -> None:
        """A name was clicked: once puts the cursor there, twice keeps it."""
        if not self.coming:
            self.grid.cursor = event.place
            self.show_letters()
            if event.is_kept:
                self.do_keep(event.place)

    def do_drop(self, _: None) -> None:
        """No longer keep the name under the cursor."""
        name = self.grid.name_under_cursor
        if name and name.shown in self.kept:
            self.change_kept([kept for kept in self.kept if kept != name.shown])

    def change_kept(self, names: list[str]) -> None:
        """Keep other names, in a way that can be undone."""
        self.undone.append([*self.kept])
        self.kept[:] = names
        self.show()

    def do_undo(self, _: None) -> None:
        """Keep what was kept before the last change."""
        if self.undone:
            self.kept[:] = self.undone.pop()
            self.show()

    def do_edit(self, name: str) -> None:
        """Put the focus on a field, and select its text, which typing replaces."""
        self.focus_on(self.fields.field(name))

    def do_tab(self, by: int) -> None:
        """Put the focus on another field, or on the names, which stand between the last and the first."""
        widgets = [self.grid, *map(self.fields.field, Fields.ORDER)]
        here = next((place for place, widget in enumerate(widgets) if widget is self.focused), 0)
        self.focus_on(widgets[(here + by) % len(widgets)])

    def focus_on(self, widget: NameGrid | Field | Choice) -> None:
        """Put the focus on a widget at once, not in a later event, so that the next key gets there."""
        self.screen.set_focus(widget)
        if isinstance(widget, Field):
            widget.action_select_all()

    def do_heat(self, sign: int) -> None:
        """Another temperature, never in the other direction, whatever it was."""
        field = self.fields.field("temperature")
        try:
            now = float(field.value)
        except ValueError:
            return
        step = sign * TEMPERATURE_STEP
        new = min(now + step, max(now, MAX_TEMPERATURE)) if sign > 0 else max(now + step, min(now, TEMPERATURE_STEP))
        field.value = f"{round(new, 2):g}"
        self.change_settings()

    def do_case(self, _: None) -> None:
        """The next case."""
        field = self.fields.field("case")
        assert isinstance(field, Choice)
        field.step(1)
        self.change_settings()

    async def do_help(self, _: None) -> None:
        """All keys."""
        await self.push_screen(KeysScreen())

    def do_leave(self, code: int) -> None:
        """Leave the screen; keys that follow are not for us."""
        self.is_leaving = True
        self.exit(code)
