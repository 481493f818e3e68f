"""What `namegen train` does between its options and its file: run the training, show it, stop it, tell its result."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

import torch

from namegen import library
from namegen.cli.console import brief, note, number, plural, print_json, print_table
from namegen.cli.options import DEFAULT_FAMILY
from namegen.cli.progress import TrainingDisplay
from namegen.errors import NamegenError, TrainingError
from namegen.evaluation.losses import perplexity
from namegen.fitting import find_device
from namegen.training import distributed

if TYPE_CHECKING:
    from namegen.api import TrainedModel
    from namegen.corpus.streaming_counts import ListSummary
    from namegen.models import NameModel
    from namegen.training.trainer import Epoch


def run_training(
    arguments: dict[str, Any],
    settings: dict[str, Any],
    checkpoint: Path,
    resume: Path | None,
    device: str,
    threads: int | None,
    log: Path | None,
    quiet: bool,
) -> "TrainedModel | None":
    """Train, or go on from a checkpoint, with a display and a log.

    Of several processes that torchrun started, the first alone speaks and has a result.
    """
    if threads:
        torch.set_num_threads(threads)
    device = find_device(device).type
    with ExitStack() as stack:
        with heard_at_once():
            stack.enter_context(distributed.group(device))
        is_first = distributed.rank() == 0
        quiet = quiet or not is_first
        log_file = stack.enter_context(log.open("ab", buffering=0)) if log and is_first else None
        display = stack.enter_context(TrainingDisplay(quiet=quiet))
        stop = stack.enter_context(StopOnInterrupt())

        def on_start(summary: "ListSummary") -> None:
            display.on_start(_read_note(summary))
            if not summary.parts.get("validation") and arguments.get("model", DEFAULT_FAMILY) == "blend":
                display.on_start("nothing kept out: validation is on a few names held back until the blend is fitted")

        def on_epoch(name: str, epoch: "Epoch", network: "NameModel") -> None:
            display.on_epoch(name, epoch, network)
            if log_file:
                _write_line(log_file, {"member": name, **vars(epoch)})
            stop.asked = epoch.progress < 1  # else nobody asks again, unless another network is to come

        listeners: dict[str, Any] = {"on_start": on_start, "on_epoch": on_epoch, "on_step": display.on_step}
        listeners |= {"stop": stop, "device": device}
        try:
            if resume:
                trained = library.resume(resume, **listeners)
            else:
                trained = library.train(
                    **arguments, **settings, checkpoint=checkpoint, on_progress=display.on_progress, **listeners
                )
        except RuntimeError as error:
            if distributed.size() > 1 and "onnection" in str(error):  # as gloo and nccl say it
                kept = checkpoint if checkpoint.exists() else None
                raise TrainingError("Another process of this training has ended.", checkpoint=kept) from error
            raise
        return trained if is_first else None


def _write_line(log: FileIO, row: dict[str, Any]) -> None:
    """Add a row to the log. Raises `NamegenError` where it cannot be written."""
    line = json.dumps(row).encode() + b"\n"
    try:
        while line:
            line = line[log.write(line) :]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NamegenError(f"{log.name}: cannot be written ({reason}). Name another file with --log.") from error


@contextmanager
def heard_at_once() -> Iterator[None]:
    """While processes wait for each other, in code that keeps Python from hearing it, Ctrl-C ends this one itself."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    for kind, handler in before.items():
        if distributed.asked_for() and handler is not signal.SIG_IGN:
            signal.signal(kind, signal.SIG_DFL)
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


class StopOnInterrupt:
    """Turns the first Ctrl-C or SIGTERM of a training into a wish to stop; the training asks for it before every step.

    Where nothing asks, as while a list is read or a network judged for the last time, and at the second Ctrl-C, the
    program is interrupted as usual. A signal that is ignored stays so.
    """

    def __init__(self) -> None:
        self.asked = self.wanted = False

    def __call__(self) -> bool:
        """Whether to stop."""
        self.asked = True
        return self.wanted

    def __enter__(self) -> Self:
        self._before = {
            kind: signal.signal(kind, self._on_interrupt)
            for kind in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(kind) is not signal.SIG_IGN
        }
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)

    def _on_interrupt(self, kind: int, frame: FrameType | None) -> None:
        as_usual = self._before[signal.Signals(kind)]
        if (self.wanted or not self.asked) and callable(as_usual):
            as_usual(kind, frame)
        self.wanted = True


def print_losses(trained: "TrainedModel", path: Path, *, quiet: bool) -> None:
    """The table of losses, the model's and those to beat, narrow enough for a terminal of 80 columns."""
    record = trained.record
    columns = [*record.baselines.values(), record.losses]
    rows = []
    for part in record.losses:
        losses = [column[part] for column in columns]
        rows.append([f"{part} loss", *(f"{loss:.4f}" for loss in losses)])
        rows.append([f"{part} perplexity", *(brief(perplexity(loss), decimals=2) for loss in losses)])
    print_table(["", *record.baselines, f"this {trained.model.family}"], rows)
    parameters = number(trained.model.parameter_count)
    note(f"{path}: {trained.model.family}, {parameters} parameters, trained in {trained.seconds:.2f} s", quiet=quiet)


def print_result(trained: "TrainedModel", path: Path) -> None:
    """The same for a program."""
    record = trained.record
    print_json(
        {
            "model": str(path),
            "family": trained.model.family,
            "names": record.counts,
            "duplicates": record.duplicates,
            "losses": record.losses,
            "baselines": record.baselines,
            "parameters": trained.model.parameter_count,
            "seconds": trained.seconds,
        }
    )


def _read_note(summary: "ListSummary") -> str:
    parts = ", ".join(f"{number:,} {name}" for name, number in summary.parts.items())
    bad = f", {plural(summary.bad_lines, 'bad line')} skipped" if summary.bad_lines else ""
    dropped = "kept" if summary.duplicates_kept else "dropped"
    return f"{plural(summary.listed, 'name')} ({parts}), {plural(summary.duplicates, 'duplicate')} {dropped}{bad}"
