"""The gradient loop that trains the networks.

Its core is

    for rows in batches:
        loss = F.cross_entropy(model(contexts[rows]), targets[rows])
        loss.backward()
        optimizer.step(rate)

with `optimizer` and two things that make it fast. Equal contexts are one row whose target is the distribution of the
next token (see `dataset`): its cross-entropy is the sum of theirs, so the gradient of an epoch is the same for a third
of the work. Where the processor multiplies bfloat16 faster, products are computed in it, from float32 weights.

Only a report, and a check every few steps that the loss is finite, wait for the device.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from namegen.corpus.examples import Examples
from namegen.errors import ModelFileError, TrainingError
from namegen.models.mlp import MLP
from namegen.settings import TrainingSettings
from namegen.training.dataset import Block, Dataset
from namegen.training.distributed import any_process, rank, size, sum_over_processes
from namegen.training.optimizer import AdamW, one_cycle

GROUP_CAP = 8  # examples with one context that share a row
VALIDATION_CAP = 255  # the same for validation, where more of them change nothing
VALIDATION_ROWS = 1024  # evaluated at a time
STEPS_BETWEEN_CHECKS = 64  # that the loss is finite
SMALLEST_BATCH = 16
STEPS_PER_EPOCH = 64  # at least, unless batches would be smaller than that
MOST_EVALUATIONS = 200  # of a training that is limited in seconds, however short its epochs


@dataclass(frozen=True)
class Epoch:
    """The report of an epoch, finished or not. Losses in nats per character."""

    epoch: int  # from 1
    epochs: int | None  # of the whole training; None where it is limited in seconds
    progress: float  # of the training, from 0 to 1
    step: int  # taken so far
    names: int  # seen so far, each once an epoch
    learning_rate: float
    train_loss: float  # the mean over the epoch so far
    validation_loss: float | None  # also None before the epoch ends
    seconds: float = field(compare=False)  # of training so far, including those before a stop


class Trainer:
    """The training of one network, from its first step to its last.

    With validation examples the weights of the best epoch are kept, without them the last. Random numbers depend on the
    seed and the step alone, so a training continued by `restore` from the `state` of any step ends with the same bytes
    as one that was never stopped (same machine, same number of threads).
    """

    def __init__(
        self, model: MLP, train: Examples, validation: Examples | None, settings: TrainingSettings, device: torch.device
    ) -> None:
        self.model, self.settings, self.names = model, settings, len(train.names)
        model.initialise(torch.Generator().manual_seed(settings.seed))
        model.to(device)
        self.device = device
        self.dataset = Dataset(train, GROUP_CAP, settings.seed, device)
        self.validation = Dataset(validation, VALIDATION_CAP, settings.seed, device) if validation else None
        self.scale = len(self.dataset) / len(train)  # makes the mean over rows the mean over examples
        self.batch_size = min(settings.batch_size, max(SMALLEST_BATCH, len(self.dataset) // STEPS_PER_EPOCH))
        self.peak = settings.learning_rate * math.sqrt(self.batch_size / settings.batch_size)
        self.steps_per_block = -(-self.dataset.rows_per_block // self.batch_size)
        self.steps_per_epoch = self.dataset.blocks * self.steps_per_block
        self.precision = product_dtype(settings.precision, device)
        self.optimizer = optimizer_for(model, settings.weight_decay)
        # Over the epoch so far; each process knows its own.
        self.loss_sums = torch.zeros(size(), device=device, dtype=torch.float32)
        self.best_loss = math.inf  # until an epoch was evaluated
        self.best_weights = self.optimizer.weights.clone()
        self.seconds = 0.0
        self.evaluated_at = 0.0  # the progress

    def run(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Epoch]:
        """Train to the end, yielding a report after each epoch, or until `stop`, called before each step, is true.

        Raises `TrainingError` when the loss is not finite; then the model has its best weights so far.
        """
        while self.progress < 1:
            block, batches = self._rest_of_block()
            for rows in batches:
                if any_process(stop(), self.device):
                    sum_over_processes(self.loss_sums)
                    return
                started = time.perf_counter()
                self._step(block, rows)
                self._count_seconds(time.perf_counter() - started)
                if self.optimizer.steps % STEPS_BETWEEN_CHECKS == 0:
                    self._whole_loss_sum()
                if self.progress >= 1:
                    break
            epoch_is_over = self.progress >= 1 or self.optimizer.steps % self.steps_per_epoch == 0
            is_due = self.progress >= min(1, self.evaluated_at + 1 / MOST_EVALUATIONS)
            if epoch_is_over and (is_due or self.settings.max_seconds is None):
                started = time.perf_counter()
                losses = self._evaluate()
                self._count_seconds(time.perf_counter() - started)
                self.evaluated_at = self.progress
                yield self.report(*losses)
        self._take_best()

    def _step(self, block: Block, rows: Tensor) -> None:
        """Take one optimiser step on a batch: these rows of a block."""
        if self.optimizer.steps % self.steps_per_epoch == 0:
            self.loss_sums.zero_()
        self.model.train()
        self.model.product_dtype = self.precision
        own = rows[rank() :: size()]  # all, unless several processes train one model
        if len(own):
            turn = self.optimizer.steps * size() + rank()
            self.model.dropout_generator.manual_seed((self.settings.seed << 32) + turn)
            share = len(own) / len(rows)
            contexts, counts = (tensor.index_select(0, own) for tensor in block)
            loss = cross_entropy(self.model(contexts.long()), counts) * self.scale * share
            loss.backward()
            self.loss_sums[rank()] += loss.detach() * len(rows)
        sum_over_processes(self.optimizer.gradients)
        self.optimizer.step(one_cycle(self.progress, self.peak))

    def _rest_of_block(self) -> tuple[Block, Sequence[Tensor]]:
        """The block of the next step, and the rows of each of its batches that are left."""
        started = time.perf_counter()
        epoch, step = divmod(self.optimizer.steps, self.steps_per_epoch)
        number, done = divmod(step, self.steps_per_block)
        block = self.dataset.block(number, epoch)
        generator = torch.Generator().manual_seed(self.settings.seed + 1 + epoch)
        order = torch.randperm(len(block[0]), generator=generator).to(self.device)
        if self.dataset.blocks == 1:
            batches: Sequence[Tensor] = order.split(self.batch_size)
        else:  # as many of every block, though one has a few rows more than another
            batches = order.tensor_split(self.steps_per_block)
            self._count_seconds(time.perf_counter() - started)
        return block, batches[done:]

    @torch.inference_mode()
    def _evaluate(self) -> tuple[float, float | None]:
        """The training and validation loss of an epoch; saves the weights if they are the best so far."""
        train_loss = self._mean_loss(self._whole_loss_sum())
        self._checked(self.optimizer.weights.sum().item())  # which the last step may have made infinite
        self.model.eval()
        self.model.product_dtype = torch.float32
        loss = None
        if self.validation:
            sums = [
                cross_entropy(self.model(contexts.long()), counts) * len(contexts)
                for number in range(self.validation.blocks)
                for contexts, counts in zip(
                    *(tensor.split(VALIDATION_ROWS) for tensor in self.validation.block(number)), strict=True
                )
            ]
            loss = torch.stack(sums).sum().item() / len(self.validation.examples)
        if loss is None or loss < self.best_loss:
            self.best_loss = train_loss if loss is None else loss
            self.best_weights.copy_(self.optimizer.weights)
        return train_loss, loss

    def _take_best(self) -> None:
        self.optimizer.weights.copy_(self.best_weights)
        self.model.eval()  # also clears what was computed from the old weights

    @property
    def progress(self) -> float:
        """How much of the training is done, from 0 to 1."""
        if self.settings.max_seconds is not None:
            return min(1.0, self.seconds / self.settings.max_seconds)
        return self.optimizer.steps / (self.settings.epochs * self.steps_per_epoch)

    @property
    def epoch(self) -> int:
        """The epoch of the last step, from 1."""
        return -(-self.optimizer.steps // self.steps_per_epoch)

    def report(self, train_loss: float | None = None, validation_loss: float | None = None) -> Epoch:
        """A report of the epoch so far; without a training loss it has that of this process."""
        if train_loss is None:
            train_loss = self._mean_loss(self.loss_sums[rank()].item() * size())
        return Epoch(
            epoch=self.epoch,
            epochs=None if self.settings.max_seconds is not None else self.settings.epochs,
            progress=self.progress,
            step=self.optimizer.steps,
            names=self.names * self.optimizer.steps // self.steps_per_epoch,
            learning_rate=one_cycle(self.progress, self.peak),
            train_loss=train_loss,
            validation_loss=validation_loss,
            seconds=self.seconds,
        )

    def state(self) -> dict[str, Tensor]:
        """The state between two steps, without the examples and settings."""
        return {
            "weights": self.optimizer.weights,
            "means": self.optimizer.means,
            "squares": self.optimizer.squares,
            "steps": torch.tensor(self.optimizer.steps),
            "loss_sums": self.loss_sums,
            "best_weights": self.best_weights,
            "best_loss": torch.tensor(self.best_loss, dtype=torch.float64),
            "seconds": torch.tensor(self.seconds, dtype=torch.float64),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from a state. Raises `ModelFileError` for one of another network."""
        own = self.state()
        processes = state["loss_sums"].numel() if "loss_sums" in state else size()
        if processes != size():
            raise ModelFileError(f"The checkpoint was made with {processes} processes. Continue with as many.")
        kinds = {name: (tensor.shape, tensor.dtype) for name, tensor in own.items()}
        if {name: (tensor.shape, tensor.dtype) for name, tensor in state.items()} != kinds or int(state["steps"]) < 0:
            raise ModelFileError("The checkpoint is of another network, or is broken. Train again.")
        for name, tensor in own.items():
            tensor.copy_(state[name])
        self.optimizer.steps = int(state["steps"])
        self.best_loss = float(state["best_loss"])
        own_sum = self.loss_sums[rank()].clone()
        self.loss_sums.zero_()[rank()] = own_sum
        self.seconds = float(state["seconds"])

    def _mean_loss(self, loss_sum: float) -> float:
        """The mean loss over the rows of the epoch so far."""
        steps = (self.optimizer.steps - 1) % self.steps_per_epoch + 1
        per_step = self.batch_size if self.dataset.blocks == 1 else self.dataset.rows_per_block / self.steps_per_block
        return loss_sum / min(steps * per_step, len(self.dataset))

    def _whole_loss_sum(self) -> float:
        """The sum over all processes. Raises `TrainingError` where it is not finite."""
        return self._checked(sum_over_processes(self.loss_sums.clone()).sum().item())

    def _checked(self, number: float) -> float:
        if not math.isfinite(number):
            self._take_best()
            raise TrainingError(
                f"The loss is not finite in epoch {self.epoch}. "
                f"Lower `learning_rate` (now {self.settings.learning_rate:g})."
            )
        return number

    def _count_seconds(self, seconds: float) -> None:
        """Add the seconds of a step; where they decide the schedule, the mean over all processes."""
        if self.settings.max_seconds is not None and size() > 1:
            seconds = sum_over_processes(torch.tensor(seconds, device=self.device)).item() / size()
        self.seconds += seconds


def cross_entropy(logits: Tensor, counts: Tensor) -> Tensor:
    """The mean over rows of -Σ count × ln p."""
    return F.cross_entropy(logits, counts.to(logits.dtype))


def optimizer_for(model: MLP, weight_decay: float) -> AdamW:
    """AdamW for a network; biases, gains and the embedding are not decayed."""
    parameters = dict(model.named_parameters())
    not_decayed = {name for name, parameter in parameters.items() if parameter.ndim == 1} | {"embedding"}
    decayed = [parameter for name, parameter in parameters.items() if name not in not_decayed]
    return AdamW(decayed, [parameters[name] for name in parameters if name in not_decayed], weight_decay)


def product_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The type that matrix products are computed in."""
    if precision == "auto":
        if device.type == "cpu":
            pays = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        else:
            pays = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if pays else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32
