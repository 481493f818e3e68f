"""Files that commands write: whether they can be written is found out before the work, not after it."""

import os
from collections.abc import Iterable
from pathlib import Path

from namegen.cli.console import as_word
from namegen.cli.opening import SUFFIX
from namegen.errors import UsageError
from namegen.sources import IN_MEMORY, STANDARD_INPUT, files_of

CHECKPOINT_SUFFIX = ".checkpoint"


def check_writable(path: Path, force: bool, option: str = "--out") -> None:
    """Find out before the work that the result cannot be written. Raises `UsageError`."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder. Name a file with {option}.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: is a device, not a file. Name a file with {option}.")
        if path.exists() and not force:
            raise UsageError(f"{path}: exists already. Pass --force to write over it, or name another file with --out.")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise UsageError(f"{path}: its folder does not exist. Make it, or name another file with {option}.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{path}: its folder cannot be written to. Name a file elsewhere with {option}.")
    except (OSError, RuntimeError) as error:  # a RuntimeError: links that lead round in a circle
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{path}: cannot be written ({reason}). Name another file with {option}.") from error


def check_no_source(path: Path, sources: Iterable[str]) -> None:
    """Raise `UsageError` where the result would take the place of a list that it is made from."""
    if not path.exists():
        return
    for source in sources:
        if source not in (STANDARD_INPUT, IN_MEMORY) and any(file.samefile(path) for file in files_of(source)):
            raise UsageError(f"{path}: is a list that is read here. Name another file with --out.")


def check_model_name(path: Path) -> None:
    """Raise `UsageError` where a model file would be named as a checkpoint."""
    if path.suffix == CHECKPOINT_SUFFIX:
        raise UsageError(f"{path}: is the name of a checkpoint. Name the model file otherwise with --out.")


def checkpoint_beside(path: Path, force: bool) -> Path:
    """Where the training of a model is kept while it is not over. Raises `UsageError` where one was stopped there."""
    checkpoint = path.with_suffix(CHECKPOINT_SUFFIX)
    if path.suffix != SUFFIX:
        checkpoint = path.with_name(path.name + CHECKPOINT_SUFFIX)
    if checkpoint.exists() and not force:
        raise UsageError(
            f"{checkpoint}: a training was stopped there. Go on with --resume {as_word(checkpoint)}, or begin anew "
            "with --force."
        )
    return checkpoint


def resuming(checkpoint: Path, path: Path) -> str:
    """The command that goes on with a training, to the same model file."""
    other = "" if path == checkpoint.with_suffix(SUFFIX) else f" -o {as_word(path)}"
    return f"namegen train --resume {as_word(checkpoint)}{other}"


def check_checkpoint(path: Path) -> None:
    """Raise `UsageError` where a path cannot be that of a checkpoint."""
    if not path.name or path.is_dir():
        raise UsageError(f"{path}: is a folder. Name the checkpoint of a training that was stopped.")


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
