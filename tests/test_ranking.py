"""Which of the names drawn are taken, in which order, and what is said of each."""

import pytest

import namegen
from namegen.corpus.packed_names import Names
from namegen.sampling.ranking import likeness, pool_size


def test_like_takes_the_most_alike_first(irish_bigram):
    names = irish_bigram.sample(10, like="bridget", seed=1)
    likes = likeness(names, "bridget")
    assert likes == sorted(likes, reverse=True)
    assert likes[0] > 0.5 > sum(likeness(irish_bigram.sample(10, seed=1), "bridget")) / 10


@pytest.mark.parametrize(("n", "drawn"), [(1, 5_000), (1_000, 20_000), (100_000, 1_000_000), (3_000_000, 3_000_000)])
def test_the_larger_draw_for_likeness_is_bounded(n, drawn):
    assert pool_size(n, "anna") == drawn
    assert pool_size(n, "") == n


def test_sorting_changes_the_order_and_nothing_else(irish_bigram):
    names = irish_bigram.sample(30, seed=2)
    assert irish_bigram.sample(30, seed=2, sort="name") == sorted(names)
    assert irish_bigram.sample(30, seed=2, sort="length") == sorted(names, key=len)
    by_probability = irish_bigram.sample(30, seed=2, sort="probability")
    assert set(by_probability) == set(names)
    scores = [row.log_probability for row in irish_bigram.score(by_probability)]
    assert scores == sorted(scores, reverse=True)


def test_descriptions_agree_with_the_scores_and_the_split(irish_bigram):
    sets = irish_bigram.read_split()
    names = Names.of(["aidan", *map(str.lower, irish_bigram.sample(3)), *sets.test[:2], *sets.train[:2]])
    rows = irish_bigram.describe(names, case="lower")
    for row, score in zip(rows, irish_bigram.score(names), strict=True):
        assert row.name == score.name
        assert (row.loss, row.log_probability) == pytest.approx((score.loss, score.log_probability))
    assert [row.origin for row in rows[1:]] == ["new"] * 3 + ["held out"] * 2 + ["train"] * 2


def test_a_name_on_the_list_is_not_called_new_whatever_its_capitals():
    listed = namegen.train(names=["Anna", "bann", "nab", "ban"], model="bigram", holdout=0)
    rows = listed.describe(Names.of(["anna", "bann", "nan"]), "title")
    assert [(row.name, row.origin) for row in rows] == [("Anna", "train"), ("Bann", "train"), ("Nan", "new")]
