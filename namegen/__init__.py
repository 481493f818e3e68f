"""namegen learns how names are spelled from a list, and makes new ones.

>>> import namegen
>>> model = namegen.train("irish", model="bigram")
>>> len(model.sample(5))
5

The numbers behind every table are here, as plain data: `Table`, `Evaluation`, `Difference`, `Part`, `Quality`, `Score`,
`Comparison`. Those behind the pictures are in `namegen.plotting.data` and `namegen.plotting.activations`.

>>> counted = namegen.tables({"bigram": model})[-1]
>>> counted.split, counted.standings[0].evaluation.loss < counted.baselines["unigram"].loss
('test', True)

Importing this package does not import torch; the first use of a name below does (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from namegen.version import __version__

if TYPE_CHECKING:
    from namegen.corpus.examples import Examples
    from namegen.corpus.packed_names import Names
    from namegen.corpus.reading import Corpus, read_corpus
    from namegen.corpus.split import Split, split
    from namegen.corpus.vocabulary import Vocabulary
    from namegen.errors import NamegenError
    from namegen.evaluation.baselines import evaluate_baselines
    from namegen.evaluation.bootstrap import Difference, differences_to_best
    from namegen.evaluation.breakdown import Part, breakdown
    from namegen.evaluation.losses import Evaluation, evaluate
    from namegen.evaluation.model_selection import Comparison, candidates, compare
    from namegen.evaluation.quality import Quality, quality
    from namegen.evaluation.surprisal import Score, score
    from namegen.evaluation.tables import Table, TableRow, qualities, tables
    from namegen.library import blend, open_model, resume, train
    from namegen.models import MLP, Bigram, BigramConfig, Blend, MLPConfig, NameModel, Ngram, NgramConfig
    from namegen.plotting.activations import Activations
    from namegen.plotting.data import Curve, Embedding, Lengths, Matrix
    from namegen.sampling.sampler import SamplingOptions
    from namegen.trained import TrainedModel, load
    from namegen.training.options import TrainingOptions

_ROOM_OF = {
    name: room
    for room, names in {
        "corpus.reading": ("Corpus", "read_corpus"),
        "corpus.split": ("Split", "split"),
        "plotting.activations": ("Activations",),
        "evaluation.model_selection": ("Comparison", "candidates", "compare"),
        "errors": ("NamegenError",),
        "evaluation.baselines": ("evaluate_baselines",),
        "evaluation.breakdown": ("Part", "breakdown"),
        "evaluation.losses": ("Evaluation", "evaluate"),
        "evaluation.quality": ("Quality", "quality"),
        "evaluation.surprisal": ("Score", "score"),
        "evaluation.bootstrap": ("Difference", "differences_to_best"),
        "corpus.examples": ("Examples",),
        "library": ("blend", "open_model", "resume", "train"),
        "trained": ("TrainedModel", "load"),
        "models": ("MLP", "Bigram", "BigramConfig", "Blend", "MLPConfig", "NameModel", "Ngram", "NgramConfig"),
        "plotting.data": ("Curve", "Embedding", "Lengths", "Matrix"),
        "evaluation.tables": ("TableRow", "Table", "qualities", "tables"),
        "sampling.sampler": ("SamplingOptions",),
        "corpus.packed_names": ("Names",),
        "training.options": ("TrainingOptions",),
        "corpus.vocabulary": ("Vocabulary",),
    }.items()
    for name in names
}

__all__ = [
    "MLP",
    "Activations",
    "Bigram",
    "BigramConfig",
    "Blend",
    "Comparison",
    "Corpus",
    "Curve",
    "Difference",
    "Embedding",
    "Evaluation",
    "Examples",
    "Lengths",
    "MLPConfig",
    "Matrix",
    "NameModel",
    "NamegenError",
    "Names",
    "Ngram",
    "NgramConfig",
    "Part",
    "Quality",
    "SamplingOptions",
    "Score",
    "Split",
    "Table",
    "TableRow",
    "TrainedModel",
    "TrainingOptions",
    "Vocabulary",
    "__version__",
    "blend",
    "breakdown",
    "candidates",
    "compare",
    "differences_to_best",
    "evaluate",
    "evaluate_baselines",
    "load",
    "open_model",
    "qualities",
    "quality",
    "read_corpus",
    "resume",
    "score",
    "split",
    "tables",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        return getattr(import_module(f"namegen.{_ROOM_OF[name]}"), name)
    raise AttributeError(f"module 'namegen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
