"""The most probable names of a model, exactly and in order.

A name is at most as probable as any of its prefixes, since each further character multiplies its probability by at
most 1. So prefixes are expanded best first, many at a time, and a name is certainly one of the n best when no more
probable prefix is left. Of too many prefixes the less probable half is dropped; names that are less probable than a
dropped prefix are not certain.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from namegen.corpus.hash_set import HashSet
from namegen.corpus.ngram_counts import distinct_rows
from namegen.corpus.packed_names import Names
from namegen.corpus.vocabulary import BOUNDARY
from namegen.models.base import NameModel
from namegen.sampling.filter import KnownNames, NameFilter
from namegen.settings import Constraints

MAX_PREFIXES = 200_000  # expanded before the search is given up
MOST_KEPT = 32 << 20  # bytes of prefixes; sorting them takes a few times as much
LARGEST_BATCH = 4096
CHILDREN_AT_ONCE = 32 << 20  # bytes
BYTES_BESIDE = 64  # of a child, beside its tokens


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Names and the natural logarithm of the probability of each, most probable first, ties by spelling.

    `names` are in the model's letters. `complete`: these are all that were requested, or all there are. `expanded`: the
    number of prefixes expanded. `bound`: where it was given up, the highest log-probability that another name can have.
    """

    names: Names
    log_probabilities: Float64[Tensor, " names"]
    complete: bool
    expanded: int
    bound: float = -torch.inf

    def failure(self, n: int, apart: int = 1) -> str:
        """The error message where the search for n names, `apart` edits from each other, was given up."""
        return (
            f"The search was given up after {self.expanded:,} prefixes; {len(self.names):,} of {n:,} names are "
            f"certain. Request fewer names{', lower `apart`' if apart > 1 else ''}, or narrow the search with "
            "`starts_with` or `max_length`."
        )


def most_probable(
    model: NameModel,
    n: int,
    constraints: Constraints | None = None,
    known: KnownNames | None = None,
    max_prefixes: int = MAX_PREFIXES,
) -> SearchResult:
    """The n most probable names that meet the constraints and are not known.

    Fewer, and not `complete`, where `max_prefixes` were not enough: then those that are certain. Fewer, and complete,
    where there are no more such names. Raises `VocabularyError` for a character that the model does not know.
    """
    name_filter = NameFilter(constraints or Constraints(), model.vocabulary, known)
    return search(model, name_filter, name_filter.prefixes, max_prefixes, n)


def search(
    model: NameModel, name_filter: NameFilter, prefixes: tuple[str, ...], max_prefixes: int, n: int
) -> SearchResult:
    """As `most_probable`, of the names that begin with one of these prefixes, none of which begins another."""
    names = _Search(model, n, name_filter, prefixes)
    batch = 64
    # Until no prefix is left that could become one of the n best names, or tie with the last of them.
    while names.bound > -torch.inf and names.bound >= names.least_kept:
        if names.expanded > max_prefixes or names.frontier.best() <= names.dropped:
            return names.result(complete=False)
        names.step(batch)
        batch = min(2 * batch, LARGEST_BATCH)
    return names.result(complete=True)


@dataclass(frozen=True, eq=False)
class _Prefixes:
    """Prefixes, their lengths and log-probabilities; tokens (prefixes, width) end with 0 where they are shorter."""

    tokens: Tensor
    lengths: Tensor
    logs: Tensor

    def __len__(self) -> int:
        return len(self.logs)

    @property
    def nbytes(self) -> int:
        return self.tokens.nbytes + self.lengths.nbytes + self.logs.nbytes

    def best(self) -> float:
        return float(self.logs.max()) if len(self) else -torch.inf

    def at(self, which: Tensor) -> "_Prefixes":
        return _Prefixes(self.tokens[which], self.lengths[which], self.logs[which])

    def and_also(self, others: "_Prefixes") -> "_Prefixes":
        width = max(self.tokens.shape[1], others.tokens.shape[1])
        tokens = torch.cat([_widened(some.tokens, width) for some in (self, others)])
        return _Prefixes(tokens, torch.cat([self.lengths, others.lengths]), torch.cat([self.logs, others.logs]))

    def names(self, model: NameModel) -> Names:
        within = torch.arange(self.tokens.shape[1]) < self.lengths[:, None]
        return Names(model.vocabulary.code_points[self.tokens[within].long()], self.lengths)


def _widened(tokens: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(tokens, (0, width - tokens.shape[1]))


class _Search:
    """`frontier`: prefixes not yet expanded; `best`: complete names; `dropped`: ln p of the best prefix dropped."""

    def __init__(self, model: NameModel, n: int, name_filter: NameFilter, prefixes: tuple[str, ...]) -> None:
        self.model, self.n, self.filter = model, n, name_filter
        self.expanded, self.dropped = 0, -torch.inf
        dtype, nothing = model.vocabulary.token_dtype, torch.empty(0, dtype=torch.int64)
        self.best = self.frontier = _Prefixes(torch.empty(0, 1, dtype=dtype), nothing, nothing.double())
        for prefix in prefixes:
            self.frontier = self.frontier.and_also(self._spelled(prefix))

    @property
    def bound(self) -> float:
        """The highest log-probability that a name not found yet can have."""
        return max(self.frontier.best(), self.dropped)

    @property
    def least_kept(self) -> float:
        return float(self.best.logs[self.n - 1]) if len(self.best) >= self.n else -torch.inf

    @torch.inference_mode()
    def step(self, batch: int) -> None:
        """Expand the best prefixes: each becomes a complete name, and prefixes one character longer."""
        bytes_each = self.model.vocabulary.size * (self.frontier.tokens.shape[1] + BYTES_BESIDE)
        batch = min(batch, len(self.frontier), max(1, CHILDREN_AT_ONCE // bytes_each))
        logs, which = self.frontier.logs.topk(batch)
        which = which[logs >= self.least_kept]
        taken = self.frontier.at(which)
        rest = torch.ones(len(self.frontier), dtype=torch.bool)
        rest[which] = False
        self.expanded += len(taken)
        logs = taken.logs[:, None] + self._next_logs(taken)
        self._add_names(_Prefixes(taken.tokens, taken.lengths, logs[:, BOUNDARY]))
        left = self.frontier.at(rest & (self.frontier.logs >= self.least_kept))
        self.frontier = left.and_also(self._children(taken, logs))
        if self.frontier.nbytes > MOST_KEPT:  # keep the more probable half
            order = self.frontier.logs.sort(descending=True).indices
            half = len(order) // 2
            self.dropped = max(self.dropped, float(self.frontier.logs[order[half]]))
            self.frontier = self.frontier.at(order[:half])

    def result(self, *, complete: bool) -> SearchResult:
        """The n best names, or those among them that are certain."""
        best = self.best.at(torch.arange(min(self.n, len(self.best))))
        if not complete:
            best = best.at(best.logs > self.bound)
        bound = -torch.inf if complete else self.bound
        return SearchResult(best.names(self.model), best.logs, complete, self.expanded, bound)

    def _next_logs(self, prefixes: _Prefixes) -> Float64[Tensor, "prefixes vocab"]:
        size = self.model.context_size
        padded = torch.nn.functional.pad(prefixes.tokens.long(), (size, 0))
        contexts = padded.gather(1, prefixes.lengths[:, None] + torch.arange(size))
        distinct, which = distinct_rows(contexts, self.model.vocabulary.size)
        return self.model.log_probabilities(distinct)[which].double()

    def _children(self, taken: _Prefixes, logs: Tensor) -> _Prefixes:
        """The prefixes one character longer that may still lead to a name that meets the constraints."""
        continues = (logs >= self.least_kept) & (logs > -torch.inf) & ~self.filter.banned
        continues[:, BOUNDARY] = False
        continues &= (taken.lengths < self.filter.max_length)[:, None]
        parents, tokens = continues.nonzero(as_tuple=True)
        lengths = taken.lengths[parents]
        longest = int(lengths.max()) + 1 if len(lengths) else 0
        grown = _widened(taken.tokens[parents], max(taken.tokens.shape[1], longest))
        grown[torch.arange(len(parents)), lengths] = tokens.to(grown.dtype)
        children = _Prefixes(grown, lengths + 1, logs[parents, tokens])
        if self.filter.pattern:
            children = children.at(self.filter.pattern.can_begin(self.filter.compared(children.names(self.model))))
        if blocked := self.filter.known.others.blocked:
            children = children.at(~blocked.found_in(children.names(self.model)))
        return children

    def _add_names(self, candidates: _Prefixes) -> None:
        """Add the complete names that meet the constraints and are among the n best so far."""
        logs = candidates.logs
        candidates = candidates.at((candidates.lengths > 0) & (logs >= self.least_kept) & (logs > -torch.inf))
        accepted = self.filter.accepts(candidates.names(self.model), HashSet(self.filter.taken))
        best = self.best.and_also(candidates.at(accepted))
        order = torch.arange(len(best))
        for column in reversed(best.tokens.unbind(1)):  # vocabularies are in the order of code points
            order = order[column[order].sort(stable=True).indices]
        order = order[best.logs[order].sort(stable=True, descending=True).indices]
        kept = best.at(order)
        if self.filter.folds or self.filter.ascii:  # of names that are one as they are compared the most probable
            kept = kept.at(HashSet().new(self.filter.hashes(kept.names(self.model))))
        tied = kept.logs >= kept.logs[min(self.n, len(kept)) - 1] if len(kept) else order.bool()
        self.best = kept.at(tied)

    def _spelled(self, prefix: str) -> _Prefixes:
        """A prefix that the search begins with, and its probability."""
        tokens = self.model.vocabulary.encode([prefix])
        rows = tokens.repeat(len(tokens) + 1, 1)
        steps = _Prefixes(rows, torch.arange(len(rows)), torch.zeros(len(rows), dtype=torch.float64))
        logs = self._next_logs(steps)[torch.arange(len(tokens)), tokens].sum() if len(tokens) else torch.zeros(())
        spelled = _widened(tokens[None].to(self.model.vocabulary.token_dtype), max(1, len(tokens)))
        return _Prefixes(spelled, torch.tensor([len(tokens)]), logs.double().reshape(1))
