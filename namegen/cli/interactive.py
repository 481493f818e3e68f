"""`namegen sample -i`: the screen of a model.

It is drawn on standard error, on the terminal's alternate screen: leaving restores what the terminal showed before.
Then the kept names are printed to standard output, which may be a file.
"""

import asyncio
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from namegen.cli.options import options_in
from namegen.cli.screen import LABELS, Backend, NameScreen, Typed
from namegen.cli.widgets import Name
from namegen.errors import INTERRUPTED
from namegen.settings import PIECES, SampleSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.corpus.packed_names import Names
    from namegen.sampling.filter import KnownNames

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interact(trained: "TrainedModel", settings: SampleSettings, known: "KnownNames") -> NoReturn:
    """Run until a key asks to leave; then print what was kept, and end the program."""
    kept: list[str] = []
    code = 1
    try:
        code = asyncio.run(_run(NameScreen(adapt(trained, settings, known), kept)))
    finally:
        for number in SIGNALS:  # a closed terminal sends several, and the kept names are not printed yet
            signal.signal(number, signal.SIG_IGN)
        try:
            sys.stdout.writelines(f"{name}\n" for name in kept)
            sys.stdout.flush()
        except OSError:
            if code == INTERRUPTED:  # standard output may be the terminal that went away
                sys.exit(INTERRUPTED)
            raise
    sys.exit(code)


async def _run(app: NameScreen) -> int:
    """Run the app. A signal to stop leaves it as Ctrl-C does, and restores the terminal."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, app.exit, INTERRUPTED)
    watching = asyncio.create_task(_leave_with_terminal(app))
    code = await app.run_async()
    watching.cancel()
    return (app.return_code or 0) if code is None else code


async def _leave_with_terminal(app: NameScreen) -> None:
    """Leave when the terminal is gone: Textual would read from it for ever."""
    terminal = select.poll()
    terminal.register(sys.stdin, 0)
    while not any(event & select.POLLHUP for _, event in terminal.poll(0)):
        await asyncio.sleep(1)
    app.exit(INTERRUPTED)


def adapt(trained: "TrainedModel", settings: SampleSettings, known: "KnownNames") -> Backend:
    """What the screen needs of a model, which does not generate `known` names.

    A field that was not changed leaves its setting as it is; an empty one stands for the default, which it shows.
    """
    first = {name: _shown(getattr(settings, name) or ()) for name in LABELS}

    def draw(typed: Typed) -> Iterator[Sequence[Name]]:
        now = {**settings.changed, "n": 0, "seed": settings.seed}
        for name, text in typed.items():
            if text != first[name]:
                now.pop(name, None)
                if text.strip():
                    now[name] = _value(name, text)
        asked = SampleSettings.of(**now)

        def pair(block: "Names") -> Sequence[Name]:
            return [*map(Name, trained.shown(block, asked.case, ascii=asked.ascii), block)]

        return map(pair, trained.sampler(asked, known))  # not a generator, which an error would end for good

    def usual(typed: Typed) -> Typed:
        lengths = {name: _value(name, typed[name]) for name in ("min_length", "max_length") if typed[name].strip()}
        found = SampleSettings.of(raw=settings.raw, **lengths).within(trained.record.usual_lengths)
        return {name: _shown(getattr(found, name)) for name in LABELS}

    others = {name: value for name, value in settings.changed.items() if name not in (*LABELS, "n", "seed")}
    facts = [name.replace("_", " ") + ("" if value is True else f" {_shown(value)}") for name, value in others.items()]
    title = "   ".join([", ".join(trained.record.sources), *facts, f"seed {settings.seed}"])
    return Backend(draw, lambda spelled: trained.score([spelled])[0].letters, first, usual, title)


def _shown(value: Any) -> str:
    """The value of a setting, as a field shows it."""
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


def _value(name: str, text: str) -> Any:
    """The value of a setting, as it was typed; several pieces have commas between them."""
    if name in PIECES:
        return tuple(filter(None, map(str.strip, text.split(","))))
    return options_in(SampleSettings)[name].read(text)
