"""The few errors that a user can meet. Each is one line: what is wrong, and where there is one, the way out.

This room knows nothing of the rest: everything may import it, it imports nothing.
"""

import shlex
from pathlib import Path

INTERRUPTED = 130  # what a program that Ctrl-C ended leaves with: 128 and the number of the signal


def as_word(path: str | Path) -> str:
    """A path as it can be pasted after a command.

    >>> as_word("my names.txt"), as_word("-x.safetensors"), as_word("irish.safetensors")
    ("'my names.txt'", './-x.safetensors', 'irish.safetensors')
    """
    return shlex.quote(f"./{path}" if str(path).startswith("-") and str(path) != "-" else str(path))


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
    """A training that cannot go on, such as one whose loss is no longer a number."""


class TrainingStoppedError(NamegenError):
    """A training that was asked to stop, and did so after saving where it was."""

    exit_code = INTERRUPTED


class SamplingError(NamegenError):
    """Fewer names than asked for could be found."""
