"""The errors that a user can meet.

    NamegenError                   exit code 1
    ├── UsageError (ValueError)    exit code 2: a setting or argument is wrong, or settings contradict each other
    ├── SourceError                a list cannot be found, read or used
    ├── VocabularyError            a character that the model does not know
    ├── ModelFileError             a model file cannot be read, written or trusted
    ├── SamplingError              fewer names than requested could be found
    └── TrainingError              a training cannot go on
        └── TrainingStoppedError   exit code 130: it was asked to stop

Each is one line: what is wrong, and what to do next. It names a setting as `holdout` or `holdout=0`, which the command
line shows as its option.
"""

from pathlib import Path

INTERRUPTED = 130  # exit code of a program ended by Ctrl-C: 128 and the number of the signal


class NamegenError(Exception):
    """Something that the user can fix. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __str__(self) -> str:
        return super().__str__().replace("\n", "\\n")  # what is named in it, such as a path, may contain a line break


def reason_of(error: Exception) -> str:
    """Why a file cannot be read or written, in small letters."""
    return (getattr(error, "strerror", None) or str(error)).lower()


class UsageError(NamegenError, ValueError):
    """A setting or argument is wrong, or settings contradict each other."""

    exit_code = 2


class SourceError(NamegenError):
    """A list of names cannot be found, read or used."""


class VocabularyError(NamegenError, ValueError):
    """A character that the model does not know."""


class ModelFileError(NamegenError):
    """A model file cannot be read, written or trusted."""


class TrainingError(NamegenError):
    """A training cannot go on, for example because its loss is not a number.

    `reason` says why, without what to do next. Where there is a `checkpoint`, `resume` uses the best epoch.
    """

    def __init__(self, reason: str, way_out: str = "", checkpoint: Path | None = None) -> None:
        super().__init__(f"{reason} {way_out}".strip())
        self.reason, self.checkpoint = reason, checkpoint


class TrainingStoppedError(TrainingError):
    """A training was asked to stop; where there is a `checkpoint`, `resume` continues it."""

    exit_code = INTERRUPTED


class SamplingError(NamegenError):
    """Fewer names than requested could be found."""
