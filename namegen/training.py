"""Fitting: counting for the count models, the gradient loop for the neural ones.

The loop is the textbook one: draw a batch, take the cross-entropy, go a step down its gradient (AdamW; Loshchilov
& Hutter 2019) at a rate that rises and falls once (one-cycle; Smith & Topin 2018). It yields a report an epoch,
never prints, and draws everything from generators of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from namegen.errors import TrainingError
from namegen.evaluation import mean_loss
from namegen.examples import Examples
from namegen.models.base import Config
from namegen.models.mlp import MLP


@dataclass(frozen=True)
class TrainingOptions(Config):
    """How a network is trained."""

    epochs: int = 4  # passes over the training examples
    batch_size: int = 512  # examples a step
    learning_rate: float = 0.005  # at the peak of the schedule
    weight_decay: float = 0.01  # AdamW's
    seed: int = 42  # of the weights, the order of the examples, the dropout

    def __post_init__(self) -> None:
        self.check("epochs", 1, 100_000)
        self.check("batch_size", 1, 1 << 24)
        self.check("learning_rate", 1e-9, 100)
        self.check("weight_decay", 0, 100)
        self.check("seed", 0, (1 << 63) - 1)


@dataclass(frozen=True)
class Epoch:
    """What there is to say after each epoch. Losses in nats per character; `train_loss` is the mean over the epoch."""

    epoch: int
    epochs: int
    step: int
    names: int
    learning_rate: float
    train_loss: float
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
    batches = -(-len(train) // options.batch_size)
    optimizer = AdamW(model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True)
    schedule = OneCycleLR(optimizer, options.learning_rate, total_steps=options.epochs * batches + 1)
    best_loss, best_weights = float("inf"), model.state_dict()
    for epoch in range(1, options.epochs + 1):
        model.train()
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(train), generator=generator).split(options.batch_size):
            contexts, targets = train.batch(rows)
            loss = F.cross_entropy(model(contexts), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(rows)
        train_loss = total.item() / len(train)
        if not train_loss < float("inf"):
            raise TrainingError(
                f"The loss is no longer a number in epoch {epoch}. Lower --learning-rate "
                f"(now {options.learning_rate:g})."
            )
        model.eval()
        validation_loss = mean_loss(model, validation) if validation else None
        if validation_loss is not None and validation_loss < best_loss:
            best_loss = validation_loss
            best_weights = {name: weights.clone() for name, weights in model.state_dict().items()}
        yield Epoch(
            epoch,
            options.epochs,
            epoch * batches,
            len(train.names),
            float(schedule.get_last_lr()[0]),
            train_loss,
            validation_loss,
        )
    if validation:
        model.load_state_dict(best_weights)
