"""Ctrl-C and SIGTERM during a training: the first asks it to stop at its next step, the second ends the program."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from namegen.training import distributed


class StopOnInterrupt:
    """Turns the first Ctrl-C or SIGTERM of a training into a request to stop, which is asked for before every step.

    Where nothing asks, as while a list is read, and at the second Ctrl-C, the program is interrupted as usual. A signal
    that is ignored stays ignored.
    """

    def __init__(self) -> None:
        self.is_asked_for = self.is_requested = False

    def __call__(self) -> bool:
        """Whether to stop."""
        self.is_asked_for = True
        return self.is_requested

    def __enter__(self) -> Self:
        self._before = {
            kind: signal.signal(kind, self._on_interrupt)
            for kind in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(kind) is not signal.SIG_IGN
        }
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)

    def _on_interrupt(self, kind: int, frame: FrameType | None) -> None:
        as_usual = self._before[signal.Signals(kind)]
        if (self.is_requested or not self.is_asked_for) and callable(as_usual):
            as_usual(kind, frame)
        self.is_requested = True


@contextmanager
def interrupted_at_once() -> Iterator[None]:
    """While processes wait for each other, in code during which Python hears no signal, Ctrl-C ends this one itself."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    for kind, handler in before.items():
        if distributed.asked_for() and handler is not signal.SIG_IGN:
            signal.signal(kind, signal.SIG_DFL)
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
