"""`namegen plot`: pictures in the terminal, in a pipe and in files."""

import json
import sys

import pytest
from PIL import Image

import namegen

KINDS = ["counts", "probabilities", "embedding", "activations", "loss", "lengths"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A bigram, and a small network with a history, from one list."""
    folder = tmp_path_factory.mktemp("models")
    namegen.train("irish", model="bigram").save(folder / "bigram.safetensors")
    mlp = namegen.train("irish", model="mlp", epochs=2, hidden_size=20, embedding_size=2, activation="tanh")
    mlp.save(folder / "mlp.safetensors")
    return folder


def file_for(kind, folder):
    return folder / ("bigram.safetensors" if kind in ("counts", "probabilities") else "mlp.safetensors")


def test_a_picture_becomes_a_file(run_here, trained, tmp_path):
    done = run_here("plot", "loss", trained / "mlp.safetensors", "-o", tmp_path / "picture.png")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(tmp_path / "picture.png") as picture:
        assert min(picture.size) > 700


def test_a_file_that_stands_is_kept_and_an_unknown_ending_refused(run_here, trained, tmp_path):
    (tmp_path / "mine.png").write_text("mine")
    done = run_here("plot", "counts", trained / "bigram.safetensors", "-o", tmp_path / "mine.png")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "mine.png").read_text() == "mine"
    done = run_here("plot", "counts", trained / "bigram.safetensors", "-o", tmp_path / "mine.bmp")
    assert done.returncode == 2
    assert "pictures are written as png, svg, pdf" in done.stderr


def test_without_matplotlib_the_way_out_is_one_line_and_the_terminal_works(here, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "namegen.plotting.figures", raising=False)
    done = here("plot", "counts", trained / "bigram.safetensors", "-o", "x.png")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Pictures as files need matplotlib: pip install matplotlib\n"
    assert here("plot", "counts", trained / "bigram.safetensors").returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_pipe_every_picture_is_plain_text(run_here, trained, kind):
    done = run_here("plot", kind, file_for(kind, trained))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 8
    assert "\x1b" not in done.stdout


def test_json_is_the_numbers_behind_the_picture(run_here, trained):
    done = run_here("plot", "counts", trained / "bigram.safetensors", "--format", "json")
    matrix = json.loads(done.stdout)
    assert matrix["values"] == namegen.load(trained / "bigram.safetensors").model.counts.tolist()


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (
            "embedding",
            "This model is bigram; an embedding is learned by a network. Train one with `namegen train --model mlp`.",
        ),
        ("loss", "no training history"),
    ],
)
def test_what_a_model_does_not_have_is_said_in_one_line(run_here, trained, kind, complaint):
    done = run_here("plot", kind, trained / "bigram.safetensors")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert complaint in done.stderr
