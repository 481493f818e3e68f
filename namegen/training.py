"""The gradient loop that trains the networks.

It is the textbook's: take a batch, compute the cross-entropy, go a step down its gradient (AdamW; Loshchilov &
Hutter 2019) at a rate that rises once and falls once (one-cycle; Smith & Topin 2018). Two things make it fast:

- Contexts that are equal, and names share most of their beginnings, are one row whose target is the distribution of
  what follows. Its cross-entropy is the sum of theirs, so the gradient of an epoch is the same for a third of the
  work.
- Where the processor multiplies bfloat16 faster, the products are computed in it, from float32 weights.

The loop yields a report an epoch, never prints, and draws everything from a generator of its own.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from namegen.errors import TrainingError
from namegen.evaluation import mean_loss
from namegen.examples import Examples
from namegen.models.base import Config
from namegen.models.mlp import MLP
from namegen.optimizer import AdamW, one_cycle

Precision = Literal["auto", "float32", "bfloat16"]

GROUP_CAP = 8  # examples with one context that share a row
GROUP_LIMIT = 1 << 29  # bytes of target distributions; where they would take more, every example is a row
STEPS_PER_EPOCH = 64  # at least, but for
SMALLEST_BATCH = 16


@dataclass(frozen=True)
class TrainingOptions(Config):
    """How a network is trained."""

    epochs: int = 12  # passes over the training examples
    batch_size: int = 1024  # rows a step at most: a list too short for 64 steps an epoch gets smaller batches
    learning_rate: float = 0.014  # at the peak; for smaller batches it is lowered by the square root of their share
    weight_decay: float = 0.5  # AdamW's, of the weight matrices
    precision: Precision = "auto"  # of the matrix products; auto: bfloat16 where the processor has it
    seed: int = 42  # of the weights, the order of the examples, the dropout

    def __post_init__(self) -> None:
        self.check("epochs", 1, 100_000)
        self.check("batch_size", 1, 1 << 24)
        self.check("learning_rate", 1e-9, 100)
        self.check("weight_decay", 0, 100)
        self.check_choice("precision", ("auto", "float32", "bfloat16"))
        self.check("seed", 0, (1 << 63) - 1)


@dataclass(frozen=True)
class Epoch:
    """What there is to say after each epoch. Losses in nats per character."""

    epoch: int  # from 1
    epochs: int  # of the whole training
    step: int  # taken so far
    names: int  # met in an epoch
    learning_rate: float
    train_loss: float  # the mean over the epoch
    validation_loss: float | None


def fit(model: MLP, train: Examples, validation: Examples | None, options: TrainingOptions) -> Iterator[Epoch]:
    """Train a network from scratch, in place, yielding after each epoch.

    With validation examples, the weights of the best epoch are the ones that stay; without, the last. The same
    options on the same machine with the same number of threads give the same bytes. Raises `TrainingError` when the
    loss is no longer a number.
    """
    generator = torch.Generator().manual_seed(options.seed)
    model.initialise(generator)
    model.dropout_generator = generator
    device = model.embedding.device
    contexts, targets = (tensor.to(device) for tensor in training_rows(train, generator))
    batch_size, peak = batch_and_rate(len(contexts), options)
    batches = -(-len(contexts) // batch_size)
    steps = options.epochs * batches
    optimizer = _optimizer(model, options.weight_decay)
    scale = len(contexts) / len(train)  # makes the mean over rows the mean over examples
    best_loss, best_weights = math.inf, model.state_dict()
    for epoch in range(1, options.epochs + 1):
        model.train()
        model.product_dtype = product_dtype(options.precision, device)
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(contexts), generator=generator).to(device).split(batch_size):
            loss = cross_entropy(model(contexts[rows]), targets[rows]) * scale
            loss.backward()
            rate = one_cycle(optimizer.steps, steps, peak)
            optimizer.step(rate)
            total += loss.detach() * len(rows)
        train_loss = total.item() / len(contexts)
        if not math.isfinite(train_loss):
            raise TrainingError(
                f"The loss is no longer a number in epoch {epoch}. "
                f"Lower --learning-rate (now {options.learning_rate:g})."
            )
        model.eval()
        model.product_dtype = torch.float32
        validation_loss = mean_loss(model, validation) if validation else None
        if validation_loss is not None and validation_loss < best_loss:
            best_loss = validation_loss
            best_weights = {name: weights.clone() for name, weights in model.state_dict().items()}
        yield Epoch(epoch, options.epochs, optimizer.steps, len(train.names), rate, train_loss, validation_loss)
    if validation:
        model.load_state_dict(best_weights)


def training_rows(train: Examples, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Contexts (rows, context), and targets: distributions as counts (rows, vocab) or tokens (rows,)."""
    if len(train) * train.vocab_size <= GROUP_LIMIT:
        return train.grouped(GROUP_CAP, generator)
    return train.batch(slice(None))


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean over rows of -Σ target × ln p, the targets being counts of tokens, or a token each."""
    return F.cross_entropy(logits, targets if targets.ndim == 1 else targets.to(logits.dtype))


def batch_and_rate(rows: int, options: TrainingOptions) -> tuple[int, float]:
    """The batch size and the peak learning rate for a training set of so many rows.

    >>> batch_and_rate(70_000, TrainingOptions(batch_size=1024, learning_rate=0.01))
    (1024, 0.01)
    >>> batch_and_rate(4096, TrainingOptions(batch_size=1024, learning_rate=0.01))
    (64, 0.0025)
    """
    batch_size = min(options.batch_size, max(SMALLEST_BATCH, rows // STEPS_PER_EPOCH))
    return batch_size, options.learning_rate * math.sqrt(batch_size / options.batch_size)


def product_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The type that matrix products are computed in."""
    if precision == "auto":
        if device.type == "cpu":
            pays = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        else:
            pays = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if pays else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _optimizer(model: MLP, weight_decay: float) -> AdamW:
    """AdamW for a network; biases, gains and the embedding are not decayed."""
    parameters = dict(model.named_parameters())
    spared = {name for name, parameter in parameters.items() if parameter.ndim == 1} | {"embedding"}
    decayed = [parameter for name, parameter in parameters.items() if name not in spared]
    return AdamW(decayed, [parameters[name] for name in parameters if name in spared], weight_decay)
