"""Drawing names from a model, with `torch.multinomial` and an explicit seeded generator.

Names are drawn in blocks, all names of a block a character at a time together. A block is always drawn to its end
and the sizes of blocks do not depend on how many names are wanted, so the first k names of a seed are the same
whether k or more are asked for. What is drawn is never bent: a prefix is conditioning, everything else rejection.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from namegen.corpus import MAX_NAME_LENGTH, first_of_each
from namegen.errors import SamplingError, UsageError
from namegen.evaluation import contains
from namegen.examples import distinct_rows
from namegen.models.base import Config, NameModel
from namegen.text import Names, hash_summand, mix64

FIRST_BLOCK = 256
CROWD = 64  # so many rows in one state are drawn by one call


@dataclass(frozen=True)
class SamplingOptions(Config):
    """How names are drawn."""

    temperature: float = 1.0  # below 1: safer names; above: wilder ones
    top_k: int = 0  # only the k most likely tokens (0: all)
    top_p: float = 1.0  # only the most likely tokens that together have this probability (nucleus)
    starts_with: str = ""
    batch_size: int = 8192  # names drawn together; 1 draws one character at a time from the generator
    allow_repeats: bool = False
    max_tries: int = 200_000  # so many draws in a row without a name to show, and the search is given up

    def __post_init__(self) -> None:
        self.check("temperature", 0.01, 100)
        self.check("top_k", 0, 1 << 21)
        self.check("top_p", 1e-6, 1)
        if len(self.starts_with) > MAX_NAME_LENGTH:
            raise UsageError(f"starts with: at most {MAX_NAME_LENGTH} characters are allowed.")
        self.check("batch_size", 1, 1 << 20)
        self.check("max_tries", 1, 1 << 62)


def sample(
    model: NameModel,
    n: int,
    generator: torch.Generator,
    options: SamplingOptions | None = None,
    exclude: Int64[Tensor, " hashes"] | None = None,
) -> Iterator[Names]:
    """Draw n names (0: without end), yielding them in blocks as they are found.

    `exclude` are sorted hashes of names that shall not come out. Repeats are left out unless allowed, at 8 bytes of
    memory a name. Raises `SamplingError` when too many draws in a row gave nothing; `VocabularyError` for a prefix
    with a character that the model does not know.
    """
    options = options or SamplingOptions()
    drawer = _Drawer(model, generator, options)
    seen = torch.empty(0, dtype=torch.int64)
    rows = min(FIRST_BLOCK, options.batch_size)
    found, tries, tries_in_vain = 0, 0, 0
    while True:
        drawn = drawer.draw(rows)
        accepted = drawn.complete
        if exclude is not None:
            accepted = accepted & ~contains(exclude, drawn.hashes)
        if not options.allow_repeats:
            accepted = accepted & first_of_each(drawn.hashes) & ~contains(seen, drawn.hashes)
            seen = torch.cat([seen, drawn.hashes[accepted]]).sort().values
        names = drawn.names(accepted)
        tries += rows
        tries_in_vain = 0 if len(names) else tries_in_vain + rows
        if n and found + len(names) >= n:
            yield names[: n - found]
            return
        found += len(names)
        if len(names):
            yield names
        elif tries_in_vain >= options.max_tries:
            wanted = f"{found:,} of {n:,} names" if n else f"{found:,} names"
            raise SamplingError(
                f"Found {wanted}; {tries:,} were drawn, the last {tries_in_vain:,} in vain. Ask for fewer, raise "
                "--temperature, or pass --allow-known or --allow-repeats."
            )
        rows = min(2 * rows, options.batch_size)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A block as it is drawn: tokens (rows, length), 0 after the end of a name."""

    model: NameModel
    tokens: Int64[Tensor, "rows length"]
    complete: Bool[Tensor, " rows"]
    hashes: Int64[Tensor, " rows"]

    def names(self, which: Bool[Tensor, " rows"]) -> Names:
        tokens = self.tokens[which]
        is_character = tokens > 0
        code_points = self.model.vocabulary.code_points[tokens[is_character]]
        return Names(code_points, is_character.sum(1))


@dataclass(eq=False)
class _Drawer:
    model: NameModel
    generator: torch.Generator
    options: SamplingOptions
    prefix: Int64[Tensor, " prefix"] = field(init=False)

    def __post_init__(self) -> None:
        self.prefix = self.model.vocabulary.encode([self.options.starts_with])

    @torch.inference_mode()
    def draw(self, rows: int) -> _Drawn:
        """Draw a block of names to the end of each."""
        context_size, start = self.model.context_size, len(self.prefix)
        tokens = torch.zeros(rows, context_size + MAX_NAME_LENGTH + 1, dtype=torch.int64)
        tokens[:, context_size : context_size + start] = self.prefix
        live = torch.arange(rows)
        for place in range(start, MAX_NAME_LENGTH + 1):
            end = context_size + place
            contexts = tokens[live, place:end]
            drawn = self._next(contexts)
            tokens[live, end] = drawn
            live = live[drawn > 0]
            if not len(live):
                break
        names = tokens[:, context_size : end + 1]
        complete = names[:, 0] > 0
        complete[live] = False
        return _Drawn(self.model, names, complete, self._hashes(names))

    def _next(self, contexts: Int64[Tensor, "rows context"]) -> Int64[Tensor, " rows"]:
        """One token for every row: the model is asked once for each distinct context."""
        distinct, state = distinct_rows(contexts, self.model.vocabulary.size)
        log_probabilities = torch.cat([self.model.log_probabilities(part) for part in distinct.split(8192)])
        return draw_tokens(shape(log_probabilities, self.options), state, self.generator)

    def _hashes(self, names: Int64[Tensor, "rows length"]) -> Int64[Tensor, " rows"]:
        """The hashes of the drawn names, the same as `Names.hashes`."""
        code_points = self.model.vocabulary.code_points.long()
        table = hash_summand(code_points[None, :], torch.arange(names.shape[1])[:, None])
        table[:, 0] = 0
        return mix64(table[torch.arange(names.shape[1]), names].sum(1))


def shape(log_probabilities: Float[Tensor, "rows vocab"], options: SamplingOptions) -> Float[Tensor, "rows vocab"]:
    """Probabilities after temperature, top-k and top-p (Holtzman et al. 2020), in this order."""
    if options.temperature != 1:
        log_probabilities = (log_probabilities / options.temperature).log_softmax(1)
    if 0 < options.top_k < log_probabilities.shape[1]:
        least = log_probabilities.topk(options.top_k).values[:, -1:]
        log_probabilities = log_probabilities.masked_fill(log_probabilities < least, -torch.inf)
    probabilities = log_probabilities.softmax(1)
    if options.top_p < 1:
        ordered, order = probabilities.sort(stable=True, dim=1, descending=True)
        beyond = ordered.cumsum(1) - ordered >= options.top_p  # the tokens before it already hold enough
        probabilities = probabilities.masked_fill(beyond.scatter(1, order, beyond), 0)
    return probabilities


def draw_tokens(
    probabilities: Float[Tensor, "states vocab"], state: Int64[Tensor, " rows"], generator: torch.Generator
) -> Int64[Tensor, " rows"]:
    """One token for every row, from the distribution of the row's state.

    States that many rows are in are drawn by one call each, all other rows by one call together.
    """
    crowds = torch.bincount(state, minlength=len(probabilities)) >= CROWD
    tokens = torch.empty_like(state)
    for crowd in crowds.nonzero().squeeze(1).tolist():
        rows = (state == crowd).nonzero().squeeze(1)
        tokens[rows] = torch.multinomial(probabilities[crowd], len(rows), replacement=True, generator=generator)
    rows = (~crowds[state]).nonzero().squeeze(1)
    if len(rows):
        drawn = torch.multinomial(probabilities[state[rows]], 1, replacement=True, generator=generator)
        tokens[rows] = drawn.squeeze(1)
    return tokens
