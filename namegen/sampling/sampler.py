"""Sampling new names from a model, with an explicit seeded generator.

Names are drawn in blocks, and those that do not meet the constraints are rejected. Blocks are always drawn completely,
and their sizes do not depend on how many names are requested, so the first k names of a seed are the same however many
are requested. Prefixes are conditioned on and all else is rejection sampling, so the distribution is the model's own,
given the constraints.
"""

from collections.abc import Iterator

import torch

from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names
from namegen.errors import SamplingError
from namegen.files.model_file import ModelFile
from namegen.models.base import NameModel
from namegen.sampling.filter import KnownNames, NameFilter, constrained, known_names
from namegen.sampling.generator import NameGenerator, growing_blocks
from namegen.sampling.variety import LARGEST_BLOCK, Variety
from namegen.settings import MAX_NAME_LENGTH, DrawSettings, SampleSettings, SamplingSettings


class Sampler(Iterator[Names]):
    """Blocks of names in the model's letters, until there are n names (0: without end).

    Names in `known` are rejected, and repeats unless they are allowed, at 8 bytes of memory a name. `found` and `tried`
    count the accepted names and the samples drawn.

    `next` raises `SamplingError` when too many samples in a row were rejected, `UsageError` for a pattern that takes
    too long; the constructor raises `VocabularyError` for a character that the model does not know.
    """

    def __init__(
        self,
        model: NameModel,
        n: int,
        generator: torch.Generator,
        settings: SamplingSettings | None = None,
        known: KnownNames | None = None,
    ) -> None:
        self.n = n
        self.usual_lengths: dict[str, int] = {}  # those of the settings that nobody chose
        self.settings = settings or SamplingSettings()
        self.filter = NameFilter(self.settings, model.vocabulary, known)
        self.found = 0
        self.tried = 0
        self._generator = NameGenerator(model, generator, self.settings, self.filter)
        varied = self.settings.are_varied
        self._variety = Variety(self.settings, self.folded) if varied else None
        self._sizes = growing_blocks(min(self.settings.batch_size, LARGEST_BLOCK if varied else 1 << 20))
        self._seen = HashSet(self.filter.taken)  # known names, and those accepted

    def __next__(self) -> Names:
        tried_before = self.tried
        while not self.n or self.found < self.n:
            rows = next(self._sizes)
            names = self._filtered(self._generator.draw(rows))
            self.tried += rows
            names = self._variety.take(names, rows) if self._variety else names
            if len(names):
                names = names[: self.n - self.found] if self.n else names
                self.found += len(names)
                return names
            if self.tried - tried_before >= self.settings.max_tries:
                raise SamplingError(self._failure(self.tried - tried_before))
        raise StopIteration

    def folded(self, names: Names) -> Names:
        """Names as their differences are counted."""
        return self.filter.compared(names).folded()

    def _filtered(self, names: Names) -> Names:
        """The drawn names that are accepted."""
        if not self.filter.asks_nothing:
            names = names.select(self.filter.keep(names))
        hashes = self.filter.hashes(names)
        once = not self.settings.allow_repeats
        may_come = self._seen.new(hashes) if once else ~self._seen.hold(hashes)
        if self.filter.takes_time:
            may_come[may_come.clone()] = self.filter.match(names.select(may_come))
        if once:
            self._seen.add(hashes[may_come])
        return names if bool(may_come.all()) else names.select(may_come)

    def _failure(self, rejected: int) -> str:
        found = f"{self.found:,} of {self.n:,} names" if self.n else f"{self.found:,} name{'s' * (self.found != 1)}"
        settings, known, usual = self.settings, self.filter.known, self.usual_lengths
        chosen = [f"`{name}`" for name in constrained(settings) if name not in (*usual, "ascii")]
        lengths = {name: f"`{name}` (by default {length}, from the list)" for name, length in usual.items()}
        helps = {
            "request fewer names": self.n,
            f"loosen {' or '.join(chosen)}": chosen,
            f"lower {lengths.get('min_length')}": usual.get("min_length", 1) > 1,
            f"raise {lengths.get('max_length')}": usual.get("max_length", MAX_NAME_LENGTH) < MAX_NAME_LENGTH,
            "lower `min_p`": settings.min_p > DrawSettings.min_p,
            "raise `top_k`": settings.top_k,
            "raise `top_p`": settings.top_p < 1,
            "raise `temperature`": settings.top_k != 1 and settings.temperature < 100,
            "lower `apart`": settings.apart > 1,
            "shorten `not_in`": len(known.others.hashes),
            "shorten `excludes_from`": known.others.blocked,
            "lower `min_distance`": known.min_distance > 1,
            "pass `allow_known=True`": len(known.hashes),
            "pass `allow_repeats=True`": not settings.allow_repeats and settings.apart == 1 and self.found,
        }
        hints = [hint for hint, may_help in helps.items() if may_help]
        said = f"Found {found}; {self.tried:,} samples were drawn, the last {rejected:,} were all rejected."
        hint = " or ".join(filter(None, [", ".join(hints[:-1]), hints[-1]]))
        return f"{said} {hint[0].upper()}{hint[1:]}."


def sampler_of(trained: ModelFile, settings: SampleSettings, known: KnownNames | None = None) -> Sampler:
    """The names of a model as a user asks for them: in the usual lengths, and none that is on its list.

    `known` are the names that must not be generated, where they were read before.
    """
    asked, settings = settings, settings.within(trained.record.usual_lengths)
    generator = torch.Generator().manual_seed(settings.seed)
    sampler = Sampler(trained.model, settings.n, generator, settings, known or known_names(trained, settings))
    lengths = {name: getattr(settings, name) for name in ("min_length", "max_length") if not getattr(asked, name)}
    sampler.usual_lengths = lengths
    return sampler


def draw_names(model: NameModel, n: int, seed: int) -> Names:
    """n names from the model's own distribution, known names and repeats included. Raises `SamplingError`."""
    settings = SamplingSettings(allow_repeats=True)
    return Names.join([*Sampler(model, n, torch.Generator().manual_seed(seed), settings)])
