"""Making models: `train` one from a list, `open_model` at once, `resume` a stopped training, `blend` several into one.

Everything here is put together from the other rooms; nothing is computed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from namegen.arguments import checked
from namegen.corpus.packed_names import contains
from namegen.corpus.reading import list_of, read_corpus, read_list
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, STANDARD_INPUT, Sources, as_list
from namegen.corpus.split import SplitRule
from namegen.corpus.streaming_counts import ListSummary, Opener, Progress, count_list
from namegen.errors import UsageError, setting
from namegen.files.model_file import TrainingRecord, is_model_file
from namegen.fitting import Listener, Session, StepListener, blend_weights, find_device, fit_counts
from namegen.learning import learn
from namegen.models import Blend
from namegen.presets import settings_for
from namegen.trained import TrainedModel, load
from namegen.training.checkpoint import Checkpoint


@checked
def open_model(source: str | Path, *, lower: bool = False) -> TrainedModel:
    """A model file; or, for anything else that names can be read from, the n-gram model fitted to them at once.

    `lower` folds the case of the names. Raises `UsageError` where it is asked of a model file.

    >>> import namegen
    >>> namegen.open_model("irish").model.family
    'ngram'
    """
    if is_model_file(source):
        if lower:
            raise UsageError(
                f"{source}: is a model, whose case is as it learned it. Leave {setting('lower')} out, or train anew."
            )
        return load(source)
    started = time.perf_counter()
    settings = settings_for("ngram", "default", {})
    sources = str(source)
    listed = count_list(
        lambda share: read_list(sources, lower=lower, share=share), SplitRule(holdout=0), settings.ngram.order - 1
    )
    model = fit_counts("ngram", settings, listed)
    record = TrainingRecord((sources,), lower=lower, duplicates=listed.summary.duplicates, counts=listed.summary.parts)
    seconds = time.perf_counter() - started
    return TrainedModel(model, record, listed.train_hashes, listed.held_out_hashes, seconds)


@checked
def blend(
    models: Sequence[TrainedModel],
    weights: Sequence[float] | None = None,
    data: Sources | None = None,
    *,
    lower: bool = False,
) -> TrainedModel:
    """Join trained models into one that mixes their probabilities; see `namegen.models.blend`.

    The weights are those given; or those that make the names of `data`, in small letters where `lower` says so, most
    likely; or, where all models come from the same division of the same list, those of its validation part; else equal
    ones. Raises `UsageError`, `SourceError`.

    >>> import namegen
    >>> half = namegen.blend([namegen.open_model("irish"), namegen.open_model("dinosaurs")])
    >>> half.model.weights.tolist(), len(half.sample(3))
    ([0.5, 0.5], 3)
    """
    if weights is not None and data is not None:
        raise UsageError("Give weights, or data to find them on, not both.")
    if lower and data is None:
        raise UsageError("lower is about data, and there is none. Leave it out.")
    if not models:
        raise UsageError("There are no models to blend. Give at least one.")
    train_hashes = torch.cat([model.train_hashes for model in models]).unique()
    held_out_hashes = torch.cat([model.held_out_hashes for model in models]).unique()
    held_out_hashes = held_out_hashes[~contains(train_hashes, held_out_hashes)]
    one_list = all(_division(model) == _division(models[0]) for model in models)
    if weights is None and data is not None:
        weights = blend_weights([model.model for model in models], read_corpus(data, lower=lower).names)
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


@checked
def train(
    sources: Sources = "names",
    *,
    names: Iterable[str] | None = None,
    model: str = "blend",
    preset: str = "default",
    lower: bool = False,
    skip_bad_lines: bool = False,
    keep_duplicates: bool = False,
    holdout: float = 0.2,
    split_seed: int = 0,
    validation: str | Path | None = None,
    checkpoint: str | Path | None = None,
    device: str = "cpu",
    on_start: Callable[[ListSummary], None] = lambda _summary: None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    on_epoch: Listener = lambda _name, _epoch, _network: None,
    on_step: StepListener = lambda _name, _trainer: None,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> TrainedModel:
    """Train a model on sources (bundled names, files, folders, `-`), or on `names` in memory.

    `holdout` is the share of names kept out, half for validation and half for test; with `validation`, a source, all
    names are trained on but those that stand there. `settings` change single values of the preset, by the names they
    have in `MLPConfig`, `NgramConfig`, `BigramConfig`, `BlendOptions` and `TrainingOptions`. Where a `checkpoint` file
    is named, it is written after epochs, once a second at most, and when `stop`, asked before every step and after the
    last of a network, says so; `resume` goes on from it. `on_progress` is told how far a list that is counted is read,
    `on_start` what was read, `on_epoch` and `on_step` how the training goes. Losses, nats per character, are in
    `record.losses`; where a network learned from more than 200,000 names, its loss on these is that on so many of them,
    chosen by their hashes.

    Raises `SourceError`, `UsageError`, `TrainingError`, `TrainingStoppedError`.

    >>> import namegen
    >>> trained = namegen.train(names=["emma", "ava", "ada", "amy"], model="bigram", holdout=0)
    >>> trained.record.counts
    {'train': 4}
    """
    arguments = {
        "sources": as_list(sources) if names is None else [IN_MEMORY],
        "model": model,
        "preset": preset,
        "lower": lower,
        "skip_bad_lines": skip_bad_lines,
        "keep_duplicates": keep_duplicates,
        "holdout": holdout if validation is None else 0,
        "split_seed": split_seed,
        "validation": None if validation is None else str(validation),
        "settings": settings,
    }
    if names is not None and sources != DEFAULT_SOURCE:
        raise UsageError("Give sources or names, not both.")
    if arguments["validation"] == STANDARD_INPUT and STANDARD_INPUT in as_list(sources):
        raise UsageError("Standard input (-) can be read only once. Write the names or the validation list to a file.")
    begun = Checkpoint(arguments, path=Path(checkpoint) if checkpoint else None)
    session = Session(find_device(device), on_epoch, on_step, stop, begun)
    settings_for(model, preset, settings)  # a wrong setting is told before a long list is read
    return learn(_opener(arguments, names), session, on_start, on_progress)


@checked
def resume(
    checkpoint: str | Path,
    *,
    names: Iterable[str] | None = None,
    device: str = "cpu",
    on_start: Callable[[ListSummary], None] = lambda _summary: None,
    on_epoch: Listener = lambda _name, _epoch, _network: None,
    on_step: StepListener = lambda _name, _trainer: None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainedModel:
    """Go on with a training that was stopped, to the same weights as if it had not been.

    Where it was one on `names` in memory, they have to be given again. Raises `ModelFileError` for a file that is no
    checkpoint, `SourceError` where the list has changed, and what `train` raises.
    """
    session = Session(find_device(device), on_epoch, on_step, stop, Checkpoint.load(checkpoint))
    arguments = session.checkpoint.arguments
    if (arguments["sources"] == [IN_MEMORY]) != (names is not None):
        of_names = f"names in memory. Give them again, by namegen.resume({str(checkpoint)!r}, names=…)"
        was = of_names if names is None else "a list that is read again. Leave names out"
        raise UsageError(f"{checkpoint}: is of a training on {was}.")
    return learn(_opener(arguments, names), session, on_start)


def _opener(arguments: dict[str, Any], names: Iterable[str] | None) -> Opener:
    """What begins to read the list that was asked for."""
    options = {name: arguments[name] for name in ("lower", "skip_bad_lines", "keep_duplicates")}
    if names is None:
        return lambda share: read_list(arguments["sources"], share=share, **options)
    given = names if isinstance(names, Sequence) else list(names)
    return lambda share: list_of(given, label=IN_MEMORY, share=share, **options)
