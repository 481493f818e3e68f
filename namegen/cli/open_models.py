"""Model files, or lists in their place, as commands are given them: typos are told before torch is imported."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import note, plural
from namegen.corpus.sources import bundled, files_of, is_standard_input
from namegen.errors import ModelFileError, UsageError
from namegen.settings import NameSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.sampling.filter import KnownNames
    from namegen.training.listener import TrainingListener

SUFFIX = ".safetensors"


def open_model(source: str, quiet: bool = False, settings: NameSettings = NameSettings()) -> "TrainedModel":
    """A model file, or the model fitted to a list, with a note that it was, as the settings ask for names."""
    check_models([source, *settings.lists])

    from namegen.api import open_model

    trained = open_model(source, ascii=settings.ascii, label=settings.label, listener=note_listener(quiet))
    if trained.is_fresh:
        names = plural(trained.record.counts["train"], "name")
        what = "an n-gram model" if trained.model.family == "ngram" else f"a {trained.model.family}"
        note(f"fitted {what} to {names} in {trained.seconds:.2f} s", quiet=quiet)
    return trained


def note_listener(quiet: bool) -> "TrainingListener":
    """What shows the notes of a fit, and nothing else."""
    from namegen.training.listener import TrainingListener

    listener = TrainingListener()
    vars(listener)["on_note"] = partial(note, quiet=quiet)
    return listener


def read_known(trained: "TrainedModel", settings: NameSettings, quiet: bool) -> "KnownNames":
    """The names that must not come out, with a note on lists that look like tables: lists are read here, once."""
    from namegen.sampling.filter import known_names

    known = known_names(trained, settings)
    for text in known.others.notes:
        note(text, quiet=quiet)
    return known


def check_models(sources: Sequence[str]) -> None:
    """Raise where one of several is neither a model file nor a list, and where standard input is named twice."""
    for source in sources:
        if source.endswith(SUFFIX) and source not in bundled():
            check_file(Path(source))
        elif not is_standard_input(source):
            files_of(source)
    if sum(map(is_standard_input, sources)) > 1:
        raise UsageError("Standard input (-) can be read only once. Write the list to a file.")


def check_file(path: Path) -> None:
    """Raise `ModelFileError` where there is no file, naming one of nearly that name."""
    if path.exists():
        return
    if str(path) in bundled():
        raise ModelFileError(f"{path}: is a bundled list, not a model file. `namegen train {path}` makes one from it.")
    near = get_close_matches(path.stem, [other.stem for other in path.parent.glob(f"*{SUFFIX}")], n=1)
    hint = f"Did you mean {path.with_name(near[0] + SUFFIX)}?" if near else "`namegen train` makes one."
    raise ModelFileError(f"{path}: does not exist. {hint}")
