"""`namegen evaluate` at a prompt."""

import json
import os
import re
from functools import partial

import pytest
from conftest import assert_refused

import namegen

RED = re.compile(r"\x1b\[[0-9;]*31m")


@pytest.fixture
def evaluate(run_here, irish_models, monkeypatch):
    """Run `namegen evaluate` beside two models of Irish names."""
    monkeypatch.chdir(irish_models)
    return partial(run_here, "evaluate")


def rows_of(done):
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_json_is_a_list_with_an_object_for_every_model_and_set(evaluate):
    trained = {name: namegen.load(name) for name in ("ngram.safetensors", "bigram.safetensors")}
    rows = rows_of(evaluate(*trained, "--format", "json"))
    assert [(row["model"], row["split"]) for row in rows] == [
        (model, split) for model in trained for split in ("train", "validation", "test")
    ]
    for row in rows:
        model, split = trained[row["model"]], row["split"]
        found = model.evaluate(model.read_split().sets[split])
        for key in ("names", "characters", "loss", "perplexity", "bits_per_character", "accuracy", "known"):
            assert row[key] == pytest.approx(getattr(found, key)), key
        assert row["loss"] == pytest.approx(model.record.losses[split])
        baselines = {kind: losses[split] for kind, losses in model.record.baselines.items()}
        assert row["baselines"] == pytest.approx(baselines)
        assert (row["bytes"], row["parameters"]) == (os.stat(row["model"]).st_size, model.model.parameter_count)
        assert row["known"] == (row["names"] if split == "train" else 0)
        assert row["quality"]["drawn"] == 500
        assert 0.5 < row["quality"]["plausible"] < 1
    best, other = rows[2], rows[5]
    assert best["difference_from_best"] is None
    assert other["difference_from_best"]["loss"] == pytest.approx(other["loss"] - best["loss"])
    assert other["difference_from_best"]["is_clear"] is True


def test_a_leak_is_counted_and_the_loss_without_it_is_shown(evaluate, irish_ngram):
    arguments = ("ngram.safetensors", "--data", "irish", "--draws", "0")
    split = irish_ngram.read_split()
    others = irish_ngram.evaluate(split.held_out).loss
    shown = evaluate(*arguments).stdout
    assert f"leak: ngram was trained on {len(split.train)} of these names" in shown
    assert f"its loss on the others is {others:.4f}\n" in shown
    (row,) = rows_of(evaluate(*arguments, "--format", "json", "--by", "length"))
    assert (row["known"], row["quality"], row["by"]) == (len(split.train), None, "length")
    assert row["loss_of_others"] == pytest.approx(others)
    total = sum(part["characters"] * part["loss"] for part in row["parts"])
    assert total / row["characters"] == pytest.approx(row["loss"])


def test_a_leak_is_red_on_a_terminal_unless_no_color_is_set(irish_models, on_terminal):
    arguments = ("evaluate", irish_models / "ngram.safetensors", "--data", "irish", "--draws", "0")
    assert re.search(r"\x1b\[[0-9;]*31m *leak", on_terminal(*arguments)[1])
    assert not RED.search(on_terminal(*arguments, NO_COLOR="1")[1])


def test_at_80_columns_no_number_is_cut_and_no_row_wraps(irish_models, on_terminal):
    models = (irish_models / "ngram.safetensors", irish_models / "bigram.safetensors")
    _, shown = on_terminal("evaluate", *models, "--draws", "20", "--by", "length", COLUMNS="80")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in shown.splitlines()]
    assert any("95 % interval" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert any("near-copies" in line for line in lines)
    assert not [line for line in lines if re.search(r"\w…", line)]


def test_training_names_are_marked_and_models_of_different_lists_are_not_compared(evaluate, tmp_path):
    namegen.train("finnish", model="bigram", holdout=0).save(tmp_path / "finnish.safetensors")
    models = ("ngram.safetensors", "irish", tmp_path / "finnish.safetensors")
    shown = evaluate(*models, "--draws", "0").stdout
    marked = re.findall(r"^train: (.*); trained on, so not a measure of quality$", shown, re.MULTILINE)
    assert marked[:2] == ["841 names, 6,516 characters", "1,046 names, 8,108 characters"]
    assert shown.count("not a measure of quality") == len(marked) == 3
    assert "from best" not in shown
    rows = rows_of(evaluate(*models, "--draws", "0", "--format", "json", "-q"))
    assert [row["difference_from_best"] for row in rows] == [None] * 5


def test_an_unknown_character_is_named_with_the_way_out(evaluate, tmp_path):
    mixed = tmp_path / "mixed.txt"
    mixed.write_text("brian\nuna\nzzzzz\nøre\n", encoding="utf-8")
    arguments = ("ngram.safetensors", "--data", mixed, "--draws", "0")
    refused = evaluate(*arguments)
    assert_refused(refused, "ngram.safetensors: The model does not know the character 'z'", 1)
    assert "--skip-unknown" in refused.stderr
    (row,) = rows_of(evaluate(*arguments, "--skip-unknown", "--format", "json"))
    assert (row["names"], row["skipped"], row["split"]) == (2, 2, str(mixed))


def test_a_model_of_a_list_in_memory_asks_for_data(here, tmp_path):
    namegen.train(names=["anna", "emma", "otto"], model="bigram", holdout=0).save(tmp_path / "m.safetensors")
    assert_refused(here("evaluate", "m.safetensors"), "Name a list with --data", 1)
    (row,) = rows_of(here("evaluate", "m.safetensors", "--data", "-", "--format", "json", input="emma\nmota"))
    assert (row["known"], row["split"], row["baselines"]) == (1, "-", {})


def test_a_list_is_evaluated_by_the_model_fitted_to_it_and_every_name_is_a_leak(evaluate):
    done = evaluate("irish", "--data", "irish", "--draws", "0", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "leak: irish was trained on 1,046 of these names; no others are left" in done.stdout


def test_names_that_were_seen_in_pretraining_are_counted_with_the_loss_on_the_others(here):
    model = namegen.train("irish", model="bigram")
    split = model.read_split()
    model.pretrained_hashes = split.test.hashes().sort().values
    model.save("m.safetensors")
    arguments = ("evaluate", "m.safetensors", "--data", "irish", "--draws", "0")
    (row,) = rows_of(here(*arguments, "--format", "json"))
    unseen = model.evaluate([*split.train, *split.validation]).loss
    assert (row["pretrained"], row["loss_of_unseen"]) == (len(split.test), pytest.approx(unseen))
    said = f"m was pretrained on {len(split.test)} of these names; its loss on the others is {unseen:.4f}"
    assert said in here(*arguments).stdout
    assert "pretrained" not in here("evaluate", "m.safetensors", "--draws", "0").stdout.split("test: ")[0]
