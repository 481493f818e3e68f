"""Ctrl-C at random moments of every command, from the start of Python on: quiet, and nothing broken."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import chdir
from functools import partial
from pathlib import Path

from waiting import PATIENCE

import namegen
from namegen.files.tensor_file import TEMPORARY_PREFIX
from torture.campaign import Results, prepare

COMMANDS = [
    "train list.txt --epochs 4000 --hidden-size 64 -o new.safetensors --force",
    "train list.txt --model ngram -o new.safetensors --force",
    "sample blend.safetensors -n 0 --allow-repeats",
    "top mlp.safetensors -n 3",
    "evaluate mlp.safetensors ngram.safetensors",
    "score ngram.safetensors emma",
    "compare list.txt --models ngram,mlp",
    "plot lengths mlp.safetensors",
    "blend ngram.safetensors mlp.safetensors -o new.safetensors --force",
    "info blend.safetensors",
    "data irish",
]


def interrupt(rng: random.Random) -> str:
    """Interrupt a command in the current folder at a random moment. Returns where it was.

    Until Python has started, about a fiftieth of a second, Python itself handles Ctrl-C: counted apart.
    """
    command = rng.choice(COMMANDS)
    Path("new.checkpoint").unlink(missing_ok=True)
    with open("said", "wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "namegen", *command.split()],
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
    time.sleep(rng.random() * rng.choice([0.1, 1, 3]))
    finished_before = process.poll() is not None
    process.send_signal(signal.SIGINT)
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    complaint = Path("said").read_text("utf-8")
    left = [*Path().glob(f"{TEMPORARY_PREFIX}*")]
    assert not left, f"{command}: left {left}"
    for path in Path().glob("new.safetensors"):
        namegen.load(path)
    if finished_before or code == 0:
        return "had finished"
    if "namegen/cli" not in complaint and code in (-signal.SIGINT, 1):
        return "before Python had started"
    assert code == 130, f"{command}: exit code {code}: {complaint[-200:]!r}"
    assert "Traceback" not in complaint, f"{command}: {complaint[-200:]!r}"
    return "left with 130"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Interrupt so many processes. Returns what happened in one line, and the failures."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell inherits that it is ignored
    prepare(folder)
    results = Results()
    with chdir(folder):
        for place in range(number):
            results.take(str(place), partial(interrupt, random.Random(f"{seed} {place}")))
    return results.told(number, "interrupts")
