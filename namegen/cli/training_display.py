"""The progress of a training on standard error: a live display on a terminal, a line for each epoch in a pipe."""

import json
import signal
import time
from dataclasses import replace
from io import FileIO
from types import FrameType
from typing import Self

import torch
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from namegen.cli.console import plain, plural, stderr
from namegen.corpus.streaming_counts import ListSummary
from namegen.errors import NamegenError, reason_of
from namegen.models import NameModel
from namegen.sampling.sampler import Sampler
from namegen.settings import SamplingSettings
from namegen.training.listener import TrainingListener
from namegen.training.trainer import Epoch, Trainer

EXAMPLES = 6
SECONDS_BETWEEN_LOOKS = 0.1  # at a step, which waits for the device
SECONDS_BETWEEN_NAMES = 1.0
BAR_WIDTH = 24


class TrainingDisplay(TrainingListener):
    """Shows epochs as they end, on a terminal with a few sampled names, and writes the log.

    Within the context the first Ctrl-C or SIGTERM asks the training to stop at its next step. While a list is read, and
    at the second Ctrl-C, the program is interrupted as usual.
    """

    def __init__(self, *, quiet: bool, log: FileIO | None = None) -> None:
        self.console = stderr()
        self.quiet, self.log = quiet, log
        self.is_asked_for = self.is_requested = False
        moving = self.console.is_terminal and not quiet
        self.live = Live(Spinner("dots", "reading"), console=self.console, transient=True) if moving else None
        self.looked_at = self.sampled_at = 0.0
        self.last: tuple[str, float | None] = ("", None)  # which network, and its validation loss after an epoch
        self.names = ""
        self.networks = (1, 1)  # which is trained, and of how many

    def __enter__(self) -> Self:
        kinds = [kind for kind in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(kind) is not signal.SIG_IGN]
        self.before = {kind: signal.signal(kind, self._on_interrupt) for kind in kinds}
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()
        for kind, handler in self.before.items():
            signal.signal(kind, handler)

    def _on_interrupt(self, kind: int, frame: FrameType | None) -> None:
        as_usual = self.before[signal.Signals(kind)]
        if (self.is_requested or not self.is_asked_for) and callable(as_usual):
            as_usual(kind, frame)
        self.is_requested = True

    def stop(self) -> bool:
        self.is_asked_for = True
        return self.is_requested

    def on_progress(self, read: int, total: int | None) -> None:
        if self.live:
            of_all = f" of {total / 1e6:,.0f}" if total else ""
            self.live.update(Spinner("dots", f"reading and counting: {read / 1e6:,.0f}{of_all} MB"))

    def on_start(self, summary: ListSummary) -> None:
        sizes = ", ".join(f"{number:,} {name}" for name, number in summary.sizes.items())
        bad = f", {plural(summary.bad_lines, 'bad line')} skipped" if summary.bad_lines else ""
        duplicates = f"{plural(summary.duplicates, 'duplicate')} {'kept' if summary.duplicates_kept else 'dropped'}"
        self.begin(f"{plural(summary.listed, 'name')} ({sizes}), {duplicates}{bad}")

    def on_note(self, text: str) -> None:
        if not self.quiet:
            self.console.print(Text(plain(text), style="dim"))

    def begin(self, what: str) -> None:
        """Show that a model is being fitted, after a note about it."""
        self.on_note(what)
        self.last, self.names = ("", None), ""
        if self.live:
            self.live.update(Spinner("dots", "fitting"))

    def on_network(self, index: int, total: int) -> None:
        self.networks = (index, total)

    def on_step(self, name: str, trainer: Trainer) -> None:
        now = time.perf_counter()
        if self.live and now - self.looked_at >= SECONDS_BETWEEN_LOOKS and trainer.progress:
            self.looked_at = now
            validation_loss = self.last[1] if self.last[0] == name else None
            self._show(name, replace(trainer.report(), validation_loss=validation_loss))

    def on_epoch(self, name: str, epoch: Epoch, network: NameModel) -> None:
        self.last = (name, epoch.validation_loss)
        if self.log:
            try:
                self.log.write(json.dumps({"member": name, **vars(epoch)}).encode() + b"\n")
            except OSError as error:
                what = f"{self.log.name}: cannot be written ({reason_of(error)})"
                raise NamegenError(f"{what}. Name another file with `log`.") from error
        self.is_asked_for = epoch.progress < 1  # else nothing asks again, unless another network follows
        if self.live:
            if time.perf_counter() - self.sampled_at > SECONDS_BETWEEN_NAMES:
                self.names = _sample(network)
                self.sampled_at = time.perf_counter()
            self._show(name, epoch)
        elif not self.quiet:
            self.console.print(f"{name}  " + "  ".join(" ".join(fact) for fact in self._facts(epoch)))

    def _show(self, name: str, epoch: Epoch) -> None:
        facts = [part for fact, value in self._facts(epoch) for part in ((f"  {fact} ", "dim"), value)]
        index, total = self.networks
        progress = (index - 1 + epoch.progress) / total
        done = round(BAR_WIDTH * progress)
        bar = ("━" * done, "green"), ("━" * (BAR_WIDTH - done), "dim"), f" {progress:4.0%}  ", (self.names, "cyan")
        if self.live:
            self.live.update(Text.assemble(name, *facts, "\n", *bar, no_wrap=True, overflow="ellipsis"))

    def _facts(self, epoch: Epoch) -> list[tuple[str, str]]:
        """The figures of an epoch; the time left is that of all networks, which take equally long."""
        validation = [] if epoch.validation_loss is None else [("validation", f"{epoch.validation_loss:.4f}")]
        index, total = self.networks
        return [
            ("epoch", f"{epoch.epoch}/{epoch.epochs}" if epoch.epochs else f"{epoch.epoch}"),
            ("loss", f"{epoch.train_loss:.4f}"),
            *validation,
            ("names/s", f"{epoch.names / epoch.seconds:,.0f}"),
            ("left", f"{epoch.seconds * ((total - index + 1) / epoch.progress - 1):.0f} s"),
        ]


class ComparisonDisplay(TrainingDisplay):
    """The same for several models: on a terminal it shows their epochs, elsewhere only which model is trained."""

    label = ""

    def on_candidate(self, label: str, index: int, total: int) -> None:
        self.label = label
        self.begin(f"{index}/{total} {label}")

    def on_start(self, summary: ListSummary) -> None:
        pass  # the list is the same for all

    def on_epoch(self, name: str, epoch: Epoch, network: NameModel) -> None:
        if self.live:
            super().on_epoch(f"{self.label}, {name}", epoch, network)


def _sample(network: NameModel) -> str:
    """A few names from the network as it is."""
    blocks = Sampler(network, EXAMPLES, torch.Generator().manual_seed(1), SamplingSettings(batch_size=EXAMPLES))
    return plain("  ".join(name for block in blocks for name in block))
