"""What a shell completes: bundled lists, model files, and the values of options. It must be instant: no torch here."""

from collections.abc import Callable
from glob import escape, glob

from namegen.sources import bundled

VALUES = {
    "--model": ("blend", "ngram", "mlp", "bigram"),
    "--preset": ("fast", "default", "best", "lecture"),
    "--activation": ("gelu", "tanh"),
    "--input": ("embedding", "one-hot"),
    "--precision": ("auto", "float32", "bfloat16"),
    "--device": ("auto", "cpu", "cuda", "mps"),
}


def values_of(option: str) -> Callable[[str], list[str]] | None:
    """What completes the value of an option, if anything but the shell itself does."""
    if option == "--valid":
        return lists
    if option in VALUES:
        return lambda incomplete: _beginning(incomplete, VALUES[option])
    return None


def lists(incomplete: str) -> list[str]:
    """Bundled lists and text files."""
    return [*_beginning(incomplete, tuple(bundled())), *_files(incomplete, ".txt")]


def models(incomplete: str) -> list[str]:
    """Model files."""
    return _files(incomplete, ".safetensors")


def models_and_lists(incomplete: str) -> list[str]:
    """What stands for a model: its file, or a list to fit one to. Model files come first."""
    return [*models(incomplete), *lists(incomplete)]


def _beginning(incomplete: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _files(incomplete: str, suffix: str) -> list[str]:
    return sorted(glob(f"{escape(incomplete)}*{suffix}"))
