"""Where a loss comes from: the losses of an evaluation by the length of names, by position, or by character."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY_SYMBOL
from namegen.errors import UsageError
from namegen.evaluation.losses import Evaluation


@dataclass(frozen=True)
class Part:
    """Some of the characters of a list: how many, and their mean loss in nats. The parts add up to the whole list."""

    label: str
    characters: int
    loss: float


def breakdown(evaluation: Evaluation, names: Iterable[str], by: str) -> list[Part]:
    """The loss in parts: by `length` of the name, `position` in it (from 1) or `character` (`.` ends a name).

    The names must be those that were evaluated. Lengths and positions come in order, characters the most frequent
    first. Raises `UsageError` for another list of names, or another `by`.

    >>> import namegen
    >>> model = namegen.train("irish", model="bigram")
    >>> names = ["aoife", "bran", "conn"]
    >>> [(part.label, part.characters) for part in breakdown(model.evaluate(names), names, "length")]
    [('4', 10), ('5', 6)]
    """
    names = Names.normalised(names)
    if not torch.equal(names.lengths + 1, evaluation.name_characters):
        raise UsageError("These are not the names that were evaluated. Pass the same names to both.")
    keys_by = {"length": _lengths, "position": _positions, "character": _characters}
    if by not in keys_by:
        raise UsageError(f"`by` cannot be {by!r}. Choose from: {', '.join(keys_by)}.")
    keys = keys_by[by](names)
    distinct, which, counts = keys.unique(return_inverse=True, return_counts=True)
    totals = torch.zeros(len(distinct), dtype=torch.float64).index_add_(0, which, evaluation.losses)
    parts = [
        Part(_symbol(key) if by == "character" else str(key), count, total / count)
        for key, count, total in zip(distinct.tolist(), counts.tolist(), totals.tolist(), strict=True)
    ]
    return sorted(parts, key=lambda part: -part.characters) if by == "character" else parts


def _lengths(names: Names) -> Int64[Tensor, " characters"]:
    return names.lengths.repeat_interleave(names.lengths + 1)


def _positions(names: Names) -> Int64[Tensor, " characters"]:
    """From 1; the boundary that ends a name comes one after its last character."""
    ends = (names.lengths + 1).cumsum(0)
    starts = ends - names.lengths - 1
    return 1 + torch.arange(len(names.code_points) + len(names)) - starts.repeat_interleave(names.lengths + 1)


def _characters(names: Names) -> Int64[Tensor, " characters"]:
    """Code points, and -1 for the boundary that ends each name."""
    keys = torch.full((len(names.code_points) + len(names),), -1, dtype=torch.int64)
    keys[torch.arange(len(names.code_points)) + torch.arange(len(names)).repeat_interleave(names.lengths)] = (
        names.code_points.long()
    )
    return keys


def _symbol(code_point: int) -> str:
    return BOUNDARY_SYMBOL if code_point < 0 else chr(code_point)
