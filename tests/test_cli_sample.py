"""`namegen sample` and `namegen top` at a prompt, in a pipe, for programs."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
from torture.forks import on_terminal, started
from waiting import PATIENCE, ended, wait_until_blocked

import namegen

LISTED = set(namegen.read_corpus("irish").names)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "irish.safetensors"
    namegen.train("irish", model="bigram").save(path)
    return path


@pytest.fixture
def run(run_here, monkeypatch, tmp_path):
    """Run the program in this process, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return run_here


@contextmanager
def piped(folder, *arguments):
    """A program that runs for long: its process id, its output, and the pipe's other end. It is killed at the end."""
    theirs, ours = os.pipe()

    def write_there():
        os.close(theirs)
        os.dup2(ours, 1)

    child = started(["sample", *map(str, arguments)], folder, write_there)
    with open(theirs, "rb") as output:
        try:
            yield child, output, ours
        finally:
            os.close(ours)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                ended(child)


def sample(run, model, *options):
    done = run("sample", model, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_pipe_gets_plain_lines_and_the_seed_is_on_standard_error(run, model):
    done = run("sample", model, "-n", "5")
    (seed,) = re.fullmatch(r"seed (\d+)\n", done.stderr).groups()
    assert len(done.stdout.splitlines()) == 5
    again = run("sample", model, "-n", "5", "--seed", seed)
    assert (again.stdout, again.stderr) == (done.stdout, "")


def test_constraints_are_passed_on(run, model):
    constraints = [
        "--starts-with",
        "ma",
        "--starts-with",
        "ka",
        "--ends-with",
        "n",
        "--contains",
        "r",
        "--excludes",
        "o",
    ]
    constraints += ["--min-length", "4", "--max-length", "9", "--matches", "..[^x]*"]
    names = sample(run, model, *constraints, "-n", "8", "--seed", "1").split()
    assert len(names) == 8
    assert all(re.fullmatch("(?=.*r)(ma|ka)[^ox]*n", name.lower()) and 4 <= len(name) <= 9 for name in names)


def test_json_has_all_that_is_needed_to_sample_the_names_again(run, model):
    text = sample(run, model, "-n", "3", "--seed", "7", "--format", "json", "--scores", "--starts-with", "a")
    result = json.loads(text)
    names = [row["name"] for row in result.pop("names")]
    assert result == {
        "model": str(model),
        "family": "bigram",
        "seed": 7,
        "asked": 3,
        "found": 3,
        "tried": 256,
        "options": {"starts_with": ["a"]},
    }
    assert namegen.load(model).sample(3, seed=7, **result["options"]) == names


def test_every_format_says_the_same(run, model):
    options = ["-n", "6", "--seed", "3", "--scores", "--allow-known"]
    rows = json.loads(sample(run, model, *options, "--format", "json"))["names"]
    assert [json.loads(line) for line in sample(run, model, *options, "--format", "jsonl").splitlines()] == rows
    cells = list(csv.DictReader(io.StringIO(sample(run, model, *options, "--format", "csv"))))
    assert cells == [{key: str(value) for key, value in row.items()} for row in rows]
    lines = sample(run, model, *options, "--format", "lines").splitlines()
    assert [line.split("\t")[0] for line in lines] == [row["name"] for row in rows]
    heading, *table = sample(run, model, *options, "--format", "table").splitlines()
    assert heading.split()[:5] == ["name", "loss", "ln", "p", "is"]
    assert [line.split()[0] for line in table] == [row["name"] for row in rows]
    scores = namegen.load(model).score([row["name"] for row in rows])
    assert [row["loss"] for row in rows] == pytest.approx([score.loss for score in scores], abs=1e-5)
    assert all((row["origin"] == "new") == (row["name"] not in LISTED) for row in rows)


def test_json_begins_with_its_header_and_streams_names(model, tmp_path):
    with piped(tmp_path, model, "-q", "-n", "1000000000", "--format", "json") as (_, output, _):
        lines = [output.readline().decode() for _ in range(300)]
    text = "".join(lines).rstrip().removesuffix(",")
    assert len(json.loads(text + "]}")["names"]) > 290


def test_names_found_before_the_tries_ran_out_are_printed_and_the_exit_code_is_1(run, model):
    constraints = ["--starts-with", "ab", "--max-length", "3", "--max-tries", "5000"]
    for form in ("lines", "json", "csv", "table"):
        done = run("sample", model, "-q", "-n", "500", "--seed", "1", "--format", form, *constraints)
        assert done.returncode == 1
        (found,) = re.match(
            r"Error: Found (\d+) of 500 names; [\d,]+ samples were drawn, the last ", done.stderr
        ).groups()
        assert 2 < int(found) < 30
        assert len(set(re.findall(r"\bAb\w?\b", done.stdout))) == int(found)
        assert done.stderr.count("\n") == 1


def test_an_improbable_beginning_that_is_asked_for_is_given(run):
    names = sample(run, "irish", "-n", "5", "--starts-with", "Qx", "-q").split()
    assert len(names) == 5
    assert all(name.startswith("Qx") for name in names)


@pytest.mark.parametrize(
    ("options", "complaint", "code"),
    [
        (["--contains", "q", "--excludes", "q"], "contradict each other", 2),
        (["--min-length", "5", "--max-length", "3"], "--min-length 5 is more than --max-length 3", 2),
        (["--matches", "a("], "is not a regular expression", 2),
        (["-n", "0", "--sort", "name"], "-n 0 never ends", 2),
        (["-n", "0", "--format", "json"], "-n 0 never ends", 2),
        (["--sort", "beauty"], "--sort must be one of none, probability, length, name", 2),
        (["--temperature", "0"], "--temperature must be at least 0.01", 2),
        (["-i"], "-i needs a terminal", 2),
        (["--matches", "\udcff"], "--matches must be UTF-8 text", 2),
        (["--like", "\udcff"], "--like '\\udcff' is not UTF-8", 2),
        (["--starts-with", "\udcff"], "--starts-with '\\udcff' is not UTF-8", 2),
        (["--starts-with", "a8"], "does not know the character '8'", 1),
    ],
    ids=str,
)
def test_settings_that_cannot_be_met_are_told_in_one_line(run, model, options, complaint, code):
    done = run("sample", model, "-q", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("Error: ")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--format", "csv"]], ids=str)
def test_an_endless_stream_ends_quietly_when_its_reader_leaves(model, tmp_path, options):
    with piped(tmp_path, model, "-q", "-n", "0", *options) as (child, output, _):
        assert [output.readline() for _ in range(5)][-1]
        output.close()
        assert ended(child) == 0
    assert (tmp_path / "said").read_text() == ""


def test_a_stream_waits_for_its_reader_in_little_memory(model, tmp_path):
    with piped(tmp_path, model, "-q", "-n", "0", "--allow-repeats") as (child, output, pipe):
        names = sum(output.read(1 << 20).count(b"\n") for _ in range(2))
        assert names > 200_000
        before = memory_of(child)
        sum(output.read(1 << 20).count(b"\n") for _ in range(5))
        wait_until_blocked(child, pipe)
        assert memory_of(child) < before + 100e6


def memory_of(child):
    with open(f"/proc/{child}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_an_interrupted_stream_ends_with_130_and_no_traceback(model, clean_environment):
    command = [sys.executable, "-m", "namegen", "sample", str(model), "-q", "-n", "0", "--allow-repeats"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment) as process:
        assert process.stdout.readline()
        process.send_signal(2)
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert b"Traceback" not in told


def test_top_lists_the_most_probable_new_names_in_order(run, model):
    done = run("top", model, "-n", "12", "--ends-with", "a", "--format", "json", "--scores")
    rows = json.loads(done.stdout)["names"]
    assert [row["name"] for row in rows] == namegen.load(model).top(12, ends_with="a")
    logs = [row["log_probability"] for row in rows]
    assert logs == sorted(logs, reverse=True)
    assert not LISTED & {row["name"] for row in rows}
    assert run("top", model, "-n", "12", "--ends-with", "a").stdout.split() == [row["name"] for row in rows]


def test_top_says_when_there_are_no_more(run, model):
    done = run("top", model, "-n", "9", "--min-length", "1", "--matches", "a?b?")
    assert done.returncode == 1
    assert len(done.stdout.split()) == 3
    assert done.stderr == "Error: Found 3 of 9 names: the model can spell no more of them.\n"


def test_a_terminal_gets_columns_in_shades(model, clean_environment, tmp_path):
    env = clean_environment | {"TERM": "xterm-256color", "COLUMNS": "80"}
    code, shown = on_terminal(["sample", str(model), "-n", "30", "--seed", "1"], tmp_path, env)
    assert code == 0
    assert "\x1b[1m" in shown
    assert "\x1b[2m" in shown
    assert len(shown.splitlines()) < 15
    hint = "safer: -t 0.7"
    assert hint in shown
    for more in (["-q"], ["--temperature", "0.7"], ["--like", "ada"]):
        assert hint not in on_terminal(["sample", str(model), "--seed", "1", *more], tmp_path, env)[1]


def test_names_of_a_list_with_capitals_are_shown_as_it_is_written(run_here, tmp_path):
    (tmp_path / "elves.txt").write_text("Arwen\nElrond\nGaladriel\nLegolas\nNerwen\nRumil\nDuilin\n")
    for command in ("sample", "top"):
        names = run_here(command, tmp_path / "elves.txt", "-n", "5", "--min-length", "3").stdout.split()
        assert names == [name.title() for name in names]
        lower = run_here(command, tmp_path / "elves.txt", "-n", "5", "--case", "lower").stdout.split()
        assert lower == [name.lower() for name in lower]


def test_top_shows_names_in_a_case_and_says_why_they_are_short(run_here, model, tmp_path, clean_environment):
    plain = run_here("top", model, "-n", "5").stdout.split()
    assert run_here("top", model, "-n", "5", "--case", "title").stdout.split() == [name.title() for name in plain]
    told = json.loads(run_here("top", model, "-n", "5", "--case", "upper", "--format", "json").stdout)
    assert told["options"] == {"case": "upper"}
    env = clean_environment | {"TERM": "xterm", "COLUMNS": "100"}
    assert "Longer names: --min-length 5" in on_terminal(["top", str(model), "-n", "3"], tmp_path, env)[1]
    longer = ["top", str(model), "-n", "3", "--min-length", "5"]
    assert "Longer names" not in on_terminal(longer, tmp_path, env)[1]


@pytest.mark.parametrize("command", ["sample", "top"])
@pytest.mark.parametrize(
    "asked", [["--case", "title", "--starts-with", "mU"], ["--case", "upper", "--starts-with", "mu"]]
)
def test_capitals_in_constraints_do_not_matter(run_here, model, command, asked):
    names = run_here(command, model, "-n", "5", "-q", *asked, "--excludes", "S").stdout.split()
    assert len(names) == 5
    assert all(name.lower().startswith("mu") and "s" not in name.lower() for name in names)
    assert names == [getattr(name, asked[1])() for name in names]


def test_a_misspelt_file_is_answered_with_the_one_beside_it(run, tmp_path):
    for name in ("elves.txt", "irish.html", "a-page-of-elves.html"):
        (tmp_path / name).touch()
    for typed, meant in (("elvs.txt", "elves.txt"), ("irish.txt", "irish")):
        assert f"Did you mean '{meant}'?" in run("sample", typed).stderr
    assert "Did you mean" not in run("sample", "a-page-of-elves.htm").stderr
