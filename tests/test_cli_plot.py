"""`namegen plot`: pictures in the terminal, in a pipe and in files."""

import json
import re
import sys
from typing import get_args

import pytest
from conftest import assert_refused
from PIL import Image

from namegen.settings import PlotKind


@pytest.fixture
def bigram(irish_models):
    return irish_models / "bigram.safetensors"


@pytest.fixture
def network(irish_models):
    return irish_models / "mlp.safetensors"


def test_a_picture_becomes_a_file(here, network):
    done = here("plot", "loss", network, "-o", "picture.png")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open("picture.png") as picture:
        assert min(picture.size) > 700


def test_a_file_that_stands_is_kept_and_an_unknown_ending_refused(here, bigram, tmp_path):
    (tmp_path / "mine.png").write_text("mine")
    assert_refused(here("plot", "counts", bigram, "-o", "mine.png"), "mine.png: exists already")
    assert (tmp_path / "mine.png").read_text() == "mine"
    assert_refused(here("plot", "counts", bigram, "-o", "mine.bmp"), "pictures are written as png, svg, pdf")


def test_without_matplotlib_the_way_out_is_one_line_and_the_terminal_works(here, bigram, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "namegen.plotting.figures", raising=False)
    done = here("plot", "counts", bigram, "-o", "x.png")
    assert_refused(done, "Error: Pictures as files need matplotlib: pip install matplotlib\n", 1)
    assert here("plot", "counts", bigram).returncode == 0


@pytest.mark.parametrize("kind", get_args(PlotKind))
def test_in_a_pipe_every_picture_is_plain_text(run_here, bigram, network, kind):
    done = run_here("plot", kind, bigram if kind in ("counts", "probabilities") else network)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 8
    assert "\x1b" not in done.stdout


def test_json_is_the_numbers_behind_the_picture(run_here, bigram, irish_bigram):
    done = run_here("plot", "counts", bigram, "--format", "json")
    assert json.loads(done.stdout)["values"] == irish_bigram.model.counts.tolist()


def test_what_a_model_does_not_have_is_said_in_one_line(run_here, bigram):
    said = "This model is bigram; an embedding is learned by a network. Train one with `namegen train --model mlp`."
    assert_refused(run_here("plot", "embedding", bigram), said)
    assert_refused(run_here("plot", "loss", bigram), "no training history")


def test_the_picture_of_a_wider_embedding_says_that_it_is_a_projection(run_here, network):
    done = run_here("plot", "embedding", network)
    share = re.search(r"4 numbers each.*two principal components, (\d+)% of the variance", done.stdout)
    assert 50 <= int(share[1]) <= 100
