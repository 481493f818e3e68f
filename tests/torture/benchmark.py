"""A quick run of the whole benchmark, `make bench`: it comes to its end, and every row is a measurement."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from torture.campaign import Results

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


def measure(out: Path) -> str:
    """Run the benchmark, and look at its rows."""
    options = ["--quick", "--train", "irish", "--test", "", "--out", str(out)]
    command = [sys.executable, "-W", "ignore", str(BENCH), *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert not done.returncode, f"exit code {done.returncode}: {done.stderr[-200:]}"
    rows = {row["what"]: row for row in json.loads(out.read_text())}
    assert rows.keys() >= EXPECTED, f"no row of {EXPECTED - rows.keys()}"
    for what, row in rows.items():
        assert what.startswith("loss by") or (row["value"] > 0 and row.get("ratio", 1) > 0), row
    return "ended"


def campaign(number: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Run the benchmark so many times. Returns what happened in one line, and the failures."""
    results = Results()
    for place in range(number):
        results.take(str(place), partial(measure, folder / "rows.json"))
    return results.told(number, "runs")
