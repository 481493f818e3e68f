"""`namegen sample -i`: names on a terminal, drawn and changed and kept with single keys.

The screen is on standard error, the terminal's alternate one, so that leaving brings back what was there before. What
was kept goes to standard output on leaving, so that it can go into a file.
"""

import secrets
import signal
import sys
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from namegen.cli.console import plain, stderr
from namegen.errors import NamegenError, SamplingError, UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

SHOWN = 9
STEP, MOST = 0.1, 5.0  # of the temperature
# Within a key and what it does the spaces do not break.
KEYS = "space\xa0draw  1-9\xa0keep  u\xa0un-keep  p\xa0prefix  +\xa0-\xa0temperature  q\xa0leave"
PROMPT = "Names begin with (Enter: draw, Esc: back): "
ENOUGH_ROWS = 15  # for empty lines


class Session:
    """What is on the screen, and what was kept."""

    def __init__(self, trained: "TrainedModel", options: dict[str, Any], seed: int, room: int = SHOWN) -> None:
        self.trained = trained
        self.options = options
        self.seed = seed
        self.room = room  # for so many names
        self.blocks: Iterator[Iterable[str]] = iter(())
        self.drawn: list[str] = []  # and not yet shown
        self.names: list[str] = []
        self.kept: list[str] = []
        self.message = ""
        self.prefix: str | None = None  # while it is asked for, what is typed so far
        self.change()

    def change(self, **options: Any) -> None:
        """Draw with other options; where they cannot be met the old ones stay, and the message says why."""
        old = self.options, self.blocks, self.drawn
        self.options = self.options | options
        try:
            self.blocks, self.drawn = iter(self.trained.blocks(0, seed=self.seed, **self.options)), []
            self.draw()
        except NamegenError as error:
            self.options, self.blocks, self.drawn = old
            self.message = str(error)

    def draw(self) -> None:
        """Show the next names; raises `SamplingError` where there is none, and the old ones stay."""
        try:
            while len(self.drawn) < self.room:
                self.drawn += next(self.blocks)
        except SamplingError as error:
            if not self.drawn:
                raise
            self.message = str(error)
        self.names, self.drawn = self.drawn[: self.room], self.drawn[self.room :]

    def keep(self, number: int) -> None:
        """Keep a name shown."""
        if number <= len(self.names) and self.names[number - 1] not in self.kept:
            self.kept.append(self.names[number - 1])

    def press(self, key: str) -> bool:
        """Do what a key asks for, if it is one of ours; false where it asks to leave."""
        self.message = ""
        if self.prefix is not None:
            self.type(key)
        elif key in "qQ":
            return False
        elif key in " \r\n":
            try:
                self.draw()
            except NamegenError as error:
                self.message = str(error)
        elif key in "123456789":
            self.keep(int(key))
        elif key in "+=-_":
            now = self.options["temperature"]
            wanted = min(now + STEP, max(now, MOST)) if key in "+=" else max(now - STEP, min(now, STEP))
            self.change(temperature=round(wanted, 2))
        elif key in "uU" and self.kept:
            self.kept.pop()
        elif key in "pP":
            self.prefix = ""
        return True

    def type(self, key: str) -> None:
        """A key of the prefix: Enter draws with it, Esc leaves all as it was."""
        prefix = self.prefix or ""
        if key in "\r\n":
            self.prefix = None
            self.change(starts_with=(prefix.strip(),) if prefix.strip() else ())
        elif key == "\x1b":
            self.prefix = None
        elif key in "\b\x7f":
            self.prefix = prefix[:-1]
        elif key.isprintable():
            self.prefix = prefix + key


def interact(trained: "TrainedModel", options: dict[str, Any], seed: int | None) -> None:
    """Run until a key asks to leave; then, and at Ctrl-C too, print what was kept."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("-i needs a terminal. Leave it out in a pipe or a script.")
    console = stderr()
    seed = secrets.randbelow(1 << 32) if seed is None else seed
    session = Session(trained, options, seed, _room(console.height))
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)  # from here on there is a screen to give back
    console.set_alt_screen(True)
    try:
        while _press_all(session):
            pass
    except EOFError:
        pass
    finally:
        console.show_cursor(True)
        console.set_alt_screen(False)
        sys.stdout.writelines(f"{name}\n" for name in session.kept)
        sys.stdout.flush()


def _room(rows: int) -> int:
    """How many names a screen of so many rows has room for, beside settings, what is kept, a message and the keys."""
    return max(1, min(SHOWN, rows - 5))


class _ResizedError(Exception):
    """The terminal has another size now."""


def _press_all(session: Session) -> bool:
    """Show the session, and pass on what is typed: one key, or several where they come fast; false to leave."""
    session.room = _room(stderr().height)
    _show(session)
    try:
        typed = _typed()
    except _ResizedError:
        return True
    if typed.startswith("\x1b") and len(typed) > 1:  # an arrow or a function key
        return True
    return all(session.press(key) for key in typed)


def _typed() -> str:
    """Wait for keys. Raises `_ResizedError`, since while the terminal waits for a key nothing can be shown on it."""
    if not hasattr(signal, "SIGWINCH"):
        return typer.getchar()

    def resized(*_: object) -> None:
        raise _ResizedError

    try:
        signal.signal(signal.SIGWINCH, resized)
        return typer.getchar()
    finally:
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)


def _show(session: Session) -> None:
    """Draw the screen anew, cut to its size: first empty lines give way, then the last of the names."""
    console = stderr()
    head = Text(plain("   ".join(_settings(session))), style="bold")
    kept = ", ".join(reversed(session.kept))  # the last first, since what does not fit is cut
    foot = [Text(plain(f"kept {len(session.kept)}: {kept}"), style="green")]
    if session.message:
        foot += Text(plain(session.message), style="red").wrap(console, console.width)
    if session.prefix is None:
        foot += [Text(line.replace("\xa0", " "), style="dim") for line in wrap(KEYS, console.width)]
    else:
        foot.append(Text(PROMPT + plain(session.prefix)))
    gap = [Text()] if console.height >= ENOUGH_ROWS else []
    room = console.height - len([head, *gap, *gap, *foot])
    lines = [head, *gap, *_numbered(session)[: max(0, room)], *gap, *foot]
    for line in lines:
        line.truncate(console.width, overflow="ellipsis")
    console.clear()
    console.show_cursor(session.prefix is not None)
    console.print(Text("\n").join(lines), end="", soft_wrap=True)


def _settings(session: Session) -> list[str]:
    """What names are drawn with: what keys change, and every wish that came with the command."""
    from namegen.settings import SamplingSettings

    options = {name: value for name, value in session.options.items() if name != "allow_known"}
    wishes = {"temperature": 1.0} | SamplingSettings(**options).changed
    told = []
    for name, value in wishes.items():
        label = "prefix" if name == "starts_with" else name.replace("_", " ")
        said = f"{value:g}" if isinstance(value, float) else ", ".join(value) if isinstance(value, tuple) else value
        told.append(f"{label} {said}")
    return [*told, *["known names too"] * session.options["allow_known"], f"seed {session.seed}"]


def _numbered(session: Session) -> list[Text]:
    """The names, each with the key that keeps it."""
    lines = []
    for number, name in enumerate(session.names, start=1):
        mark = "✓" if name in session.kept else " "
        lines.append(Text.assemble((f"{number} ", "dim"), (mark, "green"), " ", plain(name)))
    return lines
