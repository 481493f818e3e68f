"""`namegen sample --interactive` as it is used: keys pressed in a terminal, and what is left when it ends."""

import re

import pytest
from torture.forks import on_terminal

import namegen


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "irish.safetensors"
    namegen.train("irish", model="bigram").save(path)
    return path


def test_interactive_draws_keeps_and_prints_what_was_kept(model, clean_environment, tmp_path):
    env = clean_environment | {"TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "120"}
    keys = [b"1", b" ", b"2", b"x", b"\x1b[A", b"+", b"p", b"mo\n", b"3", b"q"]
    code, shown = on_terminal(["sample", str(model), "-i", "--seed", "5"], tmp_path, env, keys)
    names = namegen.load(model).sample(18, seed=5)
    last = list(namegen.load(model).sample(9, seed=5, starts_with="mo", temperature=1.1))
    assert code == 0
    assert "temperature 1.1" in shown
    assert "prefix mo" in shown
    wishes = ["--ends-with", "a", "--min-length", "3", "--matches", ".*", "--allow-known"]
    _, wished = on_terminal(["sample", str(model), "-i", "--seed", "5", *wishes], tmp_path, env, [b"q"])
    assert "temperature 1   ends with a   min length 3   matches .*   known names too   seed 5" in wished
    on_screen, left, after = shown.replace("\r", "").partition("\x1b[?1049l")
    assert left
    assert after.split("\n") == [names[0], names[10], last[2], ""]
    pictures = on_screen.split("\x1b[2J")[1:]  # the screen is cleared before each
    assert all(re.search(" draw  1-9 keep |Names begin with", picture) for picture in pictures)
    assert all(picture.count("\n") < 18 for picture in pictures)
    assert "kept 3" in pictures[-1]


def test_interactive_fits_a_low_screen_and_escape_leaves_the_prompt_and_control_c_ends_with_130(
    model, clean_environment, tmp_path
):
    env = clean_environment | {"TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "60", "LINES": "10"}
    keys = [b"1", b"p", b"9\n", b"p", b"mo", b"\x1b", b"\x03"]
    code, shown = on_terminal(["sample", str(model), "-i", "--seed", "5"], tmp_path, env, keys)
    on_screen, _, after = shown.replace("\r", "").partition("\x1b[?1049l")
    pictures = on_screen.split("\x1b[2J")[1:]
    refused, asked, *_ = pictures[3:]
    assert all("temperature 1 " in picture and picture.count("\n") < 10 for picture in pictures)
    assert "never saw the character '9'" in " ".join(refused.split())
    assert "never saw" not in asked
    assert "prefix" not in pictures[-1].split("\n")[0]
    assert (code, after) == (130, namegen.load(model).sample(1, seed=5)[0] + "\n")


def test_interactive_shows_the_few_names_that_there_are_and_says_why_no_more(clean_environment, tmp_path):
    (tmp_path / "few.txt").write_text("ab\nba\n")
    env = clean_environment | {"TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "120", "LINES": "24"}
    wishes = ["--max-length", "2", "--max-tries", "2000"]
    _, shown = on_terminal(["sample", "few.txt", "-i", *wishes], tmp_path, env, [b" ", b"1", b"q"])
    first, again, _ = (re.sub(r"\r|\x1b\[[\d;?]*[a-zA-Z]", "", picture) for picture in shown.split("\x1b[2J")[1:])
    names = set(re.findall(r"^\d   (\w+)$", first, re.MULTILINE))
    assert names
    assert names <= {"a", "b", "aa", "bb"}
    assert names == set(re.findall(r"^\d   (\w+)$", again, re.MULTILINE))
    assert f"Found {len(names)} names" in first
    assert f"Found {len(names)} names" in again


@pytest.mark.parametrize(("before", "keys", "after"), [("0.03", b"-", "0.03"), ("10", b"+", "10"), ("4.95", b"+", "5")])
def test_a_key_never_does_the_opposite_of_what_it_says(model, clean_environment, tmp_path, before, keys, after):
    env = clean_environment | {"TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "120"}
    asked = ["sample", str(model), "-i", "--seed", "5", "--temperature", before]
    code, shown = on_terminal(asked, tmp_path, env, [keys, b"q"])
    assert code == 0
    assert f"temperature {after} " in shown.split("\x1b[2J")[-1]
