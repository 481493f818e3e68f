"""Help in words, examples that run, and completion."""

import re
import shlex

import pytest
from typer.main import get_command

from namegen.cli import completion
from namegen.cli.app import EXAMPLES, app

COMMANDS = get_command(app).commands
SHOWN = [example for examples in EXAMPLES.values() for example in examples]


@pytest.mark.parametrize("arguments", [[], *[[command] for command in COMMANDS]], ids=" ".join)
def test_help_names_no_types_and_ends_with_examples(run_here, arguments):
    text = run_here(*arguments, "--help").stdout
    examples = re.split(r"Examples:|Start with:", text)[1]
    assert re.search(rf"^ +(cat mine\.txt \| )?{' '.join(['namegen', *arguments])}\b", examples, re.MULTILINE)
    assert not re.search(r"<(bool|int|float|str|list|path)\b", text)
    assert not re.search(r"--(force|quiet|debug|help)\s+(-\w\s+)?(TEXT|N|X|FILE)\b", text)


@pytest.mark.parametrize("example", SHOWN)
def test_examples_can_be_parsed(example):
    """Parsed, not run: an unknown option, command or choice is an error."""
    words = shlex.split(re.sub(r"^cat \S+ \| | \| grep .*| < \S+", "", example))
    assert words[0] == "namegen"
    COMMANDS[words[1]].make_context(words[1], words[2:])


def help_of(run_here, command):
    """The help of a command as one line without frames."""
    return re.sub(r"[│\s]+", " ", run_here(command, "--help").stdout)


def test_help_shows_bounds_choices_and_defaults(run_here):
    train, sample = help_of(run_here, "train"), help_of(run_here, "sample")
    assert "half for test. [0 to 0.9; default: 0.2]" in train
    assert "best or lecture; default: by the length of the list]" in train
    assert "[more than 0, up to 100; default: 0.014]" in train
    assert "--temperature -t X" in sample
    assert "[0.01 to 100; default: 1.0]" in sample
    assert "[default: picked at random]" in sample


def test_common_options_come_first_and_rare_ones_last(run_here):
    sample = help_of(run_here, "sample")
    places = [sample.index(word) for word in ("--number", "--starts-with", "--temperature", "Advanced", "--max-tries")]
    assert places == sorted(places)


@pytest.fixture
def folder(tmp_path):
    """With a model file and a list."""
    (tmp_path / "irish-blend.safetensors").touch()
    (tmp_path / "mine.txt").touch()
    return tmp_path


def asked_by_bash(line: str) -> dict[str, str]:
    """The environment in which Bash asks how a line goes on; the last word is the one that is being written."""
    return {"_NAMEGEN_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("namegen exp", ["export"]),
        ("namegen train min", ["minerals", "mine.txt"]),
        ("namegen train irish --preset ", ["adapted", "fast", "default", "best", "lecture"]),
        ("namegen train --model ng", ["ngram"]),
        ("namegen sample iri", ["irish-blend.safetensors", "irish"]),
        ("namegen export irish-", ["irish-blend.safetensors"]),
        ("namegen data din", ["dinosaurs"]),
        ("namegen compare irish --models bi", ["bigram"]),
        ("namegen compare irish --models bigram,", ["bigram,bigram", "bigram,ngram", "bigram,mlp", "bigram,blend"]),
        ("namegen compare irish --presets fast,b", ["fast,best"]),
    ],
)
def test_the_shell_completes_commands_lists_files_and_values(run_here, folder, monkeypatch, line, completed):
    monkeypatch.chdir(folder)
    for name, value in asked_by_bash(line).items():
        monkeypatch.setenv(name, value)
    assert run_here().stdout.split() == completed


def test_the_shell_completes_at_once_without_torch(run_in, folder):
    done = run_in(folder, env=asked_by_bash("namegen sample iri"), python_options=("-X", "importtime"))
    assert done.stdout.split() == ["irish-blend.safetensors", "irish"]
    assert not re.search(r"\|\s+torch$", done.stderr, re.MULTILINE)


def test_a_file_with_control_characters_in_its_name_is_not_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "a\x1b[2J.txt", "b.safetensors"):
        (tmp_path / name).touch()
    assert completion.models_and_lists("a") == ["anglosaxon", "arabic", "a.txt"]
    assert completion.models_and_lists("b") == ["b.safetensors"]
