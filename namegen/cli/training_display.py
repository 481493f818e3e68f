"""How a training goes: a moving display on a terminal, a line for each epoch in a pipe; on standard error."""

import json
import time
from dataclasses import replace
from io import FileIO
from typing import Self

import torch
from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from namegen.cli.console import plain, plural, stderr
from namegen.cli.interrupt import StopOnInterrupt
from namegen.corpus.streaming_counts import ListSummary, Progress
from namegen.errors import NamegenError
from namegen.models import NameModel
from namegen.sampling.sampler import Sampler
from namegen.settings import SamplingSettings
from namegen.training.listener import ComparisonListener, TrainingListener
from namegen.training.trainer import Epoch, Trainer

EXAMPLES = 6
SECONDS_BETWEEN_LOOKS = 0.1  # at a training under way
SECONDS_BETWEEN_NAMES = 1.0
BAR_WIDTH = 24
LONG_LIST = 16_000_000  # bytes; of shorter lists it is not shown how far they are read


class TrainingDisplay(TrainingListener):
    """Shows epochs as they come, on a terminal with a few names sampled after the last one, and writes the log.

    Ctrl-C asks the training to stop, for as long as the context lasts.
    """

    def __init__(self, *, quiet: bool, log: FileIO | None = None, stop: StopOnInterrupt | None = None) -> None:
        self.console = stderr()
        self.quiet, self.log = quiet, log
        self.interrupt = stop or StopOnInterrupt()
        moving = self.console.is_terminal and not quiet
        self.live = Live(Spinner("dots", "reading"), console=self.console, transient=True) if moving else None
        self.looked_at = self.sampled_at = 0.0
        self.networks = (1, 1)  # which is trained, and of how many
        self.last: tuple[str, float | None] = ("", None)  # which network, and its validation loss after an epoch
        self.bytes_told = 0
        self.names = ""

    def __enter__(self) -> Self:
        self.interrupt.__enter__()
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()
        self.interrupt.__exit__()

    def on_progress(self, progress: Progress) -> None:
        """Show how far a long list is read."""
        if self.quiet or (progress.total is not None and progress.total < LONG_LIST):
            return
        read = _megabytes(progress.read) + (f" of {_megabytes(progress.total)}" if progress.total else "")
        if self.live:
            self.live.update(Spinner("dots", f"reading and counting: {read}"))
        elif progress.read - self.bytes_told >= (progress.total or 10 * LONG_LIST) / 10:
            self.console.print(f"{read} read", style="dim")
            self.bytes_told = progress.read

    def on_start(self, summary: ListSummary) -> None:
        """Show what was read."""
        sizes = ", ".join(f"{number:,} {name}" for name, number in summary.sizes.items())
        bad = f", {plural(summary.bad_lines, 'bad line')} skipped" if summary.bad_lines else ""
        duplicates = f"{plural(summary.duplicates, 'duplicate')} {'kept' if summary.duplicates_kept else 'dropped'}"
        self.begin(f"{plural(summary.listed, 'name')} ({sizes}), {duplicates}{bad}")

    def begin(self, what: str) -> None:
        """Show that a model is being fitted, and what else there is to say of it."""
        if not self.quiet:
            self.console.print(Text(plain(what), style="dim"))
        self.last, self.names = ("", None), ""
        if self.live:
            self.live.update(Spinner("dots", "fitting"))

    def on_network(self, index: int, total: int) -> None:
        """Know how much of the whole training one network is."""
        self.networks = (index, total)

    def on_step(self, name: str, trainer: Trainer) -> None:
        """Show how an epoch goes, now and then; between looks nothing waits for the device."""
        now = time.perf_counter()
        if self.live is None or now - self.looked_at < SECONDS_BETWEEN_LOOKS or trainer.progress == 0:
            return
        self.looked_at = now
        validation_loss = self.last[1] if self.last[0] == name else None
        self._show(name, replace(trainer.report(), validation_loss=validation_loss))

    def on_epoch(self, name: str, epoch: Epoch, network: NameModel) -> None:
        """Show an epoch that is over."""
        self.last = (name, epoch.validation_loss)
        if self.log:
            _write_line(self.log, {"member": name, **vars(epoch)})
        self.interrupt.is_asked_for = epoch.progress < 1  # else nothing asks again, unless another network follows
        if self.live is None:
            if not self.quiet:
                self.console.print(f"{name}  " + "  ".join(" ".join(fact) for fact in self._facts(epoch)))
            return
        if time.perf_counter() - self.sampled_at > SECONDS_BETWEEN_NAMES:
            self.names = _sample(network)
            self.sampled_at = time.perf_counter()
        self._show(name, epoch)

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.interrupt()

    def _show(self, name: str, epoch: Epoch) -> None:
        facts = [part for fact, value in self._facts(epoch) for part in ((f"  {fact} ", "dim"), value)]
        index, total = self.networks
        progress = (index - 1 + epoch.progress) / total
        done = round(BAR_WIDTH * progress)
        bar = Text.assemble(("━" * done, "green"), ("━" * (BAR_WIDTH - done), "dim"), f" {progress:4.0%}  ")
        lines = [Text.assemble(name, *facts), bar.append(self.names, "cyan")]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        if self.live:
            self.live.update(Group(*lines))

    def _facts(self, epoch: Epoch) -> list[tuple[str, str]]:
        """What there is to say of an epoch; the time left is that of all networks, which take equally long."""
        facts = [
            ("epoch", f"{epoch.epoch}/{epoch.epochs}" if epoch.epochs else f"{epoch.epoch}"),
            ("loss", f"{epoch.train_loss:.4f}"),
        ]
        if epoch.validation_loss is not None:
            facts.append(("validation", f"{epoch.validation_loss:.4f}"))
        index, total = self.networks
        left = epoch.seconds * ((total - index + 1) / epoch.progress - 1)
        return [*facts, ("names/s", f"{epoch.names / epoch.seconds:,.0f}"), ("left", f"{left:.0f} s")]


class ComparisonDisplay(TrainingDisplay, ComparisonListener):
    """The same for several models: on a terminal it shows their epochs, elsewhere only which model is trained."""

    label = ""

    def on_candidate(self, label: str, index: int, total: int) -> None:
        """Show whose training begins."""
        self.label = label
        self.begin(f"{index}/{total} {label}")

    def on_start(self, summary: ListSummary) -> None:
        """The list is the same for all."""

    def on_epoch(self, name: str, epoch: Epoch, network: NameModel) -> None:
        """Show an epoch that is over."""
        if self.live:
            super().on_epoch(f"{self.label}, {name}", epoch, network)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _sample(network: NameModel) -> str:
    """A few names from the network as it is."""
    blocks = Sampler(network, EXAMPLES, torch.Generator().manual_seed(1), SamplingSettings(batch_size=EXAMPLES))
    return plain("  ".join(name for block in blocks for name in block))


def _write_line(log: FileIO, row: dict[str, object]) -> None:
    """Add a row to the log. Raises `NamegenError` where it cannot be written."""
    line = json.dumps(row).encode() + b"\n"
    try:
        while line:
            line = line[log.write(line) :]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NamegenError(f"{log.name}: cannot be written ({reason}). Name another file with `log`.") from error
