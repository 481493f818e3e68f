"""Opening the models that a command names, model files or lists; typos are reported before torch is imported."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from namegen.cli.console import note, plural, stderr
from namegen.corpus.sources import bundled, files_of, is_standard_input
from namegen.errors import ModelFileError, UsageError
from namegen.settings import MODEL_SUFFIX, NameSettings

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.corpus.streaming_counts import ListSummary
    from namegen.sampling.filter import KnownNames
    from namegen.training.listener import TrainingListener


def open_model(source: str, quiet: bool = False, settings: NameSettings = NameSettings()) -> "TrainedModel":
    """Load a model file, or fit a model to a list as the settings ask, with a note that says so."""
    check_models([source, *settings.lists])

    from namegen.api import open_model

    with note_listener(quiet) as listener:
        trained = open_model(source, ascii=settings.ascii, label=settings.label, listener=listener)
    if trained.seconds:
        names = plural(trained.record.counts["train"], "name")
        what = "an n-gram model" if trained.model.family == "ngram" else f"a {trained.model.family}"
        note(f"fitted {what} to {names} in {trained.seconds:.2f} s", quiet=quiet)
    return trained


@contextmanager
def note_listener(quiet: bool) -> "Iterator[TrainingListener]":
    """A listener that shows the notes of fits, and on a terminal what is being fitted."""
    from namegen.training.listener import TrainingListener

    console = stderr()
    status = console.status("")

    class Notes(TrainingListener):
        def on_note(self, text: str) -> None:
            note(text, quiet=quiet)

        def on_start(self, summary: "ListSummary") -> None:
            if console.is_terminal and not quiet:
                status.update(f"fitting a model to {plural(summary.listed, 'name')}")
                status.start()

    try:
        yield Notes()
    finally:
        status.stop()


def read_known(trained: "TrainedModel", settings: NameSettings, quiet: bool) -> "KnownNames":
    """The names that must not be generated. Reads their lists, with a note on those that look like tables."""
    from namegen.sampling.filter import known_names

    known = known_names(trained, settings)
    note(*known.others.notes, quiet=quiet)
    return known


def check_models(sources: Sequence[str]) -> None:
    """Raise an error where a source is neither a model file nor a list, and where standard input is named twice."""
    for source in sources:
        if source.endswith(MODEL_SUFFIX):
            check_file(Path(source))
        elif not is_standard_input(source):
            files_of(source)
    if sum(map(is_standard_input, sources)) > 1:
        raise UsageError("Standard input (-) can be read only once. Write the list to a file.")


def check_file(path: Path) -> None:
    """Raise `ModelFileError` for a file that does not exist, suggesting one with a similar name."""
    if path.exists() or str(path) in bundled():  # `load` refuses the name of a list
        return
    near = get_close_matches(path.stem, [other.stem for other in path.parent.glob(f"*{MODEL_SUFFIX}")], n=1)
    hint = f"Did you mean {path.with_name(near[0] + MODEL_SUFFIX)}?" if near else "`namegen train` makes one."
    raise ModelFileError(f"{path}: does not exist. {hint}")
