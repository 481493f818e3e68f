"""The minimum of a smooth function by L-BFGS, in plain torch: importing `torch.optim` takes longer than a fit here."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Vector = Float[Tensor, " n"]


def minimise(
    value_and_gradient: Callable[[Vector], tuple[float, Vector]],
    x: Vector,
    steps: int,
    curvatures: Vector | None = None,
) -> Vector:
    """Where a smooth function is smallest, from x (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5).

    Stops after so many steps, or when one gains less than 10⁻⁵ of the value. `curvatures`, the diagonal of the Hessian,
    are for a function that bends far more in some directions than in others: halves the steps that it takes.

    >>> target = torch.tensor([1.0, -2.0])
    >>> minimise(lambda x: (float((x - target).square().sum()), 2 * (x - target)), torch.zeros(2), steps=20)
    tensor([ 1., -2.])
    """
    value, gradient = value_and_gradient(x)
    pairs: list[tuple[Vector, Vector]] = []  # of steps and the changes of the gradient, the newest last
    for _ in range(steps):
        if not bool(gradient.any()):
            break
        direction = -inverse_hessian_times(gradient, pairs, curvatures)
        slope, length = float(gradient @ direction), 1.0
        while True:  # halve the step until it gains enough (Armijo 1966)
            there = x + length * direction
            new_value, new_gradient = value_and_gradient(there)
            if new_value <= value + 1e-4 * length * slope or length < 1e-6:
                break
            length /= 2
        if float((there - x) @ (new_gradient - gradient)) > 1e-10:
            pairs = [*pairs, (there - x, new_gradient - gradient)][-10:]
        is_done = value - new_value < 1e-5 * abs(value)
        x, value, gradient = there, new_value, new_gradient
        if is_done:
            break
    return x


def inverse_hessian_times(
    gradient: Vector, pairs: Sequence[tuple[Vector, Vector]], curvatures: Vector | None = None
) -> Vector:
    """H⁻¹ g, estimated from the last steps s and changes of the gradient y: the two-loop recursion.

    It starts from γ D⁻¹, of the curvatures D, with γ = sᵀy / yᵀD⁻¹y.
    """
    q, shares = gradient.clone(), []
    diagonal = torch.ones_like(gradient) if curvatures is None else curvatures
    for s, y in reversed(pairs):
        shares.append(float(s @ q) / float(s @ y))
        q -= shares[-1] * y
    q /= diagonal
    if pairs:
        s, y = pairs[-1]
        q *= float(s @ y) / float(y @ (y / diagonal))
    elif curvatures is None:
        q /= float(gradient.norm())
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        q += s * (share - float(y @ q) / float(s @ y))
    return q
