"""Several processes against one: forked, each told its rank as torchrun tells it, and once started by torchrun."""

import os
import sys
from functools import partial

import pytest
from torch.distributed import TCPStore
from torch.distributed.run import main as run_workers
from torture.campaign import StopAfter
from torture.forks import run, started
from waiting import ended

import namegen
from namegen import load, read_corpus
from namegen.errors import NamegenError
from namegen.training.checkpoint import Checkpoint
from namegen.training.distributed import group, rank

NETWORK = {"model": "mlp", "hidden_size": 16, "epochs": 2, "dropout": 0.0}


class StopInOne(StopAfter):
    """Stops one of the processes, which is enough."""

    def stop(self):
        return super().stop() and rank() == 1


def torchrun(arguments):
    """The program, which ends like a main function."""
    run_workers(arguments)
    sys.exit(0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    names = list(read_corpus("irish").names)
    repeated = [name.title() for name in names[:300]]
    (tmp_path / "twice.txt").write_text("\n".join([*names, *repeated]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def in_processes(folder):
    """Train in two processes, save the model in the first; the exit codes, and what the first said."""

    def run(train, file):
        store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)  # which torchrun has too

        def program():
            with group("cpu"):
                try:
                    model = train()
                except NamegenError as error:
                    print(error, flush=True)
                    sys.exit(error.exit_code)
                if rank() == 0:
                    model.save(file)
                sys.exit(0)

        def start(place):
            home = folder / f"rank {place}"
            home.mkdir(exist_ok=True)

            def prepare():
                os.environ.update(RANK=str(place), LOCAL_RANK=str(place), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1")
                os.environ.update(MASTER_PORT=str(store.port), TORCHELASTIC_USE_AGENT_STORE="True")
                os.chdir(folder)

            return started([], home, prepare, program)

        children = [start(place) for place in range(2)]
        return [ended(child) for child in children], (folder / "rank 0" / "said").read_text("utf-8")

    return run


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "ngram", "keep_duplicates": True},
        {"model": "bigram", "validation": "scottish"},
    ],
    ids=["duplicates", "validation"],
)
def test_a_count_model_of_two_processes_is_that_of_one_to_the_byte(in_processes, folder, settings):
    codes, said = in_processes(lambda: namegen.train("twice.txt", **settings), "2.safetensors")
    assert codes == [0, 0], said
    namegen.train("twice.txt", **settings).save("1.safetensors")
    assert (folder / "2.safetensors").read_bytes() == (folder / "1.safetensors").read_bytes()


def test_torchrun_trains_as_one_process_does_and_only_the_first_process_prints(folder, clean_environment):
    workers = ["--standalone", "--nproc-per-node=2", "-m", "namegen"]
    train = ["train", "twice.txt", "--model", "ngram", "--out", "2.safetensors"]
    environment = clean_environment | {"PYTHONPATH": os.pathsep.join(sys.path)}
    code, said = run([], folder, lambda: os.environ.update(environment), partial(torchrun, [*workers, *train]))
    assert code == 0, said
    assert said.count("2.safetensors: ngram") == 1
    namegen.train("twice.txt", model="ngram").save("1.safetensors")
    assert load("2.safetensors").record.losses == load("1.safetensors").record.losses


def test_a_network_of_two_processes_is_as_good_as_that_of_one_and_resumes_to_the_same_bytes(in_processes, folder):
    def train(**more):
        return namegen.train("irish", **NETWORK, checkpoint="c", **more)

    one = train()
    codes, said = in_processes(train, "whole.safetensors")
    assert codes == [0, 0], said
    two = load("whole.safetensors")
    assert two.record.losses["test"] == pytest.approx(one.record.losses["test"], abs=0.02)
    assert two.model.settings == one.model.settings
    _, said = in_processes(lambda: train(listener=StopInOne(40)), "x.safetensors")
    assert "Stopped after" in said
    assert not (folder / "x.safetensors").exists()
    assert Checkpoint.load(folder / "c").current
    with pytest.raises(NamegenError, match="was made with 2 processes"):
        namegen.resume("c")
    codes, said = in_processes(lambda: namegen.resume("c"), "again.safetensors")
    assert codes == [0, 0], said
    assert (folder / "again.safetensors").read_bytes() == (folder / "whole.safetensors").read_bytes()


ONLY_ONE = "Standard input and pipes cannot be read by several processes"


@pytest.mark.parametrize(
    ("source", "settings", "said"),
    [
        ("empty.txt", {"model": "ngram"}, "empty.txt: has no names"),
        ("pipe", {"model": "ngram"}, ONLY_ONE),
        ("irish", {"model": "mlp", "validation": "-"}, ONLY_ONE),
    ],
)
def test_what_two_processes_cannot_learn_from_is_refused_by_both(in_processes, folder, source, settings, said):
    os.mkfifo(folder / "pipe")
    (folder / "empty.txt").write_text("\n\n", encoding="utf-8")
    codes, told = in_processes(lambda: namegen.train(source, **settings), "x.safetensors")
    assert codes in ([1, 1], [2, 2])
    assert said in told
    assert told.count("\n") == 1
