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

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import Vocabulary


class Examples:
    """Contexts (N, context) and targets (N,) of names, cut on demand from one stream of tokens.

    In the stream each name is followed by one boundary, its last target. So every token is the target of one example,
    and its context is the tokens before it, with those of earlier names replaced by boundaries.

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
        ends = context_size + self.names.ends + torch.arange(len(self.names))
        size = context_size + len(self.names.code_points) + len(self.names)
        is_character = torch.ones(size, dtype=torch.bool).index_fill_(0, ends, False)
        is_character[:context_size] = False
        self.stream = torch.zeros(size, dtype=vocabulary.token_dtype)
        self.stream.masked_scatter_(is_character, vocabulary.encode(self.names).to(vocabulary.token_dtype))

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
        windows = self.compact_windows(rows).long()
        return windows[:, :-1], windows[:, -1]

    def batches(self, size: int) -> Iterator[tuple[Int64[Tensor, "batch context"], Int64[Tensor, " batch"]]]:
        """All examples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.batch(slice(start, start + size))

    def compact_windows(self, rows: Int64[Tensor, " batch"] | slice) -> Integer[Tensor, "batch window"]:
        """Context and target of these examples side by side, the target last: (batch, context + 1), small integers."""
        width = self.context_size + 1
        if not len(self):
            return self.stream.new_empty(0, width)
        sliding = self.stream.unfold(0, width, 1)  # with the tokens of earlier names
        if isinstance(rows, slice):
            windows = sliding[rows].clone(memory_format=torch.contiguous_format)
        else:
            windows = sliding.index_select(0, rows)
        for place in range(self.context_size - 2, -1, -1):  # before a boundary is another name
            windows[:, place].mul_(windows[:, place + 1] != 0)
        return windows

    @property
    def name_of(self) -> Int64[Tensor, " examples"]:
        """The index of the name of every example."""
        return torch.arange(len(self.names)).repeat_interleave(self.names.lengths + 1)
