"""One training in several processes, with torch.distributed: `torchrun --nproc-per-node=2 -m namegen train`.

Every process reads the list and works on its shard. The gradient is summed over all processes in each step, with one
all-reduce; the counts of count models are merged once. So all processes have the same model after every step, and only
the first writes and prints. In a single process the functions here do nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor
from torch import distributed as dist

from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.split import SETS
from namegen.corpus.streaming_counts import CountedList
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import UsageError


@contextmanager
def group(device: str) -> Iterator[None]:
    """While the context lasts, join the processes that torchrun started. Raises `UsageError` where that fails."""
    processes = os.environ.get("WORLD_SIZE", "1")
    if not processes.isdecimal():
        raise UsageError(f"WORLD_SIZE {processes!r} is not a number of processes. Unset it, or use torchrun.")
    if int(processes) <= 1:
        yield
        return
    try:
        if device == "cuda":
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"WORLD_SIZE is set, but the processes cannot connect ({error}). Start them with torchrun."
        ) from error
    try:
        yield
    finally:
        dist.destroy_process_group()


def size() -> int:
    """The number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def sum_over_processes(tensor: Tensor) -> Tensor:
    """Sum a tensor over all processes, in place."""
    if size() > 1:
        dist.all_reduce(tensor)
    return tensor


def any_process(holds: bool, device: torch.device) -> bool:
    """Whether this is true in any process, so that all do the same."""
    return bool(sum_over_processes(torch.tensor(int(holds), device=device))) if size() > 1 else holds


def merge_counted(own: CountedList, context_size: int) -> CountedList:
    """The counts of a list from those of each shard: exactly those of a single process."""
    if size() == 1:
        return own
    numbers = [own.summary.listed, own.summary.duplicates, own.summary.duplicates_kept]
    numbers += [own.summary.sizes.get(name, 0) for name in SETS] + [*own.summary.length_counts]
    listed, duplicates, kept, *rest = sum_over_processes(torch.tensor(numbers, dtype=torch.int64)).tolist()
    sizes = {name: number for name, number in zip(SETS, rest, strict=False) if number}
    counted = {"listed": listed, "duplicates": duplicates, "duplicates_kept": bool(kept), "sizes": sizes}
    summary = replace(own.summary, **counted, length_counts=tuple(rest[len(SETS) :]))
    characters = torch.cat(gathered(Names.of([own.vocabulary.characters] if own.counts else []).code_points))
    if not len(characters):
        return replace(own, summary=summary)
    vocabulary = Vocabulary.of(Names(characters, torch.tensor([len(characters)])))
    table = torch.cat([torch.zeros(1, dtype=torch.int64), vocabulary.lookup([own.vocabulary.characters])])
    counts = {}
    for name in SETS:
        mine = own.counts.get(name, NgramCounts.empty(context_size + 1))
        merged = merge_counts(mine.translated(table, vocabulary.size, vocabulary.token_dtype), vocabulary.size)
        if len(merged.counts):
            counts[name] = merged
    hashes = (torch.cat(gathered(some)).unique() for some in (own.train_hashes, own.held_out_hashes))
    return CountedList(vocabulary, summary, counts, *hashes)


def merge_counts(own: NgramCounts, vocab_size: int) -> NgramCounts:
    """The counts of all shards together."""
    if size() == 1:
        return own
    windows, counts = gathered(own.windows), gathered(own.counts)
    return NgramCounts.merge([NgramCounts(*both) for both in zip(windows, counts, strict=True)], vocab_size)


def gathered(tensor: Tensor) -> list[Tensor]:
    """The tensors of all processes, which may differ in length."""
    found = [tensor] * size()
    if size() > 1:
        dist.all_gather_object(found, tensor)
    return found
