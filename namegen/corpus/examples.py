"""Names → contexts and targets: the pairs that every model is trained and evaluated on.

For the name `ava` and a context of 3, with `.` for the boundary:

    ...  → a        the first character has no characters before it
    ..a  → v
    .av  → a
    ava  → .        and the boundary ends the name

One name after another it would be

    context = [BOUNDARY] * context_size
    for target in [*vocabulary.encode([name]).tolist(), BOUNDARY]:
        contexts.append(context)
        targets.append(target)
        context = context[1:] + [target]

and `Examples` gives the same pairs for all names at once, with each token stored once.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary

ENCODED_AT_ONCE = 1 << 18  # names


class Examples:
    """Contexts (N, context) and targets (N,) of names, cut on demand from one stream of tokens.

    In the stream each name is followed by one boundary, its last target. So every token is the target of one example,
    and its context are the tokens before it, with those of earlier names replaced by boundaries.

    >>> examples = Examples(["ava"], Vocabulary.of(["ava"]), context_size=3)
    >>> examples.contexts.tolist(), examples.targets.tolist()
    ([[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 1]], [1, 2, 1, 0])
    >>> examples.stream.tolist()  # boundaries for the first context, then the names
    [0, 0, 0, 1, 2, 1, 0]
    """

    def __init__(self, names: Iterable[str], vocabulary: Vocabulary, context_size: int) -> None:
        self.names = Names.of(names)
        self.context_size = context_size
        self.vocab_size = vocabulary.size
        firsts = range(0, len(self.names), ENCODED_AT_ONCE)
        pieces = (_with_boundaries(self.names[first : first + ENCODED_AT_ONCE], vocabulary) for first in firsts)
        self.stream = torch.cat([torch.zeros(context_size, dtype=vocabulary.token_dtype), *pieces])

    def __len__(self) -> int:
        return len(self.stream) - self.context_size

    @property
    def contexts(self) -> Int64[Tensor, "examples context"]:
        """All contexts."""
        return self.batch(slice(None))[0]

    @property
    def targets(self) -> Int64[Tensor, " examples"]:
        """All targets."""
        return self.batch(slice(None))[1]

    def batch(
        self, rows: Int64[Tensor, " batch"] | slice
    ) -> tuple[Int64[Tensor, "batch context"], Int64[Tensor, " batch"]]:
        """Contexts (batch, context) and targets (batch,) of these examples."""
        windows = self.windows(rows)
        return windows[:, :-1], windows[:, -1]

    def batches(self, size: int) -> Iterator[tuple[Int64[Tensor, "batch context"], Int64[Tensor, " batch"]]]:
        """All examples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.batch(slice(start, start + size))

    def windows(self, rows: Int64[Tensor, " batch"] | slice) -> Int64[Tensor, "batch window"]:
        """Context and target of these examples side by side: (batch, context + 1), the target last."""
        return self.compact_windows(rows).long()

    def compact_windows(self, rows: Int64[Tensor, " batch"] | slice) -> Integer[Tensor, "batch window"]:
        """As `windows`, in the smallest integers that hold every token."""
        if isinstance(rows, slice):
            windows = self._windows[rows].clone(memory_format=torch.contiguous_format)
        else:
            windows = self._windows.index_select(0, rows)
        for place in range(self.context_size - 2, -1, -1):  # before a boundary is another name
            windows[:, place].mul_(windows[:, place + 1] != 0)
        return windows

    @cached_property
    def _windows(self) -> Integer[Tensor, "examples window"]:
        """A window that slides over the stream, with the tokens of earlier names."""
        if not len(self):
            return self.stream.new_empty(0, self.context_size + 1)
        return self.stream.unfold(0, self.context_size + 1, 1)

    @property
    def name_of(self) -> Int64[Tensor, " examples"]:
        """The index of the name of every example."""
        return torch.arange(len(self.names)).repeat_interleave(self.names.lengths + 1)


def _with_boundaries(names: Names, vocabulary: Vocabulary) -> Integer[Tensor, " tokens"]:
    """The tokens of all names end to end, a boundary after each name."""
    tokens = torch.zeros(len(names.code_points) + len(names), dtype=vocabulary.token_dtype)
    is_character = torch.ones(len(tokens), dtype=torch.bool)
    is_character.index_fill_(0, names.ends + torch.arange(len(names)), False)
    return tokens.masked_scatter_(is_character, vocabulary.encode(names).to(tokens.dtype))
