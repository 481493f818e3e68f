"""What a shell completes: bundled lists, model files, and the values of options. It must be instant: no torch here."""

from collections.abc import Callable
from glob import escape, glob

from namegen.corpus.sources import bundled

MODELS = ("blend", "ngram", "mlp", "bigram")
PRESETS = ("default", "fast", "best", "lecture")


def values_of(option: str) -> Callable[[str], list[str]] | None:
    """What completes the value of an option, where neither the shell nor its list of words does."""
    found = {"--valid": lists, "--model": lambda incomplete: _beginning(incomplete, MODELS)}
    return found.get(option)


def lists(incomplete: str) -> list[str]:
    """Bundled lists and text files."""
    return [*_beginning(incomplete, tuple(bundled())), *_files(incomplete, ".txt")]


def models(incomplete: str) -> list[str]:
    """Model files."""
    return _files(incomplete, ".safetensors")


def models_and_lists(incomplete: str) -> list[str]:
    """What stands for a model: its file, or a list to fit one to. Model files come first."""
    return [*models(incomplete), *lists(incomplete)]


def several(words: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Completes words with commas between them.

    >>> several(MODELS)("bigram,m")
    ['bigram,mlp']
    """

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in _beginning(last, words)]

    return complete


def _beginning(incomplete: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _files(incomplete: str, suffix: str) -> list[str]:
    found = glob(f"{escape(incomplete)}*{suffix}")
    return sorted(path for path in found if path.isprintable())  # what a terminal would obey cannot be typed either
