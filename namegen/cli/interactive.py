"""`namegen sample -i`: names on a terminal, drawn and changed and kept with single keys.

The screen is on standard error. What was kept goes to standard output on leaving, so that it can go into a file.
"""

import secrets
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
KEYS = "space draw   1-9 keep   p prefix   + - temperature   u un-keep   q leave"


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
        """Do what a key asks for; false where it asks to leave."""
        self.message = ""
        if key in "qQ\x1b\x04":
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
    try:
        goes_on = True
        while goes_on:
            _show(session)
            goes_on = session.press(typer.getchar())
    except (KeyboardInterrupt, EOFError):
        pass
    stderr().print()
    sys.stdout.writelines(f"{name}\n" for name in session.kept)


def _show(session: Session) -> None:
    console = stderr()
    prefix = ", ".join(session.options["starts_with"] or ())
    settings = f"temperature {session.options['temperature']:g}   seed {session.seed}"
    console.print()
    console.print(Text(plain(settings + (f"   prefix {prefix}" if prefix else "")), style="dim"))
    for number, name in enumerate(session.names, start=1):
        mark = "✓" if name in session.kept else " "
        console.print(Text.assemble((f"{number} ", "dim"), (mark, "green"), " ", plain(name)))
    if session.kept:
        console.print(Text("kept: " + plain(", ".join(session.kept)), style="green"))
    if session.message:
        console.print(Text(plain(session.message), style="red"))
    console.print(Text(KEYS, style="dim"))


def _ask_prefix() -> tuple[str, ...]:
    stderr().print(Text("names begin with (nothing: with anything): "), end="")
    prefix = sys.stdin.readline().strip()
    return (prefix,) if prefix else ()
