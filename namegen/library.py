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

from namegen.baselines import baselines
from namegen.checkpoint import Checkpoint, fingerprint
from namegen.constraints import Constraints
from namegen.corpus import Corpus, Split, corpus_of, read_corpus, split, split_off
from namegen.errors import SamplingError, SourceError, UsageError
from namegen.evaluation import Evaluation, contains, evaluate
from namegen.fitting import Listener, Session, blend_weights, count, fit_family
from namegen.modelfile import ModelFile, TrainingRecord, is_model_file, read_model, write_model
from namegen.models import Blend, Ngram
from namegen.presets import HEEDED, settings_for
from namegen.ranking import Sort
from namegen.sampling import Sampler, SamplingOptions
from namegen.scoring import Score, score
from namegen.search import Found, most_probable
from namegen.selection import Description, Selection, describe, pool_size, select
from namegen.sources import STANDARD_INPUT
from namegen.text import Names
from namegen.version import __version__
from namegen.vocabulary import Vocabulary

IN_MEMORY = "a list in memory"


@dataclass(eq=False)
class TrainedModel(ModelFile):
    """A model with the record of its training: draw names from it, judge it, save it."""

    seconds: float = math.nan  # what fitting took, where this process did it

    def sample(
        self,
        n: int = 10,
        *,
        seed: int = 42,
        allow_known: bool = False,
        like: str = "",
        sort: Sort = "none",
        **options: Any,
    ) -> list[str]:
        """Draw n new names; with `allow_known` also such as stand on the list it was trained on.

        `like` takes those most like a name out of a larger draw; `sort` puts them in order: none, probability, length
        or name. Further options are those of `SamplingOptions`. Raises `SamplingError` when too few can be found,
        `UsageError` for wishes that contradict each other, `VocabularyError` for a character that the model never saw.

        >>> import namegen
        >>> model = namegen.train("irish", model="bigram")
        >>> names = model.sample(3, seed=1, starts_with="mo", max_length=6)
        >>> len(names), all(name.startswith("mo") and len(name) <= 6 for name in names)
        (3, True)
        """
        selection = self.select(n, seed=seed, allow_known=allow_known, like=like, sort=sort, **options)
        if selection.failure:
            raise selection.failure
        return list(selection.names)

    def select(
        self, n: int, *, seed: int, allow_known: bool = False, like: str = "", sort: Sort = "none", **options: Any
    ) -> Selection:
        """As `sample`, with what is to be told of the names beside them, and what was found where it is too little."""
        blocks = self.blocks(pool_size(n, like), seed=seed, allow_known=allow_known, **options)
        return select(self.model, blocks, n, like, sort)

    def top(self, n: int = 10, *, allow_known: bool = False, **constraints: Any) -> list[str]:
        """The n most probable new names, most probable first; see `namegen.search`. Constraints as for `sample`.

        >>> import namegen
        >>> namegen.train("irish", model="bigram").top(3, min_length=4, ends_with="a")
        ['fina', 'mana', 'fila']
        """
        found = self.most_probable(n, allow_known=allow_known, **constraints)
        if not found.complete:
            raise SamplingError(found.failure(n))
        return list(found.names)

    def most_probable(self, n: int, *, allow_known: bool = False, **constraints: Any) -> Found:
        """As `top`, with the probabilities; what is certain where the search had to be given up."""
        exclude = None if allow_known else self.list_hashes
        return most_probable(self.model, n, Constraints(**constraints), exclude)

    def describe(self, names: Names, model_names: Names | None = None) -> Sequence[Description]:
        """Loss, log-probability and origin (train, held out, new) of names; `model_names`: as the model spells them."""
        spelled = names if model_names is None else model_names
        return describe(self.model, names, spelled, self.train_hashes, self.held_out_hashes)

    def stream(self, *, seed: int = 42, allow_known: bool = False, **options: Any) -> Iterator[str]:
        """As `sample`, one name after the other without end."""
        for block in self.blocks(0, seed=seed, allow_known=allow_known, **options):
            yield from block

    def blocks(self, n: int, *, seed: int, allow_known: bool = False, **options: Any) -> Sampler:
        """As `sample`, in blocks as the names are found; n = 0: without end."""
        exclude = None if allow_known else self.list_hashes
        generator = torch.Generator().manual_seed(seed)
        return Sampler(self.model, n, generator, SamplingOptions(**options), exclude)

    def evaluate(self, names: Iterable[str]) -> Evaluation:
        """The loss on names, nats per character. Raises `VocabularyError` for an unknown character."""
        return evaluate(self.model, names, self.train_hashes)

    def score(self, names: Iterable[str]) -> list[Score]:
        """How likely single names are, and how surprising each of their letters, in nats.

        >>> import namegen
        >>> [likely, odd] = namegen.train("irish", model="bigram").score(["aidan", "øre"])
        >>> round(likely.loss, 1), odd.unknown
        (1.9, 'ø')
        """
        return score(self.model, names)

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
    checkpoint: str | Path | None = None,
    device: str = "cpu",
    on_start: Callable[[Corpus, Split], None] = lambda _corpus, _split: None,
    on_epoch: Listener = lambda _name, _epoch, _network: None,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> TrainedModel:
    """Train a model on sources (bundled names, files, folders, `-`), or on `names` in memory.

    `holdout` is the share of names kept out, half for validation and half for test; with `validation`, a source, all
    names are trained on but those that stand there. `settings` change single values of the preset, by the names they
    have in `MLPConfig`, `NgramConfig`, `BigramConfig`, `BlendOptions` and `TrainingOptions`. Where a `checkpoint` file
    is named, it is written after every epoch, and when `stop`, asked before every step, says so; `resume` goes on from
    it. `on_start` is told what was read, `on_epoch` how the training goes. Losses, nats per character, are in
    `record.losses`.

    Raises `SourceError`, `UsageError`, `TrainingError`, `TrainingStoppedError`.

    >>> import namegen
    >>> trained = namegen.train(names=["emma", "ava", "ada", "amy"], model="bigram", holdout=0)
    >>> trained.record.counts
    {'train': 4}
    """
    arguments = {
        "sources": [sources] if isinstance(sources, str) else [*sources],
        "model": model,
        "preset": preset,
        "lower": lower,
        "skip_bad_lines": skip_bad_lines,
        "keep_duplicates": keep_duplicates,
        "holdout": 0 if validation else holdout,
        "split_seed": split_seed,
        "validation": validation,
        "settings": settings,
    }
    session = Session(device, on_epoch, stop, Checkpoint(arguments, path=Path(checkpoint) if checkpoint else None))
    settings_for(model, preset, settings)  # a wrong setting is told before a long list is read
    if names is None:
        corpus = _read(arguments)
    else:
        corpus = corpus_of(names, label=IN_MEMORY, lower=lower, keep_duplicates=keep_duplicates)
    session.checkpoint.fingerprint = fingerprint(corpus.names)
    return _train(corpus, session, on_start)


def resume(
    checkpoint: str | Path,
    *,
    device: str = "cpu",
    on_start: Callable[[Corpus, Split], None] = lambda _corpus, _split: None,
    on_epoch: Listener = lambda _name, _epoch, _network: None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainedModel:
    """Go on with a training that was stopped, to the same weights as if it had not been.

    Raises `ModelFileError` for a file that is no checkpoint, `SourceError` where the list has changed, and what `train`
    raises.
    """
    session = Session(device, on_epoch, stop, Checkpoint.load(checkpoint))
    corpus = _read(session.checkpoint.arguments)
    if fingerprint(corpus.names) != session.checkpoint.fingerprint:
        raise SourceError(
            f"{', '.join(corpus.sources)}: has changed since {checkpoint} was written, so the training cannot go on. "
            "Train anew with --force."
        )
    return _train(corpus, session, on_start)


def _read(arguments: dict[str, Any]) -> Corpus:
    return read_corpus(
        arguments["sources"],
        lower=arguments["lower"],
        skip_bad_lines=arguments["skip_bad_lines"],
        keep_duplicates=arguments["keep_duplicates"],
    )


def _train(corpus: Corpus, session: Session, on_start: Callable[[Corpus, Split], None]) -> TrainedModel:
    """Train what the session's checkpoint asks for, from where it stands."""
    asked = session.checkpoint.arguments
    family, preset = asked["model"], asked["preset"]
    settings = settings_for(family, preset, asked["settings"])
    divided = _split(corpus, asked["validation"], asked["lower"], asked["holdout"], asked["split_seed"])
    on_start(corpus, divided)
    vocabulary = Vocabulary.of(Names.join([*divided.parts.values()]))
    started = time.perf_counter()
    fitted = fit_family(family, settings, vocabulary, divided, session)
    seconds = time.perf_counter() - started
    record = TrainingRecord(
        sources=corpus.sources,
        lower=asked["lower"],
        skip_bad_lines=asked["skip_bad_lines"],
        keep_duplicates=asked["keep_duplicates"],
        duplicates=corpus.duplicates,
        holdout=asked["holdout"],
        split_seed=asked["split_seed"],
        validation_source=asked["validation"],
        counts={name: len(part) for name, part in divided.parts.items()},
        losses={name: evaluate(fitted, part).loss for name, part in divided.parts.items()},
        baselines=baselines(vocabulary, divided),
        options={"model": family, "preset": preset}
        | {part: asdict(getattr(settings, part)) for part in HEEDED[family]},
        history=session.checkpoint.history,
        torch_version=torch.__version__,
        namegen_version=__version__,
    )
    train_hashes, held_out_hashes = divided.train.hashes().unique(), divided.held_out.hashes().unique()
    return TrainedModel(fitted, record, train_hashes, held_out_hashes, seconds)


def _split(corpus: Corpus, validation: str | None, lower: bool, holdout: float, seed: int) -> Split:
    if validation is None:
        return split(corpus.names, holdout, seed)
    return split_off(corpus.names, read_corpus(validation, lower=lower).names)
