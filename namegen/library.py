"""The library as its users see it: `train`, `load`, and a trained model with all that one does with it.

Everything here is put together from the other rooms; nothing is computed.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen import sampling
from namegen.corpus import Corpus, Split, corpus_of, read_corpus, split, split_off
from namegen.errors import SourceError, UsageError
from namegen.evaluation import Evaluation, baselines, contains, evaluate
from namegen.fitting import Listener, blend_weights, count, fit_family
from namegen.modelfile import ModelFile, TrainingRecord, is_model_file, read_model, write_model
from namegen.models import Blend, NameModel, Ngram
from namegen.presets import HEEDED, settings_for
from namegen.sampling import SamplingOptions
from namegen.sources import STANDARD_INPUT
from namegen.text import Names
from namegen.training import Epoch
from namegen.version import __version__
from namegen.vocabulary import Vocabulary

IN_MEMORY = "a list in memory"


@dataclass(eq=False)
class TrainedModel(ModelFile):
    """A model with the record of its training: draw names from it, judge it, save it."""

    seconds: float = math.nan  # what fitting took, where this process did it

    def sample(self, n: int = 10, *, seed: int = 42, allow_known: bool = False, **options: Any) -> list[str]:
        """Draw n new names; with `allow_known` also such as stand on the list it was trained on.

        Further options are those of `SamplingOptions`. Raises `SamplingError` when too few can be found.

        >>> import namegen
        >>> model = namegen.train("irish", model="bigram")
        >>> names = model.sample(3, seed=1, starts_with="mo")
        >>> len(names), all(name.startswith("mo") for name in names)
        (3, True)
        """
        blocks = self.blocks(n, seed=seed, allow_known=allow_known, **options)
        return [name for block in blocks for name in block]

    def stream(self, *, seed: int = 42, allow_known: bool = False, **options: Any) -> Iterator[str]:
        """As `sample`, one name after the other without end."""
        for block in self.blocks(0, seed=seed, allow_known=allow_known, **options):
            yield from block

    def blocks(self, n: int, *, seed: int, allow_known: bool = False, **options: Any) -> Iterator[Names]:
        """As `sample`, in blocks as the names are found; n = 0: without end."""
        exclude = None if allow_known else self.list_hashes
        generator = torch.Generator().manual_seed(seed)
        return sampling.sample(self.model, n, generator, SamplingOptions(**options), exclude)

    def evaluate(self, names: Iterable[str]) -> Evaluation:
        """The loss on names, nats per character. Raises `VocabularyError` for an unknown character."""
        return evaluate(self.model, names, self.train_hashes)

    def save(self, path: str | Path) -> None:
        """Write the model file, whole or not at all. Raises `ModelFileError`."""
        write_model(path, self)

    @cached_property
    def list_hashes(self) -> Int64[Tensor, " names"]:
        """The sorted hashes of all names on the list that the model comes from."""
        return torch.cat([self.train_hashes, self.held_out_hashes]).sort().values

    def read_split(self) -> Split:
        """Read the list that the model comes from once more, and divide it as it was.

        Raises `SourceError` where the list is gone, was never a file, or is another one now.
        """
        record = self.record
        if not record.counts:
            raise SourceError("The model was blended from models of several lists. Give one with --data.")
        if {STANDARD_INPUT, IN_MEMORY} & {*record.sources, record.validation_source}:
            raise SourceError("The model was trained on a list that is no file. Give one with --data.")
        corpus = read_corpus(
            record.sources,
            lower=record.lower,
            skip_bad_lines=record.skip_bad_lines,
            keep_duplicates=record.keep_duplicates,
        )
        again = _split(corpus, record.validation_source, record.lower, record.holdout, record.split_seed)
        same_sizes = {name: len(part) for name, part in again.parts.items()} == record.counts
        if not (same_sizes and bool(contains(self.train_hashes, again.train.hashes()).all())):
            raise SourceError(
                f"{', '.join(record.sources)}: no longer the list that the model was trained on. "
                "Give a list with --data."
            )
        return again


def load(path: str | Path) -> TrainedModel:
    """Read a model file. Raises `ModelFileError` for one that is missing, broken or of another kind."""
    return TrainedModel(**vars(read_model(path)))


def open_model(source: str | Path) -> TrainedModel:
    """A model file; or, for anything else that names can be read from, the n-gram model fitted to them at once.

    >>> import namegen
    >>> namegen.open_model("irish").model.family
    'ngram'
    """
    if is_model_file(source):
        return load(source)
    corpus = read_corpus(str(source))
    started = time.perf_counter()
    model = count(Ngram(settings_for("ngram", "default", {}).ngram, Vocabulary.of(corpus.names)), corpus.names)
    seconds = time.perf_counter() - started
    record = TrainingRecord(sources=corpus.sources, duplicates=corpus.duplicates, counts={"train": len(corpus.names)})
    hashes = corpus.names.hashes()
    return TrainedModel(model.eval(), record, hashes.unique(), hashes[:0], seconds)


def blend(
    models: Sequence[TrainedModel], weights: Sequence[float] | None = None, data: str | None = None
) -> TrainedModel:
    """Join trained models into one that mixes their probabilities; see `namegen.models.blend`.

    The weights are those given; or those that make the names of `data` most likely; or, where all models come from the
    same division of the same list, of its validation part; else equal ones. Raises `UsageError`, `SourceError`.

    >>> import namegen
    >>> half = namegen.blend([namegen.open_model("irish"), namegen.open_model("dinosaurs")])
    >>> half.model.weights.tolist(), len(half.sample(3))
    ([0.5, 0.5], 3)
    """
    if weights is not None and data is not None:
        raise UsageError("Give weights, or data to find them on, not both.")
    train_hashes = torch.cat([model.train_hashes for model in models]).unique()
    held_out_hashes = torch.cat([model.held_out_hashes for model in models]).unique()
    held_out_hashes = held_out_hashes[~contains(train_hashes, held_out_hashes)]
    one_list = all(_division(model) == _division(models[0]) for model in models)
    if weights is None and data is not None:
        weights = blend_weights([model.model for model in models], read_corpus(data).names)
    elif weights is None and one_list and models[0].record.counts.get("validation"):
        weights = blend_weights([model.model for model in models], models[0].read_split().validation)
    blended = Blend.of([model.model for model in models], weights).eval()
    sources = dict.fromkeys(source for model in models for source in model.record.sources)
    record = models[0].record if one_list else TrainingRecord(sources=tuple(sources))
    record = replace(record, losses={}, options={"model": "blend"}, history=[])
    return TrainedModel(blended, record, train_hashes, held_out_hashes)


def _division(model: TrainedModel) -> tuple[object, ...]:
    """What decides which names a model was trained on."""
    r = model.record
    reading = (r.lower, r.skip_bad_lines, r.keep_duplicates)
    return (r.sources, *reading, r.holdout, r.split_seed, r.validation_source, r.counts)


def train(
    sources: str | Sequence[str] = "names",
    *,
    names: Iterable[str] | None = None,
    model: str = "blend",
    preset: str = "default",
    lower: bool = False,
    skip_bad_lines: bool = False,
    keep_duplicates: bool = False,
    holdout: float = 0.2,
    split_seed: int = 0,
    validation: str | None = None,
    device: str = "cpu",
    on_start: Callable[[Corpus, Split], None] = lambda _corpus, _split: None,
    on_epoch: Listener = lambda _member, _epoch, _network: None,
    **settings: Any,
) -> TrainedModel:
    """Train a model on sources (bundled names, files, folders, `-`), or on `names` in memory.

    `holdout` is the share of names kept out, half for validation and half for test; with `validation`, a source, all
    names are trained on but those that stand there. `settings` change single values of the preset, by the names they
    have in `MLPConfig`, `BigramConfig` and `TrainingOptions`. `on_start` is told what was read, `on_epoch` how the
    training goes. Losses are in `record.losses`, nats per character.

    Raises `SourceError`, `UsageError`, `TrainingError`.

    >>> import namegen
    >>> trained = namegen.train(names=["emma", "ava", "ada", "amy"], model="bigram", holdout=0)
    >>> trained.record.counts
    {'train': 4}
    """
    chosen = settings_for(model, preset, settings)
    if names is None:
        corpus = read_corpus(sources, lower=lower, skip_bad_lines=skip_bad_lines, keep_duplicates=keep_duplicates)
    else:
        corpus = corpus_of(names, label=IN_MEMORY, lower=lower, keep_duplicates=keep_duplicates)
    holdout = 0 if validation else holdout
    divided = _split(corpus, validation, lower, holdout, split_seed)
    on_start(corpus, divided)
    vocabulary = Vocabulary.of(corpus.names if not validation else [*corpus.names, *divided.validation])
    history: list[dict[str, Any]] = []

    def listen(member: str, epoch: Epoch, network: NameModel) -> None:
        history.append({"member": member, **asdict(epoch)})
        on_epoch(member, epoch, network)

    started = time.perf_counter()
    fitted = fit_family(model, chosen, vocabulary, divided, device, listen)
    seconds = time.perf_counter() - started
    record = TrainingRecord(
        sources=corpus.sources,
        lower=lower,
        skip_bad_lines=skip_bad_lines,
        keep_duplicates=keep_duplicates,
        duplicates=corpus.duplicates,
        holdout=holdout,
        split_seed=split_seed,
        validation_source=validation,
        counts={name: len(part) for name, part in divided.parts.items()},
        losses={name: evaluate(fitted, part).loss for name, part in divided.parts.items()},
        baselines=baselines(vocabulary, divided),
        options={"model": model, "preset": preset} | {part: asdict(getattr(chosen, part)) for part in HEEDED[model]},
        history=history,
        torch_version=torch.__version__,
        namegen_version=__version__,
    )
    train_hashes, held_out_hashes = divided.train.hashes().unique(), divided.held_out.hashes().unique()
    return TrainedModel(fitted, record, train_hashes, held_out_hashes, seconds)


def _split(corpus: Corpus, validation: str | None, lower: bool, holdout: float, seed: int) -> Split:
    if validation is None:
        return split(corpus.names, holdout, seed)
    return split_off(corpus.names, read_corpus(validation, lower=lower).names)
