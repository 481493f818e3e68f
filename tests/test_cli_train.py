"""`namegen train`, `blend` and `info` as processes: files, notes, Ctrl-C, resuming, and what is refused."""

import json
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def here(run_here, monkeypatch, tmp_path):
    """Run namegen within this process, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return run_here


TINY = ["--model", "mlp", "--hidden-size", "16", "--context", "3"]


def test_a_model_is_named_after_its_source_and_family_and_never_written_over(here, tmp_path):
    first = here("train", "irish", "--model", "bigram")
    assert first.returncode == 0, first.stderr
    assert "1,113 names (883 train, 118 validation, 112 test), 0 duplicates dropped" in first.stderr
    before = (tmp_path / "irish-bigram.safetensors").read_bytes()
    second = here("train", "irish", "--model", "bigram", "--smoothing", "2")
    assert second.returncode == 2
    assert "exists already. Pass --force" in second.stderr
    assert (tmp_path / "irish-bigram.safetensors").read_bytes() == before
    assert here("train", "irish", "--model", "bigram", "--smoothing", "2", "--force", "-q").returncode == 0
    assert (tmp_path / "irish-bigram.safetensors").read_bytes() != before


def test_the_table_and_the_json_tell_the_same_losses(here):
    table = here("train", "irish", "--model", "ngram", "-o", "a.safetensors")
    told = json.loads(here("train", "irish", "--model", "ngram", "-o", "b.safetensors", "--format", "json").stdout)
    assert told["names"] == {"train": 883, "validation": 118, "test": 112}
    last = table.stdout.splitlines()[-1].split()
    assert last[0] == "ngram"
    assert [float(last[i]) for i in (1, 3, 5)] == [round(told["losses"][part], 4) for part in told["names"]]
    assert told["baselines"]["uniform"]["test"] > told["baselines"]["bigram"]["test"] > told["losses"]["test"]


def test_training_twice_with_one_seed_gives_the_same_bytes(run, tmp_path):
    for name in ("a", "b"):
        assert run("train", "irish", *TINY, "--epochs", "2", "--seed", "5", "-o", f"{name}.safetensors").returncode == 0
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_in_a_pipe_there_is_one_line_an_epoch_and_a_log_says_the_same(here, tmp_path):
    done = here("train", "irish", *TINY, "--epochs", "3", "--log", "log.jsonl")
    lines = [line for line in done.stderr.splitlines() if line.startswith("mlp  epoch")]
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    for line, row in zip(lines, rows, strict=True):
        assert f"epoch {row['epoch']}/3" in line
        assert f"validation {row['validation_loss']:.4f}" in line
    assert "\x1b" not in done.stderr


def test_quiet_means_the_result_alone(here):
    done = here("train", "irish", *TINY, "--epochs", "1", "--quiet")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(" ")


def interrupted(folder, environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run namegen and press Ctrl-C after its first epoch."""
    command = [sys.executable, "-m", "namegen", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    seen = ""
    while "epoch 1/" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, seen + rest)


def test_ctrl_c_keeps_a_checkpoint_that_goes_on_to_the_same_bytes(run, tmp_path, clean_environment):
    asked = ["train", "irish", *TINY, "--epochs", "60"]
    stopped = interrupted(tmp_path, clean_environment, *asked)
    assert stopped.returncode == 130, stopped.stderr
    assert "Go on with: namegen train --resume irish-mlp.checkpoint" in stopped.stderr
    assert not (tmp_path / "irish-mlp.safetensors").exists()
    again = run(*asked)
    assert again.returncode == 2
    assert "--resume irish-mlp.checkpoint" in again.stderr
    other = run("train", "--resume", "irish-mlp.checkpoint", "--epochs", "3")
    assert other.returncode == 2
    assert "was made with epochs 60, not 3" in other.stderr
    resumed = run("train", "--resume", "irish-mlp.checkpoint")
    assert resumed.returncode == 0, resumed.stderr
    assert not (tmp_path / "irish-mlp.checkpoint").exists()
    assert run(*asked, "-o", "whole.safetensors").returncode == 0
    assert (tmp_path / "irish-mlp.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()


def test_a_killed_training_goes_on_from_its_last_epoch(run, tmp_path, clean_environment):
    asked = ["train", "irish", *TINY, "--epochs", "40"]
    process = subprocess.Popen(
        [sys.executable, "-m", "namegen", *asked], cwd=tmp_path, env=clean_environment, stderr=subprocess.DEVNULL
    )
    checkpoint = tmp_path / "irish-mlp.checkpoint"
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert run("train", "--resume", checkpoint).returncode == 0
    assert run(*asked, "-o", "whole.safetensors").returncode == 0
    assert (tmp_path / "irish-mlp.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "cuda"], "device 'cuda' is not there"),
        (["--device", "abacus"], "Choose from: auto, cpu"),
        (["--activation", "relu", "--model", "mlp"], "tanh, gelu"),
        (["--input", "bytes", "--model", "mlp"], "embedding, one-hot"),
        (["--precision", "int4", "--model", "mlp"], "auto, float32, bfloat16"),
        (["--model", "rnn"], "unknown model 'rnn'"),
        (["--order", "4", "--model", "mlp"], "order is no setting of the mlp model"),
        (["-o", "no/such/folder/m.safetensors"], "its folder does not exist"),
        (["-o", "."], "is a folder"),
        (["-o", "x" * 300], "cannot be written (file name too long)"),
        (["--log", "no/such/log.jsonl"], "no/such/log.jsonl: cannot be written"),
        (["--resume", "none.checkpoint"], "none.checkpoint: no such file"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_training(here, arguments, said):
    done = here("train", "irish", *arguments)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "epoch" not in done.stderr.replace("--epoch", "")
    assert len(done.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in done.stderr


def test_half_irish_half_dinosaur(here, tmp_path):
    for source in ("irish", "dinosaurs"):
        assert here("train", source, "--model", "ngram", "-q").returncode == 0
    files = ["irish-ngram.safetensors", "dinosaurs-ngram.safetensors"]
    blended = here("blend", *files, "-o", "both.safetensors")
    assert blended.returncode == 0, blended.stderr
    assert [line.split()[-1] for line in blended.stdout.splitlines()[1:]] == ["0.500", "0.500"]
    weighted = here("blend", *files, "-o", "both.safetensors", "--weights", "3,1", "--force")
    assert [line.split()[-1] for line in weighted.stdout.splitlines()[1:]] == ["0.750", "0.250"]
    assert here("blend", *files, "-o", "x.safetensors", "--weights", "1").returncode == 2
    assert here("blend", files[0], "-o", "x.safetensors").returncode == 2
    assert "such as 1,2" in here("blend", *files, "-o", "x.safetensors", "--weights", "half").stderr
    info = json.loads(here("info", "both.safetensors", "--format", "json").stdout)
    assert info["family"] == "blend"
    assert [member["family"] for member in info["config"]["members"]] == ["ngram", "ngram"]
    shown = here("info", "both.safetensors").stdout
    assert "irish, dinosaurs" in shown


def test_rare_n_grams_are_pruned_and_info_tells_how_many_are_left(here):
    assert here("train", "irish", "--model", "ngram", "-o", "whole.safetensors", "-q").returncode == 0
    pruned = here("train", "irish", "--model", "ngram", "--prune", "0 0 1 1 2 2", "-o", "pruned.safetensors", "-q")
    assert pruned.returncode == 0, pruned.stderr
    whole, left = (json.loads(here("info", f"{n}.safetensors", "--format", "json").stdout) for n in ("whole", "pruned"))
    assert left["config"]["prune"] == [0, 0, 1, 1, 2, 2]
    kept = [left["ngrams"][order] / whole["ngrams"][order] for order in whole["ngrams"]]
    assert kept[:2] == [1, 1]
    assert all(share < 1 for share in kept[2:])
    assert sum(left["ngram_bytes"].values()) < left["bytes"] < whole["bytes"]
    assert whole["losses"]["test"] < left["losses"]["test"] < whole["baselines"]["bigram"]["test"]
    assert "ngrams" in here("info", "whole.safetensors").stdout


@pytest.mark.parametrize(("prune", "complaint"), [("1 1", "the first 0"), ("0 x", "a number for each order")])
def test_thresholds_that_are_none_are_refused_in_one_line(here, prune, complaint):
    done = here("train", "irish", "--model", "ngram", "--prune", prune)
    assert done.returncode == 2
    assert complaint in " ".join(done.stderr.split())
