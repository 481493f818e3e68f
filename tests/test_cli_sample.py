"""`namegen sample` and `namegen top` as they are used: at a prompt, in a pipe, by programs."""

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


def test_a_pipe_gets_plain_lines_and_the_seed_is_told_apart(run, model):
    done = run("sample", model, "-n", "5")
    (seed,) = re.fullmatch(r"seed (\d+)\n", done.stderr).groups()
    assert len(done.stdout.splitlines()) == 5
    again = run("sample", model, "-n", "5", "--seed", seed)
    assert (again.stdout, again.stderr) == (done.stdout, "")


def test_constraints_are_passed_on(run, model):
    wishes = ["--starts-with", "ma", "--starts-with", "ka", "--ends-with", "n", "--contains", "r", "--excludes", "o"]
    wishes += ["--min-length", "4", "--max-length", "9", "--matches", "..[^x]*"]
    names = sample(run, model, *wishes, "-n", "8", "--seed", "1").split()
    assert len(names) == 8
    assert all(re.fullmatch("(?=.*r)(ma|ka)[^ox]*n", name) and 4 <= len(name) <= 9 for name in names)


def test_json_says_all_that_is_needed_to_have_the_names_again(run, model):
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


def test_every_form_says_the_same(run, model):
    options = ["-n", "6", "--seed", "3", "--scores", "--allow-known"]
    rows = json.loads(sample(run, model, *options, "--format", "json"))["names"]
    assert [json.loads(line) for line in sample(run, model, *options, "--format", "jsonl").splitlines()] == rows
    cells = list(csv.DictReader(io.StringIO(sample(run, model, *options, "--format", "csv"))))
    assert cells == [{key: str(value) for key, value in row.items()} for row in rows]
    lines = sample(run, model, *options, "--format", "lines").splitlines()
    assert [line.split("\t")[0] for line in lines] == [row["name"] for row in rows]
    heading, *table = sample(run, model, *options, "--format", "table").splitlines()
    assert heading.split() == ["name", "loss", "ln", "p", "is"]
    assert [line.split()[0] for line in table] == [row["name"] for row in rows]
    scores = namegen.load(model).score([row["name"] for row in rows])
    assert [row["loss"] for row in rows] == pytest.approx([score.loss for score in scores], abs=1e-5)
    assert all((row["origin"] == "new") == (row["name"] not in LISTED) for row in rows)


def test_json_begins_with_its_header_and_gives_names_as_they_come(model, tmp_path):
    with piped(tmp_path, model, "-q", "-n", "1000000000", "--format", "json") as (_, output, _):
        lines = [output.readline().decode() for _ in range(300)]
    text = "".join(lines).rstrip().removesuffix(",")
    assert len(json.loads(text + "]}")["names"]) > 290


def test_cells_that_a_spreadsheet_would_compute_are_quoted(run, tmp_path):
    (tmp_path / "list.txt").write_text("=1+1\n@sum\n-a\n+b\nplain\n", encoding="utf-8")
    text = run("sample", "list.txt", "-n", "200", "--seed", "1", "--allow-known", "--format", "csv").stdout
    cells = [row["name"] for row in csv.DictReader(io.StringIO(text))]
    assert {"'=1+1", "plain"} <= set(cells)
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]


def test_names_found_before_the_tries_ran_out_are_printed_and_the_exit_code_is_1(run, model):
    wishes = ["--starts-with", "ab", "--max-length", "3", "--max-tries", "5000"]
    for form in ("lines", "json", "csv", "table"):
        done = run("sample", model, "-q", "-n", "500", "--seed", "1", "--format", form, *wishes)
        assert done.returncode == 1
        (found,) = re.match(
            r"Error: SearchResult (\d+) of 500 names; [\d,]+ were drawn, the last ", done.stderr
        ).groups()
        assert 2 < int(found) < 30
        assert len(set(re.findall(r"\bab\w?\b", done.stdout))) == int(found)
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "complaint", "code"),
    [
        (["--contains", "q", "--excludes", "q"], "contradict each other", 2),
        (["--min-length", "5", "--max-length", "3"], "min length 5 is more than max length 3", 2),
        (["--matches", "(a|aa)+b"], "takes too long on short names", 2),
        (["--matches", "a("], "no regular expression", 2),
        (["-n", "0", "--sort", "name"], "-n 0 never ends", 2),
        (["-n", "0", "--format", "json"], "-n 0 never ends", 2),
        (["--sort", "beauty"], "'beauty' is not one of", 2),
        (["--temperature", "0"], "temperature 0.0 is outside what is allowed", 2),
        (["-i"], "-i needs a terminal", 2),
        (["--matches", "\udcff"], "matches '\\udcff': is not UTF-8", 2),
        (["--like", "\udcff"], "like '\\udcff': is not UTF-8", 2),
        (["--starts-with", "\udcff"], "starts with '\\udcff': is not UTF-8", 2),
        (["--starts-with", "a8"], "never saw the character '8'", 1),
    ],
    ids=str,
)
def test_wishes_that_cannot_be_met_are_one_line(run, model, options, complaint, code):
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
        names = sum(output.read(1 << 20).count(b"\n") for _ in range(3))
        assert names > 300_000
        before = memory_of(child)
        sum(output.read(1 << 20).count(b"\n") for _ in range(12))
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
    done = run("top", model, "-n", "9", "--matches", "a?b?")
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
    advice = "safer: --temperature 0.7"
    assert advice in shown
    for more in (["-q"], ["--temperature", "0.7"], ["--like", "ada"]):
        assert advice not in on_terminal(["sample", str(model), "--seed", "1", *more], tmp_path, env)[1]


def test_who_gives_a_list_with_capitals_is_told_what_they_do(run_here, tmp_path):
    (tmp_path / "elves.txt").write_text("Arwen\nElrond\nGaladriel\nLegolas\nNerwen\nRumil\nDuilin\n")
    for command in (["sample"], ["train", "--model", "ngram", "--holdout", "0", "-o", tmp_path / "m.safetensors"]):
        arguments = [command[0], tmp_path / "elves.txt", *command[1:]]
        assert "--case title gives the capitals back" in run_here(*arguments).stderr
        forced = [*arguments, "--force"] if command[0] == "train" else arguments
        assert "capitals" not in run_here(*forced, "--lower").stderr
        assert "capitals" not in run_here(*forced, "--quiet").stderr
    assert "capitals" not in run_here("sample", "irish").stderr


def test_top_spells_names_as_asked_and_says_why_they_are_short(run_here, model, tmp_path, clean_environment):
    plain = run_here("top", model, "-n", "5").stdout.split()
    assert run_here("top", model, "-n", "5", "--case", "title").stdout.split() == [name.title() for name in plain]
    told = json.loads(run_here("top", model, "-n", "5", "--case", "upper", "--format", "json").stdout)
    assert told["options"] == {"case": "upper"}
    env = clean_environment | {"TERM": "xterm", "COLUMNS": "100"}
    assert "Longer ones: --min-length 5" in on_terminal(["top", str(model), "-n", "3"], tmp_path, env)[1]
    longer = ["top", str(model), "-n", "3", "--min-length", "5"]
    assert "Longer ones" not in on_terminal(longer, tmp_path, env)[1]


def test_the_case_of_a_list_is_folded_where_asked_and_that_of_a_model_is_not(run_here, tmp_path):
    (tmp_path / "elves.txt").write_text("Arwen\nElrond\nGaladriel\nLegolas\nCeleborn\nThranduil\n")
    folded = run_here("sample", tmp_path / "elves.txt", "--lower", "-n", "20", "--seed", "1")
    assert folded.returncode == 0
    assert folded.stdout == folded.stdout.lower()
    assert (
        run_here(
            "train", tmp_path / "elves.txt", "--model", "bigram", "-o", tmp_path / "m.safetensors", "--holdout", "0"
        ).returncode
        == 0
    )
    refused = run_here("sample", tmp_path / "m.safetensors", "--lower")
    assert (refused.returncode, "Leave --lower out" in refused.stderr) == (2, True)


@pytest.mark.parametrize("command", ["sample", "top"])
def test_pieces_of_names_may_be_in_the_case_that_is_asked_for(run_here, model, command):
    for asked in (["--case", "title", "--starts-with", "Mu"], ["--case", "upper", "--starts-with", "MU"]):
        names = run_here(command, model, "-n", "5", "-q", *asked, "--excludes", "S").stdout.split()
        assert len(names) == 5
        assert all(name.startswith(asked[-1]) and "s" not in name.lower() for name in names)
    read_small = run_here(command, "irish", "-n", "5", "-q", "--lower", "--ends-with", "NA").stdout.split()
    assert len(read_small) == 5
    assert all(name.endswith("na") for name in read_small)
    as_it_is = run_here(command, model, "--starts-with", "Mu")
    assert (as_it_is.returncode, as_it_is.stdout) == (1, "")
    assert "Write 'm', which it knows, or ask for the capitals with --case title." in as_it_is.stderr


def test_a_misspelt_file_is_told_the_one_beside_it(run, tmp_path):
    for name in ("elves.txt", "irish.html", "a-page-of-elves.html"):
        (tmp_path / name).touch()
    for typed, meant in (("elvs.txt", "elves.txt"), ("irish.txt", "irish")):
        assert f"Did you mean '{meant}'?" in run("sample", typed).stderr
    assert "Did you mean" not in run("sample", "a-page-of-elves.htm").stderr
