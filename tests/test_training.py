"""The gradient loop: grouped examples, the optimiser against torch's, schedules, best epochs, the same bytes."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from namegen import Vocabulary, read_corpus
from namegen.corpus.examples import Examples
from namegen.corpus.split import split
from namegen.errors import TrainingError
from namegen.models import MLP
from namegen.models.losses import losses
from namegen.settings import MLPSettings, TrainingSettings
from namegen.training.dataset import Dataset
from namegen.training.optimizer import AdamW, one_cycle
from namegen.training.trainer import Trainer, product_dtype

IRISH = split(read_corpus("irish").names)
VOCABULARY = Vocabulary.of(read_corpus("irish").names)
SMALL = MLPSettings(context_size=4, embedding_size=8, hidden_size=32, dropout=0.1)
CPU = torch.device("cpu")
FEW_BYTES = VOCABULARY.size * 300  # as if memory held no more than a small part of the rows


def trainer(config=SMALL, validation=True, **options) -> Trainer:
    train = Examples(IRISH.train, VOCABULARY, config.context_size)
    held_out = Examples(IRISH.validation, VOCABULARY, config.context_size) if validation else None
    return Trainer(MLP(config, VOCABULARY), train, held_out, TrainingSettings(**{"epochs": 3, **options}), CPU)


def trained(**options) -> torch.Tensor:
    one = trainer(**options)
    list(one.run())
    return one.optimizer.weights


@given(
    st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=40),
    st.integers(1, 9),
    st.integers(1, 4),
    st.sampled_from([1, 7, 1 << 22]),
    st.sampled_from([0, 16, 1 << 29]),
    st.integers(0, 3),
)
def test_rows_hold_every_example_once_however_they_are_made(names, cap, context_size, at_once, held_bytes, epoch):
    examples = Examples(names, Vocabulary("abc"), context_size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("namegen.training.dataset.BLOCK_EXAMPLES", at_once)
        patch.setattr("namegen.training.dataset.HELD_BYTES", held_bytes)
        rows = Dataset(examples, cap, seed=0, device=CPU)
        blocks = [rows.block(number, epoch) for number in range(rows.blocks)]
    assert rows.blocks > 1 or held_bytes or len(examples) == 1
    found = Counter()
    for contexts, counts in blocks:
        assert int(counts.sum(1).max()) <= cap
        for context, row in zip(contexts.tolist(), counts.tolist(), strict=True):
            found.update({(*context, target): count for target, count in enumerate(row) if count})
    assert found == Counter(zip(*examples.contexts.T.tolist(), examples.targets.tolist(), strict=True))


def test_adamw_takes_the_steps_of_torchs_own():
    generator = torch.Generator().manual_seed(1)
    weight, bias, inputs = (torch.randn(size, generator=generator) for size in ((5, 3), (5,), (20, 3)))
    ours, theirs = ([nn.Parameter(weight.clone()), nn.Parameter(bias.clone())] for _ in range(2))
    optimizer = AdamW(ours[:1], ours[1:], weight_decay=0.5)
    groups = [{"params": theirs[:1], "weight_decay": 0.5}, {"params": theirs[1:], "weight_decay": 0.0}]
    reference = torch.optim.AdamW(groups, lr=0.02, betas=(0.9, 0.99))
    for _ in range(30):
        for parameters in (ours, theirs):
            F.linear(inputs, *parameters).square().sum().backward()
        optimizer.step(0.02)
        reference.step()
        reference.zero_grad()
    assert all(torch.allclose(mine, other, atol=1e-5) for mine, other in zip(ours, theirs, strict=True))
    assert not torch.allclose(ours[0], weight, atol=0.1)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_table_of_first_sums_has_the_values_and_the_gradients_of_the_product(layers):
    gradients, logits = [], []
    contexts = Examples(IRISH.train, VOCABULARY, 4).contexts[:500]
    for input_ in ("embedding", "one-hot"):  # rows of ones and zeros are multiplied out, in float64 here
        config = MLPSettings(
            context_size=4, embedding_size=8, hidden_size=32, hidden_layers=layers, dropout=0.0, input=input_
        )
        model = MLP(config, VOCABULARY)
        model.initialise(torch.Generator().manual_seed(3))
        model.hidden[0].bias.data += 0.5
        model.train().double()
        model.product_dtype = torch.float64
        logits.append(model(contexts))
        logits[-1].square().sum().backward()
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
    assert torch.allclose(*logits, atol=1e-6)
    assert torch.allclose(*gradients, rtol=1e-5)


@given(st.floats(0, 1), st.floats(1e-6, 1))
def test_the_rate_rises_once_and_falls_once(progress, peak):
    rate = one_cycle(progress, peak)
    assert 0 <= rate <= peak * (1 + 1e-9)
    further = one_cycle(min(1.0, progress + 0.01), peak)
    assert further >= rate - 1e-12 if progress + 0.01 <= 0.1 else progress < 0.1 or further <= rate + 1e-12


def test_one_seed_gives_the_same_bytes_and_another_does_not_whatever_else_was_drawn():
    before = torch.get_rng_state()
    first = trained(seed=7, epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, trained(seed=7, epochs=1))
    assert not torch.equal(first, trained(seed=8, epochs=1))


def test_the_best_epoch_on_the_validation_set_is_kept():
    config = MLPSettings(context_size=4, embedding_size=8, hidden_size=128, dropout=0.0)
    one = trainer(config, epochs=16, learning_rate=0.1, weight_decay=0.0)  # long enough to learn the list by heart
    validation_losses = [epoch.validation_loss for epoch in one.run()]
    assert min(validation_losses) < validation_losses[-1] - 0.05
    kept = losses(one.model, Examples(IRISH.validation, VOCABULARY, 4)).mean().item()
    assert kept == pytest.approx(min(validation_losses), abs=1e-4)


@pytest.mark.parametrize(("held_bytes", "stops"), [(1 << 29, (1, 61)), (FEW_BYTES, (30,))], ids=str)
def test_a_training_stopped_at_any_step_goes_on_to_the_same_bytes(monkeypatch, held_bytes, stops):
    monkeypatch.setattr("namegen.training.dataset.HELD_BYTES", held_bytes)
    whole = trainer(epochs=2)
    expected = list(whole.run())[-1]
    for steps in stops:
        asked = iter(range(10_000))
        stopped = trainer(epochs=2)
        list(stopped.run(stop=lambda asked=asked, steps=steps: next(asked) >= steps))
        assert stopped.optimizer.steps == steps
        state = {name: tensor.clone() for name, tensor in stopped.state().items()}
        resumed = trainer(epochs=2)
        resumed.restore(state)
        assert list(resumed.run())[-1] == expected
        assert torch.equal(resumed.optimizer.weights, whole.optimizer.weights)


@pytest.mark.parametrize("steps", [4, 1000])
def test_a_rate_that_diverges_is_told_even_before_a_long_epoch_is_over_and_the_best_weights_stay(monkeypatch, steps):
    monkeypatch.setattr("namegen.training.trainer.STEPS_BETWEEN_CHECKS", steps)
    one = trainer(learning_rate=100.0, epochs=4, weight_decay=0.0, precision="float32")
    one.peak = float("inf")
    with pytest.raises(TrainingError, match=r"in epoch 1.*Lower `learning_rate`"):
        list(one.run())
    assert bool(one.optimizer.weights.isfinite().all())
    assert (one.optimizer.steps < 10) == (steps == 4)


def test_the_report_of_an_epoch_under_way_waits_for_its_end_with_nothing():
    one = trainer(epochs=2)
    heard = []
    losses_of_epochs = [epoch.train_loss for epoch in one.run(stop=lambda: bool(heard.append(one.optimizer.steps)))]
    reports = []
    again = trainer(epochs=2)
    list(again.run(stop=lambda: bool(again.optimizer.steps and reports.append(again.report()))))
    assert [report.step for report in reports] == heard[1:]
    assert [report.progress for report in reports] == sorted(report.progress for report in reports)
    before_the_end = reports[again.steps_per_epoch - 2]
    assert before_the_end.epoch == 1
    assert before_the_end.train_loss == pytest.approx(losses_of_epochs[0], rel=0.05)


def test_bfloat16_products_train_as_well_as_float32():
    losses = {}
    for precision in ("float32", "bfloat16"):
        one = trainer(epochs=2, precision=precision)
        losses[precision] = list(one.run())[-1].validation_loss
    assert losses["bfloat16"] == pytest.approx(losses["float32"], abs=0.02)
    assert product_dtype("float32", CPU) == torch.float32
    assert product_dtype("bfloat16", CPU) == torch.bfloat16


def test_a_training_of_so_many_seconds_ends_then_and_is_judged_a_limited_number_of_times(monkeypatch):
    clock = iter(range(1_000_000))
    monkeypatch.setattr("namegen.training.trainer.time.perf_counter", lambda: next(clock) / 500)
    monkeypatch.setattr("namegen.training.trainer.MOST_EVALUATIONS", 5)
    one = trainer(max_seconds=1.0)  # two milliseconds a step
    epochs = list(one.run())
    assert one.epoch > 6
    assert 3 <= len(epochs) <= 6
    assert epochs[-1].progress == 1
    assert epochs[-1].learning_rate == pytest.approx(0, abs=1e-9)
    assert 1.0 <= one.seconds < 1.01
    assert {epoch.epochs for epoch in epochs} == {None}


@pytest.mark.parametrize("held_bytes", [1 << 29, FEW_BYTES])
def test_the_losses_of_an_epoch_are_those_of_its_examples_however_their_rows_are_made(monkeypatch, held_bytes):
    monkeypatch.setattr("namegen.training.dataset.HELD_BYTES", held_bytes)
    config = MLPSettings(context_size=4, embedding_size=8, hidden_size=32, dropout=0.0)
    one = trainer(config, epochs=1, learning_rate=1e-9, precision="float32")
    assert (one.dataset.blocks > 1) == (one.validation.blocks > 1) == (held_bytes == FEW_BYTES)
    assert len(one.dataset) < 0.8 * len(one.dataset.examples), "equal contexts share a row"
    (epoch,) = one.run()
    assert (epoch.epoch, epoch.progress) == (1, 1)
    for found, names in ((epoch.train_loss, IRISH.train), (epoch.validation_loss, IRISH.validation)):
        expected = losses(one.model, Examples(names, VOCABULARY, 4)).mean().item()
        assert found == pytest.approx(expected, abs=1e-5)
