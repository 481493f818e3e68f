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
from namegen.corpus.packed_names import opens_group

HELD_BYTES = 1 << 29  # of counts; where those of all examples would take more, rows are made block by block
BLOCK_EXAMPLES = 1 << 22  # at most, so that grouping them takes a few hundred MiB

Block = tuple[Integer[Tensor, "rows context"], UInt8[Tensor, "rows vocab"]]


class Dataset:
    """The rows of the examples of a list on a device: one block in memory, or several that are made when needed.

    At most `cap` examples share a row. The rows of a block depend on the seed and the epoch alone.
    """

    def __init__(self, examples: Examples, cap: int, seed: int, device: torch.device) -> None:
        self.examples, self.cap, self.seed, self.device = examples, cap, seed, device
        self.blocks = 1
        if len(examples) * examples.vocab_size > HELD_BYTES:
            rows_per_block = max(1, min(BLOCK_EXAMPLES, HELD_BYTES // examples.vocab_size))
            self.blocks = -(-len(examples) // rows_per_block)
        self._held: Block | None = None
        if self.blocks == 1:
            order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(seed))
            contexts, counts = zip(*map(self._grouped, order.split(BLOCK_EXAMPLES)), strict=True)
            self._held = torch.cat(contexts).to(device), torch.cat(counts).to(device)
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
        # One of each `blocks` neighbouring examples, so that no permutation of all examples is needed.
        generator = torch.Generator().manual_seed(self.seed + 1 + epoch)
        firsts = torch.arange(0, len(self.examples), self.blocks)
        some = firsts + (torch.randint(self.blocks, firsts.shape, generator=generator) + number) % self.blocks
        some = some[some < len(self.examples)]
        contexts, counts = self._grouped(some[torch.randperm(len(some), generator=generator)])
        return contexts.to(self.device), counts.to(self.device)

    def _grouped(self, some: Int64[Tensor, " some"]) -> Block:
        """These examples, at most `cap` with one context as one row: frequent contexts still have many rows."""
        vocab_size = self.examples.vocab_size
        windows = self.examples.compact_windows(some)
        keys, order = pack_rows(windows[:, :-1], vocab_size).sort(stable=True)
        firsts = opens_group(keys).nonzero().squeeze(1)
        sizes = firsts.diff(append=firsts.new_tensor([len(keys)]))
        opens_row = (torch.arange(len(keys)) - firsts.repeat_interleave(sizes)) % self.cap == 0
        windows = windows.index_select(0, order)
        contexts = windows[opens_row, :-1]
        pairs = (opens_row.cumsum(0) - 1) * vocab_size + windows[:, -1]
        counts = torch.zeros(len(contexts) * vocab_size, dtype=torch.uint8)
        counts.index_add_(0, pairs, torch.ones((), dtype=torch.uint8).expand(len(pairs)))
        return contexts, counts.view(len(contexts), vocab_size)
