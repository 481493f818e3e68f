"""Is a difference clear or noise? The bootstrap against the formulas of statistics."""

import math

import pytest
import torch

from namegen.corpus.packed_names import Names
from namegen.errors import UsageError
from namegen.evaluation import bootstrap
from namegen.evaluation.bootstrap import differences_from_best
from namegen.evaluation.losses import Evaluation


def evaluation(per_name, characters=5):
    """An evaluation of names of four letters, each character of a name with the loss of that name."""
    names = Names.of(["abcd"] * len(per_name))
    return Evaluation.of(torch.as_tensor(per_name).double().repeat_interleave(characters), 0.0, names)


def two_models(more, names=2000, spread=0.5, seed=1):
    """A model, and another that loses `more`, give or take `spread` on a name."""
    generator = torch.Generator().manual_seed(seed)
    base = 2 + torch.randn(names, generator=generator, dtype=torch.float64)
    noise = torch.randn(names, generator=generator, dtype=torch.float64)
    return evaluation(base), evaluation(base + more + spread * (noise - noise.mean()))


def test_the_best_has_no_difference_and_the_same_seed_gives_the_same_interval():
    models = two_models(0.1)
    first, second = differences_from_best(models, seed=3), differences_from_best(models, seed=3)
    assert first[0] is None
    assert first == second
    assert first != differences_from_best(models, seed=4)


@pytest.mark.parametrize("names", [500, 3000, 9000])
def test_the_interval_is_as_wide_as_theory_says(names):
    (_, found) = differences_from_best(two_models(0.2, names))
    error = 1.96 * 0.5 / math.sqrt(names)
    assert found.loss == pytest.approx(0.2, abs=1e-9)
    assert found.high - found.loss == pytest.approx(error, rel=0.15)
    assert found.loss - found.low == pytest.approx(error, rel=0.15)


def test_fewer_than_ten_names_make_no_difference_clear():
    (_, few) = differences_from_best(two_models(3.0, names=9))
    assert (few.loss, few.is_clear) == (pytest.approx(3.0), False)
    (_, enough) = differences_from_best(two_models(3.0, names=10))
    assert enough.is_clear


def test_models_of_equal_loss_are_rarely_called_different():
    """In theory, 5 in 100."""
    generator = torch.Generator().manual_seed(5)
    called_clear = 0
    for _ in range(100):
        base, noise = torch.randn(2, 300, generator=generator)
        found = differences_from_best([evaluation(base), evaluation(base + 0.3 * noise)], resamples=400)
        called_clear += any(difference is not None and difference.is_clear for difference in found)
    assert called_clear <= 12


def test_groups_of_many_names_give_the_interval_of_single_names(monkeypatch):
    models = two_models(0.05, names=3000)
    monkeypatch.setattr(bootstrap, "MOST_GROUPS", 1000)
    grouped = differences_from_best(models)[1]
    monkeypatch.setattr(bootstrap, "MOST_GROUPS", 1 << 20)
    one_by_one = differences_from_best(models)[1]
    assert grouped.low == pytest.approx(one_by_one.low, abs=0.003)
    assert grouped.high == pytest.approx(one_by_one.high, abs=0.003)


def test_an_infinite_loss_is_clearly_worse():
    good, bad = evaluation([1.0, 2.0, 3.0] * 4), evaluation([math.inf, math.inf, math.inf] * 4)
    assert differences_from_best([bad, good])[0].is_clear
    (difference,) = (d for d in differences_from_best([good, evaluation([1.0, 2.0, math.inf] * 4)]) if d)
    assert difference.high == math.inf
    assert not differences_from_best([bad, bad])[1].is_clear


def test_models_evaluated_on_different_names_cannot_be_compared():
    with pytest.raises(UsageError, match="same names"):
        differences_from_best([evaluation([1.0, 2.0]), evaluation([1.0])])
    assert differences_from_best([]) == []
