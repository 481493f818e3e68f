"""Pictures in the terminal: what their cells, dots and bars say, and that they fit."""

import re

import pytest
import torch
from rich.console import Console

from namegen.corpus.vocabulary import Vocabulary
from namegen.files.model_file import TrainingRecord
from namegen.models import MLP
from namegen.plotting import data, terminal
from namegen.plotting.colors import cividis
from namegen.settings import MLPSettings


def shown(picture, width=100, *, colour=True):
    """What a terminal gets, escape sequences included."""
    console = Console(force_terminal=True, color_system="truecolor" if colour else None, width=width)
    with console.capture() as capture:
        for line in terminal.draw_lines(picture, width, colour=colour):
            console.print(line)
    return capture.get()


def plain(picture, width=100):
    return [line.plain for line in terminal.draw_lines(picture, width, colour=False)]


def hundreds():
    return data.counts_in(["ab", "abc", "c"] * 100)


def test_two_rows_of_a_matrix_share_a_line_and_the_greatest_value_is_lightest():
    matrix = hundreds()
    first, second = (line for line in shown(matrix).splitlines() if "▀" in line)
    cells = re.findall(r"38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀▀", first + second)
    values = [
        value for upper in (0, 2) for pair in zip(*matrix.values[upper : upper + 2], strict=True) for value in pair
    ]
    found = [tuple(map(int, cell[half : half + 3])) for cell in cells for half in (0, 3)]
    assert found == [cividis((value / 200) ** terminal.LIFT) for value in values]


def test_without_colour_shades_tell_the_same():
    title, _, letters, *rows, greatest = plain(hundreds())
    assert title == data.COUNTS_TITLE
    assert letters.split() == [*".abc"]
    assert rows[0] == "    .   ██  ▓▓"
    assert greatest == "most: .a 200  ab 200  c. 200  .c 100  b. 100  bc 100"
    assert "\x1b" not in shown(hundreds(), colour=False)


def pictures_of_a_network():
    settings = MLPSettings(context_size=2, embedding_size=2, hidden_size=5, hidden_layers=1, activation="tanh")
    model = MLP(settings, Vocabulary("abc")).eval().requires_grad_(False)
    model.initialise(torch.Generator().manual_seed(1))
    rows = [{"step": step, "train_loss": 3 - step / 1e6, "validation_loss": 2.9} for step in (7, 70, 123_456)]
    names = ["abc", "cab", "b", "c" * 150]
    return {
        "counts": data.counts_in(names),
        "probabilities": data.probabilities(model),
        "embedding": data.embedding(model),
        "activations": data.activations(model, names),
        "loss": data.curves(TrainingRecord(history=tuple(rows))),
        "lengths": data.lengths(names, names),
    }


@pytest.mark.parametrize("kind", ["counts", "probabilities", "embedding", "activations", "loss", "lengths"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_row_of_a_picture_is_wider_than_the_terminal(kind, width):
    lines = terminal.draw_lines(pictures_of_a_network()[kind], width, colour=True)
    rows = [line for line in lines if not re.search("[a-z]{4}", line.plain)]
    assert len(rows) >= 3
    assert max(row.cell_len for row in rows) <= width


def test_the_mean_of_the_units_in_a_cell_is_shown():
    rows = tuple((True,) * 100 + (False,) * 100 for _ in range(40))
    cells = plain(data.Activations("tanh", 1, rows, 0.5, ()), width=26)[2:-1]
    assert cells == [" " * 6 + "█" * 10 + " " * 10] * terminal.PLAIN_ROWS


def test_rare_lengths_have_no_bar():
    lines = plain(data.lengths(["ab"] * 9997 + ["a" * 40, "a" * 50, "a" * 60], ["abc"]))
    assert [line.split()[0] for line in lines[1:]] == ["2", "3"]


def test_dots_lead_from_one_loss_to_the_next():
    curve = data.Curve("mlp", (10, 100), (3.0, 2.0), (None, None))
    grid = [line[terminal.CHART_MARGIN :] for line in plain((curve,))[1:17]]
    assert [sorted({*row} - {" "}) for row in grid][1:-1] == [["·"]] * 14
    assert "○" in grid[0]
    assert "○" in grid[-1]


def test_no_letter_of_an_embedding_hides_another():
    lines = plain(data.Embedding(tuple("abcdefgh"), ((0.0, 0.0),) * 8, 2, 1.0))
    assert sorted("".join(lines[2:]).split()) == sorted(["(a)", "b", "c", "d", "(e)", "f", "g", "h"])


def test_bars_of_lengths_are_as_long_as_the_shares():
    one, two = plain(data.lengths(["a", "bb", "bb", "bb"], ["aa", "aa", "b", "b"]))[1:]
    full = terminal.BAR_COLUMNS
    assert (one.count("█") + one.count("▀"), one.count("█")) == (round(full * 2 / 3), round(full / 3))
    assert (two.count("█") + two.count("▄"), two.count("█")) == (full, round(full * 2 / 3))
