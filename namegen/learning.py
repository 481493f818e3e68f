"""The order of work of a training: read and split_corpus a list, fit a model to it, judge it, and record all that.

Models that count read the list piece by piece; networks hold it in memory.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from namegen.corpus.packed_names import Names
from namegen.corpus.reading import Reading, corpus_from, read_list
from namegen.corpus.sources import ALL_OF_IT, Shard, check_readable_by_several
from namegen.corpus.split import Split, SplitRule, choose_at_most, split_corpus
from namegen.corpus.streaming_counts import CountedList, ListSummary, Opener, Progress, count_list, count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SourceError
from namegen.evaluation.baselines import baselines
from namegen.evaluation.losses import loss_of_counts
from namegen.files.model_file import TrainingRecord
from namegen.fitting import JUDGED, Session, check_batch_size, counted_context, fit_counts, fit_network
from namegen.models import NameModel
from namegen.presets import Settings, heeded, settings_for
from namegen.trained import TrainedModel
from namegen.training.checkpoint import Checkpoint
from namegen.training.distributed import size
from namegen.version import __version__


@torch.inference_mode(False)
@torch.enable_grad()
def learn(
    open_list: Opener,
    session: Session,
    on_start: Callable[[ListSummary], None],
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> TrainedModel:
    """Train what the session's checkpoint asks for, from where it stands."""
    asked = session.checkpoint.arguments
    family, preset = asked["model"], asked["preset"]
    settings = settings_for(family, preset, asked["settings"])
    if counted_context(family, settings) is None:
        fitted, listed, losses, seconds = _learned(settings, open_list, session, on_start)
    else:
        fitted, listed, seconds = _counted(settings, open_list, asked, on_start, on_progress)
        losses = {part: loss_of_counts(fitted, tally) for part, tally in listed.tallies.items()}
    record = TrainingRecord(
        sources=listed.summary.sources,
        lower=asked["lower"],
        skip_bad_lines=asked["skip_bad_lines"],
        keep_duplicates=asked["keep_duplicates"],
        duplicates=listed.summary.duplicates,
        holdout=asked["holdout"],
        split_seed=asked["split_seed"],
        validation_source=asked["validation"],
        counts=listed.summary.parts,
        losses=losses,
        baselines=baselines(listed.tallies, listed.vocabulary.size),
        options={"model": family, "preset": preset}
        | {part: getattr(settings, part).to_json() for part in heeded()[family]},
        history=session.checkpoint.history,
        torch_version=torch.__version__,
        namegen_version=__version__,
    )
    return TrainedModel(fitted, record, listed.train_hashes, listed.held_out_hashes, seconds)


def _counted(
    settings: Settings,
    open_list: Opener,
    asked: dict[str, Any],
    on_start: Callable[[ListSummary], None],
    on_progress: Callable[[Progress], None],
) -> tuple[NameModel, CountedList, float]:
    """A model that counts, what it was counted from, and the seconds that took, reading and counting being one."""
    started = time.perf_counter()
    validation, lower, skip = asked["validation"], asked["lower"], asked["skip_bad_lines"]

    def open_validation(share: Shard) -> Reading:
        return read_list(validation, lower=lower, skip_bad_lines=skip, share=share)

    listed = count_list(
        open_list,
        SplitRule(asked["holdout"], asked["split_seed"]),
        counted_context(asked["model"], settings) or 0,
        None if validation is None else open_validation,
        on_progress,
    )
    on_start(listed.summary)
    model = fit_counts(asked["model"], settings, listed)
    return model, listed, time.perf_counter() - started


def _learned(
    settings: Settings, open_list: Opener, session: Session, on_start: Callable[[ListSummary], None]
) -> tuple[NameModel, CountedList, dict[str, float], float]:
    """A model that learns from names in memory, the counts of their pairs, its losses, and the seconds of learning.

    The loss on the names that it learned from is that on `JUDGED` of them, where they are more.
    """
    summary, divided = _read_whole(open_list, session.checkpoint)
    on_start(summary)
    vocabulary = Vocabulary("".join(sorted(set().union(*(part.characters() for part in divided.parts.values())))))
    started = time.perf_counter()
    model = fit_network(session.checkpoint.arguments["model"], settings, vocabulary, divided, session)
    seconds = time.perf_counter() - started
    judged = replace(divided, train=choose_at_most(JUDGED, divided.train))
    losses = {
        part: loss_of_counts(model, count_ngrams(names, vocabulary, model.context_size))
        for part, names in judged.parts.items()
    }
    return model, CountedList.of(summary, divided, vocabulary, context_size=1), losses, seconds


def _read_whole(open_list: Opener, checkpoint: Checkpoint) -> tuple[ListSummary, Split]:
    """A list that is to be held in memory, divided. Raises `SourceError` where it is not the checkpoint's."""
    asked = checkpoint.arguments
    if size() > 1:  # each reads it
        check_readable_by_several([*asked["sources"], *filter(None, [asked["validation"]])])
    corpus = corpus_from(open_list(ALL_OF_IT))
    divided = split_corpus(
        corpus, *(asked[name] for name in ("validation", "lower", "skip_bad_lines", "holdout", "split_seed"))
    )
    names = corpus.names if asked["validation"] is None else Names.join([corpus.names, divided.validation])
    number = names.fingerprint()
    if checkpoint.fingerprint not in (0, number):
        lists = ", ".join([*corpus.sources, *filter(None, [asked["validation"]])])
        raise SourceError(
            f"{lists}: has changed since {checkpoint.path} was written, so the training cannot go on. Train anew."
        )
    checkpoint.fingerprint = number
    check_batch_size(asked["settings"].get("batch_size", 1), divided.train)
    return ListSummary.of(corpus, divided), divided
