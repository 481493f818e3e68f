"""AdamW and the one-cycle schedule, by the papers' formulas.

All weights of a network are in one flat tensor, of which the network's parameters are views, and so are their
gradients. So a step is six operations for any number of layers, and the state of the optimiser is two tensors and a
count.
"""

import math

import torch
from torch import nn

BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-8
RISING = 0.1  # share of the training in which the learning rate rises


class AdamW:
    """Adam with decoupled weight decay (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2).

        m ← β₁ m + (1 - β₁) g          v ← β₂ v + (1 - β₂) g²
        w ← w - rate (m̂ / (√v̂ + ε) + λ w)          with m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)

    λ applies to the `decayed` parameters alone. The constructor turns the parameters into views of one tensor.

    >>> w = nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = AdamW(decayed=[], others=[w])
    >>> (w**2).sum().backward()
    >>> optimizer.step(rate=0.1)
    >>> w.data
    tensor([0.9000])
    """

    def __init__(self, decayed: list[nn.Parameter], others: list[nn.Parameter], weight_decay: float = 0.0) -> None:
        parameters = [*decayed, *others]
        self.weights = torch.cat([parameter.detach().flatten() for parameter in parameters])
        self.gradients = torch.zeros_like(self.weights)
        self.means = torch.zeros_like(self.weights)
        self.squares = torch.zeros_like(self.weights)
        self.steps = 0
        self.weight_decay = weight_decay
        self.decayed = self.weights[: sum(parameter.numel() for parameter in decayed)]
        place = 0
        for parameter in parameters:
            end = place + parameter.numel()
            parameter.data = self.weights[place:end].view_as(parameter)
            parameter.grad = self.gradients[place:end].view_as(parameter)
            place = end

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Take one step and set the gradients to zero."""
        self.steps += 1
        self.means.lerp_(self.gradients, 1 - BETA1)
        self.squares.mul_(BETA2).addcmul_(self.gradients, self.gradients, value=1 - BETA2)
        self.decayed.mul_(1 - rate * self.weight_decay)
        torch.div(self.squares, 1 - BETA2**self.steps, out=self.gradients).sqrt_().add_(EPSILON)
        self.weights.addcdiv_(self.means, self.gradients, value=-rate / (1 - BETA1**self.steps))
        self.gradients.zero_()


def one_cycle(progress: float, peak: float) -> float:
    """The learning rate at a progress from 0 to 1: up to `peak` at `RISING`, then down, along cosines.

    After Smith & Topin 2018, "Super-Convergence".

    >>> [round(one_cycle(progress, peak=1.0), 2) for progress in (0, 0.1, 0.55, 1)]
    [0.04, 1.0, 0.5, 0.0]
    """
    if progress < RISING:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / RISING)) / 2)
    return peak * (1 + math.cos(math.pi * (progress - RISING) / (1 - RISING))) / 2
