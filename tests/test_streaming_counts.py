"""Streaming n-gram counts: the same counts whatever the blocks and shards, and no memory for the names."""

import subprocess
import sys
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.corpus.packed_names import Names
from namegen.corpus.reading import WHOLE_LIST, Shard, list_of, read_corpus, read_list
from namegen.corpus.split import SplitRule, split
from namegen.corpus.streaming_counts import check_counted, count_list, count_ngrams
from namegen.corpus.vocabulary import Vocabulary
from namegen.errors import SourceError
from namegen.evaluation.baselines import baseline_losses, evaluate_baselines
from namegen.settings import ListSettings

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


def as_text(counts, vocabulary):
    written = ["".join(vocabulary.symbols[token] for token in window) for window in counts.windows.tolist()]
    assert len(set(written)) == len(written)
    return dict(zip(written, counts.counts.tolist(), strict=True))


def reading_of(source, shard=WHOLE_LIST, block_bytes=None, **settings):
    return read_list(str(source), ListSettings(**settings), shard=shard, block_bytes=block_bytes)


@settings(max_examples=40)
@given(words, st.none() | words, st.integers(0, 5), st.integers(1, 60), st.booleans(), st.sampled_from([0.0, 0.4, 0.9]))
def test_in_blocks_of_any_size_every_window_of_every_set_is_counted_as_by_hand(
    tmp_path_factory, names, validation, context_size, block_bytes, keep_duplicates, holdout
):
    def reading(file, some):
        path = tmp_path_factory.getbasetemp() / file
        path.write_text("\n".join(some), encoding="utf-8")
        return reading_of(path, block_bytes=block_bytes, keep_duplicates=keep_duplicates)

    distinct = list if keep_duplicates else dict.fromkeys
    listed, held_out = Names.of(distinct(names)), Names.of(distinct(validation or []))
    try:
        parts = split(listed, validation=held_out) if validation else split(listed, holdout)
    except SourceError:  # too short to keep some of it, or nothing is left to train on
        return
    valid = reading("valid", validation) if validation else None
    found = count_list(reading("main", names), SplitRule(holdout), context_size, valid)
    assert found.vocabulary == Vocabulary.of([name for some in parts.sets.values() for name in some])
    assert found.summary.sizes == parts.sizes
    assert found.summary.listed == len(listed)
    assert found.summary.duplicates == len(names) - len(set(names))
    assert found.counts.keys() == parts.sizes.keys()
    for part, counts in found.counts.items():
        assert as_text(counts, found.vocabulary) == slow_windows(parts.sets[part], context_size)
        in_memory = count_ngrams(parts.sets[part], found.vocabulary, context_size)
        assert torch.equal(counts.windows, in_memory.windows)
        assert torch.equal(counts.counts, in_memory.counts)
    assert torch.equal(found.train_hashes, parts.train.hashes().unique())
    assert torch.equal(found.held_out_hashes, parts.held_out.hashes().unique())


def test_a_list_of_which_a_validation_list_leaves_nothing_is_refused(tmp_path):
    (tmp_path / "main").write_text("anna\nbo\n")
    (tmp_path / "valid").write_text("anna\nbo\ncy\n")
    main = reading_of(tmp_path / "main")
    found = count_list(main, SplitRule(), 1, reading_of(tmp_path / "valid"))
    with pytest.raises(SourceError, match="Name another one"):
        check_counted(found, main, SplitRule(validation=found.held_out_hashes))


@settings(max_examples=20)
@given(words, st.integers(1, 4))
def test_baselines_from_counts_are_those_of_the_names(names, context_size):
    vocabulary, sets = Vocabulary.of(names), {"train": names[: len(names) // 2], "test": names[len(names) // 2 :]}
    counts = {part: NgramCounts.of(Examples(some, vocabulary, context_size)) for part, some in sets.items()}
    found = baseline_losses(counts, vocabulary.size)
    for part, some in sets.items():
        for kind, expected in evaluate_baselines(sets["train"], vocabulary, some).items():
            assert found[kind][part] == pytest.approx(expected.loss, abs=1e-12)


@settings(max_examples=15)
@given(words, st.integers(2, 4), st.booleans(), st.booleans(), st.integers(0, 3), st.integers(1, 40))
def test_shards_together_have_the_counts_of_the_whole_list(
    scratch_file, names, processes, keep_duplicates, is_validated, context_size, block_bytes
):
    scratch_file.write_text("\n".join(names), encoding="utf-8")

    def count(shard):
        validation = list_of(["ab", *names[:1], "a", "ab"]) if is_validated else None
        reading = reading_of(scratch_file, shard, block_bytes, keep_duplicates=keep_duplicates)
        return count_list(reading, SplitRule(0.0), context_size, validation)

    whole, parts = count(WHOLE_LIST), [count(Shard(place, processes)) for place in range(processes)]
    for name, expected in whole.counts.items():
        counted = [Counter(as_text(part.counts[name], part.vocabulary)) for part in parts if name in part.counts]
        assert sum(counted, Counter()) == as_text(expected, whole.vocabulary)
    for number in ("listed", "duplicates"):
        assert sum(getattr(part.summary, number) for part in parts) == getattr(whole.summary, number)
    assert Counter(whole.summary.sizes) == sum((Counter(part.summary.sizes) for part in parts), Counter())
    for hashes in ("train_hashes", "held_out_hashes"):
        together = torch.cat([getattr(part, hashes) for part in parts]).unique()
        assert torch.equal(together, getattr(whole, hashes))


def test_a_bad_line_has_its_number_in_the_file_in_every_shard(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"anna\n" * 50 + b"a\x07b\n" + b"bo\n" * 50)
    for place in range(4):
        reading = reading_of(path, Shard(place, 4), skip_bad_lines=True)
        list(reading)
        assert [bad.line for bad in reading.bad_lines.first] == [51]


WITHIN_A_LIMIT = """
import resource, sys
import namegen
from namegen.corpus import sources
from namegen.settings import ListSettings
sources.BLOCK_BYTES = 1 << 16
namegen.train(sys.argv[1], model="ngram")  # whatever is loaded only when it is needed
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    namegen.read_corpus(sys.argv[2], ListSettings(keep_duplicates=True))
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
    expected = ["too long for the memory", "{'train': 841, 'validation': 103, 'test': 102}"]
    assert done.stdout.splitlines() == expected, done.stderr
