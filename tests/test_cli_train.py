"""`namegen train`, `blend` and `info`: files, notes, Ctrl-C, resuming, and what is refused."""

import json
import math
import re
import signal
from pathlib import Path

import pytest
from conftest import assert_refused
from processes import interrupted, killed_after
from torture.forks import run as run_forked

from namegen import load
from namegen.training import trainer
from namegen.training.trainer import Trainer

TINY = ["--model", "mlp", "--hidden-size", "16", "--context-size", "3"]


def test_a_model_is_named_after_its_source_and_family_and_not_overwritten(here, tmp_path):
    first = here("train", "irish", "--model", "bigram")
    assert first.returncode == 0, first.stderr
    assert "1,046 names (841 train, 103 validation, 102 test), 0 duplicates dropped" in first.stderr
    path, again = tmp_path / "irish-bigram.safetensors", ["train", "irish", "--model", "bigram", "--smoothing", "2"]
    path.chmod(0o600)
    before = path.read_bytes()
    assert_refused(here(*again), "exists already. Overwrite it with --force")
    assert path.read_bytes() == before
    assert here(*again, "--force", "-q").returncode == 0
    assert path.read_bytes() != before
    assert path.stat().st_mode & 0o777 == 0o600, "an overwritten file keeps its permissions"


def test_the_table_and_the_json_show_the_same_losses(here):
    table = here("train", "irish", "--model", "ngram", "-o", "a.safetensors")
    told = json.loads(here("train", "irish", "--model", "ngram", "-o", "b.safetensors", "--format", "json").stdout)
    assert told["names"] == {"train": 841, "validation": 103, "test": 102}
    header, *lines = (line.split() for line in table.stdout.split("\n\n")[0].splitlines())
    assert len(table.stdout.split("\n\n")[1].split("  ")) == len(told["examples"]) == 8
    assert "a bigram reaches 2.42" in table.stdout
    assert header == ["uniform", "unigram", "bigram", "this", "ngram"]
    shown = {(part, what): list(map(float, numbers)) for part, what, *numbers in lines}
    for part in told["names"]:
        losses = [*(told["baselines"][name][part] for name in header[:3]), told["losses"][part]]
        assert shown[part, "loss"] == pytest.approx(losses, abs=1e-4)
        assert shown[part, "perplexity"] == pytest.approx([math.exp(loss) for loss in losses], abs=0.01)
    assert told["baselines"]["uniform"]["test"] > told["baselines"]["bigram"]["test"] > told["losses"]["test"]


def test_in_a_pipe_there_is_one_line_for_each_epoch_and_the_log_says_the_same(here, tmp_path):
    for name in "ab":
        done = here("train", "irish", *TINY, "--epochs", "2", "-o", f"{name}.safetensors", "--log", "log")
        assert (done.returncode, "\x1b" in done.stderr) == (0, False)
        lines = [line for line in done.stderr.splitlines() if line.startswith("mlp  epoch")]
        rows = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
        for line, row in zip(lines, rows[-2:], strict=True):
            assert f"epoch {row['epoch']}/2" in line
            assert f"validation {row['validation_loss']:.4f}" in line
    assert [row["epoch"] for row in rows] == [1, 2, 1, 2]  # the second training added to it
    assert 0 < rows[0]["seconds"] < rows[1]["seconds"]
    assert {"step", "train_loss", "validation_loss", "learning_rate"} <= {*rows[0]}
    without_seconds = [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
    assert [*load("a.safetensors").record.history] == without_seconds[:2] == without_seconds[2:]
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


def test_quiet_shows_the_result_alone(here):
    done = here("train", "irish", *TINY, "--epochs", "1", "--quiet")
    assert (done.returncode, done.stderr, done.stdout[0]) == (0, "", " ")


@pytest.mark.parametrize("epochs", ["1", "3"], ids=["at the end", "on the way"])
def test_ctrl_c_keeps_a_checkpoint_that_resumes_to_the_same_bytes(here, tmp_path, epochs):
    asked = ["train", "irish", *TINY, "--epochs", epochs]
    stopped = interrupted(here, *asked)
    assert (stopped.returncode, stopped.stdout) == (130, ""), stopped.stderr
    said = "Stopped after 33% of the training. Continue with: namegen train --resume irish-mlp.checkpoint"
    assert epochs == "1" or said in stopped.stderr
    assert not (tmp_path / "irish-mlp.safetensors").exists()
    again = here(*asked)
    assert (again.returncode, "--resume irish-mlp.checkpoint" in again.stderr) == (2, True)
    other = here("train", "--resume", "irish-mlp.checkpoint", "--epochs", "4")
    assert_refused(other, f"is of a training with --epochs {epochs}, not 4")
    resumed = here("train", "--resume", "irish-mlp.checkpoint")
    assert resumed.returncode == 0, resumed.stderr
    assert not (tmp_path / "irish-mlp.checkpoint").exists()
    assert here(*asked, "-o", "whole.safetensors").returncode == 0
    assert (tmp_path / "irish-mlp.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()


def test_a_killed_training_has_a_whole_log_and_resumes_from_its_last_epoch(here, tmp_path):
    asked = ["train", "irish", *TINY, "--epochs", "5", "-q", "--log"]
    code, _ = run_forked([*asked, "log"], tmp_path, killed_after(3))
    assert code == -signal.SIGKILL
    assert here("train", "--resume", "irish-mlp.checkpoint", "--log", "rest").returncode == 0
    logged = [[json.loads(line)["epoch"] for line in Path(name).read_text().splitlines()] for name in ("log", "rest")]
    assert logged == [[1, 2, 3], [4, 5]]


@pytest.mark.parametrize("epochs_kept", [2000, 1])
def test_a_training_that_diverges_keeps_its_best_epoch(here, monkeypatch, epochs_kept):
    monkeypatch.setattr("namegen.training.network.EPOCHS_KEPT", epochs_kept)
    healthy = trainer.one_cycle
    monkeypatch.setattr(
        trainer, "one_cycle", lambda progress, peak: math.inf if progress > 0.5 else healthy(progress, peak)
    )
    done = here("train", "irish", *TINY, "--epochs", "4")
    assert done.returncode == 1
    assert "in epoch 3. Lower --learning-rate (now 0.014)." in done.stderr
    assert "namegen train --resume irish-mlp.checkpoint" in done.stderr
    assert not Path("irish-mlp.safetensors").exists()
    resumed = here("train", "--resume", "irish-mlp.checkpoint", "--format", "json")
    assert resumed.returncode == 0, resumed.stderr
    kept = [row["validation_loss"] for row in load("irish-mlp.safetensors").record.history]
    assert len(kept) == (2 if epochs_kept > 1 else 0)
    assert not kept or json.loads(resumed.stdout)["losses"]["validation"] == pytest.approx(min(kept), abs=1e-4)


def test_a_training_limited_by_seconds_shows_no_number_of_epochs(here):
    done = here("train", "irish", *TINY, "--max-seconds", "0.1")
    lines = [line for line in done.stderr.splitlines() if line.startswith("mlp  epoch")]
    assert "/" not in lines[0].replace("names/s", "")
    assert lines[-1].endswith("left 0 s")


def test_half_irish_half_dinosaur(here):
    for source in ("irish", "dinosaurs"):
        assert here("train", source, "--model", "ngram", "-q").returncode == 0
    files = ["irish-ngram.safetensors", "dinosaurs-ngram.safetensors"]
    for weights, shown in (([], ["0.500", "0.500"]), (["--weights", "3,1"], ["0.750", "0.250"])):
        blended = here("blend", *files, "-o", "both.safetensors", "--force", *weights)
        assert [line.split()[-1] for line in blended.stdout.splitlines()[1:]] == shown, blended.stderr
    done = here("blend", files[0], "welsh", "-o", "x.safetensors", "--weights", "3,1", "--format", "json")
    first, *others = json.loads(done.stdout)
    assert first == {"family": "ngram", "characters": 28, "weight": 0.75}
    assert sum(other["weight"] for other in others) == pytest.approx(0.25)
    assert here("blend", files[0], "-o", "x.safetensors").returncode == 2
    assert here("blend", *files, "-o", "x.safetensors", "--weights", "1").returncode == 2
    assert "such as 3,1" in here("blend", *files, "-o", "x.safetensors", "--weights", "half").stderr
    info = json.loads(here("info", "both.safetensors", "--format", "json").stdout)
    assert info["family"] == "blend"
    assert [member["family"] for member in info["settings"]["members"]] == ["ngram", "ngram"]
    shown = here("info", "both.safetensors").stdout
    assert "irish, dinosaurs" in shown
    assert re.search(r"member 2 +0\.\d{3} of ngram, [\d,]+ parameters: order 6; n-grams by length:", shown)
    for member, model in zip(info["members"], load("both.safetensors").model.members, strict=True):
        assert member["ngrams"] == [len(level.counts) for level in model.levels]
        assert sum(member["ngrams"]) <= member["parameters"]


def test_rare_n_grams_are_pruned_and_info_shows_how_many_are_left(here):
    assert here("train", "irish", "--model", "ngram", "-o", "whole.safetensors", "-q").returncode == 0
    pruned = here("train", "irish", "--model", "ngram", "--prune", "0 0 1 1 2 2", "-o", "pruned.safetensors", "-q")
    assert pruned.returncode == 0, pruned.stderr
    whole, left = (json.loads(here("info", f"{n}.safetensors", "--format", "json").stdout) for n in ("whole", "pruned"))
    assert left["settings"]["prune"] == [0, 0, 1, 1, 2, 2]
    numbers = (info["members"][0]["ngrams"] for info in (left, whole))
    kept = [few / many for few, many in zip(*numbers, strict=True)]
    assert kept[:2] == [1, 1]
    assert all(share < 1 for share in kept[2:])
    assert sum(left["members"][0]["ngram_bytes"]) < left["bytes"] < whole["bytes"]
    losses = [info["training"]["losses"]["test"] for info in (whole, left)]
    assert losses[0] < losses[1] < whole["training"]["baselines"]["bigram"]["test"]


def test_nothing_is_added_to_a_file_that_is_not_a_log(here, tmp_path):
    (tmp_path / "list.txt").write_text("anna\nemma\n")
    done = here("train", "irish", "--log", "list.txt", "-o", "m.safetensors")
    assert (done.returncode, "is not a log of a training" in done.stderr) == (2, True)
    assert (tmp_path / "list.txt").read_text() == "anna\nemma\n"


@pytest.mark.parametrize("family", ["bigram", "mlp --epochs 1 --hidden-size 8"])
def test_bad_lines_of_a_validation_list_are_skipped_where_asked(here, tmp_path, family):
    (tmp_path / "valid.txt").write_bytes(b"aidan\n\xff\nbran\nconall\n")
    asked = f"train irish --validation valid.txt -o m.safetensors --model {family}".split()
    assert_refused(here(*asked), "valid.txt, line 2: is not UTF-8 text", 1)
    assert here(*asked, "--skip-bad-lines").returncode == 0


def test_ctrl_c_during_the_last_validation_stops_the_training(here, monkeypatch):
    evaluate = Trainer._evaluate

    def interrupted_at_the_end(trainer):
        if trainer.progress >= 1:
            signal.raise_signal(signal.SIGINT)
        return evaluate(trainer)

    monkeypatch.setattr(Trainer, "_evaluate", interrupted_at_the_end)
    stopped = here("train", "irish", *TINY, "--epochs", "2")
    assert (stopped.returncode, stopped.stdout) == (130, "")
    assert "Stopped after 100% of the training. Continue with: namegen train --resume" in stopped.stderr
