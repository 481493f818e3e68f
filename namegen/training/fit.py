"""How a model of each family is fitted to a list: what is counted, what is trained, and on which names.

Count models read the list block by block; networks need it in memory. `network` trains one of them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import TypeVar

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.labels import format_counts
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import WHOLE_LIST, OpenList, Reading, Shard, corpus_from, read_list
from namegen.corpus.sources import check_readable_by_several
from namegen.corpus.split import Split, SplitRule, choose_at_most, hold_out_few, split
from namegen.corpus.streaming_counts import ListSummary, check_counted, count_list, count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SourceError, TrainingError, UsageError
from namegen.files.model_file import no_hashes
from namegen.models import FAMILIES, Blend, CountModel, NameModel, Ngram, fit_weights
from namegen.settings import NgramSettings, Preset, TrainSettings
from namegen.training.adaptation import adapt, knows_script, ngram_weight
from namegen.training.distributed import merge_counted, merge_counts, rank, size
from namegen.training.network import EVALUATED_NAMES, TrainingRun, train_mlp
from namegen.training.pretrained import PretrainedNetwork, shipped

ADAPTED_NAMES = 3000  # at most, for which the pretrained network is adapted without a preset
FEWEST_OF_LABEL = 5

Counted = TypeVar("Counted", bound=CountModel)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model, and the counts and hashes of the list that it was fitted to.

    `counts` are the n-gram counts of each set, of any order; `own_counts` those with the context of the model, for a
    network of at most `EVALUATED_NAMES` training names. Hashes are sorted.
    """

    model: NameModel
    summary: ListSummary
    counts: dict[str, NgramCounts]
    own_counts: dict[str, NgramCounts]
    train_hashes: Int64[Tensor, " train"]
    held_out_hashes: Int64[Tensor, " held_out"]
    seconds: float
    preset: Preset | None = None  # how its networks were made
    pretrained_hashes: Int64[Tensor, " pretrained"] = field(default_factory=no_hashes)  # names of the pretraining
    label_models: dict[str, NameModel] = field(default_factory=dict)
    label_counts: dict[str, int] = field(default_factory=dict)


@torch.inference_mode(False)
@torch.enable_grad()
def fit(open_list: OpenList, run: TrainingRun) -> Fitted:
    """Fit the model of a run, from the state of its checkpoint.

    Raises `SourceError`, `UsageError`, `TrainingError`, and `TrainingStoppedError` when the listener stops it.
    """
    family = family_of(run.settings)
    if size() > 1:
        check_readable_by_several([*run.checkpoint.sources, *filter(None, [run.settings.validation])])
    return _fit_counts(family, open_list, run) if issubclass(family, CountModel) else _fit_names(open_list, run)


def family_of(settings: TrainSettings) -> type[NameModel]:
    """The class of the model. Raises `UsageError` for an unknown family."""
    if settings.model not in FAMILIES:
        raise UsageError(f"Unknown model {settings.model!r}. Choose from: {', '.join(FAMILIES)}.")
    return FAMILIES[settings.model]


def _fit_counts(family: type[CountModel], open_list: OpenList, run: TrainingRun) -> Fitted:
    """Count a list while it is read; the seconds are those of both."""
    started = time.perf_counter()
    settings = run.settings
    model_settings = settings.own or settings.part(family.settings_type)
    context_size = family(model_settings, Vocabulary("a")).context_size
    rule = SplitRule(0.0 if settings.validation else settings.holdout, settings.split_seed)
    validation = None if settings.validation is None else read_list(settings.validation, settings)
    reading = open_list(Shard(rank(), size()))
    counted = count_list(reading, rule, context_size, validation, run.listener.on_progress)
    counted = merge_counted(counted, context_size)
    check_counted(counted, reading, SplitRule(validation=counted.held_out_hashes) if validation else rule)
    run.listener.on_notes(reading.notes)
    run.listener.on_start(counted.summary)
    model = family(model_settings, counted.vocabulary)
    model.count(counted.counts["train"])
    seconds = time.perf_counter() - started
    hashes = (counted.train_hashes, counted.held_out_hashes)
    return Fitted(model.eval(), counted.summary, counted.counts, counted.counts, *hashes, seconds)


def _fit_names(open_list: OpenList, run: TrainingRun) -> Fitted:
    """Fit a network or a blend to names in memory."""
    summary, split, labelled = _read_whole(open_list, run)
    run.listener.on_start(summary)
    network = network_to_adapt(run, split.train)
    alphabets = [*(names.characters for names in split.sets.values()), ascii_lowercase if network else ""]
    vocabulary = Vocabulary("".join(sorted(set().union(*alphabets))))
    started = time.perf_counter()
    model: NameModel
    preset: Preset | None
    if network or run.settings.preset == "adapted":
        model = fit_adapted(run.settings, network, split.train, vocabulary)
        preset = "adapted" if network else None
    else:
        model, preset = fit_network(run, vocabulary, split), run.settings.preset or "default"
    label_models = {name: fit_adapted(run.settings, network, own, vocabulary) for name, own in labelled.items()}
    label_counts = {name: len(own) for name, own in labelled.items()}
    seconds = time.perf_counter() - started
    counts = {name: count_ngrams(names, vocabulary, 1) for name, names in split.sets.items()}
    evaluated = replace(split, train=choose_at_most(EVALUATED_NAMES, split.train))
    own = {name: count_ngrams(names, vocabulary, model.context_size) for name, names in evaluated.sets.items()}
    hashes = (split.train.hashes().unique(), split.held_out.hashes().unique())
    pretrained_hashes = network.hashes if network else no_hashes()
    labels = (label_models, label_counts)
    return Fitted(model, summary, counts, own, *hashes, seconds, preset, pretrained_hashes, *labels)


def network_to_adapt(run: TrainingRun, names: Names) -> PretrainedNetwork | None:
    """The pretrained network, where `preset` asks for it or the list is short, if it knows the script."""
    preset = run.settings.preset
    if preset not in (None, "adapted") or (preset is None and len(names) > ADAPTED_NAMES):
        return None
    network = shipped()
    if network and knows_script(network, names):
        return network
    run.listener.on_note("the pretrained network does not know the script of this list, so it is not used")
    return None


def fit_adapted(
    settings: TrainSettings, network: PretrainedNetwork | None, names: Names, vocabulary: Vocabulary
) -> NameModel:
    """The pretrained network adapted to names, in a blend with their n-gram model; without a network that alone."""
    if network and settings.model == "mlp":
        return adapt(network, names, vocabulary)
    ngram = count(Ngram(settings.part(NgramSettings), vocabulary), names).eval()
    if not network:
        return ngram
    adapted = adapt(network, names, vocabulary)
    weight = ngram_weight(len(names))
    return Blend.of([ngram, adapted], [weight, 1 - weight]).eval().requires_grad_(False)


def _read_whole(open_list: OpenList, run: TrainingRun) -> tuple[ListSummary, Split, dict[str, Names]]:
    """Read and split a list, also by label. Raises `SourceError` where it is not that of the checkpoint."""
    checkpoint, settings = run.checkpoint, run.settings
    reading = open_list(WHOLE_LIST)
    corpus = corpus_from(reading)
    run.listener.on_notes(reading.notes)
    validation = None
    if settings.validation is not None:
        validation = corpus_from(read_list(settings.validation, settings)).names
    sets = split(corpus.names, settings.holdout, settings.split_seed, validation)
    names = corpus.names if validation is None else Names.join([corpus.names, validation])
    fingerprint = names.fingerprint()
    if checkpoint.fingerprint not in (0, fingerprint):
        lists = ", ".join([*corpus.sources, *filter(None, [settings.validation])])
        raise SourceError(f"{lists}: has changed since {checkpoint.path} was written. Train again.")
    checkpoint.fingerprint = fingerprint
    labelled = _labelled(run, reading, sets.train) if settings.label else {}
    return ListSummary.of(reading, sets.sizes), sets, labelled


def _labelled(run: TrainingRun, reading: Reading, names: Names) -> dict[str, Names]:
    """The names of each label that is learned. Raises `SourceError` where one that is asked for is missing."""
    found = reading.with_labels(names)
    counts = {label: len(own) for label, own in found.items()}
    if not found:
        raise SourceError(f"{reading.label}: has no labels. Write each after its name and a tab, or in a table.")
    if missing := next((label for label in run.labels if label not in found), None):
        raise SourceError(f"{reading.label}: has no label {missing!r}. It has {format_counts(counts)}.")
    learned = {label: own for label, own in found.items() if not run.labels or label in run.labels}
    few = {label: counts[label] for label, own in learned.items() if len(own) < FEWEST_OF_LABEL}
    if few and (run.labels or len(few) == len(learned)):
        raise SourceError(f"{reading.label}: {format_counts(few)}: a label needs at least {FEWEST_OF_LABEL} names.")
    if few:
        run.listener.on_note(f"labels with fewer than {FEWEST_OF_LABEL} names are left out: {format_counts(few)}")
    learned = {label: own for label, own in learned.items() if label not in few}
    run.listener.on_note(f"labels: {format_counts({label: counts[label] for label in learned})}")
    return learned


def fit_network(run: TrainingRun, vocabulary: Vocabulary, split: Split) -> NameModel:
    """Fit an `mlp` or a `blend` on the training set of a split."""
    if run.settings.model == "mlp":
        return train_mlp(run, vocabulary, split).eval().requires_grad_(False)
    if run.settings.model == "blend":
        return fit_blend(run, vocabulary, split).eval().requires_grad_(False)
    raise TrainingError(f"The family {run.settings.model} cannot be trained. Make it a subclass of CountModel.")


def count(model: Counted, names: Names) -> Counted:
    """Count names for a model, each process its shard, and return the model."""
    counts = count_ngrams(names[rank() :: size()], model.vocabulary, model.context_size)
    model.count(merge_counts(counts, model.vocabulary.size))
    return model


def fit_blend(run: TrainingRun, vocabulary: Vocabulary, split: Split) -> Blend:
    """An n-gram model and networks, blended with the weights that maximise the likelihood of the validation set.

    Without a validation set a few training names take its place; the n-gram model counts them afterwards.
    """
    settings = run.settings
    fitting = split if len(split.validation) else hold_out_few(split.train, settings.seed)
    networks = [train_mlp(run, vocabulary, fitting, place) for place in range(settings.networks)]
    ngram_settings = settings.part(NgramSettings)
    ngram = count(Ngram(ngram_settings, vocabulary), fitting.train)
    weights = blend_weights([ngram, *networks], fitting.validation)
    if fitting is not split:
        ngram = count(Ngram(ngram_settings, vocabulary), split.train)
    return Blend.of([ngram, *networks], weights)


@torch.no_grad()
def blend_weights(models: Sequence[NameModel], names: Names) -> list[float]:
    """The weights, one for each model, of the blend that maximises the likelihood of these names."""
    blend = Blend.of(models)
    alone = torch.ones(1, dtype=torch.float32)
    shares = [model.weights if isinstance(model, Blend) else alone for model in models]  # of members in a model
    examples = Examples(names, blend.vocabulary, blend.context_size)
    logs = [
        blend.member_log_probabilities(contexts).gather(2, targets.expand(len(blend.members), -1)[..., None]).squeeze(2)
        for contexts, targets in examples.batches(8192)
    ]
    members = torch.cat(logs, dim=1).double().split([len(share) for share in shares])
    of_models = [(own + share.log()[:, None]).logsumexp(0) for own, share in zip(members, shares, strict=True)]
    return fit_weights(torch.stack(of_models)).tolist()
