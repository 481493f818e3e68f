"""The n-gram model against the textbook: Chen & Goodman's formulas in dictionaries and float64."""

import math
from collections import defaultdict
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import namegen
from namegen import Vocabulary
from namegen.corpus.examples import Examples
from namegen.corpus.ngram_counts import NgramCounts
from namegen.errors import ModelFileError, UsageError
from namegen.models import Ngram
from namegen.settings import NgramSettings

NAMES = st.lists(st.text("abc", min_size=1, max_size=6), min_size=2, max_size=30)


class Textbook:
    """Interpolated modified Kneser-Ney with one boundary at the start, written from the paper.

    Of n-grams that occur no oftener than the threshold of their order nothing is left but the mass they leave.
    """

    def __init__(self, names: list[str], order: int, prune: tuple[int, ...] = ()) -> None:
        self.order = order
        thresholds = [*prune, *[prune[-1] if prune else 0] * (order - len(prune))]
        self.symbols = [".", *sorted(set("".join(names)))]
        occurrences: list[dict] = [defaultdict(int) for _ in range(order)]
        preceding: list[dict] = [defaultdict(set) for _ in range(order)]
        for name in names:
            text = "^" + name
            for place, target in enumerate(name + ".", start=1):
                for length in range(min(order, place + 1)):
                    history = text[place - length : place]
                    occurrences[length][history, target] += 1
                    if place > length:
                        preceding[length][history, target].add(text[place - length - 1])
        self.counts = []
        for length in range(order):
            raw = {gram for gram in occurrences[length] if length == order - 1 or gram[0].startswith("^")}
            self.counts.append(
                {
                    gram: occurrences[length][gram] if gram in raw else len(preceding[length][gram])
                    for gram in occurrences[length]
                }
            )
        self.kept = [
            {gram for gram, count in found.items() if count > threshold}
            for found, threshold in zip(occurrences, thresholds, strict=True)
        ]
        self.discounts = [self._discounts(list(counts.values())) for counts in self.counts]

    @staticmethod
    def _discounts(counts: list[int]) -> tuple[float, ...]:
        n1, n2, n3, n4 = (counts.count(i) for i in (1, 2, 3, 4))
        if n1 and n2 and n3:
            y = n1 / (n1 + 2 * n2)
            found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
            if all(0 < d < i for i, d in enumerate(found, start=1)):
                return (0.0, *found)
        return (0.0, 0.5, 1.0, 1.5)

    def probability(self, target: str, history: str) -> float:
        """p(target | history); the history begins with ^ where the name does."""
        history = history[-(self.order - 1) :]
        result = 1 / len(self.symbols)
        for length in range(len(history) + 1):
            suffix = history[len(history) - length :]
            seen = {w: c for (h, w), c in self.counts[length].items() if h == suffix}
            kept = {w: c for w, c in seen.items() if (suffix, w) in self.kept[length]}
            if not kept:
                break
            total = sum(seen.values())
            saved = sum(self.discounts[length][min(c, 3)] for c in kept.values()) + total - sum(kept.values())
            count = kept.get(target, 0)
            result = (count - self.discounts[length][min(count, 3)]) / total + saved / total * result
        return result


def fitted(names: list[str], order: int, prune: tuple[int, ...] = ()) -> Ngram:
    vocabulary = Vocabulary.of(names)
    model = Ngram(NgramSettings(order=order, prune=prune), vocabulary)
    model.count(NgramCounts.of(Examples(names, vocabulary, model.context_size)))
    return model


def all_histories(model: Ngram) -> list[tuple[int, ...]]:
    """Every context there is: some boundaries, then characters."""
    characters = range(1, model.vocabulary.size)
    return [
        (0,) * (model.context_size - length) + tail
        for length in range(model.context_size + 1)
        for tail in product(characters, repeat=length)
    ]


@st.composite
def thresholds(draw, order):
    """None, or by order, ascending; sometimes fewer than there are orders."""
    rising = sorted(draw(st.lists(st.integers(0, 4), max_size=order - 1)))
    return (0, *rising) if rising else ()


@settings(max_examples=80)
@given(NAMES, st.integers(2, 5), st.data())
def test_every_context_of_small_lists_agrees_with_the_textbook(names, order, data):
    prune = data.draw(thresholds(order))
    model, textbook = fitted(names, order, prune), Textbook(names, order, prune)
    assert [ngrams for ngrams, _bytes in model.sizes().values()] == [len(kept) for kept in textbook.kept]
    contexts = all_histories(model)
    found = model(torch.tensor(contexts)).exp()
    symbols = model.vocabulary.symbols
    for context, row in zip(contexts, found.tolist(), strict=True):
        written = "".join(symbols[token] for token in context)
        history = "^" + written.lstrip(".") if 0 in context else written
        expected = [textbook.probability(symbol, history) for symbol in symbols]
        assert row == pytest.approx(expected, abs=1e-6)


def test_a_large_vocabulary_and_a_long_memory_overflow_nothing():
    names = ["".join(chr(0x4E00 + (i * j) % 3000) for j in range(1, 7)) for i in range(1, 400)]
    model, textbook = fitted(names, 8), Textbook(names, 8)
    assert model.vocabulary.size**8 > 1 << 63
    tokens = {symbol: index for index, symbol in enumerate(model.vocabulary.symbols)}
    for name in names[::100]:
        context = [0] * 4 + [tokens[c] for c in name[:3]]
        found = model(torch.tensor([context]))[0, tokens[name[3]]].exp().item()
        assert found == pytest.approx(textbook.probability(name[3], "^" + name[:3]), abs=1e-6)


@pytest.mark.parametrize("prune", [(), (0, 0, 1)])
def test_all_tensors_go_with_a_model_to_another_device(prune):
    model = fitted(["anna", "hanna", "hannah", "ann"], 3, prune).to("meta")
    names = {name.split(".")[-1] for name, _ in model.named_buffers()}
    assert names >= {"keys", "shares", "backoff", "probabilities", "longer"}
    assert all(buffer.is_meta for buffer in model.buffers())
    assert not [name for module in model.modules() for name, own in vars(module).items() if torch.is_tensor(own)]


def state_of(model):
    return {name: t if t.is_floating_point() else t.long() for name, t in model.state_dict().items()}


def damaged_tensors():
    """Models, and tensors that are not theirs: negative, nought, not a number, or beyond what there is by one."""
    model, pruned = (fitted(["anna", "hanna", "hannah", "ann"], 3, prune) for prune in ((), (0, 1)))
    state, vocab_size = state_of(model), model.vocabulary.size
    for name in (name for name in state if name.endswith(("keys", "ends", "followers", "counts"))):
        yield model, name, -state[name] - 1
        if name != "levels.0.keys":  # the empty history has the number 0
            yield model, name, state[name] * 0
    for name, beyond in (
        ("levels.1.keys", vocab_size),
        ("levels.2.keys", len(state["levels.1.keys"]) * vocab_size),
        ("levels.2.followers", vocab_size),
        ("levels.2.ends", len(state["levels.2.followers"]) + 1),
    ):
        yield model, name, torch.cat([state[name][:-1], torch.tensor([beyond])])
    dropped, discounts = (state_of(pruned)[f"levels.1.{name}"] for name in ("dropped", "discounts"))
    for damage in (-dropped - 1, dropped - 100):
        yield pruned, "levels.1.dropped", damage
    for damage in (-discounts - 1, discounts * math.nan):
        yield pruned, "levels.1.discounts", damage


def test_tensors_that_are_no_counts_are_refused():
    for model, name, damage in damaged_tensors():
        copy = Ngram(model.settings, model.vocabulary)
        copy.adopt(state_of(model))
        with pytest.raises(ModelFileError):
            copy.adopt(state_of(model) | {name: damage})


@pytest.mark.parametrize("name", ["counts", "dropped", "discounts"])
def test_a_level_of_another_form_is_refused(name):
    model = fitted(["anna", "hanna", "hannah", "ann"], 3, (0, 1))
    state = model.state_dict()
    model.check_tensors(state)
    tensor = state[f"levels.1.{name}"]
    for damaged in (tensor.double(), tensor[:, None], tensor[:-1]):
        with pytest.raises(ModelFileError, match=r"level 1 (have another type or shape|do not agree in length)"):
            model.check_tensors(state | {f"levels.1.{name}": damaged})


def test_settings_from_before_there_was_pruning_still_load():
    assert NgramSettings.from_json({"order": 4}) == NgramSettings(order=4)
    assert NgramSettings.from_json(NgramSettings(order=3, prune=(0, 1)).to_json()) == NgramSettings(
        order=3, prune=(0, 1)
    )
    for broken in ("0", [0.5], None, [1]):
        with pytest.raises((ModelFileError, UsageError)):
            NgramSettings.from_json({"order": 4, "prune": broken})


@pytest.mark.parametrize("prune", [(1,), (1, 1), (-1,), (0, 2, 1), (0, -1), (0, 0, 0, 0), (0, 10**30)])
def test_thresholds_that_fall_or_that_drop_single_characters_or_that_no_file_could_hold_are_refused(prune):
    with pytest.raises(UsageError, match="prune"):
        NgramSettings.of(order=3, prune=prune)


def test_the_cache_of_short_histories_stays_within_its_bound_and_changes_no_probability(monkeypatch):
    names = ["anna", "hannah", "nan", "ana", "hahn", "anh"]
    whole = fitted(names, order=4)
    contexts = torch.tensor(all_histories(whole))
    for bound in (whole.vocabulary.size, 3 * whole.vocabulary.size, 60, 100):
        monkeypatch.setattr("namegen.models.ngram_speed.HELD_NUMBERS", bound)
        bounded = fitted(names, order=4)
        assert bounded.short_histories.probabilities.numel() <= max(bound, bounded.vocabulary.size)
        assert torch.allclose(bounded(contexts), whole(contexts), atol=1e-6)
    assert bounded.short_histories.length > 0


@pytest.mark.parametrize("left", [1, 2])
def test_a_model_whose_longer_n_grams_are_all_pruned_still_loads(tmp_path, left):
    trained = namegen.train("irish", model="ngram", order=3, prune=[*[0] * left, 10**6])
    trained.save(tmp_path / "m.safetensors")
    loaded = namegen.load(tmp_path / "m.safetensors").model
    assert [number > 0 for number, _bytes in loaded.sizes().values()] == [True] * left + [False] * (3 - left)
    contexts = torch.randint(loaded.vocabulary.size, (100, 2), generator=torch.Generator().manual_seed(1))
    assert torch.equal(loaded(contexts), trained.model(contexts))
