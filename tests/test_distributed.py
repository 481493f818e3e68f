"""Two real processes, against one: started by torchrun, or forked where torchrun itself does not matter."""

import os
import subprocess
import sys

import pytest
from waiting import PATIENCE

from namegen import load, read_corpus
from namegen.training.checkpoint import Checkpoint

NETWORK = {"model": "mlp", "hidden_size": 32, "epochs": 6, "dropout": 0.0}
# Train as the command line does, and save by the first process; argv: folder, call and keywords as Python.
SCRIPT = """
import os, sys
import namegen
from namegen.errors import NamegenError
from namegen.training.distributed import group, rank

os.chdir(sys.argv[1])


class StopAfter(namegen.TrainingListener):
    def __init__(self, steps):
        self.left = steps

    def stop(self):
        self.left -= 1
        return self.left < 0 and rank() == 1  # one of them is enough


with group("cpu"):
    try:
        model = eval(sys.argv[2])
        if rank() == 0:
            model.save(sys.argv[3])
    except NamegenError as error:
        if rank() == 0:
            print(error, file=sys.stderr)
        sys.exit(error.exit_code)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("distributed")
    names = list(read_corpus("irish").names)
    repeated = [name.title() for name in names[:300]]
    (folder / "twice.txt").write_text("\n".join([*names, *repeated]), encoding="utf-8")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def evaluate(folder, clean_environment):
    """Evaluate a call of the library in so many processes and save the model that it returns."""

    def run(call: str, file: str, processes: int) -> subprocess.CompletedProcess[str]:
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        return subprocess.run(
            [sys.executable, *(launcher if processes > 1 else ()), folder / "script.py", folder, call, file],
            env=clean_environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "settings",
    [
        "model='ngram'",
        "model='ngram', keep_duplicates=True",
        "model='bigram', validation='scottish', keep_duplicates=True",
    ],
)
def test_a_count_model_of_two_processes_is_that_of_one_to_the_byte(evaluate, folder, settings):
    for processes in (1, 2):
        done = evaluate(f"namegen.train('twice.txt', {settings})", f"{processes}.safetensors", processes)
        assert done.returncode == 0, done.stderr
    assert (folder / "2.safetensors").read_bytes() == (folder / "1.safetensors").read_bytes()


def test_a_list_without_names_is_refused_by_two_processes_as_by_one(evaluate, folder):
    (folder / "empty.txt").write_text("\n\n", encoding="utf-8")
    for processes in (1, 2):
        done = evaluate("namegen.train('empty.txt', model='ngram')", "x.safetensors", processes)
        assert done.returncode != 0
        assert "empty.txt: has no names" in done.stderr


def test_a_network_of_two_processes_is_as_good_as_that_of_one_and_resumes_to_the_same_bytes(evaluate, folder):
    call = f"namegen.train('irish', **{NETWORK}, checkpoint='c')"
    for processes in (1, 2):
        done = evaluate(call, f"mlp{processes}.safetensors", processes)
        assert done.returncode == 0, done.stderr
    one, two = (load(folder / f"mlp{processes}.safetensors") for processes in (1, 2))
    assert two.record.losses["test"] == pytest.approx(one.record.losses["test"], abs=0.02)
    assert two.model.settings == one.model.settings
    stopped = evaluate(call[:-1] + ", listener=StopAfter(100))", "x.safetensors", 2)
    assert "Stopped after" in stopped.stderr
    assert not (folder / "x.safetensors").exists()
    assert Checkpoint.load(folder / "c").current
    alone = evaluate("namegen.resume('c')", "x.safetensors", 1)
    assert "was made with 2 processes" in alone.stderr
    resumed = evaluate("namegen.resume('c')", "again.safetensors", 2)
    assert resumed.returncode == 0, resumed.stderr
    assert (folder / "again.safetensors").read_bytes() == (folder / "mlp2.safetensors").read_bytes()


@pytest.mark.parametrize(("source", "model"), [("'-'", "mlp"), ("'pipe'", "ngram"), ("'irish', validation='-'", "mlp")])
def test_what_only_one_process_can_read_is_refused_by_several(evaluate, folder, source, model):
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
    done = evaluate(f"namegen.train({source}, model={model!r})", "x.safetensors", 2)
    assert done.returncode != 0
    assert "Standard input and pipes cannot be read by several processes" in done.stderr
