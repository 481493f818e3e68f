"""What namegen costs and what it buys, measured in one run and printed as one table: `make bench`.

Rows of speeds are also given as a ratio to a baseline measured in the same run, since machines differ and are noisy.
Losses are on the public list of makemore where it lies beside the project (`--train` and `--test` name other lists),
else on the bundled names. `--quick` is a run of about a minute, with fewer rows and repetitions.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the command line sets it

import torch
from few_names import names_from_few, pretrained, some_of
from measuring import Row, median_seconds, process_seconds, row_of, show
from page_speed import page_speed
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import namegen
from namegen.corpus.examples import Examples
from namegen.corpus.packed_names import Names
from namegen.corpus.split import choose_at_most, split
from namegen.models import MLP
from namegen.sampling.generator import growing_blocks
from namegen.sampling.sampler import Sampler
from namegen.settings import PRESETS, MLPSettings, SampleSettings, SamplingSettings, TrainingSettings, TrainSettings
from namegen.training.trainer import Trainer, product_dtype

SHARED = Path(__file__).parents[3] / "shared" / "bench"
CPU = torch.device("cpu")


def losses(train: str, test: str | None, *, quick: bool) -> Iterator[Row]:
    """Held-out loss against training seconds, for every preset; on a list of its own, or on the test set.

    What is pretrained has seen no test name: those of a bundled list never are, those of another list are left out.
    """
    jobs: list[tuple[str, str | None]] = [("bigram", None), ("ngram", None), ("blend", "adapted"), ("blend", "fast")]
    if not quick:
        jobs += [("mlp", "fast"), ("mlp", "lecture"), ("mlp", "default"), ("blend", "default"), ("blend", "best")]
    test_names = namegen.read_corpus(test).names if test else None
    network = pretrained(forbidden=test_names, quick=quick)
    with patch("namegen.training.fit.shipped", lambda: network):
        for family, preset in jobs:
            trained = namegen.train(train, model=family, preset=preset, holdout=0 if test else 0.2)
            loss = trained.evaluate(test_names or trained.read_split().test).loss
            what = f"held-out loss, {family}" + (f", {preset}" if preset else "")
            yield row_of(what, loss, "nats/char", seconds=trained.seconds)


def throughput(train: str, *, quick: bool) -> Iterator[Row]:
    """Training examples a second, against a plain loop of nn.Linear, DataLoader and Adam over the same network."""
    names = namegen.read_corpus(train).names
    vocabulary = namegen.Vocabulary.of(names)
    for preset in ("fast",) if quick else ("lecture", "fast", "best"):
        settings = PRESETS[preset]
        examples = Examples(names, vocabulary, settings.context_size)
        for precision in ("float32", "auto"):
            dtype = product_dtype(precision, CPU)
            training = replace(settings, precision=precision, epochs=1).part(TrainingSettings)
            rates, ratios = [], []
            for _ in range(1 if quick else 5):  # in turn, since other programs slow down now one, now the other
                baseline = plain_loop_rate(settings, examples)
                trainer = Trainer(MLP(settings.part(MLPSettings), vocabulary), examples, None, training, CPU)
                list(trainer.run())
                rates.append(len(examples) / trainer.seconds)
                ratios.append(rates[-1] / baseline)
            what = f"training, {preset} mlp, {str(dtype).removeprefix('torch.')}"
            ratio = statistics.median(ratios)
            yield row_of(what, statistics.median(rates), "examples/s", ratio=ratio, baseline="plain loop")


def plain_loop_rate(settings: TrainSettings, examples: Examples, steps: int = 60) -> float:
    """Examples a second of the loop that everybody writes first."""
    model = nn.Sequential(
        nn.Embedding(examples.vocab_size, settings.embedding_size),
        nn.Flatten(),
        nn.Linear(settings.context_size * settings.embedding_size, settings.hidden_size),
        nn.Tanh() if settings.activation == "tanh" else nn.GELU(),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.hidden_size, examples.vocab_size),
    )
    size = settings.batch_size
    loader = DataLoader(TensorDataset(examples.contexts, examples.targets), batch_size=size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    batches = chain.from_iterable(repeat(loader))
    next(batches)
    started = time.perf_counter()
    for _ in range(steps):
        contexts, targets = next(batches)
        optimizer.zero_grad()
        F.cross_entropy(model(contexts), targets).backward()
        optimizer.step()
    return steps * size / (time.perf_counter() - started)


def sampling(train: str, *, quick: bool) -> Iterator[Row]:
    """Names a second of the model's own distribution in one thread, decoded to text; against one name at a time."""
    models = {family: namegen.train(train, model=family, holdout=0).model for family in ("bigram", "ngram")}
    if not quick:
        models["blend"] = namegen.train(train, holdout=0, epochs=1).model
        models["mlp"] = models["blend"].get_submodule("members.1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    raw = SamplingSettings(allow_repeats=True)
    wanted = sum(islice(growing_blocks(raw.batch_size), 6))  # so that every block is whole
    for family, model in models.items():

        def draw(settings: SamplingSettings, n: int, model: Any = model) -> None:
            for block in Sampler(model, n, torch.Generator().manual_seed(1), settings):
                block.lines()

        one_at_a_time = 100 / median_seconds(lambda: draw(replace(raw, batch_size=1), 100), 1)
        rate = wanted / median_seconds(lambda: draw(raw, wanted), 3)
        yield row_of(f"sampling, {family}", rate, "names/s", ratio=rate / one_at_a_time, baseline="one at a time")
    yield blocked(train, 3_000 if quick else 30_000, wanted)
    keys = [f"{number}@example.org" for number in range(10_000 if quick else 1_000_000)]
    bigram = namegen.train(train, model="bigram", holdout=0)
    seconds = median_seconds(lambda: bigram.pseudonyms(keys, secret="s"), 1, warm_up=False)
    yield row_of(f"pseudonyms, bigram, {len(keys):,} keys", len(keys) / seconds, "keys/s")
    torch.set_num_threads(threads)


def blocked(train: str, entries: int, n: int) -> Row:
    """Names a second where many names, and as many pieces, must not come out; their lists are read each time."""
    model = namegen.train(train, model="ngram", holdout=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "block.txt"
        path.write_text("\n".join(model.sample(entries, seed=2, raw=True, min_length=9)), "utf-8")

        def draw(lists: tuple[Path, ...]) -> None:
            given = {"not_in": lists, "excludes_from": lists}
            for block in model.sampler(SampleSettings.of(n=n, seed=1, raw=True, max_length=30, **given)):
                block.lines()

        free, limited = (median_seconds(lambda lists=lists: draw(lists), 3) for lists in ((), (path,)))
    what = f"sampling, ngram, {entries:,} names and pieces blocked"
    return row_of(what, n / limited, "names/s", ratio=free / limited, baseline="without them")


def counting(train: str, *, quick: bool) -> Iterator[Row]:
    """Seconds to fit the count models to longer and longer lists, each in a process of its own for its memory; how long
    two processes take for the longest, and how fast a network learns from it.

    The lists are drawn from an n-gram model, all names different. Reading alone is reading, cleaning, dropping
    duplicates and splitting; the seconds of a fit include all that.
    """
    model = namegen.train(train, model="ngram", holdout=0)
    sizes = (3_000, 30_000) if quick else (100_000, 1_000_000, 10_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        with path.open("w") as file:
            for block in model.sampler(SampleSettings(sizes[-1], seed=1, raw=True, allow_known=True, max_length=30)):
                file.write(block.lines() + "\n")
        a_name: dict[str, float] = {}
        for size in sizes:
            part = Path(folder) / f"{size}.txt"
            with path.open() as file, part.open("w") as out:
                out.writelines(islice(file, size))
            for what in ("read", "bigram", "ngram"):
                measured = in_a_process(what, part)
                before, a_name[what] = a_name.get(what), measured["seconds"] / size
                compared = {"ratio": a_name[what] / before, "baseline": "the list before, a name"} if before else {}
                title = f"{'reading' if what == 'read' else 'fit, ' + what}, {size:,} names"
                yield row_of(title, measured["seconds"], "s", peak_mib=measured["peak_mib"], **compared)
        for family in ("bigram",) if quick else ("bigram", "ngram"):
            one, two = (in_a_process(f"{processes} {family}", part) for processes in (1, 2))
            compared = {"ratio": two["seconds"] / one["seconds"], "baseline": "one process"}
            title = f"two processes, {family}, {sizes[-1]:,} names"
            yield row_of(title, two["seconds"], "s", peak_mib=two["peak_mib"], **compared)
        measured = in_a_process("mlp", part)
        yield {"what": f"training, fast mlp, {sizes[-1]:,} names", "unit": "examples/s", **measured}
    yield from pruning(train)


def pruning(train: str) -> Iterator[Row]:
    """What pruning saves and costs, and how fast the file of an n-gram model loads."""
    bytes_before = 0
    with tempfile.TemporaryDirectory() as folder:
        for prune in ([], [0, 0, 0, 0, 1], [0, 0, 1, 1, 2, 2]):
            trained = namegen.train(train, model="ngram", prune=prune)
            path = Path(folder) / f"{prune}.safetensors"
            trained.save(path)
            size = path.stat().st_size
            bytes_before = bytes_before or size
            baseline = f"unpruned, test loss {trained.record.losses['test']:.4f}"
            title = f"file of the ngram, pruned {' '.join(map(str, prune)) or 'none'}"
            yield row_of(title, size, "bytes", ratio=size / bytes_before, baseline=baseline)
            if not prune:
                yield row_of("loading the ngram", median_seconds(lambda path=path: namegen.load(path), 9), "s")


def in_a_process(what: str, path: Path) -> Row:
    """What `count_once` prints, of a process of its own."""
    code = [sys.executable, "-W", "ignore", __file__, "--count", what, str(path)]
    measured: Row = json.loads(subprocess.run(code, capture_output=True, check=True, text=True).stdout)
    return measured


def count_once(what: str, path: str) -> None:
    """Read a list, and fit a model to it unless it is only to be read; print what that took.

    A number before the family starts so many processes by torchrun; the memory is then that of the largest.
    """
    started = time.perf_counter()
    measured: Row = {}
    processes, _, family = what.rpartition(" ")
    if processes:
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        train = ["-m", "namegen", "train", path, "--model", family, "--out", f"{path}.safetensors", "--force"]
        subprocess.run([*torchrun, *train], env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, check=True)
    elif what == "read":
        split(namegen.read_corpus(path).names)
    elif what == "mlp":
        measured = long_against_short(namegen.read_corpus(path).names)
    else:
        namegen.train(path, model=what)
    measured = measured or {"seconds": time.perf_counter() - started}
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if processes else own_peak_mib()
    print(json.dumps({**measured, "peak_mib": peak}))


def own_peak_mib() -> float:
    """The most memory that this program held. What `getrusage` says of it includes that of the one that started it."""
    with suppress(OSError):
        status = Path("/proc/self/status").read_text("utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def long_against_short(names: Names) -> Row:
    """How fast a network learns from a long list, in turn with a few of its names, a whole block at a time.

    The few are chosen by their hashes: at its beginning a list that was drawn has the most probable names, whose
    examples share more rows.
    """
    settings, vocabulary = PRESETS["fast"], namegen.Vocabulary.of(names)
    training = replace(settings, epochs=10_000).part(TrainingSettings)
    few = min(30_000, len(names) // 10)
    trainers = []
    for some in (names, choose_at_most(few, names)):
        examples = Examples(some, vocabulary, settings.context_size)
        trainers.append(Trainer(MLP(settings.part(MLPSettings), vocabulary), examples, None, training, CPU))
    steps = trainers[0].steps_per_block

    def rate(trainer: Trainer) -> float:
        before, until = trainer.seconds, trainer.optimizer.steps + steps
        list(trainer.run(lambda: trainer.optimizer.steps >= until))
        return steps / trainer.steps_per_epoch * len(trainer.dataset.examples) / (trainer.seconds - before)

    pairs = [(rate(trainers[0]), rate(trainers[1])) for _ in range(3)]
    return {
        "value": statistics.median(long for long, _ in pairs),
        "ratio": statistics.median(long / short for long, short in pairs),
        "baseline": f"{few:,} of these names",
    }


def starting(*, quick: bool) -> Iterator[Row]:
    """Seconds of whole processes, against the import of torch alone."""
    python = [sys.executable, "-W", "ignore"]
    bare = [*python, "-c", "import torch"]
    with tempfile.TemporaryDirectory() as folder:
        mine = Path(folder) / "mine.txt"
        mine.write_text(some_of(namegen.read_corpus("irish").names, 30, seed=1).lines(), "utf-8")
        commands = {
            "namegen --help": ["--help"],
            "namegen data": ["data"],
            "namegen sample irish -n 20": ["sample", "irish", "-n", "20"],
            "namegen sample mine.txt -n 20 (30 names)": ["sample", str(mine), "-n", "20"],
        }
        for what, arguments in commands.items():
            command = [*python, "-m", "namegen", *arguments]
            pairs = [(process_seconds(command), process_seconds(bare)) for _ in range(1 if quick else 7)]
            seconds = statistics.median(seconds for seconds, _ in pairs)
            ratio = statistics.median(seconds / other for seconds, other in pairs)
            yield row_of(what, seconds, "s", ratio=ratio, baseline="import torch")


GROUPS: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "starting": lambda given: starting(quick=given.quick),
    "few": lambda given: names_from_few(quick=given.quick),
    "losses": lambda given: losses(given.train, given.test, quick=given.quick),
    "throughput": lambda given: throughput(given.train, quick=given.quick),
    "sampling": lambda given: sampling(given.train, quick=given.quick),
    "counting": lambda given: counting(given.train, quick=given.quick),
    "page": lambda given: page_speed(quick=given.quick),
}


def main() -> None:
    """Measure, print and, with --out, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    beside = SHARED.is_dir()
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; without any, all")
    parser.add_argument("--train", default=str(SHARED / "makemore-unique-train.txt") if beside else "names")
    parser.add_argument("--test", default=str(SHARED / "makemore-unique-test.txt") if beside else None)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--out", type=Path, help="write the rows as JSON")
    parser.add_argument("--count", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.count:
        count_once(*given.count)
        return
    if unknown := {*given.groups} - {*GROUPS}:
        parser.error(f"There is no group {min(unknown)!r}. Choose from: {', '.join(GROUPS)}.")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, trained on {Path(given.train).name}")
    rows: list[Row] = []
    for name in given.groups or GROUPS:
        for row in GROUPS[name](given):
            rows.append(row)
            show(row)
    if given.out:
        given.out.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
