"""How a training comes along: a moving display on a terminal, a line an epoch in a pipe; on standard error."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from namegen.cli.console import plain, stderr

if TYPE_CHECKING:
    from namegen.corpus.streaming_counts import Progress
    from namegen.models import NameModel
    from namegen.training.trainer import Epoch, Trainer

EXAMPLES = 6
SECONDS_BETWEEN_LOOKS = 0.1  # at a training under way
SECONDS_BETWEEN_NAMES = 1.0
BAR_WIDTH = 24
LONG_LIST = 16_000_000  # bytes of a list of which it is told how far it is read


class TrainingDisplay:
    """Hears of steps and epochs and shows them, on a terminal with a few names drawn after the last epoch."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = stderr()
        self.quiet = quiet
        moving = self.console.is_terminal and not quiet
        self.live = Live(Spinner("dots", "reading"), console=self.console, transient=True) if moving else None
        self.looked_at = self.drawn_at = 0.0
        self.last: tuple[str, float | None] = ("", None)  # which network, and its validation loss after an epoch
        self.bytes_told = 0
        self.names = ""

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def on_progress(self, progress: "Progress") -> None:
        """Show how far a long list is read, before that the memory that its counts will take."""
        if self.quiet or (progress.total is not None and progress.total < LONG_LIST):
            return
        read = _megabytes(progress.read) + (f" of {_megabytes(progress.total)}" if progress.total else "")
        if progress.memory and not self.bytes_told:
            self.console.print(f"{read} read; counts take about {_megabytes(progress.memory)} of memory", style="dim")
            self.bytes_told = progress.read
        if self.live:
            self.live.update(Spinner("dots", f"reading and counting: {read}"))
        elif progress.read - self.bytes_told >= (progress.total or 10 * LONG_LIST) / 10:
            self.console.print(f"{read} read", style="dim")
            self.bytes_told = progress.read

    def on_start(self, what: str) -> None:
        """A fitting begins; say of what, by the console of the moving display, which would be torn otherwise."""
        if not self.quiet:
            self.console.print(Text(plain(what), style="dim"))
        self.last, self.names = ("", None), ""
        if self.live:
            self.live.update(Spinner("dots", "fitting"))

    def on_step(self, name: str, trainer: "Trainer") -> None:
        """Show how an epoch goes, now and then; between looks nothing waits for the device."""
        now = time.perf_counter()
        if self.live is None or now - self.looked_at < SECONDS_BETWEEN_LOOKS or trainer.progress == 0:
            return
        self.looked_at = now
        validation_loss = self.last[1] if self.last[0] == name else None
        self._show(name, replace(trainer.report(), validation_loss=validation_loss))

    def on_epoch(self, name: str, epoch: "Epoch", network: "NameModel") -> None:
        """Show an epoch that is over."""
        self.last = (name, epoch.validation_loss)
        if self.live is None:
            if not self.quiet:
                self.console.print(f"{name}  " + "  ".join(" ".join(fact) for fact in _facts(epoch)))
            return
        if time.perf_counter() - self.drawn_at > SECONDS_BETWEEN_NAMES:
            self.names = _draw(network)
            self.drawn_at = time.perf_counter()
        self._show(name, epoch)

    def _show(self, name: str, epoch: "Epoch") -> None:
        facts = [part for fact, value in _facts(epoch) for part in ((f"  {fact} ", "dim"), value)]
        done = round(BAR_WIDTH * epoch.progress)
        bar = Text.assemble(("━" * done, "green"), ("━" * (BAR_WIDTH - done), "dim"), f" {epoch.progress:4.0%}  ")
        lines = [Text.assemble(name, *facts), bar.append(self.names, "cyan")]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        if self.live:
            self.live.update(Group(*lines))


def _facts(epoch: "Epoch") -> list[tuple[str, str]]:
    """What there is to say of an epoch; speed and time left from the whole training so far."""
    facts = [
        ("epoch", f"{epoch.epoch}/{epoch.epochs}" if epoch.epochs else f"{epoch.epoch}"),
        ("loss", f"{epoch.train_loss:.4f}"),
    ]
    if epoch.validation_loss is not None:
        facts.append(("validation", f"{epoch.validation_loss:.4f}"))
    facts.append(("names/s", f"{epoch.names / epoch.seconds:,.0f}"))
    facts.append(("left", f"{epoch.seconds * (1 / epoch.progress - 1):.0f} s"))
    return facts


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _draw(network: "NameModel") -> str:
    """A few names from the network as it is."""
    import torch

    from namegen.sampling.sampler import Sampler
    from namegen.settings import SamplingSettings

    blocks = Sampler(network, EXAMPLES, torch.Generator().manual_seed(1), SamplingSettings(batch_size=EXAMPLES))
    return plain("  ".join(name for block in blocks for name in block))
