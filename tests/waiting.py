"""Waiting for a condition, never for a time: how fast the machine is decides no verdict."""

import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PATIENCE = 600  # seconds before a test gives up; a hundred times as long as an idle machine needs for anything here
Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], what: str) -> Found:
    """Ask for a condition until it holds, and return what it gave. Fails after `PATIENCE` with what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} seconds for this: {what}"
        time.sleep(0.005)
    return found


def ended(child: int) -> int:
    """The exit code of a child, or minus the number of the signal that ended it."""
    _, status = wait_until(
        lambda: found if (found := os.waitpid(child, os.WNOHANG))[0] else None, f"process {child} ends"
    )
    return os.waitstatus_to_exitcode(status)


def wait_until_blocked(child: int, pipe: int) -> None:
    """Wait until a process sleeps because nobody reads from a pipe; `pipe` is an end that can be written to."""

    def is_blocked() -> bool:
        is_full = not select.select([], [pipe], [], 0)[1]
        return is_full and Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "S"

    wait_until(is_blocked, f"process {child} fills the pipe and waits for its reader")
