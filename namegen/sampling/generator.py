"""Drawing a block of names from a model, all one character further at a time, with `torch.multinomial`.

One name after another it would be

    tokens = [BOUNDARY] * context_size
    while len(tokens) == context_size or tokens[-1] != BOUNDARY:
        probabilities = model(torch.tensor([tokens[-context_size:]])).softmax(1)[0]
        tokens.append(int(torch.multinomial(probabilities, 1, generator=generator)))

and this module does the same for many names at once. Names with the same context share one distribution. So for each
position the rows of the block are sorted by context, the model computes each distinct context once (or not at all,
where it is in the cache), and one call of `torch.multinomial` draws for all rows of a context, or for many with few
rows each. `index_select`, `masked_select` and `scatter` take a quarter of the time of indexing with brackets.

`sampler` decides which of the names are accepted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from namegen.corpus.ngram_counts import pack_rows
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY
from namegen.errors import SamplingError
from namegen.models.base import NameModel
from namegen.sampling.filter import NameFilter
from namegen.sampling.next_token import CHUNK_NUMBERS, NextToken, after_temperature, shape
from namegen.settings import MAX_NAME_LENGTH, SamplingParameters

LARGE_GROUP_NUMBERS = 4096  # a context with this many rows × vocabulary has a call of its own


class NameGenerator:
    """Draws blocks of names from a model. Raises `VocabularyError` for a prefix with an unknown character."""

    def __init__(
        self, model: NameModel, generator: torch.Generator, parameters: SamplingParameters, name_filter: NameFilter
    ) -> None:
        self.model = model
        self.generator = generator
        self.parameters = parameters
        self.next_token = NextToken(model, parameters)
        self.max_length = name_filter.max_length
        self.banned = name_filter.banned
        self.any_banned = bool(self.banned.any())
        self.prefixes = [model.vocabulary.encode([prefix]) for prefix in name_filter.prefixes]
        self.prefix_weights = self._weigh_prefixes()

    def draw(self, rows: int) -> Names:
        """The names of `rows` draws that ended within the maximum length, without a banned character, and not empty."""
        return self.draw_block(rows).names()

    @torch.inference_mode()
    def draw_block(self, rows: int) -> "Block":
        """As `draw`, with the row of each name."""
        block = Block(self.model.vocabulary.code_points, torch.zeros(rows, dtype=torch.int64))
        live = torch.empty(0, dtype=torch.int64)
        contexts = torch.empty(0, self.model.context_size, dtype=torch.int64)
        starting = self._rows_by_prefix(rows)
        for place in range(self.max_length + 1):
            for prefix, ids in starting.pop(place, []):
                block.written += [(ids, index, token.expand(len(ids))) for index, token in enumerate(prefix)]
                live = torch.cat([live, ids])
                contexts = torch.cat([contexts, self._context_after(prefix).expand(len(ids), -1)])
            order, tokens = self._draw_tokens(contexts, live, place)
            block.lengths.index_fill_(0, live.index_select(0, order.masked_select(tokens == BOUNDARY)), place)
            goes_on = tokens != BOUNDARY
            if self.any_banned:
                goes_on &= ~self.banned.index_select(0, tokens)
            rows_on, tokens = order.masked_select(goes_on), tokens.masked_select(goes_on)
            live = live.index_select(0, rows_on)
            block.written.append((live, place, tokens))
            contexts = torch.cat([contexts[:, 1:].index_select(0, rows_on), tokens[:, None]], dim=1)
            if not len(live) and not starting:
                break
        return block

    def _context_after(self, prefix: Int64[Tensor, " prefix"]) -> Int64[Tensor, " context"]:
        padding = torch.zeros(self.model.context_size, dtype=torch.int64)
        return torch.cat([padding, prefix])[len(prefix) :]

    def _weigh_prefixes(self) -> Float64[Tensor, " prefixes"]:
        """The probability of each prefix, given that a name begins with one of them."""
        logs = torch.stack([self._log_probability(prefix) for prefix in self.prefixes])
        if not bool(logs.isfinite().any()):
            narrow = {"top_k": self.parameters.top_k > 0, "top_p": self.parameters.top_p < 1}
            more = "".join(f", or raise `{name}`" for name, is_narrow in narrow.items() if is_narrow)
            raise SamplingError(f"The model gives this prefix probability 0. Choose another one{more}.")
        return logs.softmax(0)

    @torch.inference_mode()
    def _log_probability(self, prefix: Int64[Tensor, " prefix"]) -> Float64[Tensor, ""]:
        """ln p that a name begins with a prefix; p itself may be too small for a float."""
        if not len(prefix):
            return torch.zeros((), dtype=torch.float64)
        contexts = torch.stack([self._context_after(prefix[:place]) for place in range(len(prefix))])
        logs = self.model.log_probabilities(contexts).double()
        parameters = replace(self.parameters, min_p=0.0)  # a requested prefix may be improbable
        shaped = shape(logs, parameters).log() if parameters.top_p < 1 else after_temperature(logs, parameters)
        return shaped.gather(1, prefix[:, None]).sum()

    def _rows_by_prefix(self, rows: int) -> dict[int, list[tuple[Tensor, Tensor]]]:
        """By length of prefix: (prefix, rows that begin with it). Of several, one is drawn for each row."""
        if len(self.prefixes) == 1:
            return {len(self.prefixes[0]): [(self.prefixes[0], torch.arange(rows))]}
        every = torch.arange(rows)
        which = self.chooser(every, every, -1)(self.prefix_weights[None], torch.tensor([rows]))
        starting: dict[int, list[tuple[Tensor, Tensor]]] = {}
        for index, prefix in enumerate(self.prefixes):
            starting.setdefault(len(prefix), []).append((prefix, (which == index).nonzero().squeeze(1)))
        return starting

    def chooser(self, rows: Tensor, order: Tensor, place: int) -> Callable[[Tensor, Tensor], Tensor]:  # noqa: ARG002
        """The function that draws a token for each row of the next groups, from their probabilities and counts.

        `rows` of the block get a character at this place; `order` is their order in the groups.
        """
        return partial(draw_groups, generator=self.generator)

    def _draw_tokens(
        self, contexts: Int64[Tensor, "rows context"], rows: Int64[Tensor, " rows"], place: int
    ) -> tuple[Tensor, Int64[Tensor, " rows"]]:
        """The order of the rows by context, and one token for each row in that order."""
        vocab_size = self.model.vocabulary.size
        keys = contexts[:, 0] if contexts.shape[1] == 1 else pack_rows(contexts, vocab_size)
        keys, order = keys.to(self.next_token.key_dtype).sort(stable=True)
        distinct, counts = keys.unique_consecutive(return_counts=True)
        distinct = distinct.long()
        representatives = contexts.index_select(0, order.index_select(0, counts.cumsum(0) - 1))
        choose, tokens = self.chooser(rows, order, place), []
        at_once = max(1, CHUNK_NUMBERS // vocab_size)
        for part in zip(representatives.split(at_once), distinct.split(at_once), counts.split(at_once), strict=True):
            probabilities = self.next_token.probabilities(*part[:2])
            tokens.append(choose(probabilities, part[2]))
        return order, tokens[0] if len(tokens) == 1 else torch.cat(tokens)


def draw_groups(
    probabilities: Float[Tensor, "groups vocab"], counts: Int64[Tensor, " groups"], generator: torch.Generator
) -> Int64[Tensor, " rows"]:
    """Draw counts[g] tokens from each distribution g; the tokens are in the order of groups.

    Large groups have a call each; all other rows are drawn for together, as many at a time as memory allows.

    >>> sure = torch.eye(3)
    >>> draw_groups(sure, torch.tensor([2, 1, 2]), torch.Generator().manual_seed(1)).tolist()
    [0, 0, 1, 2, 2]
    """
    vocab_size = probabilities.shape[1]
    is_large = counts >= (LARGE_GROUP_NUMBERS // vocab_size if len(counts) > 1 else 1)
    large = is_large.nonzero().squeeze(1)
    if not len(large):
        return _draw_each(probabilities, torch.arange(len(counts)).repeat_interleave(counts), generator)
    ends = counts.cumsum(0)
    tokens = torch.empty(int(ends[-1]), dtype=torch.int64)
    for group, count, end in zip(*(t.tolist() for t in (large, counts[large], ends[large])), strict=True):
        drawn = torch.multinomial(probabilities[group], count, replacement=True, generator=generator)
        tokens[end - count : end] = drawn
    if len(large) < len(counts):
        groups = (~is_large).nonzero().squeeze(1)
        drawn = _draw_each(probabilities, groups.repeat_interleave(counts[groups]), generator)
        tokens[(~is_large).repeat_interleave(counts)] = drawn
    return tokens


def _draw_each(probabilities: Tensor, rows: Int64[Tensor, " rows"], generator: torch.Generator) -> Tensor:
    """One token for every row from its own distribution, as many rows at a time as memory allows.

    Two are drawn and the second is not used: for one token `torch.multinomial` takes a way that is five times slower.
    """
    parts = rows.split(max(1, CHUNK_NUMBERS // probabilities.shape[1]))
    drawn = [
        torch.multinomial(probabilities.index_select(0, part), 2, replacement=True, generator=generator)[:, 0]
        for part in parts
    ]
    return drawn[0] if len(drawn) == 1 else torch.cat(drawn)


@dataclass(eq=False)
class Block:
    """The rows of a block while they grow: (rows, position, tokens) in the order in which they were written."""

    code_points: Tensor  # of each token
    lengths: Tensor  # of the names that have ended
    written: list[tuple[Tensor, int, Tensor]] = field(default_factory=list)

    def names(self) -> Names:
        """The rows that have ended, in order. Others are written behind them, and cut off."""
        total = int(self.lengths.sum())
        starts = (self.lengths.cumsum(0) - self.lengths).masked_fill(self.lengths == 0, total)
        code_points = torch.empty(total + MAX_NAME_LENGTH + 1, dtype=torch.int32)
        for ids, place, tokens in self.written:
            places = starts.index_select(0, ids).add_(place)
            code_points.scatter_(0, places, self.code_points.index_select(0, tokens))
        return Names(code_points[:total], self.lengths[self.lengths > 0])


def growing_blocks(largest: int) -> Iterator[int]:
    """The sizes of blocks: small at first, for the first names to come quickly, then each four times the last."""
    rows = 256
    while True:
        yield min(rows, largest)
        rows = min(4 * rows, largest)
