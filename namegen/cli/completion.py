"""What a shell completes: bundled lists, model files, and the values of options. It must be instant: no torch here."""

from collections.abc import Callable, Iterable
from glob import escape, glob

from namegen.corpus.sources import bundled
from namegen.settings import FAMILY_SETTINGS, MODEL_SUFFIX, PRESETS

Complete = Callable[[str], list[str]]


def files(suffix: str) -> Complete:
    """Completes the paths of files; control characters cannot be typed."""
    return lambda incomplete: sorted(filter(str.isprintable, glob(f"{escape(incomplete)}*{suffix}")))


text_files, models = files(".txt"), files(MODEL_SUFFIX)


def lists(incomplete: str) -> list[str]:
    """Bundled lists and text files."""
    return [*(name for name in bundled() if name.startswith(incomplete)), *text_files(incomplete)]


def models_and_lists(incomplete: str) -> list[str]:
    """What can be given as a model: its file, or a list to fit one to."""
    return [*models(incomplete), *lists(incomplete)]


def words(known: Iterable[str]) -> Complete:
    """Completes one of some words, or the last of several with commas between them.

    >>> words(("bigram", "ngram", "mlp"))("bigram,m")
    ['bigram,mlp']
    """

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in known if word.startswith(last)]

    return complete


VALUES: dict[str, Complete] = {  # of options whose type does not say their values
    "validation": lists,
    "data": lists,
    "not_in": models_and_lists,
    "excludes_from": text_files,
    "model": words(FAMILY_SETTINGS),
    "models": words(FAMILY_SETTINGS),
    "presets": words(PRESETS),
}
METAVARS: dict[Complete, str] = {lists: "LIST", models_and_lists: "LIST", text_files: "FILE"}
