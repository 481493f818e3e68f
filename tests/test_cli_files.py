"""What commands write and where, and that no file is lost that they read."""

import os
import resource

import pytest
from processes import interrupted
from torture.forks import run

import namegen
from namegen.errors import TrainingStoppedError
from namegen.training.listener import TrainingListener


class Stopping(TrainingListener):
    """Stops a training at once."""

    def stop(self) -> bool:
        return True


TINY = ["--model", "mlp", "--hidden-size", "16", "--context-size", "3"]


def test_a_model_file_is_not_named_as_a_checkpoint_or_as_a_list_that_is_read(here, tmp_path):
    (tmp_path / "list.txt").write_text("anna\nemma\notto\nada\n")
    named = here("train", "list.txt", "--model", "ngram", "--holdout", "0", "-o", "m.checkpoint")
    assert (named.returncode, named.stdout) == (2, "")
    assert "m.checkpoint: is the name of a checkpoint." in named.stderr
    itself = here("train", "list.txt", "--model", "ngram", "--holdout", "0", "-o", "./list.txt", "--force")
    assert (itself.returncode, itself.stdout) == (2, "")
    assert "list.txt: is also read. Name another file with --out." in itself.stderr
    for arguments in (
        ["train", ".", "--model", "ngram"],
        ["train", "irish", "--validation", "list.txt", "--model", "ngram"],
        ["blend", "list.txt", "irish"],
        ["blend", "welsh", "irish", "--data", "list.txt"],
    ):
        over = here(*arguments, "-o", "list.txt", "--force")
        assert (over.returncode, over.stdout) == (2, ""), over.stderr
        assert "list.txt: is also read" in over.stderr
    assert (tmp_path / "list.txt").read_text() == "anna\nemma\notto\nada\n"


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
    (tmp_path / "-my list.txt").write_text("anna\nemma\notto\nada\n")
    done = here("train", "./-my list.txt", "--model", "bigram", "--holdout", "0")
    assert done.stderr.splitlines()[-1] == "New names:  namegen sample './-my list-bigram.safetensors'"
    assert here("sample", "./-my list-bigram.safetensors", "-n", "1").returncode == 0


def test_an_overwritten_file_keeps_its_permissions(here, tmp_path):
    asked = ["train", "irish", "--model", "bigram", "-o", "m.safetensors", "--force"]
    assert here(*asked).returncode == 0
    (tmp_path / "m.safetensors").chmod(0o600)
    assert here(*asked).returncode == 0
    assert (tmp_path / "m.safetensors").stat().st_mode & 0o777 == 0o600


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


def test_a_training_on_names_in_memory_is_resumed_in_python(here, tmp_path):
    kept = tmp_path / "kept.checkpoint"
    with pytest.raises(TrainingStoppedError) as stopped:
        namegen.train(names=["anna", "emma"], holdout=0, model="mlp", epochs=2, checkpoint=kept, listener=Stopping())
    assert (stopped.value.checkpoint, kept.exists()) == (kept, True)
    (tmp_path / "kept.safetensors").touch()
    resumed = here("train", "--resume", kept, "--force")
    way_out = f"Give them again: namegen.resume({str(kept)!r}, names=…)."
    assert (resumed.returncode, resumed.stdout) == (2, "")
    assert resumed.stderr == f"Error: {kept}: is of a training on names in memory. {way_out}\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--resume", "."], {}, ".: is not a checkpoint, or is broken."),
        (["irish"], {"WORLD_SIZE": "two"}, "WORLD_SIZE 'two' is not a number of processes."),
        ([f"list-{n}.txt" for n in range(60)], {}, "file name too long."),
    ],
)
def test_a_training_that_cannot_begin_says_so_in_one_line(here, tmp_path, monkeypatch, arguments, environment, said):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in arguments:
        if name.endswith(".txt"):
            (tmp_path / name).write_text("anna\nemma\n")
    done = here("train", *arguments, "--model", "ngram")
    assert (done.returncode in (1, 2), done.stdout, done.stderr.count("\n")) == (True, "", 1)
    assert said in done.stderr


def test_a_model_never_replaces_its_own_checkpoint(here, tmp_path):
    for name in ("ck.safetensors", "m.checkpoint"):
        with pytest.raises(TrainingStoppedError):
            namegen.train("irish", model="mlp", epochs=1, checkpoint=tmp_path / name, listener=Stopping())
    (tmp_path / "link.st").symlink_to("m.checkpoint")
    for asked in (["ck.safetensors"], ["m.checkpoint", "-o", "link.st"], ["ck.safetensors", "-o", "./ck.safetensors"]):
        for force in ([], ["--force"]):
            refused = here("train", "--resume", *asked, *force)
            assert (refused.returncode, refused.stdout) == (2, "")
            assert f"{asked[-1].removeprefix('./')}: is the name of a checkpoint." in refused.stderr
    assert here("train", "--resume", "ck.safetensors", "-o", "m.safetensors", "-q").returncode == 0
    assert not (tmp_path / "ck.safetensors").exists()


LIST = "anna\nemma\notto\nada\n"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("m.checkpoint", ["train", "m.checkpoint", "--model", "ngram", "-o", "m.safetensors"]),
        ("v.checkpoint", ["train", "irish", "--model", "ngram", "--validation", "v.checkpoint", "-o", "v.safetensors"]),
        ("list.json", ["export", "list.json", "-o", "list.json"]),
        ("list.svg", ["plot", "lengths", "list.svg", "-o", "list.svg"]),
        ("d.safetensors", ["blend", "irish", "welsh", "--data", "d.safetensors", "-o", "d.safetensors"]),
        ("list.html", ["export", "list.html", "-o", "link.json"]),
    ],
)
def test_a_list_that_is_read_is_not_overwritten_even_with_force(here, tmp_path, name, asked):
    (tmp_path / name).write_text(LIST)
    (tmp_path / "link.json").symlink_to("list.html")
    refused = here(*asked, "--force")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert ": is also read. Name another file with --out." in refused.stderr
    assert (tmp_path / name).read_text() == LIST


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


def test_the_list_of_a_model_is_not_overwritten_even_with_force(here, tmp_path):
    for name in ("list.json", "list.svg", "list.st"):
        (tmp_path / name).write_text(LIST)
        assert here("train", name, "--model", "ngram", "--holdout", "0", "-o", f"{name}.safetensors").returncode == 0
    for asked in (
        ["export", "list.json.safetensors", "-o", "list.json"],
        ["plot", "lengths", "list.svg.safetensors", "-o", "list.svg"],
        ["blend", "list.st.safetensors", "list.json.safetensors", "-o", "list.st"],
    ):
        refused = here(*asked, "--force")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{asked[-1]}: is also read." in refused.stderr
        assert (tmp_path / asked[-1]).read_text() == LIST


def test_no_file_is_written_that_would_become_one_of_the_lists(here, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.txt").write_text(LIST)
    for asked in (["-o", "lists/m.txt"], ["-o", "m.st", "--log", "lists/log.txt", "--model", "mlp"]):
        refused = here("train", "lists", *asked)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "would be read as a list of its folder. Name another file with --" in refused.stderr
    assert here("train", "lists", "--model", "ngram", "--holdout", "0", "-o", "lists/m.st").returncode == 0
