"""What a terminal shows that a pipe does not."""

import os
import re
import subprocess

import pytest
from conftest import assert_refused

import namegen
from namegen.cli.console import as_word, plain

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHADED = re.compile(r"\x1b\[[0-9;]*48;2;(\d+);(\d+);(\d+)m (.) ([\d.]+) ")


def test_the_more_surprising_a_letter_the_lighter_its_background(irish_models, on_terminal):
    code, shown = on_terminal("score", irish_models / "ngram.safetensors", "Øxq", "bridget", COLORTERM="truecolor")
    assert code == 0
    assert re.search(r"Øxq .*\x1b\[31mthe model does not know", shown)
    letters = [(float(surprisal), int(r) + int(g) + int(b)) for r, g, b, _, surprisal in SHADED.findall(shown)]
    assert len(letters) >= len("bridget")
    by_surprisal = [light for _, light in sorted(letters)]
    assert by_surprisal == sorted(by_surprisal)
    assert by_surprisal[0] < by_surprisal[-1]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_scores_are_folded_between_letters(irish_models, on_terminal, columns):
    names = ["Aoibheannach", "brian"]
    _, shown = on_terminal("score", irish_models / "ngram.safetensors", *names, COLUMNS=str(columns))
    lines = CONTROL.sub("", shown).splitlines()
    facts = "(name +is +typical +loss +ln p|[A-Za-z]+ +(new|train) +[0-9]+% +[0-9.]+ +-[0-9.]+) *"
    letters = "( +surprisal of each letter, nats|( +[a-z.] [0-9.]+ )*)"
    assert all(re.fullmatch(f"({facts})?{letters}", line) for line in lines)
    assert max(map(len, map(str.rstrip, lines))) <= max(columns, 54)
    assert re.findall(r" ([a-z.]) \d+\.\d ", " ".join(lines)) == [*"aoibheannach.brian."]


def test_a_training_shows_epochs_and_sampled_names_and_removes_them_at_the_end(on_terminal):
    arguments = "train dinosaurs --model mlp --hidden-size 16 --embedding-size 4 --context-size 3 --epochs 8"
    code, shown = on_terminal(*arguments.split())
    assert code == 0
    plain = CONTROL.sub("", shown)
    assert re.search(r"mlp  epoch \d/8  loss \d\.\d{4}", plain)
    assert re.search(r"validation \d\.\d{4}  names/s [\d,]+  left \d+ s", plain)
    assert re.search(r"━+ +\d+%  [a-z]+  [a-z]+", plain), "a bar, and sampled names"
    assert "━" not in shown[shown.rindex("\x1b[2K") :]


def test_a_terminal_shows_what_a_model_is_fitted_to_and_a_pipe_does_not(here, on_terminal):
    fitting = "fitting a model to 1,046 names"
    for asked in (["sample", "irish", "-n", "1"], ["compose", "{irish}", "-n", "1"]):
        _, shown = on_terminal(*asked)
        assert "\x1b[2K" in shown[shown.index(fitting) :], "it is removed"
        assert fitting not in on_terminal(*asked, "-q")[1]
        assert fitting not in here(*asked).stderr


def test_info_shows_the_training_of_each_network(run_here, irish_models):
    shown = run_here("info", irish_models / "mlp.safetensors").stdout
    history = namegen.load(irish_models / "mlp.safetensors").record.history
    (row,) = [line.split() for line in shown.splitlines() if line.startswith("mlp ") and line.count(".") == 2]
    assert row[1] == "3"
    assert row[3] == f"{history[-1]['train_loss']:.4f}"
    assert row[4] == f"{min(epoch['validation_loss'] for epoch in history):.4f}"


def test_an_error_is_folded_between_words_on_a_terminal_and_is_one_line_in_a_pipe(here, on_terminal, tmp_path):
    (tmp_path / "mlp.safetensors").touch()
    asked = ["train", "irish", "-o", "mlp.safetensors"]
    in_a_pipe = here(*asked)
    assert_refused(in_a_pipe, "exists already. Overwrite it with --force")
    _, shown = on_terminal(*asked, COLUMNS="40")
    lines = CONTROL.sub("", shown).split("\n")
    assert len(lines) > 2
    assert all(len(line.rstrip()) <= 40 for line in lines)
    assert " ".join(line.strip() for line in lines).strip() == in_a_pipe.stderr.strip()


@pytest.mark.parametrize("path", ["plain", "two words", "it's", "-x", 'say "$(no)"', "line's \\"])
def test_a_path_can_be_pasted_into_a_shell(path):
    word = as_word(path)
    assert word.isprintable()
    assert plain(word) == word
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert os.fsdecode(done.stdout).removeprefix("./") == path
