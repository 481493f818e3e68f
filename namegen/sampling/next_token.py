"""The probabilities of the next token, after temperature, top-k and top-p, with those of recent contexts in a cache."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from namegen.corpus.packed_names import mix64, opens_group
from namegen.models.base import NameModel
from namegen.settings import SamplingParameters

CHUNK_NUMBERS = 1 << 22  # this many probabilities are handled at once: 16 MB
CACHE_NUMBERS = 1 << 23  # this many probabilities are cached: 32 MB
CONTEXTS_AT_ONCE = 1024  # that a model is asked for
SMALL_INTEGERS = (torch.uint8, torch.int16, torch.int32)


def shape(
    log_probabilities: Float[Tensor, "rows vocab"], parameters: SamplingParameters
) -> Float[Tensor, "rows vocab"]:
    """Probabilities after temperature, top-k, min-p and top-p, in this order; rows sum to 1.

    Min-p (Nguyen et al. 2024) drops tokens less probable than a share of the most probable one; top-p (Holtzman et al.
    2020) keeps the most probable tokens that add up to it. Of equally likely tokens the first ones come first.

    >>> shape(torch.tensor([[0.5, 0.3, 0.2]]).log(), SamplingParameters(top_k=2)).tolist()
    [[0.625, 0.375, 0.0]]
    """
    probabilities = after_temperature(log_probabilities, parameters).exp()
    if parameters.top_p < 1:
        ordered, order = probabilities.sort(stable=True, dim=1, descending=True)
        beyond = ordered.cumsum(1) - ordered >= parameters.top_p  # the tokens before it already hold enough
        probabilities = probabilities.masked_fill(beyond.scatter(1, order, beyond), 0)
        probabilities /= probabilities.sum(1, keepdim=True)
    return probabilities


def after_temperature(
    log_probabilities: Float[Tensor, "rows vocab"], parameters: SamplingParameters
) -> Float[Tensor, "rows vocab"]:
    """Log-probabilities after temperature, top-k and min-p."""
    if parameters.temperature != 1:
        log_probabilities = (log_probabilities / parameters.temperature).log_softmax(1)
    if 0 < parameters.top_k < log_probabilities.shape[1]:
        beyond = log_probabilities.sort(stable=True, dim=1, descending=True).indices[:, parameters.top_k :]
        log_probabilities = log_probabilities.scatter(1, beyond, -torch.inf).log_softmax(1)
    if parameters.min_p > 0:
        least = log_probabilities.max(1, keepdim=True).values + math.log(parameters.min_p)
        log_probabilities = log_probabilities.masked_fill(log_probabilities < least, -torch.inf).log_softmax(1)
    return log_probabilities


class NextToken:
    """The probabilities of the token after a context, cached in a table with a slot for each of `slots` hashes."""

    def __init__(self, model: NameModel, parameters: SamplingParameters) -> None:
        self.model = model
        self.parameters = parameters
        vocab_size = model.vocabulary.size
        self.contexts_at_once = min(CONTEXTS_AT_ONCE, max(1, CHUNK_NUMBERS // vocab_size))
        self.slots = 1 << max(1, (CACHE_NUMBERS // vocab_size).bit_length() - 1)
        self.keys = torch.full((self.slots,), -1)
        self.stored = torch.zeros(self.slots, vocab_size, dtype=torch.float32)
        contexts = vocab_size**model.context_size
        self.all_fit = contexts <= self.slots
        # Keys of fewer bytes are sorted faster: six times for a bigram.
        self.key_dtype = next((t for t in SMALL_INTEGERS if contexts <= torch.iinfo(t).max), torch.int64)
        # Beyond this `pack_rows` has to rank, and keys of different calls cannot be compared.
        self.keys_last = contexts <= 1 << 62

    def probabilities(
        self, contexts: Int64[Tensor, "distinct context"], keys: Int64[Tensor, " distinct"]
    ) -> Float[Tensor, "distinct vocab"]:
        """One row for each context; contexts are distinct, and `keys` are those of `pack_rows`."""
        if not self.keys_last:
            return self._compute(contexts)
        slots = keys if self.all_fit else mix64(keys) & (self.slots - 1)
        probabilities = self.stored.index_select(0, slots)
        missing = (self.keys[slots] != keys).nonzero().squeeze(1)
        if len(missing):
            fresh = self._compute(contexts[missing])
            probabilities[missing] = fresh
            slots, order = slots[missing].sort(stable=True)
            first = opens_group(slots)  # of several contexts with one slot
            slots, order = slots[first], order[first]
            self.keys[slots], self.stored[slots] = keys[missing][order], fresh[order]
        return probabilities

    def _compute(self, contexts: Tensor) -> Tensor:
        parts = [self.model.log_probabilities(part) for part in contexts.split(self.contexts_at_once)]
        return torch.cat([shape(part, self.parameters) for part in parts])
