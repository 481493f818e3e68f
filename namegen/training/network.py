"""Training one network of a run to its end, with checkpoints, and with calls of the listener."""

import math
import time
from dataclasses import asdict, dataclass, field, replace

import torch

from namegen.corpus.examples import Examples
from namegen.corpus.sources import IN_MEMORY
from namegen.corpus.split import Split, choose_at_most
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import TrainingError, TrainingStoppedError
from namegen.models import MLP
from namegen.settings import TrainSettings
from namegen.training.checkpoint import Checkpoint
from namegen.training.distributed import any_process, rank
from namegen.training.listener import TrainingListener
from namegen.training.trainer import Trainer

EVALUATED_NAMES = 200_000  # the size of the evaluation subset of larger sets
EPOCHS_KEPT = 2000  # of each network in the history, at most
SECONDS_BETWEEN_CHECKPOINTS = 1.0  # at least


@dataclass
class TrainingRun:
    """A training under way: its checkpoint, its device, and its listener."""

    checkpoint: Checkpoint
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    listener: TrainingListener = field(default_factory=TrainingListener)
    labels: tuple[str, ...] = ()  # to learn; empty: all of the list

    @property
    def settings(self) -> TrainSettings:
        """The settings of the training."""
        return self.checkpoint.settings


def train_mlp(run: TrainingRun, vocabulary: Vocabulary, split: Split, place: int = 0) -> MLP:
    """Train a network; at most `EVALUATED_NAMES` names of the validation set, if any, decide which epoch is best.

    `place` is its number among the networks of a blend; each has a seed of its own.
    """
    settings, checkpoint = run.settings, run.checkpoint
    model = MLP(settings.part(MLP.settings_type), vocabulary)
    if place < len(checkpoint.done):
        model.check_tensors(checkpoint.done[place])
        model.adopt(checkpoint.done[place])
        return model.eval()
    train = Examples(split.train, vocabulary, model.context_size)
    evaluated = choose_at_most(EVALUATED_NAMES, split.validation)
    validation = Examples(evaluated, vocabulary, model.context_size) if len(evaluated) else None
    in_blend = settings.model == "blend"
    run.listener.on_network(place + 1, settings.networks if in_blend else 1)
    seeded = replace(settings, seed=settings.seed + place)
    trainer = Trainer(model, train, validation, seeded, run.device)
    if checkpoint.current:
        trainer.restore(checkpoint.current)
    _run_trainer(f"mlp {place + 1} of {settings.networks}" if in_blend else "mlp", trainer, run)
    return model


def _run_trainer(name: str, trainer: Trainer, run: TrainingRun) -> None:
    """Run a trainer to its end, with checkpoints and calls of the listener."""
    checkpoint, model = run.checkpoint, trainer.model

    def stop() -> bool:
        run.listener.on_step(name, trainer)
        return run.listener.stop()

    saved_at = -SECONDS_BETWEEN_CHECKPOINTS
    is_stopped = False
    try:
        for epoch in trainer.run(stop):
            # The history of a long training has at most `EPOCHS_KEPT` epochs, evenly spaced.
            if epoch.progress >= 1 or epoch.epochs is None or epoch.epoch % -(-epoch.epochs // EPOCHS_KEPT) == 0:
                row = asdict(epoch)
                del row["seconds"]  # so that one seed gives the same model file
                checkpoint.history.append({"member": name, **row})
            checkpoint.current = trainer.state()
            if rank() == 0 and time.monotonic() - saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
                checkpoint.save()
                saved_at = time.monotonic()
            if epoch.progress >= 1:  # a stop may have been requested while the epoch was evaluated
                is_stopped = any_process(run.listener.stop(), run.device)
            if rank() == 0:
                run.listener.on_epoch(name, epoch, model)
    except TrainingError as error:
        raise _with_best_kept(error, trainer, checkpoint) from error
    checkpoint.current = trainer.state()
    if trainer.progress >= 1:
        model.cpu().eval()  # a training that was resumed at its end evaluates no epoch
        checkpoint.current = {}
        checkpoint.done.append(model.state_dict())
    if is_stopped or trainer.progress < 1:
        raise _stopped(checkpoint, trainer, name)


def _stopped(checkpoint: Checkpoint, trainer: Trainer, name: str) -> TrainingStoppedError:
    """Save the checkpoint, in the first of several processes, and return the error that says so."""
    if rank() > 0:
        return TrainingStoppedError("")
    checkpoint.save()
    part = "" if name == "mlp" or name.endswith(" of 1") else f" of {name}"
    way_out = f"Continue with {_resuming(checkpoint)}." if checkpoint.path else ""
    reason = f"Stopped after {trainer.progress:.0%} of the training{part}."
    return TrainingStoppedError(reason, way_out, checkpoint.path)


def _with_best_kept(error: TrainingError, trainer: Trainer, checkpoint: Checkpoint) -> TrainingError:
    """Save the best epoch of the network, if there is one, so that it can be used."""
    if checkpoint.path is None or math.isinf(trainer.best_loss):
        return error
    checkpoint.current = {}
    checkpoint.done.append(trainer.model.cpu().state_dict())
    if rank() == 0:
        checkpoint.save()
    way_out = f"Or use its best epoch with {_resuming(checkpoint)}."
    return TrainingError(error.reason, way_out, checkpoint.path)


def _resuming(checkpoint: Checkpoint) -> str:
    """The call that continues a training."""
    names = ", names=…" if checkpoint.sources == (IN_MEMORY,) else ""
    return f"namegen.resume({str(checkpoint.path)!r}{names})"


def find_device(name: str) -> torch.device:
    """The device of this name; `auto` is cuda, else mps, else cpu. Raises `TrainingError` where it is missing."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    found = [device for device, is_there in there.items() if is_there]
    if name not in ("auto", *found):
        raise TrainingError(f"Device {name!r} is not available here. Choose from: auto, {', '.join(found)}.")
    return torch.device(found[0] if name == "auto" else name)
