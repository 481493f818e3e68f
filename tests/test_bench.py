"""The benchmark program runs, on a small list, and writes what it prints."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent / "benchmarks" / "bench.py"


def test_a_quick_run_measures_every_group(tmp_path, clean_environment):
    out = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", BENCH, "--quick", "--train", "irish", "--test", "", "--out", out],
        capture_output=True,
        text=True,
        env=clean_environment,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(out.read_text())}
    assert all(what in done.stdout for what in rows)
    assert rows["held-out loss, blend, fast"]["value"] < rows["held-out loss, bigram"]["value"]
    assert {"training, fast mlp, float32", "sampling, ngram", "fit, ngram, 30,000 names", "namegen --help"} <= set(rows)
    assert "training, fast mlp, 30,000 names" in rows
    assert all(row["value"] > 0 or what.startswith("loss by") for what, row in rows.items())
    assert all(row.get("ratio", 1) > 0 for row in rows.values())
