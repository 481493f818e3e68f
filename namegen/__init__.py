"""namegen learns how names are spelled from a list, and makes new ones.

>>> import namegen
>>> model = namegen.train("irish", model="bigram")
>>> len(model.sample(5))
5

What most people need is here; the rest is public in its package, such as `namegen.evaluation.tables`.
Importing this package does not import torch; the first use of a name below does (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from namegen.version import __version__

if TYPE_CHECKING:
    from namegen.api import TrainedModel, blend, compare, compose, load, open_model, resume, train
    from namegen.corpus.reading import read_corpus
    from namegen.corpus.vocabulary import Vocabulary
    from namegen.errors import NamegenError
    from namegen.training.listener import TrainingListener

_NOT_IN_API = {
    "NamegenError": "errors",
    "TrainingListener": "training.listener",
    "Vocabulary": "corpus.vocabulary",
    "read_corpus": "corpus.reading",
}
__all__ = [
    "NamegenError",
    "TrainedModel",
    "TrainingListener",
    "Vocabulary",
    "__version__",
    "blend",
    "compare",
    "compose",
    "load",
    "open_model",
    "read_corpus",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'namegen' has no attribute {name!r}")
    return getattr(import_module(f"namegen.{_NOT_IN_API.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    return __all__
