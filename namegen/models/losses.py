"""The cross-entropy of any model on any names, in nats; the model computes each distinct context once."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64, Int64
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
    firsts, which = opens.nonzero().squeeze(1), opens.cumsum(0) - 1
    asked_at_once = max(1, min(CONTEXTS_ASKED, LOGITS_HELD // model.vocabulary.size))
    total = 0.0
    for place in range(0, len(firsts), asked_at_once):
        asked = firsts[place : place + asked_at_once]
        end = int(firsts[place + len(asked)]) if place + len(asked) < len(firsts) else len(contexts)
        rows = slice(int(asked[0]), end)
        log_probabilities = model.log_probabilities(contexts[asked].long())
        found = -log_probabilities[which[rows] - place, targets[rows]].double()
        total += float((found * ngrams.counts[rows]).sum())
    return total / int(ngrams.counts.sum())


def losses(model: NameModel, examples: Examples) -> Float64[Tensor, " examples"]:
    """The cross-entropy of each example: -ln p(target | context), in nats."""
    found = torch.empty(len(examples), dtype=torch.float64)
    for rows, targets, log_probabilities, which in predictions(model, examples):
        found[rows] = -log_probabilities[which, targets].double()
    return found


Predictions = tuple[
    Int64[Tensor, " rows"], Int64[Tensor, " rows"], Float[Tensor, "contexts vocab"], Int64[Tensor, " rows"]
]


@torch.inference_mode()
def predictions(model: NameModel, examples: Examples) -> Iterator[Predictions]:
    """Some examples at a time: their indices and targets, the log-probabilities of contexts, the row of each example.

    The model computes each distinct context of a large chunk once, so few at a time that the logits never take more
    than `LOGITS_HELD` numbers.
    """
    device = next(iter(model.state_dict().values())).device
    contexts_asked = max(1, min(CONTEXTS_ASKED, LOGITS_HELD // examples.vocab_size))
    chunk = max(1, TOKENS_COMPARED // (examples.context_size + 1))
    for start in range(0, len(examples), chunk):
        contexts, targets = examples.batch(slice(start, start + chunk))
        distinct, which = distinct_rows(contexts, examples.vocab_size)
        which, order = which.sort()
        ends = torch.bincount(which, minlength=len(distinct)).cumsum(0)
        done = 0
        for first in range(0, len(distinct), contexts_asked):
            part = distinct[first : first + contexts_asked]
            end = int(ends[first + len(part) - 1])
            rows = order[done:end]
            log_probabilities = model.log_probabilities(part.to(device)).cpu()
            yield start + rows, targets[rows], log_probabilities, which[done:end] - first
            done = end
