import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import pack_rows
from namegen.corpus.vocabulary import Vocabulary

ALPHABET = "abcdeé.李"
names_lists = st.lists(st.text(ALPHABET, max_size=12), max_size=12)
context_sizes = st.integers(0, 8)


def slow_examples(names, vocabulary, context_size):
    """The lecture's loop: a context that slides over each name, begun afresh with boundaries."""
    contexts, targets, name_of = [], [], []
    for number, name in enumerate(names):
        context = [0] * context_size
        for token in [*(1 + vocabulary.characters.index(character) for character in name), 0]:
            contexts.append(context)
            targets.append(token)
            name_of.append(number)
            context = [*context, token][1:]
    return contexts, targets, name_of


@given(names_lists, context_sizes)
def test_examples_are_those_of_the_slow_loop(names, context_size):
    vocabulary = Vocabulary.of([ALPHABET])
    examples = Examples(names, vocabulary, context_size)
    contexts, targets, name_of = slow_examples(names, vocabulary, context_size)
    assert len(examples) == len(targets)
    assert examples.contexts.tolist() == contexts
    assert examples.targets.tolist() == targets
    assert examples.name_of.tolist() == name_of


@given(names_lists, context_sizes, st.integers(1, 40))
def test_batches_hold_every_example_once_and_in_order(names, context_size, size):
    examples = Examples(names, Vocabulary.of([ALPHABET]), context_size)
    batches = list(examples.batches(size))
    assert all(len(targets) == size for _, targets in batches[:-1])
    assert [row for contexts, _ in batches for row in contexts.tolist()] == examples.contexts.tolist()
    assert [target for _, targets in batches for target in targets.tolist()] == examples.targets.tolist()


@given(names_lists, context_sizes, st.data())
def test_a_batch_of_chosen_rows_is_those_examples(names, context_size, data):
    examples = Examples(names, Vocabulary.of([ALPHABET]), context_size)
    rows = data.draw(st.lists(st.integers(0, len(examples) - 1), max_size=20)) if len(examples) else []
    contexts, targets = examples.batch(torch.tensor(rows, dtype=torch.int64))
    assert contexts.tolist() == [examples.contexts[row].tolist() for row in rows]
    assert targets.tolist() == [examples.targets[row].item() for row in rows]


@pytest.mark.parametrize(
    ("size", "dtype"),
    [(3, torch.uint8), (256, torch.uint8), (257, torch.int16), (32_768, torch.int16), (32_769, torch.int32)],
)
def test_tokens_are_stored_in_the_smallest_type_that_holds_every_index(size, dtype):
    vocabulary = Vocabulary("".join(map(chr, range(0x10000, 0x10000 + size - 1))))
    examples = Examples([vocabulary.characters[-1] + vocabulary.characters[0]], vocabulary, 2)
    assert (vocabulary.size, examples.stream.dtype) == (size, dtype)
    assert examples.contexts.tolist() == [[0, 0], [0, size - 1], [size - 1, 1]]
    assert examples.targets.tolist() == [size - 1, 1, 0]


@st.composite
def rows_of_tokens(draw):
    """Rows for a vocabulary of 2 to 60,000, from few distinct tokens, so that equal and near rows are common."""
    vocab_size = draw(st.sampled_from([2, 27, 256, 1291, 46_341, 60_000]))
    width = draw(st.integers(1, 8))
    some = draw(st.lists(st.integers(0, vocab_size - 1), min_size=1, max_size=3))
    token = st.sampled_from([0, vocab_size - 1, *some])
    return vocab_size, draw(st.lists(st.tuples(*[token] * width), min_size=1, max_size=25))


@given(rows_of_tokens())
def test_packed_rows_are_equal_and_ordered_exactly_as_the_rows_are(case):
    vocab_size, rows = case
    keys = pack_rows(torch.tensor(rows), vocab_size).tolist()
    for row, key in zip(rows, keys, strict=True):
        for other, other_key in zip(rows, keys, strict=True):
            assert (key < other_key, key == other_key) == (row < other, row == other)
