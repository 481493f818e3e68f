"""How a model of each family is made from names: what is counted, what is trained, on which names.

This room knows the families and their order of work; the gradient loop itself is in `training`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import torch

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.sources import IN_MEMORY
from namegen.corpus.split import Split, choose_at_most, hold_back
from namegen.corpus.streaming_counts import CountedList, count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import TrainingError, TrainingStoppedError, UsageError, setting
from namegen.models import FAMILIES, MLP, Blend, CountModel, NameModel, Ngram, fit_weights
from namegen.presets import Settings
from namegen.training.checkpoint import Checkpoint
from namegen.training.distributed import any_process, merged, own_part, rank
from namegen.training.trainer import Epoch, Trainer

JUDGED = 200_000  # names, at most, that an epoch is judged by, and that stand for those a network learned from
EPOCHS_KEPT = 2000  # at most, of each network, in the history of a training
SECONDS_BETWEEN_CHECKPOINTS = 1.0  # at least; longer epochs end with one each

Listener = Callable[[str, Epoch, NameModel], None]  # which network, its epoch, and the network as it is
StepListener = Callable[[str, Trainer], None]  # which network, and its training, to be asked for a report
Counted = TypeVar("Counted", bound=CountModel)


@dataclass
class Session:
    """What goes with a fit: where it runs, who hears of it, who may stop it, and where it stands."""

    device: torch.device
    on_epoch: Listener = lambda _name, _epoch, _network: None
    on_step: StepListener = lambda _name, _trainer: None
    stop: Callable[[], bool] = lambda: False
    checkpoint: Checkpoint = field(default_factory=Checkpoint)


def fit_counts(family: str, settings: Settings, listed: CountedList) -> NameModel:
    """The count model of a family, of a list that was counted with its `counted_context`."""
    model = FAMILIES[family](settings.of(family), listed.vocabulary)
    assert isinstance(model, CountModel)
    model.count(listed.tallies["train"])
    return model.eval()


def counted_context(family: str, settings: Settings) -> int | None:
    """The context that a family counts with; None where it needs the names themselves."""
    if not issubclass(FAMILIES[family], CountModel):
        return None
    return FAMILIES[family](settings.of(family), Vocabulary("a")).context_size


def fit_network(family: str, settings: Settings, vocabulary: Vocabulary, split: Split, session: Session) -> NameModel:
    """Fit a model of a family that learns, `mlp` or `blend`, on the training names of a split.

    Raises `TrainingError`, and `TrainingStoppedError` when the session was asked to stop.
    """
    if family == "mlp":
        return train_mlp(family, settings, vocabulary, split, session).eval().requires_grad_(False)
    if family == "blend":
        return fit_blend(settings, vocabulary, split, session).eval().requires_grad_(False)
    raise TrainingError(f"no way is known to train a {family} model. Make it a CountModel.")


def check_batch_size(wish: int, names: Names) -> None:
    """Raise `UsageError` for batches that are larger than all examples of these names together."""
    examples = len(names.code_points) + len(names)
    if wish > examples:
        raise UsageError(
            f"batch size {wish:,} is larger than the data: {examples:,} examples. Lower {setting('batch_size')}."
        )


def count(model: Counted, names: Names) -> Counted:
    """The model, with these names counted."""
    tally = count_ngrams(own_part(names), model.vocabulary, model.context_size)
    model.count(merged(tally, model.vocabulary.size))
    return model


def fit_blend(settings: Settings, vocabulary: Vocabulary, split: Split, session: Session) -> Blend:
    """An n-gram and some MLPs, blended with the weights that make the validation names most likely.

    Without validation names, a few of the training names take their place; the n-gram counts them afterwards.
    """
    fitting = split if len(split.validation) else hold_back(split.train, settings.training.seed)
    networks = []
    for place in range(settings.blend.networks):
        training = replace(settings.training, seed=settings.training.seed + place)
        name = f"mlp {place + 1} of {settings.blend.networks}"
        networks.append(train_mlp(name, replace(settings, training=training), vocabulary, fitting, session, place))
    ngram = count(Ngram(settings.ngram, vocabulary), fitting.train)
    weights = blend_weights([ngram, *networks], fitting.validation)
    if fitting is not split:
        ngram = count(Ngram(settings.ngram, vocabulary), split.train)
    return Blend.of([ngram, *networks], weights)


@torch.no_grad()
def blend_weights(models: Sequence[NameModel], names: Names) -> list[float]:
    """The weights, one a model, of a blend of these models that make these names most likely."""
    blend = Blend.of(models)
    alone = torch.ones(1, dtype=torch.float32)
    shares = [model.weights if isinstance(model, Blend) else alone for model in models]  # of members in a model
    examples = Examples(names, blend.vocabulary, blend.context_size)
    logs = [
        blend.member_log_probabilities(contexts).gather(2, targets.expand(len(blend.members), -1)[..., None]).squeeze(2)
        for contexts, targets in examples.batches(8192)
    ]
    members = torch.cat(logs, dim=1).double().split([len(share) for share in shares])
    of_models = [(own + share.log()[:, None]).logsumexp(0) for own, share in zip(members, shares, strict=True)]
    return fit_weights(torch.stack(of_models)).tolist()


def train_mlp(
    name: str, settings: Settings, vocabulary: Vocabulary, split: Split, session: Session, place: int = 0
) -> MLP:
    """An MLP trained on the training names; at most `JUDGED` validation names, if any, choose the best epoch."""
    model, checkpoint = MLP(settings.mlp, vocabulary), session.checkpoint
    if place < len(checkpoint.ready):
        weights = checkpoint.ready[place]
        model.check_tensors({name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in weights.items()})
        model.adopt(weights)
        return model.eval()
    train = Examples(split.train, vocabulary, model.context_size)
    judges = choose_at_most(JUDGED, split.validation)
    validation = Examples(judges, vocabulary, model.context_size) if len(judges) else None
    trainer = Trainer(model, train, validation, settings.training, session.device)
    if checkpoint.current:
        trainer.restore(checkpoint.current)

    def stop() -> bool:
        session.on_step(name, trainer)
        return session.stop()

    saved_at = -SECONDS_BETWEEN_CHECKPOINTS
    is_stopped = False
    try:
        for epoch in trainer.run(stop):
            if _is_kept(epoch):
                checkpoint.history.append({"member": name, **_without_time(epoch)})
            checkpoint.current = trainer.state()
            if rank() == 0 and time.monotonic() - saved_at >= SECONDS_BETWEEN_CHECKPOINTS:
                checkpoint.save()
                saved_at = time.monotonic()
            if epoch.progress >= 1:  # whoever asked meanwhile, as long as the epoch was judged, is heard now
                is_stopped = any_process(session.stop(), session.device)
            if rank() == 0:
                session.on_epoch(name, epoch, model)
    except TrainingError as error:
        raise _with_the_best_kept(error, trainer, checkpoint) from error
    checkpoint.current = trainer.state()
    if trainer.progress < 1:
        raise _stopped(checkpoint, trainer, name)
    model.cpu().eval()  # a training that was resumed at its end has judged no epoch
    checkpoint.current = {}
    checkpoint.ready.append(model.state_dict())
    if is_stopped:
        raise _stopped(checkpoint, trainer, name)
    return model


def _stopped(checkpoint: Checkpoint, trainer: Trainer, name: str) -> TrainingStoppedError:
    """Save where a training is, and say so; of several processes the first alone does."""
    if rank() > 0:
        return TrainingStoppedError("")
    checkpoint.save()
    part = "" if name == "mlp" or name.endswith(" of 1") else f" of {name}"
    way_out = f"Go on by {_resuming(checkpoint)}." if checkpoint.path else ""
    reason = f"Stopped after {trainer.progress:.0%} of the training{part}."
    return TrainingStoppedError(reason, way_out, checkpoint.path)


def _is_kept(epoch: Epoch) -> bool:
    """Whether an epoch is one of the `EPOCHS_KEPT`, at even distances, that the record of a long training holds."""
    return epoch.progress >= 1 or epoch.epochs is None or epoch.epoch % -(-epoch.epochs // EPOCHS_KEPT) == 0


def _without_time(epoch: Epoch) -> dict[str, Any]:
    """An epoch as a row of history: with one seed the same on every day, so that the model file is, too."""
    return {fact: value for fact, value in asdict(epoch).items() if fact != "seconds"}


def _with_the_best_kept(error: TrainingError, trainer: Trainer, checkpoint: Checkpoint) -> TrainingError:
    """Keep the network as its best epoch left it, if it has one, for who would rather go on with that."""
    if checkpoint.path is None or not trainer.has_best:
        return error
    checkpoint.current = {}
    checkpoint.ready.append(trainer.model.cpu().state_dict())
    if rank() == 0:
        checkpoint.save()
    way_out = f"Or make do with its best epoch by {_resuming(checkpoint)}."
    return TrainingError(error.reason, way_out, checkpoint.path)


def _resuming(checkpoint: Checkpoint) -> str:
    """The call that goes on with a training."""
    names = ", names=…" if checkpoint.arguments.get("sources") == [IN_MEMORY] else ""
    return f"namegen.resume({str(checkpoint.path)!r}{names})"


def find_device(wish: str) -> torch.device:
    """The device of this name; `auto` takes cuda, then mps, then cpu. Raises `TrainingError` for one not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wish == "auto":
        wish = next(name for name, is_there in there.items() if is_there)
    if not there.get(wish):
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise TrainingError(f"device {wish!r} is not there. Choose from: auto, {found}.")
    return torch.device(wish)
