"""How a network is trained, as far as it is set, and what the settings come to for one list on one device."""

import math
from dataclasses import dataclass

import torch

from namegen.config import Config

STEPS_PER_EPOCH = 64  # at least, but for
SMALLEST_BATCH = 16


@dataclass(frozen=True)
class TrainingOptions(Config):
    """How a network is trained."""

    epochs: int = 12  # passes over the training examples
    batch_size: int = 1024  # rows a step at most: a list too short for 64 steps an epoch gets smaller batches
    learning_rate: float = 0.014  # at the peak; for smaller batches it is lowered by the square root of their share
    weight_decay: float = 0.5  # AdamW's, of the weight matrices
    max_seconds: float | None = None  # train for so long, in place of so many epochs
    precision: str = "auto"  # of the matrix products; auto: bfloat16 where the processor has it
    seed: int = 42  # of the weights, the order of the examples, the dropout

    def __post_init__(self) -> None:
        self.check("epochs", 1, 100_000)
        self.check("batch_size", 1, 1 << 24)
        self.check("learning_rate", 1e-9, 100)
        self.check("weight_decay", 0, 100)
        if self.max_seconds is not None:
            self.check("max_seconds", 0.1, 1e7)
        self.check_choice("precision", ("auto", "float32", "bfloat16"))
        self.check("seed", 0, (1 << 32) - 1)


def batch_and_rate(rows: int, options: TrainingOptions) -> tuple[int, float]:
    """The batch size and the peak learning rate for a training set of so many rows.

    >>> batch_and_rate(70_000, TrainingOptions(batch_size=1024, learning_rate=0.01))
    (1024, 0.01)
    >>> batch_and_rate(4096, TrainingOptions(batch_size=1024, learning_rate=0.01))
    (64, 0.0025)
    """
    batch_size = min(options.batch_size, max(SMALLEST_BATCH, rows // STEPS_PER_EPOCH))
    return batch_size, options.learning_rate * math.sqrt(batch_size / options.batch_size)


def product_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The type that matrix products are computed in."""
    if precision == "auto":
        if device.type == "cpu":
            pays = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        else:
            pays = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if pays else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32
