"""What a training tells whoever runs it. Subclass `TrainingListener` and override what is needed."""

from typing import TYPE_CHECKING

from namegen.corpus.streaming_counts import ListSummary, Progress

if TYPE_CHECKING:
    from namegen.models.base import NameModel
    from namegen.training.trainer import Epoch, Trainer


class TrainingListener:
    """Hears how a training goes, and may stop it. Does nothing by itself."""

    def on_progress(self, progress: Progress) -> None:
        """A list that is counted is being read."""

    def on_start(self, summary: ListSummary) -> None:
        """The list is read."""

    def on_note(self, text: str) -> None:
        """Something that the user may want to know."""

    def on_network(self, index: int, total: int) -> None:
        """The training of a network begins; `index` counts from 1."""

    def on_step(self, name: str, trainer: "Trainer") -> None:
        """A step of this network is about to be taken; `trainer.report()` tells more."""

    def on_epoch(self, name: str, epoch: "Epoch", network: "NameModel") -> None:
        """An epoch of this network is over."""

    def stop(self) -> bool:
        """Whether the training shall stop; asked before every step and after the last of a network."""
        return False


class ComparisonListener(TrainingListener):
    """Hears how a comparison goes, and may stop it. Does nothing by itself."""

    def on_candidate(self, label: str, index: int, total: int) -> None:
        """Called before each training; `index` counts from 1."""
