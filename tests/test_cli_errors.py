"""Help, errors and exit codes at a prompt."""

import json
import os
import re
import subprocess
import sys
import threading

import pytest
from torture.forks import on_terminal
from typer.main import get_command
from waiting import PATIENCE

import namegen
from namegen.cli.app import app
from namegen.cli.console import plain
from namegen.settings import TrainSettings
from namegen.training.checkpoint import Checkpoint
from namegen.version import __version__

COMMANDS = sorted(get_command(app).commands)
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


def is_one_line_of_error(text):
    return text.startswith("Error: ") and text.endswith("\n") and text.count("\n") == 1


WITHOUT_TORCH = """
import contextlib, io, json, sys
import namegen
assert namegen.__version__ and "train" in dir(namegen)
from namegen.cli.app import main
done = []
for arguments in json.load(sys.stdin):
    out, err, sys.argv = io.StringIO(), io.StringIO(), ["namegen", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.suppress(SystemExit):
        main()
    assert "torch" not in sys.modules, arguments
    done.append(out.getvalue() + err.getvalue())
print(json.dumps(done))
"""
TOLD_AT_ONCE = {
    "train irish --preset fsat": "--preset must be one of adapted, fast",
    "train irihs": "irihs: no such file, folder or bundled list. Did you mean 'irish'?",
    "train irish -o .": "is not a file",
    "train irish --log no/such/log": "no/such/log: its folder does not exist",
    "sample irsh": "Did you mean 'irish'?",
    "top irsh": "Did you mean 'irish'?",
    "score irsh brian": "irsh: no such file, folder or bundled list. Did you mean 'irish'?",
    "evaluate irsh.safetensors": "irsh.safetensors: does not exist. Did you mean irish.safetensors?",
    "info mine.safetensors": "mine.safetensors: does not exist. `namegen train` makes one.",
    "plot counts irsh": "Did you mean 'irish'?",
    "blend irsh greek -o x.safetensors": "Did you mean 'irish'?",
    "compare irsh": "Did you mean 'irish'?",
}


def test_help_and_typos_are_answered_before_torch_is_imported(clean_environment, tmp_path):
    (tmp_path / "irish.safetensors").touch()
    asked = [*(line.split() for line in TOLD_AT_ONCE), ["--help"], *([command, "--help"] for command in COMMANDS)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=clean_environment,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    for said, expected in zip(told, TOLD_AT_ONCE.values(), strict=False):
        assert is_one_line_of_error(said)
        assert expected in said
    assert re.findall(r"Usage: namegen (\w+) ", "".join(told)) == COMMANDS


def test_the_help_names_every_command_with_what_it_does(run_here):
    done = run_here("-h")
    assert {"train", "sample", "evaluate", "info", "data"} <= set(COMMANDS)
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\s+[A-Z]\w+", done.stdout, re.MULTILINE)


def test_the_version_is_the_package_s(run_here):
    done = run_here("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"namegen {__version__}\n", "")


def test_without_a_command_the_help_is_shown_and_the_usage_was_wrong(run_here):
    done = run_here()
    assert done.returncode == 2
    assert "Usage: namegen" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["trian"], r"No such command 'trian'\. Did you mean 'train'\? Try `namegen --help`\."),
        (["zzqq"], r"No such command 'zzqq'\. Try `namegen --help`\."),
        (["data", "--formt", "json"], r"No such option: --formt.*--format.* Try `namegen data --help`\."),
        (["data", "--format", "xml"], r"--format must be one of table, json, not 'xml'\."),
        (["generate"], r"No such command 'generate'\. Did you mean 'sample'\? Try `namegen --help`\."),
        (["lists"], r"No such command 'lists'\. Did you mean 'data'\?"),
        (["info"], r"Missing argument .* Try `namegen info --help`\."),
        (["sample", "m.safetensors", "-n", "few"], r"-n must be an integer, not 'few'\."),
        (["sample", "irish", "--temperature", "hot"], r"--temperature must be a number, not 'hot'\."),
        (["sample", "irish", "-t", "0"], r"--temperature must be at least 0\.01, not 0\.0\."),
        (["sample", "irish", "--seed", "-1"], r"--seed must be at least 0, not -1\."),
        (["sample", "irish", "--seed", f"{10**30}"], r"--seed must be at most 4,294,967,295, not 10{30}\."),
        (["plot", "lengths", "irish", "--seed", f"{1 << 32}"], r"--seed must be at most 4,294,967,295"),
        (["plot", "sizes", "irish"], r"KIND must be one of counts, probabilities, .*, not 'sizes'\."),
        (
            ["sample", "irish", "--starts-with", "a\nb"],
            r"--starts-with 'a.nb' contains a line break, which no name does",
        ),
        (["sample", "irish", "welsh"], r"Unexpected argument welsh\. Leave it out; `namegen blend` makes one model of"),
        (["sample", "irish", "5"], r"Unexpected argument 5\. For 5 names: -n 5$"),
        (["train", "irish", "--out", "no/such/folder/x"], r"its folder does not exist\. Make it, or name another"),
        (["train", "irish", "--out", "."], r"is not a file\. Name a file with --out\."),
        (["--fast", "data"], r"No such option: --fast"),
        (["\x1b[31mtrain"], r"No such command '\\x1b\[31mtrain'"),
    ],
)
def test_wrong_usage_is_one_line_on_standard_error_and_exit_code_2(run_here, arguments, complaint):
    done = run_here(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_line_of_error(done.stderr)
    assert re.search(complaint, done.stderr)
    assert "\x1b" not in done.stderr


def test_a_source_that_does_not_exist_is_one_line_and_cannot_style_the_terminal(here, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "")
    done = here("data", "[red]irsh\x1b[2J\nx")
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_line_of_error(done.stderr)
    assert done.stderr.startswith("Error: [red]irsh\\x1b[2J\\nx: no such file, folder or bundled list.")


@pytest.mark.parametrize("arguments", [["trian", "--debug"], ["--debug", "trian"]])
def test_debug_anywhere_shows_the_traceback_before_the_same_line(run_here, arguments):
    done = run_here(*arguments)
    assert done.returncode == 2
    first, *_, last = done.stderr.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == "Error: No such command 'trian'. Did you mean 'train'? Try `namegen --help`."


def test_skipped_bad_lines_are_counted_when_a_model_is_trained(run_here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_bytes(b"anna\nbo\n\x1b[31mred\nbo\n\xff\n")
    done = run_here("train", "list.txt", "--model", "bigram", "--skip-bad-lines", "--holdout", "0")
    assert done.returncode == 0
    assert "2 names (2 train), 1 duplicate dropped, 2 bad lines skipped\n" in done.stderr
    assert not set(done.stdout + done.stderr) & {"\x1b", "\r"}


def test_an_endless_line_is_refused_while_it_still_streams_and_leaves_no_file(tmp_path, clean_environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "namegen", "train", "-", "--model", "bigram"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_environment,
        bufsize=0,
    )
    was_refused = threading.Event()

    def write_without_end():
        process.stdin.write(b"anna\nbo\n")
        try:
            while True:
                process.stdin.write(b"x" * (1 << 20))
        except BrokenPipeError:
            was_refused.set()

    threading.Thread(target=write_without_end, daemon=True).start()
    with process:
        message = process.stderr.read().decode()
        assert process.stdout.read() == b""
        assert was_refused.wait(PATIENCE), f"waited {PATIENCE} seconds for the pipe to be closed"
    assert process.returncode == 1
    assert message == ("Error: standard input, line 3: is longer than 64 MiB. Give one name per line.\n")
    assert os.listdir(tmp_path) == []


def test_errors_are_coloured_on_a_terminal_unless_no_color_is_set(tmp_path, clean_environment):
    environment = clean_environment | {"TERM": "xterm-256color"}
    code, coloured = on_terminal(["trian"], tmp_path, environment)
    assert code == 2
    assert COLOUR.search(coloured)
    assert "Did you mean 'train'?" in coloured
    assert not COLOUR.search(on_terminal(["trian"], tmp_path, environment | {"NO_COLOR": "1"})[1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë 李 O'Neil [red]", "Zoë 李 O'Neil [red]"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J\u202e\n\udce9\ufeff", r"\x9b2J\u202e\n\udce9\ufeff"),
    ],
)
def test_characters_that_control_a_terminal_are_written_out(text, shown):
    assert plain(text) == shown


def test_capitals_do_not_matter_in_what_names_must_be_like(run_here):
    for option in ("--starts-with", "--ends-with", "--contains"):
        names = run_here("sample", "irish", "-n", "3", option, "B", "-q").stdout.split()
        assert len(names) == 3
        assert all("b" in name.lower() for name in names)
    score = run_here("score", "irish", "Brian", "ørjan").stdout
    assert "b 2." in score
    assert re.search("ørjan .*the model does not know 'ø'", score)


def test_a_file_that_is_not_a_model_is_described(run_here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text("anna\nbo\nada\n")
    Checkpoint(("list.txt",), TrainSettings(), tmp_path / "mine.checkpoint").save()
    for command in ("info", "sample", "evaluate", "export"):
        options = ["-o", "m.html"] if command == "export" else []
        said = run_here(command, "mine.checkpoint", *options).stderr
        assert "it is a checkpoint. `namegen train --resume` continues its training." in said
    assert (
        "irish: is a bundled list, not a model file. `namegen train irish` makes one from it."
        in run_here("info", "irish").stderr
    )
    said = run_here("info", "list.txt").stderr
    assert "list.txt: is not a model file. If it is a list, `namegen train` makes a model from it." in said


def test_standard_input_cannot_be_both_the_names_and_the_validation_list(run_here):
    done = run_here("train", "-", "--validation", "-")
    assert (done.returncode, "can be read only once" in done.stderr) == (2, True)


def test_what_follows_two_dashes_is_a_name_whatever_it_looks_like(run_here):
    assert re.search("--debug .*the model does not know '-'", run_here("score", "irish", "--", "--debug").stdout)


def test_bounds_are_written_as_people_write_numbers(run_here):
    assert "at most 1,048,576, not" in run_here("sample", "irish", "--batch-size", "99999999").stderr
    assert "at most 100, not" in run_here("train", "irish", "--model", "mlp", "--learning-rate", "1e9").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sample", "irish", "-i", "--like", "mona"], "-i shows names on a screen of its own. Leave --like out."),
        (["sample", "irish", "-i", "--sort", "name"], "-i shows names on a screen of its own. Leave --sort out."),
        (["sample", "irish", "-i", "--scores"], "-i shows names on a screen of its own. Leave --scores out."),
        (["train", "irish", "--validation", "welsh", "--holdout", "0.3"], "--validation replaces --holdout."),
        (["train", "irish", "--split-seed", "3", "--holdout", "0"], "--split-seed decides which names are held out"),
        (
            ["train", "irish", "--model", "bigram", "--log", "l.jsonl"],
            "--log is for networks, and the bigram model has",
        ),
        (
            ["train", "irish", "--model", "ngram", "--preset", "best"],
            "--preset best is for mlp or blend, not for ngram.",
        ),
        (["train", "irish", "--model", "ngram", "--device", "cpu"], "--device is for networks"),
        (["train", "irish", "--max-seconds", "1", "--epochs", "2"], "--max-seconds replaces --epochs."),
        (["evaluate", "irish", "--skip-bad-lines"], "--skip-bad-lines needs --data."),
        (["compare", "irish", "--models", "ngram", "--presets", "fast"], "None of these models uses the preset fast."),
        (
            ["plot", "probabilities", "irish", "--layer", "2"],
            "--layer is a setting of activations, not of probabilities.",
        ),
        (["plot", "lengths", "irish", "--layer", "2"], "--layer is a setting of activations, not of lengths."),
        (["plot", "counts", "irish", "--seed", "2"], "--seed is a setting of lengths and activations, not of counts."),
        (["plot", "activations", "irish", "--draws", "2"], "--draws is a setting of lengths, not of activations."),
        (["sample", "irish", "-i", "-n", "5"], "-i shows names on a screen of its own. Leave -n out."),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(here, tmp_path, arguments, said):
    done = here(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_path_in_an_error_is_as_it_was_typed(here, tmp_path):
    (tmp_path / "two  spaces.txt").touch()
    assert "Did you mean 'two  spaces.txt'?" in here("train", "two  spaces.tx").stderr
    with pytest.raises(namegen.errors.SourceError, match="`holdout=0`"):
        namegen.train(names=["anna", "emma"], model="bigram")  # in words of the library, though a command has run
