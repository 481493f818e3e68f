"""Several processes as one training, on torch's own distributed engine: `torchrun --nproc-per-node=2 -m namegen train`.

Every process reads the list and works on its part of it. What a part gives is summed over all of them: the gradient of
each step, in one all-reduce of the flat gradient, and the tallies of count models. So all hold the same model at every
step, and the first of them alone writes and speaks. In a single process everything here does nothing.

This room knows torch.distributed and nothing of models.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch import distributed as dist

from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.errors import UsageError


def asked_for() -> bool:
    """Whether torchrun started this process as one of several. Raises `UsageError` for a number that is none."""
    processes = os.environ.get("WORLD_SIZE", "1")
    if not processes.isdecimal():
        raise UsageError(f"WORLD_SIZE is {processes!r}, which is no number of processes. Unset it, or use torchrun.")
    return int(processes) > 1


@contextmanager
def group(device: str) -> Iterator[None]:
    """Join the processes that torchrun started, for as long as the context lasts. Raises `UsageError` without them."""
    if not asked_for():
        yield
        return
    try:
        if device == "cuda":
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"WORLD_SIZE is set, but the processes cannot meet ({error}). Start them by torchrun."
        ) from error
    try:
        yield
    finally:
        dist.destroy_process_group()


def size() -> int:
    """How many processes work together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def sum_over_processes(tensor: Tensor) -> Tensor:
    """Add up a tensor over all processes, in place."""
    if size() > 1:
        dist.all_reduce(tensor)
    return tensor


def any_process(wish: bool, device: torch.device) -> bool:
    """Whether any process has this wish, so that all do the same."""
    return bool(sum_over_processes(torch.tensor(int(wish), device=device))) if size() > 1 else wish


def own_part(names: Names) -> Names:
    """The names that this process works on: every `size`-th."""
    return names if size() == 1 else names[rank() :: size()]


def merged(tally: NgramCounts, vocab_size: int) -> NgramCounts:
    """The tally of all parts, exactly that of a single process."""
    if size() == 1:
        return tally
    windows, counts = gathered(tally.windows), gathered(tally.counts)
    return NgramCounts.merge([NgramCounts(*both) for both in zip(windows, counts, strict=True)], vocab_size)


def gathered(tensor: Tensor) -> list[Tensor]:
    """The tensors of all processes, which may differ in length, and travel as bytes."""
    if size() == 1:
        return [tensor]
    sizes = _all_gather(torch.tensor([len(tensor)]))
    padded = tensor.new_zeros(int(max(sizes)), *tensor.shape[1:])
    padded[: len(tensor)] = tensor
    found = _all_gather(padded.view(-1).view(torch.uint8))
    return [part.view(tensor.dtype).view(padded.shape)[: int(n)] for part, n in zip(found, sizes, strict=True)]


def _all_gather(tensor: Tensor) -> list[Tensor]:
    tensors = [torch.empty_like(tensor) for _ in range(size())]
    dist.all_gather(tensors, tensor)
    return tensors
