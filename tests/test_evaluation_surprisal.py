"""Single names: their probability, and the surprisal of each of their characters."""

import math

import pytest
import torch

from namegen.corpus.vocabulary import Vocabulary
from namegen.evaluation.surprisal import score
from namegen.models import Bigram
from namegen.settings import BigramSettings


def test_a_probability_is_the_product_of_those_of_the_letters():
    model = Bigram(BigramSettings(smoothing=0), Vocabulary("ab"))
    model.counts += torch.tensor([[0, 3, 1], [2, 0, 2], [4, 0, 0]])
    found, impossible = score(model, ["ab", "ba"])
    assert math.exp(found.log_probability) == pytest.approx(3 / 4 * 2 / 4 * 1)
    assert [math.exp(-letter.surprisal) for letter in found.letters] == pytest.approx([3 / 4, 2 / 4, 1])
    assert found.loss == pytest.approx(-found.log_probability / 3)
    assert (impossible.loss, impossible.log_probability, impossible.unknown) == (math.inf, -math.inf, "")


def test_names_keep_their_order_and_their_repeats(irish_ngram):
    found = irish_ngram.score(["una", "Øre", "brian", "una"])
    assert [one.name for one in found] == ["una", "øre", "brian", "una"]
    assert [one.unknown for one in found] == ["", "ø", "", ""]
    assert found[0] == found[3]
    assert "".join(letter.symbol for letter in found[2].letters) == "brian."
    assert irish_ngram.score([]) == []


def test_without_letters_the_numbers_are_the_same(irish_ngram):
    names = ["brian", "Øre", "una", "=1+1", "brian"]
    with_letters, without = irish_ngram.score(names), irish_ngram.score(names, letters=False)
    assert [one.letters for one in without] == [()] * 5
    assert [(one.name, one.loss, one.log_probability, one.unknown) for one in without] == [
        (one.name, pytest.approx(one.loss), pytest.approx(one.log_probability), one.unknown) for one in with_letters
    ]
