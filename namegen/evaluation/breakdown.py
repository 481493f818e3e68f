"""Where a loss comes from: the losses of an evaluation by the length of names, by position, or by character."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary
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
    """
    names = Names.normalised(names)
    if not torch.equal(names.lengths + 1, evaluation.name_characters):
        raise UsageError("These are not the names that were evaluated. Pass the same names to both.")
    vocabulary = Vocabulary.of(names)
    examples = Examples(names, vocabulary, context_size=1)
    name_of = examples.name_of
    keys_by = {
        "length": names.lengths[name_of],
        "position": 1 + torch.arange(len(examples)) - names.starts[name_of] - name_of,  # of the boundary: the last
        "character": examples.targets,
    }
    if by not in keys_by:
        raise UsageError(f"`by` cannot be {by!r}. Choose from: {', '.join(keys_by)}.")
    distinct, which, counts = keys_by[by].unique(return_inverse=True, return_counts=True)
    totals = torch.zeros(len(distinct), dtype=torch.float64).index_add_(0, which, evaluation.losses)
    parts = [
        Part(vocabulary.symbols[key] if by == "character" else str(key), count, total / count)
        for key, count, total in zip(distinct.tolist(), counts.tolist(), totals.tolist(), strict=True)
    ]
    return sorted(parts, key=lambda part: -part.characters) if by == "character" else parts
