"""A quick run of the whole benchmark, `make bench`: it comes to its end, and every row is a measurement."""

import json
import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "benchmarks" / "bench.py"
EXPECTED = {
    "held-out loss, blend, fast",
    "training, fast mlp, float32",
    "sampling, ngram",
    "fit, ngram, 30,000 names",
    "namegen --help",
    "training, fast mlp, 30,000 names",
    "loss from 20 names, adapted",
    "names from 30, adapted, as drawn by default",
}


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Run the benchmark so many times. Returns what happened in one line, and the failures."""
    out = folder / "rows.json"
    options = ["--quick", "--train", "irish", "--test", "", "--out", str(out)]
    command = [sys.executable, "-W", "ignore", str(BENCH), *options]
    failures = []
    for place in range(number):
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False
        )
        if done.returncode:
            failures.append(f"{place}: exit code {done.returncode}: {done.stderr[-500:]}")
            continue
        rows = {row["what"]: row for row in json.loads(out.read_text())}
        failures += [f"{place}: no row of {what!r}" for what in sorted(EXPECTED - rows.keys())]
        for what, row in rows.items():
            if not what.startswith("loss by") and (row["value"] <= 0 or row.get("ratio", 1) <= 0):
                failures.append(f"{place}: {what}: {row}")
    return f"{number} runs", failures
