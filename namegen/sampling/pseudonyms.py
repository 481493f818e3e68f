"""The same name for the same key: names drawn with numbers that a key and a secret decide.

HMAC-SHA-256 (RFC 2104) turns a key into 64 bits, which nobody can compute without the secret; mixed with the number of
the attempt and the place in the name they are the uniform numbers with which a name is drawn, by inverse transform of
the model's distribution of each next character. All keys of a batch are drawn for at once.

A key gets the first of its names that no key before it has. In each round every key without a name asks for its next
one, and a name goes to the earliest key that asked for it: the deferred acceptance of Gale & Shapley (1962), which ends
as if the keys had chosen one after the other. So what comes later never changes the name of a key.
"""

import hmac
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from namegen.corpus.hash_set import HashSet
from namegen.corpus.packed_names import Names, join_texts, mix64, opens_group
from namegen.errors import SamplingError, UsageError
from namegen.files.model_file import ModelFile
from namegen.sampling.casing import change_case
from namegen.sampling.filter import KnownNames, NameFilter, known_names
from namegen.sampling.generator import NameGenerator
from namegen.settings import DrawSettings

KEYS_AT_ONCE = 1 << 16
MOST_AT_ONCE = 1 << 12  # samples for a few keys that make several attempts in a round
MOST_ATTEMPTS = 10_000  # of a key
MANY_ATTEMPTS, FEW_KEYS = 64, 16  # after this many, only the first few keys go on: if one fails, so do all after it
BITS = 32  # of a uniform number


class KeyedGenerator(NameGenerator):
    """Draws names with numbers that seeds decide."""

    seeds: Int64[Tensor, " rows"]

    def draw_for(self, seeds: Int64[Tensor, " rows"]) -> tuple[Names, Int64[Tensor, " names"]]:
        """The names drawn with these seeds, and the places of those whose names ended."""
        self.seeds = seeds
        block = self.draw_block(len(seeds))
        return block.names(), block.lengths.nonzero().squeeze(1)

    def chooser(self, rows: Tensor, order: Tensor, place: int) -> Callable[[Tensor, Tensor], Tensor]:
        """What chooses a token for each row of the next groups: the inverse of their cumulative sums."""
        numbers = mix64(self.seeds[rows[order]] + mix64(torch.tensor(place))) & ((1 << BITS) - 1)
        begun = 0

        def choose(probabilities: Float[Tensor, "groups vocab"], counts: Int64[Tensor, " groups"]) -> Tensor:
            nonlocal begun
            groups = torch.arange(len(counts)).repeat_interleave(counts)
            sums = probabilities.double().cumsum(1)
            ends = (sums / sums[:, -1:] * (1 << BITS)).round().long() + (torch.arange(len(counts))[:, None] << BITS)
            asked = numbers[begun : begun + len(groups)] + (groups << BITS)
            begun += len(groups)
            return torch.searchsorted(ends.flatten(), asked, right=True) - groups * probabilities.shape[1]

        return choose


class Pseudonyms:
    """Names for keys, different for different keys; the same for the same key, secret, model and settings.

    Raises what `Sampler` raises, and `UsageError` for an empty secret.

    >>> import namegen
    >>> model = namegen.train("irish", model="bigram")
    >>> few, many = Pseudonyms(model, b"secret"), Pseudonyms(model, b"secret")
    >>> few.names_of(["ann", "bob", "ann"]) == many.names_of(["ann", "bob", "ann", "cleo"])[:3]
    True
    """

    def __init__(
        self,
        trained: ModelFile,
        secret: bytes,
        settings: DrawSettings = DrawSettings(),
        known: KnownNames | None = None,
    ) -> None:
        if not secret:
            raise UsageError("The secret is empty. Give one that nobody can guess, such as 32 random bytes.")
        settings = settings.within(trained.record.usual_lengths)
        self.secret = secret
        self.case = trained.record.case if settings.case == "keep" else settings.case
        self.filter = NameFilter(settings, trained.model.vocabulary, known or known_names(trained, settings))
        self.generator = KeyedGenerator(trained.model, torch.Generator(), settings, self.filter)
        self.taken = HashSet(self.filter.taken)  # known names, and those of keys
        self.names: dict[str, str] = {}  # of all keys so far

    def names_of(self, keys: Iterable[str]) -> list[str]:
        """The name of each key; the keys choose in this order.

        Raises `SamplingError` for a key that finds none; those before it have theirs in `names`.
        """
        keys = list(keys)
        join_texts("", keys)
        new = [key for key in dict.fromkeys(keys) if key not in self.names]
        for first in range(0, len(new), KEYS_AT_ONCE):
            part = new[first : first + KEYS_AT_ONCE]
            names = change_case(self.filter.compared(self._choose(self._seeds(part))), self.case)
            self.names.update(zip(part, names, strict=False))
            if len(names) < len(part):
                raise SamplingError(
                    f"Only the first {len(self.names):,} different keys found names of their own; the next one made "
                    f"{MOST_ATTEMPTS:,} attempts. "
                    "Loosen the constraints, raise `temperature`, pass `raw=True` or use a longer list."
                )
        return [self.names[key] for key in keys]

    def _seeds(self, keys: list[str]) -> Int64[Tensor, " keys"]:
        digests = (hmac.digest(self.secret, key.encode(errors="surrogateescape"), "sha256") for key in keys)
        return torch.frombuffer(bytearray(b"".join(digest[:8] for digest in digests)), dtype=torch.int64)

    def _choose(self, seeds: Int64[Tensor, " keys"]) -> Names:
        """The names of new keys, up to the first that finds none."""
        attempts, held, places = (torch.zeros_like(seeds) for _ in range(3))  # the next; hash and place in `drawn`
        has_name = torch.zeros(len(seeds), dtype=torch.bool)
        waiting, drawn, count, tries = torch.arange(len(seeds)), [Names.of([])], 0, 1
        while len(waiting):
            tries = min(2 * tries, max(1, MOST_AT_ONCE // len(waiting)))
            keys = waiting.repeat_interleave(tries)
            numbers = attempts[keys] + torch.arange(tries).repeat(len(waiting))
            names, rows = self._draw(mix64(seeds[keys] + mix64(numbers)))
            first = opens_group(keys[rows])  # of each key the first name that it could have
            names, rows = names.select(first), rows[first]
            asking = keys[rows]
            attempts[waiting] += tries
            attempts[asking] = numbers[rows] + 1
            held[asking], places[asking] = self.filter.hashes(names), count + torch.arange(len(rows))
            has_name[asking] = True
            drawn.append(names)
            count += len(names)
            owners = has_name.nonzero().squeeze(1)
            hashes, order = held[owners].sort(stable=True)
            has_name[owners[order[~opens_group(hashes)]]] = False  # to whom an earlier key is preferred
            waiting = self._next_to_ask(has_name, attempts)
        named = int(has_name.long().cumprod(0).sum())
        self.taken.add(held[:named])
        return Names.join(drawn).select(places[:named])

    def _next_to_ask(self, has_name: Bool[Tensor, " keys"], attempts: Int64[Tensor, " keys"]) -> Tensor:
        """The keys that ask in the next round: those without a name that are before one that failed."""
        waiting = (~has_name).nonzero().squeeze(1)
        failed = attempts[waiting] >= MOST_ATTEMPTS
        waiting = waiting[failed.cumsum(0) == 0]
        tried = attempts[waiting] >= MANY_ATTEMPTS
        return waiting[~tried | (tried.cumsum(0) <= FEW_KEYS)]

    def _draw(self, seeds: Int64[Tensor, " rows"]) -> tuple[Names, Int64[Tensor, " names"]]:
        """The names drawn with these seeds that are accepted and that no earlier key has, and their places."""
        names, rows = self.generator.draw_for(seeds)
        accepted = self.filter.accepts(names, self.taken)
        return names.select(accepted), rows[accepted]
