"""Pictures in the terminal: what their cells, dots and bars say, and that they fit."""

import re

import pytest
import torch
from rich.console import Console

from namegen.corpus.vocabulary import Vocabulary
from namegen.files.model_file import TrainingRecord
from namegen.models import MLP
from namegen.plotting import activations, charts
from namegen.plotting import data as pictures
from namegen.plotting import heat_maps as terminal
from namegen.plotting.colors import cividis
from namegen.settings import MLPSettings


def shown(lines, width=100, **settings):
    console = Console(force_terminal=True, color_system="truecolor", width=width, **settings)
    with console.capture() as capture:
        for line in lines(console):
            console.print(line)
    return capture.get()


ROOM_FOR_NUMBERS = 6 + 4 * 4  # columns: for 4 symbols with numbers of three digits


def hundreds():
    return pictures.counts_in(["ab", "abc", "c"] * 100)


def test_two_rows_of_a_matrix_share_a_line_and_its_greatest_value_is_lightest():
    matrix = hundreds()
    text = shown(lambda console: terminal.matrix(matrix, console), ROOM_FOR_NUMBERS - 1)
    first, second = (line for line in text.splitlines() if "▀" in line)
    cells = re.findall(r"38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀▀", first + second)
    values = [
        value for upper in (0, 2) for pair in zip(*matrix.values[upper : upper + 2], strict=True) for value in pair
    ]
    found = [tuple(map(int, cell[half : half + 3])) for cell in cells for half in (0, 3)]
    assert found == [cividis((value / 200) ** terminal.LIFT) for value in values]


def test_without_colour_shades_tell_what_colours_told():
    text = shown(lambda console: terminal.matrix(hundreds(), console), ROOM_FOR_NUMBERS - 1, no_color=True)
    assert not re.search(r"\x1b\[[0-9;]*[34]8;", text)
    assert "    . " in text
    assert "██" in text
    assert "▀" not in text


def test_a_matrix_shows_its_numbers_where_they_fit():
    console = Console(width=ROOM_FOR_NUMBERS)
    rows = [line.plain for line in terminal.matrix(hundreds(), console)][2:]
    assert rows[0].split() == [*".abc"]
    assert [row.split() for row in rows[1:]] == [
        [".", "·", "200", "·", "100"],
        ["a", "·", "·", "200", "·"],
        ["b", "100", "·", "·", "100"],
        ["c", "200", "·", "·", "·"],
    ]
    assert max(map(len, rows)) == ROOM_FOR_NUMBERS


def a_network_s_pictures():
    settings = MLPSettings(context_size=2, embedding_size=2, hidden_size=5, hidden_layers=1, activation="tanh")
    model = MLP(settings, Vocabulary("abc")).eval().requires_grad_(False)
    model.initialise(torch.Generator().manual_seed(1))
    rows = [{"step": step, "train_loss": 3 - step / 1e6, "validation_loss": 2.9} for step in (7, 70, 123_456)]
    names = ["abc", "cab", "b", "c" * 150]
    return {
        "counts": lambda console: terminal.matrix(pictures.counts_in(names), console),
        "probabilities": lambda console: terminal.matrix(pictures.probabilities(model), console),
        "embedding": lambda console: charts.embedding(pictures.embedding(model), console),
        "activations": lambda console: terminal.activations(activations.activations(model, names), console),
        "loss": lambda console: charts.loss(pictures.curves(TrainingRecord(history=rows)), console),
        "lengths": lambda console: charts.lengths(pictures.lengths(names, names), console),
    }


@pytest.mark.parametrize("kind", ["counts", "probabilities", "embedding", "activations", "loss", "lengths"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_row_of_a_picture_is_wider_than_the_terminal(kind, width):
    console = Console(force_terminal=True, color_system="truecolor", width=width)
    rows = [line for line in a_network_s_pictures()[kind](console) if not re.search("[a-z]{4}", line.plain)]
    assert len(rows) >= 3
    assert max(row.cell_len for row in rows) <= width


def test_the_longest_names_share_a_bar():
    lengths = pictures.lengths(["ab"] * 997 + ["a" * 40, "a" * 50, "a" * 60], ["ab"])
    text = shown(lambda console: charts.lengths(lengths, console), no_color=True)
    assert [line.split()[0] for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()[1:]] == ["2", "3+"]
    assert "0.3%" in text


def test_dots_lead_from_one_loss_to_the_next():
    rows = [{"step": step, "train_loss": loss, "validation_loss": None} for step, loss in ((10, 3.0), (100, 2.0))]
    text = shown(lambda console: charts.loss(pictures.curves(TrainingRecord(history=rows)), console), no_color=True)
    grid = [re.sub(r"\x1b\[[0-9;]*m", "", line)[charts.CHART_MARGIN :] for line in text.splitlines()[1:17]]
    marked = [sorted({*row} - {" "}) for row in grid]
    assert marked[1:-1] == [["·"]] * 14
    assert "○" in grid[0]
    assert "○" in grid[-1]


def test_no_letter_of_an_embedding_hides_another():
    points = tuple(pictures.Point(symbol, 0.0, 0.0, False) for symbol in "abcdefgh")
    text = shown(lambda console: charts.embedding(pictures.Embedding(points, 2, 1.0), console))
    plane = re.sub(r"\x1b\[[0-9;]*m", "", "".join(text.splitlines(keepends=True)[2:]))
    assert sorted(plane.split()) == list("abcdefgh")


def test_bars_of_lengths_are_as_long_as_the_shares():
    lengths = pictures.lengths(["a", "bb", "bb", "bb"], ["aa", "aa", "b", "b"])
    text = shown(lambda console: charts.lengths(lengths, console), no_color=True)
    one, two = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()[1:]
    full = charts.BAR_COLUMNS
    assert (one.count("█") + one.count("▀"), one.count("█")) == (round(full * 2 / 3), round(full / 3))
    assert (two.count("█") + two.count("▄"), two.count("█")) == (full, round(full * 2 / 3))
