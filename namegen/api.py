"""What a Python user calls: `train`, `resume`, `load`, `open_model`, `blend`, `compare`, `compose`, a `TrainedModel`.

This module only joins what the packages compute.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from html import escape
from operator import attrgetter
from pathlib import Path
from typing import Any

import torch

from namegen.corpus.cleaning import spelled
from namegen.corpus.edit_distance import nearest
from namegen.corpus.labels import format_counts, label_column, labels_of
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.reading import Reading, Shard, list_of, read_corpus, read_list
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, Sources, as_list, bundled, is_standard_input
from namegen.corpus.split import choose_at_most, split
from namegen.errors import ModelFileError, SamplingError, SourceError, TrainingStoppedError, UsageError
from namegen.evaluation.baselines import baseline_losses
from namegen.evaluation.losses import Evaluation, Score, evaluate, score
from namegen.evaluation.model_selection import Candidate, Comparison, candidates, ranking
from namegen.evaluation.tables import qualities
from namegen.files.model_file import HASHES, READING, ModelFile, TrainingRecord, is_model_file, read_model, write_model
from namegen.models import FAMILIES, Blend, NameModel
from namegen.models.losses import loss_of_counts
from namegen.sampling.best_apart import most_probable_apart
from namegen.sampling.best_first import SearchResult, most_probable
from namegen.sampling.casing import change_case
from namegen.sampling.composition import Line, Template, compose_lines
from namegen.sampling.filter import KnownNames, known_names
from namegen.sampling.pseudonyms import Pseudonyms
from namegen.sampling.ranking import Sample, collect, log_probabilities
from namegen.sampling.sampler import Sampler, sampler_of
from namegen.settings import (
    FAMILY_SETTINGS,
    Case,
    ComposeSettings,
    DrawSettings,
    ListSettings,
    PlotSettings,
    SampleSettings,
    Settings,
    SplitSettings,
    TopSettings,
    TrainSettings,
    arguments,
    method_arguments,
)
from namegen.training.checkpoint import Checkpoint
from namegen.training.fit import Fitted, blend_weights, family_of, fit
from namegen.training.listener import TrainingListener
from namegen.training.network import TrainingRun, find_device
from namegen.version import __version__


@dataclass(frozen=True, kw_only=True)
class PlotArguments(PlotSettings):
    """What `TrainedModel.plot` takes."""

    path: str | Path = field(kw_only=False)


@dataclass(frozen=True, kw_only=True)
class PseudonymArguments(DrawSettings):
    """What `TrainedModel.pseudonyms` takes."""

    keys: Iterable[str] = field(kw_only=False)
    secret: str | bytes


OWN_SHARE = 0.75  # of a label's own model beside that of the whole list: 0.5 to 0.8 predict about as well
TYPICAL_NAMES = 2000  # of a list, at most, that tell how typical a name is
# What decides, in a record, which names a model was trained on.
WHICH_LIST = attrgetter("sources", "keep_case", *READING, "holdout", "split_seed", "validation", "counts")


@dataclass(eq=False, repr=False)
class TrainedModel(ModelFile):
    """A model with the record of its training: sample names from it, evaluate it, save it.

    >>> import namegen
    >>> model = namegen.open_model("irish")
    >>> model
    <TrainedModel: blend of irish>
    """

    seconds: float = 0.0  # that training took, where this process trained it
    whole: NameModel | None = None  # the model of the whole list, where `model` is that of a label

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that were learned, such as female and male."""
        return (*self.label_models,)

    def of_label(self, label: str) -> "TrainedModel":
        r"""This model for one label, or for several with commas between them; itself without any.

        The model of the names with the label is blended with that of the whole list, which knows more names: together
        they predict better. Raises `UsageError` for a label that was not learned.

        >>> import namegen
        >>> female, male = "Ada Anna Eva Ida Lea".split(), "Bruno Hugo Leo Otto Theo".split()
        >>> labelled = [*(f"{name}\tf" for name in female), *(f"{name}\tm" for name in male)]
        >>> model = namegen.train(names=labelled, label="gender", holdout=0)
        >>> model.labels, [name[-1] for name in model.top(3, label="f")]
        (('f', 'm'), ['a', 'a', 'a'])
        """
        asked = labels_of(label)
        if not asked:
            return self
        if missing := next((one for one in asked if one not in self.label_models), None):
            known = format_counts(self.record.labels) or "none; name a list with labels instead"
            raise UsageError(f"`label` {missing!r} was not learned by the model. It has {known}.")
        own = [self.label_models[one] for one in asked]
        whole = self.model if self.whole is None else self.whole
        weights = [*[OWN_SHARE / len(own)] * len(own), 1 - OWN_SHARE]
        return replace(self, model=Blend.of([*own, whole], weights).eval(), whole=whole)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.model.family} of {', '.join(self.record.sources)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the model and eight of its names."""
        sample = self.collect(SampleSettings(n=8))
        return f"<p>{escape(repr(self)[1:-1])}<br>{escape(', '.join(self.shown(sample.names)))}</p>"

    @method_arguments(SampleSettings)
    def sample(self, settings: SampleSettings) -> list[str]:
        """Draw n new names (no names for n=0): none on the list that the model was trained on, and none twice.

        `not_in` and `excludes_from` are lists by name; or, in memory, a list or set of texts or (`not_in`) a model; or
        several of these in a tuple.

        Raises `SamplingError` when too few can be found, `UsageError` for constraints that contradict each other,
        `VocabularyError` for a character that the model does not know.

        >>> import namegen
        >>> model = namegen.train("irish", model="bigram")
        >>> names = model.sample(3, seed=1, starts_with="Mo", max_length=6)
        >>> len(names), all(name.startswith("Mo") and len(name) <= 6 for name in names)
        (3, True)
        >>> others = model.sample(30, seed=1, not_in=("welsh", names), excludes_from=["rr", "Ú"])
        >>> {*others} & {*names}, any("rr" in name or "u" in name.lower() for name in others)
        (set(), False)
        """
        sample = self.collect(settings)
        if sample.failure:
            raise sample.failure
        return list(self.shown(sample.names, settings.case, ascii=settings.ascii))

    def collect(self, settings: SampleSettings, known: KnownNames | None = None) -> Sample:
        """As `sample`, in the model's letters; too few names are returned with the reason, not raised."""
        return collect(self.of_label(settings.label), settings, known)

    def sampler(self, settings: SampleSettings, known: KnownNames | None = None) -> Sampler:
        """As `sample`, in the model's letters, block by block as names are found; without end for n = 0.

        `known` is what `filter.known_names` found for the settings, where their lists were read before.
        """
        return sampler_of(self.of_label(settings.label), settings, known)

    @method_arguments(SampleSettings)
    def stream(self, settings: SampleSettings) -> Iterator[str]:
        """As `sample`, one name after another without end; `n` is ignored.

        >>> import namegen
        >>> names = namegen.open_model("irish").stream(seed=1)
        >>> len({next(names) for _ in range(10)})
        10
        """
        for block in self.sampler(replace(settings, n=0)):
            yield from self.shown(block, settings.case, ascii=settings.ascii)

    @method_arguments(TopSettings)
    def top(self, settings: TopSettings) -> list[str]:
        """The n most probable new names, most probable first; see `namegen.sampling.best_first`.

        Raises `SamplingError` when the search takes too long, and what `sample` raises.

        >>> import namegen
        >>> namegen.train("irish", model="bigram").top(3, min_length=4, ends_with="a")
        ['Fila', 'Fina', 'Chea']
        """
        found = self.search(settings)
        if not found.complete:
            raise SamplingError(found.failure(settings.n, settings.apart))
        return list(self.shown(found.names, settings.case, ascii=settings.ascii))

    @method_arguments(PseudonymArguments)
    def pseudonyms(self, given: PseudonymArguments) -> list[str]:
        """A name for each key: the same for the same key and `secret`, and no two keys one name.

        A key keeps its name whatever keys follow it; see `namegen.sampling.pseudonyms`. Raises `SamplingError` when too
        few names can be found, and what `sample` raises.

        >>> import namegen
        >>> model = namegen.train("irish", model="bigram")
        >>> first, second, again = model.pseudonyms(["ann@x.org", "bob@x.org", "ann@x.org"], secret="not guessed")
        >>> first == again != second
        True
        """
        secret = given.secret.encode() if isinstance(given.secret, str) else given.secret
        return Pseudonyms(self.of_label(given.label), secret, given).names_of(given.keys)

    def search(self, settings: TopSettings, known: KnownNames | None = None) -> SearchResult:
        """As `top`, with log-probabilities, in the model's letters; the certain names where the search was given up."""
        constraints = settings.within(self.record.usual_lengths)
        find = most_probable_apart if settings.are_varied else most_probable
        return find(self.of_label(settings.label).model, settings.n, constraints, known or known_names(self, settings))

    def shown(self, names: Names, case: Case = "keep", *, ascii: bool = False) -> Names:
        """Names as they are displayed: in a case; `keep` is how most of the model's list is written."""
        return change_case(names.plain() if ascii else names, self.record.case if case == "keep" else case)

    def describe(
        self, names: Names, case: Case = "keep", *, ascii: bool = False, near_copies: bool = False
    ) -> list[Score]:
        """Loss, log-probability and origin (train, held out or new) of names in the model's letters.

        With `near_copies` also the name on the list that each is one edit away from, where the list can be read again.
        """
        logs, origins = log_probabilities(self.model, names), self._origins(names)
        listed = (self.listed_names() if near_copies else None) or Names.of([])
        known, places = [*self.shown(listed), ""], nearest(names, listed, 1).tolist()
        near = [known[place] if origin == "new" else "" for place, origin in zip(places, origins, strict=True)]
        losses, shown = -logs / (names.lengths + 1), self.shown(names, case, ascii=ascii)
        rows = zip(shown, losses.tolist(), logs.tolist(), origins, near, strict=True)
        return [Score(name, loss, log, origin=origin, near=other) for name, loss, log, origin, other in rows]

    def evaluate(self, names: Iterable[str]) -> Evaluation:
        """The loss on names, in nats per character. Raises `VocabularyError` for an unknown character.

        >>> import namegen
        >>> found = namegen.train("irish", model="ngram").evaluate(["Aidan", "Brigid"])
        >>> round(found.loss, 1), round(found.perplexity, 1), found.known
        (1.4, 3.9, 2)
        """
        return evaluate(self.model, self.spelled(names), self.train_hashes, self.pretrained_hashes)

    def score(self, names: Iterable[str], *, letters: bool = True) -> list[Score]:
        """The probability of each name, and the surprisal of each of its letters in nats; faster without letters.

        Also whether it is on the list, and how typical of the list it is.

        >>> import namegen
        >>> [likely, odd] = namegen.train("irish", model="bigram").score(["aidan", "øre"])
        >>> round(likely.loss, 1), odd.unknown
        (2.0, 'ø')
        """
        spelled = self.spelled(names)
        found = zip(score(self.model, spelled, letters=letters), self._origins(spelled), strict=True)
        return [replace(one, origin=origin, typical=self._typical(one.loss)) for one, origin in found]

    def _origins(self, names: Names) -> list[str]:
        """Of each name, whether it is a training name, held out, or new."""
        sets = (self.train_hashes, self.held_out_hashes)
        train, held_out = (KnownNames(hashes, self.letter_for_letter).hold(names).tolist() for hashes in sets)
        return ["train" if t else "held out" if h else "new" for t, h in zip(train, held_out, strict=True)]

    def _typical(self, loss: float) -> float | None:
        """The share of the list's names with a greater loss per character."""
        return 1 - bisect_right(self._losses, loss) / len(self._losses) if self._losses else None

    @cached_property
    def _losses(self) -> list[float]:
        """The losses per character, sorted, of held-out names of the list, or of all; none where it cannot be read."""
        split = self.split_if_readable()
        if not split:
            return []
        names = choose_at_most(TYPICAL_NAMES, split.held_out if len(split.held_out) else split.train)
        return sorted(one.loss for one in score(self.model, names, letters=False))

    def spelled(self, names: Iterable[str]) -> Names:
        """Names in the model's letters, as its list is read: in normal form C, and in small or plain letters."""
        names = Names.of(names)
        text = spelled(names.lines(), keep_case=self.record.keep_case, ascii=self.record.ascii)
        return Names.from_lines(text, keep_empty=True) if len(names) else names

    def save(self, path: str | Path) -> None:
        """Write a model file, whole or not at all; of one of a label that alone. Raises `ModelFileError`."""
        alone = replace(self, label_models={}, record=replace(self.record, labels={}))
        write_model(path, self if self.whole is None else alone)

    def export(self, path: str | Path) -> None:
        """Write the model for use without namegen: as a page (.html), a module (.js), .onnx or .json.

        Raises `UsageError` for another ending, `ModelFileError` where the file cannot be written.
        """
        from namegen.export import write_export  # noqa: PLC0415 (onnx is an extra)

        write_export(self, Path(path))

    @method_arguments(PlotArguments)
    def plot(self, given: PlotArguments) -> None:
        """Draw a picture into a file (png, svg, pdf).

        Raises `UsageError` for another ending and for a picture that the model does not have, `NamegenError` without
        matplotlib (the extra `plot`).

        >>> import namegen
        >>> namegen.train("irish", model="bigram").plot("counts", "counts.bmp")
        Traceback (most recent call last):
        namegen.errors.UsageError: counts.bmp: pictures are written as png, svg, pdf. Use one of these endings.
        """
        from namegen.plotting.data import picture_of  # noqa: PLC0415
        from namegen.plotting.figures import check_format, write_picture  # noqa: PLC0415 (matplotlib is an extra)

        check_format(given.path)
        write_picture(picture_of(self, given), given.path)

    @cached_property
    def known_names(self) -> KnownNames:
        """All names on the list that the model was trained on."""
        return known_names(self)


def load(path: str | Path) -> TrainedModel:
    """Read a model file. Raises `ModelFileError` for one that is missing, broken or of another kind."""
    if str(path) in bundled():
        raise ModelFileError(f"{path}: is a bundled list, not a model file. `namegen train {path}` makes one from it.")
    return TrainedModel(**vars(read_model(path)))


def open_model(
    source: str | Path, *, ascii: bool = False, label: str = "", listener: TrainingListener | None = None
) -> TrainedModel:
    """Load a model file; or fit a model, which takes a moment, to any other source of names, read as `ascii` says.

    The model is the pretrained network adapted to the names and blended with their n-gram model; in a script that the
    network does not know, the n-gram model alone. A `label` chooses names; see `TrainedModel.of_label`.

    Raises `ModelFileError` for a broken model file, `SourceError` for a list that cannot be read.

    >>> import namegen
    >>> namegen.open_model("irish").model.family
    'blend'
    """
    if label and not labels_of(label):
        raise UsageError(f"`label` {label!r} names no label. Leave it out, or name one, such as female.")
    if is_model_file(source):
        return load(source).of_label(label)
    column = label_column(source, label) if label else ""
    settings = TrainSettings.of(preset="adapted", holdout=0.0, ascii=ascii, label=column)
    run = TrainingRun(Checkpoint((str(source),), settings), labels=labels_of(label))
    run.listener = listener or run.listener
    return _train(run, None).of_label(label)


def blend(
    models: Sequence[TrainedModel], weights: Sequence[float] | None = None, data: Sources | None = None
) -> TrainedModel:
    """Mix the probabilities of trained models into one model; see `namegen.models.blend`.

    Without `weights` they are fitted to the names of `data`, or for models of the same split of one list to its
    validation set; otherwise they are equal. Raises `UsageError` for wrong weights and without models, `SourceError`
    for a list that cannot be read.

    >>> import namegen
    >>> half = namegen.blend([namegen.train(source, model="ngram") for source in ("irish", "dinosaurs")])
    >>> half.model.weights.tolist(), len(half.sample(3))
    ([0.5, 0.5], 3)
    """
    if weights is not None and data is not None:
        raise UsageError("`weights` and `data`, which they are fitted to, exclude each other. Leave one of them out.")
    if not models:
        raise UsageError("A blend needs at least one model. Pass one.")
    hashes = (torch.cat([getattr(m, f"{kind}_hashes") for m in models]).unique() for kind in HASHES)
    train_hashes, held_out_hashes, pretrained = hashes
    held_out_hashes = held_out_hashes[~contains(train_hashes, held_out_hashes)]
    one_list = all(WHICH_LIST(model.record) == WHICH_LIST(models[0].record) for model in models)
    members = [model.model for model in models]
    if weights is None and data is not None:
        weights = blend_weights(members, read_corpus(data).names)
    elif weights is None and one_list and models[0].record.counts.get("validation"):
        weights = blend_weights(members, models[0].read_split().validation)
    blended = Blend.of(members, weights).eval()
    cases = {model.record.case for model in models}
    case: Case = cases.pop() if len(cases) == 1 else "keep"
    sources = dict.fromkeys(source for model in models for source in model.record.sources)
    record = models[0].record if one_list else TrainingRecord(sources=tuple(sources), case=case)
    keep_case = any(model.record.keep_case for model in models)
    record = replace(record, keep_case=keep_case, losses={}, model="blend", preset=None, settings={}, history=())
    by_letter = any(model.letter_for_letter for model in models)
    return TrainedModel(blended, record, train_hashes, held_out_hashes, by_letter, pretrained)


def compose(template: str, n: int = 20, *, seed: int = 42) -> list[str]:
    """n lines of names from several lists or models, none twice; see `namegen.sampling.composition`.

    Braces contain a list or a model file, and after a colon the constraints of its names, as on the command line.
    Raises `UsageError` for a wrong template, `SamplingError` for too few lines, and what `open_model` raises.

    >>> import namegen
    >>> [line] = namegen.compose("{irish:starts-with=M,max-length=6} of {{towns}}", 1, seed=1)
    >>> line[0], line.endswith(" of {towns}")
    ('M', True)
    """
    settings = ComposeSettings.of(n=n, seed=seed)
    if not n:
        raise UsageError("`n` must be at least 1, not 0.")
    return [line.text for block in composed(Template.of(template), settings) for line in block]


def composed(
    template: Template,
    settings: ComposeSettings,
    known: Callable[[TrainedModel, SampleSettings], KnownNames] = known_names,
    listener: TrainingListener | None = None,
) -> Iterator[list[Line]]:
    """As `compose`, block by block, with the names in the slots; without end for n = 0.

    `known` finds the names that must not be generated, for each slot.
    """
    opened = cache(partial(open_model, listener=listener))
    models = [
        opened(source, ascii=s.ascii, label=s.label)
        for source, s in zip(template.sources, template.settings, strict=True)
    ]

    def stream(model: TrainedModel, asked: SampleSettings) -> Iterator[str]:
        for block in model.sampler(asked, known(model, asked)):
            yield from model.shown(block, asked.case, ascii=asked.ascii)

    streams = [*map(stream, models, template.seeded(settings.seed))]
    return compose_lines(template, streams, settings.n)


@dataclass(frozen=True, kw_only=True)
class TrainArguments(TrainSettings):
    """What `train` takes: the settings, and where names come from and results go."""

    sources: Sources = field(default=DEFAULT_SOURCE, kw_only=False)
    names: Iterable[str] | None = None
    checkpoint: str | Path | None = None
    device: str = "cpu"
    listener: TrainingListener | None = None

    @classmethod
    def of(cls, *, own: type[Settings] | None = None, **values: Any) -> "TrainArguments":
        """As `TrainSettings.of`, for all families that are known."""
        family = values.get("model")
        if own is None and family in FAMILIES and family not in FAMILY_SETTINGS:
            own = FAMILIES[family].settings_type
        if isinstance(values.get("validation"), Path):
            values["validation"] = str(values["validation"])
        return super().of(own=own, **values)


@arguments(TrainArguments)
def train(given: TrainArguments) -> TrainedModel:
    """Train a model on a list: bundled names, files, folders or `-`, or `names` in memory.

    `holdout` is the share of names held out, half for validation and half for test; with `validation`, the names of
    that list are held out instead. `preset` chooses settings for networks, which others given here override.
    `checkpoint` names a file that the training writes after epochs, once a second at most, and when the `listener` says
    stop; `resume` continues from it. The losses, in nats per character, are in `record.losses`; that of a network on
    more than 200,000 training names is measured on an evaluation subset of this many, chosen by their hashes.

    Raises `UsageError` for a wrong setting, `SourceError` for a list that cannot be read or is too short,
    `TrainingError` for a training that cannot go on, `TrainingStoppedError` where the listener stopped it.

    >>> import namegen
    >>> trained = namegen.train(names=["emma", "ava", "ada", "amy"], model="bigram", holdout=0)
    >>> trained.record.counts
    {'train': 4}
    """
    if given.names is not None and given.sources != DEFAULT_SOURCE:
        raise UsageError("Give `sources` or `names`, not both.")
    if is_standard_input(given.validation or "") and any(map(is_standard_input, as_list(given.sources))):
        raise UsageError("Standard input (-) can be read only once. Write the names or the validation list to a file.")
    settings = given.part(TrainSettings)
    family_of(settings)
    sources = (IN_MEMORY,) if given.names is not None else tuple(as_list(given.sources))
    checkpoint = Checkpoint(sources, settings, Path(given.checkpoint) if given.checkpoint else None)
    run = TrainingRun(checkpoint, find_device(given.device), given.listener or TrainingListener())
    return _train(run, given.names)


def resume(
    checkpoint: str | Path,
    *,
    names: Iterable[str] | None = None,
    device: str = "cpu",
    listener: TrainingListener | None = None,
) -> TrainedModel:
    """Continue a stopped training from its checkpoint, to the same weights as without the stop.

    A training on `names` in memory needs the same names again. Raises `ModelFileError` for a file that is not a
    checkpoint, `SourceError` where the list has changed, and what `train` raises.
    """
    run = TrainingRun(Checkpoint.load(checkpoint), find_device(device), listener or TrainingListener())
    if (run.checkpoint.sources == (IN_MEMORY,)) != (names is not None):
        in_memory = f"names in memory. Give them again: namegen.resume({str(checkpoint)!r}, names=…)"
        was = in_memory if names is None else "a list that is read again. Leave `names` out"
        raise UsageError(f"{checkpoint}: is of a training on {was}.")
    return _train(run, names)


def compare(
    sources: Sources,
    chosen: Sequence[Candidate] = (),
    *,
    holdout: float = SplitSettings.holdout,
    skip_bad_lines: bool = False,
    device: str = "cpu",
    listener: TrainingListener | None = None,
) -> Comparison:
    """Train candidates (all families and presets) on one list; rank them by their test loss, and measure their names.

    All learn from the same training set. When the `listener` says stop, those already trained are ranked. Raises what
    `train` raises, and `SourceError` for a list too short to compare models on.

    >>> import namegen
    >>> from namegen.evaluation.model_selection import candidates
    >>> found = namegen.compare("irish", candidates(["bigram", "ngram"]))
    >>> [row.model for row in found.table.rows], found.best.model
    (['ngram', 'bigram'], 'ngram')
    """
    if not SplitSettings.of(holdout=holdout).holdout:
        raise UsageError("`holdout=0` leaves no names to compare models on. Hold some out, such as `holdout=0.2`.")
    listener = listener or TrainingListener()
    chosen = chosen or candidates()
    corpus = read_corpus(sources, ListSettings.of(skip_bad_lines=skip_bad_lines))
    listener.on_notes(corpus.notes)
    try:
        sets = split(corpus.names, holdout)
    except SourceError:
        short = f"The list is too short ({len(corpus.names):,} names) to compare models on, since some must be held out"
        raise SourceError(f"{short}. Use a longer list, or train an n-gram (`model=ngram`).") from None
    models: dict[str, TrainedModel] = {}
    for index, candidate in enumerate(chosen, start=1):
        if models and listener.stop():
            break
        listener.on_candidate(candidate.label, index, len(chosen))
        family: dict[str, Any] = {"model": candidate.model, "preset": candidate.preset}
        try:
            trained = train(names=corpus.names, holdout=holdout, device=device, listener=listener, **family)
        except TrainingStoppedError:
            if not models:
                raise
            break
        trained.record = replace(trained.record, case=corpus.case)
        models[candidate.label] = trained
    by_label = {candidate.label: candidate for candidate in chosen}
    seconds = {label: model.seconds for label, model in models.items()}
    untried = tuple(candidate for label, candidate in by_label.items() if label not in models)
    generated = qualities(models, split=sets)
    return Comparison(ranking(sets.test, models, sets.train), by_label, seconds, generated, untried)


def _train(run: TrainingRun, names: Iterable[str] | None) -> TrainedModel:
    """Fit a model to the list that the run names, or to names in memory, and record how."""
    if isinstance(names, str):
        raise UsageError(f"`names` {names!r} is one text. Give a list of names, or name a list by `sources`.")
    given = names if names is None or isinstance(names, Sequence) else list(names)
    if isinstance(names, Set):
        given = sorted(names)  # the order of a set changes from process to process

    def open_list(shard: Shard) -> Reading:
        if given is None:
            return read_list(run.checkpoint.sources, run.settings, shard=shard)
        return list_of(given, run.settings, label=IN_MEMORY, shard=shard)

    fitted = fit(open_list, run)
    record, hashes = _record(run, fitted), (fitted.train_hashes, fitted.held_out_hashes)
    rest = (fitted.pretrained_hashes, fitted.label_models)
    return TrainedModel(fitted.model, record, *hashes, False, *rest, seconds=fitted.seconds)


def _record(run: TrainingRun, fitted: Fitted) -> TrainingRecord:
    settings, summary = run.settings, fitted.summary
    asked = (*READING, "split_seed", "validation", "model")
    return TrainingRecord(
        **{name: getattr(settings, name) for name in asked},
        sources=summary.sources,
        case=summary.case,
        usual_lengths=summary.usual_lengths,
        duplicates=summary.duplicates,
        holdout=0.0 if settings.validation is not None else settings.holdout,
        labels=fitted.label_counts,
        counts=summary.sizes,
        losses={name: loss_of_counts(fitted.model, counts) for name, counts in fitted.own_counts.items()},
        baselines=baseline_losses(fitted.counts, fitted.model.vocabulary.size),
        preset=fitted.preset,
        settings=replace(settings, preset=fitted.preset).used,
        history=tuple(run.checkpoint.history),
        torch_version=torch.__version__,
        namegen_version=__version__,
    )
