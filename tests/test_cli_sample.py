"""`namegen sample` and `namegen top` at a prompt, in a pipe, for programs."""

import csv
import io
import json
import os
import re
import signal
from contextlib import contextmanager, suppress

import pytest
from torture.forks import started
from waiting import ended, wait_until_blocked

import namegen

LISTED = set(namegen.read_corpus("irish").names)
FORMATS = ["lines", "table", "json", "jsonl", "csv"]


@pytest.fixture
def model(irish_models):
    return irish_models / "bigram.safetensors"


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


@pytest.fixture
def sample(here, model):
    """What `namegen sample` with a model of Irish names prints."""

    def sample_with(options, *more):
        done = here("sample", model, *options.split(), *more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return sample_with


def test_a_pipe_gets_plain_lines_and_the_seed_is_on_standard_error(here, model):
    done = here("sample", model, "-n", "5")
    (seed,) = re.fullmatch(r"seed (\d+)\n", done.stderr).groups()
    assert len(done.stdout.splitlines()) == 5
    again = here("sample", model, "-n", "5", "--seed", seed)
    assert (again.stdout, again.stderr) == (done.stdout, "")


def test_constraints_are_passed_on_whatever_their_capitals(sample):
    options = "--starts-with Ma --starts-with kA --ends-with N --contains R --excludes O --case upper"
    names = sample(f"{options} --min-length 4 --max-length 9 --matches ..[^x]* -n 8 --seed 1").split()
    assert len(names) == 8
    assert all(re.fullmatch("(?=.*R)(MA|KA)[^OX]*N", name) and 4 <= len(name) <= 9 for name in names)


def test_json_has_all_that_is_needed_to_sample_the_names_again(sample, model, irish_bigram):
    result = json.loads(sample("-n 3 --seed 7 --format json --scores --starts-with a --starts-with b -t 0.9 --raw"))
    names = [row["name"] for row in result.pop("names")]
    options = {"starts_with": ["a", "b"], "temperature": 0.9, "raw": True}
    counts = {"seed": 7, "asked": 3, "found": 3, "tried": 256}
    assert result == {"model": str(model), "family": "bigram", "options": options, **counts}
    assert irish_bigram.sample(3, seed=7, **options) == names


def test_every_format_says_the_same(sample, irish_bigram):
    shown = {form: sample("-n 6 --seed 3 --scores --allow-known --format", form) for form in FORMATS}
    rows = json.loads(shown["json"])["names"]
    names = [row["name"] for row in rows]
    assert [json.loads(line) for line in shown["jsonl"].splitlines()] == rows
    cells = list(csv.DictReader(io.StringIO(shown["csv"])))
    assert cells == [{key: str(value) for key, value in row.items()} for row in rows]
    assert [line.split("\t")[0] for line in shown["lines"].splitlines()] == names
    heading, *table = shown["table"].splitlines()
    assert heading.split()[:5] == ["name", "loss", "ln", "p", "is"]
    assert [line.split()[0] for line in table] == names
    losses = [score.loss for score in irish_bigram.score(names)]
    assert [row["loss"] for row in rows] == pytest.approx(losses, abs=1e-5)
    assert all((row["origin"] == "new") == (row["name"].lower() not in LISTED) for row in rows)


def test_json_begins_with_its_header_and_streams_names(model, tmp_path):
    with piped(tmp_path, model, "-q", "-n", "1000000000", "--format", "json") as (_, output, _):
        lines = [output.readline().decode() for _ in range(300)]
    text = "".join(lines).rstrip().removesuffix(",")
    assert len(json.loads(text + "]}")["names"]) > 290


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "jsonl"])
def test_names_found_before_the_tries_ran_out_are_printed_and_the_exit_code_is_1(here, model, form):
    options = f"-q -n 500 --seed 1 --starts-with ab --max-length 3 --max-tries 5000 --format {form}"
    done = here("sample", model, *options.split())
    assert done.returncode == 1
    said = r"Error: Found (\d+) of 500 names; [\d,]+ samples were drawn, the last .*\n"
    (found,) = re.fullmatch(said, done.stderr).groups()
    assert 2 < int(found) < 30
    assert len(set(re.findall(r"\bAb\w?\b", done.stdout))) == int(found)


def test_an_improbable_beginning_that_is_asked_for_is_given(here):
    names = here("sample", "irish", "-n", "5", "--starts-with", "Qx", "-q").stdout.split()
    assert len(names) == 5
    assert all(name.startswith("Qx") for name in names)


@pytest.mark.parametrize("options", [[], ["--format", "csv"]], ids=str)
def test_an_endless_stream_ends_quietly_when_its_reader_leaves(model, tmp_path, options):
    with piped(tmp_path, model, "-q", "-n", "0", *options) as (child, output, _):
        assert [output.readline() for _ in range(5)][-1]
        output.close()
        assert ended(child) == 0
    assert (tmp_path / "said").read_text() == ""


def test_a_stream_waits_for_its_reader_in_little_memory(model, tmp_path):
    with piped(tmp_path, model, "-q", "-n", "0", "--allow-repeats") as (child, output, pipe):
        assert output.read(1 << 18).count(b"\n") > 25_000
        before = memory_of(child)
        output.read(1 << 20)
        wait_until_blocked(child, pipe)
        assert memory_of(child) < before + 100e6


def memory_of(child):
    with open(f"/proc/{child}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_top_lists_the_most_probable_new_names_in_order(here, model, irish_bigram):
    asked = ("top", model, "-n", "12", "--ends-with", "a", "--case", "upper")
    told = json.loads(here(*asked, "--format", "json", "--scores").stdout)
    names = [row["name"] for row in told["names"]]
    assert names == irish_bigram.top(12, ends_with="a", case="upper") == here(*asked).stdout.split()
    assert told["options"] == {"ends_with": ["a"], "case": "upper"}
    logs = [row["log_probability"] for row in told["names"]]
    assert logs == sorted(logs, reverse=True)
    assert not LISTED & {*map(str.lower, names)}


def test_top_says_when_there_are_no_more(here, model):
    done = here("top", model, "-n", "9", "--min-length", "1", "--matches", "a?b?")
    assert done.returncode == 1
    assert len(done.stdout.split()) == 3
    assert done.stderr == "Error: Found 3 of 9 names: the model can spell no more of them.\n"


def test_a_terminal_gets_columns_in_shades(model, on_terminal):
    code, shown = on_terminal("sample", model, "-n", "30", "--seed", "1", COLUMNS="80")
    assert code == 0
    assert {"\x1b[1m", "\x1b[2m"} <= {*re.findall(r"\x1b\[\d+m", shown)}
    assert len(shown.splitlines()) < 15
    hint = "safer: -t 0.7"
    assert hint in shown
    for more in (["-q"], ["--temperature", "0.7"], ["--like", "ada"]):
        assert hint not in on_terminal("sample", model, "--seed", "1", *more)[1]


def test_top_on_a_terminal_shows_scores_and_says_why_names_are_short(model, on_terminal, irish_bigram):
    code, shown = on_terminal("top", model, "-n", "3")
    assert code == 0
    assert re.search(rf"\b{irish_bigram.top(1)[0]}\b.*\d\.\d", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown))
    assert "Longer names: --min-length 5" in shown
    assert "Longer names" not in on_terminal("top", model, "-n", "3", "--min-length", "5")[1]


def test_a_misspelt_file_is_answered_with_the_one_beside_it_as_it_was_typed(here, tmp_path):
    for name in ("elves.txt", "two  spaces.txt", "irish.html", "a-page-of-elves.html"):
        (tmp_path / name).touch()
    for typed, meant in (("elvs.txt", "elves.txt"), ("two  spaces.tx", "two  spaces.txt"), ("irish.txt", "irish")):
        assert f"Did you mean '{meant}'?" in here("sample", typed).stderr
    assert "Did you mean" not in here("sample", "a-page-of-elves.htm").stderr
