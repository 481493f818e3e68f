"""`namegen sample -i`: names on a terminal, drawn and changed and kept with single keys.

The screen is on standard error, the terminal's alternate one, so that leaving brings back what was there before. What
was kept goes to standard output on leaving, so that it can go into a file.
"""

import secrets
import signal
import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from namegen.cli.console import plain, stderr
from namegen.errors import NamegenError, UsageError

if TYPE_CHECKING:
    from namegen.trained import TrainedModel

SHOWN = 9
STEP = 0.1
KEYS = "space draw  1-9 keep  u un-keep  p prefix  + - temperature  q leave"


class Session:
    """What is on the screen, and what was kept."""

    def __init__(self, trained: "TrainedModel", options: dict[str, Any], seed: int) -> None:
        self.trained = trained
        self.options = options
        self.seed = seed
        self.names: list[str] = []
        self.kept: list[str] = []
        self.message = ""
        self.change()

    def change(self, **options: Any) -> None:
        """Draw with other options; where they cannot be met the old ones stay, and the message says why."""
        old = self.options, getattr(self, "stream", iter(()))
        self.options = self.options | options
        try:
            self.stream = self.trained.stream(seed=self.seed, **self.options)
            self.draw()
        except NamegenError as error:
            self.options, self.stream = old
            self.message = str(error)

    def draw(self) -> None:
        """Show the next names."""
        names = []
        for name in self.stream:
            names.append(name)
            if len(names) == SHOWN:
                break
        self.names = names

    def keep(self, number: int) -> None:
        """Keep a name shown."""
        if number <= len(self.names) and self.names[number - 1] not in self.kept:
            self.kept.append(self.names[number - 1])

    def press(self, key: str) -> bool:
        """Do what a key asks for, if it is one of ours; false where it asks to leave."""
        self.message = ""
        if key in "qQ\x1b":
            return False
        if key in " \r\n":
            try:
                self.draw()
            except NamegenError as error:
                self.message = str(error)
        elif key in "123456789":
            self.keep(int(key))
        elif key in "+=-_":
            temperature = self.options["temperature"] + (STEP if key in "+=" else -STEP)
            self.change(temperature=round(min(max(temperature, STEP), 5), 1))
        elif key in "uU" and self.kept:
            self.kept.pop()
        elif key in "pP":
            self.change(starts_with=_ask_prefix())
        return True


def interact(trained: "TrainedModel", options: dict[str, Any], seed: int | None) -> None:
    """Run until a key asks to leave; then print what was kept."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("-i needs a terminal. Leave it out in a pipe or a script.")
    session = Session(trained, options, secrets.randbelow(1 << 32) if seed is None else seed)
    console = stderr()
    console.set_alt_screen(True)
    try:
        while _press_all(session):
            pass
    except (KeyboardInterrupt, EOFError):
        pass
    finally:
        console.set_alt_screen(False)
    sys.stdout.writelines(f"{name}\n" for name in session.kept)


class _ResizedError(Exception):
    """The terminal has another size now."""


def _press_all(session: Session) -> bool:
    """Show the session, and pass on what is typed: one key, or several where they come fast; false to leave."""
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
    """Draw the screen anew, names and settings cut to its width."""
    settings = [f"temperature {session.options['temperature']:g}", f"kept {len(session.kept)}", f"seed {session.seed}"]
    if session.options["starts_with"]:
        settings.insert(1, "prefix " + ", ".join(session.options["starts_with"]))
    lines = [Text(plain("   ".join(settings)), style="bold"), Text()]
    for number, name in enumerate(session.names, start=1):
        mark = "✓" if name in session.kept else " "
        lines.append(Text.assemble((f"{number} ", "dim"), (mark, "green"), " ", plain(name)))
    lines += [Text(), Text("kept: " + plain(", ".join(session.kept)), style="green")]
    console = stderr()
    console.clear()
    for line in lines:
        console.print(line, soft_wrap=False, no_wrap=True, overflow="ellipsis")
    console.print(Text(plain(session.message), style="red"))
    console.print(Text(KEYS, style="dim"))


def _ask_prefix() -> tuple[str, ...]:
    stderr().print(Text("names begin with (nothing: with anything): "), end="")
    prefix = sys.stdin.readline().strip()
    return (prefix,) if prefix else ()
