"""What commands write and where, and that no file is lost that they read."""

import os
import re
import resource

import pytest
from conftest import assert_refused
from processes import interrupted
from torture.campaign import StopAfter
from torture.forks import run

import namegen
from namegen.errors import TrainingStoppedError

LIST = "anna\nemma\notto\nada\n"
TINY = ["--model", "mlp", "--hidden-size", "16", "--context-size", "3"]


def test_resuming_one_training_leaves_the_others_alone(here, tmp_path):
    for name in ("a.v1", "a.v2", "my names.safetensors"):
        stopped = interrupted(here, "train", "irish", *TINY, "--epochs", "3", "-o", name)
        assert stopped.returncode == 130, stopped.stderr
    assert stopped.stderr.endswith("namegen train --resume 'my names.checkpoint'\n")
    checkpoints = {path.name for path in tmp_path.glob("*.checkpoint")}
    assert checkpoints == {"a.v1.checkpoint", "a.v2.checkpoint", "my names.checkpoint"}
    again = interrupted(here, "train", "--resume", "a.v1.checkpoint", "-o", "a.v1")
    assert again.stderr.endswith("Continue with: namegen train --resume a.v1.checkpoint -o a.v1\n")
    resumed = here("train", "--resume", "a.v2.checkpoint", "-o", "a.v1")
    assert resumed.returncode == 0, resumed.stderr
    assert {path.name for path in tmp_path.glob("*.checkpoint")} == checkpoints - {"a.v2.checkpoint"}


def test_a_training_is_not_resumed_when_its_validation_list_has_changed(here, tmp_path):
    (tmp_path / "valid.txt").write_text("aoife\nbran\n")
    asked = ["train", "irish", *TINY, "--epochs", "2", "--validation", "valid.txt", "-o", "m.safetensors"]
    assert interrupted(here, *asked).returncode == 130
    (tmp_path / "valid.txt").write_text("conn\nbran\n")
    refused = here("train", "--resume", "m.checkpoint")
    assert refused.returncode == 1
    assert "irish, valid.txt: has changed since m.checkpoint was written" in refused.stderr
    (tmp_path / "valid.txt").write_text("aoife\nbran\n")
    assert here("train", "--resume", "m.checkpoint").returncode == 0


def test_commands_to_copy_can_be_pasted(here, tmp_path):
    (tmp_path / "-my list.txt").write_text(LIST)
    done = here("train", "./-my list.txt", "--model", "bigram", "--holdout", "0")
    assert done.stderr.splitlines()[-1] == "New names:  namegen sample './-my list-bigram.safetensors'"
    assert here("sample", "./-my list-bigram.safetensors", "-n", "1").returncode == 0


def test_a_log_for_which_the_disk_has_no_space_is_named(tmp_path):
    most = 200_000
    log = tmp_path / "log.jsonl"
    log.write_text("{" + " " * (most - 30) + "}\n")

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    asked = ["train", "irish", *TINY, "--epochs", "2", "-q", "--log", "log.jsonl", "-o", "m.safetensors"]
    code, said = run(asked, tmp_path, limit_files)
    assert (code, said) == (1, "Error: log.jsonl: cannot be written (file too large). Name another file with --log.\n")
    assert run(["train", "--resume", "m.checkpoint", "-q"], tmp_path)[0] == 0


def test_a_training_that_cannot_begin_says_so_in_one_line(here, tmp_path, monkeypatch):
    many = [f"list-{n}.txt" for n in range(60)]
    for name in many:
        (tmp_path / name).write_text("anna\nemma\n")
    assert_refused(here("train", *many, "--model", "ngram"), "file name too long.", 1)
    monkeypatch.setenv("WORLD_SIZE", "two")
    assert_refused(here("train", "irish", "--model", "ngram"), "WORLD_SIZE 'two' is not a number of processes.")


def test_a_model_never_replaces_a_checkpoint(here, tmp_path):
    small = {"epochs": 1, "hidden_size": 16}
    for name in ("ck.safetensors", "m.checkpoint"):
        with pytest.raises(TrainingStoppedError):
            namegen.train("irish", model="mlp", **small, checkpoint=tmp_path / name, listener=StopAfter(0))
    (tmp_path / "link.st").symlink_to("m.checkpoint")
    for asked in (
        ["--resume", "ck.safetensors"],
        ["--resume", "m.checkpoint", "-o", "link.st"],
        ["--resume", "ck.safetensors", "-o", "./ck.safetensors"],
        ["irish", "--model", "ngram", "-o", "m.checkpoint"],
    ):
        for force in ([], ["--force"]):
            refused = here("train", *asked, *force)
            assert_refused(refused, f"{asked[-1].removeprefix('./')}: is the name of a checkpoint.")
    assert here("train", "--resume", "ck.safetensors", "-o", "m.safetensors", "-q").returncode == 0
    assert not (tmp_path / "ck.safetensors").exists()


@pytest.mark.parametrize(
    "line",
    [
        "train list.txt --model ngram --holdout 0 -o ./list.txt",
        "train . --model ngram -o list.txt",
        "train irish --model ngram --validation list.txt -o list.txt",
        "train list.checkpoint --model ngram -o list.safetensors",
        "train irish --model ngram --validation list.checkpoint -o list.safetensors",
        "blend list.txt irish -o list.txt",
        "blend welsh irish --data list.txt -o list.txt",
        "export list.json -o list.json",
        "export list.txt -o link.json",
        "plot lengths list.svg -o list.svg",
        "export list.json.st -o list.json",
        "plot lengths list.svg.st -o list.svg",
        "blend list.txt.st list.json.st -o list.txt",
    ],
)
def test_a_list_that_is_read_or_was_learned_is_not_overwritten_even_with_force(here, tmp_path, line):
    lists = [tmp_path / f"list.{suffix}" for suffix in ("txt", "checkpoint", "json", "svg")]
    for path in lists:
        path.write_text(LIST)
    for name in re.findall(r"(\S+)\.st\b", line):
        namegen.train(name, model="ngram", holdout=0).save(f"{name}.st")
    (tmp_path / "link.json").symlink_to("list.txt")
    assert_refused(here(*line.split(), "--force"), ": is also read. Name another file with --out.")
    assert [path.read_text() for path in lists] == [LIST] * 4


def test_neither_standard_input_nor_a_list_is_overwritten(tmp_path):
    (tmp_path / "list.st").write_text(LIST)
    (tmp_path / "rows.txt").write_text('{"a"}\n{"b"}\n')

    def read_the_list():
        os.dup2(os.open("list.st", os.O_RDONLY), 0)

    asked = ["train", "-", "--model", "ngram", "--holdout", "0", "-o", "list.st", "--force"]
    said = "Error: list.st: is also read. Name another file with --out.\n"
    assert run(asked, tmp_path, read_the_list) == (2, said)
    code, said = run(["train", "rows.txt", "--holdout", "0", "--log", "rows.txt", "-o", "m.st"], tmp_path)
    assert (code, said) == (2, "Error: rows.txt: is also read. Name another file with --log.\n")
    assert (tmp_path / "rows.txt").read_text() == '{"a"}\n{"b"}\n'


def test_no_file_is_written_that_would_become_one_of_the_lists(here, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.txt").write_text(LIST)
    for asked in (["-o", "lists/m.txt"], ["-o", "m.st", "--log", "lists/log.txt", "--model", "mlp"]):
        said = "would be read as a list of its folder. Name another file with --"
        assert_refused(here("train", "lists", *asked), said)
    assert here("train", "lists", "--model", "ngram", "--holdout", "0", "-o", "lists/m.st").returncode == 0
