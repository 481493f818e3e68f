"""Trainings that a test stops at a known point."""

import itertools
import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from namegen.training.trainer import Trainer


def after_epoch(patch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Let each training do something when so many of its epochs are over, and told, and its checkpoint is written."""
    run = Trainer.run

    def disturbed(trainer, *rest):
        for over, epoch in zip(itertools.count(1), run(trainer, *rest), strict=False):
            yield epoch
            if over == number:
                act()

    patch.setattr(Trainer, "run", disturbed)


def interrupted(run_here, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run namegen in this process, with Ctrl-C after an epoch."""
    with pytest.MonkeyPatch.context() as patch:
        after_epoch(patch, 1, lambda: signal.raise_signal(signal.SIGINT))
        return run_here(*arguments)


def killed_after(epochs: int) -> Callable[[], None]:
    """What a child does first that shall be killed after so many epochs, each with a checkpoint."""

    def prepare() -> None:
        patch = pytest.MonkeyPatch()  # of the child alone, which does not come back
        patch.setattr("namegen.training.network.SECONDS_BETWEEN_CHECKPOINTS", 0)
        after_epoch(patch, epochs, lambda: os.kill(os.getpid(), signal.SIGKILL))

    return prepare
