"""namegen learns how names are spelled from a list, and makes new ones.

>>> import namegen
>>> model = namegen.train("irish", model="bigram")
>>> len(model.sample(5))
5

Importing this package does not import torch; the first use of a name below does (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from namegen.version import __version__

if TYPE_CHECKING:
    from namegen.comparison import compare
    from namegen.corpus import Corpus, read_corpus
    from namegen.division import Split, split
    from namegen.evaluation.losses import Evaluation, evaluate
    from namegen.evaluation.scoring import Score, score
    from namegen.examples import Examples
    from namegen.library import blend, open_model, resume, train
    from namegen.models import MLP, Bigram, BigramConfig, Blend, MLPConfig, NameModel, Ngram, NgramConfig
    from namegen.sampling.sampler import SamplingOptions
    from namegen.text import Names
    from namegen.trained import TrainedModel, load
    from namegen.training.trainer import TrainingOptions
    from namegen.vocabulary import Vocabulary

_ROOM_OF = {
    name: room
    for room, names in {
        "corpus": ("Corpus", "read_corpus"),
        "division": ("Split", "split"),
        "comparison": ("compare",),
        "evaluation.losses": ("Evaluation", "evaluate"),
        "evaluation.scoring": ("Score", "score"),
        "examples": ("Examples",),
        "library": ("blend", "open_model", "resume", "train"),
        "trained": ("TrainedModel", "load"),
        "models": ("MLP", "Bigram", "BigramConfig", "Blend", "MLPConfig", "NameModel", "Ngram", "NgramConfig"),
        "sampling.sampler": ("SamplingOptions",),
        "text": ("Names",),
        "training.trainer": ("TrainingOptions",),
        "vocabulary": ("Vocabulary",),
    }.items()
    for name in names
}

__all__ = [
    "MLP",
    "Bigram",
    "BigramConfig",
    "Blend",
    "Corpus",
    "Evaluation",
    "Examples",
    "MLPConfig",
    "NameModel",
    "Names",
    "Ngram",
    "NgramConfig",
    "SamplingOptions",
    "Score",
    "Split",
    "TrainedModel",
    "TrainingOptions",
    "Vocabulary",
    "__version__",
    "blend",
    "compare",
    "evaluate",
    "load",
    "open_model",
    "read_corpus",
    "resume",
    "score",
    "split",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        return getattr(import_module(f"namegen.{_ROOM_OF[name]}"), name)
    raise AttributeError(f"module 'namegen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
