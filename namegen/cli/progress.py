"""How a training comes along: a moving display on a terminal, a line an epoch in a pipe; on standard error."""

import time
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from namegen.cli.console import plain, stderr

if TYPE_CHECKING:
    from namegen.counting import Progress
    from namegen.models import NameModel
    from namegen.training.trainer import Epoch

EXAMPLES = 6
REDRAW_SECONDS = 1.0
BAR_WIDTH = 30
LONG_LIST = 16_000_000  # bytes of a list of which it is told how far it is read


class TrainingDisplay:
    """Hears of every epoch and shows it, on a terminal with a few names drawn from the network as it is."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = stderr()
        self.quiet = quiet
        moving = self.console.is_terminal and not quiet
        self.live = Live(Spinner("dots", "reading"), console=self.console, transient=True) if moving else None
        self.heard_at = time.perf_counter()
        self.heard = ("", 0.0)  # of which network, and how much of it was done
        self.drawn_at = 0.0
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
        self.heard_at, self.heard = time.perf_counter(), ("", 0.0)
        if self.live:
            self.live.update(Spinner("dots", "fitting"))

    def on_epoch(self, name: str, epoch: "Epoch", network: "NameModel") -> None:
        """Show an epoch."""
        if self.quiet:
            return
        facts = self._facts(name, epoch)
        if self.live is None:
            self.console.print(f"{name}  " + "  ".join(f"{fact} {value}" for fact, value in facts.items()))
            return
        if time.perf_counter() - self.drawn_at > REDRAW_SECONDS:
            self.names = _draw(network)
            self.drawn_at = time.perf_counter()
        line = Text.assemble(name, *(part for fact, value in facts.items() for part in ((f"   {fact} ", "dim"), value)))
        done = round(BAR_WIDTH * epoch.progress)
        bar = Text.assemble(("━" * done, "green"), ("━" * (BAR_WIDTH - done), "dim"), "   ", (self.names, "cyan"))
        both = Table.grid()
        both.add_row(line)
        both.add_row(bar)
        self.live.update(both)

    def _facts(self, name: str, epoch: "Epoch") -> dict[str, str]:
        """What there is to say of an epoch; times from how long it took alone."""
        now = time.perf_counter()
        seconds = now - self.heard_at
        progress_before = self.heard[1] if self.heard[0] == name else epoch.progress - 1 / epoch.epochs
        share = max(epoch.progress - progress_before, 1e-9)
        self.heard_at, self.heard = now, (name, epoch.progress)
        facts = {"epoch": f"{epoch.epoch}/{epoch.epochs}", "loss": f"{epoch.train_loss:.4f}"}
        if epoch.validation_loss is not None:
            facts["validation"] = f"{epoch.validation_loss:.4f}"
        facts["names/s"] = f"{epoch.names / seconds:,.0f}"
        facts["left"] = f"{seconds / share * (1 - epoch.progress):.0f} s"
        return facts


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _draw(network: "NameModel") -> str:
    """A few names from the network as it is."""
    import torch

    from namegen.sampling.sampler import SamplingOptions, sample

    blocks = sample(network, EXAMPLES, torch.Generator().manual_seed(1), SamplingOptions(batch_size=EXAMPLES))
    return plain("  ".join(name for block in blocks for name in block))
