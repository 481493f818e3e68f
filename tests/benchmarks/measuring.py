"""What several groups of the benchmark measure with: rows of the table, and seconds."""

import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def row_of(what: str, value: float, unit: str, **notes: Any) -> Row:
    """A row of the table: what was measured, and notes such as a ratio to a baseline."""
    return {"what": what, "value": value, "unit": unit, **notes}


def median_seconds(work: Callable[[], Any], runs: int, *, warm_up: bool = True) -> float:
    """The median time of several runs, after one that is not counted."""
    if warm_up:
        work()
    return statistics.median(seconds_of(work) for _ in range(runs))


def seconds_of(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def process_seconds(command: list[str]) -> float:
    return seconds_of(lambda: subprocess.run(command, capture_output=True, check=True))


def show(row: Row) -> None:
    """Print a row as soon as it is measured."""
    value = f"{row['value']:.4f}" if row["value"] < 100 else f"{row['value']:,.0f}"
    notes = [f"{row['ratio']:.2f} × {row['baseline']}"] if "ratio" in row else []
    notes += [f"{row['seconds']:.2f} s of training"] if "seconds" in row else []
    notes += [f"{row['cpu_seconds']:.2f} s of the processor"] if "cpu_seconds" in row else []
    notes += [f"{row['peak_mib']:,.0f} MiB at most"] if "peak_mib" in row else []
    notes += [f"AUC {row['auc']:.3f}"] if "auc" in row else []
    notes += [f"{row['near_copies']:.1%} near-copies"] if "near_copies" in row else []
    notes += [f"{row['distinct']:.1%} distinct"] if "distinct" in row else []
    print(f"{row['what']:<46}{value:>10} {row['unit']:<11} {', '.join(notes)}", flush=True)
