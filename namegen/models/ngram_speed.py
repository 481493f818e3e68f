"""What makes the n-gram model of `ngram` faster and changes none of its numbers: probabilities after short histories.

Most contexts of names share their last few characters, so the probabilities after all short histories are computed once
and looked up.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float32, Int64
from torch import Tensor, nn

from namegen.models.ngram_order import NgramOrder

HELD_NUMBERS = 1 << 20  # this many probabilities are held: 4 MB, and 8 MB to find them


class ShortHistories(nn.Module):
    """The probabilities after every history of at most `length` tokens, as many as fit into `HELD_NUMBERS`.

    `levels` are those of the histories of 1, 2, … tokens.
    """

    probabilities: Float32[Tensor, "histories vocab"]  # shortest history first
    longer: Int64[Tensor, "shorter_histories vocab"]  # the row of the history with one older token, or -1

    def __init__(self, unigram: Float32[Tensor, "1 vocab"], levels: Sequence[NgramOrder]) -> None:
        super().__init__()
        vocab_size = unigram.shape[1]
        held, longer, count = [unigram], [], 1
        for level in levels:
            keys = level.keys.long()
            if (count + len(keys)) * vocab_size > HELD_NUMBERS:
                break
            one_longer = torch.full((len(held[-1]), vocab_size), -1)
            one_longer.view(-1)[keys] = torch.arange(count, count + len(keys))
            probabilities = held[-1][keys // vocab_size]
            level.mix_into(probabilities, torch.arange(len(keys)), torch.arange(len(keys)))
            held.append(probabilities)
            longer.append(one_longer)
            count += len(keys)
        self.length = len(held) - 1
        self.shorter = count - len(held[-1])  # how many histories are shorter than `length`
        self.register_buffer("probabilities", torch.cat(held), persistent=False)
        longer.append(torch.empty(0, vocab_size, dtype=torch.int64))
        self.register_buffer("longer", torch.cat(longer), persistent=False)

    def find(
        self, contexts: Int64[Tensor, "batch context"]
    ) -> tuple[Float32[Tensor, "batch vocab"], Int64[Tensor, " rows"], Int64[Tensor, " rows"]]:
        """The probabilities after the longest history of each context that is held.

        Also the rows whose history of `length` tokens was seen, and its number among those of its length.
        """
        rows = torch.arange(len(contexts))
        place = torch.zeros_like(rows)
        for length in range(1, self.length + 1):
            one_longer = self.longer[place[rows], contexts[rows, -length]]
            seen = one_longer >= 0
            rows = rows[seen]
            place[rows] = one_longer[seen]
        return self.probabilities[place], rows, place[rows] - self.shorter
