"""The benchmark program runs, and writes what it prints; all groups run in the campaigns."""

import json
import runpy
import sys
from pathlib import Path

BENCH = Path(__file__).parent / "benchmarks" / "bench.py"


def test_the_benchmark_prints_and_writes_losses_and_the_quality_of_names(tmp_path, monkeypatch, capsys):
    out = tmp_path / "rows.json"
    arguments = ["losses", "few", "--quick", "--train", "irish", "--test", "", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["bench.py", *arguments])
    monkeypatch.syspath_prepend(BENCH.parent)
    monkeypatch.setattr("few_names.CACHE", tmp_path)
    runpy.run_path(str(BENCH), run_name="__main__")
    rows = {row["what"]: row for row in json.loads(out.read_text())}
    printed = capsys.readouterr().out
    assert all(what in printed for what in rows)
    assert rows["held-out loss, blend, fast"]["value"] < rows["held-out loss, bigram"]["value"]
    assert rows["loss from 20 names, adapted"]["value"] < rows["loss from 20 names, n-gram"]["value"]
    assert rows["names from 30, Markov chain of order 3"]["distinct"] < 1
