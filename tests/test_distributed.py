"""Two real processes, started by torchrun, against one."""

import json
import subprocess
import sys

import pytest

from namegen import load


@pytest.fixture(scope="module")
def torchrun(clean_environment, tmp_path_factory):
    """Run namegen in two processes, in a folder of this module's own."""
    folder = tmp_path_factory.mktemp("torchrun")

    def run(*arguments: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        return subprocess.run(
            [*command, "-m", "namegen", *arguments],
            cwd=folder,
            env=clean_environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run, folder


def test_a_count_model_of_two_processes_is_that_of_one_to_the_byte(torchrun, run_in):
    run, folder = torchrun
    two = run("train", "irish", "--model", "ngram", "-o", "two.safetensors")
    assert two.returncode == 0, two.stderr
    assert run_in(folder, "train", "irish", "--model", "ngram", "-o", "one.safetensors").returncode == 0
    assert (folder / "two.safetensors").read_bytes() == (folder / "one.safetensors").read_bytes()


def test_a_network_of_two_processes_is_as_good_as_that_of_one(torchrun, run_in):
    run, folder = torchrun
    asked = ["train", "irish", "--model", "mlp", "--hidden-size", "32", "--epochs", "6", "--dropout", "0"]
    two = run(*asked, "-o", "mlp2.safetensors", "--format", "json")
    assert two.returncode == 0, two.stderr
    one = json.loads(run_in(folder, *asked, "-o", "mlp1.safetensors", "--format", "json").stdout)
    told = json.loads(two.stdout)  # one result: the first process alone speaks
    assert told["losses"]["test"] == pytest.approx(one["losses"]["test"], abs=0.01)
    epochs = [line for line in two.stderr.splitlines() if "epoch" in line]
    assert len(epochs) == 6
    assert load(folder / "mlp2.safetensors").model.config == load(folder / "mlp1.safetensors").model.config


def test_standard_input_is_not_for_several_processes(torchrun):
    run, _ = torchrun
    done = run("train", "-", "-o", "x.safetensors")
    assert done.returncode != 0
    assert "Standard input cannot be read by several processes" in done.stderr
