"""Checks of the paths that commands write to, before the work begins."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import as_word
from namegen.corpus.sources import bundled, files_of, is_standard_input
from namegen.errors import SourceError, UsageError
from namegen.export import SUFFIXES
from namegen.settings import MODEL_SUFFIX

if TYPE_CHECKING:
    from namegen.api import TrainedModel

CHECKPOINT_SUFFIX = ".checkpoint"


def check_output(path: Path, sources: Iterable[str] = (), *, force: bool = False, option: str = "--out") -> None:
    """Raise `UsageError` where a result cannot be written, or would replace a file that it is made from."""
    name_another = f"name another file with {option}."
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: is not a file. Name a file with {option}.")
    if path.exists() and not force:
        raise UsageError(f"{path}: exists already. Overwrite it with --force, or {name_another}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: its folder does not exist. Make it, or {name_another}")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: its folder cannot be written to. Name a file elsewhere with {option}.")
    check_not_read(path, sources, option)


def check_model_file(path: Path, sources: Iterable[str], *, force: bool) -> None:
    """As `check_output`, of a model file, which is not named as one that `namegen export` writes."""
    if (suffix := path.suffix.lower()) in SUFFIXES:
        way_out = f"Let that of a model end in {MODEL_SUFFIX}; `namegen export` writes {suffix} from it"
        raise UsageError(f"{path}: is the name of an exported file. {way_out}.")
    check_output(path, sources, force=force)


def check_not_read(path: Path, sources: Iterable[str], option: str = "--out") -> None:
    """Raise `UsageError` where a result would replace a file that it is made from, or become a list of its folder."""
    for source in sources:
        if path.exists() and any(os.path.samestat(path.stat(), read) for read in _stats_of(source)):
            raise UsageError(f"{path}: is also read. Name another file with {option}.")
        if path.suffix == ".txt" and source not in bundled() and path.resolve().parent == Path(source).resolve():
            raise UsageError(f"{path}: would be read as a list of its folder. Name another file with {option}.")


def check_not_learned_from(path: Path, trained: "Iterable[TrainedModel]") -> None:
    """As `check_not_read`, of the lists that models were trained on, where they still exist."""
    for model in trained:
        for source in filter(None, [*model.record.sources, model.record.validation]):
            with suppress(SourceError):
                check_not_read(path, [source])


def _stats_of(source: str) -> list[os.stat_result]:
    if is_standard_input(source):
        return [os.fstat(sys.stdin.fileno())]
    return [file.stat() for file in files_of(source)]


def check_training_files(model: Path, checkpoint: Path, lists: Sequence[str], *, force: bool, resumed: bool) -> None:
    """Raise `UsageError` where a training cannot write its files, or would replace one that is needed."""
    if model.suffix == CHECKPOINT_SUFFIX or model.resolve() == checkpoint.resolve():
        raise UsageError(f"{model}: is the name of a checkpoint. Give the model file another name with --out.")
    check_model_file(model, lists, force=force)
    check_not_read(checkpoint, lists)
    if checkpoint.exists() and not (force or resumed):
        raise UsageError(
            f"{checkpoint}: is left from a training that was stopped. Continue it with --resume {as_word(checkpoint)}, "
            "or start again with --force."
        )


def check_log(log: Path, lists: Sequence[str]) -> None:
    """Raise `UsageError` where lines of JSON cannot be added to a file: it holds something else, or is read."""
    check_output(log, lists, force=True, option="--log")
    if log.suffix in (MODEL_SUFFIX, CHECKPOINT_SUFFIX) or (log.exists() and log.read_bytes()[:1] not in (b"", b"{")):
        raise UsageError(f"{log}: is not a log of a training. Name another file with --log.")
