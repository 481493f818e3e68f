"""The long campaigns, which `make torture` runs: a line for each, its failures, and exit code 1 where there are any."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch

from torture import command_line, crashes, interrupts, lists, model_files, pages

CAMPAIGNS = {
    "model-files": (model_files.campaign, 10_000),
    "lists": (lists.campaign, 5_000),
    "command-line": (command_line.campaign, 3_000),
    "kills": (crashes.kills, 200),
    "full-disks": (crashes.full_disks, 100),
    "at-once": (crashes.at_once, 50),
    "interrupts": (interrupts.campaign, 200),
    "pasted-lists": (pages.pasted_lists, 1_000),
    "links": (pages.mutated_links, 1_000),
}


def main() -> int:
    """Run campaigns."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", help=f"{', '.join(CAMPAIGNS)}; without any, all")
    parser.add_argument("--number", type=int, help="how many cases; by default a number for each campaign")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    failed = False
    for name in given.campaigns or CAMPAIGNS:
        campaign, number = CAMPAIGNS[name]
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            line, failures = campaign(given.number or number, given.seed, Path(folder))
        verdict = f"{len(failures)} FAILED" if failures else "ok"
        print(f"{name:12} {verdict}: {line} ({time.perf_counter() - started:.0f} s)", flush=True)
        for failure in failures:
            print(f"    {failure}")
        failed |= bool(failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
