"""`namegen train`: from a list to a model file.

Errors that can be found without torch and without reading the list are raised first.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from annotated_doc import Doc
from annotated_types import Ge, Le

from namegen.cli.console import as_word, note, plain, plural, print_json, stdout
from namegen.cli.evaluation_tables import print_record
from namegen.cli.options import Device, Force, Given, Quiet, ResultFormat, Sources, command
from namegen.cli.output_paths import CHECKPOINT_SUFFIX, check_log, check_training_files
from namegen.corpus.sources import DEFAULT_SOURCE, IN_MEMORY, files_of, is_standard_input
from namegen.errors import TrainingError, TrainingStoppedError, UsageError
from namegen.settings import (
    ADVANCED,
    FAMILY_SETTINGS,
    MODEL_SUFFIX,
    TRAINING,
    SampleSettings,
    Settings,
    TrainingSettings,
    TrainSettings,
    names_of,
)

if TYPE_CHECKING:
    from namegen.api import TrainedModel

EXAMPLES = 8
FEW_NAMES = 30


@dataclass(frozen=True, kw_only=True)
class TrainOptions(Settings):
    """Where the model file goes, and how the training runs."""

    format: ResultFormat = "table"
    quiet: Quiet = False
    out: Annotated[Path | None, Doc("The model file to write; default: named after list and model.")] = None
    force: Force = False
    resume: Annotated[Path | None, Doc("Continue a stopped training from this checkpoint."), TRAINING] = None
    log: Annotated[Path | None, Doc("Append a line of JSON to this file after each epoch."), ADVANCED] = None
    device: Device = "auto"
    threads: Annotated[int | None, Ge(1), Le(256), Doc("CPU threads; default: all."), ADVANCED] = None


@command(model="blend; for lecture, mlp", preset="by the length of the list")
def train(sources: Sources = None, *, settings: TrainSettings, options: TrainOptions, given: Given) -> None:
    """Learn from a list of names, and write a model file.

    The default model blends an n-gram model and a network: together they predict better than each alone.

    Ctrl-C stops at the next step and keeps a checkpoint: --resume continues from it.
    """
    lists = [*(sources or ()), *([settings.validation] if settings.validation is not None else ())]
    for source in lists:
        if not is_standard_input(source):
            files_of(source)
    _check_idle(settings, given)
    asked = {name: getattr(settings, name) for name in given & names_of(TrainSettings)}
    if settings.model not in FAMILY_SETTINGS:
        _check_family(settings, asked)
    if options.resume:
        lists += _check_checkpoint(options.resume, sources, asked)
    out, checkpoint = _paths(sources, settings, options)
    check_training_files(out, checkpoint, lists, force=options.force, resumed=options.resume is not None)
    if options.log:
        check_log(options.log, lists)
    try:
        trained = _run(sources or [DEFAULT_SOURCE], asked, options, checkpoint)
    except TrainingError as error:
        if error.checkpoint and error.reason:
            way_out = "Continue with" if isinstance(error, TrainingStoppedError) else "Or use its best epoch with"
            other = "" if out == checkpoint.with_suffix(MODEL_SUFFIX) else f" -o {as_word(out)}"
            resuming = f"namegen train --resume {as_word(checkpoint)}{other}"
            raise type(error)(error.reason, f"{way_out}: {resuming}") from error
        raise
    if trained is None:
        return
    trained.save(out)
    checkpoint.unlink(missing_ok=True)
    if options.format == "json":
        print_json(_for_programs(trained, out))
    else:
        print_record(trained.record, trained.model.family)
        about = f"{trained.model.family}, {trained.model.parameter_count:,} parameters"
        note(f"{out}: {about}, trained in {trained.seconds:.2f} s", quiet=options.quiet)
        if names := _examples(trained):
            stdout().print(f"\n{plain('  '.join(names))}")
        stdout().print(f"\n{_verdict(trained)}")
    note(f"New names:  namegen sample {as_word(out)}", quiet=options.quiet, fold=False)


def _check_idle(settings: TrainSettings, given: Given) -> None:
    """Raise `UsageError` for an option that has no effect beside another."""
    if "split_seed" in given and (settings.validation is not None or settings.holdout == 0):
        raise UsageError("`split_seed` decides which names are held out, and here none are. Leave it out.")
    parts = FAMILY_SETTINGS.get(settings.model)
    idle = next((name for name in ("log", "device") if name in given), None)
    if parts and idle and not (TrainingSettings in parts and settings.networks):
        raise UsageError(f"`{idle}` is for networks, and the {settings.model} model has none. Leave it out.")


def _check_family(settings: TrainSettings, asked: Mapping[str, Any]) -> None:
    """Raise `UsageError` for an unknown family, and for a setting that a family which is not built in does not use."""
    from namegen.api import TrainArguments
    from namegen.training.fit import family_of

    family_of(settings)
    TrainArguments.of(**asked)


def _paths(sources: Sequence[str] | None, settings: TrainSettings, options: TrainOptions) -> tuple[Path, Path]:
    """The model file and the checkpoint; without `--out` they are named after the list and family."""
    if options.resume:
        return options.out or options.resume.with_suffix(MODEL_SUFFIX), options.resume
    names = sources or [DEFAULT_SOURCE]
    stems = ["stdin" if is_standard_input(source) else Path(source).stem or "folder" for source in names]
    path = options.out or Path(f"{'+'.join(stems)}-{settings.model}{MODEL_SUFFIX}")
    return path, Path(f"{str(path).removesuffix(MODEL_SUFFIX)}{CHECKPOINT_SUFFIX}")


def _check_checkpoint(resume: Path, sources: Sequence[str] | None, asked: Mapping[str, Any]) -> Sequence[str]:
    """The lists of a checkpoint. Raises `UsageError` where an option is not that of the checkpoint."""
    from namegen.training.checkpoint import Checkpoint

    before = Checkpoint.load(resume)
    if sources and tuple(sources) != before.sources:
        raise UsageError(f"{resume}: is of a training on {', '.join(before.sources)}. Leave the list out.")
    for name, now in asked.items():
        if (was := getattr(before.settings, name)) != now:
            raise UsageError(f"{resume}: is of a training with `{name}={was}`, not {now}. Leave `{name}` out.")
    named = [*before.sources, *filter(None, [before.settings.validation])]
    return [] if before.sources == (IN_MEMORY,) else named


def _run(
    sources: Sequence[str], asked: Mapping[str, Any], options: TrainOptions, checkpoint: Path
) -> "TrainedModel | None":
    """Train, or continue from a checkpoint. Of several processes that torchrun started, only the first has a result."""
    import torch

    from namegen.api import resume, train
    from namegen.cli.training_display import TrainingDisplay
    from namegen.training import distributed
    from namegen.training.network import find_device

    if options.threads:
        torch.set_num_threads(options.threads)
    device = find_device(options.device).type
    with ExitStack() as stack:
        stack.enter_context(distributed.group(device))
        is_first = distributed.rank() == 0
        log = stack.enter_context(options.log.open("ab", buffering=0)) if options.log and is_first else None
        display = stack.enter_context(TrainingDisplay(quiet=options.quiet or not is_first, log=log))
        try:
            if options.resume:
                trained = resume(options.resume, device=device, listener=display)
            else:
                trained = train([*sources], **asked, checkpoint=checkpoint, device=device, listener=display)
        except RuntimeError as error:
            if distributed.size() > 1 and "onnection" in str(error):  # as gloo and nccl say it
                kept = checkpoint if checkpoint.exists() else None
                raise TrainingError("Another process of this training has ended.", checkpoint=kept) from error
            raise
        return trained if is_first else None


def _for_programs(trained: "TrainedModel", path: Path) -> dict[str, Any]:
    record = trained.record
    return {
        "model": str(path),
        "family": trained.model.family,
        "names": record.counts,
        "duplicates": record.duplicates,
        "losses": record.losses,
        "baselines": record.baselines,
        "parameters": trained.model.parameter_count,
        "seconds": trained.seconds,
        "examples": _examples(trained),
    }


def _examples(trained: "TrainedModel") -> list[str]:
    """The first names that `namegen sample --seed 42` shows."""
    return [*trained.shown(trained.collect(SampleSettings(EXAMPLES, max_tries=10_000)).names)]


def _verdict(trained: "TrainedModel") -> str:
    """How good a model is, in words: its loss on held-out names, beside those of baselines."""
    record = trained.record
    held_out = next((name for name in ("test", "validation") if name in record.losses), None)
    if held_out is None:
        return "No names were held out, so its loss on names it never saw is unknown."
    loss = record.losses[held_out]
    bigram, uniform = (record.baselines[kind][held_out] for kind in ("bigram", "uniform"))
    said = f"The loss on names it never saw is {loss:.2f} nats per character; a bigram reaches {bigram:.2f}, uniform "
    said += f"guessing {uniform:.2f}."
    if trained.model.family != "bigram" and loss >= bigram:
        said += " It predicts no better than a bigram: `namegen compare` shows which model does."
    if record.counts[held_out] < FEW_NAMES:
        said += f" {plural(record.counts[held_out], 'name')} are few to judge by."
    if trained.held_out_but_pretrained:
        seen = plural(trained.held_out_but_pretrained, "held-out name")
        said += f" {seen} had been seen in pretraining; `namegen evaluate` shows the loss on the others."
    return said
