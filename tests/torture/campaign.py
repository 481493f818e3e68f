"""What campaigns share: files to begin with, and what became of their cases."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any

import namegen
from namegen.errors import TrainingStoppedError
from namegen.training.listener import TrainingListener

LIST = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "evelyn", "anna-lena", "zoë"]
FAMILIES = {"bigram": {}, "ngram": {"order": 3}, "mlp": {"hidden_layers": 2}, "blend": {"order": 3}}
NETWORK: dict[str, Any] = {"hidden_size": 8, "embedding_size": 4, "context_size": 3, "epochs": 2}
SECONDS_A_CASE = 300.0  # of the processor: what never ends is found on the slowest machine too


class StopAfter(TrainingListener):
    """Stops a training after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def stop(self) -> bool:
        self.left -= 1
        return self.left < 0


class Results:
    """How the cases of a campaign ended, and which failed."""

    def __init__(self) -> None:
        self.ends: Counter[Any] = Counter()
        self.failures: list[str] = []
        self.slowest = (0.0, "")

    def take(self, label: str, case: Callable[[], Any]) -> None:
        """Run a case: it returns how it ended, and fails where it raises or takes too long."""
        started = time.process_time()
        try:
            self.ends[case()] += 1
        except Exception as error:
            self.failures.append(f"{label}: {type(error).__name__}: {str(error)[:300]}")
        seconds = time.process_time() - started
        self.slowest = max(self.slowest, (seconds, label))
        if seconds > SECONDS_A_CASE:
            self.failures.append(f"{label}: took {seconds:.1f} s")

    def told(self, number: int, what: str) -> tuple[str, list[str]]:
        """What happened in one line, and the failures."""
        ends = ", ".join(f"{count:,} {end}" for end, count in self.ends.most_common())
        return f"{number:,} {what}: {ends}; slowest {self.slowest[0]:.1f} s ({self.slowest[1][:60]})", self.failures


def prepare(folder: Path) -> None:
    """Write models of every family, lists, and the checkpoint of a blend into a folder."""
    with chdir(folder):
        Path("list.txt").write_text("\n".join(LIST), "utf-8")
        Path("bad.txt").write_bytes(b"emma\n\x1b[2Jada\n\xff\nava\n")
        Path("empty.txt").touch()
        Path("folder").mkdir()
        Path("broken.safetensors").write_bytes(b"\x08" + bytes(30))
        for family, settings in FAMILIES.items():
            more = NETWORK if family in ("mlp", "blend") else {}
            namegen.train("list.txt", model=family, **settings, **more).save(f"{family}.safetensors")
    with suppress(TrainingStoppedError):
        settings = {"order": 3, "checkpoint": folder / "stopped.checkpoint", "listener": StopAfter(3), **NETWORK}
        namegen.train(folder / "list.txt", model="blend", **settings)
