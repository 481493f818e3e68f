"""Model files, or lists in their place, as commands are given them: typos are told before torch is imported."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import note, plural
from namegen.cli.hints import on_capitals
from namegen.corpus.sources import STANDARD_INPUT, bundled, files_of
from namegen.errors import ModelFileError, UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

SUFFIX = ".safetensors"


def open_model(source: str, quiet: bool = False, *, lower: bool = False) -> "TrainedModel":
    """A model file, or the n-gram model fitted to a list, with a note that it was.

    Raises `ModelFileError` and `SourceError`, and `UsageError` where `lower` is asked of a model file.
    """
    check_model(source)

    from namegen.api import open_model

    trained = open_model(source, lower=lower)
    if trained.is_fresh:
        names = plural(trained.record.counts["train"], "name")
        note(f"fitted an n-gram model to {names} in {trained.seconds:.2f} s", quiet=quiet)
        on_capitals(trained.model.vocabulary.characters, quiet=quiet)
    return trained


def open_models(sources: Sequence[str], quiet: bool, *, lower: bool) -> "list[TrainedModel]":
    """As `open_model`, several; `lower` is about the lists among them."""
    from namegen.files.model_file import is_model_file

    return [open_model(source, quiet, lower=lower and not is_model_file(source)) for source in sources]


def check_lower(lower: bool, models: Sequence[str], data: Sequence[str] | str | None) -> None:
    """Raise `UsageError` where small letters are asked for, and there are only models, whose case is what it is."""
    from namegen.files.model_file import is_model_file

    if lower and not data and all(map(is_model_file, models)):
        raise UsageError("--lower is about lists, and there are none here. Leave it out.")


def check_model(source: str) -> None:
    """Raise where there is neither a model file nor a list."""
    if source == STANDARD_INPUT:
        return
    if not source.endswith(SUFFIX) or source in bundled():
        files_of(source)
    else:
        check_file(Path(source))


def check_file(path: Path) -> None:
    """Raise `ModelFileError` where there is no file, naming one of nearly that name."""
    try:
        if path.exists():
            return
        if str(path) in bundled():
            raise ModelFileError(f"{path}: is a bundled list, not a model. `namegen train {path}` makes one of it.")
        others = [other.stem for other in path.parent.glob(f"*{SUFFIX}")]
    except (OSError, ValueError):
        others = []
    near = get_close_matches(path.stem, others, n=1)
    hint = f"Did you mean {path.with_name(near[0] + SUFFIX)}?" if near else "`namegen train` makes one."
    raise ModelFileError(f"{path}: no such file. {hint}")
