"""The minimum of a smooth function by L-BFGS, in plain torch: importing `torch.optim` takes longer than a fit here."""

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

Vector = Float[Tensor, " n"]


def minimise(value_and_gradient: Callable[[Vector], tuple[float, Vector]], x: Vector, steps: int) -> Vector:
    """Where a smooth function is smallest, from x (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5).

    Stops after so many steps, or when one gains less than 10⁻⁵ of the value.

    >>> import torch
    >>> target = torch.tensor([1.0, -2.0])
    >>> minimise(lambda x: (float((x - target).square().sum()), 2 * (x - target)), torch.zeros(2), steps=20)
    tensor([ 1., -2.])
    """
    value, gradient = value_and_gradient(x)
    pairs: list[tuple[Vector, Vector]] = []  # of steps and the changes of the gradient, the newest last
    for _ in range(steps):
        if not bool(gradient.any()):
            break
        direction = -inverse_hessian_times(gradient, pairs)
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


def inverse_hessian_times(gradient: Vector, pairs: Sequence[tuple[Vector, Vector]]) -> Vector:
    """H⁻¹ g, estimated from the last steps s and changes of the gradient y: the two-loop recursion."""
    q, shares = gradient.clone(), []
    for s, y in reversed(pairs):
        shares.append(float(s @ q) / float(s @ y))
        q -= shares[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= float(s @ y) / float(y @ y)
    else:
        q /= float(gradient.norm())
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        q += s * (share - float(y @ q) / float(s @ y))
    return q
