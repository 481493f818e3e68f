"""`namegen train`: from a list to a model file.

What can be found wrong without reading the list, and without importing torch, is found first.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from namegen.cli.console import Format, as_word, note
from namegen.cli.hints import on_capitals
from namegen.cli.open_models import SUFFIX
from namegen.cli.options import (
    DEFAULT_FAMILY,
    MODEL,
    READING,
    TRAINING,
    Device,
    KeepDuplicates,
    Lower,
    Quiet,
    SkipBadLines,
    Sources,
    option,
)
from namegen.cli.output_files import check_checkpoint, check_none_is_read, checkpoint_beside, claim, resuming
from namegen.corpus.sources import DEFAULT_SOURCE, STANDARD_INPUT, files_of
from namegen.errors import TrainingError, TrainingStoppedError, UsageError

if TYPE_CHECKING:
    from namegen.api import TrainedModel

COUNTED = ("bigram", "ngram")
Preset = StrEnum("Preset", ["fast", "default", "best", "lecture"])
Activation = StrEnum("Activation", ["tanh", "gelu"])
Input = StrEnum("Input", [("embedding", "embedding"), ("one_hot", "one-hot")])
Precision = StrEnum("Precision", ["auto", "float32", "bfloat16"])


def train(
    sources: Sources = None,
    out: Annotated[
        Path | None, option("-o", "--out", "The model file; by default named after source and model.")
    ] = None,
    force: Annotated[bool, option("--force", "Write over an existing file.")] = False,
    lower: Lower = False,
    skip_bad_lines: SkipBadLines = False,
    keep_duplicates: KeepDuplicates = False,
    holdout: Annotated[
        float | None,
        option("--holdout", "Share of names kept out, half for validation, half for test.  [default: 0.2]", READING),
    ] = None,
    split_seed: Annotated[
        int | None, option("--split-seed", "Another seed keeps out other names.  [default: 0]", READING)
    ] = None,
    valid: Annotated[
        str | None, option("--valid", "A list to validate on, in place of --holdout.", READING, metavar="LIST")
    ] = None,
    model: Annotated[
        str | None,
        option("--model", "What is learned: blend, ngram, mlp or bigram.  [default: blend; mlp for lecture]", MODEL),
    ] = None,
    preset: Annotated[
        Preset | None, option("--preset", "How large, and for how long.  [default: default]", MODEL)
    ] = None,
    networks: Annotated[int | None, option("--networks", "blend: how many networks beside the n-gram.", MODEL)] = None,
    order: Annotated[int | None, option("--order", "ngram: it looks at ORDER - 1 characters; 2 to 8.", MODEL)] = None,
    prune: Annotated[
        str | None,
        option(
            "--prune", "ngram: drop n-grams seen at most so often, a number an order, such as '0 0 1 1 2 2'.", MODEL
        ),
    ] = None,
    smoothing: Annotated[float | None, option("--smoothing", "bigram: added to every count.", MODEL)] = None,
    context_size: Annotated[int | None, option("--context", "mlp: characters that it looks at.", MODEL)] = None,
    embedding_size: Annotated[
        int | None, option("--embedding-size", "mlp: numbers that stand for a character.", MODEL)
    ] = None,
    hidden_size: Annotated[int | None, option("--hidden-size", "mlp: units in a hidden layer.", MODEL)] = None,
    hidden_layers: Annotated[int | None, option("--hidden-layers", "mlp: 0 to 4.", MODEL)] = None,
    activation: Annotated[
        Activation | None, option("--activation", "mlp: the function of its hidden units.", MODEL)
    ] = None,
    dropout: Annotated[
        float | None, option("--dropout", "mlp: share of units silenced at random in training.", MODEL)
    ] = None,
    input_: Annotated[Input | None, option("--input", "mlp: how it is fed; the numbers are the same.", MODEL)] = None,
    epochs: Annotated[int | None, option("--epochs", "Passes over the names.", TRAINING)] = None,
    max_seconds: Annotated[
        float | None, option("--max-seconds", "Train each network for so long, in place of epochs.", TRAINING)
    ] = None,
    batch_size: Annotated[
        int | None, option("--batch-size", "Examples a step; never more than 1/64 of all.", TRAINING)
    ] = None,
    learning_rate: Annotated[float | None, option("--learning-rate", "The highest of the schedule.", TRAINING)] = None,
    weight_decay: Annotated[float | None, option("--weight-decay", "Of the weight matrices.", TRAINING)] = None,
    precision: Annotated[
        Precision | None, option("--precision", "The number format of matrix products.  [default: auto]", TRAINING)
    ] = None,
    seed: Annotated[
        int | None, option("--seed", "Another seed starts from other weights, and shuffles otherwise.", TRAINING)
    ] = None,
    threads: Annotated[
        int | None, option("--threads", "CPU threads.  [default: all]", TRAINING, minimum=1, max=256)
    ] = None,
    device: Annotated[Device, option("--device", "Where it is trained.", TRAINING)] = Device.auto,
    resume: Annotated[
        Path | None, option("--resume", "Go on from this checkpoint of a training that was stopped.", TRAINING)
    ] = None,
    log: Annotated[Path | None, option("--log", "Add a line of JSON to this file after each epoch.", TRAINING)] = None,
    form: Annotated[Format, option("--format", "How the result is written.")] = Format.table,
    quiet: Quiet = False,
) -> None:
    """Learn from a list of names, and write a model file.

    The default is a blend: an n-gram model that counts and a network that learns, better together than each alone.
    Ctrl-C stops at the next step and keeps a checkpoint to go on from.
    """
    wishes = {
        "sources": sources,
        "model": model or ("mlp" if preset == "lecture" else None),
        "preset": preset,
        "lower": lower or None,
        "skip_bad_lines": skip_bad_lines or None,
        "keep_duplicates": keep_duplicates or None,
        "holdout": holdout,
        "split_seed": split_seed,
        "validation": valid,
    }
    named = {
        "networks": networks,
        "order": order,
        "prune": None if prune is None else thresholds(prune),
        "smoothing": smoothing,
        "context_size": context_size,
        "embedding_size": embedding_size,
        "hidden_size": hidden_size,
        "hidden_layers": hidden_layers,
        "activation": activation,
        "dropout": dropout,
        "input": input_,
        "epochs": epochs,
        "max_seconds": max_seconds,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "precision": precision,
        "seed": seed,
    }
    arguments: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    settings: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    lists = [*(sources or ()), *([valid] if valid else ())]
    for source in lists:
        if source != STANDARD_INPUT:
            files_of(source)
    _check_wishes(arguments, settings, device, log)
    if resume:
        check_checkpoint(resume)
    path = out or (resume.with_suffix(SUFFIX) if resume else Path(default_name(sources, arguments.get("model"))))
    checkpoint = resume or checkpoint_beside(path)
    claim(path, checkpoint, log, force=force, resumed=resume is not None, lists=lists)
    if resume:
        arguments = _arguments_of(resume, arguments | settings)
        check_none_is_read(path, checkpoint, log, [*arguments["sources"], *filter(None, [arguments["validation"]])])

    from namegen.cli.training_run import run_training

    try:
        trained = run_training(arguments, settings, checkpoint, resume, device.value, threads, log, quiet)
    except TrainingError as error:
        if error.checkpoint and error.reason:
            stopped = isinstance(error, TrainingStoppedError)
            way_out = f"{'Go on with' if stopped else 'Or make do with its best epoch'}: {resuming(checkpoint, path)}"
            raise type(error)(error.reason, way_out) from error
        raise
    if trained is None:
        return
    trained.save(path)
    checkpoint.unlink(missing_ok=True)
    _show(trained, path, form, quiet)
    on_capitals(trained.model.vocabulary.characters, quiet=quiet)
    note("New names:  ", command=f"namegen sample {as_word(path)}", quiet=quiet)


def default_name(sources: list[str] | None, family: str | None) -> str:
    """The file name of a model: its sources and its family."""
    names = sources or [DEFAULT_SOURCE]
    stems = ["stdin" if source == STANDARD_INPUT else Path(source).stem or "folder" for source in names]
    return f"{'+'.join(stems)}-{family or DEFAULT_FAMILY}{SUFFIX}"


def _check_wishes(arguments: dict[str, Any], settings: dict[str, Any], device: Device, log: Path | None) -> None:
    """Raise `UsageError` for an option that would do nothing beside another."""
    if arguments.get("validation") and "holdout" in arguments:
        raise UsageError("--valid stands in place of --holdout. Leave one of them out.")
    if "split_seed" in arguments and (arguments.get("validation") or arguments.get("holdout") == 0):
        raise UsageError("--split-seed says which names are kept out, and none are here. Leave it out.")
    if settings.keys() >= {"epochs", "max_seconds"}:
        raise UsageError("--max-seconds stands in place of --epochs. Leave one of them out.")
    idle = {"--log": log, "--preset": arguments.get("preset"), "--device": device is not Device.auto}
    if arguments.get("model") in COUNTED and any(idle.values()):
        option = next(name for name in idle if idle[name])
        raise UsageError(f"{option} is for networks, and a model of {arguments['model']} has none. Leave it out.")


def thresholds(prune: str) -> list[int]:
    """The numbers of `--prune`. Raises `UsageError`."""
    try:
        return [int(number) for number in prune.replace(",", " ").split()]
    except ValueError:
        raise UsageError(f"--prune {prune!r} is no list: give a number for each order, such as '0 0 1'.") from None


def _arguments_of(resume: Path, wishes: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint was made with. Raises `UsageError` for an option beside --resume that is something else."""
    from namegen.training.checkpoint import Checkpoint

    made_with = Checkpoint.load(resume).arguments
    before = {**made_with, **made_with["settings"]}
    for name, value in wishes.items():
        if before.get(name) != value:
            was = before.get(name, "the preset's value")
            raise UsageError(
                f"{resume}: was made with {name.replace('_', ' ')} {was}, not {value}. Leave that out, or train anew."
            )
    return made_with


def _show(trained: "TrainedModel", path: Path, form: Format, quiet: bool) -> None:
    from namegen.cli.training_run import print_losses, print_result

    if form is Format.json:
        print_result(trained, path)
    else:
        print_losses(trained, path, quiet=quiet)
