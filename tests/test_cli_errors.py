"""Help, errors and exit codes at a prompt."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from conftest import assert_refused
from typer.main import get_command

import namegen
from namegen.cli.app import app
from namegen.settings import TrainSettings
from namegen.training.checkpoint import Checkpoint
from namegen.version import __version__

COMMANDS = sorted(get_command(app).commands)
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


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
        assert re.fullmatch("Error: .*\n", said)
        assert expected in said
    assert re.findall(r"Usage: namegen (\w+) ", "".join(told)) == COMMANDS


def test_the_version_is_the_package_s(run_here):
    done = run_here("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"namegen {__version__}\n", "")


def test_without_a_command_the_help_is_shown_and_the_usage_was_wrong(run_here):
    done = run_here()
    assert done.returncode == 2
    assert "Usage: namegen" in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["trian", "--debug"], ["--debug", "trian"]])
def test_debug_anywhere_shows_the_traceback_before_the_same_line(run_here, arguments):
    done = run_here(*arguments)
    assert done.returncode == 2
    first, *_, last = done.stderr.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == "Error: No such command 'trian'. Did you mean 'train'? Try `namegen --help`."


def test_skipped_bad_lines_are_counted_when_a_model_is_trained(here, tmp_path):
    (tmp_path / "list.txt").write_bytes(b"anna\nbo\n\x1b[31mred\nbo\n\xff\n")
    done = here("train", "list.txt", "--model", "bigram", "--skip-bad-lines", "--holdout", "0")
    assert done.returncode == 0
    assert "2 names (2 train), 1 duplicate dropped, 2 bad lines skipped\n" in done.stderr
    assert not set(done.stdout + done.stderr) & {"\x1b", "\r"}


def test_a_file_that_is_not_a_model_is_described(here, tmp_path):
    (tmp_path / "list.txt").write_text("anna\nbo\nada\n")
    Checkpoint(("list.txt",), TrainSettings(), tmp_path / "mine.checkpoint").save()
    for line in ("info mine.checkpoint", "sample mine.checkpoint", "export mine.checkpoint -o m.html"):
        assert "it is a checkpoint. `namegen train --resume` continues its training." in here(*line.split()).stderr
    bundled, a_list = here("info", "irish").stderr, here("info", "list.txt").stderr
    assert "irish: is a bundled list, not a model file. `namegen train irish` makes one from it." in bundled
    assert "list.txt: is not a model file. If it is a list, `namegen train` makes a model from it." in a_list
    made = "so it is not a list. If it was exported, name the list or the model that it was made from."
    for name in ("page.html", "module.js", "all.json", "graph.onnx"):
        (tmp_path / name).write_text("anna\n" + 300 * "x")
        assert_refused(here("sample", name), f"{name}, line 2: is longer than 200 characters, {made}", code=1)


def test_what_follows_two_dashes_is_a_name_whatever_it_looks_like(run_here):
    assert re.search("--debug .*the model does not know '-'", run_here("score", "irish", "--", "--debug").stdout)


WRONG_USAGE = {
    "generate": "No such command 'generate'. Did you mean 'sample'? Try `namegen --help`.",
    "zzqq": "No such command 'zzqq'. Try `namegen --help`.",
    "'\x1b[31mtrain'": r"No such command '\x1b[31mtrain'",
    "--fast data": "No such option: --fast",
    "data --formt json": "No such option: --formt",
    "evaluate irish --keep-duplicates": "No such option: --keep-duplicates",
    "info": "Missing argument",
    "plot sizes irish": "KIND must be one of counts, probabilities, ",
    "sample irish 5": "Unexpected argument 5. For 5 names: -n 5\n",
    "sample irish welsh": "Unexpected argument welsh. Leave it out; `namegen blend` makes one model of",
    "sample irish -n few": "-n must be an integer, not 'few'.",
    "sample irish -t hot": "--temperature must be a number, not 'hot'.",
    "sample irish -t 0": "--temperature must be at least 0.01, not 0.0.",
    f"sample irish --seed {10**30}": f"--seed must be at most 4,294,967,295, not {10**30}.",
    "train irish --model mlp --learning-rate 1e9": "at most 100, not",
    "train irish --device abacus": "--device must be one of auto, cpu, cuda, mps, not 'abacus'",
    "train irish --model ngram --prune '0 x'": "--prune must be a list",
    "train irish --model ngram --prune '1 1'": "the first 0",
    "train irish --model rnn": "Unknown model 'rnn'. Choose from: bigram, ",
    "train irish --order 4 --model mlp": "--order is a setting of ngram and blend, not of mlp.",
    "train irish -o no/such/folder/m.safetensors": "its folder does not exist. Make it, or name another",
    "train irish -o i.json": "Let that of a model end in .safetensors; `namegen export` writes .json from it.",
    "train irish -o i.HTML": "i.HTML: is the name of an exported file.",
    "blend irish welsh -o both.js": "both.js: is the name of an exported file.",
    "train irish --log .": "Name a file with --log",
    "train irish --log m.safetensors -o m.safetensors": "m.safetensors: is not a log of a training",
    "sample irish --starts-with 'a\nb'": r"--starts-with 'a\nb' contains a line break, which no name does",
    "sample irish --contains q --excludes q": "contradict each other",
    "sample irish --min-length 5 --max-length 3": "--min-length 5 is more than --max-length 3",
    "sample irish -q --matches 'a('": "is not a regular expression",
    "sample irish --matches \udcff": "--matches must be UTF-8 text",
    "sample irish --like \udcff": r"--like '\udcff' is not UTF-8",
    "sample irish -n 0 --sort name": "-n 0 never ends",
    "sample irish -n 0 --format json": "-n 0 never ends",
    "sample irish -q -i": "-i needs a terminal",
    # An option that would do nothing.
    "sample irish -i -n 5": "-i shows names on a screen of its own. Leave -n out.",
    "sample irish -i --like mona": "-i shows names on a screen of its own. Leave --like out.",
    "train irish --split-seed 3 --holdout 0": "--split-seed decides which names are held out",
    "train irish --model bigram --log l.jsonl": "--log is for networks, and the bigram model has",
    "train irish --model ngram --device cpu": "--device is for networks",
    "train irish --networks 0 --device cpu": "--device is for networks, and the blend model has none",
    "evaluate irish --skip-bad-lines": "--skip-bad-lines needs --data.",
    "plot lengths irish --layer 2": "--layer is a setting of activations, not of lengths.",
    "plot counts irish --seed 2": "--seed is a setting of lengths and activations, not of counts.",
    # One source, read twice.
    "evaluate irish irish": "named twice",
    "evaluate - --data -": "Standard input (-) can be read only once. Write the list to a file.\n",
    "train - --validation -": "can be read only once",
    "sample - --not-in -": "can be read only once",
    "compose '{-} {irish:not-in=-}'": "can be read only once",
}


@pytest.mark.parametrize("line", WRONG_USAGE)
def test_wrong_usage_is_one_line_of_error_and_nothing_is_written(here, tmp_path, line):
    assert_refused(here(*shlex.split(line)), WRONG_USAGE[line])
    assert list(tmp_path.iterdir()) == []


NOT_THERE = {
    "train irish --model mlp --device cuda": "Device 'cuda' is not available here.",
    "train irish --validation no-list": "no-list: no such file",
    f"train irish -o {'x' * 300}": "file name too long",
    "train --resume none.checkpoint": "none.checkpoint: does not exist",
    "train --resume .": ".: is not a checkpoint, or is broken.",
    "sample irish -q --starts-with aЖ": "does not know the character 'Ж'",
    "data '[red]irsh\x1b[2J\nx'": r"Error: [red]irsh\x1b[2J\nx: no such file, folder or bundled list.",
}


@pytest.mark.parametrize("line", NOT_THERE)
def test_what_is_not_there_is_one_line_of_error_before_any_work(here, tmp_path, line):
    assert_refused(here(*shlex.split(line)), NOT_THERE[line], code=1)
    assert list(tmp_path.iterdir()) == []


def test_errors_are_coloured_on_a_terminal_unless_no_color_is_set(on_terminal):
    code, coloured = on_terminal("trian")
    assert code == 2
    assert COLOUR.search(coloured)
    assert "Did you mean 'train'?" in coloured
    assert not COLOUR.search(on_terminal("trian", NO_COLOR="1")[1])


def test_errors_of_the_library_name_its_arguments_though_a_command_has_run(here):
    here("data")
    with pytest.raises(namegen.errors.SourceError, match="`holdout=0`"):
        namegen.train(names=["anna", "emma"], model="bigram")
