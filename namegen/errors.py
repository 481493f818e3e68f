"""The few errors that a user can meet. Each is one line: what is wrong, and where there is one, the way out.

This room knows nothing of the rest: everything may import it, it imports nothing of namegen.
"""

from pathlib import Path

INTERRUPTED = 130  # what a program that Ctrl-C ended leaves with: 128 and the number of the signal


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
