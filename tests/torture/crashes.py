"""Trainings that end badly: killed at any moment, on a full disk, two at once to one file.

Each runs the command line in a child of its own; see `forks`.
"""

import itertools
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from waiting import ended

import namegen
from namegen.files.tensor_file import LEFTOVER_SECONDS, TEMPORARY_PREFIX
from namegen.training import network
from namegen.training.checkpoint import Checkpoint
from namegen.training.trainer import Trainer
from torture.campaign import LIST, Results
from torture.forks import run, started

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
    (folder / "list.txt").write_text("\n".join(LIST), "utf-8")
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


def kill(folder: Path, training: list[str], whole: bytes, old: bytes, rng: random.Random) -> str:
    """Kill a training; what stands is sound, and going on ends in the bytes of the whole. Returns where it was."""
    model, checkpoint = folder / "m.safetensors", folder / "m.checkpoint"
    for path in (model, checkpoint):
        path.unlink(missing_ok=True)
    before = old if rng.random() < 0.5 else None
    if before:
        model.write_bytes(before)
    again = [*training, "-o", "m.safetensors", "--force"]
    ended(started(again, folder, killed_at(rng.randrange(MOMENTS))))
    for path in litter(folder):  # as if some time had passed since
        os.utime(path, (time.time() - LEFTOVER_SECONDS - 1,) * 2)
    held = model.read_bytes() if model.exists() else None
    assert held in (before, whole), "the model file is neither the old one nor the new one"
    where = "finished" if held == whole else "before its first epoch ended"
    if checkpoint.exists():
        Checkpoint.load(checkpoint)
        where = "on the way"
        again = ["train", "--resume", "m.checkpoint", "--force"]
    code, said = run(again, folder)
    assert code == 0, said
    assert model.read_bytes() == whole, "going on ended in other bytes"
    assert not checkpoint.exists()
    assert not litter(folder), "the next training left the litter of the killed one"
    return where


def kills(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Kill trainings at any of their moments. Returns what happened in one line, and the failures."""
    results = Results()
    namegen.train(names=LIST, model="bigram", holdout=0).save(folder / "old.safetensors")
    old = (folder / "old.safetensors").read_bytes()
    for family, training in TRAININGS.items():
        whole = reference(folder, training)
        for place in range(number // len(TRAININGS)):
            rng = random.Random(f"{seed} {family} {place}")
            results.take(f"{family} {place}", partial(kill, folder, training, whole, old, rng))
    return results.told(number, "kills")


def limit_files(folder: Path, whole: bytes, limit: int) -> str:
    """Train where files have at most so many bytes: the old file stays, or the new one is whole."""
    (folder / "m.checkpoint").unlink(missing_ok=True)
    (folder / "m.safetensors").write_bytes(b"old")
    training = [*TRAININGS["mlp"], "-q", "-o", "m.safetensors", "--force"]
    code, said = run(training, folder, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)))
    assert code in (0, 1), f"exit code {code}"
    held = (folder / "m.safetensors").read_bytes()
    assert held == (b"old" if code else whole), "neither the old file nor the new one"
    assert not litter(folder), "a temporary file was left"
    assert not code or (limit < 200 or "file too large" in said), said  # what it says may not fit either
    assert "Traceback" not in said, said
    return "refused" if code else "fit"


def full_disks(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Let the limit on the size of files cut off trainings. Returns what happened in one line, and the failures."""
    whole = reference(folder, TRAININGS["mlp"])
    results = Results()
    for place in range(number):
        limit = random.Random(f"{seed} {place}").randrange(6 * len(whole))  # a checkpoint is several times as large
        results.take(f"{place} at {limit} bytes", partial(limit_files, folder, whole, limit))
    return results.told(number, "limits")


def train_both(folder: Path, rivals: dict[bytes, list[str]], rng: random.Random) -> str:
    """Run two trainings to one path: one of them wins whole."""
    for name in ("m.safetensors", "m.checkpoint"):
        (folder / name).unlink(missing_ok=True)
    children = []
    for rival in rng.sample([*rivals.values()], 2):
        children.append(started([*rival, "-q", "-o", "m.safetensors", "--force"], folder))
        time.sleep(rng.random() * 0.02)
    codes = [ended(child) for child in children]
    assert codes == [0, 0], f"exit codes {codes}: {(folder / 'said').read_text('utf-8')}"
    assert not litter(folder), "a temporary file was left"
    return f"won by seed {rivals[(folder / 'm.safetensors').read_bytes()][-1]}"


def at_once(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Run two trainings to one path together. Returns what happened in one line, and the failures."""
    trainings = [[*TRAININGS["mlp"], "--seed", str(own)] for own in (1, 2)]
    rivals = {reference(folder, training): training for training in trainings}
    results, rng = Results(), random.Random(seed)
    for place in range(number):
        results.take(str(place), partial(train_both, folder, rivals, rng))
    return results.told(number, "pairs")
