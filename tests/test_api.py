"""The library as its users see it: train, load, resume, and what is told of a training."""

import os
import re

import pytest
import torch
from torture.campaign import StopAfter

import namegen
from namegen.corpus.split import choose_at_most
from namegen.errors import ModelFileError, SourceError, TrainingStoppedError, UsageError
from namegen.settings import TrainSettings
from namegen.training.checkpoint import Checkpoint

TINY = {"hidden_size": 16, "context_size": 3, "epochs": 2}
BLEND = {**TINY, "hidden_size": 8, "embedding_size": 4, "networks": 2}


@pytest.fixture
def few_names(tmp_path):
    """A list with the first 150 of the Irish names."""
    path = tmp_path / "few.txt"
    path.write_text("\n".join(namegen.read_corpus("irish").names[:150]), encoding="utf-8")
    return path


def test_the_record_shows_how_a_model_came_to_be():
    record = namegen.train(["irish", "scottish"], model="mlp", holdout=0.4, split_seed=3, **TINY).record
    assert record.sources == ("irish", "scottish")
    assert record.holdout == 0.4
    assert set(record.counts) == set(record.losses) == {"train", "validation", "test"}
    assert record.losses["test"] < record.baselines["unigram"]["test"] < record.baselines["uniform"]["test"]
    assert record.settings["hidden_size"] == 16
    assert "order" not in record.settings
    assert [row["epoch"] for row in record.history] == [1, 2]
    assert {"member", "step", "train_loss", "validation_loss", "learning_rate"} <= record.history[0].keys()


def test_a_network_is_evaluated_on_some_of_many_training_names_and_on_all_of_few(monkeypatch):
    few = namegen.train("irish", model="mlp", **TINY)
    for module in ("fit", "network"):
        monkeypatch.setattr(f"namegen.training.{module}.EVALUATED_NAMES", 100)
    many = namegen.train("irish", model="mlp", **TINY)
    split = few.read_split()
    assert torch.equal(many.model.embedding, few.model.embedding)
    assert many.record.baselines == few.record.baselines
    for part, names in split.sets.items():
        assert few.record.losses[part] == pytest.approx(few.evaluate(names).loss, abs=1e-6)
    assert many.record.losses["train"] == pytest.approx(few.evaluate(choose_at_most(100, split.train)).loss, abs=1e-6)
    assert {**many.record.losses, "train": 0} == {**few.record.losses, "train": 0}


def test_a_list_that_is_gone_or_has_changed_is_not_read_again(tmp_path):
    in_memory = namegen.train(names=["Ánna", "Bella", "Čeněk", "Dana"] * 2, model="ngram", holdout=0)
    assert in_memory.record.counts == {"train": 4}
    assert set("".join(in_memory.sample(5, case="lower"))) <= set("ánabelčeěkd")
    path = tmp_path / "names.txt"
    path.write_text("anna\nemma\n", encoding="utf-8")
    of_file = namegen.train(path, model="bigram", holdout=0)
    assert {*of_file.read_split().train} == {"anna", "emma"}
    path.write_text("anna\notto\n", encoding="utf-8")
    for model in (in_memory, of_file):
        with pytest.raises(SourceError, match="with `data`"):
            model.read_split()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SourceError, match="was not a file"):  # and does not wait for what may never come
        of_file.read_split()


def test_a_training_that_is_stopped_again_and_again_goes_on_to_the_same_file(few_names, tmp_path):
    whole = namegen.train(few_names, **BLEND)
    checkpoint = tmp_path / "m.checkpoint"
    with pytest.raises(TrainingStoppedError, match=r"Continue with namegen\.resume\('.*m\.checkpoint'\)\."):
        namegen.train(few_names, checkpoint=checkpoint, listener=StopAfter(25), **BLEND)
    for stop_at in (20, 5):
        with pytest.raises(TrainingStoppedError):
            namegen.resume(checkpoint, listener=StopAfter(stop_at))
    resumed = namegen.resume(checkpoint)
    whole.save(tmp_path / "whole.safetensors")
    resumed.save(tmp_path / "resumed.safetensors")
    assert (tmp_path / "whole.safetensors").read_bytes() == (tmp_path / "resumed.safetensors").read_bytes()


def test_a_training_on_names_in_memory_goes_on_with_the_same_names_alone(tmp_path):
    names = [*namegen.read_corpus("irish").names][:300]
    path, other = tmp_path / "m.checkpoint", tmp_path / "other.checkpoint"
    stopped = {"model": "mlp", "listener": StopAfter(20), **TINY}
    said = r"Continue with namegen\.resume\('.*m\.checkpoint', names=…\)\."
    with pytest.raises(TrainingStoppedError, match=said) as error:
        namegen.train(names=names, checkpoint=path, **stopped)
    assert error.value.checkpoint == path
    with pytest.raises(TrainingStoppedError):
        namegen.train("irish", checkpoint=other, **stopped)
    said = f"{path}: is of a training on names in memory. Give them again: namegen.resume({str(path)!r}, names=…)."
    with pytest.raises(UsageError, match=re.escape(said)):
        namegen.resume(path)
    with pytest.raises(UsageError, match="on a list that is read again"):
        namegen.resume(other, names=names)
    with pytest.raises(SourceError, match="a list in memory: has changed since"):
        namegen.resume(path, names=names[1:])
    resumed = namegen.resume(path, names=names)
    assert torch.equal(resumed.model.embedding, namegen.train(names=names, model="mlp", **TINY).model.embedding)


def test_the_record_of_a_long_training_holds_epochs_at_even_distances(few_names, monkeypatch):
    monkeypatch.setattr("namegen.training.network.EPOCHS_KEPT", 4)
    told = []

    class Listener(namegen.TrainingListener):
        def on_epoch(self, name, epoch, network):
            told.append(epoch.epoch)

    trained = namegen.train(few_names, model="mlp", listener=Listener(), **TINY | {"epochs": 10})
    assert told == list(range(1, 11))
    assert [row["epoch"] for row in trained.record.history] == [3, 6, 9, 10]


@pytest.mark.parametrize("family", ["bigram", "blend"])
def test_what_torch_is_set_to_elsewhere_changes_nothing(family, few_names, tmp_path):
    settings = TINY | {"epochs": 1} if family == "blend" else {}

    def results():
        trained = namegen.train(few_names, model=family, **settings)
        trained.save(tmp_path / f"{family}.safetensors")
        loaded = namegen.load(tmp_path / f"{family}.safetensors")
        return loaded, (trained.record.losses, loaded.sample(5, seed=1), loaded.score(["aoife"]), loaded.top(3))

    _, expected = results()
    for setting in (torch.inference_mode, torch.no_grad):
        with setting():
            loaded, found = results()
        assert found == expected
        assert loaded.sample(5, seed=1) == expected[1]
    torch.set_default_dtype(torch.float64)
    try:
        assert results()[1] == expected
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_blend_with_nothing_held_out_still_counts_every_name():
    names = [*namegen.read_corpus("irish").names]
    blend = namegen.train("irish", holdout=0, **TINY)
    alone = namegen.train("irish", model="ngram", holdout=0)
    member = blend.model.members[0]
    assert member.state_dict()["levels.0.counts"].tolist() == alone.model.state_dict()["levels.0.counts"].tolist()
    assert blend.evaluate(names).known == len(names)
    assert sum(blend.model.weights.tolist()) == pytest.approx(1)


def test_two_names_are_enough_for_every_family():
    for family in ("bigram", "ngram", "mlp", "blend"):
        model = namegen.train(names=["ann", "bob"], model=family, holdout=0, **(TINY if family == "mlp" else {}))
        assert len(model.sample(3)) == 3


def test_an_unknown_name_of_the_library_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = namegen.nonsense
    assert set(namegen.__all__) <= set(dir(namegen))
    for name in namegen.__all__:
        assert getattr(namegen, name) is not None


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c.current.pop("steps"),
        lambda c: c.current.update(means=c.current["means"][:, None]),
        lambda c: c.current.update(loss_sums=c.current["loss_sums"][0]),
        lambda c: setattr(c, "sources", 3),
        lambda c: object.__setattr__(c.settings, "model", ["mlp"]),
        lambda c: object.__setattr__(c.settings, "epochs", [1]),
        lambda c: setattr(c, "history", "none"),
    ],
    ids=["no steps", "shape", "no sums", "sources", "model", "epochs", "history"],
)
def test_a_checkpoint_that_was_tampered_with_is_refused(damage, tmp_path):
    path = tmp_path / "m.checkpoint"
    with pytest.raises(TrainingStoppedError):
        namegen.train("irish", model="mlp", checkpoint=path, listener=StopAfter(0), **TINY)
    checkpoint = Checkpoint.load(path)
    damage(checkpoint)
    checkpoint.save()
    with pytest.raises(ModelFileError, match="checkpoint"):
        namegen.resume(path)


def test_a_blend_goes_on_from_any_epoch_of_any_network_to_the_same_weights(few_names, tmp_path, monkeypatch):
    path, saved = tmp_path / "it.checkpoint", []
    save = Checkpoint.save

    def save_and_keep(self):
        save(self)
        saved.append(path.read_bytes())

    monkeypatch.setattr(Checkpoint, "save", save_and_keep)
    monkeypatch.setattr("namegen.training.network.SECONDS_BETWEEN_CHECKPOINTS", 0)
    whole = namegen.train(few_names, checkpoint=path, **BLEND)
    monkeypatch.undo()
    assert len(saved) == 4
    for state in saved:
        path.write_bytes(state)
        resumed = namegen.resume(path)
        assert resumed.record == whole.record
        assert torch.equal(resumed.model.weights, whole.model.weights)


def test_a_checkpoint_of_another_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("namegen.training.checkpoint.FORMAT", 9)
    Checkpoint(("irish",), TrainSettings(), tmp_path / "m.checkpoint").save()
    monkeypatch.undo()
    with pytest.raises(
        ModelFileError, match=r"m\.checkpoint: was written by another version of namegen\. Train again\."
    ):
        namegen.resume(tmp_path / "m.checkpoint")


def test_lists_may_be_paths_and_a_validation_list_takes_no_part_in_training(tmp_path):
    (tmp_path / "a.txt").write_text("anna\nbo\nada\n")
    (tmp_path / "b.txt").write_text("bo\nbeth\n")
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    trained = namegen.train(paths, model="bigram", holdout=0)
    assert trained.record.sources == tuple(map(str, paths))
    assert {*trained.read_split().train} == {"anna", "bo", "ada", "beth"}
    apart = namegen.train(paths[0], model="bigram", validation=str(paths[1]))
    assert apart.record.counts == {"train": 2, "validation": 2}
    split = apart.read_split()
    assert ({*split.train}, {*split.validation}, len(split.test)) == ({"anna", "ada"}, {"bo", "beth"}, 0)
    assert apart.evaluate(["anna", *split.validation]).known == 1
    apart.save(tmp_path / "m.safetensors")
    assert namegen.load(tmp_path / "m.safetensors").record == apart.record


def test_a_set_of_names_gives_the_same_model_in_every_process():
    names = ["anna", "emma", "otto", "hugo", "maria", "lena"]
    models = [namegen.train(names=given, model="ngram", holdout=0) for given in ({*names}, sorted(names))]
    assert models[0].sample(5, seed=1) == models[1].sample(5, seed=1)
    assert models[0].record == models[1].record


def test_one_text_is_not_a_list_of_names():
    with pytest.raises(UsageError, match=r"^`names` 'irish' is one text\. Give a list"):
        namegen.train(names="irish")


def test_a_missing_argument_is_named(irish_bigram):
    with pytest.raises(UsageError, match=r"^`plot` needs `path`"):
        irish_bigram.plot("lengths")
    with pytest.raises(UsageError, match=r"^`pseudonyms` needs `secret`"):
        irish_bigram.pseudonyms(["a"])


def test_a_seed_alone_does_not_train_a_network_from_nothing():
    assert TrainSettings.of(seed=1).preset is None
    assert TrainSettings.of(seed=1, epochs=2).preset == "default"
