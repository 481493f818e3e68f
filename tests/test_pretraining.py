"""The pretrained network and its adaptation to a list."""

from pathlib import Path

import pytest
import torch

import namegen
from namegen.corpus.packed_names import Names, contains
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import DEFAULT_SOURCE, bundled
from namegen.corpus.split import split
from namegen.corpus.vocabulary import Vocabulary
from namegen.training.adaptation import adapt, fit_output, knows_script, negative_log_likelihood
from namegen.training.lbfgs import minimise
from namegen.training.pretrained import read_pretrained, shipped
from namegen.training.pretraining import Recipe, fingerprint, pretrain, training_lists

DWARVES = ["Thrain", "Balgrim", "Dorundil", "Khardun", "Borin", "Gromvar", "Thodrik", "Haldrum", "Brokk", "Orgrim"]
TINY = Recipe(hidden_size=8, embedding_size=4, vector_size=3, epochs=1)


def test_the_shipped_network_was_trained_on_the_lists_that_are_shipped():
    assert shipped().fingerprint == fingerprint(training_lists())


def test_no_held_out_name_of_any_list_was_seen_in_pretraining():
    for source in bundled():
        sets = split(read_corpus(source).names)
        assert bool(contains(shipped().hashes, sets.train.hashes()).all())
        if source != DEFAULT_SOURCE:  # a name of two lists falls into the same set of both
            assert not bool(contains(shipped().hashes, sets.held_out.hashes()).any())


def test_the_same_lists_and_recipe_give_the_same_bytes(tmp_path):
    lists = {"one": Names.of(["anna", "otto", "emma"]), "two": Names.of(["bo", "max", "annax"])}
    for path in (tmp_path / "a.safetensors", tmp_path / "b.safetensors"):
        pretrain(lists, TINY).save(path)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert read_pretrained(tmp_path / "a.safetensors").lists == ("one", "two")


def test_a_list_that_is_left_out_takes_its_names_with_it():
    left = Names.join([*training_lists(["welsh"]).values()])
    assert not bool(torch.isin(left.hashes(), read_corpus("welsh").names.hashes()).any())


def test_what_is_not_a_pretrained_network_is_refused(tmp_path):
    path = Path(tmp_path / "pretrained.safetensors")
    path.write_bytes(b"\0" * 100)
    with pytest.raises(namegen.NamegenError, match=r"is not a pretrained network, or is broken. `make pretrained`"):
        read_pretrained(path)


def test_the_minimum_of_a_quadratic_is_found_in_few_steps():
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(6, 6, generator=generator)
    a, b = a @ a.T + torch.eye(6), torch.randn(6, generator=generator)
    found = minimise(lambda x: (float(x @ a @ x / 2 - b @ x), a @ x - b), torch.zeros(6), steps=10)
    assert found == pytest.approx(torch.linalg.solve(a, b), abs=0.0015)  # without the steps before it 0.04 is left


def test_curvatures_make_the_minimum_of_a_stretched_quadratic_one_step():
    curvatures, target = torch.tensor([1e-2, 1.0, 1e4]), torch.tensor([3.0, -1.0, 2.0])

    def value_and_gradient(x):
        return float((curvatures / 2 * (x - target).square()).sum()), curvatures * (x - target)

    found = [minimise(value_and_gradient, torch.zeros(3), 1, given) for given in (None, curvatures)]
    assert found[1] == pytest.approx(target, abs=1e-4)
    assert value_and_gradient(found[0])[0] > 1


def test_the_output_layer_is_where_the_gradient_vanishes():
    generator = torch.Generator().manual_seed(2)
    features, followers = torch.rand(30, 4, generator=generator), torch.randint(3, (30, 5), generator=generator).float()
    start = torch.zeros(4, 5)
    found = fit_output(features, followers, start).requires_grad_()
    loss = negative_log_likelihood(features @ found, followers) + 45 / 2 * (found - start).square().sum()
    (gradient,) = torch.autograd.grad(loss, found)
    assert gradient.abs().max() < 1


def test_twenty_names_are_learned_better_than_by_counting():
    sets = split(read_corpus("welsh").names)
    few = [*sets.train[:20]]
    counted = namegen.train(names=few, model="ngram", holdout=0).model
    adapted = namegen.train(names=few, holdout=0)
    assert (adapted.record.preset, adapted.model.family) == ("adapted", "blend")
    known = sets.test.select(counted.vocabulary.knows(sets.test))
    losses = [namegen.evaluation.losses.evaluate(model, known).loss for model in (counted, adapted.model)]
    assert losses[1] < losses[0] - 0.2


def test_an_adaptation_has_no_seed_and_is_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr("namegen.training.fit.adapt", adapt)  # once for each model
    for name in ("a", "b"):
        namegen.train(names=DWARVES, holdout=0).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    loaded = namegen.load(tmp_path / "a")
    assert loaded.sample(5) == namegen.train(names=DWARVES, holdout=0).sample(5)
    assert all(name.istitle() for name in loaded.sample(20))


def test_an_accented_letter_starts_from_its_base_letter():
    vocabulary = Vocabulary("".join(sorted({*shipped().characters, "ǎ"})))
    model = adapt(shipped(), Names.of(["renǎ", "andrǎ"]), vocabulary)
    embedding = dict(zip(".".join(["", vocabulary.characters]), model.embedding, strict=True))
    size = shipped().embedding.shape[1]
    assert torch.equal(embedding["ǎ"][:size], embedding["a"][:size])


def test_names_in_another_script_fall_back_to_the_models_that_learn_from_the_list_alone(tmp_path):
    cyrillic = ["иван", "анна", "ольга", "пётр", "мария", "игорь"]
    assert not knows_script(shipped(), Names.of(cyrillic))
    (tmp_path / "list.txt").write_text("\n".join(cyrillic), encoding="utf-8")
    assert namegen.open_model(tmp_path / "list.txt").model.family == "ngram"


def test_without_pretraining_a_network_learns_from_the_list_alone():
    trained = namegen.train(names=DWARVES, holdout=0, pretrained=False, epochs=1, hidden_size=8)
    assert (trained.record.preset, len(trained.pretrained_hashes)) == ("default", 0)
    assert set(trained.model.vocabulary.characters) == set("".join(DWARVES).lower())
