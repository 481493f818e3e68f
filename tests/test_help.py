"""What a newcomer is told: help in words, examples that would run, and completion at the touch of a key."""

import re
import shlex

import pytest
from typer.main import get_command

from namegen.cli import completion
from namegen.cli.app import EXAMPLES, app
from namegen.corpus.sources import bundled
from namegen.models import FAMILIES
from namegen.presets import PRESETS

COMMANDS = get_command(app).commands
SHOWN = [example for examples in EXAMPLES.values() for example in examples]


@pytest.mark.parametrize("arguments", [[], *[[command] for command in COMMANDS]], ids=" ".join)
def test_help_names_values_in_words_and_not_in_types_and_ends_with_examples(run_here, arguments):
    text = run_here(*arguments, "--help").stdout
    examples = re.split(r"Examples:|Start with:", text)[1]
    assert re.search(rf"^ +(cat mine\.txt \| )?{' '.join(['namegen', *arguments])}\b", examples, re.MULTILINE)
    assert not re.search(r"<(bool|int|float|str|list|path)\b", text)
    assert not re.search(r"--(force|quiet|lower|debug)\s+(-q\s+)?(TEXT|N|X|FILE)\b", text)


@pytest.mark.parametrize("example", SHOWN)
def test_examples_say_what_the_command_understands(example):
    """Parsed, not run: an unknown option, command or choice is an error."""
    words = shlex.split(re.sub(r"^cat \S+ \| | \| grep .*| < \S+", "", example))
    assert words[0] == "namegen"
    COMMANDS[words[1]].make_context(words[1], words[2:])


def test_a_default_in_brackets_is_shown(run_here):
    assert "half for test.  [default: 0.2]" in re.sub(r"[│\s]*\n[│\s]*", " ", run_here("train", "--help").stdout)


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
        ("namegen train irish --preset ", ["fast", "default", "best", "lecture"]),
        ("namegen train --model ng", ["ngram"]),
        ("namegen sample iri", ["irish-blend.safetensors", "irish"]),
        ("namegen export irish-", ["irish-blend.safetensors"]),
        ("namegen data din", ["dinosaurs"]),
        ("namegen compare irish --models bi", ["bigram"]),
        ("namegen compare irish --models bigram,", ["bigram,blend", "bigram,ngram", "bigram,mlp", "bigram,bigram"]),
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


def test_completion_knows_every_model_and_list():
    bundled_families = {name for name, family in FAMILIES.items() if family.__module__.startswith("namegen.")}
    assert set(completion.MODELS) == bundled_families
    assert set(completion.PRESETS) == set(PRESETS)
    assert set(completion.lists("")) >= set(bundled())


def test_a_file_whose_name_a_terminal_would_obey_is_not_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "a\x1b[2J.txt", "b.safetensors"):
        (tmp_path / name).touch()
    assert completion.models_and_lists("a") == ["anglosaxon", "arabic", "a.txt"]
    assert completion.models_and_lists("b") == ["b.safetensors"]
