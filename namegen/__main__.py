"""`namegen` and `python -m namegen`: runs the command line, with signals and closed streams handled from the start.

Ctrl-C and SIGTERM end the program without a traceback even while it is still being imported.
"""

import os
import signal
import sys
from types import FrameType

from namegen.errors import INTERRUPTED


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell sets it for programs in the background
            signal.signal(number, interrupt)
    try:
        open_missing_streams()
        from namegen.cli.app import main as run  # noqa: PLC0415 (Ctrl-C may come while it is imported)

        run()
    except (KeyboardInterrupt, SystemExit) as end:
        if getattr(end, "code", INTERRUPTED) == INTERRUPTED:
            os._exit(INTERRUPTED)  # an orderly exit of torch would take longer than people wait
        raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # all is done; only Python itself still ends
            signal.signal(number, signal.SIG_IGN)


def interrupt(_number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C ends a program: at once while something is being imported, else by `KeyboardInterrupt`.

    C code that imports a package may take any exception to mean that it is missing, as torch does of numpy.
    """
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


def open_missing_streams() -> None:
    """Open the null device where a shell closed a stream (`>&-`), so that no other file gets its number."""
    for stream, way in (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, stream) is None:
            descriptor = os.open(os.devnull, way)
            setattr(sys, stream, os.fdopen(descriptor, "r" if stream == "stdin" else "w", encoding="utf-8"))


if __name__ == "__main__":
    main()
