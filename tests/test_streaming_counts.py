"""Lists that are counted piece by piece: the same counts whatever the pieces, and no memory for the names."""

import re
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import namegen
from namegen.cli import progress
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounter, NgramCounts
from namegen.corpus.reading import Shard, list_of, read_corpus, read_list, sources
from namegen.corpus.sources import read_blocks
from namegen.corpus.split import SplitRule, split, split_off
from namegen.corpus.streaming_counts import count_list, count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SourceError, UsageError
from namegen.evaluation.baselines import baselines, evaluate_baselines
from namegen.evaluation.losses import evaluate
from namegen.models.losses import loss_of_counts

words = st.lists(st.text("abé李", min_size=1, max_size=6), min_size=2, max_size=30).filter(
    lambda names: len(set(names)) > 1
)


def slow_windows(names, context_size):
    """Every window with its count, written as text, by sliding over each name."""
    found = Counter()
    for name in names:
        text = "." * context_size + name + "."
        for place in range(len(name) + 1):
            found[text[place : place + context_size + 1]] += 1
    return found


def as_text(tally, vocabulary):
    written = ["".join(vocabulary.symbols[token] for token in window) for window in tally.windows.tolist()]
    assert len(set(written)) == len(written)
    return dict(zip(written, tally.counts.tolist(), strict=True))


@settings(max_examples=50)
@given(words, st.integers(0, 5), st.integers(1, 60), st.booleans(), st.sampled_from([0.0, 0.4, 0.9]))
def test_in_pieces_of_any_size_every_window_of_every_part_is_counted_as_by_hand(
    scratch_file, names, context_size, block_bytes, keep_duplicates, holdout
):
    scratch_file.write_text("\n".join(names), encoding="utf-8")
    listed = names if keep_duplicates else list(dict.fromkeys(names))
    try:
        parts = split(Names.of(listed), holdout)
    except SourceError:  # too short to keep some of it
        return
    found = count_list(
        lambda share: read_list(
            str(scratch_file), block_bytes=block_bytes, share=share, keep_duplicates=keep_duplicates
        ),
        SplitRule(holdout),
        context_size,
    )
    assert found.vocabulary == Vocabulary.of(names)
    assert found.summary.parts == parts.sizes
    assert found.summary.listed == len(listed)
    assert found.summary.duplicates == len(names) - len(set(names))
    assert found.tallies.keys() == parts.sizes.keys()
    for part, tally in found.tallies.items():
        assert as_text(tally, found.vocabulary) == slow_windows(parts.parts[part], context_size)
        in_memory = count_ngrams(parts.parts[part], found.vocabulary, context_size)
        assert torch.equal(tally.windows, in_memory.windows)
        assert torch.equal(tally.counts, in_memory.counts)
    assert torch.equal(found.train_hashes, parts.train.hashes().unique())
    assert torch.equal(found.held_out_hashes, parts.held_out.hashes().unique())


@settings(max_examples=40)
@given(words, words, st.integers(1, 40))
def test_a_validation_list_is_a_part_of_its_own_and_takes_its_names_out_of_training(
    tmp_path_factory, names, validation, block_bytes
):
    folder = tmp_path_factory.getbasetemp()
    for file, listed in {"main": names, "valid": validation}.items():
        (folder / file).write_text("\n".join(listed), encoding="utf-8")
    openers = [
        lambda share, file=file: read_list(str(folder / file), block_bytes=block_bytes, share=share)
        for file in ("main", "valid")
    ]
    try:
        parts = split_off(*(read_corpus(str(folder / file)).names for file in ("main", "valid")))
        found = count_list(openers[0], SplitRule(), 1, openers[1])
    except SourceError:
        assert set(names) <= set(validation)
        return
    assert found.summary.parts == parts.sizes
    assert found.vocabulary == Vocabulary.of([*parts.train, *parts.validation])
    assert torch.equal(found.held_out_hashes, parts.validation.hashes().unique())
    assert torch.equal(found.train_hashes, parts.train.hashes().unique())
    for part, tally in found.tallies.items():
        assert as_text(tally, found.vocabulary) == slow_windows(parts.parts[part], 1)


@pytest.mark.parametrize("family", ["bigram", "ngram"])
def test_the_file_of_a_model_does_not_depend_on_the_size_of_the_pieces(family, tmp_path, monkeypatch):
    for block_bytes in (300, 1 << 20):
        monkeypatch.setattr(sources, "BLOCK_BYTES", block_bytes)
        namegen.train("irish", model=family).save(tmp_path / f"{block_bytes}.safetensors")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


@settings(max_examples=40)
@given(st.lists(st.lists(st.text("abc", max_size=5), max_size=6), max_size=8), st.integers(0, 4))
def test_tallies_of_pieces_run_together_to_the_tally_of_all(pieces, context_size):
    vocabulary = Vocabulary("abc")
    running = NgramCounter(context_size + 1)
    for piece in pieces:
        running.add(NgramCounts.of(Examples(piece, vocabulary, context_size)), vocabulary.size)
    total = running.total(vocabulary.size)
    together = NgramCounts.of(Examples([name for piece in pieces for name in piece], vocabulary, context_size))
    assert total.windows.tolist() == together.windows.tolist()
    assert total.counts.tolist() == together.counts.tolist()


@settings(max_examples=40)
@given(words, st.integers(1, 4))
def test_the_loss_of_a_tally_and_its_baselines_are_those_of_the_names(names, order):
    train, test = names[: len(names) // 2], names[len(names) // 2 :]
    vocabulary = Vocabulary.of(names)
    model = Ngram(NgramSettings(order=order + 1), vocabulary)
    tallies = {
        part: NgramCounts.of(Examples(some, vocabulary, order)) for part, some in (("train", train), ("test", test))
    }
    model.count(tallies["train"])
    reached = baselines(tallies, vocabulary.size)
    for part, some in (("train", train), ("test", test)):
        assert loss_of_counts(model, tallies[part]) == pytest.approx(evaluate(model, some).loss, abs=1e-12)
        by_name = evaluate_baselines(train, vocabulary, some)
        assert {kind: reached[kind][part] for kind in by_name} == pytest.approx(
            {kind: found.loss for kind, found in by_name.items()}, abs=1e-12
        )


@given(st.lists(st.lists(st.binary(max_size=9), max_size=8), min_size=1, max_size=4), st.integers(1, 6), st.data())
def test_shares_of_any_number_give_every_line_once_and_in_order(tmp_path_factory, files, shares, data):
    folder = tmp_path_factory.getbasetemp() / "shares"
    folder.mkdir(exist_ok=True)
    paths = [folder / str(place) for place in range(len(files))]
    for path, lines in zip(paths, files, strict=True):
        path.write_bytes(b"\n".join(lines))
    block_bytes = data.draw(st.integers(1, 30))
    listed = [str(path) for path in paths]
    blocks = [block for p in range(shares) for block in read_blocks(listed, block_bytes, Shard(p, shares))]
    for path in paths:
        own = [block for block in blocks if block.label == str(path)]
        assert b"".join(block.data for block in own) == path.read_bytes()
        position = 0
        for block in own:
            before = path.read_bytes()[:position]
            assert before == b"" or before.endswith(b"\n")
            assert block.first_line + before[: block.skipped].count(b"\n") == 1 + before.count(b"\n")
            assert block.begins_file == (position == 0)
            position += len(block.data)


class Threads:
    """What the package uses of torch.distributed, among threads of this process: for many small trials."""

    def __init__(self, number):
        self.number, self.own, self.shown = number, threading.local(), [None] * number
        self.barrier = threading.Barrier(number, timeout=60)

    def run(self, work):
        """What each of them returns, the first first."""

        def run_as(rank):
            self.own.rank = rank
            try:
                return work()
            except threading.BrokenBarrierError as error:
                return error
            except BaseException:
                self.barrier.abort()
                raise

        with ThreadPoolExecutor(self.number) as pool:
            return list(pool.map(run_as, range(self.number)))

    def is_initialized(self):
        return True

    def get_world_size(self):
        return self.number

    def get_rank(self):
        return self.own.rank

    def all_gather(self, tensors, tensor):
        self.shown[self.own.rank] = tensor.clone()
        self.barrier.wait()
        for found, shown in zip(tensors, self.shown, strict=True):
            found.copy_(shown)
        self.barrier.wait()

    def all_reduce(self, tensor):
        shown = [torch.empty_like(tensor) for _ in range(self.number)]
        self.all_gather(shown, tensor)
        tensor.copy_(sum(shown))


@settings(max_examples=60)
@given(words, st.integers(2, 4), st.booleans(), st.booleans(), st.integers(0, 3), st.integers(1, 40))
def test_processes_that_read_a_share_each_count_as_one_that_reads_all(
    scratch_file, names, processes, keep_duplicates, is_validated, context_size, block_bytes
):
    scratch_file.write_text("\n".join(names), encoding="utf-8")
    validation = ["ab", *names[:1], "a", "ab"] if is_validated else None

    def count():
        return count_list(
            lambda share: read_list(
                str(scratch_file),
                keep_duplicates=keep_duplicates,
                share=share,
                block_bytes=block_bytes,
            ),
            SplitRule(0.0),
            context_size,
            validation and (lambda share: list_of(validation, share=share)),
        )

    try:
        alone = count()
    except SourceError:  # all of them stand in the validation list
        return
    with pytest.MonkeyPatch.context() as patch:
        threads = Threads(processes)
        patch.setattr("namegen.training.distributed.dist", threads)
        together = threads.run(count)
    for found in together:
        assert found.summary == alone.summary
        assert found.vocabulary == alone.vocabulary
        assert found.tallies.keys() == alone.tallies.keys()
        for part, tally in found.tallies.items():
            assert torch.equal(tally.windows, alone.tallies[part].windows)
            assert torch.equal(tally.counts, alone.tallies[part].counts)
            assert tally.windows.dtype == alone.tallies[part].windows.dtype
        assert torch.equal(found.train_hashes, alone.train_hashes)
        assert torch.equal(found.held_out_hashes, alone.held_out_hashes)


def test_a_bad_line_in_a_later_share_is_named_by_its_number_in_the_file(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"anna\n" * 50 + b"a\x07b\n" + b"bo\n" * 50)
    for place in range(4):
        reading = read_list(str(path), skip_bad_lines=True, share=Shard(place, 4))
        list(reading)
        assert [bad.line for bad in reading.bad_lines.first] in ([], [51])


def test_what_is_no_file_cannot_be_shared():
    with pytest.raises(UsageError, match=r"several processes\. Write the list to a file"):
        list(read_list("-", share=Shard(0, 2)))
    with pytest.raises(UsageError, match="several processes"):
        list(read_list("/dev/stdin", share=Shard(1, 2)))


def test_names_in_memory_are_shared_too():
    names = ["ann", "bo", "cy", "di", "ed"]
    parts = [list_of(names, share=Shard(place, 2)) for place in range(2)]
    found = [name for reading in parts for some, _hashes in reading for name in some]
    assert sorted(found) == names


WITHIN_A_LIMIT = """
import resource, sys
import namegen
from namegen.corpus.reading import sources
sources.BLOCK_BYTES = 1 << 16
namegen.train(sys.argv[1], model="ngram")  # whatever is loaded only when it is needed
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    namegen.read_corpus(sys.argv[2], keep_duplicates=True)
except (MemoryError, RuntimeError):
    print("too long for the memory")
print(namegen.train(sys.argv[2], model="ngram").record.counts)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and measures memory as Linux does")
def test_a_list_twice_as_long_as_the_memory_allowed_is_counted(tmp_path, clean_environment):
    allowed = 8 << 20
    names = "\n".join(read_corpus("irish").names) + "\n"
    path = tmp_path / "long.txt"
    path.write_text(names * (2 * allowed // len(names) + 1), encoding="utf-8")
    assert path.stat().st_size > 2 * allowed
    command = [sys.executable, "-W", "ignore", "-c", WITHIN_A_LIMIT, "irish", path, str(allowed)]
    done = subprocess.run(command, capture_output=True, env=clean_environment, text=True, check=False)
    assert done.stdout.splitlines() == ["too long for the memory", "{'train': 883, 'validation': 118, 'test': 112}"]


def test_of_a_long_list_it_is_told_how_much_memory_it_takes_and_how_far_it_is_read(tmp_path, run_here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "LONG_LIST", 5_000)
    monkeypatch.setattr(sources, "BLOCK_BYTES", 1_000)
    done = run_here("train", "irish", "--model", "ngram")
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"0 MB of 0 MB read; counts take about \d+ MB of memory", lines[0])
    assert 3 < sum(line.endswith(" read") for line in lines) <= 10
    assert "read" not in run_here("train", "irish", "--model", "ngram", "--force", "--quiet").stderr
    monkeypatch.setattr(progress, "LONG_LIST", 16_000_000)
    assert "memory" not in run_here("train", "irish", "--model", "ngram", "--force").stderr
