"""Ctrl-C at random moments of every command, from the start of Python on: quiet, and nothing broken."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from waiting import PATIENCE

import namegen
from namegen.files.tensor_file import TEMPORARY_PREFIX
from torture.command_line import prepare

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


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Interrupt so many processes. Returns what happened in one line, and the failures.

    Until Python has started, about a fiftieth of a second, Ctrl-C Python itself handles Ctrl-C: counted apart.
    """
    here = Path.cwd()
    failures = []
    results: Counter[str] = Counter()
    slowest = 0.0
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a background job of a shell would inherit that it is ignored
    try:
        prepare(folder)
        for place in range(number):
            rng = random.Random(f"{seed} {place}")
            command = rng.choice(COMMANDS)
            (folder / "new.checkpoint").unlink(missing_ok=True)
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
            sent = time.perf_counter()
            try:
                code = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            seconds = time.perf_counter() - sent
            complaint = Path("said").read_text("utf-8")
            if finished_before or code == 0:
                results["had finished"] += 1
            elif "namegen/cli" not in complaint and code in (-signal.SIGINT, 1):
                results["Python had not started"] += 1
            else:
                results["left with 130"] += 1
                slowest = max(slowest, seconds)
                if code != 130 or "Traceback" in complaint:
                    failures.append(f"{place}: {command}: exit code {code} after {seconds:.2f} s: {complaint[-200:]!r}")
            failures += [f"{place}: {command}: {path.name} was left" for path in folder.glob(f"{TEMPORARY_PREFIX}*")]
            for path in folder.glob("new.safetensors"):
                namegen.load(path)
    finally:
        os.chdir(here)
    ends = ", ".join(f"{count} {what}" for what, count in results.most_common())
    return f"{number} interrupts: {ends}; the slowest left after {slowest:.2f} s", failures
