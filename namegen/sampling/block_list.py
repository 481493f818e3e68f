"""Finding many pieces in many names at once: the automaton of Aho & Corasick (1975), with all names a byte at a time.

A state is the longest end of what was read that some piece begins with. The tables are built depth by depth, and a step
of all names is two look-ups, so that tens of thousands of pieces cost as much as one.
"""

import unicodedata
from collections.abc import Iterable

import torch
from jaxtyping import Bool, Int32, Int64, UInt8
from torch import Tensor

from namegen.corpus.packed_names import NEWLINE, Names

LONGEST_PIECE = 1000  # bytes; no name is as long


def folded_letters(text: str) -> str:
    """A text as pieces are compared: case-folded, accents and other marks removed.

    >>> folded_letters("Élise Strauß")
    'elise strauss'
    """
    text = unicodedata.normalize("NFD", text.casefold())
    if not text.isascii():
        for mark in filter(unicodedata.combining, set(text)):
            text = text.replace(mark, "")
    return text


class BlockList:
    """Pieces that no name may contain.

    >>> BlockList(["Ass", "é"]).found_in(Names.of(["cassia", "emma", "otto"])).tolist()
    [True, True, False]
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        folded = {*folded_letters("\n".join(pieces)).split("\n")}
        rows, lengths = _rows_of_bytes("\n".join(sorted(p for p in folded if 0 < len(p.encode()) < LONGEST_PIECE)))
        used = torch.bincount(rows.flatten().long(), minlength=256) > 0
        used[0] = False
        self.class_of_byte = (used.cumsum(0) * used).int()  # bytes that no piece has are all alike
        self.width = int(self.class_of_byte.max()) + 1
        self.next_state = self._build(self.class_of_byte[rows.long()].long(), lengths)

    def _build(self, rows: Int64[Tensor, "pieces bytes"], lengths: Int64[Tensor, " pieces"]) -> Int32[Tensor, " steps"]:
        """The next state after each state and class of bytes; state 1 is that of names with a piece, and stays.

        The pieces are sorted, so those that begin alike stand together.
        """
        width, count = self.width, 2
        table = torch.zeros(2 + int(lengths.sum()), width, dtype=torch.int32)
        table[1] = 1
        steps_of = table.view(-1)
        states = torch.zeros(len(rows), dtype=torch.int64)
        for place in range(rows.shape[1]):
            goes_on = ((lengths > place) & (states != 1)).nonzero().squeeze(1)
            rows, lengths, states = (some.index_select(0, goes_on) for some in (rows, lengths, states))
            steps, which = (states * width + rows[:, place]).unique_consecutive(return_inverse=True)  # they are sorted
            fallbacks = steps_of[steps].long()  # where the state led that the parent falls back to
            ends = torch.zeros(len(steps), dtype=torch.bool).index_fill_(0, which[lengths == place + 1], True)
            ends |= fallbacks == 1
            reached = torch.where(ends, 1, count + (~ends).cumsum(0) - 1)
            steps_of[steps] = reached.int()
            begun, count = count, count + int((~ends).sum())
            table[begun:count] = table[fallbacks[~ends]]
            states = reached[which]
        return (table[:count] * width).flatten()

    def found_in(self, names: Names) -> Bool[Tensor, " names"]:
        """Which names contain a piece."""
        if not len(names):
            return torch.zeros(0, dtype=torch.bool)
        rows, lengths = _rows_of_bytes(folded_letters(names.lines()))
        order = lengths.argsort(descending=True)
        states = torch.zeros(len(rows), dtype=torch.int32)
        longer = len(rows) - torch.bincount(lengths).cumsum(0)  # than 0, 1, ... bytes; the longest stand first
        for column, count in zip(rows.index_select(0, order).T.contiguous(), longer.tolist(), strict=False):
            classes = self.class_of_byte.index_select(0, column[:count].int())
            states[:count] = self.next_state.index_select(0, classes.add_(states[:count]))
        return torch.zeros(len(rows), dtype=torch.bool).index_copy_(0, order, states == self.width)


def _rows_of_bytes(text: str) -> tuple[UInt8[Tensor, "lines bytes"], Int64[Tensor, " lines"]]:
    """The lines of a text as rows of UTF-8, with zeros behind, and their lengths."""
    data = torch.frombuffer(bytearray(f"{text}\n".encode()), dtype=torch.uint8)
    ends = (data == NEWLINE).nonzero().squeeze(1)
    lengths = ends.diff(prepend=ends.new_tensor([-1])) - 1
    within = torch.arange(int(lengths.max())) < lengths[:, None]
    rows = torch.zeros(within.shape, dtype=torch.uint8)
    return rows.masked_scatter_(within, data[data != NEWLINE]), lengths
