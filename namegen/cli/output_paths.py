"""Where commands write: paths are checked before the work, not after it."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import as_word
from namegen.cli.open_models import SUFFIX
from namegen.corpus.sources import IN_MEMORY, STANDARD_INPUT, bundled, files_of
from namegen.errors import SourceError, UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

CHECKPOINT_SUFFIX = ".checkpoint"


def check_writable(path: Path, force: bool, option: str = "--out") -> None:
    """Find out before the work that the result cannot be written. Raises `UsageError`."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder. Name a file with {option}.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: is a device, not a file. Name a file with {option}.")
        if path.exists() and not force:
            raise UsageError(f"{path}: exists already. Overwrite it with --force, or name another file with {option}.")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise UsageError(f"{path}: its folder does not exist. Make it, or name another file with {option}.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{path}: its folder cannot be written to. Name a file elsewhere with {option}.")
    except (OSError, RuntimeError) as error:  # a RuntimeError: links that form a loop
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{path}: cannot be written ({reason}). Name another file with {option}.") from error


@dataclass(frozen=True)
class TrainingPaths:
    """The files that a training writes."""

    model: Path
    checkpoint: Path
    log: Path | None = None

    def check(self, lists: Sequence[str], *, force: bool, resumed: bool) -> None:
        """Raise `UsageError` where a file cannot be written, or would replace one that is needed."""
        _check_model_name(self.model, self.checkpoint)
        check_writable(self.model, force)
        self.check_not_read(lists)
        if self.checkpoint.exists() and not (force or resumed):
            raise UsageError(
                f"{self.checkpoint}: is left from a training that was stopped. Continue it with --resume "
                f"{as_word(self.checkpoint)}, or start again with --force."
            )
        if self.log:
            check_writable(self.log, force=True, option="--log")
            if not _may_be_log(self.log, self.model, self.checkpoint):
                raise UsageError(f"{self.log}: is not a log of a training. Name another file with --log.")

    def check_not_read(self, lists: Sequence[str]) -> None:
        """As the function, of all these files."""
        check_not_read(self.model, lists)
        check_not_read(self.checkpoint, lists)
        if self.log:
            check_not_read(self.log, lists, "--log")

    @property
    def resuming(self) -> str:
        """The command that continues the training, to the same model file."""
        other = "" if self.model == self.checkpoint.with_suffix(SUFFIX) else f" -o {as_word(self.model)}"
        return f"namegen train --resume {as_word(self.checkpoint)}{other}"


def check_not_read(path: Path, sources: Iterable[str], option: str = "--out") -> None:
    """Raise `UsageError` where a result would replace a file that it is made from."""
    there = [path.stat()] if path.exists() else []
    target = Path(os.path.realpath(path))
    for source in sources:
        if any(os.path.samestat(here, read) for here in there for read in _stats_of(source)):
            raise UsageError(f"{path}: is also read. Name another file with {option}.")
        if target.suffix == ".txt" and source not in bundled() and str(target.parent) == os.path.realpath(source):
            raise UsageError(f"{path}: would be read as a list of its folder. Name another file with {option}.")


def check_not_learned_from(path: Path, trained: "Iterable[TrainedModel]") -> None:
    """As `check_not_read`, of the lists that models were trained on, where they still exist."""
    for model in trained:
        for source in filter(None, [*model.record.sources, model.record.validation]):
            try:
                check_not_read(path, [source])
            except SourceError:
                continue
            except UsageError:
                with suppress(SourceError):  # it is another list by now
                    model.read_split()
                    raise


def _stats_of(source: str) -> list[os.stat_result]:
    if source == IN_MEMORY and not Path(source).exists():
        return []
    if source != STANDARD_INPUT:
        return [file.stat() for file in files_of(source)]
    try:
        return [os.fstat(sys.stdin.fileno())]
    except (OSError, ValueError, AttributeError):  # there is none, or none that is a file
        return []


def _check_model_name(path: Path, checkpoint: Path) -> None:
    """Raise `UsageError` where a model file would be named as a checkpoint, or replace its own."""
    if path.suffix == CHECKPOINT_SUFFIX or os.path.realpath(path) == os.path.realpath(checkpoint):
        raise UsageError(f"{path}: is the name of a checkpoint. Give the model file another name with --out.")


def checkpoint_beside(path: Path) -> Path:
    """The checkpoint of the training of a model."""
    if path.suffix == SUFFIX:
        return path.with_suffix(CHECKPOINT_SUFFIX)
    return Path(f"{path}{CHECKPOINT_SUFFIX}")


def check_checkpoint(path: Path) -> None:
    """Raise `UsageError` where a path cannot be that of a checkpoint."""
    if not path.name or path.is_dir():
        raise UsageError(f"{path}: is a folder. Name the checkpoint of a training that was stopped.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: is a device, not a file. Name the checkpoint of a training that was stopped.")


def _may_be_log(log: Path, *written: Path) -> bool:
    """Whether lines of JSON can be added to a file: it is new, or holds such lines, and is nothing else we write."""
    if log.resolve() in (path.resolve() for path in written):
        return False
    if not log.exists() or not log.stat().st_size:
        return True
    with log.open("rb") as file:
        begins = file.read(1)
        file.seek(-1, os.SEEK_END)
        return begins == b"{" and file.read(1) == b"\n"
