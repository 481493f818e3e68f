"""`namegen evaluate` at a prompt."""

import json
import re

import pytest
from torture.forks import on_terminal

import namegen

RED = re.compile(r"\x1b\[[0-9;]*31m")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two models of one list, one of another."""
    path = tmp_path_factory.mktemp("models")
    namegen.train("irish", model="bigram").save(path / "bigram.safetensors")
    namegen.train("irish", model="ngram").save(path / "ngram.safetensors")
    namegen.train("finnish", model="bigram").save(path / "finnish.safetensors")
    (path / "mixed.txt").write_text("brian\nuna\nzzzzz\nøre\n", encoding="utf-8")
    return path


def rows_of(done):
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_json_is_a_list_with_an_object_for_every_model_and_set(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    rows = rows_of(run_here("evaluate", "ngram.safetensors", "bigram.safetensors", "--format", "json"))
    assert [(row["model"], row["split"]) for row in rows] == [
        (model, split)
        for model in ("ngram.safetensors", "bigram.safetensors")
        for split in ("train", "validation", "test")
    ]
    trained = {name: namegen.load(folder / name) for name in ("ngram.safetensors", "bigram.safetensors")}
    for row in rows:
        model = trained[row["model"]]
        found = model.evaluate(model.read_split().sets[row["split"]])
        for key in ("names", "characters", "loss", "perplexity", "bits_per_character", "accuracy", "known"):
            assert row[key] == pytest.approx(getattr(found, key)), key
        assert row["loss"] == pytest.approx(model.record.losses[row["split"]])
        assert row["baselines"] == pytest.approx(
            {kind: losses[row["split"]] for kind, losses in model.record.baselines.items()}
        )
        assert row["bytes"] == (folder / row["model"]).stat().st_size
        assert row["parameters"] == model.model.parameter_count
        assert row["known"] == (row["names"] if row["split"] == "train" else 0)
        assert row["quality"]["drawn"] == 500
        assert 0.5 < row["quality"]["plausible"] < 1
    best, other = rows[2], rows[5]
    assert best["difference_from_best"] is None
    assert other["difference_from_best"]["loss"] == pytest.approx(other["loss"] - best["loss"])
    assert other["difference_from_best"]["is_clear"] is True


def test_tables_stand_side_by_side_and_are_plain_in_a_pipe(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    done = run_here("evaluate", "bigram.safetensors", "ngram.safetensors", "--draws", "50")
    assert done.returncode == 0
    test = done.stdout.split("test: ")[1].splitlines()
    assert test[0] == "102 names, 803 characters"
    assert [line.split()[0] for line in test[2:7]] == [
        "bigram",
        "ngram",
        "uniform",
        "unigram",
        "bigram",
    ]
    assert re.search(r"bigram +\d\.\d{4} .* \+0\.\d{4}  \+0\.\d{4} … \+0\.\d{4}  clear +0", test[2])
    assert re.search(r"ngram .* best +0", test[3])
    assert "generated: new names, drawn as `namegen sample` draws them" in done.stdout
    assert "real names" in done.stdout
    assert "leak" not in done.stdout
    assert "\x1b" not in done.stdout


def test_a_leak_is_counted_and_the_loss_without_it_is_shown(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    arguments = ("evaluate", "ngram.safetensors", "--data", "irish", "--draws", "0")
    done = run_here(*arguments)
    trained = namegen.load(folder / "ngram.safetensors")
    split = trained.read_split()
    others = trained.evaluate(split.held_out).loss
    assert f"leak: ngram was trained on {len(split.train)} of these names" in done.stdout
    assert f"its loss on the others is {others:.4f}\n" in done.stdout
    (row,) = rows_of(run_here(*arguments, "--format", "json"))
    assert (row["known"], row["quality"]) == (len(split.train), None)
    assert row["loss_of_others"] == pytest.approx(others)


def test_a_leak_is_red_on_a_terminal_unless_no_color_is_set(folder, clean_environment):
    arguments = ["evaluate", "ngram.safetensors", "--data", "irish", "--draws", "0"]
    colourful = clean_environment | {"TERM": "xterm-256color", "COLUMNS": "120"}
    leak = re.compile(r"\x1b\[[0-9;]*31m *leak")
    assert leak.search(on_terminal(arguments, folder, colourful)[1])
    assert not RED.search(on_terminal(arguments, folder, colourful | {"NO_COLOR": "1"})[1])


def test_at_80_columns_no_number_is_cut_and_no_row_wraps(folder, clean_environment):
    arguments = ["evaluate", "ngram.safetensors", "bigram.safetensors", "--draws", "20", "--by", "length"]
    _, shown = on_terminal(arguments, folder, clean_environment | {"TERM": "xterm", "COLUMNS": "80"})
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in shown.splitlines()]
    assert any("95 % interval" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert any("near-copies" in line for line in lines)
    assert not [line for line in lines if re.search(r"\w…", line)]


def test_training_names_are_marked_and_a_single_model_is_not_compared(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    shown = run_here("evaluate", "ngram.safetensors", "irish", "--draws", "0").stdout
    learned, *_, by_list = re.findall(r"^(?:train|test|validation): .*", shown, re.MULTILINE)
    assert learned == "train: 841 names, 6,516 characters; trained on, so not a measure of quality"
    assert by_list == "train: 1,046 names, 8,108 characters; trained on, so not a measure of quality"
    assert shown.count("not a measure of quality") == 2
    assert "from best" not in shown


def test_a_list_with_capitals_is_read_as_one_without(run_here, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    (tmp_path / "caps.txt").write_text("".join(f"{name.title()}\n" for name in namegen.read_corpus("irish").names))
    caps = str(tmp_path / "caps.txt")
    done = run_here("evaluate", "ngram.safetensors", caps, "--data", caps, "--format", "json", "--draws", "0", "-q")
    assert [row["names"] for row in rows_of(done)] == [1046, 1046]
    blended = ("blend", "ngram.safetensors", caps, "--weights", "3,1", "-o", tmp_path / "b.safetensors")
    first, *others = json.loads(run_here(*blended, "--format", "json").stdout)
    assert first == {"family": "ngram", "characters": 28, "weight": 0.75}
    assert sum(other["weight"] for other in others) == pytest.approx(0.25)
    assert run_here("blend", "irish", caps, "--data", caps, "-o", tmp_path / "c.safetensors").returncode == 0


def test_models_of_different_lists_have_different_tables(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    done = run_here("evaluate", "bigram.safetensors", "finnish.safetensors", "--format", "json", "--draws", "0")
    rows = rows_of(done)
    assert len(rows) == 6
    assert all(row["difference_from_best"] is None for row in rows)


def test_an_unknown_character_is_named_with_the_way_out(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    arguments = ("evaluate", "ngram.safetensors", "--data", "mixed.txt", "--draws", "0")
    done = run_here(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "ngram.safetensors: The model does not know the character 'z'" in done.stderr
    assert "--skip-unknown" in done.stderr
    (row,) = rows_of(run_here(*arguments, "--skip-unknown", "--format", "json"))
    assert (row["names"], row["skipped"], row["split"]) == (2, 2, "mixed.txt")


@pytest.mark.parametrize("by", ["length", "position", "character"])
def test_a_loss_can_be_broken_down(run_here, folder, monkeypatch, by):
    monkeypatch.chdir(folder)
    arguments = ("evaluate", "ngram.safetensors", "--data", "irish", "--by", by, "--draws", "0")
    (row,) = rows_of(run_here(*arguments, "--format", "json"))
    total = sum(part["characters"] * part["loss"] for part in row["parts"])
    assert total / row["characters"] == pytest.approx(row["loss"])
    assert row["by"] == by


def test_a_model_named_twice_is_refused(run_here, folder, monkeypatch):
    monkeypatch.chdir(folder)
    done = run_here("evaluate", "ngram.safetensors", "ngram.safetensors")
    assert (done.returncode, done.stdout) == (2, "")
    assert "named twice" in done.stderr


def test_a_model_of_a_list_in_memory_asks_for_data(here, tmp_path):
    namegen.train(names=["anna", "emma", "otto"], model="bigram", holdout=0).save(tmp_path / "m.safetensors")
    done = here("evaluate", "m.safetensors")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Name a list with --data" in done.stderr
    (row,) = rows_of(here("evaluate", "m.safetensors", "--data", "-", "--format", "json", input="emma\nmota"))
    assert (row["known"], row["split"], row["baselines"]) == (1, "-", {})


def test_a_list_is_evaluated_by_the_n_gram_fitted_to_it_and_every_name_is_a_leak(run_here):
    done = run_here("evaluate", "irish", "--data", "irish", "--draws", "0", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "leak: irish was trained on 1,046 of these names; no others are left" in done.stdout


def test_standard_input_is_read_once(run_here):
    done = run_here("evaluate", "-", "--data", "-")
    assert done.returncode == 2
    assert done.stderr == "Error: Standard input (-) can be read only once. Write the list to a file.\n"


def test_names_that_were_seen_in_pretraining_are_counted_with_the_loss_on_the_others(run_here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = namegen.train("irish", model="bigram")
    split = model.read_split()
    model.pretrained_hashes = split.test.hashes().sort().values
    model.save("m.safetensors")
    arguments = ("evaluate", "m.safetensors", "--data", "irish", "--draws", "0")
    shown = run_here(*arguments).stdout
    (row,) = rows_of(run_here(*arguments, "--format", "json"))
    assert row["pretrained"] == len(split.test)
    unseen = model.evaluate([*split.train, *split.validation]).loss
    assert row["loss_of_unseen"] == pytest.approx(unseen)
    others = f"its loss on the others is {unseen:.4f}"
    assert f"m was pretrained on {len(split.test)} of these names; {others}" in shown
    assert "pretrained" not in run_here("evaluate", "m.safetensors", "--draws", "0").stdout.split("test: ")[0]
