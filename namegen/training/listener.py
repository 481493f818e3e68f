"""Callbacks of a training: subclass `TrainingListener` and override what is needed."""

from collections.abc import Iterable

from namegen.corpus.streaming_counts import ListSummary
from namegen.models.base import NameModel
from namegen.training.trainer import Epoch, Trainer


class TrainingListener:
    """Called during a training, or several to compare, which it may stop. Does nothing by itself."""

    def on_candidate(self, label: str, index: int, total: int) -> None:
        """Called by `namegen.compare` before each training; `index` counts from 1."""

    def on_progress(self, read: int, total: int | None) -> None:
        """Called while a list is counted, with the bytes so far and in all; None where their number is not known."""

    def on_start(self, summary: ListSummary) -> None:
        """Called when the list has been read."""

    def on_note(self, text: str) -> None:
        """Called with a note for the user."""

    def on_notes(self, texts: Iterable[str]) -> None:
        """Call `on_note` for each of several notes."""
        for text in texts:
            self.on_note(text)

    def on_network(self, index: int, total: int) -> None:
        """Called before the training of a network; `index` counts from 1."""

    def on_step(self, name: str, trainer: Trainer) -> None:
        """Called before a step of a network; see `trainer.report()`."""

    def on_epoch(self, name: str, epoch: Epoch, network: NameModel) -> None:
        """Called after an epoch of a network."""

    def stop(self) -> bool:
        """Whether to stop the training; called before every step and after the last one of a network."""
        return False
