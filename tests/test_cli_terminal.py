"""What a terminal shows that a pipe does not."""

import os
import re
import subprocess

import pytest
from torture.forks import on_terminal

import namegen
from namegen.cli.console import as_word, plain
from namegen.errors import UsageError

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHADED = re.compile(r"\x1b\[[0-9;]*48;2;(\d+);(\d+);(\d+)m (.) ([\d.]+) ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    namegen.train("irish", model="ngram", holdout=0).save(path / "ngram.safetensors")
    network = namegen.train("irish", model="mlp", epochs=3, hidden_size=20, embedding_size=4)
    network.save(path / "mlp.safetensors")
    return path


@pytest.fixture
def terminal(clean_environment):
    return clean_environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "100"}


def test_the_more_surprising_a_letter_the_lighter_its_background(folder, terminal):
    code, shown = on_terminal(["score", str(folder / "ngram.safetensors"), "Øxq", "bridget"], folder, terminal)
    assert code == 0
    assert re.search(r"Øxq .*\x1b\[31mthe model does not know", shown)
    letters = [(float(surprise), int(r) + int(g) + int(b)) for r, g, b, _, surprise in SHADED.findall(shown)]
    assert len(letters) >= len("bridget")
    by_surprise = [light for _, light in sorted(letters)]
    assert by_surprise == sorted(by_surprise)
    assert by_surprise[0] < by_surprise[-1]


def test_info_shows_the_training_of_each_network(run_here, folder):
    shown = run_here("info", folder / "mlp.safetensors").stdout
    history = namegen.load(folder / "mlp.safetensors").record.history
    (row,) = [line.split() for line in shown.splitlines() if line.startswith("mlp ") and line.count(".") == 2]
    assert row[1] == "3"
    assert row[3] == f"{history[-1]['train_loss']:.4f}"
    assert row[4] == f"{min(epoch['validation_loss'] for epoch in history):.4f}"


def test_the_picture_of_a_wider_embedding_says_that_it_is_a_projection(run_here, folder):
    done = run_here("plot", "embedding", folder / "mlp.safetensors")
    share = re.search(r"4 numbers each.*two principal components, (\d+)% of the variance", done.stdout)
    assert 50 <= int(share[1]) <= 100


def test_top_prints_what_there_is_before_it_fails(run_here, tmp_path):
    namegen.train(names=["ab", "abc"], model="bigram", smoothing=0, holdout=0).save(tmp_path / "few.safetensors")
    done = run_here("top", tmp_path / "few.safetensors", "-n", "5", "--allow-known")
    assert done.returncode == 1
    assert done.stdout.split() == ["ab", "abc"]
    assert "Found 2 of 5 names: the model can spell no more of them." in done.stderr


def test_top_on_a_terminal_is_a_table_with_scores(folder, terminal):
    code, shown = on_terminal(["top", str(folder / "ngram.safetensors"), "-n", "3"], folder, terminal)
    assert code == 0
    (first, *_) = namegen.load(folder / "ngram.safetensors").top(3)
    assert re.search(rf"\b{first}\b.*\d\.\d", CONTROL.sub("", shown))


def test_a_blend_takes_weights_or_names_to_find_them_on_and_not_both(folder):
    models = [namegen.load(folder / "ngram.safetensors"), namegen.load(folder / "mlp.safetensors")]
    with pytest.raises(UsageError, match="`weights` and `data`"):
        namegen.blend(models, weights=[1, 1], data="irish")
    found = namegen.blend(models, data="irish")
    assert found.model.weights.tolist()[0] > 0.9, "the ngram has all of these names by heart"


def test_an_error_is_folded_between_words_on_a_terminal_and_is_one_line_in_a_pipe(
    run_here, folder, terminal, monkeypatch
):
    monkeypatch.chdir(folder)
    asked = ["train", "irish", "-o", "mlp.safetensors"]
    in_a_pipe = run_here(*asked).stderr
    assert in_a_pipe.count("\n") == 1
    _, shown = on_terminal(asked, folder, terminal | {"COLUMNS": "40"})
    lines = CONTROL.sub("", shown).split("\n")
    assert len(lines) > 2
    assert all(len(line.rstrip()) <= 40 for line in lines)
    assert " ".join(line.strip() for line in lines).strip() == in_a_pipe.strip()


@pytest.mark.parametrize(
    "path",
    ["plain", "two words", "it's", "-x", 'say "$(no)"', "line's \\"],
)
def test_a_path_can_be_pasted_into_a_shell(path):
    word = as_word(path)
    assert word.isprintable()
    assert plain(word) == word
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert os.fsdecode(done.stdout).removeprefix("./") == path
