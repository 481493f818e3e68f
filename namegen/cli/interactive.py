"""`namegen sample -i`: the screen, given a model.

It is drawn on standard error, on the terminal's alternate screen, so that leaving brings back what was there before.
What was kept goes to standard output on leaving, so that it can go into a file.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from namegen.cli.options import option_of
from namegen.cli.screen.app import NameScreen
from namegen.cli.screen.pages import Backend, Name, Settings
from namegen.errors import INTERRUPTED, UsageError
from namegen.settings import PIECES, Case, SampleSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.corpus.packed_names import Names

HUNG_UP = 129  # what a program whose terminal was closed leaves with: 128 and the number of the signal


def interact(trained: "TrainedModel", settings: SampleSettings) -> int:
    """Run until a key asks to leave; then print what was kept. Returns the exit code."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("-i needs a terminal. Leave it out in a pipe or a script.")
    kept: list[str] = []
    app = NameScreen(*adapt(trained, settings), kept)
    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        code = asyncio.run(_run(app, [number for number in numbers if before[number] is not signal.SIG_IGN]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _print(kept)
    if app.failure:
        raise app.failure
    return code


async def _run(app: NameScreen, numbers: Sequence[signal.Signals]) -> int:
    """Run the app. What asks it to stop leaves it as Ctrl-C does, and gives the terminal back."""
    for number in numbers:
        if number.name == "SIGHUP":  # the terminal is closed: nothing can be given back, or written to it
            signal.signal(number, partial(_save, app.kept))
        else:
            asyncio.get_running_loop().add_signal_handler(number, app.exit, INTERRUPTED)
    code = await app.run_async()
    return (app.return_code or 0) if code is None else code


def _save(kept: Sequence[str], *_: object) -> None:
    _print(kept)
    os._exit(HUNG_UP)


def _print(kept: Sequence[str]) -> None:
    sys.stdout.writelines(f"{name}\n" for name in kept)
    sys.stdout.flush()


def adapt(trained: "TrainedModel", settings: SampleSettings) -> tuple[Backend, Settings]:
    """What the screen needs of a model, and what its fields hold at first.

    A field that is as it was at first leaves its setting as it is; an empty one stands for the default.
    """
    first = Settings(**{field.name: _shown(getattr(settings, field.name)) for field in fields(Settings)})

    def draw(typed: Settings) -> Iterator[Sequence[Name]]:
        now = {**settings.changed, "n": 0, "seed": settings.seed}
        for name, text in vars(typed).items():
            if text != getattr(first, name):
                now.pop(name, None)
                if text.strip():
                    now[name] = _value(name, text)
        asked = SampleSettings.of(**now)

        def pair(block: "Names") -> Sequence[Name]:
            return [*map(Name, trained.shown(block, asked.case), block)]

        return map(pair, trained.sampler(asked))  # not a generator, which an error would end for good

    def surprisal(spelled: str) -> Sequence[tuple[str, float]]:
        return trained.score([spelled])[0].letters

    others = {name: value for name, value in settings.changed.items() if name not in {f.name for f in fields(Settings)}}
    facts = [f"{name.replace('_', ' ')} {_shown(value)}" for name, value in others.items() if name not in ("n", "seed")]
    title = "   ".join([f"namegen  {', '.join(trained.record.sources)}", *facts, f"seed {settings.seed}"])
    return Backend(draw, surprisal, get_args(Case), title), first


def _shown(value: Any) -> str:
    """The value of a setting, as a field shows it."""
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


def _value(name: str, text: str) -> Any:
    """The value of a setting, as it was typed; several pieces have commas between them."""
    if name in PIECES:
        return tuple(filter(None, map(str.strip, text.split(","))))
    return option_of(SampleSettings, name).read(text)
