"""Output that cannot go anywhere: a reader who leaves, a full disk, a closed stream; and Ctrl-C."""

import os
import shlex
import signal
import subprocess
import sys

import pytest
from processes import after_epoch
from torture.command_line import prepare
from torture.forks import run, started
from waiting import PATIENCE, ended, wait_until_blocked

from namegen.__main__ import main as whole_program

COMMANDS = {
    "train": "train list.txt --model bigram --holdout 0 -q -o new.safetensors",
    "sample": "sample bigram.safetensors -n 3 --allow-known",
    "top": "top bigram.safetensors -n 3",
    "evaluate": "evaluate bigram.safetensors --draws 5",
    "score": "score bigram.safetensors emma",
    "compare": "compare list.txt --models bigram",
    "plot": "plot counts bigram.safetensors",
    "blend": "blend bigram.safetensors ngram.safetensors -o new.safetensors",
    "info": "info bigram.safetensors",
    "data": "data list.txt",
    "data without a list": "data",
    "help": "--help",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with lists and models."""
    here, made = os.getcwd(), tmp_path_factory.mktemp("streams")
    try:
        prepare(made)
    finally:
        os.chdir(here)
    return made


@pytest.fixture
def run_with_output_to(folder):
    """Run a command with a descriptor as its standard output."""

    def run_it(command, descriptor):
        for left in folder.glob("new.*"):
            left.unlink()
        return run(shlex.split(COMMANDS[command]), folder, lambda: os.dup2(descriptor, 1))

    return run_it


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_device_is_an_error_and_never_silence(run_with_output_to, command):
    with open("/dev/full", "wb", buffering=0) as full:
        code, said = run_with_output_to(command, full.fileno())
    assert code == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "Error: the output cannot be written (no space left on device)."


@pytest.mark.parametrize("command", ["sample", "compare", "data", "help"])
def test_a_reader_who_has_left_is_not_an_error(run_with_output_to, command):
    theirs, ours = os.pipe()
    os.close(theirs)
    code, said = run_with_output_to(command, ours)
    os.close(ours)
    assert code == 0, said
    assert "Error" not in said


def in_a_shell(folder, environment, redirections):
    """Run `namegen data list.txt` with redirections; its exit code, standard output and standard error."""
    command = f"{shlex.quote(sys.executable)} -m namegen data list.txt {redirections}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_stream_that_the_shell_closed_is_not_a_stream(folder, clean_environment):
    code, _, said = in_a_shell(folder, clean_environment, ">&-")
    assert (code, said) == (1, "Error: the output cannot be written (bad file descriptor).\n")
    code, told, _ = in_a_shell(folder, clean_environment, "2>&- <&-")
    assert (code, told.split(",")[0]) == (0, "11 distinct names")


def test_ctrl_c_ends_a_program_whose_reader_has_stopped_reading(folder):
    theirs, ours = os.pipe()
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


def test_ctrl_c_is_heard_where_an_import_takes_any_exception_for_a_missing_package(folder, clean_environment, tmp_path):
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
    done = subprocess.run(
        [sys.executable, "-m", "namegen", "sample", "mlp.safetensors", "-n", "3"],
        cwd=folder,
        env=clean_environment | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (package / "once").exists()
    assert (done.returncode, done.stdout) == (130, b"")


def test_ctrl_c_is_ignored_in_a_background_job_that_is_to_ignore_it(folder):
    def in_the_background():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        after_epoch(pytest.MonkeyPatch(), 1, lambda: signal.raise_signal(signal.SIGINT))

    asked = "train list.txt --model mlp --epochs 2 --hidden-size 8 -o kept.safetensors"
    assert run(asked.split(), folder, in_the_background, whole_program)[0] == 0
    assert (folder / "kept.safetensors").exists()
