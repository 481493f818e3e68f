"""The benchmark program runs, and writes what it prints."""

import json
import runpy
import sys
from pathlib import Path

from namegen import read_corpus

BENCH = Path(__file__).parent / "benchmarks" / "bench.py"


def test_the_benchmark_prints_and_writes_losses_and_the_quality_of_names(tmp_path, monkeypatch, capsys):
    out, few = tmp_path / "rows.json", tmp_path / "few.txt"
    few.write_text("\n".join([*read_corpus("irish").names][:150]), "utf-8")
    arguments = ["losses", "few", "--quick", "--train", str(few), "--test", "", "--out", str(out)]
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
