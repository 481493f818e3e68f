"""A column of a table as a list, and lists that look like tables."""

import csv
import io
import json
import re

import pytest
from conftest import assert_refused
from hypothesis import given
from hypothesis import strategies as st

import namegen
from namegen.corpus.csv_columns import separated
from namegen.corpus.reading import read_corpus, scan_corpus
from namegen.corpus.sources import file_and_column, files_of, read_blocks
from namegen.errors import SourceError

ROWS = [
    ["Given Name", "Sex", "Town"],
    ["Anna", "f", "Cork, Ireland"],
    ["Shaun", "m", 'the "old" town'],
    ["Zoë", "f", ""],
]


def table(rows, separator=",", line_end="\r\n"):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=line_end).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_column_is_read_whatever_separates_the_fields_and_ends_the_lines(tmp_path, separator, line_end, mark):
    path = tmp_path / "list.csv"
    path.write_bytes((mark + table(ROWS, separator, line_end)).encode())
    for column in ("given name", "Given Name", "1"):
        corpus = read_corpus(f"{path}:{column}")
        assert (list(corpus.names), corpus.case) == (["anna", "shaun", "zoë"], "title")
    assert list(read_corpus(f"{path}:town").names) == ["cork, ireland", 'the "old" town']
    (note,) = corpus.notes
    named = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}[separator]
    assert note == f"{path}: {named} separate the columns: Given Name, Sex, Town"


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        ("Last, First;City;id\nSmith, Ann;York;1\n", ";"),
        ("Last, First\tCity\nSmith, Ann\tYork\n", "\t"),
        ("a,b;n|m;Größe;name\n1;2;3;4\n", ";"),
        ("a,b;n|m;Größe;name\n", ";"),
        ('"a;b;c;d",name\n"1;2",Ann\n', ","),
        ('a;b|c;d,e\n\n"x|\ny";1|2;3\n', ";"),
        ("id;name|a|b\n1;x|y\n2;z\n", ";"),
        ('a;b,c,d\n"' + "1\n" * 200, ","),
        ("a;b,c,d\n" + "1;2\n" * 98 + '3;"4\n5"\n', ";"),
        ("name\nSmith; Ann\n", ","),
        ("", ","),
    ],
)
def test_the_separator_is_that_of_which_all_records_have_as_many_as_the_titles(lines, separator):
    stream = io.StringIO(lines, newline="")
    found, rest = separated(stream)
    assert (found, "".join(rest)) == (separator, lines)


def test_only_the_first_lines_of_a_stream_are_read_to_find_the_separator():
    lines = iter(["a;b\n"] * 1000)
    separated(lines)
    assert len([*lines]) == 900


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\0"), max_size=8)


@given(st.lists(st.lists(fields, min_size=2, max_size=2), max_size=20), st.sampled_from([",", ";"]))
def test_names_and_their_lines_are_those_that_the_csv_module_reads(scratch_file, rows, separator):
    text = table([["name", "other"], *rows], separator, "\n")
    scratch_file.write_bytes(text.encode())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    next(reader)
    rows_by_line = ((reader.line_num, row) for row in reader)
    expected = {line: row[0].strip() for line, row in rows_by_line if row and row[0].strip()}
    found = {}
    for block in read_blocks(f"{scratch_file}:name"):
        lines = block.data.decode().split("\n")
        found |= {number: line for number, line in enumerate(lines, start=block.first_line) if line}
    assert found == {line: name.replace("\n", "\r").replace("\t", "\r") for line, name in expected.items()}


def test_a_bad_name_in_a_table_is_reported_with_the_line_of_the_file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b'name,note\nanna,"on two\nlines"\n\nshort\nb\x07o,x\n\xff,x\n"two\nlines",y\n,nobody\n')
    corpus = scan_corpus(f"{path}:name")
    assert list(corpus.names) == ["anna", "short"]
    assert [(bad.line, bad.reason) for bad in corpus.bad_lines.first] == [
        (6, "contains a control character (U+0007)"),
        (7, "is not UTF-8 text"),
        (9, "contains a control character (U+000D)"),
    ]


@pytest.mark.parametrize(
    ("content", "column", "complaint"),
    [
        ("name,sex\n", "nme", r"list\.csv: has no column 'nme'\. Did you mean 'name'\? Its columns are name, sex\.$"),
        ("a, b;name\n", "nme", r"Its columns are a, b, name, which semicolons separate\.$"),
        ("name,sex\n", "3", r"has no column '3'\. Its columns are name, sex\.$"),
        ("name,sex\n", "", r"list\.csv:: no such file.* Did you mean '.*list\.csv'\?"),
        ("name,sex,Name,NAME\n", "nAME", r"has 3 columns 'nAME'\. Give the number of one: 1 and 3 and 4\.$"),
        ("\n", "name", "has no column titles in its first line"),
        ('name,sex\n"anna' + "x" * 200_000, "name", r"list\.csv, line 2: field larger than .* that is not closed\.$"),
        (",".join(map(str, range(2, 999))), "name", r"has no column 'name'\. Its columns are 2, 3, .{,500}…\.$"),
    ],
    ids=["typo", "separator", "number", "no column", "several", "no titles", "quote", "many"],
)
def test_what_is_not_such_a_table_is_reported_in_one_line(tmp_path, content, column, complaint):
    (tmp_path / "list.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=complaint):
        read_corpus(f"{tmp_path / 'list.csv'}:{column}")


def test_a_file_that_is_really_called_so_is_a_list_of_its_own(tmp_path):
    (tmp_path / "a").write_text("name\nemma\nava\n", encoding="utf-8")
    assert list(read_corpus(f"{tmp_path}/a:name").names) == ["emma", "ava"]
    (tmp_path / "a:name").write_text("mia\nzoe\n", encoding="utf-8")
    assert list(read_corpus(f"{tmp_path}/a:name").names) == ["mia", "zoe"]
    assert file_and_column("irish") == ("irish", "")


def test_a_column_of_a_table_is_read_from_standard_input(here, tmp_path):
    rows = [["Name: first", "Sex"], *([f"Na{letter}ta", "f"] for letter in "bcdfghk")]
    (tmp_path / "list.csv").write_text(table(rows, ";"), "utf-8")
    drawn = ("-n", "3", "--seed", "1")
    expected = here("sample", "list.csv:name: first", *drawn).stdout
    assert expected
    for asked, separator, named in (
        (("sample", "-:Name: first"), ";", "semicolons separate the columns: Name: first, Sex\n"),
        (("compose", "{-:1}"), "\t", "tabs separate the columns"),
    ):
        done = here(*asked, *drawn, input=table(rows, separator))
        assert (done.returncode, done.stdout) == (0, expected)
        assert f"standard input: {named}" in done.stderr
    assert here("data", "-:2", input=table(rows)).stdout.startswith("1 distinct name, 6 duplicates, 0 bad lines\n")
    hint = "such as 'name: first,sex', read as part of the name. `'-:name: first'` reads one column of a table\n"
    assert hint in here("sample", "-", input=table(rows)).stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("sample -:nme", 1, "standard input: has no column 'nme'. Did you mean 'name'? Its columns are name, sex.\n"),
        ("sample -:", 1, "-:: no such file, folder or bundled list."),
        ("sample -:name --not-in -", 2, "Standard input (-) can be read only once."),
        ("pseudonym -:name --secret-file s", 2, "Standard input (-) can be read only once."),
        ("pseudonym m --secret-file /dev/stdin", 2, "Standard input (-) can be read only once. Write the secret to"),
        ("pseudonym m - --secret-file /dev/fd/0", 2, "Standard input (-) can be read only once. Write the secret to"),
        ("sample -:name --label f", 2, "With --label a table is read twice, and standard input can be read only"),
    ],
)
def test_what_standard_input_cannot_be_is_told(here, line, code, said):
    assert_refused(here(*line.split(), input="name,sex\nanna,f\nbo,m\n"), f"Error: {said}", code)


def test_standard_input_stays_open_behind_a_table(tmp_path, monkeypatch):
    (tmp_path / "list.csv").write_text("name,sex\nanna,f\nbo,m\n", encoding="utf-8")
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert list(read_corpus("-:name").names) == ["anna", "bo"]
        with pytest.raises(SourceError, match=r"^standard input: has no column titles"):
            read_corpus("-:name")


def test_a_mistyped_table_is_answered_with_the_nearest_and_the_column(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("name\nemma\nava\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"^lits\.csv:name: no such .* Did you mean 'list\.csv:name'\?"):
        files_of("lits.csv:name")
    with pytest.raises(SourceError, match=r"^\.:name: no such file, folder or bundled list\. `namegen data`"):
        files_of(".:name")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "name,sex\nAnna,f\nBo,m\n",
            "3 of 3 lines hold a comma, such as 'name,sex', .*`.*list:name` reads one column",
        ),
        ("Anna;f\nBo;m\nCy\n", "2 of 3 lines hold a semicolon, such as 'anna;f', .*`.*list:anna` reads"),
        ("Anna\nBo, m\nCy\n", "1 of 3 lines hold a comma, such as 'bo, m', .*`.*list:1` reads one column"),
        ("Anna\nbo@x.org\nCy\n", "1 of 3 lines hold a '@', such as 'bo@x.org', .* Remove them if they are not names$"),
        (
            "# of mine\nAnna\nCy\n",
            "1 of 3 lines hold a '#', such as '# of mine', .* Remove them if they are not names$",
        ),
        ("Anna\nBo2\nCy\n", "1 of 3 lines hold a digit, such as 'bo2', .* Remove them if they are not names$"),
    ],
)
def test_a_plain_list_that_looks_like_a_table_is_reported_and_learned(tmp_path, lines, told):
    (tmp_path / "list").write_text(lines, encoding="utf-8")
    corpus = read_corpus(str(tmp_path / "list"))
    assert len(corpus.names) == 3
    (note,) = corpus.notes
    assert re.search(told, note)
    heard = []
    listener = type("Listener", (namegen.TrainingListener,), {"on_note": lambda self, text: heard.append(text)})()
    for model in ("bigram", "blend"):
        namegen.train(tmp_path / "list", model=model, holdout=0, listener=listener)
    assert heard == [note] * 2


@pytest.mark.parametrize("name", ["stars", "towns", "surnames", "minerals", "dinosaurs"])
def test_there_is_nothing_to_say_of_bundled_lists(name):
    assert read_corpus(name).notes == ()


def test_every_command_that_takes_a_list_takes_a_column(here, tmp_path):
    (tmp_path / "list.csv").write_text(table([*ROWS, *([f"Na{letter}ta", "f", ""] for letter in "bcdfghk")]), "utf-8")
    note = "list.csv: commas separate the columns: Given Name, Sex, Town\n"
    for words, options in (
        ("sample", "-n 2"),
        ("top", "-n 2"),
        ("data", ""),
        ("train", "--model bigram --holdout 0"),
        ("plot lengths", "--draws 9"),
    ):
        done = here(*words.split(), "list.csv:given name", *options.split())
        assert (done.returncode, note in done.stderr) == (0, True), (words, done.stderr)
    shown = here("evaluate", "list-bigram.safetensors", "--data", "list.csv:1", "--draws", "0", "--format", "json")
    assert (note in shown.stderr, json.loads(shown.stdout)[0]["known"]) == (True, 10)
    assert "commas" not in here("sample", "list.csv:1", "-n", "1", "-q").stderr
