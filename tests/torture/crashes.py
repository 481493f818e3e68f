"""Trainings that end badly: killed at any moment, on a full disk, two at once to one file.

Each runs the command line in a child of its own; see `forks`.
"""

import itertools
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from waiting import ended

import namegen
from namegen.files.tensor_file import LEFTOVER_SECONDS, TEMPORARY_PREFIX
from namegen.training import network
from namegen.training.checkpoint import Checkpoint
from namegen.training.trainer import Trainer
from torture.forks import run, started

NAMES = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "harper", "evelyn", "ada", "zoe"]
TINY = ["--holdout", "0", "--hidden-size", "16", "--embedding-size", "4", "--context-size", "3", "--epochs", "12"]
MOMENTS = 150  # somewhat more than the shorter training has
TRAININGS = {
    "mlp": ["train", "list.txt", "--model", "mlp", *TINY],
    "blend": ["train", "list.txt", "--model", "blend", "--order", "3", "--networks", "2", *TINY],
}


def litter(folder: Path) -> list[Path]:
    """Temporary files that were left."""
    return [*folder.glob(f"{TEMPORARY_PREFIX}*")]


def reference(folder: Path, training: list[str]) -> bytes:
    """The bytes of an undisturbed training."""
    (folder / "list.txt").write_text("\n".join(NAMES), "utf-8")
    code, said = run([*training, "-o", "reference.safetensors", "--force"], folder)
    assert code == 0, said
    return (folder / "reference.safetensors").read_bytes()


def killed_at(moment: int) -> Callable[[], None]:
    """What a child does first that shall be killed at a moment: before or after a step, a flush or a rename."""

    def prepare() -> None:
        passed = itertools.count()

        def watch(owner: Any, name: str) -> None:
            call = getattr(owner, name)

            def watched(*arguments: Any) -> Any:
                strike()
                result = call(*arguments)
                strike()
                return result

            setattr(owner, name, watched)

        def strike() -> None:
            if next(passed) == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        network.SECONDS_BETWEEN_CHECKPOINTS = 0
        for owner, name in ((os, "fsync"), (os, "replace"), (Trainer, "_step")):
            watch(owner, name)

    return prepare


def check_after_kill(folder: Path, training: list[str], allowed: dict[str, bytes | None], whole: bytes) -> str:
    """What stands in the folder is sound, and going on ends in the bytes of the whole. Returns where it was."""
    model, checkpoint = folder / "m.safetensors", folder / "m.checkpoint"
    held = model.read_bytes() if model.exists() else None
    assert held in allowed.values(), "the model file is neither the old one nor the new one"
    if held is not None:
        namegen.load(model)
    where = "finished" if held == whole else "before its first epoch ended"
    if checkpoint.exists():
        Checkpoint.load(checkpoint)
        where = "on the way"
        arguments = ["train", "--resume", "m.checkpoint", "--force"]
    else:
        arguments = [*training, "-o", "m.safetensors", "--force"]
    code, said = run(arguments, folder)
    assert code == 0, said
    assert model.read_bytes() == whole, "going on ended in other bytes"
    assert not checkpoint.exists()
    return where


def kills(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Kill trainings at any of their moments. Returns what happened in one line, and the failures."""
    results: Counter[str] = Counter()
    failures = []
    old = b""
    left = 0
    for family, training in TRAININGS.items():
        whole = reference(folder, training)
        model = folder / "m.safetensors"
        namegen.train(names=NAMES, model="bigram", holdout=0).save(folder / "old.safetensors")
        old = (folder / "old.safetensors").read_bytes()
        for place in range(number // len(TRAININGS)):
            rng = random.Random(f"{seed} {family} {place}")
            for name in ("m.safetensors", "m.checkpoint"):
                (folder / name).unlink(missing_ok=True)
            allowed: dict[str, bytes | None] = {"new": whole, "old": None}
            if rng.random() < 0.5:
                model.write_bytes(old)
                allowed["old"] = old
            before = killed_at(rng.randrange(MOMENTS))
            ended(started([*training, "-o", "m.safetensors", "--force"], folder, before))
            left += bool(litter(folder))
            for path in litter(folder):  # as if some time had passed since
                os.utime(path, (time.time() - LEFTOVER_SECONDS - 1,) * 2)
            try:
                results[check_after_kill(folder, training, allowed, whole)] += 1
                assert not litter(folder), "the next training left the litter of the killed one"
            except Exception as error:
                failures.append(f"{family} {place}: {type(error).__name__}: {error}")
    line = ", ".join(f"{count} {where}" for where, count in results.most_common())
    return f"{number} kills: {line}; {left} left a temporary file for the next to remove", failures


def full_disks(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Let the limit on the size of files cut off trainings. Returns what happened in one line, and the failures."""
    whole = reference(folder, TRAININGS["mlp"])
    model = folder / "m.safetensors"
    results: Counter[str] = Counter()
    failures = []
    for place in range(number):
        rng = random.Random(f"{seed} {place}")
        (folder / "m.checkpoint").unlink(missing_ok=True)
        model.write_bytes(b"old")
        limit = rng.randrange(6 * len(whole))  # a checkpoint is several times as large

        def limit_files(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        code, said = run([*TRAININGS["mlp"], "-q", "-o", "m.safetensors", "--force"], folder, limit_files)
        results["refused" if code else "fit"] += 1
        try:
            assert code in (0, 1), f"exit code {code}"
            assert model.read_bytes() == (b"old" if code else whole), "neither the old file nor the new one"
            assert not litter(folder), "a temporary file was left"
            assert not code or (limit < 200 or "file too large" in said), said  # what it says may not fit either
            assert "Traceback" not in said, said
        except AssertionError as error:
            failures.append(f"{place} at {limit} bytes: {error}")
    return f"{number} limits: {results['refused']} refused, {results['fit']} fit", failures


def at_once(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Run two trainings to one path together. Returns what happened in one line, and the failures."""
    training = TRAININGS["mlp"]
    rivals = [[*training, "--seed", "1"], [*training, "--seed", "2"]]
    wholes = [reference(folder, rival) for rival in rivals]
    model = folder / "m.safetensors"
    failures = []
    wins = [0, 0]
    rng = random.Random(seed)
    for place in range(number):
        for name in ("m.safetensors", "m.checkpoint"):
            (folder / name).unlink(missing_ok=True)
        children = []
        for rival in rng.sample(rivals, 2):
            children.append(started([*rival, "-q", "-o", "m.safetensors", "--force"], folder))
            time.sleep(rng.random() * 0.02)
        codes = [ended(child) for child in children]
        try:
            assert codes == [0, 0], f"exit codes {codes}: {(folder / 'said').read_text('utf-8')}"
            wins[wholes.index(model.read_bytes())] += 1
            assert not litter(folder), "a temporary file was left"
        except (AssertionError, ValueError) as error:
            failures.append(f"{place}: {error}")
    return f"{number} pairs: the first won {wins[0]} times, the second {wins[1]}", failures
