"""The command line in a child forked from here, where torch is imported already: a second faster than a new process."""

import os
import select
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from waiting import PATIENCE, ended

from namegen.cli.app import main


def stream(number: int, mode: str) -> Any:
    """A standard stream, or None where it is closed, as Python has it."""
    try:
        return open(number, mode, encoding="utf-8", closefd=False)
    except OSError:
        return None


def started(
    arguments: list[str],
    folder: Path,
    before: Callable[[], object] = lambda: None,
    program: Callable[[], object] = main,
) -> int:
    """Fork a child that runs namegen in a folder; what it says goes to the file `said`. Returns its process id."""
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(folder)
        said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)
        before()
        sys.stdin, sys.stdout, sys.stderr = map(stream, range(3), "rww")
        sys.argv = ["namegen", *arguments]
        program()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(70)


def run(
    arguments: list[str],
    folder: Path,
    before: Callable[[], object] = lambda: None,
    program: Callable[[], object] = main,
) -> tuple[int, str]:
    """The exit code of namegen, and what it said."""
    code = ended(started(arguments, folder, before, program))
    return code, (folder / "said").read_text("utf-8")


def on_terminal(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of namegen on a terminal of its own, and what it showed."""
    ours, theirs = os.openpty()

    def sit_down() -> None:
        os.close(ours)
        os.login_tty(theirs)
        os.environ.clear()
        os.environ.update(environment)

    child = started(arguments, folder, sit_down)
    os.close(theirs)
    shown = b""
    with open(ours, "rb", buffering=0) as terminal:
        while True:
            ready, _, _ = select.select([terminal], [], [], PATIENCE)
            assert ready, f"waited {PATIENCE} seconds for {arguments} to leave the terminal"
            try:
                shown += terminal.read(65536)
            except OSError:  # the other side is closed
                break
    return ended(child), shown.decode()
