"""What a training shows while it runs: on a terminal a moving display, in a pipe a line for each epoch."""

import re
from types import SimpleNamespace

import pytest
from torture.forks import on_terminal

from namegen.cli import training_display
from namegen.corpus.vocabulary import Vocabulary
from namegen.models import Bigram
from namegen.settings import BigramSettings
from namegen.training.trainer import Epoch

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
NETWORK = ["--hidden-size", "16", "--embedding-size", "4", "--context-size", "3"]


def test_on_a_terminal_epochs_and_sampled_names_are_shown_and_removed_at_the_end(tmp_path, clean_environment):
    environment = clean_environment | {"TERM": "xterm-256color", "COLUMNS": "100"}
    arguments = [
        "train",
        "dinosaurs",
        "--model",
        "mlp",
        *NETWORK,
        "--epochs",
        "8",
        "-o",
        str(tmp_path / "m.safetensors"),
    ]
    code, shown = on_terminal(arguments, tmp_path, environment)
    assert code == 0
    plain = CONTROL.sub("", shown)
    assert re.search(r"mlp  epoch \d/8  loss \d\.\d{4}", plain)
    assert re.search(r"validation \d\.\d{4}  names/s [\d,]+  left \d+ s", plain)
    assert re.search(r"━+ +\d+%  [a-z]+  [a-z]+", plain), "a bar, and sampled names"
    lines = CONTROL.sub("", shown[shown.rindex("\x1b[2K") :]).splitlines()
    assert not [line for line in lines if "━" in line]


@pytest.fixture
def long_from_100_bytes(monkeypatch):
    monkeypatch.setattr(training_display, "LONG_LIST", 100)


@pytest.mark.usefixtures("long_from_100_bytes")
def test_of_a_long_list_it_is_shown_how_far_it_is_read(run_here, small_list, tmp_path):
    long = tmp_path / "long.txt"
    long.write_text("".join(f"{small_list.read_text()}\n" for _ in range(20)))
    done = run_here("train", long, "--model", "bigram", "--holdout", "0", "-o", tmp_path / "m.safetensors")
    assert done.returncode == 0
    assert re.search(r"^\d+ MB of \d+ MB read$", done.stderr, re.MULTILINE)
    quiet = run_here("train", long, "--model", "bigram", "-q", "--force", "-o", tmp_path / "m.safetensors")
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_progress_counts_the_whole_training_not_one_network_of_three():
    shown = []
    display = training_display.TrainingDisplay(quiet=True)
    display.live = SimpleNamespace(update=lambda group: shown.append([*group.renderables][1].plain))
    display.sampled_at = float("inf")
    network = Bigram(BigramSettings(), Vocabulary("ab"))
    epoch = Epoch(1, 2, 0.5, 10, 100, 0.01, 2.0, 1.9, 6.0)
    for place in range(1, 4):
        display.on_network(place, 3)
        display.on_epoch(f"mlp {place} of 3", epoch, network)
    assert [re.search(r"(\d+)%", line)[1] for line in shown] == ["17", "50", "83"]
    display.on_network(2, 3)
    assert dict(display._facts(epoch))["left"] == "18 s", "half of this network, and another"
