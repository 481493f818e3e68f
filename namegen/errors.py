"""The few errors that a user can meet. Each is one line: what is wrong, and where there is one, the way out.

This room knows nothing of the rest: everything may import it, it imports nothing of namegen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INTERRUPTED = 130  # what a program that Ctrl-C ended leaves with: 128 and the number of the signal
_at_command_line = False


@contextmanager
def at_command_line() -> Iterator[None]:
    """While this lasts, errors speak to who typed a command."""
    global _at_command_line  # noqa: PLW0603 (errors are made everywhere, and know nothing of who will read them)
    before, _at_command_line = _at_command_line, True
    try:
        yield
    finally:
        _at_command_line = before


def setting(name: str, value: object = None) -> str:
    """How a setting is spoken of: as an argument in Python, as an option at the command line.

    >>> setting("learning_rate"), setting("model", "mlp")
    ('learning_rate', "model='mlp'")
    >>> with at_command_line():
    ...     setting("learning_rate"), setting("model", "mlp"), setting("allow_known", True)
    ('--learning-rate', '--model mlp', '--allow-known')
    """
    if _at_command_line:
        return f"--{name.replace('_', '-')}" + ("" if value in (None, True) else f" {value}")
    return name if value is None else f"{name}={value!r}"


class NamegenError(Exception):
    """Something that the user can mend; its text is one line fit to be shown as it is.

    `exit_code` is what the command line ends with: 1 for a failed job, 2 for a wrong wish.
    """

    exit_code = 1

    def __str__(self) -> str:
        return super().__str__().replace("\n", "\\n")  # what is named in it, such as a path, may hold a line break


class UsageError(NamegenError, ValueError):
    """An argument or setting that is not as it has to be, or settings that contradict each other."""

    exit_code = 2


class SourceError(NamegenError):
    """A list of names that cannot be found, read or used."""


class VocabularyError(NamegenError, ValueError):
    """A character that the vocabulary in use does not hold."""


class ModelFileError(NamegenError):
    """A model file that cannot be read, written or trusted."""


class TrainingError(NamegenError):
    """A training that cannot go on, such as one whose loss is no longer a number.

    `reason` says why, without the way out. Where there is a `checkpoint`, `resume` makes do with the best epoch.
    """

    def __init__(self, reason: str, way_out: str = "", checkpoint: Path | None = None) -> None:
        super().__init__(f"{reason} {way_out}".strip())
        self.reason, self.checkpoint = reason, checkpoint


class TrainingStoppedError(TrainingError):
    """A training that was asked to stop, and did so; where there is a `checkpoint`, `resume` goes on with it."""

    exit_code = INTERRUPTED


class SamplingError(NamegenError):
    """Fewer names than asked for could be found."""
