"""How a training comes along: a moving display on a terminal, a line an epoch in a pipe; on standard error."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.table import Table
from rich.text import Text

from namegen.cli.console import stderr

if TYPE_CHECKING:
    from namegen.models import NameModel
    from namegen.training import Epoch

EXAMPLES = 6
REFRESH_SECONDS = 1.0


class TrainingDisplay:
    """Hears of every epoch and shows it, with a few names drawn from the network as it is."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = stderr()
        self.quiet = quiet
        self.live = Live(console=self.console, transient=True) if self.console.is_terminal and not quiet else None
        self.heard = self.started = time.perf_counter()
        self.drawn_at = 0.0
        self.names = ""

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def on_epoch(self, member: str, epoch: "Epoch", model: "NameModel") -> None:
        """Show an epoch."""
        if self.quiet:
            return
        if epoch.epoch == 1:
            self.started = self.heard
        self.heard = time.perf_counter()
        facts = self._facts(member, epoch)
        if self.live is None:
            self.console.print("  ".join(f"{name} {value}" for name, value in facts.items()))
            return
        now = time.perf_counter()
        if now - self.drawn_at > REFRESH_SECONDS:
            self.drawn_at, self.names = now, _draw(model)
        grid = Table.grid(padding=(0, 2))
        grid.add_row(*(Text.assemble((f"{name} ", "dim"), value) for name, value in facts.items()))
        done = round(30 * epoch.epoch / epoch.epochs)
        bar = Text.assemble(("━" * done, "green"), ("━" * (30 - done), "dim"), "  ", (self.names, "italic cyan"))
        outer = Table.grid()
        outer.add_row(grid)
        outer.add_row(bar)
        self.live.update(outer)

    def _facts(self, member: str, epoch: "Epoch") -> dict[str, str]:
        seconds = self.heard - self.started
        facts = {member: "", "epoch": f"{epoch.epoch}/{epoch.epochs}", "loss": f"{epoch.train_loss:.4f}"}
        if epoch.validation_loss is not None:
            facts["validation"] = f"{epoch.validation_loss:.4f}"
        facts["names/s"] = f"{epoch.epoch * epoch.names / seconds:,.0f}"
        facts["left"] = f"{seconds / epoch.epoch * (epoch.epochs - epoch.epoch):.0f} s"
        return facts


def _draw(model: "NameModel") -> str:
    import torch

    from namegen.sampling import SamplingOptions, sample

    options = SamplingOptions(batch_size=EXAMPLES)
    blocks = sample(model, EXAMPLES, torch.Generator().manual_seed(1), options)
    return "  ".join(name for block in blocks for name in block)
