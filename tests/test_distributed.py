"""Two real processes, started by torchrun, against one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from namegen import load, read_corpus

NETWORK = ["train", "irish", "--model", "mlp", "--hidden-size", "32", "--epochs", "20", "--dropout", "0"]


def command(*arguments: str, processes: int = 2) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [*launcher, "-m", "namegen", *arguments]


@pytest.fixture(scope="module")
def torchrun(clean_environment, tmp_path_factory):
    """Run namegen in two processes, in a folder of this module's own."""
    folder = tmp_path_factory.mktemp("torchrun")

    def run(*arguments: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments, processes=processes),
            cwd=folder,
            env=clean_environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run, folder


@pytest.fixture
def torchrun_until(torchrun, clean_environment):
    """The same, with something done to the launcher as soon as it has said something."""
    _, folder = torchrun

    def run(said: str, then, *arguments: str) -> subprocess.CompletedProcess[str]:
        launcher = subprocess.Popen(
            command(*arguments), cwd=folder, env=clean_environment, stderr=subprocess.PIPE, text=True
        )
        seen = ""
        while said not in seen:
            line = launcher.stderr.readline()
            assert line, seen
            seen += line
        then(launcher)
        _, rest = launcher.communicate(timeout=60)
        return subprocess.CompletedProcess(launcher.args, launcher.returncode, "", seen + rest)

    return run


@pytest.mark.parametrize("duplicates", ["dropped", "kept"])
def test_a_count_model_of_two_processes_is_that_of_one_to_the_byte(torchrun, run_in, duplicates):
    run, folder = torchrun
    names = list(read_corpus("irish").names)
    (folder / "twice.txt").write_text("\n".join(names + names[:300]), encoding="utf-8")
    asked = ["train", "twice.txt", "--model", "ngram", "--force"]
    asked += ["--keep-duplicates"] if duplicates == "kept" else []
    two = run(*asked, "-o", "two.safetensors")
    assert two.returncode == 0, two.stderr
    assert run_in(folder, *asked, "-o", "one.safetensors").returncode == 0
    assert (folder / "two.safetensors").read_bytes() == (folder / "one.safetensors").read_bytes()


def test_a_network_of_two_processes_is_as_good_as_that_of_one(torchrun, run_in):
    run, folder = torchrun
    two = run(*NETWORK, "-o", "mlp2.safetensors", "--format", "json")
    assert two.returncode == 0, two.stderr
    one = json.loads(run_in(folder, *NETWORK, "-o", "mlp1.safetensors", "--format", "json").stdout)
    told = json.loads(two.stdout)  # one result: the first process alone speaks
    assert told["losses"]["test"] == pytest.approx(one["losses"]["test"], abs=0.01)
    epochs = [line for line in two.stderr.splitlines() if "epoch" in line]
    assert len(epochs) == 20
    assert load(folder / "mlp2.safetensors").model.settings == load(folder / "mlp1.safetensors").model.settings


def test_a_training_of_two_processes_that_was_killed_and_stopped_goes_on_to_the_same_bytes(torchrun, torchrun_until):
    run, folder = torchrun
    asked = [*NETWORK, "-o", "again.safetensors"]
    killed = torchrun_until("epoch 2/", kill_a_worker, *asked)
    assert killed.returncode != 0  # and it ended: the other process does not wait for ever
    assert "unexpected" not in killed.stderr
    stopped = torchrun_until("epoch ", interrupt, "train", "--resume", "again.checkpoint")
    assert stopped.returncode != 0
    assert stopped.stderr.count("Go on with: namegen train --resume again.checkpoint") == 1
    alone = run("train", "--resume", "again.checkpoint", processes=1)
    assert "was made with 2 processes. Go on with as many." in alone.stderr
    assert not (folder / "again.safetensors").exists()
    resumed = run("train", "--resume", "again.checkpoint")
    assert resumed.returncode == 0, resumed.stderr
    assert (folder / "again.safetensors").read_bytes() == (folder / "mlp2.safetensors").read_bytes()


def kill_a_worker(launcher: subprocess.Popen[str]) -> None:
    workers = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    os.kill(int(workers[-1]), signal.SIGKILL)


def interrupt(launcher: subprocess.Popen[str]) -> None:
    launcher.send_signal(signal.SIGINT)


@pytest.mark.parametrize("asked", [["-"], ["pipe"], ["irish", "--valid", "-"], ["-", "--model", "ngram"]], ids=" ".join)
def test_what_only_one_process_can_read_is_not_for_several(torchrun, asked):
    run, folder = torchrun
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
    done = run("train", *asked, "-o", "x.safetensors")
    assert done.returncode != 0
    assert "Standard input and pipes cannot be read by several processes" in done.stderr


def is_heard(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as other:
        return other.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_is_heard_by_a_process_that_waits_for_the_others(tmp_path, clean_environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    alone = {"WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{port}"}
    command = [sys.executable, "-m", "namegen", "train", "irish", "--model", "ngram"]
    process = subprocess.Popen(command, cwd=tmp_path, env=clean_environment | alone, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    try:
        while not is_heard(port):
            assert time.monotonic() < deadline, "it never listened for the other"
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode in (-signal.SIGINT, 130)  # to a shell, both are 130
    assert "Traceback" not in said
