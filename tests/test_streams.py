"""Output that cannot go anywhere: a reader who leaves, a full disk, a closed stream; and Ctrl-C."""

import contextlib
import fcntl
import os
import shlex
import signal
import subprocess
import sys

import pytest
from processes import after_epoch
from torture.command_line import prepare
from torture.forks import run, started
from waiting import ended, wait_until_blocked

from namegen.__main__ import main as whole_program

COMMANDS = [
    "train list.txt --model bigram --holdout 0 -q --force -o new.safetensors",
    "sample bigram.safetensors -n 3 --allow-known",
    "top bigram.safetensors -n 3",
    "evaluate bigram.safetensors --draws 5",
    "score bigram.safetensors emma",
    "compare list.txt --models bigram",
    "plot counts bigram.safetensors",
    "blend bigram.safetensors ngram.safetensors --force -o new.safetensors",
    "info bigram.safetensors",
    "data list.txt",
    "data",
    "--help",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with lists and models."""
    made = tmp_path_factory.mktemp("streams")
    with contextlib.chdir(made):  # `prepare` changes the current folder
        prepare(made)
    return made


def run_into(descriptor, command, folder):
    """Run a command with a descriptor as its standard output."""
    return run(shlex.split(command), folder, lambda: os.dup2(descriptor, 1))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_device_is_an_error_and_never_silence(folder, command):
    with open("/dev/full", "wb", buffering=0) as full:
        code, said = run_into(full.fileno(), command, folder)
    assert code == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "Error: the output cannot be written (no space left on device)."


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith(("sample", "compare", "data", "--"))])
def test_a_reader_who_has_left_is_not_an_error(folder, command):
    theirs, ours = os.pipe()
    os.close(theirs)
    code, said = run_into(ours, command, folder)
    os.close(ours)
    assert code == 0, said
    assert "Error" not in said


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ([1], (1, "Error: the output cannot be written (bad file descriptor).\n")),
        ([0, 2], (0, "11 distinct names")),
    ],
)
def test_a_stream_that_the_shell_closed_is_not_a_stream(folder, closed, expected):
    code, said = run(["data", "list.txt"], folder, lambda: [*map(os.close, closed)], whole_program)
    assert (code, said.split(",")[0]) == expected


def test_ctrl_c_ends_a_program_whose_reader_has_stopped_reading(folder):
    theirs, ours = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)  # which is full soon
    child = started(["sample", "bigram.safetensors", "-n", "0", "--allow-repeats"], folder, lambda: os.dup2(ours, 1))
    wait_until_blocked(child, ours)
    os.kill(child, signal.SIGINT)
    code = ended(child)
    os.close(theirs)
    os.close(ours)
    assert code == 130


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_quiet_while_the_program_is_still_being_imported(folder, clean_environment, kind):
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "namegen", "sample", "mlp.safetensors", "-n", "0"],
        cwd=folder,
        env=clean_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        for line in process.stderr:  # a line for each import
            if line.split()[-1].startswith("torch."):
                break
        process.send_signal(kind)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_ctrl_c_is_heard_where_an_import_takes_any_exception_for_a_missing_package(folder, run_in, tmp_path):
    package = tmp_path / "numpy"  # which torch, if it can, imports from C
    package.mkdir()
    (package / "__init__.py").write_text(
        "import os, pathlib, signal\n"
        "once = pathlib.Path(__file__).with_name('once')\n"
        "if not once.exists():\n"
        "    once.touch()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n",
        "utf-8",
    )
    done = run_in(folder, "sample", "mlp.safetensors", "-n", "3", env={"PYTHONPATH": str(tmp_path)})
    assert (package / "once").exists()
    assert (done.returncode, done.stdout) == (130, "")


def test_ctrl_c_is_ignored_in_a_background_job_that_is_to_ignore_it(folder):
    def in_the_background():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        after_epoch(pytest.MonkeyPatch(), 1, lambda: signal.raise_signal(signal.SIGINT))

    asked = "train list.txt --model mlp --epochs 2 --hidden-size 8 -o kept.safetensors"
    assert run(asked.split(), folder, in_the_background, whole_program)[0] == 0
    assert (folder / "kept.safetensors").exists()
