"""`namegen` and `python -m namegen`: what stands around the command line from the first moment to the last.

Ctrl-C is quiet here even while the program is still being imported, and so is SIGTERM, which asks for the same.
"""

import os
import signal
import sys
from types import FrameType

from namegen.errors import INTERRUPTED


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as whoever started us in the background may want it
            signal.signal(number, interrupt)
    try:
        open_missing_streams()
        from namegen.cli.app import main as run  # noqa: PLC0415 (Ctrl-C may come while it is imported)

        run()
    except (KeyboardInterrupt, SystemExit) as end:
        if getattr(end, "code", INTERRUPTED) == INTERRUPTED:
            os._exit(INTERRUPTED)  # to take torch down in good order would take longer than people wait
        raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # all is done; only Python itself is still to be left
            signal.signal(number, signal.SIG_IGN)


def interrupt(_number: int, frame: FrameType | None) -> None:
    """Leave as Ctrl-C makes a program leave: at once where something is being imported, else by `KeyboardInterrupt`.

    What imports may be C code that takes any exception for a sign that the package is missing, as torch does of numpy.
    """
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


def open_missing_streams() -> None:
    """Where a shell closed a standard stream (`>&-`), take its number, so that no file of ours gets it.

    Reading finds nothing, writing results is an error, and notes go unheard.
    """
    for stream, way in (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, stream) is None:
            descriptor = os.open(os.devnull, way)
            setattr(sys, stream, os.fdopen(descriptor, "r" if stream == "stdin" else "w", encoding="utf-8"))


if __name__ == "__main__":
    main()
