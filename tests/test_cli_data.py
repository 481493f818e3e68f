import json
import re
import sys

import pytest

from namegen.cli.console import plain
from namegen.corpus.reading import read_corpus
from namegen.corpus.sources import bundled

ESCAPE = "\x1b"

# A list with every kind of bad line, in a file whose name would style, clear and flip a terminal, and is not UTF-8
# where the system allows it.
TROUBLE = {
    1: b"\xef\xbb\xbf[red]anna[/red]",
    2: "Zoe\u0308".encode(),
    3: b"",
    4: b"\x1b[31mred",
    5: "李 \u0301na".encode(),
    6: b"L\xe9a",
    7: "Zo\u00eb".encode(),
    8: b"x" * 5000,
}
REASONS = {4: "contains a control character (U+001B)", 6: "is not UTF-8 text", 8: "is longer than 200 characters"}
ODD = "\udce9" if sys.platform == "linux" else "é"
TROUBLE_NAME = f"[bold]caf{ODD}{ESCAPE}[2J\u202e.txt"


@pytest.fixture
def trouble(tmp_path):
    (tmp_path / TROUBLE_NAME).write_bytes(b"\r\n".join(TROUBLE.values()))
    return TROUBLE_NAME


def test_the_bundled_lists_are_shown_with_counts_and_examples(run_here):
    done = run_here("data")
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["list", "names", "for", "example"]
    told = json.loads(run_here("data", "--format", "json").stdout)
    for name, row, shown in zip(bundled(), told, rows, strict=True):
        names = read_corpus(name).names
        assert (row["list"], row["names"]) == (name, len(names))
        assert {example.lower() for example in row["examples"]} <= set(names)
        assert len(set(row["examples"])) == 3
        assert " ".join(shown.split()) == f"{name} {len(names):,} {', '.join(row['examples'])}"


def test_a_report_counts_names_duplicates_characters_and_lengths_and_is_utf_8_in_any_locale(run_in, tmp_path):
    done = run_in(tmp_path, "data", "-", input="Bob\nANN\nbob\nbo b\n", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    report = done.stdout
    assert report.startswith("3 distinct names, 1 duplicate, 0 bad lines\n")
    assert "\n5 characters, most frequent first:\n" in report
    assert "b 4 n 2 o 2 U+0020 1 a 1" in " ".join(report.split())
    assert re.findall(r"^ *(\d+) (█+) (\d+)$", report, re.MULTILINE) == [("3", "█" * 40, "2"), ("4", "█" * 20, "1")]


def test_a_report_in_json_names_every_bad_line(here, trouble):
    done = here("data", trouble, "irish", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    irish = read_corpus("irish").names
    assert report["sources"] == [trouble, "irish"]
    assert report["names"] == len(irish) + 3
    assert report["duplicates"] == 1
    assert report["characters"]["ë"] == 1
    assert sum(report["lengths"].values()) == report["names"]
    assert sum(int(length) * count for length, count in report["lengths"].items()) == sum(report["characters"].values())
    assert report["bad_lines"] == [
        {"label": trouble, "line": line, "reason": reason} for line, reason in REASONS.items()
    ]


def test_neither_names_nor_file_names_can_control_the_terminal(here, trouble, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "")
    done = here("data", trouble)
    assert done.returncode == 0
    assert "3 distinct names, 1 duplicate, 3 bad lines" in done.stdout
    bad = [line for line in done.stdout.splitlines() if line.startswith("bad: ")]
    shown_name = plain(TROUBLE_NAME)
    assert shown_name.endswith(r"\x1b[2J\u202e.txt")
    assert bad == [f"bad: {shown_name}, line {line}: {reason}" for line, reason in REASONS.items()]
    for hidden in ("U+0020 1", "U+0301 1", "[ 2", "] 2", "/ 1", "李 1"):
        assert hidden in done.stdout
    assert not set(done.stdout) & {ESCAPE, "\u202e", "\u0301"}


def test_of_very_many_bad_lines_the_first_are_shown_and_the_rest_counted(run_here):
    lines = ["anna", "bo", *["\x07"] * 30, *["é" * 300] * 2]
    done = run_here("data", "-", input="\n".join(lines))
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.splitlines()
    assert len([line for line in shown if line.startswith("bad: standard input, line ")]) == 20
    assert shown[-3:] == [
        "… and 12 more bad lines:",
        "  30 × contains a control character (U+0007)",
        "  2 × is longer than 200 characters",
    ]
