"""The arithmetic that the models stand on, each against a reference written out by hand."""

import math

import pytest
import torch
from torch.nn import functional as F

from namegen import Vocabulary
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.models import Bigram
from namegen.settings import BigramSettings

TEN_NAMES = ["ada", "ana", "bea", "dan", "eva", "ida", "ben", "eda", "nia", "abe"]


def test_cross_entropy_is_the_mean_negative_log_likelihood():
    logits = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    targets = torch.tensor([2, 1])
    by_hand = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        by_hand -= math.log(math.exp(row[target]) / sum(math.exp(logit) for logit in row))
    assert F.cross_entropy(logits, targets).item() == pytest.approx(by_hand / 2, abs=1e-6)


def test_cross_entropy_stays_finite_where_exp_overflows():
    logits = torch.tensor([[100.0, 0.0, -100.0]])
    assert torch.isinf(logits.exp()).any()
    assert F.cross_entropy(logits, torch.tensor([2])).item() == pytest.approx(200.0)


def test_multinomial_draws_follow_the_probabilities():
    probabilities = torch.tensor([0.6, 0.3, 0.1])
    draws = torch.multinomial(probabilities, 30_000, replacement=True, generator=torch.Generator().manual_seed(1))
    expected = probabilities * len(draws)
    chi_square = ((torch.bincount(draws, minlength=3) - expected) ** 2 / expected).sum().item()
    assert chi_square < 13.8  # 2 degrees of freedom, p = 0.001


def test_dropping_keepdim_would_divide_columns_instead_of_rows():
    counts = torch.tensor([[1.0, 3.0], [5.0, 1.0]])
    right = counts / counts.sum(1, keepdim=True)
    wrong = counts / counts.sum(1)
    assert torch.allclose(right.sum(1), torch.ones(2))
    assert not torch.allclose(wrong.sum(1), torch.ones(2))


def test_rows_of_the_smoothed_count_matrix_sum_to_one():
    vocabulary = Vocabulary.of(TEN_NAMES)
    model = Bigram(BigramSettings(smoothing=1.0), vocabulary)
    model.count(NgramCounts.of(Examples(TEN_NAMES, vocabulary, 1)))
    probabilities = model.probabilities()
    assert torch.allclose(probabilities.sum(1), torch.ones(vocabulary.size))
    # On a square matrix a forgotten keepdim raises nothing; its rows would not sum to 1.
    smoothed = model.counts + 1.0
    assert not torch.allclose((smoothed / smoothed.sum(1)).sum(1), torch.ones(vocabulary.size))


def test_bigram_probabilities_agree_with_a_hand_count():
    vocabulary = Vocabulary.of(TEN_NAMES)
    model = Bigram(BigramSettings(smoothing=1.0), vocabulary)
    model.count(NgramCounts.of(Examples(TEN_NAMES, vocabulary, 1)))
    place = {symbol: index for index, symbol in enumerate(vocabulary.symbols)}
    assert vocabulary.symbols == [".", "a", "b", "d", "e", "i", "n", "v"]
    # Of ten names three begin with a, two with b, two with e; eight end in a... counted with a pencil:
    starts = {"a": 3, "b": 2, "d": 1, "e": 2, "i": 1, "n": 1, "v": 0}
    for symbol, count in starts.items():
        assert model.probabilities()[0, place[symbol]].item() == pytest.approx((count + 1) / (10 + 8))
    after_d = {"a": 4}  # ada, dan, ida, eda
    for symbol in vocabulary.symbols:
        expected = (after_d.get(symbol, 0) + 1) / (4 + 8)
        assert model.probabilities()[place["d"], place[symbol]].item() == pytest.approx(expected)


def test_gradients_of_the_small_tanh_neuron():
    x = torch.tensor([2.0, 0.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([-3.0, 1.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(6.8813735870195432, dtype=torch.float64, requires_grad=True)
    o = torch.tanh(x @ w + b)
    o.backward()
    assert o.item() == pytest.approx(0.7071, abs=1e-4)
    assert x.grad is not None
    assert w.grad is not None
    assert x.grad.tolist() == pytest.approx([-1.5, 0.5])
    assert w.grad.tolist() == pytest.approx([1.0, 0.0])
