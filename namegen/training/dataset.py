"""The rows that a network is trained and evaluated on: contexts, each with how often every token followed it.

Equal contexts are one row, and since names share most of their beginnings there are a third as many rows as examples.
Where all rows do not fit into memory, they are made when they are needed: in every epoch the examples are assigned to
blocks at random, and each block is cut from the stream of tokens and grouped when it is reached.
"""

import torch
from jaxtyping import Int64, Integer, UInt8
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import pack_rows

HELD_BYTES = 1 << 29  # of counts; where those of all examples would take more, rows are made block by block
BLOCK_EXAMPLES = 1 << 22  # at most, so that grouping them takes a few hundred MiB

Block = tuple[Integer[Tensor, "rows context"], UInt8[Tensor, "rows vocab"]]


class Dataset:
    """The rows of the examples of a list on a device: one block in memory, or several that are made when needed.

    At most `cap` examples share a row. The rows of a block depend on the seed and the epoch alone.

    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> dataset = Dataset(Examples(["aa", "ab"], Vocabulary("ab"), 1), cap=8, seed=0, device=torch.device("cpu"))
    >>> contexts, counts = dataset.block(0)
    >>> contexts.tolist(), counts.tolist(), dataset.blocks
    ([[0], [1], [2]], [[0, 2, 0], [1, 1, 1], [1, 0, 0]], 1)
    """

    def __init__(self, examples: Examples, cap: int, seed: int, device: torch.device) -> None:
        self.examples, self.cap, self.seed, self.device = examples, cap, seed, device
        self.blocks = 1
        if len(examples) * examples.vocab_size > HELD_BYTES:
            rows_per_block = max(1, min(BLOCK_EXAMPLES, HELD_BYTES // examples.vocab_size))
            self.blocks = -(-len(examples) // rows_per_block)
        self._held = self._all() if self.blocks == 1 else None
        self.rows_per_block = len(self.block(0)[0])  # in the first; others differ by a few

    def __len__(self) -> int:
        """The number of rows in an epoch; an estimate where there are several blocks."""
        return self.blocks * self.rows_per_block

    def block(self, number: int, epoch: int = 0) -> Block:
        """Contexts (rows, context) and counts of their targets (rows, vocab) of a block, sorted by context.

        Both are in the smallest integers that hold them. Every example is in exactly one block of an epoch.
        """
        if self._held is not None:
            return self._held
        generator = torch.Generator().manual_seed(self.seed + 1 + epoch)
        some = self._examples_of(number, generator)
        contexts, counts = self._grouped(some[torch.randperm(len(some), generator=generator)])
        return contexts.to(self.device), counts.to(self.device)

    def _all(self) -> Block:
        order = torch.randperm(len(self.examples), generator=torch.Generator().manual_seed(self.seed))
        groups = [self._grouped(some) for some in order.split(BLOCK_EXAMPLES)]
        contexts, counts = zip(*groups, strict=True)
        return torch.cat(contexts).to(self.device), torch.cat(counts).to(self.device)

    def _examples_of(self, number: int, generator: torch.Generator) -> Int64[Tensor, " some"]:
        """One of each `blocks` neighbouring examples, so that no permutation of all examples is needed."""
        firsts = torch.arange(0, len(self.examples), self.blocks)
        turns = torch.randint(self.blocks, firsts.shape, generator=generator)
        some = firsts + (turns + number) % self.blocks
        return some[some < len(self.examples)]

    def _grouped(self, some: Int64[Tensor, " some"]) -> Block:
        """These examples, those with equal contexts as one row.

        At most `cap`, up to 255, share a row, so that frequent contexts, such as the empty one, still have many rows.
        """
        vocab_size = self.examples.vocab_size
        windows = self.examples.compact_windows(some)
        keys, order = pack_rows(windows[:, :-1], vocab_size).sort(stable=True)
        opens = torch.ones(len(keys), dtype=torch.bool)
        opens[1:] = keys[1:] != keys[:-1]
        firsts = opens.nonzero().squeeze(1)
        sizes = firsts.diff(append=firsts.new_tensor([len(keys)]))
        opens_row = (torch.arange(len(keys)) - firsts.repeat_interleave(sizes)) % self.cap == 0
        windows = windows.index_select(0, order)
        contexts = windows[opens_row, :-1]
        pairs = (opens_row.cumsum(0) - 1) * vocab_size + windows[:, -1]
        counts = torch.zeros(len(contexts) * vocab_size, dtype=torch.uint8)
        counts.index_add_(0, pairs, torch.ones((), dtype=torch.uint8).expand(len(pairs)))
        return contexts, counts.view(len(contexts), vocab_size)
