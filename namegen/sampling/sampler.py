"""Drawing names from a model, with `torch.multinomial` and an explicit seeded generator.

Names are drawn in blocks, and what is not wanted is thrown away. A block is always drawn to its end and the sizes of
blocks do not depend on how many names are wanted, so the first k names of a seed are the same whether k or more are
asked for. What is drawn is never bent: a prefix is conditioning, everything else rejection.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Int64
from torch import Tensor

from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names
from namegen.errors import SamplingError, setting
from namegen.models.base import NameModel
from namegen.sampling.casing import Case
from namegen.sampling.constraints import Constraints
from namegen.sampling.filter import NameFilter
from namegen.sampling.generator import NameGenerator, Shaping, growing_blocks


@dataclass(frozen=True)
class SamplingOptions(Constraints, Shaping):
    """What names shall be like, and how they are drawn."""

    case: Case = "keep"  # how names are shown; in another case than the model's, pieces are met in either
    allow_repeats: bool = False
    batch_size: int = 1 << 17  # names drawn together; 1 draws one character at a time from the generator
    max_tries: int = 200_000  # so many draws in a row without a name to show, and the search is given up

    def __post_init__(self) -> None:
        Shaping.__post_init__(self)
        Constraints.__post_init__(self)
        self.check_choice("case", get_args(Case))
        self.check("batch_size", 1, 1 << 20)
        self.check("max_tries", 1, 1 << 62)


class Sampler(Iterator[Names]):
    """Blocks of names, as they are found, until there are n of them (0: without end).

    `exclude` are sorted hashes of names that shall not come out. Repeats are left out unless allowed, at 8 bytes of
    memory a name. `found` and `tried` count the names that came out and the draws so far; `model_names` are those of
    the last block as the model spells them, which `case` may have changed.

    `next` raises `SamplingError` when too many draws in a row gave nothing, `UsageError` for a pattern that takes too
    long; making one raises `VocabularyError` for a character that the model does not know.

    >>> from namegen.models import Bigram, BigramConfig
    >>> from namegen.corpus.vocabulary import Vocabulary
    >>> uniform = Bigram(BigramConfig(), Vocabulary("ab"))
    >>> sampler = Sampler(uniform, 3, torch.Generator().manual_seed(1), SamplingOptions(max_length=1))
    >>> next(sampler).lines().split()
    ['a', 'b']
    >>> next(sampler)
    Traceback (most recent call last):
    namegen.errors.SamplingError: Found 2 of 3 names; ...
    """

    def __init__(
        self,
        model: NameModel,
        n: int,
        generator: torch.Generator,
        options: SamplingOptions | None = None,
        exclude: Int64[Tensor, " hashes"] | None = None,
    ) -> None:
        self.n = n
        self.options = options or SamplingOptions()
        self.wanted = NameFilter(self.options, self.options.case, model.vocabulary, exclude)
        self.found = 0
        self.tried = 0
        self.model_names = Names.of([])
        self._drawer = NameGenerator(model, generator, self.options, self.wanted.early)
        self._sizes = growing_blocks(self.options.batch_size)
        self._spent = HashSet(exclude)

    def __next__(self) -> Names:
        tried_before = self.tried
        while not self.n or self.found < self.n:
            rows = next(self._sizes)
            names, model_names = self._wanted(self._drawer.draw(rows))
            self.tried += rows
            if len(names):
                if self.n and len(names) > self.n - self.found:
                    last = slice(self.n - self.found)
                    names, model_names = names[last], model_names[last]
                self.found += len(names)
                self.model_names = model_names
                return names
            if self.tried - tried_before >= self.options.max_tries:
                raise SamplingError(self._failure(self.tried - tried_before))
        raise StopIteration

    def _wanted(self, names: Names) -> tuple[Names, Names]:
        """Those of the names drawn that may come out, as they are shown and as the model spells them."""
        once = not self.options.allow_repeats
        is_respelled = self.options.case != "keep"
        shown = self.wanted.shown(names)
        if self.wanted.is_choosy:
            kept = self.wanted.keep(names, shown)
            names = names.select(kept)
            shown = shown.select(kept) if is_respelled else names
        hashes = shown.hashes()
        wanted = self._spent.new(hashes) if once and not is_respelled else ~self.wanted.is_known(names, hashes)
        if self.options.pattern:
            wanted[wanted.clone()] = self.wanted.match(shown.select(wanted))
        if once and is_respelled:  # last, since of several that are shown alike some may be unwanted
            wanted[wanted.clone()] = self._spent.new(hashes[wanted])
        if once:
            self._spent.add(hashes[wanted])
        if not bool(wanted.all()):
            names = names.select(wanted)
            shown = shown.select(wanted) if is_respelled else names
        return shown, names

    def _failure(self, in_vain: int) -> str:
        found = f"{self.found:,} of {self.n:,} names" if self.n else f"{self.found:,} names"
        options = self.options
        ways_out = ["ask for fewer"] if self.n else []
        ways_out += ["wish for less"] if options.wishes else []
        may_be_hotter = options.top_k != 1 and options.temperature < 100
        narrow = {"top_k": options.top_k > 0, "top_p": options.top_p < 1, "temperature": may_be_hotter}
        ways_out += [f"raise {setting(name)}" for name, is_narrow in narrow.items() if is_narrow]
        ways_out += [f"pass {setting('allow_known', True)}"] if self.wanted.known is not None else []
        ways_out += [f"pass {setting('allow_repeats', True)}"] if not options.allow_repeats and self.found else []
        said = f"Found {found}; {self.tried:,} were drawn, the last {in_vain:,} in vain."
        way_out = " or ".join(filter(None, [", ".join(ways_out[:-1]), ways_out[-1]]))
        return f"{said} {way_out[0].upper()}{way_out[1:]}."
