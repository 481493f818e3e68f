"""The benchmark program runs, and writes what it prints; all of it runs in the campaigns."""

import json
import runpy
import sys
from pathlib import Path

BENCH = Path(__file__).parent / "benchmarks" / "bench.py"


def test_the_benchmark_prints_and_writes_the_losses_of_every_family(tmp_path, monkeypatch, capsys):
    out = tmp_path / "rows.json"
    asked = ["--quick", "--only", "losses", "--train", "irish", "--test", "", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["bench.py", *asked])
    runpy.run_path(str(BENCH), run_name="__main__")
    rows = {row["what"]: row for row in json.loads(out.read_text())}
    printed = capsys.readouterr().out
    assert all(what in printed for what in rows)
    assert rows["held-out loss, blend, fast"]["value"] < rows["held-out loss, bigram"]["value"]
