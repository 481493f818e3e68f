"""Files that commands write: whether they can be written is found out before the work, not after it."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
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
            raise UsageError(f"{path}: exists already. Pass --force to write over it, or name another with {option}.")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise UsageError(f"{path}: its folder does not exist. Make it, or name another file with {option}.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{path}: its folder cannot be written to. Name a file elsewhere with {option}.")
    except (OSError, RuntimeError) as error:  # a RuntimeError: links that lead round in a circle
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{path}: cannot be written ({reason}). Name another file with {option}.") from error


def claim(path: Path, checkpoint: Path, log: Path | None, *, force: bool, resumed: bool, lists: list[str]) -> None:
    """Find out before a training that its files can be written, and would take the place of nothing that is needed.

    Raises `UsageError`.
    """
    check_model_name(path, checkpoint)
    check_writable(path, force)
    check_none_is_read(path, checkpoint, log, lists)
    if checkpoint.exists() and not (force or resumed):
        raise UsageError(
            f"{checkpoint}: a training was stopped there. Go on with --resume {as_word(checkpoint)}, or begin anew "
            "with --force."
        )
    if log:
        check_writable(log, force=True, option="--log")
        if not may_be_log(log, path, checkpoint):
            raise UsageError(f"{log}: is no log of a training. Name another file with --log.")


def check_none_is_read(path: Path, checkpoint: Path, log: Path | None, lists: list[str]) -> None:
    """As `check_not_read`, of all files that a training writes."""
    check_not_read(path, lists)
    check_not_read(checkpoint, lists)
    if log:
        check_not_read(log, lists, "--log")


def check_not_read(path: Path, sources: Iterable[str], option: str = "--out") -> None:
    """Raise `UsageError` where a result would take the place of a file that it is made from."""
    there = [path.stat()] if path.exists() else []
    target = Path(os.path.realpath(path))
    for source in sources:
        if any(os.path.samestat(here, read) for here in there for read in _stats_of(source)):
            raise UsageError(f"{path}: is a file that is read here. Name another with {option}.")
        if target.suffix == ".txt" and source not in bundled() and str(target.parent) == os.path.realpath(source):
            raise UsageError(f"{path}: would be read as one of the lists in its folder. Name another with {option}.")


def check_not_learned_from(path: Path, trained: "Iterable[TrainedModel]") -> None:
    """As `check_not_read`, of the lists that models come from, as far as they are still there."""
    for model in trained:
        for source in filter(None, [*model.record.sources, model.record.validation_source]):
            try:
                check_not_read(path, [source])
            except SourceError:
                continue
            except UsageError:
                with suppress(SourceError):  # where it is another list by now
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


def check_model_name(path: Path, checkpoint: Path) -> None:
    """Raise `UsageError` where a model file would be named as a checkpoint, or take the place of its own."""
    if path.suffix == CHECKPOINT_SUFFIX or os.path.realpath(path) == os.path.realpath(checkpoint):
        raise UsageError(f"{path}: is the name of a checkpoint. Name the model file otherwise with --out.")


def checkpoint_beside(path: Path) -> Path:
    """Where the training of a model is kept while it is not over."""
    if path.suffix == SUFFIX:
        return path.with_suffix(CHECKPOINT_SUFFIX)
    return Path(f"{path}{CHECKPOINT_SUFFIX}")


def resuming(checkpoint: Path, path: Path) -> str:
    """The command that goes on with a training, to the same model file."""
    other = "" if path == checkpoint.with_suffix(SUFFIX) else f" -o {as_word(path)}"
    return f"namegen train --resume {as_word(checkpoint)}{other}"


def check_checkpoint(path: Path) -> None:
    """Raise `UsageError` where a path cannot be that of a checkpoint."""
    if not path.name or path.is_dir():
        raise UsageError(f"{path}: is a folder. Name the checkpoint of a training that was stopped.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: is a device, not a file. Name the checkpoint of a training that was stopped.")


def may_be_log(log: Path, *written: Path) -> bool:
    """Whether lines of JSON can be added to a file: it is new, or holds such lines, and is nothing else we write."""
    if log.resolve() in (path.resolve() for path in written):
        return False
    if not log.exists() or not log.stat().st_size:
        return True
    with log.open("rb") as file:
        begins = file.read(1)
        file.seek(-1, os.SEEK_END)
        return begins == b"{" and file.read(1) == b"\n"
