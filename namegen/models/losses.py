"""The cross-entropy of any model on any names, in nats; the model computes each distinct context once."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts, distinct_rows
from namegen.corpus.packed_names import opens_group
from namegen.models.base import NameModel

TOKENS_COMPARED = 1 << 23  # of contexts that are compared at a time: 64 MiB
LOGITS_HELD = 1 << 23  # at a time: 32 MiB, whatever the size of the vocabulary
CONTEXTS_ASKED = 4096  # at a time


@torch.inference_mode()
def loss_of_counts(model: NameModel, ngrams: NgramCounts) -> float:
    """The mean cross-entropy over all n-grams counted, in nats per character. Their context is the model's."""
    contexts, targets = ngrams.windows[:, :-1], ngrams.windows[:, -1].long()
    opens = opens_group(contexts)
    total = 0.0
    for rows, log_probabilities, which in _few_at_a_time(model, contexts[opens], opens.cumsum(0) - 1):
        found = -log_probabilities[which, targets[rows]].double()
        total += float((found * ngrams.counts[rows]).sum())
    return total / int(ngrams.counts.sum())


def losses(model: NameModel, examples: Examples) -> Float64[Tensor, " examples"]:
    """The cross-entropy of each example: -ln p(target | context), in nats."""
    return losses_and_hits(model, examples)[0]


@torch.inference_mode()
def losses_and_hits(model: NameModel, examples: Examples) -> tuple[Float64[Tensor, " examples"], int]:
    """The loss of each example, and the number of targets that were the most probable token.

    The model computes each distinct context of a large chunk once.
    """
    found = torch.empty(len(examples), dtype=torch.float64)
    hits = 0
    chunk = max(1, TOKENS_COMPARED // (examples.context_size + 1))
    for start in range(0, len(examples), chunk):
        contexts, targets = examples.batch(slice(start, start + chunk))
        distinct, which = distinct_rows(contexts, examples.vocab_size)
        which, order = which.sort()
        for some, log_probabilities, context_of in _few_at_a_time(model, distinct, which):
            rows = order[some]
            found[start + rows] = -log_probabilities[context_of, targets[rows]].double()
            hits += int((log_probabilities.argmax(1)[context_of] == targets[rows]).sum())
    return found, hits


def _few_at_a_time(
    model: NameModel, distinct: Integer[Tensor, "distinct context"], which: Int64[Tensor, " rows"]
) -> Iterator[tuple[slice, Float[Tensor, "contexts vocab"], Int64[Tensor, " rows"]]]:
    """A few contexts at a time: the slice of their rows, their log-probabilities, and which of them each row has.

    `which` has the number of each row's context, in ascending order.
    """
    device = next(iter(model.state_dict().values())).device
    at_once = max(1, min(CONTEXTS_ASKED, LOGITS_HELD // model.vocabulary.size))
    ends = torch.bincount(which, minlength=len(distinct)).cumsum(0)
    done = 0
    for first in range(0, len(distinct), at_once):
        contexts = distinct[first : first + at_once]
        end = int(ends[first + len(contexts) - 1])
        yield slice(done, end), model.log_probabilities(contexts.long().to(device)).cpu(), which[done:end] - first
        done = end
